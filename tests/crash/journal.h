/* SPDX-License-Identifier: MIT */
/* The journal of one program of the crash laboratory: one line an event, written with one WriteFile, so that a kill
 * leaves whole lines. A change of the queue has two lines, "will …" before the call and "did … HRESULT" after it; the
 * judge (lab.py) concludes from them what must be, what must not be, and what may be either. */
#ifndef QMGR_TESTS_CRASH_JOURNAL_H
#define QMGR_TESTS_CRASH_JOURNAL_H

#include <stdbool.h>
#include <windows.h>

/* Appends to the file from now on. False if it cannot be opened. */
bool journal_open(const wchar_t *path);
/* One line: seconds since 1970, then the text. At most 900 characters of ASCII. */
void journal(const char *format, ...) __attribute__((format(ms_printf, 1, 2)));

/* "{…}" in ASCII. */
struct guid_name {
    char text[40];
};
struct guid_name guid_name(const GUID *id);

#endif
