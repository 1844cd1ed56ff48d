/* SPDX-License-Identifier: MIT */
/* What stands in the registry when the DLL is registered: the one list of it. */
#ifndef QMGR_COM_REGISTRATION_TABLE_H
#define QMGR_COM_REGISTRATION_TABLE_H

#include <stddef.h>

/* Whose a row is on 64-bit Windows, where the DLLs of both widths can be registered. */
enum registration_owner {
    OWN,    /* this width's: the key is redirected, or has the width in its name */
    SHARED, /* the same key for both; the text must not depend on width or file */
};

/* In key and text, {class}, {app}, {proxy} and {library} stand for our GUIDs and {file} for this
 * DLL's full name. */
struct registration_row {
    enum registration_owner owner;
    const wchar_t *key;  /* below the hive */
    const wchar_t *name; /* of the value; NULL: the key's default value */
    const wchar_t *text; /* REG_SZ; NULL: only the key */
};

/* Shared rows come first, so that the parents which both widths need are noted with them. */

extern const struct registration_row registration_table[];
extern const size_t registration_table_rows;

#endif
