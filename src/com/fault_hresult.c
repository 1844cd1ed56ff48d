/* SPDX-License-Identifier: MIT */
#include "com/fault_hresult.h"

#include <qmgr.h>

HRESULT hresult_from_fault(enum fault fault)
{
    switch (fault) {
    case FAULT_NONE: return S_OK;
    case FAULT_ARGUMENT:
    case FAULT_EXISTS: return E_INVALIDARG;
    case FAULT_NOT_FOUND: return (HRESULT)QM_E_ITEM_NOT_FOUND;
    case FAULT_STATE: return (HRESULT)QM_E_INVALID_STATE;
    case FAULT_SECOND_JOB: return E_NOTIMPL;
    case FAULT_ACCESS: return E_ACCESSDENIED;
    case FAULT_MEMORY: return E_OUTOFMEMORY;
    case FAULT_STORE:
    case FAULT_STORE_NEWER: return (HRESULT)QM_E_SERVICE_UNAVAILABLE;
    case FAULT_ENGINE: return (HRESULT)QM_E_DOWNLOADER_UNAVAILABLE;
    case FAULT_DISK_FULL: return HRESULT_FROM_WIN32(ERROR_DISK_FULL);
    case FAULT_DISK: return HRESULT_FROM_WIN32(ERROR_WRITE_FAULT);
    }
    return E_UNEXPECTED;
}
