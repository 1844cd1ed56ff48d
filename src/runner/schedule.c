/* SPDX-License-Identifier: MIT */
/* What runs: the live groups follow the queue; each gets its share of the slots. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "platform/log.h"
#include "runner/chronicle.h"
#include "runner/runner_private.h"

/* With its size questions, two groups fit into one server's connections. */
#define SLOTS_PER_GROUP 3u
/* Beyond these, a group gets its first slot only. */
#define SLOTS_ALL 12u
/* HEAD requests of a group at a time. */
#define SIZE_QUESTIONS 2u
#define SIZES_REFUSED_MOST 4u
/* Rows taken from the queue at a time. */
#define READ_AHEAD 32u
#define PAUSE_AFTER_FAULT_MS 5000u
#define QUEUE_ROW_DAMAGED 1392u /* ERROR_FILE_CORRUPT */

static bool is_waiting(const struct runner *runner, const struct live_group *group)
{
    return group->not_before > runner->now;
}

void schedule_pause(struct runner *runner, struct live_group *group)
{
    group->not_before = runner->now + PAUSE_AFTER_FAULT_MS;
}

/* ---- live groups -------------------------------------------------------------------------- */

static void set_leaving(struct runner *runner, struct live_group *group, bool leaving)
{
    lock_take(runner->lock);
    group->leaving = leaving;
    lock_drop(runner->lock);
}

void schedule_leave(struct runner *runner, struct live_group *group)
{
    set_leaving(runner, group, true);
    for (struct slot *slot = group->slots; slot; slot = slot->next)
        transfer_stop(runner->transfer, slot->download);
}

void schedule_start_over(struct runner *runner, struct live_group *group)
{
    log_event("group %ld: out of memory, goes on in a while", (long)group->key);
    group->back_at = runner->now + PAUSE_AFTER_FAULT_MS;
    runner_look_again(runner, group->back_at);
    schedule_leave(runner, group);
}

void schedule_drop(struct runner *runner)
{
    struct live_group **link = &runner->groups;
    while (*link) {
        struct live_group *group = *link;
        if (!group->leaving || group->slots) {
            link = &group->next;
            continue;
        }
        if (group->wanted) /* resumed while it was leaving, or out of memory */
            runner_look_again(runner, group->back_at > 0 ? group->back_at : runner->now);
        lock_take(runner->lock);
        *link = group->next;
        lock_drop(runner->lock);
        live_group_free(group);
    }
}

/* Counts the group's files anew: those that a slot fetches count by themselves. */
static void take_stock(struct runner *runner, struct live_group *group,
                       const struct group_totals *totals)
{
    struct tally rest = {.bytes = totals->bytes_done,
                         .total = totals->bytes_total,
                         .files = totals->files,
                         .unknown = totals->unknown_sizes};
    for (struct slot *slot = group->slots; slot; slot = slot->next) {
        if (!slot->asks_size)
            tally_remove(&rest, slot->row.durable, slot->row.size);
    }
    lock_take(runner->lock);
    group->rest = rest;
    lock_drop(runner->lock);
    group->files = totals->files;
    group->size_below = UINT32_MAX;
}

/* What the process that ran it before us, if there was one, has left behind in the queue. */
static enum fault take_over(struct runner *runner, struct live_group *group)
{
    struct group_info info;
    struct group_totals totals;
    enum fault fault = queue_group_info(runner->queue, group->key, &info);
    if (!fault)
        fault = queue_group_totals(runner->queue, group->key, &totals);
    if (fault)
        return fault;
    group->resumes = info.resumes;
    group->retry = retry_go_on(info.stuck_s);
    group->stuck_noted = info.stuck_s;
    group->percent_floor = totals.shown ? totals.shown_percent : 0;
    take_stock(runner, group, &totals);
    chronicle_taken_up(group->key, &info, &totals);
    return FAULT_NONE;
}

static struct live_group *add_group(struct runner *runner, int64_t key)
{
    struct live_group *group = live_group_new(key);
    if (!group)
        return NULL;
    if (take_over(runner, group)) {
        live_group_free(group);
        return NULL;
    }
    lock_take(runner->lock);
    struct live_group **link = &runner->groups;
    while (*link)
        link = &(*link)->next;
    *link = group;
    lock_drop(runner->lock);
    wakeup_set(runner->show);
    return group;
}

/* Somebody wants it now. */
static void try_now(struct runner *runner, struct live_group *group)
{
    (void)retry_note(&group->retry, RETRY_RESUMED, runner->now);
    group->not_before = 0;
}

