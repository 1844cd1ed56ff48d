/* SPDX-License-Identifier: MIT */
/* One line an event, off unless the setting Log names a file ("-" for standard error): time, process
 * and thread, then what happened to which group or file, and why. No secrets; URLs by log_url.
 *
 * The file has a size limit (setting LogSize): one that is full gets the ending ".old", in the place
 * of the one that had it, and a new one begins. While that cannot be done, since a reader holds the
 * file, it grows on, to twice the limit; then lines are left out. A file that is not empty and does
 * not begin like a log is never written to. What cannot be written is tried again after some
 * seconds, and the log then says how many lines are missing; the first time is reported to a
 * debugger (OutputDebugString). */
#ifndef QMGR_PLATFORM_LOG_H
#define QMGR_PLATFORM_LOG_H

#if defined(__MINGW32__)
#define LOG_FORMAT __attribute__((format(ms_printf, 1, 2)))
#else
#define LOG_FORMAT __attribute__((format(printf, 1, 2)))
#endif

/* Any thread; a line is written whole. Costs one comparison when the log is off. UTF-8. What could
 * make up lines or deceive a terminal (control characters, changes of direction, what is no UTF-8)
 * becomes "?". */
void log_event(const char *format, ...) LOG_FORMAT;
/* Forgets where the log is; the next line asks the setting again. Only while no other thread of ours
 * runs. */
void log_close(void);

#define LOG_URL_SIZE 512
struct log_url {
    char text[LOG_URL_SIZE];
};
/* The URL as it may be logged: "***" in place of user name and password, and of all behind "?" or
 * "#", where tokens are; a long one is cut. Use: log_event("%s", log_url(url).text). */
struct log_url log_url(const char *url);

#endif
