/* SPDX-License-Identifier: MIT */
/* How much of which part files was given up lately (END_CHANGED). A server whose partial answers never
 * fit would otherwise be seen to progress for ever: each start from nothing brings bytes, and each
 * attempt to go on from them takes them away.
 *
 * Not locked: the engine's thread only. Forgets what was given up long ago, and a hash may be that of
 * two paths: it decides on no more than whether an attempt was progress. */
#ifndef QMGR_TRANSFER_LOST_H
#define QMGR_TRANSFER_LOST_H

#include <stddef.h>
#include <stdint.h>

enum { LOST_MOST = 64 };

/* All zero: nothing was given up. */
struct lost {
    struct lost_part {
        uint64_t path; /* its hash; 0: none */
        int64_t bytes;
    } parts[LOST_MOST];
    size_t next; /* to be written over */
};

/* Takes note; the most that was ever given up of a part file counts. */
void lost_note(struct lost *lost, const char *path, int64_t bytes);
/* 0: nothing, or it was forgotten. */
int64_t lost_bytes(const struct lost *lost, const char *path);

#endif
