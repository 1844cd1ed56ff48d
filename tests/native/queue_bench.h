/* SPDX-License-Identifier: MIT */
/* A queue in a folder of its own, and short ways to fill it. Everything fails the test on a
 * fault. */
#ifndef QMGR_TESTS_NATIVE_QUEUE_BENCH_H
#define QMGR_TESTS_NATIVE_QUEUE_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "queue/queue.h"

struct bench {
    char *folder;
    struct queue *queue;
};

/* For cmocka_unit_test_setup_teardown; *state is the struct bench. */
int bench_open(void **state);
int bench_close(void **state);
/* What a program does that ends and is started again. */
void bench_reopen(struct bench *bench);

struct queue_id id_of(uint32_t number);
/* A group with this id; its job's id is that of number + 1,000,000. */
int64_t make_group(struct queue *queue, uint32_t number);
int64_t make_job(struct queue *queue, uint32_t number);
/* Names of the files are made of their index. */
void add_files(struct queue *queue, int64_t key, uint32_t first, size_t count);
/* A group with job and files, running. */
int64_t make_running(struct queue *queue, uint32_t number, size_t files);

struct group_info info_of(struct queue *queue, int64_t key);
struct group_totals totals_of(struct queue *queue, int64_t key);
void assert_state(struct queue *queue, int64_t key, enum group_state state);

/* Records what became of the file with this index. */
enum fault record_file(struct queue *queue, int64_t key, uint32_t index, int64_t size,
                       int64_t durable, bool done);
/* Puts every file in place, each with this size, and finishes the group. */
void complete_group(struct queue *queue, int64_t key, int64_t size);
void fail_group(struct queue *queue, int64_t key, uint32_t file, uint32_t win32, uint32_t http);

#endif
