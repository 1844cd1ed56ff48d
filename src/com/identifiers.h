/* SPDX-License-Identifier: MIT */
/* Identifiers that are not of the contract: those come from idl/Qmgr.idl. */
#ifndef QMGR_COM_IDENTIFIERS_H
#define QMGR_COM_IDENTIFIERS_H

#include <windows.h>
#include <ole2.h>

/* The proxy/stub class of everything that the DLL marshals. */
extern const CLSID CLSID_QmgrProxyStub;
/* The name under which BITS's own file has its proxies: the IID of IBackgroundCopyManager, as MIDL has it. With us it is
 * another name of CLSID_QmgrProxyStub, so that the DLL can stand where that file stood. */
extern const CLSID CLSID_BitsProxyStub;

#endif
