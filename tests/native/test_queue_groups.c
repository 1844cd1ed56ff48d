/* SPDX-License-Identifier: MIT */
/* Groups: qmgr.md sections 4, 5, 14 and 16. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "queue_bench.h"

static struct queue *queue_of(void **state)
{
    struct bench *bench = *state;
    return bench->queue;
}

/* ---- making, finding, listing ---------------------------------------------------------------- */

static void a_new_group_is_suspended_and_has_nothing(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_group(queue, 1);
    struct group_info info = info_of(queue, key);
    struct queue_id id = id_of(1);
    assert_memory_equal(&info.id, &id, sizeof(id));
    assert_int_equal(info.state, GROUP_SUSPENDED);
    assert_false(info.foreground);
    assert_false(info.has_job);
    assert_int_equal(info.notify_flags, 0);
    assert_int_equal(info.retries, 0);
    assert_int_equal(info.error.file, NO_FILE);
    assert_int_equal(info.error.win32, 0);
    assert_int_equal(info.error.http, 0);
    assert_int_equal(info.event, EVENT_NONE);
    struct group_totals totals = totals_of(queue, key);
    assert_int_equal(totals.files, 0);
    assert_int_equal(totals.files_done, 0);
    assert_int_equal(totals.unknown_sizes, 0);
    assert_true(totals.bytes_total == 0 && totals.bytes_done == 0);
}

static void a_group_is_found_by_its_id(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_group(queue, 1);
    int64_t found = 0;
    struct queue_id id = id_of(1);
    assert_int_equal(queue_group_find(queue, &id, &found), FAULT_NONE);
    assert_true(found == key);
    struct queue_id other = id_of(2);
    assert_int_equal(queue_group_find(queue, &other, &found), FAULT_NOT_FOUND);
    assert_true(found == key);
}

static void an_id_can_be_used_by_one_group_at_a_time(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_group(queue, 1);
    int64_t second = -7;
    struct queue_id id = id_of(1);
    assert_int_equal(queue_group_create(queue, &id, &second), FAULT_EXISTS);
    assert_true(second == -7);
    assert_int_equal(queue_group_cancel(queue, key), FAULT_NONE);
    assert_int_equal(queue_group_create(queue, &id, &second), FAULT_NONE);
}

static void a_key_is_never_used_again(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_running(queue, 1, 3);
    struct file_row row;
    assert_int_equal(queue_file_get(queue, key, 0, &row), FAULT_NONE);
    int64_t file = row.key;
    file_row_clear(&row);
    assert_int_equal(queue_group_cancel(queue, key), FAULT_NONE);
    bench_reopen(*state);
    queue = queue_of(state);

    int64_t successor = make_running(queue, 1, 3);
    assert_true(successor != key);
    struct group_info info;
    assert_int_equal(queue_group_info(queue, key, &info), FAULT_NOT_FOUND);
    assert_int_equal(queue_group_suspend(queue, key), FAULT_NOT_FOUND);
    assert_state(queue, successor, GROUP_RUNNING);
    /* What the runner still knows of the cancelled group's files does not hit the new ones. */
    struct file_record late = {.file = file, .size = 5, .durable = 5, .done = true};
    assert_int_equal(queue_record(queue, &late, 1), FAULT_NONE);
    assert_int_equal(totals_of(queue, successor).files_done, 0);
}

static void groups_are_listed_in_order_of_creation(void **state)
{
    struct queue *queue = queue_of(state);
    struct queue_id *ids = (struct queue_id *)&queue;
    size_t count = 9;
    assert_int_equal(queue_group_list(queue, &ids, &count), FAULT_NONE);
    assert_int_equal(count, 0);
    assert_null(ids);
    for (uint32_t i = 0; i < 40; i++) {
        make_group(queue, (i * 17) % 40);
    }
    assert_int_equal(queue_group_list(queue, &ids, &count), FAULT_NONE);
    assert_int_equal(count, 40);
    for (uint32_t i = 0; i < 40; i++) {
        struct queue_id expected = id_of((i * 17) % 40);
        assert_memory_equal(&ids[i], &expected, sizeof(expected));
    }
    free(ids);
}

