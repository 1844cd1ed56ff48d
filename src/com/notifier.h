/* SPDX-License-Identifier: MIT */
/* Tells clients in this process that a group is complete or has failed (qmgr.md 8, Q31 to Q44).
 *
 * What is to be told stands in the queue until a client has answered S_OK; here is kept only
 * whom to tell. One thread looks at the queue when it is woken, and every second while anybody
 * is registered, since another process may be the one that downloads. Each delivery runs on a
 * thread of its own, so that a client that hangs holds up nobody else.
 *
 * Locks: the notifier's own locks are never held while a client or the queue is called. */
#ifndef QMGR_COM_NOTIFIER_H
#define QMGR_COM_NOTIFIER_H

#include <windows.h>
#include <ole2.h>
#include <stdbool.h>

#include "queue/queue.h"

/* From DllMain. False if out of memory. */
bool notifier_init(void);
void notifier_done(void);

/* Makes room for the group and starts the thread, so that notifier_class_changed cannot fail.
 * FAULT_MEMORY. The queue must stay open until notifier_stop. */
enum fault notifier_prepare(struct queue *queue, int64_t key);
/* A client of this process has set or cleared the class in the queue, which is created when an
 * event is due. The group must be prepared. */
void notifier_class_changed(struct queue *queue, int64_t key);
/* A client has come back to a group: its class, if it has one in the queue, is told by this
 * process when no other process has a client that registered. Failure is not the client's
 * business; it is logged. */
void notifier_adopt(struct queue *queue, int64_t key);
/* The object to call, in preference to the class, until the process ends; NULL clears it.
 * E_NOINTERFACE if the object is no IBackgroundCopyCallback1, E_OUTOFMEMORY, or what COM
 * answers. */
HRESULT notifier_set_pointer(struct queue *queue, int64_t key, IUnknown *object);
/* The group was cancelled: no call that COM has not been given yet is made for it. One that COM
 * has been given cannot be called back; it may be on its way to the client's thread still (a
 * message in its queue, if that has a single-threaded apartment) and reach it after this. */
void notifier_forget(int64_t key);

/* Something may be due. Any thread; takes no lock. */
void notifier_wake(void);

/* Somebody has to be told of something, or will have to be. The queue must be open. */
bool notifier_is_needed(void);

/* True if nothing is to be told or being told, no client's object is held and no thread of the
 * notifier's is left. Else false, at once; what can be ended is then on its way to its end, and a
 * later call will find it gone. Never waits for a thread, for each of them may get COM to ask on
 * it, as the last thing that it does, whether the DLL can be unloaded. */
bool notifier_stop(void);

#endif
