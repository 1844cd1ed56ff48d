/* SPDX-License-Identifier: MIT */
/* Is this a remote name that AddFiles accepts, and what in it is secret? */
#ifndef QMGR_TRANSFER_URL_H
#define QMGR_TRANSFER_URL_H

#include "platform/platform.h"

struct url_parts {
    char *url;       /* the URL without "user:password@" */
    char *user_pass; /* "user:password" as written, NULL if there is none */
};

/* Checks a remote name (UTF-8): one of these schemes (scheme.h) without regard to case, "//", a host that
 * is not empty (a name of letters, digits, "-", ".", "_" and "~", an IPv4 address, or an IPv6
 * address in brackets), a port of 1 to 65535 if one is given, only characters that RFC 3986
 * allows in a URL (no control characters, blanks, or bytes above 0x7E), well-formed
 * percent-encoding, no control characters hidden by it in user name and password, no wildcards
 * in the path ("*"; "?" starts the query). Of ftp: a path, which is not that of a folder (ends with "/"),
 * without query, fragment and ";type=", and no control characters hidden in it either. Of file: see file_url.h. FAULT_ARGUMENT if it is not valid, FAULT_MEMORY;
 * *parts is then {NULL, NULL}. qmgr.md 3.6 and Q30. */
enum fault url_split(const char *url, unsigned schemes, struct url_parts *parts);
void url_parts_clear(struct url_parts *parts); /* overwrites the secret before it is freed */
/* Does its host name the machine itself: "localhost" in any case, 127.…, [::1]? Of a URL that url_split has made. */
bool url_is_loopback(const char *url);

#endif
