/* SPDX-License-Identifier: MIT */
/* IBackgroundCopyGroup but for its properties, progress and notification: qmgr.md section 5, and 16
 * questions 1, 10, 13 to 16, 21 to 24, 61, 63, 64. What is left of a cancelled group is in test_control.c. */
#include "support.h"

static const GUID unknown_iid = {
    0x7f1d3f6a, 0x4b6c, 0x4a51, {0x9a, 0x0e, 0x52, 0x1f, 0x0c, 0x6b, 0x2d, 0x10}};
/* IBackgroundCopyJob of the newer interface, qmgr.md section 2. */
static const GUID new_job_iid = {
    0x37668d37, 0x507e, 0x4160, {0x93, 0x16, 0x26, 0x30, 0x6d, 0x15, 0x0b, 0x12}};

static void get_progress_knows_two_kinds_only(void **state)
{
    (void)state;
    struct item item = item_new();
    static const DWORD unknown[] = {0, QM_PROGRESS_TIME_DONE, 4, 5, 0x80000001u, 0xFFFFFFFFu};
    DWORD value;
    for (size_t i = 0; i < COUNT(unknown); i++) {
        value = 77;
        assert_hr(IBackgroundCopyGroup_GetProgress(item.group, unknown[i], &value), E_NOTIMPL);
        assert_int_equal(value, 0);
    }
    value = 77;
    assert_hr(IBackgroundCopyGroup_GetProgress(item.group, QM_PROGRESS_PERCENT_DONE, &value), S_OK);
    assert_int_equal(value, 0);
    value = 77;
    assert_hr(IBackgroundCopyGroup_GetProgress(item.group, QM_PROGRESS_SIZE_DONE, &value), S_OK);
    assert_int_equal(value, 0);
    item_end(&item);
}

static void null_pointers_are_refused(void **state)
{
    (void)state;
    struct item item = item_new();
    IBackgroundCopyGroup *group = item.group;
    DWORD value = 77;
    IUnknown *unknown = (void *)1;
    assert_hr(IBackgroundCopyGroup_GetProgress(group, QM_PROGRESS_PERCENT_DONE, NULL), E_POINTER);
    assert_hr(IBackgroundCopyGroup_GetStatus(group, NULL, NULL), E_POINTER);
    assert_hr(IBackgroundCopyGroup_GetStatus(group, &value, NULL), E_POINTER);
    assert_int_equal(value, 77);
    assert_hr(IBackgroundCopyGroup_GetStatus(group, NULL, &value), E_POINTER);
    assert_int_equal(value, 77);
    assert_hr(IBackgroundCopyGroup_GetJob(group, item.job_id, NULL), E_POINTER);
    assert_hr(IBackgroundCopyGroup_get_Size(group, NULL), E_POINTER);
    assert_hr(IBackgroundCopyGroup_get_GroupID(group, NULL), E_POINTER);
    assert_hr(IBackgroundCopyGroup_CreateJob(group, fresh_guid(), NULL), E_POINTER);
    assert_hr(IBackgroundCopyGroup_EnumJobs(group, 0, NULL), E_POINTER);
    assert_hr(IBackgroundCopyGroup_GetProp(group, GROUPPROP_PRIORITY, NULL), E_POINTER);
    assert_hr(IBackgroundCopyGroup_SetProp(group, GROUPPROP_PRIORITY, NULL), E_POINTER);
    assert_hr(IBackgroundCopyGroup_QueryNewJobInterface(group, &new_job_iid, NULL), E_POINTER);
    assert_hr(IBackgroundCopyGroup_QueryNewJobInterface(group, NULL, &unknown), E_POINTER);
    assert_hr(IBackgroundCopyGroup_SetNotificationPointer(group, NULL, NULL), E_POINTER);
    assert_int_equal(group_status(group), GROUP_IS_SUSPENDED);
    item_end(&item);
}

static void a_null_job_pointer_makes_no_job(void **state)
{
    (void)state;
    struct item item = item_without_job();
    assert_hr(IBackgroundCopyGroup_CreateJob(item.group, item.job_id, NULL), E_POINTER);
    assert_hr(IBackgroundCopyGroup_CreateJob(item.group, item.job_id, &item.job), S_OK);
    item_end(&item);
}

static void the_job_is_found_by_its_guid_alone(void **state)
{
    (void)state;
    struct item item = item_new(), other = item_new();
    IBackgroundCopyJob1 *job = NULL;
    assert_hr(IBackgroundCopyGroup_GetJob(item.group, item.job_id, &job), S_OK);
    GUID id;
    assert_hr(IBackgroundCopyJob1_get_JobID(job, &id), S_OK);
    assert_memory_equal(&id, &item.job_id, sizeof id);
    IBackgroundCopyJob1_Release(job);
    const GUID strangers[] = {fresh_guid(), GUID_NULL, item.id, other.job_id};
    for (size_t i = 0; i < COUNT(strangers); i++) {
        job = (void *)1;
        assert_hr(IBackgroundCopyGroup_GetJob(item.group, strangers[i], &job), QM_E_ITEM_NOT_FOUND);
        assert_null(job);
    }
    item_end(&item);
    item_end(&other);
}

