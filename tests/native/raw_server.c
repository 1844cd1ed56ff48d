/* SPDX-License-Identifier: MIT */
#ifdef _WIN32
#include <winsock2.h>
#else
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#endif

#include "raw_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "platform/platform.h"

#ifdef _WIN32
typedef SOCKET socket_handle;
#define NO_SOCKET INVALID_SOCKET
#else
typedef int socket_handle;
#define NO_SOCKET (-1)
#endif

enum { REQUESTS_MOST = 64, REQUEST_SIZE = 8192 };

struct raw_server {
    const struct raw_answer *answers;
    size_t count;
    socket_handle listener;
    struct sockaddr_in address;
    char url[48], other_name[48];
    struct thread *thread;
    struct lock *lock;
    atomic_bool quit;
    size_t requests; /* under lock */
    char *request[REQUESTS_MOST];
};

static void close_socket(socket_handle handle)
{
#ifdef _WIN32
    closesocket(handle);
#else
    close(handle);
#endif
}

#ifdef _WIN32
static int receive(socket_handle handle, char *to, size_t size)
{
    return recv(handle, to, (int)size, 0);
}

static int transmit(socket_handle handle, const char *from, size_t size)
{
    return send(handle, from, (int)size, 0);
}
#else
static ssize_t receive(socket_handle handle, char *to, size_t size)
{
    return recv(handle, to, size, 0);
}

static ssize_t transmit(socket_handle handle, const char *from, size_t size)
{
    return send(handle, from, size, MSG_NOSIGNAL);
}
#endif

/* NULL if the client said nothing. */
static char *read_request(socket_handle handle)
{
    char *text = calloc(1, REQUEST_SIZE);
    size_t size = 0;
    while (text && !strstr(text, "\r\n\r\n") && size + 1 < REQUEST_SIZE) {
        long got = (long)receive(handle, text + size, REQUEST_SIZE - 1 - size);
        if (got <= 0) {
            free(text);
            return NULL;
        }
        size += (size_t)got;
    }
    return text;
}

static bool send_bytes(socket_handle handle, const char *text, size_t left)
{
    while (left > 0) {
        long sent = (long)transmit(handle, text, left);
        if (sent <= 0) {
            return false;
        }
        text += sent;
        left -= (size_t)sent;
    }
    return true;
}

static bool send_all(socket_handle handle, const char *text)
{
    return send_bytes(handle, text, strlen(text));
}

/* Says also that the connection ends, lest the client wait for us and we for it. */
static bool send_first(socket_handle handle, const char *text)
{
    const char *fields = strstr(text, "\r\n");
    if (!fields || strncmp(text, "HTTP/", 5) != 0) {
        return send_all(handle, text);
    }
    return send_bytes(handle, text, (size_t)(fields - text) + 2) &&
           send_all(handle, "Connection: close\r\n") && send_all(handle, fields + 2);
}

static void serve(struct raw_server *server, socket_handle client)
{
    char *request = read_request(client);
    if (!request) {
        return;
    }
    lock_take(server->lock);
    size_t index = server->requests < REQUESTS_MOST - 1 ? server->requests++ : REQUESTS_MOST - 1;
    free(server->request[index]);
    server->request[index] = request;
    lock_drop(server->lock);
    const struct raw_answer *answer =
        &server->answers[index < server->count ? index : server->count - 1];
    bool ok = send_first(client, answer->text);
    for (size_t i = 0; ok && i < answer->times; i++) {
        ok = send_all(client, answer->filler);
    }
    /* No more from us; but to close before the client does might throw away what is on its way. */
    shutdown(client, 1);
    char rest[256];
    while (receive(client, rest, sizeof rest) > 0) {
    }
}

static void run(void *context)
{
    struct raw_server *server = context;
    while (!atomic_load(&server->quit)) {
        socket_handle client = accept(server->listener, NULL, NULL);
        if (client == NO_SOCKET) {
            return;
        }
        if (!atomic_load(&server->quit)) {
            serve(server, client);
        }
        close_socket(client);
    }
}

struct raw_server *raw_server_start(const struct raw_answer *answers, size_t count)
{
#ifdef _WIN32
    WSADATA ignored;
    assert_int_equal(WSAStartup(MAKEWORD(2, 2), &ignored), 0);
    int size;
#else
    socklen_t size;
#endif
    struct raw_server *server = calloc(1, sizeof *server);
    assert_non_null(server);
    server->answers = answers;
    server->count = count;
    server->lock = lock_new();
    assert_non_null(server->lock);
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(server->listener != NO_SOCKET);
    server->address.sin_family = AF_INET;
    server->address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    size = sizeof server->address;
    struct sockaddr *address = (struct sockaddr *)(void *)&server->address;
    assert_int_equal(bind(server->listener, address, size), 0);
    assert_int_equal(listen(server->listener, 16), 0);
    assert_int_equal(getsockname(server->listener, address, &size), 0);
    unsigned port = ntohs(server->address.sin_port);
    snprintf(server->url, sizeof server->url, "http://127.0.0.1:%u", port);
    snprintf(server->other_name, sizeof server->other_name, "http://localhost:%u", port);
    server->thread = thread_start("raw server", run, server);
    assert_non_null(server->thread);
    return server;
}

const char *raw_server_url(const struct raw_server *server)
{
    return server->url;
}

const char *raw_server_other_name(const struct raw_server *server)
{
    return server->other_name;
}

size_t raw_server_requests(struct raw_server *server)
{
    lock_take(server->lock);
    size_t requests = server->requests;
    lock_drop(server->lock);
    return requests;
}

const char *raw_server_request(struct raw_server *server, size_t index)
{
    lock_take(server->lock);
    const char *request = index < server->requests ? server->request[index] : "";
    lock_drop(server->lock);
    return request;
}

void raw_server_stop(struct raw_server *server)
{
    atomic_store(&server->quit, true);
    /* A connection wakes it up everywhere; closing the socket does not. */
    socket_handle knock = socket(AF_INET, SOCK_STREAM, 0);
    (void)connect(knock, (struct sockaddr *)(void *)&server->address, sizeof server->address);
    close_socket(knock);
    thread_join(server->thread);
    close_socket(server->listener);
    for (size_t i = 0; i < REQUESTS_MOST; i++) {
        free(server->request[i]);
    }
    lock_free(server->lock);
    free(server);
#ifdef _WIN32
    WSACleanup();
#endif
}
