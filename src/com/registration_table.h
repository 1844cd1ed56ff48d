/* SPDX-License-Identifier: MIT */
/* What stands in the registry when the DLL is registered: the one list of it. */
#ifndef QMGR_COM_REGISTRATION_TABLE_H
#define QMGR_COM_REGISTRATION_TABLE_H

#include <stddef.h>

/* In key and text, {class}, {app}, {proxy} and {library} stand for our GUIDs, {file} for this
 * DLL's full name and {folder} for its folder. */
struct registration_row {
    const wchar_t *key;  /* below the hive */
    const wchar_t *name; /* of the value; NULL: the key's default value */
    const wchar_t *text; /* REG_SZ */
};

extern const struct registration_row registration_table[];
extern const size_t registration_table_rows;

#endif
