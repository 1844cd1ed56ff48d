/* SPDX-License-Identifier: MIT */
/* IBackgroundCopyJob1 but for AddFiles: qmgr.md section 6, and 16 questions 1, 13, 54 to 57, 62. */
#include "support.h"

#include <wchar.h>

static void cancel_job_and_foreground_are_not_implemented(void **state)
{
    (void)state;
    struct item item = item_new();
    item_add(&item, L"/one.bin", L"one.bin");
    assert_hr(IBackgroundCopyJob1_CancelJob(item.job), E_NOTIMPL);
    assert_hr(IBackgroundCopyJob1_SwitchToForeground(item.job), E_NOTIMPL);
    assert_int_equal(file_count(item.job), 1);
    assert_int_equal(group_status(item.group), GROUP_IS_SUSPENDED);
    item_end(&item);
}

static void get_progress_knows_two_kinds_only(void **state)
{
    (void)state;
    struct item item = item_new();
    static const DWORD unknown[] = {0, QM_PROGRESS_TIME_DONE, 4, 0x80000003u, 0xFFFFFFFFu};
    DWORD value;
    for (size_t i = 0; i < COUNT(unknown); i++) {
        value = 77;
        assert_hr(IBackgroundCopyJob1_GetProgress(item.job, unknown[i], &value), E_NOTIMPL);
        assert_int_equal(value, 0);
    }
    for (DWORD kind = QM_PROGRESS_PERCENT_DONE; kind <= QM_PROGRESS_SIZE_DONE; kind += 2) {
        value = 77;
        assert_hr(IBackgroundCopyJob1_GetProgress(item.job, kind, &value), S_OK);
        assert_int_equal(value, 0);
    }
    item_end(&item);
}

static void null_pointers_are_refused(void **state)
{
    (void)state;
    struct item item = item_new();
    IBackgroundCopyJob1 *job = item.job;
    item_add(&item, L"/one.bin", L"one.bin");
    DWORD a = 77, b = 77, c = 77;
    assert_hr(IBackgroundCopyJob1_GetProgress(job, QM_PROGRESS_SIZE_DONE, NULL), E_POINTER);
    assert_hr(IBackgroundCopyJob1_GetStatus(job, NULL, &a, &b, &c), E_POINTER);
    assert_hr(IBackgroundCopyJob1_GetStatus(job, &a, NULL, &b, &c), E_POINTER);
    assert_hr(IBackgroundCopyJob1_GetStatus(job, &a, &b, NULL, &c), E_POINTER);
    assert_hr(IBackgroundCopyJob1_GetStatus(job, &a, &b, &c, NULL), E_POINTER);
    assert_int_equal(a, 77);
    assert_int_equal(b, 77);
    assert_int_equal(c, 77);
    assert_hr(IBackgroundCopyJob1_GetFile(job, 0, NULL), E_POINTER);
    assert_hr(IBackgroundCopyJob1_GetFileCount(job, NULL), E_POINTER);
    assert_hr(IBackgroundCopyJob1_get_JobID(job, NULL), E_POINTER);
    item_end(&item);
}

static void the_job_knows_its_guid(void **state)
{
    (void)state;
    struct item item = item_new();
    GUID id = GUID_NULL;
    assert_hr(IBackgroundCopyJob1_get_JobID(item.job, &id), S_OK);
    assert_memory_equal(&id, &item.job_id, sizeof id);
    item_end(&item);
}

static void a_new_job_is_incomplete_without_results(void **state)
{
    (void)state;
    struct item item = item_new();
    struct job_report report = job_report(item.job);
    assert_int_equal(report.status, JOB_IS_INCOMPLETE);
    assert_int_equal(report.win32, 0);
    assert_int_equal(report.http, 0);
    assert_int_equal(report.retries, 0);
    assert_int_equal(file_count(item.job), 0);
    item_end(&item);
}

static void assert_file(IBackgroundCopyJob1 *job, ULONG index, const wchar_t *remote,
                        const wchar_t *local)
{
    FILESETINFO info;
    memset(&info, 0xCD, sizeof info); /* what is in there must be neither read nor freed */
    assert_hr(IBackgroundCopyJob1_GetFile(job, index, &info), S_OK);
    assert_int_equal(wcscmp(info.bstrRemoteFile, remote), 0);
    assert_int_equal(wcscmp(info.bstrLocalFile, local), 0);
    assert_int_equal(SysStringLen(info.bstrRemoteFile), wcslen(remote));
    assert_int_equal(SysStringLen(info.bstrLocalFile), wcslen(local));
    SysFreeString(info.bstrRemoteFile);
    SysFreeString(info.bstrLocalFile);
}

