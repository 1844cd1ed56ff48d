/* SPDX-License-Identifier: MIT */
#include "com/notifier.h"

#include <inttypes.h>
#include <stdlib.h>

#include "com/callback.h"
#include "com/delivery.h"
#include "com/errand.h"
#include "com/held.h"
#include "com/ownership.h"
#include "com/properties.h"
#include "com/registrations.h"
#include "platform/log.h"

#define POLL_MS 1000
#define PRUNE_EVERY 60 /* rounds */

static struct wakeup *wakeup; /* of the notifier's thread */
static struct lock *lock;     /* guards everything below */
static bool serving;          /* the thread is there and has not decided to end */
static bool stop_asked;
static struct queue *open_queue;

bool notifier_init(void)
{
    lock = lock_new();
    wakeup = wakeup_new(NULL);
    return lock && wakeup && held_init() && registrations_init();
}

void notifier_done(void)
{
    registrations_done();
    held_done();
    lock_free(lock);
    wakeup_free(wakeup);
    lock = NULL;
    wakeup = NULL;
}

void notifier_wake(void)
{
    wakeup_set(wakeup);
}

/* ---- the notifier's thread ------------------------------------------------------------------ */

/* False if the group has no class, or that cannot be told. */
static bool read_class(struct queue *queue, int64_t key, CLSID *clsid, enum fault *fault)
{
    char *text;
    *fault = queue_group_text(queue, key, GROUP_NOTIFY_CLSID, &text);
    if (*fault != FAULT_NONE)
        return false;
    bool has_class = property_clsid(text, clsid);
    free(text);
    return has_class;
}

/* The class as it is now, whoever set it; without one there is nobody to tell. */
static bool find_class(struct queue *queue, struct target *target)
{
    enum fault fault;
    if (target->cookie || read_class(queue, target->key, &target->clsid, &fault))
        return true;
    if (fault == FAULT_NONE) {
        registrations_class_gone(target);
        notifier_wake(); /* so that the claim goes */
    }
    return false;
}

static void consider(struct queue *queue, struct ownership *ownership, int64_t key)
{
    struct target target;
    struct group_info info;
    if (!registrations_peek(key, &target) || queue_group_info(queue, key, &info) != FAULT_NONE ||
        !delivery_is_wanted(&info))
        return;
    if (target.adopted && !ownership_take(ownership, key))
        return;
    if (find_class(queue, &target) && registrations_claim(&target, info.event_serial))
        delivery_start(queue, &target, info.event_serial);
}

static void deliver_due(struct queue *queue, struct ownership *ownership)
{
    int64_t *keys = NULL;
    size_t count = 0;
    if (queue_events(queue, &keys, &count) != FAULT_NONE)
        return; /* the queue logs it; the next round tries again */
    for (size_t i = 0; i < count; i++)
        consider(queue, ownership, keys[i]);
    free(keys);
}

/* Groups that another process has cancelled. */
static void prune(struct queue *queue, const struct listed *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct group_info info;
        struct leftover leftover;
        if (queue_group_info(queue, list[i].key, &info) != FAULT_NOT_FOUND)
            continue;
        registrations_remove(list[i].key, &leftover);
        callback_let_go_later(&leftover);
    }
}

static bool next_round(void)
{
    wakeup_wait(wakeup, registrations_idle() ? WAIT_FOREVER : POLL_MS);
    lock_take(lock);
    if (stop_asked)
        serving = false;
    bool go_on = serving;
    lock_drop(lock);
    return go_on;
}

/* As an errand it keeps the multi-threaded apartment alive, in which instances of classes live. */
static void notifier_main(void *context)
{
    struct queue *queue = context;
    struct ownership ownership = {NULL};
    for (unsigned round = 1; next_round(); round++) {
        struct listed *list;
        size_t count;
        if (registrations_list(&list, &count)) {
            ownership_follow(&ownership, list, count);
            if (round % PRUNE_EVERY == 0)
                prune(queue, list, count);
        }
        free(list);
        deliver_due(queue, &ownership);
    }
    ownership_end(&ownership);
}

/* ---- registering --------------------------------------------------------------------------- */

