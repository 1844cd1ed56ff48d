/* SPDX-License-Identifier: MIT */
/* The kinds of URL that we know, and which of them may be used: the setting Protocols. */
#ifndef QMGR_TRANSFER_SCHEME_H
#define QMGR_TRANSFER_SCHEME_H

#include <stdbool.h>
#include <stddef.h>

enum scheme { SCHEME_UNKNOWN, SCHEME_HTTP, SCHEME_HTTPS, SCHEME_FTP, SCHEME_FILE };

/* What the URL begins with, without regard to case; *length, unless NULL: of that, "://" included (0 if
 * it is unknown). */
enum scheme scheme_of(const char *url, size_t *length);

/* A set of them, with SCHEME_BIT of each. */
#define SCHEME_BIT(scheme) (1u << (scheme))
#define SCHEMES_STANDARD (SCHEME_BIT(SCHEME_HTTP) | SCHEME_BIT(SCHEME_HTTPS))
/* Those that the setting allows, which costs some calls into the registry: ask once for many URLs. */
unsigned schemes_enabled(void);
/* False for SCHEME_UNKNOWN. */
bool scheme_is_in(enum scheme scheme, unsigned schemes);

#endif
