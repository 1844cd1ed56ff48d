/* SPDX-License-Identifier: MIT */
/* IEnumBackgroundCopyJobs1: the ids of jobs, for GetJob (qmgr.md 7). */
#include "com/object.h"
#include "com/objects.h"
#include "com/snapshot.h"

struct enum_jobs {
    IEnumBackgroundCopyJobs1 IEnumBackgroundCopyJobs1_iface;
    struct object object;
    struct cursor cursor;
};

static struct enum_jobs *impl_from_IEnumBackgroundCopyJobs1(IEnumBackgroundCopyJobs1 *iface)
{
    return CONTAINING_RECORD(iface, struct enum_jobs, IEnumBackgroundCopyJobs1_iface);
}

/* Takes over the reference to the snapshot. */
static HRESULT create(struct snapshot *snapshot, size_t place, IEnumBackgroundCopyJobs1 **out);

static HRESULT STDMETHODCALLTYPE enum_QueryInterface(IEnumBackgroundCopyJobs1 *iface, REFIID iid,
                                                     void **out)
{
    struct enum_jobs *self = impl_from_IEnumBackgroundCopyJobs1(iface);
    return object_query(&self->object, iface, &IID_IEnumBackgroundCopyJobs1, iid, out);
}

static ULONG STDMETHODCALLTYPE enum_AddRef(IEnumBackgroundCopyJobs1 *iface)
{
    return object_add_ref(&impl_from_IEnumBackgroundCopyJobs1(iface)->object);
}

static ULONG STDMETHODCALLTYPE enum_Release(IEnumBackgroundCopyJobs1 *iface)
{
    struct enum_jobs *self = impl_from_IEnumBackgroundCopyJobs1(iface);
    ULONG refs = object_release(&self->object);
    if (refs == 0) {
        snapshot_release(self->cursor.snapshot);
        object_free(&self->object, self);
    }
    return refs;
}

static HRESULT STDMETHODCALLTYPE enum_Next(IEnumBackgroundCopyJobs1 *iface, ULONG celt, GUID *rgelt,
                                           ULONG *pceltFetched)
{
    struct enum_jobs *self = impl_from_IEnumBackgroundCopyJobs1(iface);
    return cursor_next(&self->cursor, celt, rgelt, pceltFetched);
}

static HRESULT STDMETHODCALLTYPE enum_Skip(IEnumBackgroundCopyJobs1 *iface, ULONG celt)
{
    return cursor_skip(&impl_from_IEnumBackgroundCopyJobs1(iface)->cursor, celt);
}

static HRESULT STDMETHODCALLTYPE enum_Reset(IEnumBackgroundCopyJobs1 *iface)
{
    return cursor_reset(&impl_from_IEnumBackgroundCopyJobs1(iface)->cursor);
}

static HRESULT STDMETHODCALLTYPE enum_Clone(IEnumBackgroundCopyJobs1 *iface,
                                            IEnumBackgroundCopyJobs1 **ppenum)
{
    struct enum_jobs *self = impl_from_IEnumBackgroundCopyJobs1(iface);
    if (!ppenum)
        return E_POINTER;
    return create(snapshot_share(self->cursor.snapshot), atomic_load(&self->cursor.place), ppenum);
}

static HRESULT STDMETHODCALLTYPE enum_GetCount(IEnumBackgroundCopyJobs1 *iface, ULONG *puCount)
{
    return cursor_count(&impl_from_IEnumBackgroundCopyJobs1(iface)->cursor, puCount);
}

static const IEnumBackgroundCopyJobs1Vtbl enum_vtable = {
    enum_QueryInterface, enum_AddRef, enum_Release, enum_Next,
    enum_Skip,           enum_Reset,  enum_Clone,   enum_GetCount,
};

static HRESULT create(struct snapshot *snapshot, size_t place, IEnumBackgroundCopyJobs1 **out)
{
    *out = NULL;
    struct enum_jobs *self =
        object_new(sizeof *self, offsetof(struct enum_jobs, object), &enum_vtable);
    if (!self) {
        snapshot_release(snapshot);
        return E_OUTOFMEMORY;
    }
    self->cursor.snapshot = snapshot;
    atomic_init(&self->cursor.place, place);
    *out = &self->IEnumBackgroundCopyJobs1_iface;
    return S_OK;
}

HRESULT enum_jobs_create(const struct queue_id *ids, size_t count, IEnumBackgroundCopyJobs1 **out)
{
    *out = NULL;
    struct snapshot *snapshot = snapshot_new(ids, count);
    return snapshot ? create(snapshot, 0, out) : E_OUTOFMEMORY;
}
