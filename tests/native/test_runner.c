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

#include "platform/platform.h"
#include "runner/runner.h"
#include "support.h"

#define PATIENCE_MS 60000u
#define SLOW_SIZE (256 * 1024) /* a few seconds at /veryslow/ */

struct bench {
    char *home;
    char *folder;
    char *server;
    char claim_name[64];
    char slow[96]; /* a file of SLOW_SIZE on the server */
    struct queue *queue;
    struct runner *runner;
    struct wakeup *event;
    int64_t key;
    uint32_t files;
};

static void on_event(void *context)
{
    wakeup_set(context);
}

static struct queue_id new_id(void)
{
    struct queue_id id;
    assert_true(random_bytes(&id, sizeof id));
    return id;
}

static int64_t new_group(struct bench *bench)
{
    const struct queue_id group = new_id(), job = new_id();
    int64_t key;
    assert_int_equal(queue_group_create(bench->queue, &group, &key), FAULT_NONE);
    assert_int_equal(queue_job_create(bench->queue, key, &job), FAULT_NONE);
    return key;
}

static void start_runner(struct bench *bench)
{
    assert_int_equal(queue_open(bench->home, &bench->queue), FAULT_NONE);
    const struct runner_options options = {.queue = bench->queue,
                                           .claim_name = bench->claim_name,
                                           .on_event = on_event,
                                           .context = bench->event};
    assert_int_equal(runner_create(&options, &bench->runner), FAULT_NONE);
}

static void stop_runner(struct bench *bench)
{
    runner_destroy(bench->runner);
    queue_close(bench->queue);
}

/* Where the server keeps a file of that name. */
static char *served(const char *name)
{
    char *root = platform_env("QMGR_TEST_WWW");
    assert_non_null(root);
    char *path = path_join(root, name);
    assert_non_null(path);
    free(root);
    return path;
}

static void serve(const char *name, size_t size)
{
    char *path = served(name);
    struct file *file;
    char *data = calloc(size, 1);
    assert_non_null(data);
    assert_int_equal(file_create_new(path, &file), 0);
    assert_int_equal(file_write_at(file, 0, data, size), 0);
    file_close(file);
    free(data);
    free(path);
}

static void serve_no_more(const char *name)
{
    char *path = served(name);
    assert_int_equal(file_delete(path), 0);
    free(path);
}

static int setup(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    bench->server = platform_env("QMGR_TEST_HTTP");
    if (!bench->server)
        fail_msg("QMGR_TEST_HTTP is not set: run this through tools/test.sh");
    bench->home = test_folder();
    bench->folder = test_folder();
    bench->event = wakeup_new(NULL);
    uint32_t number;
    assert_true(random_bytes(&number, sizeof number));
    snprintf(bench->claim_name, sizeof bench->claim_name, "QmgrTest-%08lx", (unsigned long)number);
    snprintf(bench->slow, sizeof bench->slow, "veryslow/%s.bin", bench->claim_name);
    serve(bench->slow + strlen("veryslow/"), SLOW_SIZE);
    start_runner(bench);
    bench->key = new_group(bench);
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    struct bench *bench = *state;
    stop_runner(bench);
    serve_no_more(bench->slow + strlen("veryslow/"));
    wakeup_free(bench->event);
    test_remove_folder(bench->home);
    test_remove_folder(bench->folder);
    free(bench->server);
    free(bench);
    return 0;
}

static char *target(struct bench *bench, const char *name)
{
    char *path = path_join(bench->folder, name);
    assert_non_null(path);
    return path;
}

static enum fault try_add(struct bench *bench, int64_t key, const char *remote, const char *local)
{
    char url[512];
    snprintf(url, sizeof url, "%s/%s", bench->server, remote);
    const struct new_file file = {.url = url, .local = local};
    return runner_add_files(bench->runner, key, &file, 1);
}

/* Adds server/remote -> folder/name. */
static void add(struct bench *bench, const char *remote, const char *name)
{
    char *local = target(bench, name);
    assert_int_equal(try_add(bench, bench->key, remote, local), FAULT_NONE);
    free(local);
    bench->files++;
}

static struct group_info info_of(struct bench *bench, int64_t key)
{
    struct group_info info;
    assert_int_equal(queue_group_info(bench->queue, key, &info), FAULT_NONE);
    return info;
}

static void wait_for_event(struct bench *bench)
{
    assert_true(wakeup_wait(bench->event, PATIENCE_MS));
}

static int64_t size_on_disk(struct bench *bench, const char *name)
{
    char *path = target(bench, name);
    struct file *file;
    uint64_t size = 0;
    int error = file_open(path, &file);
    free(path);
    if (error)
        return -1;
    assert_int_equal(file_size(file, &size), 0);
    file_close(file);
    return (int64_t)size;
}

