/* SPDX-License-Identifier: MIT */
/* The commands that ask or say one thing and end. */
#include "qmgrctl.h"

#include <stdlib.h>

enum outcome command_add(IBackgroundCopyQMgr *manager, const struct options *options)
{
    IBackgroundCopyGroup *group;
    IBackgroundCopyJob1 *job;
    GUID id;
    bool made;
    HRESULT hr = options->has_group ? S_OK : CoCreateGuid(&id);
    if (hr != S_OK)
        return failed(L"CoCreateGuid", hr);
    if (options->has_group)
        id = options->group;
    enum outcome outcome = open_or_make_group(manager, &id, &group, &job, &made);
    if (outcome != OUTCOME_OK)
        return outcome;
    outcome = add_pairs(job, options->count, options->words);
    if (outcome == OUTCOME_OK && made)
        name_group(group, options->words[1]);
    if (outcome == OUTCOME_OK)
        say(L"%ls\n", guid_text(&id).w);
    else if (made) /* for nothing */
        IBackgroundCopyGroup_CancelGroup(group);
    IBackgroundCopyJob1_Release(job);
    IBackgroundCopyGroup_Release(group);
    return outcome;
}

/* A text property, on one line; NULL if it cannot be had. Free with SysFreeString. */
static BSTR text_property(IBackgroundCopyGroup *group, GROUPPROP property)
{
    VARIANT value;
    VariantInit(&value);
    if (IBackgroundCopyGroup_GetProp(group, property, &value) != S_OK || V_VT(&value) != VT_BSTR)
        return NULL;
    if (V_BSTR(&value) != NULL)
        flatten(V_BSTR(&value));
    return V_BSTR(&value);
}

static void list_one(IBackgroundCopyGroup *group, const GUID *id, bool porcelain)
{
    struct standing standing;
    wchar_t bytes[32];
    if (get_standing(group, &standing) != S_OK)
        return; /* it went while we were listing */
    BSTR name = text_property(group, GROUPPROP_DISPLAYNAME);
    const wchar_t *shown = name != NULL ? name : L"";
    if (porcelain)
        say(L"%ls\t%ls\t%lu\t%lu\t%lu\t%ls\n", guid_text(id).w, words_for_status(standing.status),
            standing.percent, standing.bytes, standing.size, shown);
    else
        say(L"%ls  %-9ls  %3lu%%  %13ls  %ls\n", guid_text(id).w, words_for_status(standing.status),
            standing.percent,
            words_for_bytes(standing.bytes, bytes, sizeof bytes / sizeof bytes[0]), shown);
    SysFreeString(name);
}

enum outcome command_list(IBackgroundCopyQMgr *manager, const struct options *options)
{
    IEnumBackgroundCopyGroups *groups;
    GUID id;
    ULONG fetched;
    HRESULT hr = IBackgroundCopyQMgr_EnumGroups(manager, 0, &groups);
    if (hr != S_OK)
        return failed(L"EnumGroups", hr);
    while ((hr = IEnumBackgroundCopyGroups_Next(groups, 1, &id, &fetched)) == S_OK) {
        IBackgroundCopyGroup *group;
        if (IBackgroundCopyQMgr_GetGroup(manager, id, &group) != S_OK)
            continue;
        list_one(group, &id, options->porcelain);
        IBackgroundCopyGroup_Release(group);
    }
    IEnumBackgroundCopyGroups_Release(groups);
    return hr == S_FALSE ? OUTCOME_OK : failed(L"Next", hr);
}

/* "name: value" for people, "name<tab>value" for scripts. */
static void field(bool porcelain, const wchar_t *name, const wchar_t *value)
{
    say(porcelain ? L"%ls\t%ls\n" : L"%-12ls %ls\n", name, value);
}

static void number_field(bool porcelain, const wchar_t *name, DWORD value)
{
    say(porcelain ? L"%ls\t%lu\n" : L"%-12ls %lu\n", name, value);
}

static void text_field(bool porcelain, const wchar_t *name, IBackgroundCopyGroup *group,
                       GROUPPROP property)
{
    BSTR value = text_property(group, property);
    field(porcelain, name, value != NULL ? value : L"");
    SysFreeString(value);
}

