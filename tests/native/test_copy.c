/* SPDX-License-Identifier: MIT */
/* file: URLs: which are names of files, and how these are copied. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <windows.h>
#endif

#include <cmocka.h>

#include "fetch.h"
#include "platform/seam.h"
#include "transfer/file_url.h"
#include "transfer/scheme.h"
#include "transfer/url.h"
#include "variables.h"

#define TIME 1000000000
#define MIB ((size_t)1 << 20)

static int before(void **state)
{
    set_variable("QMGRPRXY_PROTOCOLS", "http file");
    return fetch_set_up(state);
}

static struct wakeup *held_go_on[2]; /* for what stands still when a test fails */

static int after(void **state)
{
    file_seam_set(NULL);
    for (int i = 0; i < 2 && held_go_on[i]; i++) {
        wakeup_set(held_go_on[i]);
    }
    set_variable("QMGRPRXY_PROTOCOLS", NULL);
    return fetch_tear_down(state);
}

/* The URL of a path; of the last 16 calls. */
static const char *url_of(const char *path)
{
    static char urls[16][600];
    static unsigned next;
    char *url = urls[next++ % 16];
    (void)snprintf(url, sizeof urls[0], "file://%s%s", path[0] == '/' ? "" : "/", path);
    for (char *c = url; *c; c++) {
        *c = *c == '\\' ? '/' : *c;
    }
    return url;
}

static struct download_request request_for(const char *source)
{
    return (struct download_request){.url = url_of(fetch_local(source)),
                                     .part = fetch_local("part"),
                                     .target = fetch_local("target"),
                                     .size = -1};
}

static void assert_end(struct fetch *fetch, enum download_end end, uint32_t win32)
{
    const struct download_result *result = fetch_wait(fetch);
    if (result->end != end || result->win32 != win32) {
        print_error("end %d, win32 %lu: %s\n", (int)result->end, (unsigned long)result->win32,
                    result->cause);
    }
    assert_int_equal(result->end, end);
    assert_int_equal(result->win32, win32);
    assert_int_equal(result->http, 0);
}

static void finish(struct fetch *fetch)
{
    uint32_t win32 = 0;
    assert_end(fetch, END_WHOLE, 0);
    assert_int_equal(fetch_finish(fetch, "target", &win32), FAULT_NONE);
}

static void set_time(const char *path, int64_t time)
{
    struct file *file = NULL;
    assert_int_equal(file_open(path, &file), 0);
    assert_int_equal(file_set_time(file, time), 0);
    file_close(file);
}

/* A file of that many bytes, all the same. */
static void make_source(const char *name, char fill, size_t size, int64_t time)
{
    char *data = malloc(size + 1);
    assert_non_null(data);
    memset(data, fill, size);
    fetch_write(fetch_local(name), data, size);
    free(data);
    set_time(fetch_local(name), time);
}

/* ---- names -------------------------------------------------------------------------------------- */

static void assert_path(const char *url, const char *wanted)
{
    char *path = file_url_path(url);
    if (!path || strcmp(path, wanted) != 0) {
        print_error("%s: %s\n", url, path ? path : "refused");
    }
    assert_non_null(path);
    assert_string_equal(path, wanted);
    free(path);
    struct url_parts parts;
    assert_int_equal(url_split(url, schemes_enabled(), &parts), FAULT_NONE);
    assert_string_equal(parts.url, url);
    assert_null(parts.user_pass);
    url_parts_clear(&parts);
}

static void assert_no_path(const char *url)
{
    struct url_parts parts;
    char *path = file_url_path(url);
    if (path) {
        print_error("not refused: %s: %s\n", url, path);
    }
    assert_null(path);
    assert_int_equal(url_split(url, schemes_enabled(), &parts), FAULT_ARGUMENT);
}

