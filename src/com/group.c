/* SPDX-License-Identifier: MIT */
/* IBackgroundCopyGroup: one group's job, properties, starting and stopping (qmgr.md 5).
 *
 * Every method first sees whether the group is still in the queue: after CancelGroup the answer is
 * QM_E_ITEM_NOT_FOUND, whatever the arguments; only get_GroupID goes on to work. */
#include <inttypes.h>
#include <string.h>

#include "com/fault_hresult.h"
#include "com/module.h"
#include "com/notifier.h"
#include "com/object.h"
#include "com/objects.h"
#include "com/properties.h"
#include "com/status.h"
#include "platform/log.h"

struct group {
    IBackgroundCopyGroup IBackgroundCopyGroup_iface;
    struct object object;
    int64_t key;
    GUID id;
};

static struct group *impl_from_IBackgroundCopyGroup(IBackgroundCopyGroup *iface)
{
    return CONTAINING_RECORD(iface, struct group, IBackgroundCopyGroup_iface);
}

/* What the queue holds of the group; QM_E_ITEM_NOT_FOUND if it was cancelled. */
static HRESULT group_look(const struct group *group, struct queue **queue, struct group_info *info)
{
    memset(info, 0, sizeof *info);
    enum fault fault = module_queue(queue);
    if (fault == FAULT_NONE)
        fault = queue_group_info(*queue, group->key, info);
    return hresult_from_fault(fault);
}

/* What ResumeGroup and its sisters do: ask the runner. */
static HRESULT group_order(const struct group *group, const char *name,
                           enum fault (*order)(struct runner *runner, int64_t key))
{
    struct runner *runner;
    log_event("group %" PRId64 ": %s", group->key, name);
    enum fault fault = module_runner(&runner);
    if (fault == FAULT_NONE)
        fault = order(runner, group->key);
    HRESULT hr = hresult_from_fault(fault);
    if (FAILED(hr))
        log_event("group %" PRId64 ": %s failed: 0x%08lx", group->key, name, (unsigned long)hr);
    return hr;
}

static HRESULT STDMETHODCALLTYPE group_QueryInterface(IBackgroundCopyGroup *iface, REFIID iid,
                                                      void **out)
{
    struct group *group = impl_from_IBackgroundCopyGroup(iface);
    return object_query(&group->object, iface, &IID_IBackgroundCopyGroup, iid, out);
}

static ULONG STDMETHODCALLTYPE group_AddRef(IBackgroundCopyGroup *iface)
{
    return object_add_ref(&impl_from_IBackgroundCopyGroup(iface)->object);
}

static ULONG STDMETHODCALLTYPE group_Release(IBackgroundCopyGroup *iface)
{
    struct group *group = impl_from_IBackgroundCopyGroup(iface);
    ULONG refs = object_release(&group->object);
    if (refs == 0)
        object_free(&group->object, group);
    return refs;
}

static HRESULT STDMETHODCALLTYPE group_GetProp(IBackgroundCopyGroup *iface, GROUPPROP propID,
                                               VARIANT *pvarVal)
{
    struct group *group = impl_from_IBackgroundCopyGroup(iface);
    log_event("group %" PRId64 ": GetProp(%d)", group->key, (int)propID);
    if (!pvarVal)
        return E_POINTER;
    VariantInit(pvarVal);
    struct queue *queue;
    struct group_info info;
    HRESULT hr = group_look(group, &queue, &info);
    return SUCCEEDED(hr) ? property_get(queue, group->key, propID, pvarVal) : hr;
}

static HRESULT STDMETHODCALLTYPE group_SetProp(IBackgroundCopyGroup *iface, GROUPPROP propID,
                                               VARIANT *pvarVal)
{
    struct group *group = impl_from_IBackgroundCopyGroup(iface);
    log_event("group %" PRId64 ": SetProp(%d)", group->key, (int)propID);
    if (!pvarVal)
        return E_POINTER;
    struct queue *queue;
    struct group_info info;
    HRESULT hr = group_look(group, &queue, &info);
    return SUCCEEDED(hr) ? property_set(queue, group->key, propID, pvarVal) : hr;
}

