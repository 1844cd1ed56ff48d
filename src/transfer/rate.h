/* SPDX-License-Identifier: MIT */
/* How fast all background downloads together may be, beside what others do with the same network.
 *
 * A controller without system calls. About twice a second its caller tells what the network
 * brought, and how much of that was for background downloads; what is left over is foreign: the
 * user's. As BITS does, it looks at the traffic of the machine's interfaces; that the link's
 * capacity is learned from it, and that others come first, is LEDBAT's aim (RFC 6817), which
 * itself has to be built into the sender.
 *
 * On a full link the others' rate depends on ours, so that it cannot simply be subtracted. Hence:
 *
 *     FREE   no foreign traffic: no limit.
 *     YIELD  some has appeared: next to nothing for two seconds, in which it can grow to what it
 *            wants.
 *     SHARE  what the link has beside that: half of it at first, then more in steps. If the others
 *            lose by it, then the link is full, and carries no more than it does now: YIELD again.
 *            From time to time a little more is tried, since the link may carry more than it was
 *            ever seen to.
 *
 * From YIELD and SHARE back to FREE as soon as the foreign traffic has ended. */
#ifndef QMGR_TRANSFER_RATE_H
#define QMGR_TRANSFER_RATE_H

#include <stdint.h>

#define RATE_FREE UINT64_MAX

enum rate_state { RATE_STATE_FREE, RATE_STATE_YIELD, RATE_STATE_SHARE };

/* All rates in bytes per second. All zero: nothing is known yet, and nothing limited. */
struct rate {
    enum rate_state state;
    uint64_t capacity; /* of the link, as far as it was seen */
    uint64_t allowed;  /* in YIELD and SHARE */
    uint64_t least;    /* in YIELD and SHARE, what is ours in any case */
    uint64_t demand;   /* YIELD, SHARE: what the others want */
    uint64_t total;    /* as of the last sample: all that came */
    int64_t surplus;   /* and what of that was not ours; negative: we took what had come before */
    uint64_t foreign;  /* the mean of the last two surpluses, if it is above 0 */
    uint32_t hidden;   /* 1024ths of ours that come with it, not counted as ours */
    uint32_t alike;    /* samples in a row that speak for another state */
    uint32_t left_ms;  /* YIELD: how much longer; SHARE: until more is tried, or that ends */
    uint32_t drain_ms; /* YIELD: how much longer ours may go on to arrive */
    uint32_t wait_ms;  /* SHARE: between two such attempts */
    uint32_t squeezed; /* SHARE: samples in a row in which the others had less than they want */
};

/* In the elapsed time the network has brought `received` bytes, of which background downloads took
 * `ours`. After more than a few seconds without a sample it begins anew, but for the capacity. Shorter times
 * than a tenth of a second tell nothing and must not be given. Sums are safe with any numbers. */
void rate_sample(struct rate *rate, uint32_t elapsed_ms, uint64_t received, uint64_t ours);
/* RATE_FREE, or bytes per second, at least 1024. */
uint64_t rate_allowed(const struct rate *rate);

#endif
