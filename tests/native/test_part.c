/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <windows.h>
#endif

#include <cmocka.h>

#include "platform/platform.h"
#include "support.h"
#include "transfer/part.h"

static char *folder;
static char *path; /* of the part file */
static char *target;

static int set_up(void **state)
{
    folder = test_folder();
    path = path_join(folder, "BIT1.tmp");
    target = path_join(folder, "target.bin");
    return path && target ? 0 : -1;
}

static int tear_down(void **state)
{
    free(path);
    free(target);
    test_remove_folder(folder);
    return 0;
}

static struct part *open_part(void)
{
    struct part *part = NULL;
    assert_int_equal(part_open(path, NULL, &part), 0);
    return part;
}

static void finish_part(struct part *part, const char *to, int64_t unix_s)
{
    assert_int_equal(part_complete(part, unix_s), 0);
    assert_int_equal(part_land(part, to), 0);
}

static void put_file(const char *name, const char *text)
{
    struct file *file = NULL;
    assert_int_equal(file_delete(name), 0);
    assert_int_equal(file_create_new(name, &file), 0);
    assert_int_equal(file_write_at(file, 0, text, strlen(text)), 0);
    file_close(file);
}

static void assert_holds(const char *name, const char *text)
{
    char got[64];
    FILE *file = fopen(name, "rb");
    assert_non_null(file);
    size_t size = fread(got, 1, sizeof got, file);
    fclose(file);
    assert_int_equal(size, strlen(text));
    assert_memory_equal(got, text, size);
}

static uint64_t size_on_disk(void)
{
    struct file_stamp stamp;
    assert_int_equal(file_stamp(path, &stamp), 0);
    return stamp.size;
}

static void a_part_file_that_is_missing_is_made(void **state)
{
    struct part *part = open_part();
    assert_true(file_exists(path));
    part_free(part);
    assert_true(file_exists(path));
}

static void what_was_appended_is_in_the_target_when_finished(void **state)
{
    struct part *part = open_part();
    assert_int_equal(part_begin(part, 0, 0, -1), 0);
    assert_int_equal(part_append(part, "ab", 2), 0);
    assert_int_equal(part_append(part, "c", 1), 0);
    assert_false(file_exists(target));
    finish_part(part, target, 1000000000);
    part_free(part);
    assert_false(file_exists(path));
    assert_holds(target, "abc");
}

static void an_empty_part_becomes_an_empty_target(void **state)
{
    struct part *part = open_part();
    assert_int_equal(part_begin(part, 0, 0, 0), 0);
    finish_part(part, target, NO_TIME);
    part_free(part);
    assert_holds(target, "");
}

static void a_target_that_is_there_is_replaced(void **state)
{
    put_file(target, "old and longer");
    struct part *part = open_part();
    assert_int_equal(part_begin(part, 0, 0, 3), 0);
    assert_int_equal(part_append(part, "new", 3), 0);
    finish_part(part, target, NO_TIME);
    part_free(part);
    assert_holds(target, "new");
}

static void begin_cuts_off_what_does_not_count(void **state)
{
    put_file(path, "abcdef");
    struct part *part = open_part();
    uint64_t size = 0;
    assert_int_equal(part_size(part, &size), 0);
    assert_int_equal(size, 6);
    assert_int_equal(part_begin(part, 2, 2, -1), 0);
    assert_int_equal(part_append(part, "X", 1), 0);
    assert_int_equal(part_seal(part), 0);
    part_free(part);
    assert_holds(path, "abX");
}

static void what_is_claimed_stays_until_it_is_written_over(void **state)
{
    put_file(path, "abcdefgarbage");
    struct part *part = open_part();
    assert_int_equal(part_begin(part, 4, 6, -1), 0);
    assert_holds(path, "abcdef");
    assert_int_equal(part_append(part, "E", 1), 0);
    assert_int_equal(part_seal(part), 0);
    part_free(part);
    assert_holds(path, "abcdEf");
}

static void what_was_written_out_can_be_read_back_and_no_more(void **state)
{
    struct part *part = open_part();
    char got[4] = "";
    assert_int_equal(part_begin(part, 0, 0, -1), 0);
    assert_int_equal(part_append(part, "abc", 3), 0);
    assert_int_not_equal(part_read(part, 0, got, 3), 0);
    assert_int_equal(part_write_out(part), 0);
    assert_int_equal(part_read(part, 1, got, 2), 0);
    assert_string_equal(got, "bc");
    assert_int_not_equal(part_read(part, 1, got, 3), 0);
    part_free(part);
}

static void a_closed_part_has_the_stamp_of_its_file(void **state)
{
    struct part *part = open_part();
    struct file_stamp stamp;
    assert_int_equal(part_begin(part, 0, 0, -1), 0);
    assert_int_equal(part_append(part, "abc", 3), 0);
    assert_null(part_stamp(part));
    assert_int_equal(part_complete(part, 1000000000), 0);
    assert_int_equal(file_stamp(path, &stamp), 0);
    assert_true(file_stamp_equal(part_stamp(part), &stamp));
    part_free(part);

    assert_int_equal(part_recall(path, NULL, NULL, &stamp, &part), 0);
    assert_non_null(part);
    assert_int_equal(part_written(part), 3);
    part_free(part);
    stamp.written++;
    assert_int_equal(part_recall(path, target, NULL, &stamp, &part), 0);
    assert_null(part);
}

