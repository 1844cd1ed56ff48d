/* SPDX-License-Identifier: MIT */
#include "hosts.h"

#include <wchar.h>

#include <tlhelp32.h>

static bool is_alive(DWORD id)
{
    HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, id);
    bool alive = process != NULL && WaitForSingleObject(process, 0) == WAIT_TIMEOUT;
    if (process != NULL)
        CloseHandle(process);
    return alive;
}

struct hosts hosts(void)
{
    struct hosts found = {0, {0}};
    PROCESSENTRY32W entry = {.dwSize = sizeof entry};
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    assert_true(snapshot != INVALID_HANDLE_VALUE);
    for (BOOL more = Process32FirstW(snapshot, &entry); more && found.count < MOST_HOSTS;
         more = Process32NextW(snapshot, &entry)) {
        if (_wcsicmp(entry.szExeFile, L"rundll32.exe") == 0 && is_alive(entry.th32ProcessID))
            found.ids[found.count++] = entry.th32ProcessID;
    }
    CloseHandle(snapshot);
    return found;
}

/* A process that waits for another host's claim goes after a few seconds. */
static bool there_is_one_host(void *context)
{
    (void)context;
    return hosts().count == 1;
}

HANDLE the_host(void)
{
    assert_true(wait_until(there_is_one_host, NULL));
    HANDLE process = OpenProcess(SYNCHRONIZE | PROCESS_TERMINATE, FALSE, hosts().ids[0]);
    assert_non_null(process);
    return process;
}

int end_hosts(void)
{
    struct hosts found = hosts();
    for (unsigned i = 0; i < found.count; i++) {
        HANDLE process = OpenProcess(SYNCHRONIZE | PROCESS_TERMINATE, FALSE, found.ids[i]);
        if (process == NULL)
            continue;
        TerminateProcess(process, 1);
        WaitForSingleObject(process, LONG_ENOUGH_MS);
        CloseHandle(process);
    }
    return 0;
}
