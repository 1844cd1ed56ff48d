/* SPDX-License-Identifier: MIT */
/* The identifiers that are ours alone. Those of the contract come from idl/Qmgr.idl. */
#ifndef QMGR_COM_IDENTIFIERS_H
#define QMGR_COM_IDENTIFIERS_H

#include <windows.h>
#include <ole2.h>

/* The proxy/stub class of the six legacy interfaces. */
extern const CLSID CLSID_QmgrProxyStub;
/* The application that the class belongs to, so that the BITS service's own is never touched. */
extern const GUID APPID_Qmgr;

#endif
