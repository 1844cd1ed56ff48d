/* SPDX-License-Identifier: MIT */
#include "platform/ticks.h"

#define OVERTAKEN_MOST_MS (10u * 60 * 1000)

uint64_t ticks_extend(uint64_t last, uint32_t tick)
{
    if (last == 0)
        return tick;
    uint32_t step = tick - (uint32_t)last;
    return step > UINT32_MAX - OVERTAKEN_MOST_MS ? last : last + step;
}