static struct progress progress_of(struct bench *bench)
{
    struct progress progress;
    assert_int_equal(runner_progress(bench->runner, bench->key, &progress), FAULT_NONE);
    return progress;
}

static void wait_for_bytes(struct bench *bench, uint64_t bytes)
{
    uint64_t end = clock_ms() + PATIENCE_MS;
    while (progress_of(bench).bytes < bytes)
        assert_true(clock_ms() < end);
}

static char *part_of(struct bench *bench, uint32_t index)
{
    struct file_row row;
    assert_int_equal(queue_file_get(bench->queue, bench->key, index, &row), FAULT_NONE);
    char *part = row.part;
    row.part = NULL;
    file_row_clear(&row);
    return part;
}

/* ---- the tests ---------------------------------------------------------------------------- */

static void a_resumed_group_completes_and_its_files_are_in_place(void **state)
{
    struct bench *bench = *state;
    add(bench, "empty.bin", "empty");
    add(bench, "one.bin", "one");
    add(bench, "mid.bin", "mid");
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    wait_for_event(bench);
    assert_int_equal(info_of(bench, bench->key).state, GROUP_COMPLETE);
    assert_int_equal(info_of(bench, bench->key).event, EVENT_COMPLETE);
    assert_int_equal(size_on_disk(bench, "empty"), 0);
    assert_int_equal(size_on_disk(bench, "one"), 1);
    assert_int_equal(size_on_disk(bench, "mid"), 1 << 20);
    assert_int_equal(progress_of(bench).percent, 100);
    assert_int_equal(progress_of(bench).bytes, (1 << 20) + 1);
}

static void three_hundred_files_arrive(void **state)
{
    struct bench *bench = *state;
    for (int i = 0; i < 300; i++) {
        char remote[40], name[16];
        snprintf(remote, sizeof remote, "many/f%03d.bin", i);
        snprintf(name, sizeof name, "f%03d", i);
        add(bench, remote, name);
    }
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    wait_for_event(bench);
    assert_int_equal(info_of(bench, bench->key).state, GROUP_COMPLETE);
    for (int i = 0; i < 300; i++) {
        char name[16];
        snprintf(name, sizeof name, "f%03d", i);
        assert_true(size_on_disk(bench, name) > 0);
    }
}

static void a_missing_file_fails_the_group_and_names_itself(void **state)
{
    struct bench *bench = *state;
    add(bench, "one.bin", "one");
    add(bench, "status/404", "missing");
    add(bench, "veryslow/big.bin", "big");
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    wait_for_event(bench);
    struct group_info info = info_of(bench, bench->key);
    assert_int_equal(info.state, GROUP_ERROR);
    assert_int_equal(info.event, EVENT_ERROR);
    assert_int_equal(info.error.file, 1);
    assert_int_equal(info.error.http, 404);
    assert_int_equal(info.error.win32, 0);
    assert_int_equal(size_on_disk(bench, "missing"), -1);
    assert_int_equal(size_on_disk(bench, "big"), -1);
}

static void suspending_keeps_what_is_there_and_resuming_goes_on(void **state)
{
    struct bench *bench = *state;
    add(bench, bench->slow, "mid");
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    wait_for_bytes(bench, 1);
    assert_int_equal(runner_suspend(bench->runner, bench->key), FAULT_NONE);
    struct progress before = progress_of(bench);
    assert_int_equal(info_of(bench, bench->key).state, GROUP_SUSPENDED);
    assert_true(before.bytes > 0);
    assert_true(before.bytes < SLOW_SIZE);
    assert_int_equal(size_on_disk(bench, "mid"), -1);
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    assert_true(progress_of(bench).bytes >= before.bytes);
    wait_for_event(bench);
    assert_int_equal(info_of(bench, bench->key).state, GROUP_COMPLETE);
    assert_int_equal(size_on_disk(bench, "mid"), SLOW_SIZE);
}

static void cancelling_in_mid_transfer_leaves_no_part_file(void **state)
{
    struct bench *bench = *state;
    add(bench, "one.bin", "one");
    add(bench, "veryslow/big.bin", "big");
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    wait_for_bytes(bench, 2);
    char *part = part_of(bench, 1);
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
    struct bench *bench = *state;
    add(bench, bench->slow, "mid");
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    wait_for_bytes(bench, 1);
    stop_runner(bench);
    assert_int_equal(size_on_disk(bench, "mid"), -1);
    start_runner(bench);
    assert_true(progress_of(bench).bytes > 0);
    wait_for_event(bench);
    assert_int_equal(info_of(bench, bench->key).state, GROUP_COMPLETE);
    assert_int_equal(size_on_disk(bench, "mid"), SLOW_SIZE);
}

