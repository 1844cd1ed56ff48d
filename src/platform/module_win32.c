/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <windows.h>

#include "platform/platform.h"
#include "platform/text.h"

#define PATH_UNITS 32768u

char *platform_beside_module(const char *name)
{
    HMODULE module;
    if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS |
                                GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                            (const wchar_t *)(uintptr_t)platform_beside_module, &module)) {
        return NULL;
    }
    wchar_t *wide = calloc(PATH_UNITS, sizeof *wide);
    DWORD units = wide ? GetModuleFileNameW(module, wide, PATH_UNITS) : 0;
    char *own = units > 0 && units < PATH_UNITS ? text_utf8(wide, units) : NULL;
    free(wide);
    char *folder = own ? path_folder(own) : NULL;
    char *path = folder ? path_join(folder, name) : NULL;
    free(own);
    free(folder);
    return path;
}
