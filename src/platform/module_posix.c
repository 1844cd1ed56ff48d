/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "platform/platform.h"

/* Natively there are programs only. */
char *platform_beside_module(const char *name)
{
    char own[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
    if (length <= 0) {
        return NULL;
    }
    own[length] = '\0';
    char *folder = path_folder(own);
    char *path = folder ? path_join(folder, name) : NULL;
    free(folder);
    return path;
}
