/* SPDX-License-Identifier: MIT */
#include "transfer/part.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "platform/platform.h"

#ifdef _WIN32
#define OUT_OF_MEMORY 8 /* ERROR_NOT_ENOUGH_MEMORY */
#define WRONG_SIZE 38   /* ERROR_HANDLE_EOF */
#define NO_FOLDER 3     /* ERROR_PATH_NOT_FOUND */
#else
#define OUT_OF_MEMORY ENOMEM
#define WRONG_SIZE EIO
#define NO_FOLDER ENOTDIR
#endif

enum { GATHER_MOST = 1 << 20 };

struct part {
    char *path;
    char *folder;      /* identity that its folder must have; NULL: not known */
    struct file *file; /* NULL once sealed */
    char *gathered;    /* allotted at the first append */
    size_t used, room;
    size_t room_wanted;
    uint64_t written;
    uint64_t claimed;
    uint64_t reserved; /* space is set aside up to there */
    int failure;       /* of the last write that failed */
    bool dirty;        /* something was changed that is not known to be durable */
    bool spoilt;       /* somebody else wrote to it */
    bool stamped;      /* and nothing was changed since */
    bool landed;       /* found at the target already */
    struct file_stamp stamp;
};

static struct part *part_new(const char *path, const char *folder)
{
    struct part *part = calloc(1, sizeof *part);
    if (!part) {
        return NULL;
    }
    part->path = strdup(path);
    part->folder = folder ? strdup(folder) : NULL;
    if (!part->path || (folder && !part->folder)) {
        part_free(part);
        return NULL;
    }
    return part;
}

/* Is the folder the one that it was, or has it gone, or has something else come in its place? */
static int look_at_folder(const struct part *part)
{
    char found[FOLDER_IDENTITY_SIZE];
    if (!part->folder) {
        return 0;
    }
    char *folder = path_folder(part->path);
    if (!folder) {
        return OUT_OF_MEMORY;
    }
    int error = folder_identity(folder, found);
    free(folder);
    if (error == 0) {
        return strcmp(found, part->folder) == 0 ? 0 : NO_FOLDER;
    }
    uint32_t win32 = file_error_win32(error);
    return win32 == 2 || win32 == 3 ? NO_FOLDER : error; /* not found */
}

/* The folder is looked at when there is a file, which is not written to yet, and before there is one. */
static int open_or_make(struct part *part)
{
    int error = file_open_alone(part->path, &part->file);
    int lost = look_at_folder(part);
    if (lost != 0) {
        return lost;
    }
    bool missing = error != 0 && !file_error_is_link(error) && !file_exists(part->path);
    return missing ? file_create_alone(part->path, &part->file) : error;
}

int part_open(const char *path, const char *folder, struct part **out)
{
    *out = NULL;
    struct part *part = part_new(path, folder);
    if (!part) {
        return OUT_OF_MEMORY;
    }
    int error = open_or_make(part);
    if (error != 0) {
        part_free(part);
        return error;
    }
    *out = part;
    return 0;
}

int part_open_anew(const char *path, const char *folder, struct part **out)
{
    int error = part_open(path, folder, out);
    if (file_error_is_link(error)) {
        error = file_delete(path); /* only the name goes */
        error = error ? error : part_open(path, folder, out);
    }
    return error;
}

int part_size(struct part *part, uint64_t *size)
{
    return file_size(part->file, size);
}

static void touch(struct part *part)
{
    part->dirty = true;
    part->stamped = false;
}

/* What one write can hold needs no space set aside: that write comes at once. */
static int reserve(struct part *part, uint64_t from, int64_t expected)
{
    if (expected <= GATHER_MOST) {
        return 0;
    }
    touch(part);
    int error = file_reserve(part->file, from + (uint64_t)expected);
    if (error == 0) {
        part->reserved = from + (uint64_t)expected;
    }
    return error;
}

int part_begin(struct part *part, uint64_t from, uint64_t claimed, int64_t expected)
{
    uint64_t size = 0;
    int error = file_size(part->file, &size);
    if (error == 0 && size < from) {
        error = WRONG_SIZE;
    }
    if (error == 0 && size > claimed) {
        touch(part);
        error = file_truncate(part->file, claimed);
    }
    if (error == 0) {
        error = reserve(part, from, expected);
    }
    if (error != 0) {
        return error;
    }
    part->written = from;
    part->claimed = claimed;
    part_rest(part);
    part->room_wanted =
        expected >= 0 && expected < GATHER_MOST ? (size_t)expected : (size_t)GATHER_MOST;
    return 0;
}

