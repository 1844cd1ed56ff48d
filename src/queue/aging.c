/* SPDX-License-Identifier: MIT */
/* Time as the queue knows it. The time of day is not to be trusted: a machine whose battery is empty
 * starts in 2001 and is set right a minute later, and a group must not be thrown away for that. So
 * the queue has an age of its own, which grows with the time of day, but never twice over the same
 * days, and by one leap of the clock no more than LEAP_MOST_S. */
#include "queue/state.h"

#define LEAP_MOST_S (INT64_C(30) * 24 * 3600)

enum fault queue_pass_time(struct queue *queue, int64_t unix_s)
{
    /* The first look only finds out what time it is. */
    static const char sql[] = "UPDATE queue SET"
                              " age = age + CASE wall WHEN 0 THEN 0"
                              "   ELSE max(0, min(?1 - wall, ?2)) END,"
                              " wall = max(wall, ?1)";
    enum fault fault = store_begin_swift(queue);
    if (fault != FAULT_NONE) {
        return fault;
    }
    struct query query;
    query_open(&query, &queue->writer, sql);
    query_bind_int(&query, 1, unix_s);
    query_bind_int(&query, 2, LEAP_MOST_S);
    query_run(&query);
    return store_end(queue, query_close(&query));
}

enum fault queue_groups_idle(struct queue *queue, int64_t idle_s, int64_t **keys, size_t *count)
{
    static const char sql[] = "SELECT key FROM groups WHERE " IDLE("?1") " ORDER BY key";
    struct query query;
    query_read(&query, queue, sql);
    query_bind_int(&query, 1, idle_s);
    return query_keys(&query, keys, count);
}
