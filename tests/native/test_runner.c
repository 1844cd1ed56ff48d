/* SPDX-License-Identifier: MIT */
/* Queue, runner and transfer together, against the real nginx of tests/server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sqlite3.h>

#include "platform/seam.h"
#include "runner_bench.h"
#include "support.h"

static void a_resumed_group_completes_and_its_files_are_in_place(void **state)
{
    struct runner_bench *bench = *state;
    bench_add(bench, "empty.bin", "empty");
    bench_add(bench, "one.bin", "one");
    bench_add(bench, "mid.bin", "mid");
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    bench_wait_for_event(bench);
    assert_int_equal(bench_info(bench, bench->key).state, GROUP_COMPLETE);
    assert_int_equal(bench_info(bench, bench->key).event, EVENT_COMPLETE);
    assert_int_equal(bench_size_on_disk(bench, "empty"), 0);
    assert_int_equal(bench_size_on_disk(bench, "one"), 1);
    assert_int_equal(bench_size_on_disk(bench, "mid"), 1 << 20);
    assert_int_equal(bench_progress(bench).percent, 100);
    assert_int_equal(bench_progress(bench).bytes, (1 << 20) + 1);
}

static void three_hundred_files_arrive(void **state)
{
    struct runner_bench *bench = *state;
    struct new_file files[300];
    char urls[300][96];
    char *locals[300];
    for (int i = 0; i < 300; i++) {
        char name[16];
        snprintf(name, sizeof name, "f%03d", i);
        snprintf(urls[i], sizeof urls[i], "%s/many/%s.bin", bench->server, name);
        locals[i] = bench_target(bench, name);
        files[i] = (struct new_file){.url = urls[i], .local = locals[i]};
    }
    assert_int_equal(runner_add_files(bench->runner, bench->key, files, 300), FAULT_NONE);
    for (int i = 0; i < 300; i++)
        free(locals[i]);
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    bench_wait_for_event(bench);
    assert_int_equal(bench_info(bench, bench->key).state, GROUP_COMPLETE);
    for (int i = 0; i < 300; i++) {
        char name[16];
        snprintf(name, sizeof name, "f%03d", i);
        assert_true(bench_size_on_disk(bench, name) > 0);
    }
}

static void a_missing_file_fails_the_group_and_names_itself(void **state)
{
    struct runner_bench *bench = *state;
    bench_add(bench, "one.bin", "one");
    bench_add(bench, "status/404", "missing");
    bench_add(bench, "veryslow/big.bin", "big");
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    bench_wait_for_event(bench);
    struct group_info info = bench_info(bench, bench->key);
    assert_int_equal(info.state, GROUP_ERROR);
    assert_int_equal(info.event, EVENT_ERROR);
    assert_int_equal(info.error.file, 1);
    assert_int_equal(info.error.http, 404);
    assert_int_equal(info.error.win32, 0);
    assert_int_equal(bench_size_on_disk(bench, "missing"), -1);
    assert_int_equal(bench_size_on_disk(bench, "big"), -1);
}

static void suspending_keeps_what_is_there_and_resuming_goes_on(void **state)
{
    struct runner_bench *bench = *state;
    bench_add(bench, bench->slow, "mid");
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    bench_wait_for_bytes(bench, 1);
    assert_int_equal(runner_suspend(bench->runner, bench->key), FAULT_NONE);
    struct progress before = bench_progress(bench);
    assert_int_equal(bench_info(bench, bench->key).state, GROUP_SUSPENDED);
    assert_true(before.bytes > 0);
    assert_true(before.bytes < SLOW_SIZE);
    assert_int_equal(bench_size_on_disk(bench, "mid"), -1);
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    assert_true(bench_progress(bench).bytes >= before.bytes);
    bench_wait_for_event(bench);
    assert_int_equal(bench_info(bench, bench->key).state, GROUP_COMPLETE);
    assert_int_equal(bench_size_on_disk(bench, "mid"), SLOW_SIZE);
}

static void cancelling_in_mid_transfer_leaves_no_part_file(void **state)
{
    struct runner_bench *bench = *state;
    bench_add(bench, "one.bin", "one");
    bench_add(bench, "veryslow/big.bin", "big");
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    bench_wait_for_bytes(bench, 2);
    char *part = bench_part(bench, 1);
    assert_true(file_exists(part));
    assert_int_equal(runner_cancel(bench->runner, bench->key), FAULT_NONE);
    assert_false(file_exists(part));
    free(part);
    struct progress progress;
    assert_int_equal(runner_progress(bench->runner, bench->key, &progress), FAULT_NOT_FOUND);
    assert_int_equal(runner_cancel(bench->runner, bench->key), FAULT_NOT_FOUND);
}

static void a_running_group_goes_on_with_the_next_runner(void **state)
{
    struct runner_bench *bench = *state;
    bench_add(bench, bench->slow, "mid");
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    bench_wait_for_bytes(bench, 1);
    runner_bench_stop_runner(bench);
    assert_int_equal(bench_size_on_disk(bench, "mid"), -1);
    runner_bench_start_runner(bench);
    assert_true(bench_progress(bench).bytes > 0);
    bench_wait_for_event(bench);
    assert_int_equal(bench_info(bench, bench->key).state, GROUP_COMPLETE);
    assert_int_equal(bench_size_on_disk(bench, "mid"), SLOW_SIZE);
}

static void percent_never_falls_and_is_100_only_when_complete(void **state)
{
    struct runner_bench *bench = *state;
    bench_add(bench, bench->slow, "a");
    bench_add(bench, "mid.bin", "b");
    bench_add(bench, "empty.bin", "c");
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    uint32_t last = 0;
    uint64_t end = clock_ms() + PATIENCE_MS;
    for (;;) {
        bool complete = bench_info(bench, bench->key).state == GROUP_COMPLETE;
        uint32_t percent = bench_progress(bench).percent;
        assert_true(percent >= last);
        assert_true(percent <= 100);
        if (complete)
            assert_int_equal(percent, 100);
        if (percent == 100)
            assert_int_equal(bench_info(bench, bench->key).state, GROUP_COMPLETE);
        if (complete)
            break;
        last = percent;
        assert_true(clock_ms() < end);
    }
}

static void files_added_while_it_runs_are_taken_up(void **state)
{
    struct runner_bench *bench = *state;
    bench_add(bench, bench->slow, "first");
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    bench_wait_for_bytes(bench, 1);
    bench_add(bench, "one.bin", "second");
    bench_wait_for_event(bench);
    assert_int_equal(bench_info(bench, bench->key).state, GROUP_COMPLETE);
    assert_int_equal(bench_size_on_disk(bench, "second"), 1);
}

static void an_error_can_be_resumed_out_of(void **state)
{
    struct runner_bench *bench = *state;
    char name[96];
    snprintf(name, sizeof name, "late-%s", bench->claim_name);
    bench_add(bench, name, "late");
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    bench_wait_for_event(bench);
    assert_int_equal(bench_info(bench, bench->key).state, GROUP_ERROR);
    bench_serve(name, 4);
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    bench_wait_for_event(bench);
    assert_int_equal(bench_info(bench, bench->key).state, GROUP_COMPLETE);
    assert_int_equal(bench_size_on_disk(bench, "late"), 4);
    bench_serve_no_more(name);
}

static void two_groups_run_at_once(void **state)
{
    struct runner_bench *bench = *state;
    int64_t other = bench_new_group(bench);
    char *local = bench_target(bench, "other");
    assert_int_equal(bench_try_add(bench, other, "mid.bin", local), FAULT_NONE);
    bench_add(bench, "veryslow/big.bin", "big");
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    bench_wait_for_bytes(bench, 1);
    assert_int_equal(runner_resume(bench->runner, other), FAULT_NONE);
    bench_wait_for_event(bench);
    assert_int_equal(bench_info(bench, other).state, GROUP_COMPLETE);
    assert_int_equal(bench_info(bench, bench->key).state, GROUP_RUNNING);
    free(local);
}

static void a_missing_folder_is_refused_and_nothing_is_added(void **state)
{
    struct runner_bench *bench = *state;
    char *missing = bench_target(bench, "missing");
    char *inside = path_join(missing, "file");
    char *good = bench_target(bench, "good");
    const struct new_file files[] = {{.url = "http://localhost/a", .local = good},
                                     {.url = "http://localhost/b", .local = inside}};
    assert_int_equal(runner_add_files(bench->runner, bench->key, files, 2), FAULT_ARGUMENT);
    uint32_t count;
    assert_int_equal(queue_file_count(bench->queue, bench->key, &count), FAULT_NONE);
    assert_int_equal(count, 0);
    free(good);
    free(inside);
    free(missing);
}

/* ---- what was left behind ----------------------------------------------------------------- */

