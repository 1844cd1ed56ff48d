/* SPDX-License-Identifier: MIT */
#include "com/snapshot.h"

#include <stdlib.h>
#include <string.h>

struct snapshot {
    atomic_ulong refs;
    size_t count;
    struct queue_id ids[];
};

struct snapshot *snapshot_new(const struct queue_id *ids, size_t count)
{
    if (count > (SIZE_MAX - sizeof(struct snapshot)) / sizeof *ids)
        return NULL;
    struct snapshot *snapshot = malloc(sizeof *snapshot + count * sizeof *ids);
    if (!snapshot)
        return NULL;
    atomic_init(&snapshot->refs, 1);
    snapshot->count = count;
    if (count > 0)
        memcpy(snapshot->ids, ids, count * sizeof *ids);
    return snapshot;
}

struct snapshot *snapshot_share(struct snapshot *snapshot)
{
    atomic_fetch_add(&snapshot->refs, 1);
    return snapshot;
}

void snapshot_release(struct snapshot *snapshot)
{
    if (atomic_fetch_sub(&snapshot->refs, 1) == 1)
        free(snapshot);
}

/* Moves on by `wanted` or to the end; *from is where it stood. Returns how far it got. */
static ULONG cursor_advance(struct cursor *cursor, ULONG wanted, size_t *from)
{
    size_t place = atomic_load(&cursor->place);
    ULONG step;
    do {
        size_t left = cursor->snapshot->count - place;
        step = left < wanted ? (ULONG)left : wanted;
    } while (!atomic_compare_exchange_weak(&cursor->place, &place, place + step));
    *from = place;
    return step;
}

HRESULT cursor_next(struct cursor *cursor, ULONG wanted, GUID *ids, ULONG *fetched)
{
    if (wanted > 0 && !ids)
        return E_POINTER;
    if (wanted > 1 && !fetched)
        return E_INVALIDARG;
    size_t from;
    ULONG step = cursor_advance(cursor, wanted, &from);
    if (step > 0)
        memcpy(ids, &cursor->snapshot->ids[from], step * sizeof *ids);
    if (fetched)
        *fetched = step;
    return step == wanted ? S_OK : S_FALSE;
}

HRESULT cursor_skip(struct cursor *cursor, ULONG count)
{
    size_t from;
    return cursor_advance(cursor, count, &from) == count ? S_OK : S_FALSE;
}

HRESULT cursor_reset(struct cursor *cursor)
{
    atomic_store(&cursor->place, 0);
    return S_OK;
}

HRESULT cursor_count(struct cursor *cursor, ULONG *count)
{
    if (!count)
        return E_POINTER;
    *count = (ULONG)cursor->snapshot->count;
    return S_OK;
}
