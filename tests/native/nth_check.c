/* SPDX-License-Identifier: MIT */
/* Is what the queue says true of the disk, and does it come to a good end from there? */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nth.h"
#include "platform/platform.h"
#include "runner/runner.h"

#define PATIENCE_MS 60000u

struct check {
    const char *work, *url, *title;
    const struct nth_watch *watch; /* NULL: it does not matter what is asked for */
    unsigned long mark;            /* on its time, before anything is asked for */
    int64_t durable[NTH_FILES];    /* as the rows told */
    bool whole[NTH_FILES];
    bool told[TOLD_MOST][NTH_GROUPS];
    char claim_name[64];
    struct queue *queue;
    struct runner *runner;
    struct wakeup *event;
    int64_t keys[NTH_GROUPS];
};

static bool broken(const struct check *check, const char *format, ...)
{
    char text[400], *path = nth_path(check->work, NULL, "what");
    size_t size;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    uint8_t *what = nth_read(path, &size);
    fprintf(stderr, "%s (%s): %s\n", check->title, what ? (const char *)what : "ran to its end",
            text);
    free(what);
    free(path);
    return false;
}

static void read_told(struct check *check)
{
    char *path = nth_path(check->work, "told", NULL);
    FILE *file = fopen(path, "rb");
    char line[64];
    while (file && fgets(line, sizeof line, file)) {
        char *end;
        unsigned long what = strtoul(line, &end, 10), group = strtoul(end, NULL, 10);
        if (what < TOLD_MOST && group < NTH_GROUPS) {
            check->told[what][group] = true;
        }
    }
    if (file) {
        fclose(file);
    }
    free(path);
}

/* ---- the power cut ---------------------------------------------------------------------------- */

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

static bool is_part(const char *name)
{
    return strncmp(name, "BIT", 3) == 0 && ends_with(name, ".tmp");
}

/* The name under which the file was flushed: its own, or if it was renamed since, the one before. malloc'ed. */
static char *flushed_as(const char *work, const char *name, bool *renamed)
{
    char key[300];
    size_t size;
    snprintf(key, sizeof key, "%s.from", name);
    char *path = nth_path(work, "shadow", key);
    char *from = (char *)nth_read(path, &size);
    free(path);
    *renamed = false;
    if (from) {
        path = nth_path(work, "target", from);
        *renamed = !file_exists(path);
        free(path);
    }
    if (!*renamed) {
        free(from);
        from = nth_memory(strlen(name));
        strcpy(from, name);
    }
    return from;
}

static bool restore(const char *work, const char *folder, const char *name)
{
    bool renamed, ok = true;
    char *path = nth_path(work, folder, name);
    char *source = flushed_as(work, name, &renamed);
    char *shadow = nth_path(work, "shadow", source);
    size_t size;
    uint8_t *data = nth_read(shadow, &size);
    if (ends_with(name, "-shm")) {
        ok = file_delete(path) == 0;
    } else if (data || renamed || is_part(name) || strcmp(folder, "home") == 0) {
        ok = nth_write(path, data, size);
    }
    free(data);
    free(shadow);
    free(source);
    free(path);
    return ok;
}

bool nth_cut_power(const char *work)
{
    static const char *const folders[] = {"home", "target"};
    bool ok = true;
    for (size_t f = 0; f < 2; f++) {
        char *folder = nth_path(work, folders[f], NULL);
        size_t count;
        char **names = nth_names(folder, &count);
        for (size_t i = 0; i < count; i++) {
            ok = restore(work, folders[f], names[i]) && ok;
        }
        nth_names_free(names, count);
        free(folder);
    }
    return ok;
}

/* ---- files ------------------------------------------------------------------------------------ */

static bool is_prefix(size_t file, const uint8_t *data, size_t size)
{
    if (size > nth_files[file].size) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        if (data[i] != nth_byte(file, i)) {
            return false;
        }
    }
    return true;
}

enum target { TARGET_ABSENT, TARGET_OLD, TARGET_RIGHT, TARGET_WRONG };

