/* SPDX-License-Identifier: MIT */
#include "com/notifier.h"

#include <inttypes.h>
#include <stdlib.h>

#include "com/objects.h"
#include "com/properties.h"
#include "com/status.h"
#include "platform/log.h"

#define POLL_MS 1000
#define PRUNE_EVERY 60 /* rounds */
#define PAUSE_FIRST_MS 5000
#define PAUSE_MOST_MS 300000
#define NEVER_TRIED INT64_MIN

/* Whom to tell of one group. */
struct registration {
    struct registration *next;
    int64_t key;
    bool has_class;
    CLSID clsid;
    DWORD cookie;                       /* of the client's object in `table`, 0 if none */
    IBackgroundCopyCallback1 *instance; /* of the class, from the last delivery; lives in the MTA */
    unsigned version;                   /* counts the changes of the above */
    bool delivering;                    /* a delivery thread has it, and frees it if forgotten */
    bool forgotten;
    int64_t tried_serial; /* the event that was refused last */
    uint64_t due_ms;      /* when to try that one again */
    uint32_t pause_ms;
};

enum outcome {
    OUTCOME_DONE,  /* told, or nothing to tell */
    OUTCOME_AGAIN, /* the client did not take it */
    OUTCOME_GONE,  /* the group is not in the queue any more */
};

static struct wakeup *wakeup; /* of the notifier's thread */
static struct lock *lock;     /* guards everything below */
static struct registration *registrations;
static struct thread *thread;
static bool stopping;
static unsigned in_flight; /* threads that deliver, or drop pointers */
static struct queue *queue;
/* Where clients' objects wait to be fetched into our apartment. */
static IGlobalInterfaceTable *table;

static void notifier_main(void *unused);

bool notifier_init(void)
{
    lock = lock_new();
    wakeup = wakeup_new(NULL);
    return lock && wakeup;
}

void notifier_done(void)
{
    lock_free(lock);
    wakeup_free(wakeup);
    lock = NULL;
    wakeup = NULL;
}

void notifier_wake(void)
{
    wakeup_set(wakeup);
}

/* ---- the list; all under the lock --------------------------------------------------------- */

static struct registration *find(int64_t key)
{
    struct registration *at = registrations;
    while (at && at->key != key)
        at = at->next;
    return at;
}

static void unlink_registration(struct registration *gone)
{
    struct registration **at = &registrations;
    while (*at && *at != gone)
        at = &(*at)->next;
    if (*at)
        *at = gone->next;
    gone->next = NULL;
}

static struct registration *find_or_add(int64_t key)
{
    struct registration *found = find(key);
    if (found)
        return found;
    found = calloc(1, sizeof *found);
    if (!found)
        return NULL;
    found->key = key;
    found->tried_serial = NEVER_TRIED;
    found->next = registrations;
    registrations = found;
    return found;
}

static bool has_target(const struct registration *registration)
{
    return registration->cookie || registration->has_class;
}

/* A new target is tried at once, however long the old one was waited for. */
static void target_changed(struct registration *registration)
{
    registration->version++;
    registration->tried_serial = NEVER_TRIED;
    registration->pause_ms = 0;
}

static void try_later(struct registration *registration, int64_t serial)
{
    uint32_t pause = registration->pause_ms * 2;
    if (registration->tried_serial != serial || pause == 0)
        pause = PAUSE_FIRST_MS;
    if (pause > PAUSE_MOST_MS)
        pause = PAUSE_MOST_MS;
    registration->pause_ms = pause;
    registration->tried_serial = serial;
    registration->due_ms = clock_ms() + pause;
}

/* ---- letting go of clients' pointers ------------------------------------------------------- */

static void flight_ends(void)
{
    lock_take(lock);
    in_flight--;
    lock_drop(lock);
    wakeup_set(wakeup);
}

static void revoke(DWORD cookie)
{
    HRESULT hr = IGlobalInterfaceTable_RevokeInterfaceFromGlobal(table, cookie);
    if (FAILED(hr))
        log_event("a client's callback object cannot be let go: 0x%08lx", (unsigned long)hr);
}

static void release_main(void *instance)
{
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    IBackgroundCopyCallback1_Release((IBackgroundCopyCallback1 *)instance);
    if (SUCCEEDED(hr))
        CoUninitialize();
    flight_ends();
}

