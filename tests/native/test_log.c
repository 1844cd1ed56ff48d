/* SPDX-License-Identifier: MIT */
/* The log: whole lines, nothing made up by others, no more than it may be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "platform/log.h"
#include "platform/platform.h"
#include "variables.h"

#define THREADS 4
#define LINES 200
#define LEAST_SIZE (16u * 1024) /* of QMGRPRXY_LOG_SIZE */

static char *old_path;

static int before(void **state)
{
    (void)state;
    log_begin();
    old_path = path_join(log_folder(), "log.txt.old");
    return old_path ? 0 : -1;
}

static int after(void **state)
{
    (void)state;
    free(old_path);
    log_end();
    set_variable("QMGRPRXY_LOG_SIZE", NULL);
    return 0;
}

/* ---- lines --------------------------------------------------------------------------------- */

static void write_lines(void *argument)
{
    for (int i = 0; i < LINES; i++) {
        log_event("line %d of %s, to its end.", i, (const char *)argument);
    }
}

static void write_from_all_threads(void)
{
    struct thread *threads[THREADS];
    char name[] = "a thread";
    for (int i = 0; i < THREADS; i++) {
        threads[i] = thread_start("log", write_lines, name);
        assert_non_null(threads[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        thread_join(threads[i]);
    }
}

/* How many lines of write_lines there are; all must be whole. */
static int count_whole_lines(const char *text)
{
    const char tail[] = " of a thread, to its end.";
    int lines = 0;
    const char *end;
    for (const char *line = text; *line; line = end + 1) {
        end = strchr(line, '\n');
        assert_non_null(end);
        assert_true((size_t)(end - line) > sizeof(tail));
        assert_memory_equal(end - (sizeof(tail) - 1), tail, sizeof(tail) - 1);
        assert_non_null(strstr(line, "Z "));
        lines++;
    }
    return lines;
}

static void lines_of_all_threads_are_whole(void **state)
{
    (void)state;
    write_from_all_threads();
    assert_int_equal(count_whole_lines(log_content()), THREADS * LINES);
}

static void a_line_from_outside_cannot_become_two(void **state)
{
    (void)state;
    log_event("%s", "first\r\n2001-01-01 second\x1b[31m");
    assert_int_equal(log_count("first??2001-01-01 second?[31m\n"), 1);
}

static void assert_logged_as(const char *text, const char *wanted)
{
    char line[200];
    log_event("<%s>", text);
    (void)snprintf(line, sizeof line, "<%s>\n", wanted);
    assert_int_equal(log_count(line), 1);
}

static void only_harmless_characters_are_logged(void **state)
{
    (void)state;
    assert_logged_as("Gr\xC3\xB6\xC3\x9F"
                     "e \xE2\x82\xAC \xF0\x9F\x98\x80",
                     "Gr\xC3\xB6\xC3\x9F"
                     "e \xE2\x82\xAC \xF0\x9F\x98\x80");
    assert_logged_as("csi \xC2\x9B"
                     "31m",
                     "csi ??31m");
    assert_logged_as("rtl \xE2\x80\xAE"
                     "txt.exe",
                     "rtl ???txt.exe");
    assert_logged_as("isolate \xE2\x81\xA6", "isolate ???");
    assert_logged_as("line \xE2\x80\xA8", "line ???");
    assert_logged_as("latin \xF6", "latin ?");
    assert_logged_as("cut \xE2\x82", "cut ??");
    assert_logged_as("overlong \xC0\x8A \xE0\x80\x8A", "overlong ?? ???");
    assert_logged_as("surrogate \xED\xA0\x80", "surrogate ???");
    assert_logged_as("beyond \xF4\x90\x80\x80 \xF8", "beyond ???? ?");
}

static void a_line_that_is_too_long_is_cut(void **state)
{
    (void)state;
    char much[5000];
    memset(much, 'm', sizeof(much));
    much[sizeof(much) - 1] = '\0';
    log_event("%s", much);
    log_event("after it");
    assert_int_equal(log_count("mmm\n"), 1);
    assert_int_equal(log_count("after it\n"), 1);
}

static void assert_url(const char *url, const char *wanted)
{
    assert_string_equal(log_url(url).text, wanted);
}

static void a_url_is_logged_without_what_may_be_secret(void **state)
{
    (void)state;
    assert_url("http://host/path/file.bin", "http://host/path/file.bin");
    assert_url("https://user:geheim@host:8443/p", "https://***@host:8443/p");
    assert_url("ftp://us%40er:ge@heim@host/p", "ftp://***@host/p");
    assert_url("http://host/p?token=geheim#geheim", "http://host/p?***");
    assert_url("http://host?geheim@x", "http://host?***");
    assert_url("http://host/p#geheim", "http://host/p#***");
    assert_url("http://host/p/mail@host", "http://host/p/mail@host");
    assert_url("/only/a/path?geheim", "/only/a/path?***");
    assert_url("//user:geheim@host/p", "//***@host/p");
    assert_url("", "");
}

static void a_long_url_is_cut_and_says_so(void **state)
{
    (void)state;
    char url[3000] = "http://host/";
    memset(url + strlen(url), 'p', 2000);
    strcat(url, "?geheim");
    struct log_url logged = log_url(url);
    assert_int_equal(strlen(logged.text), LOG_URL_SIZE - 1);
    assert_memory_equal(logged.text, "http://host/ppp", 15);
    assert_non_null(strstr(logged.text, "ppp..."));
    assert_null(strstr(logged.text, "geheim"));
}

/* ---- its size ------------------------------------------------------------------------------ */

/* "number N" of each line, which must count up by one; returns the last. */
static long follow_numbers(const char *text, long last)
{
    const char *end;
    for (const char *line = text; *line; line = end + 1) {
        const char *at = strstr(line, "number ");
        end = strchr(line, '\n');
        assert_true(at && end && at < end);
        long number = strtol(at + 7, NULL, 10);
        assert_true(last < 0 || number == last + 1);
        last = number;
    }
    return last;
}

static void a_full_log_becomes_the_old_one_and_a_new_one_begins(void **state)
{
    (void)state;
    set_variable("QMGRPRXY_LOG_SIZE", "16");
    for (int i = 0; i < 1000; i++) {
        log_event("number %d", i);
    }
    const char *old = text_of_file(old_path);
    assert_true(strlen(old) > LEAST_SIZE / 2 && strlen(old) <= LEAST_SIZE);
    long last = follow_numbers(old, -1);
    const char *present = log_content();
    assert_true(strlen(present) > 0 && strlen(present) <= LEAST_SIZE);
    assert_int_equal(follow_numbers(present, last), 999);
}

static void no_line_is_lost_when_the_log_fills_up_under_several_threads(void **state)
{
    (void)state;
    set_variable("QMGRPRXY_LOG_SIZE", "40"); /* full once */
    write_from_all_threads();
    int lines = count_whole_lines(text_of_file(old_path));
    assert_true(lines > 0);
    assert_int_equal(lines + count_whole_lines(log_content()), THREADS * LINES);
}

static void a_log_whose_old_one_cannot_be_replaced_goes_on_to_twice_its_size(void **state)
{
    (void)state;
    assert_int_equal(folder_make(old_path), 0);
    set_variable("QMGRPRXY_LOG_SIZE", "16");
    for (int i = 0; i < 2000; i++) {
        log_event("number %d", i);
    }
    const char *text = log_content();
    assert_true(strlen(text) > LEAST_SIZE && strlen(text) <= 2 * LEAST_SIZE);
    assert_true(follow_numbers(text, -1) > 0);
}

/* ---- hostile places ------------------------------------------------------------------------ */

/* The log is to be there: the calls return, nothing comes of it. */
static void log_to(const char *path)
{
    log_close();
    set_variable("QMGRPRXY_LOG", path);
    log_event("to %s", path);
    log_event("and once more");
}

static void a_log_that_cannot_be_does_no_harm(void **state)
{
    (void)state;
    char *missing = path_join(log_folder(), "no-such-folder");
    char *below = path_join(missing, "log.txt");
    log_to(log_folder());
    log_to(below);
    assert_false(file_exists(missing));
#ifdef _WIN32
    log_to("NUL");
    log_to("COM1");
    log_to("\\\\.\\pipe\\qmgrprxy-test");
    log_to("\\\\?\\C:\\log.txt");
    log_to("C:\\a:b|c<d>\"*?");
#else
    log_to("/dev/null");
    log_to("/dev/full");
    log_to("/proc/self/mem");
#endif
    free(below);
    free(missing);
}

static void a_file_that_is_no_log_is_neither_written_to_nor_moved(void **state)
{
    (void)state;
    static const char content[] = "My thesis, chapter one.\n";
    struct file *file;
    assert_int_equal(file_create_new(log_path(), &file), 0);
    assert_int_equal(file_write_at(file, 0, content, sizeof content - 1), 0);
    file_close(file);
    log_event("an event");
    assert_string_equal(log_content(), content);
}

static void a_log_goes_on_behind_what_an_earlier_process_has_written(void **state)
{
    (void)state;
    log_event("first");
    log_close();
    log_event("second");
    assert_int_equal(log_count("first\n"), 1);
    assert_int_equal(log_count("second\n"), 1);
}

static void lines_that_could_not_be_written_are_counted(void **state)
{
    (void)state;
    char *folder = path_join(log_folder(), "later");
    char *path = path_join(folder, "log.txt");
    log_close();
    set_variable("QMGRPRXY_LOG", path);
    log_event("before there is a place");
    log_event("likewise");
    assert_int_equal(folder_make(folder), 0);
    struct wakeup *never = wakeup_new(NULL);
    int lines = 2;
    uint64_t end = clock_ms() + 60000;
    do {
        wakeup_wait(never, 50);
        log_event("is there one now?");
        lines++;
    } while (text_of_file(path)[0] == '\0' && clock_ms() < end);
    char wanted[100];
    (void)snprintf(wanted, sizeof wanted, "%d lines before the last one could not be written\n",
                   lines - 1);
    assert_non_null(strstr(text_of_file(path), wanted));
    wakeup_free(never);
    free(path);
    free(folder);
}

#define A_TEST(function) cmocka_unit_test_setup_teardown(function, before, after)

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(lines_of_all_threads_are_whole),
        A_TEST(a_line_from_outside_cannot_become_two),
        A_TEST(only_harmless_characters_are_logged),
        A_TEST(a_line_that_is_too_long_is_cut),
        A_TEST(a_url_is_logged_without_what_may_be_secret),
        A_TEST(a_long_url_is_cut_and_says_so),
        A_TEST(a_full_log_becomes_the_old_one_and_a_new_one_begins),
        A_TEST(no_line_is_lost_when_the_log_fills_up_under_several_threads),
        A_TEST(a_log_whose_old_one_cannot_be_replaced_goes_on_to_twice_its_size),
        A_TEST(a_log_that_cannot_be_does_no_harm),
        A_TEST(a_file_that_is_no_log_is_neither_written_to_nor_moved),
        A_TEST(a_log_goes_on_behind_what_an_earlier_process_has_written),
        A_TEST(lines_that_could_not_be_written_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
