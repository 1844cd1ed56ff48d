/* SPDX-License-Identifier: MIT */
/* What a part file is trusted with after its process died, or somebody wrote to it; and what is not fetched
 * again. */
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
#include "platform/digest.h"
#include "platform/seam.h"
#include "raw_server.h"

#define MIB (INT64_C(1) << 20)
#define GIB (INT64_C(1) << 30)

static const struct blob unknown;

static const char *http(const char *path)
{
    return fetch_url("QMGR_TEST_HTTP", path);
}

static void assert_end(struct fetch *fetch, enum download_end end)
{
    const struct download_result *result = fetch_wait(fetch);
    if (result->end != end) {
        print_error("end %d, win32 %lu, http %lu: %s\n", (int)result->end,
                    (unsigned long)result->win32, (unsigned long)result->http, result->cause);
    }
    assert_int_equal(result->end, end);
}

static void finish(struct fetch *fetch, const char *target)
{
    uint32_t win32 = 0;
    assert_end(fetch, END_WHOLE);
    assert_int_equal(fetch_finish(fetch, target, &win32), FAULT_NONE);
    assert_int_equal(win32, 0);
}

static void assert_blob(struct blob blob, struct blob expected)
{
    assert_int_equal(blob.size, expected.size);
    assert_true(blob.size == 0 || memcmp(blob.data, expected.data, blob.size) == 0);
}

/* Equal states of a hash need not be saved in equal bytes. */
static void assert_prefix(struct blob blob, struct blob expected)
{
    struct digest got, wanted;
    assert_true(digest_load(&got, blob.data, blob.size));
    assert_true(digest_load(&wanted, expected.data, expected.size));
    assert_true(digest_length(&got) == digest_length(&wanted));
    assert_true(digest_value(&got) == digest_value(&wanted));
}

static void append(const char *path, const char *text)
{
    size_t size = 0;
    const char *data = fetch_read(path, &size);
    char *longer = malloc(size + strlen(text));
    assert_non_null(longer);
    memcpy(longer, data, size);
    memcpy(longer + size, text, strlen(text));
    fetch_write(path, longer, size + strlen(text));
    free(longer);
}

/* ---- half a file, and what was recorded of it -------------------------------------------------- */

enum { HALF = 500000 };

/* The first half of mid.bin lies in "part"; no stamp is known, as after a crash. */
static struct download_request half_of_mid(void)
{
    struct fetch *first = fetch_all(http("/mid.bin"), "whole");
    size_t size = 0;
    finish(first, "whole.bin");
    const char *data = fetch_read(fetch_local("whole.bin"), &size);
    fetch_write(fetch_local("part"), data, HALF);
    return (struct download_request){
        .url = http("/mid.bin"),
        .part = fetch_local("part"),
        .target = fetch_local("target"),
        .size = MIB,
        .durable = HALF,
        .validator = download_validator(fetch_download(first)),
        .prefix = fetch_prefix(fetch_local("part"), HALF),
    };
}

static void assert_is_mid(const char *name)
{
    fetch_assert_same(fetch_local(name), fetch_served("mid.bin"));
}

/* The engine stops when it has opened the part file, until somebody has looked: nothing arrives meanwhile. */
static const char *stop_at;
static struct wakeup *looked;

static int stop_when_opened(const struct file_operation *operation)
{
    if (operation->step == STEP_OPENED && strcmp(operation->path, stop_at) == 0) {
        wakeup_wait(looked, WAIT_FOREVER);
    }
    return 0;
}

static int64_t bytes_at_the_start(const struct download_request *request, struct fetch **fetch)
{
    stop_at = request->part;
    looked = wakeup_new(NULL);
    assert_non_null(looked);
    file_seam_set(stop_when_opened);
    *fetch = fetch_start(request);
    int64_t bytes = download_bytes(fetch_download(*fetch));
    file_seam_set(NULL);
    wakeup_set(looked);
    return bytes;
}

static void assert_goes_on(const struct download_request *request)
{
    struct fetch *fetch;
    assert_int_equal(bytes_at_the_start(request, &fetch), HALF);
    finish(fetch, "target");
    wakeup_free(looked);
    assert_is_mid("target");
}

