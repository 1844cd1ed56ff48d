/* SPDX-License-Identifier: MIT */
/* Forced into the C that widl makes: what it uses and MinGW-w64's headers declare to C++ only, and what our stubs do
 * otherwise. */
#ifndef QMGR_COM_PROXY_PRELUDE_H
#define QMGR_COM_PROXY_PRELUDE_H

#include <windows.h>
#include <ole2.h>

HRESULT STDMETHODCALLTYPE IUnknown_QueryInterface_Proxy(IUnknown *This, REFIID riid,
                                                        void **ppvObject);
ULONG STDMETHODCALLTYPE IUnknown_AddRef_Proxy(IUnknown *This);
ULONG STDMETHODCALLTYPE IUnknown_Release_Proxy(IUnknown *This);

/* CStdStubBuffer_Invoke for messages that can be believed; RPC_X_BAD_STUB_DATA for others. (stub_check.c) */
HRESULT STDMETHODCALLTYPE checking_stub_Invoke(IRpcStubBuffer *stub, RPCOLEMESSAGE *message,
                                               IRpcChannelBuffer *channel);

#endif
