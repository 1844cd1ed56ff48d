/* SPDX-License-Identifier: MIT */
#include "platform/path.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "platform/text.h"

/* CreateDirectory stops 12 characters before MAX_PATH, so that a file of 8.3 still fits in. */
#define SHORT_PATH (MAX_PATH - 12)

static bool names_device(const wchar_t *path)
{
    return wcsncmp(path, L"\\\\.\\", 4) == 0 || wcsncmp(path, L"\\\\?\\", 4) == 0;
}

/* GetFullPathName resolves "..", "/" and trailing dots just as CreateFile would, turns a name like
 * NUL into \\.\NUL, and does not touch the disk. */
static int full_path(const wchar_t *path, wchar_t **out)
{
    DWORD units = GetFullPathNameW(path, 0, NULL, NULL);
    if (units == 0) {
        return (int)GetLastError();
    }
    wchar_t *full = malloc((size_t)units * sizeof(*full));
    if (!full) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    DWORD length = GetFullPathNameW(path, units, full, NULL);
    if (length == 0 || length >= units) {
        /* It grows only if another thread changed the current folder in between. */
        int error = length == 0 ? (int)GetLastError() : ERROR_INVALID_NAME;
        free(full);
        return error;
    }
    *out = full;
    return 0;
}

static int add_prefix(const wchar_t *full, wchar_t **out)
{
    bool unc = full[0] == L'\\' && full[1] == L'\\';
    const wchar_t *prefix = unc ? L"\\\\?\\UNC\\" : L"\\\\?\\";
    const wchar_t *rest = unc ? full + 2 : full;
    size_t head = wcslen(prefix);
    size_t tail = wcslen(rest);
    wchar_t *path = malloc((head + tail + 1) * sizeof(*path));
    if (!path) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    memcpy(path, prefix, head * sizeof(*path));
    memcpy(path + head, rest, (tail + 1) * sizeof(*path));
    *out = path;
    return 0;
}

int path_wide(const char *path, wchar_t **out)
{
    *out = NULL;
    wchar_t *wide = text_utf16(path);
    if (!wide) {
        return (int)GetLastError();
    }
    for (wchar_t *c = wide; *c; c++) {
        if (*c == L'/') {
            *c = L'\\';
        }
    }
    wchar_t *full = NULL;
    int error = wide[0] == 0 || names_device(wide) ? ERROR_INVALID_NAME : full_path(wide, &full);
    free(wide);
    if (error || !full) {
        return error ? error : ERROR_INVALID_NAME; /* the system gave no name and no reason */
    }
    if (names_device(full)) {
        free(full);
        return ERROR_INVALID_NAME;
    }
    if (wcslen(full) < SHORT_PATH) {
        *out = full;
        return 0;
    }
    error = add_prefix(full, out);
    free(full);
    return error;
}
