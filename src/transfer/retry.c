/* SPDX-License-Identifier: MIT */
#include "transfer/retry.h"

#include <stddef.h>

/* bits-behaviour.md section 2. A redirect only gets here if it could not be followed. What the
 * table does not name is transient. */
static const struct status_class {
    long first, last;
    enum download_end end;
} status_classes[] = {
    {200, 200, END_WHOLE},     {206, 206, END_WHOLE}, {300, 305, END_FATAL}, {307, 308, END_FATAL},
    {408, 409, END_TRANSIENT}, {400, 499, END_FATAL}, {501, 501, END_FATAL}, {505, 505, END_FATAL},
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
