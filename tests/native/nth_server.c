/* SPDX-License-Identifier: MIT */
/* Serves nth_files to several clients at once; nginx could not be slow within a tenth of a second. */
#ifdef _WIN32
#include <winsock2.h>
#else
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#endif

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nth.h"
#include "platform/platform.h"

#ifdef _WIN32
typedef SOCKET socket_handle;
#define NO_SOCKET INVALID_SOCKET
#define SOCKET_FLAGS 0
#else
typedef int socket_handle;
#define NO_SOCKET (-1)
#define SOCKET_FLAGS SOCK_CLOEXEC
#endif

enum { REQUEST_SIZE = 8192, STEP = 32 * 1024, STEP_MS = 14, WAIT_MOST_S = 10 };

/* A request for the bytes of a file. */
struct asked {
    struct asked *next; /* the one before */
    unsigned long client;
    size_t file, from;
    char run[40];
};

struct nth_server {
    struct lock *lock;
    struct asked *asked;
    unsigned long accepted;
    socket_handle listener;
    struct sockaddr_in address;
    char url[48];
    struct thread *thread;
    struct wakeup *idle;
    atomic_int clients;
    atomic_bool quit;
};

struct client {
    struct nth_server *server;
    unsigned long number; /* in the order of their connections */
    socket_handle handle;
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

static bool send_all(socket_handle handle, const void *data, size_t left)
{
    const char *from = data;
    while (left > 0) {
        long sent = (long)transmit(handle, from, left);
        if (sent <= 0) {
            return false;
        }
        from += sent;
        left -= (size_t)sent;
    }
    return true;
}

static bool read_request(socket_handle handle, char *text)
{
    size_t size = 0;
    text[0] = '\0';
    while (!strstr(text, "\r\n\r\n") && size + 1 < REQUEST_SIZE) {
        long got = (long)receive(handle, text + size, REQUEST_SIZE - 1 - size);
        if (got <= 0) {
            return false;
        }
        size += (size_t)got;
        text[size] = '\0';
    }
    return true;
}

/* "GET /run/name HTTP/1.1": the run comes first, so that cases that run at once are told apart. */
static size_t find_file(const char *request, char run[40])
{
    const char *path = strchr(request, '/');
    size_t first = path ? strcspn(path + 1, "/ ") : 0;
    run[0] = '\0';
    const char *name = path;
    if (path && path[1 + first] == '/' && first < 40) {
        memcpy(run, path + 1, first);
        run[first] = '\0';
        name = path + 1 + first;
    }
    for (size_t i = 0; name && i < NTH_FILES; i++) {
        size_t length = strlen(nth_files[i].name);
        if (strncmp(name + 1, nth_files[i].name, length) == 0 && name[1 + length] == ' ') {
            return i;
        }
    }
    return NTH_FILES;
}

/* A range counts only for the one version that there is. */
static size_t start_of(const char *request, size_t file)
{
    char tag[32];
    snprintf(tag, sizeof tag, "\"nth-%s\"", nth_files[file].name);
    const char *range = strstr(request, "\r\nRange: bytes=");
    const char *condition = strstr(request, "\r\nIf-Range: ");
    if (!range || (condition && strncmp(condition + 12, tag, strlen(tag)) != 0)) {
        return 0;
    }
    return (size_t)strtoul(range + 15, NULL, 10);
}

static void send_body(socket_handle handle, size_t file, size_t from)
{
    size_t size = nth_files[file].size;
    uint8_t *data = nth_memory(size);
    for (size_t i = from; i < size; i++) {
        data[i] = nth_byte(file, i);
    }
    size_t step = nth_files[file].in_steps ? STEP : size;
    struct wakeup *pace = wakeup_new(NULL);
    while (from < size) {
        size_t next = size - from < step ? size - from : step;
        if (!send_all(handle, data + from, next)) {
            break;
        }
        from += next;
        if (from < size) {
            wakeup_wait(pace, STEP_MS); /* which nobody sets: a server has its speed */
        }
    }
    wakeup_free(pace);
    free(data);
}

static void note_asked(struct client *client, const char *run, size_t file, size_t from)
{
    struct nth_server *server = client->server;
    struct asked *asked = nth_memory(sizeof *asked);
    *asked = (struct asked){.client = client->number, .file = file, .from = from};
    strcpy(asked->run, run);
    lock_take(server->lock);
    asked->next = server->asked;
    server->asked = asked;
    lock_drop(server->lock);
}

static void answer(struct client *client, const char *request)
{
    socket_handle handle = client->handle;
    char head[500], range[120] = "", run[40];
    size_t file = find_file(request, run);
    if (file == NTH_FILES) {
        static const char none[] =
            "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        send_all(handle, none, strlen(none));
        return;
    }
    size_t size = nth_files[file].size, from = start_of(request, file);
    bool part = strstr(request, "\r\nRange: ") && from < size;
    from = part ? from : 0;
    if (from > 0) {
        snprintf(range, sizeof range, "Content-Range: bytes %lu-%lu/%lu\r\n", (unsigned long)from,
                 (unsigned long)size - 1, (unsigned long)size);
    }
    if (strncmp(request, "GET ", 4) == 0) {
        note_asked(client, run, file, from);
    }
    snprintf(head, sizeof head,
             "HTTP/1.1 %s\r\nConnection: close\r\nETag: \"nth-%s\"\r\nAccept-Ranges: bytes\r\n"
             "Last-Modified: Sat, 05 Jan 2019 10:00:00 GMT\r\n%sContent-Length: %lu\r\n\r\n",
             from > 0 ? "206 Partial Content" : "200 OK", nth_files[file].name, range,
             (unsigned long)(size - from));
    if (send_all(handle, head, strlen(head)) && strncmp(request, "HEAD ", 5) != 0) {
        send_body(handle, file, from);
    }
}

/* Under Wine the connection of a process that was ended may stay for ever. */
static void limit_waiting(socket_handle handle)
{
#ifdef _WIN32
    const DWORD limit = WAIT_MOST_S * 1000;
    const char *value = (const char *)&limit;
#else
    const struct timeval limit = {.tv_sec = WAIT_MOST_S};
    const void *value = &limit;
#endif
    (void)setsockopt(handle, SOL_SOCKET, SO_RCVTIMEO, value, sizeof limit);
    (void)setsockopt(handle, SOL_SOCKET, SO_SNDTIMEO, value, sizeof limit);
}

static void serve(void *context)
{
    struct client *client = context;
    struct nth_server *server = client->server;
    char *request = nth_memory(REQUEST_SIZE);
    limit_waiting(client->handle);
    if (read_request(client->handle, request)) {
        answer(client, request);
        shutdown(client->handle, 1);
        while (receive(client->handle, request, REQUEST_SIZE) > 0) {
        }
    }
    close_socket(client->handle);
    free(request);
    free(client);
    if (atomic_fetch_sub(&server->clients, 1) == 1) {
        wakeup_set(server->idle);
    }
}

static socket_handle next_client(struct nth_server *server)
{
#ifdef _WIN32
    return accept(server->listener, NULL, NULL);
#else
    return accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
#endif
}

static unsigned long next_number(struct nth_server *server)
{
    lock_take(server->lock);
    unsigned long number = ++server->accepted;
    lock_drop(server->lock);
    return number;
}

static void run(void *context)
{
    struct nth_server *server = context;
    while (!atomic_load(&server->quit)) {
        socket_handle handle = next_client(server);
        if (handle == NO_SOCKET) {
            continue;
        }
        struct client *client = nth_memory(sizeof *client);
        client->server = server;
        client->handle = handle;
        client->number = next_number(server);
        atomic_fetch_add(&server->clients, 1);
        struct thread *thread = thread_start("nth client", serve, client);
        if (thread) {
            thread_detach(thread);
        } else {
            serve(client);
        }
    }
    /* The thread itself is one more client, so that the last one cannot be missed. */
    if (atomic_fetch_sub(&server->clients, 1) == 1) {
        wakeup_set(server->idle);
    }
}

struct nth_server *nth_server_start(void)
{
#ifdef _WIN32
    WSADATA ignored;
    assert_int_equal(WSAStartup(MAKEWORD(2, 2), &ignored), 0);
    int size;
#else
    socklen_t size;
#endif
    struct nth_server *server = nth_memory(sizeof *server);
    server->idle = wakeup_new(NULL);
    server->lock = lock_new();
    atomic_init(&server->clients, 1);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCKET_FLAGS, 0);
    assert_true(server->listener != NO_SOCKET);
    server->address.sin_family = AF_INET;
    server->address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    size = sizeof server->address;
    struct sockaddr *address = (struct sockaddr *)(void *)&server->address;
    assert_int_equal(bind(server->listener, address, size), 0);
    assert_int_equal(listen(server->listener, 64), 0);
    assert_int_equal(getsockname(server->listener, address, &size), 0);
    snprintf(server->url, sizeof server->url, "http://127.0.0.1:%u",
             (unsigned)ntohs(server->address.sin_port));
    server->thread = thread_start("nth server", run, server);
    assert_non_null(server->thread);
    return server;
}