static void every_function_knows_a_cancelled_group(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_running(queue, 1, 2);
    assert_int_equal(queue_group_cancel(queue, key), FAULT_NONE);

    struct group_info info;
    struct group_totals totals;
    struct queue_id job = id_of(9);
    struct group_error error = {.file = 0, .http = 404};
    struct new_file file = {.url = "http://x/", .local = "/x", .part = "/x.tmp"};
    struct file_row row;
    struct file_row *rows;
    size_t count;
    uint32_t files;
    char *text;
    assert_int_equal(queue_group_info(queue, key, &info), FAULT_NOT_FOUND);
    assert_int_equal(queue_group_totals(queue, key, &totals), FAULT_NOT_FOUND);
    assert_int_equal(queue_group_text(queue, key, GROUP_DESCRIPTION, &text), FAULT_NOT_FOUND);
    assert_null(text);
    assert_int_equal(queue_group_set_text(queue, key, GROUP_DESCRIPTION, "x"), FAULT_NOT_FOUND);
    assert_int_equal(queue_group_set_notify_flags(queue, key, 4), FAULT_NOT_FOUND);
    assert_int_equal(queue_group_set_foreground(queue, key), FAULT_NOT_FOUND);
    assert_int_equal(queue_job_create(queue, key, &job), FAULT_NOT_FOUND);
    assert_int_equal(queue_group_resume(queue, key), FAULT_NOT_FOUND);
    assert_int_equal(queue_group_suspend(queue, key), FAULT_NOT_FOUND);
    assert_int_equal(queue_group_cancel(queue, key), FAULT_NOT_FOUND);
    assert_int_equal(queue_files_add(queue, key, &file, 1), FAULT_NOT_FOUND);
    assert_int_equal(queue_file_count(queue, key, &files), FAULT_NOT_FOUND);
    assert_int_equal(queue_file_get(queue, key, 0, &row), FAULT_NOT_FOUND);
    assert_int_equal(queue_files_pending(queue, key, 0, 9, &rows, &count), FAULT_NOT_FOUND);
    assert_int_equal(queue_files_unsized(queue, key, 9, 9, &rows, &count), FAULT_NOT_FOUND);
    assert_int_equal(queue_group_count_retry(queue, key, 0), FAULT_NOT_FOUND);
    assert_int_equal(queue_group_fail(queue, key, &error), FAULT_NOT_FOUND);
    assert_int_equal(queue_group_finish(queue, key), FAULT_NOT_FOUND);
    assert_int_equal(queue_event_clear(queue, key, 1), FAULT_NOT_FOUND);
}

/* ---- properties ------------------------------------------------------------------------------ */

static void assert_text(struct queue *queue, int64_t key, enum group_text which,
                        const char *expected)
{
    char *text;
    assert_int_equal(queue_group_text(queue, key, which, &text), FAULT_NONE);
    assert_string_equal(text, expected);
    free(text);
}

static void texts_are_empty_at_first_and_come_back_as_set(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_group(queue, 1);
    int64_t other = make_group(queue, 2);
    const enum group_text all[] = {GROUP_DISPLAY_NAME, GROUP_DESCRIPTION, GROUP_NOTIFY_CLSID};
    const char *const texts[] = {"name \xE2\x82\xAC", "it's a \"description\"; -- %s", "{clsid}"};
    for (size_t i = 0; i < 3; i++) {
        assert_text(queue, key, all[i], "");
        assert_int_equal(queue_group_set_text(queue, key, all[i], texts[i]), FAULT_NONE);
    }
    for (size_t i = 0; i < 3; i++) {
        assert_text(queue, key, all[i], texts[i]);
        assert_text(queue, other, all[i], "");
        assert_int_equal(queue_group_set_text(queue, key, all[i], ""), FAULT_NONE);
        assert_text(queue, key, all[i], "");
    }
    assert_int_equal(queue_group_set_text(queue, key, GROUP_DISPLAY_NAME, NULL), FAULT_ARGUMENT);
}

