/* SPDX-License-Identifier: MIT */
/* The state of a group as flags: the table of qmgr.md 14.2. Exactly one of COMPLETE and
 * INCOMPLETE is set. */
#ifndef QMGR_COM_STATUS_H
#define QMGR_COM_STATUS_H

#include <windows.h>

#include "queue/queue.h"
#include "runner/runner.h"

DWORD status_of_group(const struct group_info *info); /* QM_STATUS_GROUP_… */
DWORD status_of_job(const struct group_info *info);   /* QM_STATUS_JOB_… */

/* GetProgress of group and job alike. E_POINTER; E_NOTIMPL for any other kind than percent and
 * bytes. */
HRESULT progress_report(int64_t key, DWORD kind, DWORD *value);

#endif
