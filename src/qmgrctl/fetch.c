/* SPDX-License-Identifier: MIT */
/* The commands that stay until a group has come to an end: get and wait. */
#include "qmgrctl.h"

#define LOOK_EVERY_MS 200u

static HANDLE stop_asked; /* set by Ctrl-C */

static BOOL WINAPI on_control(DWORD kind)
{
    (void)kind;
    SetEvent(stop_asked);
    return TRUE;
}

static bool watch_for_stop(void)
{
    stop_asked = CreateEventW(NULL, TRUE, FALSE, NULL);
    return stop_asked != NULL && SetConsoleCtrlHandler(on_control, TRUE);
}

/* Why it failed, and which file if there is only one to be meant. */
static void complain_of_error(IBackgroundCopyGroup *group)
{
    IBackgroundCopyJob1 *job;
    DWORD status = 0, win32 = 0, http = 0, retries = 0;
    wchar_t words[300];
    if (open_job(group, &job) != OUTCOME_OK || job == NULL)
        return;
    if (IBackgroundCopyJob1_GetStatus(job, &status, &win32, &http, &retries) == S_OK)
        complain(L"qmgrctl: the download failed: %ls\n",
                 words_for_results(win32, http, words, sizeof words / sizeof words[0]));
    IBackgroundCopyJob1_Release(job);
}

enum watch_end {
    WATCH_SETTLED, /* complete, in error, or suspended by somebody */
    WATCH_STOPPED,
    WATCH_TIMEOUT,
    WATCH_BROKEN, /* *hr says why */
};

static enum watch_end watch(IBackgroundCopyGroup *group, const struct options *options,
                            struct standing *standing, HRESULT *hr)
{
    struct bar bar;
    const DWORD start = GetTickCount();
    enum watch_end end = WATCH_SETTLED;
    bar_start(&bar, options->progress);
    for (;;) {
        *hr = get_standing(group, standing);
        if (*hr != S_OK) {
            end = WATCH_BROKEN;
            break;
        }
        bar_draw(&bar, standing);
        if ((standing->status & QM_STATUS_GROUP_SUSPENDED) != 0)
            break;
        if (WaitForSingleObject(stop_asked, LOOK_EVERY_MS) == WAIT_OBJECT_0) {
            end = WATCH_STOPPED;
            break;
        }
        if (options->timeout_s != NO_TIMEOUT &&
            GetTickCount() - start >= options->timeout_s * 1000) {
            end = WATCH_TIMEOUT;
            break;
        }
    }
    bar_end(&bar);
    return end;
}

static void complain_of_suspension(const wchar_t *how, const GUID *id)
{
    struct guid_text text = guid_text(id);
    complain(L"qmgrctl: %ls; the group stays in the queue, suspended; to go on:\n"
             L"  qmgrctl resume %ls\n  qmgrctl wait %ls\n",
             how, text.w, text.w);
}

static bool has_ended(const struct standing *standing)
{
    return (standing->status & (QM_STATUS_GROUP_COMPLETE | QM_STATUS_GROUP_ERROR)) != 0;
}

static enum outcome settled(IBackgroundCopyGroup *group, const GUID *id,
                            const struct standing *standing)
{
    standing_line(id, standing);
    if ((standing->status & QM_STATUS_GROUP_COMPLETE) != 0)
        return OUTCOME_OK;
    if ((standing->status & QM_STATUS_GROUP_ERROR) != 0)
        complain_of_error(group);
    else
        complain_of_suspension(L"not running", id);
    return OUTCOME_FAILED;
}

/* Ctrl-C: what was downloaded is kept for later. */
static enum outcome stopped(IBackgroundCopyGroup *group, const GUID *id)
{
    HRESULT hr = IBackgroundCopyGroup_SuspendGroup(group);
    if (hr != S_OK)
        return failed(L"SuspendGroup", hr);
    complain_of_suspension(L"stopped", id);
    return OUTCOME_FAILED;
}

/* Files that are complete stay. */
static enum outcome take_off_the_queue(IBackgroundCopyGroup *group, enum outcome outcome)
{
    HRESULT hr = IBackgroundCopyGroup_CancelGroup(group);
    if (hr == S_OK)
        return outcome;
    enum outcome also = failed(L"CancelGroup", hr);
    return outcome == OUTCOME_OK ? also : outcome;
}

static enum outcome run_to_the_end(IBackgroundCopyGroup *group, const GUID *id,
                                   const struct options *options)
{
    struct standing standing = {0};
    HRESULT hr = IBackgroundCopyGroup_ResumeGroup(group);
    if (hr != S_OK)
        return take_off_the_queue(group, failed(L"ResumeGroup", hr));
    switch (watch(group, options, &standing, &hr)) {
    case WATCH_STOPPED: return stopped(group, id);
    case WATCH_BROKEN: return failed(L"lost the group", hr);
    default: break;
    }
    enum outcome outcome = settled(group, id, &standing);
    /* What somebody else has suspended is to go on later. */
    if (options->keep || !has_ended(&standing))
        return outcome;
    return take_off_the_queue(group, outcome);
}

enum outcome command_get(IBackgroundCopyQMgr *manager, const struct options *options)
{
    IBackgroundCopyGroup *group;
    IBackgroundCopyJob1 *job;
    GUID id;
    if (!watch_for_stop())
        return failed(L"cannot watch for Ctrl-C", HRESULT_FROM_WIN32(GetLastError()));
    HRESULT hr = CoCreateGuid(&id);
    if (hr != S_OK)
        return failed(L"CoCreateGuid", hr);
    enum outcome outcome = make_group(manager, &id, &group, &job);
    if (outcome != OUTCOME_OK)
        return outcome;
    name_group(group, options->words[1]);
    outcome = add_pairs(job, options->count, options->words);
    if (outcome == OUTCOME_OK)
        outcome = run_to_the_end(group, &id, options);
    else
        outcome = take_off_the_queue(group, outcome);
    IBackgroundCopyJob1_Release(job);
    IBackgroundCopyGroup_Release(group);
    return outcome;
}

enum outcome command_wait(IBackgroundCopyQMgr *manager, const struct options *options)
{
    IBackgroundCopyGroup *group;
    struct standing standing = {0};
    HRESULT hr = S_OK;
    if (!watch_for_stop())
        return failed(L"cannot watch for Ctrl-C", HRESULT_FROM_WIN32(GetLastError()));
    enum outcome outcome = open_group(manager, &options->group, &group);
    if (outcome != OUTCOME_OK)
        return outcome;
    switch (watch(group, options, &standing, &hr)) {
    case WATCH_SETTLED: outcome = settled(group, &options->group, &standing); break;
    case WATCH_BROKEN: outcome = failed(guid_text(&options->group).w, hr); break;
    case WATCH_STOPPED: /* the group was not ours to suspend */ outcome = OUTCOME_FAILED; break;
    case WATCH_TIMEOUT:
        standing_line(&options->group, &standing);
        outcome = OUTCOME_TIMEOUT;
        break;
    }
    IBackgroundCopyGroup_Release(group);
    return outcome;
}
