/* SPDX-License-Identifier: MIT */
/* For every N: a standard download that ends, or fails, at its Nth operation, and what the next process finds.
 * Several at once, since a download mostly waits. A breach is printed with its mode and N;
 * QMGR_TEST_NTH="stop 17" runs just that one again; QMGR_TEST_NTH_STRIDE=1 tries every N also where that takes
 * long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nth.h"
#include "support.h"
#include "platform/platform.h"

/* How much of it fits into a test: everything where it is quick. */
#if defined(_WIN32)
enum { AT_ONCE = 4, STRIDE = 10 };
#elif defined(__SANITIZE_THREAD__)
enum { AT_ONCE = 4, STRIDE = 40 };
#elif defined(__SANITIZE_ADDRESS__)
enum { AT_ONCE = 6, STRIDE = 8 };
#else
enum { AT_ONCE = 8, STRIDE = 1 };
#endif

static struct nth_server *server;
static char *base;
static unsigned long operations; /* of a download that nothing happens to */

struct series {
    enum nth_mode mode;
    unsigned long last, step;
    atomic_ulong next;
    atomic_int broken;
};

/* ---- one case --------------------------------------------------------------------------------- */

static char *make_work(const char *title)
{
    static const char *const folders[] = {"home", "target", "shadow", "saved-home", "saved-target"};
    char *work = nth_path(base, title, NULL);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char *path = nth_path(work, folders[i], NULL);
        if (folder_make(path) != 0) {
            nth_end(1);
        }
        free(path);
    }
    for (size_t i = 0; i < NTH_FILES; i++) {
        char *path = nth_path(work, "target", nth_files[i].name);
        if (nth_files[i].was_there && !nth_write(path, NTH_OLD_TEXT, strlen(NTH_OLD_TEXT))) {
            nth_end(1);
        }
        free(path);
    }
    return work;
}

/* The folder's files become those of the other. */
static bool copy_folder(const char *work, const char *from, const char *to)
{
    bool ok = true;
    char *source = nth_path(work, from, NULL), *goal = nth_path(work, to, NULL);
    size_t count;
    char **names = nth_names(goal, &count);
    for (size_t i = 0; i < count; i++) {
        char *path = nth_path(goal, names[i], NULL);
        ok = file_delete(path) == 0 && ok;
        free(path);
    }
    nth_names_free(names, count);
    names = nth_names(source, &count);
    for (size_t i = 0; i < count; i++) {
        char *path = nth_path(source, names[i], NULL), *copy = nth_path(goal, names[i], NULL);
        size_t size;
        uint8_t *data = nth_read(path, &size);
        ok = data && nth_write(copy, data, size) && ok;
        free(data);
        free(path);
        free(copy);
    }
    nth_names_free(names, count);
    free(source);
    free(goal);
    return ok;
}

/* The same for all that concerns this case, and for no other. */
struct nth_case {
    char run[40], url[100];
};

static struct nth_case name_case(enum nth_mode mode, unsigned long n)
{
    struct nth_case name;
    snprintf(name.run, sizeof name.run, "%s-%lu", nth_mode_names[mode], n);
    snprintf(name.url, sizeof name.url, "%s/%s", nth_server_url(server), name.run);
    return name;
}

static int run_download(const char *work, enum nth_mode mode, unsigned long n)
{
    char number[24];
    struct nth_case name = name_case(mode, n);
    snprintf(number, sizeof number, "%lu", n);
    const char *const arguments[] = {"download", work,     nth_mode_names[mode],
                                     number,     name.url, NULL};
    return nth_run_self(arguments);
}

/* The same end, seen twice: by a process that follows, and after a power cut. */
static bool look_at_the_end(const char *work, enum nth_mode mode, unsigned long n)
{
    struct nth_case name = name_case(mode, n);
    struct nth_watch watch = {server, name.run, mode == NTH_STOP};
    char title[40];
    bool ok =
        copy_folder(work, "home", "saved-home") && copy_folder(work, "target", "saved-target");
    if (mode == NTH_STOP) {
        snprintf(title, sizeof title, "stop %lu", n);
        ok = ok && nth_check(work, name.url, title, &watch);
        ok = copy_folder(work, "saved-home", "home") &&
             copy_folder(work, "saved-target", "target") && ok;
    }
    snprintf(title, sizeof title, "cut %lu", n);
    watch.intact = false;
    return nth_cut_power(work) && nth_check(work, name.url, title, &watch) && ok;
}

