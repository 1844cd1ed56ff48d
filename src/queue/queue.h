/* SPDX-License-Identifier: MIT */
/* The queue: what is to be downloaded, kept in SQLite, and the rules of what may be done in which state.
 *
 * Every function may be called from any thread. A function that changes something returns FAULT_NONE only
 * when the change is durable (committed and flushed), and on any fault nothing was changed. All functions
 * return FAULT_NOT_FOUND for a key whose group was cancelled and FAULT_STORE when SQLite fails (the reason
 * goes to queue_last_error). Pointers handed out are the caller's, to be freed as said at each.
 *
 * A group is named by a GUID that a later group may use again; `int64_t key` is never used again, so
 * whoever holds a key can tell a cancelled group from its successor. A group's job has the same key.
 *
 * Rules: qmgr.md sections 4 to 7, 14 and 16. */
#ifndef QMGR_QUEUE_QUEUE_H
#define QMGR_QUEUE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/platform.h"

struct queue;

/* A GUID in memory order of the Windows structure. */
struct queue_id {
    uint8_t bytes[16];
};
struct queue_id_text {
    char text[39];
};
struct queue_id_text queue_id_text(const struct queue_id *id); /* "{…}" */

enum group_state {
    GROUP_SUSPENDED = 0, /* new, or paused */
    GROUP_RUNNING = 1,   /* downloading, or waiting for a transient error to pass */
    GROUP_ERROR = 2,     /* failed for good */
    GROUP_COMPLETE = 3,  /* every file is in place */
};

enum group_event {
    EVENT_NONE = 0,
    EVENT_COMPLETE = 1,
    EVENT_ERROR = 2,
};

#define NO_FILE UINT32_MAX /* "no file is concerned" */
#define SIZE_UNKNOWN INT64_C(-1)

/* Why a group failed. All zero (file NO_FILE) unless the state is GROUP_ERROR. */
struct group_error {
    uint32_t file;  /* index of the file, or NO_FILE */
    uint32_t win32; /* Win32 code, 0 if an HTTP status was the cause */
    uint32_t http;  /* HTTP status, 0 if none was the cause */
};

struct group_info {
    struct queue_id id;
    enum group_state state;
    bool foreground;
    bool has_job;
    struct queue_id job; /* meaningful if has_job */
    uint32_t notify_flags;
    uint32_t retries; /* since the last ResumeGroup out of an error */
    uint32_t resumes; /* grows with every ResumeGroup: each asks for another attempt at once */
    uint32_t stuck_s; /* seconds without progress so far, as queue_group_stuck was told */
    struct group_error error;
    enum group_event event; /* not yet acknowledged by a client */
    int64_t event_serial;   /* names this event to queue_event_clear */
};

/* Byte counts of a group's files as last recorded. */
struct group_totals {
    uint32_t files;
    uint32_t files_done;    /* in place */
    uint32_t unknown_sizes; /* files whose size is not known (a file in place always has one) */
    uint64_t bytes_total;   /* sum of the known sizes */
    uint64_t bytes_done;    /* bytes safely on disk, part files and files in place */

    /* What the process that runs the group shows, which is fresher than the above. */
    bool shown; /* false: nobody has shown anything since the group was resumed */
    uint64_t shown_bytes;
    uint64_t shown_total;   /* 0 while a size is unknown */
    uint32_t shown_percent; /* 0..99 */
};

enum group_text {
    GROUP_DISPLAY_NAME,
    GROUP_DESCRIPTION,
    GROUP_NOTIFY_CLSID, /* "{…}", or "" when none was set */
};

/* ---- the store ------------------------------------------------------------------------------- */

/* Opens (or makes) the queue in the folder, which is made if it is missing. A queue file that is damaged, or not a
 * queue, gets a new name there (queue-damaged-<date>-<time>.db, the log says so) and a new queue is made; one of a
 * later version, and one that cannot be read or written, stays as it is. *out is NULL on a fault: FAULT_STORE,
 * FAULT_STORE_NEWER or FAULT_MEMORY. Waits while another process or thread opens the same queue. */
enum fault queue_open(const char *folder, struct queue **out);
void queue_close(struct queue *queue); /* NULL is harmless */
/* Gives back what SQLite keeps for the process between queues, its locks above all: for a DLL that is about to be
 * unloaded. No queue is open, nor being opened; the next queue_open starts anew. */
void queue_shutdown(void);
/* A sentence on the last FAULT_STORE of this process, for the log. malloc'ed, may be NULL. */
char *queue_last_error(struct queue *queue);

/* ---- groups ---------------------------------------------------------------------------------- */

