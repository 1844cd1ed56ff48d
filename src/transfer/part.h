/* SPDX-License-Identifier: MIT */
/* A part file: what has come of a download so far, beside its target. Nothing else touches one.
 *
 * Bytes are gathered and written in large pieces, since each file operation costs a trip to
 * another process under Wine. Functions that return an int return 0 or the system's error
 * number.
 *
 * Not locked: one thread at a time, except for part_sync and part_read, which may run beside
 * part_append. */
#ifndef QMGR_TRANSFER_PART_H
#define QMGR_TRANSFER_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/platform.h"

struct part;

/* Opens the file, or makes it. *out is NULL unless 0 is returned. On Windows nobody else can write to
 * it then, and it fails while somebody else can: a process that was killed may still be writing.
 * folder: identity that its folder must have, copied; NULL: not known. If it is another one, as when a
 * link was put in its place, "path not found", and nothing is made. A link in the place of the
 * part file is an error too (file_error_is_link). */
int part_open(const char *path, const char *folder, struct part **out);
/* The same to begin at the first byte: a link is replaced by a new file. What it leads to stays. */
int part_open_anew(const char *path, const char *folder, struct part **out);
/* Size of the file on disk. */
int part_size(struct part *part, uint64_t *size);
/* What follows is appended after the first `from` bytes, which the file must have. Of what is
 * behind them no more than the first `claimed` bytes of the file stay until they are written over
 * (claimed >= from: a record may tell that they are there). expected: bytes that will be appended,
 * to allot no more memory than is needed and to set space aside for them, or -1. It fails if there
 * is not so much space; the first `claimed` bytes are there still. */
int part_begin(struct part *part, uint64_t from, uint64_t claimed, int64_t expected);
/* On failure what was appended before may or may not be in the file; part_written tells. */
int part_append(struct part *part, const void *data, size_t size);
/* Hands what is gathered to the system. */
int part_write_out(struct part *part);
/* Bytes handed to the system since the beginning of the file (valid after part_begin). */
uint64_t part_written(const struct part *part);
/* Frees the memory for gathering (after part_write_out). */
void part_rest(struct part *part);

/* Error of the last write that failed, 0: none has. */
int part_write_failure(const struct part *part);
/* After a write that failed: gives up what is gathered, and the space behind the first `keep` bytes, if
 * they were written out, or behind the `claimed` ones of part_begin. */
void part_cut_loss(struct part *part, uint64_t keep);

/* Makes what was written out durable. Touches the file only, so it needs no lock against
 * part_append. */
int part_sync(struct part *part);
/* Reads all of these bytes back, which must have been written out; likewise. */
int part_read(struct part *part, uint64_t offset, void *data, size_t size);

/* Writes out, makes durable (if anything was written) and closes. Closed already: 0. */
int part_seal(struct part *part);
/* The same for a file that is all there: checks first that it still has the size that was written,
 * and gives it the time stamp (NO_TIME: none). If that fails the part file stays, and it can be
 * tried again. No failure: that part_stamp has none after it, where the system does not tell. */
int part_complete(struct part *part, int64_t unix_s);
/* Takes the stamp of the file as it is now. part_seal and part_complete do it themselves. */
int part_take_stamp(struct part *part);
/* The last that was taken. NULL: none, or something was written since. */
const struct file_stamp *part_stamp(const struct part *part);

/* Finds a part file that was completed and had this stamp then, at `path` (where size and time tell) or,
 * renamed already, at `target` (where all of it must; NULL: look at `path` only). With a `folder` that is known all of
 * the stamp must be the same at `path` too. *out is NULL, with 0 too: neither of them is it. Changes nothing. */
int part_recall(const char *path, const char *target, const char *folder,
                const struct file_stamp *stamp, struct part **out);
/* Renames the completed (or recalled) file onto target, if its size and time are still the same (its size,
 * where there is no time to be had); nothing is to be done if part_recall found it there. If that fails the part file stays, and it can be tried
 * again. */
int part_land(struct part *part, const char *target);
/* part_complete found another size or another file of that name, or part_land another stamp: somebody else
 * wrote to it, and no byte of it is to be trusted. */
bool part_is_spoilt(const struct part *part);
/* Closes the file without flushing and frees the memory. The file stays. NULL is harmless. */
void part_free(struct part *part);

#endif
