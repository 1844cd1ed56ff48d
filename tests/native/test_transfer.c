/* SPDX-License-Identifier: MIT */
/* Downloads from a real server: what arrives, what is refused, and how an interrupted one goes
 * on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#ifdef _WIN32
#include <windows.h>
#endif

#include <cmocka.h>

#include "fetch.h"
#include "raw_server.h"

#define MIB (INT64_C(1) << 20)

static const char *http(const char *path)
{
    return fetch_url("QMGR_TEST_HTTP", path);
}

static struct fetch *start(const char *url, const char *part)
{
    struct download_request request = {.url = url, .part = fetch_local(part), .size = -1};
    return fetch_start(&request);
}

static struct fetch *resume(const char *url, const char *part, int64_t durable,
                            const char *validator, int64_t size)
{
    struct download_request request = {.url = url,
                                       .part = fetch_local(part),
                                       .size = size,
                                       .durable = durable,
                                       .validator = validator,
                                       .stamp = fetch_stamp(fetch_local(part))};
    return fetch_start(&request);
}

static struct fetch *ask_size(const char *url)
{
    struct download_request request = {.url = url, .size = -1};
    return fetch_start(&request);
}

static void assert_end(struct fetch *fetch, enum download_end end, uint32_t win32, uint32_t status)
{
    const struct download_result *result = fetch_wait(fetch);
    if (result->end != end || result->win32 != win32 || result->http != status) {
        print_error("end %d, win32 %lu, http %lu: %s\n", (int)result->end,
                    (unsigned long)result->win32, (unsigned long)result->http, result->cause);
    }
    assert_int_equal(result->end, end);
    assert_int_equal(result->win32, win32);
    assert_int_equal(result->http, status);
}

static void finish(struct fetch *fetch, const char *target)
{
    uint32_t win32 = 0;
    assert_end(fetch, END_WHOLE, 0, 0);
    assert_int_equal(fetch_finish(fetch, target, &win32), FAULT_NONE);
    assert_int_equal(win32, 0);
}

/* The time stamp of a file in the test's folder. */
static int64_t time_of(const char *name)
{
    struct stat status;
    assert_int_equal(stat(fetch_local(name), &status), 0);
    return status.st_mtime;
}

static void assert_arrives(const char *path, const char *original, int64_t size)
{
    struct fetch *fetch = start(http(path), "part");
    finish(fetch, "target");
    assert_int_equal(download_bytes(fetch_download(fetch)), size);
    assert_int_equal(download_size(fetch_download(fetch)), size);
    assert_false(file_exists(fetch_local("part")));
    fetch_assert_same(fetch_local("target"), fetch_served(original));
}

/* ---- what arrives -------------------------------------------------------------------------- */

static void a_small_file_arrives(void **state)
{
    assert_arrives("/small.bin", "small.bin", 4096);
}

static void an_empty_file_arrives(void **state)
{
    assert_arrives("/empty.bin", "empty.bin", 0);
}

static void a_file_of_one_byte_arrives(void **state)
{
    assert_arrives("/one.bin", "one.bin", 1);
}

static void a_file_of_100_mb_arrives(void **state)
{
    assert_arrives("/big.bin", "big.bin", 100 * MIB);
}

static void names_with_blanks_and_letters_of_the_world_arrive(void **state)
{
    assert_arrives("/with%20space.bin", "with space.bin", 10240);
    assert_arrives("/Gr%C3%B6%C3%9Fe-%D1%84%D0%B0%D0%B9%D0%BB-%E6%96%87.bin",
                   "Gr\xC3\xB6\xC3\x9F"
                   "e-\xD1\x84\xD0\xB0\xD0\xB9\xD0\xBB-\xE6\x96\x87.bin",
                   10240);
}

/* A name in the served folder that no other test, also of another process, writes to:
 * "/XXXXXXXX.bin". */
static const char *own_name(char name[16])
{
    uint32_t chance = 0;
    assert_true(random_bytes(&chance, sizeof chance));
    snprintf(name, 16, "/%08lx.bin", (unsigned long)chance);
    return name;
}

static void the_target_has_the_servers_time_stamp(void **state)
{
    char name[16];
    struct file *file = NULL;
    const char *served = fetch_served(own_name(name) + 1);
    fetch_write(served, "x", 1);
    assert_int_equal(file_open(served, &file), 0);
    assert_int_equal(file_set_time(file, 1000000000), 0);
    file_close(file);
    fetch_into(http(name), "target");
    assert_int_equal(file_delete(served), 0);
    assert_int_equal(time_of("target"), 1000000000);
}

static void a_body_without_a_length_arrives_and_its_size_is_known_at_the_end(void **state)
{
    assert_arrives("/chunked/mid.bin", "mid.bin", MIB);
}

static void a_size_that_was_wrong_is_corrected(void **state)
{
    struct download_request request = {
        .url = http("/small.bin"), .part = fetch_local("part"), .size = 17};
    struct fetch *fetch = fetch_start(&request);
    finish(fetch, "target");
    assert_int_equal(download_size(fetch_download(fetch)), 4096);
    request.url = http("/chunked/small.bin");
    fetch = fetch_start(&request);
    finish(fetch, "target");
    assert_int_equal(download_size(fetch_download(fetch)), 4096);
}

static void what_was_in_the_part_file_before_does_not_count(void **state)
{
    size_t size = 0;
    const char *big = fetch_read(fetch_served("mid.bin"), &size);
    fetch_write(fetch_local("part"), big, size);
    assert_arrives("/small.bin", "small.bin", 4096);
}

