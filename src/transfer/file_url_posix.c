/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <string.h>

#include "transfer/file_url.h"

char *file_url_to_system(const char *rest)
{
    return file_url_is_path(rest, 1) ? strdup(rest) : NULL;
}
