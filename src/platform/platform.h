/* SPDX-License-Identifier: MIT */
/* The few things that differ by system: threads, locks, wake-ups, files, time, secrets.
 *
 * platform_win32.c and its neighbours serve Windows XP SP3 and later; platform_posix.c exists so that
 * the layers above can be tested natively under sanitizers.
 *
 * Text is UTF-8 and NUL-terminated. Paths are absolute, in the system's own form; the Windows side adds
 * the \\?\ prefix itself where a path is longer than MAX_PATH. File functions that
 * return an int return 0 on success and the system's own error number (GetLastError, errno) otherwise.
 *
 * Lock order (take from left to right, never the other way):
 *     com/notifier, com/registrations  ->  runner state  ->  transfer mailbox
 *                                      ->  queue writer  ->  queue reader
 * No lock is held while calling into a client, while flushing a file or while touching the network.
 * The queue's own two locks are the exception that SQLite demands: a writer holds the first while its
 * transaction is made durable; readers (GetProgress, GetStatus) only ever take the second. */
#ifndef QMGR_PLATFORM_PLATFORM_H
#define QMGR_PLATFORM_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/fault.h"

/* ---- locks, wake-ups, threads ---------------------------------------------------------------- */

/* A non-recursive lock. CRITICAL_SECTION or pthread mutex behind an opaque pointer. */
struct lock;
/* NULL if out of memory. The caller owns it and frees it with lock_free (while nobody holds it). */
struct lock *lock_new(void);
void lock_free(struct lock *lock); /* NULL is harmless */
void lock_take(struct lock *lock);
void lock_drop(struct lock *lock);

/* An auto-reset event: a set that nobody waits for is kept for the next wait. */
struct wakeup;
/* name NULL: private to the process. Otherwise shared by all processes of the machine that give the
 * same name (Windows; at most 100 ASCII characters, no backslash); on POSIX shared in the process. */
struct wakeup *wakeup_new(const char *name);
void wakeup_free(struct wakeup *wakeup);
void wakeup_set(struct wakeup *wakeup);
#define WAIT_FOREVER UINT32_MAX
/* True when the event was set (and is now taken), false after timeout_ms without. */
bool wakeup_wait(struct wakeup *wakeup, uint32_t timeout_ms);

/* A claim that one process at a time holds (a named mutex on Windows; on POSIX always granted). A claim
 * whose holder died is free again. Belongs to the thread that took it, which must also drop it. */
struct claim;
struct claim *claim_new(const char *name); /* name as for wakeup_new, not NULL */
/* True while any process has a claim of this name, taken or not (POSIX: this process). */
bool claim_exists(const char *name);
void claim_free(struct claim *claim);
/* Waits until the claim is granted (returns true) or `wakeup` is set or timeout_ms passed (false). */
bool claim_take(struct claim *claim, struct wakeup *wakeup, uint32_t timeout_ms);
void claim_drop(struct claim *claim);

struct thread;
/* Starts fn(arg). NULL if the system has no more threads. On Windows the thread holds a reference to the
 * module that contains this code, so that the code cannot be unloaded under it. name is for debuggers. */
struct thread *thread_start(const char *name, void (*fn)(void *), void *arg);
/* Waits for the end of the thread and frees the handle. Never called by the thread itself. */
void thread_join(struct thread *thread);
/* Lets the thread go its own way; its handle is freed. */
void thread_detach(struct thread *thread);

/* ---- time, chance, secrets ------------------------------------------------------------------- */

uint64_t clock_ms(void); /* monotonic, from an unspecified start; not moved by setting the clock */
int64_t clock_unix_s(void);      /* wall clock, seconds since 1970 UTC */
unsigned clock_local_hour(void); /* of the day, by the user's time zone: 0..23 */
/* Fills buf with unpredictable bytes. False if the system gives none (then buf is zeroed). */
bool random_bytes(void *buf, size_t size);

struct blob {
    void *data; /* malloc'ed, freed with free() */
    size_t size;
};
/* Encrypts for the current user (DPAPI on Windows; on POSIX, which is for tests, merely disguised).
 * False on failure, also for a size of 0; then *out is {NULL, 0}. */
bool secret_protect(const void *plain, size_t size, struct blob *out);
bool secret_reveal(const void *sealed, size_t size, struct blob *out);
/* The same for text that was sealed without its terminator: malloc'ed and terminated. NULL if it cannot be
 * revealed, or out of memory. The caller frees it with
 * secret_free_text. */
char *secret_reveal_text(const struct blob *sealed);
/* Overwrites a text that held a secret, and frees it. NULL is harmless. */
void secret_free_text(char *text);
/* Overwrites memory that held a secret, in a way that the compiler does not leave out. NULL is harmless. */
void memory_wipe(void *data, size_t size);

/* ---- files ----------------------------------------------------------------------------------- */

#define NO_TIME INT64_MIN

/* An open file for reading and writing, shared for everything (also deletion) with others. */
struct file;

/* Opens an existing file. *out is NULL unless 0 is returned. Folders and devices are refused. */
int file_open(const char *path, struct file **out);
/* Makes a new, empty file; fails (file_error_exists) if the name is taken. */
int file_create_new(const char *path, struct file **out);
/* The same two, but (on Windows) nobody else can open it for writing while it is open, and they fail with a
 * sharing violation while somebody else has it open so. Reading and deletion are shared. A link, and a file that has
 * other names too, is refused (file_error_is_link): who writes to it writes to a file elsewhere. (Wine does not
 * show the symbolic links of Unix.) */
