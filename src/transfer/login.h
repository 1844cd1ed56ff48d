/* SPDX-License-Identifier: MIT */
/* Logging in at servers and proxies: the one place that says which schemes may be used with what. The best of
 * those that the other side offers is taken; nothing is sent before it has asked. */
#ifndef QMGR_TRANSFER_LOGIN_H
#define QMGR_TRANSFER_LOGIN_H

#include <curl/curl.h>

enum login_at { LOGIN_AT_SERVER, LOGIN_AT_PROXY };

/* With a name and a password (UTF-8; "DOMAIN\name" where there is one): Basic, Digest, NTLM, and Negotiate where the system has it.
 * Without a name Basic and Digest only, since Windows would take the logged-on user in the place of nobody. */
CURLcode login_set(CURL *easy, enum login_at at, const char *user, const char *password);
/* The same with "user:password" as in a URL, percent-encoded. */
CURLcode login_set_encoded(CURL *easy, enum login_at at, const char *user_pass);
/* As the user who is logged on, by Negotiate and NTLM. Does nothing where the system cannot. */
CURLcode login_set_own(CURL *easy, enum login_at at);

#endif
