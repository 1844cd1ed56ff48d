/* SPDX-License-Identifier: MIT */
/* Starting the stand-by host, and what to make of one that does not come to serve.
 *
 * A host may never get as far as our code: a policy or a virus scanner keeps rundll32 from loading the DLL,
 * or the DLL was moved. rundll32 then shows a message and stays until the user has read it. So none is started
 * while one is on its way, and the pause grows with every one that ended on its way.
 *
 * One that came to serve and lives without the claim is about to end: that is no reason to wait. */
#include <stdatomic.h>
#include <stdlib.h>

#include "com/host.h"
#include "com/module.h"
#include "platform/log.h"
#include "platform/settings.h"

/* Between two starts; after a host that did not serve, from when that was noticed. */
#define PAUSE_MS 2000u
#define PAUSE_MOST_MS 600000u

static struct lock *starting;

/* The last start, under `starting`. */
static bool is_judged = true; /* it served, or the pause has grown for it */
static HANDLE last;           /* the process, until it is judged; NULL if none could be made */
static struct wakeup *served; /* set by a host that serves the queue */
static uint64_t not_before;
static uint32_t pause_ms = PAUSE_MS;

/* A host was seen at work since the last start. */
static atomic_bool seen;

static void forget_last(void)
{
    if (last)
        CloseHandle(last);
    last = NULL;
    wakeup_free(served);
    served = NULL;
}

bool host_init(void)
{
    starting = lock_new();
    return starting != NULL;
}

void host_done(void)
{
    forget_last();
    lock_free(starting);
    starting = NULL;
}

/* The program's streams are not handed on: whoever reads them would wait for the host's end as well. Nor is
 * its current folder, which nobody could delete. A job that ends all its processes with the program is
 * left if it can be. */
static DWORD create(struct host_command *command, wchar_t *environment, HANDLE *made_process,
                    DWORD *id)
{
    wchar_t folder[MAX_PATH];
    UINT length = GetSystemDirectoryW(folder, MAX_PATH);
    if (length == 0 || length >= MAX_PATH)
        return ERROR_BAD_PATHNAME;
    STARTUPINFOW startup = {.cb = sizeof startup,
                            .dwFlags = STARTF_USESTDHANDLES,
                            .hStdInput = INVALID_HANDLE_VALUE,
                            .hStdOutput = INVALID_HANDLE_VALUE,
                            .hStdError = INVALID_HANDLE_VALUE};
    const DWORD flags = DETACHED_PROCESS | BELOW_NORMAL_PRIORITY_CLASS | CREATE_UNICODE_ENVIRONMENT;
    PROCESS_INFORMATION process;
    BOOL made =
        CreateProcessW(command->program, command->line, NULL, NULL, FALSE,
                       flags | CREATE_BREAKAWAY_FROM_JOB, environment, folder, &startup, &process);
    if (!made && GetLastError() == ERROR_ACCESS_DENIED)
        made = CreateProcessW(command->program, command->line, NULL, NULL, FALSE, flags,
                              environment, folder, &startup, &process);
    if (!made)
        return GetLastError();
    *id = process.dwProcessId;
    *made_process = process.hProcess;
    CloseHandle(process.hThread);
    return ERROR_SUCCESS;
}

static void start(void)
{
    struct host_command command;
    DWORD id = 0;
    if (!host_command(&command))
        return;
    wchar_t *environment = host_environment(module_home());
    DWORD error = environment ? create(&command, environment, &last, &id) : ERROR_NOT_ENOUGH_MEMORY;
    free(environment);
    if (error)
        log_event("no stand-by host can be started: system error %lu", (unsigned long)error);
    else
        log_event("stand-by host started: process %lu", (unsigned long)id);
}

/* The wake-up is there before the process that sets it. */
static void start_next(void)
{
    char name[HOST_NAME_SIZE];
    forget_last();
    served = host_name(HOST_SERVES, name) ? wakeup_new(name) : NULL;
    if (served)
        wakeup_wait(served, 0); /* an earlier host may have set it */
    atomic_store(&seen, false);
    is_judged = false;
    start();
    not_before = clock_ms() + PAUSE_MS;
}

static bool is_on_its_way(void)
{
    return last && WaitForSingleObject(last, 0) == WAIT_TIMEOUT;
}

static void grow_pause(void)
{
    pause_ms = pause_ms < PAUSE_MOST_MS / 2 ? 2 * pause_ms : PAUSE_MOST_MS;
    not_before = clock_ms() + pause_ms;
    log_event("the stand-by host did not come: the next one in %lu seconds at the earliest",
              (unsigned long)(pause_ms / 1000));
}

/* False while that cannot be told yet. Whether it is on its way is looked at first: it may serve and end in
 * between. */
static bool judge_last(void)
{
    bool waits = is_on_its_way();
    if ((served && wakeup_wait(served, 0)) || atomic_load(&seen))
        pause_ms = PAUSE_MS;
    else if (waits)
        return false;
    else
        grow_pause();
    is_judged = true;
    forget_last();
    return true;
}

/* Who comes while another thread starts one waits for it: its caller may count on the host too. */
void host_ensure(void)
{
    char name[HOST_NAME_SIZE];
    if (host_is_here() || !setting_flag(SETTING_HOST) || !host_name(HOST_CLAIM, name))
        return;
    if (claim_exists(name)) {
        atomic_store(&seen, true);
        return;
    }
    lock_take(starting);
    if ((is_judged || judge_last()) && clock_ms() >= not_before)
        start_next();
    lock_drop(starting);
}
