/* SPDX-License-Identifier: MIT */
#include "transfer/lanes.h"

#include "platform/socket.h"

enum {
    WINDOW_MOST = 4 << 20,
    AHEAD_MOST_MS = 2000,
    AHEAD_LEAST_MS = 100, /* a link's queue may make the way longer than it was at the beginning */
};

static struct lane *find(struct lanes *lanes, intptr_t socket)
{
    for (size_t i = 0; i < lanes->count; i++) {
        if (lanes->lanes[i].socket == socket) {
            return &lanes->lanes[i];
        }
    }
    return NULL;
}

static void set_window(struct lane *lane, uint64_t bytes)
{
    int window = bytes < WINDOW_MOST ? (int)bytes : WINDOW_MOST;
    if (window > lane->window) {
        lane->window = window;
        socket_set_window(lane->socket, window);
    }
}

/* ---- libcurl calls these --------------------------------------------------------------------- */

static int on_close(void *context, curl_socket_t socket)
{
    struct lanes *lanes = context;
    struct lane *lane = find(lanes, (intptr_t)socket);
    if (lane) {
        *lane = lanes->lanes[--lanes->count];
    }
    return socket_close((intptr_t)socket);
}

/* It is not connected yet. Its close is told to on_close in any case. */
static int on_open(void *context, curl_socket_t socket, curlsocktype purpose)
{
    struct lanes *lanes = context;
    if (purpose == CURLSOCKTYPE_IPCXN && lanes->count < LANES_MOST) {
        struct lane *lane = &lanes->lanes[lanes->count++];
        *lane = (struct lane){.socket = (intptr_t)socket};
        set_window(lane, (uint64_t)lanes->first_window);
    }
    return CURL_SOCKOPT_OK;
}

/* ---- for the caller -------------------------------------------------------------------------- */

CURLcode lanes_set_up(struct lanes *lanes, CURL *easy)
{
    CURLcode rc = curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_open);
    rc = rc ? rc : curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, lanes);
    rc = rc ? rc : curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    return rc ? rc : curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, lanes);
}

/* The handle tells its connection's socket only when all is over (CURLINFO_ACTIVESOCKET), but the port at once. */
static struct lane *find_by_port(struct lanes *lanes, uint16_t port)
{
    for (size_t i = 0; i < lanes->count && port != 0; i++) {
        if (socket_local_port(lanes->lanes[i].socket) == port) {
            return &lanes->lanes[i];
        }
    }
    return NULL;
}

intptr_t lanes_find(struct lanes *lanes, CURL *easy)
{
    long port = 0;
    curl_off_t named_us = 0;
    curl_off_t connected_us = 0;
    curl_easy_getinfo(easy, CURLINFO_LOCAL_PORT, &port);
    struct lane *lane = find_by_port(lanes, (uint16_t)port);
    if (!lane) {
        return NO_LANE;
    }
    curl_easy_getinfo(easy, CURLINFO_NAMELOOKUP_TIME_T, &named_us);
    curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &connected_us);
    if (lane->round_trip_ms == 0 && connected_us > named_us) {
        lane->round_trip_ms = (uint32_t)((connected_us - named_us) / 1000) + 1;
    }
    return lane->socket;
}

void lanes_grow(struct lanes *lanes, intptr_t socket, uint64_t rate)
{
    struct lane *lane = find(lanes, socket);
    if (lane) {
        uint64_t ahead_ms = 2 * (uint64_t)lane->round_trip_ms;
        ahead_ms = ahead_ms < AHEAD_LEAST_MS  ? AHEAD_LEAST_MS
                   : ahead_ms > AHEAD_MOST_MS ? AHEAD_MOST_MS
                                              : ahead_ms;
        set_window(lane, rate < WINDOW_MOST * 100ull ? rate * ahead_ms / 1000 : WINDOW_MOST);
    }
}

void lanes_open(struct lanes *lanes, intptr_t socket)
{
    struct lane *lane = find(lanes, socket);
    if (lane) {
        set_window(lane, WINDOW_MOST);
    }
}
