/* SPDX-License-Identifier: MIT */
/* Private to the log: what differs by system. */
#ifndef QMGR_PLATFORM_LOG_SINK_H
#define QMGR_PLATFORM_LOG_SINK_H

#include <stdbool.h>
#include <stddef.h>

struct log_sink;

/* Opens (or makes) the file for appending; "-" is standard error. NULL if that cannot be done. */
struct log_sink *log_sink_open(const char *path);
void log_sink_close(struct log_sink *sink);
/* Appends the text in one piece, so that lines of several threads and processes do not mix. */
void log_sink_write(struct log_sink *sink, const char *text, size_t size);
/* The beginning of a line: time, process and thread. Returns its length, below size. */
size_t log_sink_stamp(char *out, size_t size);

#endif
