/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

static IBackgroundCopyQMgr *the_manager;
static unsigned folder_number;
static struct text the_folder;

void support_assert_hr(HRESULT actual, HRESULT expected, const char *what, const char *file,
                       int line)
{
    if (actual == expected)
        return;
    print_error("%s: 0x%08lX, expected 0x%08lX\n", what, (unsigned long)actual,
                (unsigned long)expected);
    _fail(file, line);
}

/* ---- the frame of a program --------------------------------------------------------------- */

int support_start(void **state)
{
    (void)state;
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (FAILED(hr)) {
        print_error("CoInitializeEx: 0x%08lX\n", (unsigned long)hr);
        return -1;
    }
    hr = CoCreateInstance(&CLSID_BackgroundCopyQMgr, NULL, CLSCTX_INPROC_SERVER,
                          &IID_IBackgroundCopyQMgr, (void **)&the_manager);
    if (FAILED(hr)) {
        print_error("CoCreateInstance: 0x%08lX\n", (unsigned long)hr);
        return -1;
    }
    return 0;
}

int support_end(void **state)
{
    (void)state;
    if (the_manager != NULL) /* cmocka comes here also if the setup has failed */
        IBackgroundCopyQMgr_Release(the_manager);
    the_manager = NULL;
    CoUninitialize();
    return 0;
}

/* Once for all programs: 3 MiB of which no two parts are alike. */
static void make_slow_file(void)
{
    struct text path = www_file(SLOW_FILE);
    if (exists(path.w))
        return;
    uint32_t *words = malloc(SLOW_SIZE);
    assert_non_null(words);
    uint32_t random = 1;
    for (size_t i = 0; i < SLOW_SIZE / sizeof *words; i++)
        words[i] = random = random * 1664525u + 1013904223u;
    write_file(path.w, words, SLOW_SIZE);
    free(words);
}

int support_before(void **state)
{
    (void)state;
    make_slow_file();
    struct text base = environment(L"QMGR_TEST_TMP");
    do {
        the_folder = text_of(L"%ls\\%lu-%u", base.w, GetCurrentProcessId(), ++folder_number);
    } while (exists(the_folder.w));
    make_folder(the_folder.w);
    return 0;
}

/* Also after a failed test, so that the next one starts with an empty queue. */
int support_after(void **state)
{
    (void)state;
    IEnumBackgroundCopyGroups *groups;
    GUID id;
    if (the_manager == NULL || IBackgroundCopyQMgr_EnumGroups(the_manager, 0, &groups) != S_OK)
        return 0;
    while (IEnumBackgroundCopyGroups_Next(groups, 1, &id, NULL) == S_OK) {
        IBackgroundCopyGroup *group;
        if (IBackgroundCopyQMgr_GetGroup(the_manager, id, &group) != S_OK)
            continue;
        IBackgroundCopyGroup_CancelGroup(group);
        IBackgroundCopyGroup_Release(group);
    }
    IEnumBackgroundCopyGroups_Release(groups);
    return 0;
}

IBackgroundCopyQMgr *manager(void)
{
    return the_manager;
}

/* ---- the DLL without COM's help ------------------------------------------------------------ */

HMODULE load_dll(void)
{
    wchar_t path[MAX_PATH + 1];
    LONG size = sizeof path;
    struct text key =
        text_of(L"CLSID\\%ls\\InprocServer32", guid_text(&CLSID_BackgroundCopyQMgr).w);
    if (RegQueryValueW(HKEY_CLASSES_ROOT, key.w, path, &size) != ERROR_SUCCESS)
        return NULL;
    return LoadLibraryW(path);
}

typedef void (*entry)(void);

static entry find_entry(HMODULE dll, const char *name)
{
    entry found = (entry)GetProcAddress(dll, name);
    assert_non_null(found);
    return found;
}

HRESULT dll_class_object(HMODULE dll, REFCLSID clsid, REFIID iid, void **out)
{
    typedef HRESULT(WINAPI * function)(REFCLSID, REFIID, void **);
    return ((function)find_entry(dll, "DllGetClassObject"))(clsid, iid, out);
}

HRESULT dll_can_unload(HMODULE dll)
{
    typedef HRESULT(WINAPI * function)(void);
    return ((function)find_entry(dll, "DllCanUnloadNow"))();
}

