/* SPDX-License-Identifier: MIT */
#include "transfer/rate.h"

#include <stdbool.h>

enum {
    SAMPLE_LEAST_MS = 100,
    SAMPLE_MOST_MS = 5000, /* beyond it, what was before is no longer true */
    SETTLE_MS = 2000, /* a TCP connection doubles its rate each round trip at first, then slowly */
    DRAIN_MOST_MS = 5000,
    PROBE_MS = 1000,
    PROBE_WAIT_LEAST_MS = 4000, /* between attempts; doubled after each that was of no use */
    PROBE_WAIT_MOST_MS = 32000,
    HALF_LIFE_S = 600, /* of a capacity that is not seen again */
    ALIKE_ENOUGH =
        2, /* one sample may be a stall of ours: bytes that came and were not taken yet */
};

#define RATE_MOST (UINT64_C(1) << 40) /* beyond any network; products stay below 2^63 */
#define FLOOR_LEAST 1024u
#define NOISE_LEAST 512u
#define NOISE_USUAL 8192u /* what a local network's own chatter may come to */

/* Parts of what comes now. */
#define FLOOR_PART 64  /* that is always ours, so that the group gets on */
#define NOISE_PART 128 /* up to which foreign traffic does not count */
/* Of what is ours, in 1024ths: what comes with it and is not counted, such as TLS records. */
#define HIDDEN_LEAST 8
#define HIDDEN_MOST 64
/* Parts of the capacity. */
#define SPARE_PART 10 /* left unused beside others, so that queues stay short */
#define STEP_PART 32  /* more for us with each sample */
#define PROBE_PART 16 /* more than we believe to be there */

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t less(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

static uint64_t per_second(uint64_t bytes, uint32_t elapsed_ms)
{
    return least(least(bytes, RATE_MOST) * 1000 / elapsed_ms, RATE_MOST);
}

/* ---- what was seen ------------------------------------------------------------------------- */

/* By what comes now, not by the capacity: that may be of another network, or of another part of the way. */
static bool is_noise(const struct rate *rate, int64_t foreign)
{
    uint64_t noise = most(rate->total / NOISE_PART, least(rate->capacity / 4, NOISE_USUAL));
    return foreign <= (int64_t)most(noise, NOISE_LEAST);
}

static bool is_quiet(const struct rate *rate)
{
    return is_noise(rate, rate->surplus);
}

/* Over two samples, since what we take now may have come, and been counted, in the one before. */
static void see_foreign(struct rate *rate, uint64_t ours)
{
    uint64_t hidden = rate->hidden > HIDDEN_LEAST ? rate->hidden : HIDDEN_LEAST;
    int64_t surplus = (int64_t)rate->total - (int64_t)(ours + ours * hidden / 1024);
    int64_t mean = (surplus + rate->surplus) / 2;
    rate->surplus = surplus;
    rate->foreign = mean > 0 ? (uint64_t)mean : 0;
}

/* Up quickly, but not by a single burst; down slowly. */
static void learn_capacity(struct rate *rate, uint32_t elapsed_ms)
{
    uint64_t total = rate->total;
    if (rate->capacity == 0) {
        rate->capacity = total;
    } else if (total > rate->capacity) {
        rate->capacity += (total - rate->capacity + 1) / 2;
    } else {
        rate->capacity -= rate->capacity * elapsed_ms / (HALF_LIFE_S * 1443);
    }
}

/* ---- the states ---------------------------------------------------------------------------- */

static void enter_free(struct rate *rate)
{
    rate->state = RATE_STATE_FREE;
    rate->alike = 0;
    rate->wait_ms = 0;
}

static void enter_yield(struct rate *rate)
{
    rate->state = RATE_STATE_YIELD;
    rate->alike = 0;
    rate->allowed = rate->least = most(rate->total / FLOOR_PART, FLOOR_LEAST);
    rate->demand = 0;
    rate->left_ms = SETTLE_MS;
    rate->drain_ms = DRAIN_MOST_MS;
}

/* What the link has beside the others. */
static uint64_t rest(const struct rate *rate)
{
    return less(rate->capacity - rate->capacity / SPARE_PART, rate->demand);
}

static void enter_share(struct rate *rate)
{
    rate->state = RATE_STATE_SHARE;
    rate->alike = 0;
    rate->squeezed = 0;
    rate->allowed = most(rate->least, rest(rate) / 2);
    rate->wait_ms =
        rate->wait_ms > PROBE_WAIT_LEAST_MS ? rate->wait_ms : (uint32_t)PROBE_WAIT_LEAST_MS;
    rate->left_ms = rate->wait_ms;
}

/* Counts samples in a row for which this is true. */
static bool twice(uint32_t *alike, bool now)
{
    *alike = now ? *alike + 1 : 0;
    return *alike >= ALIKE_ENOUGH;
}

static void free_sample(struct rate *rate)
{
    if (twice(&rate->alike, !is_noise(rate, (int64_t)rate->foreign))) {
        enter_yield(rate);
    }
}

/* What was under way for us still comes, into the sockets: until then the others cannot have grown. */
static void yield_sample(struct rate *rate, uint32_t elapsed_ms, uint64_t ours)
{
    rate->demand = (rate->demand + rate->foreign) / 2;
    if (ours > rate->total / 4 && ours > 2 * rate->least && rate->drain_ms > elapsed_ms) {
        rate->drain_ms -= elapsed_ms;
        return;
    }
    rate->left_ms = rate->left_ms > elapsed_ms ? rate->left_ms - elapsed_ms : 0;
    if (twice(&rate->alike, is_quiet(rate))) {
        /* Perhaps there was nobody, and what looked so came with what is ours. */
        rate->hidden = (uint32_t)least(2 * most(rate->hidden, HIDDEN_LEAST), HIDDEN_MOST);
        enter_free(rate);
    } else if (rate->left_ms == 0) {
        rate->hidden -= rate->hidden / 4;
        enter_share(rate);
    }
}

/* Have the others lost what we have taken? */
static bool are_squeezed(const struct rate *rate, uint64_t ours)
{
    return !is_quiet(rate) && rate->foreign < rate->demand - rate->demand / 8 &&
           ours > 2 * rate->least;
}

/* A little more than there seems to be, for a second. If the link carries it, that has become known. */
static void probe(struct rate *rate, uint32_t elapsed_ms, bool learned)
{
    bool probing = rate->left_ms <= PROBE_MS;
    rate->left_ms = rate->left_ms > elapsed_ms ? rate->left_ms - elapsed_ms : 0;
    if (probing && learned) {
        rate->wait_ms = PROBE_WAIT_LEAST_MS;
        rate->left_ms = PROBE_MS;
    } else if (rate->left_ms == 0) {
        rate->wait_ms = (uint32_t)least(2 * (uint64_t)rate->wait_ms, PROBE_WAIT_MOST_MS);
        rate->left_ms = rate->wait_ms;
    }
}

static void share_sample(struct rate *rate, uint32_t elapsed_ms, uint64_t ours, bool learned)
{
    if (twice(&rate->alike, is_quiet(rate))) {
        enter_free(rate);
        return;
    }
    if (twice(&rate->squeezed, are_squeezed(rate, ours))) {
        rate->capacity = least(rate->capacity, rate->foreign + ours);
        enter_yield(rate);
        return;
    }
    /* What they have beside the floor is what they want, even if it is less than it was. */
    if (rate->foreign > rate->demand || ours <= 2 * rate->least) {
        rate->demand = (rate->demand + rate->foreign + 1) / 2;
    }
    probe(rate, elapsed_ms, learned);
    uint64_t limit = most(rest(rate), rate->least);
    if (rate->left_ms <= PROBE_MS) {
        limit = less(rate->capacity, rate->demand) + rate->capacity / PROBE_PART;
    }
    rate->allowed = least(rate->allowed + rate->capacity / STEP_PART, most(limit, FLOOR_LEAST));
}

/* ---- for the caller ------------------------------------------------------------------------ */

void rate_sample(struct rate *rate, uint32_t elapsed_ms, uint64_t received, uint64_t ours)
{
    if (elapsed_ms < SAMPLE_LEAST_MS) {
        return;
    }
    if (elapsed_ms > SAMPLE_MOST_MS) {
        *rate = (struct rate){.capacity = rate->capacity};
        return;
    }
    uint64_t before = rate->capacity;
    uint64_t our_rate = per_second(ours, elapsed_ms);
    rate->total = per_second(received, elapsed_ms);
    see_foreign(rate, our_rate);
    learn_capacity(rate, elapsed_ms);
    switch (rate->state) {
    case RATE_STATE_FREE: free_sample(rate); break;
    case RATE_STATE_YIELD: yield_sample(rate, elapsed_ms, our_rate); break;
    case RATE_STATE_SHARE:
        share_sample(rate, elapsed_ms, our_rate, rate->capacity > before + before / 64);
        break;
    }
}

uint64_t rate_allowed(const struct rate *rate)
{
    return rate->state == RATE_STATE_FREE ? RATE_FREE : rate->allowed;
}
