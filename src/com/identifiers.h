/* SPDX-License-Identifier: MIT */
/* The identifiers that are ours alone. Those of the contract come from idl/Qmgr.idl. */
#ifndef QMGR_COM_IDENTIFIERS_H
#define QMGR_COM_IDENTIFIERS_H

#include <windows.h>
#include <ole2.h>

/* The proxy/stub class of the six legacy interfaces. */
extern const CLSID CLSID_QmgrProxyStub;

#endif
