/* SPDX-License-Identifier: MIT */
/* AddFiles and what it refuses: qmgr.md 3.6 and 6, 16 questions 3 to 8 and 25 to 30. After every refusal
 * the job has the files it had before, and no part file was left behind. */
#include "support.h"

#include <stdlib.h>
#include <wchar.h>

#define MANY 100000u
#define MANY_FOLDERS 1000u

/* The job with one good file in it, as it stands before each refusal. */
static struct item one_file_job(void)
{
    struct item item = item_new();
    item_add(&item, L"/small.bin", L"good.bin");
    assert_int_equal(count_in_folder(L"BIT*.tmp"), 1);
    return item;
}

static void assert_nothing_changed(struct item *item)
{
    assert_int_equal(file_count(item->job), 1);
    assert_int_equal(count_in_folder(L"BIT*.tmp"), 1);
    assert_int_equal(count_in_folder(L"*"), 1);
    assert_int_equal(group_status(item->group), GROUP_IS_SUSPENDED);
    assert_int_equal(group_percent(item->group), 0);
}

static void assert_refused(struct item *item, const wchar_t *remote, const wchar_t *local)
{
    HRESULT hr = add_one(item->job, remote, local);
    if (hr != E_INVALIDARG)
        print_error("remote %ls\nlocal %ls\n", remote != NULL ? remote : L"NULL",
                    local != NULL ? local : L"NULL");
    assert_hr(hr, E_INVALIDARG);
    assert_nothing_changed(item);
}

static void assert_local_refused(struct item *item, const wchar_t *local)
{
    assert_refused(item, on_server(L"/small.bin").w, local);
}

static void assert_remote_refused(struct item *item, const wchar_t *remote)
{
    assert_refused(item, remote, in_folder(L"new.bin").w);
}

static void no_files_are_an_error(void **state)
{
    (void)state;
    struct item item = one_file_job();
    FILESETINFO info = {0}, *set = &info;
    assert_hr(IBackgroundCopyJob1_AddFiles(item.job, 0, NULL), E_INVALIDARG);
    assert_hr(IBackgroundCopyJob1_AddFiles(item.job, 0, &set), E_INVALIDARG);
    assert_nothing_changed(&item);
    item_end(&item);
}

static void a_null_array_or_element_is_refused(void **state)
{
    (void)state;
    struct item item = one_file_job();
    FILESETINFO info = {SysAllocString(on_server(L"/one.bin").w),
                        SysAllocString(in_folder(L"new.bin").w), 0};
    FILESETINFO *set[] = {&info, NULL, &info};
    assert_hr(IBackgroundCopyJob1_AddFiles(item.job, 1, NULL), E_INVALIDARG);
    assert_hr(IBackgroundCopyJob1_AddFiles(item.job, 3, set), E_INVALIDARG);
    assert_hr(IBackgroundCopyJob1_AddFiles(item.job, 1, &set[1]), E_INVALIDARG);
    assert_nothing_changed(&item);
    SysFreeString(info.bstrRemoteFile);
    SysFreeString(info.bstrLocalFile);
    item_end(&item);
}

static void null_and_empty_names_are_refused(void **state)
{
    (void)state;
    struct item item = one_file_job();
    assert_remote_refused(&item, NULL);
    assert_remote_refused(&item, L"");
    assert_local_refused(&item, NULL);
    assert_local_refused(&item, L"");
    item_end(&item);
}

static void other_schemes_are_refused(void **state)
{
    (void)state;
    struct item item = one_file_job();
    static const wchar_t *const remote[] = {
        L"ftp://localhost/file.bin",
        L"file:///c:/file.bin",
        L"\\\\localhost\\share\\file.bin",
        L"//localhost/file.bin",
        L"C:\\file.bin",
        L"ws://localhost/file.bin",
        L"gopher://localhost/1",
        L"javascript:alert(1)",
        L"data:,text",
        L"httpx://localhost/file.bin",
        L"xhttp://localhost/f.bin",
        L"about:blank",
    };
    for (size_t i = 0; i < COUNT(remote); i++)
        assert_remote_refused(&item, remote[i]);
    item_end(&item);
}

