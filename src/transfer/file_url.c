/* SPDX-License-Identifier: MIT */
#include "transfer/file_url.h"

#include <stdlib.h>
#include <string.h>

#include "transfer/scheme.h"

static int hex_value(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* In place. False if the encoding is not well-formed, or hides a separator or an end. */
static bool decode(char *text)
{
    char *to = text;
    for (; *text; text++) {
        char c = *text;
        if (c == '%') {
            int high = hex_value(text[1]);
            int low = high < 0 ? -1 : hex_value(text[2]);
            if (low < 0) {
                return false;
            }
            c = (char)(high * 16 + low);
            text += 2;
            if (c == '/' || c == '\0') {
                return false;
            }
        }
        *to++ = c;
    }
    *to = '\0';
    return true;
}

bool file_url_is_name(const char *name, size_t length)
{
    bool dots = length > 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)name[i];
        if (c < 0x20 || c == 0x7F || strchr("\\:*?\"<>|", c)) {
            return false;
        }
        dots = dots && c == '.';
    }
    return length > 0 && !dots && name[length - 1] != ' ' && name[length - 1] != '.';
}

bool file_url_is_path(const char *path, int least)
{
    int names = 0;
    while (*path == '/') {
        size_t length = strcspn(++path, "/");
        if (!file_url_is_name(path, length)) {
            return false;
        }
        path += length;
        names++;
    }
    return *path == '\0' && names >= least;
}

char *file_url_path(const char *url)
{
    size_t scheme = 0;
    if (scheme_of(url, &scheme) != SCHEME_FILE || url[scheme + strcspn(url + scheme, "?#")]) {
        return NULL;
    }
    char *rest = malloc(strlen(url) + 1);
    if (!rest) {
        return NULL;
    }
    strcpy(rest, url + scheme);
    char *path = decode(rest) ? file_url_to_system(rest) : NULL;
    free(rest);
    return path;
}
