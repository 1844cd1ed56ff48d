/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "platform/platform.h"

#ifdef _WIN32
#define SEPARATOR '\\'
#else
#define SEPARATOR '/'
#endif

static bool is_separator(char c)
{
    return c == '/' || c == SEPARATOR;
}

/* How many characters of the path name its root, with the separator: "/", "C:\", "\\". */
static size_t root_length(const char *path)
{
    size_t length = 0;
    if (SEPARATOR == '\\' && path[0] != '\0' && path[1] == ':') {
        length = 2;
    }
    while (is_separator(path[length])) {
        length++;
    }
    return length;
}

static char *copy(const char *text, size_t length)
{
    char *out = malloc(length + 1);
    if (out) {
        memcpy(out, text, length);
        out[length] = '\0';
    }
    return out;
}

char *path_folder(const char *path)
{
    size_t root = root_length(path);
    size_t length = strlen(path);
    while (length > root && !is_separator(path[length - 1])) {
        length--;
    }
    while (length > root && is_separator(path[length - 1])) {
        length--;
    }
    return length == 0 ? copy(".", 1) : copy(path, length);
}

char *path_join(const char *folder, const char *name)
{
    size_t head = strlen(folder);
    size_t tail = strlen(name);
    bool separate = head > 0 && !is_separator(folder[head - 1]);
    char *out = malloc(head + separate + tail + 1);
    if (!out) {
        return NULL;
    }
    memcpy(out, folder, head);
    if (separate) {
        out[head++] = SEPARATOR;
    }
    memcpy(out + head, name, tail + 1);
    return out;
}

bool file_stamp_equal(const struct file_stamp *one, const struct file_stamp *other)
{
    return one->size == other->size && one->written == other->written && one->id == other->id &&
           one->volume == other->volume;
}
