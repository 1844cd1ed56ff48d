/* SPDX-License-Identifier: MIT */
#ifndef QMGR_RUNNER_RUNNER_PRIVATE_H
#define QMGR_RUNNER_RUNNER_PRIVATE_H

#include "runner/live.h"
#include "transfer/url.h"

#define CLAIM_NAME_SIZE 128

enum runner_role {
    ROLE_UNDECIDED, /* has not asked for the claim yet */
    ROLE_FOLLOWER,  /* another process runs the queue */
    ROLE_LEADER,    /* this one does */
};

/* A caller that waits until the runner has acted on the queue's new state of a group. */
struct waiter {
    struct waiter *next;
    int64_t key;
    bool sweeps;    /* it waits for the part files to be deleted, too */
    uint32_t knock; /* its number */
    bool seen;      /* the runner has looked at the queue since */
    bool acted;     /* and has acted on what it saw */
    struct wakeup *done;
};

/* How far the deletion of part files is: it goes through the list in order, a little in each round. */
struct sweep {
    char *after;         /* the last name it has seen; NULL: it begins at the first */
    uint32_t knocks;     /* seen when it began there */
    int64_t orders;      /* the same */
    uint64_t not_before; /* clock_ms: a folder answers slowly, the others shall not wait for it */
};

struct runner {
    struct queue *queue;
    void (*on_event)(void *context);
    void (*on_running)(void *context);
    void *context;
    uint32_t checkpoint_ms;
    uint32_t order_patience_ms;
    struct transfer *transfer;
    struct thread *thread;
    struct claim *claim;
    struct wakeup *wake; /* shared by the processes of the queue; the leader alone waits for it */
    struct wakeup *halt; /* this process's: wakes a follower */
    /* Between the leader and those who gave it an order (orders.c), shared like `wake`. */
    struct wakeup *order, *obeyed;
    struct wakeup *show; /* this process's: something is to be shown, or nothing more (show.c) */
    struct thread *show_thread; /* the leader's; NULL without */
    char maker
        [CLAIM_NAME_SIZE]; /* names this process in the list of discards, as long as it lives */
    struct claim *maker_claim;

    struct lock *lock; /* guards what follows; short, never held during I/O */
    struct live_group *groups;
    struct slot *ended;
    struct waiter *waiters;
    enum runner_role role;
    bool stop;
    bool stop_showing;
    uint32_t knocks; /* by this process */
    uint32_t heard;  /* knocks that the leader's last look at the queue has answered */

    /* The leader's thread only. */
    uint64_t now;           /* clock_ms at the beginning of the round */
    uint64_t next_watch;    /* when to see again that a stand-by host is there */
    uint64_t next_aging;    /* when to look for forgotten groups */
    uint64_t network;       /* as network_look told when it was asked last */
    uint64_t next_network;  /* when to ask again, if somebody waits */
    bool orders_wait;       /* somebody waits for orders to be carried out */
    uint64_t look_again_at; /* look at the queue again then, 0 if nothing asks for it */
    struct sweep sweep;
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
 * list; what could not be deleted is tried again later. Then runner->sweep tells which knocks and orders had been
 * seen when it began at the first name: what they left is gone. `knocks` and `orders` are those that this
 * round has seen. */
bool runner_sweep(struct runner *runner, uint32_t knocks, int64_t orders);
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
/* The group has failed for good. */
void settle_fail(struct runner *runner, struct live_group *group, const struct group_error *error);
/* Flushes and records how far one running download is, if it is time for that: one in a round, so that nobody
 * waits for more than one. */
void settle_checkpoint(struct runner *runner);

/* show.c: what other processes see of the running groups. A thread of its own shows it, so that it is fresh also
 * while the disk is waited for. Leader's thread. */
void show_begin(struct runner *runner); /* with the first group; repeating it is harmless */
void show_end(struct runner *runner);   /* shows it once more: what the next process begins with */

/* patience.c: how long a caller waits for its order. Callers' threads, no lock held. */
struct patience {
    uint64_t until;     /* clock_ms */
    int64_t files_left; /* to delete, when that was looked at last */
};
struct patience patience_begin(struct runner *runner);
uint32_t patience_left_ms(const struct patience *patience);
/* The time is up, and nothing has got on since it began to run. Else it runs anew. */
bool patience_is_over(struct patience *patience, struct runner *runner);

/* orders.c: suspensions and cancellations by processes that do not run the queue. */
/* Waits until whoever runs the queue has carried out all orders that have been given so far; not for ever. */
void orders_wait(struct runner *runner);
/* The leader's side. Before it looks at the queue: *given are the orders that this look will show it. */
void orders_look(struct runner *runner, int64_t *given);
/* It has acted on them. */
void orders_done(struct runner *runner, int64_t given);

/* network_watch.c: whether there is a network, and what that means for those that wait. Leader's thread. */
void network_watch_begin(struct runner *runner);
/* Has the waiting groups try again if there is a network that was not there before: every few seconds, as long
 * as a group waits. */
void network_watch(struct runner *runner);
/* The same now, before something that failed is judged. */
void network_watch_look(struct runner *runner);
/* There was no network at the last look, and the server is beyond it. */
bool network_watch_is_cut_off(const struct runner *runner, const char *url);

/* aging.c: cancels groups that were forgotten (Q74), if it is time to look. Leader's thread. */
void runner_age(struct runner *runner);

#endif
