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

#include "com/module.h"
#include "platform/log.h"

#define LOOK_EVERY_MS 1000
/* For how long there has to be nothing to do: programs often resume one group after another. */
#define LINGER_MS 4000
/* For how long part files that cannot be deleted keep the host: the runner tries now and then. */
#define DISCARDS_MS 150000
/* A host that is about to end has ended by then. */
#define CLAIM_MS 3000

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

/* Stays while there is work; the runner's thread does it. */
static void stay(struct queue *queue)
{
    uint64_t busy = clock_ms();
    for (;;) {
        uint64_t now = clock_ms();
        if (has_running(queue))
            busy = now;
        uint64_t patience = has_discards(queue) ? DISCARDS_MS : LINGER_MS;
        if (now - busy >= patience)
            return;
        pause_until(now + LOOK_EVERY_MS);
    }
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

/* False if another process is the host, or the claim cannot be made. */
static bool stay_with_claim(struct queue *queue, const char *name)
{
    struct claim *claim = claim_new(name);
    if (!claim)
        return false;
    bool taken = claim_take(claim, NULL, CLAIM_MS);
    tell_served(); /* if it was not taken, then by another host */
    if (taken) {
        log_event("this process is the stand-by host");
        stay(queue);
        claim_drop(claim);
    }
    claim_free(claim);
    return taken;
}

static void serve(struct queue *queue, const char *name)
{
    bool mine;
    do
        mine = stay_with_claim(queue, name);
    while (has_running(queue) && (mine || !claim_exists(name)));
}

void host_run(void)
{
    struct queue *queue;
    struct runner *runner;
    char name[HOST_NAME_SIZE];
    atomic_store(&here, true);
    SetPriorityClass(GetCurrentProcess(), BELOW_NORMAL_PRIORITY_CLASS);
    module_object_added(); /* keeps the engine up */
    enum fault fault = module_queue(&queue);
    if (!fault)
        fault = module_runner(&runner);
    if (!fault && host_name(HOST_CLAIM, name))
        serve(queue, name);
    module_object_removed();
    bool stopped = module_can_unload();
    log_event("the stand-by host ends: fault %d%s", (int)fault,
              stopped ? "" : ", while another group runs again");
}
