/* SPDX-License-Identifier: MIT */
/* Every way in which a download that goes on can begin and be answered: what lies in the part file, what the
 * server says to it, who knows the size, and the way to the server. What the paths ask for stands in
 * tests/faults/resume.py.
 *
 * Whatever comes in between, the file is whole and right in the end, by no more attempts than the runner
 * would make at once, and until then the target stays as it was, and the part file as it was recorded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fetch.h"

enum {
    SIZE = 20000,          /* of the file that the server is asked for, version 1 */
    HAD = 8000,            /* of it that lie in a part file */
    ON_DISK = SIZE + 1000, /* of a part file that is too long */
};

/* ---- the dimensions ---------------------------------------------------------------------------- */

enum part_state {
    COMPLETE, /* all of it, though nobody has recorded that it is */
    PARTIAL,
    TOO_LONG, /* behind what was recorded there is more, and in all more than the file has */
    ALTERED,  /* one byte of what was recorded is another one */
    CLAIMED,  /* more was recorded than the file has, and is there */
    PART_STATES
};
static const char *const part_names[] = {"complete", "partial", "too long", "altered", "claimed"};

enum answer { ALL, PART, FAILED_CONDITION, NO_SUCH_RANGE, ANSWERS };
static const int statuses[] = {200, 206, 412, 416};

enum way { BY_HTTP, BY_HTTPS, BY_REDIRECT, WAYS };
static const char *const way_names[] = {"http", "https", "redirect"};

struct combination {
    enum part_state part;
    enum answer answer;
    enum way way;
    bool known;    /* the size, to us */
    bool told;     /* and by the server: with each answer */
    bool stubborn; /* the server answers a request for all of the file in the same way */
};

/* ---- what must become of it --------------------------------------------------------------------- */

/* Whether the bytes that are there can be gone on with. Else it has to start again from nothing. */
static bool goes_on(const struct combination *c)
{
    switch (c->part) {
    case COMPLETE:
        /* The last byte is asked for again. Without a size, what is behind the last byte, which nobody
         * can send. */
        return c->answer == PART && c->known;
    case PARTIAL:
    case TOO_LONG:
        /* A part that nobody tells the whole of could end anywhere. */
        return c->answer == PART && (c->known || c->told);
    default: return false;
    }
}

/* What is known of the size after an attempt that did not go on. */
static int64_t size_after(const struct combination *c)
{
    const int64_t before = c->known ? SIZE : -1;
    switch (c->part) {
    case ALTERED: return before;
    case CLAIMED:
        if (c->known) {
            return before; /* it contradicts what was recorded: no server is asked */
        }
        break;
    default: break;
    }
    return c->answer == ALL && c->told ? SIZE : -1;
}

/* ---- the file, as tests/faults/server.py describes it -------------------------------------------- */

static char *content(void)
{
    static char data[ON_DISK];
    for (uint32_t i = 0; i < SIZE; i++) {
        uint32_t word = i / 4 * UINT32_C(2654435761) + UINT32_C(40503);
        data[i] = (char)(word >> (8 * (i % 4)));
    }
    memset(data + SIZE, 'x', ON_DISK - SIZE);
    return data;
}

static void make_part_file(const struct combination *c, struct download_request *request)
{
    char data[ON_DISK];
    memcpy(data, content(), sizeof data);
    size_t size = c->part == COMPLETE ? SIZE : HAD;
    size = c->part == TOO_LONG || c->part == CLAIMED ? ON_DISK : size;
    fetch_write(request->part, data, size);
    request->durable = c->part == COMPLETE ? SIZE : c->part == CLAIMED ? ON_DISK : HAD;
    request->prefix = fetch_prefix(request->part, (size_t)request->durable);
    if (c->part == TOO_LONG) {
        memset(data + HAD, 'x', ON_DISK - HAD);
        fetch_write(request->part, data, size);
    }
    if (c->part == ALTERED) {
        data[HAD / 2] ^= 1;
        fetch_write(request->part, data, size);
    }
}

/* ---- the way to it -------------------------------------------------------------------------------- */

/* As the value of an option in a URL. */
static void encode(char *to, size_t room, const char *text)
{
    size_t length = 0;
    for (; *text && length + 4 < room; text++) {
        length += (size_t)snprintf(to + length, room - length, "%%%02X", (unsigned char)*text);
    }
}

static const char *url_of(const struct combination *c)
{
    char path[128], location[1024], redirect[1280];
    snprintf(path, sizeof path, "/resume/%d?size=%d%s%s", statuses[c->answer], SIZE,
             c->told ? "" : "&tells=no", c->stubborn ? "&stubborn=yes" : "");
    if (c->way == BY_HTTP) {
        return fetch_url("QMGR_TEST_FAULTS_HTTP", path);
    }
    const char *url = fetch_url("QMGR_TEST_FAULTS_HTTPS", path);
    if (c->way == BY_HTTPS) {
        return url;
    }
    encode(location, sizeof location, url);
    snprintf(redirect, sizeof redirect, "/redirect/302?location=%s", location);
    return fetch_url("QMGR_TEST_FAULTS_HTTP", redirect);
}

/* ---- one combination -------------------------------------------------------------------------------- */

static const char old[] = "what the target was before";

