/* SPDX-License-Identifier: MIT */
#include "faults.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "variables.h"
#include "fetch.h"

enum {
    ROWS_MOST = 256,
    ROUNDS_MOST = 5, /* the fault, perhaps the bytes given up, the file */
};

/* What is recorded between two attempts. */
struct record {
    int64_t durable;
    int64_t size;
    char *validator;
    struct blob stamp, prefix;
};

struct trial {
    const struct fault_row *row;
    char url[1024];
    char part[32];
    char target[32];
    struct record record;
    struct fetch *fetch;
    bool over;
    bool skipped;
    char wrong[512]; /* "" if all was as it must be */
};

static struct trial trials[ROWS_MOST];
static size_t trial_count;

/* ---- the file, as server.py describes it --------------------------------------------------------- */

static uint8_t byte_of(uint32_t version, int64_t at)
{
    uint32_t word = (uint32_t)(at / 4) * UINT32_C(2654435761) + version * UINT32_C(40503);
    return (uint8_t)(word >> (8 * (at % 4)));
}

static bool is_content(const char *data, size_t size, uint32_t version)
{
    for (size_t i = 0; i < size; i++) {
        if ((uint8_t)data[i] != byte_of(version, (int64_t)i)) {
            return false;
        }
    }
    return true;
}

/* ---- one trial ------------------------------------------------------------------------------------ */

/* The first thing that is wrong stays. */
static void complain(struct trial *trial, const char *format, ...)
{
    va_list arguments;
    if (trial->wrong[0] == '\0') {
        va_start(arguments, format);
        vsnprintf(trial->wrong, sizeof trial->wrong, format, arguments);
        va_end(arguments);
    }
}

static const char *const end_names[] = {
    [END_WHOLE] = "whole", [END_STOPPED] = "stopped", [END_TRANSIENT] = "transient",
    [END_FATAL] = "fatal", [END_CHANGED] = "changed",
};

static char *text_copy(const char *text)
{
    char *copy = malloc(strlen(text) + 1);
    assert_non_null(copy);
    return strcpy(copy, text);
}

static struct blob blob_copy(struct blob blob)
{
    struct blob copy = {0};
    if (blob.size > 0) {
        copy.data = malloc(blob.size);
        assert_non_null(copy.data);
        copy.size = blob.size;
        memcpy(copy.data, blob.data, blob.size);
    }
    return copy;
}

static void forget(struct record *record)
{
    free(record->validator);
    free(record->stamp.data);
    free(record->prefix.data);
    *record = (struct record){.size = -1};
}

/* A host of its own where the server has many names, so that no connection is shared with another
 * row. */
static void base_url(char *base, size_t size, const struct fault_row *row, size_t index)
{
    char variable[64];
    snprintf(variable, sizeof variable, "QMGR_TEST_FAULTS_%s", row->server);
    char *server = strstr(row->server, "://") ? NULL : platform_env(variable);
    bool own = strcmp(row->server, "HTTP") == 0 || strcmp(row->server, "HTTPS") == 0 ||
               strcmp(row->server, "H2") == 0;
    if (server && own) {
        snprintf(base, size, "%.*s://%u.localhost%s", (int)strcspn(server, ":"), server,
                 (unsigned)index, strrchr(server, ':'));
    } else {
        snprintf(base, size, "%s", server ? server : strstr(row->server, "://") ? row->server : "");
    }
    free(server);
}

/* A URL of its own, so that nobody else counts in it; and on HTTP/2 one that http2.py can read. */
static void make_url(struct trial *trial, size_t index)
{
    const struct fault_row *row = trial->row;
    char base[128];
    uint32_t chance = 0;
    assert_true(random_bytes(&chance, sizeof chance));
    base_url(base, sizeof base, row, index);
    trial->skipped = base[0] == '\0';
    int length =
        snprintf(trial->url, sizeof trial->url, "%s%s%ckey=%lx.%u%s", base, row->path,
                 strchr(row->path, '?') ? '&' : '?', (unsigned long)chance, (unsigned)index,
                 row->flags & (ROW_LASTS | ROW_BY_ITSELF) ? "" : "&heal=1");
    size_t bare = (size_t)length - strlen(base);
    assert_true((size_t)length + bare < sizeof trial->url);
    if (strcmp(row->server, "H2") == 0) {
        memset(trial->url + length, '~', bare);
        trial->url[(size_t)length + bare] = '\0';
    }
}

