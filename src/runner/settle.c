/* SPDX-License-Identifier: MIT */
/* What became of the downloads: flush, rename, record, and then the consequences for their groups. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "platform/log.h"
#include "runner/chronicle.h"
#include "runner/runner_private.h"
#include "transfer/retry.h"

#define PAUSE_WITHOUT_MEMORY_MS 1000u

/* One ended download on its way into the queue. */
struct settled {
    struct slot *slot;
    struct file_record record;
    bool to_record;
    bool to_land; /* sealed; the record says so, and only the rename is missing */
    enum download_end end;
    struct group_error error; /* for END_FATAL */
};

/* ---- one download ------------------------------------------------------------------------- */

/* What the queue has of it. */
static struct file_record record_of(const struct file_row *row)
{
    return (struct file_record){.file = row->key,
                                .size = row->size,
                                .durable = row->durable,
                                .validator = row->validator,
                                .whole = row->whole,
                                .stamp = row->stamp,
                                .prefix = row->prefix};
}

/* Cancelled: then nothing may appear at the target any more. */
static bool is_cancelled(struct runner *runner, const struct live_group *group)
{
    struct group_info info;
    return queue_group_info(runner->queue, group->key, &info) == FAULT_NOT_FOUND;
}

static void record_as_whole(struct settled *settled)
{
    const struct download *download = settled->slot->download;
    settled->record.whole = true;
    settled->record.durable = settled->record.size = download_size(download);
    settled->record.stamp = download_stamp(download);
    settled->record.prefix = (struct blob){NULL, 0}; /* nothing is appended to it */
}

static void keep(struct settled *settled)
{
    struct slot *slot = settled->slot;
    struct file_record *record = &settled->record;
    bool kept = download_keep(slot->download, &record->durable) == FAULT_NONE;
    if (!kept && settled->end != END_CHANGED) {
        /* What came last cannot be had, but what was recorded before has not been touched; whether it is
         * still there is seen when it is gone on with. */
        int64_t size = record->size;
        *record = record_of(&slot->row);
        record->stamp = (struct blob){NULL, 0};
        if (record->durable == 0)
            record->size = size;
        return;
    }
    if (!kept)
        record->durable = 0;
    record->validator = download_validator(slot->download);
    record->stamp = download_stamp(slot->download);
    record->prefix = download_prefix(slot->download);
    record->whole = false;
    if (download_is_sealed(slot->download))
        record_as_whole(settled);
}

static void not_in_place(struct settled *settled, uint32_t win32)
{
    chronicle_not_in_place(settled->slot, win32);
    settled->end = download_result(settled->slot->download)->end;
    settled->error.win32 = win32;
    settled->to_land = false;
    keep(settled);
}

static void seal(struct settled *settled)
{
    uint32_t win32 = 0;
    if (download_seal(settled->slot->download, &win32)) {
        not_in_place(settled, win32);
        return;
    }
    settled->record.validator = download_validator(settled->slot->download);
    settled->to_land = true;
    record_as_whole(settled);
}

static void land(struct runner *runner, struct settled *settled)
{
    struct slot *slot = settled->slot;
    uint32_t win32 = 0;
    if (is_cancelled(runner, slot->group)) {
        settled->end = END_STOPPED;
        return;
    }
    if (download_land(slot->download, slot->row.local, &win32))
        not_in_place(settled, win32);
    else
        settled->record.done = true;
}

static void settle_rest(struct settled *settled)
{
    struct slot *slot = settled->slot;
    const struct download_result *result = download_result(slot->download);
    if (result->end != END_STOPPED)
        chronicle_attempt_over(slot);
    keep(settled);
    settled->error.win32 = result->win32;
    settled->error.http = result->http;
}

static void settle_fetch(struct settled *settled)
{
    struct slot *slot = settled->slot;
    settled->to_record = true;
    settled->record.file = slot->row.key;
    settled->record.size = download_size(slot->download);
    settled->error.file = slot->row.index;
    if (settled->end == END_WHOLE)
        seal(settled);
    else
        settle_rest(settled);
}

