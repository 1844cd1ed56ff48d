/* SPDX-License-Identifier: MIT */
/* The job: as IBackgroundCopyJob5 it has the methods of its four forerunners too, and a second face for what is told
 * to web servers. */
#include "bits_objects.h"

#include <wchar.h>

static IBackgroundCopyJobHttpOptions http_options;

static HRESULT STDMETHODCALLTYPE job_QueryInterface(IBackgroundCopyJob5 *face, REFIID iid,
                                                    void **out)
{
    const GUID *const ids[] = {&IID_IBackgroundCopyJob,  &IID_IBackgroundCopyJob2,
                               &IID_IBackgroundCopyJob3, &IID_IBackgroundCopyJob4,
                               &IID_IBackgroundCopyJob5, NULL};
    if (IsEqualIID(iid, &IID_IBackgroundCopyJobHttpOptions)) {
        *out = &http_options;
        return S_OK;
    }
    return bits_query(face, ids, iid, out);
}

BITS_REFERENCES(job, BackgroundCopyJob5)

/* ---- IBackgroundCopyJob ------------------------------------------------------------------- */

static HRESULT STDMETHODCALLTYPE job_AddFileSet(IBackgroundCopyJob5 *face, ULONG count,
                                                BG_FILE_INFO *set)
{
    (void)face;
    wchar_t list[512] = L"";
    const size_t room = sizeof list / sizeof *list - 1;
    for (ULONG i = 0; i < count; i++) {
        size_t used = wcslen(list);
        (void)_snwprintf(list + used, room - used, L" %ls>%ls", set[i].RemoteName,
                         set[i].LocalName);
    }
    return bits_note(L"AddFileSet%ls", list);
}

static HRESULT STDMETHODCALLTYPE job_AddFile(IBackgroundCopyJob5 *face, LPCWSTR remote,
                                             LPCWSTR local)
{
    (void)face;
    return bits_note(L"AddFile %ls %ls", remote, local);
}

BITS_GIVES_FACE(job, BackgroundCopyJob5, EnumFiles, IEnumBackgroundCopyFiles, &bits_files)
BITS_PLAIN(job, BackgroundCopyJob5, Suspend)
BITS_PLAIN(job, BackgroundCopyJob5, Resume)
BITS_PLAIN(job, BackgroundCopyJob5, Cancel)
BITS_PLAIN(job, BackgroundCopyJob5, Complete)
BITS_GIVES_STRUCT(job, BackgroundCopyJob5, GetId, GUID)
BITS_GIVES_ENUM(job, BackgroundCopyJob5, GetType, BG_JOB_TYPE, BG_JOB_TYPE_UPLOAD_REPLY)
BITS_GIVES_STRUCT(job, BackgroundCopyJob5, GetProgress, BG_JOB_PROGRESS)
BITS_GIVES_STRUCT(job, BackgroundCopyJob5, GetTimes, BG_JOB_TIMES)
BITS_GIVES_ENUM(job, BackgroundCopyJob5, GetState, BG_JOB_STATE, BG_JOB_STATE_CANCELLED)
BITS_GIVES_FACE(job, BackgroundCopyJob5, GetError, IBackgroundCopyError, &bits_error)
BITS_GIVES_TEXT(job, BackgroundCopyJob5, GetOwner)
BITS_TAKES_TEXT(job, BackgroundCopyJob5, SetDisplayName)
BITS_GIVES_TEXT(job, BackgroundCopyJob5, GetDisplayName)
BITS_TAKES_TEXT(job, BackgroundCopyJob5, SetDescription)
BITS_GIVES_TEXT(job, BackgroundCopyJob5, GetDescription)

static HRESULT STDMETHODCALLTYPE job_SetPriority(IBackgroundCopyJob5 *face,
                                                 BG_JOB_PRIORITY priority)
{
    (void)face;
    return bits_note(L"SetPriority %d", priority);
}

BITS_GIVES_ENUM(job, BackgroundCopyJob5, GetPriority, BG_JOB_PRIORITY, BG_JOB_PRIORITY_LOW)
BITS_TAKES_NUMBER(job, BackgroundCopyJob5, SetNotifyFlags)
BITS_GIVES_NUMBER(job, BackgroundCopyJob5, GetNotifyFlags)

static HRESULT STDMETHODCALLTYPE job_SetNotifyInterface(IBackgroundCopyJob5 *face,
                                                        IUnknown *callback)
{
    (void)face;
    return bits_note(L"SetNotifyInterface %ls", bits_who(callback));
}

