/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "transfer/file_url.h"

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_host(const char *host, size_t length)
{
    static const char others[] = "0123456789-._";
    for (size_t i = 0; i < length; i++) {
        if (!is_letter(host[i]) && !strchr(others, host[i])) {
            return false;
        }
    }
    return file_url_is_name(host, length);
}

char *file_url_to_system(const char *rest)
{
    bool local = rest[0] == '/';
    size_t host = strcspn(rest, "/");
    bool good = local ? is_letter(rest[1]) && rest[2] == ':' && file_url_is_path(rest + 3, 1)
                      : is_host(rest, host) && file_url_is_path(rest + host, 2);
    char *path = good ? malloc(strlen(rest) + 3) : NULL;
    if (path) {
        strcpy(path, local ? "" : "\\\\");
        strcat(path, local ? rest + 1 : rest);
        for (char *c = path; *c; c++) {
            *c = *c == '/' ? '\\' : *c;
        }
    }
    return path;
}
