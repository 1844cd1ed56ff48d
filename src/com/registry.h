/* SPDX-License-Identifier: MIT */
/* Changes to the registry that can be taken back. Before a value is written or a key made, what
 * was there is noted in a journal, itself in the registry, so that the change can be undone by
 * another process, years later, and also when this one dies in the middle.
 *
 * Journals have names and lie below Software\Classes, beside what they are about: on 64-bit Windows
 * programs of both widths see the same ones there, for the machine and for a user alike, while the
 * rest of Software is theirs in common for a user only.
 *
 * Errors are Win32 numbers, 0 for success. Paths begin at the hive, since only then does Windows
 * send a 32-bit program to its own part of the registry where it has one. */
#ifndef QMGR_COM_REGISTRY_H
#define QMGR_COM_REGISTRY_H

#include <windows.h>

struct journal {
    HKEY hive; /* HKEY_LOCAL_MACHINE or HKEY_CURRENT_USER */
    const wchar_t *name;
    HKEY
        saved; /* where the notes are: hive\Software\Classes\QmgrPrxy\name; NULL if there is none */
};

/* make: whether the journal is made if it does not exist. The name has to stay valid. */
LONG journal_open(HKEY hive, const wchar_t *name, BOOL make, struct journal *journal);
void journal_close(struct journal *journal);

/* Writes a REG_SZ (name NULL: the default value), making the key and its parents as needed; text
 * NULL: only the key. What is as wanted already is not noted, so repeating it leaves no trace. */
LONG journal_set(struct journal *journal, const wchar_t *path, const wchar_t *name,
                 const wchar_t *text);

/* Undoes everything that was noted and removes the journal. A value that is not any more as we
 * wrote it stays, and so does a key that is not empty. Goes on after an error; returns the
 * first, and keeps the notes on what could not be undone. */
LONG journal_undo(struct journal *journal);

/* Does another value stand where the first was noted? Then somebody else has taken over. FALSE if there is no such
 * value any more, or no note. */
BOOL journal_is_taken_over(const struct journal *journal);
/* Removes the journal and leaves everything as it is. */
LONG journal_forget(struct journal *journal);

/* Has the key a default value that says something? TRUE also if that cannot be told. */
BOOL registry_is_taken(HKEY hive, const wchar_t *path);

#endif
