/* SPDX-License-Identifier: MIT */
/* The files of a queue, to be taken, spoiled and put back. */
#ifndef QMGR_TESTS_NATIVE_SPECIMEN_H
#define QMGR_TESTS_NATIVE_SPECIMEN_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

#include "platform/platform.h"

enum { SPECIMEN_DB, SPECIMEN_LOG, SPECIMEN_MEMORY, SPECIMEN_FILES };

struct specimen {
    struct blob files[SPECIMEN_FILES]; /* data NULL: is not there */
};

/* Reads a file; {NULL, 0} if there is none. */
struct blob specimen_read(const char *path);
/* Makes the file, or replaces what is in it. */
void specimen_write(const char *path, const void *data, size_t size);
void specimen_delete(const char *folder, const char *name);

/* Copies queue.db and what belongs to it. While the queue is open this is what a process leaves behind that dies
 * now. */
struct specimen specimen_take(const char *folder);
void specimen_put(const struct specimen *specimen, const char *folder);
struct specimen specimen_copy(const struct specimen *specimen);
void specimen_free(struct specimen *specimen);

/* Plain SQLite on queue.db; the folder's queue is closed. */
sqlite3 *specimen_open_plain(const char *folder, const char *name);
void specimen_sql(sqlite3 *db, const char *sql);
long specimen_number(sqlite3 *db, const char *sql);

/* How many names in the folder begin so and end so; `found` (may be NULL, malloc'ed) is one of them. */
size_t specimen_count(const char *folder, const char *start, const char *end, char **found);

#endif
