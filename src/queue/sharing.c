/* SPDX-License-Identifier: MIT */
/* What the process that runs the queue and those that do not tell each other through it. */
#include "queue/state.h"

/* ---- progress -------------------------------------------------------------------------------- */

static int64_t fitting(uint64_t value)
{
    return value > INT64_MAX ? INT64_MAX : (int64_t)value;
}

static enum fault show(struct queue *queue, const struct group_shown *shown, size_t count)
{
    static const char sql[] =
        "UPDATE totals SET shown = 1, shown_bytes = ?2, shown_total = ?3, shown_percent = ?4"
        " WHERE group_key = ?1 AND (SELECT state FROM groups WHERE key = ?1) = 1";
    struct query query;
    query_open(&query, &queue->writer, sql);
    for (size_t i = 0; i < count && query.fault == FAULT_NONE; i++) {
        query_bind_int(&query, 1, shown[i].key);
        query_bind_int(&query, 2, fitting(shown[i].bytes));
        query_bind_int(&query, 3, fitting(shown[i].total));
        query_bind_int(&query, 4, shown[i].percent);
        query_run(&query);
    }
    return query_close(&query);
}

enum fault queue_show(struct queue *queue, const struct group_shown *shown, size_t count)
{
    if (count == 0) {
        return FAULT_NONE;
    }
    enum fault fault = store_begin_swift(queue);
    return fault == FAULT_NONE ? store_end(queue, show(queue, shown, count)) : fault;
}

/* ---- orders ---------------------------------------------------------------------------------- */

enum fault order_give(struct queue *queue)
{
    static const char sql[] = "UPDATE queue SET given = given + 1";
    struct query query;
    query_open(&query, &queue->writer, sql);
    query_run(&query);
    return query_close(&query);
}

enum fault queue_orders(struct queue *queue, int64_t *given, int64_t *obeyed)
{
    static const char sql[] = "SELECT given, obeyed FROM queue";
    struct query query;
    query_read(&query, queue, sql);
    bool found = query_row(&query);
    *given = found ? query_int(&query, 0) : 0;
    *obeyed = found ? query_int(&query, 1) : 0;
    return query_close(&query);
}

enum fault queue_obey(struct queue *queue, int64_t upto)
{
    static const char sql[] = "UPDATE queue SET obeyed = max(obeyed, ?1)";
    enum fault fault = store_begin_swift(queue);
    if (fault != FAULT_NONE) {
        return fault;
    }
    struct query query;
    query_open(&query, &queue->writer, sql);
    query_bind_int(&query, 1, upto);
    query_run(&query);
    return store_end(queue, query_close(&query));
}
