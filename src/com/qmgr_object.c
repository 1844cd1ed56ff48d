/* SPDX-License-Identifier: MIT */
/* IBackgroundCopyQMgr: creates, finds and lists groups (qmgr.md 4). */
#include <inttypes.h>
#include <stdlib.h>

#include "com/fault_hresult.h"
#include "com/module.h"
#include "com/notifier.h"
#include "com/object.h"
#include "com/objects.h"
#include "platform/log.h"

struct qmgr_object {
    IBackgroundCopyQMgr IBackgroundCopyQMgr_iface;
    struct object object;
};

static struct qmgr_object *impl_from_IBackgroundCopyQMgr(IBackgroundCopyQMgr *iface)
{
    return CONTAINING_RECORD(iface, struct qmgr_object, IBackgroundCopyQMgr_iface);
}

static HRESULT STDMETHODCALLTYPE qmgr_QueryInterface(IBackgroundCopyQMgr *iface, REFIID iid,
                                                     void **out)
{
    struct qmgr_object *qmgr = impl_from_IBackgroundCopyQMgr(iface);
    return object_query(&qmgr->object, iface, &IID_IBackgroundCopyQMgr, iid, out);
}

static ULONG STDMETHODCALLTYPE qmgr_AddRef(IBackgroundCopyQMgr *iface)
{
    return object_add_ref(&impl_from_IBackgroundCopyQMgr(iface)->object);
}

static ULONG STDMETHODCALLTYPE qmgr_Release(IBackgroundCopyQMgr *iface)
{
    struct qmgr_object *qmgr = impl_from_IBackgroundCopyQMgr(iface);
    ULONG refs = object_release(&qmgr->object);
    if (refs == 0)
        object_free(&qmgr->object, qmgr);
    return refs;
}

static HRESULT group_not_had(const char *method, const struct queue_id *id, enum fault fault)
{
    HRESULT hr = hresult_from_fault(fault);
    log_event("%s(%s): 0x%08lx", method, queue_id_text(id).text, (unsigned long)hr);
    return hr;
}

static HRESULT STDMETHODCALLTYPE qmgr_CreateGroup(IBackgroundCopyQMgr *iface, GUID guidGroupID,
                                                  IBackgroundCopyGroup **ppGroup)
{
    (void)iface;
    if (!ppGroup)
        return E_POINTER;
    *ppGroup = NULL;
    if (IsEqualGUID(&guidGroupID, &GUID_NULL))
        return E_INVALIDARG;
    /* The object comes first: when the queue has the group, nothing can go wrong any more. */
    IBackgroundCopyGroup *group;
    HRESULT hr = group_create(&guidGroupID, 0, &group);
    if (FAILED(hr))
        return hr;
    struct queue_id id = queue_id_of(&guidGroupID);
    struct queue *queue;
    int64_t key = 0;
    enum fault fault = module_queue(&queue);
    if (fault == FAULT_NONE)
        fault = queue_group_create(queue, &id, &key);
    if (fault != FAULT_NONE) {
        IBackgroundCopyGroup_Release(group);
        return group_not_had("CreateGroup", &id, fault);
    }
    log_event("group %" PRId64 " %s: made by CreateGroup", key, queue_id_text(&id).text);
    group_bind(group, key);
    *ppGroup = group;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE qmgr_GetGroup(IBackgroundCopyQMgr *iface, GUID groupID,
                                               IBackgroundCopyGroup **ppGroup)
{
    (void)iface;
    if (!ppGroup)
        return E_POINTER;
    *ppGroup = NULL;
    struct queue_id id = queue_id_of(&groupID);
    struct queue *queue;
    int64_t key;
    enum fault fault = module_queue(&queue);
    if (fault == FAULT_NONE)
        fault = queue_group_find(queue, &id, &key);
    if (fault != FAULT_NONE)
        return group_not_had("GetGroup", &id, fault);
    log_event("group %" PRId64 " %s: GetGroup", key, queue_id_text(&id).text);
    HRESULT hr = group_create(&groupID, key, ppGroup);
    if (SUCCEEDED(hr))
        notifier_adopt(queue, key); /* an event may have waited for a client to come back */
    return hr;
}

static HRESULT STDMETHODCALLTYPE qmgr_EnumGroups(IBackgroundCopyQMgr *iface, DWORD dwFlags,
                                                 IEnumBackgroundCopyGroups **ppEnumGroups)
{
    (void)iface;
    log_event("IBackgroundCopyQMgr::EnumGroups(0x%lx)", dwFlags);
    if (!ppEnumGroups)
        return E_POINTER;
    *ppEnumGroups = NULL;
    if (dwFlags != 0)
        return E_NOTIMPL;
    struct queue *queue;
    struct queue_id *ids = NULL;
    size_t count = 0;
    enum fault fault = module_queue(&queue);
    if (fault == FAULT_NONE)
        fault = queue_group_list(queue, &ids, &count);
    if (fault != FAULT_NONE)
        return hresult_from_fault(fault);
    HRESULT hr = enum_groups_create(ids, count, ppEnumGroups);
    free(ids);
    return hr;
}

static const IBackgroundCopyQMgrVtbl qmgr_vtable = {
    qmgr_QueryInterface, qmgr_AddRef,   qmgr_Release,
    qmgr_CreateGroup,    qmgr_GetGroup, qmgr_EnumGroups,
};

HRESULT qmgr_object_create(IBackgroundCopyQMgr **out)
{
    struct qmgr_object *qmgr =
        object_new(sizeof *qmgr, offsetof(struct qmgr_object, object), &qmgr_vtable);
    *out = NULL;
    if (!qmgr)
        return E_OUTOFMEMORY;
    /* Groups that ran before go on from now. If the engine cannot be started, the methods say
     * so. */
    struct runner *runner;
    enum fault fault = module_runner(&runner);
    if (fault != FAULT_NONE)
        log_event("the engine does not start yet: fault %d", (int)fault);
    *out = &qmgr->IBackgroundCopyQMgr_iface;
    return S_OK;
}
