/* SPDX-License-Identifier: MIT */
#include "platform/settings.h"

#include <stdlib.h>

#include "platform/platform.h"

enum setting_found setting_look(enum setting_place place, const char *name, char **text)
{
    (void)place, (void)name;
    *text = NULL;
    return FOUND_NOT;
}

enum setting_found setting_look_environment(const char *variable, char **text)
{
    *text = platform_env(variable);
    if (*text && **text) {
        return FOUND_TEXT;
    }
    free(*text);
    *text = NULL;
    return FOUND_NOT;
}
