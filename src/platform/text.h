/* SPDX-License-Identifier: MIT */
/* UTF-8 below the COM layer, UTF-16 in it: the one place that converts (Windows only). */
#ifndef QMGR_PLATFORM_TEXT_H
#define QMGR_PLATFORM_TEXT_H

#include <stddef.h>
#include <wchar.h>

/* `units` UTF-16 code units -> NUL-terminated UTF-8, malloc'ed. Lossless or NULL: text with a NUL
 * or a lone surrogate in it is refused. After NULL, GetLastError is ERROR_NO_UNICODE_TRANSLATION
 * for such text and ERROR_NOT_ENOUGH_MEMORY otherwise. text may be NULL if units is 0. */
char *text_utf8(const wchar_t *text, size_t units);
/* NUL-terminated UTF-8 -> NUL-terminated UTF-16, malloc'ed. NULL as above, for malformed UTF-8. */
wchar_t *text_utf16(const char *text);

#endif