/* ---- texts, files ------------------------------------------------------------------------- */

struct text text_of(const wchar_t *format, ...)
{
    struct text text;
    const size_t room = sizeof text.w / sizeof text.w[0];
    va_list arguments;
    va_start(arguments, format);
    int length = _vsnwprintf(text.w, room, format, arguments);
    va_end(arguments);
    assert_true(length >= 0 && (size_t)length < room);
    return text;
}

struct text environment(const wchar_t *name)
{
    struct text text;
    const DWORD room = sizeof text.w / sizeof text.w[0];
    DWORD length = GetEnvironmentVariableW(name, text.w, room);
    if (length == 0 || length >= room) {
        print_error("the environment variable %ls is not set\n", name);
        fail();
    }
    return text;
}

/* A folder in the environment may be given in Unix form: Wine shows the root as drive Z. */
static struct text windows_path(const wchar_t *name)
{
    struct text text = environment(name);
    if (text.w[0] == L'/')
        text = text_of(L"Z:%ls", environment(name).w);
    for (wchar_t *at = text.w; *at != L'\0'; at++) {
        if (*at == L'/')
            *at = L'\\';
    }
    return text;
}

struct text folder(void)
{
    return the_folder;
}

struct text in_folder(const wchar_t *name)
{
    return text_of(L"%ls\\%ls", the_folder.w, name);
}

struct text on_server(const wchar_t *path)
{
    return text_of(L"%ls%ls", environment(L"QMGR_TEST_HTTP").w, path);
}

struct text www_file(const wchar_t *name)
{
    return text_of(L"%ls\\%ls", windows_path(L"QMGR_TEST_WWW").w, name);
}

struct text guid_text(const GUID *id)
{
    struct text text;
    assert_int_not_equal(StringFromGUID2(id, text.w, 64), 0);
    return text;
}

GUID fresh_guid(void)
{
    GUID id;
    assert_hr(CoCreateGuid(&id), S_OK);
    return id;
}

bool exists(const wchar_t *path)
{
    return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

static HANDLE open_to_read(const wchar_t *path)
{
    return CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                       NULL, OPEN_EXISTING, 0, NULL);
}

uint64_t size_of(const wchar_t *path)
{
    WIN32_FILE_ATTRIBUTE_DATA data;
    assert_true(GetFileAttributesExW(path, GetFileExInfoStandard, &data));
    return ((uint64_t)data.nFileSizeHigh << 32) | data.nFileSizeLow;
}

static bool same_rest(HANDLE one, HANDLE other)
{
    enum { ROOM = 1 << 20 };
    char *buffers = malloc(2 * (size_t)ROOM);
    assert_non_null(buffers);
    bool same = true, more = true;
    while (same && more) {
        DWORD got_one = 0, got_other = 0;
        same = ReadFile(one, buffers, ROOM, &got_one, NULL) &&
               ReadFile(other, buffers + ROOM, ROOM, &got_other, NULL) && got_one == got_other &&
               memcmp(buffers, buffers + ROOM, got_one) == 0;
        more = got_one > 0;
    }
    free(buffers);
    return same;
}

bool same_content(const wchar_t *one, const wchar_t *other)
{
    HANDLE first = open_to_read(one);
    HANDLE second = open_to_read(other);
    bool same =
        first != INVALID_HANDLE_VALUE && second != INVALID_HANDLE_VALUE && same_rest(first, second);
    if (first != INVALID_HANDLE_VALUE)
        CloseHandle(first);
    if (second != INVALID_HANDLE_VALUE)
        CloseHandle(second);
    return same;
}

void write_file(const wchar_t *path, const void *data, size_t size)
{
    HANDLE file = CreateFileW(path, GENERIC_WRITE, FILE_SHARE_READ, NULL, CREATE_ALWAYS, 0, NULL);
    assert_true(file != INVALID_HANDLE_VALUE);
    DWORD written = 0;
    assert_true(WriteFile(file, data, (DWORD)size, &written, NULL));
    assert_int_equal(written, size);
    CloseHandle(file);
}

void make_folder(const wchar_t *path)
{
    if (!CreateDirectoryW(path, NULL)) {
        print_error("cannot make the folder %ls (%lu)\n", path, GetLastError());
        fail();
    }
}

