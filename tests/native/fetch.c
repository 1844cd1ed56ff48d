/* SPDX-License-Identifier: MIT */
#include "fetch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "platform/digest.h"
#ifdef _WIN32
#include "platform/text.h"
#endif
#include "support.h"

#define PATIENCE_MS 120000u
#define LOOK_AGAIN_MS 5u

struct fetch {
    struct download *download;
    struct wakeup *over;
    atomic_bool ended;
    struct fetch *next;
};

struct string {
    struct string *next;
    char text[];
};

static struct transfer *engine;
static char *folder;
static struct fetch *fetches; /* of this test */
static struct string *strings;

static char *keep(size_t size)
{
    struct string *string = malloc(sizeof *string + size);
    assert_non_null(string);
    string->next = strings;
    strings = string;
    return string->text;
}

static const char *keep_copy(const char *a, const char *b)
{
    char *text = keep(strlen(a) + strlen(b) + 1);
    strcpy(text, a);
    return strcat(text, b);
}

/* Unix paths come in through the environment, and in Wine drive Z: is the whole machine. */
static const char *env_path(const char *name)
{
    char *value = platform_env(name);
    assert_non_null(value);
#ifdef _WIN32
    const char *path = keep_copy(value[0] == '/' ? "Z:" : "", value);
#else
    const char *path = keep_copy("", value);
#endif
    free(value);
    return path;
}

bool fetch_has_server(void)
{
    char *server = platform_env("QMGR_TEST_HTTP");
    bool there = server && *server;
    free(server);
    if (!there) {
        fprintf(stderr,
                "QMGR_TEST_HTTP is not set: these tests want the server of tools/test.sh\n");
    }
    return there;
}

static void on_end(void *context, struct download *download)
{
    (void)context;
    struct fetch *fetch = download_owner(download);
    atomic_store(&fetch->ended, true);
    wakeup_set(fetch->over);
}

static int set_up(struct transfer_options options)
{
    options.on_end = on_end;
    folder = test_folder();
    return transfer_create(&options, &engine) == FAULT_NONE ? 0 : -1;
}

int fetch_set_up(void **state)
{
    (void)state;
    return set_up((struct transfer_options){0});
}

int fetch_set_up_impatient(void **state)
{
    (void)state;
    return set_up((struct transfer_options){.connect_s = 3, .silence_s = 2});
}

void fetch_destroy_engine(void)
{
    transfer_destroy(engine);
    engine = NULL;
}

void fetch_renew_engine(void)
{
    struct transfer_options options = {.on_end = on_end};
    fetch_destroy_engine();
    assert_int_equal(transfer_create(&options, &engine), FAULT_NONE);
}

int fetch_tear_down(void **state)
{
    (void)state;
    fetch_destroy_engine();
    while (fetches) {
        struct fetch *next = fetches->next;
        download_free(fetches->download);
        wakeup_free(fetches->over);
        free(fetches);
        fetches = next;
    }
    while (strings) {
        struct string *next = strings->next;
        free(strings);
        strings = next;
    }
    test_remove_folder(folder);
    folder = NULL;
    return 0;
}

struct transfer *fetch_engine(void)
{
    return engine;
}

const char *fetch_url(const char *server, const char *path)
{
    char *value = platform_env(server);
    assert_non_null(value);
    const char *url = keep_copy(value, path);
    free(value);
    return url;
}

const char *fetch_text(const char *a, const char *b)
{
    return keep_copy(a, b);
}

static const char *in_folder(const char *where, const char *name)
{
    char *path = path_join(where, name);
    assert_non_null(path);
    const char *kept = keep_copy(path, "");
    free(path);
    return kept;
}

const char *fetch_local(const char *name)
{
    return in_folder(folder, name);
}

const char *fetch_served(const char *name)
{
    return in_folder(env_path("QMGR_TEST_WWW"), name);
}

struct fetch *fetch_start(const struct download_request *request)
{
    struct fetch *fetch = calloc(1, sizeof *fetch);
    assert_non_null(fetch);
    fetch->over = wakeup_new(NULL);
    assert_non_null(fetch->over);
    fetch->next = fetches;
    fetches = fetch;
    struct download_request owned = *request;
    owned.owner = fetch;
    assert_int_equal(transfer_start(engine, &owned, &fetch->download), FAULT_NONE);
    return fetch;
}

struct download *fetch_download(struct fetch *fetch)
{
    return fetch->download;
}

bool fetch_has_ended(struct fetch *fetch)
{
    return atomic_load(&fetch->ended);
}

const struct download_result *fetch_wait(struct fetch *fetch)
{
    if (!fetch_has_ended(fetch)) {
        assert_true(wakeup_wait(fetch->over, PATIENCE_MS));
    }
    return download_result(fetch->download);
}