/* Also what is being fetched. */
static void hasten(struct runner *runner, struct live_group *group)
{
    group->foreground = true;
    for (struct slot *slot = group->slots; slot; slot = slot->next)
        transfer_hasten(runner->transfer, slot->download);
}

static void refresh_group(struct runner *runner, struct live_group *group)
{
    struct group_info info;
    struct group_totals totals;
    if (queue_group_info(runner->queue, group->key, &info) == FAULT_NONE) {
        bool hastens = info.foreground && !group->foreground;
        if (info.resumes != group->resumes || hastens)
            try_now(runner, group);
        if (hastens)
            hasten(runner, group);
        if (info.stuck_s < group->stuck_noted) { /* suspended and resumed since we looked */
            group->retry = retry_go_on(info.stuck_s);
            group->stuck_noted = info.stuck_s;
        }
        group->resumes = info.resumes;
    }
    if (queue_group_totals(runner->queue, group->key, &totals) == FAULT_NONE &&
        totals.files != group->files)
        take_stock(runner, group, &totals);
}

bool schedule_sync(struct runner *runner)
{
    int64_t *keys;
    size_t count;
    schedule_drop(runner);
    if (queue_running(runner->queue, &keys, &count)) {
        log_event("the queue cannot be read; what runs goes on");
        runner_look_again(runner, runner->now + PAUSE_AFTER_FAULT_MS);
        return false;
    }
    for (struct live_group *group = runner->groups; group; group = group->next)
        group->wanted = false;
    for (size_t i = 0; i < count; i++) {
        struct live_group *group = runner_find(runner, keys[i]);
        if (!group)
            group = add_group(runner, keys[i]);
        if (group) {
            group->wanted = true;
            refresh_group(runner, group);
        } else {
            runner_look_again(runner, runner->now + PAUSE_AFTER_FAULT_MS);
        }
    }
    free(keys);
    for (struct live_group *group = runner->groups; group; group = group->next) {
        if (!group->wanted && !group->leaving) {
            chronicle_stops(runner->queue, group);
            schedule_leave(runner, group);
        }
    }
    schedule_drop(runner);
    return true;
}

/* ---- slots -------------------------------------------------------------------------------- */

static char *reveal_user_pass(const struct file_row *row)
{
    char *text = row->secret.data ? secret_reveal_text(&row->secret) : NULL;
    if (row->secret.data && !text)
        log_event("file %" PRId64 ": its name and password cannot be read; trying without them",
                  row->key);
    return text;
}

static enum fault request_download(struct runner *runner, struct slot *slot)
{
    char *user_pass = reveal_user_pass(&slot->row);
    const struct download_request request = {
        .url = slot->row.url,
        .user_pass = user_pass,
        .part = slot->asks_size ? NULL : slot->row.part,
        .target = slot->row.local,
        .folder = slot->row.folder,
        .size = slot->row.size,
        .durable = slot->row.durable,
        .validator = slot->row.validator,
        .stamp = slot->row.stamp,
        .prefix = slot->row.prefix,
        .whole = slot->row.whole,
        .foreground = slot->group->foreground,
        .tag = slot->row.key,
        .owner = slot,
    };
    enum fault fault = transfer_start(runner->transfer, &request, &slot->download);
    secret_free_text(user_pass);
    return fault;
}

/* Takes the row over, also on a fault. */
static enum fault start_slot(struct runner *runner, struct live_group *group, struct file_row *row,
                             bool asks_size)
{
    struct slot *slot = calloc(1, sizeof *slot);
    if (!slot) {
        file_row_clear(row);
        return FAULT_MEMORY;
    }
    slot->group = group;
    slot->row = *row;
    slot->asks_size = asks_size;
    slot->begun = clock_ms();
    slot->next_checkpoint = slot->begun + runner->checkpoint_ms;
    memset(row, 0, sizeof *row);
    if (!asks_size)
        chronicle_begins(slot);

    enum fault fault = request_download(runner, slot);
    if (fault) {
        file_row_clear(&slot->row);
        free(slot);
        return fault;
    }
    lock_take(runner->lock);
    slot->next = group->slots;
    group->slots = slot;
    if (!asks_size)
        tally_remove(&group->rest, slot->row.durable, slot->row.size);
    lock_drop(runner->lock);
    if (asks_size)
        group->asking++;
    else
        group->fetching++;
    return FAULT_NONE;
}

