/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "com/host.h"
#include "platform/text.h"

#define HOME L"QMGRPRXY_HOME="
#define LOG L"QMGRPRXY_LOG="
#define PATH_ROOM 32768 /* more than any path needs */

static bool begins(const wchar_t *entry, const wchar_t *prefix)
{
    return _wcsnicmp(entry, prefix, wcslen(prefix)) == 0;
}

static size_t room_for(const wchar_t *entries, const wchar_t *home)
{
    size_t room = wcslen(HOME) + wcslen(home) + 2;
    for (const wchar_t *entry = entries; *entry; entry += wcslen(entry) + 1)
        room += wcslen(entry) + 1 + (begins(entry, LOG) ? PATH_ROOM : 0);
    return room;
}

/* These return where the next entry goes. */

static wchar_t *copy(wchar_t *to, const wchar_t *entry)
{
    wcscpy(to, entry);
    return to + wcslen(to) + 1;
}

/* An empty value and "-" are no paths. */
static wchar_t *copy_log(wchar_t *to, const wchar_t *entry)
{
    const size_t prefix = wcslen(LOG);
    const wchar_t *value = entry + prefix;
    wcscpy(to, entry);
    if (*value && wcscmp(value, L"-") != 0) {
        DWORD length = GetFullPathNameW(value, PATH_ROOM, to + prefix, NULL);
        if (length == 0 || length >= PATH_ROOM)
            wcscpy(to + prefix, value);
    }
    return to + wcslen(to) + 1;
}

static wchar_t *put_home(wchar_t *to, const wchar_t *home)
{
    wcscpy(to, HOME);
    wcscat(to, home);
    return to + wcslen(to) + 1;
}

/* Windows keeps the entries in the order of their names. */
static void fill(wchar_t *to, const wchar_t *entries, const wchar_t *home)
{
    bool has_home = false;
    for (const wchar_t *entry = entries; *entry; entry += wcslen(entry) + 1) {
        if (begins(entry, HOME))
            continue;
        if (!has_home && _wcsicmp(entry, HOME) > 0) {
            to = put_home(to, home);
            has_home = true;
        }
        to = begins(entry, LOG) ? copy_log(to, entry) : copy(to, entry);
    }
    if (!has_home)
        to = put_home(to, home);
    *to = 0;
}

wchar_t *host_environment(const char *home)
{
    wchar_t *wide = text_utf16(home);
    wchar_t *entries = wide ? GetEnvironmentStringsW() : NULL;
    wchar_t *block = entries ? malloc(room_for(entries, wide) * sizeof *block) : NULL;
    if (block)
        fill(block, entries, wide);
    if (entries)
        FreeEnvironmentStringsW(entries);
    free(wide);
    return block;
}
