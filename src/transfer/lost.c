/* SPDX-License-Identifier: MIT */
#include "transfer/lost.h"

#include <string.h>

#include "platform/digest.h"

/* Never 0. */
static uint64_t hash_of(const char *path)
{
    struct digest digest;
    digest_start(&digest);
    digest_add(&digest, path, strlen(path));
    uint64_t hash = digest_value(&digest);
    return hash ? hash : 1;
}

static size_t find(const struct lost *lost, uint64_t path)
{
    size_t i = 0;
    while (i < LOST_MOST && lost->parts[i].path != path) {
        i++;
    }
    return i;
}

void lost_note(struct lost *lost, const char *path, int64_t bytes)
{
    uint64_t hash = hash_of(path);
    size_t i = find(lost, hash);
    if (i == LOST_MOST) {
        i = lost->next;
        lost->next = (lost->next + 1) % LOST_MOST;
        lost->parts[i] = (struct lost_part){.path = hash};
    }
    if (bytes > lost->parts[i].bytes) {
        lost->parts[i].bytes = bytes;
    }
}

int64_t lost_bytes(const struct lost *lost, const char *path)
{
    size_t i = find(lost, hash_of(path));
    return i < LOST_MOST ? lost->parts[i].bytes : 0;
}
