/* SPDX-License-Identifier: MIT */
#include "runner/runner.h"

#include <stdio.h>
#include <stdlib.h>

#include "platform/log.h"
#include "runner/runner_private.h"

/* ---- the thread --------------------------------------------------------------------------- */

static bool is_stopping(struct runner *runner)
{
    lock_take(runner->lock);
    bool stop = runner->stop;
    lock_drop(runner->lock);
    return stop;
}

static void set_role(struct runner *runner, enum runner_role role)
{
    lock_take(runner->lock);
    runner->role = role;
    lock_drop(runner->lock);
}

static void release_waiters(struct runner *runner)
{
    lock_take(runner->lock);
    while (runner->waiters) {
        struct waiter *waiter = runner->waiters;
        runner->waiters = waiter->next;
        wakeup_set(waiter->done);
    }
    lock_drop(runner->lock);
}

static void run(void *arg)
{
    struct runner *runner = arg;
    uint32_t patience = 0; /* the first look only decides the role */
    while (!is_stopping(runner)) {
        if (claim_take(runner->claim, runner->halt, patience)) {
            set_role(runner, ROLE_LEADER);
            log_event("this process runs the queue");
            runner_lead(runner);
            set_role(runner, ROLE_FOLLOWER);
            claim_drop(runner->claim);
            release_waiters(runner);
        } else {
            set_role(runner, ROLE_FOLLOWER);
            release_waiters(runner); /* who came before the role was known */
            patience = WAIT_FOREVER;
        }
    }
    set_role(runner, ROLE_FOLLOWER);
    release_waiters(runner);
}

/* ---- its life ----------------------------------------------------------------------------- */

static void on_end(void *context, struct download *download)
{
    struct runner *runner = context;
    struct slot *slot = download_owner(download);
    lock_take(runner->lock);
    slot->next_ended = runner->ended;
    runner->ended = slot;
    lock_drop(runner->lock);
    wakeup_set(runner->wake);
}

static bool make_signals(struct runner *runner, const char *claim_name)
{
    char wake_name[128];
    snprintf(wake_name, sizeof wake_name, "%.100s-wake", claim_name);
    runner->lock = lock_new();
    runner->wake = wakeup_new(wake_name);
    runner->halt = wakeup_new(NULL);
    runner->claim = claim_new(claim_name);
    return runner->lock && runner->wake && runner->halt && runner->claim;
}

static void free_runner(struct runner *runner)
{
    free(runner->swept);
    transfer_destroy(runner->transfer);
    claim_free(runner->claim);
    wakeup_free(runner->halt);
    wakeup_free(runner->wake);
    lock_free(runner->lock);
    free(runner);
}

enum fault runner_create(const struct runner_options *options, struct runner **out)
{
    *out = NULL;
    struct runner *runner = calloc(1, sizeof *runner);
    if (!runner)
        return FAULT_MEMORY;
    runner->queue = options->queue;
    runner->on_event = options->on_event;
    runner->on_running = options->on_running;
    runner->context = options->context;
    runner->knocks = 1;
    enum fault fault = make_signals(runner, options->claim_name) ? FAULT_NONE : FAULT_ENGINE;
    if (!fault) {
        const struct transfer_options transfer = {.on_end = on_end, .context = runner};
        fault = transfer_create(&transfer, &runner->transfer);
    }
    if (!fault) {
        runner->thread = thread_start("qmgr runner", run, runner);
        fault = runner->thread ? FAULT_NONE : FAULT_ENGINE;
    }
    if (fault)
        free_runner(runner);
    else
        *out = runner;
    return fault;
}

void runner_destroy(struct runner *runner)
{
    if (!runner)
        return;
    lock_take(runner->lock);
    runner->stop = true;
    lock_drop(runner->lock);
    wakeup_set(runner->halt);
    wakeup_set(runner->wake);
    thread_join(runner->thread);
    free_runner(runner);
}

