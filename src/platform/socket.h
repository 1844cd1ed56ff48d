/* SPDX-License-Identifier: MIT */
/* What libcurl does not do with a TCP socket. A socket is passed as intptr_t, whatever the system's type. */
#ifndef QMGR_PLATFORM_SOCKET_H
#define QMGR_PLATFORM_SOCKET_H

#include <stdint.h>

/* Bytes that have come and were not read yet; 0 if the system does not tell. */
uint64_t socket_bytes_queued(intptr_t socket);
/* How much may come before it is read (TCP's window), in bytes. Windows and Linux then do not choose it themselves any
 * more, and Linux limits it (net.core.rmem_max). Of no effect where the system refuses it. */
void socket_set_window(intptr_t socket, int bytes);
/* 0 if it has none. */
uint16_t socket_local_port(intptr_t socket);
/* 0 on success. */
int socket_close(intptr_t socket);

#endif