static void a_file_url_names_a_file_by_its_whole_path(void **state)
{
    (void)state;
#ifdef _WIN32
    assert_path("file:///C:/folder/file.bin", "C:\\folder\\file.bin");
    assert_path("FILE:///z:/a%20b%C3%BC", "z:\\a b\xC3\xBC");
    assert_path("file://server/share/file", "\\\\server\\share\\file");
    assert_path("file://my-server.example/share%24/a/b.c", "\\\\my-server.example\\share$\\a\\b.c");
    assert_no_path("file:///folder/file");
    assert_no_path("file:///C:folder/file");
    assert_no_path("file:///C:");
    assert_no_path("file:///C:/");
    assert_no_path("file:///C|/file");
    assert_no_path("file:////server/share/file");
    assert_no_path("file://server");
    assert_no_path("file://server/share");
    assert_no_path("file://server/share/");
    assert_no_path("file://server:80/share/file");
    assert_no_path("file://user@server/share/file");
    assert_no_path("file://./C:/file");
    assert_no_path("file://./pipe/name");
    assert_no_path("file://%3F/C%3A/file");
    assert_no_path("file://C:/folder/file");
    assert_no_path("file:///C:/file:stream");
    assert_no_path("file:///C:/file%3Astream");
#else
    assert_path("file:///folder/file.bin", "/folder/file.bin");
    assert_path("FILE:///a%20b%C3%BC", "/a b\xC3\xBC");
    assert_no_path("file://server/share/file");
#endif
}

static void what_is_no_plain_name_is_refused(void **state)
{
    (void)state;
#ifdef _WIN32
#define ROOT "file:///C:/"
#else
#define ROOT "file:///"
#endif
    static const char *const bad[] = {
        ROOT "f?query", ROOT "f#fragment", ROOT "a/../f", ROOT "a/%2E%2E/f", ROOT "./f",
        ROOT "a//f",    ROOT "folder/",    ROOT "*.bin",  ROOT "f%3F",       ROOT "f%2A",
        ROOT "a%2Ff",   ROOT "a%5Cf",      ROOT "a\\f",   ROOT "f%00",       ROOT "f%0A",
        ROOT "f%",      ROOT "f%2",        ROOT "f%zz",   ROOT "f.",         ROOT "f%20",
        ROOT "%22f",    "file:",           "file:/f",     "file://",         "file:///",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_no_path(bad[i]);
    }
}

/* Though the system would take it: it has to be encoded. */
static void what_is_no_url_is_refused(void **state)
{
    (void)state;
    struct url_parts parts;
    assert_int_equal(url_split(ROOT "f b", schemes_enabled(), &parts), FAULT_ARGUMENT);
    assert_int_equal(url_split(ROOT "\xC3\xBC", schemes_enabled(), &parts), FAULT_ARGUMENT);
    assert_int_equal(url_split(ROOT "f[1]", schemes_enabled(), &parts), FAULT_ARGUMENT);
}

static void files_are_copied_only_if_the_setting_allows_it(void **state)
{
    (void)state;
    struct url_parts parts;
    make_source("source", 'a', 10, TIME);
    struct download_request request = request_for("source");
    set_variable("QMGRPRXY_PROTOCOLS", NULL);
    assert_int_equal(url_split(request.url, schemes_enabled(), &parts), FAULT_ARGUMENT);
    assert_end(fetch_start(&request), END_FATAL, 12006);
    set_variable("QMGRPRXY_PROTOCOLS", "file");
    assert_int_equal(url_split(request.url, schemes_enabled(), &parts), FAULT_NONE);
    url_parts_clear(&parts);
    finish(fetch_start(&request));
}

/* ---- copies ------------------------------------------------------------------------------------- */

static void files_of_any_size_arrive_with_their_time(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, MIB - 1, MIB, MIB + 1, 5 * MIB};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct file_stamp here, there;
        make_source("source", (char)('a' + i), sizes[i], TIME + (int64_t)i);
        struct download_request request = request_for("source");
        struct fetch *fetch = fetch_start(&request);
        finish(fetch);
        assert_int_equal(download_size(fetch_download(fetch)), sizes[i]);
        assert_int_equal(download_bytes(fetch_download(fetch)), sizes[i]);
        fetch_assert_same(fetch_local("target"), fetch_local("source"));
        assert_int_equal(file_stamp(fetch_local("source"), &there), 0);
        assert_int_equal(file_stamp(fetch_local("target"), &here), 0);
        assert_true(here.written == there.written);
        file_delete(fetch_local("target"));
    }
}

static void the_size_can_be_asked_for(void **state)
{
    (void)state;
    make_source("source", 'a', 12345, TIME);
    struct download_request request = request_for("source");
    request.part = request.target = NULL;
    struct fetch *fetch = fetch_start(&request);
    assert_end(fetch, END_WHOLE, 0);
    assert_int_equal(download_size(fetch_download(fetch)), 12345);
}

enum { HALF = 500000 };

/* What a process that died has left: half of the source in the part file. Its bytes are others than the source's,
 * so that it can be told what was read again. */
