/* SPDX-License-Identifier: MIT */
/* The standard download. Every call that a fault makes fail is made once more with the fault gone, and must
 * then succeed. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nth.h"
#include "platform/platform.h"
#include "runner/runner.h"

#define CHECKPOINT_MS 10u
#define PATIENCE_MS 60000u
/* After a fault the runner may make a pause of some seconds, which most runs have no time for: there another
 * process takes over. One in PATIENT_EVERY waits, to see that the runner goes on by itself. */
#define LOOK_MS 50u
#define SHORT_PATIENCE_MS 500u
#define PATIENT_EVERY 32u

struct run {
    const char *work, *url;
    enum nth_mode mode;
    unsigned long n;
    char *home, *told_path;
    char claim_name[64];
    struct queue *queue;
    struct runner *runner;
    struct wakeup *event;
    int64_t keys[NTH_GROUPS];
};

static void fail(const struct run *run, const char *format, ...)
{
    char text[400], *path = nth_path(run->work, NULL, "what");
    size_t size;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    uint8_t *what = nth_read(path, &size);
    fprintf(stderr, "%s %lu (%s): %s\n", nth_mode_names[run->mode], run->n,
            what ? (const char *)what : "no fault so far", text);
    fflush(stderr);
    nth_end(1);
}

/* Outside of what is stopped and cut: what the user has seen he has seen. */
static void tell(const struct run *run, enum nth_told what, size_t group)
{
    FILE *file = fopen(run->told_path, "ab");
    if (!file || fprintf(file, "%d %lu\n", (int)what, (unsigned long)group) < 0 ||
        fclose(file) != 0) {
        fail(run, "cannot tell");
    }
}

static void must(struct run *run, const char *what,
                 enum fault (*call)(struct run *run, size_t group), size_t group)
{
    enum fault fault = call(run, group);
    if (fault && nth_fired()) {
        nth_calm();
        fault = call(run, group);
    }
    if (fault) {
        char *reason = queue_last_error(run->queue);
        fail(run, "%s (group %lu): fault %d; last error of the store: %s", what,
             (unsigned long)group, (int)fault, reason ? reason : "none");
    }
}

/* ---- the calls ------------------------------------------------------------------------------- */

static void on_event(void *context)
{
    wakeup_set(context);
}

static enum fault open_queue(struct run *run, size_t group)
{
    return queue_open(run->home, &run->queue);
}

static enum fault start_runner(struct run *run, size_t group)
{
    const struct runner_options options = {.queue = run->queue,
                                           .claim_name = run->claim_name,
                                           .on_event = on_event,
                                           .context = run->event,
                                           .checkpoint_ms = CHECKPOINT_MS};
    return runner_create(&options, &run->runner);
}

static enum fault make_group(struct run *run, size_t group)
{
    const struct queue_id id = nth_group_id(group);
    return queue_group_create(run->queue, &id, &run->keys[group]);
}

static enum fault make_job(struct run *run, size_t group)
{
    const struct queue_id id = nth_job_id(group);
    return queue_job_create(run->queue, run->keys[group], &id);
}

static enum fault add_files(struct run *run, size_t group)
{
    const struct nth_group *of = &nth_groups[group];
    struct new_file files[NTH_FILES] = {0};
    char urls[NTH_FILES][128];
    char *locals[NTH_FILES];
    for (size_t i = 0; i < of->count; i++) {
        const char *name = nth_files[of->first + i].name;
        snprintf(urls[i], sizeof urls[i], "%s/%s", run->url, name);
        locals[i] = nth_path(run->work, "target", name);
        files[i].url = urls[i];
        files[i].local = locals[i];
    }
    enum fault fault = runner_add_files(run->runner, run->keys[group], files, of->count);
    for (size_t i = 0; i < of->count; i++) {
        free(locals[i]);
    }
    return fault;
}

static enum fault cancel_group(struct run *run, size_t group)
{
    return runner_cancel(run->runner, run->keys[group]);
}

static enum fault resume_group(struct run *run, size_t group)
{
    return runner_resume(run->runner, run->keys[group]);
}

/* ---- waiting --------------------------------------------------------------------------------- */

