/* SPDX-License-Identifier: MIT */
/* Queue, runner and transfer together, on the real nginx of tests/server. Every function fails the test if it
 * cannot do what it says. */
#ifndef QMGR_TESTS_NATIVE_RUNNER_BENCH_H
#define QMGR_TESTS_NATIVE_RUNNER_BENCH_H

#include "platform/platform.h"
#include "runner/runner.h"

#define PATIENCE_MS 120000u
#define SLOW_SIZE (256 * 1024) /* a few seconds at /veryslow/ */

struct runner_bench {
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
    uint32_t checkpoint_ms;     /* for the next runner that is started; 0: as usual */
    uint32_t order_patience_ms; /* the same */
};

/* Each test: a fresh queue and folder, a runner, and the group `key`. */
int runner_bench_set_up(void **state);
int runner_bench_tear_down(void **state);
/* A process begins, and ends in good order. */
void runner_bench_start_runner(struct runner_bench *bench);
void runner_bench_stop_runner(struct runner_bench *bench);

/* A group with a job. */
int64_t bench_new_group(struct runner_bench *bench);
char *bench_target(struct runner_bench *bench, const char *name); /* in the folder; malloc'ed */
enum fault bench_try_add(struct runner_bench *bench, int64_t key, const char *remote,
                         const char *local);
/* Adds server/remote -> folder/name to the group. */
void bench_add(struct runner_bench *bench, const char *remote, const char *name);

struct group_info bench_info(struct runner_bench *bench, int64_t key);
struct progress bench_progress(struct runner_bench *bench);
char *bench_part(struct runner_bench *bench, uint32_t index);             /* malloc'ed */
int64_t bench_size_on_disk(struct runner_bench *bench, const char *name); /* -1: not there */
void bench_wait_for_event(struct runner_bench *bench);
void bench_wait_for_bytes(struct runner_bench *bench, uint64_t bytes);

/* A file of zeros among the server's. */
void bench_serve(const char *name, size_t size);
void bench_serve_no_more(const char *name);
/* Waits until the server has logged a line that begins so. */
void bench_wait_for_request(const char *line);

#endif
