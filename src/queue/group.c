/* SPDX-License-Identifier: MIT */
/* Groups: making, finding, asking, and what a client may do to them. */
#include <stdlib.h>
#include <string.h>

#include "queue/state.h"
#include "queue/store.h"

/* ---- making and finding ---------------------------------------------------------------------- */

enum fault queue_group_create(struct queue *queue, const struct queue_id *id, int64_t *key)
{
    static const char sql[] = "INSERT INTO groups (id, touched)"
                              " SELECT ?1, age FROM queue";
    enum fault fault = store_begin(queue);
    if (fault != FAULT_NONE) {
        return fault;
    }
    struct query query;
    query_open(&query, &queue->writer, sql);
    query_bind_id(&query, 1, id);
    query_run(&query);
    /* The trigger's own insert does not count here. */
    int64_t made = sqlite3_last_insert_rowid(queue->writer.db);
    fault = store_end(queue, query_close(&query));
    if (fault == FAULT_NONE) {
        *key = made;
    }
    return fault;
}

enum fault queue_group_find(struct queue *queue, const struct queue_id *id, int64_t *key)
{
    static const char sql[] = "SELECT key FROM groups WHERE id = ?1";
    struct query query;
    query_read(&query, queue, sql);
    query_bind_id(&query, 1, id);
    bool found = query_row(&query);
    if (found) {
        *key = query_int(&query, 0);
    }
    return query_close_found(&query, found);
}

enum fault queue_group_list(struct queue *queue, struct queue_id **ids, size_t *count)
{
    static const char sql[] = "SELECT id FROM groups ORDER BY key";
    size_t room = 0;
    *ids = NULL;
    *count = 0;
    struct query query;
    query_read(&query, queue, sql);
    while (query_row(&query)) {
        if (*count == room) {
            room = room ? room * 2 : 16;
            struct queue_id *more = realloc(*ids, room * sizeof(**ids));
            if (!more) {
                query.fault = FAULT_MEMORY;
                break;
            }
            *ids = more;
        }
        (*ids)[(*count)++] = query_id(&query, 0);
    }
    enum fault fault = query_close(&query);
    if (fault != FAULT_NONE) {
        free(*ids);
        *ids = NULL;
        *count = 0;
    }
    return fault;
}

/* ---- asking ---------------------------------------------------------------------------------- */

static void read_info(struct query *query, struct group_info *info)
{
    memset(info, 0, sizeof(*info));
    info->id = query_id(query, 0);
    info->state = (enum group_state)query_below(query, 1, GROUP_STATES);
    info->foreground = query_int(query, 2) != 0;
    info->has_job = !query_is_null(query, 3);
    if (info->has_job) {
        info->job = query_id(query, 3);
    }
    info->notify_flags = query_u32(query, 4);
    info->retries = query_u32(query, 5);
    info->resumes = query_u32(query, 6);
    info->stuck_s = query_u32(query, 7);
    info->error.file = query_u32(query, 8);
    info->error.win32 = query_u32(query, 9);
    info->error.http = query_u32(query, 10);
    info->event = (enum group_event)query_below(query, 11, GROUP_EVENTS);
    info->event_serial = query_int(query, 12);
}

enum fault queue_group_info(struct queue *queue, int64_t key, struct group_info *info)
{
    static const char sql[] =
        "SELECT id, state, foreground, job, notify_flags, retries, resumes, stuck_s,"
        " error_file, error_win32, error_http, event, event_serial FROM groups WHERE key = ?1";
    struct query query;
    query_read(&query, queue, sql);
    query_bind_int(&query, 1, key);
    bool found = query_row(&query);
    if (found) {
        read_info(&query, info);
    }
    return query_close_found(&query, found);
}

static uint64_t count_of_bytes(struct query *query, int column)
{
    int64_t value = query_int(query, column);
    return value < 0 ? 0 : (uint64_t)value;
}

