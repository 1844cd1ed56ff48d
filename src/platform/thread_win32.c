/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "platform/log.h"
#include "platform/platform.h"
#include "platform/winapi.h"

/* ---- locks ----------------------------------------------------------------------------------- */

struct lock {
    CRITICAL_SECTION section;
};

struct lock *lock_new(void)
{
    struct lock *lock = malloc(sizeof(*lock));
    if (lock && !InitializeCriticalSectionAndSpinCount(&lock->section, 1000)) {
        free(lock);
        lock = NULL;
    }
    return lock;
}

void lock_free(struct lock *lock)
{
    if (lock) {
        DeleteCriticalSection(&lock->section);
        free(lock);
    }
}

void lock_take(struct lock *lock)
{
    EnterCriticalSection(&lock->section);
}

void lock_drop(struct lock *lock)
{
    LeaveCriticalSection(&lock->section);
}

/* ---- names that all processes see ------------------------------------------------------------ */

#define NAME_MOST 100
#define PREFIX_LENGTH 7 /* of "Global\"; that of "Local\" is shorter */

static bool name_is_fit(const char *name)
{
    size_t length = 0;
    for (; name[length]; length++) {
        if (name[length] <= 0x20 || name[length] > 0x7E || name[length] == '\\') {
            return false;
        }
    }
    return length > 0 && length <= NAME_MOST;
}

static void object_name(const wchar_t *prefix, const char *name,
                        wchar_t out[PREFIX_LENGTH + NAME_MOST + 1])
{
    size_t length = 0;
    for (; prefix[length]; length++) {
        out[length] = prefix[length];
    }
    for (; *name; name++) {
        out[length++] = (wchar_t)*name;
    }
    out[length] = 0;
}

static HANDLE make_event(const wchar_t *name)
{
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, name);
    if (!event && GetLastError() == ERROR_ACCESS_DENIED) {
        event = OpenEventW(EVENT_MODIFY_STATE | SYNCHRONIZE, FALSE, name);
    }
    return event;
}

static HANDLE make_mutex(const wchar_t *name)
{
    HANDLE mutex = CreateMutexW(NULL, FALSE, name);
    if (!mutex && GetLastError() == ERROR_ACCESS_DENIED) {
        mutex = OpenMutexW(SYNCHRONIZE | MUTEX_MODIFY_STATE, FALSE, name);
    }
    return mutex;
}

/* The user may have several sessions, so the name is global. Where the system has no global names, the
 * session's do; but a name that is there and not for us must not be passed by: two processes would each
 * believe that they hold the claim. */
static HANDLE make_named(HANDLE (*make)(const wchar_t *), const char *name)
{
    wchar_t full[PREFIX_LENGTH + NAME_MOST + 1];
    if (!name_is_fit(name)) {
        SetLastError(ERROR_INVALID_NAME);
        return NULL;
    }
    object_name(L"Global\\", name, full);
    HANDLE handle = make(full);
    DWORD error = GetLastError();
    if (!handle && error != ERROR_FILE_NOT_FOUND) { /* which is the answer to a question */
        log_event("platform: no global %s (%lu)", name, (unsigned long)error);
    }
    if (!handle && error == ERROR_PATH_NOT_FOUND) {
        object_name(L"Local\\", name, full);
        handle = make(full);
        error = GetLastError();
    }
    SetLastError(error);
    return handle;
}

/* ---- wake-ups -------------------------------------------------------------------------------- */

struct wakeup {
    HANDLE event;
};

struct wakeup *wakeup_new(const char *name)
{
    struct wakeup *wakeup = malloc(sizeof(*wakeup));
    if (!wakeup) {
        return NULL;
    }
    wakeup->event = name ? make_named(make_event, name) : CreateEventW(NULL, FALSE, FALSE, NULL);
    if (!wakeup->event) {
        free(wakeup);
        return NULL;
    }
    return wakeup;
}

void wakeup_free(struct wakeup *wakeup)
{
    if (wakeup) {
        CloseHandle(wakeup->event);
        free(wakeup);
    }
}

void wakeup_set(struct wakeup *wakeup)
{
    SetEvent(wakeup->event);
}

bool wakeup_wait(struct wakeup *wakeup, uint32_t timeout_ms)
{
    return WaitForSingleObject(wakeup->event, timeout_ms) == WAIT_OBJECT_0;
}

/* ---- claims ---------------------------------------------------------------------------------- */

struct claim {
    HANDLE mutex;
};

