/* SPDX-License-Identifier: MIT */
/* Private to the log: what differs by system. */
#ifndef QMGR_PLATFORM_LOG_SINK_H
#define QMGR_PLATFORM_LOG_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log_sink;

/* The end of the name of a log that was full. */
#define LOG_OLD ".old"
/* The beginning of a line: "2001-02-03T". */
#define LOG_STAMP_LEAST 11
bool log_sink_is_stamp(const char *text, size_t size); /* log.c */

/* For a file of at most `most` bytes; "-" is standard error. Nothing is opened yet. NULL if that is no
 * name of a file, or out of memory. */
struct log_sink *log_sink_new(const char *path, uint64_t most);
void log_sink_free(struct log_sink *sink);
/* Appends the line, in one piece, so that those of several threads and processes do not mix. False
 * if it was not written. The file is open only meanwhile: whoever wants to may move it away. */
bool log_sink_write(struct log_sink *sink, const char *line, size_t size);
/* Tells a debugger, if there is one. */
void log_sink_complain(const char *text);
/* The beginning of a line: time, process and thread. Returns its length, below size. */
size_t log_sink_stamp(char *out, size_t size);

#endif
