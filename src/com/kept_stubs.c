/* SPDX-License-Identifier: MIT */
#include "com/kept_stubs.h"

#include <ole2.h>
#include <qmgr.h>

enum { KEPT = 6 };

static const IID *const kept[KEPT] = {
    &IID_IBackgroundCopyQMgr,       &IID_IBackgroundCopyGroup,     &IID_IBackgroundCopyJob1,
    &IID_IEnumBackgroundCopyGroups, &IID_IEnumBackgroundCopyJobs1, &IID_IBackgroundCopyCallback1,
};

/* Each holds the object, marshalled as one of the interfaces; NULL: COM did not take it. */
static IStream *streams[KEPT];

/* ---- the object ------------------------------------------------------------------------------- */

/* A stub asks for its interface when it is made, and calls it only for a client. There is none. */
static HRESULT STDMETHODCALLTYPE nobody_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    *out = IsEqualIID(iid, &IID_IUnknown) ? iface : NULL;
    for (int i = 0; !*out && i < KEPT; i++) {
        if (IsEqualIID(iid, kept[i]))
            *out = iface;
    }
    return *out ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE nobody_AddRef(IUnknown *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE nobody_Release(IUnknown *iface)
{
    (void)iface;
    return 1;
}

static const IUnknownVtbl nobody_vtable = {nobody_QueryInterface, nobody_AddRef, nobody_Release};

static struct {
    const IUnknownVtbl *vtable;
} nobody = {&nobody_vtable};

/* ---- beginning and end ------------------------------------------------------------------------ */

static HRESULT keep(REFIID iid, IStream **out)
{
    IStream *stream;
    HRESULT hr = CreateStreamOnHGlobal(NULL, TRUE, &stream);
    if (FAILED(hr))
        return hr;
    hr = CoMarshalInterface(stream, iid, (IUnknown *)(void *)&nobody, MSHCTX_LOCAL, NULL,
                            MSHLFLAGS_NORMAL);
    if (SUCCEEDED(hr))
        *out = stream;
    else
        IStream_Release(stream);
    return hr;
}

HRESULT kept_stubs_begin(void)
{
    HRESULT hr = S_OK;
    for (int i = 0; SUCCEEDED(hr) && i < KEPT; i++) {
        if (!streams[i])
            hr = keep(kept[i], &streams[i]);
    }
    return hr;
}

static void let_go(IStream *stream)
{
    const LARGE_INTEGER start = {.QuadPart = 0};
    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    CoReleaseMarshalData(stream);
    IStream_Release(stream);
}

void kept_stubs_end(void)
{
    for (int i = 0; i < KEPT; i++) {
        if (streams[i])
            let_go(streams[i]);
        streams[i] = NULL;
    }
}
