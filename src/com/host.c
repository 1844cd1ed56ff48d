/* SPDX-License-Identifier: MIT */
/* The life of the stand-by host.
 *
 * Its end does not race with a program that makes a group run at that moment. The host gives its claim
 * up first and then looks at the queue once more; the program writes the queue first and then looks
 * for the claim. Whichever of the two comes second sees what the other has done: if the program does
 * not find the claim, it starts another host; if it still found it, then it had written before the
 * claim went, and the host, which looks later, finds the group and claims again. A host that waited
 * for the claim in vain was seen by programs as well, so it looks in the same way, and goes only if
 * there is another one. */
#include "com/host.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <ole2.h>

#include "com/local_server.h"
#include "com/module.h"
#include "com/notifier.h"
#include "platform/log.h"

#define LOOK_EVERY_MS 1000
/* For how long there has to be nothing to do: programs often resume one group after another. */
#define LINGER_MS 4000
/* For how long part files that cannot be deleted keep the host: the runner tries now and then. */
#define DISCARDS_MS 150000
/* A host that is about to end has ended by then. */
#define CLAIM_MS 3000
/* For how long clients who do not take what they are to be told keep the host; the queue keeps it for later. */
#define NOTIFY_MS 600000
/* Within which a client who has the factory has made an object. */
#define ON_THEIR_WAY_MS 500
#define OWN_OBJECTS 1 /* see run */

static atomic_bool here;

bool host_is_here(void)
{
    return atomic_load(&here);
}

bool host_name(enum host_name which, char name[HOST_NAME_SIZE])
{
    char queue[MODULE_QUEUE_NAME_SIZE];
    if (!module_queue_name(queue))
        return false;
    snprintf(name, HOST_NAME_SIZE, "%s-host%s", queue, which == HOST_SERVES ? "-up" : "");
    return true;
}

static bool has_running(struct queue *queue)
{
    int64_t *keys = NULL;
    size_t count = 0;
    if (queue_running(queue, &keys, &count) != FAULT_NONE)
        return false; /* logged there; a host that cannot read its queue is of no use */
    free(keys);
    return count > 0;
}

static bool has_discards(struct queue *queue)
{
    struct discard *list = NULL;
    size_t count = 0;
    if (queue_discards(queue, "", 1, &list, &count) != FAULT_NONE)
        return false;
    queue_discards_free(list, count);
    return count > 0;
}

/* Waits for the next look. Meanwhile the thread serves its messages: rundll32 has made a window on it,
 * and whoever sends a message to all windows would wait for that one, as would the user who logs off. */
static void pause_until(uint64_t next)
{
    for (uint64_t now = clock_ms(); now < next; now = clock_ms()) {
        MSG message;
        MsgWaitForMultipleObjects(0, NULL, FALSE, (DWORD)(next - now), QS_ALLINPUT);
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
            DispatchMessageW(&message);
    }
}

/* What a host is about. */
struct host {
    struct queue *queue;
    struct claim *claim;
    bool mine;   /* this process has the claim, and so runs the queue when no program does */
    bool serves; /* it serves the class to other processes */
};

/* The end is on its way; is there a reason against it? Part files that cannot be deleted are one for a while, clients
 * who are not told as long as they are waited for. */
static bool is_over(const struct host *host, uint64_t idle_ms)
{
    if (idle_ms < LINGER_MS)
        return false;
    if (host->mine && has_discards(host->queue) && idle_ms < DISCARDS_MS)
        return false;
    return !notifier_is_needed() || idle_ms >= NOTIFY_MS;
}

/* What another host runs concerns this one if somebody is to be told of it here. */
static bool is_busy(const struct host *host)
{
    return ((host->mine || notifier_is_needed()) && has_running(host->queue)) ||
           (host->serves && local_server_is_used(OWN_OBJECTS));
}

/* Stays while there is work or a client; other threads do what there is to do. */
static void stay(struct host *host)
{
    uint64_t busy = clock_ms();
    for (;;) {
        uint64_t now = clock_ms();
        if (!host->mine) /* who only serves the class steps in when the host goes */
            host->mine = claim_take(host->claim, NULL, 0);
        if (is_busy(host))
            busy = now;
        if (is_over(host, now - busy))
            return;
        pause_until(now + LOOK_EVERY_MS);
    }
}

/* A client may just have been given the factory when the class was taken back. */
static void stay_and_serve(struct host *host)
{
    do {
        host->serves = host->serves && local_server_begin();
        stay(host);
        local_server_end();
        if (host->serves)
            pause_until(clock_ms() + ON_THEIR_WAY_MS);
    } while (host->serves && local_server_is_used(OWN_OBJECTS));
}

/* To the program that has started this process. It has made the wake-up before, else nobody waits. */
static void tell_served(void)
{
    char name[HOST_NAME_SIZE];
    struct wakeup *served = host_name(HOST_SERVES, name) ? wakeup_new(name) : NULL;
    if (served)
        wakeup_set(served);
    wakeup_free(served);
}

/* False if another process was the host all the time, whether or not this one has served the class beside it. */
static bool stay_with_claim(struct host *host, const char *name, bool embedded)
{
    host->claim = claim_new(name);
    if (!host->claim)
        return false;
    host->mine = claim_take(host->claim, NULL, embedded ? 0 : CLAIM_MS);
    host->serves = embedded || (host->mine && module_is_usual_queue());
    tell_served(); /* if the claim was not taken, then by another host */
    if (host->mine || host->serves) {
        log_event("this process is %s%s",
                  host->mine ? "the stand-by host" : "beside the stand-by host",
                  host->serves ? " and serves the class" : "");
        stay_and_serve(host);
    }
    const bool was_host = host->mine;
    if (was_host)
        claim_drop(host->claim);
    claim_free(host->claim);
    return was_host;
}

static void serve(struct queue *queue, const char *name, bool embedded)
{
    struct host host = {.queue = queue};
    bool mine;
    do
        mine = stay_with_claim(&host, name, embedded);
    while (has_running(queue) && (mine || !claim_exists(name)));
}

/* The queue cannot be had. The client that waits for the class gets an object all the same, whose methods tell. */
static void serve_without_queue(void)
{
    uint64_t busy = clock_ms();
    if (!local_server_begin())
        return;
    for (uint64_t now = busy; now - busy < LINGER_MS; now = clock_ms()) {
        if (local_server_is_used(OWN_OBJECTS))
            busy = now;
        pause_until(now + LOOK_EVERY_MS);
    }
    local_server_end();
}

static void run(bool embedded)
{
    struct queue *queue;
    struct runner *runner;
    char name[HOST_NAME_SIZE];
    module_object_added(); /* keeps the engine up */
    enum fault fault = module_queue(&queue);
    if (!fault)
        fault = module_runner(&runner);
    if (!fault && host_name(HOST_CLAIM, name))
        serve(queue, name, embedded);
    else if (embedded)
        serve_without_queue();
    module_object_removed();
    bool stopped = module_can_unload();
    log_event("the stand-by host ends: fault %d%s", (int)fault,
              stopped ? "" : ", while something is still held or under way");
}

void host_run(bool embedded)
{
    atomic_store(&here, true);
    SetPriorityClass(GetCurrentProcess(), BELOW_NORMAL_PRIORITY_CLASS);
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (FAILED(hr))
        log_event("the host has no apartment: 0x%08lx", (unsigned long)hr);
    run(embedded);
    local_server_done();
    if (SUCCEEDED(hr))
        CoUninitialize();
}
