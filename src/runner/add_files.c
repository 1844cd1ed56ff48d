/* SPDX-License-Identifier: MIT */
/* AddFiles: a part file for each, then all rows in one transaction. As the original does, the part file is
 * made at once, since that proves that the folder is there and may be written to. The queue knows the names
 * before the files are there, so that none stays behind should the process die in between. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/log.h"
#include "runner/runner_private.h"

#define NAME_TRIES 64

/* A name beside local that nobody has. malloc'ed. */
static enum fault choose_name(const char *local, char **part)
{
    char *folder = path_folder(local);
    enum fault fault = folder ? FAULT_DISK : FAULT_MEMORY;
    for (int tries = 0; tries < NAME_TRIES && fault == FAULT_DISK; tries++) {
        uint32_t number;
        char name[20];
        if (!random_bytes(&number, sizeof number))
            break;
        snprintf(name, sizeof name, "BIT%04lX.tmp", (unsigned long)number);
        *part = path_join(folder, name);
        if (!*part) {
            fault = FAULT_MEMORY;
        } else if (file_exists(*part)) {
            free(*part);
            *part = NULL;
        } else {
            fault = FAULT_NONE;
        }
    }
    free(folder);
    return fault;
}

static enum fault choose_names(const struct new_file *files, char **parts, size_t count)
{
    enum fault fault = FAULT_NONE;
    for (size_t i = 0; i < count && !fault; i++)
        fault = choose_name(files[i].local, &parts[i]);
    return fault;
}

/* By a rare chance a name has been chosen twice, or somebody else has taken it meanwhile: then there is
 * another. In the first case the list must keep it, for the file that has it. */
static enum fault choose_again(struct runner *runner, const char *local, char **parts, size_t at)
{
    struct discard taken = {.path = parts[at]};
    bool ours = false;
    for (size_t i = 0; i < at && !ours; i++)
        ours = strcmp(parts[i], parts[at]) == 0;
    enum fault fault = ours ? FAULT_NONE : queue_discards_done(runner->queue, &taken, 1);
    free(parts[at]);
    parts[at] = NULL;
    if (!fault)
        fault = choose_name(local, &parts[at]);
    if (!fault)
        fault = queue_discards_plan(runner->queue, runner->maker, &parts[at], 1);
    return fault;
}

static enum fault make_part(struct runner *runner, const char *local, char **parts, size_t at,
                            bool *made)
{
    struct file *file;
    int error = file_create_new(parts[at], &file);
    if (file_error_exists(error)) {
        enum fault fault = choose_again(runner, local, parts, at);
        if (fault)
            return fault;
        error = file_create_new(parts[at], &file);
    }
    if (error)
        log_event("part file beside %s: system error %d", local, error);
    else
        file_close(file);
    *made = error == 0;
    return file_fault(error);
}

/* All the names go off the list, but those of files that cannot be deleted: they are tried again when this
 * process has ended. A file that we have not made is somebody else's. */
static void take_back(struct runner *runner, char **parts, const bool *made, size_t count)
{
    struct discard *gone = calloc(count + 1, sizeof *gone);
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        int error = made[i] ? file_delete(parts[i]) : 0;
        if (error)
            log_event("part file %s stays behind: system error %d", parts[i], error);
        else if (parts[i] && gone)
            gone[used++].path = parts[i];
    }
    if (used > 0 && queue_discards_done(runner->queue, gone, used))
        log_event("the list of part files to delete could not be shortened");
    free(gone);
}

/* The folder of one file after the other; most are in the one that the file before is in. */
struct last_folder {
    char *path;
    char *identity; /* NULL: not known */
};

static void last_folder_clear(struct last_folder *last)
{
    free(last->path);
    free(last->identity);
    *last = (struct last_folder){NULL, NULL};
}

/* Takes down which folder each file is to be in: *identity, malloc'ed, or NULL where no folder can be told from another
 * for sure, or there is none, as the part file will show. */
static enum fault note_folder(struct last_folder *last, const char *local, char **identity)
{
    char *path = path_folder(local);
    if (!path)
        return FAULT_MEMORY;
    if (!last->path || strcmp(path, last->path) != 0) {
        char found[FOLDER_IDENTITY_SIZE];
        bool known = folder_is_steady(path) && folder_identity(path, found) == 0;
        last_folder_clear(last);
        last->path = path;
        last->identity = known ? strdup(found) : NULL;
    } else {
        free(path);
    }
    *identity = last->identity ? strdup(last->identity) : NULL;
    return last->identity && !*identity ? FAULT_MEMORY : FAULT_NONE;
}

struct by_name {
    const char *local;
    size_t at;
};

static int compare_names(const void *a, const void *b)
{
    const struct by_name *left = a, *right = b;
    return strcmp(left->local, right->local);
}

/* In order of the names, so that each folder is looked at once, however the files come. */
static enum fault note_folders(const struct new_file *files, char **folders, size_t count)
{
    struct last_folder last = {NULL, NULL};
    enum fault fault = FAULT_NONE;
    struct by_name *names = calloc(count + 1, sizeof *names);
    if (!names)
        return FAULT_MEMORY;
    for (size_t i = 0; i < count; i++)
        names[i] = (struct by_name){files[i].local, i};
    qsort(names, count, sizeof *names, compare_names);
    for (size_t i = 0; i < count && !fault; i++)
        fault = note_folder(&last, names[i].local, &folders[names[i].at]);
    last_folder_clear(&last);
    free(names);
    return fault;
}

static enum fault add(struct runner *runner, int64_t key, struct new_file *files, char **parts,
                      bool *made, size_t count)
{
    enum fault fault = choose_names(files, parts, count);
    if (!fault)
        fault = queue_discards_plan(runner->queue, runner->maker, parts, count);
    if (fault)
        return fault;
    for (size_t i = 0; i < count && !fault; i++) {
        fault = make_part(runner, files[i].local, parts, i, &made[i]);
        files[i].part = parts[i];
    }
    if (!fault)
        fault = queue_files_add(runner->queue, key, files, count);
    if (fault)
        take_back(runner, parts, made, count);
    return fault;
}

static void free_texts(char **texts, size_t count)
{
    for (size_t i = 0; texts && i < count; i++)
        free(texts[i]);
    free(texts);
}

enum fault runner_add_files(struct runner *runner, int64_t key, const struct new_file *files,
                            size_t count)
{
    struct group_info info;
    enum fault fault = queue_group_info(runner->queue, key, &info);
    if (fault)
        return fault;
    struct new_file *added = calloc(count + 1, sizeof *added);
    char **parts = calloc(count + 1, sizeof *parts);
    char **folders = calloc(count + 1, sizeof *folders);
    bool *made = calloc(count + 1, sizeof *made);
    if (!added || !parts || !folders || !made)
        fault = FAULT_MEMORY;
    if (!fault)
        fault = note_folders(files, folders, count);
    if (!fault) {
        memcpy(added, files, count * sizeof *added);
        for (size_t i = 0; i < count; i++)
            added[i].folder = folders[i];
        fault = add(runner, key, added, parts, made, count);
    }
    free_texts(parts, count);
    free_texts(folders, count);
    free(made);
    free(added);
    if (!fault)
        runner_knock(runner);
    return fault;
}
