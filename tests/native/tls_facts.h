/* SPDX-License-Identifier: MIT */
/* What must hold for HTTPS with each TLS library; each is a process of its own, since a process
 * has one. */
#ifndef QMGR_TESTS_NATIVE_TLS_FACTS_H
#define QMGR_TESTS_NATIVE_TLS_FACTS_H

#include <stdbool.h>

/* library: for QMGRPRXY_TLS, NULL: the one that is chosen by itself. Returns the number of
 * failures. On Windows the test server's authority is added to the user's root certificates
 * first, which Wine does without a question. */
int tls_facts_run(const char *library);
/* The first part of it, for others: chooses the library, makes the authority known. */
bool tls_facts_prepare(const char *library);

/* Before the first engine: this library, and trust in the test server's authority. False if that cannot be had. */
bool tls_facts_prepare(const char *library);

#endif
