/* SPDX-License-Identifier: MIT */
/* A queue file that is damaged, foreign, read-only or in the way: never a crash, nothing deleted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "platform/seam.h"
#include "queue/store.h"
#include "queue_bench.h"
#include "specimen.h"
#include "sqlite_disk.h"
#include "support.h"

/* A queue that was closed, and one whose process died. */
static struct specimen closed_queue;
static struct specimen dead_queue;

static int make_folder(void **state)
{
    *state = test_folder();
    return 0;
}

static int remove_folder(void **state)
{
    disk_set_full(false);
    test_remove_folder(*state);
    return 0;
}

static struct queue *open_in(const char *folder)
{
    struct queue *queue;
    assert_int_equal(queue_open(folder, &queue), FAULT_NONE);
    return queue;
}

static size_t group_count(struct queue *queue)
{
    struct queue_id *ids;
    size_t count;
    assert_int_equal(queue_group_list(queue, &ids, &count), FAULT_NONE);
    free(ids);
    return count;
}

static size_t put_aside(const char *folder)
{
    return specimen_count(folder, "queue-damaged-", ".db", NULL);
}

static void assert_same(const struct blob *one, const struct blob *other)
{
    assert_int_equal(one->size, other->size);
    assert_memory_equal(one->data, other->data, one->size);
}

/* What was put aside is what was there. */
static void assert_kept(const char *folder, const char *ending, const struct blob *expected)
{
    char *name = NULL;
    char end[16];
    (void)snprintf(end, sizeof(end), ".db%s", ending);
    assert_true(specimen_count(folder, "queue-damaged-", end, &name) > 0);
    char *path = path_join(folder, name);
    struct blob kept = specimen_read(path);
    assert_same(&kept, expected);
    free(kept.data);
    free(path);
    free(name);
}

static void assert_works(struct queue *queue)
{
    int64_t key = make_running(queue, 77777, 2);
    assert_int_equal(totals_of(queue, key).files, 2);
    assert_int_equal(queue_group_cancel(queue, key), FAULT_NONE);
}

static void fill(struct queue *queue)
{
    int64_t running = make_running(queue, 1, 40);
    assert_int_equal(record_file(queue, running, 0, 10, 10, true), FAULT_NONE);
    assert_int_equal(record_file(queue, running, 1, 20, 5, false), FAULT_NONE);
    make_group(queue, 2);
    fail_group(queue, make_running(queue, 3, 3), 1, 0, 404);
    complete_group(queue, make_running(queue, 4, 2), 9);
    assert_int_equal(queue_group_set_text(queue, running, GROUP_DISPLAY_NAME, "name"), FAULT_NONE);
    assert_int_equal(queue_group_cancel(queue, make_running(queue, 5, 2)), FAULT_NONE);
}

#define GROUPS 4

static int start(void **state)
{
    (void)state;
    disk_install();
    char *folder = test_folder();
    struct queue *queue = open_in(folder);
    fill(queue);
    queue_close(queue);
    closed_queue = specimen_take(folder);
    queue = open_in(folder);
    assert_int_equal(queue_group_cancel(queue, make_running(queue, 6, 2)), FAULT_NONE);
    dead_queue = specimen_take(folder);
    queue_close(queue);
    test_remove_folder(folder);
    assert_true(dead_queue.files[SPECIMEN_LOG].size > 4096);
    assert_null(closed_queue.files[SPECIMEN_LOG].data);
    return 0;
}

static int end(void **state)
{
    (void)state;
    specimen_free(&closed_queue);
    specimen_free(&dead_queue);
    return 0;
}

/* ---- a sound queue is left alone ------------------------------------------------------------- */

static void what_a_process_that_died_left_behind_is_not_damage(void **state)
{
    specimen_put(&dead_queue, *state);
    struct queue *queue = open_in(*state);
    assert_int_equal(group_count(queue), GROUPS);
    queue_close(queue);
    assert_int_equal(put_aside(*state), 0);
}

static void a_report_of_damage_that_is_none_costs_nothing(void **state)
{
    specimen_put(&closed_queue, *state);
    char *mark = path_join(*state, "queue.db-damaged");
    specimen_write(mark, "", 0);
    struct queue *queue = open_in(*state);
    assert_int_equal(group_count(queue), GROUPS);
    queue_close(queue);
    assert_int_equal(put_aside(*state), 0);
    assert_false(file_exists(mark));
    free(mark);
}

/* ---- what is put aside ----------------------------------------------------------------------- */

static void assert_replaced(const char *folder, const struct specimen *before)
{
    struct queue *queue = open_in(folder);
    assert_int_equal(group_count(queue), 0);
    assert_works(queue);
    int64_t key = make_group(queue, 1);
    assert_int_equal(put_aside(folder), 1);
    assert_kept(folder, "", &before->files[SPECIMEN_DB]);
    queue_close(queue);
    /* And that was all. */
    queue = open_in(folder);
    assert_state(queue, key, GROUP_SUSPENDED);
    queue_close(queue);
    assert_int_equal(put_aside(folder), 1);
}

