/* SPDX-License-Identifier: MIT */
/* The factory that COM is given is not that of class_factory.c: what COM itself holds of it must not count as a
 * client. Clients count by their objects and locks, as for any server.
 *
 * Wine 8 keeps a list of who serves which class, and does not take off it who was killed. The first entry of a class is
 * the one that every client gets: after a kill nobody would reach the class any more. An entry for single use,
 * however, goes when a client has got it. So under Wine the class is offered for single use, and offered anew when a
 * client has come, before it can have an object of ours. A host that was killed then costs one client an error
 * (RPC_S_SERVER_UNAVAILABLE), or none, since each new host uses up the entries that stand before its own. */
#include "com/local_server.h"

#include <windows.h>
#include <ole2.h>
#include <qmgr.h>

#include "com/clients.h"
#include "com/kept_stubs.h"
#include "com/module.h"
#include "com/objects.h"
#include "platform/log.h"
#include "platform/platform.h"
#include "platform/winapi.h"

/* Entries of killed hosts that a new one uses up; more than can be expected. */
#define STALE_MOST 16

static struct lock *lock; /* guards what follows */
static bool is_offered;
static DWORD cookie; /* of the offer; 0: COM did not take it */

/* ---- the factory ---------------------------------------------------------------------------- */

static HRESULT STDMETHODCALLTYPE server_QueryInterface(IClassFactory *iface, REFIID iid, void **out)
{
    if (!out)
        return E_POINTER;
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IClassFactory))
        return E_NOINTERFACE;
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE server_AddRef(IClassFactory *iface)
{
    (void)iface;
    return 2; /* it is always there */
}

static ULONG STDMETHODCALLTYPE server_Release(IClassFactory *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE server_CreateInstance(IClassFactory *iface, IUnknown *outer,
                                                       REFIID iid, void **out)
{
    IClassFactory *factory;
    (void)iface;
    HRESULT hr = class_factory_get(&IID_IClassFactory, (void **)&factory);
    if (FAILED(hr))
        return hr;
    hr = IClassFactory_CreateInstance(factory, outer, iid, out);
    IClassFactory_Release(factory);
    return hr;
}

static HRESULT STDMETHODCALLTYPE server_LockServer(IClassFactory *iface, BOOL on)
{
    IClassFactory *factory;
    (void)iface;
    HRESULT hr = class_factory_get(&IID_IClassFactory, (void **)&factory);
    if (FAILED(hr))
        return hr;
    hr = IClassFactory_LockServer(factory, on);
    IClassFactory_Release(factory);
    return hr;
}

static const IClassFactoryVtbl server_vtable = {
    server_QueryInterface, server_AddRef, server_Release, server_CreateInstance, server_LockServer,
};

/* The headers' lpVtbl points to a table that may be written, which ours are not meant to be. */
static struct {
    const IClassFactoryVtbl *vtable;
} server_factory = {&server_vtable};

/* ---- the offer ------------------------------------------------------------------------------ */

static IUnknown *door(void);

static HRESULT offer(void)
{
    IUnknown *object = (IUnknown *)(void *)&server_factory;
    DWORD use = REGCLS_MULTIPLEUSE;
    if (winapi_is_wine()) {
        object = door();
        use = REGCLS_SINGLEUSE;
    }
    HRESULT hr =
        CoRegisterClassObject(&CLSID_BackgroundCopyQMgr, object, CLSCTX_LOCAL_SERVER, use, &cookie);
    if (FAILED(hr)) {
        cookie = 0;
        log_event("the class cannot be offered to other processes: 0x%08lx", (unsigned long)hr);
    }
    return hr;
}

static void withdraw(void)
{
    if (cookie)
        CoRevokeClassObject(cookie);
    cookie = 0;
}

/* A client has come. */
static void offer_anew(void)
{
    lock_take(lock);
    if (is_offered) {
        withdraw();
        offer();
    }
    lock_drop(lock);
}

/* ---- the door, for Wine ----------------------------------------------------------------------- */

/* Wine asks the object that it was given once for each client that comes. The factory itself is asked several times,
 * and must not be offered anew each time: while it is, who comes finds nothing. */
static HRESULT STDMETHODCALLTYPE door_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    (void)iface;
    offer_anew();
    return server_QueryInterface((IClassFactory *)(void *)&server_factory, iid, out);
}

static ULONG STDMETHODCALLTYPE door_AddRef(IUnknown *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE door_Release(IUnknown *iface)
{
    (void)iface;
    return 1;
}

static const IUnknownVtbl door_vtable = {door_QueryInterface, door_AddRef, door_Release};

static struct {
    const IUnknownVtbl *vtable;
} the_door = {&door_vtable};

static IUnknown *door(void)
{
    return (IUnknown *)(void *)&the_door;
}

/* ---- entries of the dead ---------------------------------------------------------------------- */

/* On a thread of its own, since COM gives who asks in the server's own apartment the server at once. An answer comes
 * from who is alive: from here on clients get through. */
static void use_up_stale(void *unused)
{
    (void)unused;
    if (FAILED(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED)))
        return;
    HRESULT hr = E_FAIL;
    for (int i = 0; FAILED(hr) && i < STALE_MOST; i++) {
        IClassFactory *factory;
        hr = CoGetClassObject(&CLSID_BackgroundCopyQMgr, CLSCTX_LOCAL_SERVER, NULL,
                              &IID_IClassFactory, (void **)&factory);
        if (SUCCEEDED(hr))
            IClassFactory_Release(factory);
        else
            log_event("a host that died still stood for the class: 0x%08lx", (unsigned long)hr);
    }
    CoUninitialize();
}

/* Not waited for: an entry may be that of a process which hangs. */
static void clear_the_way(void)
{
    struct thread *thread =
        winapi_is_wine() ? thread_start("QmgrPrxy stale hosts", use_up_stale, NULL) : NULL;
    if (thread)
        thread_detach(thread);
}

/* ---- beginning and end ------------------------------------------------------------------------ */

bool local_server_begin(void)
{
    if (!lock)
        lock = lock_new();
    if (!lock)
        return false;
    HRESULT hr = winapi_is_wine() ? kept_stubs_begin() : S_OK;
    if (FAILED(hr))
        log_event("not all interfaces can be kept known to RPC: 0x%08lx", (unsigned long)hr);
    lock_take(lock);
    is_offered = SUCCEEDED(offer());
    bool offered = is_offered;
    lock_drop(lock);
    if (offered)
        clear_the_way();
    return offered;
}

void local_server_end(void)
{
    if (!lock)
        return;
    lock_take(lock);
    is_offered = false;
    withdraw();
    lock_drop(lock);
}

void local_server_done(void)
{
    kept_stubs_end();
}

bool local_server_is_used(long own)
{
    return module_object_count() > own && clients_exist();
}
