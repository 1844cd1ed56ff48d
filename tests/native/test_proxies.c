/* SPDX-License-Identifier: MIT */
/* Downloads by a real proxy: by which one, with whose name, and what is said when it does not work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <windows.h>
/* after windows.h */
#define SECURITY_WIN32
#include <security.h>
#endif

#include <cmocka.h>

#include "proxy_support.h"
#include "raw_server.h"

#define CANNOT_CONNECT 12029
#define NAME_NOT_RESOLVED 12007
#define TIMEOUT 12002
#define INVALID_PROXY 0x8020003Fu

/* By a name that only the proxies know. */
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

/* HOST:PORT where nobody listens. */
static const char *dead(void)
{
    return fetch_url("QMGR_TEST_CLOSED", "") + strlen("http://");
}

static void set_proxy(const char *head, const char *variable, const char *tail)
{
    set_variable("QMGRPRXY_PROXY", proxy_text(head, variable, tail));
}

/* The settings are read at the first download of an engine. */
static void begin_anew(void)
{
    void *state = NULL;
    (void)fetch_tear_down(&state);
    assert_int_equal(fetch_set_up(&state), 0);
}

/* ---- which one ---------------------------------------------------------------------------------- */

static void a_proxy_that_is_set_is_used(void **state)
{
    set_proxy("", "QMGR_TEST_PROXY", "");
    proxy_assert_arrives(proxied());
}

static void https_goes_through_it_by_a_tunnel(void **state)
{
    set_proxy("", "QMGR_TEST_PROXY", "");
    proxy_assert_arrives(https());
}

static void without_one_the_proxys_names_mean_nothing(void **state)
{
    set_variable("QMGRPRXY_PROXY", "none");
    proxy_assert_fails(proxied(), END_TRANSIENT, NAME_NOT_RESOLVED, 0);
}

static void what_is_in_the_bypass_list_is_fetched_without_it(void **state)
{
    set_variable("QMGRPRXY_PROXY", dead());
    set_variable("QMGRPRXY_PROXY_BYPASS", "<local>; 127.0.*");
    proxy_assert_arrives(http());
    proxy_assert_arrives(https());
    proxy_assert_fails(proxied(), END_TRANSIENT, CANNOT_CONNECT, 0);
}

static void loopback_is_not_bypassed_by_itself(void **state)
{
    set_variable("QMGRPRXY_PROXY", dead());
    proxy_assert_fails(http(), END_TRANSIENT, CANNOT_CONNECT, 0);
    proxy_assert_fails(https(), END_TRANSIENT, CANNOT_CONNECT, 0);
}

static void each_protocol_has_its_own(void **state)
{
    set_proxy("https=nobody.invalid;http=", "QMGR_TEST_PROXY", "");
    proxy_assert_arrives(proxied());
    proxy_assert_fails(https(), END_TRANSIENT, NAME_NOT_RESOLVED, 0);
}

static void a_redirect_chooses_anew(void **state)
{
    set_proxy("", "QMGR_TEST_PROXY_BASIC", "");
    set_variable("QMGRPRXY_PROXY_BYPASS", "127.0.0.1");
    proxy_assert_arrives(http());
    /* To the same server by another name. */
    proxy_assert_fails(fetch_url("QMGR_TEST_HTTP", "/redirect-host/small.bin"), END_FATAL, 0, 407);
    proxy_assert_fails(fetch_url("QMGR_TEST_HTTP", "/redirect-https/small.bin"), END_FATAL, 0, 407);
}

static void a_redirect_may_lead_past_the_proxy(void **state)
{
    set_proxy("http=", "QMGR_TEST_PROXY", ";https=nobody.invalid");
    set_variable("QMGRPRXY_PROXY_BYPASS", "https://localhost");
    proxy_assert_arrives(
        fetch_text(fetch_url("QMGR_TEST_PROXIED", ""), "/redirect-https/small.bin"));
}

static void socks_proxies_are_used(void **state)
{
    static const char *const kinds[] = {"socks=", "socks5://", "socks=socks5://"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        begin_anew();
        set_proxy(kinds[i], "QMGR_TEST_PROXY_SOCKS", "");
        proxy_assert_arrives(http());
        proxy_assert_arrives(https());
        begin_anew();
        set_variable("QMGRPRXY_PROXY", fetch_text(kinds[i], dead()));
        proxy_assert_fails(http(), END_TRANSIENT, CANNOT_CONNECT, 0);
    }
}

