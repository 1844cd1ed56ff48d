/* SPDX-License-Identifier: MIT */
/* Garbage on the wire: a hostile client need not use our proxies. Proxies and stubs of the DLL are connected by a
 * channel of this program's, which damages each message on its way to the stub: numbers are changed, the end is
 * cut off or is followed by more.
 *
 * The stub may answer what it likes, but the class must not run into memory that is not there. What the system's own
 * unmarshalling does is not ours: Wine's reads past the end of a message whose strings claim to be longer, and
 * answers with the fault. So faults count that happen in the DLL itself. Numbers that would have the system ask
 * for gigabytes are not sent, nor interface pointers: of damaged ones, Wine's COM ends the process.
 *
 * The seed is fixed; QMGR_FUZZ_SEED sets another. A failure prints it. */
#include "garbage.h"
#include "support.h"

#include <stdlib.h>
#include <wchar.h>

#define SEED 20011025u
#define CALLS 15000

static uint32_t seed;
static struct garbage chance;

/* ---- faults --------------------------------------------------------------------------------- */

static HMODULE dll;
static volatile LONG faults;

static bool is_in_dll(const void *address)
{
    MEMORY_BASIC_INFORMATION region;
    return VirtualQuery(address, &region, sizeof region) != 0 && region.AllocationBase == dll;
}

/* Before the stub turns it into an answer. */
static LONG CALLBACK note_fault(EXCEPTION_POINTERS *pointers)
{
    const EXCEPTION_RECORD *record = pointers->ExceptionRecord;
    if (record->ExceptionCode == (DWORD)EXCEPTION_ACCESS_VIOLATION &&
        is_in_dll(record->ExceptionAddress))
        InterlockedIncrement(&faults);
    return EXCEPTION_CONTINUE_SEARCH;
}

/* ---- the channel ---------------------------------------------------------------------------- */

#define METHOD_MASK 0x7FFFu /* beside the number stands a flag for the client's end */

static unsigned taken; /* messages that the stubs took */

struct channel {
    IRpcChannelBuffer IRpcChannelBuffer_iface;
    IRpcStubBuffer *stub;
    IRpcProxyBuffer *proxy;
};

static HRESULT STDMETHODCALLTYPE channel_QueryInterface(IRpcChannelBuffer *face, REFIID iid,
                                                        void **out)
{
    bool known = IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IRpcChannelBuffer);
    *out = known ? face : NULL;
    return known ? S_OK : E_NOINTERFACE;
}

/* It lives as long as the test. */
static ULONG STDMETHODCALLTYPE channel_AddRef(IRpcChannelBuffer *face)
{
    (void)face;
    return 2;
}

static ULONG STDMETHODCALLTYPE channel_Release(IRpcChannelBuffer *face)
{
    (void)face;
    return 1;
}

/* For requests and answers alike. */
static HRESULT STDMETHODCALLTYPE channel_GetBuffer(IRpcChannelBuffer *face, RPCOLEMESSAGE *message,
                                                   REFIID iid)
{
    (void)face, (void)iid;
    message->Buffer = calloc(1, message->cbBuffer + 1);
    message->dataRepresentation = NDR_LOCAL_DATA_REPRESENTATION;
    return message->Buffer != NULL ? S_OK : E_OUTOFMEMORY;
}

static HRESULT STDMETHODCALLTYPE channel_FreeBuffer(IRpcChannelBuffer *face, RPCOLEMESSAGE *message)
{
    (void)face;
    free(message->Buffer);
    message->Buffer = NULL;
    return S_OK;
}

static DWORD any_number(void)
{
    static const DWORD numbers[] = {0, 1, 2, 3, 5, 8, 0xFF, 0x100, 0x7FFF, 0xFFFF, 0xFFFFFFFF};
    return garbage_one_in(&chance, 4) ? garbage_below(&chance, 70000)
                                      : numbers[garbage_below(&chance, COUNT(numbers))];
}

/* Those at the beginning often say how much follows. */
static void damage_numbers(RPCOLEMESSAGE *message)
{
    for (unsigned i = 1 + garbage_below(&chance, 3); i > 0 && message->cbBuffer >= 4; i--) {
        DWORD number = any_number();
        size_t count = message->cbBuffer / 4, first = count < 4 ? count : 4;
        size_t at = garbage_below(&chance, (uint32_t)(garbage_one_in(&chance, 2) ? first : count));
        memcpy((char *)message->Buffer + 4 * at, &number, sizeof number);
    }
}

