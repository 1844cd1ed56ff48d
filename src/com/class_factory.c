/* SPDX-License-Identifier: MIT */
/* IClassFactory of BackgroundCopyQMgr. There is one factory, which needs no memory; its
 * references and server locks count as objects, so that the DLL stays while anybody holds it. */
#include <stdatomic.h>

#include "com/module.h"
#include "com/objects.h"
#include "platform/log.h"

static atomic_long locks; /* of LockServer */

static HRESULT STDMETHODCALLTYPE factory_QueryInterface(IClassFactory *iface, REFIID iid,
                                                        void **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IClassFactory))
        return E_NOINTERFACE;
    IClassFactory_AddRef(iface);
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE factory_AddRef(IClassFactory *iface)
{
    (void)iface;
    module_object_added();
    return 2; /* the factory itself never goes away */
}

static ULONG STDMETHODCALLTYPE factory_Release(IClassFactory *iface)
{
    (void)iface;
    module_object_removed();
    return 1;
}

static HRESULT STDMETHODCALLTYPE factory_CreateInstance(IClassFactory *iface, IUnknown *outer,
                                                        REFIID iid, void **out)
{
    (void)iface;
    log_event("IClassFactory::CreateInstance");
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    IBackgroundCopyQMgr *manager;
    HRESULT hr = qmgr_object_create(&manager);
    if (FAILED(hr))
        return hr;
    hr = IBackgroundCopyQMgr_QueryInterface(manager, iid, out);
    IBackgroundCopyQMgr_Release(manager);
    return hr;
}

static HRESULT STDMETHODCALLTYPE factory_LockServer(IClassFactory *iface, BOOL lock)
{
    (void)iface;
    log_event("IClassFactory::LockServer(%d)", lock);
    if (lock) {
        module_object_added();
        atomic_fetch_add(&locks, 1);
        return S_OK;
    }
    /* A FALSE without its TRUE must not take away what an object counts for. */
    long held = atomic_load(&locks);
    while (held > 0 && !atomic_compare_exchange_weak(&locks, &held, held - 1)) {
    }
    if (held > 0)
        module_object_removed();
    return S_OK;
}

static const IClassFactoryVtbl factory_vtable = {
    factory_QueryInterface, factory_AddRef,     factory_Release,
    factory_CreateInstance, factory_LockServer,
};

/* The headers' lpVtbl points to a table that may be written, which ours is not meant to be. */
static struct {
    const IClassFactoryVtbl *vtable;
} factory = {&factory_vtable};

HRESULT class_factory_get(REFIID iid, void **out)
{
    return factory_QueryInterface((IClassFactory *)(void *)&factory, iid, out);
}
