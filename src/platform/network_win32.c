/* SPDX-License-Identifier: MIT */
#include <winsock2.h>
#include <ws2tcpip.h>

#include <iphlpapi.h>
#include <stdbool.h>
#include <stdlib.h>

#include "platform/network.h"

#define ROOM_FIRST (16u * 1024) /* what Microsoft's page advises */
#define TRIES 4                 /* it may grow between two calls */

static uint64_t weight_of(const SOCKET_ADDRESS *address)
{
    const void *socket_address = address->lpSockaddr;
    switch (address->lpSockaddr->sa_family) {
    case AF_INET:
        return network_weight((const void *)&((const SOCKADDR_IN *)socket_address)->sin_addr, 4);
    case AF_INET6:
        return network_weight((const void *)&((const SOCKADDR_IN6 *)socket_address)->sin6_addr, 16);
    default: return 0;
    }
}

/* What is not known to be down counts: its addresses decide. */
static bool is_up(const IP_ADAPTER_ADDRESSES *adapter)
{
    return adapter->IfType != IF_TYPE_SOFTWARE_LOOPBACK &&
           adapter->OperStatus != IfOperStatusDown &&
           adapter->OperStatus != IfOperStatusNotPresent &&
           adapter->OperStatus != IfOperStatusLowerLayerDown;
}

static uint64_t sum_of(const IP_ADAPTER_ADDRESSES *adapters)
{
    uint64_t sum = NETWORK_NONE;
    for (const IP_ADAPTER_ADDRESSES *adapter = adapters; adapter; adapter = adapter->Next) {
        if (!is_up(adapter)) {
            continue;
        }
        for (const IP_ADAPTER_UNICAST_ADDRESS *unicast = adapter->FirstUnicastAddress; unicast;
             unicast = unicast->Next) {
            sum += weight_of(&unicast->Address);
        }
    }
    return sum;
}

uint64_t network_ask_system(void)
{
    const ULONG flags = GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST | GAA_FLAG_SKIP_DNS_SERVER |
                        GAA_FLAG_SKIP_FRIENDLY_NAME;
    ULONG room = ROOM_FIRST;
    ULONG error = ERROR_BUFFER_OVERFLOW;
    uint64_t seen = NETWORK_UNKNOWN;
    for (int i = 0; i < TRIES && error == ERROR_BUFFER_OVERFLOW; i++) {
        IP_ADAPTER_ADDRESSES *adapters = malloc(room);
        if (!adapters) {
            break;
        }
        error = GetAdaptersAddresses(AF_UNSPEC, flags, NULL, adapters, &room);
        if (error == ERROR_SUCCESS) {
            seen = sum_of(adapters);
        }
        free(adapters);
    }
    return error == ERROR_NO_DATA ? NETWORK_NONE : seen;
}