/* A size is worth recording only while nobody fetches the file, which would know better. */
static void settle_question(struct runner *runner, struct settled *settled)
{
    struct slot *slot = settled->slot;
    struct live_group *group = slot->group;
    int64_t size = download_size(slot->download);
    if (settled->end == END_TRANSIENT) {
        group->size_below = UINT32_MAX;
        group->sizes_not_before = runner->now + RETRY_FIRST_MS;
        return;
    }
    if (settled->end == END_STOPPED) {
        if (!group->leaving) /* an hour has come in which the background waits */
            group->size_below = UINT32_MAX;
        return;
    }
    if (settled->end != END_WHOLE || size < 0) {
        group->sizes_refused++;
        return;
    }
    struct file_row *row = &slot->row;
    if (row->index < group->read_from) {
        row = live_group_find_todo(group, row->index);
        if (!row || row->size >= 0)
            return;
    }
    settled->to_record = true;
    settled->record = record_of(row);
    settled->record.size = size;
}

static void settle(struct runner *runner, struct settled *settled, struct slot *slot)
{
    memset(settled, 0, sizeof *settled);
    settled->slot = slot;
    settled->end = download_result(slot->download)->end;
    if (slot->asks_size)
        settle_question(runner, settled);
    else
        settle_fetch(settled);
}

/* ---- counts ------------------------------------------------------------------------------- */

static void unlink_slot(struct live_group *group, struct slot *slot)
{
    struct slot **link = &group->slots;
    while (*link != slot)
        link = &(*link)->next;
    *link = slot->next;
}

/* The slot leaves its group's list and its file counts with the rest again, in one step. */
static void move_to_rest(struct runner *runner, const struct settled *settled)
{
    struct slot *slot = settled->slot;
    struct live_group *group = slot->group;
    lock_take(runner->lock);
    unlink_slot(group, slot);
    if (!slot->asks_size) {
        tally_add(&group->rest, settled->record.durable, settled->record.size);
    } else if (settled->to_record) {
        tally_remove(&group->rest, settled->record.durable, SIZE_UNKNOWN);
        tally_add(&group->rest, settled->record.durable, settled->record.size);
    }
    lock_drop(runner->lock);
    if (slot->asks_size)
        group->asking--;
    else
        group->fetching--;
}

static bool copy_blob(struct blob *to, const struct blob *from)
{
    *to = (struct blob){NULL, 0};
    if (!from->data)
        return true;
    to->data = malloc(from->size);
    if (!to->data)
        return false;
    memcpy(to->data, from->data, from->size);
    to->size = from->size;
    return true;
}

/* The row as it now stands in the queue. */
static bool update_row(struct file_row *row, const struct file_record *record)
{
    struct file_row fresh = {0};
    fresh.validator = record->validator ? strdup(record->validator) : NULL;
    bool copied = fresh.validator || !record->validator;
    copied = copy_blob(&fresh.stamp, &record->stamp) && copied;
    copied = copy_blob(&fresh.prefix, &record->prefix) && copied;
    if (!copied) {
        file_row_clear(&fresh);
        return false;
    }
    free(row->validator);
    free(row->stamp.data);
    free(row->prefix.data);
    row->validator = fresh.validator;
    row->stamp = fresh.stamp;
    row->prefix = fresh.prefix;
    row->size = record->size;
    row->durable = record->durable;
    row->whole = record->whole;
    return true;
}

/* A file that is not in place waits for its next turn. */
static void put_back(struct runner *runner, const struct settled *settled)
{
    struct slot *slot = settled->slot;
    struct live_group *group = slot->group;
    if (slot->asks_size) {
        struct file_row *row = live_group_find_todo(group, slot->row.index);
        if (row && settled->to_record)
            row->size = settled->record.size;
        return;
    }
    if (settled->record.done)
        return;
    if (!update_row(&slot->row, &settled->record) || !live_group_push(group, &slot->row))
        schedule_start_over(runner, group);
}

/* ---- consequences for the group ----------------------------------------------------------- */

void settle_fail(struct runner *runner, struct live_group *group, const struct group_error *error)
{
    enum fault fault = queue_group_fail(runner->queue, group->key, error);
    if (fault == FAULT_NONE) {
        chronicle_failed(runner->queue, group, error);
        runner_tell_event(runner);
    } else if (fault != FAULT_STATE && fault != FAULT_NOT_FOUND) {
        log_event("group %ld: its error could not be recorded", (long)group->key);
        schedule_pause(runner, group);
        return;
    }
    group->wanted = false;
    schedule_leave(runner, group);
}

/* What the queue has of the time without progress is taken back at once, and for nothing that was not written
 * there. */
static void note_progress(struct runner *runner, struct live_group *group, enum retry_event event)
{
    (void)retry_note(&group->retry, event, runner->now);
    if (group->stuck_noted > 0 && !queue_group_stuck(runner->queue, group->key, 0))
        group->stuck_noted = 0;
}

