/* SPDX-License-Identifier: MIT */
/* Is this a local name that AddFiles accepts? qmgr.md 3.6, Q4, Q7, Q28. */
#ifndef QMGR_COM_PATH_CHECK_H
#define QMGR_COM_PATH_CHECK_H

#include <windows.h>
#include <ole2.h>

#include "platform/fault.h"

#define LOCAL_NAME_MOST 260 /* MAX_PATH, terminator not counted */

/* Takes `X:\folder\file` and `\\server\share\file`. "/" is taken for "\", and "." and ".." are
 * resolved, as Windows does; *path (malloc'ed, UTF-8, NULL on a fault) is the result, which is
 * the same as the name as given when that had none of these. FAULT_ARGUMENT for everything else:
 * relative names, \\?\ and \\.\ prefixes, devices, streams, wildcards, characters that no file
 * name may have, trailing blanks and dots, a name that ends in a separator or is a folder.
 * Whether the file's folder exists and may be written to is not looked at here. FAULT_MEMORY. */
enum fault path_check(BSTR name, char **path);

#endif
