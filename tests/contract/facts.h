/* SPDX-License-Identifier: MIT */
/* What a compiler makes of a qmgr.h, as numbers: compiled once with our header and once with
 * MinGW-w64's, and then compared. */
#ifndef QMGR_TESTS_CONTRACT_FACTS_H
#define QMGR_TESTS_CONTRACT_FACTS_H

#include <stddef.h>

struct fact {
    const char *name;
    unsigned long long value;
};

struct facts {
    const struct fact *fact;
    size_t count;
};

extern const struct facts our_facts;   /* ours.c */
extern const struct facts their_facts; /* theirs.c */

#endif
