/* SPDX-License-Identifier: MIT */
/* The objects that clients hold. Each function sets *out to an object with one reference, the
 * caller's, or to NULL and returns E_OUTOFMEMORY. Creating one changes nothing in the queue. */
#ifndef QMGR_COM_OBJECTS_H
#define QMGR_COM_OBJECTS_H

#include <windows.h>
#include <qmgr.h>
#include <stddef.h>
#include <stdint.h>

#include "queue/queue.h"

HRESULT qmgr_object_create(IBackgroundCopyQMgr **out);

/* key 0 if it is not known yet: see group_bind. */
HRESULT group_create(const GUID *id, int64_t key, IBackgroundCopyGroup **out);
/* Gives the key to a group made with key 0, before anybody else sees the object. */
void group_bind(IBackgroundCopyGroup *group, int64_t key);

/* The job of the group `key`. */
HRESULT job_create(const GUID *id, int64_t key, IBackgroundCopyJob1 **out);

/* Snapshots: they show these ids, in this order, whatever becomes of the queue. The array is
 * copied. */
HRESULT enum_groups_create(const struct queue_id *ids, size_t count,
                           IEnumBackgroundCopyGroups **out);
HRESULT enum_jobs_create(const struct queue_id *ids, size_t count, IEnumBackgroundCopyJobs1 **out);

/* The class factory of BackgroundCopyQMgr; as QueryInterface. */
HRESULT class_factory_get(REFIID iid, void **out);

/* The two shapes of an identifier; queue_id has the memory order of GUID. */
struct queue_id queue_id_of(const GUID *guid);
GUID guid_of(const struct queue_id *id);

#endif
