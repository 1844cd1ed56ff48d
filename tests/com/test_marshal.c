/* SPDX-License-Identifier: MIT */
/* Calls that go through the proxies: qmgr.md section 12. Objects live in the multi-threaded apartment; they
 * are marshalled as if for another process, and a thread in an apartment of its own makes the calls. */
#include "support.h"

#include <wchar.h>

#define ENUM_OUT_OF_RANGE ((HRESULT)0x800706F5) /* RPC_X_ENUM_VALUE_OUT_OF_RANGE */

static const GUID new_job_iid = {
    0x37668d37, 0x507e, 0x4160, {0x93, 0x16, 0x26, 0x30, 0x6d, 0x15, 0x0b, 0x12}};

/* What the caller's thread found; compared afterwards, since cmocka works on the main thread only. */
struct finding {
    const char *what;
    HRESULT got, expected;
};

struct caller {
    IStream *stream; /* the marshalled interface */
    const GUID *iid;
    IUnknown *original;
    void (*talk)(struct caller *caller, void *proxy);
    struct item *item;
    struct text remote, local;
    struct finding findings[64];
    unsigned count;
};

static void found(struct caller *caller, const char *what, HRESULT got, HRESULT expected)
{
    if (caller->count < COUNT(caller->findings))
        caller->findings[caller->count] = (struct finding){what, got, expected};
    caller->count++;
}

static void found_true(struct caller *caller, const char *what, bool holds)
{
    found(caller, what, holds ? S_OK : S_FALSE, S_OK);
}

static DWORD WINAPI call_from_an_apartment(void *context)
{
    struct caller *caller = context;
    IUnknown *proxy = NULL;
    found(caller, "CoInitializeEx", CoInitializeEx(NULL, COINIT_APARTMENTTHREADED), S_OK);
    HRESULT hr = CoUnmarshalInterface(caller->stream, caller->iid, (void **)&proxy);
    found(caller, "CoUnmarshalInterface", hr, S_OK);
    if (hr == S_OK) {
        found_true(caller, "the pointer is a proxy", proxy != caller->original);
        caller->talk(caller, proxy);
        IUnknown_Release(proxy);
    }
    CoUninitialize();
    return 0;
}

/* Marshals the interface and has the thread talk to its proxy. */
static void through_a_proxy(void *face, const GUID *iid, struct item *item,
                            void (*talk)(struct caller *caller, void *proxy))
{
    static struct caller caller;
    caller = (struct caller){.iid = iid,
                             .original = face,
                             .talk = talk,
                             .item = item,
                             .remote = on_server(L"/small.bin"),
                             .local = in_folder(L"small.bin")};
    const LARGE_INTEGER start = {.QuadPart = 0};
    assert_hr(CreateStreamOnHGlobal(NULL, TRUE, &caller.stream), S_OK);
    assert_hr(CoMarshalInterface(caller.stream, iid, face, MSHCTX_LOCAL, NULL, MSHLFLAGS_NORMAL),
              S_OK);
    assert_hr(IStream_Seek(caller.stream, start, STREAM_SEEK_SET, NULL), S_OK);
    HANDLE thread = CreateThread(NULL, 0, call_from_an_apartment, &caller, 0, NULL);
    assert_non_null(thread);
    assert_int_equal(WaitForSingleObject(thread, LONG_ENOUGH_MS), WAIT_OBJECT_0);
    CloseHandle(thread);
    IStream_Release(caller.stream);
    assert_in_range(caller.count, 4, COUNT(caller.findings));
    for (unsigned i = 0; i < caller.count; i++)
        support_assert_hr(caller.findings[i].got, caller.findings[i].expected,
                          caller.findings[i].what, __FILE__, __LINE__);
}

/* ---- the manager -------------------------------------------------------------------------- */

