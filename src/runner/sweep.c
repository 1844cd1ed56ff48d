/* SPDX-License-Identifier: MIT */
/* Deletes the part files that cancelled groups left, a few at a time, so that a group of 100,000 files does
 * not hold the others up. */
#include <stdlib.h>
#include <string.h>

#include "platform/log.h"
#include "runner/runner_private.h"

#define AT_A_TIME 256u
#define TRY_AGAIN_MS 15000u

/* A download that is about to end may still have the file open, or even make it anew. */
static bool is_in_use(const struct runner *runner, const char *path)
{
    for (const struct live_group *group = runner->groups; group; group = group->next) {
        for (const struct slot *slot = group->slots; slot; slot = slot->next) {
            if (strcmp(slot->row.part, path) == 0)
                return true;
        }
    }
    return false;
}

/* Somebody is just adding it to a group. (Should he have done so since the list was read, and be gone
 * already: the file that is then deleted is an empty one, and the download makes it anew.) */
static bool is_in_the_making(const struct runner *runner, const struct discard *discard)
{
    return discard->maker[0] != '\0' &&
           (strcmp(discard->maker, runner->maker) == 0 || claim_exists(discard->maker));
}

/* Deletes what can be deleted; those come to the front. Returns how many. *later: how many will have to be
 * tried again. */
static size_t delete_all(const struct runner *runner, struct discard *list, size_t count,
                         size_t *later)
{
    size_t gone = 0;
    for (size_t i = 0; i < count; i++) {
        if (is_in_use(runner, list[i].path))
            continue; /* its end begins the next round */
        int error = 0;
        bool in_the_making = is_in_the_making(runner, &list[i]);
        if (!in_the_making)
            error = file_delete_read_only(list[i].path);
        if (error)
            log_event("part file %s cannot be deleted yet: system error %d", list[i].path, error);
        if (in_the_making || error) {
            (*later)++;
            continue;
        }
        struct discard discard = list[gone];
        list[gone++] = list[i];
        list[i] = discard;
    }
    return gone;
}

static void remember_place(struct runner *runner, const char *path)
{
    free(runner->swept);
    runner->swept = path ? strdup(path) : NULL;
}

/* One batch. *full: there may be more. False if something has to be tried again. */
static bool sweep_batch(struct runner *runner, bool *full)
{
    struct discard *list;
    size_t count, later = 0;
    *full = false;
    if (queue_discards(runner->queue, runner->swept ? runner->swept : "", AT_A_TIME, &list, &count))
        return false;
    *full = count == AT_A_TIME;
    remember_place(runner, *full ? list[count - 1].path : NULL);
    size_t gone = delete_all(runner, list, count, &later);
    if (gone > 0 && queue_discards_done(runner->queue, list, gone)) {
        log_event("the list of part files to delete could not be shortened");
        later++;
    }
    queue_discards_free(list, count);
    return later == 0;
}

bool runner_sweep(struct runner *runner)
{
    bool full;
    bool clean = sweep_batch(runner, &full);
    if (full)
        runner_look_again(runner, runner->now);
    else if (!clean)
        runner_look_again(runner, runner->now + TRY_AGAIN_MS);
    return !full;
}
