/* SPDX-License-Identifier: MIT */
/* FTP, from a real server (tests/server/ftp.py says who is served how). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fetch.h"
#include "transfer/scheme.h"
#include "transfer/url.h"
#include "variables.h"

#define MIB (INT64_C(1) << 20)

static int before(void **state)
{
    set_variable("QMGRPRXY_PROTOCOLS", "http https ftp");
    return fetch_set_up(state);
}

static int after(void **state)
{
    set_variable("QMGRPRXY_PROTOCOLS", NULL);
    return fetch_tear_down(state);
}

static const char *ftp(const char *path)
{
    return fetch_url("QMGR_TEST_FTP", path);
}

/* A request for the file, as that user (NULL: anonymous). */
static struct download_request request_for(const char *user_pass, const char *path)
{
    return (struct download_request){.url = ftp(path),
                                     .user_pass = user_pass,
                                     .part = fetch_local("part"),
                                     .target = fetch_local("target"),
                                     .size = -1};
}

static void assert_end(struct fetch *fetch, enum download_end end, uint32_t win32)
{
    const struct download_result *result = fetch_wait(fetch);
    if (result->end != end || result->win32 != win32) {
        print_error("end %d, win32 %lu, http %lu: %s\n", (int)result->end,
                    (unsigned long)result->win32, (unsigned long)result->http, result->cause);
    }
    assert_int_equal(result->end, end);
    assert_int_equal(result->win32, win32);
    assert_int_equal(result->http, 0);
}

static struct fetch *fetch_as(const char *user_pass, const char *path)
{
    struct download_request request = request_for(user_pass, path);
    struct fetch *fetch = fetch_start(&request);
    fetch_wait(fetch);
    return fetch;
}

static void finish_as(struct fetch *fetch, const char *served)
{
    uint32_t win32 = 0;
    assert_end(fetch, END_WHOLE, 0);
    assert_int_equal(fetch_finish(fetch, "target", &win32), FAULT_NONE);
    fetch_assert_same(fetch_local("target"), fetch_served(served));
}

static size_t times_asked(const char *line)
{
    size_t size = 0, count = 0;
    char *log = (char *)(uintptr_t)fetch_read(fetch_served("../logs/ftp.log"), &size);
    log[size] = '\0'; /* fetch_read leaves room */
    for (const char *at = log; (at = strstr(at, line)) != NULL; at += strlen(line)) {
        count++;
    }
    return count;
}

/* ---- what may be asked for ------------------------------------------------------------------- */

static void assert_split(const char *url, enum fault wanted)
{
    struct url_parts parts;
    enum fault fault = url_split(url, schemes_enabled(), &parts);
    if (fault != wanted) {
        print_error("%s\n", url);
    }
    assert_int_equal(fault, wanted);
    url_parts_clear(&parts);
}

static void ftp_is_refused_unless_the_setting_allows_it(void **state)
{
    (void)state;
    static const char *const without[] = {NULL,        "http https", "https",
                                          "ftp2 http", "ftp;gopher", "ftps"};
    static const char *const with[] = {"ftp", "http,ftp", "FTP https", " http ; ftp ,"};
    for (size_t i = 0; i < sizeof without / sizeof *without; i++) {
        set_variable("QMGRPRXY_PROTOCOLS", without[i]);
        assert_split("ftp://host/file", FAULT_ARGUMENT);
    }
    for (size_t i = 0; i < sizeof with / sizeof *with; i++) {
        set_variable("QMGRPRXY_PROTOCOLS", with[i]);
        assert_split("ftp://host/file", FAULT_NONE);
    }
}

static void http_can_be_forbidden_as_well(void **state)
{
    (void)state;
    set_variable("QMGRPRXY_PROTOCOLS", "https");
    assert_split("http://host/file", FAULT_ARGUMENT);
    assert_split("https://host/file", FAULT_NONE);
    assert_end(fetch_all(fetch_url("QMGR_TEST_HTTP", "/small.bin"), "part"), END_FATAL, 12006);
}

