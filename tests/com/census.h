/* SPDX-License-Identifier: MIT */
/* What this process holds, counted from outside the DLL: so that a test can tell whether anything stays
 * behind. Counts of other moments may be compared only if the process was at rest at both. */
#ifndef QMGR_TESTS_COM_CENSUS_H
#define QMGR_TESTS_COM_CENSUS_H

#include <stdbool.h>
#include <stdint.h>

/* Without padding that depends on the width, so that one process can tell another. */
struct census {
    uint64_t threads;
    uint64_t handles;
    uint64_t blocks; /* allocated on any heap of the process */
    uint64_t bytes;  /* in them */
};

/* Has oleaut32 free its strings at once. Otherwise it keeps many, which look like leaks. */
void census_without_caches(void);

/* False if the system does not tell. Leaves nothing behind itself. */
bool census_take(struct census *census);

/* False, and printed, if there is more in `later` than in `earlier` and the room for chance together: caches
 * grow now and then, once. */
bool census_has_not_grown(const char *what, const struct census *earlier,
                          const struct census *later, const struct census *chance);

#endif
