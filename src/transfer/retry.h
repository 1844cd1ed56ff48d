/* SPDX-License-Identifier: MIT */
/* Which failures are worth another try, after how long, and when it has been tried for long enough. Tables
 * and functions that know no clock: whoever calls them says what time it is, so that they can be tested with
 * any. bits-behaviour.md sections 2, 4, 8 and 14; decisions.md.
 *
 * Times are those of a clock that nobody sets (clock_ms). The caller keeps one `struct retry` for each group
 * and guards it. */
#ifndef QMGR_TRANSFER_RETRY_H
#define QMGR_TRANSFER_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "transfer/transfer.h"

/* ---- what a failure means ------------------------------------------------------------------ */

/* END_WHOLE for 200 and 206, otherwise END_TRANSIENT or END_FATAL. */
enum download_end retry_class_of_status(long http_status);

/* ---- how long to wait ---------------------------------------------------------------------- */

#define RETRY_FIRST_MS 5000u
#define RETRY_MOST_MS 600000u
#define RETRY_MOST_FOREGROUND_MS 60000u
#define RETRY_AFTER_MOST_S 3600u

/* Wait before the next attempt, in ms. failures: attempts that failed in a row without progress,
 * from 1. chance: any number, spreads the wait by +-20 %. retry_after_s wins if it is longer. */
uint32_t retry_wait_ms(uint32_t failures, bool foreground, uint32_t retry_after_s, uint32_t chance);

/* ---- what a group has behind it ------------------------------------------------------------ */

#define RETRY_NO_PROGRESS_S (14u * 24 * 3600)

/* All zero: nothing has failed yet. */
struct retry {
    uint32_t failures; /* in a row, since the waits began anew */
    bool failed;       /* at least one since there was progress: the next failure is a retry */
    bool runs;         /* the time without progress runs, since `since` */
    uint64_t since;    /* ms */
    uint64_t stuck_ms; /* the time without progress until then */
};

/* What may happen to a group; retry.c has the table of what follows. */
enum retry_event {
    RETRY_FAILED,       /* an attempt failed, and may succeed later */
    RETRY_EXCUSED,      /* the same, but nobody is to blame: see retry_event_of */
    RETRY_GREW,         /* something that still runs is further on than before */
    RETRY_PROGRESSED,   /* an attempt ended and has brought something */
    RETRY_RESUMED,      /* somebody wants it to be tried now: ResumeGroup, SwitchToForeground */
    RETRY_NETWORK_BACK, /* there is a network again, or another one */
    RETRY_EVENTS
};

/* What to note of an attempt that ended with END_TRANSIENT: RETRY_EXCUSED if the server was not found or not
 * reached, and `offline`: there is no network, and the server is beyond it. Or if the drive is locked. */
enum retry_event retry_event_of(const struct download_result *result, bool offline);
/* True if this is one more retry, to be counted in GetStatus. */
bool retry_note(struct retry *retry, enum retry_event event, uint64_t now);
/* Seconds without progress; to be recorded, so that the next process goes on counting (retry_go_on). The time
 * in which no process runs does not count, nor does that after RETRY_EXCUSED. */
uint32_t retry_stuck_s(const struct retry *retry, uint64_t now);
struct retry retry_go_on(uint32_t stuck_s);
/* It has been tried for long enough: the group fails, with the error of its last failure. Asked after
 * RETRY_FAILED. */
bool retry_gives_up(const struct retry *retry, uint64_t now);

#endif
