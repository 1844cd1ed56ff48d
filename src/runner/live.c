/* SPDX-License-Identifier: MIT */
#include "runner/live.h"

#include <stdlib.h>
#include <string.h>

struct live_group *live_group_new(int64_t key)
{
    struct live_group *group = calloc(1, sizeof *group);
    if (group) {
        group->key = key;
        group->size_below = UINT32_MAX;
    }
    return group;
}

void live_group_free(struct live_group *group)
{
    file_rows_free(group->todo, group->todo_count);
    free(group);
}

static bool make_room(struct live_group *group)
{
    if (group->todo_count < group->todo_room)
        return true;
    size_t room = group->todo_room ? group->todo_room * 2 : 32;
    struct file_row *todo = realloc(group->todo, room * sizeof *todo);
    if (!todo)
        return false;
    group->todo = todo;
    group->todo_room = room;
    return true;
}

bool live_group_push(struct live_group *group, struct file_row *row)
{
    if (!make_room(group)) {
        file_row_clear(row);
        return false;
    }
    size_t at = group->todo_count;
    while (at > 0 && group->todo[at - 1].index > row->index)
        at--;
    memmove(&group->todo[at + 1], &group->todo[at], (group->todo_count - at) * sizeof *row);
    group->todo[at] = *row;
    group->todo_count++;
    memset(row, 0, sizeof *row);
    return true;
}

bool live_group_pop(struct live_group *group, struct file_row *row)
{
    if (group->todo_count == 0)
        return false;
    *row = group->todo[0];
    group->todo_count--;
    memmove(&group->todo[0], &group->todo[1], group->todo_count * sizeof *row);
    return true;
}

struct file_row *live_group_find_todo(struct live_group *group, uint32_t index)
{
    for (size_t i = 0; i < group->todo_count; i++) {
        if (group->todo[i].index == index)
            return &group->todo[i];
    }
    return NULL;
}

struct progress live_group_progress(struct live_group *group)
{
    struct tally all = group->rest;
    for (struct slot *slot = group->slots; slot; slot = slot->next) {
        if (slot->asks_size)
            continue;
        tally_add(&all, download_bytes(slot->download), download_size(slot->download));
    }
    struct progress progress = tally_progress(&all);
    if (progress.percent < group->percent_floor)
        progress.percent = group->percent_floor;
    group->percent_floor = progress.percent;
    return progress;
}
