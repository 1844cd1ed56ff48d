/* SPDX-License-Identifier: MIT */
#include "sqlite_disk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>

static sqlite3_vfs *real;
static int (*real_write)(sqlite3_file *, const void *, int, sqlite3_int64);
static bool is_full;
static void (*before)(void *context);
static void *before_context;

static int write_or_fail(sqlite3_file *file, const void *data, int size, sqlite3_int64 offset)
{
    if (before) {
        before(before_context);
    }
    return is_full ? SQLITE_FULL : real_write(file, data, size, offset);
}

static int leave_out(sqlite3_file *file, int flags)
{
    (void)file;
    (void)flags;
    return SQLITE_OK;
}

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
    /* That of a database can do more than that of its logs; both write in the same way. */
    static sqlite3_io_methods methods[2];
    (void)vfs;
    int code = real->xOpen(real, name, file, flags, out);
    if (code == SQLITE_OK && file->pMethods) {
        sqlite3_io_methods *own = &methods[(flags & SQLITE_OPEN_MAIN_DB) != 0];
        if (!own->xWrite) { /* once: other threads use it */
            assert_true(!real_write || real_write == file->pMethods->xWrite);
            real_write = file->pMethods->xWrite;
            *own = *file->pMethods;
            own->xWrite = write_or_fail;
            own->xSync = leave_out;
        }
        file->pMethods = own;
    }
    return code;
}

void disk_install(void)
{
    static sqlite3_vfs disk;
    assert_int_equal(sqlite3_initialize(), SQLITE_OK);
    real = sqlite3_vfs_find(NULL);
    assert_non_null(real);
    disk = *real;
    disk.zName = "test-disk";
    disk.pNext = NULL;
    disk.xOpen = open_file;
    assert_int_equal(sqlite3_vfs_register(&disk, 1), SQLITE_OK);
}

void disk_set_full(bool full)
{
    is_full = full;
}

void disk_before_write(void (*call)(void *context), void *context)
{
    before = call;
    before_context = context;
}