static void the_part_file_of_an_add_that_was_killed_is_deleted(void **state)
{
    struct runner_bench *bench = *state;
    char *part = bench_target(bench, "BIT0001.tmp");
    struct file *file;
    assert_int_equal(queue_discards_plan(bench->queue, "QmgrTest-nobody", &part, 1), FAULT_NONE);
    assert_int_equal(file_create_new(part, &file), 0);
    file_close(file);
    int64_t other = bench_new_group(bench);
    assert_int_equal(runner_cancel(bench->runner, other), FAULT_NONE); /* sweeps */
    assert_false(file_exists(part));
    free(part);
}

/* count files of one group below a folder of their own. */
static int64_t group_below(struct runner_bench *bench, const char *folder, size_t count)
{
    struct new_file *files = calloc(count, sizeof *files);
    int64_t key = bench_new_group(bench);
    char *below = bench_target(bench, folder);
    char *local = path_join(below, "file");
    assert_non_null(files);
    assert_int_equal(folder_make(below), 0);
    for (size_t i = 0; i < count; i++)
        files[i] = (struct new_file){.url = "http://localhost:1/", .local = local};
    assert_int_equal(runner_add_files(bench->runner, key, files, count), FAULT_NONE);
    free(local);
    free(below);
    free(files);
    return key;
}

