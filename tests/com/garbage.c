/* SPDX-License-Identifier: MIT */
#include "garbage.h"

#include <wchar.h>

static uint32_t next(struct garbage *garbage)
{
    garbage->state = garbage->state * 1664525u + 1013904223u;
    return garbage->state >> 8;
}

uint32_t garbage_below(struct garbage *garbage, uint32_t limit)
{
    return next(garbage) % limit;
}

bool garbage_one_in(struct garbage *garbage, uint32_t many)
{
    return garbage_below(garbage, many) == 0;
}

static DWORD any_dword(struct garbage *garbage)
{
    return next(garbage) << 16 ^ next(garbage);
}

DWORD garbage_dword(struct garbage *garbage)
{
    static const DWORD edges[] = {0x7FFF,     0x8000,     0xFFFF,     0x10000,   0x10000000,
                                  0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF};
    switch (garbage_below(garbage, 4)) {
    case 0: return edges[garbage_below(garbage, COUNT(edges))];
    case 1: return any_dword(garbage);
    default: return garbage_below(garbage, 16);
    }
}

GUID garbage_guid(struct garbage *garbage)
{
    const GUID *known = garbage->ids[garbage_below(garbage, COUNT(garbage->ids))];
    if (known != NULL && garbage_one_in(garbage, 2))
        return *known;
    if (garbage_one_in(garbage, 8))
        return GUID_NULL;
    DWORD words[4];
    for (size_t i = 0; i < COUNT(words); i++)
        words[i] = any_dword(garbage);
    GUID id;
    memcpy(&id, words, sizeof id);
    return id;
}

const GUID *garbage_iid(struct garbage *garbage)
{
    static const GUID unknown_iid = {0xDEADBEEF, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};
    static const GUID *const iids[] = {
        &IID_IBackgroundCopyQMgr,
        &IID_IBackgroundCopyGroup,
        &IID_IBackgroundCopyJob1,
        &IID_IBackgroundCopyCallback1,
        &IID_IBackgroundCopyCallback1,
        &IID_IEnumBackgroundCopyGroups,
        &IID_IUnknown,
        &IID_IDispatch,
        &IID_IClassFactory,
        &GUID_NULL,
        &unknown_iid,
    };
    return iids[garbage_below(garbage, COUNT(iids))];
}

/* ---- texts -------------------------------------------------------------------------------- */

static BSTR any_characters(struct garbage *garbage, UINT length)
{
    BSTR text = SysAllocStringLen(NULL, length);
    for (UINT i = 0; text != NULL && i < length; i++)
        text[i] = (OLECHAR)next(garbage);
    return text;
}

static BSTR odd_bytes(struct garbage *garbage)
{
    char bytes[33];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)next(garbage);
    return SysAllocStringByteLen(bytes, 1 + 2 * garbage_below(garbage, sizeof bytes / 2));
}

/* Good at first, then with one character changed, perhaps into the terminator. */
static BSTR nearly_good(struct garbage *garbage, const wchar_t *good)
{
    static const OLECHAR bad[] = {0, L'*', L'?', L':', L'/', L'\\', L'%', L'@', L'\n', 0xD800};
    BSTR text = SysAllocString(good);
    if (text != NULL && good[0] != 0)
        text[garbage_below(garbage, (uint32_t)wcslen(good))] =
            bad[garbage_below(garbage, COUNT(bad))];
    return text;
}

BSTR garbage_bstr(struct garbage *garbage)
{
    static const wchar_t *const words[] = {
        L"",
        L"x",
        L"{00000000-0000-0000-0000-000000000000}",
        L"{12345678-1234-1234-1234-123456789ABC}",
        L"{12345678-1234-1234-1234-12345678}",
        L"ftp://localhost/x",
        L"http://",
        L"http://[::1",
        L"\\\\server\\share\\file",
        L"C:",
        L"C:\\nowhere\\file.bin",
        L"NUL",
        L"\\\\?\\C:\\x",
    };
    switch (garbage_below(garbage, 8)) {
    case 0: return NULL;
    case 1: return any_characters(garbage, garbage_below(garbage, 300));
    case 2: return odd_bytes(garbage);
    case 3: return nearly_good(garbage, garbage->remote);
    case 4: return nearly_good(garbage, garbage->local);
    case 5:
        return garbage_one_in(garbage, 8)
                   ? any_characters(garbage, 2000 + garbage_below(garbage, 60000))
                   : any_characters(garbage, 250 + garbage_below(garbage, 20));
    default: return SysAllocString(words[garbage_below(garbage, COUNT(words))]);
    }
}

/* ---- VARIANTs ----------------------------------------------------------------------------- */

static const VARTYPE scalars[] = {VT_EMPTY, VT_NULL, VT_I2,    VT_I4,   VT_R4,  VT_R8,
                                  VT_CY,    VT_DATE, VT_ERROR, VT_BOOL, VT_I1,  VT_UI1,
                                  VT_UI2,   VT_UI4,  VT_I8,    VT_UI8,  VT_INT, VT_UINT};
/* Not for VARIANTs at all, or not for the wire. */
static const VARTYPE strange[] = {
    VT_VOID,  VT_HRESULT,          VT_PTR, VT_LPWSTR,   VT_FILETIME,
    VT_CLSID, VT_VECTOR | VT_BSTR, 0x0FFF, VT_RESERVED, VT_USERDEFINED};

static VARTYPE any_scalar(struct garbage *garbage)
{
    return scalars[garbage_below(garbage, COUNT(scalars))];
}

static void fill_scalar(struct garbage *garbage, VARIANT *variant)
{
    V_VT(variant) = any_scalar(garbage);
    V_I8(variant) = garbage_one_in(garbage, 2) ? (LONGLONG)garbage_dword(garbage)
                                               : (LONGLONG)garbage_below(garbage, 16);
}

