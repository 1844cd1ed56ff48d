/* SPDX-License-Identifier: MIT */
/* Keeps background downloads within their limits: the fixed one of the settings RateLimit and RateHours, for all of
 * them, and the one that adapts to what others do with the network (rate.h; setting RateAdapt), for those whose bytes
 * come over a network. Both are for all such downloads of the engine together.
 *
 * A download that may have no more for now is paused: libcurl then leaves what comes in the socket, until TCP's window
 * is full and the server stops. (libcurl's own limit, CURLOPT_MAX_RECV_SPEED_LARGE, is for each transfer alone, and
 * counts waiting as silence of the server.) Debts are allowed: a piece that libcurl has read is taken whole, and paid
 * for by waiting.
 *
 * The engine's thread only. */
#ifndef QMGR_TRANSFER_THROTTLE_H
#define QMGR_TRANSFER_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

#include "platform/netload.h"
#include "transfer/lanes.h"
#include "transfer/rate.h"

struct download;

struct throttle {
    /* Settings, as of the last look. */
    uint64_t next_look; /* clock_ms */
    bool adapts;
    uint64_t fixed; /* bytes per second; RATE_FREE; 0: background downloads may not run */
    bool wants_1_1; /* throttle_wants_1_1 was true */

    struct lanes lanes;
    struct netload netload;
    struct rate rate;
    uint64_t sampled_at; /* clock_ms */
    uint64_t ours;       /* bytes taken since then */
    uint64_t queued;     /* bytes that had come then and were not taken */

    uint64_t filled_at;                    /* clock_ms */
    int64_t fixed_tokens, adaptive_tokens; /* bytes that may be taken; negative: a debt */
    uint64_t tickets;                      /* that were given */
};

/* Reads the settings. */
void throttle_init(struct throttle *throttle);
/* Time has passed: looks at settings and network if it is time, and fills up what may be taken. `active` are the
 * downloads at work. */
void throttle_tick(struct throttle *throttle, struct download *const *active, size_t count);
/* Milliseconds until the next call of throttle_tick is worth it. */
uint32_t throttle_wait_ms(const struct throttle *throttle, struct download *const *active,
                          size_t count);

/* Background downloads may not run at all in this hour. */
bool throttle_forbids(const struct throttle *throttle, const struct download *download);
/* This exchange must not use HTTP/2, since something may have to be held: libcurl gives each stream a window of 32 MiB,
 * and keeps what comes for one that is paused in memory. Once true, then for all that follow, the foreground's too: where
 * some connections to a server speak HTTP/2, libcurl 7.88 takes the others, which do not, for such as well, and sends a
 * second request while they are busy. */
bool throttle_wants_1_1(struct throttle *throttle, const struct download *download);
/* No bytes for this download now. Never for a stream of HTTP/2 that began before there was a limit. */
bool throttle_holds(const struct throttle *throttle, const struct download *download);
/* It is held, after those that are held already. */
void throttle_hold(struct throttle *throttle, struct download *download);
/* So many bytes came for it. */
void throttle_spend(struct throttle *throttle, struct download *download, uint64_t bytes);
/* The largest buffer that libcurl should read into: a burst of 50 ms. */
long throttle_buffer(const struct throttle *throttle, const struct download *download);

/* An exchange with that URL is made ready on download->easy. */
CURLcode throttle_set_up(struct throttle *throttle, struct download *download, const char *url);
/* It has its connection. */
void throttle_connected(struct throttle *throttle, struct download *download);
/* It has gone to the foreground while it was at work. */
void throttle_hastened(struct throttle *throttle, const struct download *download);

#endif
