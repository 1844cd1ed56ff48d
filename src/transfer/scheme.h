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
/* Asks the setting each time. False for SCHEME_UNKNOWN. */
bool scheme_is_enabled(enum scheme scheme);

#endif
