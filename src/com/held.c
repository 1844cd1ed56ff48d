/* SPDX-License-Identifier: MIT */
#include "com/held.h"

#include <stdlib.h>

#include "platform/platform.h"

struct held {
    struct held *next;
    DWORD cookie;
    IBackgroundCopyCallback1 *callback; /* NULL: it is in the global interface table */
    DWORD global;                       /* its number there */
    unsigned uses;                      /* the list, and who is just fetching it */
};

static struct lock *lock; /* guards what follows; no client is called under it */
static struct held *all;
static DWORD last_cookie;

bool held_init(void)
{
    lock = lock_new();
    return lock != NULL;
}

void held_done(void)
{
    lock_free(lock);
    lock = NULL;
}

/* ---- the global interface table --------------------------------------------------------------- */

/* The system has one, which lives as long as the process. */
static HRESULT open_table(IGlobalInterfaceTable **table)
{
    return CoCreateInstance(&CLSID_StdGlobalInterfaceTable, NULL, CLSCTX_INPROC_SERVER,
                            &IID_IGlobalInterfaceTable, (void **)table);
}

static HRESULT enter_global(IBackgroundCopyCallback1 *callback, DWORD *global)
{
    IGlobalInterfaceTable *table;
    HRESULT hr = open_table(&table);
    if (FAILED(hr))
        return hr;
    hr = IGlobalInterfaceTable_RegisterInterfaceInGlobal(table, (IUnknown *)callback,
                                                         &IID_IBackgroundCopyCallback1, global);
    IGlobalInterfaceTable_Release(table);
    return hr;
}

static HRESULT fetch_global(DWORD global, IBackgroundCopyCallback1 **callback)
{
    IGlobalInterfaceTable *table;
    HRESULT hr = open_table(&table);
    if (FAILED(hr))
        return hr;
    hr = IGlobalInterfaceTable_GetInterfaceFromGlobal(table, global, &IID_IBackgroundCopyCallback1,
                                                      (void **)callback);
    IGlobalInterfaceTable_Release(table);
    /* When the client's apartment has ended, COM may answer S_FALSE and give nothing. */
    if (SUCCEEDED(hr) && !*callback)
        return RPC_E_DISCONNECTED;
    return hr;
}

static HRESULT revoke_global(DWORD global)
{
    IGlobalInterfaceTable *table;
    HRESULT hr = open_table(&table);
    if (FAILED(hr))
        return hr;
    hr = IGlobalInterfaceTable_RevokeInterfaceFromGlobal(table, global);
    IGlobalInterfaceTable_Release(table);
    return hr;
}

/* ---- the list --------------------------------------------------------------------------------- */

static bool is_multi_threaded(void)
{
    IComThreadingInfo *info;
    APTTYPE type;
    if (FAILED(CoGetObjectContext(&IID_IComThreadingInfo, (void **)&info)))
        return false;
    HRESULT hr = IComThreadingInfo_GetCurrentApartmentType(info, &type);
    IComThreadingInfo_Release(info);
    return SUCCEEDED(hr) && type == APTTYPE_MTA;
}

static HRESULT take_over(IBackgroundCopyCallback1 *callback, struct held *held)
{
    if (!is_multi_threaded())
        return enter_global(callback, &held->global);
    IBackgroundCopyCallback1_AddRef(callback);
    held->callback = callback;
    return S_OK;
}

HRESULT held_add(IBackgroundCopyCallback1 *callback, DWORD *cookie)
{
    struct held *held = calloc(1, sizeof *held);
    *cookie = 0;
    if (!held)
        return E_OUTOFMEMORY;
    HRESULT hr = take_over(callback, held);
    if (FAILED(hr)) {
        free(held);
        return hr;
    }
    held->uses = 1;
    lock_take(lock);
    do /* numbers come round */
        held->cookie = ++last_cookie;
    while (held->cookie == 0);
    held->next = all;
    all = held;
    *cookie = held->cookie;
    lock_drop(lock);
    return S_OK;
}

static struct held **find(DWORD cookie)
{
    struct held **link = &all;
    while (*link && (*link)->cookie != cookie)
        link = &(*link)->next;
    return link;
}

static HRESULT let_go(struct held *held)
{
    lock_take(lock);
    const bool last = --held->uses == 0;
    lock_drop(lock);
    if (!last)
        return S_OK;
    HRESULT hr = S_OK;
    if (held->callback)
        IBackgroundCopyCallback1_Release(held->callback);
    else
        hr = revoke_global(held->global);
    free(held);
    return hr;
}

HRESULT held_get(DWORD cookie, IBackgroundCopyCallback1 **callback)
{
    *callback = NULL;
    lock_take(lock);
    struct held *held = *find(cookie);
    if (held)
        held->uses++;
    lock_drop(lock);
    if (!held)
        return E_INVALIDARG;
    HRESULT hr = S_OK;
    if (held->callback) {
        *callback = held->callback;
        IBackgroundCopyCallback1_AddRef(*callback);
    } else {
        hr = fetch_global(held->global, callback);
    }
    let_go(held);
    return hr;
}

HRESULT held_remove(DWORD cookie)
{
    lock_take(lock);
    struct held **link = find(cookie);
    struct held *held = *link;
    if (held)
        *link = held->next;
    lock_drop(lock);
    return held ? let_go(held) : E_INVALIDARG;
}

bool held_is_bound(DWORD cookie)
{
    lock_take(lock);
    const struct held *held = *find(cookie);
    const bool is_direct = held && held->callback;
    lock_drop(lock);
    return is_direct && !is_multi_threaded();
}
