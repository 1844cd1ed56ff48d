/* SPDX-License-Identifier: MIT */
#include <winsock2.h>
/* after winsock2.h */
#include <ws2tcpip.h>

#include "platform/socket.h"

uint64_t socket_bytes_queued(intptr_t socket)
{
    u_long bytes = 0;
    return ioctlsocket((SOCKET)socket, (long)FIONREAD, &bytes) == 0 ? bytes : 0;
}

void socket_set_window(intptr_t socket, int bytes)
{
    (void)setsockopt((SOCKET)socket, SOL_SOCKET, SO_RCVBUF, (const char *)&bytes, sizeof bytes);
}

uint16_t socket_local_port(intptr_t socket)
{
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } address = {0};
    int size = sizeof address;
    if (getsockname((SOCKET)socket, &address.any, &size) != 0) {
        return 0;
    }
    return ntohs(address.any.sa_family == AF_INET6 ? address.in6.sin6_port : address.in.sin_port);
}

int socket_close(intptr_t socket)
{
    return closesocket((SOCKET)socket);
}
