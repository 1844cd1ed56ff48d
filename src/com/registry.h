/* SPDX-License-Identifier: MIT */
/* Changes to the registry that can be taken back. Before a value is written or a key made, what
 * was there is noted in a journal, itself in the registry, so that the change can be undone by
 * another process, years later, and also when this one dies in the middle.
 *
 * Errors are Win32 numbers, 0 for success. Paths begin at the hive, since only then does Windows
 * send a 32-bit program to its own part of the registry where it has one. */
#ifndef QMGR_COM_REGISTRY_H
#define QMGR_COM_REGISTRY_H

#include <windows.h>

struct journal {
    HKEY hive;  /* HKEY_LOCAL_MACHINE or HKEY_CURRENT_USER */
    HKEY saved; /* where the notes are: hive\Software\QmgrPrxy\Saved; NULL if there is none */
};

/* make: whether the journal is made if it does not exist. */
LONG journal_open(HKEY hive, BOOL make, struct journal *journal);
void journal_close(struct journal *journal);

/* Writes a REG_SZ (name NULL: the default value), making the key and its parents as needed. */
LONG journal_set(struct journal *journal, const wchar_t *path, const wchar_t *name,
                 const wchar_t *text);

/* Undoes everything that was noted and removes the journal. A value that is not any more as we
 * wrote it stays, and so does a key that is not empty. Goes on after an error; returns the
 * first, and keeps the notes on what could not be undone. */
LONG journal_undo(struct journal *journal);

#endif
