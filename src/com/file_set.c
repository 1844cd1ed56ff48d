/* SPDX-License-Identifier: MIT */
#include "com/file_set.h"

#include <stdlib.h>
#include <string.h>

#include "com/path_check.h"
#include "com/text.h"
#include "platform/log.h"
#include "transfer/scheme.h"
#include "transfer/url.h"

static void new_file_clear(struct new_file *file)
{
    /* The strings are ours; new_file says const for those who only read. */
    union {
        const char *read;
        char *own;
    } url = {.read = file->url}, local = {.read = file->local};
    free(url.own);
    free(local.own);
    free(file->secret.data);
    memset(file, 0, sizeof *file);
}

/* Takes over parts->url. What is secret is sealed before it goes any further. */
static enum fault remote_take(struct url_parts *parts, struct new_file *file)
{
    if (parts->user_pass &&
        !secret_protect(parts->user_pass, strlen(parts->user_pass), &file->secret))
        return FAULT_STORE;
    file->url = parts->url;
    parts->url = NULL;
    return FAULT_NONE;
}

static enum fault remote_read(BSTR name, unsigned schemes, struct new_file *file)
{
    char *text;
    enum fault fault = text_from_bstr(name, REMOTE_NAME_MOST, &text);
    if (fault != FAULT_NONE)
        return fault;
    struct url_parts parts = {NULL, NULL};
    fault = text[0] ? url_split(text, schemes, &parts) : FAULT_ARGUMENT;
    secret_free_text(text);
    if (fault == FAULT_NONE)
        fault = remote_take(&parts, file);
    url_parts_clear(&parts);
    return fault;
}

static enum fault info_read(const FILESETINFO *info, unsigned schemes, struct new_file *file)
{
    memset(file, 0, sizeof *file);
    if (!info)
        return FAULT_ARGUMENT;
    char *local = NULL;
    enum fault fault = remote_read(info->bstrRemoteFile, schemes, file);
    const char *which = "remote";
    if (fault == FAULT_NONE) {
        which = "local";
        fault = path_check(info->bstrLocalFile, &local);
    }
    if (fault != FAULT_NONE) /* the name itself may be anything, a password too */
        log_event("a %s name is refused: fault %d", which, (int)fault);
    file->local = local;
    if (fault != FAULT_NONE)
        new_file_clear(file);
    return fault;
}

/* Grows as entries prove good, so that an absurd count alone costs nothing. */
static enum fault file_set_reserve(struct file_set *set, size_t *room)
{
    if (set->count < *room)
        return FAULT_NONE;
    size_t wanted = *room ? *room * 2 : 16;
    if (wanted > SIZE_MAX / sizeof *set->files)
        return FAULT_MEMORY;
    struct new_file *files = realloc(set->files, wanted * sizeof *files);
    if (!files)
        return FAULT_MEMORY;
    set->files = files;
    *room = wanted;
    return FAULT_NONE;
}

enum fault file_set_read(FILESETINFO *const *infos, size_t count, struct file_set *set)
{
    *set = (struct file_set){NULL, 0};
    enum fault fault = infos && count > 0 ? FAULT_NONE : FAULT_ARGUMENT;
    const unsigned schemes = schemes_enabled();
    size_t room = 0;
    for (size_t i = 0; i < count && fault == FAULT_NONE; i++) {
        fault = file_set_reserve(set, &room);
        if (fault == FAULT_NONE)
            fault = info_read(infos[i], schemes, &set->files[i]);
        if (fault == FAULT_NONE)
            set->count++;
    }
    if (fault != FAULT_NONE)
        file_set_clear(set);
    return fault;
}

void file_set_clear(struct file_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        new_file_clear(&set->files[i]);
    free(set->files);
    *set = (struct file_set){NULL, 0};
}

enum fault file_info_write(const struct file_row *row, FILESETINFO *info)
{
    *info = (FILESETINFO){text_to_bstr(row->url), text_to_bstr(row->local), 0};
    if (info->bstrRemoteFile && info->bstrLocalFile)
        return FAULT_NONE;
    SysFreeString(info->bstrLocalFile);
    SysFreeString(info->bstrRemoteFile);
    *info = (FILESETINFO){NULL, NULL, 0};
    return FAULT_MEMORY;
}