unsigned count_in_folder(const wchar_t *pattern)
{
    WIN32_FIND_DATAW data;
    HANDLE search = FindFirstFileW(in_folder(pattern).w, &data);
    unsigned count = 0;
    if (search == INVALID_HANDLE_VALUE)
        return 0;
    do {
        if ((data.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) == 0)
            count++;
    } while (FindNextFileW(search, &data));
    FindClose(search);
    return count;
}

/* ---- groups ------------------------------------------------------------------------------- */

struct item item_without_job(void)
{
    struct item item = {.id = fresh_guid(), .job_id = fresh_guid()};
    assert_hr(IBackgroundCopyQMgr_CreateGroup(the_manager, item.id, &item.group), S_OK);
    assert_non_null(item.group);
    return item;
}

struct item item_new(void)
{
    struct item item = item_without_job();
    assert_hr(IBackgroundCopyGroup_CreateJob(item.group, item.job_id, &item.job), S_OK);
    assert_non_null(item.job);
    return item;
}

void item_end(struct item *item)
{
    HRESULT hr = IBackgroundCopyGroup_CancelGroup(item->group);
    assert_true(hr == S_OK || hr == (HRESULT)QM_E_ITEM_NOT_FOUND);
    if (item->job != NULL)
        IBackgroundCopyJob1_Release(item->job);
    IBackgroundCopyGroup_Release(item->group);
    item->group = NULL;
    item->job = NULL;
}

HRESULT add_one(IBackgroundCopyJob1 *job, const wchar_t *remote, const wchar_t *local)
{
    FILESETINFO info;
    memset(&info, 0xCD, sizeof info); /* nobody sets dwSizeHint */
    info.bstrRemoteFile = SysAllocString(remote);
    info.bstrLocalFile = SysAllocString(local);
    FILESETINFO *set = &info;
    HRESULT hr = IBackgroundCopyJob1_AddFiles(job, 1, &set);
    SysFreeString(info.bstrRemoteFile);
    SysFreeString(info.bstrLocalFile);
    return hr;
}

void item_add(struct item *item, const wchar_t *remote, const wchar_t *local)
{
    assert_hr(add_one(item->job, on_server(remote).w, in_folder(local).w), S_OK);
}

HRESULT add_many(IBackgroundCopyJob1 *job, ULONG count, BSTR (*remote)(ULONG), BSTR (*local)(ULONG))
{
    FILESETINFO *infos = calloc(count, sizeof *infos);
    FILESETINFO **set = calloc(count, sizeof(FILESETINFO *));
    assert_non_null(infos);
    assert_non_null(set);
    for (ULONG i = 0; i < count; i++) {
        infos[i].bstrRemoteFile = remote(i);
        infos[i].bstrLocalFile = local(i);
        set[i] = &infos[i];
    }
    HRESULT hr = IBackgroundCopyJob1_AddFiles(job, count, set);
    for (ULONG i = 0; i < count; i++) {
        SysFreeString(infos[i].bstrRemoteFile);
        SysFreeString(infos[i].bstrLocalFile);
    }
    free(set);
    free(infos);
    return hr;
}

DWORD group_status(IBackgroundCopyGroup *group)
{
    DWORD status = 0, index = 77;
    assert_hr(IBackgroundCopyGroup_GetStatus(group, &status, &index), S_OK);
    assert_int_equal(index, 0); /* there is one job at most */
    return status;
}

struct job_report job_report(IBackgroundCopyJob1 *job)
{
    struct job_report report = {77, 77, 77, 77};
    assert_hr(IBackgroundCopyJob1_GetStatus(job, &report.status, &report.win32, &report.http,
                                            &report.retries),
              S_OK);
    return report;
}

DWORD job_status(IBackgroundCopyJob1 *job)
{
    return job_report(job).status;
}

static DWORD group_progress(IBackgroundCopyGroup *group, DWORD kind)
{
    DWORD value = 0;
    assert_hr(IBackgroundCopyGroup_GetProgress(group, kind, &value), S_OK);
    return value;
}

DWORD group_percent(IBackgroundCopyGroup *group)
{
    return group_progress(group, QM_PROGRESS_PERCENT_DONE);
}

DWORD group_bytes(IBackgroundCopyGroup *group)
{
    return group_progress(group, QM_PROGRESS_SIZE_DONE);
}