static int put(struct part *part, const void *data, size_t size)
{
    touch(part);
    int error = file_write_at(part->file, part->written, data, size);
    if (error == 0) {
        part->written += size;
    } else {
        part->failure = error;
    }
    return error;
}

int part_append(struct part *part, const void *data, size_t size)
{
    if (!part->gathered && part->room_wanted > 0) {
        /* Without the memory it is slower, but it works. */
        part->gathered = malloc(part->room_wanted);
        part->room = part->gathered ? part->room_wanted : 0;
    }
    if (size > part->room - part->used) {
        int error = part_write_out(part);
        if (error != 0) {
            return error;
        }
    }
    if (!part->gathered || size > part->room) {
        return put(part, data, size);
    }
    memcpy(part->gathered + part->used, data, size);
    part->used += size;
    /* Full: better now than at the next append, which may be long in coming. */
    return part->used == part->room ? part_write_out(part) : 0;
}

int part_write_out(struct part *part)
{
    if (part->used == 0) {
        return 0;
    }
    int error = put(part, part->gathered, part->used);
    if (error == 0) {
        part->used = 0;
    }
    return error;
}

uint64_t part_written(const struct part *part)
{
    return part->written;
}

void part_rest(struct part *part)
{
    free(part->gathered);
    part->gathered = NULL;
    part->used = part->room = 0;
}

int part_write_failure(const struct part *part)
{
    return part->failure;
}

void part_cut_loss(struct part *part, uint64_t keep)
{
    part_rest(part);
    uint64_t end = keep > part->claimed ? keep : part->claimed;
    uint64_t size = 0;
    if (file_size(part->file, &size) == 0 && size > end) {
        touch(part);
        (void)file_truncate(part->file, end);
    }
    if (part->written > end) {
        part->written = end;
    }
}

int part_sync(struct part *part)
{
    return part->file ? file_flush(part->file) : 0;
}

int part_read(struct part *part, uint64_t offset, void *data, size_t size)
{
    size_t got = 0;
    int error = part->file ? file_read_at(part->file, offset, data, size, &got) : WRONG_SIZE;
    return error == 0 && got < size ? WRONG_SIZE : error;
}

/* Takes the stamp of the file that was just closed: if what has the name is the file that we wrote to. Without a stamp,
 * which only spares work, it is sealed as well. */
static int take_own_stamp(struct part *part, const struct file_stamp *own)
{
    (void)part_take_stamp(part);
    if (!part->folder || !own) {
        return 0;
    }
    bool told = part->stamp.id != 0 || part->stamp.volume != 0;
    bool same = part->stamp.id == own->id && part->stamp.volume == own->volume;
    if (part->stamped && (same || !told)) {
        return 0;
    }
    part->spoilt = part->stamped;
    part->stamped = false;
    int lost = look_at_folder(part);
    if (lost != 0) {
        part->spoilt = false; /* it may be found again where the folder has gone */
    }
    return lost;
}

int part_seal(struct part *part)
{
    struct file_stamp own;
    if (!part->file) {
        return 0;
    }
    int error = part_write_out(part);
    if (error == 0 && part->dirty) {
        error = file_flush(part->file);
    }
    if (error == 0) {
        bool known = file_stamp_open(part->file, &own) == 0;
        part->dirty = false;
        file_close(part->file);
        part->file = NULL;
        part_rest(part);
        error = take_own_stamp(part, known ? &own : NULL);
    }
    return error;
}

static int check_size(struct part *part)
{
    uint64_t size = 0;
    int error = file_size(part->file, &size);
    part->spoilt = error == 0 && size != part->written;
    return part->spoilt ? WRONG_SIZE : error;
}

