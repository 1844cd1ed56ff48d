/* SPDX-License-Identifier: MIT */
/* Files of a group's job: adding them and asking for them. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "platform/digest.h"
#include "platform/log.h"
#include "queue/state.h"
#include "queue/store.h"

/* ---- what a row says of itself --------------------------------------------------------------- */

static void add_text(struct digest *digest, const char *text)
{
    digest_add(digest, text, strlen(text) + 1);
}

/* Of what never changes in a row. A file of the queue that was damaged might otherwise send a
 * download to another place than the client named. */
static int64_t sum_of(const char *url, const struct blob *secret, const char *local,
                      const char *part, const char *folder)
{
    struct digest digest;
    digest_start(&digest);
    add_text(&digest, url);
    add_text(&digest, local);
    add_text(&digest, part);
    digest_add(&digest, secret->data, secret->size);
    if (folder) { /* rows of the second version have none */
        add_text(&digest, folder);
    }
    return (int64_t)digest_value(&digest);
}

/* ---- adding ---------------------------------------------------------------------------------- */

static enum fault insert(struct queue *queue, int64_t key, uint32_t first,
                         const struct new_file *files, size_t count)
{
    static const char sql[] =
        "INSERT INTO files (group_key, idx, url, secret, local, part, sum, folder)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    struct query query;
    query_open(&query, &queue->writer, sql);
    query_bind_int(&query, 1, key);
    for (size_t i = 0; i < count && query.fault == FAULT_NONE; i++) {
        query_bind_int(&query, 2, (int64_t)(first + i));
        query_bind_text(&query, 3, files[i].url);
        query_bind_blob(&query, 4, files[i].secret.data, files[i].secret.size);
        query_bind_text(&query, 5, files[i].local);
        query_bind_text(&query, 6, files[i].part);
        query_bind_int(
            &query, 7,
            sum_of(files[i].url, &files[i].secret, files[i].local, files[i].part, files[i].folder));
        query_bind_text(&query, 8, files[i].folder);
        query_run(&query);
    }
    return query_close(&query);
}

/* They belong to the group now: those from index `first` on. */
static enum fault take_off_discards(struct queue *queue, int64_t key, uint32_t first)
{
    static const char sql[] = "DELETE FROM discards WHERE path IN"
                              " (SELECT part FROM files WHERE group_key = ?1 AND idx >= ?2)";
    struct query query;
    query_open(&query, &queue->writer, sql);
    query_bind_int(&query, 1, key);
    query_bind_int(&query, 2, first);
    query_run(&query);
    return query_close(&query);
}

static enum fault touch(struct queue *queue, int64_t key)
{
    static const char sql[] = "UPDATE groups SET " TOUCHED " WHERE key = ?1";
    struct query query;
    query_open(&query, &queue->writer, sql);
    query_bind_int(&query, 1, key);
    return query_change_one(&query);
}

static enum fault add(struct queue *queue, int64_t key, const struct new_file *files, size_t count)
{
    struct standing standing;
    enum fault fault = standing_read(queue, key, &standing);
    if (fault != FAULT_NONE) {
        return fault;
    }
    if (!standing.has_job) {
        return FAULT_STATE;
    }
    /* Every index stays below NO_FILE. */
    if (count >= NO_FILE - standing.files) {
        return FAULT_ARGUMENT;
    }
    fault = insert(queue, key, standing.files, files, count);
    if (fault == FAULT_NONE) {
        fault = take_off_discards(queue, key, standing.files);
    }
    if (fault != FAULT_NONE) {
        return fault;
    }
    if (standing.state == GROUP_COMPLETE) {
        return group_change(queue, key, &standing, GROUP_SUSPENDED, NULL);
    }
    return touch(queue, key);
}

enum fault queue_files_add(struct queue *queue, int64_t key, const struct new_file *files,
                           size_t count)
{
    if (!files || count == 0) {
        return FAULT_ARGUMENT;
    }
    for (size_t i = 0; i < count; i++) {
        if (!files[i].url || !files[i].local || !files[i].part) {
            return FAULT_ARGUMENT;
        }
    }
    enum fault fault = store_begin(queue);
    return fault == FAULT_NONE ? store_end(queue, add(queue, key, files, count)) : fault;
}

/* ---- asking ---------------------------------------------------------------------------------- */

#define FILE_COLUMNS                                                                               \
    "SELECT key, idx, url, secret, local, part, size, durable, validator, done, whole, stamp,"     \
    " prefix, sum, folder FROM files"

/* Everything that the sum is of. */
static void read_names(struct query *query, struct file_row *row)
{
    row->key = query_int(query, 0);
    row->url = query_text(query, 2);
    row->secret = query_blob(query, 3);
    row->local = query_text(query, 4);
    row->part = query_text(query, 5);
    row->folder = query_text(query, 14);
    /* Rows of the first version have no sum. */
    row->damaged = query->fault == FAULT_NONE && !query_is_null(query, 13) &&
                   (!row->url || !row->local || !row->part ||
                    sum_of(row->url, &row->secret, row->local, row->part, row->folder) !=
                        query_int(query, 13));
}

