/* SPDX-License-Identifier: MIT */
/* The leader's loop: settle what ended, look at the queue, start what may start, wait. */
#include "platform/log.h"
#include "runner/runner_private.h"

#define WATCH_EVERY_MS 3000u

static uint64_t earlier(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

/* How long to wait if nothing happens. What was due when this round began has been started, or waits for a
 * slot, whose end wakes us. */
static uint32_t time_to_next(struct runner *runner)
{
    uint64_t due = UINT64_MAX;
    if (runner->groups && runner->on_running)
        due = earlier(due, runner->next_watch);
    due = earlier(due, runner->next_aging);
    if (runner->look_again_at > 0 && runner->look_again_at < due)
        due = runner->look_again_at;
    for (struct live_group *group = runner->groups; group; group = group->next) {
        if (!group->leaving && group->not_before > runner->now)
            due = earlier(due, earlier(group->not_before, runner->next_network));
        for (const struct slot *slot = group->slots; slot; slot = slot->next) {
            if (!slot->asks_size)
                due = earlier(due, slot->next_checkpoint);
        }
    }
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

/* Knocks are numbered, and numbers come round. */
static bool is_before_or_at(uint32_t knock, uint32_t other)
{
    return (int32_t)(other - knock) >= 0;
}

static bool is_answered(struct runner *runner, const struct waiter *waiter, bool swept)
{
    const struct live_group *group = runner_find(runner, waiter->key);
    if (!waiter->seen || (group && group->leaving))
        return false;
    return !waiter->sweeps || (swept && is_before_or_at(waiter->knock, runner->sweep.knocks));
}

/* The queue has been looked at; swept: and all part files were deleted that were on the list when that
 * began. */
static void answer_knocks(struct runner *runner, bool swept)
{
    lock_take(runner->lock);
    if (swept)
        runner->heard = runner->sweep.knocks;
    struct waiter **link = &runner->waiters;
    while (*link) {
        struct waiter *waiter = *link;
        if (is_answered(runner, waiter, swept)) {
            *link = waiter->next;
            waiter->acted = true;
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
        bool ended = true;
        for (const struct live_group *group = runner->groups; group; group = group->next)
            ended = ended && !group->slots;
        if (ended)
            show_end(runner);
        schedule_drop(runner);
        if (ended)
            return;
        wakeup_wait(runner->wake, STOP_ROUND_MS);
    }
}

/* The process that was to go on after us may have ended or been killed. */
static void watch_host(struct runner *runner)
{
    if (!runner->on_running || !runner->groups || runner->now < runner->next_watch)
        return;
    runner->next_watch = runner->now + WATCH_EVERY_MS;
    runner->on_running(runner->context);
}

static void one_round(struct runner *runner, uint32_t knocks)
{
    int64_t orders;
    settle_ended(runner);
    network_watch(runner);
    orders_look(runner, &orders);
    bool looked = schedule_sync(runner);
    show_begin(runner);
    schedule_start(runner);
    bool swept = runner_sweep(runner, knocks, orders);
    if (looked)
        answer_knocks(runner, swept);
    if (looked && swept)
        orders_done(runner, runner->sweep.orders);
    settle_checkpoint(runner);
    watch_host(runner);
    runner_age(runner);
}

void runner_lead(struct runner *runner)
{
    runner->next_watch = runner->next_aging = 0;
    runner->orders_wait = true;
    network_watch_begin(runner);
    uint32_t knocks;
    while (begin_round(runner, &knocks)) {
        one_round(runner, knocks);
        wakeup_wait(runner->wake, time_to_next(runner));
    }
    stop_all(runner);
}
