/* SPDX-License-Identifier: MIT */
/* A database that is of no use, because it is damaged or somebody else's: how that is found out, and how
 * it makes room for a new one. It is never deleted: who knows more than we may still get something
 * out of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/log.h"
#include "queue/store.h"

/* Longer than it takes to read the largest of queues. Who waits in vain goes on, but moves nothing. */
#define WAIT_MS 15000

/* About 30,000 files. To read as much takes a few hundredths of a second. */
#define SMALL_SIZE (UINT64_C(8) << 20)

#define CLAIM_SIZE (FOLDER_IDENTITY_SIZE + 16)
#define NAME_SIZE 64
#define NAMES_MOST 1000

static uint64_t bytes_in(const char *path)
{
    struct file_stamp stamp;
    return file_stamp(path, &stamp) == 0 ? stamp.size : 0;
}

/* ---- one at a time --------------------------------------------------------------------------- */

/* The claim keeps processes apart; this keeps threads apart also where the system has no claims. */
static sqlite3_mutex *thread_mutex(void)
{
    return sqlite3_mutex_alloc(SQLITE_MUTEX_STATIC_APP2);
}

static bool take_claim(struct aside *aside)
{
    char identity[FOLDER_IDENTITY_SIZE];
    char name[CLAIM_SIZE];
    if (folder_identity(aside->folder, identity) != 0) {
        return false;
    }
    (void)snprintf(name, sizeof(name), "QmgrPrxy-%s-open", identity);
    aside->claim = claim_new(name);
    return aside->claim && claim_take(aside->claim, NULL, WAIT_MS);
}

enum fault aside_enter(struct aside *aside, const char *folder)
{
    *aside = (struct aside){.folder = folder};
    sqlite3_mutex_enter(thread_mutex());
    aside->path = path_join(folder, "queue.db");
    aside->log = path_join(folder, "queue.db-wal");
    aside->mark = path_join(folder, "queue.db-damaged");
    if (!aside->path || !aside->log || !aside->mark) {
        return FAULT_MEMORY;
    }
    aside->alone = take_claim(aside);
    /* The log is never there before the database is. */
    aside->had_log = bytes_in(aside->log) > 0;
    return FAULT_NONE;
}

void aside_leave(struct aside *aside)
{
    if (aside->alone) {
        claim_drop(aside->claim);
    }
    claim_free(aside->claim);
    free(aside->mark);
    free(aside->log);
    free(aside->path);
    sqlite3_mutex_leave(thread_mutex());
}

/* ---- is it of use? --------------------------------------------------------------------------- */

static enum fault run_check(struct connection *connection, const char *sql)
{
    struct query query;
    query_open(&query, connection, sql);
    char *answer = query_row(&query) ? query_text(&query, 0) : NULL;
    bool sound = answer && strcmp(answer, "ok") == 0;
    enum fault fault = query_close(&query);
    if (fault == FAULT_NONE && !sound) {
        fault = answer ? store_damage(connection, answer) : FAULT_MEMORY;
    }
    free(answer);
    return fault;
}

/* A large queue that was left in order is taken to be sound: no program shall start slowly for it. Damage that
 * it meets later is marked. */
static bool is_above_suspicion(const struct aside *aside)
{
    return !aside->had_log && bytes_in(aside->path) > SMALL_SIZE;
}

enum fault aside_check(struct aside *aside, struct connection *connection)
{
    static const char quick[] = "PRAGMA quick_check(1)";
    static const char thorough[] = "PRAGMA integrity_check(1)";
    if (!file_exists(aside->mark)) {
        return is_above_suspicion(aside) ? FAULT_NONE : run_check(connection, quick);
    }
    enum fault fault = run_check(connection, thorough);
    if (fault == FAULT_NONE) {
        log_event("queue: damage was reported, but there is none");
        (void)file_delete(aside->mark);
    }
    return fault;
}

bool aside_is_orphaned(const struct aside *aside)
{
    return aside->had_log && bytes_in(aside->path) == 0 && !folder_exists(aside->path);
}

bool aside_may_create(const struct aside *aside)
{
    return aside->alone || !aside->had_log;
}

/* ---- out of the way -------------------------------------------------------------------------- */

static const char *const endings[] = {"", "-wal", "-shm"};
/* Beside the numbers of the system. */
#define NO_MEMORY (-1)
#define FILES (sizeof(endings) / sizeof(endings[0]))

static char *with_ending(const char *folder, const char *base, const char *ending)
{
    char name[NAME_SIZE + 8];
    (void)snprintf(name, sizeof(name), "%s%s", base, ending);
    return path_join(folder, name);
}

/* The time of day in UTC, as SQLite tells it: it alone does so on every system and in every thread. */
static enum fault base_name(char *base, size_t size)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    bool told = sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                                NULL) == SQLITE_OK &&
                sqlite3_prepare_v2(db, "SELECT strftime('%Y%m%d-%H%M%S', 'now')", -1, &statement,
                                   NULL) == SQLITE_OK &&
                sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_text(statement, 0);
    if (told) {
        (void)snprintf(base, size, "queue-damaged-%s",
                       (const char *)sqlite3_column_text(statement, 0));
    }
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return told ? FAULT_NONE : FAULT_MEMORY;
}