static void revoke_main(void *cookie)
{
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    revoke((DWORD)(uintptr_t)cookie);
    if (SUCCEEDED(hr))
        CoUninitialize();
    flight_ends();
}

/* Letting go may have to wait for the client's apartment, so whoever must not wait has it done
 * by a thread. */
static void drop_on_thread(void (*drop)(void *), void *what)
{
    lock_take(lock);
    in_flight++;
    lock_drop(lock);
    struct thread *worker = thread_start("QmgrPrxy drop", drop, what);
    if (worker) {
        thread_detach(worker);
        return;
    }
    log_event("no thread to let a client's object go: it is kept for good");
    flight_ends();
}

/* An instance lives in the multi-threaded apartment, which the caller need not be in. */
static void drop_instance(IBackgroundCopyCallback1 *instance)
{
    if (instance)
        drop_on_thread(release_main, instance);
}

/* True if there was a pointer, which is now on its way. */
static bool free_elsewhere(struct registration *gone)
{
    bool had_pointer = gone->cookie || gone->instance;
    if (gone->cookie)
        drop_on_thread(revoke_main, (void *)(uintptr_t)gone->cookie);
    drop_instance(gone->instance);
    free(gone);
    return had_pointer;
}

/* On a delivery thread, which is in the right apartment and may wait. */
static void free_here(struct registration *gone)
{
    if (gone->cookie)
        revoke(gone->cookie);
    if (gone->instance)
        IBackgroundCopyCallback1_Release(gone->instance);
    free(gone);
}

/* ---- registering --------------------------------------------------------------------------- */

enum fault notifier_prepare(struct queue *open_queue, int64_t key)
{
    lock_take(lock);
    queue = open_queue;
    struct registration *registration = find_or_add(key);
    if (registration && !thread)
        thread = thread_start("QmgrPrxy notifier", notifier_main, NULL);
    bool ready = registration && thread;
    lock_drop(lock);
    return ready ? FAULT_NONE : FAULT_MEMORY;
}

void notifier_set_class(int64_t key, const CLSID *clsid)
{
    IBackgroundCopyCallback1 *stale = NULL;
    lock_take(lock);
    struct registration *registration = find(key);
    if (registration) {
        bool same = clsid && registration->has_class && IsEqualGUID(clsid, &registration->clsid);
        if (!same) {
            stale = registration->instance;
            registration->instance = NULL;
        }
        registration->has_class = clsid != NULL;
        registration->clsid = clsid ? *clsid : CLSID_NULL;
        target_changed(registration);
    }
    lock_drop(lock);
    drop_instance(stale);
    notifier_wake();
}

void notifier_adopt(struct queue *open_queue, int64_t key)
{
    lock_take(lock);
    struct registration *known = find(key);
    bool has_class = known && known->has_class;
    lock_drop(lock);
    if (has_class)
        return;
    char *text;
    CLSID clsid;
    enum fault fault = queue_group_text(open_queue, key, GROUP_NOTIFY_CLSID, &text);
    if (fault == FAULT_NONE) {
        if (property_clsid(text, &clsid)) {
            fault = notifier_prepare(open_queue, key);
            if (fault == FAULT_NONE)
                notifier_set_class(key, &clsid);
        }
        free(text);
    }
    if (fault != FAULT_NONE && fault != FAULT_NOT_FOUND)
        log_event("group %" PRId64 ": its notification class is not registered: fault %d", key,
                  (int)fault);
}

static HRESULT open_table(void)
{
    lock_take(lock);
    bool open = table != NULL;
    lock_drop(lock);
    if (open)
        return S_OK;
    IGlobalInterfaceTable *made;
    HRESULT hr = CoCreateInstance(&CLSID_StdGlobalInterfaceTable, NULL, CLSCTX_INPROC_SERVER,
                                  &IID_IGlobalInterfaceTable, (void **)&made);
    if (FAILED(hr))
        return hr;
    lock_take(lock);
    bool first = !table;
    if (first)
        table = made;
    lock_drop(lock);
    if (!first)
        IGlobalInterfaceTable_Release(made);
    return S_OK;
}

