/* SPDX-License-Identifier: MIT */
/* IEnumBackgroundCopyGroups: the ids of groups, for GetGroup (qmgr.md 7). */
#include "com/object.h"
#include "com/objects.h"
#include "com/snapshot.h"

struct enum_groups {
    IEnumBackgroundCopyGroups IEnumBackgroundCopyGroups_iface;
    struct object object;
    struct cursor cursor;
};

static struct enum_groups *impl_from_IEnumBackgroundCopyGroups(IEnumBackgroundCopyGroups *iface)
{
    return CONTAINING_RECORD(iface, struct enum_groups, IEnumBackgroundCopyGroups_iface);
}

/* Takes over the reference to the snapshot. */
static HRESULT create(struct snapshot *snapshot, size_t place, IEnumBackgroundCopyGroups **out);

static HRESULT STDMETHODCALLTYPE enum_QueryInterface(IEnumBackgroundCopyGroups *iface, REFIID iid,
                                                     void **out)
{
    struct enum_groups *self = impl_from_IEnumBackgroundCopyGroups(iface);
    return object_query(&self->object, iface, &IID_IEnumBackgroundCopyGroups, iid, out);
}

static ULONG STDMETHODCALLTYPE enum_AddRef(IEnumBackgroundCopyGroups *iface)
{
    return object_add_ref(&impl_from_IEnumBackgroundCopyGroups(iface)->object);
}

static ULONG STDMETHODCALLTYPE enum_Release(IEnumBackgroundCopyGroups *iface)
{
    struct enum_groups *self = impl_from_IEnumBackgroundCopyGroups(iface);
    ULONG refs = object_release(&self->object);
    if (refs == 0) {
        snapshot_release(self->cursor.snapshot);
        object_free(&self->object, self);
    }
    return refs;
}

static HRESULT STDMETHODCALLTYPE enum_Next(IEnumBackgroundCopyGroups *iface, ULONG celt,
                                           GUID *rgelt, ULONG *pceltFetched)
{
    struct enum_groups *self = impl_from_IEnumBackgroundCopyGroups(iface);
    return cursor_next(&self->cursor, celt, rgelt, pceltFetched);
}

static HRESULT STDMETHODCALLTYPE enum_Skip(IEnumBackgroundCopyGroups *iface, ULONG celt)
{
    return cursor_skip(&impl_from_IEnumBackgroundCopyGroups(iface)->cursor, celt);
}

static HRESULT STDMETHODCALLTYPE enum_Reset(IEnumBackgroundCopyGroups *iface)
{
    return cursor_reset(&impl_from_IEnumBackgroundCopyGroups(iface)->cursor);
}

static HRESULT STDMETHODCALLTYPE enum_Clone(IEnumBackgroundCopyGroups *iface,
                                            IEnumBackgroundCopyGroups **ppenum)
{
    struct enum_groups *self = impl_from_IEnumBackgroundCopyGroups(iface);
    if (!ppenum)
        return E_POINTER;
    return create(snapshot_share(self->cursor.snapshot), atomic_load(&self->cursor.place), ppenum);
}

static HRESULT STDMETHODCALLTYPE enum_GetCount(IEnumBackgroundCopyGroups *iface, ULONG *puCount)
{
    return cursor_count(&impl_from_IEnumBackgroundCopyGroups(iface)->cursor, puCount);
}

static const IEnumBackgroundCopyGroupsVtbl enum_vtable = {
    enum_QueryInterface, enum_AddRef, enum_Release, enum_Next,
    enum_Skip,           enum_Reset,  enum_Clone,   enum_GetCount,
};

static HRESULT create(struct snapshot *snapshot, size_t place, IEnumBackgroundCopyGroups **out)
{
    *out = NULL;
    struct enum_groups *self =
        object_new(sizeof *self, offsetof(struct enum_groups, object), &enum_vtable);
    if (!self) {
        snapshot_release(snapshot);
        return E_OUTOFMEMORY;
    }
    self->cursor.snapshot = snapshot;
    atomic_init(&self->cursor.place, place);
    *out = &self->IEnumBackgroundCopyGroups_iface;
    return S_OK;
}

HRESULT enum_groups_create(const struct queue_id *ids, size_t count,
                           IEnumBackgroundCopyGroups **out)
{
    *out = NULL;
    struct snapshot *snapshot = snapshot_new(ids, count);
    return snapshot ? create(snapshot, 0, out) : E_OUTOFMEMORY;
}