static bool is_free(const char *folder, const char *base)
{
    bool taken = false;
    for (size_t i = 0; i < FILES; i++) {
        char *path = with_ending(folder, base, endings[i]);
        taken = taken || !path || file_exists(path);
        free(path);
    }
    return !taken;
}

static enum fault choose_name(const char *folder, char name[NAME_SIZE])
{
    char base[NAME_SIZE - 16];
    enum fault fault = base_name(base, sizeof(base));
    if (fault != FAULT_NONE) {
        return fault;
    }
    (void)snprintf(name, NAME_SIZE, "%s.db", base);
    for (int n = 2; !is_free(folder, name); n++) {
        if (n > NAMES_MOST) {
            return store_fault_text("there is no name left for a damaged queue");
        }
        (void)snprintf(name, NAME_SIZE, "%s-%d.db", base, n);
    }
    return FAULT_NONE;
}

/* ---- the name that was chosen ---------------------------------------------------------------- */

/* Who is killed between two renames leaves a log without its database. The next one finds in the mark which name
 * the log has to get: under another, SQLite would not find what belongs together. */
static int note_name(const struct aside *aside, const char *name)
{
    struct file *file;
    int error = file_open(aside->mark, &file);
    if (error) {
        error = file_create_new(aside->mark, &file);
    }
    if (!error) {
        error = file_truncate(file, 0);
    }
    if (!error) {
        error = file_write_at(file, 0, name, strlen(name));
    }
    if (!error) {
        error = file_flush(file);
    }
    file_close(file);
    return error;
}

static bool is_name_of_ours(const char *name)
{
    static const char start[] = "queue-damaged-";
    if (strncmp(name, start, sizeof(start) - 1) != 0) {
        return false;
    }
    const char *number = name + sizeof(start) - 1;
    return strcmp(number + strspn(number, "0123456789-"), ".db") == 0;
}

static bool has_only_database(const char *folder, const char *name)
{
    char *db = with_ending(folder, name, "");
    char *log = with_ending(folder, name, "-wal");
    bool so = db && log && file_exists(db) && !file_exists(log);
    free(log);
    free(db);
    return so;
}

/* False if nobody was killed, or at another place. */
static bool find_noted_name(const struct aside *aside, char name[NAME_SIZE])
{
    struct file *file;
    size_t size = 0;
    if (!aside_is_orphaned(aside) || file_open(aside->mark, &file) != 0) {
        return false;
    }
    int error = file_read_at(file, 0, name, NAME_SIZE - 1, &size);
    file_close(file);
    name[error ? 0 : size] = '\0';
    return is_name_of_ours(name) && has_only_database(aside->folder, name);
}

static enum fault settle_name(const struct aside *aside, char name[NAME_SIZE])
{
    if (find_noted_name(aside, name)) {
        return FAULT_NONE;
    }
    enum fault fault = choose_name(aside->folder, name);
    /* A database alone is moved in one step. */
    if (fault != FAULT_NONE || !aside->had_log || aside_is_orphaned(aside)) {
        return fault;
    }
    int error = note_name(aside, name);
    if (error) {
        log_event("queue: the new name cannot be noted (error %lu)",
                  (unsigned long)file_error_win32(error));
        return store_fault_text("the damaged queue cannot be put aside");
    }
    return FAULT_NONE;
}

/* ---- moving ---------------------------------------------------------------------------------- */

static int move_one(const char *folder, const char *from, const char *to, const char *ending)
{
    char *path_from = with_ending(folder, from, ending);
    char *path_to = with_ending(folder, to, ending);
    int error = 0;
    bool named = path_from && path_to;
    if (named && file_exists(path_from)) {
        error = file_rename_new(path_from, path_to);
    }
    free(path_to);
    free(path_from);
    return named ? error : NO_MEMORY;
}

/* All or none: a database without its log is another database. */
static int move_all(const char *folder, const char *from, const char *to)
{
    size_t moved = 0;
    int error = 0;
    while (moved < FILES && error == 0) {
        error = move_one(folder, from, to, endings[moved++]);
    }
    if (error == 0) {
        return 0;
    }
    for (moved--; moved > 0; moved--) {
        int back = move_one(folder, to, from, endings[moved - 1]);
        if (back) {
            log_event("queue: %s%s cannot be moved back (error %lu)", to, endings[moved - 1],
                      (unsigned long)file_error_win32(back));
        }
    }
    return error;
}

enum fault aside_move(struct aside *aside)
{
    if (!aside->alone) {
        return store_fault_text("the damaged queue stays: another process may be opening it");
    }
    char name[NAME_SIZE];
    enum fault fault = settle_name(aside, name);
    if (fault != FAULT_NONE) {
        return fault;
    }
    int error = move_all(aside->folder, "queue.db", name);
    if (error == NO_MEMORY) {
        return FAULT_MEMORY;
    }
    if (error) {
        char text[96];
        (void)snprintf(text, sizeof(text), "the damaged queue cannot be put aside (error %lu)",
                       (unsigned long)file_error_win32(error));
        return store_fault_text(text);
    }
    log_event("queue: damaged or not a queue; put aside as %s in %s", name, aside->folder);
    (void)file_delete(aside->mark);
    return FAULT_NONE;
}
