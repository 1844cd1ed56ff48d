/* SPDX-License-Identifier: MIT */
#include "platform/text.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

/* Windows XP turns lone surrogates into bytes that are not UTF-8 instead of failing (the flag that
 * asks for failure came with Vista), so we look for them ourselves. */
static bool is_whole(const wchar_t *text, size_t units)
{
    for (size_t i = 0; i < units; i++) {
        if (text[i] == 0) {
            return false;
        }
        if (IS_LOW_SURROGATE(text[i])) {
            return false;
        }
        if (IS_HIGH_SURROGATE(text[i])) {
            if (i + 1 == units || !IS_LOW_SURROGATE(text[i + 1])) {
                return false;
            }
            i++;
        }
    }
    return true;
}

char *text_utf8(const wchar_t *text, size_t units)
{
    /* Three bytes are the most that one unit can become. */
    if (units > INT_MAX / 3) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    if (!is_whole(text, units)) {
        SetLastError(ERROR_NO_UNICODE_TRANSLATION);
        return NULL;
    }
    int size = 0;
    if (units > 0) {
        size = WideCharToMultiByte(CP_UTF8, 0, text, (int)units, NULL, 0, NULL, NULL);
        if (size <= 0) {
            SetLastError(ERROR_NO_UNICODE_TRANSLATION);
            return NULL;
        }
    }
    char *out = malloc((size_t)size + 1);
    if (!out) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    if (size > 0) {
        (void)WideCharToMultiByte(CP_UTF8, 0, text, (int)units, out, size, NULL, NULL);
    }
    out[size] = '\0';
    return out;
}

wchar_t *text_utf16(const char *text)
{
    size_t bytes = strlen(text);
    if (bytes >= INT_MAX / sizeof(wchar_t)) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    int units = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, (int)bytes + 1, NULL, 0);
    if (units <= 0) {
        SetLastError(ERROR_NO_UNICODE_TRANSLATION);
        return NULL;
    }
    wchar_t *out = malloc((size_t)units * sizeof(*out));
    if (!out) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    (void)MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, (int)bytes + 1, out, units);
    /* XP takes surrogates that were encoded one by one; nobody else would read them back. */
    if (!is_whole(out, (size_t)units - 1)) {
        free(out);
        SetLastError(ERROR_NO_UNICODE_TRANSLATION);
        return NULL;
    }
    return out;
}
