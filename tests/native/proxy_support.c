/* SPDX-License-Identifier: MIT */
#include "proxy_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void forget_all(void)
{
    static const char *const names[] = {
        "QMGRPRXY_PROXY",
        "QMGRPRXY_PROXY_BYPASS",
        "QMGRPRXY_PROXY_LOGIN",
        "QMGRPRXY_PROXY_SCRIPT",
        "QMGRPRXY_LOGON",
        "QMGRPRXY_RATE_LIMIT",
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "no_proxy",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        set_variable(names[i], NULL);
    }
}

int proxy_set_up(void **state)
{
    forget_all();
    return fetch_set_up(state);
}

int proxy_tear_down(void **state)
{
    forget_all();
    return fetch_tear_down(state);
}

const char *proxy_text(const char *head, const char *variable, const char *tail)
{
    return fetch_text(head, fetch_url(variable, tail));
}

void proxy_assert_arrives(const char *url)
{
    fetch_into(url, "target");
    fetch_assert_same(fetch_local("target"), fetch_served("small.bin"));
}

void proxy_assert_ends(struct fetch *fetch, enum download_end end, uint32_t win32, uint32_t http)
{
    const struct download_result *result = fetch_wait(fetch);
    if (result->end != end || result->win32 != win32 || result->http != http) {
        print_error("end %d, win32 %lu, http %lu: %s\n", (int)result->end,
                    (unsigned long)result->win32, (unsigned long)result->http, result->cause);
    }
    assert_null(strstr(result->cause, "secret")); /* it is logged */
    assert_int_equal(result->end, end);
    assert_int_equal(result->win32, win32);
    assert_int_equal(result->http, http);
}

void proxy_assert_fails(const char *url, enum download_end end, uint32_t win32, uint32_t http)
{
    proxy_assert_ends(fetch_all(url, "part"), end, win32, http);
}
