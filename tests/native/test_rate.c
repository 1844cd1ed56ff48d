/* SPDX-License-Identifier: MIT */
/* How background downloads share a link with others, in simulated time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shared_link.h"

static const double link_speeds[] = {6e3, 125e3, 2.5e6, 125e6};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void assert_at_least(double value, double least)
{
    if (value < least)
        fail_msg("%.3f is less than %.3f", value, least);
}

static void assert_at_most(double value, double most)
{
    if (value > most)
        fail_msg("%.3f is more than %.3f", value, most);
}

static void alone_they_take_all(void **state)
{
    for (size_t i = 0; i < COUNT(link_speeds); i++) {
        struct shared_link link;
        shared_link_init(&link, link_speeds[i], 3);
        shared_link_run(&link, 3);
        shared_link_run(&link, 300);
        assert_at_least(shared_link_ours(&link), 0.95);
    }
}

static void beside_a_greedy_load_they_take_little(void **state)
{
    for (int flows = 1; flows <= FLOWS_MOST; flows++) {
        struct shared_link link;
        shared_link_init(&link, 2.5e6, flows);
        shared_link_run(&link, 10);
        link.foreign.want = GREEDY;
        shared_link_run(&link, 2); /* to notice it */
        shared_link_run(&link, 8);
        assert_at_most(shared_link_ours(&link), 0.15);
        shared_link_run(&link, 120);
        assert_at_most(shared_link_ours(&link), 0.08);
        assert_at_least(shared_link_foreign(&link), 0.8);
    }
}

static void a_load_that_was_there_before_is_left_alone(void **state)
{
    for (size_t i = 0; i < COUNT(link_speeds); i++) {
        struct shared_link link;
        shared_link_init(&link, link_speeds[i], 3);
        link.our_want = 0;
        link.foreign.want = GREEDY;
        shared_link_run(&link, 10);
        link.our_want = GREEDY;
        shared_link_run(&link, 2);
        shared_link_run(&link, 30);
        /* To a modem's link, the least rate is much. */
        assert_at_most(shared_link_ours(&link), link_speeds[i] > 1e5 ? 0.1 : 0.35);
    }
}

static void a_little_always_flows(void **state)
{
    struct shared_link link;
    shared_link_init(&link, 2.5e6, 3);
    link.foreign.want = GREEDY;
    shared_link_run(&link, 10);
    for (int i = 0; i < 60; i++) {
        shared_link_run(&link, 1);
        assert_at_least(shared_link_ours(&link), 0.01);
    }
}

static void the_load_ends_and_they_take_all_again(void **state)
{
    struct shared_link link;
    shared_link_init(&link, 2.5e6, 3);
    shared_link_run(&link, 5);
    link.foreign.want = GREEDY;
    shared_link_run(&link, 60);
    link.foreign.want = 0;
    shared_link_run(&link, 3);
    shared_link_run(&link, 10);
    assert_at_least(shared_link_ours(&link), 0.9);
}

static void beside_a_modest_load_they_take_the_rest(void **state)
{
    struct shared_link link;
    shared_link_init(&link, 2.5e6, 3);
    shared_link_run(&link, 5);
    link.foreign.want = 0.4 * link.capacity;
    shared_link_run(&link, 15);
    shared_link_run(&link, 60);
    assert_at_least(shared_link_ours(&link), 0.4);
    assert_at_least(shared_link_foreign(&link), 0.38);
}

static void a_faster_server_shows_that_the_link_is_wider(void **state)
{
    struct shared_link link;
    shared_link_init(&link, 2.5e6, 3);
    link.our_want = 0.1 * link.capacity;
    shared_link_run(&link, 5);
    link.foreign.want = 0.4 * link.capacity;
    shared_link_run(&link, 5);
    link.our_want = GREEDY;
    shared_link_run(&link, 30);
    shared_link_run(&link, 60);
    assert_at_least(shared_link_ours(&link), 0.35);
    assert_at_least(shared_link_foreign(&link), 0.38);
}

/* As when a faster network was in use before, or the local one is faster than the way out. */
static void a_narrower_link_than_thought_is_noticed(void **state)
{
    struct shared_link link;
    shared_link_init(&link, 125e6, 3);
    shared_link_run(&link, 5);
    link.capacity = 2.5e6;
    shared_link_run(&link, 5);
    link.foreign.want = GREEDY;
    shared_link_run(&link, 10);
    shared_link_run(&link, 60);
    assert_at_most(shared_link_ours(&link), 0.15);
}

static void a_single_stall_of_ours_is_no_load(void **state)
{
    struct rate rate = {0};
    for (int i = 0; i < 10; i++)
        rate_sample(&rate, 500, 1000000, 1000000);
    rate_sample(&rate, 500, 1000000, 200000); /* the disk was slow: the rest is in the socket */
    rate_sample(&rate, 500, 1000000, 1800000);
    rate_sample(&rate, 500, 1000000, 1000000);
    assert_true(rate_allowed(&rate) == RATE_FREE);
}

static void what_comes_late_is_held_against_nobody(void **state)
{
    struct rate rate = {0};
    for (int i = 0; i < 10; i++)
        rate_sample(&rate, 500, 1000000, 1000000);
    for (int i = 0; i < 20; i++) {
        rate_sample(&rate, 500, 1400000, 1000000);
        rate_sample(&rate, 500, 600000, 1000000);
        assert_true(rate_allowed(&rate) == RATE_FREE);
    }
}

static void after_a_pause_it_begins_anew(void **state)
{
    struct shared_link link;
    shared_link_init(&link, 2.5e6, 3);
    link.foreign.want = GREEDY;
    shared_link_run(&link, 10);
    assert_false(rate_allowed(&link.rate) == RATE_FREE);
    rate_sample(&link.rate, 3600000, UINT64_MAX, 0);
    assert_true(rate_allowed(&link.rate) == RATE_FREE);
}

static void any_numbers_give_a_rate_that_is_not_nothing(void **state)
{
    static const uint64_t numbers[] = {0, 1, 1000, 1u << 31, UINT64_C(1) << 40, UINT64_MAX};
    static const uint32_t times[] = {0, 1, 99, 100, 5000, 5001, UINT32_MAX};
    struct rate rate = {0};
    uint32_t dice = 1;
    for (int i = 0; i < 200000; i++) {
        dice = dice * 1103515245u + 12345u;
        rate_sample(&rate, times[(dice >> 16) % COUNT(times)],
                    numbers[(dice >> 8) % COUNT(numbers)], numbers[(dice >> 20) % COUNT(numbers)]);
        assert_true(rate_allowed(&rate) >= 1024);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alone_they_take_all),
        cmocka_unit_test(beside_a_greedy_load_they_take_little),
        cmocka_unit_test(a_load_that_was_there_before_is_left_alone),
        cmocka_unit_test(a_little_always_flows),
        cmocka_unit_test(the_load_ends_and_they_take_all_again),
        cmocka_unit_test(beside_a_modest_load_they_take_the_rest),
        cmocka_unit_test(a_faster_server_shows_that_the_link_is_wider),
        cmocka_unit_test(a_narrower_link_than_thought_is_noticed),
        cmocka_unit_test(a_single_stall_of_ours_is_no_load),
        cmocka_unit_test(what_comes_late_is_held_against_nobody),
        cmocka_unit_test(after_a_pause_it_begins_anew),
        cmocka_unit_test(any_numbers_give_a_rate_that_is_not_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
