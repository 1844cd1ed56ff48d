/* SPDX-License-Identifier: MIT */
/* Part files that nobody wants (any more), until they are deleted: those of cancelled groups, and those
 * of an AddFiles that did not come to its end. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "platform/log.h"
#include "queue/state.h"

static const char *base_name(const char *path)
{
    const char *base = path;
    for (const char *at = path; *at != '\0'; at++) {
        if (*at == '/' || *at == '\\') {
            base = at + 1;
        }
    }
    return base;
}

bool discard_is_named(const char *path)
{
    static const char start[] = "BIT";
    const char *base = base_name(path);
    if (strncmp(base, start, sizeof(start) - 1) != 0) {
        return false;
    }
    const char *digits = base + sizeof(start) - 1;
    size_t count = strspn(digits, "0123456789ABCDEFabcdef");
    return count >= 4 && count <= 8 && strcmp(digits + count, ".tmp") == 0;
}

static void discard_clear(struct discard *discard)
{
    free(discard->path);
    free(discard->maker);
    free(discard->folder);
}

/* False for a name that is passed over, and out of memory. */
static bool read_one(struct query *query, struct discard *discard, int64_t *strange)
{
    discard->path = query_text(query, 0);
    discard->maker = query_text(query, 1);
    discard->folder = query_text(query, 2);
    if (discard->path && discard->maker && discard_is_named(discard->path)) {
        return true;
    }
    *strange += query->fault == FAULT_NONE;
    discard_clear(discard);
    return false;
}

static enum fault read_discards(struct query *query, size_t most, struct discard **list,
                                size_t *count)
{
    size_t room = 0;
    int64_t strange = 0;
    while (*count < most && query_row(query)) {
        if (*count == room) {
            room = room ? room * 2 : 16;
            struct discard *more = realloc(*list, room * sizeof(**list));
            if (!more) {
                query->fault = FAULT_MEMORY;
                break;
            }
            *list = more;
        }
        *count += read_one(query, &(*list)[*count], &strange);
    }
    if (strange > 0) {
        log_event("queue: %" PRId64 " names to be deleted are not those of part files: left alone",
                  strange);
    }
    return query_close(query);
}

enum fault queue_discards(struct queue *queue, const char *after, size_t most,
                          struct discard **list, size_t *count)
{
    static const char sql[] = "SELECT path, maker, folder FROM discards"
                              " WHERE path > ?1 ORDER BY path";
    *list = NULL;
    *count = 0;
    struct query query;
    query_read(&query, queue, sql);
    query_bind_text(&query, 1, after);
    enum fault fault = read_discards(&query, most, list, count);
    if (fault != FAULT_NONE) {
        queue_discards_free(*list, *count);
        *list = NULL;
        *count = 0;
    }
    return fault;
}

enum fault queue_discards_count(struct queue *queue, int64_t *count)
{
    static const char sql[] = "SELECT count(*) FROM discards WHERE maker = ''";
    struct query query;
    *count = 0;
    query_read(&query, queue, sql);
    if (query_row(&query)) {
        *count = query_int(&query, 0);
    }
    return query_close(&query);
}

void queue_discards_free(struct discard *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        discard_clear(&list[i]);
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
    for (size_t i = 0; i < count; i++) {
        if (!paths[i] || !discard_is_named(paths[i])) {
            return FAULT_ARGUMENT;
        }
    }
    enum fault fault = store_begin(queue);
    return fault == FAULT_NONE ? store_end(queue, plan(queue, maker, paths, count)) : fault;
}
