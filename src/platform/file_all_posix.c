/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/platform.h"

static int read_descriptor(int file, size_t most, struct blob *out)
{
    struct stat status;
    if (fstat(file, &status) != 0) {
        return errno;
    }
    if (!S_ISREG(status.st_mode)) {
        return EINVAL;
    }
    size_t size = (size_t)status.st_size;
    if (size > most) {
        return EFBIG;
    }
    unsigned char *data = malloc(size + 1);
    if (!data) {
        return ENOMEM;
    }
    size_t done = 0;
    ssize_t got = 1;
    while (done < size && got > 0) {
        got = read(file, data + done, size - done);
        done += got > 0 ? (size_t)got : 0;
    }
    if (got < 0) {
        int error = errno;
        free(data);
        return error;
    }
    *out = (struct blob){data, done};
    return 0;
}

int file_read_all(const char *path, size_t most, struct blob *out)
{
    *out = (struct blob){NULL, 0};
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* it may be a pipe */
    if (file < 0) {
        return errno;
    }
    int error = read_descriptor(file, most, out);
    close(file);
    return error;
}