static void one_cannot_go_on_behind_the_end(void **state)
{
    put_file(path, "abc");
    struct part *part = open_part();
    assert_int_not_equal(part_begin(part, 4, 4, -1), 0);
    part_free(part);
    assert_holds(path, "abc");
}

static void beginning_again_drops_what_was_gathered(void **state)
{
    struct part *part = open_part();
    assert_int_equal(part_begin(part, 0, 0, -1), 0);
    assert_int_equal(part_append(part, "wrong", 5), 0);
    assert_int_equal(part_begin(part, 0, 0, -1), 0);
    assert_int_equal(part_append(part, "right", 5), 0);
    assert_int_equal(part_seal(part), 0);
    part_free(part);
    assert_holds(path, "right");
}

static void small_pieces_are_gathered_into_large_writes(void **state)
{
    enum { PIECE = 1000, PIECES = 3000 };
    struct part *part = open_part();
    assert_int_equal(part_begin(part, 0, 0, -1), 0);
    char piece[PIECE];
    for (int i = 0; i < PIECES; i++) {
        memset(piece, i % 251, sizeof piece);
        assert_int_equal(part_append(part, piece, sizeof piece), 0);
        /* Nothing less than most of a MiB at a time. */
        uint64_t written = part_written(part);
        assert_true(written % 1048000 == 0);
    }
    assert_int_equal(part_write_out(part), 0);
    assert_int_equal(part_written(part), PIECE * PIECES);
    assert_int_equal(part_seal(part), 0);
    part_free(part);

    struct file *file = NULL;
    assert_int_equal(file_open(path, &file), 0);
    for (int i = 0; i < PIECES; i++) {
        char got[PIECE];
        size_t size = 0;
        memset(piece, i % 251, sizeof piece);
        assert_int_equal(file_read_at(file, (uint64_t)i * PIECE, got, PIECE, &size), 0);
        assert_int_equal(size, PIECE);
        assert_memory_equal(got, piece, PIECE);
    }
    file_close(file);
}

static void more_than_was_expected_is_taken_too(void **state)
{
    struct part *part = open_part();
    assert_int_equal(part_begin(part, 0, 0, 2), 0);
    assert_int_equal(part_append(part, "abcde", 5), 0);
    assert_int_equal(part_append(part, "f", 1), 0);
    assert_int_equal(part_append(part, "ghi", 3), 0);
    assert_int_equal(part_seal(part), 0);
    part_free(part);
    assert_holds(path, "abcdefghi");
}

static void what_was_written_out_is_in_the_file(void **state)
{
    struct part *part = open_part();
    assert_int_equal(part_begin(part, 0, 0, -1), 0);
    assert_int_equal(part_append(part, "abc", 3), 0);
    assert_int_equal(part_written(part), 0);
    assert_int_equal(part_write_out(part), 0);
    assert_int_equal(part_sync(part), 0);
    assert_int_equal(part_written(part), 3);
    assert_int_equal(size_on_disk(), 3);
    part_free(part);
}

static void freeing_deletes_nothing(void **state)
{
    struct part *part = open_part();
    assert_int_equal(part_begin(part, 0, 0, -1), 0);
    assert_int_equal(part_append(part, "abc", 3), 0);
    assert_int_equal(part_write_out(part), 0);
    part_free(part);
    assert_holds(path, "abc");
}

#ifdef _WIN32
/* A process that was killed may still be in the middle of a write. */
static void a_part_file_that_somebody_writes_to_is_not_opened_before_he_has_closed_it(void **state)
{
    struct part *part = open_part();
    struct part *second = NULL;
    struct file *file = NULL;
    assert_int_equal(part_open(path, NULL, &second), ERROR_SHARING_VIOLATION);
    assert_null(second);
    assert_int_equal(file_open(path, &file), ERROR_SHARING_VIOLATION);
    part_free(part);
    assert_int_equal(file_open(path, &file), 0);
    assert_int_equal(part_open(path, NULL, &second), ERROR_SHARING_VIOLATION);
    file_close(file);
    part_free(open_part());
}

static void a_part_file_can_be_deleted_while_it_is_written_to(void **state)
{
    struct part *part = open_part();
    assert_int_equal(file_delete(path), 0);
    part_free(part);
    assert_false(file_exists(path));
}
#else
/* Where the system lets him. */
static void a_file_that_somebody_cut_is_not_finished(void **state)
{
    struct part *part = open_part();
    assert_int_equal(part_begin(part, 0, 0, -1), 0);
    assert_int_equal(part_append(part, "abcdef", 6), 0);
    assert_int_equal(part_write_out(part), 0);
    struct file *other = NULL;
    assert_int_equal(file_open(path, &other), 0);
    assert_int_equal(file_truncate(other, 3), 0);
    file_close(other);
    assert_false(part_is_spoilt(part));
    assert_int_not_equal(part_complete(part, NO_TIME), 0);
    assert_true(part_is_spoilt(part));
    part_free(part);
    assert_false(file_exists(target));
}
#endif