/* *cookie 0 for no object. */
static HRESULT enter_table(IUnknown *object, DWORD *cookie)
{
    *cookie = 0;
    if (!object)
        return S_OK;
    IBackgroundCopyCallback1 *callback;
    HRESULT hr = IUnknown_QueryInterface(object, &IID_IBackgroundCopyCallback1, (void **)&callback);
    if (FAILED(hr))
        return hr;
    hr = open_table();
    if (SUCCEEDED(hr))
        hr = IGlobalInterfaceTable_RegisterInterfaceInGlobal(table, (IUnknown *)callback,
                                                             &IID_IBackgroundCopyCallback1, cookie);
    IBackgroundCopyCallback1_Release(callback);
    return hr;
}

HRESULT notifier_set_pointer(struct queue *open_queue, int64_t key, IUnknown *object)
{
    if (notifier_prepare(open_queue, key) != FAULT_NONE)
        return E_OUTOFMEMORY;
    DWORD cookie;
    HRESULT hr = enter_table(object, &cookie);
    if (FAILED(hr))
        return hr;
    lock_take(lock);
    struct registration *registration = find(key);
    DWORD leftover = cookie; /* if the group was cancelled meanwhile */
    if (registration) {
        leftover = registration->cookie;
        registration->cookie = cookie;
        target_changed(registration);
    }
    lock_drop(lock);
    if (leftover)
        revoke(leftover);
    notifier_wake();
    return S_OK;
}

void notifier_forget(int64_t key)
{
    lock_take(lock);
    struct registration *gone = find(key);
    bool ours = gone && !gone->delivering;
    DWORD cookie = 0;
    if (gone) {
        unlink_registration(gone);
        gone->forgotten = true;
        if (ours) {
            cookie = gone->cookie;
            gone->cookie = 0;
        }
    }
    lock_drop(lock);
    if (cookie)
        revoke(cookie); /* in the client's own call: when it returns the object is released */
    if (ours)
        free_elsewhere(gone);
}

/* ---- delivering ---------------------------------------------------------------------------- */

static bool is_wanted(const struct group_info *info)
{
    if (info->notify_flags & QM_NOTIFY_DISABLE_NOTIFY)
        return false;
    return info->event == EVENT_ERROR ||
           (info->event == EVENT_COMPLETE && (info->notify_flags & QM_NOTIFY_GROUP_DONE));
}

/* A target as taken from a registration for one delivery. */
struct target {
    unsigned version;
    DWORD cookie;
    CLSID clsid;
    IBackgroundCopyCallback1 *callback;
};

static void target_take(struct registration *registration, struct target *target)
{
    lock_take(lock);
    target->version = registration->version;
    target->cookie = registration->cookie;
    target->clsid = registration->clsid;
    target->callback = NULL;
    if (!target->cookie) {
        target->callback = registration->instance;
        registration->instance = NULL;
    }
    lock_drop(lock);
}