static void a_file_that_is_no_database_makes_room_for_a_queue(void **state)
{
    char text[6000];
    memset(text, 'x', sizeof(text));
    struct specimen other = {{{text, sizeof(text)}}};
    specimen_put(&other, *state);
    assert_replaced(*state, &other);
}

static void a_database_with_a_page_of_zeros_makes_room_for_a_queue(void **state)
{
    struct specimen spoilt = specimen_copy(&closed_queue);
    assert_true(spoilt.files[SPECIMEN_DB].size > 5 * 4096);
    memset((char *)spoilt.files[SPECIMEN_DB].data + 4096, 0, 4096);
    specimen_put(&spoilt, *state);
    assert_replaced(*state, &spoilt);
    specimen_free(&spoilt);
}

static void assert_foreign_is_kept(const char *folder, const char *mode)
{
    sqlite3 *db = specimen_open_plain(folder, "queue.db");
    specimen_sql(db, mode);
    specimen_sql(db, "CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1), (2)");
    struct specimen foreign = specimen_take(folder);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    specimen_put(&foreign, folder);
    assert_replaced(folder, &foreign);
    if (foreign.files[SPECIMEN_LOG].data) {
        assert_kept(folder, "-wal", &foreign.files[SPECIMEN_LOG]);
    }
    specimen_free(&foreign);
    char *name = NULL;
    specimen_count(folder, "queue-damaged-", ".db", &name);
    db = specimen_open_plain(folder, name);
    assert_int_equal(specimen_number(db, "SELECT count(*) FROM theirs"), 2);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    free(name);
}

static void the_database_of_somebody_else_makes_room_and_can_still_be_read(void **state)
{
    assert_foreign_is_kept(*state, "PRAGMA journal_mode = DELETE");
}

static void it_keeps_what_is_only_in_its_log(void **state)
{
    assert_foreign_is_kept(*state, "PRAGMA journal_mode = WAL");
}

