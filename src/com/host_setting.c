/* SPDX-License-Identifier: MIT */
/* Whether a stand-by host may be started: the environment's QMGRPRXY_HOST, else the user's value Host in
 * the registry, else yes. */
#include <stdlib.h>
#include <string.h>

#include "com/host.h"
#include "platform/platform.h"
#include "platform/text.h"

#define KEY L"Software\\QmgrPrxy"
#define VALUE L"Host"
#define TEXT_MOST 16 /* characters; what is longer is none of the words */

static bool is_off(const char *text)
{
    return _stricmp(text, "off") == 0 || _stricmp(text, "no") == 0 || strcmp(text, "0") == 0;
}

static bool is_off_in_registry(void)
{
    union {
        DWORD number;
        wchar_t text[TEXT_MOST];
    } data = {0};
    DWORD type = 0, size = sizeof data;
    HKEY key;
    if (RegOpenKeyExW(HKEY_CURRENT_USER, KEY, 0, KEY_QUERY_VALUE, &key) != ERROR_SUCCESS)
        return false;
    LONG error = RegQueryValueExW(key, VALUE, NULL, &type, (BYTE *)&data, &size);
    RegCloseKey(key);
    if (error != ERROR_SUCCESS)
        return false;
    if (type == REG_DWORD && size == sizeof data.number)
        return data.number == 0;
    if (type != REG_SZ)
        return false;
    data.text[TEXT_MOST - 1] = 0; /* the registry does not promise a terminator */
    char *text = text_utf8(data.text, wcslen(data.text));
    bool off = text && is_off(text);
    free(text);
    return off;
}

bool host_is_wanted(void)
{
    char *text = platform_env("QMGRPRXY_HOST");
    bool off = text && text[0] ? is_off(text) : is_off_in_registry();
    free(text);
    return !off;
}
