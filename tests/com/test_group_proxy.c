/* SPDX-License-Identifier: MIT */
/* A group whose files come by a proxy, as the program that uses the class sees it: each step is a process of its own,
 * with the settings that the test has put into its environment. */
#include "support.h"

#include <stdlib.h>
#include <wchar.h>

#include "child.h"

#define INVALID_PROXY 0x8020003Fu
#define SECRET L"Sesam-oeffne-dich"

/* ---- steps -------------------------------------------------------------------------------- */

static bool make(struct item *item)
{
    IBackgroundCopyQMgr *queue_manager = step_manager(CLSCTX_ALL);
    struct text local = text_of(L"%ls\\target.bin", step_folder);
    return queue_manager != NULL &&
           IBackgroundCopyQMgr_CreateGroup(queue_manager, fresh_guid(), &item->group) == S_OK &&
           IBackgroundCopyGroup_CreateJob(item->group, fresh_guid(), &item->job) == S_OK &&
           add_one(item->job, step_argument, local.w) == S_OK;
}

static bool has_ended(void *context)
{
    const struct item *item = context;
    DWORD status = 0, index;
    return IBackgroundCopyGroup_GetStatus(item->group, &status, &index) == S_OK &&
           (status == GROUP_IS_COMPLETE || status == GROUP_IS_FAILED);
}

static DWORD fetch(DWORD wanted, DWORD win32, DWORD http)
{
    struct item item;
    DWORD status = 0, index, job = 0, found_win32 = 0, found_http = 0, retries;
    if (!make(&item))
        return FAILED_AT;
    if (IBackgroundCopyGroup_ResumeGroup(item.group) != S_OK || !wait_until(has_ended, &item))
        return FAILED_AT;
    if (IBackgroundCopyGroup_GetStatus(item.group, &status, &index) != S_OK || status != wanted)
        return FAILED_AT;
    if (IBackgroundCopyJob1_GetStatus(item.job, &job, &found_win32, &found_http, &retries) != S_OK)
        return FAILED_AT;
    if (IBackgroundCopyGroup_CancelGroup(item.group) != S_OK)
        return FAILED_AT;
    return found_win32 == win32 && found_http == http ? 0 : FAILED_AT;
}

static DWORD arrive(void)
{
    return fetch(GROUP_IS_COMPLETE, 0, 0);
}

static DWORD be_refused(void)
{
    return fetch(GROUP_IS_FAILED, 0, 407);
}

static DWORD be_misled(void)
{
    return fetch(GROUP_IS_FAILED, INVALID_PROXY, 0);
}

static const struct step steps[] = {
    {L"arrive", arrive},
    {L"be-refused", be_refused},
    {L"be-misled", be_misled},
};

/* ---- tests -------------------------------------------------------------------------------- */

static void set_proxy(const wchar_t *head, const wchar_t *variable)
{
    struct text proxy = variable ? environment(variable) : text_of(L"");
    struct text list = text_of(L"%ls%ls", head, proxy.w);
    assert_true(SetEnvironmentVariableW(L"QMGRPRXY_PROXY", list.w));
}

static struct text proxied(void)
{
    return text_of(L"%ls/small.bin", environment(L"QMGR_TEST_PROXIED").w);
}

static void a_group_comes_by_the_proxy(void **state)
{
    (void)state;
    set_proxy(L"user:secret@", L"QMGR_TEST_PROXY_BASIC");
    in_a_child(L"arrive", proxied().w);
    assert_true(same_content(in_folder(L"target.bin").w, www_file(L"small.bin").w));
    set_proxy(L"user:secret@", L"QMGR_TEST_PROXY_DIGEST");
    in_a_child(L"arrive", text_of(L"%ls/mid.bin", environment(L"QMGR_TEST_HTTPS").w).w);
    assert_true(same_content(in_folder(L"target.bin").w, www_file(L"mid.bin").w));
}

static void a_proxy_that_knows_nobody_fails_the_group_at_once(void **state)
{
    (void)state;
    set_proxy(L"", L"QMGR_TEST_PROXY_BASIC");
    in_a_child(L"be-refused", proxied().w);
    assert_int_equal(count_in_folder(L"*"), 0);
}

static void a_list_that_is_none_fails_the_group_with_the_code_of_bits(void **state)
{
    (void)state;
    set_proxy(L"http=some:where:else", NULL);
    in_a_child(L"be-misled", on_server(L"/small.bin").w);
}

static bool log_has(const wchar_t *path, const char *text)
{
    HANDLE file =
        CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                    NULL, OPEN_EXISTING, 0, NULL);
    assert_true(file != INVALID_HANDLE_VALUE);
    DWORD size = GetFileSize(file, NULL), got = 0;
    char *data = calloc(1, (size_t)size + 1);
    assert_non_null(data);
    assert_true(ReadFile(file, data, size, &got, NULL));
    CloseHandle(file);
    bool found = strstr(data, text) != NULL;
    free(data);
    return found;
}

static void the_log_says_why_and_no_password(void **state)
{
    (void)state;
    struct text log = in_folder(L"log.txt");
    assert_true(SetEnvironmentVariableW(L"QMGRPRXY_LOG", log.w));
    set_proxy(L"user:" SECRET L"@", L"QMGR_TEST_PROXY_BASIC");
    in_a_child(L"be-refused", proxied().w);
    set_proxy(L"", L"QMGR_TEST_PROXY_DIGEST");
    assert_true(SetEnvironmentVariableW(L"QMGRPRXY_PROXY_LOGIN", L"user:" SECRET));
    in_a_child(L"be-refused", proxied().w);
    set_proxy(L"ftp=f http=user:" SECRET L"@a:1:2", NULL);
    in_a_child(L"be-misled", proxied().w);
    assert_true(log_has(log.w, "the proxy answered with status 407"));
    assert_true(log_has(log.w, "proxy list, entry 2: the server is not a name"));
    assert_false(log_has(log.w, "Sesam"));
}

static int forget(void **state)
{
    SetEnvironmentVariableW(L"QMGRPRXY_PROXY", NULL);
    SetEnvironmentVariableW(L"QMGRPRXY_PROXY_LOGIN", NULL);
    SetEnvironmentVariableW(L"QMGRPRXY_LOG", NULL);
    (void)state;
    return 0;
}

#define A_STEPPED_TEST(function) cmocka_unit_test_setup_teardown(function, support_before, forget)

int main(void)
{
    child_main(steps, COUNT(steps));
    const struct CMUnitTest tests[] = {
        A_STEPPED_TEST(a_group_comes_by_the_proxy),
        A_STEPPED_TEST(a_proxy_that_knows_nobody_fails_the_group_at_once),
        A_STEPPED_TEST(a_list_that_is_none_fails_the_group_with_the_code_of_bits),
        A_STEPPED_TEST(the_log_says_why_and_no_password),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
