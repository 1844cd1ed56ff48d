/* SPDX-License-Identifier: MIT */
/* Counts the operations of this process, and stops or fails at the Nth. */
#include <errno.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nth.h"
#include "platform/platform.h"
#include "platform/seam.h"

#ifdef _WIN32
#define NO_SPACE 112     /* ERROR_DISK_FULL */
#define BROKEN_DISK 1117 /* ERROR_IO_DEVICE */
#else
#define NO_SPACE ENOSPC
#define BROKEN_DISK EIO
#endif

enum { LONG = 40, FILES_MOST = 64 };

static enum nth_mode mode;
static unsigned long wanted;
static const char *work;
static atomic_ulong operations;
static atomic_bool fired, calm;

static struct lock *lock; /* of what follows, and while a shadow is made */
static struct {
    const struct file *file;
    char *path;
} known[FILES_MOST];
static size_t next_known;

unsigned long nth_operations(void)
{
    return atomic_load(&operations);
}

bool nth_fired(void)
{
    return atomic_load(&fired);
}

void nth_calm(void)
{
    atomic_store(&calm, true);
}

static const char *last_part(const char *path)
{
    const char *last = path;
    for (; *path; path++) {
        if (*path == '/' || *path == '\\') {
            last = path + 1;
        }
    }
    return last;
}

/* ---- counting -------------------------------------------------------------------------------- */

static bool stops(void)
{
    return mode == NTH_STOP || mode == NTH_CUT;
}

static void stop_here(const char *what, const char *path)
{
    char *file = nth_path(work, NULL, "what");
    char text[256];
    snprintf(text, sizeof text, "%s %s", what, last_part(path));
    nth_write(file, text, strlen(text));
    nth_end(NTH_EXIT_STOPPED);
}

/* True if this operation is to fail. */
static bool trap(const char *what, const char *path)
{
    unsigned long number = atomic_fetch_add(&operations, 1) + 1;
    if (stops() && number == wanted) {
        stop_here(what, path);
    }
    bool fails = (mode == NTH_FAIL && number == wanted) ||
                 (mode == NTH_LONG && number >= wanted && number < wanted + LONG);
    if (!fails || atomic_load(&calm)) {
        return false;
    }
    if (!atomic_exchange(&fired, true)) {
        char *file = nth_path(work, NULL, "what");
        char text[256];
        snprintf(text, sizeof text, "%s %s", what, last_part(path));
        nth_write(file, text, strlen(text));
        free(file);
    }
    return true;
}

/* ---- what is on the disk for sure ------------------------------------------------------------- */

/* In one step, since the process may be stopped by another thread. */
static void keep_shadow(const char *path, const void *data, size_t size)
{
    char *shadow = nth_path(work, "shadow", last_part(path));
    char *fresh = nth_path(work, "shadow", "fresh");
    if (!nth_write(fresh, data, size) || !nth_rename(fresh, shadow)) {
        fprintf(stderr, "no shadow of %s\n", path);
        nth_end(1);
    }
    free(fresh);
    free(shadow);
}

static void drop_shadow(const char *path)
{
    char *shadow = nth_path(work, "shadow", last_part(path));
    remove(shadow);
    free(shadow);
}

/* Whether the renaming was done is seen afterwards by the name that it takes away. */
static void note_renaming(const char *from, const char *to)
{
    char name[300];
    snprintf(name, sizeof name, "%s.from", last_part(to));
    keep_shadow(name, last_part(from), strlen(last_part(from)));
}

static const char *path_of(const struct file *file)
{
    for (size_t i = 0; i < FILES_MOST; i++) {
        if (known[i].file == file) {
            return known[i].path;
        }
    }
    return "a file";
}

static void now_known(struct file *file, const char *path)
{
    size_t place = 0;
    while (place < FILES_MOST && known[place].file != file) {
        place++;
    }
    if (place == FILES_MOST) {
        place = next_known++ % FILES_MOST;
    }
    free(known[place].path);
    known[place].file = file;
    known[place].path = strdup(path);
}

static void shadow_of_file(struct file *file)
{
    uint64_t size = 0;
    size_t got = 0;
    if (file_size(file, &size) != 0) {
        nth_end(1);
    }
    void *data = nth_memory((size_t)size);
    if (file_read_at(file, 0, data, (size_t)size, &got) != 0) {
        nth_end(1);
    }
    keep_shadow(path_of(file), data, got);
    free(data);
}

/* ---- our own files ---------------------------------------------------------------------------- */

static const char *const step_names[] = {
    [STEP_OPENED] = "open",
    [STEP_CREATE] = "create",
    [STEP_WRITE] = "write",
    [STEP_FLUSH] = "flush",
    [STEP_TRUNCATE] = "truncate",
    [STEP_RESERVE] = "reserve space for",
    [STEP_SET_TIME] = "set the time of",
    [STEP_REPLACE] = "replace",
    [STEP_DELETE] = "delete",
    [STEP_MAKE_FOLDER] = "make the folder",
};

static void keep_up(const struct file_operation *operation)
{
    switch (operation->step) {
    case STEP_FLUSH: shadow_of_file(operation->file); break;
    case STEP_REPLACE: note_renaming(operation->path, operation->to); break;
    case STEP_DELETE: drop_shadow(operation->path); break;
    default: break;
    }
}

static int at_file(const struct file_operation *operation)
{
    lock_take(lock);
    if (operation->step == STEP_OPENED) {
        now_known(operation->file, operation->path);
        lock_drop(lock);
        return 0;
    }
    const char *path = operation->to ? operation->to : operation->path;
    bool fails = trap(step_names[operation->step], path ? path : path_of(operation->file));
    if (!fails && stops()) {
        keep_up(operation);
    }
    lock_drop(lock);
    return !fails ? 0 : wanted % 2 ? NO_SPACE : BROKEN_DISK;
}

