/* SPDX-License-Identifier: MIT */
#include "platform/reserve_win32.h"

#include "platform/winapi.h"

static bool is_full(DWORD error)
{
    return error == ERROR_DISK_FULL || error == ERROR_HANDLE_DISK_FULL ||
           error == ERROR_DISK_QUOTA_EXCEEDED || error == ERROR_FILE_TOO_LARGE;
}

DWORD reserve_space(HANDLE file, uint64_t size)
{
    LARGE_INTEGER end;
    if (size > INT64_MAX) {
        return ERROR_DISK_FULL;
    }
    /* An allocation below the size would cut the file. */
    if (!GetFileSizeEx(file, &end) || size <= (uint64_t)end.QuadPart) {
        return ERROR_SUCCESS;
    }
    DWORD error = winapi_allocate(file, size);
    if (error == ERROR_SUCCESS || is_full(error)) {
        return error;
    }
    /* Wine, and some servers, allocate nothing ahead. That others need space as well is no reason to refuse: it may fit
     * in the end. */
    uint64_t left = 0;
    bool lacks = winapi_free_space(file, &left) && size - (uint64_t)end.QuadPart > left;
    return lacks ? ERROR_DISK_FULL : ERROR_SUCCESS;
}
