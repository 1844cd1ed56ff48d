/* SPDX-License-Identifier: MIT */
/* Private to the Windows side of the platform. */
#ifndef QMGR_PLATFORM_PATH_H
#define QMGR_PLATFORM_PATH_H

#include <wchar.h>

/* The path in the form that the system's functions take at any length: whole, and with the \\?\
 * prefix where it is long. 0 and a malloc'ed *out, or a system error and NULL. A path that names a
 * device (C:\x\NUL, \\.\COM1) or has a \\?\ prefix already gives ERROR_INVALID_NAME. */
int path_wide(const char *path, wchar_t **out);

#endif
