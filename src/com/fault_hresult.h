/* SPDX-License-Identifier: MIT */
/* The one map from what went wrong below COM to what a client is told. */
#ifndef QMGR_COM_FAULT_HRESULT_H
#define QMGR_COM_FAULT_HRESULT_H

#include <windows.h>

#include "platform/fault.h"

/* S_OK for FAULT_NONE, else the HRESULT that qmgr.md names (sections 4 to 7 and 16). */
HRESULT hresult_from_fault(enum fault fault);

#endif