static struct download_request half_done(void)
{
    char *data = malloc(HALF);
    assert_non_null(data);
    memset(data, 'p', HALF);
    make_source("source", 's', MIB, TIME);
    struct download_request request = request_for("source");
    struct fetch *fetch = fetch_start(&request);
    finish(fetch);
    file_delete(fetch_local("target"));
    fetch_write(fetch_local("part"), data, HALF);
    free(data);
    request.size = (int64_t)MIB;
    request.durable = HALF;
    request.validator = download_validator(fetch_download(fetch));
    request.prefix = fetch_prefix(fetch_local("part"), HALF);
    assert_non_null(request.validator);
    return request;
}

static void a_copy_goes_on_where_it_was(void **state)
{
    (void)state;
    struct download_request request = half_done();
    size_t size = 0;
    finish(fetch_start(&request));
    const char *data = fetch_read(fetch_local("target"), &size);
    assert_int_equal(size, MIB);
    assert_true(data[0] == 'p' && data[HALF - 1] == 'p' && data[HALF] == 's' &&
                data[MIB - 1] == 's');
}

static void assert_starts_again(size_t size, int64_t time)
{
    struct download_request request = half_done();
    make_source("source", 't', size, time);
    struct fetch *fetch = fetch_start(&request);
    assert_end(fetch, END_CHANGED, 0);
    fetch_let_go(fetch);
    request = request_for("source");
    finish(fetch_start(&request));
    fetch_assert_same(fetch_local("target"), fetch_local("source"));
    file_delete(fetch_local("target"));
}

static void a_file_that_has_changed_starts_again(void **state)
{
    (void)state;
    assert_starts_again(MIB, TIME + 1);
    assert_starts_again(MIB + 1, TIME);
    assert_starts_again(HALF, TIME);
    assert_starts_again(10, TIME);
    assert_starts_again(0, TIME);
}

/* ---- in the middle of it ------------------------------------------------------------------------- */

static const char *stop_at; /* its part file */
static struct wakeup *reached, *go_on;

static int stop_when_opened(const struct file_operation *operation)
{
    if (operation->step == STEP_OPENED && strcmp(operation->path, stop_at) == 0) {
        wakeup_set(reached);
        wakeup_wait(go_on, WAIT_FOREVER);
    }
    return 0;
}

/* Starts the copy and waits until it has opened its part file, where it stays until go_on. */
static struct fetch *start_and_hold(const struct download_request *request)
{
    stop_at = request->part;
    reached = wakeup_new(NULL);
    go_on = wakeup_new(NULL);
    assert_true(reached && go_on);
    file_seam_set(stop_when_opened);
    struct fetch *fetch = fetch_start(request);
    assert_true(wakeup_wait(reached, 120000));
    return fetch;
}

static void let_go_on(void)
{
    file_seam_set(NULL);
    wakeup_set(go_on);
}

static void forget_signals(void)
{
    wakeup_free(reached);
    wakeup_free(go_on);
}

static void a_copy_can_be_stopped(void **state)
{
    (void)state;
    make_source("source", 's', 3 * MIB, TIME);
    struct download_request request = request_for("source");
    struct fetch *fetch = start_and_hold(&request);
    transfer_stop(fetch_engine(), fetch_download(fetch));
    let_go_on();
    assert_end(fetch, END_STOPPED, 0);
    assert_int_equal(download_bytes(fetch_download(fetch)), 0);
    forget_signals();
}

static void a_copy_that_waits_holds_nobody_else_up(void **state)
{
    (void)state;
    make_source("source", 's', MIB, TIME);
    struct download_request request = request_for("source");
    struct fetch *fetch = start_and_hold(&request);
    fetch_into(fetch_url("QMGR_TEST_HTTP", "/small.bin"), "small.bin");
    assert_false(fetch_has_ended(fetch));
    let_go_on();
    finish(fetch);
    forget_signals();
}

static const char *const held[] = {"held0", "held1"};
static const char *held_paths[2];
static struct wakeup *held_reached[2];

static int hold_both_when_opened(const struct file_operation *operation)
{
    for (int i = 0; i < 2; i++) {
        if (operation->step == STEP_OPENED && strcmp(operation->path, held_paths[i]) == 0) {
            wakeup_set(held_reached[i]);
            wakeup_wait(held_go_on[i], WAIT_FOREVER);
        }
    }
    return 0;
}

