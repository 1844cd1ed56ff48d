/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <winsock2.h>
/* after winsock2.h */
#include <iphlpapi.h>

#include "platform/netload.h"

#define TABLE_MOST (1u << 20) /* bytes */

/* Those of MIB_IFROW; MIB_IF_ROW2 has wider ones, from Vista on. */
const uint64_t netload_counter_most = UINT32_MAX;

/* The table may grow between the two calls. malloc'ed. */
static MIB_IFTABLE *read_table(void)
{
    ULONG size = 16384;
    for (int tries = 0; tries < 3 && size <= TABLE_MOST; tries++) {
        MIB_IFTABLE *table = malloc(size);
        DWORD error = table ? GetIfTable(table, &size, FALSE) : ERROR_OUTOFMEMORY;
        if (error == NO_ERROR) {
            return table;
        }
        free(table);
        if (error != ERROR_INSUFFICIENT_BUFFER) {
            return NULL;
        }
    }
    return NULL;
}

bool netload_read(struct netload_row *rows, size_t room, size_t *count)
{
    MIB_IFTABLE *table = read_table();
    *count = 0;
    for (DWORD i = 0; table && i < table->dwNumEntries && *count < room; i++) {
        const MIB_IFROW *row = &table->table[i];
        if (row->dwType != IF_TYPE_SOFTWARE_LOOPBACK && row->dwType != IF_TYPE_TUNNEL) {
            uint64_t packets = (uint32_t)(row->dwInUcastPkts + row->dwInNUcastPkts);
            rows[(*count)++] = (struct netload_row){row->dwIndex, row->dwInOctets, packets};
        }
    }
    free(table);
    return table != NULL;
}
