/* SPDX-License-Identifier: MIT */
/* Suspend, resume and cancel in mid-transfer; what is left of a cancelled group; two groups at once.
 * qmgr.md section 5 (CancelGroup), 9, and 16 questions 19b, 20, 22. */
#include "support.h"

#include <wchar.h>

static struct item half_way(const wchar_t *remote)
{
    struct item item = item_new();
    item_add(&item, remote, L"mid.bin");
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_true(wait_until(has_bytes, &item));
    return item;
}

struct standstill {
    struct item *item;
    DWORD bytes;
};

/* Two looks in a row saw the same count. */
static bool stands_still(void *context)
{
    struct standstill *standstill = context;
    DWORD before = standstill->bytes;
    standstill->bytes = group_bytes(standstill->item->group);
    return standstill->bytes == before;
}

static void a_suspended_group_stands_still_and_goes_on_when_resumed(void **state)
{
    (void)state;
    struct item item = half_way(L"/slow/" SLOW_FILE);
    assert_hr(IBackgroundCopyGroup_SuspendGroup(item.group), S_OK);
    assert_int_equal(group_status(item.group), GROUP_IS_SUSPENDED);
    struct standstill standstill = {&item, 0xFFFFFFFFu};
    assert_true(wait_until(stands_still, &standstill));
    assert_true(standstill.bytes < SLOW_SIZE);
    assert_false(exists(in_folder(L"mid.bin").w));
    assert_int_equal(run(&item), GROUP_IS_COMPLETE);
    assert_true(same_content(in_folder(L"mid.bin").w, www_file(SLOW_FILE).w));
    assert_int_equal(group_bytes(item.group), SLOW_SIZE);
    item_end(&item);
}

static void suspending_many_times_loses_nothing(void **state)
{
    (void)state;
    struct item item = item_new();
    item_add(&item, L"/slow/" SLOW_FILE, L"mid.bin");
    item_add(&item, L"/mid.bin", L"other.bin");
    for (unsigned round = 0; round < 5; round++) {
        assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
        if (round % 2 == 0)
            assert_true(wait_until(has_bytes, &item));
        assert_hr(IBackgroundCopyGroup_SuspendGroup(item.group), S_OK);
    }
    assert_int_equal(run(&item), GROUP_IS_COMPLETE);
    assert_true(same_content(in_folder(L"mid.bin").w, www_file(SLOW_FILE).w));
    assert_true(same_content(in_folder(L"other.bin").w, www_file(L"mid.bin").w));
    assert_int_equal(count_in_folder(L"*"), 2);
    item_end(&item);
}

static bool small_is_there(void *context)
{
    (void)context;
    return exists(in_folder(L"small.bin").w);
}

static void cancel_in_mid_transfer_keeps_whole_files_and_deletes_the_rest(void **state)
{
    (void)state;
    struct item item = item_new();
    item_add(&item, L"/small.bin", L"small.bin");
    item_add(&item, L"/veryslow/mid.bin", L"mid.bin");
    item_add(&item, L"/veryslow/big.bin", L"big.bin");
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_true(wait_until(small_is_there, NULL));
    assert_hr(IBackgroundCopyGroup_CancelGroup(item.group), S_OK);
    assert_int_equal(count_in_folder(L"*"), 1);
    assert_true(same_content(in_folder(L"small.bin").w, www_file(L"small.bin").w));
    item_end(&item);
}

static void cancel_of_a_suspended_group_deletes_its_part_files(void **state)
{
    (void)state;
    struct item item = half_way(L"/veryslow/mid.bin");
    assert_hr(IBackgroundCopyGroup_SuspendGroup(item.group), S_OK);
    assert_int_equal(count_in_folder(L"BIT*.tmp"), 1);
    assert_hr(IBackgroundCopyGroup_CancelGroup(item.group), S_OK);
    assert_int_equal(count_in_folder(L"*"), 0);
    item_end(&item);
}

static void cancel_frees_the_guid_before_it_returns(void **state)
{
    (void)state;
    struct item item = half_way(L"/veryslow/mid.bin");
    IBackgroundCopyGroup *next = NULL;
    IBackgroundCopyJob1 *job = NULL;
    assert_hr(IBackgroundCopyGroup_CancelGroup(item.group), S_OK);
    assert_hr(IBackgroundCopyQMgr_CreateGroup(manager(), item.id, &next), S_OK);
    assert_hr(IBackgroundCopyGroup_CreateJob(next, item.job_id, &job), S_OK);
    assert_int_equal(file_count(job), 0);
    assert_hr(IBackgroundCopyGroup_CancelGroup(next), S_OK);
    IBackgroundCopyJob1_Release(job);
    IBackgroundCopyGroup_Release(next);
    item_end(&item);
}

