/* SPDX-License-Identifier: MIT */
#include "runner/live.h"

static uint64_t add_saturating(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t subtract(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

static uint64_t positive(int64_t value)
{
    return value > 0 ? (uint64_t)value : 0;
}

void tally_add(struct tally *tally, int64_t bytes, int64_t size)
{
    tally->files++;
    tally->bytes = add_saturating(tally->bytes, positive(bytes));
    if (size < 0)
        tally->unknown++;
    else
        tally->total = add_saturating(tally->total, positive(size));
}

void tally_remove(struct tally *tally, int64_t bytes, int64_t size)
{
    if (tally->files > 0)
        tally->files--;
    tally->bytes = subtract(tally->bytes, positive(bytes));
    if (size >= 0)
        tally->total = subtract(tally->total, positive(size));
    else if (tally->unknown > 0)
        tally->unknown--;
}

static uint32_t percent_below_100(uint64_t bytes, uint64_t total)
{
    if (total == 0)
        return 0;
    if (bytes >= total)
        return 99;
    uint64_t percent = total > UINT64_MAX / 100 ? bytes / (total / 100) : bytes * 100 / total;
    return percent > 99 ? 99 : (uint32_t)percent;
}

struct progress tally_progress(const struct tally *tally)
{
    struct progress progress = {.bytes = tally->bytes};
    if (tally->unknown == 0) {
        progress.total = tally->total;
        progress.percent = percent_below_100(tally->bytes, tally->total);
    }
    return progress;
}