static void fill_reference(struct garbage *garbage, struct garbage_variant *made)
{
    switch (garbage_below(garbage, 3)) {
    case 0:
        made->text = garbage_bstr(garbage);
        V_VT(&made->variant) = VT_BYREF | VT_BSTR;
        V_BSTRREF(&made->variant) = &made->text;
        break;
    case 1:
        fill_scalar(garbage, &made->inner);
        if (garbage_one_in(garbage, 3)) {
            V_VT(&made->inner) = VT_BSTR;
            V_BSTR(&made->inner) = garbage_bstr(garbage);
        }
        V_VT(&made->variant) = VT_BYREF | VT_VARIANT;
        V_VARIANTREF(&made->variant) = &made->inner;
        break;
    default:
        made->scalar[0] = (LONGLONG)garbage_dword(garbage);
        V_VT(&made->variant) = VT_BYREF | VT_I4;
        V_BYREF(&made->variant) = made->scalar;
        break;
    }
}

static void fill_elements(struct garbage *garbage, SAFEARRAY *array, VARTYPE type, LONG count)
{
    for (LONG i = 0; i < count; i++) {
        if (type == VT_BSTR) {
            BSTR text = garbage_bstr(garbage);
            SafeArrayPutElement(array, &i, text);
            SysFreeString(text);
        } else {
            VARIANT variant;
            VariantInit(&variant);
            fill_scalar(garbage, &variant);
            SafeArrayPutElement(array, &i,
                                type == VT_VARIANT ? (void *)&variant : (void *)&V_I4(&variant));
        }
    }
}

static void fill_array(struct garbage *garbage, VARIANT *variant)
{
    static const VARTYPE types[] = {VT_UI1, VT_I4, VT_BSTR, VT_VARIANT};
    VARTYPE type = types[garbage_below(garbage, COUNT(types))];
    ULONG count = garbage_below(garbage, 20);
    SAFEARRAY *array = garbage_one_in(garbage, 8) ? NULL : SafeArrayCreateVector(type, 0, count);
    if (array != NULL)
        fill_elements(garbage, array, type, (LONG)count);
    V_VT(variant) = VT_ARRAY | type;
    V_ARRAY(variant) = array;
}

static void fill_object(struct garbage *garbage, VARIANT *variant)
{
    V_VT(variant) = VT_DISPATCH;
    V_DISPATCH(variant) = NULL;
    if (garbage_one_in(garbage, 2))
        return;
    /* The object is no IDispatch; COM would not even send it as one. */
    IUnknown_AddRef(garbage->object);
    V_VT(variant) = VT_UNKNOWN;
    V_UNKNOWN(variant) = garbage->object;
}

void garbage_variant_make(struct garbage *garbage, struct garbage_variant *made)
{
    memset(made, 0, sizeof *made);
    switch (garbage_below(garbage, 8)) {
    case 0:
    case 1:
        V_VT(&made->variant) = VT_BSTR;
        V_BSTR(&made->variant) = garbage_bstr(garbage);
        break;
    case 2: fill_reference(garbage, made); break;
    case 3: fill_array(garbage, &made->variant); break;
    case 4: fill_object(garbage, &made->variant); break;
    case 5: V_VT(&made->variant) = strange[garbage_below(garbage, COUNT(strange))]; break;
    default: fill_scalar(garbage, &made->variant); break;
    }
}

static void clear_owned(VARIANT *variant)
{
    VARTYPE type = V_VT(variant);
    if (type == VT_BSTR || type == VT_UNKNOWN || type == VT_DISPATCH ||
        (type & (VT_ARRAY | VT_BYREF | VT_VECTOR)) == VT_ARRAY)
        VariantClear(variant);
}

void garbage_variant_clear(struct garbage_variant *made)
{
    clear_owned(&made->variant);
    clear_owned(&made->inner);
    SysFreeString(made->text);
}

/* ---- files -------------------------------------------------------------------------------- */

static BSTR fresh_local(struct garbage *garbage)
{
    return SysAllocString(
        text_of(L"%ls%lu.bin", garbage->local, (unsigned long)++garbage->numbers_given_out).w);
}

/* Good in most of its parts, so that each check of the names comes to be the one that fails. */
static void fill_info(struct garbage *garbage, FILESETINFO *info)
{
    memset(info, 0xCD, sizeof *info); /* nobody sets dwSizeHint */
    info->bstrRemoteFile =
        garbage_one_in(garbage, 3) ? garbage_bstr(garbage) : SysAllocString(garbage->remote);
    info->bstrLocalFile = garbage_one_in(garbage, 3) ? garbage_bstr(garbage) : fresh_local(garbage);
}

static ULONG any_count(struct garbage *garbage)
{
    if (garbage_one_in(garbage, 40))
        return garbage_below(garbage, GARBAGE_FILES_MOST + 1);
    return garbage_below(garbage, 5);
}

void garbage_files_make(struct garbage *garbage, struct garbage_files *made)
{
    made->count = any_count(garbage);
    for (size_t i = 0; i < COUNT(made->infos); i++)
        fill_info(garbage, &made->infos[i]);
    for (ULONG i = 0; i < made->count; i++) {
        ULONG which = i < COUNT(made->infos) ? i : garbage_below(garbage, COUNT(made->infos));
        made->set[i] = garbage_one_in(garbage, 12) ? NULL : &made->infos[which];
    }
}

void garbage_files_clear(struct garbage_files *made)
{
    for (size_t i = 0; i < COUNT(made->infos); i++) {
        SysFreeString(made->infos[i].bstrRemoteFile);
        SysFreeString(made->infos[i].bstrLocalFile);
    }
}
