/* SPDX-License-Identifier: MIT */
/* All objects but the job. The identifiers are MinGW's; nothing that is linked has those of every version. */
#include <windows.h>

#include <ole2.h>

#include <initguid.h>

#include "bits_objects.h"

#include <stdarg.h>
#include <string.h>
#include <wchar.h>

/* ---- what they share ---------------------------------------------------------------------- */

static wchar_t last_call[1024], asked[1024];

const wchar_t *bits_arrived(void)
{
    wcscpy(asked, last_call);
    last_call[0] = L'\0';
    return asked;
}

HRESULT bits_note(const wchar_t *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)_vsnwprintf(last_call, sizeof last_call / sizeof *last_call - 1, format, arguments);
    va_end(arguments);
    return BITS_ANSWER;
}

/* FNV-1a. */
ULONG bits_number(const wchar_t *name)
{
    ULONG number = 2166136261u;
    for (; *name; name++)
        number = (number ^ *name) * 16777619u;
    return number;
}

void bits_fill(void *out, size_t size, const wchar_t *name)
{
    ULONG number = bits_number(name);
    for (unsigned char *byte = out; size > 0; size--) {
        *byte++ = (unsigned char)(number >> 24);
        number = number * 1664525u + 1013904223u;
    }
}

LPWSTR bits_text(const wchar_t *text)
{
    size_t size = (wcslen(text) + 1) * sizeof *text;
    LPWSTR copy = CoTaskMemAlloc(size);
    if (copy)
        memcpy(copy, text, size);
    return copy;
}

const wchar_t *bits_who(const void *face)
{
    if (!face)
        return L"(null)";
    if (face == &bits_job)
        return L"the job";
    if (face == &bits_file)
        return L"the file";
    if (face == &bits_error)
        return L"the error";
    if (face == &bits_callback)
        return L"the callback";
    return L"a stranger";
}

HRESULT bits_query(void *face, const GUID *const *ids, REFIID iid, void **out)
{
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown))
        *out = face;
    for (; *ids; ids++) {
        if (IsEqualIID(iid, *ids))
            *out = face;
    }
    return *out ? S_OK : E_NOINTERFACE;
}

/* ---- the file ----------------------------------------------------------------------------- */

static HRESULT STDMETHODCALLTYPE file_QueryInterface(IBackgroundCopyFile2 *face, REFIID iid,
                                                     void **out)
{
    const GUID *const ids[] = {&IID_IBackgroundCopyFile, &IID_IBackgroundCopyFile2, NULL};
    return bits_query(face, ids, iid, out);
}

BITS_REFERENCES(file, BackgroundCopyFile2)
BITS_GIVES_TEXT(file, BackgroundCopyFile2, GetRemoteName)
BITS_GIVES_TEXT(file, BackgroundCopyFile2, GetLocalName)

static HRESULT STDMETHODCALLTYPE file_GetProgress(IBackgroundCopyFile2 *face,
                                                  BG_FILE_PROGRESS *progress)
{
    (void)face;
    *progress = (BG_FILE_PROGRESS){0x0102030405060708, BG_SIZE_UNKNOWN, TRUE};
    return bits_note(L"GetProgress");
}

/* As many ranges as the caller's count says. */
static HRESULT STDMETHODCALLTYPE file_GetFileRanges(IBackgroundCopyFile2 *face, DWORD *count,
                                                    BG_FILE_RANGE **ranges)
{
    (void)face;
    *ranges = NULL;
    if (!count)
        return bits_note(L"GetFileRanges (null)");
    if (*count > 0)
        *ranges = CoTaskMemAlloc(*count * sizeof **ranges);
    if (*ranges)
        bits_fill(*ranges, *count * sizeof **ranges, L"GetFileRanges");
    return bits_note(L"GetFileRanges %lu", *count);
}

BITS_TAKES_TEXT(file, BackgroundCopyFile2, SetRemoteName)

static IBackgroundCopyFile2Vtbl file_vtbl = {
    file_QueryInterface, file_AddRef,      file_Release,       file_GetRemoteName,
    file_GetLocalName,   file_GetProgress, file_GetFileRanges, file_SetRemoteName,
};
IBackgroundCopyFile2 bits_file = {&file_vtbl};

/* ---- the error ---------------------------------------------------------------------------- */

static HRESULT STDMETHODCALLTYPE error_QueryInterface(IBackgroundCopyError *face, REFIID iid,
                                                      void **out)
{
    const GUID *const ids[] = {&IID_IBackgroundCopyError, NULL};
    return bits_query(face, ids, iid, out);
}

BITS_REFERENCES(error, BackgroundCopyError)

static HRESULT STDMETHODCALLTYPE error_GetError(IBackgroundCopyError *face,
                                                BG_ERROR_CONTEXT *context, HRESULT *code)
{
    (void)face;
    *context = BG_ERROR_CONTEXT_REMOTE_APPLICATION;
    *code = (HRESULT)BG_E_HTTP_ERROR_404;
    return bits_note(L"GetError");
}

