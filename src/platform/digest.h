/* SPDX-License-Identifier: MIT */
/* A running hash (XXH64 of the library xxHash) whose state can be kept and taken up by another process,
 * of either width. It tells bytes that were damaged or replaced by chance from those that were there;
 * it is no protection against somebody who means to deceive.
 *
 * Not locked: one thread at a time. */
#ifndef QMGR_PLATFORM_DIGEST_H
#define QMGR_PLATFORM_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct digest {
    uint64_t state[11]; /* the library's */
};

void digest_start(struct digest *digest);
void digest_add(struct digest *digest, const void *data, size_t size);
/* How many bytes were added. */
uint64_t digest_length(const struct digest *digest);
/* The hash of what was added so far; more can be added afterwards. */
uint64_t digest_value(const struct digest *digest);

#define DIGEST_SAVED_SIZE 96
void digest_save(const struct digest *digest, uint8_t saved[DIGEST_SAVED_SIZE]);
/* False if that is not what digest_save made (with a library of the same version); *digest is then as after
 * digest_start. */
bool digest_load(struct digest *digest, const void *saved, size_t size);

#endif
