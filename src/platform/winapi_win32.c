/* SPDX-License-Identifier: MIT */
#include "platform/winapi.h"

#include <stdatomic.h>

/* Two threads that look up the same function at once store the same value: no lock is needed. */
struct function {
    const wchar_t *module; /* one that is never unloaded, so that no reference is held */
    const char *name;
    atomic_uintptr_t address; /* 0: not looked up yet */
};

#define ABSENT ((uintptr_t)1)

/* Function pointers pass through this type: GCC lets it be cast to any other without a warning. */
typedef void any_function(void);

static any_function *find(struct function *function)
{
    uintptr_t address = atomic_load_explicit(&function->address, memory_order_relaxed);
    if (address == 0) {
        HMODULE module = GetModuleHandleW(function->module);
        address = module ? (uintptr_t)GetProcAddress(module, function->name) : 0;
        if (address == 0) {
            address = ABSENT;
        }
        atomic_store_explicit(&function->address, address, memory_order_relaxed);
    }
    return address == ABSENT ? NULL : (any_function *)address;
}

bool winapi_tick_count(uint64_t *ms)
{
    static struct function function = {.module = L"kernel32.dll", .name = "GetTickCount64"};
    ULONGLONG(WINAPI * get)(void) = (ULONGLONG(WINAPI *)(void))find(&function);
    if (!get) {
        return false;
    }
    *ms = get();
    return true;
}

void winapi_name_thread(HANDLE thread, const wchar_t *name)
{
    static struct function function = {.module = L"kernel32.dll", .name = "SetThreadDescription"};
    HRESULT(WINAPI * set)
    (HANDLE, PCWSTR) = (HRESULT(WINAPI *)(HANDLE, PCWSTR))find(&function);
    if (set) {
        (void)set(thread, name);
    }
}

bool winapi_rpc_caller(DWORD *process)
{
    static struct function function = {.module = L"rpcrt4.dll",
                                       .name = "I_RpcBindingInqLocalClientPID"};
    LONG(WINAPI * inquire)
    (void *, ULONG *) = (LONG(WINAPI *)(void *, ULONG *))find(&function);
    ULONG id = 0;
    if (!inquire || inquire(NULL, &id) != 0) {
        return false;
    }
    *process = id;
    return true;
}

bool winapi_is_wine(void)
{
    static struct function function = {.module = L"ntdll.dll", .name = "wine_get_version"};
    return find(&function) != NULL;
}
