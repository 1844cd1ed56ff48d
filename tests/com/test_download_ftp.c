/* SPDX-License-Identifier: MIT */
/* FTP through the class: only where the setting Protocols allows it (qmgr.md Q30 is the default). */
#include "support.h"

#include <wchar.h>

static int before(void **state)
{
    SetEnvironmentVariableW(L"QMGRPRXY_PROTOCOLS", L"http https ftp");
    return support_before(state);
}

static int after(void **state)
{
    SetEnvironmentVariableW(L"QMGRPRXY_PROTOCOLS", NULL);
    return support_after(state);
}

/* ftp://user:password@127.0.0.1:port/path */
static struct text ftp(const wchar_t *user_pass, const wchar_t *path)
{
    struct text server = environment(L"QMGR_TEST_FTP");
    return text_of(L"ftp://%ls%ls%ls", user_pass, wcsstr(server.w, L"://") + 3, path);
}

static void add_files_refuses_ftp_unless_the_setting_allows_it(void **state)
{
    (void)state;
    struct item item = item_new();
    SetEnvironmentVariableW(L"QMGRPRXY_PROTOCOLS", NULL);
    assert_hr(add_one(item.job, ftp(L"", L"/small.bin").w, in_folder(L"f").w), E_INVALIDARG);
    SetEnvironmentVariableW(L"QMGRPRXY_PROTOCOLS", L"http ftp");
    assert_hr(add_one(item.job, ftp(L"", L"/small.bin").w, in_folder(L"f").w), S_OK);
    item_end(&item);
}

static void files_arrive_by_ftp_and_http_in_one_group(void **state)
{
    (void)state;
    struct item item = item_new();
    assert_hr(add_one(item.job, ftp(L"user:secret@", L"/mid.bin").w, in_folder(L"mid.bin").w),
              S_OK);
    assert_hr(add_one(item.job, ftp(L"", L"/empty.bin").w, in_folder(L"empty.bin").w), S_OK);
    item_add(&item, L"/small.bin", L"small.bin");
    assert_int_equal(run(&item), GROUP_IS_COMPLETE);
    assert_true(same_content(in_folder(L"mid.bin").w, www_file(L"mid.bin").w));
    assert_true(same_content(in_folder(L"empty.bin").w, www_file(L"empty.bin").w));
    assert_true(same_content(in_folder(L"small.bin").w, www_file(L"small.bin").w));
    assert_int_equal(group_bytes(item.group), (1 << 20) + 4096);
    assert_int_equal(group_percent(item.group), 100);
    item_end(&item);
}

static void get_file_gives_neither_name_nor_password(void **state)
{
    (void)state;
    FILESETINFO info;
    struct item item = item_new();
    struct text url = ftp(L"us%65r:s%2Fecret@", L"/mid.bin");
    assert_hr(add_one(item.job, url.w, in_folder(L"mid.bin").w), S_OK);
    assert_hr(IBackgroundCopyJob1_GetFile(item.job, 0, &info), S_OK);
    assert_int_equal(wcscmp(info.bstrRemoteFile, ftp(L"", L"/mid.bin").w), 0);
    SysFreeString(info.bstrRemoteFile);
    SysFreeString(info.bstrLocalFile);
    item_end(&item);
}

static void assert_fails_with(const wchar_t *url, DWORD win32)
{
    struct item item = item_new();
    assert_hr(add_one(item.job, url, in_folder(L"never.bin").w), S_OK);
    assert_int_equal(run(&item), GROUP_IS_FAILED);
    struct job_report report = job_report(item.job);
    assert_int_equal(report.status, JOB_IS_FAILED);
    assert_int_equal(report.win32, win32);
    assert_int_equal(report.http, 0);
    item_end(&item);
    assert_int_equal(count_in_folder(L"*"), 0);
}

static void what_the_server_refuses_fails_with_a_win32_code(void **state)
{
    (void)state;
    assert_fails_with(ftp(L"user:wrong@", L"/small.bin").w, 12015);
    assert_fails_with(ftp(L"", L"/missing.bin").w, 12028);
}

static void a_file_of_the_queue_fails_when_its_protocol_is_not_allowed_any_more(void **state)
{
    (void)state;
    struct item item = item_new();
    assert_hr(add_one(item.job, ftp(L"", L"/small.bin").w, in_folder(L"f").w), S_OK);
    SetEnvironmentVariableW(L"QMGRPRXY_PROTOCOLS", NULL);
    assert_int_equal(run(&item), GROUP_IS_FAILED);
    assert_int_equal(job_report(item.job).win32, 12006);
    item_end(&item);
}

#define AN_FTP_TEST(function) cmocka_unit_test_setup_teardown(function, before, after)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AN_FTP_TEST(add_files_refuses_ftp_unless_the_setting_allows_it),
        AN_FTP_TEST(files_arrive_by_ftp_and_http_in_one_group),
        AN_FTP_TEST(get_file_gives_neither_name_nor_password),
        AN_FTP_TEST(what_the_server_refuses_fails_with_a_win32_code),
        AN_FTP_TEST(a_file_of_the_queue_fails_when_its_protocol_is_not_allowed_any_more),
    };
    return cmocka_run_group_tests(tests, support_start, support_end);
}
