/* SPDX-License-Identifier: MIT */
/* The groups that this process downloads now, and how far they are. Private to the runner. */
#ifndef QMGR_RUNNER_LIVE_H
#define QMGR_RUNNER_LIVE_H

#include "queue/queue.h"
#include "runner/runner.h"
#include "transfer/retry.h"
#include "transfer/transfer.h"

/* One file that is being fetched, or whose size is being asked for. */
struct slot {
    struct slot *next;       /* in its group */
    struct slot *next_ended; /* in the list of ends that the transfer thread reported */
    struct live_group *group;
    struct download *download;
    struct file_row row;      /* as the queue has it */
    bool asks_size;           /* HEAD; not part of the progress */
    uint64_t next_checkpoint; /* clock_ms */
    uint64_t begun;           /* clock_ms */
};

/* Byte counts of files, with sums that saturate: a hostile server may claim any size. */
struct tally {
    uint64_t bytes;
    uint64_t total; /* of the known sizes */
    uint32_t files;
    uint32_t unknown; /* files of unknown size */
};

/* size < 0: unknown. */
void tally_add(struct tally *tally, int64_t bytes, int64_t size);
void tally_remove(struct tally *tally, int64_t bytes, int64_t size);
/* qmgr.md Q9 to Q12 for a group that is not complete: percent is 0 while a size is unknown, else 0 to 99. */
struct progress tally_progress(const struct tally *tally);

struct live_group {
    struct live_group *next;
    int64_t key; /* does not change */

    /* Guarded by the runner's lock, changed by its thread only: what GetProgress reads. */
    struct slot *slots;
    struct tally rest;      /* all files but those that a slot fetches */
    uint32_t percent_floor; /* what was shown before is not taken back while the group runs */
    bool leaving; /* the queue does not want it to run any more; goes when its last slot ends */

    /* The thread that shows it to other processes, under the lock. */
    bool was_shown;
    struct progress shown;

    /* The runner's thread only. */
    bool foreground;
    uint32_t resumes;      /* as of the last look: one more means that it is to try again now */
    bool wanted;           /* by the queue, at the last look */
    uint32_t files;        /* how many the queue had at the last look */
    struct file_row *todo; /* waiting for a slot, in order */
    size_t todo_count, todo_room;
    uint32_t read_from;  /* files from this index on have not been read from the queue yet */
    uint32_t size_below; /* files below this index have not been asked for their size yet */
    unsigned fetching, asking;
    unsigned sizes_refused;    /* size questions that the server did not answer */
    uint64_t sizes_not_before; /* clock_ms of the next such question after a transient error */
    uint64_t back_at; /* clock_ms when a group that ran out of memory may come back, else 0 */
    struct retry retry;
    uint64_t not_before; /* clock_ms of the next attempt after a transient error, 0 if none waits */
    uint32_t stuck_noted; /* what the queue has of the time without progress, in seconds */
};

/* NULL if out of memory. */
struct live_group *live_group_new(int64_t key);
/* Its slots have ended before. */
void live_group_free(struct live_group *group);
/* Puts a row into todo at its place by index; the row's strings go over to it. False: out of memory (the
 * row is then cleared; the queue still has it). */
bool live_group_push(struct live_group *group, struct file_row *row);
/* Takes the first. False if there is none. */
bool live_group_pop(struct live_group *group, struct file_row *row);
struct file_row *live_group_find_todo(struct live_group *group, uint32_t index);
/* Call with the runner's lock held. */
struct progress live_group_progress(struct live_group *group);

#endif
