/* SPDX-License-Identifier: MIT */
/* Deletes the part files that cancelled groups left, a few at a time, so that a group of 100,000 files does
 * not hold the others up. */
#include <stdlib.h>
#include <string.h>

#include "platform/log.h"
#include "runner/runner_private.h"

#define AT_A_TIME 256u
#define TRY_AGAIN_MS 60000u

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

/* Deletes what can be deleted; those come to the front. Returns how many. */
static size_t delete_all(const struct runner *runner, char **paths, size_t count)
{
    size_t gone = 0;
    for (size_t i = 0; i < count; i++) {
        if (is_in_use(runner, paths[i]))
            continue; /* its end begins the next round */
        int error = file_delete(paths[i]);
        if (error) {
            log_event("part file %s cannot be deleted yet: system error %d", paths[i], error);
            continue;
        }
        char *path = paths[gone];
        paths[gone++] = paths[i];
        paths[i] = path;
    }
    return gone;
}

static void remember_place(struct runner *runner, const char *path)
{
    free(runner->swept);
    runner->swept = path ? strdup(path) : NULL;
}

/* One batch. *full: there may be more. */
static bool sweep_batch(struct runner *runner, bool *full)
{
    char **paths;
    size_t count;
    *full = false;
    if (queue_discards(runner->queue, runner->swept ? runner->swept : "", AT_A_TIME, &paths,
                       &count))
        return false;
    *full = count == AT_A_TIME;
    remember_place(runner, *full ? paths[count - 1] : NULL);
    size_t gone = delete_all(runner, paths, count);
    bool clean = gone == count;
    if (gone > 0 && queue_discards_done(runner->queue, paths, gone)) {
        log_event("the list of part files to delete could not be shortened");
        clean = false;
    }
    queue_paths_free(paths, count);
    return clean;
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