static void we_say_who_we_are_and_ask_for_no_coding(void **state)
{
    static const struct raw_answer answer = {
        .text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Encoding: gzip\r\n\r\nok"};
    struct raw_server *server = raw_server_start(&answer, 1);
    fetch_into(raw_server_url(server), "target");
    const char *request = raw_server_request(server, 0);
    assert_non_null(strstr(request, "\r\nUser-Agent: Microsoft BITS/6.7 QmgrPrxy/"));
    assert_non_null(strstr(request, "\r\nAccept-Encoding: identity\r\n"));
    assert_non_null(strstr(request, "\r\nAccept: */*\r\n"));
    assert_null(strstr(request, "\r\nRange:"));
    assert_null(strstr(request, "\r\nAuthorization:"));
    raw_server_stop(server);
    /* And a coding that comes unasked is not undone. */
    fetch_assert_content(fetch_local("target"), "ok", 2);
}

/* ---- sizes --------------------------------------------------------------------------------- */

static void assert_size(const char *url, int64_t size)
{
    struct fetch *fetch = ask_size(url);
    assert_end(fetch, END_WHOLE, 0, 0);
    assert_int_equal(download_size(fetch_download(fetch)), size);
    assert_int_equal(download_bytes(fetch_download(fetch)), 0);
}

static void the_size_can_be_asked_for(void **state)
{
    assert_size(http("/big.bin"), 100 * MIB);
    assert_size(http("/empty.bin"), 0);
    assert_size(http("/redirect/mid.bin"), MIB);
}

static void a_server_may_not_tell_the_size(void **state)
{
    static const struct raw_answer answers[] = {
        {.text = "HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n"},
        {.text = "HTTP/1.1 501 No\r\nContent-Length: 0\r\n\r\n"},
        {.text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"},
    };
    struct raw_server *server = raw_server_start(answers, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_size(raw_server_url(server), -1);
        assert_memory_equal(raw_server_request(server, i), "HEAD ", 5);
    }
    raw_server_stop(server);
}

static void a_size_question_may_fail(void **state)
{
    assert_end(ask_size(http("/nothing-there")), END_FATAL, 0, 404);
    assert_end(ask_size(http("/status/503")), END_TRANSIENT, 0, 503);
    assert_end(ask_size(fetch_url("QMGR_TEST_CLOSED", "/x")), END_TRANSIENT, 12029, 0);
}

static void sizes_beyond_4_gib_are_told(void **state)
{
    static const struct raw_answer answer = {
        .text = "HTTP/1.1 200 OK\r\nContent-Length: 123456789012\r\n\r\n"};
    struct raw_server *server = raw_server_start(&answer, 1);
    assert_size(raw_server_url(server), INT64_C(123456789012));
    raw_server_stop(server);
}

/* ---- errors of servers --------------------------------------------------------------------- */

static void statuses_are_classified_and_their_bodies_never_reach_the_part_file(void **state)
{
    static const struct {
        const char *path;
        enum download_end end;
        uint32_t status;
    } rows[] = {
        {"/nothing-there", END_FATAL, 404},  {"/status/400", END_FATAL, 400},
        {"/status/401", END_FATAL, 401},     {"/status/403", END_FATAL, 403},
        {"/status/407", END_FATAL, 407},     {"/status/410", END_FATAL, 410},
        {"/status/416", END_FATAL, 416},     {"/status/500", END_TRANSIENT, 500},
        {"/status/502", END_TRANSIENT, 502}, {"/status/503", END_TRANSIENT, 503},
        {"/status/504", END_TRANSIENT, 504},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fetch_write(fetch_local("part"), "", 0);
        struct fetch *fetch = start(http(rows[i].path), "part");
        assert_end(fetch, rows[i].end, 0, rows[i].status);
        assert_false(fetch_wait(fetch)->progressed);
        assert_int_equal(fetch_keep(fetch), 0);
        fetch_assert_content(fetch_local("part"), "", 0);
    }
}

static void an_error_leaves_the_bytes_we_had(void **state)
{
    fetch_write(fetch_local("part"), "abc", 3);
    struct fetch *fetch = resume(http("/status/503"), "part", 3, "\"v\"", -1);
    assert_end(fetch, END_TRANSIENT, 0, 503);
    assert_int_equal(fetch_keep(fetch), 3);
    assert_string_equal(download_validator(fetch_download(fetch)), "\"v\"");
    fetch = resume(fetch_url("QMGR_TEST_CLOSED", "/"), "part", 3, "\"v\"", -1);
    assert_end(fetch, END_TRANSIENT, 12029, 0);
    assert_int_equal(download_bytes(fetch_download(fetch)), 3);
    assert_int_equal(fetch_keep(fetch), 3);
    fetch_assert_content(fetch_local("part"), "abc", 3);
}

static void a_server_may_say_when_to_come_back(void **state)
{
    struct fetch *fetch = start(http("/busy/x"), "part");
    assert_end(fetch, END_TRANSIENT, 0, 503);
    assert_int_equal(fetch_wait(fetch)->retry_after_s, 2);
    static const struct raw_answer answer = {
        .text = "HTTP/1.1 503 x\r\nRetry-After: 999999\r\nContent-Length: 0\r\n\r\n"};
    struct raw_server *server = raw_server_start(&answer, 1);
    fetch = start(raw_server_url(server), "part");
    assert_end(fetch, END_TRANSIENT, 0, 503);
    assert_int_equal(fetch_wait(fetch)->retry_after_s, 3600);
    raw_server_stop(server);
}

static void nobody_there_is_transient(void **state)
{
    assert_end(start(fetch_url("QMGR_TEST_CLOSED", "/x"), "part"), END_TRANSIENT, 12029, 0);
    /* No name service is asked for this: a label has 63 letters at most. */
    assert_end(
        start("http://aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggg/x",
              "part"),
        END_TRANSIENT, 12007, 0);
    assert_end(start(http("/status/444"), "part"), END_TRANSIENT, 12030, 0);
}

static void an_endless_error_page_is_cut(void **state)
{
    static const struct raw_answer answer = {
        .text = "HTTP/1.1 404 Not here\r\n\r\n", .filler = "Not here, I said. ", .times = 1000000};
    struct raw_server *server = raw_server_start(&answer, 1);
    assert_end(start(raw_server_url(server), "part"), END_FATAL, 0, 404);
    raw_server_stop(server);
}

static void endless_header_fields_are_cut(void **state)
{
    static const struct raw_answer answer = {.text = "HTTP/1.1 200 OK\r\n",
                                             .filler = "X-More: and more, and more\r\n",
                                             .times = 1000000};
    struct raw_server *server = raw_server_start(&answer, 1);
    assert_end(start(raw_server_url(server), "part"), END_TRANSIENT, 12152, 0);
    raw_server_stop(server);
}

static void what_is_not_http_is_transient(void **state)
{
    static const struct raw_answer answer = {.text = "220 smtp.example.com\r\n"};
    struct raw_server *server = raw_server_start(&answer, 1);
    assert_end(start(raw_server_url(server), "part"), END_TRANSIENT, 12152, 0);
    raw_server_stop(server);
}

static void a_part_that_nobody_asked_for_is_an_error(void **state)
{
    static const struct raw_answer answer = {
        .text =
            "HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-1/2\r\nContent-Length: 2\r\n\r\nok"};
    struct raw_server *server = raw_server_start(&answer, 1);
    assert_end(start(raw_server_url(server), "part"), END_FATAL, 12152, 0);
    raw_server_stop(server);
}

static void lengths_that_contradict_each_other_are_refused(void **state)
{
    static const struct raw_answer answer = {
        .text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc"};
    struct raw_server *server = raw_server_start(&answer, 1);
    assert_end(start(raw_server_url(server), "part"), END_TRANSIENT, 12152, 0);
    raw_server_stop(server);
}

/* ---- errors of ours ------------------------------------------------------------------------ */

static void a_missing_folder_is_fatal(void **state)
{
    struct fetch *fetch = start(http("/small.bin"), "missing/part");
    const struct download_result *result = fetch_wait(fetch);
    assert_int_equal(result->end, END_FATAL);
    assert_true(result->win32 == 2 || result->win32 == 3);
    assert_int_equal(result->http, 0);
}

static void a_target_that_cannot_be_replaced_is_an_error_and_the_part_stays(void **state)
{
    struct fetch *fetch = start(http("/small.bin"), "part");
    assert_end(fetch, END_WHOLE, 0, 0);
    assert_int_equal(folder_make(fetch_local("target")), 0);
    uint32_t win32 = 0;
    assert_int_not_equal(fetch_finish(fetch, "target", &win32), FAULT_NONE);
    assert_int_not_equal(win32, 0);
    assert_end(fetch, END_FATAL, win32, 0);
    assert_string_not_equal(fetch_wait(fetch)->cause, "");
    assert_int_equal(fetch_keep(fetch), 4096);
    fetch_assert_same(fetch_local("part"), fetch_served("small.bin"));
    /* Another place may do. */
    assert_int_equal(fetch_finish(fetch, "elsewhere", &win32), FAULT_NONE);
    assert_end(fetch, END_WHOLE, 0, 0);
    fetch_assert_same(fetch_local("elsewhere"), fetch_served("small.bin"));
}

static void what_cannot_be_put_in_place_was_no_progress_if_all_was_there(void **state)
{
    static const struct raw_answer answer = {
        .text = "HTTP/1.1 206 x\r\nETag: \"v\"\r\nContent-Range: bytes 1-1/2\r\n\r\nk"};
    struct raw_server *server = raw_server_start(&answer, 1);
    fetch_write(fetch_local("part"), "ok", 2);
    struct fetch *fetch = resume(raw_server_url(server), "part", 2, "\"v\"", 2);
    assert_end(fetch, END_WHOLE, 0, 0);
    assert_true(fetch_wait(fetch)->progressed);
    assert_int_equal(folder_make(fetch_local("target")), 0);
    uint32_t win32 = 0;
    assert_int_not_equal(fetch_finish(fetch, "target", &win32), FAULT_NONE);
    assert_false(fetch_wait(fetch)->progressed);
    raw_server_stop(server);
}

#ifdef _WIN32
/* As a virus scanner does with what was just closed. */
static void a_part_file_that_is_in_use_is_worth_another_try(void **state)
{
    struct fetch *fetch = start(http("/small.bin"), "part");
    assert_end(fetch, END_WHOLE, 0, 0);
    HANDLE scanner =
        CreateFileA(fetch_local("part"), GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                    OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    assert_true(scanner != INVALID_HANDLE_VALUE);
    uint32_t win32 = 0;
    assert_int_not_equal(fetch_finish(fetch, "target", &win32), FAULT_NONE);
    assert_int_equal(win32, ERROR_SHARING_VIOLATION);
    assert_end(fetch, END_TRANSIENT, ERROR_SHARING_VIOLATION, 0);
    CloseHandle(scanner);
    assert_int_equal(fetch_finish(fetch, "target", &win32), FAULT_NONE);
    assert_end(fetch, END_WHOLE, 0, 0);
    fetch_assert_same(fetch_local("target"), fetch_served("small.bin"));
}
#else
/* Windows lets nobody. */
static void nothing_is_kept_of_a_part_file_that_somebody_wrote_to(void **state)
{
    struct fetch *fetch = start(http("/small.bin"), "part");
    assert_end(fetch, END_WHOLE, 0, 0);
    struct file *file = NULL;
    assert_int_equal(file_open(fetch_local("part"), &file), 0);
    assert_int_equal(file_write_at(file, 4090, "graffiti..", 10), 0);
    file_close(file);
    uint32_t win32 = 0;
    assert_int_not_equal(fetch_finish(fetch, "target", &win32), FAULT_NONE);
    assert_end(fetch, END_TRANSIENT, win32, 0);
    assert_false(fetch_wait(fetch)->progressed);
    assert_int_equal(fetch_keep(fetch), 0);
    assert_int_equal(fetch_keep(fetch), 0);
    assert_null(download_validator(fetch_download(fetch)));
    assert_int_equal(fetch_finish(fetch, "target", &win32), FAULT_STATE);
    assert_false(file_exists(fetch_local("target")));
}
#endif

static void only_a_whole_file_can_be_finished(void **state)
{
    uint32_t win32 = 0;
    struct fetch *fetch = start(http("/status/503"), "part");
    fetch_wait(fetch);
    assert_int_equal(fetch_finish(fetch, "target", &win32), FAULT_STATE);
    fetch = ask_size(http("/small.bin"));
    fetch_wait(fetch);
    assert_int_equal(fetch_finish(fetch, "target", &win32), FAULT_STATE);
    assert_false(file_exists(fetch_local("target")));
}

/* ---- redirects ----------------------------------------------------------------------------- */

static void all_kinds_of_redirect_are_followed(void **state)
{
    assert_arrives("/redirect/small.bin", "small.bin", 4096);
    assert_arrives("/redirect301/small.bin", "small.bin", 4096);
    assert_arrives("/redirect303/small.bin", "small.bin", 4096);
    assert_arrives("/redirect307/small.bin", "small.bin", 4096);
    assert_arrives("/redirect308/small.bin", "small.bin", 4096);
    assert_arrives("/redirect-host/small.bin", "small.bin", 4096);
}

static void twenty_redirects_are_followed_and_no_more(void **state)
{
    assert_arrives("/hop/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/small.bin", "small.bin", 4096);
    assert_end(start(http("/hop/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/small.bin"), "part"),
               END_FATAL, 12156, 0);
}

static void a_loop_of_redirects_is_fatal(void **state)
{
    assert_end(start(http("/loop/x"), "part"), END_FATAL, 12156, 0);
}

static void redirects_to_other_schemes_are_fatal(void **state)
{
    assert_end(start(http("/redirect-ftp/small.bin"), "part"), END_FATAL, 12156, 0);
}

static void a_redirect_without_a_location_is_fatal(void **state)
{
    static const struct raw_answer answer = {
        .text = "HTTP/1.1 302 Somewhere\r\nContent-Length: 0\r\n\r\n"};
    struct raw_server *server = raw_server_start(&answer, 1);
    assert_end(start(raw_server_url(server), "part"), END_FATAL, 0, 302);
    raw_server_stop(server);
}

/* ---- credentials --------------------------------------------------------------------------- */

static struct fetch *start_with(const char *url, const char *user_pass)
{
    struct download_request request = {
        .url = url, .user_pass = user_pass, .part = fetch_local("part"), .size = -1};
    return fetch_start(&request);
}

static void credentials_are_given_when_asked_for(void **state)
{
    finish(start_with(http("/basic/small.bin"), "user:secret"), "target");
    fetch_assert_same(fetch_local("target"), fetch_served("small.bin"));
    finish(start_with(http("/basic/small.bin"), "%75ser:s%65cret"), "target");
}

static void wrong_or_missing_credentials_are_fatal(void **state)
{
    assert_end(start_with(http("/basic/small.bin"), "user:wrong"), END_FATAL, 0, 401);
    assert_end(start_with(http("/basic/small.bin"), "user"), END_FATAL, 0, 401);
    assert_end(start_with(http("/basic/small.bin"), NULL), END_FATAL, 0, 401);
}

static void credentials_are_not_sent_to_another_host(void **state)
{
    static const struct raw_answer asking[] = {
        {.text = "HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: "
                 "0\r\n\r\n"},
        {.text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"},
    };
    struct raw_server *other = raw_server_start(asking, 2);
    char text[128];
    snprintf(text, sizeof text, "HTTP/1.1 302 There\r\nLocation: %s/\r\nContent-Length: 0\r\n\r\n",
             raw_server_other_name(other));
    const struct raw_answer there = {.text = text};
    struct raw_server *first = raw_server_start(&there, 1);
    struct fetch *fetch = start_with(raw_server_url(first), "user:secret");
    assert_end(fetch, END_FATAL, 0, 401);
    assert_int_equal(raw_server_requests(other), 1);
    assert_null(strstr(raw_server_request(other, 0), "Authorization"));
    raw_server_stop(first);
    raw_server_stop(other);
}

static void a_cause_tells_no_secrets(void **state)
{
    struct fetch *fetch = start_with(fetch_url("QMGR_TEST_CLOSED", "/x?token"), "user:secret");
    const struct download_result *result = fetch_wait(fetch);
    assert_string_not_equal(result->cause, "");
    assert_null(strstr(result->cause, "secret"));
    assert_null(strstr(result->cause, "token"));
}

/* ---- going on ------------------------------------------------------------------------------ */

/* The first `bytes` bytes of a served file in the part file, and its validator. */
static const char *prepare_part(const char *name, size_t bytes)
{
    char url[64];
    snprintf(url, sizeof url, "/%s", name);
    struct fetch *fetch = start(http(url), "whole");
    finish(fetch, "whole.bin");
    const char *validator = download_validator(fetch_download(fetch));
    assert_non_null(validator);
    size_t size = 0;
    const char *data = fetch_read(fetch_local("whole.bin"), &size);
    assert_true(bytes <= size);
    fetch_write(fetch_local("part"), data, bytes);
    return validator;
}

/* It ends with END_CHANGED, told this size, and claims nothing any more. */
static void assert_changed(struct fetch *fetch, int64_t size)
{
    assert_end(fetch, END_CHANGED, 0, 0);
    assert_string_not_equal(fetch_wait(fetch)->cause, "");
    assert_false(fetch_wait(fetch)->progressed);
    assert_int_equal(download_bytes(fetch_download(fetch)), 0);
    assert_int_equal(download_size(fetch_download(fetch)), size);
    struct checkpoint checkpoint;
    assert_int_equal(download_checkpoint(fetch_download(fetch), &checkpoint), FAULT_STATE);
    assert_int_equal(fetch_keep(fetch), 0);
    assert_null(download_validator(fetch_download(fetch)));
}

/* What the caller does then. */
static struct fetch *start_again(struct fetch *fetch, const char *url)
{
    struct download_request request = {
        .url = url, .part = fetch_local("part"), .size = download_size(fetch_download(fetch))};
    return fetch_start(&request);
}

static void assert_starts_again(const char *url, int64_t durable, const char *validator,
                                int64_t size, int64_t new_size)
{
    struct fetch *fetch = resume(url, "part", durable, validator, size);
    assert_changed(fetch, new_size);
    finish(start_again(fetch, url), "target");
}

static void a_stopped_download_goes_on_from_its_durable_byte(void **state)
{
    struct fetch *fetch = start(http("/slow/big.bin"), "part");
    fetch_wait_bytes(fetch, 1);
    transfer_stop(fetch_engine(), fetch_download(fetch));
    assert_end(fetch, END_STOPPED, 0, 0);
    assert_true(fetch_wait(fetch)->progressed);
    int64_t durable = fetch_keep(fetch);
    assert_true(durable > 0 && durable < 100 * MIB);
    const char *validator = download_validator(fetch_download(fetch));
    assert_non_null(validator);

    struct fetch *second =
        resume(http("/big.bin"), "part", durable, validator, download_size(fetch_download(fetch)));
    assert_true(download_bytes(fetch_download(second)) >= durable);
    finish(second, "target");
    assert_true(fetch_wait(second)->progressed);
    fetch_assert_same(fetch_local("target"), fetch_served("big.bin"));
    char line[128];
    snprintf(line, sizeof line, "GET /big.bin \"bytes=%lu-\" 206 %lu ", (unsigned long)durable,
             (unsigned long)(100 * MIB - durable));
    fetch_assert_logged(line);
}

static void a_file_that_is_all_there_needs_one_byte_more(void **state)
{
    const char *validator = prepare_part("small.bin", 4096);
    finish(resume(http("/small.bin"), "part", 4096, validator, 4096), "target");
    fetch_assert_same(fetch_local("target"), fetch_served("small.bin"));
    fetch_assert_logged("GET /small.bin \"bytes=4095-\" 206 1 ");
}

static void a_file_that_changed_meanwhile_starts_again(void **state)
{
    enum { OLD = 200000, NEW = 150000 };
    char *old = malloc(OLD);
    char *new = malloc(NEW);
    assert_non_null(old);
    assert_non_null(new);
    memset(old, 'o', OLD);
    memset(new, 'n', NEW);
    char name[16];
    const char *served = fetch_served(own_name(name) + 1);
    fetch_write(served, old, OLD);
    const char *validator = prepare_part(name + 1, 100000);
    fetch_write(served, new, NEW);
    assert_starts_again(http(name), 100000, validator, OLD, NEW);
    assert_int_equal(file_delete(served), 0);
    fetch_assert_content(fetch_local("target"), new, NEW);
    free(old);
    free(new);
}

static void a_part_file_cut_behind_our_back_starts_again(void **state)
{
    const char *validator = prepare_part("mid.bin", 1000);
    assert_starts_again(http("/mid.bin"), 500000, validator, MIB, MIB);
    fetch_assert_same(fetch_local("target"), fetch_served("mid.bin"));
}

static void a_part_file_that_vanished_starts_again(void **state)
{
    const char *validator = prepare_part("mid.bin", 1000);
    assert_int_equal(file_delete(fetch_local("part")), 0);
    assert_starts_again(http("/mid.bin"), 1000, validator, MIB, MIB);
    fetch_assert_same(fetch_local("target"), fetch_served("mid.bin"));
}

static void bytes_behind_the_durable_ones_are_not_trusted(void **state)
{
    const char *validator = prepare_part("mid.bin", 1000);
    size_t size = 0;
    char *spoilt = malloc(600000);
    assert_non_null(spoilt);
    memset(spoilt, '?', 600000);
    memcpy(spoilt, fetch_read(fetch_local("part"), &size), 1000);
    fetch_write(fetch_local("part"), spoilt, 600000);
    free(spoilt);
    finish(resume(http("/mid.bin"), "part", 1000, validator, MIB), "target");
    fetch_assert_same(fetch_local("target"), fetch_served("mid.bin"));
}

static void without_a_validator_it_starts_from_nothing(void **state)
{
    fetch_write(fetch_local("part"), "spoilt", 6);
    struct fetch *fetch = resume(http("/small.bin"), "part", 6, NULL, 4096);
    assert_true(download_bytes(fetch_download(fetch)) != 6);
    finish(fetch, "target");
    fetch_assert_same(fetch_local("target"), fetch_served("small.bin"));
}

static void a_validator_that_smuggles_is_not_sent(void **state)
{
    fetch_write(fetch_local("part"), "spoilt", 6);
    finish(resume(http("/small.bin"), "part", 6, "\"x\r\nX-Smuggled: y\"", 4096), "target");
    fetch_assert_same(fetch_local("target"), fetch_served("small.bin"));
}

static void a_server_that_ignores_ranges_sends_all_again(void **state)
{
    const char *validator = prepare_part("mid.bin", 1000);
    assert_starts_again(http("/norange/mid.bin"), 1000, validator, MIB, MIB);
    fetch_assert_same(fetch_local("target"), fetch_served("mid.bin"));
}

static void what_has_no_validator_cannot_be_gone_on_with(void **state)
{
    struct fetch *fetch = start(http("/novalidator/small.bin"), "part");
    assert_end(fetch, END_WHOLE, 0, 0);
    assert_null(download_validator(fetch_download(fetch)));
    assert_int_equal(fetch_keep(fetch), 0);
}

/* Four of six bytes are durable, of a version "v1" that has ten. */
static struct fetch *resume_four(struct raw_server *server)
{
    fetch_write(fetch_local("part"), "abcdef", 6);
    return resume(raw_server_url(server), "part", 4, "\"v1\"", 10);
}

static void the_rest_is_put_behind_what_was_there(void **state)
{
    static const struct raw_answer answers[] = {
        {.text = "HTTP/1.1 206 Partial\r\nETag: \"v1\"\r\nContent-Range: bytes 4-9/10\r\n"
                 "Content-Length: 6\r\n\r\nEFGHIJ"},
        {.text = "HTTP/1.1 206 Partial\r\nETag: \"v1\"\r\nContent-Range: bytes 4-9/*\r\n\r\n"
                 "EFGHIJ"},
    };
    for (size_t i = 0; i < 2; i++) {
        struct raw_server *server = raw_server_start(&answers[i], 1);
        finish(resume_four(server), "target");
        fetch_assert_content(fetch_local("target"), "abcdEFGHIJ", 10);
        const char *request = raw_server_request(server, 0);
        assert_non_null(strstr(request, "\r\nRange: bytes=4-\r\n"));
        assert_non_null(strstr(request, "\r\nIf-Range: \"v1\"\r\n"));
        assert_int_equal(raw_server_requests(server), 1);
        raw_server_stop(server);
    }
}

#define WHOLE_NEW "HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nContent-Length: 3\r\n\r\nnew"

/* The bytes of the old version stay in the part file until the caller no longer claims them. */
static void what_does_not_fit_is_not_used_and_replaces_nothing(void **state)
{
    static const struct {
        const char *text;
        int64_t size; /* that it tells */
    } misfits[] = {
        {WHOLE_NEW, 3},
        {"HTTP/1.1 200 x\r\nETag: \"v2\"\r\n\r\nnew", -1},
        {"HTTP/1.1 206 x\r\nETag: \"v1\"\r\nContent-Range: bytes 3-9/10\r\nContent-Length: "
         "7\r\n\r\nDEFGHIJ",
         10},
        {"HTTP/1.1 206 x\r\nETag: \"v1\"\r\nContent-Range: bytes 5-9/10\r\nContent-Length: "
         "5\r\n\r\nFGHIJ",
         10},
        {"HTTP/1.1 206 x\r\nETag: \"v1\"\r\nContent-Range: bytes 4-9/11\r\nContent-Length: "
         "6\r\n\r\nEFGHIJ",
         11},
        {"HTTP/1.1 206 x\r\nETag: \"v1\"\r\nContent-Range: bytes 4-9/10\r\nContent-Length: "
         "5\r\n\r\nEFGHI",
         10},
        {"HTTP/1.1 206 x\r\nETag: \"v1\"\r\nContent-Range: bytes 4-10/*\r\nContent-Length: "
         "7\r\n\r\nEFGHIJK",
         -1},
        {"HTTP/1.1 206 x\r\nETag: \"v1\"\r\nContent-Range: nonsense\r\nContent-Length: "
         "6\r\n\r\nEFGHIJ",
         -1},
        {"HTTP/1.1 206 x\r\nContent-Length: 6\r\n\r\nEFGHIJ", -1},
        {"HTTP/1.1 206 x\r\nContent-Range: bytes 4-9/10\r\nContent-Length: 6\r\n\r\nEFGHIJ", 10},
        {"HTTP/1.1 206 x\r\nETag: \"v2\"\r\nContent-Range: bytes 4-9/10\r\n\r\nEFGHIJ", 10},
        {"HTTP/1.1 416 x\r\nContent-Range: bytes */3\r\nContent-Length: 0\r\n\r\n", -1},
        {"HTTP/1.1 412 x\r\nContent-Length: 0\r\n\r\n", -1},
    };
    for (size_t i = 0; i < sizeof misfits / sizeof *misfits; i++) {
        const struct raw_answer answers[] = {{.text = misfits[i].text}, {.text = WHOLE_NEW}};
        struct raw_server *server = raw_server_start(answers, 2);
        struct fetch *fetch = resume_four(server);
        assert_changed(fetch, misfits[i].size);
        fetch_assert_content(fetch_local("part"), "abcdef", 6);
        assert_int_equal(raw_server_requests(server), 1);

        finish(start_again(fetch, raw_server_url(server)), "target");
        fetch_assert_content(fetch_local("target"), "new", 3);
        assert_null(strstr(raw_server_request(server, 1), "\r\nRange:"));
        assert_null(strstr(raw_server_request(server, 1), "\r\nIf-Range:"));
        raw_server_stop(server);
    }
}

static void a_part_file_that_was_cut_needs_no_server_to_tell(void **state)
{
    static const struct raw_answer answer = {.text = WHOLE_NEW};
    struct raw_server *server = raw_server_start(&answer, 1);
    fetch_write(fetch_local("part"), "abc", 3);
    struct fetch *fetch = resume(raw_server_url(server), "part", 4, "\"v1\"", 10);
    assert_changed(fetch, 10);
    fetch_assert_content(fetch_local("part"), "abc", 3);
    assert_int_equal(raw_server_requests(server), 0);
    raw_server_stop(server);
}

static void a_date_that_is_not_repeated_proves_no_version(void **state)
{
    static const struct raw_answer answers[] = {
        {.text = "HTTP/1.1 206 x\r\nContent-Range: bytes 4-9/10\r\n\r\nEFGHIJ"},
        {.text = WHOLE_NEW},
    };
    struct raw_server *server = raw_server_start(answers, 2);
    fetch_write(fetch_local("part"), "abcd", 4);
    struct fetch *fetch =
        resume(raw_server_url(server), "part", 4, "Sun, 09 Sep 2001 01:46:40 GMT", 10);
    assert_changed(fetch, 10);
    finish(start_again(fetch, raw_server_url(server)), "target");
    fetch_assert_content(fetch_local("target"), "new", 3);
    raw_server_stop(server);
}

#define FIRST_CHUNK                                                                                \
    "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n"

/* Its end could be anywhere. */
static void a_part_of_a_file_of_unknown_size_is_not_taken_for_the_rest(void **state)
{
    static const struct raw_answer answers[] = {
        {.text = FIRST_CHUNK},
        {.text = "HTTP/1.1 206 x\r\nETag: \"v1\"\r\nContent-Range: bytes 4-6/*\r\n"
                 "Content-Length: 3\r\n\r\nefg"},
        {.text = FIRST_CHUNK "6\r\nefghij\r\n0\r\n\r\n"},
    };
    struct raw_server *server = raw_server_start(answers, 3);
    struct fetch *fetch = start(raw_server_url(server), "part");
    assert_end(fetch, END_TRANSIENT, 12030, 0);
    assert_int_equal(fetch_keep(fetch), 4);
    fetch = resume(raw_server_url(server), "part", 4, "\"v1\"", -1);
    assert_changed(fetch, -1);
    finish(start_again(fetch, raw_server_url(server)), "target");
    fetch_assert_content(fetch_local("target"), "abcdefghij", 10);
    raw_server_stop(server);
}

/* Whatever is told of the whole: what is missing still is asked for next time. */
static void a_part_that_is_shorter_than_asked_for_is_gone_on_from(void **state)
{
    static const struct raw_answer answers[] = {
        {.text = "HTTP/1.1 206 x\r\nETag: \"v1\"\r\nContent-Range: bytes 4-6/10\r\n\r\nefg"},
        {.text = "HTTP/1.1 206 x\r\nETag: \"v1\"\r\nContent-Range: bytes 4-6/*\r\n\r\nefg"},
    };
    for (size_t i = 0; i < 2; i++) {
        struct raw_server *server = raw_server_start(&answers[i], 1);
        struct fetch *fetch = resume_four(server);
        assert_end(fetch, END_TRANSIENT, 12152, 0);
        assert_int_equal(fetch_keep(fetch), 7);
        assert_true(fetch_wait(fetch)->progressed);
        raw_server_stop(server);
    }
}

static void a_server_that_keeps_sending_misfits_is_given_up(void **state)
{
    static const struct raw_answer answer = {.text =
                                                 "HTTP/1.1 206 x\r\nETag: \"v1\"\r\nContent-Range: "
                                                 "bytes 5-9/10\r\nContent-Length: 5\r\n\r\nFGHIJ"};
    struct raw_server *server = raw_server_start(&answer, 1);
    struct fetch *fetch = resume_four(server);
    assert_changed(fetch, 10);
    fetch = start_again(fetch, raw_server_url(server));
    assert_end(fetch, END_FATAL, 12152, 0);
    assert_int_equal(fetch_keep(fetch), 0);
    assert_int_equal(raw_server_requests(server), 2);
    raw_server_stop(server);
}

/* ---- time stamps of what goes on ------------------------------------------------------------ */

#define MODIFIED "Sun, 09 Sep 2001 01:46:40 GMT" /* 1000000000 */

static void a_resumed_file_has_the_time_stamp_that_it_asked_with(void **state)
{
    static const struct raw_answer answer = {.text =
                                                 "HTTP/1.1 206 x\r\nLast-Modified: " MODIFIED
                                                 "\r\nContent-Range: bytes 4-9/10\r\n\r\nefghij"};
    struct raw_server *server = raw_server_start(&answer, 1);
    fetch_write(fetch_local("part"), "abcd", 4);
    finish(resume(raw_server_url(server), "part", 4, MODIFIED, 10), "target");
    assert_non_null(strstr(raw_server_request(server, 0), "\r\nIf-Range: " MODIFIED "\r\n"));
    assert_int_equal(time_of("target"), 1000000000);
    raw_server_stop(server);
}

static void a_resumed_file_has_the_time_stamp_that_the_server_repeats(void **state)
{
    static const struct raw_answer answer = {
        .text = "HTTP/1.1 206 x\r\nETag: \"v1\"\r\nLast-Modified: " MODIFIED "\r\n"
                "Content-Range: bytes 4-9/10\r\n\r\nefghij"};
    struct raw_server *server = raw_server_start(&answer, 1);
    finish(resume_four(server), "target");
    assert_int_equal(time_of("target"), 1000000000);
    raw_server_stop(server);
}

/* ---- progress ------------------------------------------------------------------------------- */

static void bytes_that_cannot_be_built_upon_are_no_progress(void **state)
{
    static const struct raw_answer answer = {
        .text = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabcd"};
    struct raw_server *server = raw_server_start(&answer, 1);
    struct fetch *fetch = start(raw_server_url(server), "part");
    assert_end(fetch, END_TRANSIENT, 12030, 0);
    assert_int_equal(fetch_keep(fetch), 0);
    assert_false(fetch_wait(fetch)->progressed);
    raw_server_stop(server);
}

static void bytes_that_were_given_up_are_no_progress_when_they_come_again(void **state)
{
    static const struct raw_answer answers[] = {
        {.text = "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: 10\r\n\r\nabcd"},
        {.text = "HTTP/1.1 206 x\r\nContent-Range: bytes 4-9/10\r\n\r\nefghij"},
        {.text = "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: 10\r\n\r\nabcd"},
        {.text = "HTTP/1.1 206 x\r\nETag: \"v1\"\r\nContent-Range: bytes 4-9/10\r\n"
                 "Content-Length: 6\r\n\r\ne"},
        {.text = "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: 10\r\n\r\nabcde"},
    };
    struct raw_server *server = raw_server_start(answers, 5);
    const char *url = raw_server_url(server);
    struct fetch *fetch = start(url, "part");
    assert_end(fetch, END_TRANSIENT, 12030, 0);
    assert_true(fetch_wait(fetch)->progressed);
    assert_int_equal(fetch_keep(fetch), 4);
    fetch = resume(url, "part", 4, "\"v1\"", 10);
    assert_changed(fetch, 10);
    assert_false(fetch_wait(fetch)->progressed);
    fetch = start_again(fetch, url);
    assert_end(fetch, END_TRANSIENT, 12030, 0);
    assert_false(fetch_wait(fetch)->progressed);
    assert_int_equal(fetch_keep(fetch), 4);
    /* What goes on from there is. */
    fetch = resume(url, "part", 4, "\"v1\"", 10);
    assert_end(fetch, END_TRANSIENT, 12030, 0);
    assert_true(fetch_wait(fetch)->progressed);
    assert_int_equal(fetch_keep(fetch), 5);
    fetch = start(url, "part");
    assert_end(fetch, END_TRANSIENT, 12030, 0);
    assert_true(fetch_wait(fetch)->progressed);
    raw_server_stop(server);
}

static void a_whole_file_is_progress_also_without_a_validator(void **state)
{
    struct fetch *fetch = start(http("/novalidator/small.bin"), "part");
    assert_end(fetch, END_WHOLE, 0, 0);
    assert_true(fetch_wait(fetch)->progressed);
}

static void only_what_is_more_than_before_is_progress(void **state)
{
    static const struct raw_answer answers[] = {
        {.text = "HTTP/1.1 206 x\r\nETag: \"v1\"\r\nContent-Range: bytes 4-9/10\r\nContent-Length: "
                 "6\r\n\r\n"},
        {.text = "HTTP/1.1 206 x\r\nETag: \"v1\"\r\nContent-Range: bytes 4-9/10\r\nContent-Length: "
                 "6\r\n\r\nE"},
    };
    for (size_t i = 0; i < 2; i++) {
        struct raw_server *server = raw_server_start(&answers[i], 1);
        struct fetch *fetch = resume_four(server);
        assert_end(fetch, END_TRANSIENT, 12030, 0);
        assert_int_equal(fetch_wait(fetch)->progressed, i == 1);
        assert_int_equal(fetch_keep(fetch), 4 + i);
        raw_server_stop(server);
    }
}

/* ---- what breaks off ------------------------------------------------------------------------ */

static void a_body_that_breaks_off_is_kept_and_transient(void **state)
{
    static const struct raw_answer answers[] = {
        {.text = "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: 10\r\n\r\nabcd"},
        {.text = "HTTP/1.1 206 x\r\nETag: \"v1\"\r\nContent-Range: bytes 4-9/10\r\n\r\nefghij"},
    };
    struct raw_server *server = raw_server_start(answers, 2);
    struct fetch *fetch = start(raw_server_url(server), "part");
    assert_end(fetch, END_TRANSIENT, 12030, 0);
    assert_true(fetch_wait(fetch)->progressed);
    assert_int_equal(fetch_keep(fetch), 4);
    assert_int_equal(download_size(fetch_download(fetch)), 10);
    fetch =
        resume(raw_server_url(server), "part", 4, download_validator(fetch_download(fetch)), 10);
    finish(fetch, "target");
    fetch_assert_content(fetch_local("target"), "abcdefghij", 10);
    raw_server_stop(server);
}

static void chunks_that_break_off_are_transient(void **state)
{
    static const struct raw_answer answer = {
        .text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n"};
    struct raw_server *server = raw_server_start(&answer, 1);
    struct fetch *fetch = start(raw_server_url(server), "part");
    assert_end(fetch, END_TRANSIENT, 12030, 0);
    assert_int_equal(fetch_keep(fetch), 0);
    raw_server_stop(server);
}

static void a_body_ended_by_the_connection_must_have_the_size_that_is_known(void **state)
{
    static const struct raw_answer answer = {.text = "HTTP/1.1 200 OK\r\n\r\nabcd"};
    struct raw_server *server = raw_server_start(&answer, 1);
    struct download_request request = {
        .url = raw_server_url(server), .part = fetch_local("part"), .size = 10};
    struct fetch *fetch = fetch_start(&request);
    assert_end(fetch, END_TRANSIENT, 12030, 0);
    /* Perhaps the size was wrong: nobody insists on it. */
    assert_int_equal(download_size(fetch_download(fetch)), -1);
    assert_int_equal(fetch_keep(fetch), 0);
    finish(start(raw_server_url(server), "part"), "target");
    fetch_assert_content(fetch_local("target"), "abcd", 4);
    raw_server_stop(server);
}

static void fields_behind_the_body_change_nothing(void **state)
{
    static const struct raw_answer answer = {
        .text = "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nTransfer-Encoding: chunked\r\n\r\n"
                "2\r\nok\r\n0\r\nETag: \"v2\"\r\nContent-Length: 7\r\n\r\n"};
    struct raw_server *server = raw_server_start(&answer, 1);
    struct fetch *fetch = start(raw_server_url(server), "part");
    finish(fetch, "target");
    assert_string_equal(download_validator(fetch_download(fetch)), "\"v1\"");
    raw_server_stop(server);
}

static void files_beyond_4_gib_go_on(void **state)
{
    const int64_t beyond = INT64_C(5) << 30;
    static const struct raw_answer answer = {.text =
                                                 "HTTP/1.1 206 x\r\nETag: \"v\"\r\nContent-Range: "
                                                 "bytes 5368709120-5368709122/5368709123\r\n"
                                                 "Content-Length: 3\r\n\r\nend"};
    struct raw_server *server = raw_server_start(&answer, 1);
    struct file *file = NULL;
    assert_int_equal(file_create_new(fetch_local("part"), &file), 0);
    assert_int_equal(file_truncate(file, (uint64_t)beyond), 0); /* sparse */
    file_close(file);
    struct fetch *fetch = resume(raw_server_url(server), "part", beyond, "\"v\"", beyond + 3);
    finish(fetch, "target");
    assert_true(download_bytes(fetch_download(fetch)) == beyond + 3);
    assert_non_null(strstr(raw_server_request(server, 0), "Range: bytes=5368709120-\r\n"));
    char got[4] = "";
    size_t size = 0;
    assert_int_equal(file_open(fetch_local("target"), &file), 0);
    assert_int_equal(file_read_at(file, (uint64_t)beyond, got, 4, &size), 0);
    file_close(file);
    assert_int_equal(size, 3);
    assert_string_equal(got, "end");
    raw_server_stop(server);
}

static void a_running_download_can_be_made_durable(void **state)
{
    struct fetch *fetch = start(http("/slow/big.bin"), "part");
    fetch_wait_bytes(fetch, 300000);
    struct checkpoint checkpoint;
    assert_int_equal(download_checkpoint(fetch_download(fetch), &checkpoint), FAULT_NONE);
    int64_t durable = checkpoint.durable;
    assert_true(durable >= 300000);
    assert_true(durable < 100 * MIB);
    assert_non_null(checkpoint.validator);
    /* As if the machine had failed now: what was told is in the file. */
    size_t size = 0;
    size_t whole = 0;
    const char *there = fetch_read(fetch_local("part"), &size);
    const char *original = fetch_read(fetch_served("big.bin"), &whole);
    assert_true(size >= (size_t)durable);
    assert_memory_equal(there, original, (size_t)durable);
    transfer_stop(fetch_engine(), fetch_download(fetch));
    assert_end(fetch, END_STOPPED, 0, 0);
    assert_true(fetch_keep(fetch) >= durable);
    checkpoint_clear(&checkpoint);
}

static void nothing_can_be_made_durable_without_a_validator(void **state)
{
    struct checkpoint checkpoint;
    struct fetch *fetch = start(http("/novalidator/small.bin"), "part");
    fetch_wait(fetch);
    assert_int_equal(download_checkpoint(fetch_download(fetch), &checkpoint), FAULT_STATE);
    assert_int_equal(checkpoint.durable, 0);
    assert_null(checkpoint.validator);
    assert_null(checkpoint.prefix.data);
}

/* ---- many, and stopping -------------------------------------------------------------------- */

static void eight_downloads_at_once_arrive(void **state)
{
    struct fetch *fetches[8];
    for (size_t i = 0; i < 8; i++) {
        char name[16];
        snprintf(name, sizeof name, "part%u", (unsigned)i);
        fetches[i] = start(http(i % 2 ? "/mid.bin" : "/chunked/mid.bin"), name);
    }
    for (size_t i = 0; i < 8; i++) {
        char name[16];
        snprintf(name, sizeof name, "target%u", (unsigned)i);
        finish(fetches[i], name);
        fetch_assert_same(fetch_local(name), fetch_served("mid.bin"));
    }
}

static void three_hundred_small_files_arrive(void **state)
{
    struct fetch *fetches[300];
    char name[32];
    for (size_t i = 0; i < 300; i++) {
        char url[32];
        snprintf(name, sizeof name, "part%03u", (unsigned)i);
        snprintf(url, sizeof url, "/many/f%03u.bin", (unsigned)i);
        fetches[i] = start(http(url), name);
    }
    for (size_t i = 0; i < 300; i++) {
        char original[32];
        snprintf(name, sizeof name, "f%03u.bin", (unsigned)i);
        snprintf(original, sizeof original, "many/f%03u.bin", (unsigned)i);
        finish(fetches[i], name);
        fetch_assert_same(fetch_local(name), fetch_served(original));
    }
}

static void what_waits_for_its_turn_can_be_stopped(void **state)
{
    struct fetch *fetches[40];
    for (size_t i = 0; i < 40; i++) {
        char name[16];
        snprintf(name, sizeof name, "part%u", (unsigned)i);
        fetches[i] = start(http("/veryslow/big.bin"), name);
    }
    for (size_t i = 40; i-- > 0;) {
        transfer_stop(fetch_engine(), fetch_download(fetches[i]));
    }
    for (size_t i = 0; i < 40; i++) {
        assert_end(fetches[i], END_STOPPED, 0, 0);
        fetch_keep(fetches[i]);
    }
    /* And the engine is as good as new. */
    assert_arrives("/small.bin", "small.bin", 4096);
}

static void a_stop_right_after_the_start_is_not_lost(void **state)
{
    /* More than are fetched from one server at a time: what comes after them has to wait. */
    struct fetch *busy[8];
    for (size_t i = 0; i < 8; i++) {
        char name[16];
        snprintf(name, sizeof name, "part%u", (unsigned)i);
        busy[i] = start(http("/veryslow/big.bin"), name);
    }
    fetch_wait_bytes(busy[0], 1);
    struct fetch *fetches[200];
    for (size_t i = 0; i < 200; i++) {
        fetches[i] = start(http("/veryslow/big.bin"), "part");
        transfer_stop(fetch_engine(), fetch_download(fetches[i]));
    }
    for (size_t i = 0; i < 200; i++) {
        assert_end(fetches[i], END_STOPPED, 0, 0);
    }
    for (size_t i = 0; i < 8; i++) {
        assert_false(fetch_has_ended(busy[i]));
    }
}

/* An engine whose thread, when the first of three ends, starts the other two; and when the second
 * ends, stops the third. The part files of all are in a folder that is missing. */
struct chain {
    struct transfer *engine;
    struct download *downloads[3];
    size_t ended;
    bool started;
    struct wakeup *over;
};

static bool chain_start(struct chain *chain, size_t index)
{
    struct download_request request = {.url = http("/small.bin"),
                                       .part = fetch_local("missing/part"),
                                       .size = -1,
                                       .durable = 3,
                                       .validator = "\"v\""};
    return transfer_start(chain->engine, &request, &chain->downloads[index]) == FAULT_NONE;
}

static void chain_on_end(void *context, struct download *download)
{
    struct chain *chain = context;
    chain->ended++;
    if (chain->ended == 1) {
        chain->started = chain_start(chain, 1) && chain_start(chain, 2);
    } else if (chain->ended == 2) {
        transfer_stop(chain->engine, chain->downloads[2]);
    }
    if (chain->ended == 3 || (chain->ended == 1 && !chain->started)) {
        wakeup_set(chain->over);
    }
}

static void what_is_stopped_before_its_turn_is_not_begun(void **state)
{
    struct chain chain = {.over = wakeup_new(NULL)};
    struct transfer_options options = {.on_end = chain_on_end, .context = &chain};
    assert_non_null(chain.over);
    assert_int_equal(transfer_create(&options, &chain.engine), FAULT_NONE);
    assert_true(chain_start(&chain, 0));
    assert_true(wakeup_wait(chain.over, 120000));
    transfer_destroy(chain.engine);
    assert_true(chain.started);
    assert_int_equal(download_result(chain.downloads[1])->end, END_FATAL);
    assert_int_equal(download_result(chain.downloads[2])->end, END_STOPPED);
    for (size_t i = 0; i < 3; i++) {
        download_free(chain.downloads[i]);
    }
    wakeup_free(chain.over);
}

static void stopping_what_has_ended_is_harmless(void **state)
{
    struct fetch *fetch = start(http("/small.bin"), "part");
    assert_end(fetch, END_WHOLE, 0, 0);
    transfer_stop(fetch_engine(), fetch_download(fetch));
    finish(fetch, "target");
    assert_arrives("/one.bin", "one.bin", 1);
}

static void the_foreground_does_not_wait(void **state)
{
    struct fetch *slow[40];
    for (size_t i = 0; i < 40; i++) {
        char name[16];
        snprintf(name, sizeof name, "part%u", (unsigned)i);
        slow[i] = start(http("/veryslow/big.bin"), name);
    }
    struct download_request request = {
        .url = http("/small.bin"), .part = fetch_local("part"), .size = -1, .foreground = true};
    struct fetch *fast = fetch_start(&request);
    /* There are places that the others may not take. */
    fetch_wait_bytes(slow[0], 1);
    assert_end(fast, END_WHOLE, 0, 0);
    fetch_destroy_engine();
    for (size_t i = 0; i < 40; i++) {
        assert_end(slow[i], END_STOPPED, 0, 0);
    }
}

static void destroying_the_engine_stops_what_runs_and_what_waits(void **state)
{
    struct fetch *fetches[30];
    for (size_t i = 0; i < 30; i++) {
        char name[16];
        snprintf(name, sizeof name, "part%u", (unsigned)i);
        fetches[i] = start(http("/slow/big.bin"), name);
    }
    fetch_wait_bytes(fetches[0], 1);
    fetch_destroy_engine();
    for (size_t i = 0; i < 30; i++) {
        assert_true(fetch_has_ended(fetches[i]));
        assert_end(fetches[i], END_STOPPED, 0, 0);
    }
    /* They outlive it: what has come can be kept. */
    int64_t durable = fetch_keep(fetches[0]);
    size_t size = 0;
    size_t whole = 0;
    const char *there = fetch_read(fetch_local("part0"), &size);
    const char *original = fetch_read(fetch_served("big.bin"), &whole);
    assert_true(durable > 0);
    assert_int_equal(size, durable);
    assert_memory_equal(there, original, size);
}

#define TRANSFER_TEST(name) cmocka_unit_test_setup_teardown(name, fetch_set_up, fetch_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRANSFER_TEST(a_small_file_arrives),
        TRANSFER_TEST(an_empty_file_arrives),
        TRANSFER_TEST(a_file_of_one_byte_arrives),
        TRANSFER_TEST(a_file_of_100_mb_arrives),
        TRANSFER_TEST(names_with_blanks_and_letters_of_the_world_arrive),
        TRANSFER_TEST(the_target_has_the_servers_time_stamp),
        TRANSFER_TEST(a_body_without_a_length_arrives_and_its_size_is_known_at_the_end),
        TRANSFER_TEST(a_size_that_was_wrong_is_corrected),
        TRANSFER_TEST(what_was_in_the_part_file_before_does_not_count),
        TRANSFER_TEST(we_say_who_we_are_and_ask_for_no_coding),
        TRANSFER_TEST(the_size_can_be_asked_for),
        TRANSFER_TEST(a_server_may_not_tell_the_size),
        TRANSFER_TEST(a_size_question_may_fail),
        TRANSFER_TEST(sizes_beyond_4_gib_are_told),
        TRANSFER_TEST(statuses_are_classified_and_their_bodies_never_reach_the_part_file),
        TRANSFER_TEST(an_error_leaves_the_bytes_we_had),
        TRANSFER_TEST(a_server_may_say_when_to_come_back),
        TRANSFER_TEST(nobody_there_is_transient),
        TRANSFER_TEST(an_endless_error_page_is_cut),
        TRANSFER_TEST(endless_header_fields_are_cut),
        TRANSFER_TEST(what_is_not_http_is_transient),
        TRANSFER_TEST(a_part_that_nobody_asked_for_is_an_error),
        TRANSFER_TEST(lengths_that_contradict_each_other_are_refused),
        TRANSFER_TEST(a_missing_folder_is_fatal),
        TRANSFER_TEST(a_target_that_cannot_be_replaced_is_an_error_and_the_part_stays),
        TRANSFER_TEST(what_cannot_be_put_in_place_was_no_progress_if_all_was_there),
#ifdef _WIN32
        TRANSFER_TEST(a_part_file_that_is_in_use_is_worth_another_try),
#else
        TRANSFER_TEST(nothing_is_kept_of_a_part_file_that_somebody_wrote_to),
#endif
        TRANSFER_TEST(only_a_whole_file_can_be_finished),
        TRANSFER_TEST(all_kinds_of_redirect_are_followed),
        TRANSFER_TEST(twenty_redirects_are_followed_and_no_more),
        TRANSFER_TEST(a_loop_of_redirects_is_fatal),
        TRANSFER_TEST(redirects_to_other_schemes_are_fatal),
        TRANSFER_TEST(a_redirect_without_a_location_is_fatal),
        TRANSFER_TEST(credentials_are_given_when_asked_for),
        TRANSFER_TEST(wrong_or_missing_credentials_are_fatal),
        TRANSFER_TEST(credentials_are_not_sent_to_another_host),
        TRANSFER_TEST(a_cause_tells_no_secrets),
        TRANSFER_TEST(a_stopped_download_goes_on_from_its_durable_byte),
        TRANSFER_TEST(a_file_that_is_all_there_needs_one_byte_more),
        TRANSFER_TEST(a_file_that_changed_meanwhile_starts_again),
        TRANSFER_TEST(a_part_file_cut_behind_our_back_starts_again),
        TRANSFER_TEST(a_part_file_that_vanished_starts_again),
        TRANSFER_TEST(bytes_behind_the_durable_ones_are_not_trusted),
        TRANSFER_TEST(without_a_validator_it_starts_from_nothing),
        TRANSFER_TEST(a_validator_that_smuggles_is_not_sent),
        TRANSFER_TEST(a_server_that_ignores_ranges_sends_all_again),
        TRANSFER_TEST(what_has_no_validator_cannot_be_gone_on_with),
        TRANSFER_TEST(the_rest_is_put_behind_what_was_there),
        TRANSFER_TEST(what_does_not_fit_is_not_used_and_replaces_nothing),
        TRANSFER_TEST(a_date_that_is_not_repeated_proves_no_version),
        TRANSFER_TEST(a_part_of_a_file_of_unknown_size_is_not_taken_for_the_rest),
        TRANSFER_TEST(a_part_that_is_shorter_than_asked_for_is_gone_on_from),
        TRANSFER_TEST(a_part_file_that_was_cut_needs_no_server_to_tell),
        TRANSFER_TEST(a_server_that_keeps_sending_misfits_is_given_up),
        TRANSFER_TEST(a_resumed_file_has_the_time_stamp_that_it_asked_with),
        TRANSFER_TEST(a_resumed_file_has_the_time_stamp_that_the_server_repeats),
        TRANSFER_TEST(bytes_that_cannot_be_built_upon_are_no_progress),
        TRANSFER_TEST(bytes_that_were_given_up_are_no_progress_when_they_come_again),
        TRANSFER_TEST(a_whole_file_is_progress_also_without_a_validator),
        TRANSFER_TEST(only_what_is_more_than_before_is_progress),
        TRANSFER_TEST(a_body_that_breaks_off_is_kept_and_transient),
        TRANSFER_TEST(chunks_that_break_off_are_transient),
        TRANSFER_TEST(a_body_ended_by_the_connection_must_have_the_size_that_is_known),
        TRANSFER_TEST(fields_behind_the_body_change_nothing),
        TRANSFER_TEST(files_beyond_4_gib_go_on),
        TRANSFER_TEST(a_running_download_can_be_made_durable),
        TRANSFER_TEST(nothing_can_be_made_durable_without_a_validator),
        TRANSFER_TEST(eight_downloads_at_once_arrive),
        TRANSFER_TEST(three_hundred_small_files_arrive),
        TRANSFER_TEST(what_waits_for_its_turn_can_be_stopped),
        TRANSFER_TEST(a_stop_right_after_the_start_is_not_lost),
        TRANSFER_TEST(what_is_stopped_before_its_turn_is_not_begun),
        TRANSFER_TEST(stopping_what_has_ended_is_harmless),
        TRANSFER_TEST(the_foreground_does_not_wait),
        TRANSFER_TEST(destroying_the_engine_stops_what_runs_and_what_waits),
    };
    if (!fetch_has_server()) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