/* Half of the messages arrive as they were sent. */
static void damage(RPCOLEMESSAGE *message)
{
    switch (garbage_below(&chance, 8)) {
    case 0:
    case 1: damage_numbers(message); break;
    case 2: message->cbBuffer = garbage_below(&chance, message->cbBuffer + 1); break;
    case 3:
        damage_numbers(message);
        message->cbBuffer = garbage_below(&chance, message->cbBuffer + 1);
        break;
    default: break;
    }
}

/* The stub answers at once, on this thread. */
static HRESULT STDMETHODCALLTYPE channel_SendReceive(IRpcChannelBuffer *face,
                                                     RPCOLEMESSAGE *message, ULONG *status)
{
    struct channel *channel = CONTAINING_RECORD(face, struct channel, IRpcChannelBuffer_iface);
    RPCOLEMESSAGE request = *message;
    request.iMethod &= METHOD_MASK;
    damage(&request);
    void *sent = request.Buffer;
    HRESULT hr = IRpcStubBuffer_Invoke(channel->stub, &request, face);
    if (request.Buffer != sent)
        free(sent);
    taken += hr == S_OK;
    message->Buffer = request.Buffer;
    message->cbBuffer = request.cbBuffer;
    *status = (ULONG)hr;
    return hr;
}

static HRESULT STDMETHODCALLTYPE channel_GetDestCtx(IRpcChannelBuffer *face, DWORD *context,
                                                    void **more)
{
    (void)face;
    *context = MSHCTX_LOCAL;
    if (more != NULL)
        *more = NULL;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE channel_IsConnected(IRpcChannelBuffer *face)
{
    (void)face;
    return S_OK;
}

static CONST_VTBL struct IRpcChannelBufferVtbl channel_vtable = {
    .QueryInterface = channel_QueryInterface,
    .AddRef = channel_AddRef,
    .Release = channel_Release,
    .GetBuffer = channel_GetBuffer,
    .SendReceive = channel_SendReceive,
    .FreeBuffer = channel_FreeBuffer,
    .GetDestCtx = channel_GetDestCtx,
    .IsConnected = channel_IsConnected,
};

static IPSFactoryBuffer *proxies_and_stubs(REFIID iid)
{
    CLSID clsid;
    IPSFactoryBuffer *factory;
    assert_hr(CoGetPSClsid(iid, &clsid), S_OK);
    assert_hr(dll_class_object(dll, &clsid, &IID_IPSFactoryBuffer, (void **)&factory), S_OK);
    return factory;
}

/* A proxy for the object, behind the channel. */
static void *connect_to(struct channel *channel, REFIID iid, void *object)
{
    void *face;
    IPSFactoryBuffer *factory = proxies_and_stubs(iid);
    channel->IRpcChannelBuffer_iface.lpVtbl = &channel_vtable;
    assert_hr(IPSFactoryBuffer_CreateStub(factory, iid, object, &channel->stub), S_OK);
    assert_hr(IPSFactoryBuffer_CreateProxy(factory, NULL, iid, &channel->proxy, &face), S_OK);
    assert_hr(IRpcProxyBuffer_Connect(channel->proxy, &channel->IRpcChannelBuffer_iface), S_OK);
    IPSFactoryBuffer_Release(factory);
    return face;
}

static void disconnect(struct channel *channel, void *face)
{
    IUnknown_Release((IUnknown *)face);
    IRpcProxyBuffer_Disconnect(channel->proxy);
    IRpcProxyBuffer_Release(channel->proxy);
    IRpcStubBuffer_Disconnect(channel->stub);
    IRpcStubBuffer_Release(channel->stub);
}

/* ---- calls ---------------------------------------------------------------------------------- */

struct line {
    struct channel channels[6];
    struct item item; /* the objects themselves */
    IEnumBackgroundCopyGroups *groups;
    IEnumBackgroundCopyJobs1 *jobs;
    struct listener *listener;
    IBackgroundCopyQMgr *far_manager; /* their proxies */
    IBackgroundCopyGroup *far_group;
    IBackgroundCopyJob1 *far_job;
    IEnumBackgroundCopyGroups *far_groups;
    IEnumBackgroundCopyJobs1 *far_jobs;
    IBackgroundCopyCallback1 *far_callback;
};

static void release_if_any(void *face)
{
    if (face != NULL)
        IUnknown_Release((IUnknown *)face);
}

/* The sending side is in order; what is wrong is made so on the way. */
static void call_manager(struct line *line)
{
    IBackgroundCopyGroup *group = NULL;
    IEnumBackgroundCopyGroups *groups = NULL;
    switch (garbage_below(&chance, 3)) {
    case 0:
        IBackgroundCopyQMgr_CreateGroup(line->far_manager, line->item.job_id, &group);
        if (group != NULL) /* on the direct way: what is given back is not in our channel */
            IBackgroundCopyGroup_CancelGroup(group);
        break;
    case 1: IBackgroundCopyQMgr_GetGroup(line->far_manager, line->item.id, &group); break;
    default: IBackgroundCopyQMgr_EnumGroups(line->far_manager, 0, &groups); break;
    }
    release_if_any(group);
    release_if_any(groups);
}

static void call_properties(struct line *line)
{
    IBackgroundCopyGroup *group = line->far_group;
    VARIANT variant;
    VariantInit(&variant);
    switch (garbage_below(&chance, 3)) {
    case 0: IBackgroundCopyGroup_GetProp(group, GROUPPROP_DISPLAYNAME, &variant); break;
    case 1: set_string(group, GROUPPROP_DESCRIPTION, L"as it was sent"); break;
    default: set_integer(group, GROUPPROP_NOTIFYFLAGS, QM_NOTIFY_GROUP_DONE); break;
    }
    VariantClear(&variant);
}

static void call_group(struct line *line)
{
    IBackgroundCopyGroup *group = line->far_group;
    IBackgroundCopyJob1 *job = NULL;
    IEnumBackgroundCopyJobs1 *jobs = NULL;
    IUnknown *unknown = NULL;
    DWORD number, other;
    GUID id;
    switch (garbage_below(&chance, 10)) {
    case 0: IBackgroundCopyGroup_GetProgress(group, QM_PROGRESS_SIZE_DONE, &number); break;
    case 1: IBackgroundCopyGroup_GetStatus(group, &number, &other); break;
    case 2: IBackgroundCopyGroup_GetJob(group, line->item.job_id, &job); break;
    case 3: IBackgroundCopyGroup_SuspendGroup(group); break;
    case 4: IBackgroundCopyGroup_get_Size(group, &number); break;
    case 5: IBackgroundCopyGroup_get_GroupID(group, &id); break;
    case 6: IBackgroundCopyGroup_CreateJob(group, line->item.id, &job); break;
    case 7: IBackgroundCopyGroup_EnumJobs(group, 0, &jobs); break;
    case 8: IBackgroundCopyGroup_QueryNewJobInterface(group, &IID_IUnknown, &unknown); break;
    default: set_listener(group, NULL); break;
    }
    release_if_any(job);
    release_if_any(jobs);
    release_if_any(unknown);
}

/* All names pass, so that the object goes through all of them; but the folder is missing. */
static void call_add_files(struct line *line)
{
    FILESETINFO infos[3], *set[COUNT(infos)];
    struct text local = in_folder(L"missing\\file.bin");
    for (size_t i = 0; i < COUNT(infos); i++) {
        memset(&infos[i], 0xCD, sizeof infos[i]);
        infos[i].bstrRemoteFile = SysAllocString(chance.remote);
        infos[i].bstrLocalFile = SysAllocString(local.w);
        set[i] = &infos[i];
    }
    IBackgroundCopyJob1_AddFiles(line->far_job, COUNT(infos), set);
    for (size_t i = 0; i < COUNT(infos); i++) {
        SysFreeString(infos[i].bstrRemoteFile);
        SysFreeString(infos[i].bstrLocalFile);
    }
}

static void call_job(struct line *line)
{
    IBackgroundCopyJob1 *job = line->far_job;
    FILESETINFO info = {NULL, NULL, 0};
    DWORD a, b, c, d;
    GUID id;
    switch (garbage_below(&chance, 8)) {
    case 0: IBackgroundCopyJob1_CancelJob(job); break;
    case 1: IBackgroundCopyJob1_GetProgress(job, QM_PROGRESS_PERCENT_DONE, &a); break;
    case 2: IBackgroundCopyJob1_GetStatus(job, &a, &b, &c, &d); break;
    case 3: IBackgroundCopyJob1_GetFile(job, 0, &info); break;
    case 4: IBackgroundCopyJob1_GetFileCount(job, &a); break;
    case 5: IBackgroundCopyJob1_get_JobID(job, &id); break;
    default: call_add_files(line); break;
    }
    SysFreeString(info.bstrRemoteFile);
    SysFreeString(info.bstrLocalFile);
}

static void call_lists(struct line *line)
{
    IEnumBackgroundCopyGroups *groups = NULL;
    IEnumBackgroundCopyJobs1 *jobs = NULL;
    GUID ids[8];
    ULONG number = 0;
    switch (garbage_below(&chance, 8)) {
    case 0: IEnumBackgroundCopyGroups_Next(line->far_groups, COUNT(ids), ids, &number); break;
    case 1: IEnumBackgroundCopyGroups_Skip(line->far_groups, 1); break;
    case 2: IEnumBackgroundCopyGroups_Reset(line->far_groups); break;
    case 3: IEnumBackgroundCopyGroups_Clone(line->far_groups, &groups); break;
    case 4: IEnumBackgroundCopyJobs1_Next(line->far_jobs, 1, ids, NULL); break;
    case 5: IEnumBackgroundCopyJobs1_Reset(line->far_jobs); break;
    case 6: IEnumBackgroundCopyJobs1_Clone(line->far_jobs, &jobs); break;
    default: IEnumBackgroundCopyJobs1_GetCount(line->far_jobs, &number); break;
    }
    release_if_any(groups);
    release_if_any(jobs);
}

static void call_callback(struct line *line)
{
    BYTE bytes[16] = {1, 2, 3};
    if (garbage_one_in(&chance, 2))
        IBackgroundCopyCallback1_OnStatus(line->far_callback, NULL, NULL, 1, 2, 3, 4, 5);
    else
        IBackgroundCopyCallback1_OnProgressEx(line->far_callback, 1, NULL, NULL, 2, 3, sizeof bytes,
                                              bytes);
}

static void call_something(struct line *line)
{
    static void (*const kinds[])(struct line *) = {
        call_manager, call_properties, call_group, call_job, call_job, call_lists, call_callback};
    kinds[garbage_below(&chance, COUNT(kinds))](line);
}

/* ---- the test ------------------------------------------------------------------------------- */

static void line_make(struct line *line)
{
    line->item = item_new();
    line->listener = listener_new();
    assert_hr(IBackgroundCopyQMgr_EnumGroups(manager(), 0, &line->groups), S_OK);
    assert_hr(IBackgroundCopyGroup_EnumJobs(line->item.group, 0, &line->jobs), S_OK);
    struct channel *channels = line->channels;
    line->far_manager = connect_to(&channels[0], &IID_IBackgroundCopyQMgr, manager());
    line->far_group = connect_to(&channels[1], &IID_IBackgroundCopyGroup, line->item.group);
    line->far_job = connect_to(&channels[2], &IID_IBackgroundCopyJob1, line->item.job);
    line->far_groups = connect_to(&channels[3], &IID_IEnumBackgroundCopyGroups, line->groups);
    line->far_jobs = connect_to(&channels[4], &IID_IEnumBackgroundCopyJobs1, line->jobs);
    line->far_callback =
        connect_to(&channels[5], &IID_IBackgroundCopyCallback1, listener_face(line->listener));
}

static void line_break(struct line *line)
{
    disconnect(&line->channels[0], line->far_manager);
    disconnect(&line->channels[1], line->far_group);
    disconnect(&line->channels[2], line->far_job);
    disconnect(&line->channels[3], line->far_groups);
    disconnect(&line->channels[4], line->far_jobs);
    disconnect(&line->channels[5], line->far_callback);
    IEnumBackgroundCopyJobs1_Release(line->jobs);
    IEnumBackgroundCopyGroups_Release(line->groups);
    item_end(&line->item);
    listener_release(line->listener);
}

static void damaged_messages_do_not_reach_past_what_was_sent(void **state)
{
    (void)state;
    static struct line line;
    struct text remote = on_server(L"/one.bin"), local = in_folder(L"w");
    line_make(&line);
    chance = (struct garbage){.state = seed,
                              .object = (IUnknown *)listener_face(line.listener),
                              .remote = remote.w,
                              .local = local.w};
    void *handler = AddVectoredExceptionHandler(1, note_fault);
    for (unsigned i = 0; i < CALLS && faults == 0; i++) {
        call_something(&line);
        if (faults > 0)
            print_error("seed %lu: call %u makes the DLL fault\n", (unsigned long)seed, i);
    }
    RemoveVectoredExceptionHandler(handler);
    assert_int_equal(faults, 0);
    assert_true(taken > CALLS / 3); /* else nothing was put to the test */
    assert_int_equal(group_status(line.item.group) & ~(DWORD)QM_STATUS_GROUP_FOREGROUND,
                     GROUP_IS_SUSPENDED);
    line_break(&line);
}

static int start(void **state)
{
    dll = load_dll();
    return dll != NULL ? support_start(state) : -1;
}

int main(void)
{
    wchar_t text[16];
    seed = GetEnvironmentVariableW(L"QMGR_FUZZ_SEED", text, COUNT(text)) > 0
               ? (uint32_t)wcstoul(text, NULL, 10)
               : SEED;
    const struct CMUnitTest tests[] = {
        A_TEST(damaged_messages_do_not_reach_past_what_was_sent),
    };
    return cmocka_run_group_tests(tests, start, support_end);
}