static void what_was_allowed_once_is_not_fetched_when_it_is_no_more(void **state)
{
    (void)state;
    set_variable("QMGRPRXY_PROTOCOLS", NULL);
    assert_end(fetch_as(NULL, "/small.bin"), END_FATAL, 12006);
}

static void an_ftp_url_names_a_file_and_nothing_else(void **state)
{
    (void)state;
    static const char *const good[] = {"ftp://host/file", "FTP://host:2121/a/b%20c.bin",
                                       "ftp://user:pass@host/f", "ftp://[::1]/f",
                                       "ftp://host/%2Fetc/f"};
    static const char *const bad[] = {"ftp://host",
                                      "ftp://host/",
                                      "ftp://host/folder/",
                                      "ftp:///file",
                                      "ftp://host/f;type=a",
                                      "ftp://host/f;TYPE=D",
                                      "ftp://host/f?query",
                                      "ftp://host/f#fragment",
                                      "ftp://host/f%0D%0ADELE%20x",
                                      "ftp://host/f%00",
                                      "ftp://us%0aer:p@host/f",
                                      "ftp://host/*.bin",
                                      "ftps://host/f",
                                      "sftp://host/f",
                                      "file:///c:/f",
                                      "file://server/share/f"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_split(good[i], FAULT_NONE);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_split(bad[i], FAULT_ARGUMENT);
    }
}

static void no_redirect_leads_to_ftp(void **state)
{
    (void)state;
    assert_end(fetch_all(fetch_url("QMGR_TEST_HTTP", "/redirect-ftp/small.bin"), "part"), END_FATAL,
               12156);
}

static void no_redirect_leads_to_what_is_not_allowed(void **state)
{
    (void)state;
    set_variable("QMGRPRXY_PROTOCOLS", "http");
    assert_end(fetch_all(fetch_url("QMGR_TEST_HTTP", "/redirect-https/small.bin"), "part"),
               END_FATAL, 12006);
}

/* ---- files ------------------------------------------------------------------------------------ */

static void files_of_any_size_arrive(void **state)
{
    (void)state;
    static const char *const paths[] = {"/empty.bin", "/one.bin", "/small.bin", "/mid.bin"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        finish_as(fetch_as(NULL, paths[i]), paths[i] + 1);
        file_delete(fetch_local("target"));
    }
}

static void a_file_whose_name_is_encoded_arrives(void **state)
{
    (void)state;
    finish_as(fetch_as("us%65r:s%65cret", "/with%20space.bin"), "with space.bin");
}

static void the_file_has_the_servers_time(void **state)
{
    (void)state;
    struct file *file = NULL;
    struct file_stamp here, there;
    fetch_write(fetch_served("ftp-dated.bin"), "dated", 5);
    assert_int_equal(file_open(fetch_served("ftp-dated.bin"), &file), 0);
    assert_int_equal(file_set_time(file, 1000000000), 0);
    file_close(file);
    finish_as(fetch_as(NULL, "/ftp-dated.bin"), "ftp-dated.bin");
    assert_int_equal(file_stamp(fetch_served("ftp-dated.bin"), &there), 0);
    assert_int_equal(file_stamp(fetch_local("target"), &here), 0);
    assert_true(here.written == there.written);
    file_delete(fetch_served("ftp-dated.bin"));
}

static void the_size_can_be_asked_for(void **state)
{
    (void)state;
    struct download_request request = request_for(NULL, "/mid.bin");
    request.part = request.target = NULL;
    struct fetch *fetch = fetch_start(&request);
    assert_end(fetch, END_WHOLE, 0);
    assert_int_equal(download_size(fetch_download(fetch)), MIB);
}

static void a_server_that_tells_neither_size_nor_time_will_do(void **state)
{
    (void)state;
    struct fetch *fetch = fetch_as("bare:secret", "/mid.bin");
    assert_null(download_validator(fetch_download(fetch)));
    finish_as(fetch, "mid.bin");
}

/* ---- going on ---------------------------------------------------------------------------------- */

