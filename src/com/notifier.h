/* SPDX-License-Identifier: MIT */
/* Tells clients in this process that a group is complete or has failed (qmgr.md 8, Q31 to Q44).
 *
 * What is to be told stands in the queue until a client has answered S_OK; here is kept only
 * whom to tell. One thread looks at the queue when it is woken, and every second while anybody
 * is registered, since another process may be the one that downloads. Each delivery runs on a
 * thread of its own, so that a client that hangs holds up its own group only.
 *
 * Locks: the notifier's own lock is never held while a client or the queue is called. */
#ifndef QMGR_COM_NOTIFIER_H
#define QMGR_COM_NOTIFIER_H

#include <windows.h>
#include <ole2.h>
#include <stdbool.h>

#include "queue/queue.h"

/* From DllMain. False if out of memory. */
bool notifier_init(void);
void notifier_done(void);

/* Makes room for the group and starts the thread, so that notifier_set_class cannot fail.
 * FAULT_MEMORY. The queue must stay open until notifier_stop. */
enum fault notifier_prepare(struct queue *queue, int64_t key);
/* The class to create when an event is due; NULL for none. The group must be prepared. */
void notifier_set_class(int64_t key, const CLSID *clsid);
/* A client has come back to a group: registers the class that the group has in the queue, if it
 * has one and this process does not know it yet. Failure is not the client's business; it is
 * logged. */
void notifier_adopt(struct queue *queue, int64_t key);
/* The object to call, in preference to the class, until the process ends; NULL clears it.
 * E_NOINTERFACE if the object is no IBackgroundCopyCallback1, E_OUTOFMEMORY, or what COM
 * answers. */
HRESULT notifier_set_pointer(struct queue *queue, int64_t key, IUnknown *object);
/* The group was cancelled: after this returns no callback for it starts. One that runs goes on. */
void notifier_forget(int64_t key);

/* Something may be due. Any thread; takes no lock. */
void notifier_wake(void);

/* Ends the thread and forgets everybody, if nothing is to be told or being told and no client's
 * pointer is held; true then. If only pointers are in the way they are dropped on a thread of
 * their own, since that may have to wait for a client; a later call will find them gone. */
bool notifier_stop(void);

#endif
