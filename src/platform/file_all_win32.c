/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <windows.h>

#include "platform/path.h"
#include "platform/platform.h"

static int read_handle(HANDLE file, size_t most, struct blob *out)
{
    LARGE_INTEGER size;
    if (GetFileType(file) != FILE_TYPE_DISK) {
        return ERROR_INVALID_NAME;
    }
    if (!GetFileSizeEx(file, &size)) {
        return (int)GetLastError();
    }
    if (size.QuadPart > (LONGLONG)most || size.QuadPart >= MAXLONG) {
        return ERROR_FILE_TOO_LARGE;
    }
    DWORD got = 0;
    void *data = malloc((size_t)size.QuadPart + 1);
    if (!data) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    if (!ReadFile(file, data, (DWORD)size.QuadPart, &got, NULL)) {
        int error = (int)GetLastError();
        free(data);
        return error;
    }
    *out = (struct blob){data, got};
    return 0;
}

int file_read_all(const char *path, size_t most, struct blob *out)
{
    wchar_t *wide;
    *out = (struct blob){NULL, 0};
    int error = path_wide(path, &wide);
    if (error) {
        return error;
    }
    /* Should the name be that of a pipe, its other end must not be able to act in our name. */
    HANDLE file = CreateFileW(
        wide, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
        OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL | SECURITY_SQOS_PRESENT | SECURITY_ANONYMOUS, NULL);
    error = file == INVALID_HANDLE_VALUE ? (int)GetLastError() : 0;
    free(wide);
    if (error == 0) {
        error = read_handle(file, most, out);
        CloseHandle(file);
    }
    return error;
}