struct claim *claim_new(const char *name)
{
    struct claim *claim = malloc(sizeof(*claim));
    if (!claim) {
        return NULL;
    }
    claim->mutex = make_named(make_mutex, name);
    if (!claim->mutex) {
        free(claim);
        return NULL;
    }
    return claim;
}

static HANDLE find_mutex(const wchar_t *name)
{
    return OpenMutexW(SYNCHRONIZE, FALSE, name);
}

bool claim_exists(const char *name)
{
    HANDLE mutex = make_named(find_mutex, name);
    DWORD error = GetLastError();
    if (mutex) {
        CloseHandle(mutex);
    }
    return mutex || error == ERROR_ACCESS_DENIED;
}

void claim_free(struct claim *claim)
{
    if (claim) {
        CloseHandle(claim->mutex);
        free(claim);
    }
}

bool claim_take(struct claim *claim, struct wakeup *wakeup, uint32_t timeout_ms)
{
    HANDLE handles[2] = {claim->mutex, wakeup ? wakeup->event : NULL};
    DWORD result = WaitForMultipleObjects(wakeup ? 2 : 1, handles, FALSE, timeout_ms);
    /* Abandoned: the last holder died. Its work is in the database, as far as it came. */
    return result == WAIT_OBJECT_0 || result == WAIT_ABANDONED_0;
}

void claim_drop(struct claim *claim)
{
    ReleaseMutex(claim->mutex);
}

/* ---- threads --------------------------------------------------------------------------------- */

#define BIRTH_MS 2000

struct thread {
    HANDLE handle;
};

struct start {
    void (*fn)(void *);
    void *arg;
    HMODULE module;
    HANDLE born; /* an event, for wait_for_birth; NULL if nobody waits */
};

static DWORD WINAPI thread_main(void *parameter)
{
    struct start start = *(struct start *)parameter;
    free(parameter);
    if (start.born) {
        SetEvent(start.born);
        CloseHandle(start.born);
    }
    start.fn(start.arg);
    /* Nobody could give the reference back after us, and we could not return into freed code. */
    FreeLibraryAndExitThread(start.module, 0);
}

static void name_thread(HANDLE handle, const char *name)
{
    wchar_t wide[32];
    size_t length = 0;
    for (; name && name[length] && length + 1 < sizeof(wide) / sizeof(wide[0]); length++) {
        wide[length] = (unsigned char)name[length];
    }
    wide[length] = 0;
    winapi_name_thread(handle, wide);
}

/* 32-bit Wine 8 crashes a process that ends while a thread of its is just coming into being, so that a program
 * which uses the class for a moment would leave with the exit code of a crash. There thread_start waits until the
 * thread runs; not for ever, since a caller who holds the loader's lock would be waited for by the thread.
 * Returns the starter's handle of start->born. */
static HANDLE birth_event(struct start *start)
{
    HANDLE born = winapi_is_wine() ? CreateEventW(NULL, TRUE, FALSE, NULL) : NULL;
    HANDLE process = GetCurrentProcess();
    if (born &&
        !DuplicateHandle(process, born, process, &start->born, 0, FALSE, DUPLICATE_SAME_ACCESS)) {
        CloseHandle(born);
        born = NULL;
    }
    return born;
}

static void wait_for_birth(HANDLE born)
{
    if (born) {
        WaitForSingleObject(born, BIRTH_MS);
        CloseHandle(born);
    }
}

struct thread *thread_start(const char *name, void (*fn)(void *), void *arg)
{
    struct thread *thread = malloc(sizeof(*thread));
    struct start *start = malloc(sizeof(*start));
    if (!thread || !start) {
        goto free_memory;
    }
    *start = (struct start){.fn = fn, .arg = arg};
    if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                            (const wchar_t *)(uintptr_t)thread_main, &start->module)) {
        goto free_memory;
    }
    HANDLE born = birth_event(start);
    /* Suspended, so that its name is there before it is, and `start` is still ours. */
    thread->handle = CreateThread(NULL, 0, thread_main, start, CREATE_SUSPENDED, NULL);
    if (!thread->handle) {
        goto free_event;
    }
    name_thread(thread->handle, name);
    ResumeThread(thread->handle);
    wait_for_birth(born);
    return thread;

free_event:
    if (born) {
        CloseHandle(start->born);
        CloseHandle(born);
    }
    FreeLibrary(start->module);
free_memory:
    free(start);
    free(thread);
    return NULL;
}

void thread_join(struct thread *thread)
{
    WaitForSingleObject(thread->handle, INFINITE);
    thread_detach(thread);
}

void thread_detach(struct thread *thread)
{
    CloseHandle(thread->handle);
    free(thread);
}
