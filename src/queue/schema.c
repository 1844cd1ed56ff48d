/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "platform/digest.h"
#include "queue/store.h"

/* "QMGR": tells our files from everybody else's. */
#define APPLICATION_ID 0x514D4752
#define VERSION 3

/* Keys are never used again (AUTOINCREMENT), so that whoever holds one cannot meet its successor.
 *
 * The counts in totals follow from the table files and are kept beside it, by triggers so that no
 * statement can forget them: GetProgress asks for them often, and a group may have 100,000 files.
 * Sizes come from servers; if their sum passes 63 bits SQLite goes on in floating point, which is
 * good enough for such numbers. The partial indexes hold what is still to do, and shrink as it gets
 * done. */
static const char version_1[] =
    "CREATE TABLE groups ("
    "  key INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),"
    "  job BLOB UNIQUE CHECK (length(job) = 16),"
    "  state INTEGER NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 3),"
    "  foreground INTEGER NOT NULL DEFAULT 0,"
    "  display_name TEXT NOT NULL DEFAULT '',"
    "  description TEXT NOT NULL DEFAULT '',"
    "  notify_clsid TEXT NOT NULL DEFAULT '',"
    "  notify_flags INTEGER NOT NULL DEFAULT 0,"
    "  retries INTEGER NOT NULL DEFAULT 0,"
    "  error_file INTEGER NOT NULL DEFAULT 4294967295,"
    "  error_win32 INTEGER NOT NULL DEFAULT 0,"
    "  error_http INTEGER NOT NULL DEFAULT 0,"
    "  event INTEGER NOT NULL DEFAULT 0 CHECK (event BETWEEN 0 AND 2),"
    "  event_serial INTEGER NOT NULL DEFAULT 0,"
    "  touched INTEGER NOT NULL);" /* seconds since 1970 of the last change */
    "CREATE INDEX groups_running ON groups (foreground DESC, key) WHERE state = 1;"
    "CREATE INDEX groups_with_event ON groups (key) WHERE event > 0;"

    "CREATE TABLE totals ("
    "  group_key INTEGER PRIMARY KEY REFERENCES groups (key) ON DELETE CASCADE,"
    "  files INTEGER NOT NULL DEFAULT 0,"
    "  files_done INTEGER NOT NULL DEFAULT 0,"
    "  unknown_sizes INTEGER NOT NULL DEFAULT 0,"
    "  bytes_total INTEGER NOT NULL DEFAULT 0,"
    "  bytes_done INTEGER NOT NULL DEFAULT 0);"

    "CREATE TABLE files ("
    "  key INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  group_key INTEGER NOT NULL REFERENCES groups (key) ON DELETE CASCADE,"
    "  idx INTEGER NOT NULL,"
    "  url TEXT NOT NULL,"
    "  secret BLOB,"
    "  local TEXT NOT NULL,"
    "  part TEXT NOT NULL,"
    "  size INTEGER NOT NULL DEFAULT -1 CHECK (size >= -1),"
    "  durable INTEGER NOT NULL DEFAULT 0 CHECK (durable >= 0),"
    "  validator TEXT,"
    "  done INTEGER NOT NULL DEFAULT 0 CHECK (done = 0 OR (done = 1 AND size >= 0)));"
    "CREATE UNIQUE INDEX files_in_order ON files (group_key, idx);"
    "CREATE INDEX files_pending ON files (group_key, idx) WHERE done = 0;"
    "CREATE INDEX files_unsized ON files (group_key, idx) WHERE size = -1;"

    "CREATE TRIGGER group_made AFTER INSERT ON groups BEGIN"
    "  INSERT INTO totals (group_key) VALUES (NEW.key);"
    "END;"
    "CREATE TRIGGER file_added AFTER INSERT ON files BEGIN"
    "  UPDATE totals SET files = files + 1, unknown_sizes = unknown_sizes + 1"
    "    WHERE group_key = NEW.group_key;"
    "END;"
    "CREATE TRIGGER file_changed AFTER UPDATE OF size, durable, done ON files BEGIN"
    "  UPDATE totals SET"
    "    files_done = files_done + NEW.done - OLD.done,"
    "    unknown_sizes = unknown_sizes + (NEW.size = -1) - (OLD.size = -1),"
    "    bytes_total = bytes_total + max(NEW.size, 0) - max(OLD.size, 0),"
    "    bytes_done = bytes_done + CASE WHEN NEW.done THEN NEW.size ELSE NEW.durable END"
    "      - CASE WHEN OLD.done THEN OLD.size ELSE OLD.durable END"
    "    WHERE group_key = NEW.group_key;"
    "END;"

    /* Part files that cancelled groups have left behind. */
    "CREATE TABLE discards (key INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE);"

    "PRAGMA application_id = 1364019026;"; /* APPLICATION_ID */

