/* SPDX-License-Identifier: MIT */
/* Work goes on when the program ends: the stand-by host of issue 3. */
#include "support.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "child.h"
#include "hosts.h"

#define SETTINGS L"Software\\QmgrPrxy"

/* ---- programs ----------------------------------------------------------------------------- */

/* A group of its own with one file. The file's name is the group's number. */
static bool prepare(IBackgroundCopyQMgr *queue_manager, struct item *item, const wchar_t *remote)
{
    item->id = item->job_id = fresh_guid();
    CLSIDFromString(step_argument, &item->id);
    struct text local = text_of(L"%ls\\%ls.bin", step_folder, step_argument);
    return queue_manager != NULL &&
           IBackgroundCopyQMgr_CreateGroup(queue_manager, item->id, &item->group) == S_OK &&
           IBackgroundCopyGroup_CreateJob(item->group, item->job_id, &item->job) == S_OK &&
           add_one(item->job, on_server(remote).w, local.w) == S_OK;
}

static bool resume(struct item *item, const wchar_t *remote)
{
    return prepare(step_manager(CLSCTX_ALL), item, remote) &&
           IBackgroundCopyGroup_ResumeGroup(item->group) == S_OK;
}

static bool resume_slow(struct item *item)
{
    return resume(item, L"/slow/" SLOW_FILE);
}

static DWORD resume_and_die(void)
{
    struct item item;
    if (!resume_slow(&item))
        return FAILED_AT;
    TerminateProcess(GetCurrentProcess(), 0);
    return FAILED_AT;
}

/* What names the queue has changed since the class was first used. */
static DWORD resume_elsewhere_and_die(void)
{
    struct item item;
    struct text elsewhere = text_of(L"%ls\\elsewhere", step_folder);
    if (!prepare(step_manager(CLSCTX_ALL), &item, L"/slow/" SLOW_FILE) ||
        !SetCurrentDirectoryW(elsewhere.w) || IBackgroundCopyGroup_ResumeGroup(item.group) != S_OK)
        return FAILED_AT;
    TerminateProcess(GetCurrentProcess(), 0);
    return FAILED_AT;
}

/* The DLL is loaded from the step's folder and then moved: rundll32 cannot load it. */
static IBackgroundCopyQMgr *manager_of_a_moved_dll(void)
{
    struct text dll = text_of(L"%ls\\copy.dll", step_folder);
    struct text moved = text_of(L"%ls\\moved.dll", step_folder);
    IBackgroundCopyQMgr *queue_manager = NULL;
    IClassFactory *factory = NULL;
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    HMODULE module = LoadLibraryW(dll.w);
    LPFNGETCLASSOBJECT get =
        module ? (LPFNGETCLASSOBJECT)(void (*)(void))GetProcAddress(module, "DllGetClassObject")
               : NULL;
    if (get == NULL || !MoveFileW(dll.w, moved.w) ||
        get(&CLSID_BackgroundCopyQMgr, &IID_IClassFactory, (void **)&factory) != S_OK)
        return NULL;
    IClassFactory_CreateInstance(factory, NULL, &IID_IBackgroundCopyQMgr, (void **)&queue_manager);
    return queue_manager;
}

/* The file takes longer than the test, which ends this process. */
static DWORD resume_without_host_and_stay(void)
{
    struct item item;
    if (!prepare(manager_of_a_moved_dll(), &item, L"/veryslow/" SLOW_FILE) ||
        IBackgroundCopyGroup_ResumeGroup(item.group) != S_OK)
        return FAILED_AT;
    Sleep(INFINITE);
    return FAILED_AT;
}

static DWORD resume_and_exit(void)
{
    struct item item;
    if (!resume_slow(&item) || !wait_until(has_bytes, &item))
        return FAILED_AT;
    return 0;
}

/* Nobody waits for the file to arrive, so it may take as long as it likes. */
static DWORD resume_endless_and_exit(void)
{
    struct item item;
    if (!resume(&item, L"/veryslow/" SLOW_FILE) || !wait_until(has_bytes, &item))
        return FAILED_AT;
    return 0;
}

/* The file takes longer than the test, which ends this process. */
static DWORD resume_and_stay(void)
{
    struct item item;
    if (!resume(&item, L"/veryslow/" SLOW_FILE))
        return FAILED_AT;
    Sleep(INFINITE);
    return FAILED_AT;
}