/* ---- every method of a cancelled group ---------------------------------------------------- */

static const GUID any_id = {0x12345678, 0x1234, 0x1234, {1, 2, 3, 4, 5, 6, 7, 8}};
static const GUID new_job_iid = {
    0x37668d37, 0x507e, 0x4160, {0x93, 0x16, 0x26, 0x30, 0x6d, 0x15, 0x0b, 0x12}};

static void assert_group_gone(IBackgroundCopyGroup *group)
{
    const HRESULT gone = (HRESULT)QM_E_ITEM_NOT_FOUND;
    DWORD number = 77, index;
    VARIANT variant;
    IBackgroundCopyJob1 *job = (void *)1;
    IEnumBackgroundCopyJobs1 *jobs = (void *)1;
    IUnknown *unknown = (void *)1;
    memset(&variant, 0xCD, sizeof variant);
    assert_hr(IBackgroundCopyGroup_GetProp(group, GROUPPROP_DISPLAYNAME, &variant), gone);
    assert_int_equal(V_VT(&variant), VT_EMPTY);
    assert_hr(IBackgroundCopyGroup_GetProp(group, GROUPPROP_PRIORITY, &variant), gone);
    assert_hr(set_integer(group, GROUPPROP_PRIORITY, 1), gone);
    assert_hr(set_integer(group, GROUPPROP_NOTIFYFLAGS, QM_NOTIFY_GROUP_DONE), gone);
    assert_hr(set_string(group, GROUPPROP_DISPLAYNAME, L"ghost"), gone);
    assert_hr(IBackgroundCopyGroup_GetProgress(group, QM_PROGRESS_PERCENT_DONE, &number), gone);
    assert_hr(IBackgroundCopyGroup_GetProgress(group, QM_PROGRESS_SIZE_DONE, &number), gone);
    assert_hr(IBackgroundCopyGroup_GetStatus(group, &number, &index), gone);
    assert_hr(IBackgroundCopyGroup_GetJob(group, any_id, &job), gone);
    assert_null(job);
    assert_hr(IBackgroundCopyGroup_SuspendGroup(group), gone);
    assert_hr(IBackgroundCopyGroup_ResumeGroup(group), gone);
    assert_hr(IBackgroundCopyGroup_CancelGroup(group), gone);
    assert_hr(IBackgroundCopyGroup_get_Size(group, &number), gone);
    job = (void *)1;
    assert_hr(IBackgroundCopyGroup_CreateJob(group, any_id, &job), gone);
    assert_null(job);
    assert_hr(IBackgroundCopyGroup_EnumJobs(group, 0, &jobs), gone);
    assert_null(jobs);
    assert_hr(IBackgroundCopyGroup_SwitchToForeground(group), gone);
    assert_hr(IBackgroundCopyGroup_QueryNewJobInterface(group, &new_job_iid, &unknown), gone);
    assert_null(unknown);
    assert_hr(set_listener(group, NULL), gone);
    struct listener *listener = listener_new();
    assert_hr(set_listener(group, listener), gone);
    assert_int_equal(listener->references, 1); /* nobody kept it */
    listener_release(listener);
}

static void assert_job_gone(IBackgroundCopyJob1 *job)
{
    const HRESULT gone = (HRESULT)QM_E_ITEM_NOT_FOUND;
    DWORD a = 77, b, c, d;
    FILESETINFO info;
    memset(&info, 0xCD, sizeof info);
    assert_hr(IBackgroundCopyJob1_GetProgress(job, QM_PROGRESS_PERCENT_DONE, &a), gone);
    assert_hr(IBackgroundCopyJob1_GetProgress(job, QM_PROGRESS_SIZE_DONE, &a), gone);
    assert_hr(IBackgroundCopyJob1_GetStatus(job, &a, &b, &c, &d), gone);
    assert_hr(add_one(job, on_server(L"/one.bin").w, in_folder(L"ghost.bin").w), gone);
    assert_int_equal(count_in_folder(L"*.tmp"), 0);
    assert_hr(IBackgroundCopyJob1_GetFile(job, 0, &info), gone);
    assert_null(info.bstrRemoteFile);
    assert_null(info.bstrLocalFile);
    assert_hr(IBackgroundCopyJob1_GetFileCount(job, &a), gone);
}

static void every_method_of_a_cancelled_group_finds_nothing(void **state)
{
    (void)state;
    struct item item = item_new();
    item_add(&item, L"/one.bin", L"one.bin");
    assert_hr(IBackgroundCopyGroup_CancelGroup(item.group), S_OK);
    assert_group_gone(item.group);
    assert_job_gone(item.job);
    item_end(&item);
}

