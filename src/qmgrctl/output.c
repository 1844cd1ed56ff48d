/* SPDX-License-Identifier: MIT */
#include "qmgrctl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* A pipe or file, which a reader takes for UTF-8. What cannot be written cannot be reported either. */
static void write_utf8(HANDLE to, const wchar_t *text, int length)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, text, length, NULL, 0, NULL, NULL);
    char *bytes = size > 0 ? malloc((size_t)size) : NULL;
    if (bytes == NULL)
        return;
    WideCharToMultiByte(CP_UTF8, 0, text, length, bytes, size, NULL, NULL);
    DWORD written = 0;
    for (DWORD at = 0; at < (DWORD)size; at += written) {
        if (!WriteFile(to, bytes + at, (DWORD)size - at, &written, NULL) || written == 0)
            break;
    }
    free(bytes);
}

static void write_text(DWORD stream, const wchar_t *text, int length)
{
    HANDLE to = GetStdHandle(stream);
    DWORD mode, written;
    if (to == NULL || to == INVALID_HANDLE_VALUE || length <= 0)
        return;
    if (GetConsoleMode(to, &mode))
        WriteConsoleW(to, text, (DWORD)length, &written, NULL);
    else
        write_utf8(to, text, length);
}

static void write_formatted(DWORD stream, const wchar_t *format, va_list arguments)
{
    /* msvcrt does not tell how much room it wants: try with more. */
    for (size_t room = 512; room <= 65536; room *= 2) {
        wchar_t *text = malloc(room * sizeof *text);
        if (text == NULL)
            return;
        va_list copy;
        va_copy(copy, arguments);
        int length = _vsnwprintf(text, room, format, copy);
        va_end(copy);
        if (length >= 0)
            write_text(stream, text, length);
        free(text);
        if (length >= 0)
            return;
    }
}

void say(const wchar_t *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_formatted(STD_OUTPUT_HANDLE, format, arguments);
    va_end(arguments);
}

void complain(const wchar_t *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_formatted(STD_ERROR_HANDLE, format, arguments);
    va_end(arguments);
}

bool error_output_is_console(void)
{
    DWORD mode;
    HANDLE to = GetStdHandle(STD_ERROR_HANDLE);
    return to != NULL && to != INVALID_HANDLE_VALUE && GetConsoleMode(to, &mode);
}
