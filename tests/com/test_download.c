/* SPDX-License-Identifier: MIT */
/* Files arrive, over HTTP and HTTPS, or are refused with the right code: bits-behaviour.md sections 2, 3
 * and 7, qmgr.md 16 questions 27 and 54 to 56, decisions.md. */
#include <winsock2.h>

#include "support.h"

#include <stdio.h>
#include <wchar.h>

static void assert_arrived(const wchar_t *local, const wchar_t *on_www)
{
    bool same = same_content(in_folder(local).w, www_file(on_www).w);
    if (!same)
        print_error("%ls is not what the server has as %ls\n", local, on_www);
    assert_true(same);
}

static void assert_only_the_targets(unsigned count)
{
    assert_int_equal(count_in_folder(L"*"), count);
    assert_int_equal(count_in_folder(L"BIT*.tmp"), 0);
}

/* One job with one file of each kind, from the server at this base URL. */
static void fetch_all_kinds(const wchar_t *base)
{
    static const wchar_t *const names[] = {L"empty.bin", L"one.bin", L"small.bin", L"mid.bin"};
    struct item item = item_new();
    for (size_t i = 0; i < COUNT(names); i++)
        assert_hr(add_one(item.job, text_of(L"%ls/%ls", base, names[i]).w, in_folder(names[i]).w),
                  S_OK);
    assert_int_equal(run(&item), GROUP_IS_COMPLETE);
    assert_int_equal(job_status(item.job), JOB_IS_COMPLETE);
    for (size_t i = 0; i < COUNT(names); i++)
        assert_arrived(names[i], names[i]);
    assert_only_the_targets(COUNT(names));
    item_end(&item);
    assert_only_the_targets(COUNT(names)); /* CancelGroup keeps what is complete */
}

static void empty_one_byte_and_larger_files_arrive_over_http(void **state)
{
    (void)state;
    fetch_all_kinds(environment(L"QMGR_TEST_HTTP").w);
}

static void empty_one_byte_and_larger_files_arrive_over_https(void **state)
{
    (void)state;
    fetch_all_kinds(environment(L"QMGR_TEST_HTTPS").w);
}

static void fetch_100_mb(const wchar_t *base)
{
    struct item item = item_new();
    assert_hr(add_one(item.job, text_of(L"%ls/big.bin", base).w, in_folder(L"big.bin").w), S_OK);
    assert_int_equal(run(&item), GROUP_IS_COMPLETE);
    assert_int_equal(group_bytes(item.group), 100 << 20);
    assert_int_equal(group_size(item.group), 100 << 20);
    assert_arrived(L"big.bin", L"big.bin");
    item_end(&item);
    assert_true(DeleteFileW(in_folder(L"big.bin").w));
}

static void a_hundred_megabytes_arrive_over_http(void **state)
{
    (void)state;
    fetch_100_mb(environment(L"QMGR_TEST_HTTP").w);
}

static void a_hundred_megabytes_arrive_over_https(void **state)
{
    (void)state;
    fetch_100_mb(environment(L"QMGR_TEST_HTTPS").w);
}

static BSTR many_remote(ULONG i)
{
    return SysAllocString(on_server(text_of(L"/many/f%03lu.bin", i).w).w);
}

static BSTR many_local(ULONG i)
{
    return SysAllocString(in_folder(text_of(L"f%03lu.bin", i).w).w);
}

static void three_hundred_files_arrive_in_one_job(void **state)
{
    (void)state;
    struct item item = item_new();
    assert_hr(add_many(item.job, 300, many_remote, many_local), S_OK);
    assert_int_equal(run(&item), GROUP_IS_COMPLETE);
    assert_int_equal(group_percent(item.group), 100);
    for (ULONG i = 0; i < 300; i++)
        assert_arrived(text_of(L"f%03lu.bin", i).w, text_of(L"many\\f%03lu.bin", i).w);
    assert_only_the_targets(300);
    item_end(&item);
}

