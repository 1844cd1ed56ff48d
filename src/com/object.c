/* SPDX-License-Identifier: MIT */
#include "com/object.h"

#include <stdlib.h>

#include "com/clients.h"
#include "com/module.h"
#include "platform/log.h"

/* The beginning of every COM object in C. */
struct face {
    const void *vtable;
};

void *object_new(size_t size, size_t offset, const void *vtable)
{
    struct face *face = calloc(1, size);
    if (!face)
        return NULL;
    struct object *object = (struct object *)(void *)((char *)face + offset);
    face->vtable = vtable;
    atomic_init(&object->refs, 1);
    HRESULT hr = CoCreateFreeThreadedMarshaler((IUnknown *)face, &object->marshaler);
    if (FAILED(hr)) {
        log_event("no free-threaded marshaler: 0x%08lx", (unsigned long)hr);
        free(face);
        return NULL;
    }
    module_object_added();
    clients_note_caller();
    return face;
}

ULONG object_add_ref(struct object *object)
{
    return atomic_fetch_add(&object->refs, 1) + 1;
}

ULONG object_release(struct object *object)
{
    return atomic_fetch_sub(&object->refs, 1) - 1;
}

void object_free(struct object *object, void *memory)
{
    IUnknown_Release(object->marshaler);
    free(memory);
    module_object_removed();
}

HRESULT object_query(struct object *object, void *face, REFIID own, REFIID iid, void **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (IsEqualIID(iid, &IID_IMarshal))
        return IUnknown_QueryInterface(object->marshaler, iid, out);
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, own))
        return E_NOINTERFACE;
    object_add_ref(object);
    *out = face;
    return S_OK;
}
