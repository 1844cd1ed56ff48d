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

/* What has changed since the last time. The room is for all groups. Those that are leaving too: they may run
 * on in the next process, and if not, the queue knows that. */
static size_t collect(struct runner *runner, struct group_shown *list)
{
    size_t count = 0;
    lock_take(runner->lock);
    for (struct live_group *group = runner->groups; group; group = group->next) {
        struct progress progress = live_group_progress(group);
        if (!is_news(group, &progress))
            continue;
        group->shown = progress;
        group->was_shown = true;
        list[count++] = (struct group_shown){.key = group->key,
                                             .bytes = progress.bytes,
                                             .total = progress.total,
                                             .percent = progress.percent};
    }
    lock_drop(runner->lock);
    return count;
}

void runner_show(struct runner *runner)
{
    if (!runner->groups || clock_ms() < runner->next_show)
        return;
    runner->next_show = clock_ms() + SHOW_MS;
    size_t room = 0;
    for (const struct live_group *group = runner->groups; group; group = group->next)
        room++;
    struct group_shown *list = malloc(room * sizeof *list);
    size_t count = list ? collect(runner, list) : 0;
    if (queue_show(runner->queue, list, count))
        log_event("other processes cannot be shown how far it is");
    free(list);
}
