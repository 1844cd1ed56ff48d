/* SPDX-License-Identifier: MIT */
/* Files of a job: what is added, what became of them, what is left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "queue_bench.h"

static struct queue *queue_of(void **state)
{
    struct bench *bench = *state;
    return bench->queue;
}

static struct file_row get(struct queue *queue, int64_t key, uint32_t index)
{
    struct file_row row;
    assert_int_equal(queue_file_get(queue, key, index, &row), FAULT_NONE);
    return row;
}

/* ---- adding ---------------------------------------------------------------------------------- */

static void a_file_comes_back_as_it_was_added(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_job(queue, 1);
    char sealed[] = {'\0', 'x', '\0', '\xFF'};
    struct new_file files[2] = {
        {.url = "http://server/a?b=c%20d", .local = "C:\\a \xE2\x82\xAC", .part = "C:\\BIT1.tmp"},
        {.url = "https://server/",
         .secret = {sealed, sizeof(sealed)},
         .local = "C:\\it's",
         .part = "C:\\BIT2.tmp"},
    };
    assert_int_equal(queue_files_add(queue, key, files, 2), FAULT_NONE);
    struct file_row row = get(queue, key, 0);
    assert_int_equal(row.index, 0);
    assert_string_equal(row.url, files[0].url);
    assert_string_equal(row.local, files[0].local);
    assert_string_equal(row.part, files[0].part);
    assert_null(row.secret.data);
    assert_int_equal(row.secret.size, 0);
    assert_true(row.size == SIZE_UNKNOWN);
    assert_true(row.durable == 0);
    assert_null(row.validator);
    assert_false(row.done);
    file_row_clear(&row);
    row = get(queue, key, 1);
    assert_int_equal(row.index, 1);
    assert_string_equal(row.url, files[1].url);
    assert_int_equal(row.secret.size, sizeof(sealed));
    assert_memory_equal(row.secret.data, sealed, sizeof(sealed));
    file_row_clear(&row);
    assert_null(row.url);
}

static void an_index_past_the_files_is_not_found(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_job(queue, 1);
    struct file_row row;
    assert_int_equal(queue_file_get(queue, key, 0, &row), FAULT_NOT_FOUND);
    add_files(queue, key, 0, 2);
    assert_int_equal(queue_file_get(queue, key, 2, &row), FAULT_NOT_FOUND);
    assert_int_equal(queue_file_get(queue, key, UINT32_MAX, &row), FAULT_NOT_FOUND);
    assert_null(row.url);
}

static void files_are_counted_on_from_call_to_call(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_job(queue, 1);
    uint32_t count = 9;
    assert_int_equal(queue_file_count(queue, key, &count), FAULT_NONE);
    assert_int_equal(count, 0);
    add_files(queue, key, 0, 3);
    add_files(queue, key, 3, 2);
    assert_int_equal(queue_file_count(queue, key, &count), FAULT_NONE);
    assert_int_equal(count, 5);
    struct file_row row = get(queue, key, 4);
    assert_string_equal(row.url, "http://server/4");
    file_row_clear(&row);
}

static void files_need_a_job(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_group(queue, 1);
    struct new_file file = {.url = "http://x/", .local = "/x", .part = "/x.tmp"};
    assert_int_equal(queue_files_add(queue, key, &file, 1), FAULT_STATE);
    assert_int_equal(totals_of(queue, key).files, 0);
}

static void one_bad_file_adds_none(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_job(queue, 1);
    struct new_file files[3] = {{.url = "http://x/", .local = "/x", .part = "/x.tmp"},
                                {.url = "http://y/", .local = "/y", .part = "/y.tmp"},
                                {.url = "http://z/", .local = "/z", .part = NULL}};
    assert_int_equal(queue_files_add(queue, key, files, 3), FAULT_ARGUMENT);
    assert_int_equal(queue_files_add(queue, key, files, 0), FAULT_ARGUMENT);
    assert_int_equal(queue_files_add(queue, key, NULL, 1), FAULT_ARGUMENT);
    assert_int_equal(totals_of(queue, key).files, 0);
    assert_int_equal(queue_files_add(queue, key, files, 2), FAULT_NONE);
    assert_int_equal(totals_of(queue, key).files, 2);
}