/* No trace: a client with a progress bar calls this all the time. */
static HRESULT STDMETHODCALLTYPE group_GetProgress(IBackgroundCopyGroup *iface, DWORD dwFlags,
                                                   DWORD *pdwProgress)
{
    struct group *group = impl_from_IBackgroundCopyGroup(iface);
    return progress_report(group->key, dwFlags, pdwProgress);
}

static HRESULT STDMETHODCALLTYPE group_GetStatus(IBackgroundCopyGroup *iface, DWORD *pdwStatus,
                                                 DWORD *pdwJobIndex)
{
    struct group *group = impl_from_IBackgroundCopyGroup(iface);
    if (!pdwStatus || !pdwJobIndex)
        return E_POINTER;
    *pdwStatus = 0;
    *pdwJobIndex = 0; /* there is one job at most */
    struct queue *queue;
    struct group_info info;
    HRESULT hr = group_look(group, &queue, &info);
    if (SUCCEEDED(hr))
        *pdwStatus = status_of_group(&info);
    return hr;
}

static HRESULT STDMETHODCALLTYPE group_GetJob(IBackgroundCopyGroup *iface, GUID jobID,
                                              IBackgroundCopyJob1 **ppJob)
{
    struct group *group = impl_from_IBackgroundCopyGroup(iface);
    log_event("group %" PRId64 ": GetJob", group->key);
    if (!ppJob)
        return E_POINTER;
    *ppJob = NULL;
    struct queue *queue;
    struct group_info info;
    HRESULT hr = group_look(group, &queue, &info);
    if (FAILED(hr))
        return hr;
    GUID held = guid_of(&info.job);
    if (!info.has_job || !IsEqualGUID(&held, &jobID))
        return (HRESULT)QM_E_ITEM_NOT_FOUND;
    return job_create(&jobID, group->key, ppJob);
}

static HRESULT STDMETHODCALLTYPE group_SuspendGroup(IBackgroundCopyGroup *iface)
{
    struct group *group = impl_from_IBackgroundCopyGroup(iface);
    return group_order(group, "SuspendGroup", runner_suspend);
}

static HRESULT STDMETHODCALLTYPE group_ResumeGroup(IBackgroundCopyGroup *iface)
{
    struct group *group = impl_from_IBackgroundCopyGroup(iface);
    return group_order(group, "ResumeGroup", runner_resume);
}

static HRESULT STDMETHODCALLTYPE group_CancelGroup(IBackgroundCopyGroup *iface)
{
    struct group *group = impl_from_IBackgroundCopyGroup(iface);
    HRESULT hr = group_order(group, "CancelGroup", runner_cancel);
    if (SUCCEEDED(hr))
        notifier_forget(group->key);
    return hr;
}

