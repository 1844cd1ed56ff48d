/* SPDX-License-Identifier: MIT */
#ifndef QMGR_PLATFORM_TICKS_H
#define QMGR_PLATFORM_TICKS_H

#include <stdint.h>

/* Goes on counting where a clock of 32 bits comes back to 0 (GetTickCount, every 49.7 days). last: the last
 * answer, 0 if there was none; tick: what the clock says now. A tick a little behind the last answer comes
 * from a thread that was overtaken, and gives the last answer again. Somebody must ask at least once in 49
 * days. */
uint64_t ticks_extend(uint64_t last, uint32_t tick);

#endif
