/* SPDX-License-Identifier: MIT */
/* Next as it travels. The pages allow a NULL pceltFetched when one element is asked for, but an
 * [out] pointer on the wire is never NULL; so RemoteNext goes over the wire in place of Next and
 * always has somewhere to count. */
#include <windows.h>
#include <qmgr.h>

/* What the object itself would answer, so that a client cannot tell where the object lives. */
static HRESULT check(ULONG celt, const GUID *rgelt, const ULONG *pceltFetched)
{
    if (celt > 0 && !rgelt)
        return E_POINTER;
    if (celt > 1 && !pceltFetched)
        return E_INVALIDARG;
    return S_OK;
}

HRESULT CALLBACK IEnumBackgroundCopyGroups_Next_Proxy(IEnumBackgroundCopyGroups *This, ULONG celt,
                                                      GUID *rgelt, ULONG *pceltFetched)
{
    ULONG fetched = 0;
    GUID unused;
    HRESULT hr = check(celt, rgelt, pceltFetched);
    if (FAILED(hr))
        return hr;
    hr = IEnumBackgroundCopyGroups_RemoteNext_Proxy(This, celt, rgelt ? rgelt : &unused, &fetched);
    if (pceltFetched && SUCCEEDED(hr))
        *pceltFetched = fetched;
    return hr;
}

HRESULT __RPC_STUB IEnumBackgroundCopyGroups_Next_Stub(IEnumBackgroundCopyGroups *This, ULONG celt,
                                                       GUID *rgelt, ULONG *pceltFetched)
{
    *pceltFetched = 0; /* it says how much of rgelt goes back, also when Next fails */
    return IEnumBackgroundCopyGroups_Next(This, celt, rgelt, pceltFetched);
}

HRESULT CALLBACK IEnumBackgroundCopyJobs1_Next_Proxy(IEnumBackgroundCopyJobs1 *This, ULONG celt,
                                                     GUID *rgelt, ULONG *pceltFetched)
{
    ULONG fetched = 0;
    GUID unused;
    HRESULT hr = check(celt, rgelt, pceltFetched);
    if (FAILED(hr))
        return hr;
    hr = IEnumBackgroundCopyJobs1_RemoteNext_Proxy(This, celt, rgelt ? rgelt : &unused, &fetched);
    if (pceltFetched && SUCCEEDED(hr))
        *pceltFetched = fetched;
    return hr;
}

HRESULT __RPC_STUB IEnumBackgroundCopyJobs1_Next_Stub(IEnumBackgroundCopyJobs1 *This, ULONG celt,
                                                      GUID *rgelt, ULONG *pceltFetched)
{
    *pceltFetched = 0;
    return IEnumBackgroundCopyJobs1_Next(This, celt, rgelt, pceltFetched);
}
