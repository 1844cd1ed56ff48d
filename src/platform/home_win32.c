/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <windows.h>
/* after windows.h */
#include <shlobj.h>

#include "platform/platform.h"
#include "platform/text.h"

/* NULL if the variable is not set, or out of memory. */
static wchar_t *environment(const wchar_t *name)
{
    DWORD units = GetEnvironmentVariableW(name, NULL, 0);
    while (units > 0) {
        wchar_t *value = malloc((size_t)units * sizeof(*value));
        if (!value) {
            return NULL;
        }
        SetLastError(ERROR_SUCCESS);
        DWORD length = GetEnvironmentVariableW(name, value, units);
        if (length < units && (length > 0 || GetLastError() == ERROR_SUCCESS)) {
            return value;
        }
        /* Another thread has set or removed it in between. */
        free(value);
        units = length;
    }
    return NULL;
}

char *platform_env(const char *name)
{
    wchar_t *wide = text_utf16(name);
    if (!wide) {
        return NULL;
    }
    wchar_t *value = environment(wide);
    free(wide);
    char *out = value ? text_utf8(value, wcslen(value)) : NULL;
    free(value);
    return out;
}

/* The header of some tool chains hides these from programs for XP. XP answers with an error, and
 * has no elevation. */
static bool is_elevated(void)
{
    HANDLE token;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) {
        return false;
    }
    const TOKEN_INFORMATION_CLASS token_elevation = (TOKEN_INFORMATION_CLASS)20;
    DWORD elevated = 0;
    DWORD size = 0;
    if (!GetTokenInformation(token, token_elevation, &elevated, sizeof(elevated), &size)) {
        elevated = 0;
    }
    CloseHandle(token);
    return elevated != 0;
}

/* Text below COM names absolute paths only; the variable may hold another. */
static char *absolute(const char *path)
{
    wchar_t *wide = text_utf16(path);
    if (!wide) {
        return NULL;
    }
    char *out = NULL;
    DWORD units = GetFullPathNameW(wide, 0, NULL, NULL);
    wchar_t *full = units > 0 ? malloc((size_t)units * sizeof(*full)) : NULL;
    if (full) {
        DWORD length = GetFullPathNameW(wide, units, full, NULL);
        if (length > 0 && length < units) {
            out = text_utf8(full, length);
        }
    }
    free(full);
    free(wide);
    return out;
}

char *platform_home(void)
{
    char *named = platform_env("QMGRPRXY_HOME");
    if (named && named[0] != '\0') {
        char *home = absolute(named);
        free(named);
        return home;
    }
    free(named);
    return platform_usual_home();
}

char *platform_usual_home(void)
{
    wchar_t wide[MAX_PATH];
    if (SHGetFolderPathW(NULL, CSIDL_LOCAL_APPDATA | CSIDL_FLAG_CREATE, NULL, 0, wide) != S_OK) {
        return NULL;
    }
    char *data = text_utf8(wide, wcslen(wide));
    if (!data) {
        return NULL;
    }
    char *home = path_join(data, is_elevated() ? "QmgrPrxy\\Queue-elevated" : "QmgrPrxy\\Queue");
    free(data);
    return home;
}