/* More of them than connections with one server, of which libcurl takes the proxy for one. */
static void in_the_background_many_servers_by_one_proxy_leave_room(void **state)
{
    set_variable("QMGRPRXY_RATE_LIMIT", "65536");
    set_proxy("", "QMGR_TEST_PROXY", "");
    begin_anew();
    struct fetch *slow[12];
    for (int i = 0; i < 12; i++) {
        char name[16];
        snprintf(name, sizeof name, "slow%d", i);
        const struct download_request request = {
            .url = fetch_url(i % 2 ? "QMGR_TEST_HTTP" : "QMGR_TEST_PROXIED", "/big.bin"),
            .part = fetch_local(name),
            .size = -1};
        slow[i] = fetch_start(&request);
    }
    for (int i = 0; i < 12; i++) {
        fetch_wait_bytes(slow[i], 1);
    }
    const struct download_request request = {
        .url = proxied(), .part = fetch_local("part"), .size = -1, .foreground = true};
    proxy_assert_ends(fetch_start(&request), END_WHOLE, 0, 0);
    for (int i = 0; i < 12; i++) {
        assert_false(fetch_has_ended(slow[i]));
    }
}

/* ---- when it does not work ------------------------------------------------------------------------ */

static void a_proxy_that_is_down_is_worth_another_try(void **state)
{
    set_variable("QMGRPRXY_PROXY", dead());
    proxy_assert_fails(proxied(), END_TRANSIENT, CANNOT_CONNECT, 0);
    proxy_assert_fails(https(), END_TRANSIENT, CANNOT_CONNECT, 0);
}

static void a_proxy_whose_name_is_not_found_is_worth_another_try(void **state)
{
    set_variable("QMGRPRXY_PROXY", "nobody.invalid:3128");
    proxy_assert_fails(proxied(), END_TRANSIENT, NAME_NOT_RESOLVED, 0);
    proxy_assert_fails(https(), END_TRANSIENT, NAME_NOT_RESOLVED, 0);
}

static void the_next_one_is_used_when_the_first_is_down(void **state)
{
    set_variable("QMGRPRXY_PROXY",
                 fetch_text(dead(), proxy_text(" nobody.invalid ", "QMGR_TEST_PROXY", "")));
    proxy_assert_arrives(proxied());
    proxy_assert_arrives(https());
}

/* One that takes the connection and says nothing, and one that does not even take it. */
static void the_next_one_is_used_when_the_first_is_silent(void **state)
{
    static const char *const silent[] = {"QMGR_TEST_FAULTS_CONNECT_STALL",
                                         "QMGR_TEST_FAULTS_ACCEPT_STALL"};
    for (size_t i = 0; i < 2; i++) {
        const char *first = fetch_url(silent[i], " ") + strlen("http://");
        set_variable("QMGRPRXY_PROXY", fetch_text(first, proxy_text("", "QMGR_TEST_PROXY", "")));
        (void)fetch_tear_down(state);
        assert_int_equal(fetch_set_up_impatient(state), 0);
        proxy_assert_arrives(https());
        if (i == 0) {
            proxy_assert_arrives(proxied());
        } else {
            /* It was asked: the server behind it may be what is silent. */
            proxy_assert_fails(proxied(), END_TRANSIENT, TIMEOUT, 0);
        }
    }
}

static void what_the_first_proxy_answers_counts(void **state)
{
    set_proxy("", "QMGR_TEST_PROXY_BASIC", proxy_text(" ", "QMGR_TEST_PROXY", ""));
    proxy_assert_fails(proxied(), END_FATAL, 0, 407);
}

static void a_server_that_the_proxy_does_not_reach_is_worth_another_try(void **state)
{
    set_proxy("", "QMGR_TEST_PROXY", "");
    proxy_assert_fails(fetch_url("QMGR_TEST_CLOSED", "/x"), END_TRANSIENT, 0, 503);
    proxy_assert_fails(fetch_text("https", fetch_url("QMGR_TEST_CLOSED", "/x") + 4), END_TRANSIENT,
                       0, 503);
}

static void a_list_that_is_none_is_fatal(void **state)
{
    set_variable("QMGRPRXY_PROXY", "http=some:where:else");
    struct fetch *fetch = fetch_all(http(), "part");
    proxy_assert_ends(fetch, END_FATAL, INVALID_PROXY, 0);
    assert_string_equal(
        download_result(fetch_download(fetch))->cause,
        "proxy list, entry 1: the server is not a name or address, perhaps with a port");
}

static void a_bypass_list_that_is_none_is_fatal(void **state)
{
    set_proxy("", "QMGR_TEST_PROXY", "");
    set_variable("QMGRPRXY_PROXY_BYPASS", "host;<here>");
    proxy_assert_fails(http(), END_FATAL, INVALID_PROXY, 0);
}

