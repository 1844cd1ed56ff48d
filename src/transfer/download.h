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

#include "platform/platform.h"
#include "transfer/http.h"
#include "transfer/part.h"
#include "transfer/tls.h"
#include "transfer/transfer.h"

struct download {
    atomic_int references; /* the caller's and the engine's */

    /* Set when it is made, then only read. */
    void *owner;
    char *url;
    size_t server_length; /* of "http://host:port" in url */
    char *user_pass;      /* NULL: none */
    char *part_path;      /* NULL: only the size is asked for */
    bool foreground;

    /* Anybody. */
    _Atomic int64_t bytes;
    _Atomic int64_t size;
    atomic_bool stop_wanted;

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
    bool ended; /* result is set */
    bool whole; /* all of the file is in the part file */
    int64_t modified_s;

    /* The engine's thread only. */
    struct download *next; /* in the engine's lists */
    CURL *easy;            /* while at work */
    struct curl_slist *fields;
    struct tls_peer peer;
    struct http_answer answer;
    char error[CURL_ERROR_SIZE];
    char *hop; /* where the last redirect led; NULL: url */
    int redirects;
    bool opened;  /* the part file was looked at */
    bool cut;     /* we ended the body of an answer that we do not want */
    int64_t had;  /* bytes that were there at the start, to be built upon */
    int64_t from; /* first byte asked for */
    int64_t end;  /* where the body must end, -1 if not known */
    size_t discarded;
};

/* NULL if out of memory. One reference. */
struct download *download_new(const struct download_request *request);
void download_refer(struct download *download);

/* Makes the next exchange ready on a reset handle. False: the download has ended, see result. */
bool download_set_up(struct download *download, CURL *easy, struct tls *tls,
                     const char *user_agent);
/* The exchange is over. True: there is to be another one; false: the download has ended. The
 * handle must not be in a multi handle any more. */
bool download_exchange_over(struct download *download, CURLcode rc);
/* Ends it early with this outcome, at whatever point it is. */
void download_abandon(struct download *download, enum download_end end, uint32_t win32,
                      const char *cause);

#endif
