/* SPDX-License-Identifier: MIT */
#include "com/errand.h"

#include <windows.h>
#include <ole2.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "com/notifier.h"
#include "platform/log.h"
#include "platform/platform.h"

struct errand {
    const char *name;
    void (*run)(void *what);
    void *what;
};

static atomic_uint count;

static void errand_main(void *argument)
{
    struct errand errand = *(struct errand *)argument;
    free(argument);
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (FAILED(hr))
        log_event("%s has no apartment: 0x%08lx", errand.name, (unsigned long)hr);
    errand.run(errand.what);
    if (SUCCEEDED(hr))
        CoUninitialize();
    atomic_fetch_sub(&count, 1);
    notifier_wake();
}

bool errand_start(const char *name, void (*run)(void *), void *what)
{
    struct errand *errand = malloc(sizeof *errand);
    if (!errand)
        return false;
    *errand = (struct errand){.name = name, .run = run, .what = what};
    atomic_fetch_add(&count, 1);
    struct thread *thread = thread_start(name, errand_main, errand);
    if (thread) {
        thread_detach(thread);
        return true;
    }
    atomic_fetch_sub(&count, 1);
    free(errand);
    return false;
}

unsigned errand_count(void)
{
    return atomic_load(&count);
}