/* Network servers may number a file anew whenever they are asked. */
static void a_file_with_another_number_is_put_in_place(void **state)
{
    struct part *part = open_part();
    assert_int_equal(part_begin(part, 0, 0, -1), 0);
    assert_int_equal(part_append(part, "abc", 3), 0);
    assert_int_equal(part_complete(part, 1000000000), 0);
    part_free(part);
    struct file_stamp stamp;
    assert_int_equal(file_stamp(path, &stamp), 0);
    stamp.id++;
    stamp.volume++;
    assert_int_equal(part_recall(path, NULL, NULL, &stamp, &part), 0);
    assert_non_null(part);
    assert_int_equal(part_land(part, target), 0);
    part_free(part);
    assert_holds(target, "abc");
    /* ... but what is at the target could be anybody's. */
    assert_int_equal(part_recall(path, target, NULL, &stamp, &part), 0);
    assert_null(part);
}

static void a_target_that_cannot_be_replaced_leaves_the_part_file(void **state)
{
    assert_int_equal(folder_make(target), 0);
    struct part *part = open_part();
    assert_int_equal(part_begin(part, 0, 0, -1), 0);
    assert_int_equal(part_append(part, "abc", 3), 0);
    assert_int_equal(part_complete(part, NO_TIME), 0);
    assert_int_not_equal(part_land(part, target), 0);
    assert_false(part_is_spoilt(part));
    assert_holds(path, "abc");
    /* ... and another name may do. */
    char *elsewhere = path_join(folder, "elsewhere");
    assert_int_equal(part_land(part, elsewhere), 0);
    part_free(part);
    assert_holds(elsewhere, "abc");
    free(elsewhere);
}

static void a_folder_cannot_be_a_part_file(void **state)
{
    struct part *part = NULL;
    assert_int_equal(folder_make(path), 0);
    assert_int_not_equal(part_open(path, NULL, &part), 0);
    assert_null(part);
}

static void a_missing_folder_is_an_error(void **state)
{
    struct part *part = NULL;
    char *lost = path_join(path, "x");
    int error = part_open(lost, NULL, &part);
    assert_int_equal(file_fault(error), FAULT_ARGUMENT);
    assert_null(part);
    free(lost);
}

static void files_beyond_4_gib_work(void **state)
{
    const uint64_t beyond = UINT64_C(5) << 30;
    struct file *file = NULL;
    assert_int_equal(file_create_new(path, &file), 0);
    assert_int_equal(file_truncate(file, beyond + 10), 0); /* sparse */
    file_close(file);
    struct part *part = open_part();
    assert_int_equal(part_begin(part, beyond, beyond, -1), 0);
    assert_int_equal(part_append(part, "end", 3), 0);
    finish_part(part, target, NO_TIME);
    part_free(part);
    char got[4] = "";
    size_t size = 0;
    assert_int_equal(file_open(target, &file), 0);
    assert_int_equal(file_read_at(file, beyond, got, 4, &size), 0);
    file_close(file);
    assert_int_equal(size, 3);
    assert_string_equal(got, "end");
}

#define PART_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PART_TEST(a_part_file_that_is_missing_is_made),
        PART_TEST(what_was_appended_is_in_the_target_when_finished),
        PART_TEST(an_empty_part_becomes_an_empty_target),
        PART_TEST(a_target_that_is_there_is_replaced),
        PART_TEST(begin_cuts_off_what_does_not_count),
        PART_TEST(what_is_claimed_stays_until_it_is_written_over),
        PART_TEST(what_was_written_out_can_be_read_back_and_no_more),
        PART_TEST(a_closed_part_has_the_stamp_of_its_file),
        PART_TEST(one_cannot_go_on_behind_the_end),
        PART_TEST(beginning_again_drops_what_was_gathered),
        PART_TEST(small_pieces_are_gathered_into_large_writes),
        PART_TEST(more_than_was_expected_is_taken_too),
        PART_TEST(what_was_written_out_is_in_the_file),
        PART_TEST(freeing_deletes_nothing),
#ifdef _WIN32
        PART_TEST(a_part_file_that_somebody_writes_to_is_not_opened_before_he_has_closed_it),
        PART_TEST(a_part_file_can_be_deleted_while_it_is_written_to),
#else
        PART_TEST(a_file_that_somebody_cut_is_not_finished),
#endif
        PART_TEST(a_file_with_another_number_is_put_in_place),
        PART_TEST(a_target_that_cannot_be_replaced_leaves_the_part_file),
        PART_TEST(a_folder_cannot_be_a_part_file),
        PART_TEST(a_missing_folder_is_an_error),
        PART_TEST(files_beyond_4_gib_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
