/* SPDX-License-Identifier: MIT */
#include "com/status.h"

#include <qmgr.h>

#include "com/fault_hresult.h"
#include "com/module.h"

DWORD status_of_group(const struct group_info *info)
{
    DWORD flags = info->foreground ? QM_STATUS_GROUP_FOREGROUND : 0;
    switch (info->state) {
    case GROUP_SUSPENDED: return flags | QM_STATUS_GROUP_INCOMPLETE | QM_STATUS_GROUP_SUSPENDED;
    case GROUP_RUNNING: return flags | QM_STATUS_GROUP_INCOMPLETE;
    case GROUP_ERROR:
        return flags | QM_STATUS_GROUP_INCOMPLETE | QM_STATUS_GROUP_SUSPENDED |
               QM_STATUS_GROUP_ERROR;
    case GROUP_COMPLETE: return flags | QM_STATUS_GROUP_COMPLETE | QM_STATUS_GROUP_SUSPENDED;
    }
    return flags;
}

DWORD status_of_job(const struct group_info *info)
{
    if (info->state == GROUP_COMPLETE)
        return QM_STATUS_JOB_COMPLETE;
    if (info->state == GROUP_ERROR)
        return QM_STATUS_JOB_INCOMPLETE | QM_STATUS_JOB_ERROR;
    return QM_STATUS_JOB_INCOMPLETE;
}

HRESULT progress_report(int64_t key, DWORD kind, DWORD *value)
{
    if (!value)
        return E_POINTER;
    *value = 0;
    struct runner *runner;
    enum fault fault = module_runner(&runner);
    struct progress progress = {0};
    if (fault == FAULT_NONE)
        fault = runner_progress(runner, key, &progress);
    if (fault != FAULT_NONE)
        return hresult_from_fault(fault);
    switch (kind) {
    case QM_PROGRESS_PERCENT_DONE: *value = progress.percent; return S_OK;
    case QM_PROGRESS_SIZE_DONE:
        *value = progress.bytes > UINT32_MAX ? UINT32_MAX : (DWORD)progress.bytes;
        return S_OK;
    default: /* also QM_PROGRESS_TIME_DONE */ return E_NOTIMPL;
    }
}