static void start_again(struct run *run)
{
    runner_destroy(run->runner);
    queue_close(run->queue);
    run->runner = NULL;
    run->queue = NULL;
    must(run, "open the queue again", open_queue, 0);
    must(run, "start the runner again", start_runner, 0);
}

static bool is_injected(const struct group_error *error)
{
    return error->http == 0 && (error->win32 == 112 || error->win32 == 1117);
}

/* True when the group is complete. */
static bool look(struct run *run, size_t group)
{
    struct group_info info;
    if (queue_group_info(run->queue, run->keys[group], &info)) {
        if (!nth_fired()) {
            fail(run, "the state cannot be read");
        }
        nth_calm();
        return false;
    }
    if (info.state == GROUP_ERROR) {
        if (!nth_fired() || !is_injected(&info.error)) {
            fail(run, "group %lu failed: file %lu, Win32 error %lu, HTTP %lu", (unsigned long)group,
                 (unsigned long)info.error.file, (unsigned long)info.error.win32,
                 (unsigned long)info.error.http);
        }
        nth_calm();
        must(run, "resume after the error", resume_group, group);
    }
    return info.state == GROUP_COMPLETE;
}

static void wait_complete(struct run *run, size_t group)
{
    const bool faulty = run->mode == NTH_FAIL || run->mode == NTH_LONG;
    const uint64_t start = clock_ms();
    uint64_t seen = 0;
    bool hurried = false;
    while (!look(run, group)) {
        uint64_t now = clock_ms();
        if (now - start > PATIENCE_MS) {
            fail(run, "group %lu does not come to its end", (unsigned long)group);
        }
        if (seen == 0 && nth_fired()) {
            seen = now;
        }
        if (seen > 0 && !hurried && now - seen > SHORT_PATIENCE_MS) {
            hurried = true;
            nth_calm();
            if (run->n % PATIENT_EVERY != 0) {
                start_again(run);
            }
        }
        wakeup_wait(run->event, faulty ? LOOK_MS : PATIENCE_MS);
    }
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void prepare(struct run *run, size_t group)
{
    must(run, "create the group", make_group, group);
    must(run, "create the job", make_job, group);
    tell(run, TOLD_MADE, group);
    must(run, "add files", add_files, group);
    tell(run, TOLD_ADDED, group);
}

static void carry_out(struct run *run)
{
    for (size_t group = 0; group < NTH_GROUPS; group++) {
        prepare(run, group);
    }
    for (size_t group = 0; group < NTH_GROUPS; group++) {
        if (nth_groups[group].dropped) {
            tell(run, TOLD_CANCELLING, group);
            must(run, "cancel", cancel_group, group);
            tell(run, TOLD_CANCELLED, group);
        } else if (nth_groups[group].runs) {
            must(run, "resume", resume_group, group);
            tell(run, TOLD_RESUMED, group);
        }
    }
    for (size_t group = 0; group < NTH_GROUPS; group++) {
        if (nth_groups[group].runs) {
            wait_complete(run, group);
            tell(run, TOLD_COMPLETE, group);
        }
    }
}

static void write_count(const struct run *run)
{
    char text[32], *path = nth_path(run->work, NULL, "what");
    snprintf(text, sizeof text, "%lu", nth_operations());
    if (!nth_write(path, text, strlen(text))) {
        fail(run, "the count cannot be written");
    }
    free(path);
}

int nth_download(const char *work, enum nth_mode mode, unsigned long n, const char *url)
{
    struct run run = {.work = work, .url = url, .mode = mode, .n = n};
    uint32_t number[2];
    random_bytes(number, sizeof number);
    snprintf(run.claim_name, sizeof run.claim_name, "QmgrTest-%08lx%08lx", (unsigned long)number[0],
             (unsigned long)number[1]);
    run.home = nth_path(work, "home", NULL);
    run.told_path = nth_path(work, "told", NULL);
    run.event = wakeup_new(NULL);
    nth_traps_set(mode, n, work);
    must(&run, "open the queue", open_queue, 0);
    must(&run, "start the runner", start_runner, 0);
    carry_out(&run);
    runner_destroy(run.runner);
    queue_close(run.queue);
    if (mode == NTH_COUNT) {
        write_count(&run);
    }
    wakeup_free(run.event);
    free(run.told_path);
    free(run.home);
    return 0;
}
