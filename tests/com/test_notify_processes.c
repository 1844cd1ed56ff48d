/* SPDX-License-Identifier: MIT */
/* OnStatus from the host to clients in other processes: to an object of theirs, to a class that is a DLL, and to a
 * class that is a program of its own; each of them stays, hangs, crashes, and comes back (qmgr.md 8, Q31 to Q44). */
#include "support.h"

#include <wchar.h>

#include <tlhelp32.h>

#include "callback/callback_class.h"
#include "child.h"
#include "hosts.h"
#include "server.h"

/* ---- the client's class -------------------------------------------------------------------- */

static struct text class_key(const CLSID *clsid)
{
    return text_of(L"Software\\Classes\\CLSID\\%ls", guid_text(clsid).w);
}

static void put(const wchar_t *path, const wchar_t *name, const wchar_t *text)
{
    HKEY key;
    assert_int_equal(
        RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL), 0);
    DWORD size = (DWORD)((wcslen(text) + 1) * sizeof *text);
    assert_int_equal(RegSetValueExW(key, name, 0, REG_SZ, (const BYTE *)text, size), 0);
    RegCloseKey(key);
}

/* A file of the build, beside this program. */
static struct text beside(const wchar_t *name)
{
    struct text path;
    assert_true(GetModuleFileNameW(NULL, path.w, COUNT(path.w)) > 0);
    *(wcsrchr(path.w, L'\\') + 1) = 0;
    return text_of(L"%ls%ls", path.w, name);
}

static void register_classes(void)
{
    const CLSID *const classes[] = {&clsid_of_dll, &clsid_of_program};
    for (size_t i = 0; i < COUNT(classes); i++)
        put(class_key(classes[i]).w, L"Folder", folder().w);
    struct text server = text_of(L"%ls\\InprocServer32", class_key(&clsid_of_dll).w);
    put(server.w, NULL, beside(L"callback_dll.dll").w);
    put(server.w, L"ThreadingModel", L"Both");
    put(text_of(L"%ls\\LocalServer32", class_key(&clsid_of_program).w).w, NULL,
        text_of(L"\"%ls\"", beside(L"callback_program.exe").w).w);
}

static int unregister_classes(void **state)
{
    (void)state;
    static const wchar_t *const servers[] = {L"InprocServer32", L"LocalServer32"};
    const CLSID *const classes[] = {&clsid_of_dll, &clsid_of_program};
    for (size_t i = 0; i < COUNT(classes); i++) {
        struct text key = class_key(classes[i]);
        RegDeleteKeyW(HKEY_LOCAL_MACHINE, text_of(L"%ls\\%ls", key.w, servers[i]).w);
        RegDeleteKeyW(HKEY_LOCAL_MACHINE, key.w);
    }
    return 0;
}

/* See callback/callback_class.h. */
static void order(const wchar_t *what)
{
    write_file(in_folder(what).w, "", 0);
}

static bool is_there(void *name)
{
    return exists(in_folder(name).w);
}

static bool is_hanging(void)
{
    wchar_t name[] = L"hanging";
    return wait_until(is_there, name);
}

static bool is_told(const struct item *item)
{
    struct text name = text_of(L"told-%ls", guid_text(&item->id).w);
    return wait_until(is_there, name.w);
}

/* The process of the class that is a program. */
static HANDLE find_program(void)
{
    PROCESSENTRY32W entry = {.dwSize = sizeof entry};
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0), process = NULL;
    assert_true(snapshot != INVALID_HANDLE_VALUE);
    for (BOOL more = Process32FirstW(snapshot, &entry); more && process == NULL;
         more = Process32NextW(snapshot, &entry)) {
        if (_wcsicmp(entry.szExeFile, L"callback_program.exe") == 0)
            process = OpenProcess(SYNCHRONIZE | PROCESS_TERMINATE, FALSE, entry.th32ProcessID);
    }
    CloseHandle(snapshot);
    assert_non_null(process);
    return process;
}

/* ---- groups --------------------------------------------------------------------------------- */