static void a_group_without_a_job_has_none_to_get(void **state)
{
    (void)state;
    struct item item = item_without_job();
    IBackgroundCopyJob1 *job = (void *)1;
    assert_hr(IBackgroundCopyGroup_GetJob(item.group, item.job_id, &job), QM_E_ITEM_NOT_FOUND);
    assert_null(job);
    job = (void *)1;
    assert_hr(IBackgroundCopyGroup_GetJob(item.group, GUID_NULL, &job), QM_E_ITEM_NOT_FOUND);
    assert_null(job);
    assert_int_equal(group_size(item.group), 0);
    assert_int_equal(group_percent(item.group), 0);
    assert_int_equal(group_bytes(item.group), 0);
    item_end(&item);
}

static void a_group_has_one_job_only(void **state)
{
    (void)state;
    struct item item = item_new();
    IBackgroundCopyJob1 *second = (void *)1;
    assert_hr(IBackgroundCopyGroup_CreateJob(item.group, fresh_guid(), &second), E_NOTIMPL);
    assert_null(second);
    second = (void *)1;
    assert_hr(IBackgroundCopyGroup_CreateJob(item.group, item.job_id, &second), E_NOTIMPL);
    assert_null(second);
    item_end(&item);
}

static void no_job_is_made_while_the_group_runs(void **state)
{
    (void)state;
    struct item item = item_new();
    item_add(&item, L"/veryslow/mid.bin", L"mid.bin");
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    IBackgroundCopyJob1 *second = (void *)1;
    assert_hr(IBackgroundCopyGroup_CreateJob(item.group, fresh_guid(), &second),
              QM_E_INVALID_STATE);
    assert_null(second);
    assert_hr(IBackgroundCopyGroup_SuspendGroup(item.group), S_OK);
    assert_hr(IBackgroundCopyGroup_CreateJob(item.group, fresh_guid(), &second), E_NOTIMPL);
    item_end(&item);
}

static void a_job_guid_is_unique_in_the_queue(void **state)
{
    (void)state;
    struct item item = item_new(), other = item_without_job();
    IBackgroundCopyJob1 *job = (void *)1;
    assert_hr(IBackgroundCopyGroup_CreateJob(other.group, item.job_id, &job), E_INVALIDARG);
    assert_null(job);
    job = (void *)1;
    assert_hr(IBackgroundCopyGroup_CreateJob(other.group, GUID_NULL, &job), E_INVALIDARG);
    assert_null(job);
    /* Nothing came of it: the group still takes its first job. */
    assert_hr(IBackgroundCopyGroup_CreateJob(other.group, other.job_id, &other.job), S_OK);
    item_end(&item);
    item_end(&other);
}

static void a_cancelled_groups_job_guid_is_free_again(void **state)
{
    (void)state;
    struct item item = item_new(), other = item_without_job();
    assert_hr(IBackgroundCopyGroup_CancelGroup(item.group), S_OK);
    assert_hr(IBackgroundCopyGroup_CreateJob(other.group, item.job_id, &other.job), S_OK);
    item_end(&item);
    item_end(&other);
}

static void enum_jobs_lists_the_one_job_and_knows_no_flags(void **state)
{
    (void)state;
    struct item item = item_without_job();
    IEnumBackgroundCopyJobs1 *jobs = (void *)1;
    ULONG count = 77;
    assert_hr(IBackgroundCopyGroup_EnumJobs(item.group, 1, &jobs), E_NOTIMPL);
    assert_null(jobs);
    jobs = (void *)1;
    assert_hr(IBackgroundCopyGroup_EnumJobs(item.group, 0xFFFFFFFFu, &jobs), E_NOTIMPL);
    assert_null(jobs);
    assert_hr(IBackgroundCopyGroup_EnumJobs(item.group, 0, &jobs), S_OK);
    assert_hr(IEnumBackgroundCopyJobs1_GetCount(jobs, &count), S_OK);
    assert_int_equal(count, 0);
    IEnumBackgroundCopyJobs1_Release(jobs);
    assert_hr(IBackgroundCopyGroup_CreateJob(item.group, item.job_id, &item.job), S_OK);
    assert_hr(IBackgroundCopyGroup_EnumJobs(item.group, 0, &jobs), S_OK);
    GUID id;
    assert_hr(IEnumBackgroundCopyJobs1_Next(jobs, 1, &id, NULL), S_OK);
    assert_memory_equal(&id, &item.job_id, sizeof id);
    assert_hr(IEnumBackgroundCopyJobs1_Next(jobs, 1, &id, NULL), S_FALSE);
    IEnumBackgroundCopyJobs1_Release(jobs);
    item_end(&item);
}

static void an_empty_group_cannot_be_resumed_and_stays_suspended(void **state)
{
    (void)state;
    struct item item = item_without_job();
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), QM_E_INVALID_STATE);
    assert_int_equal(group_status(item.group), GROUP_IS_SUSPENDED);
    assert_hr(IBackgroundCopyGroup_CreateJob(item.group, item.job_id, &item.job), S_OK);
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), QM_E_INVALID_STATE);
    assert_int_equal(group_status(item.group), GROUP_IS_SUSPENDED);
    item_end(&item);
}

