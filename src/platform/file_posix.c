/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "platform/platform.h"
#include "platform/seam.h"

struct file {
    int fd;
};

static int open_for(int access, const char *path, int flags, struct file **out)
{
    *out = NULL;
    struct file *file = malloc(sizeof(*file));
    if (!file) {
        return ENOMEM;
    }
    file->fd = open(path, access | O_CLOEXEC | O_NOCTTY | flags, 0666);
    int error = file->fd < 0 ? errno : 0;
    struct stat status;
    if (!error && fstat(file->fd, &status) != 0) {
        error = errno;
    }
    if (!error && !S_ISREG(status.st_mode)) {
        error = EINVAL;
    }
    if (error) {
        if (file->fd >= 0) {
            close(file->fd);
        }
        free(file);
        return error;
    }
    *out = file;
    return 0;
}

static int open_as(const char *path, int flags, struct file **out)
{
    return open_for(O_RDWR, path, flags, out);
}

int file_open_to_read(const char *path, struct file **out)
{
    return open_for(O_RDONLY, path, O_NONBLOCK, out);
}

int file_open(const char *path, struct file **out)
{
    return file_seam_opened(open_as(path, 0, out), path, out);
}

int file_create_new(const char *path, struct file **out)
{
    *out = NULL;
    int error = file_seam_ask_path(STEP_CREATE, path);
    return error ? error : file_seam_opened(open_as(path, O_CREAT | O_EXCL, out), path, out);
}

/* Nobody is kept out here: this system is for tests. */
int file_open_alone(const char *path, struct file **out)
{
    struct stat status;
    int error = open_as(path, O_NOFOLLOW, out);
    if (!error && fstat((*out)->fd, &status) == 0 && status.st_nlink > 1) {
        file_close(*out);
        *out = NULL;
        error = ELOOP;
    }
    return file_seam_opened(error, path, out);
}

int file_create_alone(const char *path, struct file **out)
{
    return file_create_new(path, out);
}

void file_close(struct file *file)
{
    if (file) {
        close(file->fd);
        free(file);
    }
}

int file_write_at(struct file *file, uint64_t offset, const void *data, size_t size)
{
    const char *from = data;
    int error = file_seam_ask_file(STEP_WRITE, file);
    if (error) {
        return error;
    }
    while (size > 0) {
        ssize_t written = pwrite(file->fd, from, size, (off_t)offset);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return written < 0 ? errno : EIO;
        }
        from += written;
        offset += (uint64_t)written;
        size -= (size_t)written;
    }
    return 0;
}

int file_read_at(struct file *file, uint64_t offset, void *data, size_t size, size_t *got)
{
    *got = 0;
    while (*got < size) {
        ssize_t read = pread(file->fd, (char *)data + *got, size - *got, (off_t)(offset + *got));
        if (read < 0 && errno == EINTR) {
            continue;
        }
        if (read <= 0) {
            return read < 0 ? errno : 0;
        }
        *got += (size_t)read;
    }
    return 0;
}

int file_flush(struct file *file)
{
    int error = file_seam_ask_file(STEP_FLUSH, file);
    if (error) {
        return error;
    }
    return fsync(file->fd) == 0 ? 0 : errno;
}

int file_truncate(struct file *file, uint64_t size)
{
    if (size > INT64_MAX) {
        return EINVAL;
    }
    int error = file_seam_ask_file(STEP_TRUNCATE, file);
    if (error) {
        return error;
    }
    return ftruncate(file->fd, (off_t)size) == 0 ? 0 : errno;
}

/* Is there room for what the file has not got yet? */
static int look_for_space(int fd, uint64_t size)
{
    struct stat status;
    struct statvfs disk;
    if (fstat(fd, &status) != 0 || fstatvfs(fd, &disk) != 0) {
        return 0;
    }
    uint64_t has = (uint64_t)status.st_blocks * 512;
    return size > has && (size - has - 1) / disk.f_frsize >= disk.f_bavail ? ENOSPC : 0;
}

/* Some file systems leave what they had allocated before they failed. */
static void give_back(int fd)
{
    struct stat status;
    if (fstat(fd, &status) == 0) {
        (void)!ftruncate(fd, status.st_size);
    }
}

int file_reserve(struct file *file, uint64_t size)
{
    int error = file_seam_ask_file(STEP_RESERVE, file);
    if (error || size == 0) {
        return error;
    }
    /* First, since an attempt that fails takes the space from others for a while. */
    error = size > INT64_MAX ? EFBIG : look_for_space(file->fd, size);
    if (error) {
        return error;
    }
    do {
        error = fallocate(file->fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)size) == 0 ? 0 : errno;
    } while (error == EINTR);
    if (error) {
        give_back(file->fd);
    }
    return error == ENOSPC || error == EDQUOT || error == EFBIG ? error : 0;
}

int file_size(struct file *file, uint64_t *size)
{
    struct stat status;
    if (fstat(file->fd, &status) != 0) {
        return errno;
    }
    *size = (uint64_t)status.st_size;
    return 0;
}

int file_set_time(struct file *file, int64_t unix_s)
{
    /* The same range as on Windows. */
    if (unix_s <= -INT64_C(11644473600) || unix_s > INT64_MAX / 10000000) {
        return EINVAL;
    }
    int error = file_seam_ask_file(STEP_SET_TIME, file);
    if (error) {
        return error;
    }
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = (time_t)unix_s}};
    return futimens(file->fd, times) == 0 ? 0 : errno;
}