/* ---- SQLite's files --------------------------------------------------------------------------- */

struct shim_file {
    sqlite3_file base;
    const char *path;
    sqlite3_file *real; /* behind this structure */
};

static sqlite3_vfs *real_vfs;

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((struct shim_file *)file)->real;
}

static const char *name_of(sqlite3_file *file)
{
    const char *path = ((struct shim_file *)file)->path;
    return path ? path : "a temporary file";
}

static bool trap_store(const char *what, const char *path)
{
    lock_take(lock);
    bool fails = trap(what, path);
    lock_drop(lock);
    return fails;
}

static int shim_close(sqlite3_file *file)
{
    sqlite3_file *real = real_of(file);
    return real->pMethods ? real->pMethods->xClose(real) : SQLITE_OK;
}

static int shim_read(sqlite3_file *file, void *to, int size, sqlite3_int64 offset)
{
    return real_of(file)->pMethods->xRead(real_of(file), to, size, offset);
}

static int shim_write(sqlite3_file *file, const void *from, int size, sqlite3_int64 offset)
{
    if (trap_store("write", name_of(file))) {
        return wanted % 2 ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    }
    return real_of(file)->pMethods->xWrite(real_of(file), from, size, offset);
}

static int shim_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    if (trap_store("truncate", name_of(file))) {
        return SQLITE_IOERR_TRUNCATE;
    }
    return real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static void shadow_of_store(sqlite3_file *file)
{
    sqlite3_file *real = real_of(file);
    sqlite3_int64 size = 0;
    int code = real->pMethods->xFileSize(real, &size);
    void *data = nth_memory((size_t)size);
    if (code == SQLITE_OK && size > 0) {
        code = real->pMethods->xRead(real, data, (int)size, 0);
    }
    if (code != SQLITE_OK) {
        fprintf(stderr, "no shadow of %s: %d\n", name_of(file), code);
        nth_end(1);
    }
    keep_shadow(name_of(file), data, (size_t)size);
    free(data);
}

static int shim_sync(sqlite3_file *file, int flags)
{
    lock_take(lock);
    bool fails = trap("sync", name_of(file));
    if (!fails && stops()) {
        shadow_of_store(file);
    }
    lock_drop(lock);
    return fails ? SQLITE_IOERR_FSYNC : real_of(file)->pMethods->xSync(real_of(file), flags);
}

static int shim_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int shim_lock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int shim_unlock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int shim_reserved(sqlite3_file *file, int *held)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), held);
}

static int shim_control(sqlite3_file *file, int what, void *with)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), what, with);
}

static int shim_sector(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int shim_device(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int shim_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **at)
{
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, at);
}

static int shim_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}

static void shim_shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int shim_shm_unmap(sqlite3_file *file, int and_delete)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), and_delete);
}

static const sqlite3_io_methods shim_methods = {
    .iVersion = 2,
    .xClose = shim_close,
    .xRead = shim_read,
    .xWrite = shim_write,
    .xTruncate = shim_truncate,
    .xSync = shim_sync,
    .xFileSize = shim_size,
    .xLock = shim_lock,
    .xUnlock = shim_unlock,
    .xCheckReservedLock = shim_reserved,
    .xFileControl = shim_control,
    .xSectorSize = shim_sector,
    .xDeviceCharacteristics = shim_device,
    .xShmMap = shim_shm_map,
    .xShmLock = shim_shm_lock,
    .xShmBarrier = shim_shm_barrier,
    .xShmUnmap = shim_shm_unmap,
};

static int shim_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *found)
{
    (void)vfs;
    struct shim_file *shim = (struct shim_file *)file;
    shim->base.pMethods = NULL;
    shim->path = path;
    shim->real = (sqlite3_file *)(shim + 1);
    shim->real->pMethods = NULL;
    if (trap_store("open", name_of(file))) {
        return SQLITE_CANTOPEN;
    }
    int code = real_vfs->xOpen(real_vfs, path, shim->real, flags, found);
    if (shim->real->pMethods) {
        shim->base.pMethods = &shim_methods;
    }
    return code;
}

static int shim_delete(sqlite3_vfs *vfs, const char *path, int and_flush)
{
    (void)vfs;
    if (trap_store("delete", path)) {
        return SQLITE_IOERR_DELETE;
    }
    int code = real_vfs->xDelete(real_vfs, path, and_flush);
    if (code == SQLITE_OK && stops()) {
        lock_take(lock);
        drop_shadow(path);
        lock_drop(lock);
    }
    return code;
}

void nth_traps_set(enum nth_mode new_mode, unsigned long n, const char *folder)
{
    static sqlite3_vfs shim;
    mode = new_mode;
    wanted = n;
    work = folder;
    lock = lock_new();
    if (!lock || sqlite3_initialize() != SQLITE_OK) {
        nth_end(1);
    }
    /* What the shim does not replace needs nothing of the structure that it is given but what is copied. */
    real_vfs = sqlite3_vfs_find(NULL);
    shim = *real_vfs;
    shim.pNext = NULL;
    shim.zName = "nth";
    shim.szOsFile = (int)sizeof(struct shim_file) + real_vfs->szOsFile;
    shim.xOpen = shim_open;
    shim.xDelete = shim_delete;
    if (sqlite3_vfs_register(&shim, 1) != SQLITE_OK) {
        nth_end(1);
    }
    file_seam_set(at_file);
}
