/* SPDX-License-Identifier: MIT */
#include "com/delivery.h"

#include <inttypes.h>
#include <stdlib.h>

#include "com/errand.h"
#include "com/held.h"
#include "com/objects.h"
#include "com/status.h"
#include "platform/log.h"

struct delivery {
    struct queue *queue;
    struct target target;
    int64_t serial;
};

bool delivery_is_wanted(const struct group_info *info)
{
    if (info->notify_flags & QM_NOTIFY_DISABLE_NOTIFY)
        return false;
    return info->event == EVENT_ERROR ||
           (info->event == EVENT_COMPLETE && (info->notify_flags & QM_NOTIFY_GROUP_DONE));
}

static HRESULT connect_target(struct target *target, IBackgroundCopyCallback1 **callback)
{
    if (target->cookie)
        return held_get(target->cookie, callback);
    *callback = target->instance;
    target->instance = NULL;
    return *callback ? S_OK : callback_make(&target->clsid, callback);
}

/* The connection broke, as opposed to the client's refusing. */
static bool is_broken(HRESULT hr)
{
    DWORD code = (DWORD)HRESULT_CODE(hr);
    if (hr == CO_E_OBJNOTCONNECTED || (FAILED(hr) && HRESULT_FACILITY(hr) == FACILITY_RPC))
        return true;
    return FAILED(hr) && HRESULT_FACILITY(hr) == FACILITY_WIN32 &&
           code >= RPC_S_INVALID_STRING_BINDING && code <= RPC_X_BAD_STUB_DATA;
}

/* Is the object in another process or apartment? COM's proxies have this interface. What an object of this process
 * answers is its own word. */
static bool is_far(IBackgroundCopyCallback1 *callback)
{
    IUnknown *security;
    HRESULT hr =
        IBackgroundCopyCallback1_QueryInterface(callback, &IID_IClientSecurity, (void **)&security);
    if (SUCCEEDED(hr))
        IUnknown_Release(security);
    return SUCCEEDED(hr);
}

/* Whom the connection led to is no more, as opposed to being busy or not to be reached now. */
static bool is_lost(HRESULT hr)
{
    switch (hr) {
    case CO_E_OBJNOTCONNECTED:
    case RPC_E_DISCONNECTED:
    case RPC_E_SERVER_DIED:
    case RPC_E_SERVER_DIED_DNE: return true;
    default: break;
    }
    return hr == HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE) ||
           hr == HRESULT_FROM_WIN32(RPC_S_CALL_FAILED) ||
           hr == HRESULT_FROM_WIN32(RPC_S_CALL_FAILED_DNE);
}

/* What the client is handed: objects of its own, as any GetGroup and GetJob would give. */
static HRESULT make_objects(int64_t key, const struct group_info *info,
                            IBackgroundCopyGroup **group, IBackgroundCopyJob1 **job)
{
    GUID group_id = guid_of(&info->id), job_id = guid_of(&info->job);
    *job = NULL;
    HRESULT hr = group_create(&group_id, key, group);
    if (SUCCEEDED(hr) && info->has_job)
        hr = job_create(&job_id, key, job);
    if (FAILED(hr) && *group) {
        IBackgroundCopyGroup_Release(*group);
        *group = NULL;
    }
    return hr;
}

static HRESULT call(const struct target *target, IBackgroundCopyCallback1 *callback,
                    const struct group_info *info)
{
    IBackgroundCopyGroup *group;
    IBackgroundCopyJob1 *job;
    HRESULT hr = make_objects(target->key, info, &group, &job);
    if (FAILED(hr))
        return hr;
    bool failed = info->event == EVENT_ERROR;
    hr = !registrations_is_current(target)
             ? E_ABORT
             : IBackgroundCopyCallback1_OnStatus(
                   callback, group, job, failed ? info->error.file : NO_FILE, status_of_group(info),
                   failed ? info->retries : 0, failed ? info->error.win32 : 0,
                   failed ? info->error.http : 0);
    log_event("group %" PRId64 ": OnStatus(%s) answered 0x%08lx", target->key,
              failed ? "error" : "complete", (unsigned long)hr);
    if (job)
        IBackgroundCopyJob1_Release(job);
    IBackgroundCopyGroup_Release(group);
    return hr;
}

static enum outcome tell(const struct delivery *delivery, IBackgroundCopyCallback1 *callback,
                         HRESULT *hr)
{
    /* Connecting may have taken long: the group may have gone on, or been silenced. */
    struct group_info info;
    enum fault fault = queue_group_info(delivery->queue, delivery->target.key, &info);
    if (fault != FAULT_NONE)
        return fault == FAULT_NOT_FOUND ? OUTCOME_GONE : OUTCOME_AGAIN;
    if (!delivery_is_wanted(&info) || info.event_serial != delivery->serial)
        return OUTCOME_DONE;
    *hr = call(&delivery->target, callback, &info);
    if (*hr != S_OK)
        return is_lost(*hr) && is_far(callback) ? OUTCOME_LOST : OUTCOME_AGAIN;
    fault = queue_event_clear(delivery->queue, delivery->target.key, delivery->serial);
    return fault == FAULT_NONE || fault == FAULT_NOT_FOUND ? OUTCOME_DONE : OUTCOME_AGAIN;
}

static enum outcome deliver(struct delivery *delivery)
{
    struct target *target = &delivery->target;
    IBackgroundCopyCallback1 *callback;
    HRESULT hr = connect_target(target, &callback);
    if (FAILED(hr)) {
        log_event("group %" PRId64 ": the client cannot be reached: 0x%08lx", target->key,
                  (unsigned long)hr);
        return is_lost(hr) ? OUTCOME_LOST : OUTCOME_AGAIN;
    }
    enum outcome outcome = tell(delivery, callback, &hr);
    if (!is_broken(hr))
        registrations_keep(target, &callback);
    if (callback)
        IBackgroundCopyCallback1_Release(callback);
    return outcome;
}

static void settle(const struct delivery *delivery, enum outcome outcome)
{
    struct leftover leftover;
    registrations_settle(&delivery->target, outcome, delivery->serial, &leftover);
    callback_let_go_later(&leftover);
}

static void delivery_main(void *argument)
{
    struct delivery *delivery = argument;
    settle(delivery, deliver(delivery));
    free(delivery);
}

void delivery_start(struct queue *queue, const struct target *target, int64_t serial)
{
    const struct delivery wanted = {.queue = queue, .target = *target, .serial = serial};
    struct delivery *delivery = malloc(sizeof *delivery);
    if (delivery) {
        *delivery = wanted;
        if (errand_start("QmgrPrxy delivery", delivery_main, delivery))
            return;
    }
    free(delivery);
    log_event("group %" PRId64 ": no thread for a notification", target->key);
    settle(&wanted, OUTCOME_AGAIN);
    if (target->instance) /* we are in its apartment */
        IBackgroundCopyCallback1_Release(target->instance);
}