/* Nothing of it is used or claimed, and it is not touched before the caller has recorded that; then it
 * comes from nothing. */
static void assert_comes_anew(const struct download_request *request)
{
    bool there = file_exists(request->part);
    size_t size = 0;
    const char *before = there ? fetch_read(request->part, &size) : "";
    struct fetch *fetch = fetch_start(request);
    assert_end(fetch, END_CHANGED);
    assert_false(fetch_wait(fetch)->progressed);
    assert_int_equal(download_bytes(fetch_download(fetch)), 0);
    assert_int_equal(download_size(fetch_download(fetch)), request->size);
    assert_false(download_is_sealed(fetch_download(fetch)));
    assert_int_equal(fetch_keep(fetch), 0);
    assert_blob(download_stamp(fetch_download(fetch)), unknown);
    assert_blob(download_prefix(fetch_download(fetch)), unknown);
    if (there) {
        fetch_assert_content(request->part, before, size);
    }
    struct download_request anew = {
        .url = request->url, .part = request->part, .target = request->target, .size = MIB};
    finish(fetch_start(&anew), "target");
    assert_is_mid("target");
}

/* ---- after an unclean end ---------------------------------------------------------------------- */

static void bytes_that_are_still_those_that_were_flushed_are_gone_on_with(void **state)
{
    struct download_request half = half_of_mid();
    assert_goes_on(&half);
    fetch_assert_logged("GET /mid.bin \"bytes=500000-\" 206 548576 ");
}

static void garbage_behind_the_proven_bytes_is_cut_off(void **state)
{
    struct download_request half = half_of_mid();
    append(fetch_local("part"), "written, but never made durable");
    assert_goes_on(&half);
}

static void a_byte_altered_among_the_proven_ones_brings_it_anew(void **state)
{
    struct download_request half = half_of_mid();
    struct file *file = NULL;
    assert_int_equal(file_open(fetch_local("part"), &file), 0);
    assert_int_equal(file_write_at(file, 1234, "\x55\xAA", 2), 0);
    file_close(file);
    assert_comes_anew(&half);
}

static void a_part_file_that_was_closed_in_order_and_altered_then_comes_anew(void **state)
{
    struct download_request half = half_of_mid();
    half.stamp = fetch_stamp(fetch_local("part"));
    struct file *file = NULL;
    assert_int_equal(file_open(fetch_local("part"), &file), 0);
    assert_int_equal(file_write_at(file, 1234, "\x55\xAA", 2), 0);
    assert_int_equal(file_set_time(file, 1000000000), 0);
    file_close(file);
    assert_comes_anew(&half);
}

static void a_truncated_part_file_comes_anew(void **state)
{
    struct download_request half = half_of_mid();
    fetch_write(fetch_local("part"), "short", 5);
    assert_comes_anew(&half);
}

/* The stamp is right, but the record claims more than there is. */
static void a_claim_to_more_than_there_is_comes_to_nothing(void **state)
{
    struct download_request half = half_of_mid();
    half.stamp = fetch_stamp(fetch_local("part"));
    half.durable = HALF + 1;
    assert_comes_anew(&half);
}

static void a_part_file_that_is_gone_comes_anew(void **state)
{
    struct download_request half = half_of_mid();
    assert_int_equal(file_delete(fetch_local("part")), 0);
    assert_comes_anew(&half);
}

static void what_nothing_proves_comes_anew(void **state)
{
    for (int i = 0; i < 4; i++) {
        struct download_request half = half_of_mid();
        char damaged[DIGEST_SAVED_SIZE];
        memcpy(damaged, half.prefix.data, sizeof damaged);
        damaged[20] = (char)(damaged[20] ^ 1);
        const struct blob proofs[] = {
            unknown,
            {damaged, sizeof damaged},
            {half.prefix.data, 7},
            fetch_prefix(fetch_local("part"), HALF - 1),
        };
        half.prefix = proofs[i];
        assert_comes_anew(&half);
    }
}

