/* SPDX-License-Identifier: MIT */
/* The proxies of the BITS interfaces. The objects of bits_objects.h live in the multi-threaded apartment; the tests
 * run in an apartment of their own and reach them as a client reaches the service: the manager, and through it the
 * job and the rest. Programs use MinGW's bits.h, and so does this one. Wine has proxies for most of these interfaces
 * too, so ours are registered for this process, and every test looks whose it has got. */
#include "support.h"

#include "bits_objects.h"

#include <wchar.h>

#define ENUM_OUT_OF_RANGE ((HRESULT)0x800706F5) /* RPC_X_ENUM_VALUE_OUT_OF_RANGE */

static const GUID *const interfaces[] = {
    &IID_IBackgroundCopyManager,  &IID_IEnumBackgroundCopyJobs,       &IID_IBackgroundCopyJob,
    &IID_IBackgroundCopyJob2,     &IID_IBackgroundCopyJob3,           &IID_IBackgroundCopyJob4,
    &IID_IBackgroundCopyJob5,     &IID_IBackgroundCopyJobHttpOptions, &IID_IEnumBackgroundCopyFiles,
    &IID_IBackgroundCopyFile,     &IID_IBackgroundCopyFile2,          &IID_IBackgroundCopyError,
    &IID_IBackgroundCopyCallback, &IID_IBackgroundCopyCallback2,
};

static HMODULE dll;
static IBackgroundCopyManager *service; /* the manager's proxy */

/* ---- the frame ---------------------------------------------------------------------------- */

/* The objects' apartment: it hands out the manager and stays until it is told to end. */
static struct {
    HANDLE thread, ready, end;
    IStream *stream;
} host;

static DWORD WINAPI host_objects(void *context)
{
    (void)context;
    if (FAILED(CoInitializeEx(NULL, COINIT_MULTITHREADED)))
        return 1;
    if (FAILED(CoMarshalInterThreadInterfaceInStream(&IID_IBackgroundCopyManager,
                                                     (IUnknown *)bits_manager(), &host.stream)))
        host.stream = NULL;
    SetEvent(host.ready);
    WaitForSingleObject(host.end, INFINITE);
    CoUninitialize();
    return 0;
}

/* Which class our proxies have, and where its file is, the registry tells. */
static bool find_proxies(CLSID *clsid)
{
    struct text key =
        text_of(L"Interface\\%ls\\ProxyStubClsid32", guid_text(&IID_IBackgroundCopyQMgr).w);
    struct text value;
    LONG size = sizeof value.w;
    if (RegQueryValueW(HKEY_CLASSES_ROOT, key.w, value.w, &size) != ERROR_SUCCESS ||
        CLSIDFromString(value.w, clsid) != S_OK)
        return false;
    key = text_of(L"CLSID\\%ls\\InprocServer32", value.w);
    size = sizeof value.w;
    if (RegQueryValueW(HKEY_CLASSES_ROOT, key.w, value.w, &size) != ERROR_SUCCESS)
        return false;
    dll = LoadLibraryW(value.w);
    return dll != NULL;
}

static int start(void **state)
{
    (void)state;
    CLSID clsid;
    if (FAILED(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED)) || !find_proxies(&clsid))
        return -1;
    for (size_t i = 0; i < COUNT(interfaces); i++) {
        if (CoRegisterPSClsid(interfaces[i], &clsid) != S_OK)
            return -1;
    }
    host.ready = CreateEventW(NULL, TRUE, FALSE, NULL);
    host.end = CreateEventW(NULL, TRUE, FALSE, NULL);
    host.thread = CreateThread(NULL, 0, host_objects, NULL, 0, NULL);
    if (!host.ready || !host.end || !host.thread ||
        WaitForSingleObject(host.ready, LONG_ENOUGH_MS) != WAIT_OBJECT_0 || !host.stream)
        return -1;
    HRESULT hr =
        CoGetInterfaceAndReleaseStream(host.stream, &IID_IBackgroundCopyManager, (void **)&service);
    return hr == S_OK && service != bits_manager() ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    IBackgroundCopyManager_Release(service);
    SetEvent(host.end);
    bool ended = WaitForSingleObject(host.thread, LONG_ENOUGH_MS) == WAIT_OBJECT_0;
    CloseHandle(host.thread);
    CloseHandle(host.ready);
    CloseHandle(host.end);
    CoUninitialize();
    return ended && FreeLibrary(dll) ? 0 : -1;
}

/* ---- what is asserted --------------------------------------------------------------------- */

static void same_text(const wchar_t *got, const wchar_t *expected, const char *file, int line)
{
    if (got != NULL && wcscmp(got, expected) == 0)
        return;
    print_error("\"%ls\", expected \"%ls\"\n", got != NULL ? got : L"(null)", expected);
    _fail(file, line);
}

