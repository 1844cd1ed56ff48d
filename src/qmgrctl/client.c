/* SPDX-License-Identifier: MIT */
/* The calls that several commands make. */
#include "qmgrctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

enum outcome failed(const wchar_t *what, HRESULT hr)
{
    wchar_t words[300];
    complain(L"qmgrctl: %ls: %ls\n", what,
             words_for_hresult(hr, words, sizeof words / sizeof words[0]));
    if (hr == (HRESULT)QM_E_ITEM_NOT_FOUND)
        return OUTCOME_NO_GROUP;
    return OUTCOME_COM;
}

enum outcome connect_to_class(DWORD context, IBackgroundCopyQMgr **manager)
{
    HRESULT hr = CoCreateInstance(&CLSID_BackgroundCopyQMgr, NULL, context,
                                  &IID_IBackgroundCopyQMgr, (void **)manager);
    if (hr == S_OK)
        return OUTCOME_OK;
    enum outcome outcome = failed(L"cannot create BackgroundCopyQMgr", hr);
    if (hr == REGDB_E_CLASSNOTREG)
        complain(L"qmgrctl: register it with: regsvr32 QmgrPrxy.dll\n");
    return outcome;
}

bool parse_guid(const wchar_t *text, GUID *id)
{
    wchar_t braced[40];
    const size_t length = wcslen(text);
    if (length == 38)
        wcscpy(braced, text);
    else if (length == 36)
        _snwprintf(braced, sizeof braced / sizeof braced[0], L"{%ls}", text);
    else
        return false;
    return IIDFromString(braced, id) == S_OK;
}

struct guid_text guid_text(const GUID *id)
{
    struct guid_text text = {L""};
    StringFromGUID2(id, text.w, sizeof text.w / sizeof text.w[0]);
    return text;
}

enum outcome open_group(IBackgroundCopyQMgr *manager, const GUID *id, IBackgroundCopyGroup **group)
{
    HRESULT hr = IBackgroundCopyQMgr_GetGroup(manager, *id, group);
    return hr == S_OK ? OUTCOME_OK : failed(guid_text(id).w, hr);
}

enum outcome open_job(IBackgroundCopyGroup *group, IBackgroundCopyJob1 **job)
{
    IEnumBackgroundCopyJobs1 *jobs;
    GUID id;
    *job = NULL;
    HRESULT hr = IBackgroundCopyGroup_EnumJobs(group, 0, &jobs);
    if (hr != S_OK)
        return failed(L"EnumJobs", hr);
    ULONG fetched = 0;
    hr = IEnumBackgroundCopyJobs1_Next(jobs, 1, &id, &fetched);
    IEnumBackgroundCopyJobs1_Release(jobs);
    if (hr == S_FALSE)
        return OUTCOME_OK;
    if (hr == S_OK)
        hr = IBackgroundCopyGroup_GetJob(group, id, job);
    return hr == S_OK ? OUTCOME_OK : failed(L"GetJob", hr);
}

enum outcome make_group(IBackgroundCopyQMgr *manager, const GUID *id, IBackgroundCopyGroup **group,
                        IBackgroundCopyJob1 **job)
{
    GUID job_id;
    HRESULT hr = CoCreateGuid(&job_id);
    if (hr != S_OK)
        return failed(L"CoCreateGuid", hr);
    hr = IBackgroundCopyQMgr_CreateGroup(manager, *id, group);
    if (hr != S_OK)
        return failed(L"CreateGroup", hr);
    hr = IBackgroundCopyGroup_CreateJob(*group, job_id, job);
    if (hr == S_OK)
        return OUTCOME_OK;
    enum outcome outcome = failed(L"CreateJob", hr);
    IBackgroundCopyGroup_CancelGroup(*group);
    IBackgroundCopyGroup_Release(*group);
    *group = NULL;
    return outcome;
}

enum outcome open_or_make_group(IBackgroundCopyQMgr *manager, const GUID *id,
                                IBackgroundCopyGroup **group, IBackgroundCopyJob1 **job, bool *made)
{
    HRESULT hr = IBackgroundCopyQMgr_GetGroup(manager, *id, group);
    *made = hr == (HRESULT)QM_E_ITEM_NOT_FOUND;
    if (*made)
        return make_group(manager, id, group, job);
    if (hr != S_OK)
        return failed(L"GetGroup", hr);
    enum outcome outcome = open_job(*group, job);
    if (outcome == OUTCOME_OK && *job == NULL)
        outcome = failed(guid_text(id).w, (HRESULT)QM_E_INVALID_STATE);
    if (outcome != OUTCOME_OK)
        IBackgroundCopyGroup_Release(*group);
    return outcome;
}

