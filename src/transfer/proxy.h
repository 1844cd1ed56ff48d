/* SPDX-License-Identifier: MIT */
/* Lists of proxies and of hosts that are reached without one, as Internet Explorer's settings, WinHTTP and BITS
 * write them (bits-behaviour.md section 10). Text only: where the lists come from says proxies.h.
 *
 * A list of proxies has entries [protocol=][scheme://][user:password@]server[:port], with blanks or semicolons
 * between them. Protocols are http and https; an entry without one serves those that have none of their own, and
 * socks those that have no other at all. ftp and gopher are passed over. Schemes are http, https, socks4 and
 * socks5 (also called socks5h; the proxy resolves the names); as in Windows the first two only say which port is meant where none is written (80, 443), since the
 * way to the proxy is never encrypted. Name and password are percent-encoded. An IPv6 address stands in
 * brackets. The first of several proxies is used, the next one when it cannot be reached.
 *
 * A bypass list has entries [scheme://]pattern[:port], between them blanks or semicolons. A star stands for
 * anything. "<local>" are the names without a dot. As in Windows XP nothing is bypassed that is not in the list,
 * not even 127.0.0.1, so "<-loopback>" changes nothing. Beyond Windows, ".example.com" means
 * "*.example.com", and 10.0.0.0/8 is a network of IPv4. */
#ifndef QMGR_TRANSFER_PROXY_H
#define QMGR_TRANSFER_PROXY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/fault.h"

#define PROXY_LIST_MOST 32768u /* bytes; BITS's own limit */
#define PROXY_CAUSE_SIZE 96

enum proxy_type { PROXY_HTTP, PROXY_SOCKS4, PROXY_SOCKS5 };

struct proxy {
    enum proxy_type type;
    uint16_t port;
    char *host;      /* an IPv6 address in its brackets */
    char *user_pass; /* percent-encoded; NULL if the list has none */
};

struct proxy_list;
/* FAULT_ARGUMENT: not a list; cause says where and why, without quoting it, since there may be a password in
 * it. FAULT_MEMORY. *out is NULL on a fault, else freed with proxy_list_free. */
enum fault proxy_list_parse(const char *text, struct proxy_list **out,
                            char cause[PROXY_CAUSE_SIZE]);
void proxy_list_free(struct proxy_list *list); /* NULL is harmless */
/* The proxy for a URL (as url_split accepts them): the first, second... by `index`, NULL behind the last.
 * Owned by the list. */
const struct proxy *proxy_list_get(const struct proxy_list *list, const char *url, size_t index);

struct proxy_bypass;
/* Likewise. */
enum fault proxy_bypass_parse(const char *text, struct proxy_bypass **out,
                              char cause[PROXY_CAUSE_SIZE]);
void proxy_bypass_free(struct proxy_bypass *bypass);
/* Is this URL to be fetched without a proxy? */
bool proxy_bypass_matches(const struct proxy_bypass *bypass, const char *url);

#endif