static unsigned long connections(struct nth_server *server)
{
    lock_take(server->lock);
    unsigned long number = server->accepted;
    lock_drop(server->lock);
    return number;
}

/* Connections are taken in their order: once one that was made now is answered, all before it have been
 * counted. */
unsigned long nth_server_mark(struct nth_server *server)
{
    static const char request[] = "GET /none HTTP/1.1\r\n\r\n";
    char reply[100];
    socket_handle handle = socket(AF_INET, SOCK_STREAM | SOCKET_FLAGS, 0);
    if (connect(handle, (struct sockaddr *)(void *)&server->address, sizeof server->address) == 0 &&
        send_all(handle, request, strlen(request))) {
        while (receive(handle, reply, sizeof reply) > 0) {
        }
    }
    close_socket(handle);
    return connections(server);
}

long nth_server_first(struct nth_server *server, unsigned long mark, const char *run, size_t file)
{
    const struct asked *first = NULL;
    lock_take(server->lock);
    for (const struct asked *asked = server->asked; asked; asked = asked->next) {
        bool counts = asked->client > mark && asked->file == file && strcmp(asked->run, run) == 0;
        if (counts && (!first || asked->client < first->client)) {
            first = asked;
        }
    }
    long from = first ? (long)first->from : -1;
    lock_drop(server->lock);
    return from;
}

const char *nth_server_url(const struct nth_server *server)
{
    return server->url;
}

void nth_server_stop(struct nth_server *server)
{
    atomic_store(&server->quit, true);
    socket_handle knock = socket(AF_INET, SOCK_STREAM | SOCKET_FLAGS, 0);
    (void)connect(knock, (struct sockaddr *)(void *)&server->address, sizeof server->address);
    close_socket(knock);
    thread_join(server->thread);
    wakeup_wait(server->idle, WAIT_FOREVER);
    close_socket(server->listener);
    while (server->asked) {
        struct asked *next = server->asked->next;
        free(server->asked);
        server->asked = next;
    }
    lock_free(server->lock);
    wakeup_free(server->idle);
    free(server);
#ifdef _WIN32
    WSACleanup();
#endif
}
