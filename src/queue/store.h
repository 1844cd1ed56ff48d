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
    int failed; /* SQLite's code for the first fault, or for what we found ourselves; SQLITE_OK */
    char *mark; /* once open: the file to be made when the database turns out to be damaged */
};

struct queue {
    struct connection writer;
    struct connection reader;
    bool swift; /* under the writer's lock: this transaction does not wait for the disk */
};

/* ---- connections (store.c) ------------------------------------------------------------------- */

/* Keeps what went wrong for queue_last_error and for the log; returns the fault that stands for
 * it. If it is damage, the next process that opens the queue is told. */
enum fault store_fault(struct connection *connection, int code);
enum fault store_fault_text(const char *text);
/* The same for damage that SQLite has no code for. */
enum fault store_damage(struct connection *connection, const char *text);
/* The first fault of this connection was that the database is damaged, or not one of ours. */
bool store_is_damaged(const struct connection *connection);

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
/* One of 0..limit-1, so that it may be an index; else FAULT_STORE, and 0. The table's own CHECKs do not
 * help when the file is damaged. */
uint32_t query_below(struct query *query, int column, uint32_t limit);
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

/* Is this database ours (or still empty)? FAULT_STORE_NEWER, FAULT_STORE (store_is_damaged: foreign,
 * or not what we have made). *current: its tables are those of today. Changes nothing. */
enum fault schema_check(struct connection *connection, bool *current);
/* Makes the tables in a database that is empty and brings those of an earlier version up to date,
 * unless another process does so meanwhile. All or nothing. */
enum fault schema_make(struct connection *connection);

/* ---- a database that is of no use (aside.c) -------------------------------------------------- */

/* What has to be looked at, and moved if it is damaged. */
struct aside {
    const char *folder; /* the caller's */
    struct claim *claim;
    bool alone;   /* nobody else opens the queue or puts it aside */
    bool had_log; /* somebody has the queue open, or ended without closing it */
    char *path;   /* of the database */
    char *log;    /* its write-ahead log */
    char *
        mark; /* is there if somebody found damage while working with the database; in it: the name that
                   * the files are being moved to */
};

/* Waits until no other process opens this queue, so that what one finds damaged is not what another
 * has just made. FAULT_MEMORY. To be ended with aside_leave in any case, by the same thread. */
enum fault aside_enter(struct aside *aside, const char *folder);
void aside_leave(struct aside *aside);
/* Is the database sound? FAULT_STORE, and then store_is_damaged. Reads all of it, unless it is large and was left
 * in order; if there is a mark, compares the indexes too. */
enum fault aside_check(struct aside *aside, struct connection *connection);
/* The database is gone, or empty, but the log that belonged to it is not: what is in it would be
 * lost. */
bool aside_is_orphaned(const struct aside *aside);
/* May a database be made where there is none? Not beside a log that somebody may be about to move. */
bool aside_may_create(const struct aside *aside);
/* Gives the database, its log and its shared memory a new name, under which SQLite can read them. What a process
 * that was killed here has not moved yet gets the name that it had chosen.
 * FAULT_STORE if they cannot be moved (on Windows: while somebody has them open), FAULT_MEMORY; then
 * nothing has changed. No connection of the caller is open. */
enum fault aside_move(struct aside *aside);

#endif