static void numbers_come_back_as_set(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_group(queue, 1);
    assert_int_equal(queue_group_set_notify_flags(queue, key, 0xFFFFFFFFu), FAULT_NONE);
    assert_true(info_of(queue, key).notify_flags == 0xFFFFFFFFu);
    assert_int_equal(queue_group_set_notify_flags(queue, key, 0x44), FAULT_NONE);
    assert_int_equal(info_of(queue, key).notify_flags, 0x44);
}

static void foreground_stays_once_it_is_set(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_running(queue, 1, 1);
    assert_int_equal(queue_group_set_foreground(queue, key), FAULT_NONE);
    assert_int_equal(queue_group_set_foreground(queue, key), FAULT_NONE);
    assert_true(info_of(queue, key).foreground);
    assert_int_equal(queue_group_suspend(queue, key), FAULT_NONE);
    assert_true(info_of(queue, key).foreground);
    assert_int_equal(queue_group_resume(queue, key), FAULT_NONE);
    complete_group(queue, key, 1);
    assert_true(info_of(queue, key).foreground);
}

/* ---- the job --------------------------------------------------------------------------------- */

static void a_group_has_one_job(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_job(queue, 1);
    struct group_info info = info_of(queue, key);
    struct queue_id job = id_of(1000001);
    assert_true(info.has_job);
    assert_memory_equal(&info.job, &job, sizeof(job));
    struct queue_id second = id_of(3);
    assert_int_equal(queue_job_create(queue, key, &second), FAULT_SECOND_JOB);
    assert_int_equal(queue_job_create(queue, key, &job), FAULT_SECOND_JOB);
    info = info_of(queue, key);
    assert_memory_equal(&info.job, &job, sizeof(job));
}

static void a_running_group_takes_no_job(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_running(queue, 1, 1);
    struct queue_id second = id_of(3);
    assert_int_equal(queue_job_create(queue, key, &second), FAULT_STATE);
    assert_int_equal(queue_group_suspend(queue, key), FAULT_NONE);
    assert_int_equal(queue_job_create(queue, key, &second), FAULT_SECOND_JOB);
}

static void a_jobs_id_is_unique_in_the_queue(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t one = make_job(queue, 1);
    int64_t two = make_group(queue, 2);
    struct queue_id job = id_of(1000001);
    assert_int_equal(queue_job_create(queue, two, &job), FAULT_EXISTS);
    assert_false(info_of(queue, two).has_job);
    assert_int_equal(queue_group_cancel(queue, one), FAULT_NONE);
    assert_int_equal(queue_job_create(queue, two, &job), FAULT_NONE);
    /* A group's id is another matter. */
    struct queue_id own = id_of(3);
    int64_t three = make_group(queue, 3);
    assert_int_equal(queue_job_create(queue, three, &own), FAULT_NONE);
}

/* ---- states ---------------------------------------------------------------------------------- */

static void a_group_without_job_or_files_cannot_be_resumed(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_group(queue, 1);
    assert_int_equal(queue_group_resume(queue, key), FAULT_STATE);
    struct queue_id job = id_of(9);
    assert_int_equal(queue_job_create(queue, key, &job), FAULT_NONE);
    assert_int_equal(queue_group_resume(queue, key), FAULT_STATE);
    assert_state(queue, key, GROUP_SUSPENDED);
    add_files(queue, key, 0, 1);
    assert_state(queue, key, GROUP_SUSPENDED);
    assert_int_equal(queue_group_resume(queue, key), FAULT_NONE);
    assert_state(queue, key, GROUP_RUNNING);
}

static void resume_and_suspend_may_be_repeated(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_job(queue, 1);
    add_files(queue, key, 0, 1);
    assert_int_equal(queue_group_suspend(queue, key), FAULT_NONE);
    assert_state(queue, key, GROUP_SUSPENDED);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(queue_group_resume(queue, key), FAULT_NONE);
        assert_state(queue, key, GROUP_RUNNING);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(queue_group_suspend(queue, key), FAULT_NONE);
        assert_state(queue, key, GROUP_SUSPENDED);
    }
}