static void talk_to_manager(struct caller *caller, void *proxy)
{
    IBackgroundCopyQMgr *face = proxy;
    IBackgroundCopyGroup *group = NULL;
    IEnumBackgroundCopyGroups *groups = NULL;
    GUID id;
    CoCreateGuid(&id);
    found(caller, "CreateGroup", IBackgroundCopyQMgr_CreateGroup(face, id, &group), S_OK);
    if (group != NULL) {
        GUID same = GUID_NULL;
        found(caller, "get_GroupID", IBackgroundCopyGroup_get_GroupID(group, &same), S_OK);
        found_true(caller, "the same GUID", IsEqualGUID(&id, &same));
        found(caller, "CancelGroup", IBackgroundCopyGroup_CancelGroup(group), S_OK);
        IBackgroundCopyGroup_Release(group);
    }
    group = (void *)1;
    found(caller, "GetGroup", IBackgroundCopyQMgr_GetGroup(face, id, &group),
          (HRESULT)QM_E_ITEM_NOT_FOUND);
    found_true(caller, "GetGroup's pointer is NULL", group == NULL);
    found(caller, "CreateGroup twice",
          IBackgroundCopyQMgr_CreateGroup(face, caller->item->id, &group), E_INVALIDARG);
    found(caller, "CreateGroup(NULL)", IBackgroundCopyQMgr_CreateGroup(face, id, NULL),
          NULL_REF_POINTER);
    found(caller, "EnumGroups(1)", IBackgroundCopyQMgr_EnumGroups(face, 1, &groups), E_NOTIMPL);
    found(caller, "EnumGroups", IBackgroundCopyQMgr_EnumGroups(face, 0, &groups), S_OK);
    if (groups != NULL)
        IEnumBackgroundCopyGroups_Release(groups);
}

static void the_manager_can_be_used_through_a_proxy(void **state)
{
    (void)state;
    struct item item = item_new();
    through_a_proxy(manager(), &IID_IBackgroundCopyQMgr, &item, talk_to_manager);
    item_end(&item);
}

/* ---- a group ------------------------------------------------------------------------------ */

static void talk_about_properties(struct caller *caller, IBackgroundCopyGroup *face)
{
    VARIANT variant;
    found(caller, "SetProp name", set_string(face, GROUPPROP_DISPLAYNAME, L"\x00FCber proxy"),
          S_OK);
    VariantInit(&variant);
    found(caller, "GetProp name",
          IBackgroundCopyGroup_GetProp(face, GROUPPROP_DISPLAYNAME, &variant), S_OK);
    found_true(caller, "the same name",
               V_VT(&variant) == VT_BSTR && wcscmp(V_BSTR(&variant), L"\x00FCber proxy") == 0);
    VariantClear(&variant);
    found(caller, "SetProp flags", set_integer(face, GROUPPROP_NOTIFYFLAGS, QM_NOTIFY_GROUP_DONE),
          S_OK);
    found(caller, "SetProp wrong flags", set_integer(face, GROUPPROP_NOTIFYFLAGS, 1), E_NOTIMPL);
    found(caller, "SetProp wrong type", set_integer(face, GROUPPROP_DISPLAYNAME, 1), E_INVALIDARG);
    found(caller, "SetProp unsupported", set_integer(face, GROUPPROP_PROGRESSTIME, 1), E_NOTIMPL);
    found(caller, "SetProp unknown", set_integer(face, (GROUPPROP)13, 1), E_NOTIMPL);
    found(caller, "SetProp beyond 16 bits", set_integer(face, (GROUPPROP)0x8000, 1),
          ENUM_OUT_OF_RANGE);
    found(caller, "SetProp(NULL)", IBackgroundCopyGroup_SetProp(face, GROUPPROP_PRIORITY, NULL),
          NULL_REF_POINTER);
    found(caller, "GetProp(NULL)", IBackgroundCopyGroup_GetProp(face, GROUPPROP_PRIORITY, NULL),
          NULL_REF_POINTER);
}