static HRESULT STDMETHODCALLTYPE group_get_Size(IBackgroundCopyGroup *iface, DWORD *pdwSize)
{
    struct group *group = impl_from_IBackgroundCopyGroup(iface);
    if (!pdwSize)
        return E_POINTER;
    *pdwSize = 0;
    /* The runner knows sizes that are too fresh to be in the queue. */
    struct runner *runner;
    struct progress progress;
    enum fault fault = module_runner(&runner);
    if (fault == FAULT_NONE)
        fault = runner_progress(runner, group->key, &progress);
    if (fault != FAULT_NONE)
        return hresult_from_fault(fault);
    /* 0 is "cannot tell", which also holds for what a DWORD cannot say. */
    if (progress.total <= UINT32_MAX)
        *pdwSize = (DWORD)progress.total;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE group_get_GroupID(IBackgroundCopyGroup *iface, GUID *pguidGroupID)
{
    struct group *group = impl_from_IBackgroundCopyGroup(iface);
    if (!pguidGroupID)
        return E_POINTER;
    *pguidGroupID = group->id;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE group_CreateJob(IBackgroundCopyGroup *iface, GUID guidJobID,
                                                 IBackgroundCopyJob1 **ppJob)
{
    struct group *group = impl_from_IBackgroundCopyGroup(iface);
    log_event("group %" PRId64 ": CreateJob", group->key);
    if (!ppJob)
        return E_POINTER;
    *ppJob = NULL;
    struct queue *queue;
    struct group_info info;
    HRESULT hr = group_look(group, &queue, &info);
    if (FAILED(hr))
        return hr;
    if (IsEqualGUID(&guidJobID, &GUID_NULL))
        return E_INVALIDARG;
    IBackgroundCopyJob1 *job; /* first, so that nothing fails once the queue has the job */
    hr = job_create(&guidJobID, group->key, &job);
    if (FAILED(hr))
        return hr;
    struct queue_id id = queue_id_of(&guidJobID);
    hr = hresult_from_fault(queue_job_create(queue, group->key, &id));
    if (FAILED(hr)) {
        IBackgroundCopyJob1_Release(job);
        return hr;
    }
    *ppJob = job;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE group_EnumJobs(IBackgroundCopyGroup *iface, DWORD dwFlags,
                                                IEnumBackgroundCopyJobs1 **ppEnumJobs)
{
    struct group *group = impl_from_IBackgroundCopyGroup(iface);
    log_event("group %" PRId64 ": EnumJobs(0x%lx)", group->key, dwFlags);
    if (!ppEnumJobs)
        return E_POINTER;
    *ppEnumJobs = NULL;
    struct queue *queue;
    struct group_info info;
    HRESULT hr = group_look(group, &queue, &info);
    if (FAILED(hr))
        return hr;
    if (dwFlags != 0)
        return E_NOTIMPL;
    return enum_jobs_create(&info.job, info.has_job ? 1 : 0, ppEnumJobs);
}

static HRESULT STDMETHODCALLTYPE group_SwitchToForeground(IBackgroundCopyGroup *iface)
{
    struct group *group = impl_from_IBackgroundCopyGroup(iface);
    return group_order(group, "SwitchToForeground", runner_foreground);
}

static HRESULT STDMETHODCALLTYPE group_QueryNewJobInterface(IBackgroundCopyGroup *iface, REFIID iid,
                                                            IUnknown **pUnk)
{
    struct group *group = impl_from_IBackgroundCopyGroup(iface);
    log_event("group %" PRId64 ": QueryNewJobInterface", group->key);
    if (pUnk)
        *pUnk = NULL; /* no interface is offered yet, so it does not matter which is asked for */
    if (!iid || !pUnk)
        return E_POINTER;
    struct queue *queue;
    struct group_info info;
    HRESULT hr = group_look(group, &queue, &info);
    if (FAILED(hr))
        return hr;
    return info.has_job ? E_NOTIMPL : (HRESULT)QM_E_ITEM_NOT_FOUND;
}

static HRESULT STDMETHODCALLTYPE group_SetNotificationPointer(IBackgroundCopyGroup *iface,
                                                              REFIID iid, IUnknown *pUnk)
{
    struct group *group = impl_from_IBackgroundCopyGroup(iface);
    log_event("group %" PRId64 ": SetNotificationPointer(%s)", group->key, pUnk ? "…" : "NULL");
    if (!iid)
        return E_POINTER;
    struct queue *queue;
    struct group_info info;
    HRESULT hr = group_look(group, &queue, &info);
    if (FAILED(hr))
        return hr;
    if (!IsEqualIID(iid, &IID_IBackgroundCopyCallback1))
        return E_NOTIMPL;
    return notifier_set_pointer(queue, group->key, pUnk);
}

static const IBackgroundCopyGroupVtbl group_vtable = {
    group_QueryInterface,
    group_AddRef,
    group_Release,
    group_GetProp,
    group_SetProp,
    group_GetProgress,
    group_GetStatus,
    group_GetJob,
    group_SuspendGroup,
    group_ResumeGroup,
    group_CancelGroup,
    group_get_Size,
    group_get_GroupID,
    group_CreateJob,
    group_EnumJobs,
    group_SwitchToForeground,
    group_QueryNewJobInterface,
    group_SetNotificationPointer,
};

HRESULT group_create(const GUID *id, int64_t key, IBackgroundCopyGroup **out)
{
    struct group *group = object_new(sizeof *group, offsetof(struct group, object), &group_vtable);
    *out = NULL;
    if (!group)
        return E_OUTOFMEMORY;
    group->id = *id;
    group->key = key;
    *out = &group->IBackgroundCopyGroup_iface;
    return S_OK;
}

void group_bind(IBackgroundCopyGroup *iface, int64_t key)
{
    impl_from_IBackgroundCopyGroup(iface)->key = key;
}
