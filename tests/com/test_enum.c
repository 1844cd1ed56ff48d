/* SPDX-License-Identifier: MIT */
/* The two enumerators: qmgr.md section 7, and 16 questions 65 to 70. */
#include "support.h"

#define GROUPS 5

static struct item items[GROUPS];

static IEnumBackgroundCopyGroups *five_groups(void)
{
    IEnumBackgroundCopyGroups *groups;
    for (unsigned i = 0; i < GROUPS; i++)
        items[i] = item_new();
    assert_hr(IBackgroundCopyQMgr_EnumGroups(manager(), 0, &groups), S_OK);
    return groups;
}

static void end(IEnumBackgroundCopyGroups *groups)
{
    IEnumBackgroundCopyGroups_Release(groups);
    for (unsigned i = 0; i < GROUPS; i++)
        item_end(&items[i]);
}

/* What the next one would be; stands after it then. */
static void assert_next_is(IEnumBackgroundCopyGroups *groups, unsigned index)
{
    GUID id = GUID_NULL;
    ULONG fetched = 77;
    assert_hr(IEnumBackgroundCopyGroups_Next(groups, 1, &id, &fetched), S_OK);
    assert_int_equal(fetched, 1);
    assert_memory_equal(&id, &items[index].id, sizeof id);
}

static void assert_at_the_end(IEnumBackgroundCopyGroups *groups)
{
    GUID id = GUID_NULL;
    ULONG fetched = 77;
    assert_hr(IEnumBackgroundCopyGroups_Next(groups, 1, &id, &fetched), S_FALSE);
    assert_int_equal(fetched, 0);
}

static void next_gives_all_that_are_wanted_or_what_is_left(void **state)
{
    (void)state;
    IEnumBackgroundCopyGroups *groups = five_groups();
    GUID ids[8], untouched;
    ULONG fetched = 77;
    memset(ids, 0xCD, sizeof ids);
    memset(&untouched, 0xCD, sizeof untouched);
    assert_hr(IEnumBackgroundCopyGroups_Next(groups, 3, ids, &fetched), S_OK);
    assert_int_equal(fetched, 3);
    assert_memory_equal(&ids[2], &items[2].id, sizeof(GUID));
    assert_memory_equal(&ids[3], &untouched, sizeof(GUID));
    memset(ids, 0xCD, sizeof ids);
    assert_hr(IEnumBackgroundCopyGroups_Next(groups, 3, ids, &fetched), S_FALSE);
    assert_int_equal(fetched, 2);
    assert_memory_equal(&ids[0], &items[3].id, sizeof(GUID));
    assert_memory_equal(&ids[1], &items[4].id, sizeof(GUID));
    assert_memory_equal(&ids[2], &untouched, sizeof(GUID));
    assert_at_the_end(groups);
    end(groups);
}

static void exactly_all_is_s_ok(void **state)
{
    (void)state;
    IEnumBackgroundCopyGroups *groups = five_groups();
    GUID ids[GROUPS];
    ULONG fetched = 77;
    assert_hr(IEnumBackgroundCopyGroups_Next(groups, GROUPS, ids, &fetched), S_OK);
    assert_int_equal(fetched, GROUPS);
    assert_at_the_end(groups);
    end(groups);
}

static void asking_for_none_gets_none(void **state)
{
    (void)state;
    IEnumBackgroundCopyGroups *groups = five_groups();
    GUID id;
    ULONG fetched = 77;
    assert_hr(IEnumBackgroundCopyGroups_Next(groups, 0, &id, &fetched), S_OK);
    assert_int_equal(fetched, 0);
    fetched = 77;
    assert_hr(IEnumBackgroundCopyGroups_Next(groups, 0, NULL, &fetched), S_OK);
    assert_int_equal(fetched, 0);
    assert_next_is(groups, 0);
    end(groups);
}

