/* SPDX-License-Identifier: MIT */
/* How the DLL comes and goes: references, LockServer, DllCanUnloadNow and CoFreeUnusedLibraries (qmgr.md 13
 * and 16 question 78), what stays behind in a process that has unloaded it, and the ends of a process that
 * is downloading. This program holds nothing of the class between its tests. */
#include "census.h"
#include "support.h"

#include <tlhelp32.h>
#include <wchar.h>

#include "child.h"

#define DLL_NAME L"QmgrPrxy.dll"

static const GUID left_id = {0x3b1f0c11, 0x3333, 0x4a4a, {1, 2, 3, 4, 5, 6, 7, 8}};

static IBackgroundCopyQMgr *new_manager(void)
{
    IBackgroundCopyQMgr *face;
    assert_hr(CoCreateInstance(&CLSID_BackgroundCopyQMgr, NULL, CLSCTX_ALL,
                               &IID_IBackgroundCopyQMgr, (void **)&face),
              S_OK);
    return face;
}

static struct item new_item(IBackgroundCopyQMgr *queue_manager, GUID id)
{
    struct item item = {.id = id, .job_id = fresh_guid()};
    assert_hr(IBackgroundCopyQMgr_CreateGroup(queue_manager, id, &item.group), S_OK);
    assert_hr(IBackgroundCopyGroup_CreateJob(item.group, item.job_id, &item.job), S_OK);
    return item;
}

static void release_item(struct item *item)
{
    IBackgroundCopyJob1_Release(item->job);
    IBackgroundCopyGroup_Release(item->group);
}

/* ---- with the DLL loaded all the time ------------------------------------------------------- */

static HMODULE dll;

static int load(void **state)
{
    support_before(state);
    dll = load_dll();
    return dll != NULL && SUCCEEDED(CoInitializeEx(NULL, COINIT_MULTITHREADED)) ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    CoUninitialize();
    return FreeLibrary(dll) ? 0 : -1;
}

static HRESULT can_unload(void)
{
    return dll_can_unload(dll);
}

static bool may_unload(void *context)
{
    (void)context;
    return can_unload() == S_OK;
}

static IClassFactory *class_face(void)
{
    IClassFactory *face;
    assert_hr(dll_class_object(dll, &CLSID_BackgroundCopyQMgr, &IID_IClassFactory, (void **)&face),
              S_OK);
    return face;
}

static void lock_server(BOOL lock)
{
    IClassFactory *face = class_face();
    assert_hr(IClassFactory_LockServer(face, lock), S_OK);
    IClassFactory_Release(face);
}

static void the_dll_stays_while_anything_of_it_is_held(void **state)
{
    (void)state;
    assert_true(wait_until(may_unload, NULL));

    IBackgroundCopyQMgr *queue_manager = new_manager();
    assert_hr(can_unload(), S_FALSE);
    struct item item = new_item(queue_manager, fresh_guid());
    IEnumBackgroundCopyGroups *groups;
    IEnumBackgroundCopyJobs1 *jobs;
    assert_hr(IBackgroundCopyQMgr_EnumGroups(queue_manager, 0, &groups), S_OK);
    assert_hr(IBackgroundCopyGroup_EnumJobs(item.group, 0, &jobs), S_OK);
    IBackgroundCopyQMgr_Release(queue_manager);
    assert_hr(can_unload(), S_FALSE);
    assert_hr(IBackgroundCopyGroup_CancelGroup(item.group), S_OK);
    IBackgroundCopyGroup_Release(item.group);
    assert_hr(can_unload(), S_FALSE);
    IBackgroundCopyJob1_Release(item.job);
    assert_hr(can_unload(), S_FALSE);
    IEnumBackgroundCopyJobs1_Release(jobs);
    assert_hr(can_unload(), S_FALSE);
    IEnumBackgroundCopyGroups_Release(groups);
    assert_true(wait_until(may_unload, NULL));

    IClassFactory *face = class_face();
    assert_hr(can_unload(), S_FALSE);
    IClassFactory_Release(face);
    assert_true(wait_until(may_unload, NULL));
}