/* A small group that runs, and whose class is to be told. */
static void start_group(IBackgroundCopyQMgr *queue_manager, struct item *item, const CLSID *clsid)
{
    server_item(queue_manager, item);
    item_add(item, L"/small.bin", text_of(L"%ls.bin", guid_text(&item->id).w).w);
    assert_hr(set_integer(item->group, GROUPPROP_NOTIFYFLAGS, QM_NOTIFY_GROUP_DONE), S_OK);
    assert_hr(set_string(item->group, GROUPPROP_NOTIFYCLSID, guid_text(clsid).w), S_OK);
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item->group), S_OK);
}

/* What a client does that has come back: it looks for its group. */
static void find_again(IBackgroundCopyQMgr *queue_manager, const struct item *lost,
                       struct item *item)
{
    *item = (struct item){.id = lost->id, .job_id = lost->job_id};
    assert_hr(IBackgroundCopyQMgr_GetGroup(queue_manager, item->id, &item->group), S_OK);
    assert_hr(IBackgroundCopyGroup_GetJob(item->group, item->job_id, &item->job), S_OK);
}

static void let_go(struct item *item)
{
    IBackgroundCopyJob1_Release(item->job);
    IBackgroundCopyGroup_Release(item->group);
}

/* ---- a client's object ------------------------------------------------------------------------ */

static void an_object_in_another_process_is_told(void **state)
{
    (void)state;
    struct item item;
    IBackgroundCopyQMgr *queue_manager = server_manager();
    struct listener *listener = listener_new();
    server_item(queue_manager, &item);
    item_add(&item, L"/status/404", L"missing.bin");
    assert_hr(set_listener(item.group, listener), S_OK);
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_true(listener_wait(listener));
    assert_true(IsEqualGUID(&listener->group_id, &item.id));
    assert_true(IsEqualGUID(&listener->job_id, &item.job_id));
    assert_int_equal(listener->status, GROUP_IS_FAILED);
    assert_int_equal(listener->status_inside, GROUP_IS_FAILED);
    assert_int_equal(listener->file, 0);
    assert_int_equal(listener->http, 404);
    assert_int_equal(listener->win32, 0);
    item_end(&item);
    IBackgroundCopyQMgr_Release(queue_manager);
    listener_release(listener);
}

static void an_object_may_cancel_its_group_in_on_status(void **state)
{
    (void)state;
    struct item item;
    IBackgroundCopyQMgr *queue_manager = server_manager();
    struct listener *listener = listener_new();
    listener->cancel_inside = true;
    server_item(queue_manager, &item);
    item_add(&item, L"/status/404", L"missing.bin");
    assert_hr(set_listener(item.group, listener), S_OK);
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_true(listener_wait(listener));
    assert_hr(listener->cancelled, S_OK);
    item_end(&item);
    IBackgroundCopyQMgr_Release(queue_manager);
    listener_release(listener);
}

/* Programs with an object that hangs, or crashes, in OnStatus. They end in the middle of it. */

static bool step_start(struct item *item, struct listener *listener)
{
    IBackgroundCopyQMgr *queue_manager = step_manager(CLSCTX_LOCAL_SERVER);
    *item = (struct item){.job_id = fresh_guid()};
    return queue_manager != NULL && CLSIDFromString(step_argument, &item->id) == S_OK &&
           IBackgroundCopyQMgr_CreateGroup(queue_manager, item->id, &item->group) == S_OK &&
           IBackgroundCopyGroup_CreateJob(item->group, item->job_id, &item->job) == S_OK &&
           add_one(item->job, on_server(L"/status/404").w,
                   text_of(L"%ls\\missing.bin", step_folder).w) == S_OK &&
           set_listener(item->group, listener) == S_OK &&
           IBackgroundCopyGroup_ResumeGroup(item->group) == S_OK;
}

static DWORD be_told_and_hang(void)
{
    struct item item;
    struct listener *listener = listener_new();
    listener->hold = CreateEventW(NULL, TRUE, FALSE, NULL); /* nobody sets it */
    if (!step_start(&item, listener) ||
        WaitForSingleObject(listener->entered, LONG_ENOUGH_MS) != WAIT_OBJECT_0)
        return FAILED_AT;
    write_file(text_of(L"%ls\\hanging", step_folder).w, "", 0);
    Sleep(INFINITE);
    return FAILED_AT;
}

