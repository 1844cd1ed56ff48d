/* SPDX-License-Identifier: MIT */
/* What the network brings: counters of interfaces, and what may happen to them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "platform/netload.h"

#define NARROW UINT32_MAX /* Windows XP's counters */

static uint64_t advance(struct netload *netload, struct netload_row row)
{
    return netload_advance(netload, &row, 1, NARROW);
}

static void the_first_look_tells_nothing(void **state)
{
    struct netload netload = {0};
    assert_int_equal(advance(&netload, (struct netload_row){1, 5000, 5}), 0);
}

static void the_headers_of_packets_are_left_out(void **state)
{
    struct netload netload = {0};
    advance(&netload, (struct netload_row){1, 5000, 5});
    assert_int_equal(advance(&netload, (struct netload_row){1, 5000 + 15140, 15}), 15140 - 660);
    /* Acknowledgements alone. */
    assert_int_equal(advance(&netload, (struct netload_row){1, 5000 + 15140 + 600, 25}), 0);
}

static void counters_go_round(void **state)
{
    struct netload netload = {0};
    advance(&netload, (struct netload_row){1, NARROW - 999, NARROW});
    assert_int_equal(advance(&netload, (struct netload_row){1, 1000, 0}), 2000 - 66);
}

static void a_restarted_interface_has_brought_nothing(void **state)
{
    struct netload netload = {0};
    advance(&netload, (struct netload_row){1, 1000000, 1000});
    assert_int_equal(advance(&netload, (struct netload_row){1, 500, 1}), 0);
    assert_int_equal(advance(&netload, (struct netload_row){1, 2566, 2}), 2000);
    struct netload wide = {0};
    const struct netload_row before = {1, UINT64_C(1) << 40, 1000}, after = {1, 500, 1};
    netload_advance(&wide, &before, 1, UINT64_MAX);
    assert_int_equal(netload_advance(&wide, &after, 1, UINT64_MAX), 0);
}

static void interfaces_come_and_go(void **state)
{
    struct netload netload = {0};
    const struct netload_row one[] = {{1, 1000, 0}};
    const struct netload_row two[] = {{7, 900000, 0}, {1, 2000, 0}};
    const struct netload_row three[] = {{7, 900500, 0}};
    netload_advance(&netload, one, 1, NARROW);
    /* What the new one had counted before is not of this time. */
    assert_int_equal(netload_advance(&netload, two, 2, NARROW), 1000);
    assert_int_equal(netload_advance(&netload, three, 1, NARROW), 500);
    assert_int_equal(netload_advance(&netload, NULL, 0, NARROW), 0);
    assert_int_equal(netload_advance(&netload, three, 1, NARROW), 0);
}

static void what_two_interfaces_have_counted_counts_once(void **state)
{
    struct netload netload = {0};
    const struct netload_row before[] = {{1, 1000, 0}, {2, 1000, 0}};
    const struct netload_row after[] = {{1, 6000, 0}, {2, 5900, 0}};
    netload_advance(&netload, before, 2, NARROW);
    assert_int_equal(netload_advance(&netload, after, 2, NARROW), 5000);
}

static void more_interfaces_than_there_is_room_for_do_no_harm(void **state)
{
    struct netload_row rows[NETLOAD_ROWS_MOST * 2] = {{0}};
    struct netload netload = {0};
    for (uint32_t i = 0; i < NETLOAD_ROWS_MOST * 2; i++)
        rows[i].id = i;
    netload_advance(&netload, rows, NETLOAD_ROWS_MOST * 2, NARROW);
    rows[0].bytes = 300;
    assert_int_equal(netload_advance(&netload, rows, NETLOAD_ROWS_MOST * 2, NARROW), 300);
}

static void this_system_tells(void **state)
{
    struct netload netload = {0};
    uint64_t bytes = 1;
    assert_true(netload_received(&netload, &bytes));
    assert_int_equal(bytes, 0);
    assert_true(netload_received(&netload, &bytes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_look_tells_nothing),
        cmocka_unit_test(the_headers_of_packets_are_left_out),
        cmocka_unit_test(counters_go_round),
        cmocka_unit_test(a_restarted_interface_has_brought_nothing),
        cmocka_unit_test(interfaces_come_and_go),
        cmocka_unit_test(what_two_interfaces_have_counted_counts_once),
        cmocka_unit_test(more_interfaces_than_there_is_room_for_do_no_harm),
        cmocka_unit_test(this_system_tells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