static void malformed_urls_are_refused(void **state)
{
    (void)state;
    struct item item = one_file_job();
    static const wchar_t *const remote[] = {
        L"http",
        L"http:",
        L"http:/",
        L"http://",
        L"http:///file.bin",
        L"http://@localhost/file.bin",
        L"http:localhost/file.bin",
        L"http:/localhost/file.bin",
        L"http://:80/file.bin",
        L"http://localhost:0/file.bin",
        L"http://localhost:65536/file.bin",
        L"http://localhost:-1/file.bin",
        L"http://localhost:8o/file.bin",
        L"http://local host/file.bin",
        L"http://localhost/file name.bin",
        L"http://localhost/file%2.bin",
        L"http://localhost/file%zz.bin",
        L"http://localhost/file.bin%",
        L"http://localhost/*.bin",
        L"http://localhost\\file.bin",
        L"http://localhost/<file>.bin",
        L"http://localhost/\"file\".bin",
        L"http://[::1/file.bin",
        L"http://user@/file.bin",
        L" http://localhost/file.bin",
        L"http://localhost/file.bin ",
        L"/file.bin",
        L"file.bin",
    };
    for (size_t i = 0; i < COUNT(remote); i++)
        assert_remote_refused(&item, remote[i]);
    item_end(&item);
}

static void control_and_foreign_characters_in_urls_are_refused(void **state)
{
    (void)state;
    struct item item = one_file_job();
    for (wchar_t c = 1; c < 0x20; c++)
        assert_remote_refused(&item, text_of(L"http://localhost/a%lcb", (wint_t)c).w);
    assert_remote_refused(&item, L"http://localhost/a\x007F.bin");
    assert_remote_refused(&item, L"http://localhost/\x00E4.bin");
    assert_remote_refused(&item, L"http://localhost/\x6F22.bin");
    assert_remote_refused(&item, L"http://localhost/\xD83D\xDE00.bin");
    assert_remote_refused(&item, L"http://localhost/\xD83D.bin"); /* half a pair */
    assert_remote_refused(&item, L"http://localhost/a\r\nHost: elsewhere");
    item_end(&item);
}

static void http_and_https_in_any_case_are_taken(void **state)
{
    (void)state;
    struct item item = item_new();
    static const wchar_t *const remote[] = {
        L"http://localhost/file.bin",
        L"HTTP://LOCALHOST/FILE.BIN",
        L"https://localhost/file.bin",
        L"HttpS://localhost:65535/",
        L"http://localhost",
        L"http://[::1]:1/file.bin",
        L"http://127.0.0.1/a?b=c&d=%20e",
        L"http://u:p@localhost/",
        L"http://localhost/a;b,c=d@e:f",
    };
    for (ULONG i = 0; i < COUNT(remote); i++)
        assert_hr(add_one(item.job, remote[i], in_folder(text_of(L"%lu.bin", i).w).w), S_OK);
    assert_int_equal(file_count(item.job), COUNT(remote));
    item_end(&item);
}

static void local_names_without_a_full_path_are_refused(void **state)
{
    (void)state;
    struct item item = one_file_job();
    static const wchar_t *const local[] = {
        L"new.bin",    L".\\new.bin",   L"..\\new.bin",       L"folder\\new.bin",
        L"\\new.bin",  L"/new.bin",     L"Z:new.bin",         L"Z:",
        L"C",          L"1:\\new.bin",  L":\\new.bin",        L"\\\\",
        L"\\\\server", L"\\\\server\\", L"\\\\server\\share", L"\\\\server\\share\\",
    };
    for (size_t i = 0; i < COUNT(local); i++)
        assert_local_refused(&item, local[i]);
    item_end(&item);
}

static void prefixed_names_are_refused(void **state)
{
    (void)state;
    struct item item = one_file_job();
    assert_local_refused(&item, text_of(L"\\\\?\\%ls", in_folder(L"new.bin").w).w);
    assert_local_refused(&item, text_of(L"\\\\.\\%ls", in_folder(L"new.bin").w).w);
    assert_local_refused(&item, text_of(L"\\??\\%ls", in_folder(L"new.bin").w).w);
    assert_local_refused(&item, L"\\\\?\\UNC\\localhost\\share\\new.bin");
    assert_local_refused(&item, L"\\\\.\\pipe\\new.bin");
    assert_local_refused(&item, L"\\\\.\\PhysicalDrive0");
    assert_local_refused(&item, L"//?/Z:/new.bin");
    item_end(&item);
}