static void a_folder_in_place_of_the_part_file_is_an_error_and_stays(void **state)
{
    struct download_request half = half_of_mid();
    assert_int_equal(file_delete(fetch_local("part")), 0);
    assert_int_equal(folder_make(fetch_local("part")), 0);
    fetch_write(fetch_local("part/inside"), "mine", 4);
    struct fetch *fetch = fetch_start(&half);
    assert_end(fetch, END_FATAL);
    assert_int_not_equal(fetch_wait(fetch)->win32, 0);
    /* Should it come back, it can be gone on with. */
    assert_int_equal(fetch_keep(fetch), HALF);
    assert_blob(download_prefix(fetch_download(fetch)), half.prefix);
    half.whole = true;
    half.stamp = fetch_stamp(fetch_served("mid.bin"));
    fetch = fetch_start(&half);
    assert_end(fetch, END_FATAL);
    assert_true(download_is_sealed(fetch_download(fetch)));
    fetch_assert_content(fetch_local("part/inside"), "mine", 4);
}

static void make_read_only(const char *path, bool read_only)
{
#ifdef _WIN32
    assert_true(
        SetFileAttributesA(path, read_only ? FILE_ATTRIBUTE_READONLY : FILE_ATTRIBUTE_NORMAL));
#else
    assert_int_equal(chmod(path, read_only ? 0444 : 0644), 0);
#endif
}

static void a_read_only_part_file_is_an_error_until_it_is_not(void **state)
{
    struct download_request half = half_of_mid();
    make_read_only(fetch_local("part"), true);
    struct file *file = NULL;
    int error = file_open(fetch_local("part"), &file);
    file_close(file);
    if (error == 0) {
        make_read_only(fetch_local("part"), false);
        skip(); /* the system's administrator, to whom nothing is read-only */
    }
    struct fetch *fetch = fetch_start(&half);
    assert_end(fetch, END_FATAL);
    assert_int_equal(fetch_wait(fetch)->win32, 5);
    assert_int_equal(fetch_keep(fetch), HALF);
    make_read_only(fetch_local("part"), false);
    assert_goes_on(&half);
}

#ifdef _WIN32
/* Such as a process that was killed in the middle of a write. */
static void a_part_file_that_somebody_still_writes_to_is_gone_on_with_when_he_has_ended(
    void **state)
{
    struct download_request half = half_of_mid();
    struct file *writer = NULL;
    assert_int_equal(file_open_alone(fetch_local("part"), &writer), 0);
    struct fetch *fetch = fetch_start(&half);
    assert_end(fetch, END_TRANSIENT);
    assert_int_equal(fetch_wait(fetch)->win32, ERROR_SHARING_VIOLATION);
    assert_int_equal(fetch_keep(fetch), HALF);
    file_close(writer);
    assert_goes_on(&half);
}

