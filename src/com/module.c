/* SPDX-License-Identifier: MIT */
#include "com/module.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "com/clients.h"
#include "com/host.h"
#include "com/notifier.h"
#include "platform/log.h"

#define CLAIM_PREFIX "QmgrPrxy-"
#define CLAIM_NAME_SIZE (sizeof CLAIM_PREFIX + FOLDER_IDENTITY_SIZE)

static HINSTANCE instance;
static atomic_long uses;     /* objects and server locks */
static atomic_bool deciding; /* whether the DLL can be unloaded */

/* Held while the engine starts or stops. */
static struct lock *starting;
/* The engine as it is, under `starting`. */
static struct queue *opened_queue;
static struct runner *opened_runner;
/* Where the queue is. It is set before the runner and freed after it, so that those who keep the engine up
 * read it without the lock, which the thread that stops the engine holds while it waits for them. */
static char *opened_home;
/* The same for those who take no lock; NULL also while it is being decided whether to stop. */
static _Atomic(struct queue *) shown_queue;
static _Atomic(struct runner *) shown_runner;

bool module_init(HINSTANCE own_instance)
{
    instance = own_instance;
    starting = lock_new();
    if (starting && clients_init() && notifier_init() && host_init())
        return true;
    module_done();
    return false;
}

void module_done(void)
{
    host_done();
    notifier_done();
    clients_done();
    lock_free(starting);
    starting = NULL;
    log_close();
}

HINSTANCE module_instance(void)
{
    return instance;
}

void module_object_added(void)
{
    atomic_fetch_add(&uses, 1);
}

void module_object_removed(void)
{
    atomic_fetch_sub(&uses, 1);
}

long module_object_count(void)
{
    return atomic_load(&uses);
}

/* All processes that share a queue must come to the same name, by whatever path (short names,
 * links, drives that stand for folders) they know its folder, which exists by now. */
static bool name_claim(const char *home, char name[CLAIM_NAME_SIZE])
{
    char identity[FOLDER_IDENTITY_SIZE];
    int error = folder_identity(home, identity);
    if (error) {
        log_event("the queue's folder cannot be looked at: system error %d", error);
        return false;
    }
    strcpy(name, CLAIM_PREFIX);
    strcat(name, identity);
    return true;
}

const char *module_home(void)
{
    return opened_home;
}

bool module_queue_name(char name[MODULE_QUEUE_NAME_SIZE])
{
    _Static_assert(CLAIM_NAME_SIZE <= MODULE_QUEUE_NAME_SIZE, "the name fits");
    return opened_home && name_claim(opened_home, name);
}

bool module_is_usual_queue(void)
{
    char opened[FOLDER_IDENTITY_SIZE], usual[FOLDER_IDENTITY_SIZE];
    char *home = platform_usual_home();
    bool same = home && opened_home && folder_identity(home, usual) == 0 &&
                folder_identity(opened_home, opened) == 0 && strcmp(usual, opened) == 0;
    free(home);
    return same;
}

static void on_event(void *context)
{
    (void)context;
    notifier_wake();
}

static void on_running(void *context)
{
    (void)context;
    host_ensure();
}

/* Under `starting`. */
static enum fault open_queue(void)
{
    if (opened_queue)
        return FAULT_NONE;
    char *home = platform_home();
    if (!home) {
        log_event("no folder for the queue");
        return FAULT_STORE;
    }
    enum fault fault = queue_open(home, &opened_queue);
    log_event("queue in %s: fault %d", home, (int)fault);
    if (fault)
        free(home);
    else
        opened_home = home;
    return fault;
}

/* Under `starting`, with the queue open. */
static enum fault start_runner(void)
{
    if (opened_runner)
        return FAULT_NONE;
    char claim[MODULE_QUEUE_NAME_SIZE];
    if (!module_queue_name(claim))
        return FAULT_ENGINE;
    struct runner_options options = {
        .queue = opened_queue,
        .claim_name = claim,
        .on_event = on_event,
        .on_running = host_is_here() ? NULL : on_running,
        .context = NULL,
    };
    enum fault fault = runner_create(&options, &opened_runner);
    log_event("runner %s: fault %d", claim, (int)fault);
    return fault;
}

/* Starts what is missing. The runner is wanted by every program that uses the queue, since any
 * of them may be the one that has to run it; its fault matters only to those who ask for the
 * runner. */
static enum fault start(struct queue **queue, struct runner **runner, enum fault *runner_fault)
{
    lock_take(starting);
    enum fault fault = open_queue();
    *runner_fault = fault == FAULT_NONE ? start_runner() : fault;
    *queue = opened_queue;
    *runner = opened_runner;
    atomic_store(&shown_runner, opened_runner);
    atomic_store(&shown_queue, opened_queue);
    lock_drop(starting);
    return fault;
}

enum fault module_queue(struct queue **queue)
{
    clients_note_caller();
    *queue = atomic_load(&shown_queue);
    if (*queue)
        return FAULT_NONE;
    struct runner *runner;
    enum fault runner_fault;
    return start(queue, &runner, &runner_fault);
}

enum fault module_runner(struct runner **runner)
{
    clients_note_caller();
    *runner = atomic_load(&shown_runner);
    if (*runner)
        return FAULT_NONE;
    struct queue *queue;
    enum fault runner_fault;
    start(&queue, runner, &runner_fault);
    return runner_fault;
}

/* Under `starting`, with the engine hidden: whoever comes now waits for the lock, and who came
 * before is counted in `uses`. */
static bool stop(void)
{
    if (atomic_load(&uses) > 0 || (opened_runner && runner_is_busy(opened_runner)) ||
        !notifier_stop())
        return false;
    runner_destroy(opened_runner);
    opened_runner = NULL;
    queue_close(opened_queue);
    opened_queue = NULL;
    queue_shutdown();
    free(opened_home);
    opened_home = NULL;
    return true;
}

bool module_can_unload(void)
{
    if (atomic_load(&uses) > 0 || atomic_exchange(&deciding, true))
        return false;
    lock_take(starting);
    atomic_store(&shown_runner, NULL);
    atomic_store(&shown_queue, NULL);
    bool stopped = stop();
    atomic_store(&shown_runner, opened_runner);
    atomic_store(&shown_queue, opened_queue);
    lock_drop(starting);
    atomic_store(&deciding, false);
    return stopped;
}
