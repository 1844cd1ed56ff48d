/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "platform/settings.h"
#include "platform/text.h"

#define POLICIES L"Software\\Policies\\QmgrPrxy"
#define OWN L"Software\\QmgrPrxy"
#define DATA_MOST 65536u /* bytes */

static bool open_key(enum setting_place place, HKEY *key)
{
    bool machine = place == PLACE_MACHINE || place == PLACE_MACHINE_POLICY;
    bool policy = place == PLACE_USER_POLICY || place == PLACE_MACHINE_POLICY;
    return RegOpenKeyExW(machine ? HKEY_LOCAL_MACHINE : HKEY_CURRENT_USER, policy ? POLICIES : OWN,
                         0, KEY_QUERY_VALUE | KEY_WOW64_64KEY, key) == ERROR_SUCCESS;
}

struct value {
    DWORD type, size;
    wchar_t *data; /* malloc'ed; two zeros stand behind the value, which need not end itself */
};

/* ERROR_FILE_NOT_FOUND if there is none. */
static LONG read_value(HKEY key, const wchar_t *name, struct value *value)
{
    value->size = 0;
    LONG error = RegQueryValueExW(key, name, NULL, NULL, NULL, &value->size);
    if (error != ERROR_SUCCESS) {
        return error;
    }
    if (value->size > DATA_MOST) {
        return ERROR_MORE_DATA;
    }
    value->data = calloc(1, value->size + 2 * sizeof(wchar_t));
    if (!value->data) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    error = RegQueryValueExW(key, name, NULL, &value->type, (BYTE *)value->data, &value->size);
    if (error != ERROR_SUCCESS) {
        free(value->data);
        value->data = NULL;
    }
    return error;
}

static char *expanded(const wchar_t *text)
{
    DWORD units = ExpandEnvironmentStringsW(text, NULL, 0);
    wchar_t *wide = units > 0 && units <= DATA_MOST ? calloc(units, sizeof *wide) : NULL;
    char *out = NULL;
    if (wide && ExpandEnvironmentStringsW(text, wide, units) == units) {
        out = text_utf8(wide, wcslen(wide));
    }
    free(wide);
    return out;
}

static char *decimal(const void *data)
{
    DWORD number;
    char *text = malloc(16);
    memcpy(&number, data, sizeof number);
    if (text) {
        snprintf(text, 16, "%lu", (unsigned long)number);
    }
    return text;
}

/* NULL: none of the types that a setting may have, or not text. */
static char *text_of(const struct value *value)
{
    if (value->type == REG_DWORD && value->size == sizeof(DWORD)) {
        return decimal(value->data);
    }
    if (value->type == REG_EXPAND_SZ) {
        return expanded(value->data);
    }
    return value->type == REG_SZ ? text_utf8(value->data, wcslen(value->data)) : NULL;
}

enum setting_found setting_look(enum setting_place place, const char *name, char **text)
{
    HKEY key;
    *text = NULL;
    if (!open_key(place, &key)) {
        return FOUND_NOT;
    }
    struct value value = {0};
    wchar_t *wide = text_utf16(name);
    LONG error = wide ? read_value(key, wide, &value) : ERROR_NOT_ENOUGH_MEMORY;
    free(wide);
    RegCloseKey(key);
    if (error == ERROR_FILE_NOT_FOUND) {
        return FOUND_NOT;
    }
    *text = error == ERROR_SUCCESS ? text_of(&value) : NULL;
    free(value.data);
    if (!*text) {
        return FOUND_WRONG;
    }
    if (**text) {
        return FOUND_TEXT;
    }
    free(*text);
    *text = NULL;
    return FOUND_NOT;
}