static void names_of_any_script_and_with_blanks_arrive(void **state)
{
    (void)state;
    static const wchar_t *const local[] = {L"with space.bin",           L"\x00C4rger.bin",
                                           L"\x6F22\x5B57.bin",         L"\xD83D\xDE00 smile.bin",
                                           L"percent%20sign#plus+.bin", L"sub folder\\\x0416.bin"};
    static const char content[] = "told by a name that is not ASCII";
    struct text unicode = text_of(L"www \x00FC\x6F22 %lu.bin", GetCurrentProcessId());
    make_folder(in_folder(L"sub folder").w);
    write_file(www_file(unicode.w).w, content, sizeof content);
    struct item item = item_new();
    for (size_t i = 0; i < COUNT(local); i++)
        item_add(&item, L"/small.bin", local[i]);
    item_add(&item, text_of(L"/www%%20%%C3%%BC%%E6%%BC%%A2%%20%lu.bin", GetCurrentProcessId()).w,
             L"\x00FC\x6F22.bin");
    assert_int_equal(run(&item), GROUP_IS_COMPLETE);
    for (size_t i = 0; i < COUNT(local); i++)
        assert_arrived(local[i], L"small.bin");
    assert_arrived(L"\x00FC\x6F22.bin", unicode.w);
    assert_only_the_targets(COUNT(local)); /* one of them is in the sub folder */
    item_end(&item);
    assert_true(DeleteFileW(www_file(unicode.w).w));
}

static ULONGLONG seconds_of_modification(const wchar_t *path)
{
    WIN32_FILE_ATTRIBUTE_DATA data;
    assert_true(GetFileAttributesExW(path, GetFileExInfoStandard, &data));
    ULARGE_INTEGER time = {
        .u = {data.ftLastWriteTime.dwLowDateTime, data.ftLastWriteTime.dwHighDateTime}};
    return time.QuadPart / 10000000;
}

