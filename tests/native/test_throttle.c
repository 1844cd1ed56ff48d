/* SPDX-License-Identifier: MIT */
/* Fixed limits of background downloads, from a real server. At 64 KiB per second, big.bin of 100 MiB would take
 * 27 minutes: where it ends, it was not limited. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "variables.h"
#include "fetch.h"
#include "tls_facts.h"

#define BIG_SIZE (INT64_C(100) << 20)

static const char *http(const char *path)
{
    return fetch_url("QMGR_TEST_HTTP", path);
}

static const char *big(void)
{
    return http("/big.bin");
}

static struct fetch *start(const char *url, const char *part, bool foreground)
{
    const struct download_request request = {
        .url = url, .part = fetch_local(part), .size = -1, .foreground = foreground};
    return fetch_start(&request);
}

static void finish(struct fetch *fetch, const char *original)
{
    uint32_t win32 = 0;
    const struct download_result *result = fetch_wait(fetch);
    if (result->end != END_WHOLE)
        print_error("end %d: %s\n", (int)result->end, result->cause);
    assert_int_equal(result->end, END_WHOLE);
    assert_int_equal(fetch_finish(fetch, "target", &win32), FAULT_NONE);
    fetch_assert_same(fetch_local("target"), fetch_served(original));
}

static void others_come_and_go(const char *url)
{
    for (int i = 0; i < 10; i++)
        finish(start(url, "other", true), "mid.bin");
}

static void hasten(struct fetch *fetch)
{
    transfer_hasten(fetch_engine(), fetch_download(fetch));
}

static void a_limit_holds_in_the_background_only(void **state)
{
    struct fetch *slow = start(big(), "part", false);
    fetch_wait_bytes(slow, 1);
    others_come_and_go(http("/mid.bin"));
    assert_false(fetch_has_ended(slow));
    assert_true(download_bytes(fetch_download(slow)) < BIG_SIZE / 2);
}

static void the_foreground_lifts_the_limit_of_what_runs(void **state)
{
    struct fetch *fetch = start(big(), "part", false);
    fetch_wait_bytes(fetch, 1);
    hasten(fetch);
    hasten(fetch);
    finish(fetch, "big.bin");
    hasten(fetch);
}

/* With a library that would use HTTP/2, where all would share one connection. */
static void over_https_too(void **state)
{
    const char *url = fetch_url("QMGR_TEST_HTTPS", "/big.bin");
    struct fetch *slow[3];
    for (int i = 0; i < 3; i++) {
        char name[8];
        snprintf(name, sizeof name, "part%d", i);
        slow[i] = start(url, name, false);
    }
    fetch_wait_bytes(slow[1], 1);
    others_come_and_go(fetch_url("QMGR_TEST_HTTPS", "/mid.bin"));
    assert_false(fetch_has_ended(slow[1]));
    hasten(slow[1]);
    finish(slow[1], "big.bin");
    assert_false(fetch_has_ended(slow[0]) || fetch_has_ended(slow[2]));
}

static void all_in_the_background_get_on(void **state)
{
    struct fetch *fetches[4];
    for (int i = 0; i < 4; i++) {
        char name[8];
        snprintf(name, sizeof name, "part%d", i);
        fetches[i] = start(big(), name, false);
    }
    for (int i = 0; i < 4; i++)
        fetch_wait_bytes(fetches[i], 1);
    for (int i = 0; i < 4; i++)
        assert_false(fetch_has_ended(fetches[i]));
}

static void many_in_the_background_leave_room(void **state)
{
    for (int i = 0; i < 40; i++) {
        char name[8];
        snprintf(name, sizeof name, "part%d", i);
        start(big(), name, false);
    }
    others_come_and_go(http("/mid.bin"));
}

static void what_is_held_can_be_stopped_and_kept(void **state)
{
    struct fetch *fetch = start(big(), "part", false);
    fetch_wait_bytes(fetch, 1);
    transfer_stop(fetch_engine(), fetch_download(fetch));
    assert_int_equal(fetch_wait(fetch)->end, END_STOPPED);
    int64_t durable = fetch_keep(fetch);
    assert_int_equal(durable, download_bytes(fetch_download(fetch)));
    const char *url = big();
    const struct download_request request = {.url = url,
                                             .part = fetch_local("part"),
                                             .size = BIG_SIZE,
                                             .durable = durable,
                                             .validator = download_validator(fetch_download(fetch)),
                                             .stamp = download_stamp(fetch_download(fetch)),
                                             .foreground = true};
    finish(fetch_start(&request), "big.bin");
}

static void at_zero_the_background_waits(void **state)
{
    struct fetch *fetch = start(big(), "part", false);
    const struct download_request question = {.url = big(), .size = -1};
    struct fetch *size = fetch_start(&question);
    others_come_and_go(http("/mid.bin"));
    assert_int_equal(download_bytes(fetch_download(fetch)), 0);
    assert_false(fetch_has_ended(fetch) || fetch_has_ended(size));
    transfer_stop(fetch_engine(), fetch_download(size));
    assert_int_equal(fetch_wait(size)->end, END_STOPPED);
    hasten(fetch);
    finish(fetch, "big.bin");
}

static void nothing_is_limited(void **state)
{
    finish(start(big(), "part", false), "big.bin");
}

/* ---- settings ------------------------------------------------------------------------------ */

static int set_up(void **state, const char *limit, const char *hours)
{
    set_variable("QMGRPRXY_RATE_LIMIT", limit);
    set_variable("QMGRPRXY_RATE_HOURS", hours);
    return fetch_set_up(state);
}

static int limited(void **state)
{
    return set_up(state, "65536", NULL);
}

static int limited_by_hour(void **state)
{
    return set_up(state, NULL, "0-24=65536");
}

static int next_to_nothing(void **state)
{
    return set_up(state, "1", NULL);
}

static int zero_by_hour(void **state)
{
    return set_up(state, "100000000", "0-24=0");
}

static int none_by_hour(void **state)
{
    return set_up(state, "65536", "0-24=none");
}

static int zero(void **state)
{
    return set_up(state, "0", NULL);
}

static int wrong(void **state)
{
    return set_up(state, "10 KB", "0-25=65536");
}

#define TEST(name, set_up)                                                                         \
    {                                                                                              \
#name " (" #set_up ")", name, set_up, fetch_tear_down, NULL                                \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_limit_holds_in_the_background_only, limited),
        TEST(a_limit_holds_in_the_background_only, limited_by_hour),
        TEST(a_limit_holds_in_the_background_only, next_to_nothing),
        TEST(the_foreground_lifts_the_limit_of_what_runs, limited),
        TEST(over_https_too, limited),
        TEST(all_in_the_background_get_on, limited),
        TEST(many_in_the_background_leave_room, limited),
        TEST(what_is_held_can_be_stopped_and_kept, limited),
        TEST(at_zero_the_background_waits, zero_by_hour),
        TEST(nothing_is_limited, none_by_hour),
        TEST(nothing_is_limited, zero),
        TEST(nothing_is_limited, wrong),
    };
    return fetch_has_server() && tls_facts_prepare("mbedtls")
               ? cmocka_run_group_tests(tests, NULL, NULL)
               : 1;
}
