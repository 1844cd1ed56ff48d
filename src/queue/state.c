/* SPDX-License-Identifier: MIT */
#include "queue/state.h"

enum fault standing_read(struct queue *queue, int64_t key, struct standing *standing)
{
    static const char sql[] =
        "SELECT state, job IS NOT NULL, files, files_done, retries, event, event_serial"
        " FROM groups JOIN totals ON group_key = key WHERE key = ?1";
    struct query query;
    query_open(&query, &queue->writer, sql);
    query_bind_int(&query, 1, key);
    bool found = query_row(&query);
    if (found) {
        standing->state = (enum group_state)query_below(&query, 0, GROUP_STATES);
        standing->has_job = query_int(&query, 1) != 0;
        standing->files = query_u32(&query, 2);
        standing->files_done = query_u32(&query, 3);
        standing->retries = query_u32(&query, 4);
        standing->event = (enum group_event)query_below(&query, 5, GROUP_EVENTS);
        standing->event_serial = query_int(&query, 6);
    }
    return query_close_found(&query, found);
}

/* [from][to]. qmgr.md 14.1; complete -> suspended is AddFiles to a finished group (Q25). */
static const bool exists[4][4] = {
    [GROUP_SUSPENDED] = {[GROUP_RUNNING] = true},
    [GROUP_RUNNING] = {[GROUP_SUSPENDED] = true, [GROUP_ERROR] = true, [GROUP_COMPLETE] = true},
    [GROUP_ERROR] = {[GROUP_RUNNING] = true},
    [GROUP_COMPLETE] = {[GROUP_SUSPENDED] = true},
};

static enum fault write(struct queue *queue, int64_t key, const struct standing *to,
                        const struct group_error *error)
{
    static const char sql[] =
        "UPDATE groups SET state = ?2, error_file = ?3, error_win32 = ?4, error_http = ?5,"
        " retries = ?6, event = ?7, event_serial = ?8, stuck_s = 0, " TOUCHED " WHERE key = ?1";
    struct query query;
    query_open(&query, &queue->writer, sql);
    query_bind_int(&query, 1, key);
    query_bind_int(&query, 2, to->state);
    query_bind_int(&query, 3, error->file);
    query_bind_int(&query, 4, error->win32);
    query_bind_int(&query, 5, error->http);
    query_bind_int(&query, 6, to->retries);
    query_bind_int(&query, 7, to->event);
    query_bind_int(&query, 8, to->event_serial);
    return query_change_one(&query);
}

enum fault group_change(struct queue *queue, int64_t key, const struct standing *from,
                        enum group_state to, const struct group_error *error)
{
    static const struct group_error no_error = {.file = NO_FILE};
    if (!exists[from->state][to]) {
        return FAULT_STATE;
    }
    struct standing after = *from;
    after.state = to;
    switch (to) {
    case GROUP_RUNNING:
        /* The count in GetStatus goes back only when the error it belongs to does
         * (decisions.md). */
        if (from->state == GROUP_ERROR) {
            after.retries = 0;
        }
        after.event = EVENT_NONE;
        break;
    case GROUP_SUSPENDED: after.event = EVENT_NONE; break;
    case GROUP_ERROR:
        after.event = EVENT_ERROR;
        after.event_serial++;
        break;
    case GROUP_COMPLETE:
        after.event = EVENT_COMPLETE;
        after.event_serial++;
        break;
    }
    return write(queue, key, &after, error ? error : &no_error);
}
