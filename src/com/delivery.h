/* SPDX-License-Identifier: MIT */
/* Tells one client of one event, on a thread of its own, since the client may hang. */
#ifndef QMGR_COM_DELIVERY_H
#define QMGR_COM_DELIVERY_H

#include "com/registrations.h"
#include "queue/queue.h"

/* The event is there and its owner wants to hear of it. */
bool delivery_is_wanted(const struct group_info *info);
/* Starts the delivery of the event to a claimed target, which is settled in any case. The queue
 * must stay open until the errand has ended. */
void delivery_start(struct queue *queue, const struct target *target, int64_t serial);

#endif
