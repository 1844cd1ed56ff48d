/* SPDX-License-Identifier: MIT */
/* Who runs the queue: one thread of one process at a time takes what is runnable from the queue, hands it
 * to the transfer engine and records what became of it. The COM layer talks to this (to change what runs
 * and to ask how far it is) and to the queue (for everything else).
 *
 * All functions may be called from any thread, also from inside a notification. */
#ifndef QMGR_RUNNER_RUNNER_H
#define QMGR_RUNNER_RUNNER_H

#include <stdbool.h>
#include <stdint.h>

#include "queue/queue.h"

struct runner;

struct runner_options {
    struct queue *queue;    /* outlives the runner */
    const char *claim_name; /* the same for all processes that share the queue; see claim_new */
    /* Called on the runner's thread, with no lock held, after an event was recorded in the queue. May be
     * NULL. Must not block. */
    void (*on_event)(void *context);
    /* Something runs: see that a stand-by host is there. Called with no lock held: on the caller's thread before
     * runner_resume returns, on the runner's when it finds running groups, and every few seconds while it
     * runs them. May be NULL. Must not block for long. */
    void (*on_running)(void *context);
    void *context;
    uint32_t checkpoint_ms;     /* how often progress is made durable; 0: every second */
    uint32_t order_patience_ms; /* see runner_cancel; 0: ten seconds */
};

/* Starts the thread, which takes up what the queue holds as running. FAULT_ENGINE, FAULT_MEMORY. */
enum fault runner_create(const struct runner_options *options, struct runner **out);
/* Stops all downloads, records how far they are, ends the threads. Groups stay in the state they have, so
 * the next runner goes on. NULL is harmless. */
void runner_destroy(struct runner *runner);
/* True while a group is in GROUP_RUNNING here. */
bool runner_is_busy(struct runner *runner);

/* Each changes the queue as the function of queue.h does that it is named after, with the same faults, and
 * makes the runner act on it. */
enum fault runner_resume(struct runner *runner, int64_t key);
enum fault runner_suspend(struct runner *runner, int64_t key);
enum fault runner_foreground(struct runner *runner, int64_t key);
/* Returns when the downloads of the group have ended and its part files are deleted, in whatever process it
 * was run; runner_suspend likewise. If that process does not answer for 10 seconds, in which no part file
 * was deleted either, it returns all the same: the queue has the order, and who runs it next obeys it. */
enum fault runner_cancel(struct runner *runner, int64_t key);

/* Makes the part file of each file, then adds all to the queue, or none and no part file is left. The
 * caller fills url, secret and local; part is ignored. FAULT_ARGUMENT: a folder is missing or the system refuses
 * the name; FAULT_ACCESS: the user may not write there. */
enum fault runner_add_files(struct runner *runner, int64_t key, const struct new_file *files,
                            size_t count);

struct progress {
    uint64_t bytes; /* downloaded so far */
    uint64_t total; /* 0 while a size is unknown, and without files */
    uint32_t
        percent; /* 0..100; never falls while the group runs; 100 if and only if it is complete */
};
/* Live counts if the group is downloaded here; of another process's downloads, as of half a second ago at
 * most; else what was last recorded. Waits for no lock that is held during I/O. */
enum fault runner_progress(struct runner *runner, int64_t key, struct progress *progress);

#endif