static BSTR full_path(const wchar_t *name)
{
    DWORD room = GetFullPathNameW(name, 0, NULL, NULL);
    BSTR path = room > 0 ? SysAllocStringLen(NULL, room) : NULL;
    if (path == NULL)
        return NULL;
    DWORD length = GetFullPathNameW(name, room, path, NULL);
    BSTR exact = length > 0 && length < room ? SysAllocStringLen(path, length) : NULL;
    SysFreeString(path);
    return exact;
}

void free_secret(BSTR text)
{
    if (text != NULL)
        SecureZeroMemory(text, SysStringByteLen(text));
    SysFreeString(text);
}

static void free_infos(FILESETINFO *infos, FILESETINFO **set, ULONG count)
{
    for (ULONG i = 0; infos != NULL && i < count; i++) {
        free_secret(infos[i].bstrRemoteFile);
        SysFreeString(infos[i].bstrLocalFile);
    }
    free(set);
    free(infos);
}

static enum outcome added(HRESULT hr)
{
    switch (hr) {
    case S_OK: return OUTCOME_OK;
    case E_INVALIDARG:
        complain(L"qmgrctl: a URL or a file name is not valid or not allowed, or its folder does "
                 L"not exist\n");
        return OUTCOME_USAGE;
    case E_ACCESSDENIED:
        complain(L"qmgrctl: the folder of a file may not be written\n");
        return OUTCOME_FAILED;
    default: return failed(L"AddFiles", hr);
    }
}

enum outcome add_pairs(IBackgroundCopyJob1 *job, int count, wchar_t **words)
{
    const ULONG files = (ULONG)count / 2;
    FILESETINFO *infos = calloc(files, sizeof *infos);
    FILESETINFO **set = calloc(files, sizeof(FILESETINFO *));
    HRESULT hr = infos != NULL && set != NULL ? S_OK : E_OUTOFMEMORY;
    for (ULONG i = 0; hr == S_OK && i < files; i++) {
        set[i] = &infos[i];
        infos[i].bstrRemoteFile = SysAllocString(words[2 * i]);
        infos[i].bstrLocalFile = full_path(words[2 * i + 1]);
        if (infos[i].bstrRemoteFile == NULL || infos[i].bstrLocalFile == NULL)
            hr = words[2 * i + 1][0] == L'\0' ? E_INVALIDARG : E_OUTOFMEMORY;
    }
    if (hr == S_OK)
        hr = IBackgroundCopyJob1_AddFiles(job, files, set);
    free_infos(infos, set, files);
    return added(hr);
}

void name_group(IBackgroundCopyGroup *group, const wchar_t *file)
{
    VARIANT name;
    const wchar_t *last = file;
    for (const wchar_t *at = file; *at != L'\0'; at++) {
        if (*at == L'\\' || *at == L'/' || *at == L':')
            last = at + 1;
    }
    VariantInit(&name);
    V_VT(&name) = VT_BSTR;
    V_BSTR(&name) = SysAllocString(last);
    IBackgroundCopyGroup_SetProp(group, GROUPPROP_DISPLAYNAME, &name);
    VariantClear(&name);
}

HRESULT get_standing(IBackgroundCopyGroup *group, struct standing *standing)
{
    DWORD job = 0;
    HRESULT hr = IBackgroundCopyGroup_GetStatus(group, &standing->status, &job);
    if (hr == S_OK)
        hr = IBackgroundCopyGroup_GetProgress(group, QM_PROGRESS_PERCENT_DONE, &standing->percent);
    if (hr == S_OK)
        hr = IBackgroundCopyGroup_GetProgress(group, QM_PROGRESS_SIZE_DONE, &standing->bytes);
    if (hr == S_OK)
        hr = IBackgroundCopyGroup_get_Size(group, &standing->size);
    return hr;
}

void standing_line(const GUID *id, const struct standing *standing)
{
    say(L"%ls\t%lu%%\t%lu bytes\t%ls\n", guid_text(id).w, standing->percent, standing->bytes,
        words_for_status(standing->status));
}