BITS_GIVES_FACE(job, BackgroundCopyJob5, GetNotifyInterface, IUnknown, &bits_callback)
BITS_TAKES_NUMBER(job, BackgroundCopyJob5, SetMinimumRetryDelay)
BITS_GIVES_NUMBER(job, BackgroundCopyJob5, GetMinimumRetryDelay)
BITS_TAKES_NUMBER(job, BackgroundCopyJob5, SetNoProgressTimeout)
BITS_GIVES_NUMBER(job, BackgroundCopyJob5, GetNoProgressTimeout)
BITS_GIVES_NUMBER(job, BackgroundCopyJob5, GetErrorCount)

static HRESULT STDMETHODCALLTYPE job_SetProxySettings(IBackgroundCopyJob5 *face,
                                                      BG_JOB_PROXY_USAGE usage, const WCHAR *list,
                                                      const WCHAR *bypass_list)
{
    (void)face;
    return bits_note(L"SetProxySettings %d %ls %ls", usage, list, bypass_list);
}

static HRESULT STDMETHODCALLTYPE job_GetProxySettings(IBackgroundCopyJob5 *face,
                                                      BG_JOB_PROXY_USAGE *usage, LPWSTR *list,
                                                      LPWSTR *bypass_list)
{
    (void)face;
    *usage = BG_JOB_PROXY_USAGE_AUTODETECT;
    *list = bits_text(L"GetProxySettings");
    *bypass_list = NULL;
    return bits_note(L"GetProxySettings");
}

BITS_PLAIN(job, BackgroundCopyJob5, TakeOwnership)

/* ---- IBackgroundCopyJob2 ------------------------------------------------------------------ */

static HRESULT STDMETHODCALLTYPE job_SetNotifyCmdLine(IBackgroundCopyJob5 *face, LPCWSTR program,
                                                      LPCWSTR parameters)
{
    (void)face;
    return bits_note(L"SetNotifyCmdLine %ls %ls", program, parameters);
}

static HRESULT STDMETHODCALLTYPE job_GetNotifyCmdLine(IBackgroundCopyJob5 *face, LPWSTR *program,
                                                      LPWSTR *parameters)
{
    (void)face;
    *program = bits_text(L"GetNotifyCmdLine");
    *parameters = bits_text(L"");
    return bits_note(L"GetNotifyCmdLine");
}

/* What the structure held before is noted too. */
static HRESULT STDMETHODCALLTYPE job_GetReplyProgress(IBackgroundCopyJob5 *face,
                                                      BG_JOB_REPLY_PROGRESS *progress)
{
    (void)face;
    bits_note(L"GetReplyProgress, was %I64u %I64u", progress->BytesTotal,
              progress->BytesTransferred);
    bits_fill(progress, sizeof *progress, L"GetReplyProgress");
    return BITS_ANSWER;
}

/* As many bytes as the caller's length says. */
static HRESULT STDMETHODCALLTYPE job_GetReplyData(IBackgroundCopyJob5 *face, byte **data,
                                                  UINT64 *length)
{
    (void)face;
    *data = NULL;
    if (!length)
        return bits_note(L"GetReplyData (null)");
    if (*length > 0)
        *data = CoTaskMemAlloc((size_t)*length);
    if (*data)
        bits_fill(*data, (size_t)*length, L"GetReplyData");
    return bits_note(L"GetReplyData %I64u", *length);
}

BITS_TAKES_TEXT(job, BackgroundCopyJob5, SetReplyFileName)
BITS_GIVES_TEXT(job, BackgroundCopyJob5, GetReplyFileName)

/* Of a scheme that the contract does not know there are no names. */
static HRESULT STDMETHODCALLTYPE job_SetCredentials(IBackgroundCopyJob5 *face,
                                                    BG_AUTH_CREDENTIALS *credentials)
{
    (void)face;
    if (credentials->Scheme > BG_AUTH_SCHEME_PASSPORT)
        return bits_note(L"SetCredentials %d %d", credentials->Target, credentials->Scheme);
    return bits_note(L"SetCredentials %d %d %ls %ls", credentials->Target, credentials->Scheme,
                     credentials->Credentials.Basic.UserName,
                     credentials->Credentials.Basic.Password);
}

static HRESULT STDMETHODCALLTYPE job_RemoveCredentials(IBackgroundCopyJob5 *face,
                                                       BG_AUTH_TARGET target, BG_AUTH_SCHEME scheme)
{
    (void)face;
    return bits_note(L"RemoveCredentials %d %d", target, scheme);
}