/* ---- logging in ------------------------------------------------------------------------------------ */

static const char *const schemes[] = {"QMGR_TEST_PROXY_BASIC", "QMGR_TEST_PROXY_DIGEST",
                                      "QMGR_TEST_PROXY_NTLM"};
#define SCHEMES (sizeof schemes / sizeof *schemes)

/* Wine has NTLM only where Samba's ntlm_auth is installed. */
static bool knows_ntlm(void)
{
#ifdef _WIN32
    wchar_t name[] = L"NTLM";
    SecPkgInfoW *info = NULL;
    if (QuerySecurityPackageInfoW(name, &info) != SEC_E_OK) {
        print_message("this Wine has no NTLM: that is not tested here\n");
        return false;
    }
    FreeContextBuffer(info);
#endif
    return true;
}

/* Those that this system can log in with. */
static size_t known_schemes(void)
{
    return knows_ntlm() ? SCHEMES : SCHEMES - 1;
}

static void a_login_in_the_list_is_used(void **state)
{
    size_t known = known_schemes();
    for (size_t i = 0; i < known; i++) {
        begin_anew();
        set_proxy("user:secret@", schemes[i], "");
        proxy_assert_arrives(proxied());
        proxy_assert_arrives(https());
    }
}

static void a_login_that_is_set_is_used(void **state)
{
    size_t known = known_schemes();
    for (size_t i = 0; i < known; i++) {
        begin_anew();
        set_proxy("", schemes[i], "");
        set_variable("QMGRPRXY_PROXY_LOGIN", "user:secret");
        proxy_assert_arrives(proxied());
        proxy_assert_arrives(https());
    }
}

static void without_a_login_a_proxy_that_wants_one_is_fatal(void **state)
{
    for (size_t i = 0; i < SCHEMES; i++) {
        begin_anew();
        set_proxy("", schemes[i], "");
        proxy_assert_fails(proxied(), END_FATAL, 0, 407);
        proxy_assert_fails(https(), END_FATAL, 0, 407);
    }
}

static void a_wrong_login_is_fatal(void **state)
{
    for (size_t i = 0; i < SCHEMES; i++) {
        begin_anew();
        set_proxy("user:wrong@", schemes[i], "");
        proxy_assert_fails(proxied(), END_FATAL, 0, 407);
        proxy_assert_fails(https(), END_FATAL, 0, 407);
    }
}

static void the_login_nearest_to_the_proxy_wins(void **state)
{
    set_proxy("user:secret@", "QMGR_TEST_PROXY_BASIC", "");
    set_variable("QMGRPRXY_PROXY_LOGIN", "user:wrong");
    proxy_assert_arrives(proxied());
}

static void a_proxy_and_a_server_have_each_their_login(void **state)
{
    set_proxy("user:secret@", "QMGR_TEST_PROXY_DIGEST", "");
    struct download_request request = {
        .url = fetch_url("QMGR_TEST_HTTP", "/basic/small.bin"),
        .user_pass = "user:secret",
        .part = fetch_local("part"),
        .size = -1,
    };
    proxy_assert_ends(fetch_start(&request), END_WHOLE, 0, 0);
    request.user_pass = "user:wrong";
    request.part = fetch_local("part2");
    proxy_assert_ends(fetch_start(&request), END_FATAL, 0, 401);
}

static void a_proxys_login_is_not_given_to_servers(void **state)
{
    static const struct raw_answer answers[] = {
        {.text = "HTTP/1.1 407 Proxy\r\nProxy-Authenticate: Basic realm=\"x\"\r\n"
                 "Content-Length: 0\r\n\r\n"},
        {.text = "HTTP/1.1 401 Server\r\nWWW-Authenticate: Basic realm=\"x\"\r\n"
                 "Content-Length: 0\r\n\r\n"},
    };
    for (size_t i = 0; i < 2; i++) {
        begin_anew();
        struct raw_server *server = raw_server_start(&answers[i], 1);
        set_variable("QMGRPRXY_PROXY", fetch_text("user:secret@", dead()));
        set_variable("QMGRPRXY_PROXY_BYPASS", "127.0.0.1");
        set_variable("QMGRPRXY_PROXY_LOGIN", "user:secret");
        proxy_assert_fails(raw_server_url(server), END_FATAL, 0, i == 0 ? 407 : 401);
        assert_int_equal(raw_server_requests(server), 1);
        assert_null(strstr(raw_server_request(server, 0), "uthorization"));
        raw_server_stop(server);
    }
}

