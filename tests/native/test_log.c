/* SPDX-License-Identifier: MIT */
/* The log: whole lines, nothing made up by others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "platform/log.h"
#include "platform/platform.h"
#include "support.h"

#ifdef _WIN32
#include <windows.h>

#include "platform/text.h"
#endif

#define THREADS 4
#define LINES 200

static void set_variable(const char *name, const char *value)
{
#ifdef _WIN32
    wchar_t *wide_name = text_utf16(name);
    wchar_t *wide_value = text_utf16(value);
    assert_true(SetEnvironmentVariableW(wide_name, wide_value));
    free(wide_value);
    free(wide_name);
#else
    assert_int_equal(setenv(name, value, 1), 0);
#endif
}

static char *folder;
static char *path;

/* The first event of the process looks where the log is. */
static int name_log(void **state)
{
    (void)state;
    folder = test_folder();
    path = path_join(folder, "log.txt");
    set_variable("QMGRPRXY_LOG", path);
    return 0;
}

static int forget_log(void **state)
{
    (void)state;
    free(path);
    test_remove_folder(folder);
    return 0;
}

static char *read_log(void)
{
    struct file *file;
    uint64_t size;
    size_t got;
    assert_int_equal(file_open(path, &file), 0);
    assert_int_equal(file_size(file, &size), 0);
    char *text = malloc((size_t)size + 1);
    assert_non_null(text);
    assert_int_equal(file_read_at(file, 0, text, (size_t)size, &got), 0);
    text[got] = '\0';
    file_close(file);
    return text;
}

static void write_lines(void *argument)
{
    for (int i = 0; i < LINES; i++) {
        log_event("line %d of %s, to its end.", i, (const char *)argument);
    }
}

static void lines_of_all_threads_are_whole(void **state)
{
    (void)state;
    struct thread *threads[THREADS];
    char name[] = "a thread";
    for (int i = 0; i < THREADS; i++) {
        threads[i] = thread_start("log", write_lines, name);
    }
    for (int i = 0; i < THREADS; i++) {
        thread_join(threads[i]);
    }
    char *text = read_log();
    int lines = 0;
    char *next;
    for (char *line = text; *line; line = next) {
        char *end = strchr(line, '\n');
        assert_non_null(end);
        *end = '\0';
        next = end + 1;
        const char tail[] = " of a thread, to its end.";
        assert_true(strlen(line) > sizeof(tail));
        assert_string_equal(end - (sizeof(tail) - 1), tail);
        assert_non_null(strstr(line, "Z "));
        lines++;
    }
    assert_int_equal(lines, THREADS * LINES);
    free(text);
}

static void a_line_from_outside_cannot_become_two(void **state)
{
    (void)state;
    log_event("%s", "first\r\n2001-01-01 second\x1b[31m");
    char *text = read_log();
    assert_non_null(strstr(text, "first??2001-01-01 second?[31m\n"));
    free(text);
}

static void a_line_that_is_too_long_is_cut(void **state)
{
    (void)state;
    char much[5000];
    memset(much, 'm', sizeof(much));
    much[sizeof(much) - 1] = '\0';
    log_event("%s", much);
    log_event("after it");
    char *text = read_log();
    assert_non_null(strstr(text, "mmm\n"));
    assert_non_null(strstr(text, "after it\n"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_all_threads_are_whole),
        cmocka_unit_test(a_line_from_outside_cannot_become_two),
        cmocka_unit_test(a_line_that_is_too_long_is_cut),
    };
    return cmocka_run_group_tests(tests, name_log, forget_log);
}