/* FAULT_EXISTS if a group has this id. The new group is suspended and has no job. */
enum fault queue_group_create(struct queue *queue, const struct queue_id *id, int64_t *key);
enum fault queue_group_find(struct queue *queue, const struct queue_id *id, int64_t *key);
/* In order of creation. *ids is malloc'ed (NULL if there is none). */
enum fault queue_group_list(struct queue *queue, struct queue_id **ids, size_t *count);
enum fault queue_group_info(struct queue *queue, int64_t key, struct group_info *info);
enum fault queue_group_totals(struct queue *queue, int64_t key, struct group_totals *totals);

/* *text is malloc'ed, never NULL on success. */
enum fault queue_group_text(struct queue *queue, int64_t key, enum group_text which, char **text);
enum fault queue_group_set_text(struct queue *queue, int64_t key, enum group_text which,
                                const char *text);
enum fault queue_group_set_notify_flags(struct queue *queue, int64_t key, uint32_t flags);
enum fault queue_group_set_foreground(struct queue *queue, int64_t key);

/* FAULT_STATE while the group runs, else FAULT_SECOND_JOB if it has its job, FAULT_EXISTS if any group's
 * job has this id. */
enum fault queue_job_create(struct queue *queue, int64_t key, const struct queue_id *job);

/* Suspended or failed -> running, clearing error and event, and retries if it had failed; FAULT_STATE
 * without job or files.
 * Running: no change. Complete: no change (files added meanwhile make it suspended, see below). */
enum fault queue_group_resume(struct queue *queue, int64_t key);
/* Running -> suspended; every other state stays. This and the next are orders (below). */
enum fault queue_group_suspend(struct queue *queue, int64_t key);
/* Takes the group off the queue; its id is free when this returns. The names of its part files go to the
 * list of discards (below) in the same transaction, but for those that cannot be believed: whose row is
 * damaged (file_row), or that are not the names of part files. */
enum fault queue_group_cancel(struct queue *queue, int64_t key);

/* ---- files ----------------------------------------------------------------------------------- */

struct new_file {
    const char *url;    /* without user name and password */
    struct blob secret; /* "user:password" as it stood in the URL, sealed; {NULL,0} if none */
    const char *local;  /* where it goes */
    const char *part;   /* the part file beside it, already made */
    const char *folder; /* identity of the folder that both are in; NULL: not known */
};

/* Adds all or none. The group must have its job (else FAULT_STATE). A complete group becomes suspended
 * and loses an event not yet acknowledged; a failed one keeps its error. FAULT_ARGUMENT: no files, or a
 * text is NULL. */
enum fault queue_files_add(struct queue *queue, int64_t key, const struct new_file *files,
                           size_t count);
enum fault queue_file_count(struct queue *queue, int64_t key, uint32_t *count);

struct file_row {
    int64_t key;        /* of the file */
    uint32_t index;     /* zero-based, in order of AddFiles */
    char *url;          /* without credentials */
    struct blob secret; /* sealed */
    char *local;
    char *part;
    char *folder;    /* identity of the folder that both are to be in; NULL: not known */
    int64_t size;    /* SIZE_UNKNOWN until the server told */
    int64_t durable; /* bytes of the part file known to be on disk */
    char *
        validator; /* strong ETag or date that the durable bytes belong to, as for If-Range; NULL */
    bool whole;    /* all of it is in the part file, or in place already: see file_record */
    bool done;     /* in place */
    bool damaged;  /* the names are not those that were added: they must not be used */
    struct blob stamp;  /* of the part file when it was last closed, or {NULL, 0} */
    struct blob prefix; /* what proves the durable bytes, or {NULL, 0} */
};
/* FAULT_NOT_FOUND also if the index is past the files. */
enum fault queue_file_get(struct queue *queue, int64_t key, uint32_t index, struct file_row *row);
void file_row_clear(struct file_row *row); /* frees what it points to */
void file_rows_free(struct file_row *rows, size_t count);

/* ---- for the runner -------------------------------------------------------------------------- */

/* Keys of the groups in GROUP_RUNNING, foreground first, then in order of creation. malloc'ed. */
enum fault queue_running(struct queue *queue, int64_t **keys, size_t *count);
/* At most max files that are not in place, with index >= from, in order. */
enum fault queue_files_pending(struct queue *queue, int64_t key, uint32_t from, size_t max,
                               struct file_row **rows, size_t *count);
/* At most max files with index < below whose size is unknown and that are not in place, last first. */
enum fault queue_files_unsized(struct queue *queue, int64_t key, uint32_t below, size_t max,
                               struct file_row **rows, size_t *count);

/* What became of a file. Every field is written; records of cancelled groups are passed over. What it
 * points to stays the caller's. */