/* ---- servers that want to know who it is ------------------------------------------------------------ */

static struct fetch *fetch_as(const char *url, const char *user_pass, const char *part)
{
    struct download_request request = {
        .url = url, .user_pass = user_pass, .part = fetch_local(part), .size = -1};
    return fetch_start(&request);
}

static void a_server_may_want_digest(void **state)
{
    const char *url = fetch_url("QMGR_TEST_HTTP_DIGEST", "/small.bin");
    proxy_assert_ends(fetch_as(url, "user:secret", "a"), END_WHOLE, 0, 0);
    fetch_assert_same(fetch_local("a"), fetch_served("small.bin"));
    proxy_assert_ends(fetch_as(url, "user:wrong", "b"), END_FATAL, 0, 401);
    proxy_assert_ends(fetch_as(url, NULL, "c"), END_FATAL, 0, 401);
}

static void a_server_may_want_ntlm(void **state)
{
    const char *url = fetch_url("QMGR_TEST_HTTP_NTLM", "/small.bin");
    proxy_assert_ends(fetch_as(url, NULL, "a"), END_FATAL, 0, 401);
    proxy_assert_ends(fetch_as(url, "DOMAIN%5Cuser:wrong", "b"), END_FATAL, 0, 401);
    if (!knows_ntlm()) {
        skip();
    }
    proxy_assert_ends(fetch_as(url, "DOMAIN%5Cuser:secret", "c"), END_WHOLE, 0, 0);
    fetch_assert_same(fetch_local("c"), fetch_served("small.bin"));
}

