/* SPDX-License-Identifier: MIT */
/* A standard download that is stopped at its Nth operation, or whose Nth operation fails: the parts that
 * test_nth_operation is made of. An operation is one that changes a file, by the functions of platform.h or
 * by SQLite.
 *
 * The download runs in a process of its own, below a folder `work`:
 *     home/    the queue              shadow/  each file as it was when it was last flushed
 *     target/  where the files go     told     what the queue has confirmed to the program, a line each
 *     what     the operation that was stopped at
 */
#ifndef QMGR_TESTS_NATIVE_NTH_H
#define QMGR_TESTS_NATIVE_NTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "queue/queue.h"

/* ---- what is downloaded ---------------------------------------------------------------------- */

#define NTH_OLD_TEXT "what was there before"

struct nth_file {
    const char *name;
    size_t size;
    bool in_steps;  /* slowly enough to see several checkpoints */
    bool was_there; /* there is a target with NTH_OLD_TEXT before */
};
enum { NTH_FILES = 5 };
extern const struct nth_file nth_files[NTH_FILES];

struct nth_group {
    size_t first, count; /* of nth_files */
    bool runs;           /* the download resumes it; the others stay suspended */
    bool dropped;        /* the download cancels it */
};
enum { NTH_GROUPS = 3 };
extern const struct nth_group nth_groups[NTH_GROUPS];

struct queue_id nth_group_id(size_t group);
struct queue_id nth_job_id(size_t group);
uint8_t nth_byte(size_t file, size_t offset);

/* Serves them, several at once, until it is stopped. Fails the test if it cannot. */
struct nth_server;
struct nth_server *nth_server_start(void);
const char *nth_server_url(const struct nth_server *server);
/* A mark on the server's time, later than all connections that were made before this is called. */
unsigned long nth_server_mark(struct nth_server *server);
/* The first byte that was asked for by the first request for this file after the mark, if its URL is
 * nth_server_url, "/", run, "/" and the name; -1: there was none. Questions for the size do not count. */
long nth_server_first(struct nth_server *server, unsigned long mark, const char *run, size_t file);
void nth_server_stop(struct nth_server *server);

/* ---- the process of the download ------------------------------------------------------------- */

enum nth_mode {
    NTH_COUNT, /* counts the operations */
    NTH_STOP,  /* the process ends at operation N */
    NTH_CUT,   /* the same, and whatever was not flushed is lost */
    NTH_FAIL,  /* operation N fails */
    NTH_LONG,  /* operation N and some after it fail */
    NTH_MODES,
};
extern const char *const nth_mode_names[NTH_MODES];

/* Sets traps for this process; shadows are kept below the folder in the stopping modes. Called once, before
 * anything else is done. */
void nth_traps_set(enum nth_mode mode, unsigned long n, const char *work);
unsigned long nth_operations(void);
bool nth_fired(void); /* a fault has been reported */
void nth_calm(void);  /* no more faults */

enum { NTH_EXIT_STOPPED = 70 };

/* What the queue has confirmed, of each group. */
enum nth_told {
    TOLD_MADE,
    TOLD_ADDED,
    TOLD_CANCELLING, /* is about to be called */
    TOLD_CANCELLED,
    TOLD_RESUMED,
    TOLD_COMPLETE,
    TOLD_MOST,
};

/* The whole download, in this process: 0, or 1 if a rule was broken, which has been printed. */
int nth_download(const char *work, enum nth_mode mode, unsigned long n, const char *url);

/* ---- afterwards ------------------------------------------------------------------------------ */

/* Puts back what the files held when they were last flushed. */
bool nth_cut_power(const char *work);
struct nth_watch {
    struct nth_server *server;
    const char *run; /* the url below is the server's, followed by "/" and this */
    bool intact;     /* nobody has touched the files since the process ended */
};
/* Opens the queue that was left, looks whether what it says is true, and goes on to the end. With `watch`
 * (which may be NULL) nothing that the queue says is durable may be fetched again. False if a rule was
 * broken, which has been printed with `title`. Fails no test, so that any thread may call it. */
bool nth_check(const char *work, const char *url, const char *title, const struct nth_watch *watch);

/* ---- helpers ---------------------------------------------------------------------------------- */

/* work/folder/name; folder or name may be NULL. malloc'ed, never NULL. */
char *nth_path(const char *work, const char *folder, const char *name);
/* malloc'ed with a 0 after it; NULL if it cannot be read. */
uint8_t *nth_read(const char *path, size_t *size);
bool nth_write(const char *path, const void *data, size_t size);
/* malloc'ed, or the process ends. */
void *nth_memory(size_t size);

/* Names in the folder, without "." and "..". */
char **nth_names(const char *folder, size_t *count);
void nth_names_free(char **names, size_t count);
bool nth_rename(const char *from, const char *to); /* over what is there */
/* Ends this process at once. */
_Noreturn void nth_end(int code);
/* Runs this program with these arguments (a NULL after the last) and waits for its end. -1: it could not be
 * started, or was killed. */
int nth_run_self(const char *const *arguments);

#endif