static void two_files_may_have_the_same_target(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_job(queue, 1);
    struct new_file files[2] = {{.url = "http://x/", .local = "/x", .part = "/1.tmp"},
                                {.url = "http://x/", .local = "/x", .part = "/2.tmp"}};
    assert_int_equal(queue_files_add(queue, key, files, 2), FAULT_NONE);
    assert_int_equal(totals_of(queue, key).files, 2);
}

/* ---- what became of them --------------------------------------------------------------------- */

static void a_record_is_read_back(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_running(queue, 1, 2);
    const int64_t size = INT64_C(6) * 1024 * 1024 * 1024;
    assert_int_equal(record_file(queue, key, 1, size, size - 1, false), FAULT_NONE);
    struct file_row row = get(queue, key, 1);
    assert_true(row.size == size);
    assert_true(row.durable == size - 1);
    assert_string_equal(row.validator, "\"tag\"");
    assert_false(row.done);
    struct file_record back = {.file = row.key, .size = SIZE_UNKNOWN};
    file_row_clear(&row);
    assert_int_equal(queue_record(queue, &back, 1), FAULT_NONE);
    row = get(queue, key, 1);
    assert_true(row.size == SIZE_UNKNOWN);
    assert_true(row.durable == 0);
    assert_null(row.validator);
    file_row_clear(&row);
}

static void totals_follow_the_records(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_running(queue, 1, 4);
    struct group_totals totals = totals_of(queue, key);
    assert_int_equal(totals.files, 4);
    assert_int_equal(totals.unknown_sizes, 4);

    assert_int_equal(record_file(queue, key, 0, 100, 40, false), FAULT_NONE);
    assert_int_equal(record_file(queue, key, 1, 200, 200, true), FAULT_NONE);
    assert_int_equal(record_file(queue, key, 2, 0, 0, true), FAULT_NONE);
    assert_int_equal(record_file(queue, key, 3, SIZE_UNKNOWN, 7, false), FAULT_NONE);
    totals = totals_of(queue, key);
    assert_int_equal(totals.files_done, 2);
    assert_int_equal(totals.unknown_sizes, 1);
    assert_true(totals.bytes_total == 300);
    assert_true(totals.bytes_done == 247);

    /* A file that had to start again from its beginning, and became smaller. */
    assert_int_equal(record_file(queue, key, 0, 90, 0, false), FAULT_NONE);
    totals = totals_of(queue, key);
    assert_true(totals.bytes_total == 290);
    assert_true(totals.bytes_done == 207);

    add_files(queue, key, 4, 1);
    totals = totals_of(queue, key);
    assert_int_equal(totals.files, 5);
    assert_int_equal(totals.unknown_sizes, 2);
    assert_true(totals.bytes_total == 290);
}

static void sums_beyond_32_bits_are_right(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_running(queue, 1, 3);
    const int64_t size = INT64_C(3) << 32;
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(record_file(queue, key, i, size, size, true), FAULT_NONE);
    }
    assert_true(totals_of(queue, key).bytes_total == UINT64_C(9) << 32);
    assert_true(totals_of(queue, key).bytes_done == UINT64_C(9) << 32);
}

static void absurd_sizes_from_a_server_do_no_harm(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_running(queue, 1, 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(record_file(queue, key, i, INT64_MAX, 10, false), FAULT_NONE);
    }
    assert_true(totals_of(queue, key).bytes_total >= (uint64_t)INT64_MAX);
    assert_true(totals_of(queue, key).bytes_done == 30);
    complete_group(queue, key, 1);
    assert_int_equal(totals_of(queue, key).files_done, 3);
}

static void a_file_in_place_stays_in_place(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_running(queue, 1, 1);
    assert_int_equal(record_file(queue, key, 0, 50, 50, true), FAULT_NONE);
    assert_int_equal(record_file(queue, key, 0, SIZE_UNKNOWN, 20, false), FAULT_NONE);
    struct file_row row = get(queue, key, 0);
    assert_true(row.done);
    assert_true(row.size == 50);
    file_row_clear(&row);
    assert_true(totals_of(queue, key).bytes_done == 50);
}

