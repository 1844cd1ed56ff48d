/* SPDX-License-Identifier: MIT */
/* The queue outlives the process: qmgr.md 16 question 73 and the "what a caller was told succeeded
 * is on disk". Each step of a test is a process of its own. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#include "child.h"

#define SECRET L"Sesam-oeffne-dich"

static const GUID group_id = {0x3b1f0c11, 0x1111, 0x4a4a, {1, 2, 3, 4, 5, 6, 7, 8}};
static const GUID job_id = {0x3b1f0c11, 0x2222, 0x4a4a, {1, 2, 3, 4, 5, 6, 7, 8}};
static const wchar_t display_name[] = L"kept \x00FC\x6F22";
static const wchar_t class_name[] = L"{0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9}";

static struct text in_step_folder(const wchar_t *name)
{
    return text_of(L"%ls\\%ls", step_folder, name);
}

/* ---- steps -------------------------------------------------------------------------------- */

static bool find(struct item *item)
{
    IBackgroundCopyQMgr *queue_manager = step_manager(CLSCTX_ALL);
    return queue_manager != NULL &&
           IBackgroundCopyQMgr_GetGroup(queue_manager, group_id, &item->group) == S_OK &&
           IBackgroundCopyGroup_GetJob(item->group, job_id, &item->job) == S_OK;
}

static bool make(struct item *item, const wchar_t *remote, const wchar_t *local)
{
    IBackgroundCopyQMgr *queue_manager = step_manager(CLSCTX_ALL);
    return queue_manager != NULL &&
           IBackgroundCopyQMgr_CreateGroup(queue_manager, group_id, &item->group) == S_OK &&
           IBackgroundCopyGroup_CreateJob(item->group, job_id, &item->job) == S_OK &&
           add_one(item->job, on_server(remote).w, in_step_folder(local).w) == S_OK;
}

static bool status_is(struct item *item, DWORD wanted)
{
    DWORD status = 0, index;
    return IBackgroundCopyGroup_GetStatus(item->group, &status, &index) == S_OK && status == wanted;
}

static bool is_complete(void *item)
{
    return status_is(item, GROUP_IS_COMPLETE);
}

static bool is_failed(void *item)
{
    return status_is(item, GROUP_IS_FAILED);
}

/* Leaves without releasing anything, as a program does that has crashed or does not care. */
static DWORD make_group(void)
{
    struct item item;
    if (!make(&item, L"/small.bin", L"small.bin"))
        return FAILED_AT;
    if (add_one(item.job, L"http://user:" SECRET L"@localhost:1/secret.bin",
                in_step_folder(L"secret.bin").w) != S_OK)
        return FAILED_AT;
    if (set_string(item.group, GROUPPROP_DISPLAYNAME, display_name) != S_OK ||
        set_string(item.group, GROUPPROP_DESCRIPTION, L"described") != S_OK ||
        set_string(item.group, GROUPPROP_NOTIFYCLSID, class_name) != S_OK ||
        set_integer(item.group, GROUPPROP_NOTIFYFLAGS, QM_NOTIFY_GROUP_DONE) != S_OK ||
        IBackgroundCopyGroup_SwitchToForeground(item.group) != S_OK)
        return FAILED_AT;
    return 0;
}

static bool property_is(struct item *item, GROUPPROP property, const wchar_t *wanted)
{
    VARIANT variant;
    return IBackgroundCopyGroup_GetProp(item->group, property, &variant) == S_OK &&
           V_VT(&variant) == VT_BSTR && wcscmp(V_BSTR(&variant), wanted) == 0;
}

static bool file_is(struct item *item, ULONG index, const wchar_t *remote, const wchar_t *local)
{
    FILESETINFO info;
    return IBackgroundCopyJob1_GetFile(item->job, index, &info) == S_OK &&
           wcscmp(info.bstrRemoteFile, remote) == 0 && wcscmp(info.bstrLocalFile, local) == 0;
}