static int flush_folder_of(const char *path)
{
    char *folder = path_folder(path);
    if (!folder) {
        return ENOMEM;
    }
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    if (fd < 0) {
        return errno;
    }
    int error = fsync(fd) == 0 ? 0 : errno;
    close(fd);
    return error;
}

int file_replace(const char *from, const char *to)
{
    int error =
        file_seam_ask(&(struct file_operation){.step = STEP_REPLACE, .path = from, .to = to});
    if (error) {
        return error;
    }
    /* As on Windows, where a read-only file cannot be replaced. A link can, wherever it leads. */
    struct stat status;
    if (lstat(to, &status) == 0 && (status.st_mode & 0222) == 0) {
        return EACCES;
    }
    if (rename(from, to) != 0) {
        return errno;
    }
    return flush_folder_of(to);
}

int file_rename_new(const char *from, const char *to)
{
    int error =
        file_seam_ask(&(struct file_operation){.step = STEP_REPLACE, .path = from, .to = to});
    if (error) {
        return error;
    }
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) != 0) {
        return errno;
    }
    return flush_folder_of(to);
}

int file_delete(const char *path)
{
    int error = file_seam_ask_path(STEP_DELETE, path);
    if (error) {
        return error;
    }
    if (unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR) {
        return 0;
    }
    return errno;
}

/* What matters for deletion is the folder. */
int file_delete_read_only(const char *path)
{
    return file_delete(path);
}

bool file_exists(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}

bool folder_exists(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static int make_one(const char *path)
{
    int error = file_seam_ask_path(STEP_MAKE_FOLDER, path);
    if (error) {
        return error;
    }
    return mkdir(path, 0777) == 0 ? 0 : errno;
}

int folder_make(const char *path)
{
    if (folder_exists(path)) {
        return 0;
    }
    int error = make_one(path);
    if (error == ENOENT) {
        char *parent = path_folder(path);
        if (!parent) {
            return ENOMEM;
        }
        if (strlen(parent) < strlen(path)) {
            error = folder_make(parent);
            if (!error) {
                error = make_one(path);
            }
        }
        free(parent);
    }
    return error && folder_exists(path) ? 0 : error;
}

/* system error -> our fault, and the number that Windows has for it */
struct meaning {
    int system_error;
    enum fault fault;
    uint32_t win32;
};

static struct meaning meaning_of(int system_error)
{
    static const struct meaning table[] = {
        {0, FAULT_NONE, 0},
        {EACCES, FAULT_ACCESS, 5},
        {EPERM, FAULT_ACCESS, 5},
        {EROFS, FAULT_ACCESS, 19},
        {ENOENT, FAULT_ARGUMENT, 2},
        {ENOTDIR, FAULT_ARGUMENT, 3},
        {EISDIR, FAULT_ARGUMENT, 5},
        {EINVAL, FAULT_ARGUMENT, 123},
        {ENAMETOOLONG, FAULT_ARGUMENT, 206},
        {ELOOP, FAULT_ARGUMENT, 1921},
        {ENOMEM, FAULT_MEMORY, 8},
        {EEXIST, FAULT_DISK, 80},
        {ENOSPC, FAULT_DISK_FULL, 112},
        {EDQUOT, FAULT_DISK_FULL, 1295},
        {EFBIG, FAULT_DISK, 112},
        {EXDEV, FAULT_DISK, 17},
        {EBUSY, FAULT_DISK, 32},
        {EMFILE, FAULT_DISK, 4},
        {ENFILE, FAULT_DISK, 4},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (table[i].system_error == system_error) {
            return table[i];
        }
    }
    return (struct meaning){system_error, FAULT_DISK, 1117}; /* ERROR_IO_DEVICE */
}

int folder_identity(const char *path, char identity[FOLDER_IDENTITY_SIZE])
{
    struct stat info;
    if (stat(path, &info) != 0) {
        return errno;
    }
    (void)snprintf(identity, FOLDER_IDENTITY_SIZE, "%lx-%lx", (unsigned long)info.st_dev,
                   (unsigned long)info.st_ino);
    return 0;
}

bool folder_is_steady(const char *path)
{
    (void)path;
    return true;
}

static struct file_stamp stamp_of(const struct stat *info)
{
    return (struct file_stamp){
        .size = (uint64_t)info->st_size,
        .written = (int64_t)info->st_mtim.tv_sec * 1000000000 + info->st_mtim.tv_nsec,
        .id = (uint64_t)info->st_ino,
        .volume = (uint64_t)info->st_dev,
    };
}

int file_stamp(const char *path, struct file_stamp *stamp)
{
    struct stat info;
    *stamp = (struct file_stamp){0};
    if (stat(path, &info) != 0) {
        return errno;
    }
    if (!S_ISREG(info.st_mode)) {
        return EINVAL;
    }
    *stamp = stamp_of(&info);
    return 0;
}

int file_stamp_open(struct file *file, struct file_stamp *stamp)
{
    struct stat info;
    *stamp = (struct file_stamp){0};
    if (fstat(file->fd, &info) != 0) {
        return errno;
    }
    *stamp = stamp_of(&info);
    return 0;
}

int64_t file_stamp_unix_s(const struct file_stamp *stamp)
{
    return stamp->written / 1000000000;
}

enum fault file_fault(int system_error)
{
    return meaning_of(system_error).fault;
}

bool file_error_exists(int system_error)
{
    return system_error == EEXIST;
}

bool file_error_is_link(int system_error)
{
    return system_error == ELOOP;
}

uint32_t file_error_win32(int system_error)
{
    return meaning_of(system_error).win32;
}
