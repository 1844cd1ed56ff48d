/* SPDX-License-Identifier: MIT */
/* Groups in the background under a limit at which they would take half an hour, and in the foreground. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "variables.h"
#include "runner_bench.h"

static void switching_to_the_foreground_lifts_the_limit_of_what_runs(void **state)
{
    struct runner_bench *bench = *state;
    bench_add(bench, "big.bin", "big");
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    bench_wait_for_bytes(bench, 1);
    assert_int_equal(runner_foreground(bench->runner, bench->key), FAULT_NONE);
    bench_wait_for_event(bench);
    assert_int_equal(bench_info(bench, bench->key).state, GROUP_COMPLETE);
    assert_int_equal(bench_size_on_disk(bench, "big"), 100 << 20);
}

static void groups_in_the_foreground_come_and_go_beside_one_that_is_limited(void **state)
{
    struct runner_bench *bench = *state;
    bench_add(bench, "big.bin", "big");
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    bench_wait_for_bytes(bench, 1);
    for (int i = 0; i < 5; i++) {
        int64_t key = bench_new_group(bench);
        char *local = bench_target(bench, "other");
        assert_int_equal(bench_try_add(bench, key, "mid.bin", local), FAULT_NONE);
        free(local);
        assert_int_equal(runner_foreground(bench->runner, key), FAULT_NONE);
        assert_int_equal(runner_resume(bench->runner, key), FAULT_NONE);
        bench_wait_for_event(bench);
        assert_int_equal(bench_info(bench, key).state, GROUP_COMPLETE);
    }
    assert_int_equal(bench_info(bench, bench->key).state, GROUP_RUNNING);
}

/* The group runs, as BITS has it: it waits, and that is no error. */
static void in_hours_with_a_limit_of_zero_the_background_waits(void **state)
{
    struct runner_bench *bench = *state;
    bench_add(bench, "mid.bin", "mid");
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    int64_t key = bench_new_group(bench);
    char *local = bench_target(bench, "other");
    assert_int_equal(bench_try_add(bench, key, "mid.bin", local), FAULT_NONE);
    free(local);
    assert_int_equal(runner_foreground(bench->runner, key), FAULT_NONE);
    assert_int_equal(runner_resume(bench->runner, key), FAULT_NONE);
    bench_wait_for_event(bench);
    struct group_info info = bench_info(bench, bench->key);
    assert_int_equal(info.state, GROUP_RUNNING);
    assert_int_equal(info.retries, 0);
    assert_int_equal(bench_progress(bench).bytes, 0);
    assert_int_equal(runner_suspend(bench->runner, bench->key), FAULT_NONE);
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    assert_int_equal(runner_foreground(bench->runner, bench->key), FAULT_NONE);
    bench_wait_for_event(bench);
    assert_int_equal(bench_info(bench, bench->key).state, GROUP_COMPLETE);
}

static void add_as(struct runner_bench *bench, int64_t key, const char *remote, const char *name)
{
    char *local = bench_target(bench, name);
    assert_int_equal(bench_try_add(bench, key, remote, local), FAULT_NONE);
    free(local);
}

/* The group's third file comes while the first two take half an hour. */
static void groups_that_wait_take_no_slots_from_the_foreground(void **state)
{
    struct runner_bench *bench = *state;
    for (int i = 0; i < 5; i++) {
        int64_t waits = bench_new_group(bench);
        for (int file = 0; file < 3; file++) {
            char name[32];
            snprintf(name, sizeof name, "waits%d-%d", i, file);
            add_as(bench, waits, "mid.bin", name);
        }
        assert_int_equal(runner_resume(bench->runner, waits), FAULT_NONE);
    }
    add_as(bench, bench->key, "veryslow/big.bin?1", "slow1");
    add_as(bench, bench->key, "veryslow/big.bin?2", "slow2");
    add_as(bench, bench->key, "small.bin?beside", "small");
    assert_int_equal(runner_foreground(bench->runner, bench->key), FAULT_NONE);
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    bench_wait_for_request("GET /small.bin?beside ");
    assert_int_equal(bench_info(bench, bench->key).state, GROUP_RUNNING);
}

static int limited(void **state)
{
    set_variable("QMGRPRXY_RATE_LIMIT", "65536");
    set_variable("QMGRPRXY_RATE_HOURS", NULL);
    return runner_bench_set_up(state);
}

static int zero_by_hour(void **state)
{
    set_variable("QMGRPRXY_RATE_HOURS", "0-24=0");
    return runner_bench_set_up(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(switching_to_the_foreground_lifts_the_limit_of_what_runs,
                                        limited, runner_bench_tear_down),
        cmocka_unit_test_setup_teardown(
            groups_in_the_foreground_come_and_go_beside_one_that_is_limited, limited,
            runner_bench_tear_down),
        cmocka_unit_test_setup_teardown(in_hours_with_a_limit_of_zero_the_background_waits,
                                        zero_by_hour, runner_bench_tear_down),
        cmocka_unit_test_setup_teardown(groups_that_wait_take_no_slots_from_the_foreground,
                                        zero_by_hour, runner_bench_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
