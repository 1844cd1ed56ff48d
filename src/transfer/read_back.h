/* SPDX-License-Identifier: MIT */
/* A part file's bytes are hashed by reading them back, not on their way in: files that are whole before
 * anybody asks for a hash pay nothing, and what is hashed is what the system has. */
#ifndef QMGR_TRANSFER_READ_BACK_H
#define QMGR_TRANSFER_READ_BACK_H

#include <stdint.h>

#include "platform/digest.h"
#include "transfer/part.h"

enum { READ_BACK_SLICE = 1 << 20 };

/* Adds the bytes from digest_length(digest) up to `to`, which must have been written out. Touches the
 * file only, as part_read. Returns 0 or the system's error number; the digest has then what could be
 * read. */
int read_back(struct digest *digest, struct part *part, uint64_t to);

#endif