static void the_count_may_be_left_out_for_one_only(void **state)
{
    (void)state;
    IEnumBackgroundCopyGroups *groups = five_groups();
    GUID ids[2];
    assert_hr(IEnumBackgroundCopyGroups_Next(groups, 1, ids, NULL), S_OK);
    assert_memory_equal(&ids[0], &items[0].id, sizeof(GUID));
    assert_hr(IEnumBackgroundCopyGroups_Next(groups, 2, ids, NULL), E_INVALIDARG);
    assert_next_is(groups, 1); /* the position did not move */
    end(groups);
}

static void a_null_array_is_refused(void **state)
{
    (void)state;
    IEnumBackgroundCopyGroups *groups = five_groups();
    ULONG fetched = 77;
    assert_hr(IEnumBackgroundCopyGroups_Next(groups, 1, NULL, &fetched), E_POINTER);
    assert_hr(IEnumBackgroundCopyGroups_Next(groups, 1, NULL, NULL), E_POINTER);
    assert_hr(IEnumBackgroundCopyGroups_Clone(groups, NULL), E_POINTER);
    assert_hr(IEnumBackgroundCopyGroups_GetCount(groups, NULL), E_POINTER);
    assert_next_is(groups, 0);
    end(groups);
}

static void skip_passes_over_and_stops_at_the_end(void **state)
{
    (void)state;
    IEnumBackgroundCopyGroups *groups = five_groups();
    assert_hr(IEnumBackgroundCopyGroups_Skip(groups, 0), S_OK);
    assert_next_is(groups, 0);
    assert_hr(IEnumBackgroundCopyGroups_Skip(groups, 2), S_OK);
    assert_next_is(groups, 3);
    assert_hr(IEnumBackgroundCopyGroups_Skip(groups, 1), S_OK); /* the last one */
    assert_at_the_end(groups);
    assert_hr(IEnumBackgroundCopyGroups_Skip(groups, 1), S_FALSE);
    assert_hr(IEnumBackgroundCopyGroups_Skip(groups, 0), S_OK);
    assert_hr(IEnumBackgroundCopyGroups_Reset(groups), S_OK);
    assert_hr(IEnumBackgroundCopyGroups_Skip(groups, GROUPS + 1), S_FALSE);
    assert_at_the_end(groups);
    assert_hr(IEnumBackgroundCopyGroups_Reset(groups), S_OK);
    assert_next_is(groups, 0);
    assert_hr(IEnumBackgroundCopyGroups_Skip(groups, 0xFFFFFFFFu), S_FALSE); /* 1 + that is 0 */
    assert_at_the_end(groups);
    end(groups);
}

static void a_clone_stands_at_the_same_place_and_goes_its_own_way(void **state)
{
    (void)state;
    IEnumBackgroundCopyGroups *groups = five_groups(), *clone = NULL;
    assert_hr(IEnumBackgroundCopyGroups_Skip(groups, 2), S_OK);
    assert_hr(IEnumBackgroundCopyGroups_Clone(groups, &clone), S_OK);
    assert_next_is(clone, 2);
    assert_next_is(clone, 3);
    assert_next_is(groups, 2);
    assert_hr(IEnumBackgroundCopyGroups_Reset(clone), S_OK);
    assert_next_is(groups, 3);
    assert_next_is(clone, 0);
    ULONG count = 0;
    assert_hr(IEnumBackgroundCopyGroups_GetCount(clone, &count), S_OK);
    assert_int_equal(count, GROUPS);
    end(groups); /* the clone lives on without its original, and without the groups */
    assert_next_is(clone, 1);
    IEnumBackgroundCopyGroups_Release(clone);
}

static void get_count_does_not_depend_on_the_position(void **state)
{
    (void)state;
    IEnumBackgroundCopyGroups *groups = five_groups();
    ULONG count = 0;
    assert_hr(IEnumBackgroundCopyGroups_Skip(groups, GROUPS), S_OK);
    assert_hr(IEnumBackgroundCopyGroups_GetCount(groups, &count), S_OK);
    assert_int_equal(count, GROUPS);
    assert_at_the_end(groups);
    end(groups);
}

