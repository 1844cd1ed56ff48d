/* SPDX-License-Identifier: MIT */
#include "groups.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "journal.h"

#define FILES_MOST 6u
#define NAME_ROOM 600

uint32_t chance_below(struct chance *chance, uint32_t limit)
{
    uint32_t x = chance->state ? chance->state : 0x9E3779B9u;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    chance->state = x;
    return (uint32_t)((uint64_t)x * limit >> 32);
}

/* Says what a call answered; a group that was cancelled meanwhile answers nothing else any more. */
static bool worked(struct known *known, const char *call, HRESULT hr)
{
    if (hr == S_OK)
        return true;
    journal("answer %s %s %08lx", guid_name(&known->id).text, call, (unsigned long)hr);
    if (hr == (HRESULT)QM_E_ITEM_NOT_FOUND)
        known->gone = true;
    return false;
}

static struct known *take_up(struct circle *circle, const GUID *id, IBackgroundCopyGroup *group)
{
    struct known *known = &circle->known[circle->count++];
    *known = (struct known){.id = *id, .group = group};
    return known;
}

/* ---- making ------------------------------------------------------------------------------- */

/* Old content is put in place by a rename, so that whoever watches never sees a part of it. */
static void put_old_content(const wchar_t *target, const wchar_t *name)
{
    wchar_t aside[NAME_ROOM];
    char text[200];
    _snwprintf(aside, NAME_ROOM, L"%ls.old", target);
    HANDLE file = CreateFileW(aside, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return;
    int length = snprintf(text, sizeof text, "old content of %ls", name);
    DWORD written;
    BOOL whole = WriteFile(file, text, (DWORD)length, &written, NULL);
    CloseHandle(file);
    if (whole)
        MoveFileExW(aside, target, 0);
}

/* The name of a file tells who made it, what it is to contain, and is unique; it is in the URL too, so that the
 * server's log tells the requests of one file from all others. */
static void choose_file(struct circle *circle, const struct order *order, struct chance *chance,
                        unsigned index, FILESETINFO *info)
{
    static const wchar_t *const rates[] = {L"512k", L"1m", L"2m", L"4m"};
    wchar_t name[100], url[NAME_ROOM], target[NAME_ROOM];
    unsigned source = chance_below(chance, order->sources);
    _snwprintf(name, 100, L"%ls-%u-%u-s%02u", order->name, circle->made, index, source);
    _snwprintf(url, NAME_ROOM, L"%ls/rate/%ls/crash/s%02u.bin?f=%ls", order->server,
               rates[chance_below(chance, 4)], source, name);
    _snwprintf(target, NAME_ROOM, L"%ls\\%ls", order->targets, name);
    if (chance_below(chance, 3) == 0)
        put_old_content(target, name);
    info->bstrRemoteFile = SysAllocString(url);
    info->bstrLocalFile = SysAllocString(target);
    info->dwSizeHint = 0;
}

static void journal_names(struct known *known, const FILESETINFO *files, unsigned count)
{
    char names[800] = "";
    for (unsigned i = 0; i < count; i++) {
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, " %ls",
                 wcsrchr(files[i].bstrLocalFile, L'\\') + 1);
    }
    journal("will add %s %u%s", guid_name(&known->id).text, count, names);
}

static bool add_files(struct circle *circle, const struct order *order, struct chance *chance,
                      struct known *known, IBackgroundCopyJob1 *job)
{
    FILESETINFO files[FILES_MOST];
    FILESETINFO *list[FILES_MOST];
    unsigned most = 1 + chance_below(chance, FILES_MOST);
    unsigned count = 1 + chance_below(chance, most);
    for (unsigned i = 0; i < count; i++) {
        choose_file(circle, order, chance, i, &files[i]);
        list[i] = &files[i];
    }
    journal_names(known, files, count);
    HRESULT hr = IBackgroundCopyJob1_AddFiles(job, count, list);
    journal("did add %s %08lx", guid_name(&known->id).text, (unsigned long)hr);
    for (unsigned i = 0; i < count; i++) {
        SysFreeString(files[i].bstrRemoteFile);
        SysFreeString(files[i].bstrLocalFile);
    }
    return worked(known, "AddFiles", hr);
}