_Static_assert(APPLICATION_ID == 1364019026, "see the end of the tables");

/* For a queue that outlives crashes and is seen by many processes: what the one that runs it shows
 * of its progress, what it has been told to do and has done, what is needed to prove what a part
 * file holds, and a time of the queue's own, in which `touched` now counts (aging.c). */
static const char version_2[] =
    "ALTER TABLE groups ADD COLUMN resumes INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE groups ADD COLUMN stuck_s INTEGER NOT NULL DEFAULT 0;"
    "UPDATE groups SET touched = 0;"

    "ALTER TABLE totals ADD COLUMN shown INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE totals ADD COLUMN shown_bytes INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE totals ADD COLUMN shown_total INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE totals ADD COLUMN shown_percent INTEGER NOT NULL DEFAULT 0;"
    "CREATE TRIGGER group_stopped AFTER UPDATE OF state ON groups WHEN NEW.state <> 1 BEGIN"
    "  UPDATE totals SET shown = 0 WHERE group_key = NEW.key;"
    "END;"

    "ALTER TABLE files ADD COLUMN whole INTEGER NOT NULL DEFAULT 0 CHECK (whole IN (0, 1));"
    "ALTER TABLE files ADD COLUMN stamp BLOB;"
    "ALTER TABLE files ADD COLUMN prefix BLOB;"
    "ALTER TABLE files ADD COLUMN sum INTEGER;"

    "ALTER TABLE discards ADD COLUMN maker TEXT NOT NULL DEFAULT '';"

    "CREATE TABLE queue ("
    "  one INTEGER PRIMARY KEY CHECK (one = 1),"
    "  age INTEGER NOT NULL DEFAULT 0,"     /* seconds of the queue's own time */
    "  wall INTEGER NOT NULL DEFAULT 0,"    /* the latest time of day that was seen */
    "  given INTEGER NOT NULL DEFAULT 0,"   /* orders to stop something, ever */
    "  obeyed INTEGER NOT NULL DEFAULT 0);" /* those of them that have been carried out */
    "INSERT INTO queue (one) VALUES (1);";

/* Which folder it was that the client named: a link may be put in its place. NULL: not known. */
static const char version_3[] = "ALTER TABLE files ADD COLUMN folder TEXT;"
                                "ALTER TABLE discards ADD COLUMN folder TEXT;";

/* What makes each version out of the one before it; an empty database is version 0. Not a character
 * of them may change once they were released: what they made is compared with what is in the file. */
static const char *const steps[VERSION] = {version_1, version_2, version_3};

static enum fault execute(struct connection *connection, const char *sql)
{
    int code = sqlite3_exec(connection->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? FAULT_NONE : store_fault(connection, code);
}

static int64_t number(struct connection *connection, const char *sql, enum fault *fault)
{
    struct query query;
    query_open(&query, connection, sql);
    int64_t value = query_row(&query) ? query_int(&query, 0) : 0;
    enum fault result = query_close(&query);
    if (*fault == FAULT_NONE) {
        *fault = result;
    }
    return value;
}

/* ---- are the tables those that we made? ------------------------------------------------------ */

static void add_without_space(struct digest *digest, const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        if (!strchr(" \t\r\n", *at)) {
            digest_add(digest, at, 1);
        }
    }
    digest_add(digest, "", 1);
}

static int add_row(void *digest, int columns, char **values, char **names)
{
    (void)names;
    for (int i = 0; i < columns; i++) {
        add_without_space(digest, values[i] ? values[i] : "");
    }
    return 0;
}

#define OURS "m.name NOT LIKE 'sqlite|_%' ESCAPE '|'"
#define TABLES_OURS "m.type = 'table' AND " OURS

/* Of what makes the tables what they are. A letter that has changed in a trigger would make totals
 * wrong, one in the name of a column every statement, and SQLite notices neither. Triggers and indexes
 * stand in the file as we said them; the text of a table to which columns were added is SQLite's own
 * composition, and the next SQLite may compose it otherwise: what it means is compared. */
