/* SPDX-License-Identifier: MIT */
/* For tests: of all processes, only this one is reckoned with when a file is full. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "platform/log_sink.h"

struct log_sink {
    char *path, *old; /* NULL: standard error */
    uint64_t most;
    bool known; /* the file was looked at: it is a log */
    pthread_mutex_t mutex;
};

struct log_sink *log_sink_new(const char *path, uint64_t most)
{
    struct log_sink *sink = calloc(1, sizeof(*sink));
    if (!sink) {
        return NULL;
    }
    pthread_mutex_init(&sink->mutex, NULL);
    sink->most = most;
    if (strcmp(path, "-") == 0) {
        return sink;
    }
    sink->path = strdup(path);
    if (!sink->path || asprintf(&sink->old, "%s" LOG_OLD, path) < 0) {
        sink->old = NULL;
        log_sink_free(sink);
        return NULL;
    }
    return sink;
}

void log_sink_free(struct log_sink *sink)
{
    pthread_mutex_destroy(&sink->mutex);
    free(sink->path);
    free(sink->old);
    free(sink);
}

static bool is_log(struct log_sink *sink, int fd, uint64_t size)
{
    char beginning[LOG_STAMP_LEAST];
    if (!sink->known && size > 0) {
        ssize_t got = pread(fd, beginning, sizeof beginning, 0);
        if (got < 0 || !log_sink_is_stamp(beginning, (size_t)got)) {
            return false;
        }
    }
    sink->known = true;
    return true;
}

/* The file with room for that many bytes; a FIFO must not make us wait. */
static int open_with_room(struct log_sink *sink, size_t size, bool may_rename)
{
    struct stat present;
    int fd =
        open(sink->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
    if (fd < 0) {
        return fd;
    }
    bool good = fstat(fd, &present) == 0 && S_ISREG(present.st_mode) &&
                is_log(sink, fd, (uint64_t)present.st_size);
    uint64_t wanted = good ? (uint64_t)present.st_size + size : 0;
    if (good && (wanted <= sink->most || present.st_size == 0)) {
        return fd;
    }
    if (good && may_rename && rename(sink->path, sink->old) == 0) {
        close(fd);
        return open_with_room(sink, size, false);
    }
    if (good && wanted <= 2 * sink->most) {
        return fd;
    }
    close(fd);
    return -1;
}

bool log_sink_write(struct log_sink *sink, const char *line, size_t size)
{
    pthread_mutex_lock(&sink->mutex);
    int fd = sink->path ? open_with_room(sink, size, true) : STDERR_FILENO;
    bool written = fd >= 0 && write(fd, line, size) == (ssize_t)size;
    if (fd >= 0 && sink->path) {
        close(fd);
    }
    pthread_mutex_unlock(&sink->mutex);
    return written;
}

void log_sink_complain(const char *text)
{
    (void)text; /* there is no such place */
}

size_t log_sink_stamp(char *out, size_t size)
{
    struct timespec now;
    struct tm t;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &t);
    char date[32];
    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &t);
    int length = snprintf(out, size, "%s.%03ldZ %ld.%ld ", date, now.tv_nsec / 1000000,
                          (long)getpid(), (long)gettid());
    return length > 0 && (size_t)length < size ? (size_t)length : 0;
}
