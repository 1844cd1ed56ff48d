/* SPDX-License-Identifier: MIT */
/* CLSCTX_LOCAL_SERVER, which most programs ask for, since the original is a service. COM starts the stand-by host from
 * the registry; all programs of these tests have one queue, since the host has that of the first. */
#include "support.h"

#include <wchar.h>

#include "child.h"
#include "hosts.h"
#include "server.h"

/* ---- in the test's own process ------------------------------------------------------------- */

static void download(IBackgroundCopyQMgr *queue_manager)
{
    struct item item;
    server_item(queue_manager, &item);
    item_add(&item, L"/small.bin", L"small.bin");
    assert_int_equal(run(&item), GROUP_IS_COMPLETE);
    assert_true(same_content(in_folder(L"small.bin").w, www_file(L"small.bin").w));
    item_end(&item);
    DeleteFileW(in_folder(L"small.bin").w);
}

/* COM's proxies have this interface, objects have it not. */
static HRESULT ask_for_proxy(void *face)
{
    IUnknown *security = NULL;
    HRESULT hr =
        IUnknown_QueryInterface((IUnknown *)face, &IID_IClientSecurity, (void **)&security);
    if (security != NULL)
        IUnknown_Release(security);
    return hr;
}

static void a_program_in_the_multi_threaded_apartment_downloads_through_the_host(void **state)
{
    (void)state;
    IBackgroundCopyQMgr *queue_manager = server_manager();
    HANDLE host = the_host();
    assert_hr(ask_for_proxy(queue_manager), S_OK);
    download(queue_manager);
    IBackgroundCopyQMgr_Release(queue_manager);
    CloseHandle(host);
}

static void a_program_that_takes_any_server_gets_the_one_in_its_process(void **state)
{
    (void)state;
    IBackgroundCopyQMgr *queue_manager = NULL;
    assert_hr(CoCreateInstance(&CLSID_BackgroundCopyQMgr, NULL, CLSCTX_ALL,
                               &IID_IBackgroundCopyQMgr, (void **)&queue_manager),
              S_OK);
    assert_hr(ask_for_proxy(queue_manager), E_NOINTERFACE);
    IBackgroundCopyQMgr_Release(queue_manager);
}

/* ---- programs ----------------------------------------------------------------------------- */

static struct text step_target(void)
{
    return text_of(L"%ls\\%ls.bin", step_folder, step_argument);
}

static bool step_make(IBackgroundCopyQMgr *queue_manager, struct item *item, const wchar_t *remote)
{
    *item = (struct item){.job_id = fresh_guid()};
    return queue_manager != NULL && CLSIDFromString(step_argument, &item->id) == S_OK &&
           IBackgroundCopyQMgr_CreateGroup(queue_manager, item->id, &item->group) == S_OK &&
           IBackgroundCopyGroup_CreateJob(item->group, item->job_id, &item->job) == S_OK &&
           add_one(item->job, on_server(remote).w, step_target().w) == S_OK;
}

static bool is_complete(void *item)
{
    return group_status(((struct item *)item)->group) == GROUP_IS_COMPLETE;
}

/* From a single-threaded apartment, and by polling, as the program of the proof-of-concept does it. */
static DWORD download_from_a_single_thread(void)
{
    struct item item;
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    if (!step_make(step_manager(CLSCTX_LOCAL_SERVER), &item, L"/small.bin") ||
        IBackgroundCopyGroup_ResumeGroup(item.group) != S_OK || !wait_until(is_complete, &item))
        return FAILED_AT;
    if (!same_content(step_target().w, www_file(L"small.bin").w))
        return FAILED_AT;
    item_end(&item);
    return 0;
}

/* Dies with the pointers in its hand. */
static DWORD make_and_die(void)
{
    struct item item;
    if (!step_make(step_manager(CLSCTX_LOCAL_SERVER), &item, L"/small.bin"))
        return FAILED_AT;
    TerminateProcess(GetCurrentProcess(), 0);
    return FAILED_AT;
}

static DWORD resume_and_leave(void)
{
    struct item item;
    if (!step_make(step_manager(CLSCTX_LOCAL_SERVER), &item, L"/slow/" SLOW_FILE) ||
        IBackgroundCopyGroup_ResumeGroup(item.group) != S_OK)
        return FAILED_AT;
    return 0;
}

