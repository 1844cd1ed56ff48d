/* SPDX-License-Identifier: MIT */
/* Part files of cancelled groups, until they are deleted. */
#include <stdlib.h>

#include "queue/store.h"

enum fault queue_discards(struct queue *queue, const char *after, size_t most, char ***paths,
                          size_t *count)
{
    static const char sql[] = "SELECT path FROM discards WHERE path > ?1 ORDER BY path LIMIT ?2";
    size_t room = 0;
    *paths = NULL;
    *count = 0;
    struct query query;
    query_read(&query, queue, sql);
    query_bind_text(&query, 1, after);
    query_bind_int(&query, 2, (int64_t)most);
    while (query_row(&query)) {
        if (*count == room) {
            room = room ? room * 2 : 16;
            char **more = realloc(*paths, room * sizeof(**paths));
            if (!more) {
                query.fault = FAULT_MEMORY;
                break;
            }
            *paths = more;
        }
        (*paths)[(*count)++] = query_text(&query, 0);
    }
    enum fault fault = query_close(&query);
    if (fault != FAULT_NONE) {
        queue_paths_free(*paths, *count);
        *paths = NULL;
        *count = 0;
    }
    return fault;
}

void queue_paths_free(char **paths, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(paths[i]);
    }
    free(paths);
}

static enum fault forget(struct queue *queue, char *const *paths, size_t count)
{
    static const char sql[] = "DELETE FROM discards WHERE path = ?1";
    struct query query;
    query_open(&query, &queue->writer, sql);
    for (size_t i = 0; i < count && query.fault == FAULT_NONE; i++) {
        query_bind_text(&query, 1, paths[i]);
        query_run(&query);
    }
    return query_close(&query);
}

enum fault queue_discards_done(struct queue *queue, char *const *paths, size_t count)
{
    if (count == 0) {
        return FAULT_NONE;
    }
    enum fault fault = store_begin(queue);
    return fault == FAULT_NONE ? store_end(queue, forget(queue, paths, count)) : fault;
}
