/* SPDX-License-Identifier: MIT */
/* Which way to which server: the one place that decides about proxies. Not even libcurl looks elsewhere.
 *
 *   Proxy = none           straight
 *   Proxy = a list         by that list
 *   Proxy = auto or unset  as the user's Internet settings say: what the network tells of automatic configuration,
 *                          then a script, then a fixed list with its bypass list; where these say nothing, by
 *                          the environment (http_proxy, https_proxy, all_proxy, no_proxy); else straight
 *
 * ProxyScript takes the place of automatic configuration in the settings; where the script gives no answer it goes on
 * as without. What ProxyBypass names is reached without a proxy whatever the others say. */
#ifndef QMGR_TRANSFER_PROXIES_H
#define QMGR_TRANSFER_PROXIES_H

#include <stdbool.h>

#include "transfer/proxy.h"
#include "transfer/route.h"

struct proxies; /* one engine's; for its thread only */

/* news: called on another thread when proxies_route might know more; likewise proxy_asks_options. NULL if out of
 * memory. */
struct proxies *proxies_new(void (*news)(void *context), void *context);
void proxies_free(struct proxies *proxies); /* NULL is harmless; waits for nobody */

enum proxies_found {
    PROXIES_FOUND,  /* *route is the caller's */
    PROXIES_LATER,  /* a script has been asked: again after the news */
    PROXIES_WRONG,  /* a list is none: cause says which, and why */
    PROXIES_MEMORY, /* out of memory */
};
/* Settings are read anew if that was some seconds ago. */
enum proxies_found proxies_route(struct proxies *proxies, const char *url, struct route **route,
                                 char cause[PROXY_CAUSE_SIZE]);
/* Somebody waits for a script: look again within a second, news or not. */
bool proxies_pending(struct proxies *proxies);

#endif
