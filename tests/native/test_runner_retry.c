/* SPDX-License-Identifier: MIT */
/* What the runner makes of failures: what is counted, what is waited for, and what the network has to do with it.
 * The policy itself is tested by test_retry.c, with a clock of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sqlite3.h>

#include "platform/network.h"
#include "raw_server.h"
#include "runner_bench.h"
#include "support.h"

#define LOOK_MS 20u

/* ---- a network of our own -------------------------------------------------------------------- */

static _Atomic uint64_t network;
static atomic_uint looks;

static uint64_t look(void)
{
    atomic_fetch_add(&looks, 1);
    return atomic_load(&network);
}

/* The runner has seen that it is so. */
static void set_network(struct wakeup *never, uint64_t now)
{
    const uint64_t end = clock_ms() + PATIENCE_MS;
    atomic_store(&network, now);
    unsigned before = atomic_load(&looks);
    while (atomic_load(&looks) < before + 2) { /* one may have been under way */
        assert_true(clock_ms() < end);
        wakeup_wait(never, LOOK_MS);
    }
}

static int set_up(void **state)
{
    atomic_store(&network, 7);
    network_seam_set(look);
    return runner_bench_set_up(state);
}

static int tear_down(void **state)
{
    int result = runner_bench_tear_down(state);
    network_seam_set(NULL);
    return result;
}

/* ---- groups ------------------------------------------------------------------------------------ */

static void add_url(struct runner_bench *bench, const char *url, const char *name)
{
    char *local = bench_target(bench, name);
    const struct new_file file = {.url = url, .local = local};
    assert_int_equal(runner_add_files(bench->runner, bench->key, &file, 1), FAULT_NONE);
    free(local);
}

static void resume(struct runner_bench *bench)
{
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
}

static void wait_for_requests(struct raw_server *server, size_t count)
{
    const uint64_t end = clock_ms() + PATIENCE_MS;
    struct wakeup *never = wakeup_new(NULL);
    while (raw_server_requests(server) < count) {
        assert_true(clock_ms() < end);
        wakeup_wait(never, LOOK_MS);
    }
    wakeup_free(never);
}

static uint32_t retries_of(struct runner_bench *bench)
{
    return bench_info(bench, bench->key).retries;
}

/* Resuming it again and again: each time it is tried at once. */
static void try_until_counted(struct runner_bench *bench, struct wakeup *never, uint32_t count)
{
    const uint64_t end = clock_ms() + PATIENCE_MS;
    while (retries_of(bench) < count) {
        assert_true(clock_ms() < end);
        resume(bench);
        wakeup_wait(never, LOOK_MS);
    }
}

static const char body[] = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody";
static const char busy[] = "HTTP/1.1 503 Busy\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n";

/* ---- tests --------------------------------------------------------------------------------- */

static void when_the_network_is_back_who_waits_tries_again_at_once(void **state)
{
    static const struct raw_answer answers[] = {{busy, NULL, 0}, {body, NULL, 0}};
    struct runner_bench *bench = *state;
    struct raw_server *server = raw_server_start(answers, 2);
    add_url(bench, raw_server_url(server), "file");
    resume(bench);
    wait_for_requests(server, 1);
    set_network(bench->event, NETWORK_NONE);
    assert_int_equal(bench_info(bench, bench->key).state, GROUP_RUNNING);
    assert_int_equal(raw_server_requests(server), 1);
    atomic_store(&network, 8);
    bench_wait_for_event(bench); /* the server had asked for an hour */
    assert_int_equal(bench_info(bench, bench->key).state, GROUP_COMPLETE);
    assert_int_equal(bench_size_on_disk(bench, "file"), 4);
    raw_server_stop(server);
}

static void another_network_is_as_good_as_one_that_is_back(void **state)
{
    static const struct raw_answer answers[] = {{busy, NULL, 0}, {body, NULL, 0}};
    struct runner_bench *bench = *state;
    struct raw_server *server = raw_server_start(answers, 2);
    add_url(bench, raw_server_url(server), "file");
    resume(bench);
    wait_for_requests(server, 1);
    set_network(bench->event, 7); /* it waits, and the network is still the one */
    assert_int_equal(raw_server_requests(server), 1);
    atomic_store(&network, 8);
    bench_wait_for_event(bench);
    assert_int_equal(bench_info(bench, bench->key).state, GROUP_COMPLETE);
    raw_server_stop(server);
}