static DWORD check_complete(void)
{
    struct item item;
    GUID id;
    DWORD status = 0, index;
    IBackgroundCopyQMgr *queue_manager = step_manager(CLSCTX_ALL);
    CLSIDFromString(step_argument, &id);
    if (queue_manager == NULL ||
        IBackgroundCopyQMgr_GetGroup(queue_manager, id, &item.group) != S_OK ||
        IBackgroundCopyGroup_GetStatus(item.group, &status, &index) != S_OK ||
        status != GROUP_IS_COMPLETE)
        return FAILED_AT;
    return 0;
}

static DWORD cancel(void)
{
    struct item item;
    GUID id;
    IBackgroundCopyQMgr *queue_manager = step_manager(CLSCTX_ALL);
    CLSIDFromString(step_argument, &id);
    if (queue_manager == NULL ||
        IBackgroundCopyQMgr_GetGroup(queue_manager, id, &item.group) != S_OK ||
        IBackgroundCopyGroup_CancelGroup(item.group) != S_OK)
        return FAILED_AT;
    return 0;
}

static const struct step steps[] = {
    {L"resume-and-die", resume_and_die},
    {L"resume-and-exit", resume_and_exit},
    {L"resume-endless-and-exit", resume_endless_and_exit},
    {L"resume-and-stay", resume_and_stay},
    {L"resume-elsewhere-and-die", resume_elsewhere_and_die},
    {L"resume-without-host-and-stay", resume_without_host_and_stay},
    {L"check-complete", check_complete},
    {L"cancel", cancel},
};

/* ---- what arrives ------------------------------------------------------------------------- */

static struct text new_group(void)
{
    GUID id = fresh_guid();
    return guid_text(&id);
}

static struct text target_of(const wchar_t *group)
{
    return in_folder(text_of(L"%ls.bin", group).w);
}

static bool is_there(void *path)
{
    return exists(((struct text *)path)->w);
}

static void assert_arrives(const wchar_t *group)
{
    struct text target = target_of(group);
    assert_true(wait_until(is_there, &target));
    assert_true(same_content(target.w, www_file(SLOW_FILE).w));
}

/* ---- the frame ---------------------------------------------------------------------------- */

static void set_switch(const wchar_t *text)
{
    assert_true(SetEnvironmentVariableW(L"QMGRPRXY_HOST", text));
}

/* Each test has a queue of its own, in its folder: what is left in it goes with that. */
static int before(void **state)
{
    int result = support_before(state);
    struct text home = in_folder(L"queue");
    SetEnvironmentVariableW(L"QMGRPRXY_HOME", home.w);
    set_switch(L"on");
    return result;
}

static int after(void **state)
{
    (void)state;
    return end_hosts();
}

#define A_HOST_TEST(function) cmocka_unit_test_setup_teardown(function, before, after)

/* ---- tests -------------------------------------------------------------------------------- */

static void a_file_arrives_although_the_program_was_killed_when_resume_returned(void **state)
{
    (void)state;
    struct text group = new_group();
    in_a_child(L"resume-and-die", group.w);
    assert_arrives(group.w);
    wait_for_its_end(the_host());
    in_a_child(L"check-complete", group.w);
    assert_int_equal(count_in_folder(L"BIT*.tmp"), 0);
}

static void a_file_arrives_although_the_program_ended_in_mid_transfer(void **state)
{
    (void)state;
    struct text group = new_group();
    in_a_child(L"resume-and-exit", group.w);
    assert_false(exists(target_of(group.w).w));
    assert_arrives(group.w);
    in_a_child(L"check-complete", group.w);
}

static void programs_share_one_host(void **state)
{
    (void)state;
    struct text groups[2] = {new_group(), new_group()};
    HANDLE first = child_start(L"resume-and-exit", groups[0].w);
    HANDLE second = child_start(L"resume-and-exit", groups[1].w);
    child_finish(L"resume-and-exit", first);
    child_finish(L"resume-and-exit", second);
    HANDLE host = the_host();
    struct text third = new_group();
    in_a_child(L"resume-and-die", third.w);
    assert_int_equal(hosts().count, 1); /* it was there, so no other was started */
    assert_arrives(groups[0].w);
    assert_arrives(groups[1].w);
    assert_arrives(third.w);
    wait_for_its_end(host);
}

