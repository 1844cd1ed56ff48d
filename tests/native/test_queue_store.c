/* SPDX-License-Identifier: MIT */
/* The store: what outlives the process, what is left alone, and many at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "queue_bench.h"
#include "support.h"

static struct queue *queue_of(void **state)
{
    struct bench *bench = *state;
    return bench->queue;
}

/* ---- what outlives the process --------------------------------------------------------------- */

static void everything_is_there_after_a_restart(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t failed = make_running(queue, 1, 3);
    assert_int_equal(queue_group_set_text(queue, failed, GROUP_DISPLAY_NAME, "name"), FAULT_NONE);
    assert_int_equal(queue_group_set_notify_flags(queue, failed, 0x44), FAULT_NONE);
    assert_int_equal(queue_group_set_foreground(queue, failed), FAULT_NONE);
    assert_int_equal(record_file(queue, failed, 0, 10, 10, true), FAULT_NONE);
    assert_int_equal(record_file(queue, failed, 1, 20, 5, false), FAULT_NONE);
    assert_int_equal(queue_group_count_retry(queue, failed, 0), FAULT_NONE);
    fail_group(queue, failed, 1, 0, 404);
    int64_t running = make_running(queue, 2, 1);
    int64_t finished = make_running(queue, 3, 1);
    complete_group(queue, finished, 9);
    struct group_info before = info_of(queue, failed);

    bench_reopen(*state);
    queue = queue_of(state);
    struct group_info info = info_of(queue, failed);
    assert_int_equal(info.state, GROUP_ERROR);
    assert_true(info.foreground && info.has_job);
    assert_memory_equal(&info.job, &before.job, sizeof(info.job));
    assert_int_equal(info.notify_flags, 0x44);
    assert_int_equal(info.retries, 1);
    assert_int_equal(info.error.file, 1);
    assert_int_equal(info.error.http, 404);
    assert_int_equal(info.event, EVENT_ERROR);
    assert_true(info.event_serial == before.event_serial);
    char *text;
    assert_int_equal(queue_group_text(queue, failed, GROUP_DISPLAY_NAME, &text), FAULT_NONE);
    assert_string_equal(text, "name");
    free(text);
    struct group_totals totals = totals_of(queue, failed);
    assert_int_equal(totals.files, 3);
    assert_int_equal(totals.files_done, 1);
    assert_int_equal(totals.unknown_sizes, 1);
    assert_true(totals.bytes_total == 30 && totals.bytes_done == 15);
    assert_state(queue, running, GROUP_RUNNING);
    assert_state(queue, finished, GROUP_COMPLETE);
}

static void the_folder_is_made_with_its_parents(void **state)
{
    (void)state;
    char *folder = test_folder();
    char *deeper = path_join(folder, "not/there yet \xE2\x82\xAC");
    struct queue *queue;
    assert_int_equal(queue_open(deeper, &queue), FAULT_NONE);
    make_group(queue, 1);
    queue_close(queue);
    assert_true(folder_exists(deeper));
    free(deeper);
    test_remove_folder(folder);
    queue_close(NULL);
}

/* ---- what is left alone ---------------------------------------------------------------------- */

static struct blob read_whole(const char *path)
{
    struct file *file;
    uint64_t size;
    struct blob blob;
    assert_int_equal(file_open(path, &file), 0);
    assert_int_equal(file_size(file, &size), 0);
    blob.data = malloc((size_t)size + 1);
    assert_non_null(blob.data);
    assert_int_equal(file_read_at(file, 0, blob.data, (size_t)size, &blob.size), 0);
    file_close(file);
    return blob;
}

static void write_at(const char *path, uint64_t offset, const char *data, size_t size)
{
    struct file *file;
    if (file_open(path, &file) != 0) {
        assert_int_equal(file_create_new(path, &file), 0);
    }
    assert_int_equal(file_write_at(file, offset, data, size), 0);
    file_close(file);
}

static void assert_refused_and_untouched(const char *folder, enum fault expected)
{
    char *path = path_join(folder, "queue.db");
    struct blob before = read_whole(path);
    struct queue *queue = (struct queue *)&path;
    assert_int_equal(queue_open(folder, &queue), expected);
    assert_null(queue);
    char *reason = queue_last_error(NULL);
    assert_non_null(reason);
    free(reason);
    struct blob after = read_whole(path);
    assert_int_equal(after.size, before.size);
    assert_memory_equal(after.data, before.data, before.size);
    free(before.data);
    free(after.data);
    free(path);
}