static void set_modification(const wchar_t *path, FILETIME time)
{
    HANDLE file =
        CreateFileW(path, FILE_WRITE_ATTRIBUTES, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    assert_true(file != INVALID_HANDLE_VALUE);
    assert_true(SetFileTime(file, NULL, NULL, &time));
    CloseHandle(file);
}

static void a_file_gets_the_servers_time_stamp(void **state)
{
    (void)state;
    struct text name = text_of(L"dated-%lu.bin", GetCurrentProcessId());
    SYSTEMTIME date = {
        .wYear = 2004, .wMonth = 8, .wDay = 25, .wHour = 13, .wMinute = 37, .wSecond = 11};
    FILETIME time;
    assert_true(SystemTimeToFileTime(&date, &time));
    write_file(www_file(name.w).w, "old", 3);
    set_modification(www_file(name.w).w, time);
    struct item item = item_new();
    item_add(&item, text_of(L"/%ls", name.w).w, L"dated.bin");
    assert_int_equal(run(&item), GROUP_IS_COMPLETE);
    assert_true(seconds_of_modification(in_folder(L"dated.bin").w) ==
                seconds_of_modification(www_file(name.w).w));
    item_end(&item);
    assert_true(DeleteFileW(www_file(name.w).w));
}

static void an_existing_target_is_replaced_when_the_download_is_whole(void **state)
{
    (void)state;
    struct item item = item_new();
    struct text target = in_folder(L"mid.bin");
    write_file(target.w, "old", 3);
    item_add(&item, L"/slow/" SLOW_FILE, L"mid.bin");
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_true(wait_until(has_bytes, &item));
    assert_int_equal(size_of(target.w), 3);
    assert_hr(IBackgroundCopyGroup_SuspendGroup(item.group), S_OK);
    assert_int_equal(size_of(target.w), 3);
    assert_int_equal(run(&item), GROUP_IS_COMPLETE);
    assert_arrived(L"mid.bin", SLOW_FILE);
    assert_only_the_targets(1);
    item_end(&item);
}

static void an_existing_target_survives_a_failure(void **state)
{
    (void)state;
    struct item item = item_new();
    write_file(in_folder(L"old.bin").w, "old", 3);
    item_add(&item, L"/status/404", L"old.bin");
    assert_int_equal(run(&item), GROUP_IS_FAILED);
    item_end(&item);
    assert_int_equal(size_of(in_folder(L"old.bin").w), 3);
    assert_only_the_targets(1);
}

static void a_404_in_the_middle_of_a_job_fails_the_group_and_names_the_file(void **state)
{
    (void)state;
    struct text late = text_of(L"late-%lu.bin", GetCurrentProcessId());
    struct item item = item_new();
    struct listener *listener = listener_new();
    item_add(&item, L"/small.bin", L"before.bin");
    item_add(&item, text_of(L"/%ls", late.w).w, L"middle.bin");
    item_add(&item, L"/veryslow/mid.bin", L"after.bin");
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_hr(set_listener(item.group, listener), S_OK);
    assert_true(listener_wait(listener));
    assert_int_equal(listener->file, 1);
    assert_int_equal(listener->http, 404);
    assert_int_equal(listener->win32, 0);
    assert_int_equal(group_status(item.group), GROUP_IS_FAILED);
    struct job_report report = job_report(item.job);
    assert_int_equal(report.status, JOB_IS_FAILED);
    assert_int_equal(report.http, 404);
    assert_int_equal(report.win32, 0);
    assert_false(exists(in_folder(L"middle.bin").w));
    assert_false(exists(in_folder(L"after.bin").w));
    if (exists(in_folder(L"before.bin").w)) /* whole or not there at all */
        assert_arrived(L"before.bin", L"small.bin");
    assert_hr(set_listener(item.group, NULL), S_OK);
    listener_release(listener);
    item_end(&item);
}

static void a_failed_group_goes_on_when_the_missing_file_has_come(void **state)
{
    (void)state;
    struct text late = text_of(L"late-%lu.bin", GetCurrentProcessId());
    struct item item = item_new();
    item_add(&item, L"/small.bin", L"before.bin");
    item_add(&item, text_of(L"/%ls", late.w).w, L"middle.bin");
    item_add(&item, L"/mid.bin", L"after.bin");
    assert_int_equal(run(&item), GROUP_IS_FAILED);
    write_file(www_file(late.w).w, "here now", 8);
    assert_int_equal(run(&item), GROUP_IS_COMPLETE);
    assert_arrived(L"before.bin", L"small.bin");
    assert_arrived(L"middle.bin", late.w);
    assert_arrived(L"after.bin", L"mid.bin");
    assert_only_the_targets(3);
    item_end(&item);
    assert_true(DeleteFileW(www_file(late.w).w));
}

static void redirects_are_followed_and_the_name_is_kept(void **state)
{
    (void)state;
    struct item item = item_new();
    item_add(&item, L"/redirect/small.bin", L"small.bin");
    assert_int_equal(run(&item), GROUP_IS_COMPLETE);
    assert_arrived(L"small.bin", L"small.bin");
    FILESETINFO info;
    assert_hr(IBackgroundCopyJob1_GetFile(item.job, 0, &info), S_OK);
    assert_int_equal(wcscmp(info.bstrRemoteFile, on_server(L"/redirect/small.bin").w), 0);
    SysFreeString(info.bstrRemoteFile);
    SysFreeString(info.bstrLocalFile);
    item_end(&item);
}

static void redirects_without_end_fail(void **state)
{
    (void)state;
    struct item item = item_new();
    item_add(&item, L"/loop/x", L"x.bin");
    assert_int_equal(run(&item), GROUP_IS_FAILED);
    struct job_report report = job_report(item.job);
    assert_true(report.win32 != 0 || report.http != 0);
    assert_false(exists(in_folder(L"x.bin").w));
    item_end(&item);
}

static void servers_without_ranges_or_lengths_will_do(void **state)
{
    (void)state;
    struct item item = item_new();
    item_add(&item, L"/norange/mid.bin", L"norange.bin");
    item_add(&item, L"/chunked/mid.bin", L"chunked.bin");
    assert_int_equal(run(&item), GROUP_IS_COMPLETE);
    assert_arrived(L"norange.bin", L"mid.bin");
    assert_arrived(L"chunked.bin", L"mid.bin");
    item_end(&item);
}

/* The server at this URL shows a certificate that must not be accepted. */
static void assert_certificate_refused(const wchar_t *variable, DWORD win32)
{
    struct item item = item_new();
    struct text remote = text_of(L"%ls/small.bin", environment(variable).w);
    assert_hr(add_one(item.job, remote.w, in_folder(L"small.bin").w), S_OK);
    assert_int_equal(run(&item), GROUP_IS_FAILED);
    struct job_report report = job_report(item.job);
    assert_int_equal(report.win32, win32);
    assert_int_equal(report.http, 0);
    assert_int_equal(group_bytes(item.group), 0);
    assert_false(exists(in_folder(L"small.bin").w));
    item_end(&item);
}

static void an_unknown_authority_is_refused(void **state)
{
    (void)state;
    assert_certificate_refused(L"QMGR_TEST_HTTPS_UNKNOWN", 12045); /* ERROR_INTERNET_INVALID_CA */
}

static void a_certificate_for_another_name_is_refused(void **state)
{
    (void)state;
    assert_certificate_refused(L"QMGR_TEST_HTTPS_WRONGNAME", 12038); /* …_SEC_CERT_CN_INVALID */
}

static void an_expired_certificate_is_refused(void **state)
{
    (void)state;
    assert_certificate_refused(L"QMGR_TEST_HTTPS_EXPIRED", 12037); /* …_SEC_CERT_DATE_INVALID */
}

static void a_name_and_password_in_the_url_are_used(void **state)
{
    (void)state;
    struct item item = item_new();
    struct text base = environment(L"QMGR_TEST_HTTP");
    const wchar_t *host = wcsstr(base.w, L"://") + 3;
    struct text good = text_of(L"http://user:secret@%ls/basic/small.bin", host);
    assert_hr(add_one(item.job, good.w, in_folder(L"small.bin").w), S_OK);
    assert_int_equal(run(&item), GROUP_IS_COMPLETE);
    assert_arrived(L"small.bin", L"small.bin");
    item_end(&item);
    item = item_new();
    item_add(&item, L"/basic/small.bin", L"none.bin");
    assert_int_equal(run(&item), GROUP_IS_FAILED);
    assert_int_equal(job_report(item.job).http, 401);
    assert_false(exists(in_folder(L"none.bin").w));
    item_end(&item);
}

static bool has_retried(void *context)
{
    return job_report(((struct item *)context)->job).retries > 0;
}

static void a_busy_server_is_asked_again_and_the_retries_are_counted(void **state)
{
    (void)state;
    struct text name = text_of(L"flaky-%lu.bin", GetCurrentProcessId());
    struct text down = text_of(L"%ls.down", name.w);
    write_file(www_file(name.w).w, "back again", 10);
    write_file(www_file(down.w).w, "", 0);
    struct item item = item_new();
    item_add(&item, text_of(L"/flaky/%ls", name.w).w, L"flaky.bin");
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_true(wait_until(has_retried, &item));
    struct job_report report = job_report(item.job);
    assert_int_equal(report.status, JOB_IS_INCOMPLETE); /* nothing but slow */
    assert_int_equal(group_status(item.group), GROUP_IS_RUNNING);
    assert_true(DeleteFileW(www_file(down.w).w));
    assert_hr(IBackgroundCopyGroup_SuspendGroup(item.group), S_OK);
    assert_int_equal(run(&item), GROUP_IS_COMPLETE);
    assert_true(job_report(item.job).retries >= report.retries); /* never goes back */
    assert_arrived(L"flaky.bin", name.w);
    item_end(&item);
    assert_true(DeleteFileW(www_file(name.w).w));
}

/* ---- a server that is not there yet ------------------------------------------------------- */

/* Refuses connections until it is opened; then sends every caller on to the test server. */
struct latecomer {
    SOCKET socket;
    unsigned port;
    HANDLE thread;
};

static DWORD WINAPI send_callers_on(void *context)
{
    char target[200], answer[400], request[4096];
    snprintf(target, sizeof target, "%ls/small.bin", environment(L"QMGR_TEST_HTTP").w);
    int length = snprintf(answer, sizeof answer,
                          "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n"
                          "Connection: close\r\n\r\n",
                          target);
    SOCKET caller;
    while ((caller = accept(((struct latecomer *)context)->socket, NULL, NULL)) != INVALID_SOCKET) {
        if (recv(caller, request, sizeof request, 0) > 0)
            send(caller, answer, length, 0);
        shutdown(caller, SD_SEND);
        while (recv(caller, request, sizeof request, 0) > 0)
            continue;
        closesocket(caller);
    }
    return 0;
}

static void latecomer_announce(struct latecomer *latecomer)
{
    WSADATA data;
    struct sockaddr_in address = {.sin_family = AF_INET};
    int size = sizeof address;
    assert_int_equal(WSAStartup(MAKEWORD(2, 2), &data), 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    latecomer->socket = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(latecomer->socket != INVALID_SOCKET);
    assert_int_equal(bind(latecomer->socket, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(latecomer->socket, (struct sockaddr *)&address, &size), 0);
    latecomer->port = ntohs(address.sin_port);
}

static void latecomer_come(struct latecomer *latecomer)
{
    assert_int_equal(listen(latecomer->socket, 16), 0);
    latecomer->thread = CreateThread(NULL, 0, send_callers_on, latecomer, 0, NULL);
    assert_non_null(latecomer->thread);
}

static void latecomer_go(struct latecomer *latecomer)
{
    closesocket(latecomer->socket);
    WaitForSingleObject(latecomer->thread, LONG_ENOUGH_MS);
    CloseHandle(latecomer->thread);
    WSACleanup();
}

static void a_group_waits_for_its_server_and_resume_tries_at_once(void **state)
{
    (void)state;
    struct latecomer latecomer;
    latecomer_announce(&latecomer);
    struct item item = item_new();
    struct text remote = text_of(L"http://127.0.0.1:%u/small.bin", latecomer.port);
    assert_hr(add_one(item.job, remote.w, in_folder(L"small.bin").w), S_OK);
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    /* Nobody answers: an error that may pass, and no client hears of it. */
    struct listener *listener = listener_new();
    assert_hr(set_listener(item.group, listener), S_OK);
    assert_int_equal(WaitForSingleObject(listener->called, 2500), WAIT_TIMEOUT);
    assert_int_equal(group_status(item.group), GROUP_IS_RUNNING);
    assert_int_equal(job_status(item.job), JOB_IS_INCOMPLETE);
    assert_hr(set_listener(item.group, NULL), S_OK);
    latecomer_come(&latecomer);
    assert_hr(IBackgroundCopyGroup_SuspendGroup(item.group), S_OK);
    assert_int_equal(run(&item), GROUP_IS_COMPLETE);
    assert_arrived(L"small.bin", L"small.bin");
    latecomer_go(&latecomer);
    listener_release(listener);
    item_end(&item);
}

static void a_group_goes_on_by_itself_when_its_server_comes(void **state)
{
    (void)state;
    struct latecomer latecomer;
    latecomer_announce(&latecomer);
    struct item item = item_new();
    struct text remote = text_of(L"http://127.0.0.1:%u/small.bin", latecomer.port);
    assert_hr(add_one(item.job, remote.w, in_folder(L"small.bin").w), S_OK);
    struct listener *listener = listener_new();
    assert_hr(set_integer(item.group, GROUPPROP_NOTIFYFLAGS, QM_NOTIFY_GROUP_DONE), S_OK);
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_hr(set_listener(item.group, listener), S_OK);
    assert_int_equal(WaitForSingleObject(listener->called, 2500), WAIT_TIMEOUT);
    latecomer_come(&latecomer);
    assert_true(listener_wait(listener));
    assert_int_equal(group_status(item.group), GROUP_IS_COMPLETE);
    assert_arrived(L"small.bin", L"small.bin");
    latecomer_go(&latecomer);
    assert_hr(set_listener(item.group, NULL), S_OK);
    listener_release(listener);
    item_end(&item);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(empty_one_byte_and_larger_files_arrive_over_http),
        A_TEST(empty_one_byte_and_larger_files_arrive_over_https),
        A_TEST(a_hundred_megabytes_arrive_over_http),
        A_TEST(a_hundred_megabytes_arrive_over_https),
        A_TEST(three_hundred_files_arrive_in_one_job),
        A_TEST(names_of_any_script_and_with_blanks_arrive),
        A_TEST(a_file_gets_the_servers_time_stamp),
        A_TEST(an_existing_target_is_replaced_when_the_download_is_whole),
        A_TEST(an_existing_target_survives_a_failure),
        A_TEST(a_404_in_the_middle_of_a_job_fails_the_group_and_names_the_file),
        A_TEST(a_failed_group_goes_on_when_the_missing_file_has_come),
        A_TEST(redirects_are_followed_and_the_name_is_kept),
        A_TEST(redirects_without_end_fail),
        A_TEST(servers_without_ranges_or_lengths_will_do),
        A_TEST(an_unknown_authority_is_refused),
        A_TEST(a_certificate_for_another_name_is_refused),
        A_TEST(an_expired_certificate_is_refused),
        A_TEST(a_name_and_password_in_the_url_are_used),
        A_TEST(a_busy_server_is_asked_again_and_the_retries_are_counted),
        A_TEST(a_group_waits_for_its_server_and_resume_tries_at_once),
        A_TEST(a_group_goes_on_by_itself_when_its_server_comes),
    };
    return cmocka_run_group_tests(tests, support_start, support_end);
}
