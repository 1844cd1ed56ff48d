/* SPDX-License-Identifier: MIT */
/* The Windows side of file_reserve. */
#ifndef QMGR_PLATFORM_RESERVE_WIN32_H
#define QMGR_PLATFORM_RESERVE_WIN32_H

#include <stdint.h>
#include <windows.h>

#ifndef ERROR_DISK_QUOTA_EXCEEDED /* MinGW's winerror.h leaves it out */
#define ERROR_DISK_QUOTA_EXCEEDED 1295L
#endif

/* As file_reserve says (platform.h), for an open file that may be written to. */
DWORD reserve_space(HANDLE file, uint64_t size);

#endif
