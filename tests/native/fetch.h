/* SPDX-License-Identifier: MIT */
/* Downloads in tests: an engine, the test server's URLs, and files to compare. Whatever fails,
 * fails the test. */
#ifndef QMGR_TESTS_NATIVE_FETCH_H
#define QMGR_TESTS_NATIVE_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transfer/transfer.h"

/* False, with a message on standard error, if there is no test server (tools/test.sh starts
 * one). */
bool fetch_has_server(void);
/* cmocka's fixtures: an engine and an empty folder for each test. */
int fetch_set_up(void **state);
/* The same for an engine that waits for silent servers only for seconds. */
int fetch_set_up_impatient(void **state);
int fetch_tear_down(void **state);

/* The engine of this test. */
struct transfer *fetch_engine(void);
/* Destroys it early. */
void fetch_destroy_engine(void);
/* Another one, which sees the settings as they are now; what the old one ran must have ended. */
void fetch_renew_engine(void);

/* The value of the environment variable `server` followed by path; valid until the test ends. */
const char *fetch_url(const char *server, const char *path);
/* Both, one after the other; likewise. */
const char *fetch_text(const char *a, const char *b);
/* The path of a file in the test's folder, or in the folder that the test server serves;
 * likewise. */
const char *fetch_local(const char *name);
const char *fetch_served(const char *name);

struct fetch; /* one download */
/* Starts it. part NULL in the request: a size question. The other fields of the request as they
 * are. */
struct fetch *fetch_start(const struct download_request *request);
struct download *fetch_download(struct fetch *fetch);
/* Waits for on_end and returns what became of it. */
const struct download_result *fetch_wait(struct fetch *fetch);
/* Waits until that many bytes have come (or it has ended). */
void fetch_wait_bytes(struct fetch *fetch, int64_t bytes);
bool fetch_has_ended(struct fetch *fetch);
/* download_free, of one that has ended: as if its process were gone. */
void fetch_let_go(struct fetch *fetch);
/* download_keep: what is durable. */
int64_t fetch_keep(struct fetch *fetch);
/* download_seal and download_land, onto the target of that name in the test's folder. */
enum fault fetch_finish(struct fetch *fetch, const char *target, uint32_t *win32);
/* The stamp of a part file as it is now, and the saved digest of a file's first bytes; for requests, valid
 * until the test ends. */
struct blob fetch_stamp(const char *path);
struct blob fetch_prefix(const char *path, size_t bytes);
/* fetch_start and fetch_wait for a URL into a part file of that name, from nothing. */
struct fetch *fetch_all(const char *url, const char *part);
/* The same for a request that expects END_WHOLE; finishes onto target. */
void fetch_into(const char *url, const char *target);

/* The content of a file, malloc'ed until the test ends. */
const char *fetch_read(const char *path, size_t *size);
/* Makes the file anew with this content. */
void fetch_write(const char *path, const void *data, size_t size);
void fetch_assert_same(const char *path, const char *expected_path);
void fetch_assert_content(const char *path, const void *data, size_t size);
/* The test server's log has a line with all of this in it, now or soon. */
void fetch_assert_logged(const char *text);

#endif
