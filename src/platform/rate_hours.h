/* SPDX-License-Identifier: MIT */
/* The setting RateHours: limits by the hours of the day.
 *
 *     8-18=50000 18-22=200000 22-8=none
 *
 * Entries are separated by blanks, commas or semicolons. FROM-TO=LIMIT holds from the full hour FROM (0 to 23) until the
 * full hour TO (1 to 24), through midnight if TO is not after FROM; LIMIT is bytes per second, 0 to 4294967295, or the
 * word `none`. The first entry that covers an hour decides. At most 64 entries. */
#ifndef QMGR_PLATFORM_RATE_HOURS_H
#define QMGR_PLATFORM_RATE_HOURS_H

#include <stdbool.h>
#include <stdint.h>

#define RATE_HOURS_NONE UINT64_MAX

/* Is all of the text as said above? */
bool rate_hours_are_right(const char *text);
/* True if an entry covers that hour (0 to 23); then *limit is bytes per second, or RATE_HOURS_NONE. False also for a text
 * that is not right. */
bool rate_hours_find(const char *text, unsigned hour, uint64_t *limit);

#endif
