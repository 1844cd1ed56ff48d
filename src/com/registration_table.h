/* SPDX-License-Identifier: MIT */
/* What stands in the registry when the DLL is registered, made from registration_list.h. */
#ifndef QMGR_COM_REGISTRATION_TABLE_H
#define QMGR_COM_REGISTRATION_TABLE_H

#include <stddef.h>

/* Whose a row is on 64-bit Windows, where the DLLs of both widths can be registered. */
enum registration_owner {
    OWN,    /* this width's: the key is redirected, or has the width in its name */
    SHARED, /* the same key for both; the text must not depend on width or file */
};

/* Texts that stand for what is only known when the DLL is registered. */
#define REGISTRATION_FILE L"{file}" /* this DLL's full name */
#define REGISTRATION_HOST L"{host}" /* what starts a host; the row is left out if nothing can */

struct registration_row {
    enum registration_owner owner;
    const wchar_t *key;  /* below the hive */
    const wchar_t *name; /* of the value; NULL: the key's default value */
    const wchar_t *text; /* REG_SZ; NULL: only the key */
};

/* Shared rows come first, so that the parents which both widths need are noted with them. */
extern const struct registration_row registration_table[];
extern const size_t registration_table_rows;

/* Rows that are written together, and only where nobody has written such before. All are OWN. */
#define VACANCY_ROWS 3
struct registration_vacancy {
    const wchar_t *key; /* has a default value where somebody has */
    struct registration_row rows[VACANCY_ROWS];
};

/* The BITS proxies: first their class, its server in the first row; then each interface. */
extern const struct registration_vacancy registration_bits[];
extern const size_t registration_bits_count;

#endif
