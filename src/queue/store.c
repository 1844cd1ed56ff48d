/* SPDX-License-Identifier: MIT */
#include "queue/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/log.h"

/* Another process may hold the database for as long as one of its commits takes. */
#define BUSY_MS 10000
#define BUSY_STEP_MS 10

#define SYNCHRONOUS "PRAGMA synchronous = FULL"

/* ---- what went wrong last -------------------------------------------------------------------- */

/* Of the process, since a queue that cannot be opened has no structure to keep it in. */
static char last_error[512];

static sqlite3_mutex *error_mutex(void)
{
    return sqlite3_mutex_alloc(SQLITE_MUTEX_STATIC_APP1);
}

enum fault store_fault_text(const char *text)
{
    log_event("queue: %s", text);
    sqlite3_mutex_enter(error_mutex());
    (void)snprintf(last_error, sizeof(last_error), "%s", text);
    last_error[sizeof(last_error) - 1] = '\0';
    sqlite3_mutex_leave(error_mutex());
    return FAULT_STORE;
}

static bool is_damage(int code)
{
    return (code & 0xFF) == SQLITE_CORRUPT || (code & 0xFF) == SQLITE_NOTADB;
}

/* The process that meets damage in the middle of its work cannot do anything about it. */
static void leave_mark(const struct connection *connection)
{
    struct file *file;
    if (connection->mark && !file_exists(connection->mark)) {
        int error = file_create_new(connection->mark, &file);
        if (error && !file_error_exists(error)) {
            log_event("queue: that it is damaged cannot be marked (error %lu)",
                      (unsigned long)file_error_win32(error));
        }
        file_close(file);
    }
}

static void take_note(struct connection *connection, int code)
{
    if (connection->failed == SQLITE_OK) {
        connection->failed = code;
    }
    if (is_damage(code)) {
        leave_mark(connection);
    }
}

enum fault store_fault(struct connection *connection, int code)
{
    take_note(connection, code);
    if ((code & 0xFF) == SQLITE_NOMEM || code == SQLITE_IOERR_NOMEM) {
        return FAULT_MEMORY;
    }
    sqlite3 *db = connection->db;
    char text[sizeof(last_error)];
    (void)snprintf(text, sizeof(text) - 1, "%s: %s (%d, system error %d)", sqlite3_errstr(code),
                   db ? sqlite3_errmsg(db) : "no connection", code,
                   db ? sqlite3_system_errno(db) : 0);
    text[sizeof(text) - 1] = '\0';
    return store_fault_text(text);
}

enum fault store_damage(struct connection *connection, const char *text)
{
    take_note(connection, SQLITE_CORRUPT);
    return store_fault_text(text);
}

bool store_is_damaged(const struct connection *connection)
{
    return is_damage(connection->failed);
}

char *queue_last_error(struct queue *queue)
{
    (void)queue;
    char copy[sizeof(last_error)];
    if (sqlite3_initialize() != SQLITE_OK) {
        return NULL;
    }
    sqlite3_mutex_enter(error_mutex());
    memcpy(copy, last_error, sizeof(copy));
    sqlite3_mutex_leave(error_mutex());
    if (copy[0] == '\0') {
        return NULL;
    }
    size_t size = strlen(copy) + 1;
    char *out = malloc(size);
    if (out) {
        memcpy(out, copy, size);
    }
    return out;
}

/* ---- opening and closing --------------------------------------------------------------------- */

