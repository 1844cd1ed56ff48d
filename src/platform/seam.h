/* SPDX-License-Identifier: MIT */
/* Where a test can get between us and the file system: it sees each file operation that changes something
 * before it happens, and can make it fail, or end the process there. (What SQLite does to its files is seen
 * through a VFS.) */
#ifndef QMGR_PLATFORM_SEAM_H
#define QMGR_PLATFORM_SEAM_H

struct file;

enum file_step {
    STEP_OPENED, /* for information: `file` is that of `path`; the answer is ignored */
    STEP_CREATE, /* path */
    STEP_WRITE,  /* file; once for a whole file_write_at */
    STEP_FLUSH,  /* file */
    STEP_TRUNCATE,
    STEP_RESERVE, /* file */
    STEP_SET_TIME,
    STEP_REPLACE,     /* path, to */
    STEP_DELETE,      /* path */
    STEP_MAKE_FOLDER, /* path; each folder by itself */
};

/* What does not apply is NULL. */
struct file_operation {
    enum file_step step;
    const char *path;
    const char *to;
    struct file *file; /* may be asked for its size and read, not changed */
};

/* From now on `seam` is asked before every operation, on the thread that wants it, which may hold locks. It
 * returns 0 (go on) or the system error to fail with; it need not return. NULL, as at the start: nobody is
 * asked. Any thread may call this. */
void file_seam_set(int (*seam)(const struct file_operation *operation));

/* For the platform's own files: what the seam says, 0 without one. */
int file_seam_ask(const struct file_operation *operation);
int file_seam_ask_file(enum file_step step, struct file *file);
int file_seam_ask_path(enum file_step step, const char *path);
/* Tells of an opened file; passes on `error`, with which there is none. */
int file_seam_opened(int error, const char *path, struct file *const *file);

#endif
