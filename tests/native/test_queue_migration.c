/* SPDX-License-Identifier: MIT */
/* A queue of the first version is taken over with all that is in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "queue_bench.h"
#include "specimen.h"
#include "sqlite_disk.h"
#include "support.h"

/* What the first version said to SQLite, to the letter. */
static const char first_version[] =
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

    "PRAGMA application_id = 1364019026;"
    "PRAGMA user_version = 1;";

/* And what the second one said to that. */
static const char second_version[] =
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
    "INSERT INTO queue (one) VALUES (1);"
    "PRAGMA user_version = 2;";

/* And the third one to that. */
static const char third_version[] = "ALTER TABLE files ADD COLUMN folder TEXT;"
                                    "ALTER TABLE discards ADD COLUMN folder TEXT;"
                                    "PRAGMA user_version = 3;";

/* Files 0 and 1 of group 1 are in place, 2 is half there, of 3 nothing is known. */
static const char first_content[] =
    "INSERT INTO groups (key, id, job, state, foreground, display_name, description,"
    "    notify_clsid, notify_flags, retries, event_serial, touched) VALUES"
    "  (3, x'01000000000000000000000000000001', x'41420f00000000000000000000000001', 1, 1,"
    "   'name', 'text', '{2B5F6C10-8B3F-4E0A-9C57-000000000001}', 68, 2, 5, 1700000000);"
    "INSERT INTO groups (key, id, touched) VALUES"
    "  (4, x'02000000000000000000000000000001', 1700000001);"
    "INSERT INTO groups (key, id, job, state, error_file, error_http, event, event_serial,"
    "    touched) VALUES"
    "  (7, x'03000000000000000000000000000001', x'43420f00000000000000000000000001', 2, 0, 404, 2,"
    "   9, 1700000002);"
    "INSERT INTO groups (key, id, job, state, event, event_serial, touched) VALUES"
    "  (8, x'04000000000000000000000000000001', x'44420f00000000000000000000000001', 3, 1, 3,"
    "   1700000003);"
    "INSERT INTO files (group_key, idx, url, secret, local, part) VALUES"
    "  (3, 0, 'http://server/0', NULL, '/folder/0', '/folder/BIT0000.tmp'),"
    "  (3, 1, 'http://server/1', NULL, '/folder/1', '/folder/BIT0001.tmp'),"
    "  (3, 2, 'http://server/2', x'7365616C', '/folder/2', '/folder/BIT0002.tmp'),"
    "  (3, 3, 'http://server/3', NULL, '/folder/3', '/folder/BIT0003.tmp'),"
    "  (7, 0, 'http://server/4', NULL, '/folder/4', '/folder/BIT0004.tmp'),"
    "  (8, 0, 'http://server/5', NULL, '/folder/5', '/folder/BIT0005.tmp');"
    "UPDATE files SET size = 10, durable = 10, done = 1 WHERE idx < 2 AND group_key = 3;"
    "UPDATE files SET size = 100, durable = 40, validator = '\"tag\"'"
    "  WHERE idx = 2 AND group_key = 3;"
    "UPDATE files SET size = 7, durable = 7, done = 1 WHERE group_key = 8;"
    "INSERT INTO discards (path) VALUES ('/folder/BIT0009.tmp');";

