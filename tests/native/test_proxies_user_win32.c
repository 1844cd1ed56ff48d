/* SPDX-License-Identifier: MIT */
/* Proxies from the user's Internet settings, scripts, and logins that Windows keeps for the user. HKEY_CURRENT_USER is
 * another key for this process, so nobody's settings are touched. (Under Wine it has no certificates in it: no HTTPS
 * arrives here.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
/* after windows.h */
#include <wincred.h>

#include <cmocka.h>

#include "platform/text.h"
#include "proxy_support.h"
#include "raw_server.h"

#define CANNOT_CONNECT 12029
#define NAME_NOT_RESOLVED 12007
#define INVALID_PROXY 0x8020003Fu

#define SCRATCH L"Software\\QmgrPrxyTestProxies"
#define CONNECTIONS L"Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\Connections"

/* As in the value DefaultConnectionSettings. */
enum { DIRECT = 1, PROXY = 2, SCRIPT = 4, DETECT = 8 };

static HKEY scratch;

/* ---- the user's settings ---------------------------------------------------------------------------- */

static void delete_tree(HKEY parent, const wchar_t *name)
{
    HKEY key;
    wchar_t child[256];
    if (RegOpenKeyExW(parent, name, 0, KEY_ALL_ACCESS, &key) != ERROR_SUCCESS) {
        return;
    }
    while (RegEnumKeyW(key, 0, child, 256) == ERROR_SUCCESS) {
        delete_tree(key, child);
    }
    RegCloseKey(key);
    RegDeleteKeyW(parent, name);
}

static int user_set_up(void **state)
{
    delete_tree(HKEY_CURRENT_USER, SCRATCH);
    if (RegCreateKeyExW(HKEY_CURRENT_USER, SCRATCH, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &scratch,
                        NULL) != ERROR_SUCCESS ||
        RegOverridePredefKey(HKEY_CURRENT_USER, scratch) != ERROR_SUCCESS) {
        return -1;
    }
    return proxy_set_up(state);
}

static int user_tear_down(void **state)
{
    int result = proxy_tear_down(state);
    RegOverridePredefKey(HKEY_CURRENT_USER, NULL);
    RegCloseKey(scratch);
    delete_tree(HKEY_CURRENT_USER, SCRATCH);
    return result;
}

static size_t add_number(BYTE *blob, size_t at, DWORD number)
{
    memcpy(blob + at, &number, sizeof number);
    return at + sizeof number;
}

static size_t add_text(BYTE *blob, size_t at, const char *text)
{
    at = add_number(blob, at, (DWORD)strlen(text));
    memcpy(blob + at, text, strlen(text));
    return at + strlen(text);
}

static void set_user(DWORD kinds, const char *list, const char *bypass, const char *script)
{
    BYTE blob[2048] = {0};
    size_t size = add_number(blob, 0, 0x46);
    size = add_number(blob, size, 1);
    size = add_number(blob, size, kinds);
    size = add_text(blob, size, list);
    size = add_text(blob, size, bypass);
    size = add_text(blob, size, script) + 32;
    HKEY key;
    assert_int_equal(RegCreateKeyExW(HKEY_CURRENT_USER, CONNECTIONS, 0, NULL, 0, KEY_SET_VALUE,
                                     NULL, &key, NULL),
                     ERROR_SUCCESS);
    assert_int_equal(
        RegSetValueExW(key, L"DefaultConnectionSettings", 0, REG_BINARY, blob, (DWORD)size),
        ERROR_SUCCESS);
    RegCloseKey(key);
}

static void set_value(const wchar_t *name, const char *value)
{
    HKEY key;
    wchar_t *wide = text_utf16(value);
    assert_non_null(wide);
    assert_int_equal(RegCreateKeyExW(HKEY_CURRENT_USER, L"Software\\QmgrPrxy", 0, NULL, 0,
                                     KEY_SET_VALUE, NULL, &key, NULL),
                     ERROR_SUCCESS);
    assert_int_equal(RegSetValueExW(key, name, 0, REG_SZ, (const BYTE *)wide,
                                    (DWORD)((wcslen(wide) + 1) * sizeof *wide)),
                     ERROR_SUCCESS);
    RegCloseKey(key);
    free(wide);
}