static void two_copies_in_the_background_leave_room_for_the_foreground(void **state)
{
    (void)state;
    struct fetch *fetches[2];
    make_source("source", 's', MIB, TIME);
    for (int i = 0; i < 2; i++) {
        held_paths[i] = fetch_local(held[i]);
        held_reached[i] = wakeup_new(NULL);
        held_go_on[i] = wakeup_new(NULL);
        assert_true(held_reached[i] && held_go_on[i]);
    }
    file_seam_set(hold_both_when_opened);
    for (int i = 0; i < 2; i++) {
        struct download_request request = request_for("source");
        request.part = held_paths[i];
        fetches[i] = fetch_start(&request);
        assert_true(wakeup_wait(held_reached[i], 120000));
    }
    struct download_request request = request_for("source");
    request.foreground = true;
    finish(fetch_start(&request));
    for (int i = 0; i < 2; i++) {
        assert_false(fetch_has_ended(fetches[i]));
        wakeup_set(held_go_on[i]);
        assert_end(fetches[i], END_WHOLE, 0);
        wakeup_free(held_reached[i]);
        wakeup_free(held_go_on[i]);
        held_go_on[i] = NULL;
    }
}

static void a_source_that_is_written_to_meanwhile_is_copied_again_later(void **state)
{
    (void)state;
    make_source("source", 's', MIB, TIME);
    struct download_request request = request_for("source");
    struct fetch *fetch = start_and_hold(&request);
    set_time(fetch_local("source"), TIME + 5);
    let_go_on();
    assert_end(fetch, END_TRANSIENT, 32);
    assert_int_equal(fetch_keep(fetch), 0);
    forget_signals();
}

static void an_engine_that_ends_ends_its_copies(void **state)
{
    (void)state;
    struct fetch *fetches[5];
    char names[5][20];
    make_source("source", 's', 20 * MIB, TIME);
    for (int i = 0; i < 5; i++) {
        struct download_request request = request_for("source");
        (void)snprintf(names[i], sizeof names[i], "part%d", i);
        request.part = fetch_local(names[i]);
        fetches[i] = fetch_start(&request);
    }
    fetch_wait_bytes(fetches[0], 1);
    fetch_destroy_engine();
    for (int i = 0; i < 5; i++) {
        assert_true(fetch_has_ended(fetches[i]));
    }
}

/* ---- errors ------------------------------------------------------------------------------------- */

static void what_is_not_there_is_fatal(void **state)
{
    (void)state;
    struct download_request request = request_for("missing");
    assert_end(fetch_start(&request), END_FATAL, 2);
    assert_int_equal(folder_make(fetch_local("folder")), 0);
    request = request_for("folder");
    assert_int_equal(fetch_wait(fetch_start(&request))->end, END_FATAL);
}

#ifdef _WIN32
static void a_file_that_somebody_has_for_himself_is_tried_again(void **state)
{
    (void)state;
    make_source("source", 's', 10, TIME);
    HANDLE theirs = CreateFileA(fetch_local("source"), GENERIC_READ | GENERIC_WRITE, 0, NULL,
                                OPEN_EXISTING, 0, NULL);
    assert_true(theirs != INVALID_HANDLE_VALUE);
    struct download_request request = request_for("source");
    assert_end(fetch_start(&request), END_TRANSIENT, 32);
    CloseHandle(theirs);
    finish(fetch_start(&request));
}
#endif

#define A_TEST(function) cmocka_unit_test_setup_teardown(function, before, after)

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(a_file_url_names_a_file_by_its_whole_path),
        A_TEST(what_is_no_plain_name_is_refused),
        A_TEST(what_is_no_url_is_refused),
        A_TEST(files_are_copied_only_if_the_setting_allows_it),
        A_TEST(files_of_any_size_arrive_with_their_time),
        A_TEST(the_size_can_be_asked_for),
        A_TEST(a_copy_goes_on_where_it_was),
        A_TEST(a_file_that_has_changed_starts_again),
        A_TEST(a_copy_can_be_stopped),
        A_TEST(a_copy_that_waits_holds_nobody_else_up),
        A_TEST(two_copies_in_the_background_leave_room_for_the_foreground),
        A_TEST(a_source_that_is_written_to_meanwhile_is_copied_again_later),
        A_TEST(an_engine_that_ends_ends_its_copies),
        A_TEST(what_is_not_there_is_fatal),
#ifdef _WIN32
        A_TEST(a_file_that_somebody_has_for_himself_is_tried_again),
#endif
    };
    return fetch_has_server() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