/* The connection was cut in the middle of the file; what of it is durable, in a request to go on with. */
static struct download_request half_of(const char *path)
{
    struct download_request request = request_for("cut:secret", path);
    struct fetch *fetch = fetch_start(&request);
    assert_int_equal(fetch_wait(fetch)->end, END_TRANSIENT);
    request.durable = fetch_keep(fetch);
    assert_true(request.durable > 0 && request.durable < MIB);
    request.size = download_size(fetch_download(fetch));
    request.validator = download_validator(fetch_download(fetch));
    request.stamp = download_stamp(fetch_download(fetch));
    request.prefix = download_prefix(fetch_download(fetch));
    request.user_pass = "user:secret";
    assert_non_null(request.validator);
    return request;
}

static const char *rest_of(const struct download_request *request)
{
    static char line[40];
    (void)snprintf(line, sizeof line, "REST %ld\n", (long)request->durable);
    return line;
}

static void a_cut_file_goes_on_where_it_was(void **state)
{
    (void)state;
    struct download_request request = half_of("/mid.bin");
    assert_int_equal(request.size, MIB);
    size_t asked = times_asked(rest_of(&request));
    finish_as(fetch_start(&request), "mid.bin");
    assert_int_equal(times_asked(rest_of(&request)), asked + 1);
}

/* As when the process died between the last byte and its record. */
static void a_file_that_is_all_there_is_found_whole(void **state)
{
    (void)state;
    struct fetch *fetch = fetch_as("user:secret", "/mid.bin");
    assert_end(fetch, END_WHOLE, 0);
    struct download_request request = request_for("user:secret", "/mid.bin");
    request.durable = fetch_keep(fetch);
    assert_int_equal(request.durable, MIB);
    request.size = MIB;
    request.validator = download_validator(fetch_download(fetch));
    request.stamp = download_stamp(fetch_download(fetch));
    request.prefix = download_prefix(fetch_download(fetch));
    finish_as(fetch_start(&request), "mid.bin");
}

static void make_served(const char *name, char fill, size_t size, int64_t time)
{
    struct file *file = NULL;
    char *data = malloc(size);
    assert_non_null(data);
    memset(data, fill, size);
    fetch_write(fetch_served(name), data, size);
    free(data);
    assert_int_equal(file_open(fetch_served(name), &file), 0);
    assert_int_equal(file_set_time(file, time), 0);
    file_close(file);
}

/* A file of 1 MiB was cut; meanwhile it has become another. */
static void assert_starts_again(size_t size, int64_t time)
{
    make_served("ftp-changing.bin", 'a', (size_t)MIB, 1000000000);
    struct download_request request = half_of("/ftp-changing.bin");
    make_served("ftp-changing.bin", 'b', size, time);
    struct fetch *fetch = fetch_start(&request);
    assert_end(fetch, END_CHANGED, 0);
    assert_int_equal(fetch_keep(fetch), 0);
    fetch_let_go(fetch);
    request = request_for("user:secret", "/ftp-changing.bin");
    finish_as(fetch_start(&request), "ftp-changing.bin");
    file_delete(fetch_served("ftp-changing.bin"));
    file_delete(fetch_local("target"));
    file_delete(fetch_local("part"));
}

static void a_file_that_has_changed_starts_again(void **state)
{
    (void)state;
    assert_starts_again((size_t)MIB, 1000000001); /* by its time alone */
    assert_starts_again((size_t)MIB + 1, 1000000000);
    assert_starts_again((size_t)MIB - 1, 1000000000);
    assert_starts_again(10, 1000000000);
    assert_starts_again(0, 1000000000);
}

static void a_server_that_cannot_go_on_sends_all_again(void **state)
{
    (void)state;
    struct download_request request = half_of("/mid.bin");
    request.user_pass = "stubborn:secret";
    struct fetch *fetch = fetch_start(&request);
    assert_end(fetch, END_CHANGED, 0);
    fetch_let_go(fetch);
    finish_as(fetch_as("stubborn:secret", "/mid.bin"), "mid.bin");
}

static void nothing_is_gone_on_with_that_the_server_does_not_date(void **state)
{
    (void)state;
    struct download_request request = half_of("/mid.bin");
    request.user_pass = "bare:secret";
    assert_end(fetch_start(&request), END_CHANGED, 0);
}