enum fault queue_group_totals(struct queue *queue, int64_t key, struct group_totals *totals)
{
    static const char sql[] = "SELECT files, files_done, unknown_sizes, bytes_total, bytes_done,"
                              " shown, shown_bytes, shown_total, shown_percent"
                              " FROM totals WHERE group_key = ?1";
    struct query query;
    query_read(&query, queue, sql);
    query_bind_int(&query, 1, key);
    bool found = query_row(&query);
    if (found) {
        totals->files = query_u32(&query, 0);
        totals->files_done = query_u32(&query, 1);
        totals->unknown_sizes = query_u32(&query, 2);
        totals->bytes_total = count_of_bytes(&query, 3);
        totals->bytes_done = count_of_bytes(&query, 4);
        totals->shown = query_int(&query, 5) != 0;
        totals->shown_bytes = count_of_bytes(&query, 6);
        totals->shown_total = count_of_bytes(&query, 7);
        totals->shown_percent = query_u32(&query, 8);
    }
    return query_close_found(&query, found);
}

enum fault queue_file_count(struct queue *queue, int64_t key, uint32_t *count)
{
    struct group_totals totals = {0};
    enum fault fault = queue_group_totals(queue, key, &totals);
    if (fault == FAULT_NONE) {
        *count = totals.files;
    }
    return fault;
}

/* ---- properties ------------------------------------------------------------------------------ */

enum fault queue_group_text(struct queue *queue, int64_t key, enum group_text which, char **text)
{
    static const char sql[] =
        "SELECT CASE ?2 WHEN 0 THEN display_name WHEN 1 THEN description ELSE notify_clsid END"
        " FROM groups WHERE key = ?1";
    *text = NULL;
    struct query query;
    query_read(&query, queue, sql);
    query_bind_int(&query, 1, key);
    query_bind_int(&query, 2, which);
    bool found = query_row(&query);
    if (found) {
        *text = query_text(&query, 0);
    }
    return query_close_found(&query, found);
}

static const char *sql_to_set(enum group_text which)
{
    static const char name[] = "UPDATE groups SET display_name = ?2, " TOUCHED " WHERE key = ?1";
    static const char description[] =
        "UPDATE groups SET description = ?2, " TOUCHED " WHERE key = ?1";
    static const char clsid[] = "UPDATE groups SET notify_clsid = ?2, " TOUCHED " WHERE key = ?1";
    switch (which) {
    case GROUP_DISPLAY_NAME: return name;
    case GROUP_DESCRIPTION: return description;
    case GROUP_NOTIFY_CLSID: return clsid;
    }
    return NULL;
}

enum fault queue_group_set_text(struct queue *queue, int64_t key, enum group_text which,
                                const char *text)
{
    const char *sql = sql_to_set(which);
    if (!sql || !text) {
        return FAULT_ARGUMENT;
    }
    enum fault fault = store_begin(queue);
    if (fault != FAULT_NONE) {
        return fault;
    }
    struct query query;
    query_open(&query, &queue->writer, sql);
    query_bind_int(&query, 1, key);
    query_bind_text(&query, 2, text);
    return store_end(queue, query_change_one(&query));
}

static enum fault set_number(struct queue *queue, int64_t key, const char *sql, int64_t value)
{
    enum fault fault = store_begin(queue);
    if (fault != FAULT_NONE) {
        return fault;
    }
    struct query query;
    query_open(&query, &queue->writer, sql);
    query_bind_int(&query, 1, key);
    query_bind_int(&query, 2, value);
    return store_end(queue, query_change_one(&query));
}

enum fault queue_group_set_notify_flags(struct queue *queue, int64_t key, uint32_t flags)
{
    static const char sql[] = "UPDATE groups SET notify_flags = ?2, " TOUCHED " WHERE key = ?1";
    return set_number(queue, key, sql, flags);
}

enum fault queue_group_set_foreground(struct queue *queue, int64_t key)
{
    static const char sql[] = "UPDATE groups SET foreground = ?2, " TOUCHED " WHERE key = ?1";
    return set_number(queue, key, sql, 1);
}

enum fault queue_group_count_retry(struct queue *queue, int64_t key, uint32_t stuck_s)
{
    static const char sql[] = "UPDATE groups SET retries = min(retries + 1, 0xFFFFFFFF),"
                              " stuck_s = ?2, " TOUCHED " WHERE key = ?1";
    return set_number(queue, key, sql, stuck_s);
}

enum fault queue_group_stuck(struct queue *queue, int64_t key, uint32_t stuck_s)
{
    static const char sql[] = "UPDATE groups SET stuck_s = ?2, " TOUCHED " WHERE key = ?1";
    return set_number(queue, key, sql, stuck_s);
}

/* ---- what a client may do -------------------------------------------------------------------- */