static DWORD check_group(void)
{
    struct item item;
    VARIANT variant;
    DWORD count = 0;
    if (!find(&item))
        return FAILED_AT;
    if (!status_is(&item, GROUP_IS_SUSPENDED | QM_STATUS_GROUP_FOREGROUND))
        return FAILED_AT;
    if (!property_is(&item, GROUPPROP_DISPLAYNAME, display_name) ||
        !property_is(&item, GROUPPROP_DESCRIPTION, L"described"))
        return FAILED_AT;
    if (IBackgroundCopyGroup_GetProp(item.group, GROUPPROP_NOTIFYFLAGS, &variant) != S_OK ||
        V_I4(&variant) != QM_NOTIFY_GROUP_DONE)
        return FAILED_AT;
    if (IBackgroundCopyJob1_GetFileCount(item.job, &count) != S_OK || count != 2)
        return FAILED_AT;
    if (!file_is(&item, 0, on_server(L"/small.bin").w, in_step_folder(L"small.bin").w) ||
        !file_is(&item, 1, L"http://localhost:1/secret.bin", in_step_folder(L"secret.bin").w))
        return FAILED_AT;
    return 0;
}

static DWORD cancel_group(void)
{
    struct item item;
    if (!find(&item) || IBackgroundCopyGroup_CancelGroup(item.group) != S_OK)
        return FAILED_AT;
    return 0;
}

static DWORD check_gone(void)
{
    struct item item;
    IBackgroundCopyQMgr *queue_manager = step_manager(CLSCTX_ALL);
    if (queue_manager == NULL ||
        IBackgroundCopyQMgr_GetGroup(queue_manager, group_id, &item.group) !=
            (HRESULT)QM_E_ITEM_NOT_FOUND)
        return FAILED_AT;
    return 0;
}

static DWORD start_slow(void)
{
    struct item item;
    if (!make(&item, L"/slow/" SLOW_FILE, L"mid.bin"))
        return FAILED_AT;
    if (IBackgroundCopyGroup_ResumeGroup(item.group) != S_OK || !wait_until(has_bytes, &item))
        return FAILED_AT;
    return 0;
}

/* Nobody resumes it here: it was running and goes on. */
static DWORD wait_complete(void)
{
    struct item item;
    if (!find(&item))
        return FAILED_AT;
    if (!wait_until(is_complete, &item))
        return FAILED_AT;
    if (!same_content(in_step_folder(L"mid.bin").w, www_file(SLOW_FILE).w))
        return FAILED_AT;
    return 0;
}

static DWORD start_bad(void)
{
    struct item item;
    if (!make(&item, L"/status/404", L"bad.bin"))
        return FAILED_AT;
    if (IBackgroundCopyGroup_ResumeGroup(item.group) != S_OK || !wait_until(is_failed, &item))
        return FAILED_AT;
    return 0;
}

static DWORD check_failed(void)
{
    struct item item;
    DWORD status, win32, http, retries;
    if (!find(&item) || !status_is(&item, GROUP_IS_FAILED))
        return FAILED_AT;
    if (IBackgroundCopyJob1_GetStatus(item.job, &status, &win32, &http, &retries) != S_OK ||
        status != JOB_IS_FAILED || http != 404 || win32 != 0)
        return FAILED_AT;
    return 0;
}

/* An event that nobody was there for waits for the next process. */
static DWORD hear_of_failure(void)
{
    struct item item;
    struct listener *listener = listener_new();
    if (!find(&item) || set_listener(item.group, listener) != S_OK || !listener_wait(listener))
        return FAILED_AT;
    if (listener->file != 0 || listener->http != 404 || listener->status != GROUP_IS_FAILED)
        return FAILED_AT;
    set_listener(item.group, NULL);
    return 0;
}

/* Runs the queue from the first byte to the last. */
static DWORD run_slow(void)
{
    DWORD failed = start_slow();
    return failed ? failed : wait_complete();
}

static bool part_file_is_there(void *context)
{
    (void)context;
    WIN32_FIND_DATAW found;
    HANDLE search = FindFirstFileW(in_step_folder(L"BIT*.tmp").w, &found);
    if (search == INVALID_HANDLE_VALUE)
        return false;
    FindClose(search);
    return true;
}

/* The other process was first, so it is the one that downloads. */
static DWORD hear_of_completion(void)
{
    struct item item;
    struct listener *listener = listener_new();
    if (!wait_until(part_file_is_there, NULL) || !find(&item))
        return FAILED_AT;
    if (set_integer(item.group, GROUPPROP_NOTIFYFLAGS, QM_NOTIFY_GROUP_DONE) != S_OK ||
        set_listener(item.group, listener) != S_OK || !listener_wait(listener))
        return FAILED_AT;
    if (listener->status != GROUP_IS_COMPLETE || listener->status_inside != GROUP_IS_COMPLETE)
        return FAILED_AT;
    set_listener(item.group, NULL);
    return 0;
}

