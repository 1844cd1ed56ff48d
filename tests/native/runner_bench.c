/* SPDX-License-Identifier: MIT */
#include "runner_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support.h"

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

int64_t bench_new_group(struct runner_bench *bench)
{
    const struct queue_id group = new_id(), job = new_id();
    int64_t key;
    assert_int_equal(queue_group_create(bench->queue, &group, &key), FAULT_NONE);
    assert_int_equal(queue_job_create(bench->queue, key, &job), FAULT_NONE);
    return key;
}

void runner_bench_start_runner(struct runner_bench *bench)
{
    assert_int_equal(queue_open(bench->home, &bench->queue), FAULT_NONE);
    const struct runner_options options = {.queue = bench->queue,
                                           .claim_name = bench->claim_name,
                                           .on_event = on_event,
                                           .context = bench->event,
                                           .checkpoint_ms = bench->checkpoint_ms,
                                           .order_patience_ms = bench->order_patience_ms};
    assert_int_equal(runner_create(&options, &bench->runner), FAULT_NONE);
}

void runner_bench_stop_runner(struct runner_bench *bench)
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

void bench_serve(const char *name, size_t size)
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

void bench_serve_no_more(const char *name)
{
    char *path = served(name);
    assert_int_equal(file_delete(path), 0);
    free(path);
}

int runner_bench_set_up(void **state)
{
    struct runner_bench *bench = calloc(1, sizeof *bench);
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
    bench_serve(bench->slow + strlen("veryslow/"), SLOW_SIZE);
    runner_bench_start_runner(bench);
    bench->key = bench_new_group(bench);
    *state = bench;
    return 0;
}

int runner_bench_tear_down(void **state)
{
    struct runner_bench *bench = *state;
    runner_bench_stop_runner(bench);
    bench_serve_no_more(bench->slow + strlen("veryslow/"));
    wakeup_free(bench->event);
    test_remove_folder(bench->home);
    test_remove_folder(bench->folder);
    free(bench->server);
    free(bench);
    return 0;
}

char *bench_target(struct runner_bench *bench, const char *name)
{
    char *path = path_join(bench->folder, name);
    assert_non_null(path);
    return path;
}

enum fault bench_try_add(struct runner_bench *bench, int64_t key, const char *remote,
                         const char *local)
{
    char url[512];
    snprintf(url, sizeof url, "%s/%s", bench->server, remote);
    const struct new_file file = {.url = url, .local = local};
    return runner_add_files(bench->runner, key, &file, 1);
}

void bench_add(struct runner_bench *bench, const char *remote, const char *name)
{
    char *local = bench_target(bench, name);
    assert_int_equal(bench_try_add(bench, bench->key, remote, local), FAULT_NONE);
    free(local);
    bench->files++;
}

struct group_info bench_info(struct runner_bench *bench, int64_t key)
{
    struct group_info info;
    assert_int_equal(queue_group_info(bench->queue, key, &info), FAULT_NONE);
    return info;
}

void bench_wait_for_event(struct runner_bench *bench)
{
    assert_true(wakeup_wait(bench->event, PATIENCE_MS));
}

int64_t bench_size_on_disk(struct runner_bench *bench, const char *name)
{
    char *path = bench_target(bench, name);
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

struct progress bench_progress(struct runner_bench *bench)
{
    struct progress progress;
    assert_int_equal(runner_progress(bench->runner, bench->key, &progress), FAULT_NONE);
    return progress;
}

void bench_wait_for_bytes(struct runner_bench *bench, uint64_t bytes)
{
    uint64_t end = clock_ms() + PATIENCE_MS;
    while (bench_progress(bench).bytes < bytes)
        assert_true(clock_ms() < end);
}

char *bench_part(struct runner_bench *bench, uint32_t index)
{
    struct file_row row;
    assert_int_equal(queue_file_get(bench->queue, bench->key, index, &row), FAULT_NONE);
    char *part = row.part;
    row.part = NULL;
    file_row_clear(&row);
    return part;
}

static char *read_log(size_t *size)
{
    char *path = platform_env("QMGR_TEST_ACCESS_LOG");
    struct file *file;
    uint64_t length;
    assert_non_null(path);
    assert_int_equal(file_open(path, &file), 0);
    assert_int_equal(file_size(file, &length), 0);
    char *text = malloc((size_t)length + 1);
    assert_non_null(text);
    assert_int_equal(file_read_at(file, 0, text, (size_t)length, size), 0);
    text[*size] = '\0';
    file_close(file);
    free(path);
    return text;
}

void bench_wait_for_request(const char *line)
{
    const uint64_t end = clock_ms() + PATIENCE_MS;
    bool found = false;
    while (!found) {
        size_t size;
        assert_true(clock_ms() < end);
        char *text = read_log(&size);
        found = strstr(text, line) != NULL;
        free(text);
    }
}
