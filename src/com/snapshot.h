/* SPDX-License-Identifier: MIT */
/* A list of GUIDs that never changes, shared by an enumerator and its clones, and a place in it.
 * The rules of Next, Skip, Reset and GetCount are the same for groups and jobs (qmgr.md 7, Q65
 * to Q72). */
#ifndef QMGR_COM_SNAPSHOT_H
#define QMGR_COM_SNAPSHOT_H

#include <windows.h>
#include <stdatomic.h>
#include <stddef.h>

#include "queue/queue.h"

struct snapshot;

/* The ids are copied. One reference, the caller's; NULL if out of memory. */
struct snapshot *snapshot_new(const struct queue_id *ids, size_t count);
struct snapshot *snapshot_share(struct snapshot *snapshot);
void snapshot_release(struct snapshot *snapshot);

/* Any number of threads may use one cursor: each element is handed out once. */
struct cursor {
    struct snapshot *snapshot; /* a reference */
    atomic_size_t place;
};

HRESULT cursor_next(struct cursor *cursor, ULONG wanted, GUID *ids, ULONG *fetched);
HRESULT cursor_skip(struct cursor *cursor, ULONG count);
HRESULT cursor_reset(struct cursor *cursor);
HRESULT cursor_count(struct cursor *cursor, ULONG *count);

#endif
