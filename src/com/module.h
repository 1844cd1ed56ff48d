/* SPDX-License-Identifier: MIT */
/* What the process has once: the count of what keeps the DLL loaded, and the engine, that is the
 * open queue and its runner.
 *
 * The engine starts when it is first wanted. When it cannot, the caller gets the fault, and the
 * next call tries again. It stops in module_can_unload only.
 *
 * The system may ask whether the DLL can be unloaded on a thread of ours that is just ending, and
 * while another such question is being decided: the answer is then no, at once.
 *
 * Locks: starting and stopping take one lock of their own, left of all those in platform.h. Who
 * finds the engine running takes no lock. */
#ifndef QMGR_COM_MODULE_H
#define QMGR_COM_MODULE_H

#include <windows.h>
#include <stdbool.h>

#include "queue/queue.h"
#include "runner/runner.h"

/* From DllMain. False if out of memory. */
bool module_init(HINSTANCE instance);
void module_done(void);
HINSTANCE module_instance(void);

/* Objects, and locks of IClassFactory::LockServer. */
void module_object_added(void);
void module_object_removed(void);
long module_object_count(void);

/* The engine stays up while the caller holds a COM object of ours. FAULT_STORE, FAULT_STORE_NEWER,
 * FAULT_MEMORY; module_runner also FAULT_ENGINE. */
enum fault module_queue(struct queue **queue);
enum fault module_runner(struct runner **runner);

/* The folder of the open queue, an absolute path: the same for as long as the queue is open, wherever the
 * program's current folder and QMGRPRXY_HOME have gone since. The caller keeps the engine up, and does not
 * free it. NULL if the queue is not open. */
const char *module_home(void);

/* Is the open queue the one that programs of the user have unless they ask for another (QMGRPRXY_HOME)? The caller keeps
 * the engine up. */
bool module_is_usual_queue(void);

#define MODULE_QUEUE_NAME_SIZE 64
/* A name for claim_new that is the same for all processes that share the queue, with room for an
 * ending of 36 characters. The caller keeps the engine up. False if the queue is not open, or its folder
 * cannot be looked at. */
bool module_queue_name(char name[MODULE_QUEUE_NAME_SIZE]);

/* True if nothing needs the DLL any more; then the engine is stopped and the queue closed. Safe
 * against objects that come into being at the same time: they wait and find the engine started
 * anew. */
bool module_can_unload(void);

#endif
