/* SPDX-License-Identifier: MIT */
/* Next as it travels, for both enumerators. The pages allow a NULL pceltFetched when one element is asked for,
 * but an [out] pointer on the wire is never NULL; so RemoteNext goes over the wire in place of Next and
 * always has somewhere to count.
 *
 * At the object's end, room for all elements that are asked for is made before anybody looks at how many there are.
 * So more than a portion is fetched in several calls, and a hostile client's larger number is refused. */
#include <windows.h>
#include <qmgr.h>

#define PORTION 256u /* the range in the IDL */

/* What the object itself would answer, so that a client cannot tell where the object lives. */
static HRESULT check(ULONG celt, const GUID *rgelt, const ULONG *pceltFetched)
{
    if (celt > 0 && !rgelt)
        return E_POINTER;
    if (celt > 1 && !pceltFetched)
        return E_INVALIDARG;
    return S_OK;
}

static ULONG next_portion(ULONG celt, ULONG got)
{
    return celt - got < PORTION ? celt - got : PORTION;
}

HRESULT CALLBACK IEnumBackgroundCopyGroups_Next_Proxy(IEnumBackgroundCopyGroups *This, ULONG celt,
                                                      GUID *rgelt, ULONG *pceltFetched)
{
    ULONG got = 0, portion, fetched;
    GUID unused;
    HRESULT hr = check(celt, rgelt, pceltFetched);
    if (FAILED(hr))
        return hr;
    do {
        portion = next_portion(celt, got);
        fetched = 0;
        hr = IEnumBackgroundCopyGroups_RemoteNext_Proxy(This, portion,
                                                        rgelt ? rgelt + got : &unused, &fetched);
        got += fetched;
    } while (hr == S_OK && fetched == portion && got < celt);
    if (pceltFetched && SUCCEEDED(hr))
        *pceltFetched = got;
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
    ULONG got = 0, portion, fetched;
    GUID unused;
    HRESULT hr = check(celt, rgelt, pceltFetched);
    if (FAILED(hr))
        return hr;
    do {
        portion = next_portion(celt, got);
        fetched = 0;
        hr = IEnumBackgroundCopyJobs1_RemoteNext_Proxy(This, portion, rgelt ? rgelt + got : &unused,
                                                       &fetched);
        got += fetched;
    } while (hr == S_OK && fetched == portion && got < celt);
    if (pceltFetched && SUCCEEDED(hr))
        *pceltFetched = got;
    return hr;
}

HRESULT __RPC_STUB IEnumBackgroundCopyJobs1_Next_Stub(IEnumBackgroundCopyJobs1 *This, ULONG celt,
                                                      GUID *rgelt, ULONG *pceltFetched)
{
    *pceltFetched = 0;
    return IEnumBackgroundCopyJobs1_Next(This, celt, rgelt, pceltFetched);
}
