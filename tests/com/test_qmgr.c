/* SPDX-License-Identifier: MIT */
/* IBackgroundCopyQMgr: qmgr.md section 4, and 16 questions 1, 14, 15, 19, 65, 71, 72, 78. */
#include "support.h"

static ULONG groups_in_queue(void)
{
    IEnumBackgroundCopyGroups *groups;
    ULONG count = 0;
    assert_hr(IBackgroundCopyQMgr_EnumGroups(manager(), 0, &groups), S_OK);
    assert_hr(IEnumBackgroundCopyGroups_GetCount(groups, &count), S_OK);
    IEnumBackgroundCopyGroups_Release(groups);
    return count;
}

static void a_new_group_is_in_the_queue_and_suspended(void **state)
{
    (void)state;
    struct item item = item_without_job();
    IBackgroundCopyGroup *found = NULL;
    assert_hr(IBackgroundCopyQMgr_GetGroup(manager(), item.id, &found), S_OK);
    assert_int_equal(group_status(found), GROUP_IS_SUSPENDED);
    GUID id;
    assert_hr(IBackgroundCopyGroup_get_GroupID(found, &id), S_OK);
    assert_memory_equal(&id, &item.id, sizeof id);
    IBackgroundCopyGroup_Release(found);
    item_end(&item);
}

static void a_guid_in_use_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    struct item item = item_new();
    assert_hr(set_string(item.group, GROUPPROP_DISPLAYNAME, L"first"), S_OK);
    IBackgroundCopyGroup *second = (void *)1;
    assert_hr(IBackgroundCopyQMgr_CreateGroup(manager(), item.id, &second), E_INVALIDARG);
    assert_null(second);
    assert_int_equal(groups_in_queue(), 1);
    assert_int_equal(wcscmp(get_string(item.group, GROUPPROP_DISPLAYNAME).w, L"first"), 0);
    item_end(&item);
}

static void guid_null_names_no_group(void **state)
{
    (void)state;
    IBackgroundCopyGroup *group = (void *)1;
    assert_hr(IBackgroundCopyQMgr_CreateGroup(manager(), GUID_NULL, &group), E_INVALIDARG);
    assert_null(group);
    group = (void *)1;
    assert_hr(IBackgroundCopyQMgr_GetGroup(manager(), GUID_NULL, &group), QM_E_ITEM_NOT_FOUND);
    assert_null(group);
    assert_int_equal(groups_in_queue(), 0);
}

static void an_unknown_guid_is_not_found(void **state)
{
    (void)state;
    IBackgroundCopyGroup *group = (void *)1;
    assert_hr(IBackgroundCopyQMgr_GetGroup(manager(), fresh_guid(), &group), QM_E_ITEM_NOT_FOUND);
    assert_null(group);
}

static void null_pointers_are_refused_and_make_nothing(void **state)
{
    (void)state;
    GUID id = fresh_guid();
    assert_hr(IBackgroundCopyQMgr_CreateGroup(manager(), id, NULL), E_POINTER);
    assert_hr(IBackgroundCopyQMgr_GetGroup(manager(), id, NULL), E_POINTER);
    assert_hr(IBackgroundCopyQMgr_EnumGroups(manager(), 0, NULL), E_POINTER);
    assert_int_equal(groups_in_queue(), 0);
}

static void enum_groups_knows_no_flags(void **state)
{
    (void)state;
    static const DWORD flags[] = {1, 2, 0x80000000u, 0xFFFFFFFFu};
    for (size_t i = 0; i < COUNT(flags); i++) {
        IEnumBackgroundCopyGroups *groups = (void *)1;
        assert_hr(IBackgroundCopyQMgr_EnumGroups(manager(), flags[i], &groups), E_NOTIMPL);
        assert_null(groups);
    }
}

static void groups_are_listed_in_the_order_of_creation(void **state)
{
    (void)state;
    struct item items[5];
    for (unsigned i = 0; i < 5; i++)
        items[i] = item_without_job();
    IEnumBackgroundCopyGroups *groups;
    assert_hr(IBackgroundCopyQMgr_EnumGroups(manager(), 0, &groups), S_OK);
    for (unsigned i = 0; i < 5; i++) {
        GUID id;
        ULONG fetched = 0;
        assert_hr(IEnumBackgroundCopyGroups_Next(groups, 1, &id, &fetched), S_OK);
        assert_memory_equal(&id, &items[i].id, sizeof id);
    }
    IEnumBackgroundCopyGroups_Release(groups);
    for (unsigned i = 0; i < 5; i++)
        item_end(&items[i]);
}