static void files_come_back_as_they_were_given_and_in_order(void **state)
{
    (void)state;
    struct item item = item_new();
    static const wchar_t *const remote[] = {L"/one.bin", L"/small.bin?query=1#part",
                                            L"/with%20space.bin", L"/one.bin"};
    static const wchar_t *const local[] = {L"first.bin", L"\x00FC\x6F22\xD83D\xDE00.bin",
                                           L"with space.bin", L"first.bin"};
    for (ULONG i = 0; i < COUNT(remote); i++) {
        item_add(&item, remote[i], local[i]);
        assert_int_equal(file_count(item.job), i + 1);
    }
    for (ULONG i = 0; i < COUNT(remote); i++)
        assert_file(item.job, i, on_server(remote[i]).w, in_folder(local[i]).w);
    item_end(&item);
}

static void a_name_and_password_in_the_url_do_not_come_back(void **state)
{
    (void)state;
    struct item item = item_new();
    const wchar_t *remote = L"http://some%40one:se%3Acret@localhost:1/file.bin";
    assert_hr(add_one(item.job, remote, in_folder(L"file.bin").w), S_OK);
    assert_file(item.job, 0, L"http://localhost:1/file.bin", in_folder(L"file.bin").w);
    item_end(&item);
}

static void an_index_past_the_files_is_not_found(void **state)
{
    (void)state;
    struct item item = item_new();
    static const ULONG past[] = {1, 2, 0x7FFFFFFFu, 0x80000000u, 0xFFFFFFFFu};
    FILESETINFO info;
    memset(&info, 0xCD, sizeof info);
    assert_hr(IBackgroundCopyJob1_GetFile(item.job, 0, &info), QM_E_ITEM_NOT_FOUND);
    assert_null(info.bstrRemoteFile);
    assert_null(info.bstrLocalFile);
    item_add(&item, L"/one.bin", L"one.bin");
    for (size_t i = 0; i < COUNT(past); i++) {
        memset(&info, 0xCD, sizeof info);
        assert_hr(IBackgroundCopyJob1_GetFile(item.job, past[i], &info), QM_E_ITEM_NOT_FOUND);
        assert_null(info.bstrRemoteFile);
        assert_null(info.bstrLocalFile);
    }
    item_end(&item);
}

static void a_http_error_gives_the_status_and_no_win32_code(void **state)
{
    (void)state;
    static const struct {
        const wchar_t *path;
        DWORD http;
    } fatal[] = {{L"/status/400", 400},
                 {L"/status/401", 401},
                 {L"/status/403", 403},
                 {L"/status/404", 404},
                 {L"/status/410", 410}};
    for (size_t i = 0; i < COUNT(fatal); i++) {
        struct item item = item_new();
        item_add(&item, fatal[i].path, L"never.bin");
        assert_int_equal(run(&item), GROUP_IS_FAILED);
        struct job_report report = job_report(item.job);
        assert_int_equal(report.status, JOB_IS_FAILED);
        assert_int_equal(report.http, fatal[i].http);
        assert_int_equal(report.win32, 0);
        assert_int_equal(report.retries, 0);
        assert_false(exists(in_folder(L"never.bin").w));
        item_end(&item);
    }
}

static void job_and_group_tell_the_same_progress(void **state)
{
    (void)state;
    struct item item = item_new();
    item_add(&item, L"/mid.bin", L"mid.bin");
    assert_int_equal(run(&item), GROUP_IS_COMPLETE);
    DWORD percent = 0, bytes = 0;
    assert_hr(IBackgroundCopyJob1_GetProgress(item.job, QM_PROGRESS_PERCENT_DONE, &percent), S_OK);
    assert_hr(IBackgroundCopyJob1_GetProgress(item.job, QM_PROGRESS_SIZE_DONE, &bytes), S_OK);
    assert_int_equal(percent, 100);
    assert_int_equal(bytes, 1048576);
    assert_int_equal(group_percent(item.group), percent);
    assert_int_equal(group_bytes(item.group), bytes);
    struct job_report report = job_report(item.job);
    assert_int_equal(report.status, JOB_IS_COMPLETE);
    assert_int_equal(report.win32, 0);
    assert_int_equal(report.http, 0);
    item_end(&item);
}

static void a_job_outlives_the_pointer_to_its_group(void **state)
{
    (void)state;
    struct item item = item_new();
    IBackgroundCopyGroup_Release(item.group);
    assert_int_equal(file_count(item.job), 0);
    assert_int_equal(job_status(item.job), JOB_IS_INCOMPLETE);
    assert_hr(IBackgroundCopyQMgr_GetGroup(manager(), item.id, &item.group), S_OK);
    item_end(&item);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(cancel_job_and_foreground_are_not_implemented),
        A_TEST(get_progress_knows_two_kinds_only),
        A_TEST(null_pointers_are_refused),
        A_TEST(the_job_knows_its_guid),
        A_TEST(a_new_job_is_incomplete_without_results),
        A_TEST(files_come_back_as_they_were_given_and_in_order),
        A_TEST(a_name_and_password_in_the_url_do_not_come_back),
        A_TEST(an_index_past_the_files_is_not_found),
        A_TEST(a_http_error_gives_the_status_and_no_win32_code),
        A_TEST(job_and_group_tell_the_same_progress),
        A_TEST(a_job_outlives_the_pointer_to_its_group),
    };
    return cmocka_run_group_tests(tests, support_start, support_end);
}