static void talk_to_group(struct caller *caller, void *proxy)
{
    IBackgroundCopyGroup *face = proxy;
    IBackgroundCopyJob1 *job = NULL;
    IEnumBackgroundCopyJobs1 *jobs = NULL;
    IUnknown *unknown = (void *)1;
    DWORD a = 77, b = 77;
    talk_about_properties(caller, face);
    found(caller, "GetStatus", IBackgroundCopyGroup_GetStatus(face, &a, &b), S_OK);
    found_true(caller, "suspended, job 0", a == GROUP_IS_SUSPENDED && b == 0);
    found(caller, "GetStatus(NULL)", IBackgroundCopyGroup_GetStatus(face, &a, NULL),
          NULL_REF_POINTER);
    found(caller, "GetProgress",
          IBackgroundCopyGroup_GetProgress(face, QM_PROGRESS_PERCENT_DONE, &a), S_OK);
    found(caller, "GetProgress(TIME)",
          IBackgroundCopyGroup_GetProgress(face, QM_PROGRESS_TIME_DONE, &a), E_NOTIMPL);
    found(caller, "get_Size", IBackgroundCopyGroup_get_Size(face, &a), S_OK);
    found(caller, "ResumeGroup", IBackgroundCopyGroup_ResumeGroup(face),
          (HRESULT)QM_E_INVALID_STATE);
    found(caller, "SuspendGroup", IBackgroundCopyGroup_SuspendGroup(face), S_OK);
    found(caller, "SwitchToForeground", IBackgroundCopyGroup_SwitchToForeground(face), S_OK);
    found(caller, "GetJob", IBackgroundCopyGroup_GetJob(face, caller->item->job_id, &job), S_OK);
    if (job != NULL)
        IBackgroundCopyJob1_Release(job);
    job = (void *)1;
    found(caller, "CreateJob", IBackgroundCopyGroup_CreateJob(face, caller->item->id, &job),
          E_NOTIMPL);
    found_true(caller, "CreateJob's pointer is NULL", job == NULL);
    found(caller, "EnumJobs", IBackgroundCopyGroup_EnumJobs(face, 0, &jobs), S_OK);
    if (jobs != NULL)
        IEnumBackgroundCopyJobs1_Release(jobs);
    found(caller, "QueryNewJobInterface",
          IBackgroundCopyGroup_QueryNewJobInterface(face, &new_job_iid, &unknown), E_NOTIMPL);
    found_true(caller, "its pointer is NULL", unknown == NULL);
    found(caller, "SetNotificationPointer", set_listener(face, NULL), S_OK);
}

static void a_group_can_be_used_through_a_proxy(void **state)
{
    (void)state;
    struct item item = item_new();
    through_a_proxy(item.group, &IID_IBackgroundCopyGroup, &item, talk_to_group);
    assert_int_equal(wcscmp(get_string(item.group, GROUPPROP_DISPLAYNAME).w, L"\x00FCber proxy"),
                     0);
    item_end(&item);
}

/* ---- a job -------------------------------------------------------------------------------- */

static void talk_about_files(struct caller *caller, IBackgroundCopyJob1 *face)
{
    FILESETINFO first, *set[3];
    memset(&first, 0xCD, sizeof first);
    first.bstrRemoteFile = SysAllocString(caller->remote.w);
    first.bstrLocalFile = SysAllocString(caller->local.w);
    set[0] = set[2] = &first;
    set[1] = NULL;
    found(caller, "AddFiles with a NULL element", IBackgroundCopyJob1_AddFiles(face, 3, set),
          E_INVALIDARG);
    set[1] = &first;
    found(caller, "AddFiles", IBackgroundCopyJob1_AddFiles(face, 3, set), S_OK);
    found(caller, "AddFiles with a bad scheme",
          add_one(face, L"ftp://localhost/x", caller->local.w), E_INVALIDARG);
    SysFreeString(first.bstrRemoteFile);
    SysFreeString(first.bstrLocalFile);
    memset(&first, 0, sizeof first);
    found(caller, "GetFile", IBackgroundCopyJob1_GetFile(face, 2, &first), S_OK);
    found_true(
        caller, "the same names",
        first.bstrRemoteFile != NULL && wcscmp(first.bstrRemoteFile, caller->remote.w) == 0 &&
            first.bstrLocalFile != NULL && wcscmp(first.bstrLocalFile, caller->local.w) == 0);
    SysFreeString(first.bstrRemoteFile);
    SysFreeString(first.bstrLocalFile);
    memset(&first, 0, sizeof first);
    found(caller, "GetFile past the end", IBackgroundCopyJob1_GetFile(face, 3, &first),
          (HRESULT)QM_E_ITEM_NOT_FOUND);
    found(caller, "GetFile(NULL)", IBackgroundCopyJob1_GetFile(face, 0, NULL), NULL_REF_POINTER);
}

static void talk_to_job(struct caller *caller, void *proxy)
{
    IBackgroundCopyJob1 *face = proxy;
    GUID id = GUID_NULL;
    DWORD a = 77, b = 77, c = 77, d = 77;
    talk_about_files(caller, face);
    found(caller, "GetFileCount", IBackgroundCopyJob1_GetFileCount(face, &a), S_OK);
    found_true(caller, "three files", a == 3);
    found(caller, "GetFileCount(NULL)", IBackgroundCopyJob1_GetFileCount(face, NULL),
          NULL_REF_POINTER);
    found(caller, "GetStatus", IBackgroundCopyJob1_GetStatus(face, &a, &b, &c, &d), S_OK);
    found_true(caller, "incomplete", a == JOB_IS_INCOMPLETE && b == 0 && c == 0 && d == 0);
    found(caller, "GetProgress", IBackgroundCopyJob1_GetProgress(face, QM_PROGRESS_SIZE_DONE, &a),
          S_OK);
    found(caller, "GetProgress(0)", IBackgroundCopyJob1_GetProgress(face, 0, &a), E_NOTIMPL);
    found(caller, "get_JobID", IBackgroundCopyJob1_get_JobID(face, &id), S_OK);
    found_true(caller, "the same GUID", IsEqualGUID(&id, &caller->item->job_id));
    found(caller, "CancelJob", IBackgroundCopyJob1_CancelJob(face), E_NOTIMPL);
    found(caller, "SwitchToForeground", IBackgroundCopyJob1_SwitchToForeground(face), E_NOTIMPL);
}