static void device_names_are_refused_in_any_folder(void **state)
{
    (void)state;
    struct item item = one_file_job();
    static const wchar_t *const device[] = {
        L"CON",  L"nul",     L"AUX",        L"prn",  L"COM1",   L"com9",   L"LPT1",
        L"lpt9", L"NUL.txt", L"con.tar.gz", L"nul ", L"CONIN$", L"CONOUT$"};
    for (size_t i = 0; i < COUNT(device); i++)
        assert_local_refused(&item, in_folder(device[i]).w);
    static const wchar_t *const bare[] = {L"NUL", L"CON", L"COM1:", L"Z:\\NUL"};
    for (size_t i = 0; i < COUNT(bare); i++)
        assert_local_refused(&item, bare[i]);
    item_end(&item);
}

static void streams_are_refused(void **state)
{
    (void)state;
    struct item item = one_file_job();
    static const wchar_t *const stream[] = {L"file.txt:x", L"file.txt::$DATA", L":x", L"file.txt:",
                                            L"a:b:c"};
    for (size_t i = 0; i < COUNT(stream); i++)
        assert_local_refused(&item, in_folder(stream[i]).w);
    item_end(&item);
}

static void wildcards_and_forbidden_characters_are_refused(void **state)
{
    (void)state;
    struct item item = one_file_job();
    static const wchar_t *const local[] = {
        L"*.bin",     L"new?.bin",  L"new<.bin",      L"new>.bin",  L"new|.bin",
        L"new\".bin", L"new\t.bin", L"new\x0001.bin", L"new\n.bin", L"sub*\\new.bin"};
    for (size_t i = 0; i < COUNT(local); i++)
        assert_local_refused(&item, in_folder(local[i]).w);
    assert_local_refused(&item, in_folder(L"half\xD83D.bin").w); /* half a pair */
    item_end(&item);
}

static void a_folder_is_no_file(void **state)
{
    (void)state;
    struct item item = one_file_job();
    make_folder(in_folder(L"sub").w);
    assert_local_refused(&item, in_folder(L"sub").w);
    assert_local_refused(&item, in_folder(L"sub\\").w);
    assert_local_refused(&item, in_folder(L"").w);
    assert_local_refused(&item, in_folder(L"new.bin\\").w);
    assert_local_refused(&item, in_folder(L"new.bin/").w);
    assert_local_refused(&item, L"Z:\\");
    item_end(&item);
}

static void a_missing_folder_is_refused(void **state)
{
    (void)state;
    struct item item = one_file_job();
    assert_local_refused(&item, in_folder(L"missing\\new.bin").w);
    assert_local_refused(&item, in_folder(L"good.bin\\new.bin").w);
    assert_false(exists(in_folder(L"missing").w));
    item_end(&item);
}

/* A folder in which nobody, not even an administrator, can make a file. */
static struct text forbidden_folder(void)
{
    static const wchar_t *const candidates[] = {L"Z:\\sys\\kernel", L"Z:\\dev\\pts",
                                                L"C:\\System Volume Information"};
    for (size_t i = 0; i < COUNT(candidates); i++) {
        struct text probe = text_of(L"%ls\\qmgr-probe.tmp", candidates[i]);
        HANDLE file = CreateFileW(probe.w, GENERIC_WRITE, 0, NULL, CREATE_NEW,
                                  FILE_FLAG_DELETE_ON_CLOSE, NULL);
        if (file != INVALID_HANDLE_VALUE)
            CloseHandle(file);
        else if (GetLastError() == ERROR_ACCESS_DENIED)
            return text_of(L"%ls", candidates[i]);
    }
    print_error("no folder here refuses to take files\n");
    fail();
    return text_of(L"");
}

static void a_folder_that_may_not_be_written_is_access_denied(void **state)
{
    (void)state;
    struct item item = one_file_job();
    struct text local = text_of(L"%ls\\new.bin", forbidden_folder().w);
    assert_hr(add_one(item.job, on_server(L"/small.bin").w, local.w), E_ACCESSDENIED);
    assert_nothing_changed(&item);
    item_end(&item);
}

