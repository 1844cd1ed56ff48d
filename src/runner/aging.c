/* SPDX-License-Identifier: MIT */
/* Groups that nobody has touched for 90 days are cancelled (Q74), as the queue counts days (queue/aging.c). */
#include <inttypes.h>
#include <stdlib.h>

#include "platform/log.h"
#include "runner/runner_private.h"

#define LOOK_EVERY_MS (60u * 60 * 1000)
#define FORGOTTEN_S (INT64_C(90) * 24 * 3600)

void runner_age(struct runner *runner)
{
    int64_t *keys = NULL;
    size_t count = 0;
    if (runner->now < runner->next_aging)
        return;
    runner->next_aging = runner->now + LOOK_EVERY_MS;
    if (queue_pass_time(runner->queue, clock_unix_s()) ||
        queue_groups_idle(runner->queue, FORGOTTEN_S, &keys, &count))
        log_event("forgotten groups cannot be looked for");
    for (size_t i = 0; i < count; i++) {
        enum fault fault = queue_group_cancel_idle(runner->queue, keys[i], FORGOTTEN_S);
        if (fault == FAULT_NONE)
            log_event("group %" PRId64 " was forgotten for 90 days and is cancelled", keys[i]);
        else if (fault != FAULT_STATE) /* somebody has come back to it just now */
            log_event("group %" PRId64 " is forgotten and cannot be cancelled: fault %d", keys[i],
                      (int)fault);
    }
    free(keys);
    if (count > 0)
        runner_look_again(runner, runner->now);
}
