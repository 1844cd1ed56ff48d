/* SPDX-License-Identifier: MIT */
#include "transfer/copy.h"

#include <curl/mprintf.h>
#include <stdlib.h>

#include "transfer/errors.h"
#include "transfer/file_url.h"

enum { PIECE = 1 << 20 };

/* The source. */
struct copy {
    struct download *download;
    char *path;
    struct file *file;
    struct file_stamp stamp;
    char *piece;
};

static void end(struct copy *copy, enum download_end how, uint32_t win32, const char *cause)
{
    error_set(&copy->download->result, how, win32, cause);
    copy->download->ended = true;
}

/* What another try would not change: no such file or folder, no right to read it, no name for a file. All else
 * may be the network, or somebody who has the file open. */
static bool is_final(uint32_t win32)
{
    static const uint32_t codes[] = {2, 3, 5, 67, 123, 161, 206, 1113};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (win32 == codes[i]) {
            return true;
        }
    }
    return false;
}

/* True if it has: there was an error. */
static bool ended_by_source(struct copy *copy, int system_error, const char *doing)
{
    if (system_error != 0) {
        uint32_t win32 = file_error_win32(system_error);
        char cause[96];
        curl_msnprintf(cause, sizeof cause, "cannot %s the file that is to be copied (error %lu)",
                       doing, (unsigned long)win32);
        end(copy, is_final(win32) ? END_FATAL : END_TRANSIENT, win32, cause);
    }
    return system_error != 0;
}

static void fill_answer(struct copy *copy)
{
    struct download *download = copy->download;
    struct http_answer *answer = &download->answer;
    const int64_t from = download->from;
    const int64_t size = (int64_t)copy->stamp.size;
    http_answer_clear(answer);
    answer->complete = true;
    answer->status = from > 0 ? 206 : 200;
    answer->length = size - from;
    answer->has_range = from > 0 && from < size;
    answer->first = from;
    answer->last = size - 1;
    answer->total = size;
    answer->modified_s = file_stamp_unix_s(&copy->stamp);
    curl_msnprintf(answer->etag, sizeof answer->etag,
                   "\"file-%" CURL_FORMAT_CURL_OFF_T "-%" CURL_FORMAT_CURL_OFF_T "\"",
                   (curl_off_t)size, (curl_off_t)copy->stamp.written);
}

static void read_all(struct copy *copy)
{
    struct download *download = copy->download;
    uint64_t at = (uint64_t)download->from;
    size_t got = PIECE;
    while (got == PIECE && !download->ended) {
        if (atomic_load(&download->stop_wanted)) {
            end(copy, END_STOPPED, 0, "");
        } else if (!ended_by_source(copy, file_read_at(copy->file, at, copy->piece, PIECE, &got),
                                    "read")) {
            at += got;
            download_take(download, copy->piece, got);
        }
    }
}

/* What was read may be half of one version and half of another. */
static void see_it_unchanged(struct copy *copy)
{
    struct file_stamp now;
    if (copy->download->ended || ended_by_source(copy, file_stamp(copy->path, &now), "look at")) {
        return;
    }
    if (!file_stamp_equal(&now, &copy->stamp)) {
        download_forget_bytes(copy->download);
        end(copy, END_TRANSIENT, CODE_SHARING_VIOLATION,
            "the file was written to while it was copied");
    }
}

static void copy_all(struct copy *copy)
{
    copy->path = file_url_path(copy->download->url);
    copy->piece = malloc(PIECE);
    if (!copy->path || !copy->piece) {
        end(copy, END_TRANSIENT, CODE_OUT_OF_MEMORY, "out of memory");
        return;
    }
    if (ended_by_source(copy, file_stamp(copy->path, &copy->stamp), "look at")) {
        return;
    }
    fill_answer(copy);
    if (!copy->download->part_path ||
        ended_by_source(copy, file_open_to_read(copy->path, &copy->file), "open") ||
        !download_accept_answer(copy->download)) {
        return;
    }
    read_all(copy);
    see_it_unchanged(copy);
}

void copy_run(struct download *download)
{
    struct copy copy = {.download = download};
    copy_all(&copy);
    file_close(copy.file);
    free(copy.path);
    free(copy.piece);
    (void)download_exchange_over(download, CURLE_OK);
}