static void all_groups_that_wait_try_again(void **state)
{
    static const struct raw_answer answers[] = {
        {busy, NULL, 0}, {busy, NULL, 0}, {body, NULL, 0}, {body, NULL, 0}};
    struct runner_bench *bench = *state;
    struct raw_server *server = raw_server_start(answers, 4);
    struct wakeup *never = wakeup_new(NULL);
    int64_t keys[2] = {bench->key, bench_new_group(bench)};
    static const char *const names[] = {"one", "two"};
    for (int i = 0; i < 2; i++) {
        bench->key = keys[i];
        add_url(bench, raw_server_url(server), names[i]);
        resume(bench);
        wait_for_requests(server, (size_t)i + 1);
    }
    set_network(never, NETWORK_NONE);
    atomic_store(&network, 8);
    const uint64_t end = clock_ms() + PATIENCE_MS;
    while (bench_info(bench, keys[0]).state != GROUP_COMPLETE ||
           bench_info(bench, keys[1]).state != GROUP_COMPLETE) {
        assert_true(clock_ms() < end);
        wakeup_wait(never, LOOK_MS);
    }
    wakeup_free(never);
    raw_server_stop(server);
}

static void a_queue_without_a_network_still_downloads(void **state)
{
    struct runner_bench *bench = *state;
    atomic_store(&network, NETWORK_NONE);
    bench_add(bench, "mid.bin", "mid");
    resume(bench);
    bench_wait_for_event(bench);
    assert_int_equal(bench_info(bench, bench->key).state, GROUP_COMPLETE);
    assert_int_equal(bench_size_on_disk(bench, "mid"), 1 << 20);
}

/* Nobody is there, at an address that is not loopback by its form. */
#define NOBODY "http://0.0.0.0:1/file"

static void failures_without_a_network_are_not_counted(void **state)
{
    struct runner_bench *bench = *state;
    struct wakeup *never = wakeup_new(NULL);
    add_url(bench, NOBODY, "file");
    resume(bench);
    try_until_counted(bench, never, 1);
    set_network(never, NETWORK_NONE);
    uint32_t before = retries_of(bench); /* one more may have been on its way */
    for (int i = 0; i < 5; i++) {
        unsigned seen = atomic_load(&looks);
        resume(bench);
        while (atomic_load(&looks) == seen) /* as it failed, or some seconds later */
            wakeup_wait(never, LOOK_MS);
    }
    assert_int_equal(retries_of(bench), before);
    atomic_store(&network, 8);
    try_until_counted(bench, never, before + 1);
    wakeup_free(never);
}

static void what_the_network_does_not_explain_is_counted(void **state)
{
    struct runner_bench *bench = *state;
    struct wakeup *never = wakeup_new(NULL);
    atomic_store(&network, NETWORK_NONE);
    add_url(bench, "http://localhost:1/file", "file");
    try_until_counted(bench, never, 3);
    wakeup_free(never);
}

/* The server has asked for an hour, and somebody does something that ends the wait. */
static void assert_ends_the_wait(struct runner_bench *bench,
                                 enum fault (*something)(struct runner *, int64_t))
{
    static const struct raw_answer answers[] = {{busy, NULL, 0}, {body, NULL, 0}};
    struct raw_server *server = raw_server_start(answers, 2);
    add_url(bench, raw_server_url(server), "file");
    resume(bench);
    wait_for_requests(server, 1);
    set_network(bench->event, 7); /* it has been looked at since it waits */
    assert_int_equal(raw_server_requests(server), 1);
    assert_int_equal(something(bench->runner, bench->key), FAULT_NONE);
    bench_wait_for_event(bench);
    assert_int_equal(bench_info(bench, bench->key).state, GROUP_COMPLETE);
    raw_server_stop(server);
}

static void a_group_that_goes_to_the_foreground_is_tried_at_once(void **state)
{
    assert_ends_the_wait(*state, runner_foreground);
}

static void a_group_that_is_resumed_while_it_waits_is_tried_at_once(void **state)
{
    assert_ends_the_wait(*state, runner_resume);
}

