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
/* Is this Wine, whatever version of Windows it says it is? Wine's ntdll exports its own version. */
bool winapi_is_wine(void);

#endif