static void an_empty_list_is_at_its_end(void **state)
{
    (void)state;
    IEnumBackgroundCopyGroups *groups, *clone;
    ULONG count = 77;
    assert_hr(IBackgroundCopyQMgr_EnumGroups(manager(), 0, &groups), S_OK);
    assert_hr(IEnumBackgroundCopyGroups_GetCount(groups, &count), S_OK);
    assert_int_equal(count, 0);
    assert_at_the_end(groups);
    assert_hr(IEnumBackgroundCopyGroups_Skip(groups, 1), S_FALSE);
    assert_hr(IEnumBackgroundCopyGroups_Clone(groups, &clone), S_OK);
    assert_at_the_end(clone);
    IEnumBackgroundCopyGroups_Release(clone);
    IEnumBackgroundCopyGroups_Release(groups);
}

static void a_list_of_jobs_follows_the_same_rules(void **state)
{
    (void)state;
    struct item item = item_new();
    IEnumBackgroundCopyJobs1 *jobs, *clone;
    GUID ids[3], untouched;
    ULONG fetched = 77, count = 77;
    memset(ids, 0xCD, sizeof ids);
    memset(&untouched, 0xCD, sizeof untouched);
    assert_hr(IBackgroundCopyGroup_EnumJobs(item.group, 0, &jobs), S_OK);
    assert_hr(IEnumBackgroundCopyJobs1_GetCount(jobs, &count), S_OK);
    assert_int_equal(count, 1);
    assert_hr(IEnumBackgroundCopyJobs1_Next(jobs, 0, NULL, &fetched), S_OK);
    assert_int_equal(fetched, 0);
    assert_hr(IEnumBackgroundCopyJobs1_Next(jobs, 1, NULL, &fetched), E_POINTER);
    assert_hr(IEnumBackgroundCopyJobs1_Next(jobs, 2, ids, NULL), E_INVALIDARG);
    assert_hr(IEnumBackgroundCopyJobs1_Clone(jobs, NULL), E_POINTER);
    assert_hr(IEnumBackgroundCopyJobs1_GetCount(jobs, NULL), E_POINTER);
    assert_hr(IEnumBackgroundCopyJobs1_Clone(jobs, &clone), S_OK);
    assert_hr(IEnumBackgroundCopyJobs1_Next(jobs, 3, ids, &fetched), S_FALSE);
    assert_int_equal(fetched, 1);
    assert_memory_equal(&ids[0], &item.job_id, sizeof(GUID));
    assert_memory_equal(&ids[1], &untouched, sizeof(GUID));
    assert_hr(IEnumBackgroundCopyJobs1_Skip(jobs, 1), S_FALSE);
    assert_hr(IEnumBackgroundCopyJobs1_Skip(jobs, 0), S_OK);
    assert_hr(IEnumBackgroundCopyJobs1_Reset(jobs), S_OK);
    assert_hr(IEnumBackgroundCopyJobs1_Skip(jobs, 1), S_OK);
    assert_hr(IEnumBackgroundCopyJobs1_Next(jobs, 1, ids, NULL), S_FALSE);
    assert_hr(IEnumBackgroundCopyJobs1_Next(clone, 1, ids, NULL), S_OK);
    assert_memory_equal(&ids[0], &item.job_id, sizeof(GUID));
    IEnumBackgroundCopyJobs1_Release(clone);
    IEnumBackgroundCopyJobs1_Release(jobs);
    item_end(&item);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(next_gives_all_that_are_wanted_or_what_is_left),
        A_TEST(exactly_all_is_s_ok),
        A_TEST(asking_for_none_gets_none),
        A_TEST(the_count_may_be_left_out_for_one_only),
        A_TEST(a_null_array_is_refused),
        A_TEST(skip_passes_over_and_stops_at_the_end),
        A_TEST(a_clone_stands_at_the_same_place_and_goes_its_own_way),
        A_TEST(get_count_does_not_depend_on_the_position),
        A_TEST(an_empty_list_is_at_its_end),
        A_TEST(a_list_of_jobs_follows_the_same_rules),
    };
    return cmocka_run_group_tests(tests, support_start, support_end);
}
