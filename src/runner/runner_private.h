/* SPDX-License-Identifier: MIT */
#ifndef QMGR_RUNNER_RUNNER_PRIVATE_H
#define QMGR_RUNNER_RUNNER_PRIVATE_H

#include "runner/live.h"

enum runner_role {
    ROLE_UNDECIDED, /* has not asked for the claim yet */
    ROLE_FOLLOWER,  /* another process runs the queue */
    ROLE_LEADER,    /* this one does */
};

/* A caller that waits until the runner has acted on the queue's new state of a group. */
struct waiter {
    struct waiter *next;
    int64_t key;
    bool seen; /* the runner has looked at the queue since */
    struct wakeup *done;
};

struct runner {
    struct queue *queue;
    void (*on_event)(void *context);
    void (*on_running)(void *context);
    void *context;
    struct transfer *transfer;
    struct thread *thread;
    struct claim *claim;
    struct wakeup *wake; /* shared by the processes of the queue; the leader alone waits for it */
    struct wakeup *halt; /* this process's: wakes a follower */

    struct lock *lock; /* guards what follows; short, never held during I/O */
    struct live_group *groups;
    struct slot *ended;
    struct waiter *waiters;
    enum runner_role role;
    bool stop;
    uint32_t knocks; /* by this process */
    uint32_t heard;  /* knocks that the leader's last look at the queue has answered */

    /* The leader's thread only. */
    uint64_t now; /* clock_ms at the beginning of the round */
    unsigned fetching;
    uint64_t next_checkpoint;
    uint64_t look_again_at; /* look at the queue again then, 0 if nothing asks for it */
    char *swept; /* how far the sweep is: the last name it has seen; NULL: at the start */
};

/* Makes the leader, whichever process it is, look at the queue. */
void runner_knock(struct runner *runner);
/* Call with the lock held, or on the leader's thread. NULL if the group is not live here. */
struct live_group *runner_find(struct runner *runner, int64_t key);
/* Has the leader look at the queue again at that time (clock_ms), or earlier. */
void runner_look_again(struct runner *runner, uint64_t at);
/* An event was recorded in the queue. Leader's thread, no lock held. */
void runner_tell_event(struct runner *runner);
/* sweep.c: deletes some of the part files that cancelled groups left. True when it has come to the end of the
 * list; what could not be deleted is tried again later. */
bool runner_sweep(struct runner *runner);
/* Runs the queue until runner->stop. */
void runner_lead(struct runner *runner);

/* schedule.c: what runs. Leader's thread. */
/* Makes the live groups those that the queue wants to run. False if the queue cannot be read; then it is
 * tried again in a while. */
bool schedule_sync(struct runner *runner);
/* Starts what may start now. */
void schedule_start(struct runner *runner);
/* Asks every download of the group to stop; it leaves when the last has ended. */
void schedule_leave(struct runner *runner, struct live_group *group);
/* The same for want of memory: the group comes back in a while, from what the queue holds. */
void schedule_start_over(struct runner *runner, struct live_group *group);
/* Starts nothing of the group for a while. */
void schedule_pause(struct runner *runner, struct live_group *group);
/* Frees the groups that have left. */
void schedule_drop(struct runner *runner);

/* settle.c: what became of it. Leader's thread. */
/* Settles the downloads that have ended, records them, and draws the consequences for their groups. */
void settle_ended(struct runner *runner);
/* Flushes and records how far the running downloads are, if it is time for that. */
void settle_checkpoint(struct runner *runner);
#define CHECKPOINT_MS 2000u

#endif