static void an_error_is_kept_until_resume_and_has_an_event(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_running(queue, 1, 5);
    assert_int_equal(queue_group_count_retry(queue, key, 0), FAULT_NONE);
    assert_int_equal(queue_group_count_retry(queue, key, 0), FAULT_NONE);
    fail_group(queue, key, 3, 12007, 0);
    assert_int_equal(queue_group_suspend(queue, key), FAULT_NONE);
    struct group_info info = info_of(queue, key);
    assert_int_equal(info.state, GROUP_ERROR);
    assert_int_equal(info.retries, 2);
    assert_int_equal(info.error.file, 3);
    assert_int_equal(info.error.win32, 12007);
    assert_int_equal(info.error.http, 0);
    assert_int_equal(info.event, EVENT_ERROR);

    assert_int_equal(queue_group_resume(queue, key), FAULT_NONE);
    info = info_of(queue, key);
    assert_int_equal(info.state, GROUP_RUNNING);
    assert_int_equal(info.retries, 0);
    assert_int_equal(info.error.file, NO_FILE);
    assert_int_equal(info.error.win32, 0);
    assert_int_equal(info.event, EVENT_NONE);
}

static void retries_outlive_a_pause(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_running(queue, 1, 1);
    assert_int_equal(queue_group_count_retry(queue, key, 0), FAULT_NONE);
    assert_int_equal(queue_group_suspend(queue, key), FAULT_NONE);
    assert_int_equal(queue_group_resume(queue, key), FAULT_NONE);
    assert_int_equal(info_of(queue, key).retries, 1);
}

static void only_a_running_group_can_fail_or_finish(void **state)
{
    struct queue *queue = queue_of(state);
    struct group_error error = {.file = NO_FILE, .win32 = 5};
    int64_t key = make_job(queue, 1);
    add_files(queue, key, 0, 1);
    assert_int_equal(record_file(queue, key, 0, 10, 10, true), FAULT_NONE);
    assert_int_equal(queue_group_fail(queue, key, &error), FAULT_STATE);
    assert_int_equal(queue_group_finish(queue, key), FAULT_STATE);
    assert_state(queue, key, GROUP_SUSPENDED);
    assert_int_equal(queue_group_resume(queue, key), FAULT_NONE);
    assert_int_equal(queue_group_fail(queue, key, &error), FAULT_NONE);
    assert_int_equal(queue_group_finish(queue, key), FAULT_STATE);
    assert_int_equal(queue_group_fail(queue, key, &error), FAULT_STATE);
    assert_int_equal(queue_group_resume(queue, key), FAULT_NONE);
    assert_int_equal(queue_group_finish(queue, key), FAULT_NONE);
    assert_int_equal(queue_group_finish(queue, key), FAULT_STATE);
    assert_int_equal(queue_group_fail(queue, key, &error), FAULT_STATE);
    assert_state(queue, key, GROUP_COMPLETE);
    assert_int_equal(info_of(queue, key).error.win32, 0);
}

static void a_group_is_complete_only_when_every_file_is_in_place(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_running(queue, 1, 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(queue_group_finish(queue, key), FAULT_STATE);
        assert_state(queue, key, GROUP_RUNNING);
        assert_int_equal(record_file(queue, key, 2 - i, 7, 7, true), FAULT_NONE);
    }
    assert_int_equal(queue_group_finish(queue, key), FAULT_NONE);
    assert_state(queue, key, GROUP_COMPLETE);
    assert_int_equal(info_of(queue, key).event, EVENT_COMPLETE);
}

static void a_complete_group_stays_so_until_files_are_added(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_running(queue, 1, 2);
    complete_group(queue, key, 3);
    assert_int_equal(queue_group_resume(queue, key), FAULT_NONE);
    assert_int_equal(queue_group_suspend(queue, key), FAULT_NONE);
    assert_state(queue, key, GROUP_COMPLETE);
    assert_int_equal(info_of(queue, key).event, EVENT_COMPLETE);
    add_files(queue, key, 2, 1);
    assert_state(queue, key, GROUP_SUSPENDED);
    assert_int_equal(info_of(queue, key).event, EVENT_NONE);
    assert_int_equal(queue_group_resume(queue, key), FAULT_NONE);
    assert_state(queue, key, GROUP_RUNNING);
}

