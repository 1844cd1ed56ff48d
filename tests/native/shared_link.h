/* SPDX-License-Identifier: MIT */
/* A bottleneck that background downloads share with others, in simulated time: flows that grow until the
 * link is full and then draw back, as TCP does. */
#ifndef QMGR_TESTS_NATIVE_SHARED_LINK_H
#define QMGR_TESTS_NATIVE_SHARED_LINK_H

#include <stdint.h>

#include "transfer/rate.h"

#define FLOWS_MOST 8

struct flow {
    double rate; /* bytes per second */
    double want; /* what it takes at most; 0: it is not there */
};

struct shared_link {
    double capacity; /* bytes per second */
    int our_flows;
    double our_want; /* of all our flows together */
    struct flow ours[FLOWS_MOST], foreign;
    struct rate rate;
    uint32_t dice;
    /* Bytes of the last call of shared_link_run. */
    double our_bytes, foreign_bytes;
};

/* Flows that take what they get. */
#define GREEDY 1e12

void shared_link_init(struct shared_link *link, double capacity, int our_flows);
/* So many seconds pass; the controller gets two samples in each. */
void shared_link_run(struct shared_link *link, unsigned seconds);
/* Parts of the capacity, over the last run. */
double shared_link_ours(const struct shared_link *link);
double shared_link_foreign(const struct shared_link *link);

#endif
