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
        {429, END_TRANSIENT}, {499, END_FATAL},     {500, END_TRANSIENT}, {501, END_FATAL},
        {502, END_TRANSIENT}, {503, END_TRANSIENT}, {504, END_TRANSIENT}, {505, END_FATAL},
        {506, END_TRANSIENT}, {100, END_TRANSIENT}, {600, END_TRANSIENT}, {0, END_TRANSIENT},
        {999, END_TRANSIENT},
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

static void the_want_of_a_network_excuses_what_it_explains(void **state)
{
    static const struct {
        struct download_result result;
        enum retry_event offline, online;
    } rows[] = {
        {{.win32 = 12007}, RETRY_EXCUSED, RETRY_FAILED}, /* name not resolved */
        {{.win32 = 12029}, RETRY_EXCUSED, RETRY_FAILED}, /* cannot connect */
        {{.win32 = 12002}, RETRY_FAILED, RETRY_FAILED},  /* timed out */
        {{.win32 = 12030}, RETRY_FAILED, RETRY_FAILED},  /* connection aborted */
        {{.http = 503}, RETRY_FAILED, RETRY_FAILED},     /* somebody has answered */
        {{.win32 = 14}, RETRY_FAILED, RETRY_FAILED},     /* out of memory */
        {{.win32 = 32}, RETRY_FAILED, RETRY_FAILED},     /* the file is in use */
        {{.win32 = 108}, RETRY_EXCUSED, RETRY_EXCUSED},  /* the drive is locked */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(retry_event_of(&rows[i].result, true), rows[i].offline);
        assert_int_equal(retry_event_of(&rows[i].result, false), rows[i].online);
    }
}

/* ---- a group's life, by a clock of our own --------------------------------------------------- */

#define SECOND UINT64_C(1000)
#define DAY (24 * 3600 * SECOND)

/* A group, its client's count and a clock. */
struct life {
    struct retry retry;
    uint64_t now;
    uint32_t counted;
    bool foreground;
};

static struct life life_begin(uint64_t now)
{
    return (struct life){.now = now};
}

static void happens(struct life *life, enum retry_event event)
{
    life->counted += retry_note(&life->retry, event, life->now);
}

/* An attempt fails, and the time passes until the next one is due. What is waited is returned. */
static uint32_t fails(struct life *life, enum retry_event event, uint32_t retry_after_s)
{
    happens(life, event);
    uint32_t wait = retry_wait_ms(life->retry.failures, life->foreground, retry_after_s, NEUTRAL);
    life->now += wait;
    return wait;
}

static void the_waits_of_a_group_grow_as_it_fails(void **state)
{
    static const uint32_t expected[] = {5, 10, 20, 40, 80, 160, 320, 600, 600, 600};
    struct life life = life_begin(123);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_int_equal(fails(&life, RETRY_FAILED, 0), expected[i] * SECOND);
    }
}

static void a_server_that_asks_for_patience_gets_it_once(void **state)
{
    struct life life = life_begin(0);
    assert_int_equal(fails(&life, RETRY_FAILED, 1000), 1000 * SECOND);
    assert_int_equal(fails(&life, RETRY_FAILED, 0), 10 * SECOND);
    assert_int_equal(fails(&life, RETRY_FAILED, 3), 20 * SECOND);
    assert_int_equal(fails(&life, RETRY_FAILED, 1u << 31), 3600 * SECOND);
}

static void the_foreground_may_begin_in_mid_wait(void **state)
{
    struct life life = life_begin(0);
    for (int i = 0; i < 8; i++) {
        fails(&life, RETRY_FAILED, 0);
    }
    life.foreground = true;
    happens(&life, RETRY_RESUMED);
    assert_int_equal(fails(&life, RETRY_FAILED, 0), 5 * SECOND);
    for (int i = 0; i < 8; i++) {
        fails(&life, RETRY_FAILED, 0);
    }
    assert_int_equal(fails(&life, RETRY_FAILED, 0), 60 * SECOND);
}

static void the_first_failure_is_no_retry_and_the_others_are(void **state)
{
    struct life life = life_begin(0);
    for (uint32_t i = 0; i < 5; i++) {
        fails(&life, RETRY_FAILED, 0);
        assert_int_equal(life.counted, i);
    }
}

