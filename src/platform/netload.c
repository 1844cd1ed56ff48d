/* SPDX-License-Identifier: MIT */
#include "platform/netload.h"

#include <string.h>

/* Ethernet 14, IPv4 20, TCP with a time stamp 32. IPv6 has 20 more, which is little to a full packet. */
#define HEADERS 66u

static const struct netload_row *find(const struct netload *netload, uint32_t id)
{
    for (size_t i = 0; i < netload->count; i++) {
        if (netload->rows[i].id == id) {
            return &netload->rows[i];
        }
    }
    return NULL;
}

/* A counter that seems to have gone more than half round was set back: the interface was restarted. */
static uint64_t step(uint64_t before, uint64_t now, uint64_t counter_most)
{
    uint64_t went = (now - before) & counter_most;
    return went > counter_most / 2 ? 0 : went;
}

uint64_t netload_advance(struct netload *netload, const struct netload_row *rows, size_t count,
                         uint64_t counter_most)
{
    uint64_t busiest = 0;
    count = count < NETLOAD_ROWS_MOST ? count : NETLOAD_ROWS_MOST;
    for (size_t i = 0; i < count; i++) {
        const struct netload_row *before = find(netload, rows[i].id);
        if (before) {
            uint64_t bytes = step(before->bytes, rows[i].bytes, counter_most);
            uint64_t headers = step(before->packets, rows[i].packets, counter_most) * HEADERS;
            uint64_t content = bytes > headers ? bytes - headers : 0;
            busiest = content > busiest ? content : busiest;
        }
    }
    if (count > 0) {
        memcpy(netload->rows, rows, count * sizeof *rows);
    }
    netload->count = count;
    return busiest;
}

bool netload_received(struct netload *netload, uint64_t *bytes)
{
    struct netload_row rows[NETLOAD_ROWS_MOST];
    size_t count = 0;
    *bytes = 0;
    if (!netload_read(rows, NETLOAD_ROWS_MOST, &count)) {
        return false;
    }
    *bytes = netload_advance(netload, rows, count, netload_counter_most);
    return true;
}
