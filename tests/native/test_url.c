/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "transfer/scheme.h"
#include "transfer/url.h"

static void assert_refused(const char *url)
{
    struct url_parts parts;
    enum fault fault = url_split(url, SCHEMES_STANDARD, &parts);
    if (fault != FAULT_ARGUMENT) {
        print_error("not refused: %s\n", url);
    }
    assert_int_equal(fault, FAULT_ARGUMENT);
    assert_null(parts.url);
    assert_null(parts.user_pass);
}

/* Put together again they are the URL. */
static void assert_parts_make(const struct url_parts *parts, const char *url)
{
    size_t scheme = (size_t)(strstr(url, "://") - url) + 3;
    size_t secret = parts->user_pass ? strlen(parts->user_pass) + 1 : 0;
    assert_memory_equal(parts->url, url, scheme);
    assert_string_equal(parts->url + scheme, url + scheme + secret);
    if (secret > 0) {
        assert_memory_equal(parts->user_pass, url + scheme, secret - 1);
        assert_int_equal(url[scheme + secret - 1], '@');
    }
}

static void assert_splits(const char *url, const char *rest, const char *user_pass)
{
    struct url_parts parts;
    enum fault fault = url_split(url, SCHEMES_STANDARD, &parts);
    if (fault != FAULT_NONE) {
        print_error("refused: %s\n", url);
    }
    assert_int_equal(fault, FAULT_NONE);
    assert_string_equal(parts.url, rest);
    if (user_pass) {
        assert_non_null(parts.user_pass);
        assert_string_equal(parts.user_pass, user_pass);
    } else {
        assert_null(parts.user_pass);
    }
    assert_parts_make(&parts, url);
    url_parts_clear(&parts);
    assert_null(parts.url);
}

static void assert_accepted(const char *url)
{
    assert_splits(url, url, NULL);
}

static void http_and_https_are_accepted_in_any_case(void **state)
{
    assert_accepted("http://host/file");
    assert_accepted("https://host/file");
    assert_accepted("HTTP://host/file");
    assert_accepted("hTTpS://HOST/file");
}

static void other_schemes_are_refused(void **state)
{
    static const char *const refused[] = {
        "",
        "http",
        "http:",
        "http:/",
        "http//host",
        "ftp://host/file",
        "file:///c:/x",
        "\\\\server\\share\\x",
        "httpss://host/",
        "xhttp://host/",
        " http://host/",
        "htt://host/",
        "https:/host/",
        "http:\\\\host\\x",
        "host/file",
        "//host/file",
        "httq://host/",
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        assert_refused(refused[i]);
    }
}

static void what_rfc_3986_allows_is_accepted(void **state)
{
    static const char *const accepted[] = {
        "http://host",
        "http://host/",
        "http://host?query",
        "http://host#fragment",
        "http://a.b-c_d~e/path;x=1/(y)'z,!$&+=:@/...",
        "http://host/%20%e2%82%AC",
        "http://host/x?a=b&c=/?:@*d",
        "http://host/x#a?b/c*",
        "http://host//double//slashes/",
        "http://1.2.3.4/x",
        "http://[::1]/x",
        "http://[::]/x",
        "http://[1:2:3:4:5:6:7:8]:8080/x",
        "http://[fe80::1.2.3.4]/x",
        "http://[1:2:3:4:5:6:1.2.3.4]/x",
        "http://[1::8]/x",
    };
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
        assert_accepted(accepted[i]);
    }
}

static void what_rfc_3986_forbids_is_refused(void **state)
{
    static const char *const refused[] = {
        "http://host/a b",   "http://host/a\tb",     "http://host/a\nb",    "http://host/a\r\nX: y",
        "http://host/\x7f",  "http://host/\xC3\xBC", "http://h\xC3\xBCst/", "http://host/a\\b",
        "http://host/\"",    "http://host/<x>",      "http://host/{x}",     "http://host/a|b",
        "http://host/a^b",   "http://host/`",        "http://host/[x]",     "http://host/x?[y]",
        "http://host/x#a#b", "http://host/%",        "http://host/%2",      "http://host/%G0",
        "http://host/%0g",   "http://host/x?%",      "http://host/\x01",
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        assert_refused(refused[i]);
    }
}

