/* SPDX-License-Identifier: MIT */
/* Private to the log: text from outside, made fit for a line. */
#ifndef QMGR_PLATFORM_LOG_TEXT_H
#define QMGR_PLATFORM_LOG_TEXT_H

/* Replaces in place, byte by byte, by "?": control characters (C0, DEL, C1), the separators of lines
 * and paragraphs, what changes the direction of writing, and bytes that are not well-formed UTF-8. */
void log_make_safe(char *text);

#endif
