/* SPDX-License-Identifier: MIT */
/* The network may go and come back while groups wait for their next attempt: then all of them try again at once,
 * whatever made them wait (bits-behaviour.md section 8). Nothing is held back for want of a network, since there
 * may be one that we do not see. */
#include "platform/log.h"
#include "platform/network.h"
#include "runner/runner_private.h"

#define LOOK_EVERY_MS 3000u

static bool waits(const struct runner *runner, const struct live_group *group)
{
    return !group->leaving && group->not_before > runner->now;
}

static void try_again(struct runner *runner)
{
    for (struct live_group *group = runner->groups; group; group = group->next) {
        if (!waits(runner, group))
            continue;
        log_event("group %ld: the network is back, or another one; tries again", (long)group->key);
        (void)retry_note(&group->retry, RETRY_NETWORK_BACK, runner->now);
        group->not_before = group->sizes_not_before = 0;
    }
}

/* Not asked yet: many a process runs the queue for an instant only. (One that ends while a thread of its asks the
 * system may hang under Wine 8, whose thread is ended with a lock in its hands.) */
void network_watch_begin(struct runner *runner)
{
    runner->network = NETWORK_UNKNOWN;
    runner->next_network = 0;
}

void network_watch_look(struct runner *runner)
{
    const uint64_t before = runner->network;
    runner->network = network_look();
    runner->next_network = runner->now + LOOK_EVERY_MS;
    if (runner->network != NETWORK_NONE && before != NETWORK_UNKNOWN && runner->network != before)
        try_again(runner);
}

bool network_watch_is_cut_off(const struct runner *runner, const char *url)
{
    return runner->network == NETWORK_NONE && !url_is_loopback(url);
}

void network_watch(struct runner *runner)
{
    bool somebody_waits = false;
    for (const struct live_group *group = runner->groups; group; group = group->next)
        somebody_waits = somebody_waits || waits(runner, group);
    if (somebody_waits && runner->next_network <= runner->now)
        network_watch_look(runner);
}
