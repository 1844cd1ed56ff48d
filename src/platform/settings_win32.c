/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "platform/platform.h"
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
    wchar_t *data; /* malloc'ed; zeros stand behind the value, which need not end itself */
};

/* ERROR_FILE_NOT_FOUND if there is none. At one go: between two, somebody might change it. */
static LONG read_value(HKEY key, const wchar_t *name, struct value *value)
{
    DWORD size = DATA_MOST;
    DWORD type = REG_NONE;
    wchar_t *data = calloc(1, DATA_MOST + 2 * sizeof(wchar_t));
    if (!data) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    LONG error = RegQueryValueExW(key, name, NULL, &type, (BYTE *)data, &size);
    if (error != ERROR_SUCCESS) {
        free(data);
        return error;
    }
    *value = (struct value){.type = type, .size = size, .data = data};
    return ERROR_SUCCESS;
}

/* Nothing but zeros may stand behind the text, or somebody would see more of it than we do. */
static bool is_one_text(const struct value *value)
{
    size_t units = value->size / sizeof(wchar_t);
    for (size_t i = wcslen(value->data); i < units; i++) {
        if (value->data[i] != 0) {
            return false;
        }
    }
    return value->size % sizeof(wchar_t) == 0;
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
    switch (value->type) {
    case REG_DWORD: return value->size == sizeof(DWORD) ? decimal(value->data) : NULL;
    case REG_SZ: return is_one_text(value) ? text_utf8(value->data, wcslen(value->data)) : NULL;
    case REG_EXPAND_SZ: return is_one_text(value) ? expanded(value->data) : NULL;
    default: return NULL;
    }
}

static enum setting_found found(char **text, enum setting_found what)
{
    if (*text && **text) {
        return what;
    }
    what = *text ? FOUND_NOT : FOUND_WRONG;
    free(*text);
    *text = NULL;
    return what;
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
    if (error == ERROR_SUCCESS) {
        *text = text_of(&value);
    }
    free(value.data);
    if (error == ERROR_FILE_NOT_FOUND) {
        return FOUND_NOT;
    }
    return found(text, value.type == REG_DWORD ? FOUND_NUMBER : FOUND_TEXT);
}

enum setting_found setting_look_environment(const char *variable, char **text)
{
    *text = platform_env(variable);
    if (*text) {
        return found(text, FOUND_TEXT);
    }
    wchar_t *wide = text_utf16(variable);
    bool is_set = wide && GetEnvironmentVariableW(wide, NULL, 0) > 0;
    free(wide);
    return is_set ? FOUND_WRONG : FOUND_NOT;
}
