/* SPDX-License-Identifier: MIT */
/* Private to the queue: two connections to one SQLite database, and how statements are run on them.
 *
 * The writer's lock is held for the length of a transaction, commit included; the reader's for one
 * statement. With write-ahead logging a reader never waits for a writer, so neither do our
 * callers. */
#ifndef QMGR_QUEUE_STORE_H
#define QMGR_QUEUE_STORE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "queue/queue.h"

#define STATEMENTS_MOST 64

/* A connection and the statements that were prepared on it, found again by the address of their
 * text. */
struct connection {
    sqlite3 *db;
    struct lock *lock;
    struct {
        const char *sql;
        sqlite3_stmt *statement;
    } cache[STATEMENTS_MOST];
    size_t cached;
};

struct queue {
    struct connection writer;
    struct connection reader;
    bool swift; /* under the writer's lock: this transaction does not wait for the disk */
};

/* ---- connections (store.c) ------------------------------------------------------------------- */

/* Keeps what went wrong for queue_last_error and for the log; returns the fault that stands for
 * it. */
enum fault store_fault(sqlite3 *db, int code);
enum fault store_fault_text(const char *text);

/* Takes the writer's lock and starts a transaction. On a fault neither is so. */
enum fault store_begin(struct queue *queue);
/* The same for what may be lost in a power cut (and in that only): its commit does not wait for the
 * disk. It goes to the disk with the next one that does, and never without what came before it. */
enum fault store_begin_swift(struct queue *queue);
/* Commits if fault is FAULT_NONE, else takes everything back; drops the lock. Returns fault, or
 * what went wrong at the commit. */
enum fault store_end(struct queue *queue, enum fault fault);

/* ---- statements (query.c) -------------------------------------------------------------------- */

/* One run of a prepared statement. The first fault sticks: later calls do nothing, and query_close
 * returns it, so a caller need not look in between. The connection's lock is held by the caller
 * (writer: between store_begin and store_end) or by query_read until query_close. */
struct query {
    struct connection *connection;
    sqlite3_stmt *statement;
    enum fault fault;
    bool locked; /* query_close drops the connection's lock */
};

/* sql is a string constant with static storage: its address names the prepared statement. */
void query_open(struct query *query, struct connection *connection, const char *sql);
/* The same on the reader, whose lock is taken. No other lock may be taken until query_close. */
void query_read(struct query *query, struct queue *queue, const char *sql);
/* Parameters count from 1. What is bound must live until query_close. */
void query_bind_int(struct query *query, int parameter, int64_t value);
void query_bind_text(struct query *query, int parameter, const char *text); /* NULL: SQL NULL */
void query_bind_blob(struct query *query, int parameter, const void *data,
                     size_t size); /* NULL too */
void query_bind_id(struct query *query, int parameter, const struct queue_id *id);
/* Steps to the next row. False at the end and after a fault. */
bool query_row(struct query *query);
/* Runs a statement that has no rows (left); it can then be bound and run again. */
void query_run(struct query *query);
/* FAULT_NONE, or the first fault; the statement goes back to the cache. */
enum fault query_close(struct query *query);
/* The same for a query that must have found something: FAULT_NOT_FOUND if `found` is false. */
enum fault query_close_found(struct query *query, bool found);

/* Columns of the present row count from 0. */
int64_t query_int(struct query *query, int column);
uint32_t query_u32(struct query *query, int column); /* FAULT_STORE if it does not fit */
struct queue_id query_id(struct query *query, int column);
bool query_is_null(struct query *query, int column);
/* malloc'ed; NULL after a fault, and for SQL NULL. */
char *query_text(struct query *query, int column);
struct blob query_blob(struct query *query, int column);

/* Reads a list of keys: column 0 of each row that is left. Closes the query. */
enum fault query_keys(struct query *query, int64_t **keys, size_t *count);
/* Runs one statement on the writer that names a group by parameter 1: FAULT_NOT_FOUND if it changed
 * nothing. For use between query_open and query_close. */
enum fault query_change_one(struct query *query);

/* ---- the schema (schema.c) ------------------------------------------------------------------- */

/* Is this database ours (or still empty)? FAULT_STORE_NEWER, FAULT_STORE (foreign or damaged).
 * *current: its tables are those of today. Changes nothing. */
enum fault schema_check(struct connection *connection, bool *current);
/* Makes the tables in a database that is empty and brings those of an earlier version up to date,
 * unless another process does so meanwhile. All or nothing. */
enum fault schema_make(struct connection *connection);

#endif
