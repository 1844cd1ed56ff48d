/* SPDX-License-Identifier: MIT */
#include <stdatomic.h>
#include <windows.h>

#include "platform/platform.h"
#include "platform/winapi.h"

/* GetTickCount comes back to 0 every 49.7 days. The last answer tells how often it has done so, as
 * long as somebody asks once in half of that time, which the runner's thread does. */
static uint64_t extended_tick_count(void)
{
    static _Atomic uint64_t last;
    uint64_t before = atomic_load(&last);
    uint64_t now;
    do {
        uint32_t step = (uint32_t)GetTickCount() - (uint32_t)before;
        if (step > INT32_MAX) {
            return before; /* another thread was ahead of us */
        }
        now = before + step;
    } while (!atomic_compare_exchange_weak(&last, &before, now));
    return now;
}

uint64_t clock_ms(void)
{
    uint64_t ms;
    return winapi_tick_count(&ms) ? ms : extended_tick_count();
}

int64_t clock_unix_s(void)
{
    FILETIME now;
    GetSystemTimeAsFileTime(&now);
    int64_t ticks = (int64_t)(((uint64_t)now.dwHighDateTime << 32) | now.dwLowDateTime);
    return ticks / 10000000 - INT64_C(11644473600); /* from 1601 to 1970 */
}
