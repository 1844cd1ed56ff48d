/* SPDX-License-Identifier: MIT */
/* How bytes arrive: one thread runs libcurl's multi interface; each download goes into a part
 * file.
 *
 * The caller (runner) starts downloads, reads their counters at any time without a lock, asks
 * them to stop, and is told of each end by a callback on the transfer thread. It then settles
 * the download on a thread of its own, since that flushes to disk. The life of a download:
 *
 *     transfer_start -> (counters move) -> on_end -> download_seal -> download_land
 *                                                 or download_keep
 *                    -> download_free
 *
 * What the caller records of a part file it hands back at the next start, with the means to prove
 * it: the stamp tells that nobody has written to the file since it was closed; where that fails,
 * after a crash, the prefix tells whether the bytes are still those that were flushed.
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
    END_WHOLE,   /* the whole body is in the part file (or, for a size question: answered) */
    END_STOPPED, /* transfer_stop asked for it, or the background may not run in this hour: started
                    * again, it waits for a better one */
    END_TRANSIENT, /* worth another try after a while */
    END_FATAL,     /* trying again would not help */
    /* What we had cannot be built upon (another version on the server, no ranges, a part file that
     * is not what was written). The part file's bytes have not been touched, since the caller's
     * records still claim them: it records that nothing is durable, then starts again from
     * nothing, at once. Never after a start with durable 0 that is not `whole`. */
    END_CHANGED,
};

struct download_result {
    enum download_end end;
    uint32_t win32;         /* Win32 code, 0 if an HTTP status was the cause, or no error */
    uint32_t http;          /* HTTP status, 0 if none was the cause */
    uint32_t retry_after_s; /* the server's Retry-After, 0 if none, at most 3600 */
    bool progressed;        /* the file became whole (and could be finished), or more of it can be
                             * built upon (download_keep) than at the start; from nothing, also
                             * than this engine's last start with END_CHANGED had */
    char cause[160];        /* one sentence for the log, without secrets; "" if none */
};

struct transfer_options {
    /* Called on the transfer thread, with no lock held, once for each started download. Must not
     * block; usually puts the download into a list and sets an event. */
    void (*on_end)(void *context, struct download *download);
    void *context;
    /* Seconds after which an attempt ends with END_TRANSIENT: without a connection (with TLS, if
     * there is to be any), without a byte. 0: 60 and 300, as everywhere but in tests. */
    uint32_t connect_s, silence_s;
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
    const char *part;   /* part file; made if it is missing. NULL: only ask for the size (HEAD) */
    const char *target; /* where the part file goes in the end; NULL for size questions */
    const char *folder; /* identity that the folder of both must have, and a sign that files there
                         * are known by their numbers (folder_is_steady); NULL: not known */
    int64_t size;       /* as known so far, -1 if unknown */
    int64_t durable; /* go on from here if the part file proves to hold these bytes still, and the
                         * server that it has still the same file */
    const char *validator; /* for If-Range; NULL: start from nothing */
    struct blob stamp;  /* download_stamp when the part file was closed last; {NULL,0}: not known */
    struct blob prefix; /* of the `durable` bytes, from download_prefix or a checkpoint; {NULL,0}:
                            * not known. Without it only an equal stamp proves anything. */
    bool whole; /* download_seal was called: the part file is only to be put in place. No server is
                 * asked; END_WHOLE if the stamp shows that the part file (or the target, if it
                 * was renamed just before a crash) is what was sealed, else END_CHANGED. */
    bool foreground; /* before the others, and without their limits (throttle.h) */
    int64_t tag;     /* names it in the log: "file TAG" */
    void *owner;     /* for the caller: download_owner gives it back */
};

/* Hands the request to the thread; all strings and blobs are copied. *out has one reference, the caller's,
 * and is set before on_end can be called (which may be before this returns). FAULT_MEMORY:
 * nothing was started. */
enum fault transfer_start(struct transfer *transfer, const struct download_request *request,
                          struct download **out);
/* Asks for an early end; returns at once. Harmless if the download has ended already. */
void transfer_stop(struct transfer *transfer, struct download *download);
/* It goes to the foreground, at once; there is no way back. Harmless if it has ended already. */
void transfer_hasten(struct transfer *transfer, struct download *download);

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
/* After END_WHOLE: checks that the part file has the size that was written, gives it the server's
 * time stamp (none if a resumed download's answers did not tell, which may be with an entity tag),
 * flushes and closes it. download_stamp (if the system tells it) then tells it from any other: recorded, it spares the
 * next process the download if this one dies before the target is in place. Sealed already (a
 * request with `whole`): FAULT_NONE.
 *
 * On failure the part file stays, *win32 says why, and download_result is as if the download had
 * ended so: END_TRANSIENT for what passes by itself (out of memory, the file in use by a virus
 * scanner, the drive not ready), else END_FATAL. It can then be tried again, or the bytes kept
 * (download_keep). If somebody else wrote to the part file there is nothing to keep and no validator:
 * END_TRANSIENT, and only a new start from nothing can help.
 * FAULT_STATE if the file is not whole. */
enum fault download_seal(struct download *download, uint32_t *win32);
/* After download_seal: renames the part file onto target, if nobody has written to it meanwhile. A
 * read-only or opened target is an error. Nothing is done if a request with `whole` found that
 * this had happened already. Errors as with download_seal; the file then stays sealed
 * (download_is_sealed), and a request with `whole` can try again without fetching anything.
 * FAULT_STATE if it is not sealed. */
enum fault download_land(struct download *download, const char *target, uint32_t *win32);
/* All of the file lies sealed in the part file, as far as is known: to be recorded as whole, with
 * download_stamp. Also after a request with `whole` that ended before it had shown the contrary. */
bool download_is_sealed(const struct download *download);
/* After any other end, or when seal or land failed: flushes and closes the part file. *durable:
 * bytes that may be built upon later; 0 after END_CHANGED. To be recorded with download_prefix and
 * download_stamp, whatever they are. Reads back what was written since the last checkpoint. On a
 * fault *durable is 0. */
enum fault download_keep(struct download *download, int64_t *durable);
/* After download_seal or download_keep: what to record for the request's fields of these names.
 * Owned by the download. {NULL,0} if nothing is durable, or it is not known. */
struct blob download_prefix(const struct download *download);
struct blob download_stamp(const struct download *download);

struct checkpoint {
    int64_t durable;
    char *validator;    /* malloc'ed */
    struct blob prefix; /* of the `durable` bytes */
};
/* While the download runs: flushes what has been written so far, and reads it back for the prefix
 * (no lock is held meanwhile). To be recorded without a stamp, since more is going to be written.
 * The caller clears *checkpoint, which is empty on a fault. FAULT_STATE if nothing can be said
 * now; what cannot be read back is not claimed, but what was recorded before may stay. */
enum fault download_checkpoint(struct download *download, struct checkpoint *checkpoint);
void checkpoint_clear(struct checkpoint *checkpoint);
/* Gives up the caller's reference. Closes the part file if that was not done, deletes nothing. */
void download_free(struct download *download);

#endif
