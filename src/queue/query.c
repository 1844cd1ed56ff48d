/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "queue/store.h"

/* ---- a run ----------------------------------------------------------------------------------- */

static sqlite3_stmt *prepared(struct connection *connection, const char *sql, enum fault *fault)
{
    for (size_t i = 0; i < connection->cached; i++) {
        if (connection->cache[i].sql == sql) {
            return connection->cache[i].statement;
        }
    }
    if (connection->cached == STATEMENTS_MOST) {
        *fault = store_fault_text("the cache of statements is too small");
        return NULL;
    }
    sqlite3_stmt *statement = NULL;
    int code =
        sqlite3_prepare_v3(connection->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
    if (code != SQLITE_OK) {
        *fault = store_fault(connection, code);
        return NULL;
    }
    connection->cache[connection->cached].sql = sql;
    connection->cache[connection->cached].statement = statement;
    connection->cached++;
    return statement;
}

void query_open(struct query *query, struct connection *connection, const char *sql)
{
    *query = (struct query){.connection = connection};
    query->statement = prepared(connection, sql, &query->fault);
}

void query_read(struct query *query, struct queue *queue, const char *sql)
{
    lock_take(queue->reader.lock);
    query_open(query, &queue->reader, sql);
    query->locked = true;
}

static void check(struct query *query, int code)
{
    if (code != SQLITE_OK && query->fault == FAULT_NONE) {
        query->fault = store_fault(query->connection, code);
    }
}

void query_bind_int(struct query *query, int parameter, int64_t value)
{
    if (query->fault == FAULT_NONE) {
        check(query, sqlite3_bind_int64(query->statement, parameter, value));
    }
}

void query_bind_text(struct query *query, int parameter, const char *text)
{
    if (query->fault == FAULT_NONE) {
        check(query, sqlite3_bind_text(query->statement, parameter, text, -1, SQLITE_STATIC));
    }
}

void query_bind_blob(struct query *query, int parameter, const void *data, size_t size)
{
    if (query->fault == FAULT_NONE) {
        check(query, sqlite3_bind_blob64(query->statement, parameter, data, size, SQLITE_STATIC));
    }
}

void query_bind_id(struct query *query, int parameter, const struct queue_id *id)
{
    query_bind_blob(query, parameter, id->bytes, sizeof(id->bytes));
}

bool query_row(struct query *query)
{
    if (query->fault != FAULT_NONE) {
        return false;
    }
    int code = sqlite3_step(query->statement);
    if (code == SQLITE_ROW) {
        return true;
    }
    if (code == SQLITE_CONSTRAINT_UNIQUE) {
        query->fault = FAULT_EXISTS; /* only identifiers are unique and from outside */
    } else if (code != SQLITE_DONE) {
        query->fault = store_fault(query->connection, code);
    }
    return false;
}

void query_run(struct query *query)
{
    while (query_row(query)) {
        /* Some statements answer with what they were told. */
    }
    if (query->statement) {
        sqlite3_reset(query->statement);
    }
}

enum fault query_close(struct query *query)
{
    if (query->statement) {
        /* Its error, if any, was seen at the step. */
        (void)sqlite3_reset(query->statement);
        (void)sqlite3_clear_bindings(query->statement);
    }
    if (query->locked) {
        lock_drop(query->connection->lock);
    }
    return query->fault;
}

enum fault query_close_found(struct query *query, bool found)
{
    enum fault fault = query_close(query);
    return fault == FAULT_NONE && !found ? FAULT_NOT_FOUND : fault;
}

/* ---- columns --------------------------------------------------------------------------------- */

static void out_of_memory(struct query *query)
{
    if (query->fault == FAULT_NONE) {
        query->fault = FAULT_MEMORY;
    }
}

static void damaged(struct query *query)
{
    if (query->fault == FAULT_NONE) {
        query->fault = store_damage(query->connection, "the queue holds a value that cannot be");
    }
}

int64_t query_int(struct query *query, int column)
{
    return sqlite3_column_int64(query->statement, column);
}

static uint32_t at_most(struct query *query, int column, uint32_t most)
{
    int64_t value = query_int(query, column);
    if (value < 0 || value > most) {
        damaged(query);
        return 0;
    }
    return (uint32_t)value;
}

uint32_t query_u32(struct query *query, int column)
{
    return at_most(query, column, UINT32_MAX);
}

uint32_t query_below(struct query *query, int column, uint32_t limit)
{
    return at_most(query, column, limit - 1);
}

struct queue_id query_id(struct query *query, int column)
{
    struct queue_id id = {{0}};
    const void *data = sqlite3_column_blob(query->statement, column);
    if (!data || sqlite3_column_bytes(query->statement, column) != (int)sizeof(id.bytes)) {
        damaged(query);
        return id;
    }
    memcpy(id.bytes, data, sizeof(id.bytes));
    return id;
}

bool query_is_null(struct query *query, int column)
{
    return sqlite3_column_type(query->statement, column) == SQLITE_NULL;
}

char *query_text(struct query *query, int column)
{
    if (query->fault != FAULT_NONE || query_is_null(query, column)) {
        return NULL;
    }
    const unsigned char *text = sqlite3_column_text(query->statement, column);
    size_t size = text ? strlen((const char *)text) + 1 : 0;
    char *copy = text ? malloc(size) : NULL;
    if (!copy) {
        out_of_memory(query);
        return NULL;
    }
    memcpy(copy, text, size);
    return copy;
}

struct blob query_blob(struct query *query, int column)
{
    struct blob blob = {NULL, 0};
    if (query->fault != FAULT_NONE || query_is_null(query, column)) {
        return blob;
    }
    const void *data = sqlite3_column_blob(query->statement, column);
    size_t size = (size_t)sqlite3_column_bytes(query->statement, column);
    if (!data || size == 0) {
        return blob;
    }
    blob.data = malloc(size);
    if (!blob.data) {
        out_of_memory(query);
        return blob;
    }
    memcpy(blob.data, data, size);
    blob.size = size;
    return blob;
}

enum fault query_keys(struct query *query, int64_t **keys, size_t *count)
{
    size_t room = 0;
    *keys = NULL;
    *count = 0;
    while (query_row(query)) {
        if (*count == room) {
            room = room ? room * 2 : 16;
            int64_t *more = realloc(*keys, room * sizeof(**keys));
            if (!more) {
                out_of_memory(query);
                break;
            }
            *keys = more;
        }
        (*keys)[(*count)++] = query_int(query, 0);
    }
    enum fault fault = query_close(query);
    if (fault != FAULT_NONE) {
        free(*keys);
        *keys = NULL;
        *count = 0;
    }
    return fault;
}

enum fault query_change_one(struct query *query)
{
    query_run(query);
    if (query->fault == FAULT_NONE && sqlite3_changes(query->connection->db) == 0) {
        query->fault = FAULT_NOT_FOUND;
    }
    return query_close(query);
}