static HRESULT info_files(IBackgroundCopyJob1 *job, bool porcelain)
{
    DWORD count = 0;
    HRESULT hr = IBackgroundCopyJob1_GetFileCount(job, &count);
    if (hr == S_OK)
        number_field(porcelain, L"files", count);
    for (DWORD i = 0; hr == S_OK && i < count; i++) {
        FILESETINFO info = {0};
        hr = IBackgroundCopyJob1_GetFile(job, i, &info);
        if (hr != S_OK)
            break;
        wchar_t *remote = masked_url(info.bstrRemoteFile);
        if (remote != NULL)
            say(porcelain ? L"file\t%lu\t%ls\t%ls\n" : L"  %lu  %ls\n     -> %ls\n", i, remote,
                info.bstrLocalFile);
        else
            hr = E_OUTOFMEMORY;
        free(remote);
        free_secret(info.bstrRemoteFile);
        SysFreeString(info.bstrLocalFile);
    }
    return hr;
}

static HRESULT info_job(IBackgroundCopyJob1 *job, bool porcelain)
{
    GUID id;
    DWORD status, win32, http, retries;
    wchar_t words[300];
    HRESULT hr = IBackgroundCopyJob1_get_JobID(job, &id);
    if (hr == S_OK)
        hr = IBackgroundCopyJob1_GetStatus(job, &status, &win32, &http, &retries);
    if (hr != S_OK)
        return hr;
    field(porcelain, L"job", guid_text(&id).w);
    number_field(porcelain, L"retries", retries);
    if ((status & QM_STATUS_JOB_ERROR) != 0) {
        number_field(porcelain, L"win32", win32);
        number_field(porcelain, L"http", http);
        field(porcelain, L"error",
              words_for_results(win32, http, words, sizeof words / sizeof words[0]));
        field(porcelain, L"advice", advice_for_results(win32, http));
    } else if ((status & QM_STATUS_JOB_COMPLETE) == 0 && retries > 0) {
        field(porcelain, L"note",
              L"attempts have failed; while the group runs, it tries again by itself");
    }
    return info_files(job, porcelain);
}

static HRESULT info_group(IBackgroundCopyGroup *group, const GUID *id, bool porcelain)
{
    struct standing standing;
    HRESULT hr = get_standing(group, &standing);
    if (hr != S_OK)
        return hr;
    field(porcelain, L"group", guid_text(id).w);
    text_field(porcelain, L"name", group, GROUPPROP_DISPLAYNAME);
    text_field(porcelain, L"description", group, GROUPPROP_DESCRIPTION);
    field(porcelain, L"status", words_for_status(standing.status));
    number_field(porcelain, L"foreground", (standing.status & QM_STATUS_GROUP_FOREGROUND) != 0);
    number_field(porcelain, L"percent", standing.percent);
    number_field(porcelain, L"bytes", standing.bytes);
    number_field(porcelain, L"size", standing.size);
    return S_OK;
}

enum outcome command_info(IBackgroundCopyQMgr *manager, const struct options *options)
{
    IBackgroundCopyGroup *group;
    IBackgroundCopyJob1 *job = NULL;
    enum outcome outcome = open_group(manager, &options->group, &group);
    if (outcome != OUTCOME_OK)
        return outcome;
    HRESULT hr = info_group(group, &options->group, options->porcelain);
    outcome = hr == S_OK ? open_job(group, &job) : failed(guid_text(&options->group).w, hr);
    if (job != NULL) {
        hr = info_job(job, options->porcelain);
        if (hr != S_OK)
            outcome = failed(guid_text(&options->group).w, hr);
        IBackgroundCopyJob1_Release(job);
    }
    IBackgroundCopyGroup_Release(group);
    return outcome;
}

static enum outcome change(IBackgroundCopyQMgr *manager, const struct options *options,
                           const wchar_t *what, HRESULT (*method)(IBackgroundCopyGroup *))
{
    IBackgroundCopyGroup *group;
    enum outcome outcome = open_group(manager, &options->group, &group);
    if (outcome != OUTCOME_OK)
        return outcome;
    HRESULT hr = method(group);
    IBackgroundCopyGroup_Release(group);
    return hr == S_OK ? OUTCOME_OK : failed(what, hr);
}

static HRESULT resume(IBackgroundCopyGroup *group)
{
    return IBackgroundCopyGroup_ResumeGroup(group);
}

static HRESULT suspend(IBackgroundCopyGroup *group)
{
    return IBackgroundCopyGroup_SuspendGroup(group);
}

static HRESULT cancel(IBackgroundCopyGroup *group)
{
    return IBackgroundCopyGroup_CancelGroup(group);
}

enum outcome command_resume(IBackgroundCopyQMgr *manager, const struct options *options)
{
    return change(manager, options, L"ResumeGroup", resume);
}

enum outcome command_suspend(IBackgroundCopyQMgr *manager, const struct options *options)
{
    return change(manager, options, L"SuspendGroup", suspend);
}

enum outcome command_cancel(IBackgroundCopyQMgr *manager, const struct options *options)
{
    return change(manager, options, L"CancelGroup", cancel);
}
