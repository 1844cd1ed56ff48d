/* SPDX-License-Identifier: MIT */
/* The way to a server: straight, or by a proxy, and with whose name. proxies.h finds it out for each exchange. */
#ifndef QMGR_TRANSFER_ROUTE_H
#define QMGR_TRANSFER_ROUTE_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

#include "transfer/proxy.h"

#define ROUTE_PROXIES_MOST 8

struct route {
    struct proxy proxies[ROUTE_PROXIES_MOST]; /* to be tried in this order */
    size_t count;                             /* 0: straight */
    size_t at;                                /* the one whose turn it is */
    char *login;      /* "user:password", plain, for proxies without one of their own; NULL: none */
    bool own_logon;   /* the logged-on user may be named to the server */
    bool proxy_logon; /* and to the proxy */
};

/* NULL if out of memory. */
struct route *route_new(void);
void route_free(struct route *route); /* NULL is harmless */
/* Appends a copy; more than fit are left out. False if out of memory. */
bool route_add(struct route *route, const struct proxy *proxy);
/* The proxy cannot be reached: is there another one? Then it is its turn. */
bool route_next(struct route *route);
/* Sets all that concerns the proxy on a fresh handle. libcurl does not look at the environment after that. */
CURLcode route_set_up(const struct route *route, CURL *easy);

#endif
