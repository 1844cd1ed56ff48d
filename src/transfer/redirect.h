/* SPDX-License-Identifier: MIT */
/* Where a redirect leads, and whether we go there (decisions.md, "redirects"). */
#ifndef QMGR_TRANSFER_REDIRECT_H
#define QMGR_TRANSFER_REDIRECT_H

#include <stdbool.h>

#define REDIRECTS_MOST 20

enum redirect_verdict {
    REDIRECT_FOLLOW,
    REDIRECT_SCHEME,    /* from https to http, or to another scheme: never */
    REDIRECT_MALFORMED, /* not a URL */
    REDIRECT_MEMORY,
};

/* Is it one of the statuses that are followed? */
bool redirect_is_status(long http_status);

/* from: where the answer came from; location: its Location field, absolute or relative. On
 * REDIRECT_FOLLOW *to is the next URL, malloc'ed and without credentials (a server does not get
 * to choose what we log in with); else NULL. */
enum redirect_verdict redirect_judge(const char *from, const char *location, char **to);

/* May what the user gave for `origin` be sent to `url`? Yes for the same host, scheme and port,
 * and for the same host's https at its usual port if origin is http at its usual port. */
bool redirect_keeps_credentials(const char *origin, const char *url);

#endif
