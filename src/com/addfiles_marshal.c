/* SPDX-License-Identifier: MIT */
/* AddFiles as it travels: a SAFEARRAY of names, which knows its own length, in place of an array of C and its
 * length. Those are two numbers on the wire, and nobody compares them for the proxies that widl makes: a
 * hostile client's length would have the object read past the end of the array. dwSizeHint is not sent,
 * since nobody may read it. */
#include <windows.h>
#include <ole2.h>
#include <qmgr.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_PER_FILE 2u

/* ---- at the client's end --------------------------------------------------------------------- */

/* Lends the client's strings to the array. A NULL among the elements goes as one without names, which the object
 * refuses just the same. */
static void lend(BSTR *names, ULONG count, FILESETINFO *const *infos)
{
    for (ULONG i = 0; i < count; i++) {
        names[NAMES_PER_FILE * i] = infos[i] ? infos[i]->bstrRemoteFile : NULL;
        names[NAMES_PER_FILE * i + 1] = infos[i] ? infos[i]->bstrLocalFile : NULL;
    }
}

HRESULT CALLBACK IBackgroundCopyJob1_AddFiles_Proxy(IBackgroundCopyJob1 *This, ULONG cFileCount,
                                                    FILESETINFO **ppFileSet)
{
    if (!ppFileSet)
        return HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER);
    if (cFileCount > LONG_MAX / NAMES_PER_FILE)
        return E_OUTOFMEMORY;
    SAFEARRAY *array = SafeArrayCreateVector(VT_BSTR, 0, NAMES_PER_FILE * cFileCount);
    if (!array)
        return E_OUTOFMEMORY;
    BSTR *names = array->pvData;
    lend(names, cFileCount, ppFileSet);
    VARIANT variant;
    V_VT(&variant) = VT_ARRAY | VT_BSTR;
    V_ARRAY(&variant) = array;
    HRESULT hr = IBackgroundCopyJob1_RemoteAddFiles_Proxy(This, &variant);
    memset(names, 0, NAMES_PER_FILE * cFileCount * sizeof *names); /* not the array's to free */
    SafeArrayDestroy(array);
    return hr;
}

/* ---- at the object's end --------------------------------------------------------------------- */

/* False if that is not what our proxy sends. */
static BOOL is_list_of_names(const VARIANT *names, ULONG *count)
{
    VARTYPE type;
    LONG first, last;
    if (V_VT(names) != (VT_ARRAY | VT_BSTR) || !V_ARRAY(names))
        return FALSE;
    SAFEARRAY *array = V_ARRAY(names); /* its own type may be another */
    if (SafeArrayGetDim(array) != 1 || SafeArrayGetElemsize(array) != sizeof(BSTR) ||
        FAILED(SafeArrayGetVartype(array, &type)) || type != VT_BSTR ||
        FAILED(SafeArrayGetLBound(array, 1, &first)) || first != 0 ||
        FAILED(SafeArrayGetUBound(array, 1, &last)) || last < -1)
        return FALSE;
    *count = (ULONG)(last + 1);
    return *count % NAMES_PER_FILE == 0;
}

static HRESULT add_names(IBackgroundCopyJob1 *job, const BSTR *names, ULONG count)
{
    FILESETINFO *infos = calloc(count + 1u, sizeof *infos);
    FILESETINFO **set = calloc(count + 1u, sizeof(FILESETINFO *));
    HRESULT hr = E_OUTOFMEMORY;
    if (infos && set) {
        for (ULONG i = 0; i < count; i++) {
            infos[i].bstrRemoteFile = names[NAMES_PER_FILE * i];
            infos[i].bstrLocalFile = names[NAMES_PER_FILE * i + 1];
            set[i] = &infos[i];
        }
        hr = IBackgroundCopyJob1_AddFiles(job, count, set);
    }
    free(set);
    free(infos);
    return hr;
}

HRESULT __RPC_STUB IBackgroundCopyJob1_AddFiles_Stub(IBackgroundCopyJob1 *This, VARIANT *names)
{
    ULONG count;
    void *data;
    if (!is_list_of_names(names, &count))
        return E_INVALIDARG;
    HRESULT hr = SafeArrayAccessData(V_ARRAY(names), &data);
    if (FAILED(hr))
        return hr;
    hr = add_names(This, data, count / NAMES_PER_FILE);
    SafeArrayUnaccessData(V_ARRAY(names));
    return hr;
}
