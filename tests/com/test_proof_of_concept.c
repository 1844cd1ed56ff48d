/* SPDX-License-Identifier: MIT */
/* What the one public client of this API does (qmgr.md section 9, "step by step"), call for call; in the
 * process, as long as there is no local server, and with a URL in place of its UNC name. */
#include "support.h"

static const GUID fixed_id = {0xCE7A3D0A, 0x2B5E, 0x4C0E, {0x90, 1, 2, 3, 4, 5, 6, 7}};
static const GUID new_job_iid = {
    0x37668d37, 0x507e, 0x4160, {0x93, 0x16, 0x26, 0x30, 0x6d, 0x15, 0x0b, 0x12}};

/* dwSizeHint is never set, and everything is freed at once. */
static HRESULT add_as_the_client_does(IBackgroundCopyJob1 *job, const wchar_t *local)
{
    FILESETINFO *info = HeapAlloc(GetProcessHeap(), 0, sizeof *info);
    assert_non_null(info);
    memset(&info->dwSizeHint, 0xFE, sizeof info->dwSizeHint);
    info->bstrRemoteFile = SysAllocString(on_server(L"/small.bin").w);
    info->bstrLocalFile = SysAllocString(local);
    HRESULT hr = IBackgroundCopyJob1_AddFiles(job, 1, &info);
    memset(info->bstrRemoteFile, 'x', SysStringByteLen(info->bstrRemoteFile));
    memset(info->bstrLocalFile, 'x', SysStringByteLen(info->bstrLocalFile));
    SysFreeString(info->bstrRemoteFile);
    SysFreeString(info->bstrLocalFile);
    HeapFree(GetProcessHeap(), 0, info);
    return hr;
}

/* Gives the group as the client leaves it. */
static IBackgroundCopyGroup *one_run(IBackgroundCopyJob1 **job)
{
    IBackgroundCopyQMgr *queue_manager;
    IBackgroundCopyGroup *group = NULL;
    IUnknown *newer = (void *)1;
    assert_hr(CoCreateInstance(&CLSID_BackgroundCopyQMgr, NULL, CLSCTX_ALL,
                               &IID_IBackgroundCopyQMgr, (void **)&queue_manager),
              S_OK);
    if (SUCCEEDED(IBackgroundCopyQMgr_GetGroup(queue_manager, fixed_id, &group)))
        assert_hr(IBackgroundCopyGroup_CancelGroup(group), S_OK);
    /* The pointer is overwritten without Release. */
    assert_hr(IBackgroundCopyQMgr_CreateGroup(queue_manager, fixed_id, &group), S_OK);
    assert_hr(IBackgroundCopyGroup_CreateJob(group, fresh_guid(), job), S_OK);
    assert_hr(add_as_the_client_does(*job, in_folder(L"target.bin").w), S_OK);
    assert_hr(IBackgroundCopyGroup_QueryNewJobInterface(group, &new_job_iid, &newer), E_NOTIMPL);
    assert_null(newer);
    IBackgroundCopyQMgr_Release(queue_manager);
    return group;
}

static void the_public_clients_sequence_works_again_and_again(void **state)
{
    (void)state;
    IBackgroundCopyGroup *group = NULL;
    IBackgroundCopyJob1 *job = NULL;
    for (unsigned round = 0; round < 3; round++) {
        group = one_run(&job);
        assert_int_equal(count_in_folder(L"BIT*.tmp"), 1); /* the one before was cancelled */
        if (round < 2) {
            IBackgroundCopyJob1_Release(job);
            IBackgroundCopyGroup_Release(group);
        }
    }
    struct item item = {.id = fixed_id, .group = group, .job = job};
    FILESETINFO info;
    assert_hr(IBackgroundCopyJob1_GetFile(job, 0, &info), S_OK); /* copied, not kept */
    assert_int_equal(wcscmp(info.bstrRemoteFile, on_server(L"/small.bin").w), 0);
    SysFreeString(info.bstrRemoteFile);
    SysFreeString(info.bstrLocalFile);
    assert_int_equal(run(&item), GROUP_IS_COMPLETE);
    assert_true(same_content(in_folder(L"target.bin").w, www_file(L"small.bin").w));
    item_end(&item);
}

static DWORD WINAPI client_thread(void *context)
{
    DWORD *done = context;
    IBackgroundCopyQMgr *queue_manager = NULL;
    IBackgroundCopyGroup *group = NULL;
    if (CoInitializeEx(NULL, COINIT_APARTMENTTHREADED) != S_OK)
        return 1;
    if (CoCreateInstance(&CLSID_BackgroundCopyQMgr, NULL, CLSCTX_ALL, &IID_IBackgroundCopyQMgr,
                         (void **)&queue_manager) == S_OK &&
        IBackgroundCopyQMgr_CreateGroup(queue_manager, fixed_id, &group) == S_OK &&
        IBackgroundCopyGroup_CancelGroup(group) == S_OK)
        *done = 1;
    if (group != NULL)
        IBackgroundCopyGroup_Release(group);
    if (queue_manager != NULL)
        IBackgroundCopyQMgr_Release(queue_manager);
    CoUninitialize();
    return 0;
}

static void a_client_in_an_apartment_of_its_own_can_do_the_same(void **state)
{
    (void)state;
    DWORD done = 0;
    HANDLE thread = CreateThread(NULL, 0, client_thread, &done, 0, NULL);
    assert_non_null(thread);
    assert_int_equal(WaitForSingleObject(thread, LONG_ENOUGH_MS), WAIT_OBJECT_0);
    CloseHandle(thread);
    assert_int_equal(done, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(the_public_clients_sequence_works_again_and_again),
        A_TEST(a_client_in_an_apartment_of_its_own_can_do_the_same),
    };
    return cmocka_run_group_tests(tests, support_start, support_end);
}
