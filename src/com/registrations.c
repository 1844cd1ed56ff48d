/* SPDX-License-Identifier: MIT */
#include "com/registrations.h"

#include <stdlib.h>

#include "platform/platform.h"

#define PAUSE_FIRST_MS 5000
#define PAUSE_MOST_MS 300000
#define NEVER_TRIED INT64_MIN

struct registration {
    struct registration *next;
    int64_t key;
    unsigned version; /* of the target: cookie, or class */
    DWORD cookie;
    enum listening listening;
    unsigned class_ticket;
    IBackgroundCopyCallback1 *instance;
    CLSID instance_class;
    unsigned delivering; /* the version that a delivery has, 0 if there is none */
    CLSID delivering_class;
    int64_t tried_serial; /* the event that was refused last */
    uint64_t due_ms;      /* when to try that one again */
    uint32_t pause_ms;
};

static struct lock *lock; /* guards everything below */
static struct registration *registrations;
static unsigned last_number; /* versions and tickets; none is given twice */

bool registrations_init(void)
{
    lock = lock_new();
    return lock != NULL;
}

void registrations_done(void)
{
    lock_free(lock);
    lock = NULL;
}

/* ---- under the lock ------------------------------------------------------------------------ */

static struct registration *find(int64_t key)
{
    struct registration *at = registrations;
    while (at && at->key != key)
        at = at->next;
    return at;
}

static struct registration *find_version(const struct target *target)
{
    struct registration *found = find(target->key);
    return found && found->version == target->version ? found : NULL;
}

static unsigned new_number(void)
{
    if (++last_number == 0) /* 0 is "none" */
        last_number = 1;
    return last_number;
}

static bool has_target(const struct registration *registration)
{
    return registration->cookie || registration->listening != LISTENING_NOT;
}

static bool is_own(const struct registration *registration)
{
    return registration->cookie || registration->listening == LISTENING_OWN;
}

