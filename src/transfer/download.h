/* SPDX-License-Identifier: MIT */
/* One download, as the engine sees it: what transfer.h says of it, and the steps that the
 * engine's thread takes with it. A download may need several exchanges with servers
 * (redirects). */
#ifndef QMGR_TRANSFER_DOWNLOAD_H
#define QMGR_TRANSFER_DOWNLOAD_H

#include <curl/curl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "platform/digest.h"
#include "platform/platform.h"
#include "transfer/http.h"
#include "transfer/part.h"
#include "transfer/proxies.h"
#include "transfer/route.h"
#include "transfer/throttle.h"
#include "transfer/tls.h"
#include "transfer/transfer.h"

struct download {
    atomic_int references; /* the caller's and the engine's */

    /* Set when it is made, then only read. */
    bool recalls; /* it was sealed before, and is only to be put in place */
    bool is_ftp, is_file;
    int64_t tag;
    void *owner;
    char *url;
    size_t server_length; /* of "http://host:port" in url */
    char *user_pass;      /* NULL: none */
    char *part_path;      /* NULL: only the size is asked for */
    char *target;         /* NULL unless `recalls` */
    char *folder;         /* identity of the part file's folder; NULL: not known */

    /* Anybody. */
    _Atomic int64_t bytes;
    _Atomic int64_t size;
    atomic_bool stop_wanted;
    atomic_bool foreground; /* once set, it stays */

    /* Under guard, which is held while bytes are handed to the system but never while they are
     * flushed: what can be said about the part file while the download runs. */
    struct lock *guard;
    struct part *part;
    char *
        validator; /* version that the part file's bytes belong to; NULL: none that can be proven */
    bool begun;    /* bytes of this attempt go into the part file, from `from` on */
    uint32_t generation; /* grows when it begins, or its bytes turn out to be worth nothing */

    /* The engine's thread until on_end, then whoever settles it. */
    struct download_result result;
    bool ended;   /* result is set */
    bool whole;   /* all of the file is in the part file */
    bool sealed;  /* and that is closed and stamped, as far as is known, but not in place */
    bool checked; /* the part file is what was recorded */
    /* What is known of the part file while nothing writes to it: given with the request, then as
     * measured. */
    bool stamped, prefixed;
    uint8_t prefix[DIGEST_SAVED_SIZE];
    struct file_stamp stamp;
    int64_t modified_s;
    int64_t had;  /* bytes that were there at the start, to be built upon */
    int64_t lost; /* that were there once, and could not be built upon: to have them again is no
                   * progress */

    /* Of the part file's first bytes, as many as were read back. The engine's thread until `begun`,
     * then whoever makes checkpoints and settles it. */
    struct digest digest;

    /* The engine's thread only. */
    struct download *next; /* in the engine's lists */
    struct transfer *engine;
    struct thread *copier;     /* while it is copied */
    struct throttle *throttle; /* the engine's; set before the first exchange */
    CURL *easy;                /* while at work */
    intptr_t lane;             /* its connection, or NO_LANE */
    uint64_t taken;            /* bytes since the throttle has looked */
    uint64_t ticket;           /* who is held: the lowest goes on first */
    struct curl_slist *fields;
    struct tls_peer peer;
    struct http_answer answer;
    char error[CURL_ERROR_SIZE];
    char *hop;           /* where the last redirect led; NULL: url */
    struct route *route; /* of the next exchange, or of this one; NULL: not known yet */
    int redirects;
    int ftp_refusal;       /* the last of this exchange, 0 without */
    unsigned refusals;     /* answers of this exchange that wanted to know who it is */
    bool opened;           /* the part file was looked at */
    bool local;            /* the bytes come from this machine */
    bool held;             /* paused by the throttle */
    bool cut;              /* we ended the body of an answer that we do not want */
    uint64_t claimed_hash; /* of the bytes that were there, by what was recorded */
    int64_t from;          /* first byte asked for */
    int64_t end;           /* where the body must end, -1 if not known */
    size_t discarded;
};

/* NULL if out of memory. One reference. */
struct download *download_new(const struct download_request *request);
void download_refer(struct download *download);

/* ---- the engine's thread (download_check.c, download.c) ----------------------------------------- */

enum download_check {
    CHECK_GOES_ON, /* call it again */
    CHECK_PASSED,  /* what is there can be built upon: on to the first exchange */
    CHECK_ENDED,   /* the download has ended, see result */
};
/* Is there something to look at before the first exchange? */
bool download_must_check(const struct download *download);
/* Looks whether the part file is what was recorded; one slice at a time, since all of it may have to
 * be read. */
enum download_check download_check(struct download *download);

/* May the next exchange, or the copy, use its scheme? False: the download has ended, see result. */
bool download_is_allowed(struct download *download, unsigned schemes);
/* Is the way to the next exchange's server known, or has the download ended for lack of one (`ended`)? If not, a
 * script has been asked, and there will be news. */
bool download_is_routed(struct download *download, struct proxies *proxies);
/* Makes the next exchange ready on a reset handle, if it is routed. False: the download has ended, see result. */
bool download_set_up(struct download *download, CURL *easy, struct tls *tls,
                     const char *user_agent);
/* The exchange is over. True: there is to be another one; false: the download has ended. The
 * handle must not be in a multi handle any more. */
bool download_exchange_over(struct download *download, CURLcode rc);
/* What copy.c has in common with libcurl's callbacks. The answer is filled in: true if its body may come,
 * or it is no success; false: the download has ended. */
bool download_accept_answer(struct download *download);
/* Bytes of the body. False: the download has ended. */
bool download_take(struct download *download, const char *data, size_t length);
/* Ends it early with this outcome, at whatever point it is. */
void download_abandon(struct download *download, enum download_end end, uint32_t win32,
                      const char *cause);

/* ---- for the files download*.c ------------------------------------------------------------------ */

/* True if it has: there was an error. */
bool download_ended_by_file(struct download *download, int system_error, const char *doing);
/* The bytes in the part file are worth nothing any more. */
void download_forget_bytes(struct download *download);
/* What we had cannot be built upon. The part file stays as it is: the caller's records still
 * claim its bytes, and were they replaced, a crash would leave claims to bytes of another
 * version. */
void download_end_changed(struct download *download, int64_t size, const char *cause);
void download_end_whole(struct download *download);
/* Takes over the part file's stamp, or that it has none. */
void download_note_stamp(struct download *download);
/* Are there more bytes that can be built upon than at the start, and, where it started from
 * nothing, than were given up before? */
bool download_has_gained(struct download *download);

#endif