static void a_job_can_be_used_through_a_proxy(void **state)
{
    (void)state;
    struct item item = item_new();
    through_a_proxy(item.job, &IID_IBackgroundCopyJob1, &item, talk_to_job);
    assert_int_equal(file_count(item.job), 3);
    assert_int_equal(count_in_folder(L"BIT*.tmp"), 3);
    item_end(&item);
}

/* ---- enumerators -------------------------------------------------------------------------- */

static void talk_to_groups(struct caller *caller, void *proxy)
{
    IEnumBackgroundCopyGroups *face = proxy, *clone = NULL;
    GUID ids[4];
    ULONG number = 77;
    found(caller, "Next without a count", IEnumBackgroundCopyGroups_Next(face, 1, ids, NULL), S_OK);
    found_true(caller, "the group", IsEqualGUID(&ids[0], &caller->item->id));
    found(caller, "Next, two without a count", IEnumBackgroundCopyGroups_Next(face, 2, ids, NULL),
          E_INVALIDARG);
    found(caller, "Clone", IEnumBackgroundCopyGroups_Clone(face, &clone), S_OK);
    found(caller, "Next at the end", IEnumBackgroundCopyGroups_Next(face, 4, ids, &number),
          S_FALSE);
    found_true(caller, "none left", number == 0);
    found(caller, "Reset", IEnumBackgroundCopyGroups_Reset(face), S_OK);
    found(caller, "Next, four", IEnumBackgroundCopyGroups_Next(face, 4, ids, &number), S_FALSE);
    found_true(caller, "one of four", number == 1 && IsEqualGUID(&ids[0], &caller->item->id));
    found(caller, "Skip", IEnumBackgroundCopyGroups_Skip(face, 1), S_FALSE);
    found(caller, "GetCount", IEnumBackgroundCopyGroups_GetCount(face, &number), S_OK);
    found_true(caller, "one", number == 1);
    if (clone == NULL)
        return;
    found(caller, "the clone is at the end", IEnumBackgroundCopyGroups_Next(clone, 1, ids, NULL),
          S_FALSE);
    IEnumBackgroundCopyGroups_Release(clone);
}

static void a_list_of_groups_can_be_used_through_a_proxy(void **state)
{
    (void)state;
    struct item item = item_new();
    IEnumBackgroundCopyGroups *groups;
    assert_hr(IBackgroundCopyQMgr_EnumGroups(manager(), 0, &groups), S_OK);
    through_a_proxy(groups, &IID_IEnumBackgroundCopyGroups, &item, talk_to_groups);
    IEnumBackgroundCopyGroups_Release(groups);
    item_end(&item);
}

/* More than go over the wire at once. */
#define MANY 600

static void talk_to_many_groups(struct caller *caller, void *proxy)
{
    IEnumBackgroundCopyGroups *face = proxy;
    static GUID ids[2 * MANY], rest[2];
    ULONG number = 77;
    found(caller, "Next, all but one", IEnumBackgroundCopyGroups_Next(face, MANY - 1, ids, &number),
          S_OK);
    found_true(caller, "all but one", number == MANY - 1);
    found_true(caller, "the oldest is the first", IsEqualGUID(&ids[0], &caller->item->id));
    found(caller, "Next, the last", IEnumBackgroundCopyGroups_Next(face, 2, rest, &number),
          S_FALSE);
    found_true(caller, "the last", number == 1 && !IsEqualGUID(&rest[0], &ids[MANY - 2]));
    found(caller, "Reset", IEnumBackgroundCopyGroups_Reset(face), S_OK);
    found(caller, "Next, more than there are",
          IEnumBackgroundCopyGroups_Next(face, COUNT(ids), ids, &number), S_FALSE);
    found_true(caller, "all", number == MANY && IsEqualGUID(&ids[MANY - 1], &rest[0]));
}

