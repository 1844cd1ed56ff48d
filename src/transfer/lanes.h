/* SPDX-License-Identifier: MIT */
/* The connections of background downloads over a network, and how much may be under way on each.
 *
 * A download that is held goes on to come until TCP's window is full, and systems give a fast connection windows of
 * many megabytes: on a slow link, that is seconds in which the others get nothing. So the window of such a connection is
 * ours: it begins small, and grows to what the connection carries in two round trips. It never shrinks, since what is
 * under way would be dropped. In the foreground it is as large as can be.
 *
 * The engine's thread only. */
#ifndef QMGR_TRANSFER_LANES_H
#define QMGR_TRANSFER_LANES_H

#include <curl/curl.h>
#include <stddef.h>
#include <stdint.h>

#define LANES_MOST 64 /* the windows of more connections are the system's affair */

struct lane {
    intptr_t socket;
    int window;             /* bytes */
    uint32_t round_trip_ms; /* of its making; 0: not known yet */
};

struct lanes {
    int first_window; /* bytes, for connections that are made from now on */
    struct lane lanes[LANES_MOST];
    size_t count;
};

/* On a handle that is to be set up: a connection that is made for it is one of the lanes. They must outlive it. */
CURLcode lanes_set_up(struct lanes *lanes, CURL *easy);
/* The handle has its connection: that one's socket, or NO_LANE. */
#define NO_LANE ((intptr_t)-1)
intptr_t lanes_find(struct lanes *lanes, CURL *easy);
/* So many bytes per second come on it. Harmless with NO_LANE. */
void lanes_grow(struct lanes *lanes, intptr_t socket, uint64_t rate);
/* It goes to the foreground. Likewise. */
void lanes_open(struct lanes *lanes, intptr_t socket);

#endif