/* ---- IBackgroundCopyJob3 ------------------------------------------------------------------ */

static HRESULT STDMETHODCALLTYPE job_ReplaceRemotePrefix(IBackgroundCopyJob5 *face, LPCWSTR former,
                                                         LPCWSTR latter)
{
    (void)face;
    return bits_note(L"ReplaceRemotePrefix %ls %ls", former, latter);
}

static HRESULT STDMETHODCALLTYPE job_AddFileWithRanges(IBackgroundCopyJob5 *face, LPCWSTR remote,
                                                       LPCWSTR local, DWORD count,
                                                       BG_FILE_RANGE ranges[])
{
    (void)face;
    wchar_t list[512] = L"";
    const size_t room = sizeof list / sizeof *list - 1;
    for (DWORD i = 0; i < count; i++) {
        size_t used = wcslen(list);
        (void)_snwprintf(list + used, room - used, L" %I64u+%I64u", ranges[i].InitialOffset,
                         ranges[i].Length);
    }
    return bits_note(L"AddFileWithRanges %ls %ls%ls", remote, local, list);
}

BITS_TAKES_NUMBER(job, BackgroundCopyJob5, SetFileACLFlags)
BITS_GIVES_NUMBER(job, BackgroundCopyJob5, GetFileACLFlags)

/* ---- IBackgroundCopyJob4 ------------------------------------------------------------------ */

BITS_TAKES_NUMBER(job, BackgroundCopyJob5, SetPeerCachingFlags)
BITS_GIVES_NUMBER(job, BackgroundCopyJob5, GetPeerCachingFlags)
BITS_GIVES_NUMBER(job, BackgroundCopyJob5, GetOwnerIntegrityLevel)
BITS_GIVES_ENUM(job, BackgroundCopyJob5, GetOwnerElevationState, BOOL, TRUE)
BITS_TAKES_NUMBER(job, BackgroundCopyJob5, SetMaximumDownloadTime)
BITS_GIVES_NUMBER(job, BackgroundCopyJob5, GetMaximumDownloadTime)

/* ---- IBackgroundCopyJob5 ------------------------------------------------------------------ */

static HRESULT STDMETHODCALLTYPE job_SetProperty(IBackgroundCopyJob5 *face, BITS_JOB_PROPERTY_ID id,
                                                 BITS_JOB_PROPERTY_VALUE value)
{
    (void)face;
    wchar_t text[39];
    switch (id) {
    case BITS_JOB_PROPERTY_ID_COST_FLAGS:
    case BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS:
        return bits_note(L"SetProperty %d Dword %lu", id, value.Dword);
    case BITS_JOB_PROPERTY_NOTIFICATION_CLSID:
        StringFromGUID2(&value.ClsID, text, sizeof text / sizeof *text);
        return bits_note(L"SetProperty %d ClsID %ls", id, text);
    case BITS_JOB_PROPERTY_DYNAMIC_CONTENT:
    case BITS_JOB_PROPERTY_HIGH_PERFORMANCE:
    case BITS_JOB_PROPERTY_ON_DEMAND_MODE:
        return bits_note(L"SetProperty %d Enable %d", id, value.Enable);
    case BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE:
        return bits_note(L"SetProperty %d Uint64 %I64u", id, value.Uint64);
    case BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS:
        return bits_note(L"SetProperty %d Target %d", id, value.Target);
    default: return bits_note(L"SetProperty %d", id);
    }
}

/* Fills the whole union: what of it travels is for the property to say. */
static HRESULT STDMETHODCALLTYPE job_GetProperty(IBackgroundCopyJob5 *face, BITS_JOB_PROPERTY_ID id,
                                                 BITS_JOB_PROPERTY_VALUE *value)
{
    (void)face;
    bits_fill(value, sizeof *value, L"GetProperty");
    if (id == BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS)
        value->Target = BG_AUTH_TARGET_PROXY;
    return bits_note(L"GetProperty %d", id);
}