static void server_locks_are_counted(void **state)
{
    (void)state;
    lock_server(TRUE);
    lock_server(TRUE);
    assert_hr(can_unload(), S_FALSE);
    lock_server(FALSE);
    assert_hr(can_unload(), S_FALSE);
    lock_server(FALSE);
    assert_true(wait_until(may_unload, NULL));
}

static void an_unlock_too_many_takes_nothing_away(void **state)
{
    (void)state;
    IBackgroundCopyQMgr *queue_manager = new_manager();
    lock_server(FALSE);
    lock_server(FALSE);
    assert_hr(can_unload(), S_FALSE);
    lock_server(TRUE);
    IBackgroundCopyQMgr_Release(queue_manager);
    assert_hr(can_unload(), S_FALSE);
    lock_server(FALSE);
    assert_true(wait_until(may_unload, NULL));
}

static void the_dll_stays_while_a_group_is_downloaded(void **state)
{
    (void)state;
    IBackgroundCopyQMgr *queue_manager = new_manager();
    struct item item = new_item(queue_manager, fresh_guid());
    item_add(&item, L"/veryslow/mid.bin", L"mid.bin");
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    release_item(&item);
    IBackgroundCopyQMgr_Release(queue_manager);
    assert_hr(can_unload(), S_FALSE);
    queue_manager = new_manager();
    assert_hr(IBackgroundCopyQMgr_GetGroup(queue_manager, item.id, &item.group), S_OK);
    assert_int_equal(group_status(item.group), GROUP_IS_RUNNING);
    assert_hr(IBackgroundCopyGroup_CancelGroup(item.group), S_OK);
    IBackgroundCopyGroup_Release(item.group);
    IBackgroundCopyQMgr_Release(queue_manager);
    assert_true(wait_until(may_unload, NULL));
}

static void the_class_serves_again_after_it_was_let_go(void **state)
{
    (void)state;
    const GUID id = fresh_guid();
    IBackgroundCopyGroup *group;
    for (unsigned round = 0; round < 3; round++) {
        IBackgroundCopyQMgr *queue_manager = new_manager();
        HRESULT expected = round == 0 ? (HRESULT)QM_E_ITEM_NOT_FOUND : S_OK;
        assert_hr(IBackgroundCopyQMgr_GetGroup(queue_manager, id, &group), expected);
        if (round == 0)
            assert_hr(IBackgroundCopyQMgr_CreateGroup(queue_manager, id, &group), S_OK);
        if (round == 2)
            assert_hr(IBackgroundCopyGroup_CancelGroup(group), S_OK);
        IBackgroundCopyGroup_Release(group);
        IBackgroundCopyQMgr_Release(queue_manager);
        assert_true(wait_until(may_unload, NULL)); /* the queue is closed */
    }
}

/* ---- questions while others call ------------------------------------------------------------ */

#define CALLERS 4
#define ASKERS 2
#define CALLER_ROUNDS 60

struct crowd {
    volatile LONG callers_left;
    volatile LONG unloadable; /* times that the answer was yes */
    volatile LONG failed_at;  /* the line of the first call that failed */
    volatile LONG failed_with;
};

static bool went_well(struct crowd *crowd, HRESULT hr, LONG line)
{
    if (hr == S_OK)
        return true;
    if (InterlockedCompareExchange(&crowd->failed_at, line, 0) == 0)
        crowd->failed_with = hr;
    return false;
}

/* Everything from the first call to the last, so that the engine may be wanted at any moment of its end. */
static void use_once(struct crowd *crowd)
{
    IBackgroundCopyQMgr *queue_manager = NULL;
    IBackgroundCopyGroup *group = NULL;
    GUID id;
    DWORD status, index;
    CoCreateGuid(&id);
    if (!went_well(crowd,
                   CoCreateInstance(&CLSID_BackgroundCopyQMgr, NULL, CLSCTX_INPROC_SERVER,
                                    &IID_IBackgroundCopyQMgr, (void **)&queue_manager),
                   __LINE__))
        return;
    bool made =
        went_well(crowd, IBackgroundCopyQMgr_CreateGroup(queue_manager, id, &group), __LINE__);
    IBackgroundCopyQMgr_Release(queue_manager);
    if (!made)
        return;
    went_well(crowd, set_string(group, GROUPPROP_DISPLAYNAME, L"a name"), __LINE__);
    went_well(crowd, IBackgroundCopyGroup_GetStatus(group, &status, &index), __LINE__);
    went_well(crowd, IBackgroundCopyGroup_CancelGroup(group), __LINE__);
    IBackgroundCopyGroup_Release(group);
}

