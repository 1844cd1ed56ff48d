/* SPDX-License-Identifier: MIT */
#include "platform/winapi.h"

#include <stdatomic.h>

/* Two threads that look up the same function at once store the same value: no lock is needed. */
struct function {
    const wchar_t
        *module; /* one that is never unloaded, or else loaded for good by its first user */
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

/* ntdll's own structures and numbers, which are the same in all versions (ntifs.h). */
struct io_status {
    union {
        LONG status;
        void *pointer;
    } u;
    ULONG_PTR information;
};
struct full_size {
    LARGE_INTEGER total, free_to_caller, free; /* in units */
    ULONG sectors_in_unit, bytes_in_sector;
};
enum { FILE_ALLOCATION_INFORMATION = 19, FS_FULL_SIZE_INFORMATION = 7 };
typedef LONG(NTAPI *information_function)(HANDLE, struct io_status *, void *, ULONG, int);

DWORD winapi_allocate(HANDLE file, uint64_t size)
{
    static struct function setter = {.module = L"ntdll.dll", .name = "NtSetInformationFile"};
    static struct function meaning = {.module = L"ntdll.dll", .name = "RtlNtStatusToDosError"};
    information_function set = (information_function)find(&setter);
    ULONG(NTAPI * to_win32)(LONG) = (ULONG(NTAPI *)(LONG))find(&meaning);
    if (!set || !to_win32) {
        return ERROR_CALL_NOT_IMPLEMENTED;
    }
    LARGE_INTEGER allocation;
    struct io_status io = {{0}, 0};
    allocation.QuadPart = (LONGLONG)size;
    LONG status = set(file, &io, &allocation, sizeof allocation, FILE_ALLOCATION_INFORMATION);
    return status < 0 ? to_win32(status) : ERROR_SUCCESS;
}

bool winapi_free_space(HANDLE file, uint64_t *bytes)
{
    static struct function function = {.module = L"ntdll.dll",
                                       .name = "NtQueryVolumeInformationFile"};
    information_function ask = (information_function)find(&function);
    struct io_status io = {{0}, 0};
    struct full_size found = {0};
    if (!ask || ask(file, &io, &found, sizeof found, FS_FULL_SIZE_INFORMATION) < 0 ||
        found.free_to_caller.QuadPart < 0) {
        return false;
    }
    uint64_t unit = (uint64_t)found.sectors_in_unit * found.bytes_in_sector;
    uint64_t units = (uint64_t)found.free_to_caller.QuadPart;
    *bytes = unit > 0 && units > UINT64_MAX / unit ? UINT64_MAX : units * unit;
    return unit > 0;
}

bool winapi_is_wine(void)
{
    static struct function function = {.module = L"ntdll.dll", .name = "wine_get_version"};
    return find(&function) != NULL;
}

/* By its full path: a file of that name beside the program is not the system's. */
static bool load_from_system(const wchar_t *name)
{
    wchar_t path[MAX_PATH];
    UINT length = GetSystemDirectoryW(path, MAX_PATH);
    if (length == 0 || length + wcslen(name) + 2 > MAX_PATH) {
        return false;
    }
    path[length] = L'\\';
    wcscpy(path + length + 1, name);
    return LoadLibraryW(path) != NULL;
}

#define WINHTTP L"winhttp.dll"

bool winapi_http(struct winapi_http *http)
{
    static struct function get_user_config = {.module = WINHTTP,
                                              .name = "WinHttpGetIEProxyConfigForCurrentUser"};
    static struct function open = {.module = WINHTTP, .name = "WinHttpOpen"};
    static struct function set_timeouts = {.module = WINHTTP, .name = "WinHttpSetTimeouts"};
    static struct function get_proxy = {.module = WINHTTP, .name = "WinHttpGetProxyForUrl"};
    static struct function close = {.module = WINHTTP, .name = "WinHttpCloseHandle"};
    static atomic_int loaded; /* 1: yes, -1: there is none */
    if (atomic_load(&loaded) == 0) {
        atomic_store(&loaded, load_from_system(WINHTTP) ? 1 : -1);
    }
    if (atomic_load(&loaded) < 0) {
        return false;
    }
    http->get_user_config =
        (BOOL(WINAPI *)(WINHTTP_CURRENT_USER_IE_PROXY_CONFIG *))find(&get_user_config);
    http->open = (HINTERNET(WINAPI *)(LPCWSTR, DWORD, LPCWSTR, LPCWSTR, DWORD))find(&open);
    http->set_timeouts = (BOOL(WINAPI *)(HINTERNET, int, int, int, int))find(&set_timeouts);
    http->get_proxy = (BOOL(WINAPI *)(HINTERNET, LPCWSTR, WINHTTP_AUTOPROXY_OPTIONS *,
                                      WINHTTP_PROXY_INFO *))find(&get_proxy);
    http->close = (BOOL(WINAPI *)(HINTERNET))find(&close);
    return http->get_user_config && http->open && http->set_timeouts && http->get_proxy &&
           http->close;
}
