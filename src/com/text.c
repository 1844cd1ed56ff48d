/* SPDX-License-Identifier: MIT */
#include "com/text.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool is_high(wchar_t c)
{
    return c >= 0xD800 && c <= 0xDBFF;
}

static bool is_low(wchar_t c)
{
    return c >= 0xDC00 && c <= 0xDFFF;
}

/* WideCharToMultiByte of Windows XP cannot be told to refuse lone surrogates, hence this check. */
static bool well_formed(const wchar_t *wide, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (wide[i] == 0 || is_low(wide[i]))
            return false;
        if (is_high(wide[i])) {
            if (i + 1 == length || !is_low(wide[i + 1]))
                return false;
            i++;
        }
    }
    return true;
}

enum fault text_from_wide(const wchar_t *wide, size_t length, char **utf8)
{
    *utf8 = NULL;
    if (length > INT_MAX / 4 || !well_formed(wide, length))
        return FAULT_ARGUMENT;
    size_t size = length * 3; /* no UTF-16 character needs more than three bytes each */
    char *text = malloc(size + 1);
    if (!text)
        return FAULT_MEMORY;
    int written = 0;
    if (length > 0) {
        written = WideCharToMultiByte(CP_UTF8, 0, wide, (int)length, text, (int)size, NULL, NULL);
        if (written <= 0) {
            free(text);
            return FAULT_ARGUMENT;
        }
    }
    text[written] = 0;
    *utf8 = text;
    return FAULT_NONE;
}

enum fault text_from_bstr(BSTR bstr, size_t limit, char **utf8)
{
    *utf8 = NULL;
    size_t bytes = bstr ? SysStringByteLen(bstr) : 0;
    if (bytes % sizeof *bstr != 0 || bytes / sizeof *bstr > limit)
        return FAULT_ARGUMENT;
    return text_from_wide(bstr, bytes / sizeof *bstr, utf8);
}

BSTR text_to_bstr(const char *utf8)
{
    size_t size = strlen(utf8);
    if (size == 0)
        return SysAllocString(L"");
    if (size > INT_MAX)
        return NULL;
    int length = MultiByteToWideChar(CP_UTF8, 0, utf8, (int)size, NULL, 0);
    BSTR bstr = length > 0 ? SysAllocStringLen(NULL, (UINT)length) : NULL;
    if (bstr)
        MultiByteToWideChar(CP_UTF8, 0, utf8, (int)size, bstr, length);
    return bstr;
}
