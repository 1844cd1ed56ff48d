/* SPDX-License-Identifier: MIT */
#include "com/variant.h"

#include "com/fault_hresult.h"
#include "com/text.h"

HRESULT variant_read_int(const VARIANT *variant, int64_t *value)
{
    switch (V_VT(variant)) {
    case VT_I2: *value = V_I2(variant); return S_OK;
    case VT_UI2: *value = V_UI2(variant); return S_OK;
    case VT_I4: *value = V_I4(variant); return S_OK;
    case VT_UI4: *value = V_UI4(variant); return S_OK;
    case VT_INT: *value = V_INT(variant); return S_OK;
    case VT_UINT: *value = V_UINT(variant); return S_OK;
    default: return E_INVALIDARG;
    }
}

HRESULT variant_read_text(const VARIANT *variant, size_t limit, char **utf8)
{
    *utf8 = NULL;
    if (V_VT(variant) != VT_BSTR)
        return E_INVALIDARG;
    return hresult_from_fault(text_from_bstr(V_BSTR(variant), limit, utf8));
}

void variant_write_empty(VARIANT *variant)
{
    VariantInit(variant);
}

void variant_write_int(VARIANT *variant, int32_t value)
{
    VariantInit(variant);
    V_VT(variant) = VT_I4;
    V_I4(variant) = value;
}

HRESULT variant_write_text(VARIANT *variant, const char *utf8)
{
    VariantInit(variant);
    BSTR bstr = text_to_bstr(utf8);
    if (!bstr)
        return E_OUTOFMEMORY;
    V_VT(variant) = VT_BSTR;
    V_BSTR(variant) = bstr;
    return S_OK;
}
