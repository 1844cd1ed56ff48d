/* SPDX-License-Identifier: MIT */
/* The life of a group can be read from the log, and nothing that is secret. */
#include "support.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

#define NAME "Amundsen"
#define PASSWORD "Gjoa1903"
#define TOKEN "Nordvest"

static struct text log_path;

/* Once for the program: the DLL opens its log only once. */
static int start_log(void **state)
{
    support_before(state);
    log_path = in_folder(L"log.txt");
    if (!SetEnvironmentVariableW(L"QMGRPRXY_LOG", log_path.w))
        return -1;
    return support_start(state);
}

static char *log_text(void)
{
    static char text[1 << 18];
    DWORD got = 0;
    HANDLE file = CreateFileW(log_path.w, GENERIC_READ,
                              FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                              OPEN_EXISTING, 0, NULL);
    assert_true(file != INVALID_HANDLE_VALUE);
    assert_true(ReadFile(file, text, sizeof text - 1, &got, NULL));
    CloseHandle(file);
    text[got] = '\0';
    return text;
}

/* Where the text is said behind `from`; the pointer behind it. */
static const char *follow(const char *from, const char *text)
{
    const char *at = strstr(from, text);
    if (at == NULL)
        print_error("the log does not say \"%s\" behind:\n%s\n", text, from);
    assert_non_null(at);
    return at + strlen(text);
}

static size_t times(const char *log, const char *text)
{
    size_t count = 0;
    for (; (log = strstr(log, text)) != NULL; log += strlen(text))
        count++;
    return count;
}

static const char *utf8(const wchar_t *text)
{
    static char bytes[4096];
    assert_true(WideCharToMultiByte(CP_UTF8, 0, text, -1, bytes, sizeof bytes, NULL, NULL) > 0);
    return bytes;
}

/* http://name:password@127.0.0.1:port/path?token */
static struct text secret_url(const wchar_t *path)
{
    struct text server = environment(L"QMGR_TEST_HTTP");
    const wchar_t *host = wcsstr(server.w, L"://");
    assert_non_null(host);
    return text_of(L"http://" NAME L":" PASSWORD L"@%ls%ls?key=" TOKEN, host + 3, path);
}

static void assert_no_secret(const char *log)
{
    assert_null(strstr(log, NAME));
    assert_null(strstr(log, PASSWORD));
    assert_null(strstr(log, TOKEN));
}

static void the_life_of_a_failed_group_can_be_read(void **state)
{
    (void)state;
    struct item item = item_new();
    assert_hr(add_one(item.job, secret_url(L"/status/404").w, in_folder(L"never.bin").w), S_OK);
    assert_int_equal(run(&item), GROUP_IS_FAILED);
    char guid[64];
    snprintf(guid, sizeof guid, "%s", utf8(guid_text(&item.id).w));
    item_end(&item);

    const char *log = log_text();
    const char *at = follow(log, guid);
    at = follow(at, ": made by CreateGroup\n");
    at = follow(at, ": AddFiles(1)\n");
    at = follow(at, ": ResumeGroup\n");
    at = follow(at, guid);
    at = follow(at, ": goes on here, 0 of 1 files are in place\n");
    at = follow(at, ": begins behind 0 bytes: http://");
    at = follow(at, "/status/404?*** -> ");
    at = follow(at, "never.bin\n");
    at = follow(at, " cannot be fetched at 0 bytes: the server answered with status 404 (HTTP 404, "
                    "Win32 error 0)\n");
    at = follow(at, guid);
    at = follow(at, " has failed, at its file number 0: HTTP 404, Win32 error 0\n");
    follow(at, ": CancelGroup\n");
    assert_int_equal(times(log, " has failed"), 1);
    assert_int_equal(times(log, "cannot be fetched"), 1);
    assert_no_secret(log);
}

static void the_life_of_a_complete_group_can_be_read(void **state)
{
    (void)state;
    size_t logged = strlen(log_text());
    struct item item = item_new();
    assert_hr(add_one(item.job, secret_url(L"/redirect/small.bin").w, in_folder(L"small.bin").w),
              S_OK);
    assert_hr(add_one(item.job, secret_url(L"/one.bin").w, in_folder(L"one.bin").w), S_OK);
    assert_int_equal(run(&item), GROUP_IS_COMPLETE);
    char guid[64];
    snprintf(guid, sizeof guid, "%s", utf8(guid_text(&item.id).w));
    item_end(&item);

    const char *log = log_text() + logged;
    const char *at = follow(log, "/redirect/small.bin?*** -> ");
    at = follow(at, ": redirected (HTTP 302) to ");
    at = follow(at, "/small.bin");
    follow(at, guid);
    follow(log, ": 1 bytes are safe and in place, ");
    follow(log, " is complete\n");
    assert_int_equal(times(log, " are safe and in place, "), 2);
    assert_int_equal(times(log, " -> "), 2);
    assert_no_secret(log);
}

static bool waits(void *text)
{
    (void)text;
    return strstr(log_text(), ": failures in a row: 1, the next attempt is in ") != NULL;
}

static void each_failed_attempt_tells_its_cause_and_when_the_next_is(void **state)
{
    (void)state;
    size_t logged = strlen(log_text());
    struct item item = item_new();
    struct text url = text_of(L"%ls/x?key=" TOKEN, environment(L"QMGR_TEST_CLOSED").w);
    assert_hr(add_one(item.job, url.w, in_folder(L"never.bin").w), S_OK);
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_true(wait_until(waits, NULL));
    item_end(&item);
    const char *log = log_text() + logged;
    const char *at = follow(log, " could not be fetched this time at 0 bytes: ");
    at = follow(at, "(HTTP 0, Win32 error 12029)\n");
    at = follow(at, ": failures in a row: 1, the next attempt is in ");
    follow(at, ": stops, since it was cancelled\n");
    assert_no_secret(log);
}

static void a_name_that_is_refused_is_told_of_but_not_shown(void **state)
{
    (void)state;
    size_t logged = strlen(log_text());
    struct item item = item_new();
    assert_hr(add_one(item.job, L"gopher://" NAME L":" PASSWORD L"@host/?" TOKEN,
                      in_folder(L"never.bin").w),
              E_INVALIDARG);
    item_end(&item);
    const char *log = log_text() + logged;
    const char *at = follow(log, "a remote name is refused: ");
    follow(at, ": AddFiles failed: 0x80070057\n");
    assert_no_secret(log);
}

/* The engine, and who runs the queue. */
static void the_log_tells_who_works_with_what(void **state)
{
    (void)state;
    const char *log = log_text();
    follow(log, "transfer: started, with libcurl/");
    follow(log, ": fault 0\n");
    follow(log, " this process runs the queue\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(the_life_of_a_failed_group_can_be_read),
        A_TEST(the_life_of_a_complete_group_can_be_read),
        A_TEST(each_failed_attempt_tells_its_cause_and_when_the_next_is),
        A_TEST(a_name_that_is_refused_is_told_of_but_not_shown),
        A_TEST(the_log_tells_who_works_with_what),
    };
    return cmocka_run_group_tests(tests, start_log, support_end);
}
