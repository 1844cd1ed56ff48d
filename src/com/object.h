/* SPDX-License-Identifier: MIT */
/* What all our COM objects have in common: a reference count, the free-threaded marshaler, and a
 * place in the module's count of objects. An object begins with its interface and has a struct
 * object next to it. */
#ifndef QMGR_COM_OBJECT_H
#define QMGR_COM_OBJECT_H

#include <windows.h>
#include <ole2.h>
#include <stdatomic.h>
#include <stddef.h>

struct object {
    atomic_ulong refs;
    IUnknown *marshaler; /* aggregated: any apartment of the process may call the object directly */
};

/* Makes an object of `size` bytes, all zero, whose first member is its interface with the vtable
 * given and whose struct object stands at `offset`, with one reference. NULL if out of memory. */
void *object_new(size_t size, size_t offset, const void *vtable);

ULONG object_add_ref(struct object *object);
/* Zero: the caller tidies up what it owns and calls object_free. */
ULONG object_release(struct object *object);
/* memory: what object_new returned. */
void object_free(struct object *object, void *memory);

/* QueryInterface: IUnknown, the object's own interface `own`, IMarshal, and nothing else. */
HRESULT object_query(struct object *object, void *face, REFIID own, REFIID iid, void **out);

#endif
