/* SPDX-License-Identifier: MIT */
/* What the system says of proxies: proxy_win32.c asks WinHTTP and the user's store of credentials, proxy_posix.c,
 * which is for tests, knows nothing. */
#ifndef QMGR_TRANSFER_PROXY_SYSTEM_H
#define QMGR_TRANSFER_PROXY_SYSTEM_H

#include <stdbool.h>
#include <stdint.h>

/* The Internet settings of the user, all fields UTF-8 and malloc'ed, NULL where there is none. */
struct proxy_config {
    bool detect;  /* look in the network for a script */
    char *script; /* URL of a script */
    char *list;
    char *bypass;
};
/* All empty if the system has none, or cannot tell. Does not block: it reads the registry. Any thread. */
void proxy_system_config(struct proxy_config *config);
void proxy_config_clear(struct proxy_config *config);

/* What a script has answered. */
struct proxy_answer {
    char *list; /* malloc'ed; NULL: no proxy */
    char *bypass;
};
/* Has a script (NULL: the one that the network tells of) answer for a URL. May take a minute: the script is fetched
 * and run. own_logon: the logged-on user's credentials may be used to fetch it. False if there is no answer, which
 * has been logged; then *answer is empty. */
bool proxy_system_ask(const char *script, const char *url, bool own_logon,
                      struct proxy_answer *answer);
void proxy_answer_clear(struct proxy_answer *answer);

/* What the user has stored for logging in at this proxy. UTF-8, to be freed with secret_free_text. False, and both
 * NULL, if there is nothing. */
bool proxy_system_login(const char *host, uint16_t port, char **user, char **password);

#endif