static void a_senseless_record_changes_nothing(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_running(queue, 1, 2);
    struct file_row row = get(queue, key, 0);
    struct file_record records[2] = {{.file = row.key, .size = 5, .durable = 5, .done = true},
                                     {.file = row.key + 1, .size = SIZE_UNKNOWN, .done = true}};
    file_row_clear(&row);
    assert_int_equal(queue_record(queue, records, 2), FAULT_ARGUMENT);
    records[1] = (struct file_record){.file = records[1].file, .size = 5, .durable = -1};
    assert_int_equal(queue_record(queue, records, 2), FAULT_ARGUMENT);
    records[1] = (struct file_record){.file = records[1].file, .size = -2};
    assert_int_equal(queue_record(queue, records, 2), FAULT_ARGUMENT);
    assert_int_equal(totals_of(queue, key).files_done, 0);
    assert_int_equal(queue_record(queue, NULL, 0), FAULT_NONE);
}

/* ---- what is to do --------------------------------------------------------------------------- */

static void assert_indexes(struct file_row *rows, size_t count, const uint32_t *expected,
                           size_t expected_count)
{
    assert_int_equal(count, expected_count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(rows[i].index, expected[i]);
    }
    file_rows_free(rows, count);
}

static void pending_files_are_those_not_in_place_in_order(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_running(queue, 1, 6);
    make_running(queue, 2, 6); /* somebody else's */
    struct file_row *rows;
    size_t count;
    assert_int_equal(record_file(queue, key, 0, 1, 1, true), FAULT_NONE);
    assert_int_equal(record_file(queue, key, 3, 1, 1, true), FAULT_NONE);
    assert_int_equal(record_file(queue, key, 4, 9, 1, false), FAULT_NONE);
    assert_int_equal(queue_files_pending(queue, key, 0, 100, &rows, &count), FAULT_NONE);
    assert_indexes(rows, count, (const uint32_t[]){1, 2, 4, 5}, 4);
    assert_int_equal(queue_files_pending(queue, key, 2, 2, &rows, &count), FAULT_NONE);
    assert_indexes(rows, count, (const uint32_t[]){2, 4}, 2);
    assert_int_equal(queue_files_pending(queue, key, 6, 2, &rows, &count), FAULT_NONE);
    assert_int_equal(count, 0);
    assert_null(rows);
}

static void unsized_files_come_last_first(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_running(queue, 1, 6);
    struct file_row *rows;
    size_t count;
    assert_int_equal(record_file(queue, key, 5, 10, 0, false), FAULT_NONE);
    assert_int_equal(record_file(queue, key, 2, 0, 0, true), FAULT_NONE);
    assert_int_equal(queue_files_unsized(queue, key, UINT32_MAX, 100, &rows, &count), FAULT_NONE);
    assert_indexes(rows, count, (const uint32_t[]){4, 3, 1, 0}, 4);
    assert_int_equal(queue_files_unsized(queue, key, 4, 2, &rows, &count), FAULT_NONE);
    assert_indexes(rows, count, (const uint32_t[]){3, 1}, 2);
    assert_int_equal(queue_files_unsized(queue, key, 0, 2, &rows, &count), FAULT_NONE);
    assert_int_equal(count, 0);
}

/* ---- what is left behind --------------------------------------------------------------------- */

