/* SPDX-License-Identifier: MIT */
/* Which process tells of a group's events, if several have heard of its class: a claim for each
 * group. Whose clients have registered takes it as soon as it can, and holds it while they are
 * registered; whoever only found the class in the queue (any process that calls GetGroup) tells
 * of an event only if it gets the claim, that is, if nobody with a client is alive.
 *
 * Claims belong to threads: all functions are for the notifier's thread. */
#ifndef QMGR_COM_OWNERSHIP_H
#define QMGR_COM_OWNERSHIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "com/registrations.h"

struct held_claim;
struct ownership {
    struct held_claim *held;
};

/* True if the group is ours, or is now. Does not wait. */
bool ownership_take(struct ownership *ownership, int64_t key);
/* Takes what our clients are registered for and lets go of what nobody here listens for. */
void ownership_follow(struct ownership *ownership, const struct listed *list, size_t count);
void ownership_end(struct ownership *ownership);

#endif
