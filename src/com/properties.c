/* SPDX-License-Identifier: MIT */
#include "com/properties.h"

#include <stdlib.h>
#include <string.h>

#include "com/fault_hresult.h"
#include "com/notifier.h"
#include "com/text.h"
#include "com/variant.h"

#define DISPLAY_NAME_MOST 256
#define DESCRIPTION_MOST 1024
#define CLSID_LENGTH 38 /* "{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}" */
#define NOTIFY_SUPPORTED (QM_NOTIFY_GROUP_DONE | QM_NOTIFY_DISABLE_NOTIFY)
#define THE_PRIORITY 1 /* there is one only */

static const char no_class[] = "{00000000-0000-0000-0000-000000000000}";

static HRESULT get_text(struct queue *queue, int64_t key, enum group_text which, VARIANT *value)
{
    char *text;
    enum fault fault = queue_group_text(queue, key, which, &text);
    if (fault != FAULT_NONE)
        return hresult_from_fault(fault);
    const char *shown = which == GROUP_NOTIFY_CLSID && !text[0] ? no_class : text;
    HRESULT hr = variant_write_text(value, shown);
    free(text);
    return hr;
}

static HRESULT get_int(struct queue *queue, int64_t key, GROUPPROP which, VARIANT *value)
{
    struct group_info info;
    enum fault fault = queue_group_info(queue, key, &info);
    if (fault != FAULT_NONE)
        return hresult_from_fault(fault);
    if (which == GROUPPROP_NOTIFYFLAGS)
        variant_write_int(value, (int32_t)info.notify_flags);
    else
        variant_write_int(value, which == GROUPPROP_PRIORITY ? THE_PRIORITY : QM_PROTOCOL_HTTP);
    return S_OK;
}

HRESULT property_get(struct queue *queue, int64_t key, GROUPPROP which, VARIANT *value)
{
    variant_write_empty(value);
    switch ((int)which) {
    case GROUPPROP_PRIORITY:
    case GROUPPROP_PROTOCOLFLAGS:
    case GROUPPROP_NOTIFYFLAGS: return get_int(queue, key, which, value);
    case GROUPPROP_NOTIFYCLSID: return get_text(queue, key, GROUP_NOTIFY_CLSID, value);
    case GROUPPROP_DISPLAYNAME: return get_text(queue, key, GROUP_DISPLAY_NAME, value);
    case GROUPPROP_DESCRIPTION: return get_text(queue, key, GROUP_DESCRIPTION, value);
    default: return E_NOTIMPL;
    }
}

/* CLSIDFromString takes ProgIDs too, and looks into the registry for them; only the form in
 * braces goes through here. */
BOOL property_clsid(const char *text, CLSID *clsid)
{
    WCHAR wide[CLSID_LENGTH + 1];
    if (strlen(text) != CLSID_LENGTH)
        return FALSE;
    for (int i = 0; i < CLSID_LENGTH; i++) {
        BOOL dash = no_class[i] == '-', brace = no_class[i] == '{' || no_class[i] == '}';
        if (dash || brace ? text[i] != no_class[i] : !strchr("0123456789abcdefABCDEF", text[i]))
            return FALSE;
        wide[i] = (WCHAR)text[i];
    }
    wide[CLSID_LENGTH] = 0;
    return SUCCEEDED(CLSIDFromString(wide, clsid));
}

/* "{…}" in capitals, or "" for "none"; E_INVALIDARG if the text is neither. */
static HRESULT read_class(const VARIANT *value, CLSID *clsid, char canonical[CLSID_LENGTH + 1])
{
    char *text;
    HRESULT hr = variant_read_text(value, CLSID_LENGTH, &text);
    if (FAILED(hr))
        return hr;
    *clsid = CLSID_NULL;
    canonical[0] = 0;
    if (text[0] && !property_clsid(text, clsid))
        hr = E_INVALIDARG;
    free(text);
    if (FAILED(hr) || IsEqualGUID(clsid, &CLSID_NULL))
        return hr;
    WCHAR wide[CLSID_LENGTH + 1];
    StringFromGUID2(clsid, wide, CLSID_LENGTH + 1);
    for (int i = 0; i <= CLSID_LENGTH; i++)
        canonical[i] = (char)wide[i];
    return S_OK;
}

static HRESULT set_class(struct queue *queue, int64_t key, const VARIANT *value)
{
    CLSID clsid;
    char canonical[CLSID_LENGTH + 1];
    HRESULT hr = read_class(value, &clsid, canonical);
    /* What may fail for want of memory comes first: once the queue has the value, the call
     * succeeds. */
    if (SUCCEEDED(hr))
        hr = hresult_from_fault(notifier_prepare(queue, key));
    if (SUCCEEDED(hr))
        hr = hresult_from_fault(queue_group_set_text(queue, key, GROUP_NOTIFY_CLSID, canonical));
    if (SUCCEEDED(hr))
        notifier_class_changed(queue, key);
    return hr;
}

static HRESULT set_text(struct queue *queue, int64_t key, enum group_text which, size_t limit,
                        const VARIANT *value)
{
    char *text;
    HRESULT hr = variant_read_text(value, limit, &text);
    if (FAILED(hr))
        return hr;
    hr = hresult_from_fault(queue_group_set_text(queue, key, which, text));
    free(text);
    return hr;
}

static HRESULT set_notify_flags(struct queue *queue, int64_t key, const VARIANT *value)
{
    int64_t flags;
    HRESULT hr = variant_read_int(value, &flags);
    if (FAILED(hr))
        return hr;
    if (flags & ~(int64_t)NOTIFY_SUPPORTED)
        return E_NOTIMPL;
    hr = hresult_from_fault(queue_group_set_notify_flags(queue, key, (uint32_t)flags));
    if (SUCCEEDED(hr))
        notifier_wake(); /* an event may be due now that was not wanted before */
    return hr;
}

/* Properties that can have one value only: setting them to it changes nothing. */
static HRESULT set_fixed(const VARIANT *value, int64_t only)
{
    int64_t number;
    HRESULT hr = variant_read_int(value, &number);
    if (FAILED(hr))
        return hr;
    return number == only ? S_OK : E_INVALIDARG;
}

HRESULT property_set(struct queue *queue, int64_t key, GROUPPROP which, const VARIANT *value)
{
    switch ((int)which) {
    case GROUPPROP_PRIORITY: return set_fixed(value, THE_PRIORITY);
    case GROUPPROP_PROTOCOLFLAGS: return set_fixed(value, QM_PROTOCOL_HTTP);
    case GROUPPROP_NOTIFYFLAGS: return set_notify_flags(queue, key, value);
    case GROUPPROP_NOTIFYCLSID: return set_class(queue, key, value);
    case GROUPPROP_DISPLAYNAME:
        return set_text(queue, key, GROUP_DISPLAY_NAME, DISPLAY_NAME_MOST, value);
    case GROUPPROP_DESCRIPTION:
        return set_text(queue, key, GROUP_DESCRIPTION, DESCRIPTION_MOST, value);
    default: return E_NOTIMPL;
    }
}
