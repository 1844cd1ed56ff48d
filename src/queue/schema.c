/* SPDX-License-Identifier: MIT */
#include "queue/store.h"

/* "QMGR": tells our files from everybody else's. */
#define APPLICATION_ID 0x514D4752
#define VERSION 1

/* Keys are never used again (AUTOINCREMENT), so that whoever holds one cannot meet its successor.
 *
 * The counts in totals follow from the table files and are kept beside it, by triggers so that no
 * statement can forget them: GetProgress asks for them often, and a group may have 100,000 files.
 * Sizes come from servers; if their sum passes 63 bits SQLite goes on in floating point, which is
 * good enough for such numbers. The partial indexes hold what is still to do, and shrink as it gets
 * done. */
static const char tables[] =
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

    "PRAGMA application_id = 1364019026;" /* APPLICATION_ID */
    "PRAGMA user_version = 1;";           /* VERSION */

_Static_assert(APPLICATION_ID == 1364019026 && VERSION == 1, "see the end of tables");

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

/* *empty: there is nothing in it yet. */
static enum fault look(struct connection *connection, bool *empty)
{
    static const char sql_application[] = "PRAGMA application_id";
    static const char sql_version[] = "PRAGMA user_version";
    static const char sql_objects[] = "SELECT count(*) FROM sqlite_master";
    enum fault fault = FAULT_NONE;
    int64_t application = number(connection, sql_application, &fault);
    int64_t version = number(connection, sql_version, &fault);
    int64_t objects = number(connection, sql_objects, &fault);
    *empty = false;
    if (fault != FAULT_NONE) {
        return fault;
    }
    if (application == 0 && version == 0 && objects == 0) {
        *empty = true;
        return FAULT_NONE;
    }
    if (application != APPLICATION_ID || version < 1) {
        return store_fault_text("queue.db is not a queue");
    }
    if (version > VERSION) {
        (void)store_fault_text("queue.db was written by a later version");
        return FAULT_STORE_NEWER;
    }
    return FAULT_NONE;
}

static enum fault execute(struct connection *connection, const char *sql)
{
    int code = sqlite3_exec(connection->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? FAULT_NONE : store_fault(connection->db, code);
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

enum fault schema_check(struct connection *connection, bool *empty)
{
    /* In one transaction: another process may just be making the tables. */
    *empty = false;
    enum fault fault = execute(connection, "BEGIN");
    return fault == FAULT_NONE ? end(connection, look(connection, empty)) : fault;
}

enum fault schema_make(struct connection *connection)
{
    bool empty;
    enum fault fault = execute(connection, "BEGIN IMMEDIATE");
    if (fault != FAULT_NONE) {
        return fault;
    }
    /* Another process may have made them while we waited. */
    fault = look(connection, &empty);
    if (fault == FAULT_NONE && empty) {
        fault = execute(connection, tables);
    }
    return end(connection, fault);
}
