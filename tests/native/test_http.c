/* SPDX-License-Identifier: MIT */
/* What is read out of an answer's header fields, and what is not believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "platform/platform.h"
#include "transfer/http.h"
#include "transfer/redirect.h"

static struct http_answer answer;

static int set_up(void **state)
{
    http_answer_init(&answer);
    return 0;
}

static int tear_down(void **state)
{
    http_answer_clear(&answer);
    return 0;
}

static bool line(const char *text)
{
    return http_answer_line(&answer, text, strlen(text));
}

static int64_t date(const char *text)
{
    return http_date(text, strlen(text));
}

static void dates_are_read(void **state)
{
    assert_int_equal(date("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
    assert_int_equal(date("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777);
    assert_int_equal(date("Tue, 29 Feb 2000 23:59:59 GMT"), 951868799);
    assert_int_equal(date("Fri, 01 Mar 2100 00:00:00 GMT"), INT64_C(4107542400));
    assert_int_equal(date("Tue, 19 Jan 2038 03:14:08 GMT"), INT64_C(2147483648));
}

static void what_is_not_a_date_is_no_time(void **state)
{
    static const char *const wrong[] = {
        "",
        "0",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1969 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 Xov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Xxx, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:3\n GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT ",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_true(date(wrong[i]) == NO_TIME);
    }
}

static void an_interim_answer_leaves_nothing_behind(void **state)
{
    assert_true(line("HTTP/1.1 103 Early Hints\r\n"));
    assert_true(line("ETag: \"early\"\r\n"));
    assert_true(line("Location: /x\r\n"));
    assert_true(line("\r\n"));
    assert_true(line("HTTP/1.1 200 OK\r\n"));
    assert_false(answer.complete);
    assert_true(line("Content-Length: 12\r\n"));
    assert_true(line("\r\n"));
    assert_int_equal(answer.status, 200);
    assert_true(answer.complete);
    assert_int_equal(http_answer_length(&answer), 12);
    assert_string_equal(answer.etag, "");
    assert_null(answer.location);
}

static void names_of_fields_have_no_case(void **state)
{
    assert_true(line("HTTP/2 206 \r\n"));
    assert_true(line("content-range: bytes 5-9/10\r\n"));
    assert_true(line("CONTENT-LENGTH:5\r\n"));
    assert_true(line("eTaG:   \"x\"  \r\n"));
    assert_int_equal(answer.status, 206);
    assert_true(answer.has_range);
    assert_int_equal(answer.first, 5);
    assert_int_equal(answer.last, 9);
    assert_int_equal(answer.total, 10);
    assert_int_equal(answer.length, 5);
    assert_string_equal(http_answer_validator(&answer), "\"x\"");
}

static void ranges_that_make_no_sense_are_none(void **state)
{
    static const char *const wrong[] = {
        "Content-Range: bytes */10\r\n",    "Content-Range: bytes 5-4/10\r\n",
        "Content-Range: bytes 0-10/10\r\n", "Content-Range: bytes 0-5\r\n",
        "Content-Range: bytes -5/10\r\n",   "Content-Range: bytes 0-/10\r\n",
        "Content-Range: lines 0-5/10\r\n",  "Content-Range: bytes 0-5/10x\r\n",
        "Content-Range: bytes 0-5/\r\n",    "Content-Range:\r\n",
        "Content-Range: bytes 0-5/-1\r\n",  "Content-Range: bytes 0-99999999999999999999999/*\r\n",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        http_answer_clear(&answer);
        assert_true(line("HTTP/1.1 206 x\r\n"));
        line(wrong[i]);
        assert_false(answer.has_range);
    }
    assert_true(line("HTTP/1.1 206 x\r\n"));
    assert_true(line("Content-Range: bytes 0-5/*\r\n"));
    assert_true(answer.has_range);
    assert_int_equal(answer.total, -1);
}

static void answers_that_contradict_themselves_are_refused(void **state)
{
    assert_true(line("HTTP/1.1 200 OK\r\n"));
    assert_true(line("Content-Length: 5\r\n"));
    assert_true(line("Content-Length: 5\r\n"));
    assert_false(line("Content-Length: 6\r\n"));
    http_answer_clear(&answer);
    assert_true(line("HTTP/1.1 200 OK\r\n"));
    assert_false(line("Content-Length: -5\r\n"));
    http_answer_clear(&answer);
    assert_true(line("HTTP/1.1 206 x\r\n"));
    assert_true(line("Content-Range: bytes 0-5/10\r\n"));
    assert_false(line("Content-Range: bytes 1-5/10\r\n"));
}

static void endless_header_fields_are_refused(void **state)
{
    bool taken = line("HTTP/1.1 200 OK\r\n");
    int lines = 0;
    while (taken && lines < 100000) {
        taken = line(lines % 100 ? "X-Filler: ........................\r\n" : "HTTP/1.1 100 x\r\n");
        lines++;
    }
    assert_false(taken);
}

static void weak_tags_prove_nothing(void **state)
{
    assert_true(line("HTTP/1.1 200 OK\r\n"));
    assert_true(line("ETag: W/\"x\"\r\n"));
    assert_string_equal(http_answer_validator(&answer), "");
}