static void same_bytes(const void *got, size_t size, const wchar_t *name, const char *file,
                       int line)
{
    unsigned char expected[256];
    assert_in_range(size, 1, sizeof expected);
    bits_fill(expected, size, name);
    if (got == NULL || memcmp(got, expected, size) != 0) {
        print_error("not what %ls gives\n", name);
        _fail(file, line);
    }
}

/* The call comes to the object as the text (a format and what it needs) says, and the object's answer comes back. */
#define ARRIVES(call, ...)                                                                         \
    do {                                                                                           \
        assert_hr(call, BITS_ANSWER);                                                              \
        same_text(bits_arrived(), text_of(__VA_ARGS__).w, __FILE__, __LINE__);                     \
    } while (0)
/* The proxy answers by itself; the object hears nothing. */
#define REFUSED(call, hr)                                                                          \
    do {                                                                                           \
        assert_hr(call, hr);                                                                       \
        same_text(bits_arrived(), L"", __FILE__, __LINE__);                                        \
    } while (0)

/* The same for what comes back; whether the object is asked first is the system's affair. */
#define LOST(call, hr)                                                                             \
    do {                                                                                           \
        assert_hr(call, hr);                                                                       \
        bits_arrived();                                                                            \
    } while (0)

/* Methods that are alike. Each gives what is told from its name. */
#define PLAIN(face, method) ARRIVES((face)->lpVtbl->method(face), L## #method)
#define TAKES_NUMBER(face, method)                                                                 \
    ARRIVES((face)->lpVtbl->method(face, bits_number(L"a number")), L## #method L" %lu",           \
            bits_number(L"a number"))