static void note_failure(struct runner *runner, struct live_group *group, enum retry_event event)
{
    if (!retry_note(&group->retry, event, runner->now))
        return;
    uint32_t stuck_s = retry_stuck_s(&group->retry, runner->now);
    if (queue_group_count_retry(runner->queue, group->key, stuck_s))
        log_event("group %ld: a retry could not be counted", (long)group->key);
    else
        group->stuck_noted = stuck_s;
}

static void wait_for_next(struct runner *runner, struct live_group *group, uint32_t retry_after_s)
{
    uint32_t chance = 0;
    random_bytes(&chance, sizeof chance);
    uint32_t wait = retry_wait_ms(group->retry.failures, group->foreground, retry_after_s, chance);
    chronicle_waits(group, wait);
    group->not_before = runner->now + wait;
}

/* Several files that fail at once are one failed attempt of the group. */
static void wait_and_retry(struct runner *runner, const struct settled *settled)
{
    struct slot *slot = settled->slot;
    struct live_group *group = slot->group;
    if (group->not_before > runner->now)
        return;
    const struct download_result *result = download_result(slot->download);
    enum retry_event event =
        retry_event_of(result, network_watch_is_cut_off(runner, slot->row.url));
    note_failure(runner, group, event);
    if (event == RETRY_EXCUSED) {
        log_event("group %ld: this failure does not count: no network, or no drive",
                  (long)group->key);
    } else if (retry_gives_up(&group->retry, runner->now)) {
        log_event("group %ld: no progress for %lu s", (long)group->key,
                  (unsigned long)retry_stuck_s(&group->retry, runner->now));
        settle_fail(runner, group, &settled->error);
        return;
    }
    wait_for_next(runner, group, result->retry_after_s);
}

static bool has_progressed(const struct settled *settled)
{
    return settled->end == END_WHOLE ||
           (settled->end == END_TRANSIENT && download_result(settled->slot->download)->progressed);
}

/* Before any failure is judged: what one file has gained counts for the group, though another one failed at the
 * same time. */
static void draw_good_consequences(struct runner *runner, const struct settled *settled)
{
    if (!settled->slot->asks_size && !settled->slot->group->leaving && has_progressed(settled))
        note_progress(runner, settled->slot->group, RETRY_PROGRESSED);
}

static void draw_consequences(struct runner *runner, const struct settled *settled)
{
    struct live_group *group = settled->slot->group;
    if (settled->slot->asks_size || group->leaving)
        return;
    if (settled->end == END_FATAL)
        settle_fail(runner, group, &settled->error);
    else if (settled->end == END_TRANSIENT)
        wait_and_retry(runner, settled);
    /* after END_CHANGED and END_STOPPED the file just waits for its turn, from what was recorded */
}

static void draw_all_consequences(struct runner *runner, const struct settled *settled,
                                  size_t count)
{
    bool failed = false;
    for (size_t i = 0; i < count; i++) {
        draw_good_consequences(runner, &settled[i]);
        failed = failed || settled[i].end == END_TRANSIENT;
    }
    if (failed)
        network_watch_look(runner);
    for (size_t i = 0; i < count; i++)
        draw_consequences(runner, &settled[i]);
}

/* ---- all that ended ----------------------------------------------------------------------- */

static struct slot *take_ended(struct runner *runner, size_t *count)
{
    lock_take(runner->lock);
    struct slot *ended = runner->ended;
    runner->ended = NULL;
    lock_drop(runner->lock);
    *count = 0;
    for (struct slot *slot = ended; slot; slot = slot->next_ended)
        (*count)++;
    return ended;
}

/* Nothing can be said of them now, for want of memory: a later round tries again. */
static void give_back_ended(struct runner *runner, struct slot *ended)
{
    lock_take(runner->lock);
    while (ended) {
        struct slot *next = ended->next_ended;
        ended->next_ended = runner->ended;
        runner->ended = ended;
        ended = next;
    }
    lock_drop(runner->lock);
    runner_look_again(runner, runner->now + PAUSE_WITHOUT_MEMORY_MS);
}

/* In order of their files, so that of several failures the first file's is the one reported. */
static int by_index(const void *a, const void *b)
{
    const struct settled *left = a, *right = b;
    uint32_t i = left->slot->row.index, j = right->slot->row.index;
    return (i > j) - (i < j);
}