DWORD group_size(IBackgroundCopyGroup *group)
{
    DWORD size = 77;
    assert_hr(IBackgroundCopyGroup_get_Size(group, &size), S_OK);
    return size;
}

DWORD file_count(IBackgroundCopyJob1 *job)
{
    DWORD count = 77;
    assert_hr(IBackgroundCopyJob1_GetFileCount(job, &count), S_OK);
    return count;
}

HRESULT set_integer(IBackgroundCopyGroup *group, GROUPPROP property, LONG value)
{
    VARIANT variant;
    VariantInit(&variant);
    V_VT(&variant) = VT_I4;
    V_I4(&variant) = value;
    return IBackgroundCopyGroup_SetProp(group, property, &variant);
}

HRESULT set_string(IBackgroundCopyGroup *group, GROUPPROP property, const wchar_t *value)
{
    VARIANT variant;
    VariantInit(&variant);
    V_VT(&variant) = VT_BSTR;
    V_BSTR(&variant) = SysAllocString(value);
    HRESULT hr = IBackgroundCopyGroup_SetProp(group, property, &variant);
    VariantClear(&variant);
    return hr;
}

LONG get_integer(IBackgroundCopyGroup *group, GROUPPROP property)
{
    VARIANT variant;
    VariantInit(&variant);
    assert_hr(IBackgroundCopyGroup_GetProp(group, property, &variant), S_OK);
    assert_int_equal(V_VT(&variant), VT_I4);
    return V_I4(&variant);
}

struct text get_string(IBackgroundCopyGroup *group, GROUPPROP property)
{
    VARIANT variant;
    VariantInit(&variant);
    assert_hr(IBackgroundCopyGroup_GetProp(group, property, &variant), S_OK);
    assert_int_equal(V_VT(&variant), VT_BSTR);
    struct text text = text_of(L"%ls", V_BSTR(&variant) != NULL ? V_BSTR(&variant) : L"");
    VariantClear(&variant);
    return text;
}

DWORD run(struct item *item)
{
    struct listener *listener = listener_new();
    assert_hr(set_integer(item->group, GROUPPROP_NOTIFYFLAGS, QM_NOTIFY_GROUP_DONE), S_OK);
    /* Resume first: it forgets an old error, which would be delivered at once otherwise. */
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item->group), S_OK);
    assert_hr(set_listener(item->group, listener), S_OK);
    bool told = listener_wait(listener);
    if (!told)
        print_error("no notification came; status 0x%lX, %lu %%\n", group_status(item->group),
                    group_percent(item->group));
    assert_true(told);
    assert_hr(set_listener(item->group, NULL), S_OK);
    listener_release(listener);
    return group_status(item->group);
}

bool wait_until(bool (*holds)(void *context), void *context)
{
    HANDLE never = CreateEventW(NULL, TRUE, FALSE, NULL);
    assert_non_null(never);
    bool held = holds(context);
    for (unsigned round = 0; !held && round < LONG_ENOUGH_MS / 20; round++) {
        WaitForSingleObject(never, 20);
        held = holds(context);
    }
    CloseHandle(never);
    return held;
}

bool has_bytes(void *item)
{
    return group_bytes(((struct item *)item)->group) > 0;
}

/* ---- a client's callback object ----------------------------------------------------------- */

static struct listener *impl_from_callback(IBackgroundCopyCallback1 *face)
{
    return CONTAINING_RECORD(face, struct listener, IBackgroundCopyCallback1_iface);
}

static HRESULT STDMETHODCALLTYPE listener_QueryInterface(IBackgroundCopyCallback1 *face, REFIID iid,
                                                         void **out)
{
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IBackgroundCopyCallback1)) {
        *out = NULL;
        return E_NOINTERFACE;
    }
    *out = face;
    IBackgroundCopyCallback1_AddRef(face);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE listener_AddRef(IBackgroundCopyCallback1 *face)
{
    return (ULONG)InterlockedIncrement(&impl_from_callback(face)->references);
}

static ULONG STDMETHODCALLTYPE listener_Release(IBackgroundCopyCallback1 *face)
{
    struct listener *listener = impl_from_callback(face);
    LONG left = InterlockedDecrement(&listener->references);
    if (left == 0) {
        CloseHandle(listener->called);
        CloseHandle(listener->entered);
        free(listener);
    }
    return (ULONG)left;
}