/* Reads a group's marshalled pointer from a file and works with the group. */
static DWORD use_a_pointer(void)
{
    BYTE data[4096];
    DWORD size = 0;
    IStream *stream = NULL;
    IBackgroundCopyGroup *group = NULL;
    const LARGE_INTEGER start = {.QuadPart = 0};
    HANDLE file = CreateFileW(step_argument, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    if (file == INVALID_HANDLE_VALUE || !ReadFile(file, data, sizeof data, &size, NULL) ||
        CreateStreamOnHGlobal(NULL, TRUE, &stream) != S_OK ||
        IStream_Write(stream, data, size, NULL) != S_OK ||
        IStream_Seek(stream, start, STREAM_SEEK_SET, NULL) != S_OK)
        return FAILED_AT;
    if (CoUnmarshalInterface(stream, &IID_IBackgroundCopyGroup, (void **)&group) != S_OK)
        return FAILED_AT;
    if (set_string(group, GROUPPROP_DISPLAYNAME, L"from the other program") != S_OK)
        return FAILED_AT;
    IBackgroundCopyGroup_Release(group);
    CoUninitialize();
    return 0;
}

static const struct step steps[] = {
    {L"download-from-a-single-thread", download_from_a_single_thread},
    {L"make-and-die", make_and_die},
    {L"resume-and-leave", resume_and_leave},
    {L"use-a-pointer", use_a_pointer},
};

static struct text new_name(void)
{
    GUID id = fresh_guid();
    return guid_text(&id);
}

static void get(IBackgroundCopyQMgr *queue_manager, const wchar_t *name, struct item *item)
{
    *item = (struct item){0};
    assert_hr(CLSIDFromString(name, &item->id), S_OK);
    assert_hr(IBackgroundCopyQMgr_GetGroup(queue_manager, item->id, &item->group), S_OK);
}

static void programs_in_single_threaded_apartments_share_one_host(void **state)
{
    (void)state;
    IBackgroundCopyQMgr *queue_manager = server_manager();
    HANDLE first = child_start(L"download-from-a-single-thread", new_name().w);
    HANDLE second = child_start(L"download-from-a-single-thread", new_name().w);
    child_finish(L"download-from-a-single-thread", first);
    child_finish(L"download-from-a-single-thread", second);
    CloseHandle(the_host());
    IBackgroundCopyQMgr_Release(queue_manager);
}

static void a_pointer_can_be_passed_on_to_another_program(void **state)
{
    (void)state;
    struct item item;
    IStream *stream;
    HGLOBAL memory;
    STATSTG stat;
    IBackgroundCopyQMgr *queue_manager = server_manager();
    server_item(queue_manager, &item);
    assert_hr(CreateStreamOnHGlobal(NULL, TRUE, &stream), S_OK);
    assert_hr(CoMarshalInterface(stream, &IID_IBackgroundCopyGroup, (IUnknown *)item.group,
                                 MSHCTX_LOCAL, NULL, MSHLFLAGS_NORMAL),
              S_OK);
    assert_hr(IStream_Stat(stream, &stat, STATFLAG_NONAME), S_OK);
    assert_hr(GetHGlobalFromStream(stream, &memory), S_OK);
    write_file(in_folder(L"pointer").w, GlobalLock(memory), (size_t)stat.cbSize.QuadPart);
    GlobalUnlock(memory);
    IStream_Release(stream);
    in_a_child(L"use-a-pointer", in_folder(L"pointer").w);
    assert_int_equal(
        wcscmp(get_string(item.group, GROUPPROP_DISPLAYNAME).w, L"from the other program"), 0);
    item_end(&item);
    IBackgroundCopyQMgr_Release(queue_manager);
}

/* Threads of one program, each in a single-threaded apartment. */
static DWORD WINAPI cancel_from_another_apartment(void *stream)
{
    IBackgroundCopyGroup *group = NULL;
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    HRESULT hr = CoGetInterfaceAndReleaseStream(stream, &IID_IBackgroundCopyGroup, (void **)&group);
    if (hr == S_OK) {
        hr = IBackgroundCopyGroup_CancelGroup(group);
        IBackgroundCopyGroup_Release(group);
    }
    CoUninitialize();
    return (DWORD)hr;
}

static void a_pointer_can_be_passed_on_to_another_thread(void **state)
{
    (void)state;
    struct item item;
    IStream *stream;
    DWORD answer = 1;
    IBackgroundCopyQMgr *queue_manager = server_manager();
    server_item(queue_manager, &item);
    assert_hr(CoMarshalInterThreadInterfaceInStream(&IID_IBackgroundCopyGroup,
                                                    (IUnknown *)item.group, &stream),
              S_OK);
    HANDLE thread = CreateThread(NULL, 0, cancel_from_another_apartment, stream, 0, NULL);
    assert_non_null(thread);
    assert_int_equal(WaitForSingleObject(thread, LONG_ENOUGH_MS), WAIT_OBJECT_0);
    assert_true(GetExitCodeThread(thread, &answer));
    CloseHandle(thread);
    assert_hr((HRESULT)answer, S_OK);
    assert_hr(IBackgroundCopyGroup_SuspendGroup(item.group), (HRESULT)QM_E_ITEM_NOT_FOUND);
    item_end(&item);
    IBackgroundCopyQMgr_Release(queue_manager);
}

static void a_group_goes_on_and_the_host_ends_when_its_clients_are_gone(void **state)
{
    (void)state;
    struct text name = new_name();
    in_a_child(L"resume-and-leave", name.w);
    HANDLE host = the_host();
    wait_for_its_end(host);
    assert_true(same_content(in_folder(text_of(L"%ls.bin", name.w).w).w, www_file(SLOW_FILE).w));
}

static void the_host_ends_though_its_client_died_with_pointers_in_hand(void **state)
{
    (void)state;
    in_a_child(L"make-and-die", new_name().w);
    wait_for_its_end(the_host());
}

static void a_host_that_is_killed_leaves_errors_and_its_groups_go_on_with_the_next(void **state)
{
    (void)state;
    struct item item, again;
    DWORD status, index;
    IBackgroundCopyQMgr *queue_manager = server_manager();
    server_item(queue_manager, &item);
    item_add(&item, L"/slow/" SLOW_FILE, L"slow.bin");
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_true(wait_until(has_bytes, &item));
    kill_process(the_host());
    assert_true(is_rpc_error(IBackgroundCopyGroup_GetStatus(item.group, &status, &index)));
    assert_true(is_rpc_error(IBackgroundCopyQMgr_GetGroup(queue_manager, item.id, &again.group)));

    IBackgroundCopyQMgr *next = server_manager_after_kill();
    get(next, guid_text(&item.id).w, &again);
    assert_true(wait_until(is_complete, &again));
    assert_true(same_content(in_folder(L"slow.bin").w, www_file(SLOW_FILE).w));
    assert_hr(IBackgroundCopyGroup_CancelGroup(again.group), S_OK);
    IBackgroundCopyGroup_Release(again.group);
    IBackgroundCopyQMgr_Release(next);
    IBackgroundCopyJob1_Release(item.job);
    IBackgroundCopyGroup_Release(item.group);
    IBackgroundCopyQMgr_Release(queue_manager);
}

/* ---- hosts beside each other ----------------------------------------------------------------- */

#define RUSHES 8

static DWORD WINAPI rush(void *unused)
{
    (void)unused;
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    for (unsigned i = 0; SUCCEEDED(hr) && i < 10; i++) {
        IBackgroundCopyQMgr *face = NULL;
        hr = CoCreateInstance(&CLSID_BackgroundCopyQMgr, NULL, CLSCTX_LOCAL_SERVER,
                              &IID_IBackgroundCopyQMgr, (void **)&face);
        if (SUCCEEDED(hr))
            IBackgroundCopyQMgr_Release(face);
    }
    CoUninitialize();
    return (DWORD)hr;
}

static void everybody_who_comes_at_once_is_served(void **state)
{
    (void)state;
    HANDLE threads[RUSHES];
    for (size_t i = 0; i < RUSHES; i++) {
        threads[i] = CreateThread(NULL, 0, rush, NULL, 0, NULL);
        assert_non_null(threads[i]);
    }
    for (size_t i = 0; i < RUSHES; i++) {
        DWORD answer = 1;
        assert_int_equal(WaitForSingleObject(threads[i], LONG_ENOUGH_MS), WAIT_OBJECT_0);
        assert_true(GetExitCodeThread(threads[i], &answer));
        CloseHandle(threads[i]);
        assert_hr((HRESULT)answer, S_OK);
    }
}

/* As COM does it when two clients come at the same instant. */
static HANDLE start_another_host(void)
{
    struct text line;
    LONG size = sizeof line.w;
    STARTUPINFOW startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    assert_int_equal(RegQueryValueW(HKEY_CLASSES_ROOT,
                                    L"CLSID\\{69AD4AEE-51BE-439B-A92C-86AE490E8B30}\\LocalServer32",
                                    line.w, &size),
                     0);
    wcscat(line.w, L" -Embedding");
    assert_true(CreateProcessW(NULL, line.w, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process));
    CloseHandle(process.hThread);
    return process.hProcess;
}

static void a_host_beside_another_ends_though_that_one_is_at_work(void **state)
{
    (void)state;
    struct item item;
    IBackgroundCopyQMgr *queue_manager = server_manager();
    server_item(queue_manager, &item);
    item_add(&item, L"/veryslow/" SLOW_FILE, L"slow.bin");
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_true(wait_until(has_bytes, &item));
    wait_for_its_end(start_another_host());
    assert_int_equal(group_status(item.group), QM_STATUS_GROUP_INCOMPLETE);
    item_end(&item);
    IBackgroundCopyQMgr_Release(queue_manager);
}

static void a_host_whose_queue_cannot_be_had_says_so(void **state)
{
    (void)state;
    struct text home = environment(L"QMGRPRXY_HOME");
    IBackgroundCopyGroup *group;
    write_file(in_folder(L"file").w, "", 0);
    assert_true(SetEnvironmentVariableW(L"QMGRPRXY_HOME", in_folder(L"file").w));
    IBackgroundCopyQMgr *queue_manager = server_manager();
    assert_true(SetEnvironmentVariableW(L"QMGRPRXY_HOME", home.w));
    assert_hr(IBackgroundCopyQMgr_CreateGroup(queue_manager, fresh_guid(), &group),
              (HRESULT)QM_E_SERVICE_UNAVAILABLE);
    IBackgroundCopyQMgr_Release(queue_manager);
    wait_for_its_end(the_host());
}

/* ---- the class object ---------------------------------------------------------------------- */

static void the_factory_refuses_what_it_refuses_in_process(void **state)
{
    (void)state;
    IClassFactory *factory = NULL;
    IUnknown *face = (void *)1;
    assert_hr(CoGetClassObject(&CLSID_BackgroundCopyQMgr, CLSCTX_LOCAL_SERVER, NULL,
                               &IID_IClassFactory, (void **)&factory),
              S_OK);
    assert_hr(
        IClassFactory_CreateInstance(factory, NULL, &IID_IBackgroundCopyGroup, (void **)&face),
        E_NOINTERFACE);
    assert_null(face);
    assert_hr(IClassFactory_CreateInstance(factory, NULL, &IID_IUnknown, (void **)&face), S_OK);
    IUnknown_Release(face);
    IClassFactory_Release(factory);
}

int main(void)
{
    child_main(steps, COUNT(steps));
    const struct CMUnitTest tests[] = {
        /* These first: their host must have no other client, since under Wine it keeps what a dead one held until all
         * of its clients are gone. */
        A_TEST(a_group_goes_on_and_the_host_ends_when_its_clients_are_gone),
        A_TEST(the_host_ends_though_its_client_died_with_pointers_in_hand),
        A_TEST(a_host_whose_queue_cannot_be_had_says_so),
        A_TEST(a_program_in_the_multi_threaded_apartment_downloads_through_the_host),
        A_TEST(a_program_that_takes_any_server_gets_the_one_in_its_process),
        A_TEST(programs_in_single_threaded_apartments_share_one_host),
        A_TEST(a_pointer_can_be_passed_on_to_another_program),
        A_TEST(a_pointer_can_be_passed_on_to_another_thread),
        A_TEST(the_factory_refuses_what_it_refuses_in_process),
        A_TEST(a_host_that_is_killed_leaves_errors_and_its_groups_go_on_with_the_next),
        A_TEST(everybody_who_comes_at_once_is_served),
        A_TEST(a_host_beside_another_ends_though_that_one_is_at_work),
    };
    return cmocka_run_group_tests(tests, server_enter_apartment, support_end);
}
