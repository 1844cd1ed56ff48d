/* SPDX-License-Identifier: MIT */
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "platform/socket.h"

uint64_t socket_bytes_queued(intptr_t socket)
{
    int bytes = 0;
    return ioctl((int)socket, FIONREAD, &bytes) == 0 && bytes > 0 ? (uint64_t)bytes : 0;
}

void socket_set_window(intptr_t socket, int bytes)
{
    (void)setsockopt((int)socket, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

uint16_t socket_local_port(intptr_t socket)
{
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } address = {0};
    socklen_t size = sizeof address;
    if (getsockname((int)socket, &address.any, &size) != 0) {
        return 0;
    }
    return ntohs(address.any.sa_family == AF_INET6 ? address.in6.sin6_port : address.in.sin_port);
}

int socket_close(intptr_t socket)
{
    return close((int)socket);
}
