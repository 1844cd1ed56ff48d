/* SPDX-License-Identifier: MIT */
/* http_proxy, https_proxy, all_proxy and no_proxy, as curl and others read them, put into the words of proxy.h. */
#ifndef QMGR_TRANSFER_PROXY_ENVIRONMENT_H
#define QMGR_TRANSFER_PROXY_ENVIRONMENT_H

#include "platform/fault.h"
#include "transfer/proxy.h"

/* *list and *bypass are malloc'ed (there may be a password in the former: secret_free_text), NULL where the
 * environment says nothing. In upper case the variables count as well, but for HTTP_PROXY, which a web server may
 * have set by a client's word. FAULT_ARGUMENT with its cause: a proxy that would be reached by TLS, which
 * is not supported. FAULT_MEMORY. */
enum fault proxy_environment(char **list, char **bypass, char cause[PROXY_CAUSE_SIZE]);
/* The part of it that is text: no_proxy's value as a bypass list. What cannot be understood is left out.
 * malloc'ed; NULL if out of memory. */
char *proxy_bypass_of_no_proxy(const char *value);

#endif