static char *part_in(struct runner_bench *bench, int64_t key, uint32_t index)
{
    struct file_row row;
    assert_int_equal(queue_file_get(bench->queue, key, index, &row), FAULT_NONE);
    char *part = row.part;
    row.part = NULL;
    file_row_clear(&row);
    return part;
}

struct cancelling {
    struct runner *runner;
    int64_t key;
};

static void cancel_it(void *arg)
{
    struct cancelling *cancelling = arg;
    assert_int_equal(runner_cancel(cancelling->runner, cancelling->key), FAULT_NONE);
}

/* A disk that takes a millisecond for each file it deletes. It is waited for, not counted: clock_ms may go in steps of
 * many. */
static struct wakeup *nobody;

static int delete_slowly(const struct file_operation *operation)
{
    if (operation->step == STEP_DELETE)
        wakeup_wait(nobody, 1);
    return 0;
}

/* The list of files to delete is gone through in the order of their names, a part of it at a time. It takes longer
 * than a caller would wait for a runner that does nothing. */
static void a_cancelled_groups_part_files_are_gone_though_a_large_one_is_being_deleted(void **state)
{
    enum { MANY = 3000, LESS_THAN_THAT_TAKES_MS = 1500 };
    struct runner_bench *bench = *state;
    runner_bench_stop_runner(bench);
    bench->order_patience_ms = LESS_THAN_THAT_TAKES_MS;
    runner_bench_start_runner(bench);
    struct cancelling large = {bench->runner, group_below(bench, "z", MANY)};
    int64_t small = group_below(bench, "a", 3);
    char *large_part = part_in(bench, large.key, 0);
    char *parts[3];
    for (uint32_t i = 0; i < 3; i++)
        parts[i] = part_in(bench, small, i);
    nobody = wakeup_new(NULL);
    assert_non_null(nobody);
    file_seam_set(delete_slowly);
    struct thread *thread = thread_start("cancel", cancel_it, &large);
    assert_non_null(thread);
    while (file_exists(large_part))
        ;
    assert_int_equal(runner_cancel(bench->runner, small), FAULT_NONE);
    for (uint32_t i = 0; i < 3; i++) {
        assert_false(file_exists(parts[i]));
        free(parts[i]);
    }
    thread_join(thread);
    file_seam_set(NULL);
    wakeup_free(nobody);
    free(large_part);
}