static void note_identities(struct listener *listener, IBackgroundCopyGroup *group,
                            IBackgroundCopyJob1 *job)
{
    DWORD index;
    listener->with_group = group != NULL;
    listener->with_job = job != NULL;
    if (group != NULL) {
        IBackgroundCopyGroup_get_GroupID(group, &listener->group_id);
        IBackgroundCopyGroup_GetStatus(group, &listener->status_inside, &index);
    }
    if (job != NULL)
        IBackgroundCopyJob1_get_JobID(job, &listener->job_id);
}

static HRESULT STDMETHODCALLTYPE listener_OnStatus(IBackgroundCopyCallback1 *face,
                                                   IBackgroundCopyGroup *group,
                                                   IBackgroundCopyJob1 *job, DWORD file,
                                                   DWORD status, DWORD retries, DWORD win32,
                                                   DWORD http)
{
    struct listener *listener = impl_from_callback(face);
    listener->thread = GetCurrentThreadId();
    note_identities(listener, group, job);
    listener->file = file;
    listener->status = status;
    listener->retries = retries;
    listener->win32 = win32;
    listener->http = http;
    SetEvent(listener->entered);
    if (listener->hold != NULL)
        WaitForSingleObject(listener->hold, LONG_ENOUGH_MS);
    if (listener->cancel_inside)
        listener->cancelled = IBackgroundCopyGroup_CancelGroup(group);
    HRESULT hr = InterlockedIncrement(&listener->calls) <= listener->refusals ? REFUSAL : S_OK;
    SetEvent(listener->called);
    return hr;
}

static HRESULT STDMETHODCALLTYPE listener_OnProgress(IBackgroundCopyCallback1 *face, DWORD type,
                                                     IBackgroundCopyGroup *group,
                                                     IBackgroundCopyJob1 *job, DWORD file,
                                                     DWORD value)
{
    (void)type, (void)group, (void)job, (void)file, (void)value;
    InterlockedIncrement(&impl_from_callback(face)->progress_calls);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE listener_OnProgressEx(IBackgroundCopyCallback1 *face, DWORD type,
                                                       IBackgroundCopyGroup *group,
                                                       IBackgroundCopyJob1 *job, DWORD file,
                                                       DWORD value, DWORD size, BYTE *bytes)
{
    (void)type, (void)group, (void)job, (void)file, (void)value, (void)size, (void)bytes;
    InterlockedIncrement(&impl_from_callback(face)->progress_calls);
    return S_OK;
}

static CONST_VTBL struct IBackgroundCopyCallback1Vtbl listener_vtable = {
    .QueryInterface = listener_QueryInterface,
    .AddRef = listener_AddRef,
    .Release = listener_Release,
    .OnStatus = listener_OnStatus,
    .OnProgress = listener_OnProgress,
    .OnProgressEx = listener_OnProgressEx,
};

struct listener *listener_new(void)
{
    struct listener *listener = calloc(1, sizeof *listener);
    assert_non_null(listener);
    listener->IBackgroundCopyCallback1_iface.lpVtbl = &listener_vtable;
    listener->references = 1;
    listener->called = CreateEventW(NULL, FALSE, FALSE, NULL);
    listener->entered = CreateEventW(NULL, FALSE, FALSE, NULL);
    assert_non_null(listener->called);
    assert_non_null(listener->entered);
    return listener;
}

IBackgroundCopyCallback1 *listener_face(struct listener *listener)
{
    return &listener->IBackgroundCopyCallback1_iface;
}

void listener_release(struct listener *listener)
{
    IBackgroundCopyCallback1_Release(listener_face(listener));
}

bool listener_wait(struct listener *listener)
{
    return WaitForSingleObject(listener->called, LONG_ENOUGH_MS) == WAIT_OBJECT_0;
}

HRESULT set_listener(IBackgroundCopyGroup *group, struct listener *listener)
{
    IUnknown *unknown = listener != NULL ? (IUnknown *)listener_face(listener) : NULL;
    return IBackgroundCopyGroup_SetNotificationPointer(group, &IID_IBackgroundCopyCallback1,
                                                       unknown);
}