static void a_part_file_that_is_in_use_can_be_gone_on_with_later(void **state)
{
    struct download_request half = half_of_mid();
    HANDLE scanner = CreateFileA(fetch_local("part"), GENERIC_READ, FILE_SHARE_READ, NULL,
                                 OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    assert_true(scanner != INVALID_HANDLE_VALUE);
    struct fetch *fetch = fetch_start(&half);
    assert_end(fetch, END_TRANSIENT);
    assert_int_equal(fetch_wait(fetch)->win32, ERROR_SHARING_VIOLATION);
    assert_int_equal(fetch_keep(fetch), HALF);
    assert_blob(download_stamp(fetch_download(fetch)), unknown);
    assert_blob(download_prefix(fetch_download(fetch)), half.prefix);
    CloseHandle(scanner);
    assert_goes_on(&half);
}
#endif

/* ---- what is recorded -------------------------------------------------------------------------- */

static void after_a_kill_it_goes_on_from_the_last_checkpoint(void **state)
{
    struct download_request request = {
        .url = http("/slow/big.bin"), .part = fetch_local("part"), .size = -1};
    struct fetch *fetch = fetch_start(&request);
    struct checkpoint first, last;
    fetch_wait_bytes(fetch, 300000);
    assert_int_equal(download_checkpoint(fetch_download(fetch), &first), FAULT_NONE);
    fetch_wait_bytes(fetch, first.durable + 300000);
    assert_int_equal(download_checkpoint(fetch_download(fetch), &last), FAULT_NONE);
    assert_true(last.durable > first.durable && first.durable > 0);
    checkpoint_clear(&first);
    assert_prefix(last.prefix, fetch_prefix(fetch_local("part"), (size_t)last.durable));
    /* More comes, and nobody keeps it. */
    fetch_wait_bytes(fetch, last.durable + 300000);
    transfer_stop(fetch_engine(), fetch_download(fetch));
    assert_end(fetch, END_STOPPED);
    fetch_let_go(fetch);

    request.url = http("/big.bin");
    request.size = 100 * MIB;
    request.durable = last.durable;
    request.validator = last.validator;
    request.prefix = last.prefix;
    finish(fetch_start(&request), "target");
    fetch_assert_same(fetch_local("target"), fetch_served("big.bin"));
    char line[128];
    snprintf(line, sizeof line, "GET /big.bin \"bytes=%lu-\" 206 %lu ", (unsigned long)last.durable,
             (unsigned long)(100 * MIB - last.durable));
    fetch_assert_logged(line);
    checkpoint_clear(&last);
}

#define FOUR_OF_TEN "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: 10\r\n\r\nabcd"
#define FIVE_AND_SIX                                                                               \
    "HTTP/1.1 206 x\r\nETag: \"v1\"\r\nContent-Range: bytes 4-9/10\r\n"                            \
    "Content-Length: 6\r\n\r\nef"
#define THE_REST "HTTP/1.1 206 x\r\nETag: \"v1\"\r\nContent-Range: bytes 6-9/10\r\n\r\nghij"

/* Records what was kept, as a caller does. */
static void record(struct download_request *request, struct fetch *fetch)
{
    request->durable = fetch_keep(fetch);
    request->size = download_size(fetch_download(fetch));
    request->validator = download_validator(fetch_download(fetch));
    request->stamp = download_stamp(fetch_download(fetch));
    request->prefix = download_prefix(fetch_download(fetch));
}

static void what_is_kept_is_proved_by_stamp_and_prefix(void **state)
{
    static const struct raw_answer answers[] = {
        {.text = FOUR_OF_TEN}, {.text = FIVE_AND_SIX}, {.text = THE_REST}};
    struct raw_server *server = raw_server_start(answers, 3);
    struct download_request request = {
        .url = raw_server_url(server), .part = fetch_local("part"), .size = -1};
    struct fetch *fetch = fetch_start(&request);
    assert_end(fetch, END_TRANSIENT);
    record(&request, fetch);
    assert_int_equal(request.durable, 4);
    assert_blob(request.stamp, fetch_stamp(fetch_local("part")));
    assert_prefix(request.prefix, fetch_prefix(fetch_local("part"), 4));
    assert_false(download_is_sealed(fetch_download(fetch)));

    /* Without the prefix the stamp is enough, and the prefix is found again. */
    request.prefix = unknown;
    fetch = fetch_start(&request);
    assert_end(fetch, END_TRANSIENT);
    record(&request, fetch);
    assert_int_equal(request.durable, 6);
    assert_blob(request.stamp, fetch_stamp(fetch_local("part")));
    assert_prefix(request.prefix, fetch_prefix(fetch_local("part"), 6));

    /* Without the stamp the prefix is. */
    request.stamp = unknown;
    finish(fetch_start(&request), "target");
    fetch_assert_content(fetch_local("target"), "abcdefghij", 10);
    raw_server_stop(server);
}

static void an_attempt_that_brings_nothing_leaves_the_proofs(void **state)
{
    static const struct raw_answer answer = {.text = "HTTP/1.1 503 x\r\nContent-Length: 0\r\n\r\n"};
    struct raw_server *server = raw_server_start(&answer, 1);
    struct download_request half = half_of_mid();
    half.url = raw_server_url(server);
    /* By hash, by stamp, and by both: stamp and prefix are known afterwards. */
    const struct blob stamps[] = {unknown, fetch_stamp(fetch_local("part")), unknown};
    for (int i = 0; i < 3; i++) {
        struct download_request request = half;
        request.stamp = stamps[i];
        request.prefix = i == 1 ? unknown : half.prefix;
        struct fetch *fetch = fetch_start(&request);
        assert_end(fetch, END_TRANSIENT);
        record(&request, fetch);
        assert_int_equal(request.durable, HALF);
        assert_blob(request.stamp, fetch_stamp(fetch_local("part")));
        assert_prefix(request.prefix, half.prefix);
    }
    raw_server_stop(server);
}

#ifndef _WIN32 /* which lets nobody write to a part file that we have open */
static void what_cannot_be_read_back_is_not_claimed(void **state)
{
    static const struct raw_answer answer = {.text = FOUR_OF_TEN};
    struct raw_server *server = raw_server_start(&answer, 1);
    struct download_request request = {
        .url = raw_server_url(server), .part = fetch_local("part"), .size = -1};
    struct fetch *fetch = fetch_start(&request);
    assert_end(fetch, END_TRANSIENT);
    struct file *file = NULL;
    assert_int_equal(file_open(fetch_local("part"), &file), 0);
    assert_int_equal(file_truncate(file, 2), 0);
    file_close(file);
    struct checkpoint checkpoint;
    assert_int_equal(download_checkpoint(fetch_download(fetch), &checkpoint), FAULT_DISK);
    assert_int_equal(checkpoint.durable, 0);
    assert_null(checkpoint.validator);
    assert_null(checkpoint.prefix.data);
    int64_t durable = -1;
    assert_int_equal(download_keep(fetch_download(fetch), &durable), FAULT_DISK);
    assert_int_equal(durable, 0);
    assert_blob(download_stamp(fetch_download(fetch)), unknown);
    assert_blob(download_prefix(fetch_download(fetch)), unknown);
    raw_server_stop(server);
}
#endif

/* Were the byte cut off before the new one is durable, a crash would cost all of them. */
static void the_byte_that_is_asked_for_again_stays_until_it_comes(void **state)
{
    static const struct raw_answer answer = {
        .text = "HTTP/1.1 206 x\r\nETag: \"v1\"\r\nContent-Range: bytes 9-9/10\r\n"
                "Content-Length: 1\r\n\r\n"};
    struct raw_server *server = raw_server_start(&answer, 1);
    fetch_write(fetch_local("part"), "abcdefghij", 10);
    struct download_request request = {.url = raw_server_url(server),
                                       .part = fetch_local("part"),
                                       .size = 10,
                                       .durable = 10,
                                       .validator = "\"v1\"",
                                       .prefix = fetch_prefix(fetch_local("part"), 10)};
    struct fetch *fetch = fetch_start(&request);
    assert_end(fetch, END_TRANSIENT);
    fetch_assert_content(fetch_local("part"), "abcdefghij", 10);
    record(&request, fetch);
    assert_int_equal(request.durable, 9);
    assert_prefix(request.prefix, fetch_prefix(fetch_local("part"), 9));
    raw_server_stop(server);
}

/* ---- a check that takes its time --------------------------------------------------------------- */

/* A part file of 64 GiB, most of it holes, that takes long to read. */
static struct download_request huge(void)
{
    struct file *file = NULL;
    assert_int_equal(file_create_new(fetch_local("huge"), &file), 0);
    assert_int_equal(file_truncate(file, 64 * (uint64_t)GIB), 0);
    file_close(file);
    /* The state of a hash that has seen so much: its first number is the length. */
    struct digest digest;
    digest_start(&digest);
    digest.state[0] = 64 * (uint64_t)GIB;
    assert_true(digest_length(&digest) == 64 * (uint64_t)GIB);
    uint8_t saved[DIGEST_SAVED_SIZE];
    digest_save(&digest, saved);
    fetch_write(fetch_local("saved"), saved, sizeof saved);
    size_t size = 0;
    const char *kept = fetch_read(fetch_local("saved"), &size);
    return (struct download_request){.url = http("/big.bin"),
                                     .part = fetch_local("huge"),
                                     .target = fetch_local("target"),
                                     .size = 65 * GIB,
                                     .durable = 64 * GIB,
                                     .validator = "\"v\"",
                                     .prefix = {(void *)(uintptr_t)kept, size}};
}

static void reading_a_large_part_file_back_holds_nobody_up_and_can_be_stopped(void **state)
{
    struct download_request request = huge();
    struct fetch *slow = fetch_start(&request);
    finish(fetch_all(http("/small.bin"), "part"), "target");
    fetch_assert_same(fetch_local("target"), fetch_served("small.bin"));
    assert_false(fetch_has_ended(slow));
    transfer_stop(fetch_engine(), fetch_download(slow));
    assert_end(slow, END_STOPPED);
    /* Nothing was found out about it. */
    assert_true(fetch_keep(slow) == 64 * GIB);
    assert_blob(download_stamp(fetch_download(slow)), unknown);
    assert_blob(download_prefix(fetch_download(slow)), request.prefix);
    assert_string_equal(download_validator(fetch_download(slow)), "\"v\"");
    /* And the next one is read. */
    struct download_request half = half_of_mid();
    assert_goes_on(&half);
}

static void destroying_the_engine_ends_the_check(void **state)
{
    struct download_request request = huge();
    struct fetch *slow = fetch_start(&request);
    struct fetch *next = fetch_start(&request);
    finish(fetch_all(http("/small.bin"), "part"), "target");
    fetch_destroy_engine();
    assert_end(slow, END_STOPPED);
    assert_end(next, END_STOPPED);
    assert_true(fetch_keep(slow) == 64 * GIB);
}

/* ---- sealed, and not in place ------------------------------------------------------------------- */

/* small.bin lies sealed in the part file, fetched from a server that gives no validator; what was recorded
 * of it would ask a server that must not be asked. */
static struct download_request sealed(struct raw_server *server)
{
    struct fetch *fetch = fetch_all(http("/novalidator/small.bin"), "part");
    uint32_t win32 = 0;
    assert_end(fetch, END_WHOLE);
    assert_false(download_is_sealed(fetch_download(fetch)));
    assert_int_equal(download_land(fetch_download(fetch), fetch_local("target"), &win32),
                     FAULT_STATE);
    assert_int_equal(download_seal(fetch_download(fetch), &win32), FAULT_NONE);
    assert_true(download_is_sealed(fetch_download(fetch)));
    assert_blob(download_stamp(fetch_download(fetch)), fetch_stamp(fetch_local("part")));
    return (struct download_request){.url = raw_server_url(server),
                                     .part = fetch_local("part"),
                                     .target = fetch_local("target"),
                                     .size = 4096,
                                     .durable = 4096,
                                     .validator = download_validator(fetch_download(fetch)),
                                     .stamp = download_stamp(fetch_download(fetch)),
                                     .whole = true};
}

static const struct raw_answer refusal = {.text = "HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n"};

static struct raw_server *server_that_is_not_asked(void)
{
    return raw_server_start(&refusal, 1);
}

static void assert_not_asked(struct raw_server *server)
{
    assert_int_equal(raw_server_requests(server), 0);
    raw_server_stop(server);
}

static void a_sealed_file_is_put_in_place_without_asking_a_server(void **state)
{
    struct raw_server *server = server_that_is_not_asked();
    struct download_request request = sealed(server);
    struct fetch *fetch = fetch_start(&request);
    finish(fetch, "target");
    assert_int_equal(download_bytes(fetch_download(fetch)), 4096);
    assert_int_equal(download_size(fetch_download(fetch)), 4096);
    assert_true(fetch_wait(fetch)->progressed);
    assert_false(download_is_sealed(fetch_download(fetch)));
    fetch_assert_same(fetch_local("target"), fetch_served("small.bin"));
    assert_false(file_exists(fetch_local("part")));
    assert_not_asked(server);
}

/* The process died between the rename and the record of it. */
static void a_file_that_is_in_place_already_stays_there(void **state)
{
    struct raw_server *server = server_that_is_not_asked();
    struct download_request request = sealed(server);
    finish(fetch_start(&request), "target");
    struct blob stamp = fetch_stamp(fetch_local("target"));
    assert_blob(stamp, request.stamp);
    finish(fetch_start(&request), "target");
    assert_blob(fetch_stamp(fetch_local("target")), stamp);
    fetch_assert_same(fetch_local("target"), fetch_served("small.bin"));
    assert_not_asked(server);
}

static void assert_not_recalled(const struct download_request *request)
{
    struct fetch *fetch = fetch_start(request);
    assert_end(fetch, END_CHANGED);
    assert_string_not_equal(fetch_wait(fetch)->cause, "");
    assert_false(download_is_sealed(fetch_download(fetch)));
    assert_int_equal(download_bytes(fetch_download(fetch)), 0);
    assert_int_equal(fetch_keep(fetch), 0);
    assert_blob(download_stamp(fetch_download(fetch)), unknown);
    uint32_t win32 = 0;
    assert_int_equal(fetch_finish(fetch, "target", &win32), FAULT_STATE);
}

static void a_sealed_file_that_is_nowhere_comes_anew(void **state)
{
    struct raw_server *server = server_that_is_not_asked();
    struct download_request request = sealed(server);
    fetch_write(fetch_local("target"), "of somebody else", 16);
    assert_int_equal(file_delete(fetch_local("part")), 0);
    assert_not_recalled(&request);
    assert_false(file_exists(fetch_local("part")));
    fetch_assert_content(fetch_local("target"), "of somebody else", 16);
    assert_not_asked(server);
}

static void a_sealed_file_that_somebody_wrote_to_comes_anew(void **state)
{
    struct raw_server *server = server_that_is_not_asked();
    struct download_request request = sealed(server);
    append(fetch_local("part"), "graffiti");
    assert_not_recalled(&request);
    request.stamp = unknown;
    assert_not_recalled(&request);
    assert_false(file_exists(fetch_local("target")));
    assert_not_asked(server);
}

static void a_file_that_was_written_to_after_it_was_sealed_is_not_put_in_place(void **state)
{
    struct fetch *fetch = fetch_all(http("/small.bin"), "part");
    uint32_t win32 = 0;
    assert_end(fetch, END_WHOLE);
    assert_int_equal(download_seal(fetch_download(fetch), &win32), FAULT_NONE);
    append(fetch_local("part"), "graffiti");
    assert_int_not_equal(download_land(fetch_download(fetch), fetch_local("target"), &win32),
                         FAULT_NONE);
    assert_int_not_equal(win32, 0);
    assert_end(fetch, END_TRANSIENT);
    assert_false(download_is_sealed(fetch_download(fetch)));
    assert_int_equal(fetch_keep(fetch), 0);
    assert_blob(download_stamp(fetch_download(fetch)), unknown);
    assert_int_equal(download_land(fetch_download(fetch), fetch_local("target"), &win32),
                     FAULT_STATE);
    assert_false(file_exists(fetch_local("target")));
}

static void a_target_that_cannot_be_replaced_costs_no_second_download(void **state)
{
    struct raw_server *server = server_that_is_not_asked();
    struct download_request request = sealed(server);
    uint32_t win32 = 0;
    assert_int_equal(folder_make(fetch_local("elsewhere/target")), 0);
    for (int i = 0; i < 2; i++) {
        struct fetch *fetch = fetch_start(&request);
        assert_end(fetch, END_WHOLE);
        assert_int_not_equal(download_land(fetch_download(fetch), fetch_local("elsewhere"), &win32),
                             FAULT_NONE);
        assert_end(fetch, END_FATAL);
        assert_false(fetch_wait(fetch)->progressed);
        assert_true(download_is_sealed(fetch_download(fetch)));
        assert_int_equal(fetch_keep(fetch), 4096);
        assert_blob(download_stamp(fetch_download(fetch)), request.stamp);
    }
    finish(fetch_start(&request), "target");
    fetch_assert_same(fetch_local("target"), fetch_served("small.bin"));
    assert_not_asked(server);
}

#ifdef _WIN32
static void a_target_that_is_in_use_costs_no_second_download(void **state)
{
    struct raw_server *server = server_that_is_not_asked();
    struct download_request request = sealed(server);
    fetch_write(fetch_local("target"), "old", 3);
    HANDLE reader =
        CreateFileA(fetch_local("target"), GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                    OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    assert_true(reader != INVALID_HANDLE_VALUE);
    uint32_t win32 = 0;
    struct fetch *fetch = fetch_start(&request);
    assert_end(fetch, END_WHOLE);
    assert_int_not_equal(fetch_finish(fetch, "target", &win32), FAULT_NONE);
    /* Windows says that access is denied; Wine that it is shared. */
    assert_true(win32 == ERROR_ACCESS_DENIED || win32 == ERROR_SHARING_VIOLATION);
    assert_end(fetch, win32 == ERROR_ACCESS_DENIED ? END_FATAL : END_TRANSIENT);
    assert_true(download_is_sealed(fetch_download(fetch)));
    fetch_assert_content(fetch_local("target"), "old", 3);
    CloseHandle(reader);
    finish(fetch_start(&request), "target");
    fetch_assert_same(fetch_local("target"), fetch_served("small.bin"));
    assert_not_asked(server);
}
#endif

#define RESUME_TEST(name) cmocka_unit_test_setup_teardown(name, fetch_set_up, fetch_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RESUME_TEST(bytes_that_are_still_those_that_were_flushed_are_gone_on_with),
        RESUME_TEST(garbage_behind_the_proven_bytes_is_cut_off),
        RESUME_TEST(a_byte_altered_among_the_proven_ones_brings_it_anew),
        RESUME_TEST(a_part_file_that_was_closed_in_order_and_altered_then_comes_anew),
        RESUME_TEST(a_truncated_part_file_comes_anew),
        RESUME_TEST(a_claim_to_more_than_there_is_comes_to_nothing),
        RESUME_TEST(a_part_file_that_is_gone_comes_anew),
        RESUME_TEST(what_nothing_proves_comes_anew),
        RESUME_TEST(a_folder_in_place_of_the_part_file_is_an_error_and_stays),
        RESUME_TEST(a_read_only_part_file_is_an_error_until_it_is_not),
#ifdef _WIN32
        RESUME_TEST(a_part_file_that_somebody_still_writes_to_is_gone_on_with_when_he_has_ended),
        RESUME_TEST(a_part_file_that_is_in_use_can_be_gone_on_with_later),
#endif
        RESUME_TEST(after_a_kill_it_goes_on_from_the_last_checkpoint),
        RESUME_TEST(what_is_kept_is_proved_by_stamp_and_prefix),
        RESUME_TEST(an_attempt_that_brings_nothing_leaves_the_proofs),
#ifndef _WIN32
        RESUME_TEST(what_cannot_be_read_back_is_not_claimed),
#endif
        RESUME_TEST(the_byte_that_is_asked_for_again_stays_until_it_comes),
        RESUME_TEST(reading_a_large_part_file_back_holds_nobody_up_and_can_be_stopped),
        RESUME_TEST(destroying_the_engine_ends_the_check),
        RESUME_TEST(a_sealed_file_is_put_in_place_without_asking_a_server),
        RESUME_TEST(a_file_that_is_in_place_already_stays_there),
        RESUME_TEST(a_sealed_file_that_is_nowhere_comes_anew),
        RESUME_TEST(a_sealed_file_that_somebody_wrote_to_comes_anew),
        RESUME_TEST(a_file_that_was_written_to_after_it_was_sealed_is_not_put_in_place),
        RESUME_TEST(a_target_that_cannot_be_replaced_costs_no_second_download),
#ifdef _WIN32
        RESUME_TEST(a_target_that_is_in_use_costs_no_second_download),
#endif
    };
    return fetch_has_server() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
