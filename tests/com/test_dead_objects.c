/* SPDX-License-Identifier: MIT */
/* Pointers that have outlived what they came from, and pointers in the wrong apartment: qmgr.md 13 and 16
 * questions 65, 72, 75, 78. What the methods of a cancelled group answer is in test_control.c, what becomes
 * of proxies whose server has died in test_fuzz.c. */
#include "support.h"

/* One of each, and what it is to show. */
struct set {
    IBackgroundCopyQMgr *queue_manager;
    struct item item;
    IEnumBackgroundCopyGroups *groups;
    IEnumBackgroundCopyJobs1 *jobs;
    HRESULT made;
};

static HRESULT make_lists(struct set *set)
{
    HRESULT hr = IBackgroundCopyQMgr_EnumGroups(set->queue_manager, 0, &set->groups);
    return hr == S_OK ? IBackgroundCopyGroup_EnumJobs(set->item.group, 0, &set->jobs) : hr;
}

static HRESULT make_set(struct set *set)
{
    struct item *item = &set->item;
    HRESULT hr = CoCreateInstance(&CLSID_BackgroundCopyQMgr, NULL, CLSCTX_INPROC_SERVER,
                                  &IID_IBackgroundCopyQMgr, (void **)&set->queue_manager);
    if (hr == S_OK)
        hr = IBackgroundCopyQMgr_CreateGroup(set->queue_manager, item->id, &item->group);
    if (hr == S_OK)
        hr = IBackgroundCopyGroup_CreateJob(item->group, item->job_id, &item->job);
    return hr == S_OK ? make_lists(set) : hr;
}

static struct set set_without_objects(void)
{
    return (struct set){.item = {.id = fresh_guid(), .job_id = fresh_guid()}};
}

static void release_set(struct set *set)
{
    IEnumBackgroundCopyJobs1_Release(set->jobs);
    IEnumBackgroundCopyGroups_Release(set->groups);
    IBackgroundCopyJob1_Release(set->item.job);
    IBackgroundCopyGroup_Release(set->item.group);
    IBackgroundCopyQMgr_Release(set->queue_manager);
}

static void run_thread(DWORD(WINAPI *entry)(void *), struct set *set)
{
    HANDLE thread = CreateThread(NULL, 0, entry, set, 0, NULL);
    assert_non_null(thread);
    assert_int_equal(WaitForSingleObject(thread, LONG_ENOUGH_MS), WAIT_OBJECT_0);
    CloseHandle(thread);
}

/* ---- the wrong apartment -------------------------------------------------------------------- */

/* S_OK if each object answers as it should. Nothing here may use cmocka: it runs on any thread. */
static HRESULT ask_managers(const struct set *set)
{
    IBackgroundCopyGroup *again = NULL;
    HRESULT hr = IBackgroundCopyQMgr_GetGroup(set->queue_manager, set->item.id, &again);
    if (hr == S_OK)
        IBackgroundCopyGroup_Release(again);
    return hr;
}

static HRESULT ask_item(const struct set *set)
{
    DWORD status = 0, index, count = 77;
    GUID id = GUID_NULL;
    HRESULT hr = IBackgroundCopyGroup_GetStatus(set->item.group, &status, &index);
    if (hr == S_OK)
        hr = IBackgroundCopyJob1_GetFileCount(set->item.job, &count);
    if (hr == S_OK)
        hr = IBackgroundCopyJob1_get_JobID(set->item.job, &id);
    if (hr == S_OK &&
        (status != GROUP_IS_SUSPENDED || count != 0 || !IsEqualGUID(&id, &set->item.job_id)))
        return E_UNEXPECTED;
    return hr;
}

static HRESULT ask_lists(const struct set *set)
{
    GUID id = GUID_NULL, job_id = GUID_NULL;
    HRESULT hr = IEnumBackgroundCopyGroups_Reset(set->groups);
    if (hr == S_OK)
        hr = IEnumBackgroundCopyGroups_Next(set->groups, 1, &id, NULL);
    if (hr == S_OK)
        hr = IEnumBackgroundCopyJobs1_Reset(set->jobs);
    if (hr == S_OK)
        hr = IEnumBackgroundCopyJobs1_Next(set->jobs, 1, &job_id, NULL);
    if (hr == S_OK && !(IsEqualGUID(&id, &set->item.id) && IsEqualGUID(&job_id, &set->item.job_id)))
        return E_UNEXPECTED;
    return hr;
}