static void a_host_that_was_killed_is_replaced_while_the_program_runs_its_group(void **state)
{
    (void)state;
    struct text group = new_group();
    HANDLE program = child_start(L"resume-and-stay", group.w);
    for (int i = 0; i < 2; i++) {
        HANDLE host = the_host();
        assert_true(TerminateProcess(host, 1));
        wait_for_its_end(host);
    }
    HANDLE host = the_host();
    assert_true(TerminateProcess(program, 0));
    wait_for_its_end(program);
    in_a_child(L"cancel", group.w);
    wait_for_its_end(host);
}

static void the_host_ends_when_nothing_is_left_and_comes_back_when_needed(void **state)
{
    struct item items[2];
    struct text local[2] = {in_folder(L"0.bin"), in_folder(L"1.bin")};
    assert_int_equal(support_start(state), 0);
    for (int i = 0; i < 2; i++) {
        items[i] = item_new();
        assert_hr(add_one(items[i].job, on_server(L"/small.bin").w, local[i].w), S_OK);
        assert_int_equal(run(&items[i]), GROUP_IS_COMPLETE);
        wait_for_its_end(the_host()); /* though this program still has the class in use */
        assert_int_equal(hosts().count, 0);
    }
    for (int i = 0; i < 2; i++)
        item_end(&items[i]);
    assert_int_equal(support_end(state), 0);
}

static struct text registered_dll(void)
{
    struct text dll;
    LONG size = sizeof dll.w;
    assert_int_equal(
        RegQueryValueW(HKEY_CLASSES_ROOT,
                       L"CLSID\\{69AD4AEE-51BE-439B-A92C-86AE490E8B30}\\InprocServer32", dll.w,
                       &size),
        0);
    return dll;
}

static void a_host_started_by_hand_for_a_queue_with_nothing_to_do_ends(void **state)
{
    (void)state;
    wchar_t program[MAX_PATH + 1];
    STARTUPINFOW startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    set_switch(L"off"); /* it was asked for all the same */
    assert_true(GetSystemDirectoryW(program, MAX_PATH) > 0);
    struct text rundll = text_of(L"%ls\\rundll32.exe", program);
    struct text line = text_of(L"\"%ls\" \"%ls\",RunQueue", rundll.w, registered_dll().w);
    assert_true(
        CreateProcessW(rundll.w, line.w, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process));
    CloseHandle(process.hThread);
    wait_for_its_end(process.hProcess);
    assert_true(exists(in_folder(L"queue").w)); /* it has opened the queue */
}

static void a_cancelled_group_leaves_the_host_nothing_to_do(void **state)
{
    (void)state;
    struct text group = new_group();
    in_a_child(L"resume-endless-and-exit", group.w);
    HANDLE host = the_host();
    in_a_child(L"cancel", group.w);
    wait_for_its_end(host);
    assert_int_equal(count_in_folder(L"*"), 0);
}

static void assert_no_host_comes(void)
{
    struct text group = new_group();
    in_a_child(L"resume-endless-and-exit", group.w);
    assert_int_equal(hosts().count, 0);
    assert_false(exists(target_of(group.w).w));
}

static void no_host_comes_when_the_environment_says_off(void **state)
{
    (void)state;
    static const wchar_t *const words[] = {L"off", L"OFF", L"no", L"0"};
    for (size_t i = 0; i < COUNT(words); i++) {
        set_switch(words[i]);
        assert_no_host_comes();
    }
}

static void set_in_registry(DWORD type, const void *data, DWORD size)
{
    HKEY key;
    assert_int_equal(
        RegCreateKeyExW(HKEY_CURRENT_USER, SETTINGS, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL),
        0);
    assert_int_equal(RegSetValueExW(key, L"Host", 0, type, data, size), 0);
    RegCloseKey(key);
}

static int forget_settings(void **state)
{
    RegDeleteKeyW(HKEY_CURRENT_USER, SETTINGS);
    return after(state);
}