static void a_host_is_needed(void **state)
{
    static const char *const refused[] = {
        "http://",
        "http:///file",
        "http://:80/",
        "http://user@/",
        "http://user:pw@:80/",
        "http://?x",
        "http://#x",
        "http://ho%20st/",
        "http://ho*st/",
        "http://a,b/",
        "http://[]/",
        "http://[::1/",
        "http://::1/",
        "http://[::1]x/",
        "http://[1:2:3]/",
        "http://[1:2:3:4:5:6:7:8:9]/",
        "http://[1::2::3]/",
        "http://[12345::]/",
        "http://[g::]/",
        "http://[::1%25eth0]/",
        "http://[:1]/",
        "http://[1:]/",
        "http://[1:2:3:4:5:6:7::8:9]/",
        "http://[::1.2.3]/",
        "http://[::1.2.3.256]/",
        "http://[::01.2.3.4]/",
        "http://[v1.x]/",
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        assert_refused(refused[i]);
    }
}

static void a_port_is_from_1_to_65535(void **state)
{
    assert_accepted("http://host:1/");
    assert_accepted("http://host:65535/");
    assert_accepted("http://host:/");
    assert_accepted("http://host:00080/");
    assert_refused("http://host:0/");
    assert_refused("http://host:65536/");
    assert_refused("http://host:99999999999999999999/");
    assert_refused("http://host:8x/");
    assert_refused("http://host:-1/");
    assert_refused("http://host:80:80/");
}

static void wildcards_are_refused_in_the_path_only(void **state)
{
    assert_refused("http://host/*");
    assert_refused("http://host/a*b/c");
    assert_accepted("http://host/x?*");
    assert_accepted("http://host/%2A");
}

static void user_and_password_are_split_off_as_written(void **state)
{
    assert_splits("http://user:pass@host:80/x", "http://host:80/x", "user:pass");
    assert_splits("https://user@host/x", "https://host/x", "user");
    assert_splits("http://u%40x:p%3Aq:r@host/x@y", "http://host/x@y", "u%40x:p%3Aq:r");
    assert_splits("http://:@host/", "http://host/", ":");
    assert_splits("http://user:pa@[::1]:8/", "http://[::1]:8/", "user:pa");
}

static void secrets_that_hide_control_characters_are_refused(void **state)
{
    assert_refused("http://@host/");
    assert_refused("http://us%00er:x@host/");
    assert_refused("http://user:a%0D%0Ab@host/");
    assert_refused("http://user:%7F@host/");
    assert_refused("http://user:a b@host/");
    assert_refused("http://user:%4@host/");
    assert_refused("http://a@b@host/");
}

static void nothing_that_is_sent_makes_it_crash(void **state)
{
    static const char alphabet[] = "http://[]:@%?#*.12a \\\x80";
    uint32_t chance = 12345;
    for (size_t round = 0; round < 200000; round++) {
        char url[40] = "http://";
        size_t length = 7 + round % 30;
        for (size_t i = round % 3 ? 7 : 0; i < length; i++) {
            chance = chance * 1664525 + 1013904223;
            url[i] = alphabet[(chance >> 16) % (sizeof alphabet - 1)];
        }
        struct url_parts parts;
        if (url_split(url, SCHEMES_STANDARD, &parts) == FAULT_NONE) {
            assert_parts_make(&parts, url);
        }
        url_parts_clear(&parts);
    }
}

static void the_machine_itself_is_known_by_its_names(void **state)
{
    static const char *const own[] = {"http://localhost",       "https://LocalHost:81/a",
                                      "http://127.0.0.1/",      "http://127.9.8.7?q",
                                      "http://[::1]:8080/a",    "HTTP://localhost#f",
                                      "http://a.b.LOCALHOST:1/"};
    static const char *const others[] = {"http://localhost.example/",
                                         "http://local/",
                                         "http://[::11]/",
                                         "http://127.example/",
                                         "http://10.0.0.1/",
                                         "http://a/localhost",
                                         "http://[::]/",
                                         "http://0.0.0.0:1/",
                                         "http://localhosts/",
                                         "http://.localhost.a/",
                                         "http://alocalhost/"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        assert_true(url_is_loopback(own[i]));
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_false(url_is_loopback(others[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(http_and_https_are_accepted_in_any_case),
        cmocka_unit_test(other_schemes_are_refused),
        cmocka_unit_test(what_rfc_3986_allows_is_accepted),
        cmocka_unit_test(what_rfc_3986_forbids_is_refused),
        cmocka_unit_test(a_host_is_needed),
        cmocka_unit_test(a_port_is_from_1_to_65535),
        cmocka_unit_test(wildcards_are_refused_in_the_path_only),
        cmocka_unit_test(user_and_password_are_split_off_as_written),
        cmocka_unit_test(secrets_that_hide_control_characters_are_refused),
        cmocka_unit_test(the_machine_itself_is_known_by_its_names),
        cmocka_unit_test(nothing_that_is_sent_makes_it_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
