/* SPDX-License-Identifier: MIT */
#include "com/callback.h"

#include <stdint.h>

#include "com/errand.h"
#include "com/held.h"
#include "platform/log.h"

HRESULT callback_enter(IUnknown *object, DWORD *cookie)
{
    *cookie = 0;
    if (!object)
        return S_OK;
    IBackgroundCopyCallback1 *callback;
    HRESULT hr = IUnknown_QueryInterface(object, &IID_IBackgroundCopyCallback1, (void **)&callback);
    if (FAILED(hr))
        return hr;
    hr = held_add(callback, cookie);
    IBackgroundCopyCallback1_Release(callback);
    return hr;
}

HRESULT callback_make(const CLSID *clsid, IBackgroundCopyCallback1 **callback)
{
    *callback = NULL;
    HRESULT hr =
        CoCreateInstance(clsid, NULL, CLSCTX_ALL, &IID_IBackgroundCopyCallback1, (void **)callback);
    return SUCCEEDED(hr) && !*callback ? E_NOINTERFACE : hr;
}

static void revoke(DWORD cookie)
{
    HRESULT hr = held_remove(cookie);
    if (FAILED(hr))
        log_event("a client's callback object cannot be let go: 0x%08lx", (unsigned long)hr);
}

static void revoke_main(void *cookie)
{
    revoke((DWORD)(uintptr_t)cookie);
}

static void release_main(void *instance)
{
    IBackgroundCopyCallback1_Release((IBackgroundCopyCallback1 *)instance);
}

static void drop_later(void (*drop)(void *), void *what)
{
    if (!errand_start("QmgrPrxy drop", drop, what))
        log_event("no thread to let a client's object go: it is kept for good");
}

bool callback_let_go_later(const struct leftover *leftover)
{
    if (leftover->cookie)
        drop_later(revoke_main, (void *)(uintptr_t)leftover->cookie);
    if (leftover->instance)
        drop_later(release_main, leftover->instance);
    return leftover->cookie || leftover->instance;
}

void callback_let_go(const struct leftover *leftover)
{
    struct leftover rest = *leftover;
    if (rest.cookie && !rest.in_use && !held_is_bound(rest.cookie)) {
        revoke(rest.cookie);
        rest.cookie = 0;
    }
    callback_let_go_later(&rest);
}