static DWORD check_complete(void)
{
    struct item item;
    DWORD percent = 0;
    if (!find(&item) || !status_is(&item, GROUP_IS_COMPLETE))
        return FAILED_AT;
    if (IBackgroundCopyGroup_GetProgress(item.group, QM_PROGRESS_PERCENT_DONE, &percent) != S_OK ||
        percent != 100)
        return FAILED_AT;
    return 0;
}

/* Suspended in the middle: how far it is can be asked by who comes next. */
static DWORD suspend_half_way(void)
{
    struct item item;
    if (!make(&item, L"/slow/" SLOW_FILE, L"mid.bin"))
        return FAILED_AT;
    if (IBackgroundCopyGroup_ResumeGroup(item.group) != S_OK || !wait_until(has_bytes, &item) ||
        IBackgroundCopyGroup_SuspendGroup(item.group) != S_OK)
        return FAILED_AT;
    return 0;
}

static DWORD resume_and_wait(void)
{
    struct item item;
    if (!find(&item) || !status_is(&item, GROUP_IS_SUSPENDED))
        return FAILED_AT;
    if (IBackgroundCopyGroup_ResumeGroup(item.group) != S_OK)
        return FAILED_AT;
    return wait_complete();
}

/* The server wants another password: the URL with the wrong one goes all the way, into the log too. */
static DWORD try_secret(void)
{
    struct item item;
    struct text base = environment(L"QMGR_TEST_HTTP");
    const wchar_t *host = wcsstr(base.w, L"://") + 3;
    struct text remote = text_of(L"http://user:" SECRET L"@%ls/basic/small.bin", host);
    if (!make(&item, L"/one.bin", L"one.bin"))
        return FAILED_AT;
    if (add_one(item.job, remote.w, in_step_folder(L"secret.bin").w) != S_OK)
        return FAILED_AT;
    if (IBackgroundCopyGroup_ResumeGroup(item.group) != S_OK || !wait_until(is_failed, &item))
        return FAILED_AT;
    return 0;
}

static const struct step steps[] = {
    {L"make-group", make_group},
    {L"check-group", check_group},
    {L"cancel-group", cancel_group},
    {L"check-gone", check_gone},
    {L"start-slow", start_slow},
    {L"wait-complete", wait_complete},
    {L"check-complete", check_complete},
    {L"start-bad", start_bad},
    {L"check-failed", check_failed},
    {L"hear-of-failure", hear_of_failure},
    {L"run-slow", run_slow},
    {L"hear-of-completion", hear_of_completion},
    {L"suspend-half-way", suspend_half_way},
    {L"resume-and-wait", resume_and_wait},
    {L"try-secret", try_secret},
};

/* ---- tests -------------------------------------------------------------------------------- */

static void groups_properties_and_files_survive_the_process(void **state)
{
    (void)state;
    in_a_child(L"make-group", NULL);
    in_a_child(L"check-group", NULL);
    in_a_child(L"check-group", NULL);
    in_a_child(L"cancel-group", NULL);
    in_a_child(L"check-gone", NULL);
    assert_int_equal(count_in_folder(L"*"), 0);
}

static void a_running_group_goes_on_in_the_next_process(void **state)
{
    (void)state;
    in_a_child(L"start-slow", NULL);
    in_a_child(L"wait-complete", NULL);
    in_a_child(L"check-complete", NULL);
    in_a_child(L"cancel-group", NULL);
    assert_int_equal(count_in_folder(L"*"), 1);
}

static void a_suspended_group_goes_on_in_the_next_process_when_resumed(void **state)
{
    (void)state;
    in_a_child(L"suspend-half-way", NULL);
    in_a_child(L"resume-and-wait", NULL);
    in_a_child(L"cancel-group", NULL);
    assert_int_equal(count_in_folder(L"*"), 1);
}