static void old_pointers_do_not_reach_a_new_group_of_the_same_guid(void **state)
{
    (void)state;
    struct item item = item_new();
    assert_hr(IBackgroundCopyGroup_CancelGroup(item.group), S_OK);
    IBackgroundCopyGroup *next;
    IBackgroundCopyJob1 *job;
    assert_hr(IBackgroundCopyQMgr_CreateGroup(manager(), item.id, &next), S_OK);
    assert_hr(IBackgroundCopyGroup_CreateJob(next, item.job_id, &job), S_OK);
    assert_group_gone(item.group);
    assert_job_gone(item.job);
    assert_int_equal(group_status(next), GROUP_IS_SUSPENDED);
    assert_int_equal(wcscmp(get_string(next, GROUPPROP_DISPLAYNAME).w, L""), 0);
    assert_hr(IBackgroundCopyGroup_CancelGroup(next), S_OK);
    IBackgroundCopyJob1_Release(job);
    IBackgroundCopyGroup_Release(next);
    item_end(&item);
}

static void a_cancelled_groups_guids_can_still_be_asked(void **state)
{
    (void)state;
    struct item item = item_new();
    GUID id;
    assert_hr(IBackgroundCopyGroup_CancelGroup(item.group), S_OK);
    HRESULT hr = IBackgroundCopyGroup_get_GroupID(item.group, &id);
    assert_true(hr == S_OK || hr == (HRESULT)QM_E_ITEM_NOT_FOUND);
    if (hr == S_OK)
        assert_memory_equal(&id, &item.id, sizeof id);
    hr = IBackgroundCopyJob1_get_JobID(item.job, &id);
    assert_true(hr == S_OK || hr == (HRESULT)QM_E_ITEM_NOT_FOUND);
    if (hr == S_OK)
        assert_memory_equal(&id, &item.job_id, sizeof id);
    item_end(&item);
}

/* ---- groups side by side ------------------------------------------------------------------ */

static void a_slow_group_does_not_hold_another_one_up(void **state)
{
    (void)state;
    struct item slow = half_way(L"/veryslow/big.bin"); /* however slow the disk is for the other */
    struct item fast = item_new();
    item_add(&fast, L"/small.bin", L"small.bin");
    item_add(&fast, L"/big.bin", L"big.bin");
    assert_int_equal(run(&fast), GROUP_IS_COMPLETE);
    assert_int_equal(group_status(slow.group), GROUP_IS_RUNNING);
    assert_true(same_content(in_folder(L"big.bin").w, www_file(L"big.bin").w));
    item_end(&fast);
    item_end(&slow);
    assert_true(DeleteFileW(in_folder(L"big.bin").w));
}

static void a_failing_group_does_not_harm_another_one(void **state)
{
    (void)state;
    struct item good = half_way(L"/slow/" SLOW_FILE);
    struct item bad = item_new();
    item_add(&bad, L"/status/404", L"bad.bin");
    assert_int_equal(run(&bad), GROUP_IS_FAILED);
    assert_int_equal(run(&good), GROUP_IS_COMPLETE);
    assert_true(same_content(in_folder(L"mid.bin").w, www_file(SLOW_FILE).w));
    assert_int_equal(group_status(bad.group), GROUP_IS_FAILED);
    item_end(&good);
    item_end(&bad);
}

static void suspending_one_group_leaves_the_other_running(void **state)
{
    (void)state;
    struct item stopped = half_way(L"/veryslow/mid.bin");
    struct item other = item_new();
    item_add(&other, L"/slow/" SLOW_FILE, L"other.bin");
    assert_hr(IBackgroundCopyGroup_ResumeGroup(other.group), S_OK);
    assert_hr(IBackgroundCopyGroup_SuspendGroup(stopped.group), S_OK);
    assert_int_equal(run(&other), GROUP_IS_COMPLETE);
    assert_int_equal(group_status(stopped.group), GROUP_IS_SUSPENDED);
    item_end(&stopped);
    item_end(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(a_suspended_group_stands_still_and_goes_on_when_resumed),
        A_TEST(suspending_many_times_loses_nothing),
        A_TEST(cancel_in_mid_transfer_keeps_whole_files_and_deletes_the_rest),
        A_TEST(cancel_of_a_suspended_group_deletes_its_part_files),
        A_TEST(cancel_frees_the_guid_before_it_returns),
        A_TEST(every_method_of_a_cancelled_group_finds_nothing),
        A_TEST(old_pointers_do_not_reach_a_new_group_of_the_same_guid),
        A_TEST(a_cancelled_groups_guids_can_still_be_asked),
        A_TEST(a_slow_group_does_not_hold_another_one_up),
        A_TEST(a_failing_group_does_not_harm_another_one),
        A_TEST(suspending_one_group_leaves_the_other_running),
    };
    return cmocka_run_group_tests(tests, support_start, support_end);
}
