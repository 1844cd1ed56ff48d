/* SPDX-License-Identifier: MIT */
/* Is there a network? It is asked when something could not be reached, and every few seconds while something
 * waits: so it costs one call into the system, and leaves nothing behind. (To be told of changes would need
 * a thread, or a wait of its own, and neither Wine nor ReactOS can be relied upon to tell.) */
#ifndef QMGR_PLATFORM_NETWORK_H
#define QMGR_PLATFORM_NETWORK_H

#include <stddef.h>
#include <stdint.h>

#define NETWORK_NONE 0u

/* NETWORK_NONE if no interface that is up has an address by which others could be reached: loopback and the
 * addresses that a machine gives itself for want of others (169.254/16, fe80::/10) do not count. Else a number
 * that is the same as long as those addresses are. Also if the system does not tell: then nobody shall
 * wait for it. Any thread; may take some milliseconds. */
uint64_t network_look(void);

/* From now on `seam` answers in the place of the system. NULL, as at the start: the system does. For tests; any
 * thread. */
void network_seam_set(uint64_t (*seam)(void));

/* ---- for the files network*.c -------------------------------------------------------------- */

#define NETWORK_UNKNOWN 1u /* the system does not tell */

/* network_win32.c, network_posix.c */
uint64_t network_ask_system(void);
/* The sum over all addresses is what network_look returns: the order in which the system names them shall not
 * matter. 0 for an address that does not count. size: 4 or 16 bytes in the order of the network. */
uint64_t network_weight(const uint8_t *address, size_t size);

#endif
