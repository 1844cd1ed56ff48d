/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "queue/queue.h"

struct queue_id_text queue_id_text(const struct queue_id *id)
{
    /* The first three fields are numbers, in the order of bytes of Windows' machines. */
    static const unsigned char order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    struct queue_id_text text = {""};
    char *at = text.text;
    *at++ = '{';
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *at++ = '-';
        at += snprintf(at, 3, "%02X", (unsigned)id->bytes[order[i]]);
    }
    *at++ = '}';
    *at = '\0';
    return text;
}
