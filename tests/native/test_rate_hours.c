/* SPDX-License-Identifier: MIT */
/* The setting RateHours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "platform/platform.h"
#include "platform/rate_hours.h"

#define NOT_COVERED (UINT64_MAX - 1)

static uint64_t limit_at(const char *text, unsigned hour)
{
    uint64_t limit;
    return rate_hours_find(text, hour, &limit) ? limit : NOT_COVERED;
}

static void an_entry_holds_from_hour_to_hour(void **state)
{
    assert_true(limit_at("8-18=50000", 7) == NOT_COVERED);
    assert_true(limit_at("8-18=50000", 8) == 50000);
    assert_true(limit_at("8-18=50000", 17) == 50000);
    assert_true(limit_at("8-18=50000", 18) == NOT_COVERED);
}

static void an_entry_may_go_through_midnight(void **state)
{
    static const char text[] = "22-6=0";
    assert_true(limit_at(text, 21) == NOT_COVERED);
    assert_true(limit_at(text, 22) == 0 && limit_at(text, 23) == 0);
    assert_true(limit_at(text, 0) == 0 && limit_at(text, 5) == 0);
    assert_true(limit_at(text, 6) == NOT_COVERED);
}

static void an_entry_may_hold_all_day(void **state)
{
    for (unsigned hour = 0; hour < 24; hour++) {
        assert_true(limit_at("0-24=9", hour) == 9);
        assert_true(limit_at("8-8=9", hour) == 9);
    }
}

static void the_first_entry_that_covers_the_hour_decides(void **state)
{
    static const char text[] = " 12-13=none, 8-18=4294967295;0-24=7 ";
    assert_true(limit_at(text, 12) == RATE_HOURS_NONE);
    assert_true(limit_at(text, 13) == 4294967295u);
    assert_true(limit_at(text, 3) == 7);
}

static void what_is_not_of_that_form_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        " ",
        "x",
        "8",
        "8-",
        "8-18",
        "8-18=",
        "-18=1",
        "8-0=1",
        "8-25=1",
        "24-8=1",
        "8-18=-1",
        "8-18=1k",
        "8-18=None",
        "8-18=nonesuch",
        "8-18=1-",
        "8=18=1",
        "8-18=1x8-18=1",
        "8 - 18=1",
        "+8-18=1",
        "8-18=4294967296",
        "99999999999999999999-1=1",
        "8-18=99999999999999999999",
        "8-18=1 8",
        "8-18=1\n",
        "8-18=1 \xff",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        uint64_t limit;
        if (rate_hours_are_right(wrong[i]))
            fail_msg("\"%s\" was taken", wrong[i]);
        assert_false(rate_hours_find(wrong[i], 8, &limit));
    }
}

static void sixty_four_entries_are_enough(void **state)
{
    char text[65 * 6 + 1] = "";
    for (int i = 0; i < 64; i++)
        strcat(text, "1-2=3 ");
    assert_true(rate_hours_are_right(text));
    strcat(text, "1-2=3 ");
    assert_false(rate_hours_are_right(text));
}

static void the_hour_is_one_of_twenty_four(void **state)
{
    assert_true(clock_local_hour() < 24);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_holds_from_hour_to_hour),
        cmocka_unit_test(an_entry_may_go_through_midnight),
        cmocka_unit_test(an_entry_may_hold_all_day),
        cmocka_unit_test(the_first_entry_that_covers_the_hour_decides),
        cmocka_unit_test(what_is_not_of_that_form_is_refused),
        cmocka_unit_test(sixty_four_entries_are_enough),
        cmocka_unit_test(the_hour_is_one_of_twenty_four),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
