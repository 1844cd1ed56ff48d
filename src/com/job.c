/* SPDX-License-Identifier: MIT */
/* IBackgroundCopyJob1: the files of a group (qmgr.md 6). A group's job lives as long as the
 * group, so what was said in group.c about cancelled groups holds here too; only get_JobID goes
 * on to work. */
#include <inttypes.h>
#include <string.h>

#include "com/fault_hresult.h"
#include "com/file_set.h"
#include "com/module.h"
#include "com/object.h"
#include "com/objects.h"
#include "com/status.h"
#include "platform/log.h"

struct job {
    IBackgroundCopyJob1 IBackgroundCopyJob1_iface;
    struct object object;
    int64_t key; /* of the group */
    GUID id;
};

static struct job *impl_from_IBackgroundCopyJob1(IBackgroundCopyJob1 *iface)
{
    return CONTAINING_RECORD(iface, struct job, IBackgroundCopyJob1_iface);
}

static HRESULT job_look(const struct job *job, struct group_info *info)
{
    struct queue *queue;
    memset(info, 0, sizeof *info);
    enum fault fault = module_queue(&queue);
    if (fault == FAULT_NONE)
        fault = queue_group_info(queue, job->key, info);
    return hresult_from_fault(fault);
}

/* What is not implemented says so, but not of a job that is gone. */
static HRESULT job_refuse(const struct job *job)
{
    struct group_info info;
    HRESULT hr = job_look(job, &info);
    return SUCCEEDED(hr) ? E_NOTIMPL : hr;
}

static HRESULT STDMETHODCALLTYPE job_QueryInterface(IBackgroundCopyJob1 *iface, REFIID iid,
                                                    void **out)
{
    struct job *job = impl_from_IBackgroundCopyJob1(iface);
    return object_query(&job->object, iface, &IID_IBackgroundCopyJob1, iid, out);
}

static ULONG STDMETHODCALLTYPE job_AddRef(IBackgroundCopyJob1 *iface)
{
    return object_add_ref(&impl_from_IBackgroundCopyJob1(iface)->object);
}

static ULONG STDMETHODCALLTYPE job_Release(IBackgroundCopyJob1 *iface)
{
    struct job *job = impl_from_IBackgroundCopyJob1(iface);
    ULONG refs = object_release(&job->object);
    if (refs == 0)
        object_free(&job->object, job);
    return refs;
}

static HRESULT STDMETHODCALLTYPE job_CancelJob(IBackgroundCopyJob1 *iface)
{
    return job_refuse(impl_from_IBackgroundCopyJob1(iface));
}

static HRESULT STDMETHODCALLTYPE job_GetProgress(IBackgroundCopyJob1 *iface, DWORD dwFlags,
                                                 DWORD *pdwProgress)
{
    return progress_report(impl_from_IBackgroundCopyJob1(iface)->key, dwFlags, pdwProgress);
}

static HRESULT STDMETHODCALLTYPE job_GetStatus(IBackgroundCopyJob1 *iface, DWORD *pdwStatus,
                                               DWORD *pdwWin32Result, DWORD *pdwTransportResult,
                                               DWORD *pdwNumOfRetries)
{
    struct job *job = impl_from_IBackgroundCopyJob1(iface);
    if (!pdwStatus || !pdwWin32Result || !pdwTransportResult || !pdwNumOfRetries)
        return E_POINTER;
    *pdwStatus = *pdwWin32Result = *pdwTransportResult = *pdwNumOfRetries = 0;
    struct group_info info;
    HRESULT hr = job_look(job, &info);
    if (FAILED(hr))
        return hr;
    *pdwStatus = status_of_job(&info);
    *pdwWin32Result = info.error.win32;
    *pdwTransportResult = info.error.http;
    *pdwNumOfRetries = info.retries;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE job_AddFiles(IBackgroundCopyJob1 *iface, ULONG cFileCount,
                                              FILESETINFO **ppFileSet)
{
    struct job *job = impl_from_IBackgroundCopyJob1(iface);
    log_event("job %" PRId64 ": AddFiles(%lu)", job->key, cFileCount);
    struct group_info info;
    HRESULT hr = job_look(job, &info);
    if (FAILED(hr))
        return hr;
    struct file_set set;
    struct runner *runner;
    enum fault fault = file_set_read(ppFileSet, cFileCount, &set);
    if (fault == FAULT_NONE)
        fault = module_runner(&runner);
    if (fault == FAULT_NONE)
        fault = runner_add_files(runner, job->key, set.files, set.count);
    file_set_clear(&set);
    hr = hresult_from_fault(fault);
    if (FAILED(hr))
        log_event("job %" PRId64 ": AddFiles failed: 0x%08lx", job->key, (unsigned long)hr);
    return hr;
}

static HRESULT STDMETHODCALLTYPE job_GetFile(IBackgroundCopyJob1 *iface, ULONG cFileIndex,
                                             FILESETINFO *pFileInfo)
{
    struct job *job = impl_from_IBackgroundCopyJob1(iface);
    if (!pFileInfo)
        return E_POINTER;
    memset(pFileInfo, 0, sizeof *pFileInfo);
    struct queue *queue;
    struct file_row row;
    enum fault fault = module_queue(&queue);
    if (fault == FAULT_NONE)
        fault = queue_file_get(queue, job->key, cFileIndex, &row);
    if (fault != FAULT_NONE)
        return hresult_from_fault(fault);
    fault = file_info_write(&row, pFileInfo);
    file_row_clear(&row);
    return hresult_from_fault(fault);
}

static HRESULT STDMETHODCALLTYPE job_GetFileCount(IBackgroundCopyJob1 *iface, DWORD *pdwFileCount)
{
    struct job *job = impl_from_IBackgroundCopyJob1(iface);
    if (!pdwFileCount)
        return E_POINTER;
    *pdwFileCount = 0;
    struct queue *queue;
    uint32_t count = 0;
    enum fault fault = module_queue(&queue);
    if (fault == FAULT_NONE)
        fault = queue_file_count(queue, job->key, &count);
    if (fault == FAULT_NONE)
        *pdwFileCount = count;
    return hresult_from_fault(fault);
}

static HRESULT STDMETHODCALLTYPE job_SwitchToForeground(IBackgroundCopyJob1 *iface)
{
    return job_refuse(impl_from_IBackgroundCopyJob1(iface));
}

static HRESULT STDMETHODCALLTYPE job_get_JobID(IBackgroundCopyJob1 *iface, GUID *pguidJobID)
{
    struct job *job = impl_from_IBackgroundCopyJob1(iface);
    if (!pguidJobID)
        return E_POINTER;
    *pguidJobID = job->id;
    return S_OK;
}

static const IBackgroundCopyJob1Vtbl job_vtable = {
    job_QueryInterface, job_AddRef,   job_Release, job_CancelJob,    job_GetProgress,
    job_GetStatus,      job_AddFiles, job_GetFile, job_GetFileCount, job_SwitchToForeground,
    job_get_JobID,
};

HRESULT job_create(const GUID *id, int64_t key, IBackgroundCopyJob1 **out)
{
    struct job *job = object_new(sizeof *job, offsetof(struct job, object), &job_vtable);
    *out = NULL;
    if (!job)
        return E_OUTOFMEMORY;
    job->id = *id;
    job->key = key;
    *out = &job->IBackgroundCopyJob1_iface;
    return S_OK;
}