static enum fault set_job(struct queue *queue, int64_t key, const struct queue_id *job)
{
    static const char sql[] = "UPDATE groups SET job = ?2, " TOUCHED " WHERE key = ?1";
    struct standing standing;
    enum fault fault = standing_read(queue, key, &standing);
    if (fault != FAULT_NONE) {
        return fault;
    }
    if (standing.state == GROUP_RUNNING) {
        return FAULT_STATE;
    }
    if (standing.has_job) {
        return FAULT_SECOND_JOB;
    }
    struct query query;
    query_open(&query, &queue->writer, sql);
    query_bind_int(&query, 1, key);
    query_bind_id(&query, 2, job);
    return query_change_one(&query);
}

enum fault queue_job_create(struct queue *queue, int64_t key, const struct queue_id *job)
{
    enum fault fault = store_begin(queue);
    return fault == FAULT_NONE ? store_end(queue, set_job(queue, key, job)) : fault;
}

static enum fault count_resume(struct queue *queue, int64_t key)
{
    static const char sql[] =
        "UPDATE groups SET resumes = (resumes + 1) & 0xFFFFFFFF, " TOUCHED " WHERE key = ?1";
    struct query query;
    query_open(&query, &queue->writer, sql);
    query_bind_int(&query, 1, key);
    return query_change_one(&query);
}

static enum fault resume(struct queue *queue, int64_t key)
{
    struct standing standing;
    enum fault fault = standing_read(queue, key, &standing);
    if (fault != FAULT_NONE || standing.state == GROUP_COMPLETE) {
        return fault;
    }
    if (standing.state != GROUP_RUNNING) {
        if (!standing.has_job || standing.files == 0) {
            return FAULT_STATE;
        }
        fault = group_change(queue, key, &standing, GROUP_RUNNING, NULL);
    }
    return fault == FAULT_NONE ? count_resume(queue, key) : fault;
}

enum fault queue_group_resume(struct queue *queue, int64_t key)
{
    enum fault fault = store_begin(queue);
    return fault == FAULT_NONE ? store_end(queue, resume(queue, key)) : fault;
}

static enum fault suspend(struct queue *queue, int64_t key)
{
    struct standing standing;
    enum fault fault = standing_read(queue, key, &standing);
    if (fault != FAULT_NONE || standing.state != GROUP_RUNNING) {
        return fault;
    }
    fault = group_change(queue, key, &standing, GROUP_SUSPENDED, NULL);
    return fault == FAULT_NONE ? order_give(queue) : fault;
}

enum fault queue_group_suspend(struct queue *queue, int64_t key)
{
    enum fault fault = store_begin(queue);
    return fault == FAULT_NONE ? store_end(queue, suspend(queue, key)) : fault;
}

static enum fault cancel(struct queue *queue, int64_t key)
{
    static const char sql[] = "DELETE FROM groups WHERE key = ?1"; /* its files go with it */
    enum fault fault = files_discard(queue, key);
    if (fault != FAULT_NONE) {
        return fault;
    }
    struct query query;
    query_open(&query, &queue->writer, sql);
    query_bind_int(&query, 1, key);
    fault = query_change_one(&query);
    return fault == FAULT_NONE ? order_give(queue) : fault;
}

enum fault queue_group_cancel(struct queue *queue, int64_t key)
{
    enum fault fault = store_begin(queue);
    return fault == FAULT_NONE ? store_end(queue, cancel(queue, key)) : fault;
}

static enum fault cancel_idle(struct queue *queue, int64_t key, int64_t idle_s)
{
    static const char sql[] = "SELECT " IDLE("?2") " FROM groups WHERE key = ?1";
    struct query query;
    query_open(&query, &queue->writer, sql);
    query_bind_int(&query, 1, key);
    query_bind_int(&query, 2, idle_s);
    bool found = query_row(&query);
    bool idle = found && query_int(&query, 0) != 0;
    enum fault fault = query_close_found(&query, found);
    if (fault == FAULT_NONE && !idle) {
        fault = FAULT_STATE;
    }
    return fault == FAULT_NONE ? cancel(queue, key) : fault;
}

enum fault queue_group_cancel_idle(struct queue *queue, int64_t key, int64_t idle_s)
{
    enum fault fault = store_begin(queue);
    return fault == FAULT_NONE ? store_end(queue, cancel_idle(queue, key, idle_s)) : fault;
}