/* ---- addresses --------------------------------------------------------------------------------------- */

static const char *proxied(void)
{
    return fetch_url("QMGR_TEST_PROXIED", "/small.bin");
}

static const char *http(void)
{
    return fetch_url("QMGR_TEST_HTTP", "/small.bin");
}

static const char *https(void)
{
    return fetch_url("QMGR_TEST_HTTPS", "/small.bin");
}

static const char *proxy(void)
{
    return fetch_url("QMGR_TEST_PROXY", "");
}

static const char *dead(void)
{
    return fetch_url("QMGR_TEST_CLOSED", "") + strlen("http://");
}

/* ---- fixed proxies ------------------------------------------------------------------------------------ */

static void the_users_proxy_is_used(void **state)
{
    set_user(DIRECT | PROXY, proxy(), "", "");
    proxy_assert_arrives(proxied());
}

static void the_users_proxy_is_not_used_when_it_is_turned_off(void **state)
{
    set_user(DIRECT, dead(), "", "");
    proxy_assert_arrives(http());
}

static void each_protocol_has_its_own(void **state)
{
    set_user(PROXY, fetch_text("https=nobody.invalid:1;ftp=f:21;http=", proxy()), "", "");
    proxy_assert_arrives(proxied());
    proxy_assert_fails(https(), END_TRANSIENT, NAME_NOT_RESOLVED, 0);
}

static void the_users_bypass_list_is_heeded(void **state)
{
    set_user(PROXY, dead(), "*.example;127.*;<local>", "");
    proxy_assert_arrives(fetch_url("QMGR_TEST_HTTP", "/redirect-host/small.bin"));
    proxy_assert_fails(proxied(), END_TRANSIENT, CANNOT_CONNECT, 0);
}

static void the_users_proxy_comes_before_the_environments(void **state)
{
    set_user(PROXY, proxy(), "", "");
    set_variable("all_proxy", dead());
    proxy_assert_arrives(proxied());
}

static void our_settings_come_before_the_users(void **state)
{
    set_user(PROXY, dead(), "", "");
    set_value(L"Proxy", proxy());
    proxy_assert_arrives(proxied());
}

static void proxy_auto_is_the_users(void **state)
{
    set_user(PROXY, proxy(), "", "");
    set_value(L"Proxy", "auto");
    set_value(L"ProxyBypass", "127.0.0.1");
    proxy_assert_arrives(proxied());
    proxy_assert_arrives(http());
}

static void a_users_list_that_is_none_is_fatal(void **state)
{
    set_user(PROXY, "some:where:else", "", "");
    proxy_assert_fails(http(), END_FATAL, INVALID_PROXY, 0);
}

/* ---- scripts ------------------------------------------------------------------------------------------ */

/* Serves a script that gives these answers for origin.test and for all others; its URL. */
static const char *serve_script(const char *for_origin, const char *for_others)
{
    static unsigned number; /* Windows may remember what a URL had */
    char name[64];
    char text[1024];
    snprintf(name, sizeof name, "/proxy-%lu-%u.pac", GetCurrentProcessId(), ++number);
    int size = snprintf(text, sizeof text,
                        "function FindProxyForURL(url, host) {\n"
                        "    return host == \"origin.test\" ? \"%s\" : \"%s\";\n}\n",
                        for_origin, for_others);
    fetch_write(fetch_served(name + 1), text, (size_t)size);
    return fetch_url("QMGR_TEST_HTTP", name);
}

static void the_users_script_chooses(void **state)
{
    const char *script = serve_script(fetch_text("PROXY ", proxy()), fetch_text("PROXY ", dead()));
    set_user(SCRIPT, "", "", script);
    proxy_assert_arrives(proxied());
    proxy_assert_fails(http(), END_TRANSIENT, CANNOT_CONNECT, 0);
}

static void a_script_may_choose_no_proxy(void **state)
{
    set_user(SCRIPT | PROXY, dead(), "", serve_script(fetch_text("PROXY ", proxy()), "DIRECT"));
    set_variable("all_proxy", dead());
    proxy_assert_arrives(http());
    proxy_assert_arrives(proxied());
}