static IBackgroundCopyGroup *create(struct circle *circle, const GUID *id)
{
    IBackgroundCopyGroup *group = NULL;
    journal("will create %s", guid_name(id).text);
    HRESULT hr = IBackgroundCopyQMgr_CreateGroup(circle->manager, *id, &group);
    journal("did create %s %08lx", guid_name(id).text, (unsigned long)hr);
    if (hr != S_OK)
        journal("answer %s CreateGroup %08lx", guid_name(id).text, (unsigned long)hr);
    return hr == S_OK ? group : NULL;
}

void group_make(struct circle *circle, const struct order *order, struct chance *chance)
{
    GUID id, job_id;
    if (circle->count == KNOWN_MOST || CoCreateGuid(&id) != S_OK || CoCreateGuid(&job_id) != S_OK)
        return;
    IBackgroundCopyGroup *group = create(circle, &id);
    if (!group)
        return;
    struct known *known = take_up(circle, &id, group);
    known->ours = true;
    circle->made++;
    IBackgroundCopyJob1 *job = NULL;
    if (!worked(known, "CreateJob", IBackgroundCopyGroup_CreateJob(group, job_id, &job)))
        return;
    bool added = add_files(circle, order, chance, known, job);
    IBackgroundCopyJob1_Release(job);
    if (added && chance_below(chance, 5) > 0)
        group_resume(known);
}

/* ---- changing ----------------------------------------------------------------------------- */

void group_resume(struct known *known)
{
    journal("will resume %s", guid_name(&known->id).text);
    HRESULT hr = IBackgroundCopyGroup_ResumeGroup(known->group);
    journal("did resume %s %08lx", guid_name(&known->id).text, (unsigned long)hr);
    worked(known, "ResumeGroup", hr);
}

void group_suspend(struct known *known)
{
    journal("will suspend %s", guid_name(&known->id).text);
    HRESULT hr = IBackgroundCopyGroup_SuspendGroup(known->group);
    journal("did suspend %s %08lx", guid_name(&known->id).text, (unsigned long)hr);
    worked(known, "SuspendGroup", hr);
}

void group_cancel(struct known *known)
{
    journal("will cancel %s", guid_name(&known->id).text);
    HRESULT hr = IBackgroundCopyGroup_CancelGroup(known->group);
    journal("did cancel %s %08lx", guid_name(&known->id).text, (unsigned long)hr);
    if (worked(known, "CancelGroup", hr))
        known->gone = true;
}

void group_foreground(struct known *known)
{
    worked(known, "SwitchToForeground", IBackgroundCopyGroup_SwitchToForeground(known->group));
}

/* ---- looking around ----------------------------------------------------------------------- */

static bool is_known(const struct circle *circle, const GUID *id)
{
    for (unsigned i = 0; i < circle->count; i++) {
        if (IsEqualGUID(&circle->known[i].id, id))
            return true;
    }
    return false;
}

static void meet(struct circle *circle, const GUID *id)
{
    IBackgroundCopyGroup *group;
    if (circle->count == KNOWN_MOST || is_known(circle, id))
        return;
    journal("seen %s", guid_name(id).text);
    HRESULT hr = IBackgroundCopyQMgr_GetGroup(circle->manager, *id, &group);
    if (hr == S_OK)
        take_up(circle, id, group);
    else
        journal("answer %s GetGroup %08lx", guid_name(id).text, (unsigned long)hr);
}

void groups_look_around(struct circle *circle)
{
    IEnumBackgroundCopyGroups *groups;
    GUID id;
    ULONG fetched;
    HRESULT hr = IBackgroundCopyQMgr_EnumGroups(circle->manager, 0, &groups);
    if (hr != S_OK) {
        journal("broken EnumGroups answered %08lx", (unsigned long)hr);
        return;
    }
    while ((hr = IEnumBackgroundCopyGroups_Next(groups, 1, &id, &fetched)) == S_OK)
        meet(circle, &id);
    if (hr != S_FALSE)
        journal("broken IEnumBackgroundCopyGroups::Next answered %08lx", (unsigned long)hr);
    IEnumBackgroundCopyGroups_Release(groups);
}