/* A new target is tried at once, however long the old one was waited for. */
static void target_changed(struct registration *registration)
{
    registration->version = new_number();
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

static void take_instance(struct registration *registration, struct leftover *leftover)
{
    leftover->instance = registration->instance;
    registration->instance = NULL;
}

static void take_off(struct registration *gone, struct leftover *leftover)
{
    struct registration **at = &registrations;
    while (*at != gone)
        at = &(*at)->next;
    *at = gone->next;
    leftover->cookie = gone->cookie;
    leftover->in_use = gone->delivering != 0;
    take_instance(gone, leftover);
    free(gone);
}

/* ---- the list ------------------------------------------------------------------------------ */

bool registrations_add(int64_t key)
{
    struct registration *fresh = calloc(1, sizeof *fresh);
    lock_take(lock);
    bool known = find(key) != NULL;
    bool add = !known && fresh;
    if (add) {
        fresh->key = key;
        target_changed(fresh);
        fresh->next = registrations;
        registrations = fresh;
    }
    lock_drop(lock);
    if (!add)
        free(fresh);
    return known || add;
}

void registrations_remove(int64_t key, struct leftover *leftover)
{
    *leftover = (struct leftover){0};
    lock_take(lock);
    struct registration *gone = find(key);
    if (gone)
        take_off(gone, leftover);
    lock_drop(lock);
}

bool registrations_pop(struct leftover *leftover)
{
    *leftover = (struct leftover){0};
    lock_take(lock);
    struct registration *gone = registrations;
    if (gone)
        take_off(gone, leftover);
    lock_drop(lock);
    return gone != NULL;
}

bool registrations_idle(void)
{
    lock_take(lock);
    const struct registration *at = registrations;
    while (at && !has_target(at))
        at = at->next;
    lock_drop(lock);
    return !at;
}

bool registrations_list(struct listed **list, size_t *count)
{
    size_t most = 0;
    *count = 0;
    lock_take(lock);
    for (const struct registration *at = registrations; at; at = at->next)
        most++;
    *list = most ? malloc(most * sizeof **list) : NULL;
    for (const struct registration *at = registrations; *list && at; at = at->next)
        (*list)[(*count)++] =
            (struct listed){.key = at->key, .has_target = has_target(at), .own = is_own(at)};
    lock_drop(lock);
    return *list || most == 0;
}

/* ---- registering --------------------------------------------------------------------------- */

/* leftover: the object that the group had. */
static void change_cookie(struct registration *registration, DWORD cookie,
                          struct leftover *leftover)
{
    leftover->cookie = registration->cookie;
    leftover->in_use = registration->delivering != 0;
    registration->cookie = cookie;
    target_changed(registration);
}

bool registrations_set_cookie(int64_t key, DWORD cookie, struct leftover *leftover)
{
    *leftover = (struct leftover){0};
    lock_take(lock);
    struct registration *registration = find(key);
    if (registration && (cookie || registration->cookie)) {
        change_cookie(registration, cookie, leftover);
        /* A new object is told at once, even if the old one hangs. Whoever is only taken away may
         * be in the middle of being told: then nobody else hears of the same event until it is
         * clear whether he took it. */
        if (cookie)
            registration->delivering = 0;
    }
    lock_drop(lock);
    return registration != NULL;
}

unsigned registrations_class_ticket(int64_t key)
{
    lock_take(lock);
    struct registration *registration = find(key);
    unsigned ticket = new_number();
    if (registration)
        registration->class_ticket = ticket;
    lock_drop(lock);
    return ticket;
}

void registrations_class_read(int64_t key, unsigned ticket, const CLSID *clsid, enum listening how,
                              struct leftover *leftover)
{
    *leftover = (struct leftover){0};
    lock_take(lock);
    struct registration *registration = find(key);
    bool valid = registration && registration->class_ticket == ticket;
    if (how == LISTENING_ADOPTED && valid && registration->listening != LISTENING_NOT)
        valid = false; /* nothing new */
    if (valid) {
        registration->listening = clsid ? how : LISTENING_NOT;
        take_instance(registration, leftover);
        if (!registration->cookie) {
            target_changed(registration);
            if (clsid && !IsEqualGUID(clsid, &registration->delivering_class))
                registration->delivering = 0;
        }
    }
    lock_drop(lock);
}

enum listening registrations_listening(int64_t key)
{
    lock_take(lock);
    const struct registration *registration = find(key);
    enum listening listening = registration ? registration->listening : LISTENING_NOT;
    lock_drop(lock);
    return listening;
}

/* ---- delivering ---------------------------------------------------------------------------- */

bool registrations_peek(int64_t key, struct target *target)
{
    lock_take(lock);
    const struct registration *registration = find(key);
    bool free_to_go = registration && !registration->delivering && has_target(registration);
    if (free_to_go)
        *target = (struct target){.key = key,
                                  .version = registration->version,
                                  .adopted = !is_own(registration),
                                  .cookie = registration->cookie};
    lock_drop(lock);
    return free_to_go;
}

bool registrations_claim(struct target *target, int64_t serial)
{
    lock_take(lock);
    struct registration *registration = find_version(target);
    bool due = registration && !registration->delivering &&
               (registration->tried_serial != serial || clock_ms() >= registration->due_ms);
    if (due) {
        registration->delivering = target->version;
        registration->delivering_class = target->clsid;
    }
    if (due && !target->cookie && IsEqualGUID(&registration->instance_class, &target->clsid)) {
        target->instance = registration->instance;
        registration->instance = NULL;
    }
    lock_drop(lock);
    return due;
}

void registrations_settle(const struct target *target, enum outcome outcome, int64_t serial,
                          struct leftover *leftover)
{
    *leftover = (struct leftover){0};
    lock_take(lock);
    struct registration *registration = find(target->key);
    if (registration && registration->delivering == target->version)
        registration->delivering = 0;
    if (registration && outcome == OUTCOME_GONE)
        take_off(registration, leftover);
    /* A target that was set during the delivery does not wait, or go, for the old one's sake. */
    else if (registration && registration->version == target->version) {
        if (outcome == OUTCOME_LOST && target->cookie)
            change_cookie(registration, 0, leftover);
        else if (outcome == OUTCOME_LOST || outcome == OUTCOME_AGAIN)
            try_later(registration, serial);
    }
    lock_drop(lock);
}

bool registrations_is_current(const struct target *target)
{
    lock_take(lock);
    bool current = find_version(target) != NULL;
    lock_drop(lock);
    return current;
}

void registrations_class_gone(const struct target *target)
{
    lock_take(lock);
    struct registration *registration = find_version(target);
    if (registration)
        registration->listening = LISTENING_NOT;
    lock_drop(lock);
}

void registrations_keep(const struct target *target, IBackgroundCopyCallback1 **instance)
{
    lock_take(lock);
    struct registration *registration = find_version(target);
    if (registration && !target->cookie) {
        IBackgroundCopyCallback1 *before = registration->instance;
        registration->instance = *instance;
        registration->instance_class = target->clsid;
        *instance = before;
    }
    lock_drop(lock);
}