int part_complete(struct part *part, int64_t unix_s)
{
    int error = 0;
    if (part->file) {
        error = part_write_out(part);
        if (error == 0) {
            error = check_size(part);
        }
        if (error == 0 && part->reserved > part->written) {
            touch(part);
            error = file_truncate(part->file, part->written); /* gives the rest back */
        }
        if (error == 0 && unix_s != NO_TIME) {
            touch(part);
            error = file_set_time(part->file, unix_s);
        }
        if (error == 0) {
            error = part_seal(part);
        }
        if (error == 0 && part->spoilt) {
            error = WRONG_SIZE;
        }
    }
    return error;
}

int part_take_stamp(struct part *part)
{
    int error = file_stamp(part->path, &part->stamp);
    part->stamped = error == 0;
    return error;
}

const struct file_stamp *part_stamp(const struct part *part)
{
    return part->stamped ? &part->stamp : NULL;
}

/* ---- putting in place ------------------------------------------------------------------------- */

/* Is it certain that there is no such file? A drive that does not answer tells nothing. */
static bool is_missing(const char *path)
{
    char *folder = path_folder(path);
    bool missing = folder && folder_exists(folder) && !file_exists(path);
    free(folder);
    return missing;
}

/* Servers tell nothing, or now this and now that, of a file's number and volume. Elsewhere the number shows as well that
 * the folder is still the one in which the file was made: there is nowhere else where it could be found. */
static bool is_unchanged(const struct part *part, const struct file_stamp *now)
{
    const struct file_stamp *then = &part->stamp;
    return part->folder ? file_stamp_equal(now, then)
                        : now->size == then->size && now->written == then->written;
}

static bool has_stamp(const char *path, const struct file_stamp *stamp)
{
    struct file_stamp now;
    return path && file_stamp(path, &now) == 0 && file_stamp_equal(&now, stamp);
}

/* True if it is there, and has not been written to. */
static int recall(struct part *part, const char *target, bool *found)
{
    struct file_stamp now;
    int error = file_stamp(part->path, &now);
    *found = error == 0 && is_unchanged(part, &now);
    if (*found) {
        return 0;
    }
    if (error != 0 && has_stamp(target, &part->stamp)) {
        part->landed = *found = true;
        return 0;
    }
    int lost = look_at_folder(part);
    if (lost != 0) {
        return lost;
    }
    return error != 0 && !is_missing(part->path) ? error : 0;
}

int part_recall(const char *path, const char *target, const char *folder,
                const struct file_stamp *stamp, struct part **out)
{
    bool found = false;
    *out = NULL;
    struct part *part = part_new(path, folder);
    if (!part) {
        return OUT_OF_MEMORY;
    }
    part->written = stamp->size;
    part->stamp = *stamp;
    part->stamped = true;
    int error = recall(part, target, &found);
    if (error != 0 || !found) {
        part_free(part);
        return error;
    }
    *out = part;
    return 0;
}

/* Where no stamp can be had, the size must do. */
static int look_at_size(const struct part *part, bool *unchanged)
{
    struct file *file = NULL;
    uint64_t size = 0;
    int error = file_open_alone(part->path, &file);
    if (error == 0) {
        error = file_size(file, &size);
        file_close(file);
    }
    *unchanged = size == part->written;
    return error;
}

static int look_before_landing(const struct part *part, bool *unchanged)
{
    struct file_stamp now;
    if (!part->stamped || file_stamp(part->path, &now) != 0) {
        return look_at_size(part, unchanged);
    }
    *unchanged = is_unchanged(part, &now);
    return 0;
}

int part_land(struct part *part, const char *target)
{
    bool unchanged = false;
    if (part->landed) {
        return 0;
    }
    int error = look_before_landing(part, &unchanged);
    /* A stamp that is the same shows that the folder is, too. */
    bool proven = error == 0 && unchanged && part->stamped;
    int lost = proven ? 0 : look_at_folder(part);
    if (lost != 0) {
        return lost; /* and the file may be found again where that has gone */
    }
    if (error == 0 && unchanged) {
        return file_replace(part->path, target);
    }
    if (error == 0) {
        error = WRONG_SIZE;
        part->spoilt = true;
    } else if (error != 0 && is_missing(part->path)) {
        part->spoilt = true;
    }
    return error;
}

bool part_is_spoilt(const struct part *part)
{
    return part->spoilt;
}

void part_free(struct part *part)
{
    if (part) {
        file_close(part->file);
        free(part->gathered);
        free(part->path);
        free(part->folder);
        free(part);
    }
}
