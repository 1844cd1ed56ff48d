/* SPDX-License-Identifier: MIT */
/* What the caller does with a download: reading its counters, and settling what has come. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "platform/log.h"
#include "transfer/download.h"
#include "transfer/errors.h"
#include "transfer/read_back.h"

#define SPARE (UINT64_C(1) << 20)

void *download_owner(const struct download *download)
{
    return download->owner;
}

int64_t download_bytes(const struct download *download)
{
    return atomic_load(&download->bytes);
}

int64_t download_size(const struct download *download)
{
    return atomic_load(&download->size);
}

const struct download_result *download_result(const struct download *download)
{
    return &download->result;
}

const char *download_validator(const struct download *download)
{
    return download->validator;
}

static struct blob blob_of(bool known, const void *data, size_t size)
{
    /* It is only read; a blob that owns its data must not be const. */
    return known ? (struct blob){(void *)(uintptr_t)data, size} : (struct blob){0};
}

struct blob download_prefix(const struct download *download)
{
    return blob_of(download->prefixed, download->prefix, sizeof download->prefix);
}

struct blob download_stamp(const struct download *download)
{
    return blob_of(download->stamped, &download->stamp, sizeof download->stamp);
}

bool download_is_sealed(const struct download *download)
{
    return download->sealed;
}

void download_note_stamp(struct download *download)
{
    const struct file_stamp *stamp = part_stamp(download->part);
    download->stamped = stamp != NULL;
    if (stamp) {
        download->stamp = *stamp;
    }
}

/* ---- a whole file ------------------------------------------------------------------------------ */

static enum fault cannot_finish(struct download *download, int error, uint32_t *win32)
{
    bool spoilt = part_is_spoilt(download->part);
    if (spoilt) {
        download_forget_bytes(download);
        download->whole = false;
    }
    error_from_file(&download->result, error, "finish");
    if (spoilt) {
        /* Trying again helps, but not at once: it costs all of the file, and whoever wrote to it may
         * do so again. */
        download->result.end = END_TRANSIENT;
    }
    download->result.progressed = download_has_gained(download);
    *win32 = download->result.win32;
    return file_fault(error);
}

enum fault download_seal(struct download *download, uint32_t *win32)
{
    *win32 = 0;
    if (!download->whole) {
        return FAULT_STATE;
    }
    if (download->sealed) {
        return FAULT_NONE;
    }
    int error = part_complete(download->part, download->modified_s);
    if (error != 0) {
        return cannot_finish(download, error, win32);
    }
    download_note_stamp(download);
    download->sealed = true;
    return FAULT_NONE;
}

enum fault download_land(struct download *download, const char *target, uint32_t *win32)
{
    *win32 = 0;
    if (!download->whole || !download->sealed) {
        return FAULT_STATE;
    }
    int error = part_land(download->part, target);
    if (error != 0) {
        return cannot_finish(download, error, win32);
    }
    download->sealed = false;
    download_end_whole(download); /* an attempt before may have failed */
    download->result.progressed = true;
    return FAULT_NONE;
}

/* ---- one that is not whole ---------------------------------------------------------------------- */

/* Leaves the prefix out if not exactly these bytes were read back. */
static void note_prefix(struct download *download, uint64_t length)
{
    download->prefixed = length > 0 && digest_length(&download->digest) == length;
    if (download->prefixed) {
        digest_save(&download->digest, download->prefix);
    }
}

/* Nobody has looked at the part file, or not at all of it: what was recorded stays true. */
static int keep_as_it_was(struct download *download, int64_t *durable)
{
    bool counts = download->validator || download->sealed;
    download->stamped = download->stamped && counts;
    download->prefixed = download->prefixed && counts;
    *durable = counts ? download->had : 0;
    return download->part ? part_seal(download->part) : 0; /* only closes it */
}

static int64_t keep_sealed(struct download *download)
{
    int64_t length = (int64_t)part_written(download->part);
    if (!download->recalls) {
        note_prefix(download, (uint64_t)length);
    }
    return length;
}

/* What cannot be written now is fetched again. So is, where the disk is full, a little more than that: the queue, which
 * has to say so, may be on the same disk. What was read back may have been recorded, and stays. */