static void run_plain(const char *folder, const char *sql)
{
    sqlite3 *db = specimen_open_plain(folder, "queue.db");
    specimen_sql(db, sql);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void assert_replaced_after(const char *folder, const char *sql)
{
    specimen_put(&closed_queue, folder);
    run_plain(folder, sql);
    struct specimen spoilt = specimen_take(folder);
    assert_replaced(folder, &spoilt);
    specimen_free(&spoilt);
}

static void a_queue_that_lost_a_table_makes_room(void **state)
{
    assert_replaced_after(*state, "DROP TABLE discards");
}

/* SQLite would obey it; the totals would be wrong. */
static void a_queue_with_another_trigger_makes_room(void **state)
{
    assert_replaced_after(*state, "DROP TRIGGER file_added; CREATE TRIGGER file_added AFTER INSERT"
                                  " ON files BEGIN UPDATE totals SET files = files + 2; END");
}

static void a_queue_with_a_state_that_cannot_be_makes_room(void **state)
{
    assert_replaced_after(*state,
                          "PRAGMA ignore_check_constraints = 1; UPDATE groups SET state = 9");
}

/* Write version, and format of the schema (SQLite's file format, 1.3): SQLite would only read, or nothing at all. */
static void a_queue_whose_header_comes_from_a_later_sqlite_makes_room(void **state)
{
    const size_t offsets[] = {18, 47};
    for (size_t i = 0; i < 2; i++) {
        char *folder = test_folder();
        struct specimen spoilt = specimen_copy(&closed_queue);
        ((char *)spoilt.files[SPECIMEN_DB].data)[offsets[i]] = 9;
        specimen_put(&spoilt, folder);
        assert_replaced(folder, &spoilt);
        specimen_free(&spoilt);
        test_remove_folder(folder);
    }
    (void)state;
}

static void a_second_damaged_queue_does_not_replace_the_first(void **state)
{
    for (size_t i = 1; i <= 3; i++) {
        run_plain(*state, "PRAGMA application_id = 7; CREATE TABLE IF NOT EXISTS x (a)");
        struct queue *queue = open_in(*state);
        queue_close(queue);
        assert_int_equal(put_aside(*state), i);
    }
}

static void a_log_whose_database_is_gone_is_kept(void **state)
{
    specimen_put(&dead_queue, *state);
    specimen_delete(*state, "queue.db");
    specimen_delete(*state, "queue.db-shm");
    struct queue *queue = open_in(*state);
    assert_works(queue);
    queue_close(queue);
    assert_kept(*state, "-wal", &dead_queue.files[SPECIMEN_LOG]);
}

/* ---- damage that is met later ---------------------------------------------------------------- */

static void damage_that_a_running_program_meets_is_put_aside_at_the_next_start(void **state)
{
    specimen_put(&closed_queue, *state);
    char *path = path_join(*state, "queue.db");
    char *mark = path_join(*state, "queue.db-damaged");
    struct queue *queue = open_in(*state);
    struct specimen spoilt = specimen_copy(&closed_queue);
    memset((char *)spoilt.files[SPECIMEN_DB].data + 4096, 0x5A,
           spoilt.files[SPECIMEN_DB].size - 4096);
    specimen_write(path, spoilt.files[SPECIMEN_DB].data, spoilt.files[SPECIMEN_DB].size);
    struct queue_id *ids;
    size_t count;
    assert_int_equal(queue_group_list(queue, &ids, &count), FAULT_STORE);
    assert_true(file_exists(mark));
    queue_close(queue);
    assert_replaced(*state, &spoilt);
    assert_false(file_exists(mark));
    specimen_free(&spoilt);
    free(mark);
    free(path);
}

/* Nine million bytes, most of them in one text, of which the last but one page is not what it was. */
static void make_large_and_spoilt(const char *folder, bool closed, struct specimen *spoilt)
{
    enum { LARGE = 9000000 };
    specimen_put(&closed_queue, folder);
    struct queue *queue = open_in(folder);
    char *text = malloc(LARGE + 1);
    assert_non_null(text);
    memset(text, 'x', LARGE);
    text[LARGE] = '\0';
    int64_t key = make_group(queue, 7);
    assert_int_equal(queue_group_set_text(queue, key, GROUP_DESCRIPTION, text), FAULT_NONE);
    free(text);
    queue_close(queue);
    queue = open_in(folder);
    make_group(queue, 8);
    if (closed) {
        queue_close(queue);
    }
    *spoilt = specimen_take(folder);
    if (!closed) {
        queue_close(queue);
    }
    struct blob *db = &spoilt->files[SPECIMEN_DB];
    assert_true(db->size > LARGE);
    memset((char *)db->data + db->size - 8192, 0, 4096);
    specimen_put(spoilt, folder);
}

static void a_large_queue_is_read_when_it_was_not_closed(void **state)
{
    struct specimen spoilt;
    make_large_and_spoilt(*state, false, &spoilt);
    assert_replaced(*state, &spoilt);
    specimen_free(&spoilt);
}

static void a_large_queue_that_was_closed_is_believed_until_damage_is_met(void **state)
{
    struct specimen spoilt;
    make_large_and_spoilt(*state, true, &spoilt);
    struct queue *queue = open_in(*state);
    struct queue_id id = id_of(7);
    int64_t key;
    char *text;
    assert_int_equal(queue_group_find(queue, &id, &key), FAULT_NONE);
    assert_int_equal(queue_group_text(queue, key, GROUP_DESCRIPTION, &text), FAULT_STORE);
    queue_close(queue);
    assert_int_equal(put_aside(*state), 0);
    assert_replaced(*state, &spoilt);
    specimen_free(&spoilt);
}

/* Only the thorough look finds this. */
static void an_index_that_lost_an_entry_is_put_aside_once_it_was_reported(void **state)
{
    specimen_put(&closed_queue, *state);
    run_plain(*state,
              "PRAGMA writable_schema = 1; UPDATE sqlite_master"
              " SET sql = replace(sql, 'done = 0', 'done = 7') WHERE name = 'files_pending'");
    run_plain(*state,
              "UPDATE files SET size = 1, done = 1 WHERE idx = 5;"
              "PRAGMA writable_schema = 1; UPDATE sqlite_master"
              " SET sql = replace(sql, 'done = 7', 'done = 0') WHERE name = 'files_pending'");
    struct queue *queue = open_in(*state);
    queue_close(queue);
    assert_int_equal(put_aside(*state), 0);
    char *mark = path_join(*state, "queue.db-damaged");
    specimen_write(mark, "", 0);
    struct specimen spoilt = specimen_take(*state);
    assert_replaced(*state, &spoilt);
    specimen_free(&spoilt);
    free(mark);
}

static void a_file_whose_names_were_altered_says_so(void **state)
{
    specimen_put(&closed_queue, *state);
    run_plain(*state, "UPDATE files SET local = '/folder/x' WHERE idx = 1;"
                      "UPDATE files SET url = 'http://server/x' WHERE idx = 2");
    struct queue *queue = open_in(*state);
    struct queue_id id = id_of(1);
    int64_t key;
    assert_int_equal(queue_group_find(queue, &id, &key), FAULT_NONE);
    for (uint32_t i = 0; i < 4; i++) {
        struct file_row row;
        assert_int_equal(queue_file_get(queue, key, i, &row), FAULT_NONE);
        assert_int_equal(row.damaged, i == 1 || i == 2);
        file_row_clear(&row);
    }
    queue_close(queue);
}

static void discards_of(struct queue *queue, struct discard **list, size_t *count)
{
    assert_int_equal(queue_discards(queue, "", 100, list, count), FAULT_NONE);
}

static void cancelling_a_damaged_row_deletes_nobody_elses_file(void **state)
{
    struct queue *queue = open_in(*state);
    int64_t key = make_running(queue, 1, 6);
    queue_close(queue);
    /* 0: another name; 1: another part file; 2, 3: as of the first version; 4: damage elsewhere; 5: none */
    run_plain(*state, "UPDATE files SET part = '/folder/letter.doc' WHERE idx = 0;"
                      "UPDATE files SET part = '/folder/BIT7777.tmp' WHERE idx = 1;"
                      "UPDATE files SET part = '/folder/thesis.doc', sum = NULL WHERE idx = 2;"
                      "UPDATE files SET part = '/folder/BIT0001.tmp', sum = NULL WHERE idx = 3;"
                      "UPDATE files SET part = '/folder/BIT0002.tmp' WHERE idx = 5;"
                      "UPDATE files SET idx = 4294967295, durable = 7 WHERE idx = 4");
    queue = open_in(*state);
    struct discard *list;
    size_t count;
    assert_int_equal(queue_group_cancel(queue, key), FAULT_NONE);
    discards_of(queue, &list, &count);
    assert_int_equal(count, 2);
    assert_string_equal(list[0].path, "/folder/BIT0001.tmp");
    assert_int_not_equal(strlen(list[1].path), strlen("/folder/BIT0001.tmp"));
    queue_discards_free(list, count);
    queue_close(queue);
}

static void a_damaged_list_of_part_files_names_nobody_elses_file(void **state)
{
    char part[] = "/folder/BITABCD.tmp";
    char *parts[] = {part};
    struct queue *queue = open_in(*state);
    assert_int_equal(queue_discards_plan(queue, "", parts, 1), FAULT_NONE);
    queue_close(queue);
    run_plain(*state,
              "INSERT INTO discards (path) VALUES ('/folder/A.doc'), ('/folder/BIT12.tmp')");
    queue = open_in(*state);
    struct discard *list;
    size_t count;
    assert_int_equal(queue_discards(queue, "", 1, &list, &count), FAULT_NONE);
    assert_int_equal(count, 1); /* what is passed over does not count */
    assert_string_equal(list[0].path, part);
    queue_discards_free(list, count);
    queue_close(queue);
}

/* Large, and closed in order, so that nothing is looked at when it is opened. */
static void numbers_that_cannot_be_are_damage_and_no_indexes(void **state)
{
    enum { LARGE = 9000000 };
    char *text = malloc(LARGE + 1);
    assert_non_null(text);
    memset(text, 'x', LARGE);
    text[LARGE] = '\0';
    struct queue *queue = open_in(*state);
    int64_t states = make_running(queue, 1, 1);
    int64_t events = make_running(queue, 2, 1);
    int64_t indexes = make_running(queue, 3, 1);
    int64_t good = make_running(queue, 4, 1);
    assert_int_equal(queue_group_set_text(queue, good, GROUP_DESCRIPTION, text), FAULT_NONE);
    free(text);
    queue_close(queue);
    run_plain(*state, "PRAGMA ignore_check_constraints = 1;"
                      "UPDATE groups SET state = 100000000 WHERE id = (SELECT min(id) FROM groups);"
                      "UPDATE groups SET event = 77 WHERE key = 2;"
                      "UPDATE files SET idx = 4294967295 WHERE group_key = 3");
    queue = open_in(*state);
    struct group_info info;
    assert_int_equal(queue_group_info(queue, states, &info), FAULT_STORE);
    assert_int_equal(queue_group_resume(queue, states), FAULT_STORE);
    assert_int_equal(queue_group_suspend(queue, states), FAULT_STORE);
    assert_int_equal(queue_group_info(queue, events, &info), FAULT_STORE);
    assert_int_equal(queue_group_suspend(queue, events), FAULT_STORE);
    struct file_row row;
    struct file_row *rows;
    size_t count;
    assert_int_equal(queue_file_get(queue, indexes, NO_FILE, &row), FAULT_STORE);
    assert_int_equal(queue_files_pending(queue, indexes, 0, 9, &rows, &count), FAULT_STORE);
    assert_state(queue, good, GROUP_RUNNING);
    queue_close(queue);
    char *mark = path_join(*state, "queue.db-damaged");
    assert_true(file_exists(mark));
    free(mark);
    assert_int_equal(put_aside(*state), 0);
    queue_close(open_in(*state));
    assert_int_equal(put_aside(*state), 1);
}

/* SQLite composes the text of a table to which columns were added, and may compose it otherwise one day. */
static void the_way_in_which_the_tables_are_written_down_does_not_matter(void **state)
{
    specimen_put(&closed_queue, *state);
    run_plain(*state, "PRAGMA writable_schema = 1; UPDATE sqlite_master SET sql ="
                      " replace(replace(sql, ', ', char(10) || ',  '), 'CREATE ', 'CREATE  ');"
                      "UPDATE sqlite_master SET sql = replace(sql, 'resumes', '\"resumes\"')"
                      " WHERE type = 'table'");
    struct queue *queue = open_in(*state);
    assert_int_equal(group_count(queue), GROUPS);
    assert_works(queue);
    queue_close(queue);
    assert_int_equal(put_aside(*state), 0);
}

static void what_the_tables_are_does_matter(void **state)
{
    static const char *const changes[][2] = {
        {"shown_percent", "shown_percant"},
        {"ON DELETE CASCADE", "ON DELETE SET NULL"},
        {"stamp BLOB", "stamp REAL"},
        {"resumes INTEGER NOT NULL", "resumes INTEGER"},
        {"age INTEGER NOT NULL DEFAULT 0", "age INTEGER NOT NULL DEFAULT 9"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        char sql[256];
        char *folder = test_folder();
        (void)snprintf(
            sql, sizeof(sql),
            "PRAGMA writable_schema = 1;"
            "UPDATE sqlite_master SET sql = replace(sql, '%s', '%s') WHERE type = 'table'",
            changes[i][0], changes[i][1]);
        assert_replaced_after(folder, sql);
        test_remove_folder(folder);
    }
}

/* ---- killed while it is put aside ------------------------------------------------------------ */

#define HALF "queue-damaged-20260101-000000.db"

/* As if killed when the database had its new name and the log not yet. */
static void leave_half_moved(const char *folder, const char *note)
{
    specimen_put(&dead_queue, folder);
    char *mark = path_join(folder, "queue.db-damaged");
    char *from = path_join(folder, "queue.db");
    char *to = path_join(folder, HALF);
    specimen_write(mark, note, strlen(note));
    assert_int_equal(file_rename_new(from, to), 0);
    free(to);
    free(from);
    free(mark);
}

static void a_log_that_was_left_in_the_middle_follows_its_database(void **state)
{
    leave_half_moved(*state, HALF);
    struct queue *queue = open_in(*state);
    assert_works(queue);
    queue_close(queue);
    assert_int_equal(put_aside(*state), 1);
    sqlite3 *db = specimen_open_plain(*state, HALF);
    assert_int_equal(specimen_number(db, "SELECT count(*) FROM groups"), GROUPS);
    assert_int_equal(specimen_number(db, "SELECT given FROM queue"),
                     2); /* one of them in the log */
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    char *mark = path_join(*state, "queue.db-damaged");
    assert_false(file_exists(mark));
    free(mark);
}

static void a_log_follows_no_name_that_is_not_ours(void **state)
{
    static const char *const notes[] = {"", "../" HALF, "queue-damaged-1/x.db", "other.db",
                                        "queue-damaged-1.db"};
    (void)state;
    for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++) {
        char *folder = test_folder();
        leave_half_moved(folder, notes[i]);
        queue_close(open_in(folder));
        assert_int_equal(specimen_count(folder, HALF, "-wal", NULL), 0);
        assert_int_equal(specimen_count(folder, "queue-damaged-", "-wal", NULL), 1);
        test_remove_folder(folder);
    }
}

static char noted[64];

static int read_note(const struct file_operation *operation)
{
    if (operation->step == STEP_DELETE && strstr(operation->path, "queue.db-damaged")) {
        struct blob note = specimen_read(operation->path);
        assert_true(note.size < sizeof(noted));
        memcpy(noted, note.data, note.size);
        noted[note.size] = '\0';
        free(note.data);
    }
    return 0;
}

static void the_new_name_is_noted_before_anything_is_moved(void **state)
{
    struct specimen spoilt = specimen_copy(&dead_queue);
    memset((char *)spoilt.files[SPECIMEN_DB].data, 0x5A, 200);
    specimen_put(&spoilt, *state);
    file_seam_set(read_note);
    queue_close(open_in(*state));
    file_seam_set(NULL);
    char *name = NULL;
    assert_int_equal(specimen_count(*state, "queue-damaged-", ".db", &name), 1);
    assert_string_equal(noted, name);
    assert_kept(*state, "-wal", &spoilt.files[SPECIMEN_LOG]);
    free(name);
    specimen_free(&spoilt);
}

static void no_queue_is_made_beside_a_log_that_another_may_be_moving(void **state)
{
    leave_half_moved(*state, HALF);
    struct aside aside;
    assert_int_equal(aside_enter(&aside, *state), FAULT_NONE);
    assert_true(aside.alone);
    assert_true(aside_may_create(&aside));
    claim_drop(aside.claim);
    aside.alone = false; /* waited in vain */
    assert_true(aside_is_orphaned(&aside));
    assert_false(aside_may_create(&aside));
    assert_int_equal(aside_move(&aside), FAULT_STORE);
    assert_true(file_exists(aside.log));
    assert_false(file_exists(aside.path));
    aside_leave(&aside);
}

/* ---- waiting for the disk -------------------------------------------------------------------- */

static int forbid_full(void *context, int action, const char *first, const char *second,
                       const char *database, const char *trigger)
{
    (void)context;
    (void)database;
    (void)trigger;
    bool full = action == SQLITE_PRAGMA && second && strcmp(first, "synchronous") == 0 &&
                strcmp(second, "FULL") == 0;
    return full ? SQLITE_DENY : SQLITE_OK;
}

static void nothing_is_said_to_be_durable_while_sqlite_does_not_wait_for_the_disk(void **state)
{
    struct queue *queue = open_in(*state);
    int64_t key = make_running(queue, 1, 1);
    struct group_shown shown = {.key = key, .bytes = 1};
    sqlite3_set_authorizer(queue->writer.db, forbid_full, NULL);
    assert_int_equal(queue_show(queue, &shown, 1), FAULT_NONE);
    assert_int_equal(queue_group_suspend(queue, key), FAULT_STORE);
    assert_state(queue, key, GROUP_RUNNING);
    sqlite3_set_authorizer(queue->writer.db, NULL, NULL);
    assert_int_equal(queue_group_suspend(queue, key), FAULT_NONE);
    assert_int_equal(specimen_number(queue->writer.db, "PRAGMA synchronous"), 2);
    queue_close(queue);
}

/* ---- what stays where it is ------------------------------------------------------------------ */

static void assert_refused(const char *folder)
{
    struct queue *queue = (struct queue *)&folder;
    assert_int_equal(queue_open(folder, &queue), FAULT_STORE);
    assert_null(queue);
    char *reason = queue_last_error(NULL);
    assert_non_null(reason);
    free(reason);
    assert_int_equal(put_aside(folder), 0);
}

static void a_folder_in_the_place_of_a_file_is_refused(void **state)
{
    const char *const names[] = {"queue.db", "queue.db-wal"};
    for (size_t i = 0; i < 2; i++) {
        char *folder = test_folder();
        char *inner = path_join(folder, names[i]);
        if (i > 0) {
            specimen_put(&closed_queue, folder);
        }
        assert_int_equal(folder_make(inner), 0);
        assert_refused(folder);
        assert_true(folder_exists(inner));
        free(inner);
        test_remove_folder(folder);
    }
    (void)state;
}

#ifdef _WIN32

#include <windows.h>

/* Wine lets root write to a file that has the attribute, but not to one that somebody else has open for
 * himself. */
static void protect(const char *folder, bool on)
{
    static HANDLE owner;
    char *path = path_join(folder, "queue.db");
    if (on) {
        owner = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
        assert_true(owner != INVALID_HANDLE_VALUE);
    } else {
        CloseHandle(owner);
    }
    free(path);
}

/* Whoever has it open may know what to do with it. */
static void a_damaged_queue_that_is_in_use_stays_until_it_is_free(void **state)
{
    specimen_put(&closed_queue, *state);
    run_plain(*state, "PRAGMA application_id = 7");
    struct specimen before = specimen_take(*state);
    sqlite3 *db = specimen_open_plain(*state, "queue.db");
    assert_int_equal(specimen_number(db, "SELECT count(*) FROM groups"), GROUPS);
    assert_refused(*state);
    assert_int_equal(specimen_number(db, "SELECT count(*) FROM groups"), GROUPS);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_replaced(*state, &before);
    specimen_free(&before);
}

#else

#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define OVERRIDE (1u << CAP_DAC_OVERRIDE)

/* Nothing is forbidden to root, unless he lays this down. */
static void obey_permissions(bool obey)
{
    static bool laid_down;
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct caps[2] = {{0}};
    assert_int_equal(syscall(SYS_capget, &header, caps), 0);
    if (obey) {
        laid_down = (caps[0].effective & OVERRIDE) != 0;
        caps[0].effective &= ~OVERRIDE;
    } else if (laid_down) {
        caps[0].effective |= OVERRIDE;
    }
    assert_int_equal(syscall(SYS_capset, &header, caps), 0);
}

static void protect(const char *folder, bool on)
{
    char *path = path_join(folder, "queue.db");
    assert_int_equal(chmod(path, on ? 0444 : 0644), 0);
    obey_permissions(on);
    free(path);
}

static void a_folder_that_may_not_be_written_is_refused(void **state)
{
    assert_int_equal(chmod(*state, 0555), 0);
    obey_permissions(true);
    struct queue *queue;
    enum fault fault = queue_open(*state, &queue);
    obey_permissions(false);
    assert_int_equal(fault, FAULT_STORE);
    assert_int_equal(chmod(*state, 0777), 0);
    assert_int_equal(specimen_count(*state, "queue", "", NULL), 0);
    queue_close(open_in(*state));
}

#endif

static void a_read_only_queue_is_refused_until_it_can_be_written(void **state)
{
    specimen_put(&closed_queue, *state);
    protect(*state, true);
    struct queue *queue;
    enum fault fault = queue_open(*state, &queue);
    char *reason = queue_last_error(NULL);
    protect(*state, false);
    assert_int_equal(fault, FAULT_STORE);
    assert_non_null(strstr(reason, "read-only"));
    free(reason);
    assert_int_equal(put_aside(*state), 0);
    queue = open_in(*state);
    assert_int_equal(group_count(queue), GROUPS);
    queue_close(queue);
}

static void a_full_disk_changes_nothing_and_passes(void **state)
{
    struct new_file file = {.url = "http://server/f", .local = "/f", .part = "/p"};
    struct queue_id id = id_of(8);
    int64_t other;
    specimen_put(&closed_queue, *state);
    struct queue *queue = open_in(*state);
    int64_t key = make_job(queue, 7);
    disk_set_full(true);
    assert_int_equal(queue_group_create(queue, &id, &other), FAULT_STORE);
    assert_int_equal(queue_files_add(queue, key, &file, 1), FAULT_STORE);
    assert_int_equal(queue_group_cancel(queue, key), FAULT_STORE);
    assert_int_equal(group_count(queue), GROUPS + 1);
    assert_int_equal(totals_of(queue, key).files, 0);
    disk_set_full(false);
    assert_int_equal(queue_files_add(queue, key, &file, 1), FAULT_NONE);
    assert_int_equal(queue_group_create(queue, &id, &other), FAULT_NONE);
    queue_close(queue);
    queue = open_in(*state);
    assert_int_equal(group_count(queue), GROUPS + 2);
    queue_close(queue);
    assert_int_equal(put_aside(*state), 0);
}

static void a_queue_is_made_when_the_disk_has_room_again(void **state)
{
    struct queue *queue;
    disk_set_full(true);
    assert_int_equal(queue_open(*state, &queue), FAULT_STORE);
    disk_set_full(false);
    queue = open_in(*state);
    assert_works(queue);
    queue_close(queue);
    assert_int_equal(put_aside(*state), 0);
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

static void of_many_who_find_it_damaged_one_puts_it_aside(void **state)
{
    struct opener openers[THREADS];
    struct thread *threads[THREADS];
    struct specimen spoilt = specimen_copy(&dead_queue);
    memset((char *)spoilt.files[SPECIMEN_DB].data, 0x5A, 200);
    specimen_put(&spoilt, *state);
    specimen_free(&spoilt);
    for (size_t i = 0; i < THREADS; i++) {
        openers[i] = (struct opener){.folder = *state};
        threads[i] = thread_start("opener", open_it, &openers[i]);
        assert_non_null(threads[i]);
    }
    for (size_t i = 0; i < THREADS; i++) {
        thread_join(threads[i]);
    }
    assert_int_equal(put_aside(*state), 1);
    for (uint32_t i = 0; i < THREADS; i++) {
        assert_int_equal(openers[i].fault, FAULT_NONE);
        make_group(openers[i].queue, i + 1);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(group_count(openers[i].queue), THREADS);
        queue_close(openers[i].queue);
    }
}

/* ---- whatever is in the file ----------------------------------------------------------------- */

static uint32_t chance; /* xorshift: the same numbers in every run */

static uint32_t draw(uint32_t below)
{
    chance ^= chance << 13;
    chance ^= chance >> 17;
    chance ^= chance << 5;
    return chance % below;
}

static void assert_documented(enum fault fault)
{
    assert_true(fault == FAULT_NONE || fault == FAULT_NOT_FOUND || fault == FAULT_STORE ||
                fault == FAULT_STATE);
}

static void use_group(struct queue *queue, const struct queue_id *id)
{
    int64_t key;
    struct group_info info;
    struct group_totals totals;
    enum fault fault = queue_group_find(queue, id, &key);
    assert_documented(fault);
    if (fault != FAULT_NONE) {
        return;
    }
    assert_documented(queue_group_info(queue, key, &info));
    assert_documented(queue_group_totals(queue, key, &totals));
    for (int which = GROUP_DISPLAY_NAME; which <= GROUP_NOTIFY_CLSID; which++) {
        char *text = NULL;
        assert_documented(queue_group_text(queue, key, (enum group_text)which, &text));
        free(text);
    }
    for (uint32_t i = 0; i < 45; i++) {
        struct file_row row = {0};
        assert_documented(queue_file_get(queue, key, i, &row));
        file_row_clear(&row);
    }
    struct file_row *rows = NULL;
    size_t count = 0;
    assert_documented(queue_files_pending(queue, key, 0, 100, &rows, &count));
    file_rows_free(rows, count);
    rows = NULL;
    count = 0;
    assert_documented(queue_files_unsized(queue, key, UINT32_MAX, 100, &rows, &count));
    file_rows_free(rows, count);
    assert_documented(queue_group_resume(queue, key));
    assert_documented(queue_group_suspend(queue, key));
    assert_documented(queue_group_cancel(queue, key));
}

/* Reads, changes and cancels all that the queue says it has. */
static void use_queue(struct queue *queue)
{
    struct queue_id *ids = NULL;
    size_t count = 0;
    int64_t *keys = NULL;
    int64_t given;
    struct discard *discards = NULL;
    assert_documented(queue_running(queue, &keys, &count));
    free(keys);
    assert_documented(queue_events(queue, &keys, &count));
    free(keys);
    assert_documented(queue_orders(queue, &given, &given));
    if (queue_discards(queue, "", 100, &discards, &count) == FAULT_NONE) {
        assert_documented(queue_discards_done(queue, discards, count));
        queue_discards_free(discards, count);
    }
    if (queue_group_list(queue, &ids, &count) == FAULT_NONE) {
        for (size_t i = 0; i < count; i++) {
            use_group(queue, &ids[i]);
        }
        free(ids);
    }
}

/* Whether a group can be made, filled and cancelled. */
static bool serves(struct queue *queue)
{
    struct queue_id id = id_of(99999);
    struct queue_id job = id_of(88888);
    struct new_file file = {.url = "http://server/f", .local = "/f", .part = "/p"};
    int64_t key;
    return queue_group_create(queue, &id, &key) == FAULT_NONE &&
           queue_job_create(queue, key, &job) == FAULT_NONE &&
           queue_files_add(queue, key, &file, 1) == FAULT_NONE &&
           queue_group_cancel(queue, key) == FAULT_NONE;
}

/* Damage that was met only while the queue was used is put aside at the next start. */
static void assert_survived(const char *folder)
{
    struct queue *queue = NULL;
    bool served = false;
    for (int starts = 0; starts < 2 && !served; starts++) {
        enum fault fault = queue_open(folder, &queue);
        if (fault == FAULT_STORE_NEWER) {
            assert_int_equal(put_aside(folder), 0);
            return; /* a header may well say so */
        }
        assert_int_equal(fault, FAULT_NONE);
        use_queue(queue);
        served = serves(queue);
        queue_close(queue);
    }
    assert_true(served);
}

static void survive(const struct specimen *specimen)
{
    char *folder = test_folder();
    specimen_put(specimen, folder);
    assert_survived(folder);
    test_remove_folder(folder);
}

static void a_queue_that_was_cut_works_or_makes_room(void **state)
{
    (void)state;
    chance = 20261122;
    for (int round = 0; round < 100; round++) {
        struct specimen cut = specimen_copy(round % 2 ? &dead_queue : &closed_queue);
        int which = round % 4 == 3 ? SPECIMEN_LOG : SPECIMEN_DB;
        cut.files[which].size = draw((uint32_t)cut.files[which].size);
        survive(&cut);
        specimen_free(&cut);
    }
}

static void make_noise(struct blob *blob, size_t from, size_t size)
{
    unsigned char *bytes = blob->data;
    for (size_t i = from; i < from + size && i < blob->size; i++) {
        bytes[i] = (unsigned char)draw(256);
    }
}

static void spoil(struct specimen *specimen, int how)
{
    struct blob *db = &specimen->files[SPECIMEN_DB];
    struct blob *log = &specimen->files[SPECIMEN_LOG];
    struct blob *memory = &specimen->files[SPECIMEN_MEMORY];
    switch (how) {
    case 0: make_noise(db, 0, db->size); return;
    case 1: make_noise(db, draw((uint32_t)(db->size / 4096)) * 4096, 4096); return;
    case 2: make_noise(db, draw(100), 1 + draw(8)); return;
    case 3: make_noise(log, draw((uint32_t)log->size), 1 + draw(5000)); return;
    case 4: make_noise(memory, 0, memory->size); return;
    default:
        for (uint32_t i = 1 + draw(8); i > 0; i--) {
            make_noise(db, draw((uint32_t)db->size), 1);
        }
    }
}

static void noise_in_any_of_its_files_is_survived(void **state)
{
    (void)state;
    chance = 1103;
    for (int round = 0; round < 300; round++) {
        /* What is in the log covers what is in the database. */
        bool closed = round % 6 != 3 && round % 6 != 4 && round % 12 < 6;
        struct specimen spoilt = specimen_copy(closed ? &closed_queue : &dead_queue);
        spoil(&spoilt, round % 6);
        survive(&spoilt);
        specimen_free(&spoilt);
    }
}

int main(void)
{
#define A_TEST(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        A_TEST(what_a_process_that_died_left_behind_is_not_damage),
        A_TEST(a_report_of_damage_that_is_none_costs_nothing),
        A_TEST(a_file_that_is_no_database_makes_room_for_a_queue),
        A_TEST(a_database_with_a_page_of_zeros_makes_room_for_a_queue),
        A_TEST(the_database_of_somebody_else_makes_room_and_can_still_be_read),
        A_TEST(it_keeps_what_is_only_in_its_log),
        A_TEST(a_queue_that_lost_a_table_makes_room),
        A_TEST(a_queue_with_another_trigger_makes_room),
        A_TEST(a_queue_with_a_state_that_cannot_be_makes_room),
        A_TEST(a_queue_whose_header_comes_from_a_later_sqlite_makes_room),
        A_TEST(a_second_damaged_queue_does_not_replace_the_first),
        A_TEST(a_log_whose_database_is_gone_is_kept),
        A_TEST(damage_that_a_running_program_meets_is_put_aside_at_the_next_start),
        A_TEST(a_large_queue_is_read_when_it_was_not_closed),
        A_TEST(a_large_queue_that_was_closed_is_believed_until_damage_is_met),
        A_TEST(an_index_that_lost_an_entry_is_put_aside_once_it_was_reported),
        A_TEST(a_file_whose_names_were_altered_says_so),
        A_TEST(cancelling_a_damaged_row_deletes_nobody_elses_file),
        A_TEST(a_damaged_list_of_part_files_names_nobody_elses_file),
        A_TEST(numbers_that_cannot_be_are_damage_and_no_indexes),
        A_TEST(the_way_in_which_the_tables_are_written_down_does_not_matter),
        A_TEST(what_the_tables_are_does_matter),
        A_TEST(a_log_that_was_left_in_the_middle_follows_its_database),
        A_TEST(a_log_follows_no_name_that_is_not_ours),
        A_TEST(the_new_name_is_noted_before_anything_is_moved),
        A_TEST(no_queue_is_made_beside_a_log_that_another_may_be_moving),
        A_TEST(nothing_is_said_to_be_durable_while_sqlite_does_not_wait_for_the_disk),
        A_TEST(a_folder_in_the_place_of_a_file_is_refused),
#ifdef _WIN32
        A_TEST(a_damaged_queue_that_is_in_use_stays_until_it_is_free),
#else
        A_TEST(a_folder_that_may_not_be_written_is_refused),
#endif
        A_TEST(a_read_only_queue_is_refused_until_it_can_be_written),
        A_TEST(a_full_disk_changes_nothing_and_passes),
        A_TEST(a_queue_is_made_when_the_disk_has_room_again),
        A_TEST(of_many_who_find_it_damaged_one_puts_it_aside),
        A_TEST(a_queue_that_was_cut_works_or_makes_room),
        A_TEST(noise_in_any_of_its_files_is_survived),
    };
    return cmocka_run_group_tests(tests, start, end);
}