static DWORD be_told_and_crash(void)
{
    struct item item;
    struct listener *listener = listener_new();
    listener->hold = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!step_start(&item, listener) ||
        WaitForSingleObject(listener->entered, LONG_ENOUGH_MS) != WAIT_OBJECT_0)
        return FAILED_AT;
    TerminateProcess(GetCurrentProcess(), 0);
    return FAILED_AT;
}

static const struct step steps[] = {
    {L"be-told-and-hang", be_told_and_hang},
    {L"be-told-and-crash", be_told_and_crash},
};

/* The program has come back: another object takes the place of the one that is gone. */
static void assert_told_again(IBackgroundCopyQMgr *queue_manager, const struct text *name)
{
    struct item item = {0};
    struct listener *listener = listener_new();
    assert_hr(CLSIDFromString(name->w, &item.id), S_OK);
    assert_hr(IBackgroundCopyQMgr_GetGroup(queue_manager, item.id, &item.group), S_OK);
    assert_hr(set_listener(item.group, listener), S_OK);
    assert_true(listener_wait(listener));
    assert_true(IsEqualGUID(&listener->group_id, &item.id));
    item_end(&item);
    listener_release(listener);
}

static void an_object_that_hangs_holds_up_nobody_else(void **state)
{
    (void)state;
    IBackgroundCopyQMgr *queue_manager = server_manager();
    GUID id = fresh_guid();
    struct text name = guid_text(&id);
    HANDLE program = child_start(L"be-told-and-hang", name.w);
    assert_true(is_hanging());
    struct item item;
    server_item(queue_manager, &item);
    item_add(&item, L"/small.bin", L"small.bin");
    assert_int_equal(run(&item), GROUP_IS_COMPLETE); /* and was told so */
    kill_process(program);
    assert_told_again(queue_manager, &name);
    item_end(&item);
    IBackgroundCopyQMgr_Release(queue_manager);
}

static void an_object_whose_program_crashed_is_told_again_when_it_comes_back(void **state)
{
    (void)state;
    IBackgroundCopyQMgr *queue_manager = server_manager();
    GUID id = fresh_guid();
    struct text name = guid_text(&id);
    in_a_child(L"be-told-and-crash", name.w);
    assert_told_again(queue_manager, &name);
    IBackgroundCopyQMgr_Release(queue_manager);
}

/* ---- a class that is a program ---------------------------------------------------------------- */

static void a_class_that_is_a_program_is_told_by(IBackgroundCopyQMgr *queue_manager)
{
    struct item item;
    start_group(queue_manager, &item, &clsid_of_program);
    assert_true(is_told(&item));
    item_end(&item);
}

static void a_class_that_is_a_program_is_told(void **state)
{
    (void)state;
    IBackgroundCopyQMgr *queue_manager = server_manager();
    a_class_that_is_a_program_is_told_by(queue_manager);
    IBackgroundCopyQMgr_Release(queue_manager);
}

static void a_class_that_is_a_program_is_told_also_without_a_host(void **state)
{
    (void)state;
    IBackgroundCopyQMgr *queue_manager = NULL;
    assert_hr(CoCreateInstance(&CLSID_BackgroundCopyQMgr, NULL, CLSCTX_INPROC_SERVER,
                               &IID_IBackgroundCopyQMgr, (void **)&queue_manager),
              S_OK);
    a_class_that_is_a_program_is_told_by(queue_manager);
    IBackgroundCopyQMgr_Release(queue_manager);
}

static void a_program_that_hangs_holds_up_nobody_and_is_told_again_when_it_was_killed(void **state)
{
    (void)state;
    struct item hung, other;
    IBackgroundCopyQMgr *queue_manager = server_manager();
    order(L"hang");
    start_group(queue_manager, &hung, &clsid_of_program);
    assert_true(is_hanging());
    HANDLE program = find_program();
    start_group(queue_manager, &other, &clsid_of_dll);
    assert_true(is_told(&other));
    kill_process(program);
    assert_true(is_told(&hung));
    item_end(&hung);
    item_end(&other);
    IBackgroundCopyQMgr_Release(queue_manager);
}

