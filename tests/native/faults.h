/* SPDX-License-Identifier: MIT */
/* Tables of faults: what the server of tests/faults is asked to do, and what must become of the
 * download. All rows of a table run side by side; then each is judged as a test of its own.
 *
 * For every row, whatever it says, these must hold too:
 *   - a download that is not whole cannot be sealed or put in place; no target appears;
 *   - what is kept of the part file are the bytes of the version that the validator names;
 *   - who is not told that all is well is told a cause;
 *   - what is worth another try becomes whole, with the right bytes, once the server behaves (the
 *     second request of its URL), however often END_CHANGED comes in between. */
#ifndef QMGR_TESTS_NATIVE_FAULTS_H
#define QMGR_TESTS_NATIVE_FAULTS_H

#include <stddef.h>
#include <stdint.h>

#include "transfer/transfer.h"

enum {
    ROW_RESUMED = 1,    /* goes on from FILE_HAD bytes of version 1 */
    ROW_SIZELESS = 2,   /* and does not know the size yet */
    ROW_SIZED = 4,      /* begins from nothing, and knows the size from a HEAD */
    ROW_LASTS = 8,      /* the server does not behave the second time */
    ROW_BY_ITSELF = 16, /* the path says itself what the second request finds */
    ROW_LOGIN = 32,     /* with user "user" and password "secret" */
    ROW_ASKS = 64,      /* is a question for the size */
    ROW_DAMAGED = 128,  /* arrives, and is known to be other bytes than the server's file */
    ROW_REFUSED = 256,  /* win32 may also be 12029: who is faster decides */
};

#define FILE_SIZE 50000 /* of the file that the server serves */
#define FILE_HAD 20000

struct fault_row {
    const char *server; /* "HTTP": where QMGR_TEST_FAULTS_HTTP says; may be "http://..." itself */
    const char *path;
    enum download_end end;
    uint32_t win32, http;
    const char *cause; /* what the cause has to say among others; NULL: anything */
    unsigned flags;
    unsigned only; /* see faults_connections.h; 0: always */
    uint32_t retry_after_s;
    uint32_t version; /* of what arrives in the end; 0: the first */
    int64_t size;     /* of it; 0: FILE_SIZE; -1: none. ROW_ASKS: the answer */
};

/* Fields of a row, in order, so that a cause may follow. */
#define ENDS(end_, win32_, http_) .end = (end_), .win32 = (win32_), .http = (http_)
#define WHOLE ENDS(END_WHOLE, 0, 0)
#define CHANGED ENDS(END_CHANGED, 0, 0)
#define FATAL(http_) ENDS(END_FATAL, 0, http_)
#define TRANSIENT(http_) ENDS(END_TRANSIENT, 0, http_)
/* Win32 codes: see transfer/errors.h. */
#define SILENT ENDS(END_TRANSIENT, 12002, 0)
#define NO_CONNECTION ENDS(END_TRANSIENT, 12029, 0)
#define ABORTED ENDS(END_TRANSIENT, 12030, 0)
#define INVALID ENDS(END_TRANSIENT, 12152, 0)
#define NO_CHANNEL ENDS(END_TRANSIENT, 12175, 0)
#define REDIRECT ENDS(END_FATAL, 12156, 0)

/* Runs them as a cmocka group; returns what main has to. impatient: see fetch_set_up_impatient. */
int faults_run(const struct fault_row *rows, size_t count, bool impatient);

#endif
