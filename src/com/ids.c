/* SPDX-License-Identifier: MIT */
/* A GUID is a struct to COM and sixteen bytes to the queue. */
#include <string.h>

#include "com/objects.h"

struct queue_id queue_id_of(const GUID *guid)
{
    struct queue_id id;
    memcpy(id.bytes, guid, sizeof id.bytes);
    return id;
}

GUID guid_of(const struct queue_id *id)
{
    GUID guid;
    memcpy(&guid, id->bytes, sizeof guid);
    return guid;
}