BITS_GIVES_FACE(error, BackgroundCopyError, GetFile, IBackgroundCopyFile, &bits_file)

static HRESULT STDMETHODCALLTYPE error_GetErrorDescription(IBackgroundCopyError *face,
                                                           DWORD language, LPWSTR *text)
{
    (void)face;
    *text = bits_text(L"GetErrorDescription");
    return bits_note(L"GetErrorDescription %lu", language);
}

static HRESULT STDMETHODCALLTYPE error_GetErrorContextDescription(IBackgroundCopyError *face,
                                                                  DWORD language, LPWSTR *text)
{
    (void)face;
    *text = NULL; /* a text may be missing */
    return bits_note(L"GetErrorContextDescription %lu", language);
}

BITS_GIVES_TEXT(error, BackgroundCopyError, GetProtocol)

static IBackgroundCopyErrorVtbl error_vtbl = {
    error_QueryInterface,
    error_AddRef,
    error_Release,
    error_GetError,
    error_GetFile,
    error_GetErrorDescription,
    error_GetErrorContextDescription,
    error_GetProtocol,
};
IBackgroundCopyError bits_error = {&error_vtbl};

/* ---- the callback ------------------------------------------------------------------------- */

static HRESULT STDMETHODCALLTYPE callback_QueryInterface(IBackgroundCopyCallback2 *face, REFIID iid,
                                                         void **out)
{
    const GUID *const ids[] = {&IID_IBackgroundCopyCallback, &IID_IBackgroundCopyCallback2, NULL};
    return bits_query(face, ids, iid, out);
}

BITS_REFERENCES(callback, BackgroundCopyCallback2)

static HRESULT STDMETHODCALLTYPE callback_JobTransferred(IBackgroundCopyCallback2 *face,
                                                         IBackgroundCopyJob *job)
{
    (void)face;
    return bits_note(L"JobTransferred %ls", bits_who(job));
}

static HRESULT STDMETHODCALLTYPE callback_JobError(IBackgroundCopyCallback2 *face,
                                                   IBackgroundCopyJob *job,
                                                   IBackgroundCopyError *error)
{
    (void)face;
    return bits_note(L"JobError %ls %ls", bits_who(job), bits_who(error));
}

static HRESULT STDMETHODCALLTYPE callback_JobModification(IBackgroundCopyCallback2 *face,
                                                          IBackgroundCopyJob *job, DWORD reserved)
{
    (void)face;
    return bits_note(L"JobModification %ls %lu", bits_who(job), reserved);
}

static HRESULT STDMETHODCALLTYPE callback_FileTransferred(IBackgroundCopyCallback2 *face,
                                                          IBackgroundCopyJob *job,
                                                          IBackgroundCopyFile *file)
{
    (void)face;
    return bits_note(L"FileTransferred %ls %ls", bits_who(job), bits_who(file));
}

static IBackgroundCopyCallback2Vtbl callback_vtbl = {
    callback_QueryInterface,  callback_AddRef,   callback_Release,
    callback_JobTransferred,  callback_JobError, callback_JobModification,
    callback_FileTransferred,
};
IBackgroundCopyCallback2 bits_callback = {&callback_vtbl};

/* ---- the enumerators ---------------------------------------------------------------------- */

/* Goes on by celt elements at most and tells how many there were. What pceltFetched held before is noted too. */
static HRESULT enum_advance(ULONG *position, ULONG celt, ULONG *pceltFetched, ULONG *count)
{
    *count = BITS_LIST_SIZE - *position < celt ? BITS_LIST_SIZE - *position : celt;
    *position += *count;
    if (pceltFetched) {
        bits_note(L"Next %lu, count was %lu", celt, *pceltFetched);
        *pceltFetched = *count;
    } else {
        bits_note(L"Next %lu", celt);
    }
    return *count == celt ? S_OK : S_FALSE;
}

static ULONG files_position;

static HRESULT STDMETHODCALLTYPE files_QueryInterface(IEnumBackgroundCopyFiles *face, REFIID iid,
                                                      void **out)
{
    const GUID *const ids[] = {&IID_IEnumBackgroundCopyFiles, NULL};
    return bits_query(face, ids, iid, out);
}

BITS_REFERENCES(files, EnumBackgroundCopyFiles)

static HRESULT STDMETHODCALLTYPE files_Next(IEnumBackgroundCopyFiles *face, ULONG celt,
                                            IBackgroundCopyFile **rgelt, ULONG *pceltFetched)
{
    (void)face;
    ULONG count;
    HRESULT hr = enum_advance(&files_position, celt, pceltFetched, &count);
    for (ULONG i = 0; i < count; i++)
        rgelt[i] = (IBackgroundCopyFile *)&bits_file;
    return hr;
}

BITS_TAKES_NUMBER(files, EnumBackgroundCopyFiles, Skip)

