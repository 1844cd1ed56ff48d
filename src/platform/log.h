/* SPDX-License-Identifier: MIT */
/* One line an event, off unless QMGRPRXY_LOG names a file ("-" for standard error). No secrets. */
#ifndef QMGR_PLATFORM_LOG_H
#define QMGR_PLATFORM_LOG_H

#if defined(__MINGW32__)
#define LOG_FORMAT __attribute__((format(ms_printf, 1, 2)))
#else
#define LOG_FORMAT __attribute__((format(printf, 1, 2)))
#endif

/* Any thread; a line is written whole. Costs one comparison when the log is off. UTF-8. */
void log_event(const char *format, ...) LOG_FORMAT;
/* Lets go of the file; the next line opens it again. Only while no other thread of ours runs. */
void log_close(void);

#endif