static void files_added_to_a_failed_group_leave_its_error(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_running(queue, 1, 1);
    fail_group(queue, key, 0, 0, 404);
    add_files(queue, key, 1, 2);
    struct group_info info = info_of(queue, key);
    assert_int_equal(info.state, GROUP_ERROR);
    assert_int_equal(info.error.file, 0);
    assert_int_equal(info.error.http, 404);
    assert_int_equal(info.event, EVENT_ERROR);
}

static void a_running_group_takes_files_and_goes_on(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_running(queue, 1, 1);
    add_files(queue, key, 1, 1);
    assert_state(queue, key, GROUP_RUNNING);
    assert_int_equal(totals_of(queue, key).files, 2);
}

/* ---- the runner's lists ---------------------------------------------------------------------- */

static void running_groups_come_foreground_first_then_in_order(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t keys[5];
    int64_t *running;
    size_t count;
    for (uint32_t i = 0; i < 5; i++) {
        keys[i] = make_running(queue, i, 1);
    }
    assert_int_equal(queue_group_suspend(queue, keys[1]), FAULT_NONE);
    assert_int_equal(queue_group_set_foreground(queue, keys[1]), FAULT_NONE);
    assert_int_equal(queue_group_set_foreground(queue, keys[3]), FAULT_NONE);
    fail_group(queue, keys[4], NO_FILE, 5, 0);
    assert_int_equal(queue_running(queue, &running, &count), FAULT_NONE);
    assert_int_equal(count, 3);
    assert_true(running[0] == keys[3] && running[1] == keys[0] && running[2] == keys[2]);
    free(running);
}

static void an_event_stays_until_it_is_acknowledged_by_its_number(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_running(queue, 1, 1);
    int64_t *keys;
    size_t count;
    assert_int_equal(queue_events(queue, &keys, &count), FAULT_NONE);
    assert_int_equal(count, 0);
    fail_group(queue, key, 0, 0, 500);
    int64_t first = info_of(queue, key).event_serial;
    assert_int_equal(queue_events(queue, &keys, &count), FAULT_NONE);
    assert_int_equal(count, 1);
    assert_true(keys[0] == key);
    free(keys);

    /* A second event came while the client was told of the first. */
    assert_int_equal(queue_group_resume(queue, key), FAULT_NONE);
    fail_group(queue, key, 0, 0, 503);
    int64_t second = info_of(queue, key).event_serial;
    assert_true(second != first);
    assert_int_equal(queue_event_clear(queue, key, first), FAULT_NONE);
    assert_int_equal(info_of(queue, key).event, EVENT_ERROR);
    assert_int_equal(queue_event_clear(queue, key, second), FAULT_NONE);
    struct group_info info = info_of(queue, key);
    assert_int_equal(info.event, EVENT_NONE);
    assert_int_equal(info.state, GROUP_ERROR);
    assert_int_equal(info.error.http, 503);
    assert_int_equal(queue_event_clear(queue, key, second), FAULT_NONE);
    assert_int_equal(queue_events(queue, &keys, &count), FAULT_NONE);
    assert_int_equal(count, 0);
    assert_null(keys);
}

/* ---- forgotten groups ------------------------------------------------------------------------ */

#define DAY INT64_C(86400)
#define NOON (INT64_C(1700000000)) /* some day in 2023 */

static void pass_time(struct queue *queue, int64_t unix_s)
{
    assert_int_equal(queue_pass_time(queue, unix_s), FAULT_NONE);
}

static size_t count_idle(struct queue *queue, int64_t days)
{
    int64_t *keys;
    size_t count;
    assert_int_equal(queue_groups_idle(queue, days * DAY, &keys, &count), FAULT_NONE);
    free(keys);
    return count;
}

static void a_group_is_idle_when_nothing_was_changed_in_it_for_so_long(void **state)
{
    struct queue *queue = queue_of(state);
    pass_time(queue, NOON);
    int64_t forgotten = make_group(queue, 1);
    int64_t used = make_group(queue, 2);
    for (int day = 1; day <= 91; day += 15)
        pass_time(queue, NOON + day * DAY);
    assert_int_equal(queue_group_set_notify_flags(queue, used, 0), FAULT_NONE);
    pass_time(queue, NOON + 92 * DAY);
    int64_t *keys;
    size_t count;
    assert_int_equal(queue_groups_idle(queue, 90 * DAY, &keys, &count), FAULT_NONE);
    assert_int_equal(count, 1);
    assert_true(keys[0] == forgotten);
    free(keys);
    assert_int_equal(count_idle(queue, 93), 0);
}

