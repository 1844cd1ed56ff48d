/* SPDX-License-Identifier: MIT */
/* Several processes with one queue, as far as queue and claims can tell: the second runner of this process does
 * not lead. (Elsewhere than on Windows every runner leads.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runner_bench.h"

static struct runner_bench follower_of(const struct runner_bench *leader)
{
    struct runner_bench follower = *leader;
    runner_bench_start_runner(&follower);
    return follower;
}

static void a_runner_that_does_not_lead_suspends_at_once(void **state)
{
    struct runner_bench *bench = *state;
    bench_add(bench, "one.bin", "one");
    /* each time it is asked before it can know its role */
    for (int i = 0; i < 20; i++) {
        struct runner_bench follower = follower_of(bench);
        assert_int_equal(runner_suspend(follower.runner, bench->key), FAULT_NONE);
        runner_bench_stop_runner(&follower);
    }
}

static void a_runner_that_does_not_lead_starts_and_stops_a_group(void **state)
{
    struct runner_bench *bench = *state;
    struct runner_bench follower = follower_of(bench);
    bench_add(bench, "veryslow/big.bin", "big");
    assert_int_equal(runner_resume(follower.runner, bench->key), FAULT_NONE);
    bench_wait_for_bytes(bench, 1);
    char *part = bench_part(bench, 0);
    assert_int_equal(runner_cancel(follower.runner, bench->key), FAULT_NONE);
    assert_false(file_exists(part));
    assert_int_equal(bench_size_on_disk(bench, "big"), -1);
    free(part);
    runner_bench_stop_runner(&follower);
}

static void when_the_leader_ends_the_next_one_goes_on(void **state)
{
    struct runner_bench *bench = *state;
    bench_add(bench, bench->slow, "mid");
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    bench_wait_for_bytes(bench, 1);
    struct runner_bench follower = follower_of(bench);
    runner_bench_stop_runner(bench);
    bench_wait_for_event(bench); /* all share the event */
    assert_int_equal(bench_info(&follower, bench->key).state, GROUP_COMPLETE);
    assert_int_equal(bench_size_on_disk(bench, "mid"), SLOW_SIZE);
    runner_bench_start_runner(bench);
    runner_bench_stop_runner(&follower);
}

/* Its rows alone would not tell: nothing is made durable in this test. */
static void a_runner_that_does_not_lead_sees_the_progress_of_the_one_that_does(void **state)
{
    struct runner_bench *bench = *state;
    runner_bench_stop_runner(bench);
    bench->checkpoint_ms = 3600 * 1000;
    runner_bench_start_runner(bench);
    bench_add(bench, bench->slow, "mid");
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    bench_wait_for_bytes(bench, 1);
    struct runner_bench follower = follower_of(bench);
    bench_wait_for_bytes(&follower, 1);
    struct progress seen = bench_progress(&follower);
    assert_int_equal(seen.total, SLOW_SIZE);
    bench_wait_for_bytes(&follower, seen.bytes + 1);
    bench_wait_for_event(bench);
    assert_int_equal(bench_progress(&follower).percent, 100);
    runner_bench_stop_runner(&follower);
}

static void what_was_shown_does_not_fall_when_the_next_one_takes_over(void **state)
{
    struct runner_bench *bench = *state;
    /* Without a validator the next one begins at the first byte. */
    bench_serve("slow3.bin", 3 << 20);
    bench_add(bench, "slownovalidator/slow3.bin", "three");
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    bench_wait_for_bytes(bench, 2 << 20);
    struct runner_bench follower = follower_of(bench);
    uint32_t before = bench_progress(bench).percent;
    assert_true(before > 50);
    runner_bench_stop_runner(bench);
    uint32_t percent;
    do {
        percent = bench_progress(&follower).percent;
        assert_true(percent >= before);
    } while (percent < 100);
    bench_serve_no_more("slow3.bin");
    runner_bench_start_runner(bench);
    runner_bench_stop_runner(&follower);
}

static void a_resume_by_another_ends_the_wait_after_an_error(void **state)
{
    struct runner_bench *bench = *state;
    bench_add(bench, "later/one.bin", "one"); /* 503, to be tried again in an hour */
    bench_serve("one.bin.down", 1);
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    bench_wait_for_request("GET /later/one.bin \"-\" 503");
    bench_serve_no_more("one.bin.down");
    struct runner_bench follower = follower_of(bench);
    /* more than once, since the first may come before the error has been looked at */
    const uint64_t end = clock_ms() + PATIENCE_MS;
    do {
        assert_true(clock_ms() < end);
        assert_int_equal(runner_resume(follower.runner, bench->key), FAULT_NONE);
    } while (!wakeup_wait(bench->event, 200));
    assert_int_equal(bench_info(bench, bench->key).state, GROUP_COMPLETE);
    runner_bench_stop_runner(&follower);
}

static void a_part_file_in_the_making_stays_as_long_as_its_maker_lives(void **state)
{
    struct runner_bench *bench = *state;
    char *part = bench_target(bench, "BIT0001.tmp");
    struct file *file;
    struct claim *maker = claim_new("QmgrTest-maker");
    assert_int_equal(queue_discards_plan(bench->queue, "QmgrTest-maker", &part, 1), FAULT_NONE);
    assert_int_equal(file_create_new(part, &file), 0);
    file_close(file);
    int64_t other = bench_new_group(bench);
    assert_int_equal(runner_cancel(bench->runner, other), FAULT_NONE); /* sweeps */
    assert_true(file_exists(part));
    claim_free(maker);
    other = bench_new_group(bench);
    assert_int_equal(runner_cancel(bench->runner, other), FAULT_NONE);
    assert_false(file_exists(part));
    free(part);
}

int main(void)
{
#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, runner_bench_set_up, runner_bench_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_runner_that_does_not_lead_suspends_at_once),
        TEST(a_runner_that_does_not_lead_starts_and_stops_a_group),
        TEST(when_the_leader_ends_the_next_one_goes_on),
        TEST(a_runner_that_does_not_lead_sees_the_progress_of_the_one_that_does),
        TEST(what_was_shown_does_not_fall_when_the_next_one_takes_over),
        TEST(a_resume_by_another_ends_the_wait_after_an_error),
        TEST(a_part_file_in_the_making_stays_as_long_as_its_maker_lives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
