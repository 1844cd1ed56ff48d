/* SPDX-License-Identifier: MIT */
#include "transfer/retry.h"

#include <stddef.h>

#include "transfer/errors.h"

#define CODE_DRIVE_LOCKED 108u /* as while chkdsk runs */

/* ---- what a failure means ------------------------------------------------------------------ */

/* bits-behaviour.md section 2. A redirect only gets here if it could not be followed. What the
 * table does not name is transient. 429 (RFC 6585, years after that table) says itself that it is. */
static const struct status_class {
    long first, last;
    enum download_end end;
} status_classes[] = {
    {200, 200, END_WHOLE}, {206, 206, END_WHOLE},     {300, 305, END_FATAL},
    {307, 308, END_FATAL}, {408, 409, END_TRANSIENT}, {429, 429, END_TRANSIENT},
    {400, 499, END_FATAL}, {501, 501, END_FATAL},     {505, 505, END_FATAL},
};

enum download_end retry_class_of_status(long http_status)
{
    for (size_t i = 0; i < sizeof status_classes / sizeof *status_classes; i++) {
        const struct status_class *row = &status_classes[i];
        if (http_status >= row->first && http_status <= row->last) {
            return row->end;
        }
    }
    return END_TRANSIENT;
}

/* ---- how long to wait ---------------------------------------------------------------------- */

uint32_t retry_wait_ms(uint32_t failures, bool foreground, uint32_t retry_after_s, uint32_t chance)
{
    uint32_t most = foreground ? RETRY_MOST_FOREGROUND_MS : RETRY_MOST_MS;
    uint32_t wait = RETRY_FIRST_MS;
    for (uint32_t i = 1; i < failures && wait < most; i++) {
        wait *= 2;
    }
    wait = wait < most ? wait : most;

    /* +-20 %, so that many clients do not come back at the same moment. Never below the first
     * wait, which is the least that the documents allow. */
    wait = wait / 1000 * (800 + chance % 401);
    wait = wait < RETRY_FIRST_MS ? RETRY_FIRST_MS : wait < most ? wait : most;

    uint32_t asked_s = retry_after_s < RETRY_AFTER_MOST_S ? retry_after_s : RETRY_AFTER_MOST_S;
    return asked_s * 1000 > wait ? asked_s * 1000 : wait;
}

/* ---- what a group has behind it ------------------------------------------------------------ */

/* Without a network the waits grow too, since we may be wrong: there might be one that we do not see. When one
 * comes, they begin anew: name servers often take a little longer than addresses. A resumed group is tried at
 * once, but its time without progress goes on: a program that resumes its group each day would else never
 * learn that nothing comes of it. What runs on beside a file that fails shows that the group gets on, but not
 * that the file should be asked for more often. */
static const struct effect {
    enum { WAITS_STAY, WAITS_GROW, WAITS_ANEW } waits;
    enum { TIME_STAYS, TIME_RUNS, TIME_STOPS, TIME_ANEW } time;
    bool counts;
} effects[RETRY_EVENTS] = {
    [RETRY_FAILED] = {WAITS_GROW, TIME_RUNS, true},
    [RETRY_EXCUSED] = {WAITS_GROW, TIME_STOPS, false},
    [RETRY_GREW] = {WAITS_STAY, TIME_ANEW, false},
    [RETRY_PROGRESSED] = {WAITS_ANEW, TIME_ANEW, false},
    [RETRY_RESUMED] = {WAITS_ANEW, TIME_STAYS, false},
    [RETRY_NETWORK_BACK] = {WAITS_ANEW, TIME_STAYS, false},
};

static uint64_t stuck_ms(const struct retry *retry, uint64_t now)
{
    return retry->stuck_ms + (retry->runs && now > retry->since ? now - retry->since : 0);
}

enum retry_event retry_event_of(const struct download_result *result, bool offline)
{
    bool unreached = result->http == 0 && (result->win32 == CODE_NAME_NOT_RESOLVED ||
                                           result->win32 == CODE_CANNOT_CONNECT);
    return (offline && unreached) || result->win32 == CODE_DRIVE_LOCKED ? RETRY_EXCUSED
                                                                        : RETRY_FAILED;
}

bool retry_note(struct retry *retry, enum retry_event event, uint64_t now)
{
    const struct effect *effect = &effects[event];
    bool counted = effect->counts && retry->failed;
    retry->failed = (retry->failed || effect->counts) && effect->time != TIME_ANEW;

    if (effect->waits == WAITS_ANEW) {
        retry->failures = 0;
    } else if (effect->waits == WAITS_GROW && retry->failures < UINT32_MAX) {
        retry->failures++;
    }
    if (effect->time != TIME_STAYS) {
        retry->stuck_ms = effect->time == TIME_ANEW ? 0 : stuck_ms(retry, now);
        retry->since = now;
        retry->runs = effect->time == TIME_RUNS;
    }
    return counted;
}

uint32_t retry_stuck_s(const struct retry *retry, uint64_t now)
{
    uint64_t seconds = stuck_ms(retry, now) / 1000;
    return seconds < UINT32_MAX ? (uint32_t)seconds : UINT32_MAX;
}

struct retry retry_go_on(uint32_t stuck_s)
{
    return (struct retry){.failed = stuck_s > 0, .stuck_ms = (uint64_t)stuck_s * 1000};
}

bool retry_gives_up(const struct retry *retry, uint64_t now)
{
    return retry_stuck_s(retry, now) >= RETRY_NO_PROGRESS_S;
}
