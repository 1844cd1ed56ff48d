/* SPDX-License-Identifier: MIT */
/* Reading and writing the VARIANTs of GetProp and SetProp. No coercion: only the types that the
 * documents name are taken. */
#ifndef QMGR_COM_VARIANT_H
#define QMGR_COM_VARIANT_H

#include <windows.h>
#include <oleauto.h>
#include <stddef.h>
#include <stdint.h>

/* VT_I2, VT_UI2, VT_I4, VT_UI4, VT_INT and VT_UINT, each by its own sign; others E_INVALIDARG. */
HRESULT variant_read_int(const VARIANT *variant, int64_t *value);
/* VT_BSTR of at most `limit` characters, NULL being the empty string. *utf8 is malloc'ed, NULL
 * unless S_OK is returned. E_INVALIDARG for other types, longer texts, a NUL inside, lone
 * surrogates; E_OUTOFMEMORY. */
HRESULT variant_read_text(const VARIANT *variant, size_t limit, char **utf8);

/* Overwrite the VARIANT without a look at what was in it. On failure it is VT_EMPTY. */
void variant_write_empty(VARIANT *variant);
void variant_write_int(VARIANT *variant, int32_t value);        /* VT_I4 */
HRESULT variant_write_text(VARIANT *variant, const char *utf8); /* VT_BSTR; E_OUTOFMEMORY */

#endif
