/* SPDX-License-Identifier: MIT */
/* Functions that Windows XP lacks. winapi_win32.c looks them up; nobody else calls
 * GetProcAddress. */
#ifndef QMGR_PLATFORM_WINAPI_H
#define QMGR_PLATFORM_WINAPI_H

#include <stdbool.h>
#include <stdint.h>
#include <windows.h>

/* GetTickCount64 (Vista). False where it is absent. */
bool winapi_tick_count(uint64_t *ms);
/* SetThreadDescription (Windows 10). Does nothing where it is absent. */
void winapi_name_thread(HANDLE thread, const wchar_t *name);
/* The process that makes the remote procedure call that this thread serves (I_RpcBindingInqLocalClientPID, which older
 * versions of Wine lack). False if the thread serves none, or that cannot be told. */
bool winapi_rpc_caller(DWORD *process);
/* Is this Wine, whatever version of Windows it says it is? Wine's ntdll exports its own version. */
bool winapi_is_wine(void);

#endif