static HRESULT ask_all(const struct set *set)
{
    HRESULT hr = ask_managers(set);
    if (hr == S_OK)
        hr = ask_item(set);
    return hr == S_OK ? ask_lists(set) : hr;
}

static DWORD WINAPI ask_from_an_apartment(void *context)
{
    struct set *set = context;
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    set->made = ask_all(set);
    CoUninitialize();
    return 0;
}

static DWORD WINAPI make_in_an_apartment(void *context)
{
    struct set *set = context;
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    set->made = make_set(set);
    CoUninitialize();
    return 0;
}

static DWORD WINAPI ask_without_com(void *context)
{
    struct set *set = context;
    set->made = ask_all(set);
    return 0;
}

static DWORD WINAPI release_without_com(void *context)
{
    release_set(context);
    return 0;
}

/* ThreadingModel Both, and any method from any thread: the bare pointer may be used in every apartment. */
static void pointers_may_be_used_in_every_apartment(void **state)
{
    (void)state;
    struct set set = set_without_objects();
    assert_hr(make_set(&set), S_OK);
    run_thread(ask_from_an_apartment, &set);
    assert_hr(set.made, S_OK);
    run_thread(ask_without_com, &set); /* lent by a thread that has one */
    assert_hr(set.made, S_OK);
    assert_hr(IBackgroundCopyGroup_CancelGroup(set.item.group), S_OK);
    release_set(&set);
}

static void pointers_outlive_the_apartment_they_were_made_in(void **state)
{
    (void)state;
    struct set set = set_without_objects();
    run_thread(make_in_an_apartment, &set);
    assert_hr(set.made, S_OK);
    assert_hr(ask_all(&set), S_OK);
    run_thread(ask_from_an_apartment, &set);
    assert_hr(set.made, S_OK);
    assert_hr(IBackgroundCopyGroup_CancelGroup(set.item.group), S_OK);
    run_thread(release_without_com, &set);
}

/* ---- what they came from is gone ------------------------------------------------------------ */

static void lists_outlive_the_manager_and_the_groups_they_show(void **state)
{
    (void)state;
    struct set set = set_without_objects();
    IEnumBackgroundCopyGroups *clone;
    GUID id;
    ULONG count = 77;
    assert_hr(make_set(&set), S_OK);
    assert_hr(IBackgroundCopyGroup_CancelGroup(set.item.group), S_OK);
    IBackgroundCopyJob1_Release(set.item.job);
    IBackgroundCopyGroup_Release(set.item.group);
    IBackgroundCopyQMgr_Release(set.queue_manager);

    assert_hr(ask_lists(&set), S_OK); /* snapshots */
    assert_hr(IEnumBackgroundCopyGroups_Next(set.groups, 1, &id, NULL), S_FALSE);
    assert_hr(IEnumBackgroundCopyGroups_Clone(set.groups, &clone), S_OK);
    IEnumBackgroundCopyGroups_Release(set.groups);
    assert_hr(IEnumBackgroundCopyGroups_GetCount(clone, &count), S_OK);
    assert_int_equal(count, 1);
    IEnumBackgroundCopyGroups_Release(clone);
    assert_hr(IEnumBackgroundCopyJobs1_Skip(set.jobs, 1), S_FALSE);
    IEnumBackgroundCopyJobs1_Release(set.jobs);
}

static void a_job_and_its_group_outlive_the_manager(void **state)
{
    (void)state;
    struct set set = set_without_objects();
    assert_hr(make_set(&set), S_OK);
    IEnumBackgroundCopyJobs1_Release(set.jobs);
    IEnumBackgroundCopyGroups_Release(set.groups);
    IBackgroundCopyQMgr_Release(set.queue_manager);
    assert_hr(ask_item(&set), S_OK);
    item_add(&set.item, L"/one.bin", L"one.bin");
    assert_int_equal(run(&set.item), GROUP_IS_COMPLETE);
    item_end(&set.item);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(pointers_may_be_used_in_every_apartment),
        A_TEST(pointers_outlive_the_apartment_they_were_made_in),
        A_TEST(lists_outlive_the_manager_and_the_groups_they_show),
        A_TEST(a_job_and_its_group_outlive_the_manager),
    };
    return cmocka_run_group_tests(tests, support_start, support_end);
}
