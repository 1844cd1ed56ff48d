/* SPDX-License-Identifier: MIT */
/* Percent and byte counts (qmgr.md Q9 to Q12). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/live.h"

static void percent_is_0_without_files(void **state)
{
    (void)state;
    struct tally tally = {0};
    assert_int_equal(tally_progress(&tally).percent, 0);
    assert_int_equal(tally_progress(&tally).bytes, 0);
}

static void percent_is_0_while_a_size_is_unknown(void **state)
{
    (void)state;
    struct tally tally = {0};
    tally_add(&tally, 500, 1000);
    tally_add(&tally, 500, SIZE_UNKNOWN);
    assert_int_equal(tally_progress(&tally).percent, 0);
    assert_int_equal(tally_progress(&tally).total, 0);
    assert_int_equal(tally_progress(&tally).bytes, 1000);
}

static void percent_is_of_all_files_together(void **state)
{
    (void)state;
    struct tally tally = {0};
    tally_add(&tally, 100, 100);
    tally_add(&tally, 0, 300);
    assert_int_equal(tally_progress(&tally).percent, 25);
    assert_int_equal(tally_progress(&tally).total, 400);
}

static void percent_is_99_when_all_bytes_are_there(void **state)
{
    (void)state;
    struct tally tally = {0};
    tally_add(&tally, 100, 100);
    assert_int_equal(tally_progress(&tally).percent, 99);
}

static void percent_of_empty_files_is_0(void **state)
{
    (void)state;
    struct tally tally = {0};
    tally_add(&tally, 0, 0);
    assert_int_equal(tally_progress(&tally).percent, 0);
}

static void percent_is_right_beyond_32_bits(void **state)
{
    (void)state;
    struct tally tally = {0};
    tally_add(&tally, INT64_C(30) << 32, INT64_C(40) << 32);
    assert_int_equal(tally_progress(&tally).percent, 75);
}

static void sums_saturate_instead_of_wrapping(void **state)
{
    (void)state;
    struct tally tally = {0};
    for (int i = 0; i < 4; i++)
        tally_add(&tally, INT64_MAX / 2, INT64_MAX);
    assert_true(tally_progress(&tally).total == UINT64_MAX);
    assert_true(tally_progress(&tally).percent <= 99);
    assert_true(tally_progress(&tally).percent >= 90);
}

static void removing_undoes_adding(void **state)
{
    (void)state;
    struct tally tally = {0};
    tally_add(&tally, 10, 20);
    tally_add(&tally, 5, SIZE_UNKNOWN);
    tally_remove(&tally, 5, SIZE_UNKNOWN);
    assert_int_equal(tally_progress(&tally).percent, 50);
    assert_int_equal(tally.files, 1);
    tally_remove(&tally, 10, 20);
    assert_int_equal(tally.files, 0);
    assert_int_equal(tally_progress(&tally).bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(percent_is_0_without_files),
        cmocka_unit_test(percent_is_0_while_a_size_is_unknown),
        cmocka_unit_test(percent_is_of_all_files_together),
        cmocka_unit_test(percent_is_99_when_all_bytes_are_there),
        cmocka_unit_test(percent_of_empty_files_is_0),
        cmocka_unit_test(percent_is_right_beyond_32_bits),
        cmocka_unit_test(sums_saturate_instead_of_wrapping),
        cmocka_unit_test(removing_undoes_adding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
