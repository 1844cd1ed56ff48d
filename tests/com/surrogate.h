/* SPDX-License-Identifier: MIT */
/* A process that serves the class to this one: the test program itself, run again. It makes the class in its
 * own multi-threaded apartment and hands its interfaces over marshalled, as a local server does; all that
 * COM needs for it is the proxies. Beyond that it tells what it holds. */
#ifndef QMGR_TESTS_COM_SURROGATE_H
#define QMGR_TESTS_COM_SURROGATE_H

#include "census.h"
#include "support.h"

#define SURROGATE_ARGUMENT L"surrogate"

struct surrogate {
    HANDLE process;
    HANDLE orders, answers; /* pipes */
};

/* What main does if it is given SURROGATE_ARGUMENT: serves until the pipe for orders is closed. */
int surrogate_main(void);

/* A marshalled interface, for one CoUnmarshalInterface. */
struct packet {
    uint32_t size;
    char bytes[1000];
};

bool surrogate_start(struct surrogate *surrogate);
/* Its manager, and a callback object of its own that takes everything. False if it does not answer. */
bool surrogate_manager(struct surrogate *surrogate, struct packet *packet);
bool surrogate_callback(struct surrogate *surrogate, struct packet *packet);
/* Has it let go of everything that it holds itself and stop the engine, and counts what is left. False also if
 * somebody else holds something of the class there. */
bool surrogate_rest(struct surrogate *surrogate, struct census *census);
/* True if it ended by itself, with exit code 0. */
bool surrogate_end(struct surrogate *surrogate);

/* The same for an interface of this process. */
bool packet_make(struct packet *packet, REFIID iid, void *face);
HRESULT packet_open(const struct packet *packet, REFIID iid, void **face);

#endif
