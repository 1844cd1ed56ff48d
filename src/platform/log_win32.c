/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "platform/log_sink.h"
#include "platform/path.h"

#define MUTEX_PATIENCE_MS 5000

struct log_sink {
    HANDLE handle;
    bool ours;    /* standard error is not ours to close */
    HANDLE mutex; /* of all processes of the session; NULL if there is none to be had */
};

struct log_sink *log_sink_open(const char *path)
{
    struct log_sink *sink = calloc(1, sizeof(*sink));
    if (!sink) {
        return NULL;
    }
    wchar_t *wide = NULL;
    if (strcmp(path, "-") == 0) {
        sink->handle = GetStdHandle(STD_ERROR_HANDLE);
    } else if (path_wide(path, &wide) == 0) {
        /* Append access without write access: each write goes to the end, wherever that is by
         * then. */
        sink->handle = CreateFileW(wide, FILE_APPEND_DATA | SYNCHRONIZE,
                                   FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                                   OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
        sink->ours = true;
        free(wide);
    }
    if (!sink->handle || sink->handle == INVALID_HANDLE_VALUE) {
        free(sink);
        return NULL;
    }
    /* Windows appends in one step, Wine looks for the end first and so loses lines. */
    sink->mutex = CreateMutexW(NULL, FALSE, L"Local\\QmgrPrxyLog");
    return sink;
}

void log_sink_close(struct log_sink *sink)
{
    if (sink->ours) {
        CloseHandle(sink->handle);
    }
    if (sink->mutex) {
        CloseHandle(sink->mutex);
    }
    free(sink);
}

void log_sink_write(struct log_sink *sink, const char *text, size_t size)
{
    DWORD written;
    /* Whoever holds it that long is stopped, in a debugger perhaps: we go on without. */
    DWORD result = sink->mutex ? WaitForSingleObject(sink->mutex, MUTEX_PATIENCE_MS) : WAIT_FAILED;
    (void)WriteFile(sink->handle, text, (DWORD)size, &written, NULL);
    if (result == WAIT_OBJECT_0 || result == WAIT_ABANDONED) {
        ReleaseMutex(sink->mutex);
    }
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