struct file_record {
    int64_t file; /* file_row.key */
    int64_t size;
    int64_t durable;       /* never more than was flushed */
    const char *validator; /* may be NULL */
    bool whole;            /* flushed and closed as `stamp` tells; only the rename is missing */
    bool done;
    struct blob stamp;  /* for file_row */
    struct blob prefix; /* for file_row */
};
/* All records in one transaction. A file in place stays so: a record that comes late is passed over.
 * FAULT_ARGUMENT if a number is negative, or a file in place has no size. */
enum fault queue_record(struct queue *queue, const struct file_record *records, size_t count);
/* The same, but a power cut may undo it; the death of a process does not. */
enum fault queue_record_swift(struct queue *queue, const struct file_record *records, size_t count);
/* Counts one more retry, and takes note of how long there has been no progress. */
enum fault queue_group_count_retry(struct queue *queue, int64_t key, uint32_t stuck_s);
/* Takes note of the latter alone. */
enum fault queue_group_stuck(struct queue *queue, int64_t key, uint32_t stuck_s);
/* Running -> error, with an EVENT_ERROR. FAULT_STATE if it does not run (any more). */
enum fault queue_group_fail(struct queue *queue, int64_t key, const struct group_error *error);
/* Running -> complete, with an EVENT_COMPLETE, if every file is in place; else FAULT_STATE. */
enum fault queue_group_finish(struct queue *queue, int64_t key);

/* Keys of the groups with an event that no client has acknowledged. malloc'ed. */
enum fault queue_events(struct queue *queue, int64_t **keys, size_t *count);
/* The client answered S_OK. An event that has come since stays. */
enum fault queue_event_clear(struct queue *queue, int64_t key, int64_t event_serial);

/* What other processes are to see of a running group; groups that do not run are passed over. A power cut
 * may undo it. */
struct group_shown {
    int64_t key;
    uint64_t bytes;
    uint64_t total;
    uint32_t percent;
};
enum fault queue_show(struct queue *queue, const struct group_shown *shown, size_t count);

/* Every suspension and cancellation is an order to whoever runs the queue, and has a number, counted from 1.
 * *given: that of the last one; *obeyed: all up to this one have been carried out. */
enum fault queue_orders(struct queue *queue, int64_t *given, int64_t *obeyed);
/* The orders up to this one have been carried out. */
enum fault queue_obey(struct queue *queue, int64_t upto);

/* ---- forgotten groups (aging.c) -------------------------------------------------------------- */

/* Lets the queue's own time go on, by which it tells what was forgotten. Call it now and then with the time
 * of day. It never counts a day twice, and of a leap (a clock that was set right) not more than 30 days. */
enum fault queue_pass_time(struct queue *queue, int64_t unix_s);
/* Keys of the groups that nothing was changed in, by client or runner, for more than so many seconds of the
 * queue's time. malloc'ed. (Q74: a group that was forgotten for 90 days is cancelled.) */
enum fault queue_groups_idle(struct queue *queue, int64_t idle_s, int64_t **keys, size_t *count);
/* queue_group_cancel, if that still holds of the group; else FAULT_STATE. */
enum fault queue_group_cancel_idle(struct queue *queue, int64_t key, int64_t idle_s);

/* ---- part files that nobody wants ------------------------------------------------------------ */

struct discard {
    char *path;
    char *folder; /* identity of the folder that it is in; NULL: not known */
    char *
        maker; /* "", or who is about to add it to a group: as long as he lives it is not to be deleted */
};
/* Is the last part of the path a name as part files have it: BIT, 4 to 8 hexadecimal digits, .tmp? Whatever may be
 * in the queue, no other file is deleted for it. */
bool discard_is_named(const char *path);
/* Part files that have to be deleted: at most `most` of them, in order of their names, that come behind the
 * name `after` ("": from the first). Names that part files do not have are passed over, with a line in the log. To be
 * freed with queue_discards_free. */
enum fault queue_discards(struct queue *queue, const char *after, size_t most,
                          struct discard **list, size_t *count);
void queue_discards_free(struct discard *list, size_t count);
/* How many there are, without those that somebody is about to add to a group. */
enum fault queue_discards_count(struct queue *queue, int64_t *count);
/* They are gone: forget them. */
enum fault queue_discards_done(struct queue *queue, const struct discard *list, size_t count);
/* Files of these names are about to be made for queue_files_add, which takes them off the list again. Should the
 * maker die before, they will be found here. Call it before the first is made. FAULT_ARGUMENT if discard_is_named
 * does not hold for all of them. */
enum fault queue_discards_plan(struct queue *queue, const char *maker, char *const *paths,
                               size_t count);

#endif