static void no_host_comes_when_the_registry_says_off_unless_the_environment_knows_better(
    void **state)
{
    (void)state;
    const DWORD zero = 0;
    set_switch(NULL);
    set_in_registry(REG_DWORD, &zero, sizeof zero);
    assert_no_host_comes();
    set_in_registry(REG_SZ, L"off", sizeof L"off");
    assert_no_host_comes();
    set_switch(L"on");
    struct text group = new_group();
    in_a_child(L"resume-and-die", group.w);
    assert_arrives(group.w);
}

/* The host's current folder is another than the program's. */
static void the_host_finds_a_queue_whose_folder_is_given_by_a_relative_path(void **state)
{
    (void)state;
    struct text group = new_group();
    assert_true(SetEnvironmentVariableW(L"QMGRPRXY_HOME", L"near"));
    assert_true(SetEnvironmentVariableW(L"QMGRPRXY_LOG", L"near.log"));
    in_a_child(L"resume-and-die", group.w);
    assert_arrives(group.w);
    in_a_child(L"check-complete", group.w);
    assert_true(SetEnvironmentVariableW(L"QMGRPRXY_LOG", NULL));
    assert_true(exists(in_folder(L"near").w));
}

static void the_host_serves_the_queue_that_the_program_opened_whatever_its_folder_is_now(
    void **state)
{
    (void)state;
    struct text group = new_group();
    make_folder(in_folder(L"elsewhere").w);
    assert_true(SetEnvironmentVariableW(L"QMGRPRXY_HOME", L"near"));
    in_a_child(L"resume-elsewhere-and-die", group.w);
    assert_arrives(group.w);
    assert_false(exists(in_folder(L"elsewhere\\near").w));
}

static bool is_in_log(void *text)
{
    char log[16384];
    DWORD got = 0;
    HANDLE file = CreateFileW(in_folder(L"log.txt").w, GENERIC_READ,
                              FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                              OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return false;
    ReadFile(file, log, sizeof log - 1, &got, NULL);
    CloseHandle(file);
    log[got] = 0;
    return strstr(log, text) != NULL;
}

/* On Windows each of them would show the user a message. */
static void a_host_that_cannot_load_the_dll_is_tried_ever_more_rarely(void **state)
{
    (void)state;
    struct text group = new_group();
    char four[] = "the next one in 4 seconds", eight[] = "the next one in 8 seconds";
    assert_true(CopyFileW(registered_dll().w, in_folder(L"copy.dll").w, TRUE));
    assert_true(SetEnvironmentVariableW(L"QMGRPRXY_LOG", in_folder(L"log.txt").w));
    HANDLE program = child_start(L"resume-without-host-and-stay", group.w);
    assert_true(SetEnvironmentVariableW(L"QMGRPRXY_LOG", NULL));
    bool rarer = wait_until(is_in_log, four) && wait_until(is_in_log, eight);
    TerminateProcess(program, 0);
    wait_for_its_end(program);
    in_a_child(L"cancel", group.w);
    assert_true(rarer);
}

int main(void)
{
    child_main(steps, COUNT(steps));
    const struct CMUnitTest tests[] = {
        A_HOST_TEST(a_file_arrives_although_the_program_was_killed_when_resume_returned),
        A_HOST_TEST(a_file_arrives_although_the_program_ended_in_mid_transfer),
        A_HOST_TEST(programs_share_one_host),
        A_HOST_TEST(a_host_that_was_killed_is_replaced_while_the_program_runs_its_group),
        A_HOST_TEST(the_host_ends_when_nothing_is_left_and_comes_back_when_needed),
        A_HOST_TEST(a_host_started_by_hand_for_a_queue_with_nothing_to_do_ends),
        A_HOST_TEST(a_cancelled_group_leaves_the_host_nothing_to_do),
        A_HOST_TEST(no_host_comes_when_the_environment_says_off),
        cmocka_unit_test_setup_teardown(
            no_host_comes_when_the_registry_says_off_unless_the_environment_knows_better, before,
            forget_settings),
        A_HOST_TEST(the_host_finds_a_queue_whose_folder_is_given_by_a_relative_path),
        A_HOST_TEST(the_host_serves_the_queue_that_the_program_opened_whatever_its_folder_is_now),
        A_HOST_TEST(a_host_that_cannot_load_the_dll_is_tried_ever_more_rarely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
