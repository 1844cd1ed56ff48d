/* SPDX-License-Identifier: MIT */
#include "platform/network.h"

#include <stdatomic.h>
#include <stdbool.h>

static uint64_t (*_Atomic asked)(void);

void network_seam_set(uint64_t (*seam)(void))
{
    atomic_store(&asked, seam);
}

uint64_t network_look(void)
{
    uint64_t (*seam)(void) = atomic_load(&asked);
    return seam ? seam() : network_ask_system();
}

static bool is_of_this_machine(const uint8_t *address, size_t size)
{
    if (size == 4) {
        return address[0] == 0 || address[0] == 127 || (address[0] == 169 && address[1] == 254);
    }
    bool loopback = address[15] <= 1; /* and unspecified */
    for (size_t i = 0; i < 15; i++) {
        loopback = loopback && address[i] == 0;
    }
    return loopback || (address[0] == 0xFE && (address[1] & 0xC0) == 0x80);
}

uint64_t network_weight(const uint8_t *address, size_t size)
{
    if (is_of_this_machine(address, size)) {
        return 0;
    }
    uint64_t hash = UINT64_C(0xCBF29CE484222325); /* FNV-1a */
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ address[i]) * UINT64_C(0x100000001B3);
    }
    return hash | 1; /* one address alone must not look like none */
}