static void make_first_version(const char *folder)
{
    sqlite3 *db = specimen_open_plain(folder, "queue.db");
    specimen_sql(db, "PRAGMA journal_mode = WAL");
    specimen_sql(db, first_version);
    specimen_sql(db, first_content);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static int make_old_queue(void **state)
{
    *state = test_folder();
    make_first_version(*state);
    return 0;
}

static int remove_old_queue(void **state)
{
    test_remove_folder(*state);
    return 0;
}

static struct queue *open_in(const char *folder)
{
    struct queue *queue;
    assert_int_equal(queue_open(folder, &queue), FAULT_NONE);
    return queue;
}

static long version_in(const char *folder)
{
    sqlite3 *db = specimen_open_plain(folder, "queue.db");
    long version = specimen_number(db, "PRAGMA user_version");
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return version;
}

/* ---- what was there -------------------------------------------------------------------------- */

static void assert_running_group(struct queue *queue)
{
    struct group_info info = info_of(queue, 3);
    struct queue_id id = id_of(1);
    struct queue_id job = id_of(1000001);
    assert_int_equal(info.state, GROUP_RUNNING);
    assert_memory_equal(&info.id, &id, sizeof(id));
    assert_true(info.has_job && info.foreground);
    assert_memory_equal(&info.job, &job, sizeof(job));
    assert_int_equal(info.notify_flags, 68);
    assert_int_equal(info.retries, 2);
    assert_int_equal(info.event, EVENT_NONE);
    assert_true(info.event_serial == 5);
    char *text;
    assert_int_equal(queue_group_text(queue, 3, GROUP_DISPLAY_NAME, &text), FAULT_NONE);
    assert_string_equal(text, "name");
    free(text);
    struct group_totals totals = totals_of(queue, 3);
    assert_int_equal(totals.files, 4);
    assert_int_equal(totals.files_done, 2);
    assert_int_equal(totals.unknown_sizes, 1);
    assert_true(totals.bytes_total == 120 && totals.bytes_done == 60);
}

static void assert_half_a_file(struct queue *queue)
{
    struct file_row row;
    assert_int_equal(queue_file_get(queue, 3, 2, &row), FAULT_NONE);
    assert_string_equal(row.url, "http://server/2");
    assert_string_equal(row.local, "/folder/2");
    assert_string_equal(row.part, "/folder/BIT0002.tmp");
    assert_string_equal(row.validator, "\"tag\"");
    assert_int_equal(row.secret.size, 4);
    assert_true(row.size == 100 && row.durable == 40);
    assert_false(row.done);
    file_row_clear(&row);
}

static void assert_other_groups(struct queue *queue)
{
    assert_state(queue, 4, GROUP_SUSPENDED);
    assert_false(info_of(queue, 4).has_job);
    struct group_info failed = info_of(queue, 7);
    assert_int_equal(failed.state, GROUP_ERROR);
    assert_int_equal(failed.error.http, 404);
    assert_int_equal(failed.error.file, 0);
    assert_int_equal(failed.event, EVENT_ERROR);
    assert_true(failed.event_serial == 9);
    assert_state(queue, 8, GROUP_COMPLETE);
    assert_int_equal(info_of(queue, 8).event, EVENT_COMPLETE);
    assert_int_equal(totals_of(queue, 8).files_done, 1);
    struct discard *list;
    size_t count;
    assert_int_equal(queue_discards(queue, "", 10, &list, &count), FAULT_NONE);
    assert_int_equal(count, 1);
    assert_string_equal(list[0].path, "/folder/BIT0009.tmp");
    assert_string_equal(list[0].maker, "");
    assert_null(list[0].folder);
    queue_discards_free(list, count);
}

static void assert_all_is_there(struct queue *queue)
{
    struct queue_id *ids;
    size_t count;
    assert_int_equal(queue_group_list(queue, &ids, &count), FAULT_NONE);
    free(ids);
    assert_int_equal(count, 4);
    assert_running_group(queue);
    assert_half_a_file(queue);
    assert_other_groups(queue);
}

static void everything_in_a_queue_of_the_first_version_is_there(void **state)
{
    struct queue *queue = open_in(*state);
    assert_all_is_there(queue);
    queue_close(queue);
    assert_int_equal(version_in(*state), 3);
    queue = open_in(*state);
    assert_all_is_there(queue);
    queue_close(queue);
    assert_int_equal(specimen_count(*state, "queue-damaged", "", NULL), 0);
}

static void what_the_first_version_did_not_know_is_as_if_nothing_had_happened_yet(void **state)
{
    struct queue *queue = open_in(*state);
    struct group_info info = info_of(queue, 3);
    assert_int_equal(info.resumes, 0);
    assert_int_equal(info.stuck_s, 0);
    assert_false(totals_of(queue, 3).shown);
    struct file_row row;
    assert_int_equal(queue_file_get(queue, 3, 2, &row), FAULT_NONE);
    assert_false(row.whole || row.damaged);
    assert_null(row.folder);
    assert_null(row.stamp.data);
    assert_null(row.prefix.data);
    file_row_clear(&row);
    int64_t given;
    int64_t obeyed;
    assert_int_equal(queue_orders(queue, &given, &obeyed), FAULT_NONE);
    assert_true(given == 0 && obeyed == 0);
    /* No group is old enough to be forgotten, whenever it was made. */
    int64_t *keys;
    size_t count;
    assert_int_equal(queue_pass_time(queue, 1800000000), FAULT_NONE);
    assert_int_equal(queue_groups_idle(queue, 90 * 24 * 3600, &keys, &count), FAULT_NONE);
    free(keys);
    assert_int_equal(count, 0);
    queue_close(queue);
}

static void a_queue_of_the_first_version_goes_on(void **state)
{
    struct queue *queue = open_in(*state);
    assert_int_equal(record_file(queue, 3, 2, 100, 100, true), FAULT_NONE);
    assert_int_equal(record_file(queue, 3, 3, 1, 1, true), FAULT_NONE);
    struct group_totals totals = totals_of(queue, 3);
    assert_int_equal(totals.files_done, 4);
    assert_int_equal(totals.unknown_sizes, 0);
    assert_true(totals.bytes_total == 121 && totals.bytes_done == 121);
    assert_int_equal(queue_group_finish(queue, 3), FAULT_NONE);
    assert_int_equal(queue_group_resume(queue, 7), FAULT_NONE);
    assert_int_equal(info_of(queue, 7).resumes, 1);
    add_files(queue, 7, 1, 2);
    assert_int_equal(totals_of(queue, 7).files, 3);
    assert_int_equal(queue_group_cancel(queue, 8), FAULT_NONE);
    assert_true(make_group(queue, 9) > 8);
    queue_close(queue);
}

/* Whoever changes a released step finds all queues that it has made put aside. */
static void a_queue_of_the_second_version_is_taken_as_it_is(void **state)
{
    sqlite3 *db = specimen_open_plain(*state, "queue.db");
    specimen_sql(db, second_version);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    struct queue *queue = open_in(*state);
    assert_all_is_there(queue);
    queue_close(queue);
    assert_int_equal(version_in(*state), 3);
    assert_int_equal(specimen_count(*state, "queue-damaged", "", NULL), 0);
}

static void a_queue_of_the_third_version_is_taken_as_it_is(void **state)
{
    sqlite3 *db = specimen_open_plain(*state, "queue.db");
    specimen_sql(db, second_version);
    specimen_sql(db, third_version);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    struct queue *queue = open_in(*state);
    assert_all_is_there(queue);
    queue_close(queue);
    assert_int_equal(version_in(*state), 3);
    assert_int_equal(specimen_count(*state, "queue-damaged", "", NULL), 0);
}

/* ---- in the middle of it --------------------------------------------------------------------- */

#define SNAPSHOTS_MOST 400

struct snapshots {
    const char *folder;
    struct specimen list[SNAPSHOTS_MOST];
    size_t count;
};

static void take_snapshot(void *context)
{
    struct snapshots *snapshots = context;
    assert_true(snapshots->count < SNAPSHOTS_MOST);
    snapshots->list[snapshots->count++] = specimen_take(snapshots->folder);
}

/* What is on the disk before each single write is what a process leaves that is killed then. */
static void a_process_may_die_at_any_write_of_the_change(void **state)
{
    static struct snapshots snapshots;
    snapshots = (struct snapshots){.folder = *state};
    disk_before_write(take_snapshot, &snapshots);
    queue_close(open_in(*state));
    disk_before_write(NULL, NULL);
    assert_true(snapshots.count > 10);
    bool seen_first = false;
    for (size_t i = 0; i < snapshots.count; i++) {
        char *folder = test_folder();
        specimen_put(&snapshots.list[i], folder);
        specimen_free(&snapshots.list[i]);
        long version = version_in(folder);
        assert_true(version == 1 || version == 3);
        seen_first = seen_first || version == 1;
        struct queue *queue = open_in(folder);
        assert_all_is_there(queue);
        queue_close(queue);
        assert_int_equal(version_in(folder), 3);
        test_remove_folder(folder);
    }
    assert_true(seen_first);
}

static void a_full_disk_leaves_the_first_version(void **state)
{
    disk_set_full(true);
    struct queue *queue;
    assert_int_equal(queue_open(*state, &queue), FAULT_STORE);
    assert_null(queue);
    disk_set_full(false);
    assert_int_equal(version_in(*state), 1);
    queue = open_in(*state);
    assert_all_is_there(queue);
    queue_close(queue);
}

/* ---- several at once ------------------------------------------------------------------------- */

#define THREADS 8

struct opener {
    const char *folder;
    struct queue *queue;
    enum fault fault;
};

static void open_it(void *argument)
{
    struct opener *opener = argument;
    opener->fault = queue_open(opener->folder, &opener->queue);
}

static void many_who_open_it_at_once_change_it_once(void **state)
{
    struct opener openers[THREADS];
    struct thread *threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        openers[i] = (struct opener){.folder = *state};
        threads[i] = thread_start("opener", open_it, &openers[i]);
        assert_non_null(threads[i]);
    }
    for (size_t i = 0; i < THREADS; i++) {
        thread_join(threads[i]);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(openers[i].fault, FAULT_NONE);
        assert_all_is_there(openers[i].queue);
    }
    for (size_t i = 0; i < THREADS; i++) {
        queue_close(openers[i].queue);
    }
    assert_int_equal(version_in(*state), 3);
}

static int start(void **state)
{
    (void)state;
    disk_install();
    return 0;
}

int main(void)
{
#define OLD_TEST(test) cmocka_unit_test_setup_teardown(test, make_old_queue, remove_old_queue)
    const struct CMUnitTest tests[] = {
        OLD_TEST(everything_in_a_queue_of_the_first_version_is_there),
        OLD_TEST(what_the_first_version_did_not_know_is_as_if_nothing_had_happened_yet),
        OLD_TEST(a_queue_of_the_first_version_goes_on),
        OLD_TEST(a_queue_of_the_second_version_is_taken_as_it_is),
        OLD_TEST(a_queue_of_the_third_version_is_taken_as_it_is),
        OLD_TEST(a_process_may_die_at_any_write_of_the_change),
        OLD_TEST(a_full_disk_leaves_the_first_version),
        OLD_TEST(many_who_open_it_at_once_change_it_once),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
