/* SPDX-License-Identifier: MIT */
/* The leader's loop: settle what ended, look at the queue, start what may start, wait. */
#include "platform/log.h"
#include "runner/runner_private.h"

/* How long to wait if nothing happens. What was due when this round began has been started, or waits for a
 * slot, whose end wakes us. */
static uint32_t time_to_next(struct runner *runner)
{
    uint64_t due = UINT64_MAX;
    if (runner->fetching > 0)
        due = runner->next_checkpoint;
    if (runner->look_again_at > 0 && runner->look_again_at < due)
        due = runner->look_again_at;
    for (struct live_group *group = runner->groups; group; group = group->next) {
        if (!group->leaving && group->not_before > runner->now && group->not_before < due)
            due = group->not_before;
    }
    if (due == UINT64_MAX)
        return WAIT_FOREVER;
    uint64_t now = clock_ms();
    return due <= now ? 0 : (uint32_t)(due - now);
}

void runner_look_again(struct runner *runner, uint64_t at)
{
    if (runner->look_again_at == 0 || at < runner->look_again_at)
        runner->look_again_at = at > 0 ? at : 1;
}

void runner_tell_event(struct runner *runner)
{
    if (runner->on_event)
        runner->on_event(runner->context);
}

/* The queue has been looked at. Callers who came before that, and whose group is not leaving any
 * more, may go. */
static void answer_knocks(struct runner *runner, uint32_t knocks)
{
    lock_take(runner->lock);
    runner->heard = knocks;
    struct waiter **link = &runner->waiters;
    while (*link) {
        struct waiter *waiter = *link;
        struct live_group *group = runner_find(runner, waiter->key);
        if (waiter->seen && !(group && group->leaving)) {
            *link = waiter->next;
            wakeup_set(waiter->done);
        } else {
            link = &waiter->next;
        }
    }
    lock_drop(runner->lock);
}

/* False if the runner is to stop. *knocks: those that this round answers. */
static bool begin_round(struct runner *runner, uint32_t *knocks)
{
    runner->now = clock_ms();
    if (runner->look_again_at <= runner->now)
        runner->look_again_at = 0;
    lock_take(runner->lock);
    bool stop = runner->stop;
    *knocks = runner->knocks;
    for (struct waiter *waiter = runner->waiters; waiter; waiter = waiter->next)
        waiter->seen = true;
    lock_drop(runner->lock);
    return !stop;
}

/* Every end wakes us; the limit is for an end that could not be settled for want of memory. */
#define STOP_ROUND_MS 1000u

static void stop_all(struct runner *runner)
{
    for (struct live_group *group = runner->groups; group; group = group->next)
        schedule_leave(runner, group);
    for (;;) {
        settle_ended(runner);
        schedule_drop(runner);
        if (!runner->groups)
            return;
        wakeup_wait(runner->wake, STOP_ROUND_MS);
    }
}

void runner_lead(struct runner *runner)
{
    runner->next_checkpoint = clock_ms() + CHECKPOINT_MS;
    uint32_t knocks;
    while (begin_round(runner, &knocks)) {
        settle_ended(runner);
        bool looked = schedule_sync(runner);
        schedule_start(runner);
        bool swept = runner_sweep(runner);
        if (looked && swept)
            answer_knocks(runner, knocks);
        settle_checkpoint(runner);
        wakeup_wait(runner->wake, time_to_next(runner));
    }
    stop_all(runner);
}