static void progress_makes_the_next_failure_the_first(void **state)
{
    struct life life = life_begin(0);
    fails(&life, RETRY_FAILED, 0);
    fails(&life, RETRY_FAILED, 0);
    happens(&life, RETRY_PROGRESSED);
    assert_int_equal(retry_stuck_s(&life.retry, life.now), 0);
    assert_int_equal(fails(&life, RETRY_FAILED, 0), 5 * SECOND);
    assert_int_equal(life.counted, 1);
    assert_int_equal(fails(&life, RETRY_FAILED, 0), 10 * SECOND);
    assert_int_equal(life.counted, 2);
}

static void what_grows_beside_it_is_progress_but_no_reason_for_haste(void **state)
{
    struct life life = life_begin(0);
    for (int i = 0; i < 3; i++) {
        fails(&life, RETRY_FAILED, 0);
    }
    happens(&life, RETRY_GREW);
    assert_int_equal(retry_stuck_s(&life.retry, life.now), 0);
    assert_int_equal(fails(&life, RETRY_FAILED, 0), 40 * SECOND);
    assert_int_equal(life.counted, 2);
}

/* How long until it gives up, if it fails like that from now on; at most a year. */
static uint64_t until_it_gives_up(struct life *life, enum retry_event event)
{
    uint64_t began = life->now;
    while (life->now - began < 365 * DAY) {
        happens(life, event);
        if (retry_gives_up(&life->retry, life->now)) {
            break;
        }
        life->now += retry_wait_ms(life->retry.failures, life->foreground, 0, NEUTRAL);
    }
    return life->now - began;
}

static void after_14_days_without_progress_it_gives_up(void **state)
{
    struct life life = life_begin(77);
    assert_in_range(until_it_gives_up(&life, RETRY_FAILED), 14 * DAY, 14 * DAY + RETRY_MOST_MS);
    struct life hasty = life_begin(77);
    hasty.foreground = true;
    assert_in_range(until_it_gives_up(&hasty, RETRY_FAILED), 14 * DAY,
                    14 * DAY + RETRY_MOST_FOREGROUND_MS);
}

static void progress_gives_it_14_days_more(void **state)
{
    static const enum retry_event events[] = {RETRY_PROGRESSED, RETRY_GREW};
    for (size_t i = 0; i < 2; i++) {
        struct life life = life_begin(0);
        while (life.now < 13 * DAY) {
            fails(&life, RETRY_FAILED, 0);
        }
        happens(&life, events[i]);
        assert_false(retry_gives_up(&life.retry, life.now));
        assert_in_range(until_it_gives_up(&life, RETRY_FAILED), 14 * DAY, 14 * DAY + RETRY_MOST_MS);
    }
}

/* Or a program that resumes its group each day would never see that nothing comes of it. */
static void to_resume_it_shortens_the_wait_and_gives_no_more_days(void **state)
{
    struct life life = life_begin(0);
    while (life.now < 13 * DAY) {
        fails(&life, RETRY_FAILED, 0);
    }
    uint64_t left = 14 * DAY - life.now;
    uint32_t counted = life.counted;
    happens(&life, RETRY_RESUMED);
    assert_int_equal(life.counted, counted);
    assert_int_equal(life.retry.failures, 0);
    struct life copy = life;
    assert_int_equal(fails(&copy, RETRY_FAILED, 0), 5 * SECOND);
    assert_int_equal(copy.counted, counted + 1);
    assert_in_range(until_it_gives_up(&life, RETRY_FAILED), left, left + RETRY_MOST_MS);
}

static void the_next_process_goes_on_counting_the_days(void **state)
{
    uint32_t stuck_s = 0;
    uint32_t counted = 0;
    uint32_t processes = 0;
    bool gives_up = false;
    while (!gives_up && processes < 100) {
        /* Its clock begins anywhere, and it lives a day. */
        struct life life = life_begin(processes * 7919);
        life.retry = retry_go_on(stuck_s);
        uint64_t began = life.now;
        while (life.now - began < DAY && !gives_up) {
            happens(&life, RETRY_FAILED);
            stuck_s = retry_stuck_s(&life.retry, life.now);
            gives_up = retry_gives_up(&life.retry, life.now);
            life.now += 600 * SECOND;
        }
        counted += life.counted;
        processes++;
    }
    /* What passes between a process's last failure and its end is not counted: 10 minutes each. */
    assert_in_range(processes, 14, 15);
    assert_in_range(counted, 14 * 144, 15 * 144);
}