static void two_different_tags_prove_nothing(void **state)
{
    assert_true(line("HTTP/1.1 200 OK\r\n"));
    assert_true(line("ETag: \"x\"\r\n"));
    assert_true(line("ETag: \"y\"\r\n"));
    assert_true(line("ETag: \"x\"\r\n"));
    assert_string_equal(http_answer_validator(&answer), "");
}

static void a_date_proves_something_a_minute_later(void **state)
{
    assert_true(line("HTTP/1.1 200 OK\r\n"));
    assert_true(line("Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
    assert_string_equal(http_answer_validator(&answer), "");
    assert_true(line("Date: Sun, 06 Nov 1994 08:50:36 GMT\r\n"));
    assert_string_equal(http_answer_validator(&answer), "");
    assert_true(line("Date: Sun, 06 Nov 1994 08:50:37 GMT\r\n"));
    assert_string_equal(http_answer_validator(&answer), "Sun, 06 Nov 1994 08:49:37 GMT");
}

static void only_what_we_could_have_written_is_sent_back(void **state)
{
    char longest[HTTP_VALIDATOR_SIZE + 1];
    memset(longest, 'x', sizeof longest);
    longest[0] = longest[sizeof longest - 2] = '"';
    longest[sizeof longest - 1] = '\0';
    assert_true(http_validator_is_sane("\"abc\""));
    assert_true(http_validator_is_sane("\"\""));
    assert_true(http_validator_is_sane("Sun, 06 Nov 1994 08:49:37 GMT"));
    assert_false(http_validator_is_sane(""));
    assert_false(http_validator_is_sane("abc"));
    assert_false(http_validator_is_sane("\""));
    assert_false(http_validator_is_sane("\"a\r\nX: y\""));
    assert_false(http_validator_is_sane("W/\"abc\""));
    assert_false(http_validator_is_sane(longest));
}

static void assert_leads(const char *from, const char *location, const char *expected)
{
    char *to = NULL;
    assert_int_equal(redirect_judge(from, location, &to), REDIRECT_FOLLOW);
    assert_string_equal(to, expected);
    free(to);
}

static void assert_leads_nowhere(const char *from, const char *location,
                                 enum redirect_verdict verdict)
{
    char *to = NULL;
    assert_int_equal(redirect_judge(from, location, &to), verdict);
    assert_null(to);
}

static void redirects_are_resolved(void **state)
{
    assert_leads("http://a/b/c?q", "d", "http://a/b/d");
    assert_leads("http://a/b/c?q", "/d?e", "http://a/d?e");
    assert_leads("https://a/b", "//c/d", "https://c/d");
    assert_leads("http://a/b", "https://c/d", "https://c/d");
    assert_leads("http://a/b", "/with blank", "http://a/with%20blank");
    assert_leads("http://a/b", "http://user:pass@c/d#e", "http://c/d");
}

static void redirects_to_less_safety_are_not_followed(void **state)
{
    assert_leads_nowhere("https://a/b", "http://a/b", REDIRECT_SCHEME);
    assert_leads_nowhere("http://a/b", "ftp://a/b", REDIRECT_SCHEME);
    assert_leads_nowhere("http://a/b", "file:///etc/passwd", REDIRECT_SCHEME);
    assert_leads_nowhere("http://a/b", "smb://a/b", REDIRECT_SCHEME);
    assert_leads_nowhere("http://a/b", "http://", REDIRECT_MALFORMED);
}

static void credentials_stay_with_their_host(void **state)
{
    assert_true(redirect_keeps_credentials("http://a/b", "http://A:80/c"));
    assert_true(redirect_keeps_credentials("http://a/b", "https://a/c"));
    assert_false(redirect_keeps_credentials("http://a/b", "http://b/c"));
    assert_false(redirect_keeps_credentials("http://a/b", "http://a:81/c"));
    assert_false(redirect_keeps_credentials("http://a:81/b", "https://a/c"));
    assert_false(redirect_keeps_credentials("http://a/b", "https://a:444/c"));
    assert_false(redirect_keeps_credentials("http://a/b", "http://a.b/c"));
}

#define HTTP_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HTTP_TEST(dates_are_read),
        HTTP_TEST(what_is_not_a_date_is_no_time),
        HTTP_TEST(an_interim_answer_leaves_nothing_behind),
        HTTP_TEST(names_of_fields_have_no_case),
        HTTP_TEST(ranges_that_make_no_sense_are_none),
        HTTP_TEST(answers_that_contradict_themselves_are_refused),
        HTTP_TEST(endless_header_fields_are_refused),
        HTTP_TEST(weak_tags_prove_nothing),
        HTTP_TEST(two_different_tags_prove_nothing),
        HTTP_TEST(a_date_proves_something_a_minute_later),
        HTTP_TEST(only_what_we_could_have_written_is_sent_back),
        HTTP_TEST(redirects_are_resolved),
        HTTP_TEST(redirects_to_less_safety_are_not_followed),
        HTTP_TEST(credentials_stay_with_their_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