static HRESULT target_connect(struct target *target)
{
    if (target->callback)
        return S_OK;
    if (target->cookie)
        return IGlobalInterfaceTable_GetInterfaceFromGlobal(
            table, target->cookie, &IID_IBackgroundCopyCallback1, (void **)&target->callback);
    return CoCreateInstance(&target->clsid, NULL, CLSCTX_ALL, &IID_IBackgroundCopyCallback1,
                            (void **)&target->callback);
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

/* Keeps an instance of the class for the next event, if the class is still the same and the
 * object alive. */
static void target_give_back(struct registration *registration, struct target *target, HRESULT hr)
{
    if (!target->callback)
        return;
    lock_take(lock);
    bool keep = !target->cookie && !registration->forgotten && !is_broken(hr) &&
                registration->version == target->version && !registration->instance;
    if (keep)
        registration->instance = target->callback;
    lock_drop(lock);
    if (!keep)
        IBackgroundCopyCallback1_Release(target->callback);
    target->callback = NULL;
}

static bool is_still_wanted(struct registration *registration, const struct target *target)
{
    lock_take(lock);
    bool wanted = !registration->forgotten && registration->version == target->version;
    lock_drop(lock);
    return wanted;
}

/* What the client is handed: objects of its own, as any GetGroup and GetJob would give. */
static HRESULT make_objects(const struct registration *registration, const struct group_info *info,
                            IBackgroundCopyGroup **group, IBackgroundCopyJob1 **job)
{
    GUID group_id = guid_of(&info->id), job_id = guid_of(&info->job);
    *job = NULL;
    HRESULT hr = group_create(&group_id, registration->key, group);
    if (SUCCEEDED(hr) && info->has_job)
        hr = job_create(&job_id, registration->key, job);
    if (FAILED(hr) && *group) {
        IBackgroundCopyGroup_Release(*group);
        *group = NULL;
    }
    return hr;
}

static HRESULT call(struct registration *registration, struct target *target,
                    const struct group_info *info)
{
    IBackgroundCopyGroup *group;
    IBackgroundCopyJob1 *job;
    HRESULT hr = make_objects(registration, info, &group, &job);
    if (FAILED(hr))
        return hr;
    hr = target_connect(target);
    bool failed = info->event == EVENT_ERROR;
    if (SUCCEEDED(hr))
        hr = !is_still_wanted(registration, target)
                 ? E_ABORT
                 : IBackgroundCopyCallback1_OnStatus(
                       target->callback, group, job, failed ? info->error.file : NO_FILE,
                       status_of_group(info), failed ? info->retries : 0,
                       failed ? info->error.win32 : 0, failed ? info->error.http : 0);
    if (job)
        IBackgroundCopyJob1_Release(job);
    IBackgroundCopyGroup_Release(group);
    return hr;
}

static enum outcome deliver(struct registration *registration, int64_t *serial)
{
    struct group_info info;
    enum fault fault = queue_group_info(queue, registration->key, &info);
    if (fault != FAULT_NONE)
        return fault == FAULT_NOT_FOUND ? OUTCOME_GONE : OUTCOME_AGAIN;
    if (!is_wanted(&info))
        return OUTCOME_DONE;
    *serial = info.event_serial;
    struct target target;
    target_take(registration, &target);
    HRESULT hr = call(registration, &target, &info);
    log_event("group %" PRId64 ": OnStatus(event %d) answered 0x%08lx", registration->key,
              (int)info.event, (unsigned long)hr);
    target_give_back(registration, &target, hr);
    if (hr != S_OK)
        return OUTCOME_AGAIN;
    fault = queue_event_clear(queue, registration->key, info.event_serial);
    return fault == FAULT_NONE || fault == FAULT_NOT_FOUND ? OUTCOME_DONE : OUTCOME_AGAIN;
}

/* Hands the registration back to the list, or ends it. */
static void settle(struct registration *registration, enum outcome outcome, int64_t serial,
                   unsigned version)
{
    lock_take(lock);
    registration->delivering = false;
    bool gone = registration->forgotten;
    if (!gone && outcome == OUTCOME_GONE) {
        unlink_registration(registration);
        gone = true;
    }
    /* A target that was set during the delivery does not wait for the old one's sake. */
    if (!gone && outcome == OUTCOME_AGAIN && registration->version == version)
        try_later(registration, serial);
    lock_drop(lock);
    if (gone)
        free_here(registration);
}

static void delivery_main(void *argument)
{
    struct registration *registration = argument;
    lock_take(lock);
    unsigned version = registration->version;
    lock_drop(lock);
    int64_t serial = NEVER_TRIED + 1;
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    enum outcome outcome = SUCCEEDED(hr) ? deliver(registration, &serial) : OUTCOME_AGAIN;
    settle(registration, outcome, serial, version);
    if (SUCCEEDED(hr))
        CoUninitialize();
    flight_ends();
}

/* Takes the registration for a delivery, if it is free and the event's time has come. */
static struct registration *claim_registration(int64_t key, int64_t serial)
{
    lock_take(lock);
    struct registration *registration = find(key);
    bool due = registration && !registration->delivering && has_target(registration) &&
               (registration->tried_serial != serial || clock_ms() >= registration->due_ms);
    if (due) {
        registration->delivering = true;
        in_flight++;
    }
    lock_drop(lock);
    return due ? registration : NULL;
}

static bool is_candidate(int64_t key)
{
    lock_take(lock);
    const struct registration *registration = find(key);
    bool candidate = registration && !registration->delivering && has_target(registration);
    lock_drop(lock);
    return candidate;
}

static void consider(int64_t key)
{
    struct group_info info;
    if (!is_candidate(key) || queue_group_info(queue, key, &info) != FAULT_NONE ||
        !is_wanted(&info))
        return;
    struct registration *registration = claim_registration(key, info.event_serial);
    if (!registration)
        return;
    struct thread *worker = thread_start("QmgrPrxy delivery", delivery_main, registration);
    if (worker) {
        thread_detach(worker);
        return;
    }
    log_event("group %" PRId64 ": no thread for a notification", key);
    settle(registration, OUTCOME_AGAIN, info.event_serial, registration->version);
    flight_ends();
}

/* ---- the notifier's thread ------------------------------------------------------------------ */

/* Keys of the registrations, or of those with somebody to tell; malloc'ed, NULL if there are
 * none or no memory. */
static int64_t *list_keys(bool with_target, size_t *count)
{
    size_t most = 0;
    *count = 0;
    lock_take(lock);
    for (const struct registration *at = registrations; at; at = at->next)
        most++;
    int64_t *keys = most ? malloc(most * sizeof *keys) : NULL;
    for (const struct registration *at = registrations; at; at = at->next) {
        if (with_target && !has_target(at))
            continue;
        if (keys)
            keys[*count] = at->key;
        ++*count;
    }
    lock_drop(lock);
    return keys;
}

/* Groups that another process has cancelled. */
static void prune(void)
{
    size_t count;
    int64_t *keys = list_keys(false, &count);
    for (size_t i = 0; keys && i < count; i++) {
        struct group_info info;
        if (queue_group_info(queue, keys[i], &info) != FAULT_NOT_FOUND)
            continue;
        lock_take(lock);
        struct registration *gone = find(keys[i]);
        if (gone && gone->delivering)
            gone = NULL;
        if (gone)
            unlink_registration(gone);
        lock_drop(lock);
        if (gone)
            free_elsewhere(gone);
    }
    free(keys);
}

static void deliver_due(void)
{
    int64_t *keys = NULL;
    size_t count = 0;
    if (queue_events(queue, &keys, &count) != FAULT_NONE)
        return; /* the queue logs it; the next round tries again */
    for (size_t i = 0; i < count; i++)
        consider(keys[i]);
    free(keys);
}

static bool next_round(void)
{
    lock_take(lock);
    bool idle = !registrations;
    lock_drop(lock);
    wakeup_wait(wakeup, idle ? WAIT_FOREVER : POLL_MS);
    lock_take(lock);
    bool go_on = !stopping;
    lock_drop(lock);
    return go_on;
}

static void notifier_main(void *unused)
{
    (void)unused;
    /* Keeps the multi-threaded apartment alive, in which kept instances live. */
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (FAILED(hr))
        log_event("the notifier has no apartment: 0x%08lx", (unsigned long)hr);
    for (unsigned round = 1; next_round(); round++) {
        deliver_due();
        if (round % PRUNE_EVERY == 0)
            prune();
    }
    if (SUCCEEDED(hr))
        CoUninitialize();
}

/* ---- the end --------------------------------------------------------------------------------- */

/* Somebody has to be told of something, or will have to be. */
static bool is_needed(void)
{
    size_t count;
    int64_t *keys = list_keys(true, &count);
    bool needed = count > 0 && !keys;
    for (size_t i = 0; keys && i < count && !needed; i++) {
        struct group_info info;
        if (queue_group_info(queue, keys[i], &info) == FAULT_NONE)
            needed = info.state == GROUP_RUNNING || is_wanted(&info);
    }
    free(keys);
    return needed;
}

/* Forgets everybody. False if that was not possible yet, or took a client's pointer. */
static bool empty_list(void)
{
    lock_take(lock);
    bool clean = in_flight == 0;
    struct registration *all = clean ? registrations : NULL;
    if (clean)
        registrations = NULL;
    lock_drop(lock);
    while (all) {
        struct registration *gone = all;
        all = gone->next;
        if (free_elsewhere(gone))
            clean = false;
    }
    return clean;
}

bool notifier_stop(void)
{
    lock_take(lock);
    bool started = thread != NULL;
    lock_drop(lock);
    if (!started)
        return true;
    if (is_needed() || !empty_list())
        return false;
    lock_take(lock);
    struct thread *ending = in_flight == 0 ? thread : NULL;
    stopping = ending != NULL;
    lock_drop(lock);
    if (!ending)
        return false;
    wakeup_set(wakeup);
    thread_join(ending);
    thread = NULL;
    if (table)
        IGlobalInterfaceTable_Release(table);
    table = NULL;
    queue = NULL;
    stopping = false;
    return true;
}