static void percent_never_falls_and_is_100_only_when_complete(void **state)
{
    struct bench *bench = *state;
    add(bench, bench->slow, "a");
    add(bench, "mid.bin", "b");
    add(bench, "empty.bin", "c");
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    uint32_t last = 0;
    uint64_t end = clock_ms() + PATIENCE_MS;
    for (;;) {
        bool complete = info_of(bench, bench->key).state == GROUP_COMPLETE;
        uint32_t percent = progress_of(bench).percent;
        assert_true(percent >= last);
        assert_true(percent <= 100);
        if (complete)
            assert_int_equal(percent, 100);
        if (percent == 100)
            assert_int_equal(info_of(bench, bench->key).state, GROUP_COMPLETE);
        if (complete)
            break;
        last = percent;
        assert_true(clock_ms() < end);
    }
}

static void files_added_while_it_runs_are_taken_up(void **state)
{
    struct bench *bench = *state;
    add(bench, bench->slow, "first");
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    wait_for_bytes(bench, 1);
    add(bench, "one.bin", "second");
    wait_for_event(bench);
    assert_int_equal(info_of(bench, bench->key).state, GROUP_COMPLETE);
    assert_int_equal(size_on_disk(bench, "second"), 1);
}

static void an_error_can_be_resumed_out_of(void **state)
{
    struct bench *bench = *state;
    char name[96];
    snprintf(name, sizeof name, "late-%s", bench->claim_name);
    add(bench, name, "late");
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    wait_for_event(bench);
    assert_int_equal(info_of(bench, bench->key).state, GROUP_ERROR);
    serve(name, 4);
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    wait_for_event(bench);
    assert_int_equal(info_of(bench, bench->key).state, GROUP_COMPLETE);
    assert_int_equal(size_on_disk(bench, "late"), 4);
    serve_no_more(name);
}

static void two_groups_run_at_once(void **state)
{
    struct bench *bench = *state;
    int64_t other = new_group(bench);
    char *local = target(bench, "other");
    assert_int_equal(try_add(bench, other, "mid.bin", local), FAULT_NONE);
    add(bench, "veryslow/big.bin", "big");
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    wait_for_bytes(bench, 1);
    assert_int_equal(runner_resume(bench->runner, other), FAULT_NONE);
    wait_for_event(bench);
    assert_int_equal(info_of(bench, other).state, GROUP_COMPLETE);
    assert_int_equal(info_of(bench, bench->key).state, GROUP_RUNNING);
    free(local);
}

static void a_missing_folder_is_refused_and_nothing_is_added(void **state)
{
    struct bench *bench = *state;
    char *missing = target(bench, "missing");
    char *inside = path_join(missing, "file");
    char *good = target(bench, "good");
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

#ifdef _WIN32 /* elsewhere every runner leads */

/* A second process, as far as queue and claim can tell: a runner that does not lead. */
static struct bench follower_of(const struct bench *leader)
{
    struct bench follower = *leader;
    start_runner(&follower);
    return follower;
}

static void a_runner_that_does_not_lead_suspends_at_once(void **state)
{
    struct bench *bench = *state;
    add(bench, "one.bin", "one");
    /* each time it is asked before it can know its role */
    for (int i = 0; i < 20; i++) {
        struct bench follower = follower_of(bench);
        assert_int_equal(runner_suspend(follower.runner, bench->key), FAULT_NONE);
        stop_runner(&follower);
    }
}

static void a_runner_that_does_not_lead_starts_and_stops_a_group(void **state)
{
    struct bench *bench = *state;
    struct bench follower = follower_of(bench);
    add(bench, "veryslow/big.bin", "big");
    assert_int_equal(runner_resume(follower.runner, bench->key), FAULT_NONE);
    wait_for_bytes(bench, 1);
    char *part = part_of(bench, 0);
    assert_int_equal(runner_cancel(follower.runner, bench->key), FAULT_NONE);
    uint64_t end = clock_ms() + PATIENCE_MS;
    while (file_exists(part))
        assert_true(clock_ms() < end);
    assert_int_equal(size_on_disk(bench, "big"), -1);
    free(part);
    stop_runner(&follower);
}

static void when_the_leader_ends_the_next_one_goes_on(void **state)
{
    struct bench *bench = *state;
    add(bench, bench->slow, "mid");
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
    wait_for_bytes(bench, 1);
    struct bench follower = follower_of(bench);
    stop_runner(bench);
    wait_for_event(bench); /* all share the event */
    assert_int_equal(info_of(&follower, bench->key).state, GROUP_COMPLETE);
    assert_int_equal(size_on_disk(bench, "mid"), SLOW_SIZE);
    start_runner(bench);
    stop_runner(&follower);
}

#endif

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
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
#ifdef _WIN32
        TEST(a_runner_that_does_not_lead_suspends_at_once),
        TEST(a_runner_that_does_not_lead_starts_and_stops_a_group),
        TEST(when_the_leader_ends_the_next_one_goes_on),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