static enum target target_of(const struct check *check, size_t file)
{
    char *path = nth_path(check->work, "target", nth_files[file].name);
    size_t size;
    uint8_t *data = nth_read(path, &size);
    enum target found = TARGET_WRONG;
    if (!data) {
        found = file_exists(path) ? TARGET_WRONG : TARGET_ABSENT;
    } else if (size == nth_files[file].size && is_prefix(file, data, size)) {
        found = TARGET_RIGHT;
    } else if (size == strlen(NTH_OLD_TEXT) && memcmp(data, NTH_OLD_TEXT, size) == 0) {
        found = TARGET_OLD;
    }
    free(data);
    free(path);
    return found;
}

static bool targets_are_never_wrong(const struct check *check)
{
    bool ok = true;
    for (size_t file = 0; file < NTH_FILES; file++) {
        enum target found = target_of(check, file);
        bool may_lack = !nth_files[file].was_there;
        if (found == TARGET_WRONG || (found == TARGET_OLD && may_lack) ||
            (found == TARGET_ABSENT && !may_lack)) {
            ok = broken(check, "the target %s is wrong (%d)", nth_files[file].name, (int)found);
        }
    }
    return ok;
}

/* ---- what the rows say -------------------------------------------------------------------------- */

static bool durable_is_there(const struct check *check, size_t file, const struct file_row *row)
{
    size_t size;
    uint8_t *data = nth_read(row->part, &size);
    bool ok = true;
    if (!data && target_of(check, file) == TARGET_RIGHT) {
        /* it was renamed, and that was not recorded yet */
    } else if (row->durable > 0 && (!data || (uint64_t)row->durable > size)) {
        ok = broken(check, "%s: the row claims %ld bytes, the part file has %ld",
                    nth_files[file].name, (long)row->durable, data ? (long)size : -1L);
    } else if (row->durable > 0 && !is_prefix(file, data, (size_t)row->durable)) {
        ok = broken(check, "%s: the part file does not hold the %ld bytes claimed",
                    nth_files[file].name, (long)row->durable);
    }
    free(data);
    return ok;
}

/* That it was sealed and renamed is recorded swiftly: a power cut may cost the record of what it did not
 * undo. And it gives the files that it leaves other stamps here. */
static void note_claim(struct check *check, size_t file, const struct file_row *row)
{
    check->whole[file] = row->whole;
    check->durable[file] = !row->whole && file_exists(row->part) ? row->durable : 0;
}

static bool row_is_true(struct check *check, size_t group, uint32_t index)
{
    struct file_row row;
    size_t file = nth_groups[group].first + index;
    if (queue_file_get(check->queue, check->keys[group], index, &row)) {
        return broken(check, "%s: its row cannot be read", nth_files[file].name);
    }
    bool ok = true;
    if (row.damaged) {
        ok = broken(check, "%s: its row is damaged", nth_files[file].name);
    } else if (row.done) {
        if (target_of(check, file) != TARGET_RIGHT) {
            ok = broken(check, "%s: is done, but its target is not right", nth_files[file].name);
        }
    } else {
        ok = durable_is_there(check, file, &row);
        note_claim(check, file, &row);
    }
    if (row.size != SIZE_UNKNOWN && row.size != (int64_t)nth_files[file].size) {
        ok = broken(check, "%s: its row has the size %ld", nth_files[file].name, (long)row.size);
    }
    file_row_clear(&row);
    return ok;
}

static bool rows_are_true(struct check *check, size_t group)
{
    uint32_t count;
    if (queue_file_count(check->queue, check->keys[group], &count)) {
        return broken(check, "group %lu: its files cannot be counted", (unsigned long)group);
    }
    bool added = check->told[TOLD_ADDED][group];
    if (count != nth_groups[group].count && (added || count != 0)) {
        return broken(check, "group %lu has %lu files", (unsigned long)group, (unsigned long)count);
    }
    bool ok = true;
    for (uint32_t i = 0; i < count; i++) {
        ok = row_is_true(check, group, i) && ok;
    }
    return ok;
}

/* ---- what the groups are ------------------------------------------------------------------------ */