static void a_bstr_with_an_embedded_nul_is_refused(void **state)
{
    (void)state;
    struct item item = one_file_job();
    struct text remote = on_server(L"/small.bin?"), local = in_folder(L"new.bin?");
    const UINT remote_length = (UINT)wcslen(remote.w), local_length = (UINT)wcslen(local.w);
    remote.w[remote_length - 1] = L'\0';
    local.w[local_length - 1] = L'\0';
    FILESETINFO info = {SysAllocStringLen(remote.w, remote_length), SysAllocString(local.w), 0};
    FILESETINFO *set = &info;
    assert_hr(IBackgroundCopyJob1_AddFiles(item.job, 1, &set), E_INVALIDARG);
    SysFreeString(info.bstrRemoteFile);
    SysFreeString(info.bstrLocalFile);
    info.bstrRemoteFile = SysAllocString(remote.w);
    info.bstrLocalFile = SysAllocStringLen(local.w, local_length);
    assert_hr(IBackgroundCopyJob1_AddFiles(item.job, 1, &set), E_INVALIDARG);
    SysFreeString(info.bstrRemoteFile);
    SysFreeString(info.bstrLocalFile);
    assert_nothing_changed(&item);
    item_end(&item);
}

static struct text padded(struct text start, size_t length)
{
    for (size_t at = wcslen(start.w); at < length; at++)
        start.w[at] = L'a';
    start.w[length] = L'\0';
    return start;
}

static void remote_names_end_at_2200_characters(void **state)
{
    (void)state;
    struct item item = one_file_job();
    assert_remote_refused(&item, padded(on_server(L"/"), 2201).w);
    assert_hr(add_one(item.job, padded(on_server(L"/"), 2200).w, in_folder(L"new.bin").w), S_OK);
    assert_int_equal(file_count(item.job), 2);
    item_end(&item);
}

static void local_names_end_at_260_characters(void **state)
{
    (void)state;
    struct item item = one_file_job();
    make_folder(in_folder(L"sub").w);
    assert_local_refused(&item, padded(in_folder(L"sub\\"), 261).w);
    assert_hr(add_one(item.job, on_server(L"/small.bin").w, padded(in_folder(L"sub\\"), 260).w),
              S_OK);
    assert_int_equal(file_count(item.job), 2);
    item_end(&item);
}

static void one_bad_file_among_good_ones_adds_none(void **state)
{
    (void)state;
    struct item item = one_file_job();
    FILESETINFO info[5], *set[5];
    for (ULONG i = 0; i < 5; i++) {
        info[i].bstrRemoteFile =
            SysAllocString(i == 3 ? L"ftp://localhost/x" : on_server(L"/one.bin").w);
        info[i].bstrLocalFile = SysAllocString(in_folder(text_of(L"%lu.bin", i).w).w);
        set[i] = &info[i];
    }
    assert_hr(IBackgroundCopyJob1_AddFiles(item.job, 5, set), E_INVALIDARG);
    assert_nothing_changed(&item);
    /* The same when only the disk can tell that the last one is bad. */
    SysReAllocString(&info[3].bstrRemoteFile, on_server(L"/one.bin").w);
    SysReAllocString(&info[4].bstrLocalFile, in_folder(L"missing\\4.bin").w);
    assert_hr(IBackgroundCopyJob1_AddFiles(item.job, 5, set), E_INVALIDARG);
    assert_nothing_changed(&item);
    SysReAllocString(&info[4].bstrLocalFile, text_of(L"%ls\\4.bin", forbidden_folder().w).w);
    assert_hr(IBackgroundCopyJob1_AddFiles(item.job, 5, set), E_ACCESSDENIED);
    assert_nothing_changed(&item);
    for (ULONG i = 0; i < 5; i++) {
        SysFreeString(info[i].bstrRemoteFile);
        SysFreeString(info[i].bstrLocalFile);
    }
    item_end(&item);
}