static void resume_and_suspend_may_be_repeated(void **state)
{
    (void)state;
    struct item item = item_new();
    item_add(&item, L"/veryslow/mid.bin", L"mid.bin");
    assert_hr(IBackgroundCopyGroup_SuspendGroup(item.group), S_OK);
    assert_int_equal(group_status(item.group), GROUP_IS_SUSPENDED);
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_int_equal(group_status(item.group), GROUP_IS_RUNNING);
    assert_hr(IBackgroundCopyGroup_SuspendGroup(item.group), S_OK);
    assert_hr(IBackgroundCopyGroup_SuspendGroup(item.group), S_OK);
    assert_int_equal(group_status(item.group), GROUP_IS_SUSPENDED);
    item_end(&item);
}

static void resuming_a_complete_group_leaves_it_complete(void **state)
{
    (void)state;
    struct item item = item_new();
    item_add(&item, L"/one.bin", L"one.bin");
    assert_int_equal(run(&item), GROUP_IS_COMPLETE);
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_int_equal(group_status(item.group), GROUP_IS_COMPLETE);
    assert_hr(IBackgroundCopyGroup_SuspendGroup(item.group), S_OK);
    assert_int_equal(group_status(item.group), GROUP_IS_COMPLETE);
    item_end(&item);
}

static void foreground_is_for_ever_and_harmless_to_repeat(void **state)
{
    (void)state;
    struct item item = item_new();
    const DWORD foreground = QM_STATUS_GROUP_FOREGROUND;
    assert_int_equal(group_status(item.group) & foreground, 0);
    assert_hr(IBackgroundCopyGroup_SwitchToForeground(item.group), S_OK);
    assert_hr(IBackgroundCopyGroup_SwitchToForeground(item.group), S_OK);
    assert_int_equal(group_status(item.group), GROUP_IS_SUSPENDED | foreground);
    item_add(&item, L"/small.bin", L"small.bin");
    assert_int_equal(run(&item), GROUP_IS_COMPLETE | foreground);
    assert_hr(IBackgroundCopyGroup_SwitchToForeground(item.group), S_OK);
    assert_int_equal(group_status(item.group), GROUP_IS_COMPLETE | foreground);
    assert_int_equal(job_status(item.job), JOB_IS_COMPLETE); /* a job never reports it */
    item_end(&item);
}

static void there_is_no_newer_job_interface(void **state)
{
    (void)state;
    struct item item = item_without_job();
    IUnknown *unknown = (void *)1;
    assert_hr(IBackgroundCopyGroup_QueryNewJobInterface(item.group, &new_job_iid, &unknown),
              QM_E_ITEM_NOT_FOUND); /* no job yet */
    assert_null(unknown);
    assert_hr(IBackgroundCopyGroup_CreateJob(item.group, item.job_id, &item.job), S_OK);
    const GUID *const asked[] = {&new_job_iid, &unknown_iid, &IID_IUnknown,
                                 &IID_IBackgroundCopyJob1, &IID_IBackgroundCopyGroup};
    for (size_t i = 0; i < COUNT(asked); i++) {
        unknown = (void *)1;
        assert_hr(IBackgroundCopyGroup_QueryNewJobInterface(item.group, asked[i], &unknown),
                  E_NOTIMPL);
        assert_null(unknown);
    }
    unknown = (void *)1;
    assert_hr(item.group->lpVtbl->QueryNewJobInterface(item.group, NULL, &unknown), E_POINTER);
    assert_null(unknown);
    item_end(&item);
}

static void cancelling_twice_finds_nothing_the_second_time(void **state)
{
    (void)state;
    struct item item = item_new();
    assert_hr(IBackgroundCopyGroup_CancelGroup(item.group), S_OK);
    assert_hr(IBackgroundCopyGroup_CancelGroup(item.group), QM_E_ITEM_NOT_FOUND);
    item_end(&item);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(get_progress_knows_two_kinds_only),
        A_TEST(null_pointers_are_refused),
        A_TEST(a_null_job_pointer_makes_no_job),
        A_TEST(the_job_is_found_by_its_guid_alone),
        A_TEST(a_group_without_a_job_has_none_to_get),
        A_TEST(a_group_has_one_job_only),
        A_TEST(no_job_is_made_while_the_group_runs),
        A_TEST(a_job_guid_is_unique_in_the_queue),
        A_TEST(a_cancelled_groups_job_guid_is_free_again),
        A_TEST(enum_jobs_lists_the_one_job_and_knows_no_flags),
        A_TEST(an_empty_group_cannot_be_resumed_and_stays_suspended),
        A_TEST(resume_and_suspend_may_be_repeated),
        A_TEST(resuming_a_complete_group_leaves_it_complete),
        A_TEST(foreground_is_for_ever_and_harmless_to_repeat),
        A_TEST(there_is_no_newer_job_interface),
        A_TEST(cancelling_twice_finds_nothing_the_second_time),
    };
    return cmocka_run_group_tests(tests, support_start, support_end);
}
