/* SPDX-License-Identifier: MIT */
#include "runner/runner.h"

#include <stdio.h>
#include <stdlib.h>

#include "platform/log.h"
#include "runner/runner_private.h"

#define CHECKPOINT_MS 1000u
#define ORDER_PATIENCE_MS 10000u

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
            log_event("this process does not run the queue any more");
            release_waiters(runner);
        } else {
            set_role(runner, ROLE_FOLLOWER);
            release_waiters(runner); /* who came before the role was known */
            if (patience == 0)
                log_event("another process runs the queue, this one stands by");
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

static struct wakeup *shared_wakeup(const char *claim_name, const char *what)
{
    char name[CLAIM_NAME_SIZE];
    snprintf(name, sizeof name, "%.80s-%s", claim_name, what);
    return wakeup_new(name);
}

/* A name that no other process has, and that is there as long as this one lives. */
static struct claim *make_maker(struct runner *runner, const char *claim_name)
{
    uint32_t number[2];
    if (!random_bytes(number, sizeof number))
        return NULL;
    snprintf(runner->maker, sizeof runner->maker, "%.70s-%08lx%08lx", claim_name,
             (unsigned long)number[0], (unsigned long)number[1]);
    return claim_new(runner->maker);
}

static bool make_signals(struct runner *runner, const char *claim_name)
{
    runner->lock = lock_new();
    runner->wake = shared_wakeup(claim_name, "wake");
    runner->order = shared_wakeup(claim_name, "order");
    runner->obeyed = shared_wakeup(claim_name, "obeyed");
    runner->halt = wakeup_new(NULL);
    runner->show = wakeup_new(NULL);
    runner->claim = claim_new(claim_name);
    runner->maker_claim = make_maker(runner, claim_name);
    return runner->lock && runner->wake && runner->order && runner->obeyed && runner->halt &&
           runner->show && runner->claim && runner->maker_claim;
}

static void free_runner(struct runner *runner)
{
    free(runner->sweep.after);
    transfer_destroy(runner->transfer);
    claim_free(runner->claim);
    claim_free(runner->maker_claim);
    wakeup_free(runner->halt);
    wakeup_free(runner->show);
    wakeup_free(runner->obeyed);
    wakeup_free(runner->order);
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
    runner->checkpoint_ms = options->checkpoint_ms ? options->checkpoint_ms : CHECKPOINT_MS;
    runner->order_patience_ms =
        options->order_patience_ms ? options->order_patience_ms : ORDER_PATIENCE_MS;
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

/* Nobody has answered: the order stands in the queue. False if the answer came just now. */
static bool give_up(struct runner *runner, struct waiter *waiter)
{
    lock_take(runner->lock);
    struct waiter **link = &runner->waiters;
    while (*link && *link != waiter)
        link = &(*link)->next;
    bool waits = *link != NULL;
    if (waits)
        *link = waiter->next;
    lock_drop(runner->lock);
    return waits;
}

/* False if that does not come. */
static bool wait_patiently(struct runner *runner, struct wakeup *done, struct patience *patience)
{
    while (!wakeup_wait(done, patience_left_ms(patience))) {
        if (patience_is_over(patience, runner))
            return false;
    }
    return true;
}

/* Knocks, and waits until the leader, if it is this process, has acted on the group's new state. False: it is
 * another one. */
static bool knock_and_wait(struct runner *runner, int64_t key, bool sweeps)
{
    struct waiter waiter = {.key = key, .sweeps = sweeps, .done = wakeup_new(NULL)};
    struct patience patience = patience_begin(runner);
    bool waits = false;
    lock_take(runner->lock);
    waiter.knock = ++runner->knocks;
    if (waiter.done && runner->role != ROLE_FOLLOWER && !runner->stop) {
        waiter.next = runner->waiters;
        /* cppcheck-suppress autoVariables ; taken off the list before this function returns */
        runner->waiters = &waiter;
        waits = true;
    }
    lock_drop(runner->lock);
    wakeup_set(runner->wake);
    bool gave_up =
        waits && !wait_patiently(runner, waiter.done, &patience) && give_up(runner, &waiter);
    if (gave_up)
        log_event("group %ld: the downloads have not ended yet; the order stands", (long)key);
    if (waits) {
        /* whoever set it holds the lock until it has let go of the waiter */
        lock_take(runner->lock);
        lock_drop(runner->lock);
    }
    wakeup_free(waiter.done);
    return waiter.acted || gave_up;
}

static void see_it_stopped(struct runner *runner, int64_t key, bool sweeps)
{
    if (!knock_and_wait(runner, key, sweeps))
        orders_wait(runner);
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
    runner_knock(runner);
    tell_running(runner, key);
    return FAULT_NONE;
}

enum fault runner_suspend(struct runner *runner, int64_t key)
{
    enum fault fault = queue_group_suspend(runner->queue, key);
    if (!fault)
        see_it_stopped(runner, key, false);
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
    if (!fault)
        see_it_stopped(runner, key, true);
    return fault;
}

/* ---- progress ----------------------------------------------------------------------------- */

enum liveness { NOT_LIVE, LIVE_LEAVING, LIVE };

static enum liveness live_progress(struct runner *runner, int64_t key, struct progress *progress)
{
    enum liveness liveness = NOT_LIVE;
    lock_take(runner->lock);
    struct live_group *group = runner_find(runner, key);
    if (group) {
        *progress = live_group_progress(group);
        liveness = group->leaving ? LIVE_LEAVING : LIVE;
    }
    lock_drop(runner->lock);
    return liveness;
}

static struct progress recorded_progress(const struct group_totals *totals)
{
    const struct tally tally = {.bytes = totals->bytes_done,
                                .total = totals->bytes_total,
                                .files = totals->files,
                                .unknown = totals->unknown_sizes};
    return tally_progress(&tally);
}

enum fault runner_progress(struct runner *runner, int64_t key, struct progress *progress)
{
    struct progress live;
    enum liveness liveness = live_progress(runner, key, &live);
    if (liveness == LIVE) {
        *progress = live;
        return FAULT_NONE;
    }
    /* The state last: by then a group that was leaving may be complete, but none that runs has older
     * figures than those we have. */
    struct group_info info;
    struct group_totals totals;
    enum fault fault = queue_group_totals(runner->queue, key, &totals);
    if (!fault)
        fault = queue_group_info(runner->queue, key, &info);
    if (fault)
        return fault;
    *progress = recorded_progress(&totals);
    if (info.state == GROUP_RUNNING && liveness == LIVE_LEAVING)
        *progress = live;
    else if (info.state == GROUP_RUNNING && totals.shown)
        *progress = (struct progress){.bytes = totals.shown_bytes,
                                      .total = totals.shown_total,
                                      .percent = totals.shown_percent};
    if (info.state == GROUP_COMPLETE)
        progress->percent = 100;
    return FAULT_NONE;
}
