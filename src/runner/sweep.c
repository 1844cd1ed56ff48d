/* SPDX-License-Identifier: MIT */
/* Deletes the part files that cancelled groups left, a few at a time, so that a group of 100,000 files does
 * not hold the others up. */
#include <stdlib.h>
#include <string.h>

#include "platform/log.h"
#include "runner/runner_private.h"

#define AT_A_TIME 256u
#define ROUND_MS 100u /* for deleting, in one round */
#define SLOW_MS 1000u /* who takes that long for one file is asked again later */
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

/* What became of a batch. */
struct swept {
    char *folder; /* of the file before, and its identity as it was then; "": there is none */
    char identity[FOLDER_IDENTITY_SIZE];
    size_t done;  /* looked at, from the front */
    size_t gone;  /* of those, deleted; they have come to the front */
    size_t later; /* of those, to be tried again */
    bool slow;    /* a deletion took so long that the rest has to wait */
};

/* Is it certain that another folder has come in the place of the one that the file was in, by a link perhaps? Then a file
 * of that name is not ours. */
static bool is_elsewhere(const struct discard *discard, struct swept *swept)
{
    char *folder = discard->folder ? path_folder(discard->path) : NULL;
    if (!folder)
        return false;
    if (swept->folder && strcmp(folder, swept->folder) == 0) {
        free(folder);
    } else {
        free(swept->folder);
        swept->folder = folder;
        if (folder_identity(folder, swept->identity) != 0)
            swept->identity[0] = '\0';
    }
    return swept->identity[0] != '\0' && strcmp(swept->identity, discard->folder) != 0;
}

static void delete_one(const struct runner *runner, struct discard *list, struct swept *swept)
{
    struct discard *discard = &list[swept->done++];
    if (is_in_use(runner, discard->path))
        return; /* its end begins the next round */
    if (is_in_the_making(runner, discard)) {
        swept->later++;
        return;
    }
    bool elsewhere = is_elsewhere(discard, swept);
    if (elsewhere)
        log_event("part file %s is left alone: its folder is not the one that it was",
                  discard->path);
    int error = elsewhere ? 0 : file_delete_read_only(discard->path);
    if (error) {
        log_event("part file %s cannot be deleted yet: system error %d", discard->path, error);
        swept->later++;
        return;
    }
    struct discard gone = *discard;
    *discard = list[swept->gone];
    list[swept->gone++] = gone;
}

static void delete_some(const struct runner *runner, struct discard *list, size_t count,
                        struct swept *swept)
{
    const uint64_t begun = clock_ms();
    uint64_t now = begun;
    while (swept->done < count && now - begun < ROUND_MS && !swept->slow) {
        const uint64_t before = now;
        delete_one(runner, list, swept);
        now = clock_ms();
        swept->slow = now - before > SLOW_MS;
    }
}

static void remember_place(struct runner *runner, const char *path)
{
    free(runner->sweep.after);
    runner->sweep.after = path ? strdup(path) : NULL;
}

/* One batch. False if the list cannot be read. *at_end: it came to the end of the list. */
static bool sweep_batch(struct runner *runner, struct swept *swept, bool *at_end)
{
    struct discard *list;
    size_t count;
    if (queue_discards(runner->queue, runner->sweep.after ? runner->sweep.after : "", AT_A_TIME,
                       &list, &count))
        return false;
    char *last = NULL;
    delete_some(runner, list, count, swept);
    *at_end = swept->done == count && count < AT_A_TIME;
    for (size_t i = 0; i < swept->done; i++) { /* deletion has changed the order */
        if (!last || strcmp(list[i].path, last) > 0)
            last = list[i].path;
    }
    if (last || *at_end)
        remember_place(runner, *at_end ? NULL : last);
    if (swept->gone > 0 && queue_discards_done(runner->queue, list, swept->gone)) {
        log_event("the list of part files to delete could not be shortened");
        swept->later++;
    }
    queue_discards_free(list, count);
    free(swept->folder);
    swept->folder = NULL;
    return true;
}

bool runner_sweep(struct runner *runner, uint32_t knocks, int64_t orders)
{
    struct sweep *sweep = &runner->sweep;
    struct swept swept = {0};
    bool at_end = false;
    if (sweep->not_before > runner->now)
        return false;
    if (!sweep->after) {
        sweep->knocks = knocks;
        sweep->orders = orders;
    }
    bool read = sweep_batch(runner, &swept, &at_end);
    sweep->not_before = swept.slow ? runner->now + TRY_AGAIN_MS : 0;
    if (!read || swept.later > 0 || swept.slow)
        runner_look_again(runner, runner->now + TRY_AGAIN_MS);
    else if (!at_end || sweep->knocks != knocks || sweep->orders != orders)
        runner_look_again(runner, runner->now); /* the rest, or what came in front meanwhile */
    return at_end;
}