static void a_group_that_was_touched_at_the_last_moment_is_not_forgotten(void **state)
{
    struct queue *queue = queue_of(state);
    pass_time(queue, NOON);
    int64_t forgotten = make_running(queue, 1, 1);
    int64_t used = make_running(queue, 2, 1);
    for (int day = 1; day <= 91; day += 15)
        pass_time(queue, NOON + day * DAY);
    assert_int_equal(count_idle(queue, 90), 2);
    assert_int_equal(queue_group_set_notify_flags(queue, used, 0), FAULT_NONE);
    assert_int_equal(queue_group_cancel_idle(queue, used, 90 * DAY), FAULT_STATE);
    assert_state(queue, used, GROUP_RUNNING);
    assert_int_equal(queue_group_cancel_idle(queue, forgotten, 91 * DAY), FAULT_STATE);
    assert_int_equal(queue_group_cancel_idle(queue, forgotten, 90 * DAY), FAULT_NONE);
    assert_int_equal(queue_group_cancel_idle(queue, forgotten, 90 * DAY), FAULT_NOT_FOUND);
}

/* A machine whose battery is empty starts each time in 2001, and is set right a little later. */
static void a_clock_that_leaps_at_every_start_does_not_make_groups_old(void **state)
{
    struct queue *queue = queue_of(state);
    pass_time(queue, NOON);
    make_group(queue, 1);
    for (int start = 1; start <= 50; start++) {
        pass_time(queue, INT64_C(978307200));
        pass_time(queue, NOON + start * DAY);
    }
    assert_int_equal(count_idle(queue, 51), 0);
    assert_int_equal(count_idle(queue, 49), 1);
}

static void one_leap_of_the_clock_counts_for_a_month_at_most(void **state)
{
    struct queue *queue = queue_of(state);
    pass_time(queue, INT64_C(978307200));
    make_group(queue, 1);
    pass_time(queue, NOON);
    assert_int_equal(count_idle(queue, 31), 0);
    assert_int_equal(count_idle(queue, 29), 1);
}

static void the_first_look_at_the_clock_makes_nothing_old(void **state)
{
    struct queue *queue = queue_of(state);
    make_group(queue, 1);
    pass_time(queue, NOON);
    assert_int_equal(count_idle(queue, 0), 0);
}

/* ---- what processes tell each other ---------------------------------------------------------- */

static void what_is_shown_is_seen_while_the_group_runs(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_running(queue, 1, 1);
    const struct group_shown shown = {.key = key, .bytes = 50, .total = 200, .percent = 25};
    assert_false(totals_of(queue, key).shown);
    assert_int_equal(queue_show(queue, &shown, 1), FAULT_NONE);
    struct group_totals totals = totals_of(queue, key);
    assert_true(totals.shown);
    assert_true(totals.shown_bytes == 50 && totals.shown_total == 200);
    assert_int_equal(totals.shown_percent, 25);

    assert_int_equal(queue_group_suspend(queue, key), FAULT_NONE);
    assert_false(totals_of(queue, key).shown);
    assert_int_equal(queue_show(queue, &shown, 1), FAULT_NONE); /* comes too late */
    assert_false(totals_of(queue, key).shown);
    assert_int_equal(queue_group_resume(queue, key), FAULT_NONE);
    assert_false(totals_of(queue, key).shown);
}

static void a_suspension_and_a_cancellation_are_orders_until_they_are_obeyed(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_running(queue, 1, 1);
    int64_t given, obeyed;
    assert_int_equal(queue_orders(queue, &given, &obeyed), FAULT_NONE);
    assert_true(given == obeyed);
    int64_t before = given;
    assert_int_equal(queue_group_suspend(queue, key), FAULT_NONE);
    assert_int_equal(queue_group_suspend(queue, key), FAULT_NONE); /* changes nothing */
    assert_int_equal(queue_group_cancel(queue, key), FAULT_NONE);
    assert_int_equal(queue_orders(queue, &given, &obeyed), FAULT_NONE);
    assert_true(given == before + 2 && obeyed == before);
    assert_int_equal(queue_obey(queue, given), FAULT_NONE);
    assert_int_equal(queue_obey(queue, before), FAULT_NONE); /* an older one comes late */
    assert_int_equal(queue_orders(queue, &given, &obeyed), FAULT_NONE);
    assert_true(obeyed == given);
}

