/* SPDX-License-Identifier: MIT */
/* What the network brings to this machine, to whichever program.
 *
 * Of all interfaces the busiest counts, not the sum: what comes through a tunnel, a bridge or a filter driver is
 * counted there and again by the interface below, which carries a little more. Loopback never counts. */
#ifndef QMGR_PLATFORM_NETLOAD_H
#define QMGR_PLATFORM_NETLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NETLOAD_ROWS_MOST 64u /* interfaces; more are not looked at */

/* One interface's counters, since whenever. */
struct netload_row {
    uint32_t id;             /* the same interface in the next reading */
    uint64_t bytes, packets; /* received */
};

/* All zero before the first reading. One thread at a time. */
struct netload {
    struct netload_row rows[NETLOAD_ROWS_MOST];
    size_t count;
};

/* Bytes that the busiest interface has received since the call before, without the headers of Ethernet, IP and TCP.
 * 0 for the first call; an interface that is new, or was reset, tells nothing before the next one. Costs some system
 * calls: not for each packet. Must be called again before a gigabyte has come, since counters of Windows XP go round
 * at four. False if the system does not tell. */
bool netload_received(struct netload *netload, uint64_t *bytes);

/* ---- for the files netload*.c ---------------------------------------------------------------- */

/* netload_win32.c, netload_posix.c: at most `room` rows, without loopback and tunnels. False if there are none to
 * be had. */
bool netload_read(struct netload_row *rows, size_t room, size_t *count);
/* Width of the counters that netload_read gives. */
extern const uint64_t netload_counter_most;
/* The part of netload_received that knows no system: goes over to these rows. counter_most: where counters go round. */
uint64_t netload_advance(struct netload *netload, const struct netload_row *rows, size_t count,
                         uint64_t counter_most);

#endif