static DWORD WINAPI call_again_and_again(void *context)
{
    struct crowd *crowd = context;
    for (unsigned round = 0; round < CALLER_ROUNDS && crowd->failed_at == 0; round++) {
        CoInitializeEx(NULL, round % 2 ? COINIT_MULTITHREADED : COINIT_APARTMENTTHREADED);
        use_once(crowd);
        CoUninitialize();
    }
    InterlockedDecrement(&crowd->callers_left);
    return 0;
}

static DWORD WINAPI ask_again_and_again(void *context)
{
    struct crowd *crowd = context;
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    while (crowd->callers_left > 0) {
        if (can_unload() == S_OK)
            InterlockedIncrement(&crowd->unloadable);
        CoFreeUnusedLibraries();
    }
    CoUninitialize();
    return 0;
}

static void calls_succeed_while_others_ask_whether_to_unload(void **state)
{
    (void)state;
    struct crowd crowd = {.callers_left = CALLERS};
    HANDLE threads[CALLERS + ASKERS];
    for (unsigned i = 0; i < COUNT(threads); i++) {
        threads[i] = CreateThread(NULL, 0, i < CALLERS ? call_again_and_again : ask_again_and_again,
                                  &crowd, 0, NULL);
        assert_non_null(threads[i]);
    }
    assert_int_equal(WaitForMultipleObjects(COUNT(threads), threads, TRUE, 2 * LONG_ENOUGH_MS),
                     WAIT_OBJECT_0);
    for (unsigned i = 0; i < COUNT(threads); i++)
        CloseHandle(threads[i]);
    if (crowd.failed_at != 0)
        print_error("line %ld answered 0x%08lX\n", crowd.failed_at,
                    (unsigned long)crowd.failed_with);
    assert_int_equal(crowd.failed_at, 0);
    assert_true(crowd.unloadable > 0); /* else nothing was put to the test */
    assert_true(wait_until(may_unload, NULL));
}

/* ---- ten thousand lives --------------------------------------------------------------------- */

#define LIVES 10000
#define WARM_UP 1000
#define EVERY_QUEUE 40     /* one life in so many sees a queue and its engine, */
#define EVERY_DOWNLOAD 400 /* one in so many a download and its notification */

static bool is_loaded(void)
{
    return GetModuleHandleW(DLL_NAME) != NULL;
}

static bool is_gone(void *context)
{
    (void)context;
    CoFreeUnusedLibrariesEx(0, 0); /* without the grace of ten minutes */
    return !is_loaded();
}

static void be_born_and_die(void)
{
    IClassFactory *face;
    assert_hr(CoGetClassObject(&CLSID_BackgroundCopyQMgr, CLSCTX_INPROC_SERVER, NULL,
                               &IID_IClassFactory, (void **)&face),
              S_OK);
    assert_hr(IClassFactory_LockServer(face, TRUE), S_OK);
    assert_hr(IClassFactory_LockServer(face, FALSE), S_OK);
    IClassFactory_Release(face);
}

static void look_at_lists(IBackgroundCopyQMgr *queue_manager, struct item *item)
{
    IEnumBackgroundCopyGroups *groups, *clone;
    IEnumBackgroundCopyJobs1 *jobs;
    GUID id;
    assert_hr(IBackgroundCopyQMgr_EnumGroups(queue_manager, 0, &groups), S_OK);
    assert_hr(IEnumBackgroundCopyGroups_Clone(groups, &clone), S_OK);
    assert_hr(IEnumBackgroundCopyGroups_Next(clone, 1, &id, NULL), S_OK);
    IEnumBackgroundCopyGroups_Release(clone);
    IEnumBackgroundCopyGroups_Release(groups);
    assert_hr(IBackgroundCopyGroup_EnumJobs(item->group, 0, &jobs), S_OK);
    IEnumBackgroundCopyJobs1_Release(jobs);
}

