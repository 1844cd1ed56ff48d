/* SPDX-License-Identifier: MIT */
#include "census.h"

#include "support.h"

#include <stdlib.h>
#include <tlhelp32.h>

#define MOST_HEAPS 64

/* ---- threads ------------------------------------------------------------------------------ */

static bool count_threads(uint64_t *count)
{
    THREADENTRY32 entry = {.dwSize = sizeof entry};
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    if (snapshot == INVALID_HANDLE_VALUE)
        return false;
    *count = 0;
    for (BOOL more = Thread32First(snapshot, &entry); more; more = Thread32Next(snapshot, &entry))
        *count += entry.th32OwnerProcessID == GetCurrentProcessId();
    CloseHandle(snapshot);
    return *count > 0;
}

/* ---- handles ------------------------------------------------------------------------------ */

/* GetProcessHandleCount of Wine 8 always says 0, so the whole system's handles are gone through. */
#define SYSTEM_HANDLES 16
#define TOO_SHORT ((LONG)0xC0000004)

struct handle_entry {
    ULONG process;
    BYTE type, flags;
    USHORT value;
    void *object;
    ULONG access;
};

struct handle_list {
    ULONG count;
    struct handle_entry entries[];
};

typedef LONG(WINAPI *query_system)(ULONG what, void *answer, ULONG size, ULONG *needed);

static query_system find_query(void)
{
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    void (*found)(void) = (void (*)(void))GetProcAddress(ntdll, "NtQuerySystemInformation");
    return (query_system)found;
}

/* malloc'ed; NULL if there is none to be had. */
static struct handle_list *list_handles(void)
{
    query_system query = find_query();
    struct handle_list *list = NULL;
    LONG status = TOO_SHORT;
    for (ULONG size = 1u << 18; query != NULL && status == TOO_SHORT; size *= 2) {
        free(list);
        list = malloc(size);
        status = list != NULL ? query(SYSTEM_HANDLES, list, size, NULL) : -1;
    }
    if (status == 0)
        return list;
    free(list);
    return NULL;
}

static bool count_handles(uint64_t *count)
{
    struct handle_list *list = list_handles();
    if (list == NULL)
        return false;
    *count = 0;
    for (ULONG i = 0; i < list->count; i++)
        *count += list->entries[i].process == GetCurrentProcessId();
    free(list);
    return *count > 0;
}

/* ---- memory ------------------------------------------------------------------------------- */

static bool count_heap(HANDLE heap, struct census *census)
{
    PROCESS_HEAP_ENTRY entry = {.lpData = NULL};
    if (!HeapLock(heap))
        return false;
    while (HeapWalk(heap, &entry)) {
        if ((entry.wFlags & PROCESS_HEAP_ENTRY_BUSY) == 0)
            continue;
        census->blocks++;
        census->bytes += entry.cbData;
    }
    bool all = GetLastError() == ERROR_NO_MORE_ITEMS;
    HeapUnlock(heap);
    return all;
}

/* The C library's memory is on one of the heaps, as is COM's. */
static bool count_memory(struct census *census)
{
    HANDLE heaps[MOST_HEAPS];
    DWORD count = GetProcessHeaps(MOST_HEAPS, heaps);
    bool all = count > 0 && count <= MOST_HEAPS;
    for (DWORD i = 0; all && i < count; i++)
        all = count_heap(heaps[i], census);
    return all;
}

/* No header declares it. */
void census_without_caches(void)
{
    HMODULE oleaut32 = GetModuleHandleW(L"oleaut32.dll");
    void (*found)(void) = (void (*)(void))GetProcAddress(oleaut32, "SetOaNoCache");
    if (found != NULL)
        ((void(WINAPI *)(void))found)();
}

bool census_take(struct census *census)
{
    *census = (struct census){.threads = 0};
    return count_threads(&census->threads) && count_handles(&census->handles) &&
           count_memory(census);
}

bool census_has_not_grown(const char *what, const struct census *earlier,
                          const struct census *later, const struct census *chance)
{
    if (later->threads <= earlier->threads + chance->threads &&
        later->handles <= earlier->handles + chance->handles &&
        later->blocks <= earlier->blocks + chance->blocks &&
        later->bytes <= earlier->bytes + chance->bytes)
        return true;
    print_error("%s: threads %u -> %u, handles %u -> %u, blocks %u -> %u, bytes %u -> %u\n", what,
                (unsigned)earlier->threads, (unsigned)later->threads, (unsigned)earlier->handles,
                (unsigned)later->handles, (unsigned)earlier->blocks, (unsigned)later->blocks,
                (unsigned)earlier->bytes, (unsigned)later->bytes);
    return false;
}
