/* SPDX-License-Identifier: MIT */
/* Shows the other processes how far the running groups are: in the queue, but without waiting for the disk. */
#include <stdlib.h>

#include "platform/log.h"
#include "runner/runner_private.h"

#define SHOW_MS 400u /* with what looking costs, what the others see is half a second old at most */

static bool is_news(const struct live_group *group, const struct progress *progress)
{
    const struct progress *before = &group->shown;
    return !group->was_shown || before->bytes != progress->bytes ||
           before->total != progress->total || before->percent != progress->percent;
}

/* What has changed since the last time. Those that are leaving too: they may run on in the next process, and
 * if not, the queue knows that. NULL if there is nothing. */
static struct group_shown *collect(struct runner *runner, size_t *count)
{
    size_t room = 0;
    *count = 0;
    lock_take(runner->lock);
    for (const struct live_group *group = runner->groups; group; group = group->next)
        room++;
    struct group_shown *list = room ? malloc(room * sizeof *list) : NULL;
    for (struct live_group *group = runner->groups; list && group; group = group->next) {
        struct progress progress = live_group_progress(group);
        if (!is_news(group, &progress))
            continue;
        group->shown = progress;
        group->was_shown = true;
        list[(*count)++] = (struct group_shown){.key = group->key,
                                                .bytes = progress.bytes,
                                                .total = progress.total,
                                                .percent = progress.percent};
    }
    lock_drop(runner->lock);
    return list;
}

static void show(struct runner *runner)
{
    size_t count;
    struct group_shown *list = collect(runner, &count);
    if (queue_show(runner->queue, list, count))
        log_event("other processes cannot be shown how far it is");
    free(list);
}

/* False if it is to end. *busy: there are groups. */
static bool look(struct runner *runner, bool *busy)
{
    lock_take(runner->lock);
    bool go_on = !runner->stop_showing;
    *busy = runner->groups != NULL;
    lock_drop(runner->lock);
    return go_on;
}

static void keep_showing(void *arg)
{
    struct runner *runner = arg;
    bool busy;
    while (look(runner, &busy)) {
        if (busy)
            show(runner);
        wakeup_wait(runner->show, busy ? SHOW_MS : WAIT_FOREVER);
    }
}

static void set_stop(struct runner *runner, bool stop)
{
    lock_take(runner->lock);
    runner->stop_showing = stop;
    lock_drop(runner->lock);
    wakeup_set(runner->show);
}

void show_begin(struct runner *runner)
{
    if (runner->show_thread || !runner->groups)
        return;
    set_stop(runner, false);
    runner->show_thread = thread_start("qmgr progress", keep_showing, runner);
    if (!runner->show_thread)
        log_event("no thread: other processes see only what was recorded");
}

void show_end(struct runner *runner)
{
    if (runner->show_thread) {
        set_stop(runner, true);
        thread_join(runner->show_thread);
        runner->show_thread = NULL;
    }
    show(runner);
}