static void listen_to_a_download(struct item *item)
{
    struct listener *listener = listener_new();
    assert_hr(set_integer(item->group, GROUPPROP_NOTIFYFLAGS, QM_NOTIFY_GROUP_DONE), S_OK);
    assert_hr(set_listener(item->group, listener), S_OK);
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item->group), S_OK);
    assert_true(listener_wait(listener));
    listener_release(listener);
}

static void serve_and_die(bool downloads)
{
    IBackgroundCopyQMgr *queue_manager = new_manager();
    struct item item = new_item(queue_manager, fresh_guid());
    item_add(&item, L"/one.bin", L"one.bin");
    assert_hr(set_string(item.group, GROUPPROP_DESCRIPTION, L"of a short life"), S_OK);
    look_at_lists(queue_manager, &item);
    if (downloads)
        listen_to_a_download(&item);
    assert_hr(IBackgroundCopyGroup_CancelGroup(item.group), S_OK);
    release_item(&item);
    IBackgroundCopyQMgr_Release(queue_manager);
}

static void live_once(unsigned number)
{
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (number % EVERY_QUEUE == 0)
        serve_and_die(number % EVERY_DOWNLOAD == 0);
    else
        be_born_and_die();
    assert_true(is_loaded());
    assert_true(wait_until(is_gone, NULL));
    CoUninitialize();
}

/* The system's DLLs stay, once they are there: otherwise they come and go with ours, which takes most of the
 * time, and leave of their own behind. */
static void keep_other_modules(void)
{
    MODULEENTRY32W entry = {.dwSize = sizeof entry};
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPMODULE, 0);
    assert_true(snapshot != INVALID_HANDLE_VALUE);
    for (BOOL more = Module32FirstW(snapshot, &entry); more;
         more = Module32NextW(snapshot, &entry)) {
        if (_wcsicmp(entry.szModule, DLL_NAME) != 0)
            LoadLibraryW(entry.szModule);
    }
    CloseHandle(snapshot);
}

/* One that serves, up to and including a download, with nothing unloaded yet. */
static void load_what_is_ever_needed(void)
{
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    serve_and_die(true);
    keep_other_modules();
    assert_true(wait_until(is_gone, NULL));
    CoUninitialize();
}

/* What a system's cache may take, once. A block, a handle or a thread for each life of whatever kind would be
 * more: the rarest kind comes more than twenty times. */
static const struct census by_chance = {.blocks = 10, .bytes = 16384};

/* A thread that ends has let go of the DLL some moments before. */
static bool has_as_many_threads(void *earlier)
{
    struct census now;
    return census_take(&now) && now.threads <= ((const struct census *)earlier)->threads;
}

static void ten_thousand_lives_leave_nothing_behind(void **state)
{
    (void)state;
    struct census earlier = {0}, later;
    /* Wine's WinHttpGetProxyForUrl leaves three blocks behind each time that it looks for a script in the network. */
    SetEnvironmentVariableW(L"QMGRPRXY_PROXY", L"none");
    load_what_is_ever_needed();
    for (unsigned number = 0; number < LIVES; number++) {
        if (number == WARM_UP)
            assert_true(census_take(&earlier));
        live_once(number);
    }
    wait_until(has_as_many_threads, &earlier);
    assert_true(census_take(&later));
    assert_true(census_has_not_grown("ten thousand lives", &earlier, &later, &by_chance));
    assert_int_equal(count_in_folder(L"*"), 1); /* what was downloaded */
    SetEnvironmentVariableW(L"QMGRPRXY_PROXY", NULL);
}

/* ---- the end in mid-transfer ---------------------------------------------------------------- */