static void read_row(struct query *query, struct file_row *row)
{
    read_names(query, row);
    row->index = query_below(query, 1, NO_FILE);
    row->size = query_int(query, 6);
    row->durable = query_int(query, 7);
    row->validator = query_text(query, 8);
    row->done = query_int(query, 9) != 0;
    row->whole = query_int(query, 10) != 0;
    row->stamp = query_blob(query, 11);
    row->prefix = query_blob(query, 12);
}

/* ---- discarding ------------------------------------------------------------------------------ */

/* Whether the part file that the row names may be deleted. */
static bool is_discardable(const struct file_row *row)
{
    return !row->damaged && row->part && discard_is_named(row->part);
}

static void discard(struct query *insert, const struct file_row *row)
{
    query_bind_text(insert, 1, row->part);
    query_bind_text(insert, 2, row->folder);
    query_run(insert);
}

/* The row's names are checked, so that a damaged queue does not delete the file of somebody else. Nothing else
 * in a row is looked at: a group with a damaged one can still be cancelled. */
enum fault files_discard(struct queue *queue, int64_t key)
{
    /* Files in place belong to the client; only what is beside them goes. */
    static const char sql_list[] = FILE_COLUMNS " WHERE group_key = ?1 AND done = 0";
    static const char sql_insert[] = "INSERT OR IGNORE INTO discards (path, folder)"
                                     " VALUES (?1, ?2)";
    struct query list;
    struct query insert;
    query_open(&list, &queue->writer, sql_list);
    query_open(&insert, &queue->writer, sql_insert);
    query_bind_int(&list, 1, key);
    while (insert.fault == FAULT_NONE && query_row(&list)) {
        struct file_row row = {0};
        read_names(&list, &row);
        if (list.fault == FAULT_NONE && is_discardable(&row)) {
            discard(&insert, &row);
        } else if (list.fault == FAULT_NONE) {
            log_event("queue: the name of part file %" PRId64 " cannot be right: it stays",
                      row.key);
        }
        file_row_clear(&row);
    }
    enum fault fault = query_close(&list);
    enum fault inserted = query_close(&insert);
    return fault == FAULT_NONE ? inserted : fault;
}

void file_row_clear(struct file_row *row)
{
    free(row->url);
    free(row->secret.data);
    free(row->local);
    free(row->part);
    free(row->folder);
    free(row->validator);
    free(row->stamp.data);
    free(row->prefix.data);
    *row = (struct file_row){0};
}

void file_rows_free(struct file_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        file_row_clear(&rows[i]);
    }
    free(rows);
}

enum fault queue_file_get(struct queue *queue, int64_t key, uint32_t index, struct file_row *row)
{
    static const char sql[] = FILE_COLUMNS " WHERE group_key = ?1 AND idx = ?2";
    *row = (struct file_row){0};
    struct query query;
    query_read(&query, queue, sql);
    query_bind_int(&query, 1, key);
    query_bind_int(&query, 2, index);
    bool found = query_row(&query);
    if (found) {
        read_row(&query, row);
    }
    enum fault fault = query_close_found(&query, found);
    if (fault != FAULT_NONE) {
        file_row_clear(row);
    }
    return fault;
}

/* An empty list may mean that there is nothing, or no group. */
static enum fault check_group(struct queue *queue, int64_t key)
{
    uint32_t count;
    return queue_file_count(queue, key, &count);
}

static enum fault read_rows(struct query *query, size_t max, struct file_row **rows, size_t *count)
{
    size_t room = 0;
    *rows = NULL;
    *count = 0;
    while (*count < max && query_row(query)) {
        if (*count == room) {
            room = room ? room * 2 : 16;
            struct file_row *more = realloc(*rows, room * sizeof(**rows));
            if (!more) {
                query->fault = FAULT_MEMORY;
                break;
            }
            *rows = more;
        }
        read_row(query, &(*rows)[(*count)++]);
    }
    enum fault fault = query_close(query);
    if (fault != FAULT_NONE) {
        file_rows_free(*rows, *count);
        *rows = NULL;
        *count = 0;
    }
    return fault;
}

static enum fault list_files(struct queue *queue, const char *sql, int64_t key, uint32_t limit,
                             size_t max, struct file_row **rows, size_t *count)
{
    struct query query;
    query_read(&query, queue, sql);
    query_bind_int(&query, 1, key);
    query_bind_int(&query, 2, limit);
    enum fault fault = read_rows(&query, max, rows, count);
    return fault == FAULT_NONE && *count == 0 ? check_group(queue, key) : fault;
}

enum fault queue_files_pending(struct queue *queue, int64_t key, uint32_t from, size_t max,
                               struct file_row **rows, size_t *count)
{
    static const char sql[] = FILE_COLUMNS " INDEXED BY files_pending"
                                           " WHERE group_key = ?1 AND idx >= ?2 AND done = 0"
                                           " ORDER BY idx";
    return list_files(queue, sql, key, from, max, rows, count);
}

enum fault queue_files_unsized(struct queue *queue, int64_t key, uint32_t below, size_t max,
                               struct file_row **rows, size_t *count)
{
    /* A file in place has a size, so it is not among these. */
    static const char sql[] = FILE_COLUMNS " INDEXED BY files_unsized"
                                           " WHERE group_key = ?1 AND idx < ?2 AND size = -1"
                                           " ORDER BY idx DESC";
    return list_files(queue, sql, key, below, max, rows, count);
}
