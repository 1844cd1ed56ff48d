/* SPDX-License-Identifier: MIT */
/* Functions that Windows XP lacks, or that live in a library which few programs need. winapi_win32.c looks them up;
 * nobody else calls GetProcAddress. */
#ifndef QMGR_PLATFORM_WINAPI_H
#define QMGR_PLATFORM_WINAPI_H

#include <stdbool.h>
#include <stdint.h>
#include <windows.h>
/* after windows.h */
#include <winhttp.h>

/* GetTickCount64 (Vista). False where it is absent. */
bool winapi_tick_count(uint64_t *ms);
/* SetThreadDescription (Windows 10). Does nothing where it is absent. */
void winapi_name_thread(HANDLE thread, const wchar_t *name);
/* The process that makes the remote procedure call that this thread serves (I_RpcBindingInqLocalClientPID, which older
 * versions of Wine lack). False if the thread serves none, or that cannot be told. */
bool winapi_rpc_caller(DWORD *process);
/* NtSetInformationFile, FileAllocationInformation: allocates space for the open file (or gives some back; what lies behind
 * `size` is cut off) without changing its size otherwise. A Win32 error code; ERROR_CALL_NOT_IMPLEMENTED where that
 * is absent. */
DWORD winapi_allocate(HANDLE file, uint64_t size);
/* NtQueryVolumeInformationFile, FileFsFullSizeInformation: bytes that this user may still fill on the volume of the open
 * file. False if that cannot be told. */
bool winapi_free_space(HANDLE file, uint64_t *bytes);
/* Is this Wine, whatever version of Windows it says it is? Wine's ntdll exports its own version. */
bool winapi_is_wine(void);

/* winhttp.dll, loaded when it is first asked for; it then stays. */
struct winapi_http {
    BOOL(WINAPI *get_user_config)(WINHTTP_CURRENT_USER_IE_PROXY_CONFIG *);
    HINTERNET(WINAPI *open)(LPCWSTR, DWORD, LPCWSTR, LPCWSTR, DWORD);
    BOOL(WINAPI *set_timeouts)(HINTERNET, int, int, int, int);
    BOOL(WINAPI *get_proxy)(HINTERNET, LPCWSTR, WINHTTP_AUTOPROXY_OPTIONS *, WINHTTP_PROXY_INFO *);
    BOOL(WINAPI *close)(HINTERNET);
};
/* False if it is absent, or lacks one of them. */
bool winapi_http(struct winapi_http *http);

#endif