#define GIVES_NUMBER(face, method)                                                                 \
    do {                                                                                           \
        ULONG number = 0;                                                                          \
        ARRIVES((face)->lpVtbl->method(face, &number), L## #method);                               \
        assert_int_equal(number, bits_number(L## #method));                                        \
        LOST((face)->lpVtbl->method(face, NULL), NULL_REF_POINTER);                                \
    } while (0)
#define TAKES_TEXT(face, method)                                                                   \
    do {                                                                                           \
        ARRIVES((face)->lpVtbl->method(face, L"\x00DC \x4E2D"), L## #method L" \x00DC \x4E2D");    \
        ARRIVES((face)->lpVtbl->method(face, L""), L## #method L" ");                              \
    } while (0)
#define GIVES_TEXT(face, method)                                                                   \
    do {                                                                                           \
        LPWSTR text = NULL;                                                                        \
        ARRIVES((face)->lpVtbl->method(face, &text), L## #method);                                 \
        same_text(text, L## #method, __FILE__, __LINE__);                                          \
        CoTaskMemFree(text);                                                                       \
        LOST((face)->lpVtbl->method(face, NULL), NULL_REF_POINTER);                                \
    } while (0)
#define GIVES_ENUM(face, method, type, is)                                                         \
    do {                                                                                           \
        type value = (type)77;                                                                     \
        ARRIVES((face)->lpVtbl->method(face, &value), L## #method);                                \
        assert_int_equal(value, is);                                                               \
        LOST((face)->lpVtbl->method(face, NULL), NULL_REF_POINTER);                                \
    } while (0)
#define GIVES_STRUCT(face, method, type)                                                           \
    do {                                                                                           \
        type value;                                                                                \
        memset(&value, 0, sizeof value);                                                           \
        ARRIVES((face)->lpVtbl->method(face, &value), L## #method);                                \
        same_bytes(&value, sizeof value, L## #method, __FILE__, __LINE__);                         \
        LOST((face)->lpVtbl->method(face, NULL), NULL_REF_POINTER);                                \
    } while (0)

/* The vtable that the pointer shows lies in our DLL. */
static void assert_ours(void *proxy)
{
    HMODULE owner = NULL;
    const wchar_t *vtable = *(const wchar_t **)proxy;
    assert_true(GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS |
                                       GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                                   vtable, &owner));
    assert_ptr_equal(owner, dll);
}

/* Another face of the proxied object; the caller releases it. */
static void *face_of(void *proxy, const GUID *iid)
{
    void *face = NULL;
    assert_hr(IUnknown_QueryInterface((IUnknown *)proxy, iid, &face), S_OK);
    assert_ours(face);
    return face;
}

static void release(void *proxy)
{
    IUnknown_Release((IUnknown *)proxy);
}

static void *the_job(const GUID *iid)
{
    IBackgroundCopyJob *job = NULL;
    GUID id;
    assert_hr(IBackgroundCopyManager_CreateJob(service, L"a job", BG_JOB_TYPE_DOWNLOAD, &id, &job),
              BITS_ANSWER);
    assert_non_null(job);
    void *face = face_of(job, iid);
    release(job);
    bits_arrived();
    return face;
}

static IBackgroundCopyError *the_error(void)
{
    IBackgroundCopyJob *job = the_job(&IID_IBackgroundCopyJob);
    IBackgroundCopyError *error = NULL;
    ARRIVES(IBackgroundCopyJob_GetError(job, &error), L"GetError");
    release(job);
    assert_ours(error);
    return error;
}

static void *the_file(const GUID *iid)
{
    IBackgroundCopyError *error = the_error();
    IBackgroundCopyFile *file = NULL;
    ARRIVES(IBackgroundCopyError_GetFile(error, &file), L"GetFile");
    release(error);
    void *face = face_of(file, iid);
    release(file);
    return face;
}

static void *the_callback(const GUID *iid)
{
    IBackgroundCopyJob *job = the_job(&IID_IBackgroundCopyJob);
    IUnknown *callback = NULL;
    ARRIVES(IBackgroundCopyJob_GetNotifyInterface(job, &callback), L"GetNotifyInterface");
    release(job);
    void *face = face_of(callback, iid);
    release(callback);
    return face;
}

/* ---- the manager and the lists ------------------------------------------------------------ */

static void a_manager_can_be_used_through_a_proxy(void **state)
{
    IBackgroundCopyJob *job = NULL;
    LPWSTR text = NULL;
    GUID id = GUID_NULL;
    assert_ours(service);
    ARRIVES(IBackgroundCopyManager_CreateJob(service, L"a name", BG_JOB_TYPE_UPLOAD, &id, &job),
            L"CreateJob a name 1");
    same_bytes(&id, sizeof id, L"CreateJob", __FILE__, __LINE__);
    PLAIN(job, Suspend);
    release(job);
    job = (void *)1;
    ARRIVES(IBackgroundCopyManager_GetJob(service, &IID_IPersist, &job),
            L"GetJob {0000010C-0000-0000-C000-000000000046}");
    assert_null(job);
    ARRIVES(IBackgroundCopyManager_GetErrorDescription(service, (HRESULT)BG_E_EMPTY, 1031, &text),
            L"GetErrorDescription 80200003 1031");
    same_text(text, L"GetErrorDescription", __FILE__, __LINE__);
    CoTaskMemFree(text);
    REFUSED(IBackgroundCopyManager_CreateJob(service, NULL, BG_JOB_TYPE_UPLOAD, &id, &job),
            NULL_REF_POINTER);
    REFUSED(IBackgroundCopyManager_CreateJob(service, L"", BG_JOB_TYPE_UPLOAD, NULL, &job),
            NULL_REF_POINTER);
    LOST(IBackgroundCopyManager_GetJob(service, &IID_IPersist, NULL), NULL_REF_POINTER);
}

static void a_list_of_jobs_can_be_used_through_a_proxy(void **state)
{
    IEnumBackgroundCopyJobs *jobs = NULL, *clone = NULL;
    IBackgroundCopyJob *job[3] = {NULL, NULL, NULL};
    ULONG count = 77;
    ARRIVES(IBackgroundCopyManager_EnumJobs(service, BG_JOB_ENUM_ALL_USERS, &jobs), L"EnumJobs 1");
    assert_ours(jobs);
    PLAIN(jobs, Reset);
    assert_hr(IEnumBackgroundCopyJobs_Next(jobs, 3, job, &count), S_FALSE);
    same_text(bits_arrived(), L"Next 3, count was 77", __FILE__, __LINE__);
    assert_int_equal(count, BITS_LIST_SIZE);
    PLAIN(job[0], Resume);
    PLAIN(job[1], Cancel);
    release(job[0]);
    release(job[1]);
    PLAIN(jobs, Reset);
    assert_hr(IEnumBackgroundCopyJobs_Next(jobs, 1, job, NULL), S_OK);
    same_text(bits_arrived(), L"Next 1", __FILE__, __LINE__);
    PLAIN(job[0], Complete);
    release(job[0]);
    TAKES_NUMBER(jobs, Skip);
    GIVES_NUMBER(jobs, GetCount);
    ARRIVES(IEnumBackgroundCopyJobs_Clone(jobs, &clone), L"Clone");
    GIVES_NUMBER(clone, GetCount);
    release(clone);
    release(jobs);
}

static void a_list_of_files_can_be_used_through_a_proxy(void **state)
{
    IBackgroundCopyJob *job = the_job(&IID_IBackgroundCopyJob);
    IEnumBackgroundCopyFiles *files = NULL, *clone = NULL;
    IBackgroundCopyFile *file[3] = {NULL, NULL, NULL};
    ULONG count = 77;
    ARRIVES(IBackgroundCopyJob_EnumFiles(job, &files), L"EnumFiles");
    assert_ours(files);
    PLAIN(files, Reset);
    assert_hr(IEnumBackgroundCopyFiles_Next(files, 3, file, &count), S_FALSE);
    same_text(bits_arrived(), L"Next 3, count was 77", __FILE__, __LINE__);
    assert_int_equal(count, BITS_LIST_SIZE);
    GIVES_TEXT(file[0], GetRemoteName);
    GIVES_TEXT(file[1], GetLocalName);
    release(file[0]);
    release(file[1]);
    assert_hr(IEnumBackgroundCopyFiles_Next(files, 2, file, &count), S_FALSE);
    assert_int_equal(count, 0);
    PLAIN(files, Reset);
    assert_hr(IEnumBackgroundCopyFiles_Next(files, 2, file, NULL), S_OK);
    same_text(bits_arrived(), L"Next 2", __FILE__, __LINE__);
    release(file[0]);
    release(file[1]);
    assert_hr(IEnumBackgroundCopyFiles_Next(files, 1, file, NULL), S_FALSE);
    assert_null(file[0]);
    TAKES_NUMBER(files, Skip);
    GIVES_NUMBER(files, GetCount);
    ARRIVES(IEnumBackgroundCopyFiles_Clone(files, &clone), L"Clone");
    GIVES_NUMBER(clone, GetCount);
    release(clone);
    release(files);
    release(job);
}

/* ---- the job ------------------------------------------------------------------------------ */

static void talk_about_files(IBackgroundCopyJob *job)
{
    wchar_t remote[3][32] = {L"http://a/1", L"", L"http://a/3"},
            local[3][32] = {L"C:\\1", L"C:\\2", L""};
    BG_FILE_INFO set[] = {{remote[0], local[0]}, {remote[1], NULL}, {NULL, local[2]}};
    bits_arrived();
    ARRIVES(IBackgroundCopyJob_AddFileSet(job, 3, set),
            L"AddFileSet http://a/1>C:\\1 >(null) (null)>");
    ARRIVES(IBackgroundCopyJob_AddFileSet(job, 0, set), L"AddFileSet");
    REFUSED(IBackgroundCopyJob_AddFileSet(job, 1, NULL), NULL_REF_POINTER);
    ARRIVES(IBackgroundCopyJob_AddFile(job, remote[0], local[0]), L"AddFile http://a/1 C:\\1");
    REFUSED(IBackgroundCopyJob_AddFile(job, NULL, local[0]), NULL_REF_POINTER);
    REFUSED(IBackgroundCopyJob_AddFile(job, remote[0], NULL), NULL_REF_POINTER);
}

static void talk_about_state(IBackgroundCopyJob *job)
{
    PLAIN(job, Suspend);
    PLAIN(job, Resume);
    PLAIN(job, Cancel);
    PLAIN(job, Complete);
    PLAIN(job, TakeOwnership);
    GIVES_STRUCT(job, GetId, GUID);
    GIVES_ENUM(job, GetType, BG_JOB_TYPE, BG_JOB_TYPE_UPLOAD_REPLY);
    GIVES_STRUCT(job, GetProgress, BG_JOB_PROGRESS);
    GIVES_STRUCT(job, GetTimes, BG_JOB_TIMES);
    GIVES_ENUM(job, GetState, BG_JOB_STATE, BG_JOB_STATE_CANCELLED);
    GIVES_NUMBER(job, GetErrorCount);
    GIVES_TEXT(job, GetOwner);
}

static void talk_about_settings(IBackgroundCopyJob *job)
{
    TAKES_TEXT(job, SetDisplayName);
    GIVES_TEXT(job, GetDisplayName);
    TAKES_TEXT(job, SetDescription);
    GIVES_TEXT(job, GetDescription);
    REFUSED(IBackgroundCopyJob_SetDescription(job, NULL), NULL_REF_POINTER);
    ARRIVES(IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_NORMAL), L"SetPriority 2");
    ARRIVES(IBackgroundCopyJob_SetPriority(job, (BG_JOB_PRIORITY)0x7FFF), L"SetPriority 32767");
    REFUSED(IBackgroundCopyJob_SetPriority(job, (BG_JOB_PRIORITY)0x8000), ENUM_OUT_OF_RANGE);
    GIVES_ENUM(job, GetPriority, BG_JOB_PRIORITY, BG_JOB_PRIORITY_LOW);
    TAKES_NUMBER(job, SetNotifyFlags);
    GIVES_NUMBER(job, GetNotifyFlags);
    TAKES_NUMBER(job, SetMinimumRetryDelay);
    GIVES_NUMBER(job, GetMinimumRetryDelay);
    TAKES_NUMBER(job, SetNoProgressTimeout);
    GIVES_NUMBER(job, GetNoProgressTimeout);
}

static void talk_about_proxy_and_callback(IBackgroundCopyJob *job)
{
    BG_JOB_PROXY_USAGE usage = (BG_JOB_PROXY_USAGE)77;
    LPWSTR list = NULL, bypass_list = (void *)1;
    IUnknown *callback = NULL;
    ARRIVES(
        IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE, L"a:1", L"<local>"),
        L"SetProxySettings 2 a:1 <local>");
    ARRIVES(IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE, L"a:1", NULL),
            L"SetProxySettings 2 a:1 (null)");
    ARRIVES(IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_NO_PROXY, NULL, NULL),
            L"SetProxySettings 1 (null) (null)");
    ARRIVES(IBackgroundCopyJob_GetProxySettings(job, &usage, &list, &bypass_list),
            L"GetProxySettings");
    assert_int_equal(usage, BG_JOB_PROXY_USAGE_AUTODETECT);
    same_text(list, L"GetProxySettings", __FILE__, __LINE__);
    assert_null(bypass_list);
    CoTaskMemFree(list);
    ARRIVES(IBackgroundCopyJob_GetNotifyInterface(job, &callback), L"GetNotifyInterface");
    ARRIVES(IBackgroundCopyJob_SetNotifyInterface(job, callback),
            L"SetNotifyInterface the callback");
    ARRIVES(IBackgroundCopyJob_SetNotifyInterface(job, NULL), L"SetNotifyInterface (null)");
    release(callback);
}

static void talk_as_1_0(void *face)
{
    talk_about_files(face);
    talk_about_state(face);
    talk_about_settings(face);
    talk_about_proxy_and_callback(face);
}

static void talk_about_reply(IBackgroundCopyJob2 *job)
{
    BG_JOB_REPLY_PROGRESS progress = {1, BG_SIZE_UNKNOWN};
    byte *data = NULL;
    UINT64 length = 200;
    ARRIVES(IBackgroundCopyJob2_GetReplyProgress(job, &progress),
            L"GetReplyProgress, was 1 18446744073709551615");
    same_bytes(&progress, sizeof progress, L"GetReplyProgress", __FILE__, __LINE__);
    ARRIVES(IBackgroundCopyJob2_GetReplyData(job, &data, &length), L"GetReplyData 200");
    assert_int_equal(length, 200);
    same_bytes(data, 200, L"GetReplyData", __FILE__, __LINE__);
    CoTaskMemFree(data);
    data = (void *)1;
    length = 0;
    ARRIVES(IBackgroundCopyJob2_GetReplyData(job, &data, &length), L"GetReplyData 0");
    assert_null(data);
    data = (void *)1;
    ARRIVES(IBackgroundCopyJob2_GetReplyData(job, &data, NULL), L"GetReplyData (null)");
    assert_null(data);
    TAKES_TEXT(job, SetReplyFileName);
    ARRIVES(IBackgroundCopyJob2_SetReplyFileName(job, NULL), L"SetReplyFileName (null)");
    GIVES_TEXT(job, GetReplyFileName);
}

static void talk_about_credentials(IBackgroundCopyJob2 *job)
{
    wchar_t name[] = L"a name", password[] = L"a password";
    BG_AUTH_CREDENTIALS credentials = {
        BG_AUTH_TARGET_PROXY, BG_AUTH_SCHEME_BASIC, {{name, password}}};
    for (int scheme = BG_AUTH_SCHEME_BASIC; scheme <= BG_AUTH_SCHEME_PASSPORT; scheme++) {
        credentials.Scheme = (BG_AUTH_SCHEME)scheme;
        ARRIVES(IBackgroundCopyJob2_SetCredentials(job, &credentials),
                L"SetCredentials 2 %d a name a password", scheme);
    }
    /* A scheme from the future is for the object to refuse. */
    credentials.Scheme = (BG_AUTH_SCHEME)9;
    ARRIVES(IBackgroundCopyJob2_SetCredentials(job, &credentials), L"SetCredentials 2 9");
    /* Without names: those of the logged-on user. */
    credentials.Scheme = BG_AUTH_SCHEME_NTLM;
    credentials.Credentials.Basic.UserName = credentials.Credentials.Basic.Password = NULL;
    ARRIVES(IBackgroundCopyJob2_SetCredentials(job, &credentials),
            L"SetCredentials 2 3 (null) (null)");
    REFUSED(IBackgroundCopyJob2_SetCredentials(job, NULL), NULL_REF_POINTER);
    ARRIVES(
        IBackgroundCopyJob2_RemoveCredentials(job, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_PASSPORT),
        L"RemoveCredentials 1 5");
}

static void talk_as_1_5(void *face)
{
    IBackgroundCopyJob2 *job = face;
    LPWSTR program = NULL, parameters = NULL;
    ARRIVES(IBackgroundCopyJob2_SetNotifyCmdLine(job, L"C:\\a.exe", L"a \"b c\""),
            L"SetNotifyCmdLine C:\\a.exe a \"b c\"");
    ARRIVES(IBackgroundCopyJob2_SetNotifyCmdLine(job, L"C:\\a.exe", NULL),
            L"SetNotifyCmdLine C:\\a.exe (null)");
    ARRIVES(IBackgroundCopyJob2_SetNotifyCmdLine(job, NULL, NULL),
            L"SetNotifyCmdLine (null) (null)");
    ARRIVES(IBackgroundCopyJob2_GetNotifyCmdLine(job, &program, &parameters), L"GetNotifyCmdLine");
    same_text(program, L"GetNotifyCmdLine", __FILE__, __LINE__);
    same_text(parameters, L"", __FILE__, __LINE__);
    CoTaskMemFree(program);
    CoTaskMemFree(parameters);
    talk_about_reply(job);
    talk_about_credentials(job);
}

static void talk_as_2_0(void *face)
{
    IBackgroundCopyJob3 *job = face;
    BG_FILE_RANGE ranges[] = {{0, 1}, {5000000000, BG_LENGTH_TO_EOF}};
    ARRIVES(IBackgroundCopyJob3_ReplaceRemotePrefix(job, L"http://a/", L"http://b/"),
            L"ReplaceRemotePrefix http://a/ http://b/");
    REFUSED(IBackgroundCopyJob3_ReplaceRemotePrefix(job, L"http://a/", NULL), NULL_REF_POINTER);
    ARRIVES(IBackgroundCopyJob3_AddFileWithRanges(job, L"http://a/1", L"C:\\1", 2, ranges),
            L"AddFileWithRanges http://a/1 C:\\1 0+1 5000000000+18446744073709551615");
    ARRIVES(IBackgroundCopyJob3_AddFileWithRanges(job, L"http://a/1", L"C:\\1", 0, ranges),
            L"AddFileWithRanges http://a/1 C:\\1");
    REFUSED(IBackgroundCopyJob3_AddFileWithRanges(job, L"http://a/1", L"C:\\1", 1, NULL),
            NULL_REF_POINTER);
    TAKES_NUMBER(job, SetFileACLFlags);
    GIVES_NUMBER(job, GetFileACLFlags);
}

static void talk_as_3_0(void *face)
{
    IBackgroundCopyJob4 *job = face;
    TAKES_NUMBER(job, SetPeerCachingFlags);
    GIVES_NUMBER(job, GetPeerCachingFlags);
    GIVES_NUMBER(job, GetOwnerIntegrityLevel);
    GIVES_ENUM(job, GetOwnerElevationState, BOOL, TRUE);
    TAKES_NUMBER(job, SetMaximumDownloadTime);
    GIVES_NUMBER(job, GetMaximumDownloadTime);
}

static void talk_as_5_0(void *face)
{
    IBackgroundCopyJob5 *job = face;
    const BITS_JOB_PROPERTY_VALUE dword = {.Dword = 0x800000FF}, id = {.ClsID = IID_IPersist},
                                  yes = {.Enable = TRUE}, size = {.Uint64 = 5000000000},
                                  target = {.Target = BG_AUTH_TARGET_PROXY};
    const struct {
        BITS_JOB_PROPERTY_ID id;
        BITS_JOB_PROPERTY_VALUE value;
        const wchar_t *arrives;
        size_t size; /* of the union's arm */
    } properties[] = {
        {BITS_JOB_PROPERTY_ID_COST_FLAGS, dword, L"Dword 2147483903", sizeof(DWORD)},
        {BITS_JOB_PROPERTY_NOTIFICATION_CLSID, id, L"ClsID {0000010C-0000-0000-C000-000000000046}",
         sizeof(GUID)},
        {BITS_JOB_PROPERTY_DYNAMIC_CONTENT, yes, L"Enable 1", sizeof(BOOL)},
        {BITS_JOB_PROPERTY_HIGH_PERFORMANCE, yes, L"Enable 1", sizeof(BOOL)},
        {BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, size, L"Uint64 5000000000", sizeof(UINT64)},
        {BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS, dword, L"Dword 2147483903",
         sizeof(DWORD)},
        {BITS_JOB_PROPERTY_ON_DEMAND_MODE, yes, L"Enable 1", sizeof(BOOL)},
    };
    BITS_JOB_PROPERTY_VALUE value;
    for (size_t i = 0; i < COUNT(properties); i++) {
        ARRIVES(IBackgroundCopyJob5_SetProperty(job, properties[i].id, properties[i].value),
                L"SetProperty %d %ls", properties[i].id, properties[i].arrives);
        memset(&value, 0, sizeof value);
        ARRIVES(IBackgroundCopyJob5_GetProperty(job, properties[i].id, &value), L"GetProperty %d",
                properties[i].id);
        same_bytes(&value, properties[i].size, L"GetProperty", __FILE__, __LINE__);
    }
    ARRIVES(IBackgroundCopyJob5_SetProperty(job, BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS, target),
            L"SetProperty 7 Target 2");
    ARRIVES(IBackgroundCopyJob5_GetProperty(job, BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS, &value),
            L"GetProperty 7");
    assert_int_equal(value.Target, BG_AUTH_TARGET_PROXY);
    /* A property from the future is for the object to refuse. */
    ARRIVES(IBackgroundCopyJob5_SetProperty(job, (BITS_JOB_PROPERTY_ID)99, dword),
            L"SetProperty 99");
    ARRIVES(IBackgroundCopyJob5_GetProperty(job, (BITS_JOB_PROPERTY_ID)99, &value),
            L"GetProperty 99");
    REFUSED(IBackgroundCopyJob5_GetProperty(job, BITS_JOB_PROPERTY_ID_COST_FLAGS, NULL),
            NULL_REF_POINTER);
}

/* Each version's proxy has all methods of the former ones. */
static void a_job_of_every_version_can_be_used_through_a_proxy(void **state)
{
    const struct {
        const GUID *iid;
        void (*talk)(void *face);
    } versions[] = {
        {&IID_IBackgroundCopyJob, talk_as_1_0},  {&IID_IBackgroundCopyJob2, talk_as_1_5},
        {&IID_IBackgroundCopyJob3, talk_as_2_0}, {&IID_IBackgroundCopyJob4, talk_as_3_0},
        {&IID_IBackgroundCopyJob5, talk_as_5_0},
    };
    for (size_t version = 0; version < COUNT(versions); version++) {
        void *job = the_job(versions[version].iid);
        for (size_t i = 0; i <= version; i++)
            versions[i].talk(job);
        release(job);
    }
}

static void the_http_options_of_a_job_can_be_used_through_a_proxy(void **state)
{
    IBackgroundCopyJobHttpOptions *options = the_job(&IID_IBackgroundCopyJobHttpOptions);
    BG_CERT_STORE_LOCATION location = (BG_CERT_STORE_LOCATION)77;
    LPWSTR store = NULL, subject = (void *)1;
    BYTE hash[BITS_HASH_SIZE] = {0x01, [BITS_HASH_SIZE - 1] = 0xFE}, *given = NULL;
    ARRIVES(IBackgroundCopyJobHttpOptions_SetClientCertificateByID(
                options, BG_CERT_STORE_LOCATION_USERS, L"MY", hash),
            L"SetClientCertificateByID 4 MY 01000000000000000000000000000000000000fe");
    REFUSED(IBackgroundCopyJobHttpOptions_SetClientCertificateByID(
                options, BG_CERT_STORE_LOCATION_USERS, L"MY", NULL),
            NULL_REF_POINTER);
    ARRIVES(IBackgroundCopyJobHttpOptions_SetClientCertificateByName(
                options, BG_CERT_STORE_LOCATION_SERVICES, L"MY", L"a subject"),
            L"SetClientCertificateByName 3 MY a subject");
    PLAIN(options, RemoveClientCertificate);
    ARRIVES(IBackgroundCopyJobHttpOptions_GetClientCertificate(options, &location, &store, &given,
                                                               &subject),
            L"GetClientCertificate");
    assert_int_equal(location, BG_CERT_STORE_LOCATION_LOCAL_MACHINE_ENTERPRISE);
    same_text(store, L"GetClientCertificate", __FILE__, __LINE__);
    same_bytes(given, BITS_HASH_SIZE, L"GetClientCertificate", __FILE__, __LINE__);
    assert_null(subject);
    CoTaskMemFree(store);
    CoTaskMemFree(given);
    TAKES_TEXT(options, SetCustomHeaders);
    ARRIVES(IBackgroundCopyJobHttpOptions_SetCustomHeaders(options, NULL),
            L"SetCustomHeaders (null)");
    GIVES_TEXT(options, GetCustomHeaders);
    TAKES_NUMBER(options, SetSecurityFlags);
    GIVES_NUMBER(options, GetSecurityFlags);
    release(options);
}

/* ---- files, errors, callbacks ------------------------------------------------------------- */

static void talk_about_file(IBackgroundCopyFile *file)
{
    BG_FILE_PROGRESS progress = {0, 0, FALSE};
    GIVES_TEXT(file, GetRemoteName);
    GIVES_TEXT(file, GetLocalName);
    ARRIVES(IBackgroundCopyFile_GetProgress(file, &progress), L"GetProgress");
    assert_true(progress.BytesTotal == 0x0102030405060708);
    assert_true(progress.BytesTransferred == BG_SIZE_UNKNOWN);
    assert_int_equal(progress.Completed, TRUE);
}

static void a_file_of_either_version_can_be_used_through_a_proxy(void **state)
{
    IBackgroundCopyFile *file = the_file(&IID_IBackgroundCopyFile);
    IBackgroundCopyFile2 *file2 = the_file(&IID_IBackgroundCopyFile2);
    BG_FILE_RANGE *ranges = NULL;
    DWORD count = 3;
    talk_about_file(file);
    talk_about_file((IBackgroundCopyFile *)file2);
    ARRIVES(IBackgroundCopyFile2_GetFileRanges(file2, &count, &ranges), L"GetFileRanges 3");
    assert_int_equal(count, 3);
    same_bytes(ranges, 3 * sizeof *ranges, L"GetFileRanges", __FILE__, __LINE__);
    CoTaskMemFree(ranges);
    ranges = (void *)1;
    count = 0;
    ARRIVES(IBackgroundCopyFile2_GetFileRanges(file2, &count, &ranges), L"GetFileRanges 0");
    assert_null(ranges);
    ranges = (void *)1;
    ARRIVES(IBackgroundCopyFile2_GetFileRanges(file2, NULL, &ranges), L"GetFileRanges (null)");
    assert_null(ranges);
    TAKES_TEXT(file2, SetRemoteName);
    release(file2);
    release(file);
}

static void an_error_can_be_used_through_a_proxy(void **state)
{
    IBackgroundCopyError *error = the_error();
    BG_ERROR_CONTEXT context = (BG_ERROR_CONTEXT)77;
    HRESULT code = S_OK;
    LPWSTR description = NULL;
    ARRIVES(IBackgroundCopyError_GetError(error, &context, &code), L"GetError");
    assert_int_equal(context, BG_ERROR_CONTEXT_REMOTE_APPLICATION);
    assert_hr(code, BG_E_HTTP_ERROR_404);
    ARRIVES(IBackgroundCopyError_GetErrorDescription(error, 1033, &description),
            L"GetErrorDescription 1033");
    same_text(description, L"GetErrorDescription", __FILE__, __LINE__);
    CoTaskMemFree(description);
    description = (void *)1;
    ARRIVES(IBackgroundCopyError_GetErrorContextDescription(error, 1033, &description),
            L"GetErrorContextDescription 1033");
    assert_null(description);
    GIVES_TEXT(error, GetProtocol);
    LOST(IBackgroundCopyError_GetError(error, NULL, &code), NULL_REF_POINTER);
    release(error);
}

static void a_callback_of_either_version_can_be_called_through_a_proxy(void **state)
{
    IBackgroundCopyJob *job = the_job(&IID_IBackgroundCopyJob);
    IBackgroundCopyError *error = the_error();
    IBackgroundCopyFile *file = the_file(&IID_IBackgroundCopyFile);
    IBackgroundCopyCallback *callbacks[] = {the_callback(&IID_IBackgroundCopyCallback),
                                            the_callback(&IID_IBackgroundCopyCallback2)};
    for (size_t i = 0; i < COUNT(callbacks); i++) {
        ARRIVES(IBackgroundCopyCallback_JobTransferred(callbacks[i], job),
                L"JobTransferred the job");
        ARRIVES(IBackgroundCopyCallback_JobError(callbacks[i], job, error),
                L"JobError the job the error");
        ARRIVES(IBackgroundCopyCallback_JobModification(callbacks[i], job, 77),
                L"JobModification the job 77");
    }
    ARRIVES(IBackgroundCopyCallback2_FileTransferred((IBackgroundCopyCallback2 *)callbacks[1], job,
                                                     file),
            L"FileTransferred the job the file");
    for (size_t i = 0; i < COUNT(callbacks); i++)
        release(callbacks[i]);
    release(file);
    release(error);
    release(job);
}

/* ---- the class object --------------------------------------------------------------------- */

/* The DLL can stand where BITS's own file stood: it answers to that one's class as well, with all it has. */
static void the_class_of_bits_makes_proxies_of_both_kinds(void **state)
{
    typedef HRESULT(WINAPI * get_class_object)(REFCLSID, REFIID, void **);
    const CLSID bits_class = {
        0x5ce34c0d, 0x0dc9, 0x4c1f, {0x89, 0x7c, 0xda, 0xa1, 0xb7, 0x8c, 0xee, 0x7c}};
    const GUID *const legacy[] = {&IID_IBackgroundCopyQMgr, &IID_IBackgroundCopyCallback1};
    get_class_object entry =
        (get_class_object)(void (*)(void))GetProcAddress(dll, "DllGetClassObject");
    IPSFactoryBuffer *factory = NULL;
    assert_non_null(entry);
    assert_hr(entry(&bits_class, &IID_IPSFactoryBuffer, (void **)&factory), S_OK);
    for (size_t i = 0; i < COUNT(interfaces) + COUNT(legacy); i++) {
        const GUID *iid = i < COUNT(interfaces) ? interfaces[i] : legacy[i - COUNT(interfaces)];
        IRpcProxyBuffer *buffer = NULL;
        IUnknown *proxy = NULL;
        assert_hr(IPSFactoryBuffer_CreateProxy(factory, (IUnknown *)service, iid, &buffer,
                                               (void **)&proxy),
                  S_OK);
        assert_ours(proxy);
        IUnknown_Release(proxy);
        IRpcProxyBuffer_Release(buffer);
    }
    IPSFactoryBuffer_Release(factory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_manager_can_be_used_through_a_proxy),
        cmocka_unit_test(a_list_of_jobs_can_be_used_through_a_proxy),
        cmocka_unit_test(a_list_of_files_can_be_used_through_a_proxy),
        cmocka_unit_test(a_job_of_every_version_can_be_used_through_a_proxy),
        cmocka_unit_test(the_http_options_of_a_job_can_be_used_through_a_proxy),
        cmocka_unit_test(a_file_of_either_version_can_be_used_through_a_proxy),
        cmocka_unit_test(an_error_can_be_used_through_a_proxy),
        cmocka_unit_test(a_callback_of_either_version_can_be_called_through_a_proxy),
        cmocka_unit_test(the_class_of_bits_makes_proxies_of_both_kinds),
    };
    return cmocka_run_group_tests(tests, start, end);
}