static int sum_of_tables(sqlite3 *db, uint64_t *sum)
{
    static const char sql[] =
        "SELECT m.type, m.name, m.tbl_name, CASE m.type WHEN 'table' THEN '' ELSE m.sql END"
        " FROM sqlite_master m WHERE " OURS " ORDER BY m.name;"
        "SELECT m.name, c.name, c.type, c.\"notnull\", c.dflt_value, c.pk, c.hidden"
        " FROM sqlite_master m, pragma_table_xinfo(m.name) c"
        " WHERE " TABLES_OURS " ORDER BY m.name, c.cid;"
        /* what is unique */
        "SELECT m.name, i.origin, c.name"
        " FROM sqlite_master m, pragma_index_list(m.name) i, pragma_index_info(i.name) c"
        " WHERE " TABLES_OURS " AND i.origin <> 'c' ORDER BY m.name, c.name;"
        "SELECT m.name, f.\"table\", f.\"from\", f.\"to\", f.on_update, f.on_delete"
        " FROM sqlite_master m, pragma_foreign_key_list(m.name) f"
        " WHERE " TABLES_OURS " ORDER BY m.name, f.id, f.seq";
    struct digest digest;
    digest_start(&digest);
    int code = sqlite3_exec(db, sql, add_row, &digest, NULL);
    *sum = digest_value(&digest);
    return code;
}

static int make_in_memory(sqlite3 *db, int version)
{
    int code = SQLITE_OK;
    for (int i = 0; i < version && code == SQLITE_OK; i++) {
        code = sqlite3_exec(db, steps[i], NULL, NULL, NULL);
    }
    return code;
}

static int expected_sum(int version, uint64_t *sum)
{
    sqlite3 *db = NULL;
    int code = sqlite3_open_v2(
        ":memory:", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK) {
        code = make_in_memory(db, version);
    }
    if (code == SQLITE_OK) {
        code = sum_of_tables(db, sum);
    }
    sqlite3_close(db);
    return code;
}

static enum fault compare_tables(struct connection *connection, int version)
{
    uint64_t expected;
    uint64_t found;
    /* Whatever goes wrong in memory is not the fault of the file. */
    if (expected_sum(version, &expected) != SQLITE_OK) {
        return FAULT_MEMORY;
    }
    int code = sum_of_tables(connection->db, &found);
    if (code != SQLITE_OK) {
        return store_fault(connection, code);
    }
    return found == expected ? FAULT_NONE
                             : store_damage(connection, "queue.db has other tables than a queue");
}

/* ---- the version ----------------------------------------------------------------------------- */

/* *version: 0 if there is nothing in it yet. */
static enum fault look(struct connection *connection, int *version)
{
    static const char sql_application[] = "PRAGMA application_id";
    static const char sql_version[] = "PRAGMA user_version";
    static const char sql_objects[] = "SELECT count(*) FROM sqlite_master";
    enum fault fault = FAULT_NONE;
    int64_t application = number(connection, sql_application, &fault);
    int64_t found = number(connection, sql_version, &fault);
    int64_t objects = number(connection, sql_objects, &fault);
    *version = 0;
    if (fault != FAULT_NONE || (application == 0 && found == 0 && objects == 0)) {
        return fault;
    }
    if (application != APPLICATION_ID || found < 1) {
        return store_damage(connection, "queue.db is not a queue");
    }
    if (found > VERSION) {
        (void)store_fault_text("queue.db was written by a later version");
        return FAULT_STORE_NEWER;
    }
    *version = (int)found;
    return compare_tables(connection, *version);
}

static enum fault end(struct connection *connection, enum fault fault)
{
    if (fault == FAULT_NONE) {
        fault = execute(connection, "COMMIT");
    }
    if (fault != FAULT_NONE && !sqlite3_get_autocommit(connection->db)) {
        (void)execute(connection, "ROLLBACK");
    }
    return fault;
}

enum fault schema_check(struct connection *connection, bool *current)
{
    /* In one transaction: another process may just be making the tables. */
    int version = 0;
    enum fault fault = execute(connection, "BEGIN");
    if (fault == FAULT_NONE) {
        fault = end(connection, look(connection, &version));
    }
    *current = fault == FAULT_NONE && version == VERSION;
    /* What was asked is right, so it is the file that cannot be understood. */
    if (fault == FAULT_STORE && (connection->failed & 0xFF) == SQLITE_ERROR) {
        connection->failed = SQLITE_CORRUPT;
    }
    return fault;
}

static enum fault step(struct connection *connection, int version)
{
    char sql[48];
    enum fault fault = execute(connection, steps[version]);
    (void)snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", version + 1);
    return fault == FAULT_NONE ? execute(connection, sql) : fault;
}

enum fault schema_make(struct connection *connection)
{
    enum fault fault = execute(connection, "BEGIN IMMEDIATE");
    if (fault != FAULT_NONE) {
        return fault;
    }
    /* Another process may have made them while we waited. */
    int version = 0;
    fault = look(connection, &version);
    while (fault == FAULT_NONE && version < VERSION) {
        fault = step(connection, version++);
    }
    return end(connection, fault);
}