/* In a process of its own: a group that is being downloaded, nothing of it on the disk for sure. */
static bool start_slow(IBackgroundCopyQMgr *queue_manager, struct item *item,
                       const wchar_t *to_folder)
{
    struct text local = text_of(L"%ls\\slow.bin", to_folder);
    item->id = left_id;
    item->job_id = fresh_guid();
    return IBackgroundCopyQMgr_CreateGroup(queue_manager, left_id, &item->group) == S_OK &&
           IBackgroundCopyGroup_CreateJob(item->group, item->job_id, &item->job) == S_OK &&
           add_one(item->job, on_server(L"/slow/" SLOW_FILE).w, local.w) == S_OK &&
           IBackgroundCopyGroup_ResumeGroup(item->group) == S_OK && wait_until(has_bytes, item);
}

static IBackgroundCopyQMgr *manager_of(HMODULE module)
{
    IClassFactory *face;
    IBackgroundCopyQMgr *queue_manager = NULL;
    if (dll_class_object(module, &CLSID_BackgroundCopyQMgr, &IID_IClassFactory, (void **)&face) !=
        S_OK)
        return NULL;
    IClassFactory_CreateInstance(face, NULL, &IID_IBackgroundCopyQMgr, (void **)&queue_manager);
    IClassFactory_Release(face);
    return queue_manager;
}

/* As a program does that knows nothing of DllCanUnloadNow. */
static bool start_slow_and_free_the_library(const wchar_t *to_folder)
{
    struct item item;
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    HMODULE module = load_dll();
    IBackgroundCopyQMgr *queue_manager = module != NULL ? manager_of(module) : NULL;
    if (queue_manager == NULL || !start_slow(queue_manager, &item, to_folder))
        return false;
    release_item(&item);
    IBackgroundCopyQMgr_Release(queue_manager);
    CoUninitialize();
    return FreeLibrary(module);
}

static DWORD free_the_library_and_end(void)
{
    return start_slow_and_free_the_library(step_folder) ? 0 : FAILED_AT;
}

static DWORD tidy_up_and_end(void)
{
    struct item item;
    IBackgroundCopyQMgr *queue_manager = step_manager(CLSCTX_ALL);
    if (queue_manager == NULL || !start_slow(queue_manager, &item, step_folder))
        return FAILED_AT;
    release_item(&item);
    IBackgroundCopyQMgr_Release(queue_manager);
    CoFreeUnusedLibrariesEx(0, 0);
    if (!is_loaded())
        return FAILED_AT;
    CoUninitialize();
    return 0;
}

static DWORD end_holding_everything(void)
{
    struct item item;
    IBackgroundCopyQMgr *queue_manager = step_manager(CLSCTX_ALL);
    return queue_manager != NULL && start_slow(queue_manager, &item, step_folder) ? 0 : FAILED_AT;
}

static DWORD WINAPI ask_for_ever(void *context)
{
    struct item *item = context;
    DWORD bytes = 0;
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    while (item->group != NULL) {
        IBackgroundCopyGroup_GetProgress(item->group, QM_PROGRESS_SIZE_DONE, &bytes);
        set_string(item->group, GROUPPROP_DESCRIPTION, L"in a hurry");
        CoFreeUnusedLibraries();
    }
    return bytes;
}

/* The threads end wherever they are, be it under one of our locks. */
static DWORD end_while_threads_call(void)
{
    struct item item;
    IBackgroundCopyQMgr *queue_manager = step_manager(CLSCTX_ALL);
    if (queue_manager == NULL || !start_slow(queue_manager, &item, step_folder))
        return FAILED_AT;
    for (unsigned i = 0; i < 3; i++) {
        if (CreateThread(NULL, 0, ask_for_ever, &item, 0, NULL) == NULL)
            return FAILED_AT;
    }
    DWORD bytes = 0;
    for (unsigned i = 0; i < 200; i++)
        IBackgroundCopyGroup_GetProgress(item.group, QM_PROGRESS_SIZE_DONE, &bytes);
    ExitProcess(bytes > 0 ? 0 : FAILED_AT);
}

static const struct step steps[] = {
    {L"free-the-library", free_the_library_and_end},
    {L"tidy-up", tidy_up_and_end},
    {L"hold-everything", end_holding_everything},
    {L"threads-call", end_while_threads_call},
};

static bool has_arrived(void *path)
{
    return exists(path);
}