static bool state_is_as_told(const struct check *check, size_t group)
{
    struct group_info info;
    if (queue_group_info(check->queue, check->keys[group], &info)) {
        return broken(check, "group %lu cannot be read", (unsigned long)group);
    }
    bool complete = check->told[TOLD_COMPLETE][group], resumed = check->told[TOLD_RESUMED][group];
    bool fits;
    switch (info.state) {
    case GROUP_SUSPENDED: fits = !resumed && !complete; break;
    case GROUP_RUNNING: fits = nth_groups[group].runs && !complete; break;
    case GROUP_COMPLETE: fits = nth_groups[group].runs; break;
    default: fits = false; break;
    }
    if (!fits) {
        return broken(check, "group %lu is in state %d (resumed: %d, complete: %d)",
                      (unsigned long)group, (int)info.state, resumed, complete);
    }
    for (uint32_t i = 0; i < nth_groups[group].count && info.state == GROUP_COMPLETE; i++) {
        if (target_of(check, nth_groups[group].first + i) != TARGET_RIGHT) {
            return broken(check, "group %lu is complete without its file %lu", (unsigned long)group,
                          (unsigned long)i);
        }
    }
    return true;
}

static bool group_is_kept(struct check *check, size_t group, size_t *found)
{
    const struct queue_id id = nth_group_id(group);
    enum fault fault = queue_group_find(check->queue, &id, &check->keys[group]);
    bool ok = true;
    if (fault == FAULT_NOT_FOUND) {
        check->keys[group] = 0;
        if (check->told[TOLD_MADE][group] && !check->told[TOLD_CANCELLING][group]) {
            ok = broken(check, "group %lu is lost", (unsigned long)group);
        }
        return ok;
    }
    if (fault) {
        return broken(check, "group %lu cannot be found: fault %d", (unsigned long)group,
                      (int)fault);
    }
    (*found)++;
    if (check->told[TOLD_CANCELLED][group]) {
        ok = broken(check, "group %lu is there after it was cancelled", (unsigned long)group);
    }
    ok = rows_are_true(check, group) && ok;
    return state_is_as_told(check, group) && ok;
}

static bool queue_is_true(struct check *check)
{
    bool ok = true;
    size_t found = 0, listed;
    for (size_t group = 0; group < NTH_GROUPS; group++) {
        ok = group_is_kept(check, group, &found) && ok;
    }
    struct queue_id *ids;
    if (queue_group_list(check->queue, &ids, &listed)) {
        return broken(check, "the groups cannot be listed");
    }
    free(ids);
    if (found != listed) {
        ok = broken(check, "%lu groups are there, %lu of them ours", (unsigned long)listed,
                    (unsigned long)found);
    }
    return ok;
}

/* ---- to the end --------------------------------------------------------------------------------- */

static enum fault add_missing(struct check *check, size_t group)
{
    const struct nth_group *of = &nth_groups[group];
    enum fault fault = FAULT_NONE;
    struct new_file files[NTH_FILES] = {0};
    char urls[NTH_FILES][128];
    char *locals[NTH_FILES];
    for (size_t i = 0; i < of->count; i++) {
        const char *name = nth_files[of->first + i].name;
        snprintf(urls[i], sizeof urls[i], "%s/%s", check->url, name);
        locals[i] = nth_path(check->work, "target", name);
        files[i].url = urls[i];
        files[i].local = locals[i];
    }
    fault = runner_add_files(check->runner, check->keys[group], files, of->count);
    for (size_t i = 0; i < of->count; i++) {
        free(locals[i]);
    }
    return fault;
}

/* Whatever of the group had not been made is made now. */
static enum fault complete_group(struct check *check, size_t group)
{
    const struct queue_id id = nth_group_id(group), job = nth_job_id(group);
    struct group_info info;
    uint32_t count = 0;
    enum fault fault = FAULT_NONE;
    if (check->keys[group] == 0) {
        fault = queue_group_create(check->queue, &id, &check->keys[group]);
    }
    if (!fault) {
        fault = queue_group_info(check->queue, check->keys[group], &info);
    }
    if (!fault && !info.has_job) {
        fault = queue_job_create(check->queue, check->keys[group], &job);
    }
    if (!fault) {
        fault = queue_file_count(check->queue, check->keys[group], &count);
    }
    if (!fault && count == 0) {
        fault = add_missing(check, group);
    }
    return fault ? fault : runner_resume(check->runner, check->keys[group]);
}