static void two_processes_see_one_queue(void **state)
{
    (void)state;
    in_a_child(L"start-slow", NULL);
    HANDLE one = child_start(L"wait-complete", NULL);
    HANDLE other = child_start(L"wait-complete", NULL);
    child_finish(L"wait-complete", one);
    child_finish(L"wait-complete", other);
    in_a_child(L"cancel-group", NULL);
}

static void a_client_is_told_of_what_another_process_downloads(void **state)
{
    (void)state;
    HANDLE runner = child_start(L"run-slow", NULL);
    in_a_child(L"hear-of-completion", NULL);
    child_finish(L"run-slow", runner);
    in_a_child(L"cancel-group", NULL);
}

static void an_error_and_its_event_survive_the_process(void **state)
{
    (void)state;
    in_a_child(L"start-bad", NULL);
    in_a_child(L"check-failed", NULL);
    in_a_child(L"hear-of-failure", NULL);
    in_a_child(L"check-failed", NULL);
    in_a_child(L"cancel-group", NULL);
}

/* As bytes of both encodings. */
static bool holds_secret(const char *data, size_t size)
{
    static const wchar_t wide[] = SECRET;
    char narrow[sizeof wide / sizeof wide[0]];
    const size_t letters = COUNT(wide) - 1;
    for (size_t i = 0; i < letters; i++)
        narrow[i] = (char)wide[i];
    for (size_t at = 0; at + letters <= size; at++) {
        if (memcmp(data + at, narrow, letters) == 0)
            return true;
        if (at + 2 * letters <= size && memcmp(data + at, wide, 2 * letters) == 0)
            return true;
    }
    return false;
}

static bool file_holds_secret(const wchar_t *path)
{
    HANDLE file =
        CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                    NULL, OPEN_EXISTING, 0, NULL);
    assert_true(file != INVALID_HANDLE_VALUE);
    DWORD size = GetFileSize(file, NULL), got = 0;
    char *data = malloc((size_t)size + 1);
    assert_non_null(data);
    assert_true(ReadFile(file, data, size, &got, NULL));
    CloseHandle(file);
    bool found = holds_secret(data, got);
    free(data);
    return found;
}

static void a_password_is_nowhere_in_the_queues_files_and_the_log(void **state)
{
    (void)state;
    struct text home = environment(L"QMGRPRXY_HOME");
    struct text log = text_of(L"%ls\\log.txt", home.w);
    assert_true(SetEnvironmentVariableW(L"QMGRPRXY_LOG", log.w));
    in_a_child(L"try-secret", NULL);
    assert_true(SetEnvironmentVariableW(L"QMGRPRXY_LOG", NULL));
    assert_true(size_of(log.w) > 0);
    WIN32_FIND_DATAW data;
    unsigned files = 0;
    HANDLE search = FindFirstFileW(text_of(L"%ls\\*", home.w).w, &data);
    assert_true(search != INVALID_HANDLE_VALUE);
    do {
        if ((data.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0)
            continue;
        files++;
        assert_false(file_holds_secret(text_of(L"%ls\\%ls", home.w, data.cFileName).w));
    } while (FindNextFileW(search, &data));
    FindClose(search);
    assert_true(files > 0);
    in_a_child(L"cancel-group", NULL);
}

/* What a failed test has left. */
static int remove_leftovers(void **state)
{
    (void)state;
    HANDLE process = child_start(L"cancel-group", NULL);
    WaitForSingleObject(process, LONG_ENOUGH_MS);
    CloseHandle(process);
    return 0;
}

#define A_STEPPED_TEST(function)                                                                   \
    cmocka_unit_test_setup_teardown(function, support_before, remove_leftovers)

int main(void)
{
    child_main(steps, COUNT(steps));
    const struct CMUnitTest tests[] = {
        A_STEPPED_TEST(groups_properties_and_files_survive_the_process),
        A_STEPPED_TEST(a_running_group_goes_on_in_the_next_process),
        A_STEPPED_TEST(a_suspended_group_goes_on_in_the_next_process_when_resumed),
        A_STEPPED_TEST(two_processes_see_one_queue),
        A_STEPPED_TEST(a_client_is_told_of_what_another_process_downloads),
        A_STEPPED_TEST(an_error_and_its_event_survive_the_process),
        A_STEPPED_TEST(a_password_is_nowhere_in_the_queues_files_and_the_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