static void cut_loss(struct download *download, int error)
{
    uint64_t keep = download->validator ? part_written(download->part) : 0;
    if (file_fault(error) == FAULT_DISK_FULL && keep > 0) {
        uint64_t proven = digest_length(&download->digest);
        uint64_t less = keep > SPARE ? keep - SPARE : 0;
        keep = less > proven ? less : proven;
    }
    part_cut_loss(download->part, keep);
}

static int keep_written(struct download *download, int64_t *durable)
{
    struct part *part = download->part;
    (void)part_write_out(part);
    if (part_write_failure(part) != 0) {
        cut_loss(download, part_write_failure(part));
    }
    uint64_t length = !download->validator ? 0
                      : download->begun    ? part_written(part)
                                           : (uint64_t)download->had;
    int error = read_back(&download->digest, part, length);
    int seal_error = part_seal(part);
    error = error ? error : seal_error;
    if (error != 0) {
        length = 0;
    }
    note_prefix(download, length);
    /* Of a file that we did not write to, the stamp from before it was looked at is the better. */
    if (download->begun) {
        download_note_stamp(download);
    }
    download->stamped = download->stamped && length > 0;
    *durable = (int64_t)length;
    return error;
}

enum fault download_keep(struct download *download, int64_t *durable)
{
    int error = 0;
    if (download->sealed && download->part) {
        *durable = keep_sealed(download);
    } else if (!download->part || (!download->begun && !download->checked)) {
        error = keep_as_it_was(download, durable);
    } else {
        error = keep_written(download, durable);
    }
    if (error != 0) {
        log_event("file %" PRId64 ": what has come of it cannot be kept: Win32 error %lu",
                  download->tag, (unsigned long)file_error_win32(error));
    }
    return file_fault(error);
}

/* ---- one that runs ------------------------------------------------------------------------------ */

void checkpoint_clear(struct checkpoint *checkpoint)
{
    free(checkpoint->validator);
    free(checkpoint->prefix.data);
    *checkpoint = (struct checkpoint){0};
}

/* What could be made durable now, all of it handed to the system. False: nothing. */
static bool reach(struct download *download, struct checkpoint *checkpoint, uint32_t *generation,
                  int *error)
{
    lock_take(download->guard);
    bool told = download->begun && download->validator;
    if (told) {
        checkpoint->validator = malloc(strlen(download->validator) + 1);
        told = checkpoint->validator != NULL;
    }
    if (told) {
        strcpy(checkpoint->validator, download->validator);
        *error = part_write_out(download->part);
        checkpoint->durable = (int64_t)part_written(download->part);
    }
    *generation = download->generation;
    lock_drop(download->guard);
    return told && *error == 0;
}

static int make_durable(struct download *download, uint64_t length)
{
    int error = part_sync(download->part);
    return error ? error : read_back(&download->digest, download->part, length);
}

/* Worth nothing since then? Then we do not know what it was that we flushed. */
static bool is_of(struct download *download, uint32_t generation)
{
    lock_take(download->guard);
    bool same = download->generation == generation;
    lock_drop(download->guard);
    return same;
}

static bool give_prefix(struct download *download, struct checkpoint *checkpoint)
{
    if (checkpoint->durable == 0) {
        return true;
    }
    checkpoint->prefix.data = malloc(DIGEST_SAVED_SIZE);
    if (checkpoint->prefix.data) {
        checkpoint->prefix.size = DIGEST_SAVED_SIZE;
        digest_save(&download->digest, checkpoint->prefix.data);
    }
    return checkpoint->prefix.data != NULL;
}

enum fault download_checkpoint(struct download *download, struct checkpoint *checkpoint)
{
    uint32_t generation = 0;
    int error = 0;
    enum fault fault = FAULT_STATE;
    *checkpoint = (struct checkpoint){0};
    if (reach(download, checkpoint, &generation, &error)) {
        error = make_durable(download, (uint64_t)checkpoint->durable);
        if (error == 0 && is_of(download, generation)) {
            fault = give_prefix(download, checkpoint) ? FAULT_NONE : FAULT_MEMORY;
        }
    }
    if (error != 0) {
        fault = file_fault(error);
        log_event("file %" PRId64 ": what has come of it cannot be made durable: Win32 error %lu",
                  download->tag, (unsigned long)file_error_win32(error));
    }
    if (fault != FAULT_NONE) {
        checkpoint_clear(checkpoint);
    }
    return fault;
}
