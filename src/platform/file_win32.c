/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "platform/path.h"
#include "platform/platform.h"
#include "platform/reserve_win32.h"
#include "platform/seam.h"

/* Network redirectors of XP refuse much larger pieces. */
#define PIECE (16u * 1024 * 1024)

#define SHARED_BY_READERS (FILE_SHARE_READ | FILE_SHARE_DELETE)
#define SHARED_BY_ALL (SHARED_BY_READERS | FILE_SHARE_WRITE)

struct file {
    HANDLE handle;
};

static int open_for(DWORD access, const char *path, DWORD disposition, DWORD shared, DWORD flags,
                    struct file **out)
{
    *out = NULL;
    wchar_t *wide;
    int error = path_wide(path, &wide);
    if (error) {
        return error;
    }
    struct file *file = malloc(sizeof(*file));
    if (!file) {
        free(wide);
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    /* Should the name be that of a pipe, its other end must not be able to act in our name. */
    file->handle = CreateFileW(
        wide, access, shared, NULL, disposition,
        FILE_ATTRIBUTE_NORMAL | SECURITY_SQOS_PRESENT | SECURITY_ANONYMOUS | flags, NULL);
    error = file->handle == INVALID_HANDLE_VALUE ? (int)GetLastError() : 0;
    free(wide);
    if (!error && GetFileType(file->handle) != FILE_TYPE_DISK) {
        CloseHandle(file->handle);
        error = ERROR_INVALID_NAME;
    }
    if (error) {
        free(file);
        return error;
    }
    *out = file;
    return 0;
}

static int open_as(const char *path, DWORD disposition, DWORD shared, DWORD flags,
                   struct file **out)
{
    return open_for(GENERIC_READ | GENERIC_WRITE, path, disposition, shared, flags, out);
}

int file_open_to_read(const char *path, struct file **out)
{
    return open_for(GENERIC_READ, path, OPEN_EXISTING, SHARED_BY_ALL, 0, out);
}

static int create_new(const char *path, DWORD shared, struct file **out)
{
    *out = NULL;
    int error = file_seam_ask_path(STEP_CREATE, path);
    return error ? error : file_seam_opened(open_as(path, CREATE_NEW, shared, 0, out), path, out);
}

int file_open(const char *path, struct file **out)
{
    return file_seam_opened(open_as(path, OPEN_EXISTING, SHARED_BY_ALL, 0, out), path, out);
}

int file_create_new(const char *path, struct file **out)
{
    return create_new(path, SHARED_BY_ALL, out);
}

/* Of a file that was opened without following links. What else are reparse points (compressed in some new way, on a tape)
 * is not told from links: such a file is not written to, but made anew. */
static bool leads_elsewhere(const struct file *file)
{
    BY_HANDLE_FILE_INFORMATION info;
    return GetFileInformationByHandle(file->handle, &info) &&
           ((info.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0 || info.nNumberOfLinks > 1);
}

int file_open_alone(const char *path, struct file **out)
{
    int error = open_as(path, OPEN_EXISTING, SHARED_BY_READERS, FILE_FLAG_OPEN_REPARSE_POINT, out);
    if (!error && leads_elsewhere(*out)) {
        file_close(*out);
        *out = NULL;
        error = ERROR_CANT_RESOLVE_FILENAME;
    }
    return file_seam_opened(error, path, out);
}

int file_create_alone(const char *path, struct file **out)
{
    return create_new(path, SHARED_BY_READERS, out);
}

void file_close(struct file *file)
{
    if (file) {
        CloseHandle(file->handle);
        free(file);
    }
}

static OVERLAPPED at_offset(uint64_t offset)
{
    OVERLAPPED at = {0};
    at.Offset = (DWORD)offset;
    at.OffsetHigh = (DWORD)(offset >> 32);
    return at;
}

int file_write_at(struct file *file, uint64_t offset, const void *data, size_t size)
{
    const char *from = data;
    int error = file_seam_ask_file(STEP_WRITE, file);
    if (error) {
        return error;
    }
    while (size > 0) {
        OVERLAPPED at = at_offset(offset);
        DWORD written = 0;
        if (!WriteFile(file->handle, from, size > PIECE ? PIECE : (DWORD)size, &written, &at)) {
            return (int)GetLastError();
        }
        if (written == 0) {
            return ERROR_WRITE_FAULT;
        }
        from += written;
        offset += written;
        size -= written;
    }
    return 0;
}

int file_read_at(struct file *file, uint64_t offset, void *data, size_t size, size_t *got)
{
    char *to = data;
    *got = 0;
    while (*got < size) {
        OVERLAPPED at = at_offset(offset + *got);
        DWORD part = size - *got > PIECE ? PIECE : (DWORD)(size - *got);
        DWORD read = 0;
        if (!ReadFile(file->handle, to + *got, part, &read, &at)) {
            return GetLastError() == ERROR_HANDLE_EOF ? 0 : (int)GetLastError();
        }
        if (read == 0) {
            return 0;
        }
        *got += read;
    }
    return 0;
}

int file_flush(struct file *file)
{
    int error = file_seam_ask_file(STEP_FLUSH, file);
    if (error) {
        return error;
    }
    return FlushFileBuffers(file->handle) ? 0 : (int)GetLastError();
}

int file_truncate(struct file *file, uint64_t size)
{
    int error = file_seam_ask_file(STEP_TRUNCATE, file);
    if (error) {
        return error;
    }
    LARGE_INTEGER end;
    end.QuadPart = (LONGLONG)size;
    if (size > INT64_MAX || !SetFilePointerEx(file->handle, end, NULL, FILE_BEGIN)) {
        return size > INT64_MAX ? ERROR_INVALID_PARAMETER : (int)GetLastError();
    }
    return SetEndOfFile(file->handle) ? 0 : (int)GetLastError();
}

int file_reserve(struct file *file, uint64_t size)
{
    int error = file_seam_ask_file(STEP_RESERVE, file);
    return error ? error : (int)reserve_space(file->handle, size);
}

int file_size(struct file *file, uint64_t *size)
{
    LARGE_INTEGER end;
    if (!GetFileSizeEx(file->handle, &end)) {
        return (int)GetLastError();
    }
    *size = (uint64_t)end.QuadPart;
    return 0;
}

int file_set_time(struct file *file, int64_t unix_s)
{
    const int64_t start = INT64_C(11644473600); /* seconds from 1601 to 1970 */
    if (unix_s <= -start || unix_s > INT64_MAX / 10000000 - start) {
        return ERROR_INVALID_PARAMETER;
    }
    int error = file_seam_ask_file(STEP_SET_TIME, file);
    if (error) {
        return error;
    }
    uint64_t ticks = (uint64_t)(unix_s + start) * 10000000;
    FILETIME time = {(DWORD)ticks, (DWORD)(ticks >> 32)};
    return SetFileTime(file->handle, &time, NULL, &time) ? 0 : (int)GetLastError();
}

/* Of a file that may not be replaced: would it let itself be written to and deleted, if only nobody had it open? */
static bool is_in_use(const wchar_t *path)
{
    HANDLE handle = CreateFileW(
        path, GENERIC_WRITE | DELETE, 0, NULL, OPEN_EXISTING,
        FILE_FLAG_OPEN_REPARSE_POINT | SECURITY_SQOS_PRESENT | SECURITY_ANONYMOUS, NULL);
    if (handle != INVALID_HANDLE_VALUE) {
        CloseHandle(handle);
        return false;
    }
    return GetLastError() == ERROR_SHARING_VIOLATION;
}

static int replace_wide(const wchar_t *from, const wchar_t *to)
{
    /* Windows refuses to replace a read-only file by itself, Wine does not always. */
    DWORD found = GetFileAttributesW(to);
    if (found != INVALID_FILE_ATTRIBUTES && (found & FILE_ATTRIBUTE_READONLY) != 0) {
        return ERROR_ACCESS_DENIED;
    }
    if (MoveFileExW(from, to, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH)) {
        return 0;
    }
    /* The system says "access denied" of a target that somebody has open, too. */
    int error = (int)GetLastError();
    return error == ERROR_ACCESS_DENIED && is_in_use(to) ? ERROR_SHARING_VIOLATION : error;
}

static int move_wide(const wchar_t *from, const wchar_t *to)
{
    return MoveFileExW(from, to, MOVEFILE_WRITE_THROUGH) ? 0 : (int)GetLastError();
}

static int rename_by(int (*rename_wide)(const wchar_t *from, const wchar_t *to), const char *from,
                     const char *to)
{
    wchar_t *wide_from;
    int error =
        file_seam_ask(&(struct file_operation){.step = STEP_REPLACE, .path = from, .to = to});
    if (!error) {
        error = path_wide(from, &wide_from);
    }
    if (error) {
        return error;
    }
    wchar_t *wide_to;
    error = path_wide(to, &wide_to);
    if (!error) {
        error = rename_wide(wide_from, wide_to);
    }
    free(wide_to);
    free(wide_from);
    return error;
}

int file_replace(const char *from, const char *to)
{
    return rename_by(replace_wide, from, to);
}

int file_rename_new(const char *from, const char *to)
{
    return rename_by(move_wide, from, to);
}

static DWORD attributes(const char *path)
{
    wchar_t *wide;
    if (path_wide(path, &wide) != 0) {
        return INVALID_FILE_ATTRIBUTES;
    }
    DWORD found = GetFileAttributesW(wide);
    free(wide);
    return found;
}

static size_t skip_name(const wchar_t *path, size_t at)
{
    while (path[at] && path[at] != L'\\') {
        at++;
    }
    return path[at] ? at + 1 : at;
}

/* Of a path from path_wide: how many characters are "C:\" or "\\server\share\" and the prefix. */
static size_t root_length(const wchar_t *wide)
{
    bool prefixed = wcsncmp(wide, L"\\\\?\\", 4) == 0;
    bool long_unc = wcsncmp(wide, L"\\\\?\\UNC\\", 8) == 0;
    if (!long_unc && (prefixed || wide[0] != L'\\')) {
        return skip_name(wide, prefixed ? 4 : 0);
    }
    return skip_name(wide, skip_name(wide, long_unc ? 8 : 2));
}

/* malloc'ed; NULL if out of memory. */
static wchar_t *root_of(const wchar_t *wide)
{
    size_t length = root_length(wide);
    wchar_t *root = calloc(length + 1, sizeof(*root));
    if (root) {
        memcpy(root, wide, length * sizeof(*root));
    }
    return root;
}

/* Does the drive or share answer that the path is on? */
static bool root_answers(const wchar_t *wide)
{
    wchar_t *root = root_of(wide);
    bool answers = root && GetFileAttributesW(root) != INVALID_FILE_ATTRIBUTES;
    free(root);
    return answers;
}

/* While a stick is out, nothing tells what is on it. */
static bool is_gone(int error, const wchar_t *wide)
{
    return error == ERROR_FILE_NOT_FOUND || (error == ERROR_PATH_NOT_FOUND && root_answers(wide));
}

static bool make_writable(const wchar_t *wide)
{
    DWORD found = GetFileAttributesW(wide);
    return found != INVALID_FILE_ATTRIBUTES && (found & FILE_ATTRIBUTE_DIRECTORY) == 0 &&
           (found & FILE_ATTRIBUTE_READONLY) != 0 &&
           SetFileAttributesW(wide, found & ~(DWORD)FILE_ATTRIBUTE_READONLY);
}

static int delete_by(const char *path, bool also_read_only)
{
    wchar_t *wide;
    int error = file_seam_ask_path(STEP_DELETE, path);
    if (!error) {
        error = path_wide(path, &wide);
    }
    if (error) {
        return error;
    }
    error = DeleteFileW(wide) ? 0 : (int)GetLastError();
    if (error == ERROR_ACCESS_DENIED && also_read_only && make_writable(wide)) {
        error = DeleteFileW(wide) ? 0 : (int)GetLastError();
    }
    error = is_gone(error, wide) ? 0 : error;
    free(wide);
    return error;
}

int file_delete(const char *path)
{
    return delete_by(path, false);
}

int file_delete_read_only(const char *path)
{
    return delete_by(path, true);
}

bool file_exists(const char *path)
{
    return attributes(path) != INVALID_FILE_ATTRIBUTES;
}

bool folder_exists(const char *path)
{
    DWORD found = attributes(path);
    return found != INVALID_FILE_ATTRIBUTES && (found & FILE_ATTRIBUTE_DIRECTORY) != 0;
}

static int make_one(const char *path)
{
    wchar_t *wide;
    int error = file_seam_ask_path(STEP_MAKE_FOLDER, path);
    if (!error) {
        error = path_wide(path, &wide);
    }
    if (error) {
        return error;
    }
    error = CreateDirectoryW(wide, NULL) ? 0 : (int)GetLastError();
    free(wide);
    return error;
}

int folder_make(const char *path)
{
    if (folder_exists(path)) {
        return 0;
    }
    int error = make_one(path);
    if (error == ERROR_PATH_NOT_FOUND) {
        char *parent = path_folder(path);
        if (!parent) {
            return ERROR_NOT_ENOUGH_MEMORY;
        }
        /* A root has no parent: it is its own. */
        if (strlen(parent) < strlen(path)) {
            error = folder_make(parent);
            if (!error) {
                error = make_one(path);
            }
        }
        free(parent);
    }
    /* Another process may have been quicker. */
    return error && folder_exists(path) ? 0 : error;
}

/* No access is asked for: reading the attributes needs none. */
static int look_at(const char *path, DWORD flags, BY_HANDLE_FILE_INFORMATION *info)
{
    wchar_t *wide;
    memset(info, 0, sizeof(*info));
    int error = path_wide(path, &wide);
    if (error) {
        return error;
    }
    HANDLE handle = CreateFileW(wide, 0, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                                NULL, OPEN_EXISTING, flags, NULL);
    free(wide);
    if (handle == INVALID_HANDLE_VALUE) {
        return (int)GetLastError();
    }
    error = GetFileInformationByHandle(handle, info) ? 0 : (int)GetLastError();
    CloseHandle(handle);
    return error;
}

int folder_identity(const char *path, char identity[FOLDER_IDENTITY_SIZE])
{
    BY_HANDLE_FILE_INFORMATION info;
    int error = look_at(path, FILE_FLAG_BACKUP_SEMANTICS, &info);
    if (error) {
        return error;
    }
    (void)snprintf(identity, FOLDER_IDENTITY_SIZE, "%08lx%08lx%08lx", info.dwVolumeSerialNumber,
                   info.nFileIndexHigh, info.nFileIndexLow);
    return 0;
}

bool folder_is_steady(const char *path)
{
    char *inside = path_join(path, "x"); /* so that the root of a drive ends in a separator */
    wchar_t *wide = NULL;
    wchar_t *root = inside && path_wide(inside, &wide) == 0 ? root_of(wide) : NULL;
    UINT type = root ? GetDriveTypeW(root) : DRIVE_UNKNOWN;
    free(root);
    free(wide);
    free(inside);
    return type == DRIVE_FIXED || type == DRIVE_REMOVABLE || type == DRIVE_RAMDISK;
}

static uint64_t both(DWORD high, DWORD low)
{
    return (uint64_t)high << 32 | low;
}

/* Some network servers tell nothing of an open file: what they list in its folder has to do. */
static int stamp_from_folder(const char *path, struct file_stamp *stamp)
{
    WIN32_FILE_ATTRIBUTE_DATA info;
    wchar_t *wide;
    int error = path_wide(path, &wide);
    if (error) {
        return error;
    }
    error = GetFileAttributesExW(wide, GetFileExInfoStandard, &info) ? 0 : (int)GetLastError();
    free(wide);
    if (!error && (info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0) {
        error = ERROR_ACCESS_DENIED;
    }
    if (!error) {
        stamp->size = both(info.nFileSizeHigh, info.nFileSizeLow);
        stamp->written =
            (int64_t)both(info.ftLastWriteTime.dwHighDateTime, info.ftLastWriteTime.dwLowDateTime);
    }
    return error;
}

static struct file_stamp stamp_of(const BY_HANDLE_FILE_INFORMATION *info)
{
    return (struct file_stamp){
        .size = both(info->nFileSizeHigh, info->nFileSizeLow),
        .written = (int64_t)both(info->ftLastWriteTime.dwHighDateTime,
                                 info->ftLastWriteTime.dwLowDateTime),
        .id = both(info->nFileIndexHigh, info->nFileIndexLow),
        .volume = info->dwVolumeSerialNumber,
    };
}

int file_stamp(const char *path, struct file_stamp *stamp)
{
    BY_HANDLE_FILE_INFORMATION info;
    *stamp = (struct file_stamp){0};
    if (look_at(path, SECURITY_SQOS_PRESENT | SECURITY_ANONYMOUS, &info) != 0) {
        return stamp_from_folder(path, stamp);
    }
    *stamp = stamp_of(&info);
    return 0;
}

int file_stamp_open(struct file *file, struct file_stamp *stamp)
{
    BY_HANDLE_FILE_INFORMATION info;
    *stamp = (struct file_stamp){0};
    if (!GetFileInformationByHandle(file->handle, &info)) {
        return (int)GetLastError();
    }
    *stamp = stamp_of(&info);
    return 0;
}

int64_t file_stamp_unix_s(const struct file_stamp *stamp)
{
    return stamp->written / 10000000 - INT64_C(11644473600); /* seconds from 1601 to 1970 */
}

enum fault file_fault(int system_error)
{
    switch (system_error) {
    case ERROR_SUCCESS: return FAULT_NONE;
    case ERROR_ACCESS_DENIED:
    case ERROR_WRITE_PROTECT:
    case ERROR_NETWORK_ACCESS_DENIED:
    case ERROR_PRIVILEGE_NOT_HELD:
    case ERROR_LOGON_FAILURE: return FAULT_ACCESS;
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_DRIVE:
    case ERROR_BAD_NETPATH:
    case ERROR_BAD_NET_NAME:
    case ERROR_INVALID_PARAMETER:
    case ERROR_INVALID_NAME:
    case ERROR_BAD_PATHNAME:
    case ERROR_FILENAME_EXCED_RANGE:
    case ERROR_DIRECTORY:
    case ERROR_NO_UNICODE_TRANSLATION: return FAULT_ARGUMENT;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY: return FAULT_MEMORY;
    case ERROR_DISK_FULL:
    case ERROR_HANDLE_DISK_FULL:
    case ERROR_DISK_QUOTA_EXCEEDED: return FAULT_DISK_FULL;
    default: return FAULT_DISK;
    }
}

bool file_error_exists(int system_error)
{
    return system_error == ERROR_FILE_EXISTS || system_error == ERROR_ALREADY_EXISTS;
}

bool file_error_is_link(int system_error)
{
    return system_error == ERROR_CANT_RESOLVE_FILENAME;
}

uint32_t file_error_win32(int system_error)
{
    return (uint32_t)system_error;
}
