/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "transfer/retry.h"

static void the_published_table_is_followed(void **state)
{
    static const struct {
        long status;
        enum download_end end;
    } rows[] = {
        {200, END_WHOLE},     {206, END_WHOLE},     {201, END_TRANSIENT}, {204, END_TRANSIENT},
        {300, END_FATAL},     {301, END_FATAL},     {302, END_FATAL},     {303, END_FATAL},
        {304, END_FATAL},     {305, END_FATAL},     {306, END_TRANSIENT}, {307, END_FATAL},
        {308, END_FATAL},     {309, END_TRANSIENT}, {400, END_FATAL},     {401, END_FATAL},
        {403, END_FATAL},     {404, END_FATAL},     {407, END_FATAL},     {408, END_TRANSIENT},
        {409, END_TRANSIENT}, {410, END_FATAL},     {414, END_FATAL},     {416, END_FATAL},
        {499, END_FATAL},     {500, END_TRANSIENT}, {501, END_FATAL},     {502, END_TRANSIENT},
        {503, END_TRANSIENT}, {504, END_TRANSIENT}, {505, END_FATAL},     {506, END_TRANSIENT},
        {100, END_TRANSIENT}, {600, END_TRANSIENT}, {0, END_TRANSIENT},   {999, END_TRANSIENT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(retry_class_of_status(rows[i].status), rows[i].end);
    }
}

/* A chance that leaves the wait as it is. */
#define NEUTRAL 200u

static void waits_double_from_5_s_to_600_s(void **state)
{
    static const uint32_t expected[] = {5000,   10000,  20000,  40000, 80000,
                                        160000, 320000, 600000, 600000};
    for (uint32_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_int_equal(retry_wait_ms(i + 1, false, 0, NEUTRAL), expected[i]);
    }
    assert_int_equal(retry_wait_ms(UINT32_MAX, false, 0, NEUTRAL), 600000);
    assert_int_equal(retry_wait_ms(0, false, 0, NEUTRAL), 5000);
}

static void in_the_foreground_to_60_s(void **state)
{
    assert_int_equal(retry_wait_ms(1, true, 0, NEUTRAL), 5000);
    assert_int_equal(retry_wait_ms(4, true, 0, NEUTRAL), 40000);
    assert_int_equal(retry_wait_ms(5, true, 0, NEUTRAL), 60000);
    assert_int_equal(retry_wait_ms(1000, true, 0, NEUTRAL), 60000);
}

static void chance_spreads_the_waits_by_a_fifth_within_the_limits(void **state)
{
    uint32_t least = UINT32_MAX;
    uint32_t most = 0;
    for (uint32_t chance = 0; chance < 1000; chance++) {
        uint32_t wait = retry_wait_ms(3, false, 0, chance);
        least = wait < least ? wait : least;
        most = wait > most ? wait : most;
        assert_in_range(retry_wait_ms(1, false, 0, chance), RETRY_FIRST_MS, 6000);
        assert_in_range(retry_wait_ms(99, false, 0, chance), 480000, RETRY_MOST_MS);
        assert_in_range(retry_wait_ms(99, true, 0, chance), 48000, RETRY_MOST_FOREGROUND_MS);
    }
    assert_int_equal(least, 16000);
    assert_int_equal(most, 24000);
    assert_in_range(retry_wait_ms(3, false, 0, UINT32_MAX), 16000, 24000);
}

static void retry_after_wins_if_it_is_longer_up_to_an_hour(void **state)
{
    assert_int_equal(retry_wait_ms(1, false, 2, NEUTRAL), 5000);
    assert_int_equal(retry_wait_ms(1, false, 100, NEUTRAL), 100000);
    assert_int_equal(retry_wait_ms(1, true, 100, NEUTRAL), 100000);
    assert_int_equal(retry_wait_ms(9, false, 100, NEUTRAL), 600000);
    assert_int_equal(retry_wait_ms(1, false, 3601, NEUTRAL), 3600000);
    assert_int_equal(retry_wait_ms(1, false, UINT32_MAX, NEUTRAL), 3600000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_table_is_followed),
        cmocka_unit_test(waits_double_from_5_s_to_600_s),
        cmocka_unit_test(in_the_foreground_to_60_s),
        cmocka_unit_test(chance_spreads_the_waits_by_a_fifth_within_the_limits),
        cmocka_unit_test(retry_after_wins_if_it_is_longer_up_to_an_hour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