static void a_program_that_crashed_or_refused_is_told_again(void **state)
{
    (void)state;
    struct item crashed, refused;
    IBackgroundCopyQMgr *queue_manager = server_manager();
    order(L"crash");
    start_group(queue_manager, &crashed, &clsid_of_program);
    wchar_t name[] = L"crash";
    while (is_there(name)) /* it is taken */
        ;
    order(L"refuse");
    start_group(queue_manager, &refused, &clsid_of_program);
    assert_true(is_told(&crashed));
    assert_true(is_told(&refused));
    assert_false(exists(in_folder(L"refuse").w));
    item_end(&crashed);
    item_end(&refused);
    IBackgroundCopyQMgr_Release(queue_manager);
}

/* ---- a class that is a DLL ---------------------------------------------------------------------- */

static void a_class_that_is_a_dll_is_told(void **state)
{
    (void)state;
    struct item item;
    IBackgroundCopyQMgr *queue_manager = server_manager();
    start_group(queue_manager, &item, &clsid_of_dll);
    assert_true(is_told(&item));
    item_end(&item);
    IBackgroundCopyQMgr_Release(queue_manager);
}

/* It lives in the host, and takes it along. */
static void a_dll_that_crashes_is_told_again_by_the_next_host_when_its_client_comes_back(
    void **state)
{
    (void)state;
    struct item lost, item;
    IBackgroundCopyQMgr *queue_manager = server_manager();
    HANDLE host = the_host();
    order(L"crash");
    start_group(queue_manager, &lost, &clsid_of_dll);
    wait_for_its_end(host);
    IBackgroundCopyQMgr *next = server_manager_after_kill();
    find_again(next, &lost, &item);
    assert_true(is_told(&item));
    item_end(&item);
    let_go(&lost);
    IBackgroundCopyQMgr_Release(queue_manager);
    IBackgroundCopyQMgr_Release(next);
}

static void a_dll_that_hangs_holds_up_nobody_else(void **state)
{
    (void)state;
    struct item hung, other;
    IBackgroundCopyQMgr *queue_manager = server_manager();
    order(L"hang");
    start_group(queue_manager, &hung, &clsid_of_dll);
    assert_true(is_hanging());
    start_group(queue_manager, &other, &clsid_of_program);
    assert_true(is_told(&other));
    item_end(&hung); /* it may still be cancelled */
    item_end(&other);
    kill_process(the_host()); /* the DLL never lets go of it */
    IBackgroundCopyQMgr_Release(queue_manager);
}

/* ---- the frame ---------------------------------------------------------------------------------- */

static int before(void **state)
{
    int result = support_before(state);
    register_classes();
    return result;
}

#define A_CLASS_TEST(function) cmocka_unit_test_setup_teardown(function, before, unregister_classes)

int main(void)
{
    child_main(steps, COUNT(steps));
    const struct CMUnitTest tests[] = {
        A_CLASS_TEST(an_object_in_another_process_is_told),
        A_CLASS_TEST(an_object_may_cancel_its_group_in_on_status),
        A_CLASS_TEST(an_object_that_hangs_holds_up_nobody_else),
        A_CLASS_TEST(an_object_whose_program_crashed_is_told_again_when_it_comes_back),
        A_CLASS_TEST(a_class_that_is_a_program_is_told),
        A_CLASS_TEST(a_class_that_is_a_program_is_told_also_without_a_host),
        A_CLASS_TEST(a_program_that_hangs_holds_up_nobody_and_is_told_again_when_it_was_killed),
        A_CLASS_TEST(a_program_that_crashed_or_refused_is_told_again),
        A_CLASS_TEST(a_class_that_is_a_dll_is_told),
        A_CLASS_TEST(a_dll_that_crashes_is_told_again_by_the_next_host_when_its_client_comes_back),
        A_CLASS_TEST(a_dll_that_hangs_holds_up_nobody_else), /* last: it ends the host */
    };
    return cmocka_run_group_tests(tests, server_enter_apartment, support_end);
}