static void our_script_comes_before_the_users(void **state)
{
    set_user(SCRIPT, "", "", serve_script(fetch_text("PROXY ", dead()), "DIRECT"));
    set_value(L"ProxyScript", serve_script(fetch_text("PROXY ", proxy()), "DIRECT"));
    proxy_assert_arrives(proxied());
}

static void a_redirect_asks_the_script_anew(void **state)
{
    set_user(SCRIPT, "", "", serve_script("DIRECT", "DIRECT"));
    proxy_assert_arrives(fetch_url("QMGR_TEST_HTTP", "/redirect-host/small.bin"));
}

static void a_script_that_is_not_there_leaves_it_to_the_list(void **state)
{
    set_user(SCRIPT | PROXY, proxy(), "", fetch_url("QMGR_TEST_HTTP", "/no-such.pac"));
    proxy_assert_arrives(proxied());
}

static void what_is_no_script_leaves_it_to_the_list(void **state)
{
    set_user(SCRIPT | PROXY, proxy(), "", fetch_url("QMGR_TEST_HTTP", "/small.bin"));
    proxy_assert_arrives(proxied());
}

static void many_downloads_wait_for_one_script(void **state)
{
    struct fetch *fetches[20];
    set_user(SCRIPT, "", "", serve_script(fetch_text("PROXY ", proxy()), "DIRECT"));
    for (size_t i = 0; i < 20; i++) {
        char name[16];
        snprintf(name, sizeof name, "part%u", (unsigned)i);
        struct download_request request = {.url = proxied(), .part = fetch_local(name), .size = -1};
        fetches[i] = fetch_start(&request);
    }
    for (size_t i = 0; i < 20; i++) {
        proxy_assert_ends(fetches[i], END_WHOLE, 0, 0);
    }
}

/* The script's server takes the question, and never answers. */
static void a_download_that_waits_for_a_script_can_be_stopped(void **state)
{
    static const struct raw_answer silence = {.text = "H", .filler = "", .times = 0};
    struct raw_server *server = raw_server_start(&silence, 1);
    set_user(SCRIPT, "", "", fetch_text(raw_server_url(server), "/never.pac"));
    struct download_request request = {.url = proxied(), .part = fetch_local("part"), .size = -1};
    struct fetch *fetch = fetch_start(&request);
    transfer_stop(fetch_engine(), fetch_download(fetch));
    proxy_assert_ends(fetch, END_STOPPED, 0, 0);
    fetch_destroy_engine();
    raw_server_stop(server);
}

/* ---- logins ------------------------------------------------------------------------------------------- */

static void store_login(const char *proxy_address, const wchar_t *user, const wchar_t *password)
{
    wchar_t *target = text_utf16(fetch_text("QmgrPrxy/", proxy_address));
    assert_non_null(target);
    CREDENTIALW credential = {
        .Type = CRED_TYPE_GENERIC,
        .TargetName = target,
        .CredentialBlobSize = (DWORD)(wcslen(password) * sizeof *password),
        .CredentialBlob = (BYTE *)(uintptr_t)password,
        .Persist = CRED_PERSIST_SESSION,
        .UserName = (wchar_t *)(uintptr_t)user,
    };
    assert_true(CredWriteW(&credential, 0));
    free(target);
}

static void a_login_that_windows_keeps_is_used(void **state)
{
    const char *basic = fetch_url("QMGR_TEST_PROXY_BASIC", "");
    set_user(PROXY, basic, "", "");
    store_login(basic, L"user", L"secret");
    proxy_assert_arrives(proxied());
}

static void a_login_for_another_proxy_is_not(void **state)
{
    const char *basic = fetch_url("QMGR_TEST_PROXY_BASIC", "");
    set_user(PROXY, basic, "", "");
    store_login(proxy(), L"user", L"secret");
    proxy_assert_fails(proxied(), END_FATAL, 0, 407);
}

static void a_login_in_the_registry_is_not_read(void **state)
{
    set_user(PROXY, fetch_url("QMGR_TEST_PROXY_BASIC", ""), "", "");
    set_value(L"ProxyLogin", "user:secret");
    proxy_assert_fails(proxied(), END_FATAL, 0, 407);
}

/* ---- the logged-on user -------------------------------------------------------------------------------- */

static const struct raw_answer server_asks_who = {
    .text = "HTTP/1.1 401 Who\r\nWWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\n"
            "Content-Length: 0\r\n\r\n"};