static void without_a_network_nothing_is_counted(void **state)
{
    struct life life = life_begin(0);
    fails(&life, RETRY_FAILED, 0);
    fails(&life, RETRY_FAILED, 0);
    happens(&life, RETRY_EXCUSED);
    uint32_t before = retry_stuck_s(&life.retry, life.now);
    assert_int_equal(before, 15);
    assert_int_equal(until_it_gives_up(&life, RETRY_EXCUSED) / DAY, 365);
    assert_int_equal(life.counted, 1);
    assert_int_equal(retry_stuck_s(&life.retry, life.now), before);
}

/* It might be one that we do not see. */
static void without_a_network_it_is_tried_all_the_same(void **state)
{
    static const uint32_t expected[] = {5, 10, 20, 40, 80, 160, 320, 600, 600};
    struct life life = life_begin(0);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_int_equal(fails(&life, RETRY_EXCUSED, 0), expected[i] * SECOND);
    }
}

static void when_the_network_is_back_the_waits_begin_anew_and_the_days_go_on(void **state)
{
    struct life life = life_begin(0);
    while (life.now < 10 * DAY) {
        fails(&life, RETRY_FAILED, 0);
    }
    uint32_t counted = life.counted;
    happens(&life, RETRY_EXCUSED);
    uint64_t left = 14 * DAY - life.now;
    life.now += 30 * DAY;
    happens(&life, RETRY_NETWORK_BACK);
    assert_int_equal(life.counted, counted);
    struct life copy = life;
    assert_int_equal(fails(&copy, RETRY_FAILED, 0), 5 * SECOND);
    assert_int_equal(copy.counted, counted + 1);
    assert_in_range(until_it_gives_up(&life, RETRY_FAILED), left, left + RETRY_MOST_MS);
}

/* clock_ms does not do that; but to fail all groups would be a high price for being wrong. */
static void a_clock_that_goes_back_costs_nothing(void **state)
{
    struct life life = life_begin(DAY);
    fails(&life, RETRY_FAILED, 0);
    life.now = 5;
    happens(&life, RETRY_FAILED);
    assert_false(retry_gives_up(&life.retry, life.now));
    assert_int_equal(retry_stuck_s(&life.retry, life.now), 0);
    assert_in_range(until_it_gives_up(&life, RETRY_FAILED), 14 * DAY, 14 * DAY + RETRY_MOST_MS);
}

static void the_greatest_numbers_do_not_overflow(void **state)
{
    struct life life = life_begin(UINT64_MAX / 2);
    life.retry = retry_go_on(UINT32_MAX);
    assert_int_equal(retry_stuck_s(&life.retry, life.now), UINT32_MAX);
    happens(&life, RETRY_FAILED);
    life.now += 100 * 365 * DAY;
    assert_int_equal(retry_stuck_s(&life.retry, life.now), UINT32_MAX);
    assert_true(retry_gives_up(&life.retry, life.now));
    life.retry.failures = UINT32_MAX;
    assert_int_equal(fails(&life, RETRY_FAILED, 0), 600 * SECOND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_table_is_followed),
        cmocka_unit_test(waits_double_from_5_s_to_600_s),
        cmocka_unit_test(in_the_foreground_to_60_s),
        cmocka_unit_test(chance_spreads_the_waits_by_a_fifth_within_the_limits),
        cmocka_unit_test(retry_after_wins_if_it_is_longer_up_to_an_hour),
        cmocka_unit_test(the_want_of_a_network_excuses_what_it_explains),
        cmocka_unit_test(the_waits_of_a_group_grow_as_it_fails),
        cmocka_unit_test(a_server_that_asks_for_patience_gets_it_once),
        cmocka_unit_test(the_foreground_may_begin_in_mid_wait),
        cmocka_unit_test(the_first_failure_is_no_retry_and_the_others_are),
        cmocka_unit_test(progress_makes_the_next_failure_the_first),
        cmocka_unit_test(what_grows_beside_it_is_progress_but_no_reason_for_haste),
        cmocka_unit_test(after_14_days_without_progress_it_gives_up),
        cmocka_unit_test(progress_gives_it_14_days_more),
        cmocka_unit_test(to_resume_it_shortens_the_wait_and_gives_no_more_days),
        cmocka_unit_test(the_next_process_goes_on_counting_the_days),
        cmocka_unit_test(without_a_network_nothing_is_counted),
        cmocka_unit_test(without_a_network_it_is_tried_all_the_same),
        cmocka_unit_test(when_the_network_is_back_the_waits_begin_anew_and_the_days_go_on),
        cmocka_unit_test(a_clock_that_goes_back_costs_nothing),
        cmocka_unit_test(the_greatest_numbers_do_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