static HRESULT STDMETHODCALLTYPE files_Reset(IEnumBackgroundCopyFiles *face)
{
    (void)face;
    files_position = 0;
    return bits_note(L"Reset");
}

BITS_GIVES_FACE(files, EnumBackgroundCopyFiles, Clone, IEnumBackgroundCopyFiles, &bits_files)
BITS_GIVES_NUMBER(files, EnumBackgroundCopyFiles, GetCount)

static IEnumBackgroundCopyFilesVtbl files_vtbl = {
    files_QueryInterface, files_AddRef, files_Release, files_Next,
    files_Skip,           files_Reset,  files_Clone,   files_GetCount,
};
IEnumBackgroundCopyFiles bits_files = {&files_vtbl};

static ULONG jobs_position;
static IEnumBackgroundCopyJobs bits_jobs;

static HRESULT STDMETHODCALLTYPE jobs_QueryInterface(IEnumBackgroundCopyJobs *face, REFIID iid,
                                                     void **out)
{
    const GUID *const ids[] = {&IID_IEnumBackgroundCopyJobs, NULL};
    return bits_query(face, ids, iid, out);
}

BITS_REFERENCES(jobs, EnumBackgroundCopyJobs)

static HRESULT STDMETHODCALLTYPE jobs_Next(IEnumBackgroundCopyJobs *face, ULONG celt,
                                           IBackgroundCopyJob **rgelt, ULONG *pceltFetched)
{
    (void)face;
    ULONG count;
    HRESULT hr = enum_advance(&jobs_position, celt, pceltFetched, &count);
    for (ULONG i = 0; i < count; i++)
        rgelt[i] = (IBackgroundCopyJob *)&bits_job;
    return hr;
}

BITS_TAKES_NUMBER(jobs, EnumBackgroundCopyJobs, Skip)

static HRESULT STDMETHODCALLTYPE jobs_Reset(IEnumBackgroundCopyJobs *face)
{
    (void)face;
    jobs_position = 0;
    return bits_note(L"Reset");
}

BITS_GIVES_FACE(jobs, EnumBackgroundCopyJobs, Clone, IEnumBackgroundCopyJobs, &bits_jobs)
BITS_GIVES_NUMBER(jobs, EnumBackgroundCopyJobs, GetCount)

static IEnumBackgroundCopyJobsVtbl jobs_vtbl = {
    jobs_QueryInterface, jobs_AddRef, jobs_Release, jobs_Next,
    jobs_Skip,           jobs_Reset,  jobs_Clone,   jobs_GetCount,
};
static IEnumBackgroundCopyJobs bits_jobs = {&jobs_vtbl};

/* ---- the manager -------------------------------------------------------------------------- */

static HRESULT STDMETHODCALLTYPE manager_QueryInterface(IBackgroundCopyManager *face, REFIID iid,
                                                        void **out)
{
    const GUID *const ids[] = {&IID_IBackgroundCopyManager, NULL};
    return bits_query(face, ids, iid, out);
}

BITS_REFERENCES(manager, BackgroundCopyManager)

static HRESULT STDMETHODCALLTYPE manager_CreateJob(IBackgroundCopyManager *face, LPCWSTR name,
                                                   BG_JOB_TYPE type, GUID *id,
                                                   IBackgroundCopyJob **job)
{
    (void)face;
    bits_fill(id, sizeof *id, L"CreateJob");
    *job = (IBackgroundCopyJob *)&bits_job;
    return bits_note(L"CreateJob %ls %d", name, type);
}

static HRESULT STDMETHODCALLTYPE manager_GetJob(IBackgroundCopyManager *face, REFGUID id,
                                                IBackgroundCopyJob **job)
{
    (void)face;
    wchar_t text[39];
    StringFromGUID2(id, text, sizeof text / sizeof *text);
    *job = NULL;
    return bits_note(L"GetJob %ls", text);
}

static HRESULT STDMETHODCALLTYPE manager_EnumJobs(IBackgroundCopyManager *face, DWORD flags,
                                                  IEnumBackgroundCopyJobs **jobs)
{
    (void)face;
    *jobs = &bits_jobs;
    return bits_note(L"EnumJobs %lu", flags);
}

static HRESULT STDMETHODCALLTYPE manager_GetErrorDescription(IBackgroundCopyManager *face,
                                                             HRESULT code, DWORD language,
                                                             LPWSTR *text)
{
    (void)face;
    *text = bits_text(L"GetErrorDescription");
    return bits_note(L"GetErrorDescription %08lX %lu", (ULONG)code, language);
}

static IBackgroundCopyManagerVtbl manager_vtbl = {
    manager_QueryInterface,      manager_AddRef, manager_Release,
    manager_CreateJob,           manager_GetJob, manager_EnumJobs,
    manager_GetErrorDescription,
};
static IBackgroundCopyManager the_manager = {&manager_vtbl};

IBackgroundCopyManager *bits_manager(void)
{
    return &the_manager;
}
