/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "platform/platform.h"

/* ---- locks ----------------------------------------------------------------------------------- */

struct lock {
    pthread_mutex_t mutex;
};

struct lock *lock_new(void)
{
    struct lock *lock = malloc(sizeof(*lock));
    if (lock && pthread_mutex_init(&lock->mutex, NULL) != 0) {
        free(lock);
        lock = NULL;
    }
    return lock;
}

void lock_free(struct lock *lock)
{
    if (lock) {
        pthread_mutex_destroy(&lock->mutex);
        free(lock);
    }
}

void lock_take(struct lock *lock)
{
    pthread_mutex_lock(&lock->mutex);
}

void lock_drop(struct lock *lock)
{
    pthread_mutex_unlock(&lock->mutex);
}

/* ---- wake-ups -------------------------------------------------------------------------------- */

struct wakeup {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool set;
    char *name;          /* NULL if private */
    unsigned references; /* under named_mutex */
    struct wakeup *next; /* of the named ones */
};

static pthread_mutex_t named_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct wakeup *named;

static struct wakeup *make_wakeup(void)
{
    struct wakeup *wakeup = calloc(1, sizeof(*wakeup));
    if (!wakeup) {
        return NULL;
    }
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&wakeup->mutex, NULL);
    pthread_cond_init(&wakeup->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    wakeup->references = 1;
    return wakeup;
}

static void destroy_wakeup(struct wakeup *wakeup)
{
    pthread_cond_destroy(&wakeup->changed);
    pthread_mutex_destroy(&wakeup->mutex);
    free(wakeup->name);
    free(wakeup);
}

static struct wakeup *find_named(const char *name)
{
    struct wakeup *wakeup = named;
    while (wakeup && strcmp(wakeup->name, name) != 0) {
        wakeup = wakeup->next;
    }
    return wakeup;
}

struct wakeup *wakeup_new(const char *name)
{
    if (!name) {
        return make_wakeup();
    }
    pthread_mutex_lock(&named_mutex);
    struct wakeup *wakeup = find_named(name);
    if (wakeup) {
        wakeup->references++;
    } else {
        wakeup = make_wakeup();
        if (wakeup && !(wakeup->name = strdup(name))) {
            destroy_wakeup(wakeup);
            wakeup = NULL;
        }
        if (wakeup) {
            wakeup->next = named;
            named = wakeup;
        }
    }
    pthread_mutex_unlock(&named_mutex);
    return wakeup;
}

void wakeup_free(struct wakeup *wakeup)
{
    if (!wakeup) {
        return;
    }
    pthread_mutex_lock(&named_mutex);
    bool last = --wakeup->references == 0;
    for (struct wakeup **at = &named; last && *at; at = &(*at)->next) {
        if (*at == wakeup) {
            *at = wakeup->next;
            break;
        }
    }
    pthread_mutex_unlock(&named_mutex);
    if (last) {
        destroy_wakeup(wakeup);
    }
}

void wakeup_set(struct wakeup *wakeup)
{
    pthread_mutex_lock(&wakeup->mutex);
    wakeup->set = true;
    pthread_cond_signal(&wakeup->changed);
    pthread_mutex_unlock(&wakeup->mutex);
}

bool wakeup_wait(struct wakeup *wakeup, uint32_t timeout_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&wakeup->mutex);
    int error = 0;
    while (!wakeup->set && error != ETIMEDOUT) {
        error = timeout_ms == WAIT_FOREVER
                    ? pthread_cond_wait(&wakeup->changed, &wakeup->mutex)
                    : pthread_cond_timedwait(&wakeup->changed, &wakeup->mutex, &until);
    }
    bool taken = wakeup->set;
    wakeup->set = false;
    pthread_mutex_unlock(&wakeup->mutex);
    return taken;
}

/* ---- claims: there is one process ------------------------------------------------------------ */

struct claim {
    char *name;
    struct claim *next;
};

static struct claim *claims; /* under named_mutex */

struct claim *claim_new(const char *name)
{
    struct claim *claim = calloc(1, sizeof(*claim));
    if (!claim || !(claim->name = strdup(name))) {
        free(claim);
        return NULL;
    }
    pthread_mutex_lock(&named_mutex);
    claim->next = claims;
    claims = claim;
    pthread_mutex_unlock(&named_mutex);
    return claim;
}

bool claim_exists(const char *name)
{
    pthread_mutex_lock(&named_mutex);
    struct claim *claim = claims;
    while (claim && strcmp(claim->name, name) != 0) {
        claim = claim->next;
    }
    pthread_mutex_unlock(&named_mutex);
    return claim != NULL;
}

void claim_free(struct claim *claim)
{
    if (!claim) {
        return;
    }
    pthread_mutex_lock(&named_mutex);
    struct claim **at = &claims;
    while (*at && *at != claim) {
        at = &(*at)->next;
    }
    if (*at) {
        *at = claim->next;
    }
    pthread_mutex_unlock(&named_mutex);
    free(claim->name);
    free(claim);
}

bool claim_take(struct claim *claim, struct wakeup *wakeup, uint32_t timeout_ms)
{
    (void)claim;
    (void)wakeup;
    (void)timeout_ms;
    return true;
}

void claim_drop(struct claim *claim)
{
    (void)claim;
}

/* ---- threads --------------------------------------------------------------------------------- */

struct thread {
    pthread_t id;
};

struct start {
    void (*fn)(void *);
    void *arg;
};

static void *thread_main(void *parameter)
{
    struct start start = *(struct start *)parameter;
    free(parameter);
    start.fn(start.arg);
    return NULL;
}

struct thread *thread_start(const char *name, void (*fn)(void *), void *arg)
{
    struct thread *thread = malloc(sizeof(*thread));
    struct start *start = malloc(sizeof(*start));
    if (!thread || !start) {
        goto free_memory;
    }
    *start = (struct start){fn, arg};
    if (pthread_create(&thread->id, NULL, thread_main, start) != 0) {
        goto free_memory;
    }
    char shortened[16];
    snprintf(shortened, sizeof(shortened), "%s", name ? name : "");
    pthread_setname_np(thread->id, shortened);
    return thread;

free_memory:
    free(start);
    free(thread);
    return NULL;
}

void thread_join(struct thread *thread)
{
    pthread_join(thread->id, NULL);
    free(thread);
}

void thread_detach(struct thread *thread)
{
    pthread_detach(thread->id);
    free(thread);
}