/* As if processes before this one had left it so. */
static void leave_behind(struct runner_bench *bench, uint32_t stuck_s, uint32_t retries)
{
    runner_bench_stop_runner(bench);
    char *database = path_join(bench->home, "queue.db");
    char sql[96];
    sqlite3 *db;
    assert_int_equal(sqlite3_open(database, &db), SQLITE_OK);
    snprintf(sql, sizeof sql, "UPDATE groups SET stuck_s = %lu, retries = %lu",
             (unsigned long)stuck_s, (unsigned long)retries);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    free(database);
    runner_bench_start_runner(bench);
}

#define FOURTEEN_DAYS_S (14u * 24 * 3600)

static void after_14_days_without_progress_the_group_fails_with_its_last_error(void **state)
{
    struct runner_bench *bench = *state;
    struct wakeup *never = wakeup_new(NULL);
    add_url(bench, "http://localhost:1/file", "file");
    resume(bench);
    leave_behind(bench, FOURTEEN_DAYS_S, 5);
    bench_wait_for_event(bench);
    struct group_info info = bench_info(bench, bench->key);
    assert_int_equal(info.state, GROUP_ERROR);
    assert_int_equal(info.error.file, 0);
    assert_int_equal(info.error.win32, 12029); /* cannot connect */
    assert_int_equal(info.error.http, 0);
    assert_int_equal(info.retries, 6);

    /* The client has seen it, and tries again: the count begins anew with the 14 days. */
    resume(bench);
    info = bench_info(bench, bench->key);
    assert_int_equal(info.state, GROUP_RUNNING);
    assert_int_equal(info.retries, 0);
    try_until_counted(bench, never, 2);
    assert_int_equal(bench_info(bench, bench->key).state, GROUP_RUNNING);
    wakeup_free(never);
}

static void the_count_stays_when_a_group_is_suspended_or_gets_on(void **state)
{
    static const struct raw_answer answers[] = {{body, NULL, 0}};
    struct runner_bench *bench = *state;
    struct raw_server *server = raw_server_start(answers, 1);
    add_url(bench, raw_server_url(server), "file");
    resume(bench);
    bench_wait_for_event(bench);
    add_url(bench, "http://localhost:1/file", "other");
    resume(bench);
    leave_behind(bench, 5, 9);
    assert_int_equal(runner_suspend(bench->runner, bench->key), FAULT_NONE);
    uint32_t before = retries_of(bench);
    assert_in_range(before, 9, 10);
    resume(bench);
    assert_true(retries_of(bench) >= before);
    assert_int_equal(runner_suspend(bench->runner, bench->key), FAULT_NONE);
    raw_server_stop(server);
}

/* One file fails again and again, but another one comes in all the time. */
static void what_runs_on_beside_a_file_that_fails_is_progress(void **state)
{
    static const struct raw_answer answers[] = {
        {"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", NULL, 0}};
    struct runner_bench *bench = *state;
    struct raw_server *server = raw_server_start(answers, 1);
    add_url(bench, raw_server_url(server), "busy");
    bench_add(bench, "veryslow/big.bin", "big");
    resume(bench);
    leave_behind(bench, FOURTEEN_DAYS_S - 3, 0);
    bench_wait_for_bytes(bench, bench_progress(bench).bytes + SLOW_SIZE); /* more than 3 seconds */
    for (int i = 0; i < 2; i++) {
        resume(bench);
        wait_for_requests(server, raw_server_requests(server) + 1);
    }
    assert_false(wakeup_wait(bench->event, 0)); /* or it has failed */
    assert_int_equal(bench_info(bench, bench->key).state, GROUP_RUNNING);
    raw_server_stop(server);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(when_the_network_is_back_who_waits_tries_again_at_once),
        TEST(another_network_is_as_good_as_one_that_is_back),
        TEST(all_groups_that_wait_try_again),
        TEST(a_queue_without_a_network_still_downloads),
        TEST(failures_without_a_network_are_not_counted),
        TEST(what_the_network_does_not_explain_is_counted),
        TEST(a_group_that_goes_to_the_foreground_is_tried_at_once),
        TEST(a_group_that_is_resumed_while_it_waits_is_tried_at_once),
        TEST(after_14_days_without_progress_the_group_fails_with_its_last_error),
        TEST(the_count_stays_when_a_group_is_suspended_or_gets_on),
        TEST(what_runs_on_beside_a_file_that_fails_is_progress),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