/* ---- files -------------------------------------------------------------------------------- */

/* Reads the next rows from the queue if none waits. */
static void read_ahead(struct runner *runner, struct live_group *group)
{
    struct file_row *rows;
    size_t count;
    if (group->todo_count > 0)
        return;
    if (queue_files_pending(runner->queue, group->key, group->read_from, READ_AHEAD, &rows,
                            &count)) {
        schedule_pause(runner, group);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t after = rows[i].index + 1;
        if (!live_group_push(group, &rows[i])) {
            schedule_pause(runner, group);
            break;
        }
        group->read_from = after;
    }
    file_rows_free(rows, count);
}

/* Slots that count for SLOTS_ALL. Those of the background, where all may wait for hours, take none from the foreground. */
static unsigned slots_beside(const struct runner *runner, bool foreground)
{
    unsigned slots = 0;
    for (const struct live_group *group = runner->groups; group; group = group->next) {
        slots += group->foreground || !foreground ? group->fetching : 0;
    }
    return slots;
}

static bool start_file(struct runner *runner, struct live_group *group)
{
    struct file_row row;
    bool full = group->fetching >= SLOTS_PER_GROUP ||
                (group->fetching > 0 && slots_beside(runner, group->foreground) >= SLOTS_ALL);
    if (group->leaving || is_waiting(runner, group) || full)
        return false;
    group->not_before = 0;
    read_ahead(runner, group);
    if (is_waiting(runner, group) || !live_group_pop(group, &row))
        return false;
    if (row.damaged) {
        const struct group_error error = {.file = row.index, .win32 = QUEUE_ROW_DAMAGED};
        log_event("what the queue says of file %" PRId64 " was damaged", row.key);
        file_row_clear(&row);
        settle_fail(runner, group, &error);
        return false;
    }
    if (start_slot(runner, group, &row, false)) {
        schedule_start_over(runner, group);
        return false;
    }
    return true;
}

/* Sizes are asked for from the last file backwards, while the files themselves come from the first on: no
 * file is asked for that has been fetched by then. */
static void ask_size(struct runner *runner, struct live_group *group)
{
    struct file_row *rows;
    size_t count;
    bool worth_it = group->rest.unknown > 0 && group->size_below > group->read_from &&
                    group->sizes_refused < SIZES_REFUSED_MOST;
    if (group->leaving || !worth_it || is_waiting(runner, group) ||
        group->sizes_not_before > runner->now)
        return;
    if (queue_files_unsized(runner->queue, group->key, group->size_below,
                            SIZE_QUESTIONS - group->asking, &rows, &count))
        return;
    if (count == 0)
        group->size_below = 0;
    for (size_t i = 0; i < count; i++) {
        group->size_below = rows[i].index;
        if (rows[i].index < group->read_from)
            break;
        start_slot(runner, group, &rows[i], true);
    }
    file_rows_free(rows, count);
}

/* Nothing is left to fetch: the group is complete, if the queue agrees. */
static void finish_if_done(struct runner *runner, struct live_group *group)
{
    if (group->leaving || group->fetching > 0 || is_waiting(runner, group))
        return;
    read_ahead(runner, group);
    if (group->todo_count > 0 || is_waiting(runner, group))
        return;
    /* leaving first: whoever sees the queue say "complete" must not get a live figure below 100 */
    set_leaving(runner, group, true);
    enum fault fault = queue_group_finish(runner->queue, group->key);
    if (fault == FAULT_NONE) {
        chronicle_complete(runner->queue, group);
        group->wanted = false;
        schedule_leave(runner, group);
        runner_tell_event(runner);
        return;
    }
    set_leaving(runner, group, false);
    /* suspended or cancelled meanwhile, which the next look shows, or files were added */
    group->read_from = 0;
    schedule_pause(runner, group);
}

/* Each group in turn gets one slot, until none can start any more. */
static void share_slots(struct runner *runner, bool foreground)
{
    bool started = true;
    while (started) {
        started = false;
        for (struct live_group *group = runner->groups; group; group = group->next) {
            if (group->foreground == foreground && start_file(runner, group))
                started = true;
        }
    }
}

void schedule_start(struct runner *runner)
{
    share_slots(runner, true);
    share_slots(runner, false);
    for (struct live_group *group = runner->groups; group; group = group->next) {
        if (group->asking < SIZE_QUESTIONS)
            ask_size(runner, group);
        finish_if_done(runner, group);
    }
    schedule_drop(runner);
}
