/* SPDX-License-Identifier: MIT */
#include "journal.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define TICKS_TO_1970 INT64_C(116444736000000000) /* of 100 ns, since 1601 */

static HANDLE file;

bool journal_open(const wchar_t *path)
{
    file = CreateFileW(path, FILE_APPEND_DATA | SYNCHRONIZE, FILE_SHARE_READ, NULL, OPEN_ALWAYS,
                       FILE_ATTRIBUTE_NORMAL, NULL);
    return file != INVALID_HANDLE_VALUE;
}

static int stamp(char *out, size_t size)
{
    FILETIME time;
    GetSystemTimeAsFileTime(&time);
    int64_t ticks = ((int64_t)time.dwHighDateTime << 32 | time.dwLowDateTime) - TICKS_TO_1970;
    return snprintf(out, size, "%lu.%03lu ", (unsigned long)(ticks / 10000000),
                    (unsigned long)(ticks / 10000 % 1000));
}

void journal(const char *format, ...)
{
    char line[1000];
    int length = stamp(line, sizeof line);
    va_list arguments;
    va_start(arguments, format);
    int more = vsnprintf(line + length, sizeof line - (size_t)length - 1, format, arguments);
    va_end(arguments);
    if (more < 0)
        return;
    size_t used = strlen(line);
    line[used++] = '\n';
    DWORD written;
    WriteFile(file, line, (DWORD)used, &written, NULL);
}

struct guid_name guid_name(const GUID *id)
{
    wchar_t wide[40] = L"";
    struct guid_name name = {""};
    StringFromGUID2(id, wide, 40);
    for (int i = 0; i < 39; i++)
        name.text[i] = (char)wide[i];
    return name;
}
