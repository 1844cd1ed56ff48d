/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "platform/log_sink.h"
#include "platform/path.h"

#define MUTEX_PATIENCE_MS 2000

struct log_sink {
    wchar_t *path, *old; /* NULL: standard error */
    uint64_t most;
    HANDLE mutex;          /* of all processes of the session; NULL if there is none to be had */
    volatile LONG hurries; /* somebody holds the mutex for good: do not wait for it */
    volatile LONG known;   /* the file was looked at: it is a log */
};

struct log_sink *log_sink_new(const char *path, uint64_t most)
{
    struct log_sink *sink = calloc(1, sizeof(*sink));
    if (!sink) {
        return NULL;
    }
    sink->most = most;
    /* Windows appends in one step, Wine looks for the end first and so loses lines. */
    sink->mutex = CreateMutexW(NULL, FALSE, L"Local\\QmgrPrxyLog");
    if (strcmp(path, "-") == 0) {
        return sink;
    }
    char *old = malloc(strlen(path) + sizeof LOG_OLD);
    bool named = false;
    if (old) {
        strcpy(old, path);
        strcat(old, LOG_OLD);
        named = path_wide(path, &sink->path) == 0 && path_wide(old, &sink->old) == 0;
    }
    free(old);
    if (!named) {
        log_sink_free(sink);
        return NULL;
    }
    return sink;
}

void log_sink_free(struct log_sink *sink)
{
    if (sink->mutex) {
        CloseHandle(sink->mutex);
    }
    free(sink->path);
    free(sink->old);
    free(sink);
}

/* ---- the file ------------------------------------------------------------------------------ */

/* Append access without write access: each write goes to the end, wherever that is by then. Should the
 * name be that of a pipe, its other end must not be able to act in our name. */
static HANDLE open_file(const struct log_sink *sink)
{
    HANDLE file = CreateFileW(
        sink->path, FILE_APPEND_DATA | FILE_READ_DATA | FILE_READ_ATTRIBUTES | SYNCHRONIZE,
        FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_ALWAYS,
        FILE_ATTRIBUTE_NORMAL | SECURITY_SQOS_PRESENT | SECURITY_ANONYMOUS, NULL);
    if (file != INVALID_HANDLE_VALUE && GetFileType(file) != FILE_TYPE_DISK) {
        CloseHandle(file);
        file = INVALID_HANDLE_VALUE;
    }
    return file;
}

/* Anything may have been named by mistake: it is neither added to nor renamed. */
static bool is_log(struct log_sink *sink, HANDLE file, uint64_t size)
{
    char beginning[LOG_STAMP_LEAST];
    DWORD got = 0;
    if (!sink->known && size > 0 &&
        (!ReadFile(file, beginning, sizeof beginning, &got, NULL) ||
         !log_sink_is_stamp(beginning, got))) {
        return false;
    }
    InterlockedExchange(&sink->known, 1);
    return true;
}

/* The file with room for that many bytes. */
static HANDLE open_with_room(struct log_sink *sink, size_t size, bool may_rename)
{
    LARGE_INTEGER present = {0};
    HANDLE file = open_file(sink);
    if (file == INVALID_HANDLE_VALUE) {
        return file;
    }
    bool good = GetFileSizeEx(file, &present) && is_log(sink, file, (uint64_t)present.QuadPart);
    uint64_t wanted = (uint64_t)present.QuadPart + size;
    if (good && (wanted <= sink->most || present.QuadPart == 0)) {
        return file;
    }
    if (good && may_rename && MoveFileExW(sink->path, sink->old, MOVEFILE_REPLACE_EXISTING)) {
        CloseHandle(file);
        return open_with_room(sink, size, false);
    }
    if (good && wanted <= 2 * sink->most) {
        return file;
    }
    CloseHandle(file);
    return INVALID_HANDLE_VALUE;
}

static bool append(struct log_sink *sink, const char *line, size_t size)
{
    DWORD written = 0;
    HANDLE file = sink->path ? open_with_room(sink, size, true) : GetStdHandle(STD_ERROR_HANDLE);
    if (!file || file == INVALID_HANDLE_VALUE) {
        return false;
    }
    bool whole = WriteFile(file, line, (DWORD)size, &written, NULL) && written == size;
    if (sink->path) {
        CloseHandle(file);
    }
    return whole;
}

bool log_sink_write(struct log_sink *sink, const char *line, size_t size)
{
    /* Whoever holds it that long is stopped, in a debugger perhaps: we go on without. */
    DWORD patience = sink->hurries ? 0 : MUTEX_PATIENCE_MS;
    DWORD result = sink->mutex ? WaitForSingleObject(sink->mutex, patience) : WAIT_FAILED;
    bool holds = result == WAIT_OBJECT_0 || result == WAIT_ABANDONED;
    InterlockedExchange(&sink->hurries, result == WAIT_TIMEOUT);
    bool written = append(sink, line, size);
    if (holds) {
        ReleaseMutex(sink->mutex);
    }
    return written;
}

void log_sink_complain(const char *text)
{
    OutputDebugStringA(text);
}

size_t log_sink_stamp(char *out, size_t size)
{
    SYSTEMTIME t;
    GetSystemTime(&t);
    int length =
        snprintf(out, size, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ %lu.%lu ", t.wYear, t.wMonth,
                 t.wDay, t.wHour, t.wMinute, t.wSecond, t.wMilliseconds,
                 (unsigned long)GetCurrentProcessId(), (unsigned long)GetCurrentThreadId());
    return length > 0 && (size_t)length < size ? (size_t)length : 0;
}
