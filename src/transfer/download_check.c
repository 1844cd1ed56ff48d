/* SPDX-License-Identifier: MIT */
/* Before the first exchange: is the part file what was recorded? */
#include "transfer/download.h"
#include "transfer/errors.h"
#include "transfer/read_back.h"

bool download_must_check(const struct download *download)
{
    return download->had > 0 || download->recalls;
}

static enum download_check changed(struct download *download, const char *cause)
{
    download_end_changed(download, atomic_load(&download->size), cause);
    return CHECK_ENDED;
}

static void adopt(struct download *download, struct part *part)
{
    lock_take(download->guard);
    download->part = part;
    lock_drop(download->guard);
}

/* ---- one that was sealed ----------------------------------------------------------------------- */

static enum download_check recall(struct download *download)
{
    struct part *part = NULL;
    int error = !download->stamped ? 0
                                   : part_recall(download->part_path, download->target,
                                                 download->folder, &download->stamp, &part);
    if (download_ended_by_file(download, error, "look at")) {
        return CHECK_ENDED;
    }
    if (!part) {
        return changed(download, "the part file is not the one that was sealed");
    }
    adopt(download, part);
    atomic_store(&download->size, (int64_t)part_written(part));
    atomic_store(&download->bytes, (int64_t)part_written(part));
    download->result.progressed = true;
    download_end_whole(download);
    return CHECK_ENDED;
}

/* ---- one that was not whole yet ---------------------------------------------------------------- */

static bool open_part(struct download *download, uint64_t *on_disk)
{
    struct part *part = NULL;
    int error = part_open(download->part_path, download->folder, &part);
    if (file_error_is_link(error)) {
        *on_disk = 0; /* whatever is behind it, it is not ours */
        return true;
    }
    if (error == 0) {
        error = part_size(part, on_disk);
    }
    if (error == 0) {
        /* Without a stamp the bytes have to prove it. */
        (void)part_take_stamp(part);
    }
    if (download_ended_by_file(download, error, "open")) {
        part_free(part);
        return false;
    }
    adopt(download, part);
    return true;
}

static enum download_check passed(struct download *download)
{
    int64_t size = atomic_load(&download->size);
    /* All there already, only not known to be whole: the last byte is asked for again, since no
     * server answers a request for none. */
    download->from = size > 0 && download->had >= size ? size - 1 : download->had;
    /* Taken before the bytes were looked at: nobody can have written to them unseen. */
    download_note_stamp(download);
    download->checked = true;
    return CHECK_PASSED;
}

/* The file is opened; by its stamp it may be trusted, or not, at once. */
static enum download_check start(struct download *download)
{
    uint64_t on_disk = 0;
    if (!open_part(download, &on_disk)) {
        return CHECK_ENDED;
    }
    if (on_disk < (uint64_t)download->had) {
        return changed(download, "the part file is shorter than it was");
    }
    int64_t size = atomic_load(&download->size);
    if (size >= 0 && download->had > size) {
        return changed(download, "more was recorded of the file than there is of it");
    }
    download->prefixed =
        download->prefixed &&
        digest_load(&download->digest, download->prefix, sizeof download->prefix) &&
        digest_length(&download->digest) == (uint64_t)download->had;
    if (!download->prefixed) {
        digest_start(&download->digest);
    }
    const struct file_stamp *now = part_stamp(download->part);
    if (download->stamped && now && file_stamp_equal(&download->stamp, now)) {
        return passed(download);
    }
    if (!download->prefixed) {
        return changed(download, "nothing proves that the part file is what was written");
    }
    download->claimed_hash = digest_value(&download->digest);
    digest_start(&download->digest);
    return CHECK_GOES_ON;
}

static enum download_check go_on(struct download *download)
{
    uint64_t had = (uint64_t)download->had;
    uint64_t to = digest_length(&download->digest) + READ_BACK_SLICE;
    int error = read_back(&download->digest, download->part, to < had ? to : had);
    if (download_ended_by_file(download, error, "read")) {
        return CHECK_ENDED;
    }
    if (digest_length(&download->digest) < had) {
        return CHECK_GOES_ON;
    }
    return digest_value(&download->digest) == download->claimed_hash
               ? passed(download)
               : changed(download, "the part file is not what was written");
}

enum download_check download_check(struct download *download)
{
    if (download->recalls) {
        return recall(download);
    }
    if (download->opened) {
        return go_on(download);
    }
    download->opened = true;
    return start(download);
}