/* Those that are to be recorded, or only those that are to land. */
static bool record_all(struct runner *runner, const struct settled *settled, size_t count,
                       bool landing)
{
    struct file_record *records = calloc(count, sizeof *records);
    if (!records)
        return false;
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (landing ? settled[i].to_land : settled[i].to_record)
            records[used++] = settled[i].record;
    }
    enum fault fault = landing ? queue_record_swift(runner->queue, records, used)
                               : queue_record(runner->queue, records, used);
    for (size_t i = 0; i < count && !fault; i++) {
        if (landing ? settled[i].to_land : settled[i].to_record)
            chronicle_recorded(settled[i].slot, &settled[i].record);
    }
    free(records);
    return fault == FAULT_NONE;
}

static void release(struct slot *slot)
{
    download_free(slot->download);
    file_row_clear(&slot->row);
    free(slot);
}

/* The store did not take the records: what it holds is still true of the disk, if a little old. Each file
 * is taken up again from there after a pause; what is sealed stays so. */
static void forget(struct runner *runner, struct settled *settled, size_t count)
{
    log_event("the queue cannot be written; trying again in a while");
    for (size_t i = 0; i < count; i++) {
        settled[i].end = END_STOPPED;
        settled[i].to_record = false;
        settled[i].record.done = false;
        if (!settled[i].record.whole)
            settled[i].record = record_of(&settled[i].slot->row);
        schedule_pause(runner, settled[i].slot->group);
    }
}

/* The queue learns of what is sealed before it is renamed: should we die in between, the next process sees
 * that it was done, and does not fetch it again. */
static void land_all(struct runner *runner, struct settled *settled, size_t count)
{
    if (!record_all(runner, settled, count, true)) {
        forget(runner, settled, count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (settled[i].to_land)
            land(runner, &settled[i]);
    }
    if (!record_all(runner, settled, count, false))
        forget(runner, settled, count);
}

void settle_ended(struct runner *runner)
{
    size_t count;
    struct slot *ended = take_ended(runner, &count);
    if (count == 0)
        return;
    struct settled *settled = calloc(count, sizeof *settled);
    if (!settled) {
        give_back_ended(runner, ended);
        return;
    }
    size_t at = 0;
    for (struct slot *slot = ended; slot; slot = slot->next_ended)
        settle(runner, &settled[at++], slot);
    qsort(settled, count, sizeof *settled, by_index);
    land_all(runner, settled, count);
    for (size_t i = 0; i < count; i++)
        move_to_rest(runner, &settled[i]);
    draw_all_consequences(runner, settled, count);
    for (size_t i = 0; i < count; i++) {
        put_back(runner, &settled[i]);
        release(settled[i].slot);
    }
    free(settled);
}

/* ---- checkpoints -------------------------------------------------------------------------- */

static void checkpoint(struct runner *runner, struct slot *slot)
{
    struct checkpoint reached;
    if (download_bytes(slot->download) == slot->row.durable ||
        download_checkpoint(slot->download, &reached))
        return;
    const struct file_record record = {.file = slot->row.key,
                                       .size = download_size(slot->download),
                                       .durable = reached.durable,
                                       .validator = reached.validator,
                                       .prefix = reached.prefix};
    if (queue_record(runner->queue, &record, 1)) {
        log_event("how far file %" PRId64 " is could not be recorded", slot->row.key);
    } else {
        chronicle_recorded(slot, &record);
        if (record.durable > slot->row.durable)
            note_progress(runner, slot->group, RETRY_GREW);
        lock_take(runner->lock);
        bool updated = update_row(&slot->row, &record);
        lock_drop(runner->lock);
        if (!updated)
            log_event("out of memory: file %" PRId64 " may have to start again", slot->row.key);
    }
    checkpoint_clear(&reached);
}

/* The one that has waited longest. */
static struct slot *due_slot(const struct runner *runner)
{
    struct slot *due = NULL;
    const uint64_t now = clock_ms();
    for (const struct live_group *group = runner->groups; group; group = group->next) {
        for (struct slot *slot = group->slots; slot; slot = slot->next) {
            if (!slot->asks_size && slot->next_checkpoint <= now &&
                (!due || slot->next_checkpoint < due->next_checkpoint))
                due = slot;
        }
    }
    return due;
}

void settle_checkpoint(struct runner *runner)
{
    struct slot *slot = due_slot(runner);
    if (!slot)
        return;
    checkpoint(runner, slot);
    slot->next_checkpoint = clock_ms() + runner->checkpoint_ms;
}
