/* SPDX-License-Identifier: MIT */
/* A process that does not run the queue has suspended or cancelled a group: it wants to know when that has
 * happened, since its program may go on to delete the folder or to start something else with the files. The
 * queue numbers such orders; who runs it writes down up to which number it has obeyed. Events only say
 * that it is worth looking. */
#include "platform/log.h"
#include "runner/runner_private.h"

#define LOOK_MS 20u /* several may wait for the one event */

void orders_wait(struct runner *runner)
{
    int64_t ours, obeyed;
    if (queue_orders(runner->queue, &ours, &obeyed))
        return;
    struct patience patience = patience_begin(runner);
    while (obeyed < ours) {
        if (patience_is_over(&patience, runner)) {
            log_event("whoever runs the queue has not answered; order %ld stands", (long)ours);
            return;
        }
        /* Each time, since another may run the queue by now. */
        wakeup_set(runner->order);
        wakeup_set(runner->wake);
        wakeup_wait(runner->obeyed, LOOK_MS);
        int64_t given;
        if (queue_orders(runner->queue, &given, &obeyed))
            return;
    }
}

void orders_look(struct runner *runner, int64_t *given)
{
    int64_t obeyed;
    *given = 0;
    if (wakeup_wait(runner->order, 0))
        runner->orders_wait = true;
    if (!runner->orders_wait || queue_orders(runner->queue, given, &obeyed))
        return;
    if (*given <= obeyed) {
        *given = 0;
        runner->orders_wait = false;
    }
}

void orders_done(struct runner *runner, int64_t given)
{
    if (given == 0)
        return;
    for (const struct live_group *group = runner->groups; group; group = group->next) {
        if (group->leaving)
            return; /* its end begins another round */
    }
    if (queue_obey(runner->queue, given) == FAULT_NONE) {
        runner->orders_wait = false;
        wakeup_set(runner->obeyed);
    }
}
