/* SPDX-License-Identifier: MIT */
/* The Windows side of file_reserve. */
#ifndef QMGR_PLATFORM_RESERVE_WIN32_H
#define QMGR_PLATFORM_RESERVE_WIN32_H

#include <stdint.h>
#include <windows.h>

/* As file_reserve says (platform.h), for an open file that may be written to. */
DWORD reserve_space(HANDLE file, uint64_t size);

#endif
