/* SPDX-License-Identifier: MIT */
/* How bytes arrive: one thread runs libcurl's multi interface; each download goes into a part
 * file.
 *
 * The caller (runner) starts downloads, reads their counters at any time without a lock, asks
 * them to stop, and is told of each end by a callback on the transfer thread. It then settles
 * the download on a thread of its own, since that flushes to disk. The life of a download:
 *
 *     transfer_start -> (counters move) -> on_end -> download_finish or download_keep
 *                    -> download_free
 *
 * Nothing here knows SQL or COM. */
#ifndef QMGR_TRANSFER_TRANSFER_H
#define QMGR_TRANSFER_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/platform.h"

struct transfer; /* the engine */
struct download; /* one file, or one question for a file's size */

enum download_end {
    END_WHOLE,     /* the whole body is in the part file (or, for a size question: answered) */
    END_STOPPED,   /* transfer_stop asked for it */
    END_TRANSIENT, /* worth another try after a while */
    END_FATAL,     /* trying again would not help */
    /* What we had cannot be built upon (another version on the server, no ranges, part file too
     * short). The part file's bytes have not been touched, since the caller's records still claim
     * them: it records that nothing is durable, then starts again from nothing, at once. Never
     * after a start with durable 0. */
    END_CHANGED,
};

struct download_result {
    enum download_end end;
    uint32_t win32;         /* Win32 code, 0 if an HTTP status was the cause, or no error */
    uint32_t http;          /* HTTP status, 0 if none was the cause */
    uint32_t retry_after_s; /* the server's Retry-After, 0 if none, at most 3600 */
    bool progressed;        /* the file became whole (and could be finished), or more of it can be
                             * built upon (download_keep) than at the start */
    char cause[160];        /* one sentence for the log, without secrets; "" if none */
};

struct transfer_options {
    /* Called on the transfer thread, with no lock held, once for each started download. Must not
     * block; usually puts the download into a list and sets an event. */
    void (*on_end)(void *context, struct download *download);
    void *context;
};

/* Starts the thread. FAULT_ENGINE if libcurl or the thread cannot be started, FAULT_MEMORY. */
enum fault transfer_create(const struct transfer_options *options, struct transfer **out);
/* Stops all downloads (each gets its on_end with END_STOPPED), then the thread. Downloads that
 * the caller has not freed stay valid, but must not be started or stopped any more. NULL is
 * harmless. */
void transfer_destroy(struct transfer *transfer);

struct download_request {
    const char *url; /* http or https, without credentials */
    const char *
        user_pass; /* "user:password" as written in the URL (still percent-encoded); NULL if none */
    const char *part; /* part file; made if it is missing. NULL: only ask for the size (HEAD) */
    int64_t size;     /* as known so far, -1 if unknown */
    int64_t durable;  /* go on from here if the server can prove it is still the same file */
    const char *validator; /* for If-Range; NULL: start from nothing */
    bool foreground;
    void *owner; /* for the caller: download_owner gives it back */
};

/* Hands the request to the thread; all strings are copied. *out has one reference, the caller's,
 * and is set before on_end can be called (which may be before this returns). FAULT_MEMORY:
 * nothing was started. */
enum fault transfer_start(struct transfer *transfer, const struct download_request *request,
                          struct download **out);
/* Asks for an early end; returns at once. Harmless if the download has ended already. */
void transfer_stop(struct transfer *transfer, struct download *download);

void *download_owner(const struct download *download);
/* Atomics; may be read at any time from any thread. Bytes of the file that have come, counting
 * what was there before (the last of them may not be in the part file yet: see
 * download_checkpoint); goes back to 0 when the file starts again from nothing. */
int64_t download_bytes(const struct download *download);
/* Size of the whole file, -1 while the server has not told. After END_CHANGED: what the new answer
 * told, -1 if it did not; unchanged if the part file was the reason. */
int64_t download_size(const struct download *download);

/* ---- after on_end (and only then, except where said), by one thread at a time -------------- */

const struct download_result *download_result(const struct download *download);
/* What to record for If-Range: strong ETag, else a Last-Modified that is strong by RFC 9110 section
 * 8.8.2.2, else NULL. Owned by the download. */
const char *download_validator(const struct download *download);
/* After END_WHOLE: flushes the part file, gives it the server's time stamp (none if a resumed
 * download's answers did not tell, which may be with an entity tag), closes it and renames it onto
 * target. A read-only or opened target is an error.
 *
 * On failure the part file stays, *win32 says why, and download_result is as if the download had
 * ended so: END_TRANSIENT for what passes by itself (out of memory, the file in use by a virus
 * scanner, the drive not ready), else END_FATAL. It can then be tried again, or the bytes kept
 * (download_keep). If somebody else wrote to the part file there is nothing to keep, no validator,
 * and no trying again.
 * FAULT_STATE if the file is not whole. */
enum fault download_finish(struct download *download, const char *target, uint32_t *win32);
/* After any other end: flushes and closes the part file. *durable: bytes that may be built upon
 * later; 0 after END_CHANGED. */
enum fault download_keep(struct download *download, int64_t *durable);
/* May also be called while the download runs: flushes what has been written so far; *durable and
 * *validator (malloc'ed, may be NULL) describe it. FAULT_STATE if nothing can be said now. */
enum fault download_checkpoint(struct download *download, int64_t *durable, char **validator);
/* Gives up the caller's reference. Closes the part file if that was not done, deletes nothing. */
void download_free(struct download *download);

#endif