static void cancelling_discards_the_part_files_of_what_is_not_in_place(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_running(queue, 1, 3);
    int64_t other = make_running(queue, 2, 1);
    struct discard *list;
    size_t count;
    assert_int_equal(record_file(queue, key, 1, 4, 4, true), FAULT_NONE);
    assert_int_equal(queue_discards(queue, "", 100, &list, &count), FAULT_NONE);
    assert_int_equal(count, 0);
    assert_null(list);
    assert_int_equal(queue_group_cancel(queue, key), FAULT_NONE);
    bench_reopen(*state);
    queue = queue_of(state);
    assert_int_equal(queue_discards(queue, "", 100, &list, &count), FAULT_NONE);
    assert_int_equal(count, 2);
    char expected[64];
    const unsigned long first = (unsigned long)key << 20;
    (void)snprintf(expected, sizeof(expected), "/folder/BIT%04lX.tmp", first);
    assert_string_equal(list[0].path, expected);
    (void)snprintf(expected, sizeof(expected), "/folder/BIT%04lX.tmp", first + 2);
    assert_string_equal(list[1].path, expected);

    assert_int_equal(queue_discards_done(queue, list, 1), FAULT_NONE);
    queue_discards_free(list, count);
    assert_int_equal(queue_discards(queue, "", 100, &list, &count), FAULT_NONE);
    assert_int_equal(count, 1);
    assert_string_equal(list[0].path, expected);
    assert_int_equal(queue_discards_done(queue, list, 1), FAULT_NONE);
    assert_int_equal(queue_discards_done(queue, list, 1), FAULT_NONE);
    queue_discards_free(list, count);
    assert_int_equal(queue_discards(queue, "", 100, &list, &count), FAULT_NONE);
    assert_int_equal(count, 0);
    assert_state(queue, other, GROUP_RUNNING);
}

static void a_planned_part_file_is_on_the_list_until_the_group_has_it(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_running(queue, 1, 1);
    char first[] = "/folder/BIT000A.tmp", second[] = "/folder/BIT000B.tmp";
    char *paths[] = {first, second};
    struct discard *list;
    size_t count;
    assert_int_equal(queue_discards_plan(queue, "somebody", paths, 2), FAULT_NONE);
    bench_reopen(*state);
    queue = queue_of(state);
    const struct new_file file = {.url = "http://h/", .local = "/folder/a", .part = paths[0]};
    assert_int_equal(queue_files_add(queue, key, &file, 1), FAULT_NONE);
    assert_int_equal(queue_discards(queue, "", 100, &list, &count), FAULT_NONE);
    assert_int_equal(count, 1);
    assert_string_equal(list[0].path, paths[1]);
    assert_string_equal(list[0].maker, "somebody");
    queue_discards_free(list, count);

    assert_int_equal(queue_group_cancel(queue, key), FAULT_NONE);
    assert_int_equal(queue_discards(queue, "", 100, &list, &count), FAULT_NONE);
    assert_int_equal(count, 3);
    assert_string_equal(list[0].path, first);
    assert_string_equal(list[0].maker, "");
    queue_discards_free(list, count);
}

static void only_names_as_part_files_have_them_can_be_planned(void **state)
{
    static const char *const others[] = {
        "",           "/folder/a.txt",        "/folder/BIT123.tmp",      "/folder/BIT123456789.tmp",
        "BIT1234tmp", "/folder/BIT123G.tmp",  "/BIT1234.tmp/a",          "/folder/BIT1234.tmp.doc",
        "BIT.tmp",    "/folder/xBIT1234.tmp", "C:\\BIT1234.tmp\\a.docx",
    };
    static const char *const good[] = {"BIT1234.tmp", "/folder/BITabcdef01.tmp",
                                       "C:\\a\\BIT0000A.tmp"};
    struct queue *queue = queue_of(state);
    struct discard *list;
    size_t count;
    char path[64];
    char sound[] = "/folder/BIT0001.tmp";
    char *paths[] = {sound, path};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s", others[i]);
        assert_int_equal(queue_discards_plan(queue, "somebody", paths, 2), FAULT_ARGUMENT);
    }
    paths[1] = NULL;
    assert_int_equal(queue_discards_plan(queue, "somebody", paths, 2), FAULT_ARGUMENT);
    assert_int_equal(queue_discards(queue, "", 100, &list, &count), FAULT_NONE);
    assert_int_equal(count, 0);
    paths[1] = path;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s", good[i]);
        assert_int_equal(queue_discards_plan(queue, "somebody", paths, 2), FAULT_NONE);
    }
}