static void prepare(struct trial *trial, const struct fault_row *row, size_t index)
{
    *trial = (struct trial){.row = row, .record = {.size = -1}};
    make_url(trial, index);
    snprintf(trial->part, sizeof trial->part, "part%03u", (unsigned)index);
    snprintf(trial->target, sizeof trial->target, "target%03u", (unsigned)index);
    if (row->flags & ROW_SIZED) {
        trial->record.size = FILE_SIZE;
    }
    if (row->flags & ROW_RESUMED) {
        char had[FILE_HAD];
        for (size_t i = 0; i < sizeof had; i++) {
            had[i] = (char)byte_of(1, (int64_t)i);
        }
        fetch_write(fetch_local(trial->part), had, sizeof had);
        trial->record.durable = FILE_HAD;
        trial->record.size = row->flags & ROW_SIZELESS ? -1 : FILE_SIZE;
        trial->record.validator = text_copy("\"v1\"");
        trial->record.stamp = blob_copy(fetch_stamp(fetch_local(trial->part)));
    }
}

static void begin(struct trial *trial)
{
    const struct record *record = &trial->record;
    bool asks = trial->row->flags & ROW_ASKS;
    struct download_request request = {
        .url = trial->url,
        .user_pass = trial->row->flags & ROW_LOGIN ? "user:secret" : NULL,
        .part = asks ? NULL : fetch_local(trial->part),
        .target = asks ? NULL : fetch_local(trial->target),
        .size = record->size,
        .durable = record->durable,
        .validator = record->validator,
        .stamp = record->stamp,
        .prefix = record->prefix,
    };
    trial->fetch = fetch_start(&request);
}

static void check_outcome(struct trial *trial, const struct download_result *result)
{
    const struct fault_row *row = trial->row;
    bool refused = row->flags & ROW_REFUSED && result->win32 == 12029;
    if (result->end != row->end || (result->win32 != row->win32 && !refused) ||
        result->http != row->http || result->retry_after_s != row->retry_after_s ||
        (row->cause && !strstr(result->cause, row->cause))) {
        complain(trial, "must be %s %lu %lu (%s), is %s %lu %lu, again after %lu s: %s",
                 end_names[row->end], (unsigned long)row->win32, (unsigned long)row->http,
                 row->cause ? row->cause : "any cause", end_names[result->end],
                 (unsigned long)result->win32, (unsigned long)result->http,
                 (unsigned long)result->retry_after_s, result->cause);
    }
}

static void put_in_place(struct trial *trial)
{
    const struct fault_row *row = trial->row;
    uint32_t win32 = 0;
    size_t size = 0;
    if (fetch_finish(trial->fetch, trial->target, &win32) != FAULT_NONE) {
        complain(trial, "cannot be put in place: error %lu", (unsigned long)win32);
        return;
    }
    const char *data = fetch_read(fetch_local(trial->target), &size);
    int64_t expected = row->size > 0 ? row->size : row->size < 0 ? 0 : FILE_SIZE;
    bool right = is_content(data, size, row->version ? row->version : 1);
    if (row->flags & ROW_DAMAGED) {
        if (right) {
            complain(trial, "has arrived undamaged");
        }
    } else if (size != (size_t)expected) {
        complain(trial, "has %lu bytes in place of %lu", (unsigned long)size,
                 (unsigned long)expected);
    } else if (!right) {
        complain(trial, "has arrived with wrong bytes");
    }
}

/* Records what is kept of one that is not whole, and checks it. */
static void keep(struct trial *trial)
{
    struct download *download = fetch_download(trial->fetch);
    uint32_t win32 = 0;
    if (download_seal(download, &win32) != FAULT_STATE ||
        download_land(download, fetch_local(trial->target), &win32) != FAULT_STATE ||
        file_exists(fetch_local(trial->target))) {
        complain(trial, "could be put in place though it is not whole");
    }
    forget(&trial->record);
    trial->record.durable = fetch_keep(trial->fetch);
    trial->record.size = download_size(download);
    trial->record.stamp = blob_copy(download_stamp(download));
    trial->record.prefix = blob_copy(download_prefix(download));
    const char *validator = download_validator(download);
    trial->record.validator = validator ? text_copy(validator) : NULL;
    size_t size = 0;
    unsigned version = 1;
    if (trial->record.durable > 0) {
        const char *data = fetch_read(fetch_local(trial->part), &size);
        if (!validator) {
            complain(trial, "claims bytes of no version");
        } else if (validator[0] == '"' && sscanf(validator, "\"v%u\"", &version) != 1) {
            complain(trial, "claims bytes of version %s", validator);
        } else if (size < (size_t)trial->record.durable ||
                   !is_content(data, (size_t)trial->record.durable, version)) {
            complain(trial, "claims wrong bytes");
        }
    }
}

