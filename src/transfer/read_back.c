/* SPDX-License-Identifier: MIT */
#include "transfer/read_back.h"

#include <stdlib.h>

int read_back(struct digest *digest, struct part *part, uint64_t to)
{
    if (digest_length(digest) >= to) {
        return 0;
    }
    uint64_t wanted = to - digest_length(digest);
    char little[4096]; /* without the memory it is slower, but it works */
    size_t room = wanted < READ_BACK_SLICE ? (size_t)wanted : (size_t)READ_BACK_SLICE;
    char *much = malloc(room);
    char *data = much ? much : little;
    room = much || room < sizeof little ? room : sizeof little;
    int error = 0;
    while (error == 0 && digest_length(digest) < to) {
        uint64_t at = digest_length(digest);
        size_t size = to - at < room ? (size_t)(to - at) : room;
        error = part_read(part, at, data, size);
        if (error == 0) {
            digest_add(digest, data, size);
        }
    }
    free(much);
    return error;
}
