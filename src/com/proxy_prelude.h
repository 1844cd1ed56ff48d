/* SPDX-License-Identifier: MIT */
/* Forced into the C that widl makes: what it uses and MinGW-w64's headers declare to C++ only. */
#ifndef QMGR_COM_PROXY_PRELUDE_H
#define QMGR_COM_PROXY_PRELUDE_H

#include <windows.h>
#include <ole2.h>

HRESULT STDMETHODCALLTYPE IUnknown_QueryInterface_Proxy(IUnknown *This, REFIID riid,
                                                        void **ppvObject);
ULONG STDMETHODCALLTYPE IUnknown_AddRef_Proxy(IUnknown *This);
ULONG STDMETHODCALLTYPE IUnknown_Release_Proxy(IUnknown *This);

#endif
