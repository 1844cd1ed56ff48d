/* SPDX-License-Identifier: MIT */
/* A queue's folder or file that is of no use: what the calls answer, and that the log names the cause. A
 * damaged file makes room for a new one (issue 3). */
#include "support.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static struct text log_path;

/* Once for the program: the DLL opens its log only once. */
static int start_log(void **state)
{
    support_before(state);
    log_path = in_folder(L"log.txt");
    return SetEnvironmentVariableW(L"QMGRPRXY_LOG", log_path.w) &&
                   SUCCEEDED(CoInitializeEx(NULL, COINIT_MULTITHREADED))
               ? 0
               : -1;
}

static int end(void **state)
{
    (void)state;
    CoUninitialize();
    return 0;
}

static int before(void **state)
{
    support_before(state);
    return 0;
}

/* ---- the log --------------------------------------------------------------------------------- */

static char *log_text(void)
{
    static char text[65536];
    DWORD got = 0;
    HANDLE file = CreateFileW(log_path.w, GENERIC_READ,
                              FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                              OPEN_EXISTING, 0, NULL);
    if (file != INVALID_HANDLE_VALUE) {
        ReadFile(file, text, sizeof(text) - 1, &got, NULL);
        CloseHandle(file);
    }
    text[got] = '\0';
    return text;
}

static void assert_logged(size_t from, const char *cause)
{
    if (strstr(log_text() + from, cause) == NULL) {
        print_error("the log does not say \"%s\": %s\n", cause, log_text() + from);
        fail();
    }
}

/* ---- the calls ------------------------------------------------------------------------------- */

static IBackgroundCopyQMgr *manager_of(const wchar_t *home)
{
    IBackgroundCopyQMgr *queue_manager = NULL;
    assert_true(SetEnvironmentVariableW(L"QMGRPRXY_HOME", home));
    assert_hr(CoCreateInstance(&CLSID_BackgroundCopyQMgr, NULL, CLSCTX_INPROC_SERVER,
                               &IID_IBackgroundCopyQMgr, (void **)&queue_manager),
              S_OK);
    return queue_manager;
}

static void assert_unavailable(const wchar_t *home, const char *cause)
{
    const HRESULT unavailable = (HRESULT)QM_E_SERVICE_UNAVAILABLE;
    size_t logged = strlen(log_text());
    IBackgroundCopyQMgr *queue_manager = manager_of(home);
    IBackgroundCopyGroup *group = (void *)1;
    IEnumBackgroundCopyGroups *groups = (void *)1;
    assert_hr(IBackgroundCopyQMgr_CreateGroup(queue_manager, fresh_guid(), &group), unavailable);
    assert_null(group);
    group = (void *)1;
    assert_hr(IBackgroundCopyQMgr_GetGroup(queue_manager, fresh_guid(), &group), unavailable);
    assert_null(group);
    assert_hr(IBackgroundCopyQMgr_EnumGroups(queue_manager, 0, &groups), unavailable);
    assert_null(groups);
    IBackgroundCopyQMgr_Release(queue_manager);
    assert_logged(logged, cause);
}

/* ---- files ----------------------------------------------------------------------------------- */

static void put_number(unsigned char *to, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        to[i] = (unsigned char)(value >> (24 - 8 * i));
    }
}

/* An empty SQLite database that says it is a queue of this version (SQLite's file format, 1.3). */
static void write_queue(const wchar_t *path, uint32_t version)
{
    static unsigned char page[4096];
    memset(page, 0, sizeof(page));
    memcpy(page, "SQLite format 3", 16);
    page[16] = 0x10; /* 4096 bytes a page */
    page[18] = page[19] = 1;
    memcpy(page + 21, "\x40\x20\x20", 3);
    put_number(page + 24, 1);
    put_number(page + 28, 1);
    put_number(page + 44, 4);
    put_number(page + 56, 1);
    put_number(page + 60, version);
    put_number(page + 68, 0x514D4752);
    put_number(page + 92, 1);
    put_number(page + 96, 3040001);
    page[100] = 0x0D; /* a table without rows */
    page[105] = 0x10;
    write_file(path, page, sizeof(page));
}

static unsigned put_aside(void)
{
    return count_in_folder(L"queue-damaged-*.db");
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void a_folder_that_cannot_be_made_makes_the_service_unavailable(void **state)
{
    (void)state;
    write_file(in_folder(L"file").w, "x", 1);
    assert_unavailable(in_folder(L"file\\queue").w, "folder cannot be made");
    assert_unavailable(in_folder(L"file").w, "folder cannot be made");
    assert_unavailable(L"?:\\nowhere", "folder cannot be made");
}

static void a_folder_in_the_place_of_the_queue_makes_the_service_unavailable(void **state)
{
    (void)state;
    make_folder(in_folder(L"queue.db").w);
    assert_unavailable(folder().w, "unable to open database file");
    assert_true(exists(in_folder(L"queue.db").w));
}

/* Wine lets root write to a file that has the attribute, but not to one that somebody else has open for
 * himself. */
static void a_queue_that_may_only_be_read_makes_the_service_unavailable(void **state)
{
    (void)state;
    write_queue(in_folder(L"queue.db").w, 1);
    HANDLE owner = CreateFileW(in_folder(L"queue.db").w, GENERIC_READ, FILE_SHARE_READ, NULL,
                               OPEN_EXISTING, 0, NULL);
    assert_true(owner != INVALID_HANDLE_VALUE);
    assert_unavailable(folder().w, "read-only");
    CloseHandle(owner);
    assert_int_equal(put_aside(), 0);
}

static void a_queue_of_a_later_version_makes_the_service_unavailable(void **state)
{
    (void)state;
    write_queue(in_folder(L"queue.db").w, 99);
    assert_unavailable(folder().w, "later version");
    assert_int_equal(put_aside(), 0);
    assert_int_equal(size_of(in_folder(L"queue.db").w), 4096);
}

/* The last one: the DLL keeps a queue that it has opened. */
static void a_damaged_queue_makes_room_and_the_class_works(void **state)
{
    (void)state;
    char text[6000];
    const GUID id = fresh_guid();
    IBackgroundCopyGroup *group = NULL;
    memset(text, 'x', sizeof(text));
    write_file(in_folder(L"queue.db").w, text, sizeof(text));
    size_t logged = strlen(log_text());
    IBackgroundCopyQMgr *queue_manager = manager_of(folder().w);
    assert_hr(IBackgroundCopyQMgr_CreateGroup(queue_manager, id, &group), S_OK);
    assert_int_equal(group_status(group), GROUP_IS_SUSPENDED);
    assert_int_equal(put_aside(), 1);
    assert_logged(logged, "put aside as queue-damaged-");
    assert_logged(logged, "file is not a database");
    assert_hr(IBackgroundCopyGroup_CancelGroup(group), S_OK);
    IBackgroundCopyGroup_Release(group);
    IBackgroundCopyQMgr_Release(queue_manager);
}

int main(void)
{
#define HOME_TEST(test) cmocka_unit_test_setup_teardown(test, before, NULL)
    const struct CMUnitTest tests[] = {
        HOME_TEST(a_folder_that_cannot_be_made_makes_the_service_unavailable),
        HOME_TEST(a_folder_in_the_place_of_the_queue_makes_the_service_unavailable),
        HOME_TEST(a_queue_that_may_only_be_read_makes_the_service_unavailable),
        HOME_TEST(a_queue_of_a_later_version_makes_the_service_unavailable),
        HOME_TEST(a_damaged_queue_makes_room_and_the_class_works),
    };
    return cmocka_run_group_tests(tests, start_log, end);
}