static void settle(struct trial *trial, unsigned round)
{
    const struct download_result *result = fetch_wait(trial->fetch);
    bool asks = trial->row->flags & ROW_ASKS;
    if (round == 0) {
        check_outcome(trial, result);
    }
    if ((result->end == END_WHOLE) != (result->cause[0] == '\0')) {
        complain(trial, "%s, for the cause \"%s\"", end_names[result->end], result->cause);
    }
    bool again = result->end == END_CHANGED ||
                 (result->end == END_TRANSIENT && !(trial->row->flags & ROW_LASTS));
    if (asks) {
        int64_t size = download_size(fetch_download(trial->fetch));
        if (result->end == END_WHOLE && size != trial->row->size) {
            complain(trial, "the size is %ld", (long)size);
        }
    } else if (result->end == END_WHOLE) {
        put_in_place(trial);
    } else {
        bool was_nothing = trial->record.durable == 0;
        keep(trial);
        if (result->end == END_CHANGED && was_nothing) {
            complain(trial, "changed, though there was nothing before");
        }
    }
    if (round > 0 && !again && result->end != END_WHOLE) {
        complain(trial, "did not recover: %s %lu %lu: %s", end_names[result->end],
                 (unsigned long)result->win32, (unsigned long)result->http, result->cause);
    }
    fetch_let_go(trial->fetch);
    trial->over = !again || asks;
}

/* ---- all of them ----------------------------------------------------------------------------------- */

static void run_round(unsigned round)
{
    for (size_t i = 0; i < trial_count; i++) {
        if (!trials[i].over) {
            begin(&trials[i]);
        }
    }
    for (size_t i = 0; i < trial_count; i++) {
        if (!trials[i].over) {
            settle(&trials[i], round);
        }
    }
}

/* libcurl, or its TLS library, may have no HTTP/2: the server then says 505. */
static bool has_http2(void)
{
    struct trial probe;
    static const struct fault_row row = {.server = "H2", .path = "/file"};
    prepare(&probe, &row, ROWS_MOST - 1);
    begin(&probe);
    bool has = fetch_wait(probe.fetch)->http != 505;
    fetch_let_go(probe.fetch);
    return has;
}

static void skip_http2(void)
{
    bool probed = false;
    bool has = false;
    for (size_t i = 0; i < trial_count; i++) {
        if (strcmp(trials[i].row->server, "H2") == 0) {
            has = probed ? has : has_http2();
            probed = true;
            trials[i].skipped = !has;
        }
    }
}

static int run_all(void)
{
    skip_http2();
    for (size_t i = 0; i < trial_count; i++) {
        trials[i].over = trials[i].skipped;
    }
    for (unsigned round = 0; round < ROUNDS_MOST; round++) {
        run_round(round);
    }
    for (size_t i = 0; i < trial_count; i++) {
        if (!trials[i].over) {
            complain(&trials[i], "is still not whole after %d attempts", ROUNDS_MOST);
        }
        forget(&trials[i].record);
    }
    return 0;
}

static const struct fault_row *the_rows;

static int set_up(void **state, int (*fixture)(void **))
{
    /* Else no HTTP/2 is used as soon as one of the servers might be another machine (throttle.h). */
    set_variable("QMGRPRXY_RATE_ADAPT", "off");
    int rc = fixture(state);
    for (size_t i = 0; rc == 0 && i < trial_count; i++) {
        prepare(&trials[i], &the_rows[i], i);
    }
    return rc ? rc : run_all();
}

static int set_up_patient(void **state)
{
    return set_up(state, fetch_set_up);
}

static int set_up_impatient(void **state)
{
    return set_up(state, fetch_set_up_impatient);
}

static void row_is_as_it_says(void **state)
{
    const struct trial *trial = *state;
    if (trial->skipped) {
        skip();
    }
    if (trial->wrong[0]) {
        print_error("%s\n    %s\n", trial->url, trial->wrong);
    }
    assert_true(trial->wrong[0] == '\0');
}

int faults_run(const struct fault_row *rows, size_t count, bool impatient)
{
    static struct CMUnitTest tests[ROWS_MOST];
    static char names[ROWS_MOST][128];
    if (!fetch_has_server() || count > ROWS_MOST) {
        return 1;
    }
    the_rows = rows;
    trial_count = count;
    for (size_t i = 0; i < count; i++) {
        snprintf(names[i], sizeof names[i], "%s%s%s", rows[i].server, rows[i].path,
                 rows[i].flags & ROW_RESUMED ? " resumed" : "");
        tests[i] = (struct CMUnitTest){
            .name = names[i], .test_func = row_is_as_it_says, .initial_state = &trials[i]};
    }
    return _cmocka_run_group_tests("faults", tests, count,
                                   impatient ? set_up_impatient : set_up_patient, fetch_tear_down);
}
