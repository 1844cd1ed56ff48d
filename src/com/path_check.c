/* SPDX-License-Identifier: MIT */
#include "com/path_check.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "com/text.h"
#include "platform/platform.h"

#define PART_MOST 255 /* between separators: no file system of Windows takes more */

static bool is_letter(wchar_t c)
{
    return (c >= L'A' && c <= L'Z') || (c >= L'a' && c <= L'z');
}

static wchar_t upper(wchar_t c)
{
    return c >= L'a' && c <= L'z' ? (wchar_t)(c - L'a' + L'A') : c;
}

static bool same_word(const wchar_t *text, size_t length, const wchar_t *word)
{
    if (wcslen(word) != length)
        return false;
    for (size_t i = 0; i < length; i++)
        if (upper(text[i]) != word[i])
            return false;
    return true;
}

/* The digits that COM and LPT go with; the raised ones count too. */
static bool is_port_digit(wchar_t c)
{
    return (c >= L'1' && c <= L'9') || c == 0xB9 || c == 0xB2 || c == 0xB3;
}

/* Windows opens the device whatever extension follows its name, and in whatever folder it
 * stands. */
static bool is_device(const wchar_t *part, size_t length)
{
    static const wchar_t *const words[] = {L"CON",    L"PRN",     L"AUX",   L"NUL",
                                           L"CONIN$", L"CONOUT$", L"CLOCK$"};
    size_t base = 0;
    while (base < length && part[base] != L'.')
        base++;
    while (base > 0 && part[base - 1] == L' ')
        base--;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (same_word(part, base, words[i]))
            return true;
    return base == 4 && is_port_digit(part[3]) &&
           (same_word(part, 3, L"COM") || same_word(part, 3, L"LPT"));
}

static bool is_dots(const wchar_t *part, size_t length)
{
    return (length == 1 && part[0] == L'.') || (length == 2 && part[0] == L'.' && part[1] == L'.');
}

/* One name between separators. */
static bool part_is_valid(const wchar_t *part, size_t length)
{
    if (length == 0 || length > PART_MOST || part[length - 1] == L' ' || part[length - 1] == L'.')
        return false;
    for (size_t i = 0; i < length; i++)
        if (part[i] < 32 || wcschr(L"<>:\"|?*", part[i]))
            return false;
    return !is_device(part, length);
}

static size_t part_length(const wchar_t *text)
{
    return wcscspn(text, L"\\");
}

/* "X:\" or "\\server\share\": what comes behind it, or NULL if the name begins otherwise. The
 * prefixes \\?\ and \\.\ are servers with impossible names. */
static const wchar_t *behind_root(const wchar_t *name)
{
    if (is_letter(name[0]) && name[1] == L':' && name[2] == L'\\')
        return name + 3;
    if (name[0] != L'\\' || name[1] != L'\\')
        return NULL;
    const wchar_t *at = name + 2;
    for (int i = 0; i < 2; i++) {
        size_t length = part_length(at);
        if (!part_is_valid(at, length) || at[length] != L'\\')
            return NULL;
        at += length + 1;
    }
    return at;
}

/* Each part of the name; dots and doubled separators are left for GetFullPathName if `raw`. */
static bool parts_are_valid(const wchar_t *at, bool raw)
{
    for (;;) {
        size_t length = part_length(at);
        bool last = at[length] == 0;
        bool resolved = raw && !last && (length == 0 || is_dots(at, length));
        if (!resolved && !part_is_valid(at, length))
            return false;
        if (last)
            return true;
        at += length + 1;
    }
}

static bool is_valid(const wchar_t *name, bool raw)
{
    const wchar_t *rest = behind_root(name);
    return rest && parts_are_valid(rest, raw);
}

enum fault path_check(BSTR name, char **path)
{
    *path = NULL;
    UINT length = name ? SysStringLen(name) : 0;
    if (length == 0 || length > LOCAL_NAME_MOST || SysStringByteLen(name) % sizeof *name != 0 ||
        wcslen(name) != length)
        return FAULT_ARGUMENT;
    wchar_t given[LOCAL_NAME_MOST + 1] = {0}, full[LOCAL_NAME_MOST + 1] = {0};
    for (UINT i = 0; i <= length; i++)
        given[i] = name[i] == L'/' ? L'\\' : name[i];
    if (!is_valid(given, true))
        return FAULT_ARGUMENT;
    DWORD size = GetFullPathNameW(given, LOCAL_NAME_MOST + 1, full, NULL);
    if (size == 0 || size > LOCAL_NAME_MOST || !is_valid(full, false))
        return FAULT_ARGUMENT;
    enum fault fault = text_from_wide(full, size, path);
    if (fault == FAULT_NONE && folder_exists(*path)) {
        free(*path);
        *path = NULL;
        fault = FAULT_ARGUMENT;
    }
    return fault;
}
