/* SPDX-License-Identifier: MIT */
/* The log of several processes, and one that a reader holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include <cmocka.h>

#include "platform/log.h"
#include "platform/platform.h"
#include "platform/text.h"
#include "variables.h"

#define PROCESSES 3
#define LINES 200

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

static void write_lines(void)
{
    for (int i = 0; i < LINES; i++) {
        log_event("line %d of a process, to its end.", i);
    }
}

static HANDLE start_copy(void)
{
    wchar_t program[MAX_PATH + 1], line[] = L"copy write-lines";
    STARTUPINFOW startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    assert_true(GetModuleFileNameW(NULL, program, MAX_PATH) > 0);
    assert_true(
        CreateProcessW(program, line, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process));
    CloseHandle(process.hThread);
    return process.hProcess;
}

static size_t count_whole_lines(const char *text)
{
    static const char tail[] = " of a process, to its end.";
    size_t lines = 0;
    const char *end;
    for (const char *line = text; *line; line = end + 1) {
        end = strchr(line, '\n');
        assert_non_null(end);
        assert_memory_equal(end - (sizeof tail - 1), tail, sizeof tail - 1);
        lines++;
    }
    return lines;
}

static void no_line_is_lost_when_the_log_fills_up_under_several_processes(void **state)
{
    (void)state;
    HANDLE processes[PROCESSES];
    set_variable("QMGRPRXY_LOG_SIZE", "30"); /* full once */
    for (int i = 0; i < PROCESSES; i++) {
        processes[i] = start_copy();
    }
    for (int i = 0; i < PROCESSES; i++) {
        assert_int_equal(WaitForSingleObject(processes[i], 120000), WAIT_OBJECT_0);
        CloseHandle(processes[i]);
    }
    size_t lines = count_whole_lines(text_of_file(old_path));
    assert_true(lines > 0 && strlen(text_of_file(old_path)) <= 30 * 1024);
    assert_int_equal(lines + count_whole_lines(log_content()), PROCESSES * LINES);
}

static void a_full_log_that_a_reader_holds_goes_on_and_is_moved_when_he_is_done(void **state)
{
    (void)state;
    log_event("line 0 of a process, to its end.");
    wchar_t *wide = text_utf16(log_path());
    HANDLE reader = CreateFileW(wide, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                                OPEN_EXISTING, 0, NULL);
    free(wide);
    assert_true(reader != INVALID_HANDLE_VALUE);
    log_close();
    set_variable("QMGRPRXY_LOG_SIZE", "16");
    write_lines();
    write_lines();
    assert_false(file_exists(old_path));
    assert_int_equal(count_whole_lines(log_content()), 1 + 2 * LINES);
    CloseHandle(reader);
    write_lines();
    assert_true(file_exists(old_path));
    assert_int_equal(count_whole_lines(text_of_file(old_path)), 1 + 2 * LINES);
    assert_int_equal(count_whole_lines(log_content()), LINES);
}

#define A_TEST(function) cmocka_unit_test_setup_teardown(function, before, after)

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "write-lines") == 0) {
        write_lines();
        return 0;
    }
    const struct CMUnitTest tests[] = {
        A_TEST(no_line_is_lost_when_the_log_fills_up_under_several_processes),
        A_TEST(a_full_log_that_a_reader_holds_goes_on_and_is_moved_when_he_is_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