static bool is_complete(void *item)
{
    return group_status(((struct item *)item)->group) == GROUP_IS_COMPLETE;
}

static IBackgroundCopyGroup *left_group(void)
{
    IBackgroundCopyQMgr *queue_manager = new_manager();
    IBackgroundCopyGroup *group = NULL;
    IBackgroundCopyQMgr_GetGroup(queue_manager, left_id, &group);
    IBackgroundCopyQMgr_Release(queue_manager);
    return group;
}

static void the_left_group_is_downloaded_in_the_end(void)
{
    struct item item = {.group = left_group()};
    assert_non_null(item.group);
    assert_true(wait_until(is_complete, &item));
    assert_true(same_content(in_folder(L"slow.bin").w, www_file(SLOW_FILE).w));
    assert_int_equal(count_in_folder(L"*"), 1);
    assert_hr(IBackgroundCopyGroup_CancelGroup(item.group), S_OK);
    IBackgroundCopyGroup_Release(item.group);
}

static int enter(void **state)
{
    support_before(state);
    return SUCCEEDED(CoInitializeEx(NULL, COINIT_MULTITHREADED)) ? 0 : -1;
}

/* Also after a failed test. */
static int leave(void **state)
{
    (void)state;
    IBackgroundCopyGroup *group = left_group();
    if (group != NULL) {
        IBackgroundCopyGroup_CancelGroup(group);
        IBackgroundCopyGroup_Release(group);
    }
    CoUninitialize();
    return 0;
}

static void a_program_may_end_in_mid_transfer(const wchar_t *step)
{
    in_a_child(step, NULL);
    the_left_group_is_downloaded_in_the_end();
}

static void a_program_may_free_the_library_and_end_in_mid_transfer(void **state)
{
    (void)state;
    a_program_may_end_in_mid_transfer(L"free-the-library");
}

static void a_program_may_tidy_up_and_end_in_mid_transfer(void **state)
{
    (void)state;
    a_program_may_end_in_mid_transfer(L"tidy-up");
}

static void a_program_may_end_in_mid_transfer_holding_everything(void **state)
{
    (void)state;
    a_program_may_end_in_mid_transfer(L"hold-everything");
}

static void a_program_may_end_in_mid_transfer_while_its_threads_call(void **state)
{
    (void)state;
    a_program_may_end_in_mid_transfer(L"threads-call");
}

/* Its threads hold the DLL themselves. */
static void a_download_goes_on_when_the_library_was_freed(void **state)
{
    (void)state;
    CoUninitialize();
    assert_true(start_slow_and_free_the_library(folder().w));
    assert_true(is_loaded());
    assert_true(wait_until(has_arrived, in_folder(L"slow.bin").w));
    assert_hr(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
    the_left_group_is_downloaded_in_the_end();
    assert_true(wait_until(is_gone, NULL));
}

/* ---- the program ---------------------------------------------------------------------------- */

#define LOADED_TEST(function) cmocka_unit_test_setup_teardown(function, load, unload)
#define LEAVING_TEST(function) cmocka_unit_test_setup_teardown(function, enter, leave)

int main(void)
{
    child_main(steps, COUNT(steps));
    const struct CMUnitTest tests[] = {
        A_TEST(ten_thousand_lives_leave_nothing_behind),
        LOADED_TEST(the_dll_stays_while_anything_of_it_is_held),
        LOADED_TEST(server_locks_are_counted),
        LOADED_TEST(an_unlock_too_many_takes_nothing_away),
        LOADED_TEST(the_dll_stays_while_a_group_is_downloaded),
        LOADED_TEST(the_class_serves_again_after_it_was_let_go),
        LOADED_TEST(calls_succeed_while_others_ask_whether_to_unload),
        LEAVING_TEST(a_download_goes_on_when_the_library_was_freed),
        LEAVING_TEST(a_program_may_free_the_library_and_end_in_mid_transfer),
        LEAVING_TEST(a_program_may_tidy_up_and_end_in_mid_transfer),
        LEAVING_TEST(a_program_may_end_in_mid_transfer_holding_everything),
        LEAVING_TEST(a_program_may_end_in_mid_transfer_while_its_threads_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
