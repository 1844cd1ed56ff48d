/* SPDX-License-Identifier: MIT */
/* For tests of proxies: the environment of the process, and the proxies of tests/server/proxies.sh. */
#ifndef QMGR_TESTS_NATIVE_PROXY_SUPPORT_H
#define QMGR_TESTS_NATIVE_PROXY_SUPPORT_H

#include <stdint.h>

#include "fetch.h"
#include "variables.h"

/* Fixtures: fetch's, and no setting or variable about proxies is left over from another test. What a test sets
 * (set_variable) counts for its engine if nothing has been downloaded before. */
int proxy_set_up(void **state);
int proxy_tear_down(void **state);
/* head, the value of the environment variable, tail; valid until the test ends. */
const char *proxy_text(const char *head, const char *variable, const char *tail);
/* Downloads small.bin from there and compares it. */
void proxy_assert_arrives(const char *url);
/* Waits for its end, which must be this. */
void proxy_assert_ends(struct fetch *fetch, enum download_end end, uint32_t win32, uint32_t http);
/* The same for a download of the URL. */
void proxy_assert_fails(const char *url, enum download_end end, uint32_t win32, uint32_t http);

#endif
