/* SPDX-License-Identifier: MIT */
/* AddFiles: a part file for each, then all rows in one transaction. As the original does, the part file is
 * made at once, since that proves that the folder is there and may be written to. */
#include <stdio.h>
#include <stdlib.h>

#include "platform/log.h"
#include "runner/runner_private.h"

#define NAME_TRIES 64

/* Makes an empty part file of a new name beside local; *part is malloc'ed. */
static enum fault make_part(const char *local, char **part)
{
    char *folder = path_folder(local);
    if (!folder)
        return FAULT_MEMORY;
    enum fault fault = FAULT_DISK;
    for (int tries = 0; tries < NAME_TRIES; tries++) {
        uint32_t number;
        char name[20];
        if (!random_bytes(&number, sizeof number))
            break;
        snprintf(name, sizeof name, "BIT%04lX.tmp", (unsigned long)number);
        char *path = path_join(folder, name);
        if (!path) {
            fault = FAULT_MEMORY;
            break;
        }
        struct file *file;
        int error = file_create_new(path, &file);
        if (error == 0) {
            file_close(file);
            *part = path;
            fault = FAULT_NONE;
            break;
        }
        free(path);
        fault = file_fault(error);
        if (!file_error_exists(error)) {
            log_event("part file beside %s: system error %d", local, error);
            break;
        }
    }
    free(folder);
    return fault;
}

static void free_parts(char **parts, size_t count, bool and_delete)
{
    for (size_t i = 0; i < count; i++) {
        int error = and_delete ? file_delete(parts[i]) : 0;
        if (error)
            log_event("part file %s stays behind: system error %d", parts[i], error);
        free(parts[i]);
    }
    free(parts);
}

enum fault runner_add_files(struct runner *runner, int64_t key, const struct new_file *files,
                            size_t count)
{
    struct group_info info;
    enum fault fault = queue_group_info(runner->queue, key, &info);
    if (fault)
        return fault;
    struct new_file *made = calloc(count + 1, sizeof *made);
    char **parts = calloc(count + 1, sizeof *parts);
    size_t done = 0;
    if (!made || !parts)
        fault = FAULT_MEMORY;
    while (!fault && done < count) {
        fault = make_part(files[done].local, &parts[done]);
        if (!fault) {
            made[done] = files[done];
            made[done].part = parts[done];
            done++;
        }
    }
    if (!fault)
        fault = queue_files_add(runner->queue, key, made, count);
    free_parts(parts, done, fault != FAULT_NONE);
    free(made);
    if (!fault)
        runner_knock(runner);
    return fault;
}
