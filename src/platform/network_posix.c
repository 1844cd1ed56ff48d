/* SPDX-License-Identifier: MIT */
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "platform/network.h"

static uint64_t weight_of(const struct ifaddrs *one)
{
    if (!one->ifa_addr ||
        (one->ifa_flags & (IFF_UP | IFF_RUNNING | IFF_LOOPBACK)) != (IFF_UP | IFF_RUNNING)) {
        return 0;
    }
    const void *address = one->ifa_addr;
    switch (one->ifa_addr->sa_family) {
    case AF_INET:
        return network_weight((const void *)&((const struct sockaddr_in *)address)->sin_addr, 4);
    case AF_INET6:
        return network_weight((const void *)&((const struct sockaddr_in6 *)address)->sin6_addr, 16);
    default: return 0;
    }
}

uint64_t network_ask_system(void)
{
    struct ifaddrs *all;
    uint64_t sum = NETWORK_NONE;
    if (getifaddrs(&all) != 0) {
        return NETWORK_UNKNOWN;
    }
    for (const struct ifaddrs *one = all; one; one = one->ifa_next) {
        sum += weight_of(one);
    }
    freeifaddrs(all);
    return sum;
}
