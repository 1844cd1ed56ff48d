/* SPDX-License-Identifier: MIT */
/* Text at the border: UTF-16 in COM, UTF-8 below. Strict, because what comes in is stored: no
 * NUL inside, no surrogate without its other half. */
#ifndef QMGR_COM_TEXT_H
#define QMGR_COM_TEXT_H

#include <windows.h>
#include <ole2.h>
#include <stddef.h>

#include "platform/fault.h"

/* length characters of UTF-16, terminator not counted. *utf8 is malloc'ed and the caller's, NULL
 * unless FAULT_NONE is returned. FAULT_ARGUMENT for a NUL inside or a lone surrogate,
 * FAULT_MEMORY. */
enum fault text_from_wide(const wchar_t *wide, size_t length, char **utf8);

/* A BSTR of at most `limit` characters; NULL is the empty string. FAULT_ARGUMENT also if it is
 * longer, or is no whole number of characters. */
enum fault text_from_bstr(BSTR bstr, size_t limit, char **utf8);

/* The caller's, to be freed with SysFreeString; NULL if out of memory. */
BSTR text_to_bstr(const char *utf8);

#endif
