/* SPDX-License-Identifier: MIT */
/* Reading a whole file, and finding one beside the program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "platform/platform.h"
#include "support.h"

static char *folder;

static int make_folder(void **state)
{
    folder = test_folder();
    return 0;
}

static int remove_folder(void **state)
{
    test_remove_folder(folder);
    return 0;
}

static char *file_with(const char *text)
{
    char *path = path_join(folder, "file \xE2\x82\xAC.txt");
    struct file *file = NULL;
    assert_int_equal(file_delete(path), 0);
    assert_int_equal(file_create_new(path, &file), 0);
    assert_int_equal(file_write_at(file, 0, text, strlen(text)), 0);
    file_close(file);
    return path;
}

static void all_of_a_file_is_read(void **state)
{
    struct blob all;
    char *path = file_with("all of it");
    assert_int_equal(file_read_all(path, 9, &all), 0);
    assert_int_equal(all.size, 9);
    assert_memory_equal(all.data, "all of it", 9);
    free(all.data);
    free(path);
}

static void an_empty_file_is_a_file(void **state)
{
    struct blob all;
    char *path = file_with("");
    assert_int_equal(file_read_all(path, 9, &all), 0);
    assert_int_equal(all.size, 0);
    assert_non_null(all.data);
    free(all.data);
    free(path);
}

static void more_than_was_wanted_is_an_error(void **state)
{
    struct blob all;
    char *path = file_with("all of it");
    assert_int_not_equal(file_read_all(path, 8, &all), 0);
    assert_null(all.data);
    free(path);
}

static void folders_and_missing_files_are_errors(void **state)
{
    struct blob all;
    char *missing = path_join(folder, "missing");
    assert_int_not_equal(file_read_all(missing, 9, &all), 0);
    assert_null(all.data);
    assert_int_not_equal(file_read_all(folder, 9, &all), 0);
    assert_null(all.data);
    free(missing);
}

/* Reading asks for no more than reading. */
static void a_file_that_others_have_open_is_read(void **state)
{
    struct blob all;
    struct file *file = NULL;
    char *path = file_with("all of it");
    assert_int_equal(file_open_alone(path, &file), 0);
    assert_int_equal(file_read_all(path, 100, &all), 0);
    assert_int_equal(all.size, 9);
    free(all.data);
    file_close(file);
    free(path);
}

static void the_program_lies_beside_itself(void **state)
{
    char *program = platform_beside_module(
#ifdef _WIN32
        "test_file_all.exe"
#else
        "test_file_all"
#endif
    );
    assert_non_null(program);
    assert_true(file_exists(program));
    free(program);
}

#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(all_of_a_file_is_read),
        FILE_TEST(an_empty_file_is_a_file),
        FILE_TEST(more_than_was_wanted_is_an_error),
        FILE_TEST(folders_and_missing_files_are_errors),
        FILE_TEST(a_file_that_others_have_open_is_read),
        FILE_TEST(the_program_lies_beside_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