static IBackgroundCopyJob5Vtbl job_vtbl = {
    job_QueryInterface,
    job_AddRef,
    job_Release,
    job_AddFileSet,
    job_AddFile,
    job_EnumFiles,
    job_Suspend,
    job_Resume,
    job_Cancel,
    job_Complete,
    job_GetId,
    job_GetType,
    job_GetProgress,
    job_GetTimes,
    job_GetState,
    job_GetError,
    job_GetOwner,
    job_SetDisplayName,
    job_GetDisplayName,
    job_SetDescription,
    job_GetDescription,
    job_SetPriority,
    job_GetPriority,
    job_SetNotifyFlags,
    job_GetNotifyFlags,
    job_SetNotifyInterface,
    job_GetNotifyInterface,
    job_SetMinimumRetryDelay,
    job_GetMinimumRetryDelay,
    job_SetNoProgressTimeout,
    job_GetNoProgressTimeout,
    job_GetErrorCount,
    job_SetProxySettings,
    job_GetProxySettings,
    job_TakeOwnership,
    job_SetNotifyCmdLine,
    job_GetNotifyCmdLine,
    job_GetReplyProgress,
    job_GetReplyData,
    job_SetReplyFileName,
    job_GetReplyFileName,
    job_SetCredentials,
    job_RemoveCredentials,
    job_ReplaceRemotePrefix,
    job_AddFileWithRanges,
    job_SetFileACLFlags,
    job_GetFileACLFlags,
    job_SetPeerCachingFlags,
    job_GetPeerCachingFlags,
    job_GetOwnerIntegrityLevel,
    job_GetOwnerElevationState,
    job_SetMaximumDownloadTime,
    job_GetMaximumDownloadTime,
    job_SetProperty,
    job_GetProperty,
};
IBackgroundCopyJob5 bits_job = {&job_vtbl};

/* ---- IBackgroundCopyJobHttpOptions -------------------------------------------------------- */

static HRESULT STDMETHODCALLTYPE http_QueryInterface(IBackgroundCopyJobHttpOptions *face,
                                                     REFIID iid, void **out)
{
    (void)face;
    return job_QueryInterface(&bits_job, iid, out);
}

BITS_REFERENCES(http, BackgroundCopyJobHttpOptions)

static HRESULT STDMETHODCALLTYPE http_SetClientCertificateByID(IBackgroundCopyJobHttpOptions *face,
                                                               BG_CERT_STORE_LOCATION location,
                                                               LPCWSTR store, BYTE *hash)
{
    (void)face;
    wchar_t digits[2 * BITS_HASH_SIZE + 1];
    for (unsigned i = 0; i < BITS_HASH_SIZE; i++)
        (void)_snwprintf(digits + 2 * i, 3, L"%02x", hash[i]);
    return bits_note(L"SetClientCertificateByID %d %ls %ls", location, store, digits);
}

static HRESULT STDMETHODCALLTYPE
http_SetClientCertificateByName(IBackgroundCopyJobHttpOptions *face,
                                BG_CERT_STORE_LOCATION location, LPCWSTR store, LPCWSTR subject)
{
    (void)face;
    return bits_note(L"SetClientCertificateByName %d %ls %ls", location, store, subject);
}

BITS_PLAIN(http, BackgroundCopyJobHttpOptions, RemoveClientCertificate)

static HRESULT STDMETHODCALLTYPE http_GetClientCertificate(IBackgroundCopyJobHttpOptions *face,
                                                           BG_CERT_STORE_LOCATION *location,
                                                           LPWSTR *store, BYTE **hash,
                                                           LPWSTR *subject)
{
    (void)face;
    *location = BG_CERT_STORE_LOCATION_LOCAL_MACHINE_ENTERPRISE;
    *store = bits_text(L"GetClientCertificate");
    *hash = CoTaskMemAlloc(BITS_HASH_SIZE);
    if (*hash)
        bits_fill(*hash, BITS_HASH_SIZE, L"GetClientCertificate");
    *subject = NULL;
    return bits_note(L"GetClientCertificate");
}

BITS_TAKES_TEXT(http, BackgroundCopyJobHttpOptions, SetCustomHeaders)
BITS_GIVES_TEXT(http, BackgroundCopyJobHttpOptions, GetCustomHeaders)
BITS_TAKES_NUMBER(http, BackgroundCopyJobHttpOptions, SetSecurityFlags)
BITS_GIVES_NUMBER(http, BackgroundCopyJobHttpOptions, GetSecurityFlags)

static IBackgroundCopyJobHttpOptionsVtbl http_vtbl = {
    http_QueryInterface,
    http_AddRef,
    http_Release,
    http_SetClientCertificateByID,
    http_SetClientCertificateByName,
    http_RemoveClientCertificate,
    http_GetClientCertificate,
    http_SetCustomHeaders,
    http_GetCustomHeaders,
    http_SetSecurityFlags,
    http_GetSecurityFlags,
};
static IBackgroundCopyJobHttpOptions http_options = {&http_vtbl};