static bool run_case(enum nth_mode mode, unsigned long n)
{
    char title[40];
    snprintf(title, sizeof title, "%s %lu", nth_mode_names[mode], n);
    struct nth_case name = name_case(mode, n);
    char *work = make_work(name.run);
    int code = run_download(work, mode, n);
    bool stops = mode == NTH_STOP || mode == NTH_CUT;
    bool ok = code == 0 || (stops && code == NTH_EXIT_STOPPED);
    if (!ok) {
        fprintf(stderr, "%s: the download ended with %d\n", title, code);
    } else if (code == NTH_EXIT_STOPPED) {
        ok = look_at_the_end(work, mode, n);
    } else {
        ok = nth_check(work, name.url, title, NULL);
    }
    test_remove_folder(work);
    return ok;
}

/* ---- many ------------------------------------------------------------------------------------- */

static void work_off(void *context)
{
    struct series *series = context;
    for (;;) {
        unsigned long n = atomic_fetch_add(&series->next, series->step);
        if (n > series->last) {
            return;
        }
        if (!run_case(series->mode, n)) {
            atomic_fetch_add(&series->broken, 1);
        }
    }
}

/* Where not every N is tried, each run tries others. */
static void run_series(enum nth_mode mode, unsigned long step)
{
    struct thread *threads[AT_ONCE];
    struct series series = {.mode = mode, .last = operations, .step = step};
    uint32_t chance;
    random_bytes(&chance, sizeof chance);
    atomic_init(&series.next, 1 + chance % step);
    atomic_init(&series.broken, 0);
    for (size_t i = 0; i < AT_ONCE; i++) {
        threads[i] = thread_start("nth", work_off, &series);
        assert_non_null(threads[i]);
    }
    for (size_t i = 0; i < AT_ONCE; i++) {
        thread_join(threads[i]);
    }
    assert_int_equal(atomic_load(&series.broken), 0);
}

/* How many operations from one case to the next. */
static unsigned long stride(void)
{
    char *given = platform_env("QMGR_TEST_NTH_STRIDE");
    unsigned long number = given ? strtoul(given, NULL, 10) : 0;
    free(given);
    return number > 0 ? number : STRIDE;
}

static bool just_one(void)
{
    char *one = platform_env("QMGR_TEST_NTH");
    bool given = one && one[0] != '\0';
    free(one);
    return given;
}

/* ---- the tests -------------------------------------------------------------------------------- */

static void the_queue_is_true_whenever_the_process_ends_or_the_power_is_cut(void **state)
{
    run_series(NTH_STOP, stride());
}

static void one_failing_operation_costs_an_error_at_most(void **state)
{
    run_series(NTH_FAIL, stride());
}

static void a_disk_that_fails_for_a_while_costs_an_error_at_most(void **state)
{
    run_series(NTH_LONG, stride() * 5);
}

static void the_one_case_that_was_asked_for(void **state)
{
    char *one = platform_env("QMGR_TEST_NTH");
    for (int mode = 0; one && mode < NTH_MODES; mode++) {
        size_t length = strlen(nth_mode_names[mode]);
        if (strncmp(one, nth_mode_names[mode], length) == 0) {
            unsigned long n = strtoul(one + length, NULL, 10);
            free(one);
            assert_true(run_case((enum nth_mode)mode, n));
            return;
        }
    }
    fail_msg("QMGR_TEST_NTH is no mode and number");
}

static int setup(void **state)
{
    server = nth_server_start();
    base = test_folder();
    char *work = make_work("count"), *path = nth_path(work, NULL, "what");
    size_t size;
    int code = run_download(work, NTH_COUNT, 0);
    uint8_t *count = nth_read(path, &size);
    operations = count ? strtoul((const char *)count, NULL, 10) : 0;
    printf("%lu operations\n", operations);
    free(count);
    free(path);
    test_remove_folder(work);
    return code == 0 && operations > 0 ? 0 : -1;
}

static int teardown(void **state)
{
    nth_server_stop(server);
    test_remove_folder(base);
    return 0;
}

static int download_as_told(char **arguments)
{
    for (int mode = 0; mode < NTH_MODES; mode++) {
        if (strcmp(arguments[1], nth_mode_names[mode]) == 0) {
            return nth_download(arguments[0], (enum nth_mode)mode, strtoul(arguments[2], NULL, 10),
                                arguments[3]);
        }
    }
    return 2;
}

int main(int argc, char **argv)
{
    if (argc == 6 && strcmp(argv[1], "download") == 0) {
        return download_as_told(argv + 2);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_queue_is_true_whenever_the_process_ends_or_the_power_is_cut),
        cmocka_unit_test(one_failing_operation_costs_an_error_at_most),
        cmocka_unit_test(a_disk_that_fails_for_a_while_costs_an_error_at_most),
    };
    const struct CMUnitTest one[] = {cmocka_unit_test(the_one_case_that_was_asked_for)};
    if (just_one()) {
        return cmocka_run_group_tests(one, setup, teardown);
    }
    return cmocka_run_group_tests(tests, setup, teardown);
}