/* As servers of Windows do. Which one is taken is up to the system, but one must be that it can use. */
static void of_many_schemes_one_is_used(void **state)
{
    static const struct raw_answer answers[] = {
        {.text = "HTTP/1.1 401 Who\r\nWWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\n"
                 "WWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n"},
        {.text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"},
    };
    struct raw_server *server = raw_server_start(answers, 2);
    set_variable("QMGRPRXY_PROXY", "none");
    proxy_assert_ends(fetch_as(raw_server_url(server), "user:secret", "part"), END_WHOLE, 0, 0);
    assert_null(strstr(raw_server_request(server, 0), "Authorization"));
    assert_non_null(strstr(raw_server_request(server, 1), "\r\nAuthorization: "));
    raw_server_stop(server);
}

static const struct raw_answer asks_who = {
    .text = "HTTP/1.1 401 Who\r\nWWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\n"
            "Content-Length: 0\r\n\r\n"};
static const struct raw_answer proxy_asks_who = {
    .text = "HTTP/1.1 407 Who\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n"
            "Content-Length: 0\r\n\r\n"};

/* Also not in the place of a name that is empty, which is what Windows would do. */
static void nobody_is_told_who_is_logged_on(void **state)
{
    static const char *const logins[] = {NULL, ":", ":secret"};
    for (size_t i = 0; i < sizeof logins / sizeof *logins; i++) {
        begin_anew();
        struct raw_server *server = raw_server_start(&asks_who, 1);
        set_variable("QMGRPRXY_PROXY", "none");
        proxy_assert_ends(fetch_as(raw_server_url(server), logins[i], "part"), END_FATAL, 0, 401);
        assert_int_equal(raw_server_requests(server), 1);
        assert_null(strstr(raw_server_request(server, 0), "Authorization"));
        raw_server_stop(server);
    }
}

static void no_proxy_is_told_who_is_logged_on(void **state)
{
    static const char *const logins[] = {NULL, ":", ":secret"};
    for (size_t i = 0; i < sizeof logins / sizeof *logins; i++) {
        begin_anew();
        struct raw_server *server = raw_server_start(&proxy_asks_who, 1);
        set_variable("QMGRPRXY_PROXY", raw_server_url(server));
        set_variable("QMGRPRXY_PROXY_LOGIN", logins[i]);
        proxy_assert_fails(proxied(), END_FATAL, 0, 407);
        proxy_assert_fails(https(), END_FATAL, 0, 407);
        assert_int_equal(raw_server_requests(server), 2);
        for (size_t request = 0; request < 2; request++) {
            assert_null(strstr(raw_server_request(server, request), "Authorization"));
        }
        raw_server_stop(server);
    }
}

/* ---- the environment --------------------------------------------------------------------------------- */

static void the_environment_names_the_proxy_when_nothing_else_does(void **state)
{
    set_variable("http_proxy", proxy_text("http://user:secret@", "QMGR_TEST_PROXY_BASIC", "/"));
    set_variable("https_proxy", "nobody.invalid");
    proxy_assert_arrives(proxied());
    proxy_assert_fails(https(), END_TRANSIENT, NAME_NOT_RESOLVED, 0);
}

static void one_proxy_in_the_environment_serves_all(void **state)
{
    set_variable("all_proxy", proxy_text("", "QMGR_TEST_PROXY", ""));
    proxy_assert_arrives(proxied());
    proxy_assert_arrives(https());
}

static void no_proxy_of_the_environment_is_heeded(void **state)
{
    set_variable("all_proxy", dead());
    set_variable("no_proxy", "localhost,127.0.0.0/8 fe80::/10");
    proxy_assert_arrives(http());
    proxy_assert_arrives(https());
    proxy_assert_fails(proxied(), END_TRANSIENT, CANNOT_CONNECT, 0);
}

static void settings_come_before_the_environment(void **state)
{
    set_variable("all_proxy", dead());
    set_variable("QMGRPRXY_PROXY", "none");
    proxy_assert_arrives(http());
    begin_anew();
    set_proxy("", "QMGR_TEST_PROXY", "");
    proxy_assert_arrives(proxied());
}

/* no_proxy would have libcurl go straight. */
static void a_list_that_is_set_is_not_mixed_with_the_environment(void **state)
{
    set_proxy("http=", "QMGR_TEST_PROXY", "");
    set_variable("no_proxy", "*");
    set_variable("https_proxy", dead());
    proxy_assert_arrives(proxied());
    proxy_assert_arrives(https());
}

static void a_proxy_behind_tls_is_not_taken_for_one_without(void **state)
{
    set_variable("http_proxy", proxy_text("https://", "QMGR_TEST_PROXY", ""));
    proxy_assert_fails(http(), END_FATAL, INVALID_PROXY, 0);
}

#define PROXY_TEST(test) cmocka_unit_test_setup_teardown(test, proxy_set_up, proxy_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROXY_TEST(a_proxy_that_is_set_is_used),
        PROXY_TEST(https_goes_through_it_by_a_tunnel),
        PROXY_TEST(without_one_the_proxys_names_mean_nothing),
        PROXY_TEST(what_is_in_the_bypass_list_is_fetched_without_it),
        PROXY_TEST(loopback_is_not_bypassed_by_itself),
        PROXY_TEST(each_protocol_has_its_own),
        PROXY_TEST(a_redirect_chooses_anew),
        PROXY_TEST(a_redirect_may_lead_past_the_proxy),
        PROXY_TEST(socks_proxies_are_used),
        PROXY_TEST(in_the_background_many_servers_by_one_proxy_leave_room),
        PROXY_TEST(a_proxy_that_is_down_is_worth_another_try),
        PROXY_TEST(a_proxy_whose_name_is_not_found_is_worth_another_try),
        PROXY_TEST(the_next_one_is_used_when_the_first_is_down),
        PROXY_TEST(the_next_one_is_used_when_the_first_is_silent),
        PROXY_TEST(what_the_first_proxy_answers_counts),
        PROXY_TEST(a_server_that_the_proxy_does_not_reach_is_worth_another_try),
        PROXY_TEST(a_list_that_is_none_is_fatal),
        PROXY_TEST(a_bypass_list_that_is_none_is_fatal),
        PROXY_TEST(a_login_in_the_list_is_used),
        PROXY_TEST(a_login_that_is_set_is_used),
        PROXY_TEST(without_a_login_a_proxy_that_wants_one_is_fatal),
        PROXY_TEST(a_wrong_login_is_fatal),
        PROXY_TEST(the_login_nearest_to_the_proxy_wins),
        PROXY_TEST(a_proxy_and_a_server_have_each_their_login),
        PROXY_TEST(a_proxys_login_is_not_given_to_servers),
        PROXY_TEST(a_server_may_want_digest),
        PROXY_TEST(a_server_may_want_ntlm),
        PROXY_TEST(of_many_schemes_one_is_used),
        PROXY_TEST(nobody_is_told_who_is_logged_on),
        PROXY_TEST(no_proxy_is_told_who_is_logged_on),
        PROXY_TEST(the_environment_names_the_proxy_when_nothing_else_does),
        PROXY_TEST(one_proxy_in_the_environment_serves_all),
        PROXY_TEST(no_proxy_of_the_environment_is_heeded),
        PROXY_TEST(settings_come_before_the_environment),
        PROXY_TEST(a_list_that_is_set_is_not_mixed_with_the_environment),
        PROXY_TEST(a_proxy_behind_tls_is_not_taken_for_one_without),
    };
    if (!fetch_has_server()) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
