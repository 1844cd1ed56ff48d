/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <wchar.h>

#include "com/host.h"

#define PATH_ROOM 32768 /* more than any path needs */

/* The length of "NAME=" if the entry is one of the variables that hold a path, else 0. */
static size_t path_prefix(const wchar_t *entry)
{
    static const wchar_t *const prefixes[] = {L"QMGRPRXY_HOME=", L"QMGRPRXY_LOG="};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        size_t length = wcslen(prefixes[i]);
        if (_wcsnicmp(entry, prefixes[i], length) == 0)
            return length;
    }
    return 0;
}

static size_t room_for(const wchar_t *entries)
{
    size_t room = 1;
    for (const wchar_t *entry = entries; *entry; entry += wcslen(entry) + 1)
        room += wcslen(entry) + 1 + (path_prefix(entry) ? PATH_ROOM : 0);
    return room;
}

/* Returns the length of what was copied. An empty value and "-" are no paths. */
static size_t copy(wchar_t *to, const wchar_t *entry)
{
    size_t prefix = path_prefix(entry);
    const wchar_t *value = entry + prefix;
    wcscpy(to, entry);
    if (prefix > 0 && *value && wcscmp(value, L"-") != 0) {
        DWORD length = GetFullPathNameW(value, PATH_ROOM, to + prefix, NULL);
        if (length == 0 || length >= PATH_ROOM)
            wcscpy(to + prefix, value);
    }
    return wcslen(to);
}

wchar_t *host_environment(void)
{
    wchar_t *entries = GetEnvironmentStringsW();
    if (!entries)
        return NULL;
    wchar_t *block = malloc(room_for(entries) * sizeof *block);
    if (block) {
        wchar_t *to = block;
        for (const wchar_t *entry = entries; *entry; entry += wcslen(entry) + 1)
            to += copy(to, entry) + 1;
        *to = 0;
    }
    FreeEnvironmentStringsW(entries);
    return block;
}
