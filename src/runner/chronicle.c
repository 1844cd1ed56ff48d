/* SPDX-License-Identifier: MIT */
#include "runner/chronicle.h"

#include <inttypes.h>

#include "platform/log.h"

/* ---- groups ------------------------------------------------------------------------------- */

void chronicle_taken_up(int64_t key, const struct group_info *info,
                        const struct group_totals *totals)
{
    log_event("group %" PRId64 " %s: goes on here, %lu of %lu files are in place%s", key,
              queue_id_text(&info->id).text, (unsigned long)totals->files_done,
              (unsigned long)totals->files, info->foreground ? ", in the foreground" : "");
}

void chronicle_stops(struct queue *queue, const struct live_group *group)
{
    struct group_info info;
    enum fault fault = queue_group_info(queue, group->key, &info);
    log_event("group %" PRId64 ": stops, since it was %s", group->key,
              fault == FAULT_NOT_FOUND                               ? "cancelled"
              : fault == FAULT_NONE && info.state == GROUP_SUSPENDED ? "suspended"
                                                                     : "changed");
}

static struct queue_id_text name_of(struct queue *queue, int64_t key)
{
    struct group_info info;
    return queue_group_info(queue, key, &info) == FAULT_NONE ? queue_id_text(&info.id)
                                                             : (struct queue_id_text){""};
}

void chronicle_complete(struct queue *queue, const struct live_group *group)
{
    log_event("group %" PRId64 " %s is complete", group->key, name_of(queue, group->key).text);
}

void chronicle_failed(struct queue *queue, const struct live_group *group,
                      const struct group_error *error)
{
    log_event("group %" PRId64 " %s has failed, at its file number %lu: HTTP %lu, Win32 error %lu",
              group->key, name_of(queue, group->key).text, (unsigned long)error->file,
              (unsigned long)error->http, (unsigned long)error->win32);
}

void chronicle_waits(const struct live_group *group, uint32_t wait_ms)
{
    log_event("group %" PRId64 ": failures in a row: %lu, the next attempt is in %lu ms",
              group->key, (unsigned long)group->retry.failures, (unsigned long)wait_ms);
}

/* ---- files -------------------------------------------------------------------------------- */

void chronicle_begins(const struct slot *slot)
{
    const struct file_row *row = &slot->row;
    log_event("group %" PRId64 ", its number %lu, file %" PRId64 ": begins behind %" PRId64
              " bytes: %s -> %s",
              slot->group->key, (unsigned long)row->index, row->key, row->durable,
              log_url(row->url).text, row->local);
}

void chronicle_attempt_over(const struct slot *slot)
{
    static const char *const words[] = {
        [END_WHOLE] = "",
        [END_STOPPED] = "was stopped",
        [END_TRANSIENT] = "could not be fetched this time",
        [END_FATAL] = "cannot be fetched",
        [END_CHANGED] = "starts again from nothing",
    };
    const struct download_result *result = download_result(slot->download);
    log_event("group %" PRId64 ", file %" PRId64 " %s at %" PRId64
              " bytes: %s (HTTP %lu, Win32 error %lu)",
              slot->group->key, slot->row.key, words[result->end], download_bytes(slot->download),
              result->cause, (unsigned long)result->http, (unsigned long)result->win32);
}

void chronicle_not_in_place(const struct slot *slot, uint32_t win32)
{
    log_event("group %" PRId64 ", file %" PRId64 " cannot be put in place at %s: Win32 error %lu",
              slot->group->key, slot->row.key, slot->row.local, (unsigned long)win32);
}

void chronicle_recorded(const struct slot *slot, const struct file_record *record)
{
    if (record->done) {
        log_event("file %" PRId64 ": %" PRId64
                  " bytes are safe and in place, %lu ms after it began",
                  record->file, record->durable, (unsigned long)(clock_ms() - slot->begun));
    } else {
        log_event("file %" PRId64 ": %" PRId64 " bytes are safe%s", record->file, record->durable,
                  record->whole ? ", that is all" : "");
    }
}
