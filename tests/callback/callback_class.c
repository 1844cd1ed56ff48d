/* SPDX-License-Identifier: MIT */
#include "callback_class.h"

#include <stdbool.h>
#include <stdio.h>
#include <wchar.h>

#include <qmgr.h>

static const CLSID *own_clsid;
static LONG references; /* to the object */
static HANDLE unused;

/* ---- the folder ---------------------------------------------------------------------------- */

static bool folder_file(const wchar_t *name, wchar_t path[MAX_PATH])
{
    wchar_t clsid[40], key[64], folder[MAX_PATH];
    DWORD size = sizeof folder, type = 0;
    HKEY opened;
    StringFromGUID2(own_clsid, clsid, 40);
    _snwprintf(key, 64, L"CLSID\\%ls", clsid);
    if (RegOpenKeyExW(HKEY_CLASSES_ROOT, key, 0, KEY_QUERY_VALUE, &opened) != ERROR_SUCCESS)
        return false;
    LONG error = RegQueryValueExW(opened, L"Folder", NULL, &type, (BYTE *)folder, &size);
    RegCloseKey(opened);
    if (error != ERROR_SUCCESS || type != REG_SZ)
        return false;
    int length = _snwprintf(path, MAX_PATH, L"%ls\\%ls", folder, name);
    return length > 0 && length < MAX_PATH;
}

static void make(const wchar_t *name)
{
    wchar_t path[MAX_PATH];
    if (!folder_file(name, path))
        return;
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    if (file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
}

static bool is_ordered(const wchar_t *order)
{
    wchar_t path[MAX_PATH];
    return folder_file(order, path) && DeleteFileW(path);
}

/* ---- the object ----------------------------------------------------------------------------- */

static HRESULT STDMETHODCALLTYPE callback_QueryInterface(IBackgroundCopyCallback1 *iface,
                                                         REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IBackgroundCopyCallback1))
        return E_NOINTERFACE;
    IBackgroundCopyCallback1_AddRef(iface);
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE callback_AddRef(IBackgroundCopyCallback1 *iface)
{
    (void)iface;
    return (ULONG)InterlockedIncrement(&references);
}

static ULONG STDMETHODCALLTYPE callback_Release(IBackgroundCopyCallback1 *iface)
{
    (void)iface;
    LONG left = InterlockedDecrement(&references);
    if (left == 0 && unused != NULL)
        SetEvent(unused);
    return (ULONG)left;
}

static HRESULT STDMETHODCALLTYPE callback_OnStatus(IBackgroundCopyCallback1 *iface,
                                                   IBackgroundCopyGroup *group,
                                                   IBackgroundCopyJob1 *job, DWORD file,
                                                   DWORD status, DWORD retries, DWORD win32,
                                                   DWORD http)
{
    GUID id;
    wchar_t text[40], name[64];
    (void)iface, (void)job, (void)file, (void)status, (void)retries, (void)win32, (void)http;
    if (is_ordered(L"crash"))
        TerminateProcess(GetCurrentProcess(), 3);
    if (is_ordered(L"hang")) {
        make(L"hanging");
        Sleep(INFINITE);
    }
    if (is_ordered(L"refuse"))
        return E_FAIL;
    HRESULT hr = IBackgroundCopyGroup_get_GroupID(group, &id);
    if (hr != S_OK)
        return hr;
    StringFromGUID2(&id, text, 40);
    _snwprintf(name, 64, L"told-%ls", text);
    make(name);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE callback_OnProgress(IBackgroundCopyCallback1 *iface, DWORD type,
                                                     IBackgroundCopyGroup *group,
                                                     IBackgroundCopyJob1 *job, DWORD file,
                                                     DWORD value)
{
    (void)iface, (void)type, (void)group, (void)job, (void)file, (void)value;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE callback_OnProgressEx(IBackgroundCopyCallback1 *iface, DWORD type,
                                                       IBackgroundCopyGroup *group,
                                                       IBackgroundCopyJob1 *job, DWORD file,
                                                       DWORD value, DWORD size, BYTE *bytes)
{
    (void)iface, (void)type, (void)group, (void)job, (void)file, (void)value, (void)size;
    (void)bytes;
    return S_OK;
}

static IBackgroundCopyCallback1Vtbl callback_vtable = {
    callback_QueryInterface, callback_AddRef,     callback_Release,
    callback_OnStatus,       callback_OnProgress, callback_OnProgressEx,
};

static IBackgroundCopyCallback1 callback = {&callback_vtable};

/* ---- its factory ---------------------------------------------------------------------------- */

static HRESULT STDMETHODCALLTYPE factory_QueryInterface(IClassFactory *iface, REFIID iid,
                                                        void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IClassFactory))
        return E_NOINTERFACE;
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE factory_AddRef(IClassFactory *iface)
{
    (void)iface;
    return 2;
}

static ULONG STDMETHODCALLTYPE factory_Release(IClassFactory *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE factory_CreateInstance(IClassFactory *iface, IUnknown *outer,
                                                        REFIID iid, void **out)
{
    (void)iface;
    *out = NULL;
    return outer ? CLASS_E_NOAGGREGATION : callback_QueryInterface(&callback, iid, out);
}

static HRESULT STDMETHODCALLTYPE factory_LockServer(IClassFactory *iface, BOOL lock)
{
    (void)iface, (void)lock;
    return S_OK;
}

static IClassFactoryVtbl factory_vtable = {
    factory_QueryInterface, factory_AddRef,     factory_Release,
    factory_CreateInstance, factory_LockServer,
};

static IClassFactory factory = {&factory_vtable};

IClassFactory *callback_factory(const CLSID *clsid)
{
    own_clsid = clsid;
    return &factory;
}

HANDLE callback_is_unused(void)
{
    if (unused == NULL)
        unused = CreateEventW(NULL, TRUE, FALSE, NULL);
    return unused;
}
