/* SPDX-License-Identifier: MIT */
/* What became of files and groups: the runner's side of the queue. */
#include <stdlib.h>

#include "queue/state.h"
#include "queue/store.h"

enum fault queue_running(struct queue *queue, int64_t **keys, size_t *count)
{
    static const char sql[] =
        "SELECT key FROM groups WHERE state = 1 ORDER BY foreground DESC, key";
    struct query query;
    query_read(&query, queue, sql);
    return query_keys(&query, keys, count);
}

/* ---- files ----------------------------------------------------------------------------------- */

static bool record_is_sound(const struct file_record *record)
{
    if (record->durable < 0) {
        return false;
    }
    return record->done ? record->size >= 0 : record->size >= SIZE_UNKNOWN;
}

/* A file in place stays in place, so a record that comes late does no harm. */
static enum fault write_records(struct queue *queue, const struct file_record *records,
                                size_t count)
{
    static const char sql[] = "UPDATE files SET size = ?2, durable = ?3, validator = ?4, done = ?5,"
                              " whole = ?6, stamp = ?7, prefix = ?8"
                              " WHERE key = ?1 AND done <= ?5";
    struct query query;
    query_open(&query, &queue->writer, sql);
    for (size_t i = 0; i < count && query.fault == FAULT_NONE; i++) {
        query_bind_int(&query, 1, records[i].file);
        query_bind_int(&query, 2, records[i].size);
        query_bind_int(&query, 3, records[i].durable);
        query_bind_text(&query, 4, records[i].validator);
        query_bind_int(&query, 5, records[i].done);
        query_bind_int(&query, 6, records[i].whole);
        query_bind_blob(&query, 7, records[i].stamp.data, records[i].stamp.size);
        query_bind_blob(&query, 8, records[i].prefix.data, records[i].prefix.size);
        query_run(&query);
    }
    return query_close(&query);
}

static enum fault touch_groups(struct queue *queue, const struct file_record *records, size_t count)
{
    static const char sql[] =
        "UPDATE groups SET " TOUCHED " WHERE key = (SELECT group_key FROM files WHERE key = ?1)"
        " AND touched <> (SELECT age FROM queue)";
    struct query query;
    query_open(&query, &queue->writer, sql);
    for (size_t i = 0; i < count && query.fault == FAULT_NONE; i++) {
        query_bind_int(&query, 1, records[i].file);
        query_run(&query);
    }
    return query_close(&query);
}

static bool records_are_sound(const struct file_record *records, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!record_is_sound(&records[i])) {
            return false;
        }
    }
    return true;
}

/* In the transaction that `begun` tells of. */
static enum fault record(struct queue *queue, enum fault begun, const struct file_record *records,
                         size_t count)
{
    if (begun != FAULT_NONE) {
        return begun;
    }
    enum fault fault = write_records(queue, records, count);
    if (fault == FAULT_NONE) {
        fault = touch_groups(queue, records, count);
    }
    return store_end(queue, fault);
}

enum fault queue_record(struct queue *queue, const struct file_record *records, size_t count)
{
    if (!records_are_sound(records, count)) {
        return FAULT_ARGUMENT;
    }
    return count > 0 ? record(queue, store_begin(queue), records, count) : FAULT_NONE;
}

enum fault queue_record_swift(struct queue *queue, const struct file_record *records, size_t count)
{
    if (!records_are_sound(records, count)) {
        return FAULT_ARGUMENT;
    }
    return count > 0 ? record(queue, store_begin_swift(queue), records, count) : FAULT_NONE;
}

/* ---- groups ---------------------------------------------------------------------------------- */

static enum fault fail(struct queue *queue, int64_t key, const struct group_error *error)
{
    struct standing standing;
    enum fault fault = standing_read(queue, key, &standing);
    return fault == FAULT_NONE ? group_change(queue, key, &standing, GROUP_ERROR, error) : fault;
}

enum fault queue_group_fail(struct queue *queue, int64_t key, const struct group_error *error)
{
    enum fault fault = store_begin(queue);
    return fault == FAULT_NONE ? store_end(queue, fail(queue, key, error)) : fault;
}

static enum fault finish(struct queue *queue, int64_t key)
{
    struct standing standing;
    enum fault fault = standing_read(queue, key, &standing);
    if (fault != FAULT_NONE) {
        return fault;
    }
    if (standing.files_done < standing.files) {
        return FAULT_STATE;
    }
    return group_change(queue, key, &standing, GROUP_COMPLETE, NULL);
}

enum fault queue_group_finish(struct queue *queue, int64_t key)
{
    enum fault fault = store_begin(queue);
    return fault == FAULT_NONE ? store_end(queue, finish(queue, key)) : fault;
}

/* ---- events ---------------------------------------------------------------------------------- */

enum fault queue_events(struct queue *queue, int64_t **keys, size_t *count)
{
    static const char sql[] = "SELECT key FROM groups WHERE event > 0 ORDER BY key";
    struct query query;
    query_read(&query, queue, sql);
    return query_keys(&query, keys, count);
}

static enum fault clear_event(struct queue *queue, int64_t key, int64_t event_serial)
{
    static const char sql[] = "UPDATE groups SET event = 0 WHERE key = ?1";
    struct standing standing;
    enum fault fault = standing_read(queue, key, &standing);
    if (fault != FAULT_NONE || standing.event == EVENT_NONE ||
        standing.event_serial != event_serial) {
        return fault;
    }
    struct query query;
    query_open(&query, &queue->writer, sql);
    query_bind_int(&query, 1, key);
    return query_change_one(&query);
}

enum fault queue_event_clear(struct queue *queue, int64_t key, int64_t event_serial)
{
    enum fault fault = store_begin(queue);
    return fault == FAULT_NONE ? store_end(queue, clear_event(queue, key, event_serial)) : fault;
}
