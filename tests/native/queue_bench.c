/* SPDX-License-Identifier: MIT */
#include "queue_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support.h"

int bench_open(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    assert_non_null(bench);
    bench->folder = test_folder();
    assert_int_equal(queue_open(bench->folder, &bench->queue), FAULT_NONE);
    *state = bench;
    return 0;
}

int bench_close(void **state)
{
    struct bench *bench = *state;
    queue_close(bench->queue);
    test_remove_folder(bench->folder);
    free(bench);
    return 0;
}

void bench_reopen(struct bench *bench)
{
    queue_close(bench->queue);
    bench->queue = NULL;
    assert_int_equal(queue_open(bench->folder, &bench->queue), FAULT_NONE);
}

struct queue_id id_of(uint32_t number)
{
    struct queue_id id = {{0}};
    memcpy(id.bytes, &number, sizeof(number));
    id.bytes[15] = 1;
    return id;
}

int64_t make_group(struct queue *queue, uint32_t number)
{
    struct queue_id id = id_of(number);
    int64_t key = 0;
    assert_int_equal(queue_group_create(queue, &id, &key), FAULT_NONE);
    return key;
}

int64_t make_job(struct queue *queue, uint32_t number)
{
    int64_t key = make_group(queue, number);
    struct queue_id job = id_of(number + 1000000);
    assert_int_equal(queue_job_create(queue, key, &job), FAULT_NONE);
    return key;
}

void add_files(struct queue *queue, int64_t key, uint32_t first, size_t count)
{
    struct new_file *files = calloc(count, sizeof(*files));
    char(*names)[3][64] = calloc(count, sizeof(*names));
    assert_non_null(files);
    assert_non_null(names);
    for (size_t i = 0; i < count; i++) {
        unsigned long number = (unsigned long)(first + i);
        (void)snprintf(names[i][0], 64, "http://server/%lu", number);
        (void)snprintf(names[i][1], 64, "/folder/%lu", number);
        (void)snprintf(names[i][2], 64, "/folder/BIT%04lX.tmp",
                       ((unsigned long)key << 20) + number);
        files[i] = (struct new_file){.url = names[i][0], .local = names[i][1], .part = names[i][2]};
    }
    enum fault fault = queue_files_add(queue, key, files, count);
    free(names);
    free(files);
    assert_int_equal(fault, FAULT_NONE);
}

int64_t make_running(struct queue *queue, uint32_t number, size_t files)
{
    int64_t key = make_job(queue, number);
    add_files(queue, key, 0, files);
    assert_int_equal(queue_group_resume(queue, key), FAULT_NONE);
    assert_state(queue, key, GROUP_RUNNING);
    return key;
}

struct group_info info_of(struct queue *queue, int64_t key)
{
    struct group_info info;
    assert_int_equal(queue_group_info(queue, key, &info), FAULT_NONE);
    return info;
}

struct group_totals totals_of(struct queue *queue, int64_t key)
{
    struct group_totals totals;
    assert_int_equal(queue_group_totals(queue, key, &totals), FAULT_NONE);
    return totals;
}

void assert_state(struct queue *queue, int64_t key, enum group_state state)
{
    assert_int_equal(info_of(queue, key).state, state);
}

static int64_t file_key(struct queue *queue, int64_t key, uint32_t index)
{
    struct file_row row;
    assert_int_equal(queue_file_get(queue, key, index, &row), FAULT_NONE);
    int64_t found = row.key;
    file_row_clear(&row);
    return found;
}

enum fault record_file(struct queue *queue, int64_t key, uint32_t index, int64_t size,
                       int64_t durable, bool done)
{
    struct file_record what = {.file = file_key(queue, key, index),
                               .size = size,
                               .durable = durable,
                               .validator = "\"tag\"",
                               .done = done};
    return queue_record(queue, &what, 1);
}

void complete_group(struct queue *queue, int64_t key, int64_t size)
{
    uint32_t count;
    assert_int_equal(queue_file_count(queue, key, &count), FAULT_NONE);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(record_file(queue, key, i, size, size, true), FAULT_NONE);
    }
    assert_int_equal(queue_group_finish(queue, key), FAULT_NONE);
    assert_state(queue, key, GROUP_COMPLETE);
}

void fail_group(struct queue *queue, int64_t key, uint32_t file, uint32_t win32, uint32_t http)
{
    struct group_error error = {.file = file, .win32 = win32, .http = http};
    assert_int_equal(queue_group_fail(queue, key, &error), FAULT_NONE);
    assert_state(queue, key, GROUP_ERROR);
}