void fetch_wait_bytes(struct fetch *fetch, int64_t bytes)
{
    uint64_t start = clock_ms();
    while (download_bytes(fetch->download) < bytes && !fetch_has_ended(fetch)) {
        assert_true(clock_ms() - start < PATIENCE_MS);
        wakeup_wait(fetch->over, LOOK_AGAIN_MS);
    }
}

int64_t fetch_keep(struct fetch *fetch)
{
    int64_t durable = -1;
    assert_int_equal(download_keep(fetch->download, &durable), FAULT_NONE);
    return durable;
}

enum fault fetch_finish(struct fetch *fetch, const char *target, uint32_t *win32)
{
    enum fault fault = download_seal(fetch->download, win32);
    return fault ? fault : download_land(fetch->download, fetch_local(target), win32);
}

static struct blob keep_blob(const void *data, size_t size)
{
    char *kept = keep(size);
    memcpy(kept, data, size);
    return (struct blob){kept, size};
}

struct blob fetch_stamp(const char *path)
{
    struct file_stamp stamp;
    return file_stamp(path, &stamp) == 0 ? keep_blob(&stamp, sizeof stamp) : (struct blob){0};
}

struct blob fetch_prefix(const char *path, size_t bytes)
{
    struct digest digest;
    uint8_t saved[DIGEST_SAVED_SIZE];
    size_t size = 0;
    const char *data = fetch_read(path, &size);
    assert_true(bytes <= size);
    digest_start(&digest);
    digest_add(&digest, data, bytes);
    digest_save(&digest, saved);
    return keep_blob(saved, sizeof saved);
}

struct fetch *fetch_all(const char *url, const char *part)
{
    struct download_request request = {.url = url, .part = fetch_local(part), .size = -1};
    struct fetch *fetch = fetch_start(&request);
    fetch_wait(fetch);
    return fetch;
}

void fetch_into(const char *url, const char *target)
{
    struct fetch *fetch = fetch_all(url, keep_copy(target, ".part"));
    const struct download_result *result = download_result(fetch->download);
    if (result->end != END_WHOLE) {
        print_error("%s: end %d, win32 %lu, http %lu, %s\n", url, (int)result->end,
                    (unsigned long)result->win32, (unsigned long)result->http, result->cause);
    }
    assert_int_equal(result->end, END_WHOLE);
    uint32_t win32 = 0;
    assert_int_equal(fetch_finish(fetch, target, &win32), FAULT_NONE);
}

/* file_open would want to write, which only one may. */
static FILE *open_beside(const char *path)
{
#ifdef _WIN32
    wchar_t *wide = text_utf16(path);
    assert_non_null(wide);
    FILE *file = _wfopen(wide, L"rb");
    free(wide);
    return file;
#else
    return fopen(path, "rb");
#endif
}

void fetch_let_go(struct fetch *fetch)
{
    fetch_wait(fetch);
    download_free(fetch->download);
    fetch->download = NULL;
}

const char *fetch_read(const char *path, size_t *size)
{
    struct file_stamp stamp;
    FILE *file = open_beside(path);
    assert_non_null(file);
    assert_int_equal(file_stamp(path, &stamp), 0);
    char *data = keep((size_t)stamp.size + 1);
    *size = fread(data, 1, (size_t)stamp.size, file);
    fclose(file);
    assert_int_equal(*size, stamp.size);
    return data;
}

void fetch_write(const char *path, const void *data, size_t size)
{
    struct file *file = NULL;
    assert_int_equal(file_delete(path), 0);
    assert_int_equal(file_create_new(path, &file), 0);
    assert_int_equal(file_write_at(file, 0, data, size), 0);
    file_close(file);
}

void fetch_assert_content(const char *path, const void *data, size_t size)
{
    size_t there = 0;
    const char *content = fetch_read(path, &there);
    assert_int_equal(there, size);
    assert_true(memcmp(content, data, size) == 0);
}

void fetch_assert_same(const char *path, const char *expected_path)
{
    size_t size = 0;
    const char *expected = fetch_read(expected_path, &size);
    fetch_assert_content(path, expected, size);
}

void fetch_assert_logged(const char *text)
{
    struct wakeup *never = wakeup_new(NULL);
    assert_non_null(never);
    uint64_t start = clock_ms();
    bool found = false;
    while (!found && clock_ms() - start < PATIENCE_MS / 4) {
        size_t size = 0;
        char *log = (char *)(uintptr_t)fetch_read(env_path("QMGR_TEST_ACCESS_LOG"), &size);
        log[size] = '\0'; /* fetch_read leaves room */
        found = strstr(log, text) != NULL;
        /* The server writes the line after it has answered. */
        wakeup_wait(never, found ? 0 : LOOK_AGAIN_MS * 20);
    }
    wakeup_free(never);
    assert_true(found);
}
