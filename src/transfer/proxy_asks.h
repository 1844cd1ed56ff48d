/* SPDX-License-Identifier: MIT */
/* Questions to scripts, which may take long, without waiting for the answers: a thread of its own asks while there
 * is something to ask, and what it was told is kept for a while.
 *
 * A script is asked once for each server (scheme, host, port), not for each file, as Internet Explorer does. A
 * script that gives no answer is left alone for a while, whatever the server. */
#ifndef QMGR_TRANSFER_PROXY_ASKS_H
#define QMGR_TRANSFER_PROXY_ASKS_H

#include <stdbool.h>
#include <stdint.h>

#include "transfer/proxy_system.h"

struct proxy_asks;

/* Blocks; called by the thread. proxy_system_ask, or a test's. */
typedef bool proxy_asker(const char *script, const char *url, bool own_logon,
                         struct proxy_answer *answer);

struct proxy_asks_options {
    proxy_asker *ask;
    /* Called by the thread when there is news: proxy_asks_get would say more than before. With a lock held: it
     * must not block or call anything here. Not after proxy_asks_free. */
    void (*news)(void *context);
    void *context;
    uint32_t patience_ms; /* for one answer */
    uint32_t keep_ms;     /* an answer, or that there is none */
};

/* NULL if out of memory. */
struct proxy_asks *proxy_asks_new(const struct proxy_asks_options *options);
/* Does not wait for the thread, which may be in the middle of a question: it ends by itself. NULL is harmless. */
void proxy_asks_free(struct proxy_asks *asks);

enum proxy_asked {
    ASKED_LATER,  /* has been asked now or before: wait for the news */
    ASKED_ANSWER, /* *answer is a copy, which the caller clears */
    ASKED_NOTHING /* no answer within the time, or no thread or memory to ask: do without */
};
/* script NULL: the one that the network tells of. One thread at a time. */
enum proxy_asked proxy_asks_get(struct proxy_asks *asks, const char *script, const char *url,
                                bool own_logon, struct proxy_answer *answer);
/* Is there a question without an answer? Then the caller looks again within a second: nobody tells it that its
 * patience is at an end. */
bool proxy_asks_pending(struct proxy_asks *asks);

#endif