static void a_group_that_was_forgotten_for_90_days_is_cancelled(void **state)
{
    const int64_t day = 86400;
    struct runner_bench *bench = *state;
    runner_bench_stop_runner(bench);
    /* a queue whose clock began with its group */
    test_remove_folder(bench->home);
    bench->home = test_folder();
    runner_bench_start_runner(bench);
    bench->key = bench_new_group(bench);
    bench_add(bench, "one.bin", "one");
    int64_t recent = bench_new_group(bench);
    char *part = bench_part(bench, 0);
    runner_bench_stop_runner(bench);

    assert_int_equal(queue_open(bench->home, &bench->queue), FAULT_NONE);
    int64_t now = clock_unix_s();
    for (int64_t days = 25; days <= 100; days += 25)
        assert_int_equal(queue_pass_time(bench->queue, now + days * day), FAULT_NONE);
    assert_int_equal(queue_group_set_notify_flags(bench->queue, recent, 0), FAULT_NONE);
    queue_close(bench->queue);
    runner_bench_start_runner(bench);
    bench_new_group(bench);
    const uint64_t end = clock_ms() + PATIENCE_MS;
    struct group_info info;
    while (queue_group_info(bench->queue, bench->key, &info) == FAULT_NONE || file_exists(part))
        assert_true(clock_ms() < end);
    assert_int_equal(queue_group_info(bench->queue, bench->key, &info), FAULT_NOT_FOUND);
    assert_int_equal(bench_info(bench, recent).state, GROUP_SUSPENDED);
    free(part);
}

static void a_row_that_was_damaged_fails_its_group_and_touches_no_file(void **state)
{
    struct runner_bench *bench = *state;
    bench_add(bench, "one.bin", "one");
    bench_add(bench, "mid.bin", "mid");
    char *database = path_join(bench->home, "queue.db");
    sqlite3 *db;
    assert_int_equal(sqlite3_open(database, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, PATIENCE_MS);
    assert_int_equal(
        sqlite3_exec(db, "UPDATE files SET local = local || 'x' WHERE idx = 1", NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(db);
    free(database);
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    bench_wait_for_event(bench);
    struct group_info info = bench_info(bench, bench->key);
    assert_int_equal(info.state, GROUP_ERROR);
    assert_int_equal(info.error.file, 1);
    assert_int_equal(info.error.win32, 1392); /* ERROR_FILE_CORRUPT */
    assert_int_equal(bench_size_on_disk(bench, "midx"), -1);
    assert_int_equal(bench_size_on_disk(bench, "mid"), -1);
}

int main(void)
{
#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, runner_bench_set_up, runner_bench_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_resumed_group_completes_and_its_files_are_in_place),
        TEST(three_hundred_files_arrive),
        TEST(a_missing_file_fails_the_group_and_names_itself),
        TEST(suspending_keeps_what_is_there_and_resuming_goes_on),
        TEST(cancelling_in_mid_transfer_leaves_no_part_file),
        TEST(a_running_group_goes_on_with_the_next_runner),
        TEST(percent_never_falls_and_is_100_only_when_complete),
        TEST(files_added_while_it_runs_are_taken_up),
        TEST(an_error_can_be_resumed_out_of),
        TEST(two_groups_run_at_once),
        TEST(a_missing_folder_is_refused_and_nothing_is_added),
        TEST(the_part_file_of_an_add_that_was_killed_is_deleted),
        TEST(a_cancelled_groups_part_files_are_gone_though_a_large_one_is_being_deleted),
        TEST(a_group_that_was_forgotten_for_90_days_is_cancelled),
        TEST(a_row_that_was_damaged_fails_its_group_and_touches_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