static void the_part_file_is_made_at_once_and_is_empty(void **state)
{
    (void)state;
    struct item item = item_new();
    item_add(&item, L"/small.bin", L"new.bin");
    assert_false(exists(in_folder(L"new.bin").w));
    WIN32_FIND_DATAW data;
    HANDLE search = FindFirstFileW(in_folder(L"*.tmp").w, &data);
    assert_true(search != INVALID_HANDLE_VALUE);
    assert_false(FindNextFileW(search, &(WIN32_FIND_DATAW){0}));
    FindClose(search);
    assert_int_equal(data.nFileSizeLow, 0);
    assert_int_equal(data.dwFileAttributes & FILE_ATTRIBUTE_HIDDEN, 0);
    assert_int_equal(wcsncmp(data.cFileName, L"BIT", 3), 0);
    size_t digits = wcsspn(data.cFileName + 3, L"0123456789ABCDEFabcdef");
    assert_true(digits > 0);
    assert_int_equal(wcscmp(data.cFileName + 3 + digits, L".tmp"), 0);
    item_end(&item);
    assert_int_equal(count_in_folder(L"*"), 0); /* CancelGroup deletes it */
}

static void an_existing_target_is_accepted_and_left_alone(void **state)
{
    (void)state;
    struct item item = item_new();
    write_file(in_folder(L"old.bin").w, "old", 3);
    item_add(&item, L"/small.bin", L"old.bin");
    assert_int_equal(size_of(in_folder(L"old.bin").w), 3);
    item_end(&item);
    assert_int_equal(size_of(in_folder(L"old.bin").w), 3);
}

static void two_files_may_have_the_same_target(void **state)
{
    (void)state;
    struct item item = item_new();
    item_add(&item, L"/one.bin", L"same.bin");
    item_add(&item, L"/small.bin", L"same.bin");
    assert_int_equal(file_count(item.job), 2);
    assert_int_equal(run(&item), GROUP_IS_COMPLETE);
    assert_true(same_content(in_folder(L"same.bin").w, www_file(L"one.bin").w) ||
                same_content(in_folder(L"same.bin").w, www_file(L"small.bin").w));
    assert_int_equal(count_in_folder(L"*"), 1);
    item_end(&item);
}

static bool second_is_there(void *context)
{
    (void)context;
    return exists(in_folder(L"small.bin").w);
}

static void a_running_group_takes_new_files_up(void **state)
{
    (void)state;
    struct item item = item_new();
    item_add(&item, L"/veryslow/mid.bin", L"mid.bin");
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_true(wait_until(has_bytes, &item));
    item_add(&item, L"/small.bin", L"small.bin");
    assert_int_equal(group_status(item.group), GROUP_IS_RUNNING);
    assert_true(wait_until(second_is_there, NULL));
    assert_true(same_content(in_folder(L"small.bin").w, www_file(L"small.bin").w));
    item_end(&item);
}

static void a_complete_group_with_a_new_file_is_suspended_until_resumed(void **state)
{
    (void)state;
    struct item item = item_new();
    item_add(&item, L"/one.bin", L"one.bin");
    assert_int_equal(run(&item), GROUP_IS_COMPLETE);
    item_add(&item, L"/small.bin", L"small.bin");
    assert_int_equal(group_status(item.group), GROUP_IS_SUSPENDED);
    assert_int_equal(job_status(item.job), JOB_IS_INCOMPLETE);
    assert_true(group_percent(item.group) < 100);
    assert_int_equal(run(&item), GROUP_IS_COMPLETE);
    assert_int_equal(group_percent(item.group), 100);
    assert_true(same_content(in_folder(L"small.bin").w, www_file(L"small.bin").w));
    item_end(&item);
}

static void a_failed_group_takes_files_and_stays_failed(void **state)
{
    (void)state;
    struct item item = item_new();
    item_add(&item, L"/status/404", L"bad.bin");
    assert_int_equal(run(&item), GROUP_IS_FAILED);
    item_add(&item, L"/small.bin", L"small.bin");
    assert_int_equal(file_count(item.job), 2);
    assert_int_equal(group_status(item.group), GROUP_IS_FAILED);
    item_end(&item);
}

/* ---- 100,000 files; in 1,000 folders, since Wine looks through a folder for each name ------------- */

static void make_many_folders(void)
{
    for (unsigned i = 0; i < MANY_FOLDERS; i++)
        make_folder(in_folder(text_of(L"d%03u", i).w).w);
}

static BSTR many_remote(ULONG i)
{
    return SysAllocString(on_server(text_of(L"/many/f%03lu.bin", i % 300).w).w);
}

static BSTR many_local(ULONG i)
{
    return SysAllocString(in_folder(text_of(L"d%03lu\\f%06lu.bin", i % MANY_FOLDERS, i).w).w);
}