static void a_long_list_comes_through_a_proxy_whole(void **state)
{
    (void)state;
    struct item item = item_new();
    IEnumBackgroundCopyGroups *groups;
    for (unsigned i = 1; i < MANY; i++) {
        IBackgroundCopyGroup *group;
        assert_hr(IBackgroundCopyQMgr_CreateGroup(manager(), fresh_guid(), &group), S_OK);
        IBackgroundCopyGroup_Release(group);
    }
    assert_hr(IBackgroundCopyQMgr_EnumGroups(manager(), 0, &groups), S_OK);
    through_a_proxy(groups, &IID_IEnumBackgroundCopyGroups, &item, talk_to_many_groups);
    IEnumBackgroundCopyGroups_Release(groups);
    item_end(&item);
}

static void talk_to_jobs(struct caller *caller, void *proxy)
{
    IEnumBackgroundCopyJobs1 *face = proxy, *clone = NULL;
    GUID ids[2];
    ULONG number = 77;
    found(caller, "Next without a count", IEnumBackgroundCopyJobs1_Next(face, 1, ids, NULL), S_OK);
    found_true(caller, "the job", IsEqualGUID(&ids[0], &caller->item->job_id));
    found(caller, "Next at the end", IEnumBackgroundCopyJobs1_Next(face, 1, ids, &number), S_FALSE);
    found_true(caller, "none left", number == 0);
    found(caller, "Reset", IEnumBackgroundCopyJobs1_Reset(face), S_OK);
    found(caller, "Skip", IEnumBackgroundCopyJobs1_Skip(face, 1), S_OK);
    found(caller, "GetCount", IEnumBackgroundCopyJobs1_GetCount(face, &number), S_OK);
    found_true(caller, "one", number == 1);
    found(caller, "Clone", IEnumBackgroundCopyJobs1_Clone(face, &clone), S_OK);
    if (clone != NULL)
        IEnumBackgroundCopyJobs1_Release(clone);
}

static void a_list_of_jobs_can_be_used_through_a_proxy(void **state)
{
    (void)state;
    struct item item = item_new();
    IEnumBackgroundCopyJobs1 *jobs;
    assert_hr(IBackgroundCopyGroup_EnumJobs(item.group, 0, &jobs), S_OK);
    through_a_proxy(jobs, &IID_IEnumBackgroundCopyJobs1, &item, talk_to_jobs);
    IEnumBackgroundCopyJobs1_Release(jobs);
    item_end(&item);
}

/* ---- a callback --------------------------------------------------------------------------- */

static void talk_to_listener(struct caller *caller, void *proxy)
{
    IBackgroundCopyCallback1 *face = proxy;
    BYTE bytes[3] = {1, 2, 3};
    found(caller, "OnStatus",
          IBackgroundCopyCallback1_OnStatus(face, caller->item->group, caller->item->job, 5, 6, 7,
                                            8, 9),
          S_OK);
    found(caller, "OnStatus without a job",
          IBackgroundCopyCallback1_OnStatus(face, caller->item->group, NULL, 1, 2, 3, 4, 5), S_OK);
    found(caller, "OnProgress", IBackgroundCopyCallback1_OnProgress(face, 1, NULL, NULL, 2, 3),
          S_OK);
    found(caller, "OnProgressEx",
          IBackgroundCopyCallback1_OnProgressEx(face, 1, NULL, NULL, 2, 3, sizeof bytes, bytes),
          S_OK);
}

static void a_callback_can_be_called_through_a_proxy(void **state)
{
    (void)state;
    struct item item = item_new();
    struct listener *listener = listener_new();
    through_a_proxy(listener_face(listener), &IID_IBackgroundCopyCallback1, &item,
                    talk_to_listener);
    assert_int_equal(listener->calls, 2);
    assert_int_equal(listener->progress_calls, 2);
    assert_memory_equal(&listener->group_id, &item.id, sizeof(GUID));
    assert_false(listener->with_job);
    assert_int_equal(listener->http, 5);
    item_end(&item);
    listener_release(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(the_manager_can_be_used_through_a_proxy),
        A_TEST(a_group_can_be_used_through_a_proxy),
        A_TEST(a_job_can_be_used_through_a_proxy),
        A_TEST(a_list_of_groups_can_be_used_through_a_proxy),
        A_TEST(a_long_list_comes_through_a_proxy_whole),
        A_TEST(a_list_of_jobs_can_be_used_through_a_proxy),
        A_TEST(a_callback_can_be_called_through_a_proxy),
    };
    return cmocka_run_group_tests(tests, support_start, support_end);
}