static void what_proves_a_part_file_is_kept_with_it(void **state)
{
    struct queue *queue = queue_of(state);
    int64_t key = make_running(queue, 1, 1);
    struct file_row row;
    char stamp[] = "stamp", prefix[] = "prefix";
    assert_int_equal(queue_file_get(queue, key, 0, &row), FAULT_NONE);
    assert_false(row.whole || row.damaged);
    assert_null(row.stamp.data);
    assert_null(row.prefix.data);
    const struct file_record record = {.file = row.key,
                                       .size = 7,
                                       .durable = 7,
                                       .validator = "\"v\"",
                                       .whole = true,
                                       .stamp = {stamp, 5},
                                       .prefix = {prefix, 6}};
    file_row_clear(&row);
    assert_int_equal(queue_record_swift(queue, &record, 1), FAULT_NONE);
    bench_reopen(*state);
    assert_int_equal(queue_file_get(queue_of(state), key, 0, &row), FAULT_NONE);
    assert_true(row.whole);
    assert_false(row.done);
    assert_int_equal(row.stamp.size, 5);
    assert_memory_equal(row.stamp.data, "stamp", 5);
    assert_int_equal(row.prefix.size, 6);
    assert_memory_equal(row.prefix.data, "prefix", 6);
    file_row_clear(&row);
}

/* ---- many ------------------------------------------------------------------------------------ */

/* Would take hours if any of this looked at all files for each file. */
static void a_hundred_thousand_files_are_no_trouble(void **state)
{
    enum { MANY = 100000, BATCH = 1000 };
    struct queue *queue = queue_of(state);
    int64_t key = make_job(queue, 1);
    add_files(queue, key, 0, MANY);
    assert_int_equal(totals_of(queue, key).files, MANY);
    assert_int_equal(queue_group_resume(queue, key), FAULT_NONE);
    static struct file_record records[BATCH];
    for (uint32_t from = 0; from < MANY; from += BATCH) {
        struct file_row *rows;
        size_t count;
        assert_int_equal(queue_files_pending(queue, key, 0, BATCH, &rows, &count), FAULT_NONE);
        assert_int_equal(count, BATCH);
        assert_int_equal(rows[0].index, from);
        for (size_t i = 0; i < count; i++) {
            records[i] =
                (struct file_record){.file = rows[i].key, .size = 3, .durable = 3, .done = true};
        }
        file_rows_free(rows, count);
        assert_int_equal(queue_record(queue, records, BATCH), FAULT_NONE);
        assert_int_equal(totals_of(queue, key).files_done, from + BATCH);
        assert_int_equal(queue_files_unsized(queue, key, UINT32_MAX, 1, &rows, &count), FAULT_NONE);
        assert_int_equal(count, from + BATCH == MANY ? 0 : 1);
        file_rows_free(rows, count);
    }
    assert_int_equal(queue_group_finish(queue, key), FAULT_NONE);
    assert_true(totals_of(queue, key).bytes_done == 3 * MANY);
    assert_int_equal(queue_group_cancel(queue, key), FAULT_NONE);
}

int main(void)
{
#define QUEUE_TEST(test) cmocka_unit_test_setup_teardown(test, bench_open, bench_close)
    const struct CMUnitTest tests[] = {
        QUEUE_TEST(a_file_comes_back_as_it_was_added),
        QUEUE_TEST(an_index_past_the_files_is_not_found),
        QUEUE_TEST(files_are_counted_on_from_call_to_call),
        QUEUE_TEST(files_need_a_job),
        QUEUE_TEST(one_bad_file_adds_none),
        QUEUE_TEST(two_files_may_have_the_same_target),
        QUEUE_TEST(a_record_is_read_back),
        QUEUE_TEST(totals_follow_the_records),
        QUEUE_TEST(sums_beyond_32_bits_are_right),
        QUEUE_TEST(absurd_sizes_from_a_server_do_no_harm),
        QUEUE_TEST(a_file_in_place_stays_in_place),
        QUEUE_TEST(a_senseless_record_changes_nothing),
        QUEUE_TEST(pending_files_are_those_not_in_place_in_order),
        QUEUE_TEST(unsized_files_come_last_first),
        QUEUE_TEST(cancelling_discards_the_part_files_of_what_is_not_in_place),
        QUEUE_TEST(a_planned_part_file_is_on_the_list_until_the_group_has_it),
        QUEUE_TEST(only_names_as_part_files_have_them_can_be_planned),
        QUEUE_TEST(what_proves_a_part_file_is_kept_with_it),
        QUEUE_TEST(a_hundred_thousand_files_are_no_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