bool runner_is_busy(struct runner *runner)
{
    lock_take(runner->lock);
    bool busy =
        runner->role != ROLE_FOLLOWER && (runner->knocks != runner->heard || runner->groups);
    lock_drop(runner->lock);
    return busy;
}

/* ---- commands ----------------------------------------------------------------------------- */

void runner_knock(struct runner *runner)
{
    lock_take(runner->lock);
    runner->knocks++;
    lock_drop(runner->lock);
    wakeup_set(runner->wake);
}

struct live_group *runner_find(struct runner *runner, int64_t key)
{
    struct live_group *group = runner->groups;
    while (group && group->key != key)
        group = group->next;
    return group;
}

/* Knocks, and waits until the leader, if it is this process, has acted on the group's new state. */
static void knock_and_wait(struct runner *runner, int64_t key)
{
    struct waiter waiter = {.key = key, .done = wakeup_new(NULL)};
    bool waits = false;
    lock_take(runner->lock);
    runner->knocks++;
    if (waiter.done && runner->role != ROLE_FOLLOWER && !runner->stop) {
        waiter.next = runner->waiters;
        /* cppcheck-suppress autoVariables ; taken off the list before this function returns */
        runner->waiters = &waiter;
        waits = true;
    }
    lock_drop(runner->lock);
    wakeup_set(runner->wake);
    if (waits) {
        wakeup_wait(waiter.done, WAIT_FOREVER);
        /* whoever set it holds the lock until it has let go of the waiter */
        lock_take(runner->lock);
        lock_drop(runner->lock);
    }
    wakeup_free(waiter.done);
}

/* Before the caller is told that the group runs: its process may be gone the moment after. */
static void tell_running(struct runner *runner, int64_t key)
{
    struct group_info info;
    if (runner->on_running && queue_group_info(runner->queue, key, &info) == FAULT_NONE &&
        info.state == GROUP_RUNNING)
        runner->on_running(runner->context);
}

enum fault runner_resume(struct runner *runner, int64_t key)
{
    enum fault fault = queue_group_resume(runner->queue, key);
    if (fault)
        return fault;
    lock_take(runner->lock);
    struct live_group *group = runner_find(runner, key);
    if (group)
        group->kicked = true;
    lock_drop(runner->lock);
    runner_knock(runner);
    tell_running(runner, key);
    return FAULT_NONE;
}

enum fault runner_suspend(struct runner *runner, int64_t key)
{
    enum fault fault = queue_group_suspend(runner->queue, key);
    if (!fault)
        knock_and_wait(runner, key);
    return fault;
}

enum fault runner_foreground(struct runner *runner, int64_t key)
{
    enum fault fault = queue_group_set_foreground(runner->queue, key);
    if (!fault)
        runner_knock(runner);
    return fault;
}

enum fault runner_cancel(struct runner *runner, int64_t key)
{
    enum fault fault = queue_group_cancel(runner->queue, key);
    if (fault)
        return fault;
    knock_and_wait(runner, key);
    return FAULT_NONE;
}

/* ---- progress ----------------------------------------------------------------------------- */

static bool live_progress(struct runner *runner, int64_t key, struct progress *progress)
{
    lock_take(runner->lock);
    struct live_group *group = runner_find(runner, key);
    bool live = group && !group->leaving;
    if (live)
        *progress = live_group_progress(group);
    lock_drop(runner->lock);
    return live;
}

enum fault runner_progress(struct runner *runner, int64_t key, struct progress *progress)
{
    if (live_progress(runner, key, progress))
        return FAULT_NONE;
    struct group_info info;
    struct group_totals totals;
    enum fault fault = queue_group_info(runner->queue, key, &info);
    if (!fault)
        fault = queue_group_totals(runner->queue, key, &totals);
    if (fault)
        return fault;
    const struct tally tally = {.bytes = totals.bytes_done,
                                .total = totals.bytes_total,
                                .files = totals.files,
                                .unknown = totals.unknown_sizes};
    *progress = tally_progress(&tally);
    if (info.state == GROUP_COMPLETE)
        progress->percent = 100;
    return FAULT_NONE;
}
