/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "platform/log_sink.h"

struct log_sink {
    int fd;
};

struct log_sink *log_sink_open(const char *path)
{
    struct log_sink *sink = malloc(sizeof(*sink));
    if (!sink) {
        return NULL;
    }
    sink->fd = strcmp(path, "-") == 0 ? STDERR_FILENO
                                      : open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (sink->fd < 0) {
        free(sink);
        return NULL;
    }
    return sink;
}

void log_sink_close(struct log_sink *sink)
{
    if (sink->fd != STDERR_FILENO) {
        close(sink->fd);
    }
    free(sink);
}

void log_sink_write(struct log_sink *sink, const char *text, size_t size)
{
    ssize_t written = write(sink->fd, text, size);
    (void)written; /* there is nobody to tell */
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