/* SQLite's header has user_version at 60 and application_id at 68. */
static void a_store_of_a_later_version_is_refused_and_untouched(void **state)
{
    struct bench *bench = *state;
    char *path = path_join(bench->folder, "queue.db");
    make_running(bench->queue, 1, 2);
    queue_close(bench->queue);
    bench->queue = NULL;
    write_at(path, 60, "\0\0\0\4", 4);
    assert_refused_and_untouched(bench->folder, FAULT_STORE_NEWER);
    assert_refused_and_untouched(bench->folder, FAULT_STORE_NEWER);
    /* It was good all the time. */
    write_at(path, 60, "\0\0\0\3", 4);
    assert_int_equal(queue_open(bench->folder, &bench->queue), FAULT_NONE);
    struct queue_id id = id_of(1);
    int64_t key;
    assert_int_equal(queue_group_find(bench->queue, &id, &key), FAULT_NONE);
    assert_int_equal(totals_of(bench->queue, key).files, 2);
    free(path);
}

static void a_folder_that_cannot_be_made_is_a_fault_of_the_store(void **state)
{
    (void)state;
    char *folder = test_folder();
    char *file = path_join(folder, "file");
    char *below = path_join(file, "queue");
    write_at(file, 0, "x", 1);
    struct queue *queue;
    assert_int_equal(queue_open(below, &queue), FAULT_STORE);
    assert_null(queue);
    assert_int_equal(queue_open(file, &queue), FAULT_STORE);
    assert_null(queue);
    free(below);
    free(file);
    test_remove_folder(folder);
}

/* ---- many at once ---------------------------------------------------------------------------- */

#define THREADS 8
#define ROUNDS 12

struct worker {
    struct queue *queue;
    const char *folder; /* if set: opens and closes a queue of its own in each round */
    uint32_t number;
    atomic_int *faults;
};

static bool expect(struct worker *worker, enum fault fault)
{
    if (fault != FAULT_NONE) {
        char *reason = queue_last_error(NULL);
        print_message("worker %u: fault %d (%s)\n", worker->number, (int)fault,
                      reason ? reason : "");
        free(reason);
        atomic_fetch_add(worker->faults, 1);
    }
    return fault == FAULT_NONE;
}

/* The life of a group, from beginning to end. */
static void live_once(struct worker *worker, struct queue *queue, uint32_t round)
{
    struct queue_id id = id_of(worker->number * 1000 + round);
    struct queue_id job = id_of(worker->number * 1000 + round + 500);
    struct new_file files[2] = {{.url = "http://x/", .local = "/x", .part = "/1.tmp"},
                                {.url = "http://y/", .local = "/y", .part = "/2.tmp"}};
    struct group_error error = {.file = 1, .http = 503};
    struct file_row *rows = NULL;
    size_t count = 0;
    int64_t key = 0;
    if (!expect(worker, queue_group_create(queue, &id, &key)) ||
        !expect(worker, queue_job_create(queue, key, &job)) ||
        !expect(worker, queue_files_add(queue, key, files, 2)) ||
        !expect(worker, queue_group_resume(queue, key)) ||
        !expect(worker, queue_group_fail(queue, key, &error)) ||
        !expect(worker, queue_group_resume(queue, key)) ||
        !expect(worker, queue_files_pending(queue, key, 0, 2, &rows, &count))) {
        return;
    }
    struct file_record records[2] = {{.file = rows[0].key, .size = 1, .durable = 1, .done = true},
                                     {.file = rows[1].key, .size = 2, .durable = 2, .done = true}};
    file_rows_free(rows, count);
    expect(worker, queue_record(queue, records, 2));
    expect(worker, queue_group_finish(queue, key));
    struct group_info info;
    struct group_totals totals;
    expect(worker, queue_group_info(queue, key, &info));
    expect(worker, queue_group_totals(queue, key, &totals));
    if (info.state != GROUP_COMPLETE || totals.bytes_done != 3) {
        atomic_fetch_add(worker->faults, 1);
    }
    if (round % 2 == 0) {
        expect(worker, queue_group_cancel(queue, key));
    }
}

static void work(void *argument)
{
    struct worker *worker = argument;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        struct queue *queue = worker->queue;
        if (worker->folder && !expect(worker, queue_open(worker->folder, &queue))) {
            return;
        }
        live_once(worker, queue, round);
        if (worker->folder) {
            queue_close(queue);
        }
    }
}

