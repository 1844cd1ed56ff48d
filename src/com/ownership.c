/* SPDX-License-Identifier: MIT */
#include "com/ownership.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "com/module.h"
#include "platform/platform.h"

struct held_claim {
    struct held_claim *next;
    int64_t key;
    struct claim *claim;
};

static bool holds(const struct ownership *ownership, int64_t key)
{
    const struct held_claim *at = ownership->held;
    while (at && at->key != key)
        at = at->next;
    return at != NULL;
}

static struct claim *open_claim(int64_t key)
{
    char queue_name[MODULE_QUEUE_NAME_SIZE], name[MODULE_QUEUE_NAME_SIZE + 36];
    if (!module_queue_name(queue_name))
        return NULL;
    snprintf(name, sizeof name, "%s-notify-%" PRId64, queue_name, key);
    return claim_new(name);
}

bool ownership_take(struct ownership *ownership, int64_t key)
{
    if (holds(ownership, key))
        return true;
    struct held_claim *fresh = calloc(1, sizeof *fresh);
    struct claim *claim = open_claim(key);
    bool taken = fresh && claim && claim_take(claim, NULL, 0);
    if (taken) {
        *fresh = (struct held_claim){.next = ownership->held, .key = key, .claim = claim};
        ownership->held = fresh;
        return true;
    }
    free(fresh);
    claim_free(claim);
    return false;
}

static void drop_first(struct held_claim **at)
{
    struct held_claim *gone = *at;
    *at = gone->next;
    claim_drop(gone->claim);
    claim_free(gone->claim);
    free(gone);
}

static bool listens(const struct listed *list, size_t count, int64_t key)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].key == key)
            return list[i].has_target;
    return false;
}

void ownership_follow(struct ownership *ownership, const struct listed *list, size_t count)
{
    for (struct held_claim **at = &ownership->held; *at;) {
        if (listens(list, count, (*at)->key))
            at = &(*at)->next;
        else
            drop_first(at);
    }
    for (size_t i = 0; i < count; i++)
        if (list[i].own)
            ownership_take(ownership, list[i].key);
}

void ownership_end(struct ownership *ownership)
{
    while (ownership->held)
        drop_first(&ownership->held);
}