int file_open_alone(const char *path, struct file **out);
int file_create_alone(const char *path, struct file **out);
/* An existing file to be read only, whatever others do with it. */
int file_open_to_read(const char *path, struct file **out);
void file_close(struct file *file); /* NULL is harmless */
/* Writes all of it at the offset, or fails. */
int file_write_at(struct file *file, uint64_t offset, const void *data, size_t size);
/* Reads at most size bytes; *got < size only at the end of the file. */
int file_read_at(struct file *file, uint64_t offset, void *data, size_t size, size_t *got);
int file_flush(struct file *file); /* data and size are on the disk when it returns 0 */
int file_truncate(struct file *file, uint64_t size);
int file_size(struct file *file, uint64_t *size);
/* Sets space aside, so that the file can grow to this size; its size stays what it is. Where the file system
 * cannot do that, it is only seen whether there is so much now. An error only if there is not: the disk is
 * full, a quota used up, or the file system has no files of that size. What is set aside and not written to
 * is free again when the file is closed (Windows) or cut (POSIX). */
int file_reserve(struct file *file, uint64_t size);
/* Sets modification (and, on Windows, creation) time, seconds since 1970 UTC. */
int file_set_time(struct file *file, int64_t unix_s);
/* Renames over an existing target in one step, durably. The file must be closed on Windows. */
int file_replace(const char *from, const char *to);
/* Renames, durably, to a name that nothing has yet; else fails (file_error_exists). On Windows it fails also while
 * somebody has the file open who did not allow that. */
int file_rename_new(const char *from, const char *to);
/* All of an existing file, which is opened for reading only; an error if it has more than `most` bytes. *out is the
 * caller's, {NULL, 0} unless 0 is returned; data is not NULL for an empty file. */
int file_read_all(const char *path, size_t most, struct blob *out);
/* A file that is not there is no error, but (on Windows) a drive or share that is not there is one. */
int file_delete(const char *path);
int file_delete_read_only(const char *path); /* likewise, even if it is read-only */
bool file_exists(const char *path);          /* something of that name, be it a folder */
bool folder_exists(const char *path);
/* Makes the folder and its missing parents. */
int folder_make(const char *path);

/* Tells a file from any other, and from itself before somebody wrote to it. Without padding, so that it can be
 * kept as bytes. */
struct file_stamp {
    uint64_t size;
    int64_t written; /* time of the last write, in the system's finest unit */
    uint64_t id;     /* the file's number on its volume; it stays when the file is renamed */
    uint64_t volume;
};
/* The file should be closed: some systems bring the time up to date only then. id and volume are 0 where the
 * system does not tell. */
int file_stamp(const char *path, struct file_stamp *stamp);
/* Of the open file, whatever its name leads to by now; `written` may be behind the time. */
int file_stamp_open(struct file *file, struct file_stamp *stamp);
/* The time of the last write, in seconds since 1970 UTC. */
int64_t file_stamp_unix_s(const struct file_stamp *stamp);
bool file_stamp_equal(const struct file_stamp *one, const struct file_stamp *other);

#define FOLDER_IDENTITY_SIZE 40
/* A short text (hexadecimal digits) that is the same for a folder by whatever path it is named, and differs
 * from that of every other folder of the machine. The folder must exist. */
int folder_identity(const char *path, char identity[FOLDER_IDENTITY_SIZE]);

/* Can folders and files there be known by their identities and numbers? Network servers may number them anew whenever
 * they are asked. */
bool folder_is_steady(const char *path);

/* What a system error number means to our rules. FAULT_NONE for 0, FAULT_ACCESS for "access denied",
 * "read-only", FAULT_ARGUMENT for names that the system refuses and for folders that are missing,
 * FAULT_MEMORY, FAULT_DISK_FULL, otherwise FAULT_DISK. */
enum fault file_fault(int system_error);
bool file_error_exists(int system_error);  /* the name was taken */
bool file_error_is_link(int system_error); /* see file_open_alone */
/* The number that a Windows program expects for it (POSIX: mapped to the nearest Win32 code). */
uint32_t file_error_win32(int system_error);

/* The part of the path before the last separator, with no separator at the end unless it is a root
 * ("C:\"). malloc'ed; NULL if out of memory. "/" separates too on both systems. */
char *path_folder(const char *path);
/* folder + separator + name; malloc'ed. */
char *path_join(const char *folder, const char *name);

/* ---- where the queue lives ------------------------------------------------------------------- */

/* The folder of this user's queue at this elevation level: QMGRPRXY_HOME if set and not empty, else
 * <local application data>\QmgrPrxy\Queue or …\Queue-elevated. Not created. malloc'ed; NULL on failure. */
char *platform_home(void);
/* The same without regard to QMGRPRXY_HOME. Windows only. */
char *platform_usual_home(void);
/* The path of a file of this name beside the module (DLL or program) that contains this code, whether there is one or
 * not. malloc'ed; NULL on failure. */
char *platform_beside_module(const char *name);
/* Environment variable in UTF-8, malloc'ed; NULL if not set. */
char *platform_env(const char *name);

#endif