enum fault notifier_prepare(struct queue *queue, int64_t key)
{
    if (!registrations_add(key))
        return FAULT_MEMORY;
    lock_take(lock);
    open_queue = queue;
    stop_asked = false;
    if (!serving)
        serving = errand_start("QmgrPrxy notifier", notifier_main, queue);
    bool ready = serving;
    lock_drop(lock);
    return ready ? FAULT_NONE : FAULT_MEMORY;
}

/* Another thread may be setting it too. Who asks for a ticket last reads last, and what it reads
 * is what the queue holds. */
static enum fault look_at_class(struct queue *queue, int64_t key, enum listening how)
{
    unsigned ticket = registrations_class_ticket(key);
    CLSID clsid = CLSID_NULL;
    struct leftover leftover;
    enum fault fault;
    bool has_class = read_class(queue, key, &clsid, &fault);
    if (fault != FAULT_NONE && how == LISTENING_OWN)
        has_class = true; /* it is read again before it is needed */
    registrations_class_read(key, ticket, has_class ? &clsid : NULL, how, &leftover);
    callback_let_go(&leftover);
    notifier_wake();
    return fault;
}

static void log_fault(int64_t key, enum fault fault)
{
    if (fault != FAULT_NONE && fault != FAULT_NOT_FOUND)
        log_event("group %" PRId64 ": its notification class is not registered: fault %d", key,
                  (int)fault);
}

void notifier_class_changed(struct queue *queue, int64_t key)
{
    log_fault(key, look_at_class(queue, key, LISTENING_OWN));
}

void notifier_adopt(struct queue *queue, int64_t key)
{
    CLSID clsid;
    enum fault fault;
    if (registrations_listening(key) != LISTENING_NOT)
        return;
    if (read_class(queue, key, &clsid, &fault)) {
        fault = notifier_prepare(queue, key);
        if (fault == FAULT_NONE)
            fault = look_at_class(queue, key, LISTENING_ADOPTED);
    }
    log_fault(key, fault);
}

HRESULT notifier_set_pointer(struct queue *queue, int64_t key, IUnknown *object)
{
    DWORD cookie;
    struct leftover leftover;
    HRESULT hr = callback_enter(object, &cookie);
    if (FAILED(hr))
        return hr;
    if (object && notifier_prepare(queue, key) != FAULT_NONE) {
        leftover = (struct leftover){.cookie = cookie};
        hr = E_OUTOFMEMORY;
    } else if (!registrations_set_cookie(key, cookie, &leftover)) {
        leftover.cookie = cookie; /* the group was cancelled meanwhile */
    }
    callback_let_go(&leftover);
    notifier_wake();
    return hr;
}

void notifier_forget(int64_t key)
{
    struct leftover leftover;
    registrations_remove(key, &leftover);
    callback_let_go(&leftover);
    notifier_wake(); /* so that the claim goes */
}

/* ---- the end --------------------------------------------------------------------------------- */

bool notifier_is_needed(void)
{
    struct listed *list;
    size_t count;
    if (!registrations_list(&list, &count))
        return true;
    bool needed = false;
    for (size_t i = 0; i < count && !needed; i++) {
        struct group_info info;
        if (list[i].has_target && queue_group_info(open_queue, list[i].key, &info) == FAULT_NONE)
            needed = info.state == GROUP_RUNNING || delivery_is_wanted(&info);
    }
    free(list);
    return needed;
}

/* Something is on its way, apart from the thread that waits for work. */
static bool is_under_way(bool *thread_is_there)
{
    lock_take(lock);
    *thread_is_there = serving;
    bool busy = errand_count() > (serving ? 1u : 0u);
    lock_drop(lock);
    return busy;
}

/* True if nothing had to be let go of. */
static bool forget_everybody(void)
{
    struct leftover leftover;
    bool clean = true;
    while (registrations_pop(&leftover))
        clean = !callback_let_go_later(&leftover) && clean;
    return clean;
}

bool notifier_stop(void)
{
    bool thread_is_there;
    if (notifier_is_needed() || is_under_way(&thread_is_there) || !forget_everybody())
        return false;
    lock_take(lock);
    stop_asked = serving;
    lock_drop(lock);
    notifier_wake();
    return !thread_is_there;
}