static bool wait_complete(const struct check *check, size_t group)
{
    struct group_info info;
    for (uint64_t start = clock_ms(); clock_ms() - start < PATIENCE_MS;) {
        if (queue_group_info(check->queue, check->keys[group], &info)) {
            return broken(check, "group %lu cannot be read while it runs", (unsigned long)group);
        }
        if (info.state == GROUP_COMPLETE) {
            return true;
        }
        if (info.state != GROUP_RUNNING) {
            return broken(check, "group %lu goes on to state %d: Win32 error %lu, HTTP %lu",
                          (unsigned long)group, (int)info.state, (unsigned long)info.error.win32,
                          (unsigned long)info.error.http);
        }
        wakeup_wait(check->event, PATIENCE_MS);
    }
    return broken(check, "group %lu does not come to its end", (unsigned long)group);
}

static bool all_come_to_an_end(struct check *check)
{
    bool ok = true;
    for (size_t group = 0; group < NTH_GROUPS; group++) {
        enum fault fault = complete_group(check, group);
        if (fault) {
            ok =
                broken(check, "group %lu cannot go on: fault %d", (unsigned long)group, (int)fault);
        }
    }
    for (size_t group = 0; group < NTH_GROUPS && ok; group++) {
        ok = wait_complete(check, group);
    }
    for (size_t file = 0; file < NTH_FILES && ok; file++) {
        if (target_of(check, file) != TARGET_RIGHT) {
            ok = broken(check, "in the end the target %s is not right", nth_files[file].name);
        }
    }
    for (size_t group = 0; group < NTH_GROUPS && ok; group++) {
        if (runner_cancel(check->runner, check->keys[group])) {
            ok = broken(check, "group %lu cannot be cancelled", (unsigned long)group);
        }
    }
    return ok;
}

/* Of a file that is all there the last byte may be asked for, to see that it is. */
static bool what_is_durable_is_not_fetched_again(const struct check *check)
{
    bool ok = true;
    for (size_t file = 0; file < NTH_FILES && check->watch; file++) {
        long first = nth_server_first(check->watch->server, check->mark, check->watch->run, file);
        long least = (long)check->durable[file];
        least -= (size_t)least == nth_files[file].size;
        if (first >= 0 && check->whole[file] && check->watch->intact) {
            ok = broken(check, "%s: was whole, but it was fetched from %ld", nth_files[file].name,
                        first);
        }
        if (first >= 0 && first < least) {
            ok = broken(check, "%s: %ld bytes were durable, but it was fetched from %ld",
                        nth_files[file].name, (long)check->durable[file], first);
        }
    }
    return ok;
}

static bool nothing_is_left_behind(const struct check *check)
{
    char *folder = nth_path(check->work, "target", NULL);
    size_t count;
    bool ok = true;
    char **names = nth_names(folder, &count);
    for (size_t i = 0; i < count; i++) {
        if (is_part(names[i])) {
            ok = broken(check, "%s is left behind", names[i]);
        }
    }
    nth_names_free(names, count);
    free(folder);
    return ok;
}

static void on_event(void *context)
{
    wakeup_set(context);
}

static bool run_to_the_end(struct check *check)
{
    const struct runner_options options = {.queue = check->queue,
                                           .claim_name = check->claim_name,
                                           .on_event = on_event,
                                           .context = check->event};
    if (runner_create(&options, &check->runner)) {
        return broken(check, "there is no runner");
    }
    bool ok = all_come_to_an_end(check);
    runner_destroy(check->runner);
    ok = what_is_durable_is_not_fetched_again(check) && ok;
    return nothing_is_left_behind(check) && ok;
}

bool nth_check(const char *work, const char *url, const char *title, const struct nth_watch *watch)
{
    struct check check = {.work = work, .url = url, .title = title, .watch = watch};
    check.mark = watch ? nth_server_mark(watch->server) : 0;
    uint32_t number[2];
    random_bytes(number, sizeof number);
    snprintf(check.claim_name, sizeof check.claim_name, "QmgrTest-%08lx%08lx",
             (unsigned long)number[0], (unsigned long)number[1]);
    read_told(&check);
    char *home = nth_path(work, "home", NULL);
    bool ok = targets_are_never_wrong(&check);
    enum fault fault = queue_open(home, &check.queue);
    free(home);
    if (fault) {
        return broken(&check, "the queue cannot be opened: fault %d", (int)fault);
    }
    check.event = wakeup_new(NULL);
    ok = queue_is_true(&check) && ok;
    ok = ok && run_to_the_end(&check);
    queue_close(check.queue);
    wakeup_free(check.event);
    return ok;
}