/* ---- polling ------------------------------------------------------------------------------ */

static IBackgroundCopyJob1 *job_of(struct known *known)
{
    IEnumBackgroundCopyJobs1 *jobs;
    IBackgroundCopyJob1 *job = NULL;
    GUID id;
    ULONG fetched;
    if (!worked(known, "EnumJobs", IBackgroundCopyGroup_EnumJobs(known->group, 0, &jobs)))
        return NULL;
    if (IEnumBackgroundCopyJobs1_Next(jobs, 1, &id, &fetched) == S_OK &&
        !worked(known, "GetJob", IBackgroundCopyGroup_GetJob(known->group, id, &job)))
        job = NULL;
    IEnumBackgroundCopyJobs1_Release(jobs);
    return job;
}

static void check_target(struct known *known, IBackgroundCopyJob1 *job, DWORD index)
{
    FILESETINFO info;
    if (!worked(known, "GetFile", IBackgroundCopyJob1_GetFile(job, index, &info)))
        return;
    if (GetFileAttributesW(info.bstrLocalFile) == INVALID_FILE_ATTRIBUTES)
        journal("broken %s is complete without %ls", guid_name(&known->id).text,
                info.bstrLocalFile);
    SysFreeString(info.bstrRemoteFile);
    SysFreeString(info.bstrLocalFile);
}

static void check_targets(struct known *known)
{
    IBackgroundCopyJob1 *job = job_of(known);
    DWORD count = 0;
    if (!job)
        return;
    if (worked(known, "GetFileCount", IBackgroundCopyJob1_GetFileCount(job, &count))) {
        for (DWORD i = 0; i < count && !known->gone; i++)
            check_target(known, job, i);
    }
    IBackgroundCopyJob1_Release(job);
}

static void check_percent(struct known *known, DWORD percent, DWORD status)
{
    bool runs = !(status & (QM_STATUS_GROUP_SUSPENDED | QM_STATUS_GROUP_COMPLETE));
    if (percent > 100)
        journal("broken %s is at %lu percent", guid_name(&known->id).text, percent);
    if (percent == 100 && !(status & QM_STATUS_GROUP_COMPLETE))
        journal("broken %s is at 100 percent with status %lx", guid_name(&known->id).text, status);
    if (runs && percent < known->percent)
        journal("fell %s %lu %lu", guid_name(&known->id).text, known->percent, percent);
    known->percent = runs ? percent : 0;
}

DWORD group_poll(struct known *known)
{
    DWORD percent, status, index;
    if (!worked(
            known, "GetProgress",
            IBackgroundCopyGroup_GetProgress(known->group, QM_PROGRESS_PERCENT_DONE, &percent)) ||
        !worked(known, "GetStatus", IBackgroundCopyGroup_GetStatus(known->group, &status, &index)))
        return 0;
    check_percent(known, percent, status);
    if (status & QM_STATUS_GROUP_ERROR)
        journal("broken %s has failed, status %lx", guid_name(&known->id).text, status);
    if (known->complete && !(status & QM_STATUS_GROUP_COMPLETE))
        journal("broken %s is not complete any more", guid_name(&known->id).text);
    if (!known->complete && status & QM_STATUS_GROUP_COMPLETE) {
        known->complete = true;
        journal("complete %s", guid_name(&known->id).text);
        check_targets(known);
    }
    return status;
}

void group_report(struct known *known)
{
    DWORD status = group_poll(known), count = 0;
    IBackgroundCopyJob1 *job = status ? job_of(known) : NULL;
    if (job) {
        worked(known, "GetFileCount", IBackgroundCopyJob1_GetFileCount(job, &count));
        IBackgroundCopyJob1_Release(job);
    }
    journal("final %s %lx %lu", guid_name(&known->id).text, status, count);
}

void groups_release(struct circle *circle)
{
    for (unsigned i = 0; i < circle->count; i++)
        IBackgroundCopyGroup_Release(circle->known[i].group);
    IBackgroundCopyQMgr_Release(circle->manager);
}