static const struct raw_answer proxy_asks_who = {
    .text = "HTTP/1.1 407 Who\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n"
            "Content-Length: 0\r\n\r\n"};

static void assert_told(struct raw_server *server)
{
    bool told = false;
    for (size_t i = 0; i < raw_server_requests(server); i++) {
        told = told || strstr(raw_server_request(server, i), "Authorization: N");
    }
    assert_null(strstr(raw_server_request(server, 0), "Authorization: N"));
    raw_server_stop(server);
    if (!told) {
        print_message("this system cannot say who is logged on\n");
        skip();
    }
}

static void assert_told_nothing(struct raw_server *server)
{
    assert_int_equal(raw_server_requests(server), 1);
    assert_null(strstr(raw_server_request(server, 0), "Authorization"));
    raw_server_stop(server);
}

static void ask_server(const char *logon)
{
    set_user(DIRECT, "", "", "");
    set_value(L"Logon", logon);
}

static void a_server_is_told_who_is_logged_on_if_that_is_allowed(void **state)
{
    struct raw_server *server = raw_server_start(&server_asks_who, 1);
    ask_server("on");
    fetch_all(raw_server_url(server), "part");
    assert_told(server);
}

static void a_proxy_is_told_who_is_logged_on_if_that_is_allowed(void **state)
{
    struct raw_server *server = raw_server_start(&proxy_asks_who, 1);
    set_user(PROXY, raw_server_url(server) + strlen("http://"), "", "");
    set_value(L"Logon", "proxy");
    fetch_all(proxied(), "part");
    assert_told(server);
}

static void what_proxies_may_be_told_servers_are_not(void **state)
{
    struct raw_server *server = raw_server_start(&server_asks_who, 1);
    ask_server("proxy");
    proxy_assert_fails(raw_server_url(server), END_FATAL, 0, 401);
    assert_told_nothing(server);
}

static void where_a_redirect_leads_nobody_is_told(void **state)
{
    struct raw_server *server = raw_server_start(&server_asks_who, 1);
    char text[256];
    snprintf(text, sizeof text, "HTTP/1.1 302 There\r\nLocation: %s/\r\nContent-Length: 0\r\n\r\n",
             raw_server_other_name(server));
    const struct raw_answer leads = {.text = text};
    struct raw_server *first = raw_server_start(&leads, 1);
    ask_server("on");
    proxy_assert_fails(raw_server_url(first), END_FATAL, 0, 401);
    raw_server_stop(first);
    assert_told_nothing(server);
}

#define USER_TEST(test) cmocka_unit_test_setup_teardown(test, user_set_up, user_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        USER_TEST(the_users_proxy_is_used),
        USER_TEST(the_users_proxy_is_not_used_when_it_is_turned_off),
        USER_TEST(each_protocol_has_its_own),
        USER_TEST(the_users_bypass_list_is_heeded),
        USER_TEST(the_users_proxy_comes_before_the_environments),
        USER_TEST(our_settings_come_before_the_users),
        USER_TEST(proxy_auto_is_the_users),
        USER_TEST(a_users_list_that_is_none_is_fatal),
        USER_TEST(the_users_script_chooses),
        USER_TEST(a_script_may_choose_no_proxy),
        USER_TEST(our_script_comes_before_the_users),
        USER_TEST(a_redirect_asks_the_script_anew),
        USER_TEST(a_script_that_is_not_there_leaves_it_to_the_list),
        USER_TEST(what_is_no_script_leaves_it_to_the_list),
        USER_TEST(many_downloads_wait_for_one_script),
        USER_TEST(a_download_that_waits_for_a_script_can_be_stopped),
        USER_TEST(a_login_that_windows_keeps_is_used),
        USER_TEST(a_login_for_another_proxy_is_not),
        USER_TEST(a_login_in_the_registry_is_not_read),
        USER_TEST(a_server_is_told_who_is_logged_on_if_that_is_allowed),
        USER_TEST(a_proxy_is_told_who_is_logged_on_if_that_is_allowed),
        USER_TEST(what_proxies_may_be_told_servers_are_not),
        USER_TEST(where_a_redirect_leads_nobody_is_told),
    };
    if (!fetch_has_server()) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