static void every_resume_is_counted(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_running(queue, 1, 1);
    uint32_t before = info_of(queue, key).resumes;
    assert_int_equal(queue_group_resume(queue, key), FAULT_NONE);
    assert_int_equal(info_of(queue, key).resumes, before + 1);
}

static void the_time_without_progress_is_kept_until_the_group_is_stopped(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_running(queue, 1, 1);
    assert_int_equal(queue_group_count_retry(queue, key, 4000), FAULT_NONE);
    bench_reopen(*state);
    queue = queue_of(state);
    assert_int_equal(info_of(queue, key).stuck_s, 4000);
    assert_int_equal(info_of(queue, key).retries, 1);
    assert_int_equal(queue_group_stuck(queue, key, 0), FAULT_NONE);
    assert_int_equal(info_of(queue, key).stuck_s, 0);
    assert_int_equal(queue_group_stuck(queue, key, 5000), FAULT_NONE);
    assert_int_equal(queue_group_suspend(queue, key), FAULT_NONE);
    assert_int_equal(info_of(queue, key).stuck_s, 0);
}

int main(void)
{
#define QUEUE_TEST(test) cmocka_unit_test_setup_teardown(test, bench_open, bench_close)
    const struct CMUnitTest tests[] = {
        QUEUE_TEST(a_new_group_is_suspended_and_has_nothing),
        QUEUE_TEST(a_group_is_found_by_its_id),
        QUEUE_TEST(an_id_can_be_used_by_one_group_at_a_time),
        QUEUE_TEST(a_key_is_never_used_again),
        QUEUE_TEST(groups_are_listed_in_order_of_creation),
        QUEUE_TEST(every_function_knows_a_cancelled_group),
        QUEUE_TEST(texts_are_empty_at_first_and_come_back_as_set),
        QUEUE_TEST(numbers_come_back_as_set),
        QUEUE_TEST(foreground_stays_once_it_is_set),
        QUEUE_TEST(a_group_has_one_job),
        QUEUE_TEST(a_running_group_takes_no_job),
        QUEUE_TEST(a_jobs_id_is_unique_in_the_queue),
        QUEUE_TEST(a_group_without_job_or_files_cannot_be_resumed),
        QUEUE_TEST(resume_and_suspend_may_be_repeated),
        QUEUE_TEST(an_error_is_kept_until_resume_and_has_an_event),
        QUEUE_TEST(retries_outlive_a_pause),
        QUEUE_TEST(only_a_running_group_can_fail_or_finish),
        QUEUE_TEST(a_group_is_complete_only_when_every_file_is_in_place),
        QUEUE_TEST(a_complete_group_stays_so_until_files_are_added),
        QUEUE_TEST(files_added_to_a_failed_group_leave_its_error),
        QUEUE_TEST(a_running_group_takes_files_and_goes_on),
        QUEUE_TEST(running_groups_come_foreground_first_then_in_order),
        QUEUE_TEST(an_event_stays_until_it_is_acknowledged_by_its_number),
        QUEUE_TEST(a_group_is_idle_when_nothing_was_changed_in_it_for_so_long),
        QUEUE_TEST(a_group_that_was_touched_at_the_last_moment_is_not_forgotten),
        QUEUE_TEST(a_clock_that_leaps_at_every_start_does_not_make_groups_old),
        QUEUE_TEST(one_leap_of_the_clock_counts_for_a_month_at_most),
        QUEUE_TEST(the_first_look_at_the_clock_makes_nothing_old),
        QUEUE_TEST(what_is_shown_is_seen_while_the_group_runs),
        QUEUE_TEST(a_suspension_and_a_cancellation_are_orders_until_they_are_obeyed),
        QUEUE_TEST(every_resume_is_counted),
        QUEUE_TEST(the_time_without_progress_is_kept_until_the_group_is_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
