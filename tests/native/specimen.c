/* SPDX-License-Identifier: MIT */
#include "specimen.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const names[SPECIMEN_FILES] = {"queue.db", "queue.db-wal", "queue.db-shm"};

struct blob specimen_read(const char *path)
{
    struct file *file;
    struct blob blob = {NULL, 0};
    uint64_t size;
    if (file_open(path, &file) != 0) {
        return blob;
    }
    assert_int_equal(file_size(file, &size), 0);
    blob.data = malloc((size_t)size + 1);
    assert_non_null(blob.data);
    assert_int_equal(file_read_at(file, 0, blob.data, (size_t)size, &blob.size), 0);
    assert_true(blob.size == size);
    file_close(file);
    return blob;
}

void specimen_write(const char *path, const void *data, size_t size)
{
    struct file *file;
    if (file_open(path, &file) != 0) {
        assert_int_equal(file_create_new(path, &file), 0);
    }
    assert_int_equal(file_truncate(file, 0), 0);
    assert_int_equal(file_write_at(file, 0, data, size), 0);
    file_close(file);
}

void specimen_delete(const char *folder, const char *name)
{
    char *path = path_join(folder, name);
    assert_int_equal(file_delete(path), 0);
    free(path);
}

struct specimen specimen_take(const char *folder)
{
    struct specimen specimen;
    for (size_t i = 0; i < SPECIMEN_FILES; i++) {
        char *path = path_join(folder, names[i]);
        specimen.files[i] = specimen_read(path);
        free(path);
    }
    return specimen;
}

void specimen_put(const struct specimen *specimen, const char *folder)
{
    for (size_t i = 0; i < SPECIMEN_FILES; i++) {
        char *path = path_join(folder, names[i]);
        if (specimen->files[i].data) {
            specimen_write(path, specimen->files[i].data, specimen->files[i].size);
        } else {
            assert_int_equal(file_delete(path), 0);
        }
        free(path);
    }
}

struct specimen specimen_copy(const struct specimen *specimen)
{
    struct specimen copy = *specimen;
    for (size_t i = 0; i < SPECIMEN_FILES; i++) {
        if (specimen->files[i].data) {
            copy.files[i].data = malloc(specimen->files[i].size + 1);
            assert_non_null(copy.files[i].data);
            memcpy(copy.files[i].data, specimen->files[i].data, specimen->files[i].size);
        }
    }
    return copy;
}

void specimen_free(struct specimen *specimen)
{
    for (size_t i = 0; i < SPECIMEN_FILES; i++) {
        free(specimen->files[i].data);
    }
}

sqlite3 *specimen_open_plain(const char *folder, const char *name)
{
    sqlite3 *db = NULL;
    char *path = path_join(folder, name);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    free(path);
    return db;
}

void specimen_sql(sqlite3 *db, const char *sql)
{
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
}

long specimen_number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    long value = (long)sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

static bool fits(const char *name, const char *start, const char *end)
{
    size_t length = strlen(name);
    size_t tail = strlen(end);
    return strncmp(name, start, strlen(start)) == 0 && length >= tail &&
           strcmp(name + length - tail, end) == 0;
}

size_t specimen_count(const char *folder, const char *start, const char *end, char **found)
{
    size_t count = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        if (!fits(entry->d_name, start, end)) {
            continue;
        }
        if (found && count == 0) {
            *found = path_join(entry->d_name, "");
            assert_non_null(*found);
            (*found)[strlen(entry->d_name)] = '\0';
        }
        count++;
    }
    closedir(dir);
    return count;
}
