/* SPDX-License-Identifier: MIT */
/* Private to the queue: the one way in which a group changes its state. */
#ifndef QMGR_QUEUE_STATE_H
#define QMGR_QUEUE_STATE_H

#include "queue/store.h"

#define GROUP_STATES (GROUP_COMPLETE + 1)
#define GROUP_EVENTS (EVENT_ERROR + 1)

/* In a statement that changes a group: it has not been forgotten (aging.c). */
#define TOUCHED "touched = (SELECT age FROM queue)"
/* In a statement that asks for a group: it has been, for so many seconds. */
#define IDLE(seconds) "touched < (SELECT age FROM queue) - " seconds

/* An order has been given (queue_orders). Between store_begin and store_end. */
enum fault order_give(struct queue *queue);

/* The part files of this group that are not in place become discards. Between store_begin and store_end. */
enum fault files_discard(struct queue *queue, int64_t key);

/* What the rules look at. Read inside a transaction, so it holds until its end. */
struct standing {
    enum group_state state;
    bool has_job;
    uint32_t files;
    uint32_t files_done;
    uint32_t retries;
    enum group_event event;
    int64_t event_serial;
};
/* FAULT_NOT_FOUND. Between store_begin and store_end. */
enum fault standing_read(struct queue *queue, int64_t key, struct standing *standing);

/* Changes the state with everything that belongs to the change; error is NULL unless to is
 * GROUP_ERROR. FAULT_STATE if there is no such change. Between store_begin and store_end. */
enum fault group_change(struct queue *queue, int64_t key, const struct standing *from,
                        enum group_state to, const struct group_error *error);

#endif