static BSTR many_local_bad_last(ULONG i)
{
    return i + 1 < MANY ? many_local(i) : SysAllocString(in_folder(L"d000\\f?.bin").w);
}

static BSTR many_local_missing_last(ULONG i)
{
    return i + 1 < MANY ? many_local(i) : SysAllocString(in_folder(L"missing\\f.bin").w);
}

static unsigned files_in_many_folders(void)
{
    unsigned files = 0;
    for (unsigned i = 0; i < MANY_FOLDERS; i++)
        files += count_in_folder(text_of(L"d%03u\\*", i).w);
    return files;
}

static void a_hundred_thousand_files_can_be_added_in_one_call(void **state)
{
    (void)state;
    struct item item = item_new();
    make_many_folders();
    assert_hr(add_many(item.job, MANY, many_remote, many_local), S_OK);
    assert_int_equal(file_count(item.job), MANY);
    FILESETINFO info;
    assert_hr(IBackgroundCopyJob1_GetFile(item.job, MANY - 1, &info), S_OK);
    BSTR expected = many_local(MANY - 1);
    assert_int_equal(wcscmp(info.bstrLocalFile, expected), 0);
    SysFreeString(expected);
    SysFreeString(info.bstrRemoteFile);
    SysFreeString(info.bstrLocalFile);
    assert_hr(IBackgroundCopyJob1_GetFile(item.job, MANY, &info), QM_E_ITEM_NOT_FOUND);
    assert_hr(IBackgroundCopyGroup_CancelGroup(item.group), S_OK);
    assert_int_equal(files_in_many_folders(), 0);
    item_end(&item);
}

static void a_hundred_thousand_files_with_a_bad_last_one_add_none(void **state)
{
    (void)state;
    struct item item = item_new();
    make_many_folders();
    assert_hr(add_many(item.job, MANY, many_remote, many_local_bad_last), E_INVALIDARG);
    assert_int_equal(file_count(item.job), 0);
    assert_int_equal(files_in_many_folders(), 0);
    item_end(&item);
}

static void a_hundred_thousand_files_with_a_missing_last_folder_add_none(void **state)
{
    (void)state;
    struct item item = item_new();
    make_many_folders();
    assert_hr(add_many(item.job, MANY, many_remote, many_local_missing_last), E_INVALIDARG);
    assert_int_equal(file_count(item.job), 0);
    assert_int_equal(files_in_many_folders(), 0);
    item_end(&item);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(no_files_are_an_error),
        A_TEST(a_null_array_or_element_is_refused),
        A_TEST(null_and_empty_names_are_refused),
        A_TEST(other_schemes_are_refused),
        A_TEST(malformed_urls_are_refused),
        A_TEST(control_and_foreign_characters_in_urls_are_refused),
        A_TEST(http_and_https_in_any_case_are_taken),
        A_TEST(local_names_without_a_full_path_are_refused),
        A_TEST(prefixed_names_are_refused),
        A_TEST(device_names_are_refused_in_any_folder),
        A_TEST(streams_are_refused),
        A_TEST(wildcards_and_forbidden_characters_are_refused),
        A_TEST(a_folder_is_no_file),
        A_TEST(a_missing_folder_is_refused),
        A_TEST(a_folder_that_may_not_be_written_is_access_denied),
        A_TEST(a_bstr_with_an_embedded_nul_is_refused),
        A_TEST(remote_names_end_at_2200_characters),
        A_TEST(local_names_end_at_260_characters),
        A_TEST(one_bad_file_among_good_ones_adds_none),
        A_TEST(the_part_file_is_made_at_once_and_is_empty),
        A_TEST(an_existing_target_is_accepted_and_left_alone),
        A_TEST(two_files_may_have_the_same_target),
        A_TEST(a_running_group_takes_new_files_up),
        A_TEST(a_complete_group_with_a_new_file_is_suspended_until_resumed),
        A_TEST(a_failed_group_takes_files_and_stays_failed),
        A_TEST(a_hundred_thousand_files_can_be_added_in_one_call),
        A_TEST(a_hundred_thousand_files_with_a_bad_last_one_add_none),
        A_TEST(a_hundred_thousand_files_with_a_missing_last_folder_add_none),
    };
    return cmocka_run_group_tests(tests, support_start, support_end);
}