static void run_workers(struct queue **queues, size_t queue_count, const char *folder)
{
    atomic_int faults = 0;
    struct worker workers[THREADS];
    struct thread *threads[THREADS];
    for (uint32_t i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.queue = folder ? NULL : queues[i % queue_count],
                                     .folder = folder,
                                     .number = i + 1,
                                     .faults = &faults};
        threads[i] = thread_start("worker", work, &workers[i]);
        assert_non_null(threads[i]);
    }
    for (uint32_t i = 0; i < THREADS; i++) {
        thread_join(threads[i]);
    }
    assert_int_equal(atomic_load(&faults), 0);
}

static void assert_groups(struct queue *queue, size_t expected)
{
    struct queue_id *ids;
    size_t count;
    assert_int_equal(queue_group_list(queue, &ids, &count), FAULT_NONE);
    free(ids);
    assert_int_equal(count, expected);
}

static void eight_threads_work_on_one_queue(void **state)
{
    struct queue *queue = queue_of(state);
    run_workers(&queue, 1, NULL);
    assert_groups(queue, THREADS * ROUNDS / 2);
}

static void two_programs_share_a_queue(void **state)
{
    struct bench *bench = *state;
    struct queue *queues[2] = {bench->queue, NULL};
    assert_int_equal(queue_open(bench->folder, &queues[1]), FAULT_NONE);
    /* What one has done, the other sees. */
    int64_t key = make_running(queues[0], 1, 1);
    assert_state(queues[1], key, GROUP_RUNNING);
    assert_int_equal(queue_group_suspend(queues[1], key), FAULT_NONE);
    assert_state(queues[0], key, GROUP_SUSPENDED);
    assert_int_equal(queue_group_cancel(queues[1], key), FAULT_NONE);
    struct group_info info;
    assert_int_equal(queue_group_info(queues[0], key, &info), FAULT_NOT_FOUND);
    run_workers(queues, 2, NULL);
    assert_groups(queues[0], THREADS * ROUNDS / 2);
    assert_groups(queues[1], THREADS * ROUNDS / 2);
    queue_close(queues[1]);
}

static void programs_may_come_and_go_at_the_same_time(void **state)
{
    struct bench *bench = *state;
    queue_close(bench->queue);
    bench->queue = NULL;
    char *folder = test_folder(); /* the first of them makes the database */
    run_workers(NULL, 0, folder);
    struct queue *queue;
    assert_int_equal(queue_open(folder, &queue), FAULT_NONE);
    assert_groups(queue, THREADS * ROUNDS / 2);
    queue_close(queue);
    test_remove_folder(folder);
}

struct claimant {
    struct queue *queue;
    atomic_int *made;
    atomic_int *refused;
};

static void want_the_id(void *argument)
{
    struct claimant *claimant = argument;
    struct queue_id id = id_of(1);
    int64_t key;
    enum fault fault = queue_group_create(claimant->queue, &id, &key);
    atomic_fetch_add(claimant->made, fault == FAULT_NONE);
    atomic_fetch_add(claimant->refused, fault == FAULT_EXISTS);
}

static void one_of_many_who_want_an_id_gets_it(void **state)
{
    atomic_int made = 0;
    atomic_int refused = 0;
    struct claimant claimant = {queue_of(state), &made, &refused};
    struct thread *threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        threads[i] = thread_start("claimant", want_the_id, &claimant);
        assert_non_null(threads[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        thread_join(threads[i]);
    }
    assert_int_equal(atomic_load(&made), 1);
    assert_int_equal(atomic_load(&refused), THREADS - 1);
    assert_groups(queue_of(state), 1);
}

int main(void)
{
#define QUEUE_TEST(test) cmocka_unit_test_setup_teardown(test, bench_open, bench_close)
    const struct CMUnitTest tests[] = {
        QUEUE_TEST(everything_is_there_after_a_restart),
        cmocka_unit_test(the_folder_is_made_with_its_parents),
        QUEUE_TEST(a_store_of_a_later_version_is_refused_and_untouched),
        cmocka_unit_test(a_folder_that_cannot_be_made_is_a_fault_of_the_store),
        QUEUE_TEST(eight_threads_work_on_one_queue),
        QUEUE_TEST(two_programs_share_a_queue),
        QUEUE_TEST(programs_may_come_and_go_at_the_same_time),
        QUEUE_TEST(one_of_many_who_want_an_id_gets_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
