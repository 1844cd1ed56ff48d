/* SPDX-License-Identifier: MIT */
#include <stdatomic.h>
#include <windows.h>

#include "platform/platform.h"
#include "platform/ticks.h"
#include "platform/winapi.h"

static uint64_t extended_tick_count(void)
{
    static _Atomic uint64_t last;
    uint64_t before = atomic_load(&last);
    uint64_t now;
    do {
        now = ticks_extend(before, (uint32_t)GetTickCount());
    } while (!atomic_compare_exchange_weak(&last, &before, now));
    return now;
}

uint64_t clock_ms(void)
{
    uint64_t ms;
    return winapi_tick_count(&ms) ? ms : extended_tick_count();
}

unsigned clock_local_hour(void)
{
    SYSTEMTIME now;
    GetLocalTime(&now);
    return now.wHour;
}

int64_t clock_unix_s(void)
{
    FILETIME now;
    GetSystemTimeAsFileTime(&now);
    int64_t ticks = (int64_t)(((uint64_t)now.dwHighDateTime << 32) | now.dwLowDateTime);
    return ticks / 10000000 - INT64_C(11644473600); /* from 1601 to 1970 */
}