static void assert_end(struct fetch *fetch, enum download_end end)
{
    const struct download_result *result = fetch_wait(fetch);
    if (result->end != end) {
        print_error("end %d, win32 %lu, http %lu: %s\n", (int)result->end,
                    (unsigned long)result->win32, (unsigned long)result->http, result->cause);
    }
    assert_int_equal(result->end, end);
    fetch_assert_content(fetch_local("target"), old, sizeof old);
}

static void assert_arrives(struct fetch *fetch)
{
    uint32_t win32 = 0;
    assert_end(fetch, END_WHOLE);
    assert_true(fetch_wait(fetch)->progressed);
    assert_int_equal(download_size(fetch_download(fetch)), SIZE);
    assert_int_equal(fetch_finish(fetch, "target", &win32), FAULT_NONE);
    assert_int_equal(win32, 0);
    fetch_assert_content(fetch_local("target"), content(), SIZE);
    assert_false(file_exists(fetch_local("part")));
}

/* It comes to nothing, and nothing is touched before that is recorded. */
static void assert_given_up(struct fetch *fetch, const char *part, size_t part_size)
{
    uint32_t win32 = 0;
    assert_end(fetch, END_CHANGED);
    struct download *download = fetch_download(fetch);
    assert_false(fetch_wait(fetch)->progressed);
    assert_int_equal(download_bytes(download), 0);
    assert_int_equal(download_seal(download, &win32), FAULT_STATE);
    assert_int_equal(download_land(download, fetch_local("target"), &win32), FAULT_STATE);
    assert_int_equal(fetch_keep(fetch), 0);
    assert_null(download_validator(download));
    fetch_assert_content(fetch_local("part"), part, part_size);
    fetch_assert_content(fetch_local("target"), old, sizeof old);
}

/* As the runner does it after END_CHANGED. */
static struct fetch *start_from_nothing(const struct download_request *before, int64_t size)
{
    struct download_request request = {
        .url = before->url, .part = before->part, .target = before->target, .size = size};
    return fetch_start(&request);
}

static struct download_request prepare(const struct combination *c)
{
    struct download_request request = {.url = url_of(c),
                                       .part = fetch_local("part"),
                                       .target = fetch_local("target"),
                                       .size = c->known ? SIZE : -1,
                                       .validator = "\"v1\""};
    fetch_write(request.target, old, sizeof old);
    make_part_file(c, &request);
    return request;
}

static void ends_well(void **state)
{
    const struct combination *c = *state;
    struct download_request request = prepare(c);
    size_t part_size = 0;
    const char *part = fetch_read(request.part, &part_size);
    struct fetch *fetch = fetch_start(&request);
    if (goes_on(c)) {
        assert_arrives(fetch);
        return;
    }
    assert_given_up(fetch, part, part_size);
    int64_t size = download_size(fetch_download(fetch));
    assert_int_equal(size, size_after(c));
    fetch_let_go(fetch);
    assert_arrives(start_from_nothing(&request, size));
}

/* What a server says to a request for all of the file, and must not. */
static void ends_with_the_servers_error(void **state)
{
    const struct combination *c = *state;
    struct download_request request = prepare(c);
    struct fetch *fetch = fetch_start(&request);
    size_t part_size = 0;
    const char *part = fetch_read(request.part, &part_size);
    assert_given_up(fetch, part, part_size);
    int64_t size = download_size(fetch_download(fetch));
    fetch_let_go(fetch);
    fetch = start_from_nothing(&request, size);
    assert_end(fetch, END_FATAL);
    assert_int_equal(fetch_wait(fetch)->http, c->answer == PART ? 0 : statuses[c->answer]);
    assert_int_equal(fetch_wait(fetch)->win32, c->answer == PART ? 12152 : 0);
    assert_int_equal(fetch_keep(fetch), 0);
    fetch_assert_content(fetch_local("target"), old, sizeof old);
}

/* ---- all of them ------------------------------------------------------------------------------------ */

enum { MATRIX = PART_STATES * ANSWERS * WAYS * 4, STUBBORN_MOST = PART_STATES * ANSWERS * WAYS };

static struct combination combinations[MATRIX + STUBBORN_MOST];
static char names[MATRIX + STUBBORN_MOST][96];
static struct CMUnitTest tests[MATRIX + STUBBORN_MOST];
static size_t count;

static void add(struct combination c)
{
    combinations[count] = c;
    snprintf(names[count], sizeof names[count], "%s, %d, %s, size %s and %s%s", part_names[c.part],
             statuses[c.answer], way_names[c.way], c.known ? "known" : "not known",
             c.told ? "told" : "not told", c.stubborn ? ", always" : "");
    tests[count] = (struct CMUnitTest){
        .name = names[count],
        .test_func = c.stubborn ? ends_with_the_servers_error : ends_well,
        .initial_state = &combinations[count],
    };
    count++;
}

static void add_all(void)
{
    for (unsigned i = 0; i < MATRIX; i++) {
        struct combination c = {.part = i / 4 / WAYS / ANSWERS,
                                .answer = i / 4 / WAYS % ANSWERS,
                                .way = i / 4 % WAYS,
                                .known = i & 1,
                                .told = i & 2};
        add(c);
        c.stubborn = c.answer != ALL && c.known && c.told && !goes_on(&c);
        if (c.stubborn) {
            add(c);
        }
    }
}

int main(void)
{
    if (!fetch_has_server()) {
        return 1;
    }
    add_all();
    return _cmocka_run_group_tests("resume matrix", tests, count, fetch_set_up, fetch_tear_down);
}