static enum fault execute(struct connection *connection, const char *sql)
{
    int code = sqlite3_exec(connection->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? FAULT_NONE : store_fault(connection, code);
}

static enum fault connection_open(struct connection *connection, const char *path, int flags)
{
    connection->lock = lock_new();
    if (!connection->lock) {
        return FAULT_MEMORY;
    }
    /* Our own lock keeps threads apart, so SQLite need not do it once more. */
    int code = sqlite3_open_v2(path, &connection->db,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | flags, NULL);
    if (code != SQLITE_OK) {
        return store_fault(connection, code);
    }
    /* SQLite is content with reading if it may not write. */
    if (sqlite3_db_readonly(connection->db, "main") == 1) {
        connection->failed = SQLITE_READONLY;
        return store_fault_text("queue.db can only be read (it is read-only, or in use)");
    }
    sqlite3_extended_result_codes(connection->db, 1);
    sqlite3_busy_timeout(connection->db, BUSY_MS);
    /* Whatever the file says, it cannot make us run more than our own tables need. */
    sqlite3_db_config(connection->db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
    sqlite3_db_config(connection->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL);
    return FAULT_NONE;
}

static void connection_close(struct connection *connection)
{
    for (size_t i = 0; i < connection->cached; i++) {
        sqlite3_finalize(connection->cache[i].statement);
    }
    sqlite3_close(connection->db);
    lock_free(connection->lock);
    free(connection->mark);
}

/* SQLite does not wait by itself when two processes do this at once. */
static enum fault use_write_ahead_log(struct connection *connection)
{
    int code = SQLITE_BUSY;
    for (int waited = 0; waited < BUSY_MS; waited += BUSY_STEP_MS) {
        code = sqlite3_exec(connection->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
        if ((code & 0xFF) != SQLITE_BUSY && (code & 0xFF) != SQLITE_LOCKED) {
            break;
        }
        sqlite3_sleep(BUSY_STEP_MS);
    }
    return code == SQLITE_OK ? FAULT_NONE : store_fault(connection, code);
}

/* Changes nothing. */
static enum fault look_over(struct connection *writer, struct aside *aside, bool *current)
{
    enum fault fault = schema_check(writer, current);
    if (fault == FAULT_NONE && sqlite3_db_readonly(writer->db, "main") == 1) {
        /* The file could be written: it says itself that it comes from a later SQLite. */
        fault = store_damage(writer, "queue.db has a header that is not ours");
    }
    return fault == FAULT_NONE ? aside_check(aside, writer) : fault;
}

static enum fault open_writer(struct connection *writer, struct aside *aside)
{
    enum fault fault =
        connection_open(writer, aside->path, aside_may_create(aside) ? SQLITE_OPEN_CREATE : 0);
    if (fault != FAULT_NONE) {
        return fault;
    }
    /* A database that is not ours stays as it is, even if its write-ahead log could be moved
     * over. */
    sqlite3_db_config(writer->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
    bool current;
    fault = look_over(writer, aside, &current);
    if (fault == FAULT_NONE) {
        fault = use_write_ahead_log(writer);
    }
    if (fault == FAULT_NONE) {
        /* FULL: a commit is on the disk when it returns. The size limit keeps a large AddFiles from
         * leaving a large log behind. */
        fault = execute(writer, SYNCHRONOUS
                        "; PRAGMA foreign_keys = ON;"
                        "PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 4194304;");
    }
    if (fault == FAULT_NONE && !current) {
        fault = schema_make(writer);
    }
    if (fault == FAULT_NONE) {
        sqlite3_db_config(writer->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, (int *)NULL);
    }
    return fault;
}

static enum fault open_reader(struct connection *reader, const char *path)
{
    enum fault fault = connection_open(reader, path, 0);
    return fault == FAULT_NONE
               ? execute(reader, "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY;")
               : fault;
}

/* From now on, for whatever is found. */
static enum fault set_marks(struct queue *queue, const struct aside *aside)
{
    queue->writer.mark = strdup(aside->mark);
    queue->reader.mark = strdup(aside->mark);
    return queue->writer.mark && queue->reader.mark ? FAULT_NONE : FAULT_MEMORY;
}

static enum fault make_folder(const char *folder)
{
    int error = folder_make(folder);
    if (error == 0) {
        return FAULT_NONE;
    }
    if (file_fault(error) == FAULT_MEMORY) {
        return FAULT_MEMORY;
    }
    char text[96];
    (void)snprintf(text, sizeof(text), "the queue's folder cannot be made (error %lu)",
                   (unsigned long)file_error_win32(error));
    return store_fault_text(text);
}

/* *damaged: with FAULT_STORE, that another file in its place would do. */
static enum fault open_as_it_is(struct aside *aside, struct queue **out, bool *damaged)
{
    *damaged = false;
    struct queue *queue = calloc(1, sizeof(*queue));
    if (!queue) {
        return FAULT_MEMORY;
    }
    enum fault fault = open_writer(&queue->writer, aside);
    if (fault == FAULT_NONE) {
        fault = open_reader(&queue->reader, aside->path);
    }
    if (fault == FAULT_NONE) {
        fault = set_marks(queue, aside);
    }
    if (fault != FAULT_NONE) {
        *damaged = fault == FAULT_STORE &&
                   (store_is_damaged(&queue->writer) || store_is_damaged(&queue->reader));
        queue_close(queue);
        return fault;
    }
    *out = queue;
    return FAULT_NONE;
}

static enum fault open_or_put_aside(struct aside *aside, struct queue **out)
{
    bool damaged = aside_is_orphaned(aside);
    enum fault fault = damaged ? FAULT_STORE : open_as_it_is(aside, out, &damaged);
    if (damaged) {
        fault = aside_move(aside);
        if (fault == FAULT_NONE) {
            fault = open_as_it_is(aside, out, &damaged);
        }
    }
    return fault;
}

enum fault queue_open(const char *folder, struct queue **out)
{
    *out = NULL;
    if (sqlite3_initialize() != SQLITE_OK) {
        return FAULT_MEMORY;
    }
    enum fault fault = make_folder(folder);
    if (fault != FAULT_NONE) {
        return fault;
    }
    struct aside aside;
    fault = aside_enter(&aside, folder);
    if (fault == FAULT_NONE) {
        fault = open_or_put_aside(&aside, out);
    }
    aside_leave(&aside);
    return fault;
}

void queue_close(struct queue *queue)
{
    if (queue) {
        /* The writer last: it moves the log into the database. */
        connection_close(&queue->reader);
        connection_close(&queue->writer);
        free(queue);
    }
}

void queue_shutdown(void)
{
    (void)sqlite3_shutdown();
}

/* ---- transactions ---------------------------------------------------------------------------- */

static enum fault run(struct connection *connection, const char *sql)
{
    struct query query;
    query_open(&query, connection, sql);
    query_run(&query);
    return query_close(&query);
}

static enum fault begin(struct queue *queue)
{
    static const char sql[] = "BEGIN IMMEDIATE";
    return run(&queue->writer, sql);
}

/* SQLite obeys this pragma when it reads it, so it is no statement to be kept. */
static enum fault wait_for_disk(struct queue *queue, bool wait)
{
    enum fault fault = execute(&queue->writer, wait ? SYNCHRONOUS : "PRAGMA synchronous = NORMAL");
    if (fault == FAULT_NONE) {
        queue->swift = !wait;
    }
    return fault;
}

enum fault store_begin(struct queue *queue)
{
    lock_take(queue->writer.lock);
    /* The end of a swift transaction may have failed to set this right. */
    enum fault fault = queue->swift ? wait_for_disk(queue, true) : FAULT_NONE;
    if (fault == FAULT_NONE) {
        fault = begin(queue);
    }
    if (fault != FAULT_NONE) {
        lock_drop(queue->writer.lock);
    }
    return fault;
}

enum fault store_begin_swift(struct queue *queue)
{
    lock_take(queue->writer.lock);
    enum fault fault = wait_for_disk(queue, false);
    if (fault == FAULT_NONE) {
        fault = begin(queue);
    }
    if (fault != FAULT_NONE) {
        (void)wait_for_disk(queue, true);
        lock_drop(queue->writer.lock);
    }
    return fault;
}

enum fault store_end(struct queue *queue, enum fault fault)
{
    static const char commit[] = "COMMIT";
    static const char rollback[] = "ROLLBACK";
    if (fault == FAULT_NONE) {
        fault = run(&queue->writer, commit);
    }
    /* Some errors make SQLite roll back by itself. */
    if (fault != FAULT_NONE && !sqlite3_get_autocommit(queue->writer.db)) {
        (void)run(&queue->writer, rollback);
    }
    if (queue->swift) {
        (void)wait_for_disk(queue, true);
    }
    lock_drop(queue->writer.lock);
    return fault;
}