static void a_list_is_a_snapshot(void **state)
{
    (void)state;
    struct item before = item_without_job();
    IEnumBackgroundCopyGroups *groups;
    assert_hr(IBackgroundCopyQMgr_EnumGroups(manager(), 0, &groups), S_OK);
    struct item later = item_without_job();
    GUID gone = before.id;
    item_end(&before);

    ULONG count = 0;
    GUID id;
    assert_hr(IEnumBackgroundCopyGroups_GetCount(groups, &count), S_OK);
    assert_int_equal(count, 1);
    assert_hr(IEnumBackgroundCopyGroups_Next(groups, 1, &id, NULL), S_OK);
    assert_memory_equal(&id, &gone, sizeof id);
    assert_hr(IEnumBackgroundCopyGroups_Next(groups, 1, &id, NULL), S_FALSE);
    IBackgroundCopyGroup *group;
    assert_hr(IBackgroundCopyQMgr_GetGroup(manager(), gone, &group), QM_E_ITEM_NOT_FOUND);
    IEnumBackgroundCopyGroups_Release(groups);
    item_end(&later);
}

static void finished_and_failed_groups_can_be_got(void **state)
{
    (void)state;
    struct item good = item_new(), bad = item_new();
    item_add(&good, L"/one.bin", L"one.bin");
    item_add(&bad, L"/status/404", L"bad.bin");
    assert_int_equal(run(&good), GROUP_IS_COMPLETE);
    assert_int_equal(run(&bad), GROUP_IS_FAILED);
    IBackgroundCopyGroup *group;
    assert_hr(IBackgroundCopyQMgr_GetGroup(manager(), good.id, &group), S_OK);
    assert_int_equal(group_status(group), GROUP_IS_COMPLETE);
    IBackgroundCopyGroup_Release(group);
    assert_hr(IBackgroundCopyQMgr_GetGroup(manager(), bad.id, &group), S_OK);
    assert_int_equal(group_status(group), GROUP_IS_FAILED);
    IBackgroundCopyGroup_Release(group);
    item_end(&good);
    item_end(&bad);
}

static void two_pointers_to_one_group_show_the_same_state(void **state)
{
    (void)state;
    struct item item = item_new();
    IBackgroundCopyGroup *other;
    assert_hr(IBackgroundCopyQMgr_GetGroup(manager(), item.id, &other), S_OK);
    assert_hr(set_string(item.group, GROUPPROP_DESCRIPTION, L"told by one"), S_OK);
    assert_int_equal(wcscmp(get_string(other, GROUPPROP_DESCRIPTION).w, L"told by one"), 0);
    assert_hr(IBackgroundCopyGroup_CancelGroup(other), S_OK);
    DWORD status, index;
    assert_hr(IBackgroundCopyGroup_GetStatus(item.group, &status, &index), QM_E_ITEM_NOT_FOUND);
    IBackgroundCopyGroup_Release(other);
    item_end(&item);
}

static void a_group_stays_when_nobody_holds_it(void **state)
{
    (void)state;
    struct item item = item_new();
    IBackgroundCopyJob1_Release(item.job);
    IBackgroundCopyGroup_Release(item.group);
    assert_int_equal(groups_in_queue(), 1);
    assert_hr(IBackgroundCopyQMgr_GetGroup(manager(), item.id, &item.group), S_OK);
    assert_hr(IBackgroundCopyGroup_GetJob(item.group, item.job_id, &item.job), S_OK);
    item_end(&item);
}

static void releasing_a_manager_leaves_its_groups_alone(void **state)
{
    (void)state;
    IBackgroundCopyQMgr *other;
    IBackgroundCopyGroup *group;
    assert_hr(CoCreateInstance(&CLSID_BackgroundCopyQMgr, NULL, CLSCTX_ALL,
                               &IID_IBackgroundCopyQMgr, (void **)&other),
              S_OK);
    assert_hr(IBackgroundCopyQMgr_CreateGroup(other, fresh_guid(), &group), S_OK);
    IBackgroundCopyQMgr_Release(other);
    assert_int_equal(group_status(group), GROUP_IS_SUSPENDED);
    assert_hr(IBackgroundCopyGroup_CancelGroup(group), S_OK);
    IBackgroundCopyGroup_Release(group);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(a_new_group_is_in_the_queue_and_suspended),
        A_TEST(a_guid_in_use_is_refused_and_changes_nothing),
        A_TEST(guid_null_names_no_group),
        A_TEST(an_unknown_guid_is_not_found),
        A_TEST(null_pointers_are_refused_and_make_nothing),
        A_TEST(enum_groups_knows_no_flags),
        A_TEST(groups_are_listed_in_the_order_of_creation),
        A_TEST(a_list_is_a_snapshot),
        A_TEST(finished_and_failed_groups_can_be_got),
        A_TEST(two_pointers_to_one_group_show_the_same_state),
        A_TEST(a_group_stays_when_nobody_holds_it),
        A_TEST(releasing_a_manager_leaves_its_groups_alone),
    };
    return cmocka_run_group_tests(tests, support_start, support_end);
}