static void a_download_can_be_stopped(void **state)
{
    (void)state;
    struct download_request request = request_for("slow:secret", "/big.bin");
    struct fetch *fetch = fetch_start(&request);
    fetch_wait_bytes(fetch, 1);
    transfer_stop(fetch_engine(), fetch_download(fetch));
    assert_end(fetch, END_STOPPED, 0);
}

static void two_in_the_background_leave_room_for_the_foreground(void **state)
{
    (void)state;
    struct fetch *slow[2];
    static const char *const names[] = {"slow0", "slow1"};
    for (int i = 0; i < 2; i++) {
        struct download_request request = request_for("slow:secret", "/big.bin");
        request.part = fetch_local(names[i]);
        slow[i] = fetch_start(&request);
    }
    fetch_wait_bytes(slow[0], 1);
    fetch_wait_bytes(slow[1], 1);
    struct download_request request = request_for(NULL, "/small.bin");
    request.foreground = true;
    finish_as(fetch_start(&request), "small.bin");
    assert_false(fetch_has_ended(slow[0]) || fetch_has_ended(slow[1]));
}

/* ---- errors ------------------------------------------------------------------------------------- */

static void what_the_server_refuses_for_good_is_fatal(void **state)
{
    (void)state;
    assert_end(fetch_as("user:wrong", "/small.bin"), END_FATAL, 12015);
    assert_end(fetch_as("nobody:secret", "/small.bin"), END_FATAL, 12015);
    assert_end(fetch_as(NULL, "/missing.bin"), END_FATAL, 12028);
    assert_end(fetch_as(NULL, "/no/such/folder/x.bin"), END_FATAL, 12028);
    assert_end(fetch_as(NULL, "/reply/550"), END_FATAL, 12028);
    assert_end(fetch_as(NULL, "/reply/553"), END_FATAL, 12003);
}

static void what_passes_by_itself_is_tried_again(void **state)
{
    (void)state;
    assert_end(fetch_as(NULL, "/reply/421"), END_TRANSIENT, 12030);
    assert_end(fetch_as(NULL, "/reply/425"), END_TRANSIENT, 12030);
    assert_end(fetch_as(NULL, "/reply/426"), END_TRANSIENT, 12030);
    assert_end(fetch_as(NULL, "/reply/450"), END_TRANSIENT, 12003);
}

static void a_server_that_is_not_there_is_tried_again(void **state)
{
    (void)state;
    const char *closed = fetch_url("QMGR_TEST_CLOSED", "/x");
    char url[100];
    (void)snprintf(url, sizeof url, "ftp%s", strstr(closed, "://"));
    assert_end(fetch_all(url, "part"), END_TRANSIENT, 12029);
}

#define A_TEST(function) cmocka_unit_test_setup_teardown(function, before, after)

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(ftp_is_refused_unless_the_setting_allows_it),
        A_TEST(http_can_be_forbidden_as_well),
        A_TEST(what_was_allowed_once_is_not_fetched_when_it_is_no_more),
        A_TEST(an_ftp_url_names_a_file_and_nothing_else),
        A_TEST(no_redirect_leads_to_ftp),
        A_TEST(no_redirect_leads_to_what_is_not_allowed),
        A_TEST(files_of_any_size_arrive),
        A_TEST(a_file_whose_name_is_encoded_arrives),
        A_TEST(the_file_has_the_servers_time),
        A_TEST(the_size_can_be_asked_for),
        A_TEST(a_server_that_tells_neither_size_nor_time_will_do),
        A_TEST(a_cut_file_goes_on_where_it_was),
        A_TEST(a_file_that_is_all_there_is_found_whole),
        A_TEST(a_file_that_has_changed_starts_again),
        A_TEST(a_server_that_cannot_go_on_sends_all_again),
        A_TEST(nothing_is_gone_on_with_that_the_server_does_not_date),
        A_TEST(a_download_can_be_stopped),
        A_TEST(two_in_the_background_leave_room_for_the_foreground),
        A_TEST(what_the_server_refuses_for_good_is_fatal),
        A_TEST(what_passes_by_itself_is_tried_again),
        A_TEST(a_server_that_is_not_there_is_tried_again),
    };
    return fetch_has_server() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
