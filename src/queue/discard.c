/* SPDX-License-Identifier: MIT */
/* Part files that nobody wants (any more), until they are deleted: those of cancelled groups, and those
 * of an AddFiles that did not come to its end. */
#include <stdlib.h>

#include "queue/state.h"

static enum fault read_discards(struct query *query, struct discard **list, size_t *count)
{
    size_t room = 0;
    while (query_row(query)) {
        if (*count == room) {
            room = room ? room * 2 : 16;
            struct discard *more = realloc(*list, room * sizeof(**list));
            if (!more) {
                query->fault = FAULT_MEMORY;
                break;
            }
            *list = more;
        }
        struct discard *discard = &(*list)[(*count)++];
        discard->path = query_text(query, 0);
        discard->maker = query_text(query, 1);
    }
    return query_close(query);
}

enum fault queue_discards(struct queue *queue, const char *after, size_t most,
                          struct discard **list, size_t *count)
{
    static const char sql[] =
        "SELECT path, maker FROM discards WHERE path > ?1 ORDER BY path LIMIT ?2";
    *list = NULL;
    *count = 0;
    struct query query;
    query_read(&query, queue, sql);
    query_bind_text(&query, 1, after);
    query_bind_int(&query, 2, (int64_t)most);
    enum fault fault = read_discards(&query, list, count);
    if (fault != FAULT_NONE) {
        queue_discards_free(*list, *count);
        *list = NULL;
        *count = 0;
    }
    return fault;
}

void queue_discards_free(struct discard *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(list[i].path);
        free(list[i].maker);
    }
    free(list);
}

static enum fault forget(struct queue *queue, const struct discard *list, size_t count)
{
    static const char sql[] = "DELETE FROM discards WHERE path = ?1";
    struct query query;
    query_open(&query, &queue->writer, sql);
    for (size_t i = 0; i < count && query.fault == FAULT_NONE; i++) {
        query_bind_text(&query, 1, list[i].path);
        query_run(&query);
    }
    return query_close(&query);
}

enum fault queue_discards_done(struct queue *queue, const struct discard *list, size_t count)
{
    if (count == 0) {
        return FAULT_NONE;
    }
    enum fault fault = store_begin(queue);
    return fault == FAULT_NONE ? store_end(queue, forget(queue, list, count)) : fault;
}

static enum fault plan(struct queue *queue, const char *maker, char *const *paths, size_t count)
{
    static const char sql[] = "INSERT OR REPLACE INTO discards (path, maker) VALUES (?1, ?2)";
    struct query query;
    query_open(&query, &queue->writer, sql);
    query_bind_text(&query, 2, maker);
    for (size_t i = 0; i < count && query.fault == FAULT_NONE; i++) {
        query_bind_text(&query, 1, paths[i]);
        query_run(&query);
    }
    return query_close(&query);
}

enum fault queue_discards_plan(struct queue *queue, const char *maker, char *const *paths,
                               size_t count)
{
    enum fault fault = store_begin(queue);
    return fault == FAULT_NONE ? store_end(queue, plan(queue, maker, paths, count)) : fault;
}
