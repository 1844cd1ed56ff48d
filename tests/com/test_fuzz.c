/* SPDX-License-Identifier: MIT */
/* Garbage in every marshalled argument, through the proxies: qmgr.md 12 and 16. The objects live in a process of
 * their own (surrogate.h), or in another apartment of this one. Whatever a client passes, it gets one of the
 * answers that the documents know, the server goes on to serve others, and nothing stays behind on either
 * side.
 *
 * The calls come from a fixed seed; QMGR_FUZZ_SEED sets another. A failure prints the seed it came from. */
#include "com/kept_stubs.h"
#include "fuzz_calls.h"
#include "surrogate.h"

#include <wchar.h>

#define SEED 20011025u
#define CALLS_A_BATCH 5600
#define DIRECT_BATCHES 3
#define APARTMENT_BATCHES 6
#define PROCESS_BATCHES 12
#define CALLS (CALLS_A_BATCH * PROCESS_BATCHES)

static uint32_t seed;

/* ---- what may be answered ------------------------------------------------------------------- */

static const HRESULT answers[] = {
    S_OK,
    S_FALSE,
    E_NOTIMPL,
    E_NOINTERFACE,
    E_POINTER,
    E_INVALIDARG,
    E_ACCESSDENIED,
    (HRESULT)QM_E_INVALID_STATE,
    (HRESULT)QM_E_ITEM_NOT_FOUND,
    NULL_REF_POINTER,
    (HRESULT)0x800706F5, /* RPC_X_ENUM_VALUE_OUT_OF_RANGE: GROUPPROP beyond 16 bits */
    (HRESULT)0x800706F7, /* RPC_X_BAD_STUB_DATA: a VARIANT that is none */
    DISP_E_BADVARTYPE,
};

static bool is_known(HRESULT hr)
{
    for (size_t i = 0; i < COUNT(answers); i++) {
        if (answers[i] == hr)
            return true;
    }
    return false;
}

/* ---- one batch ------------------------------------------------------------------------------ */

/* `client` has its manager and its callback; they are released in the end. */
struct batch {
    struct client client;
    const struct method *failed; /* NULL if none has */
    unsigned failed_at;
    HRESULT answer;
    const char *insane; /* what does not work after it, NULL if all does */
};

static void run_calls(struct batch *batch)
{
    struct client *client = &batch->client;
    for (unsigned i = 0; i < CALLS_A_BATCH; i++) {
        const struct method *method = any_method(client);
        HRESULT hr = method->call(client);
        if (is_known(hr) && !client->broke_a_promise)
            continue;
        batch->failed = method;
        batch->failed_at = i;
        batch->answer = hr;
        return;
    }
}

/* Good calls, as another client would make them. Returns what does not work. */
static const char *use_item(struct client *client, struct item *item)
{
    DWORD status = 0, index, count = 0;
    if (set_string(item->group, GROUPPROP_DISPLAYNAME, L"after garbage") != S_OK)
        return "SetProp";
    if (IBackgroundCopyGroup_CreateJob(item->group, item->job_id, &item->job) != S_OK)
        return "CreateJob";
    struct text local = text_of(L"%lsgood.bin", client->garbage.local);
    if (add_one(item->job, client->garbage.remote, local.w) != S_OK)
        return "AddFiles";
    if (IBackgroundCopyJob1_GetFileCount(item->job, &count) != S_OK || count != 1)
        return "GetFileCount";
    if (IBackgroundCopyGroup_GetStatus(item->group, &status, &index) != S_OK ||
        status != GROUP_IS_SUSPENDED)
        return "GetStatus";
    return NULL;
}

static const char *find_insanity(struct client *client)
{
    struct item item = {.job = NULL};
    CoCreateGuid(&item.id);
    CoCreateGuid(&item.job_id);
    if (IBackgroundCopyQMgr_CreateGroup(client->queue_manager, item.id, &item.group) != S_OK)
        return "CreateGroup";
    const char *what = use_item(client, &item);
    if (IBackgroundCopyGroup_CancelGroup(item.group) != S_OK && what == NULL)
        what = "CancelGroup";
    if (item.job != NULL)
        IBackgroundCopyJob1_Release(item.job);
    IBackgroundCopyGroup_Release(item.group);
    return what;
}

static const char *cancel_everything(IBackgroundCopyQMgr *queue_manager)
{
    IEnumBackgroundCopyGroups *groups;
    GUID id;
    if (IBackgroundCopyQMgr_EnumGroups(queue_manager, 0, &groups) != S_OK)
        return "EnumGroups";
    while (IEnumBackgroundCopyGroups_Next(groups, 1, &id, NULL) == S_OK) {
        IBackgroundCopyGroup *group;
        if (IBackgroundCopyQMgr_GetGroup(queue_manager, id, &group) != S_OK)
            continue;
        IBackgroundCopyGroup_CancelGroup(group);
        IBackgroundCopyGroup_Release(group);
    }
    IEnumBackgroundCopyGroups_Release(groups);
    return NULL;
}

static void run_batch(struct batch *batch)
{
    struct client *client = &batch->client;
    run_calls(batch);
    client_let_go(client);
    batch->insane = find_insanity(client);
    if (batch->insane == NULL)
        batch->insane = cancel_everything(client->queue_manager);
    IBackgroundCopyCallback1_Release(client->callback);
    IBackgroundCopyQMgr_Release(client->queue_manager);
}

static void assert_batch_went_well(const struct batch *batch, unsigned number)
{
    if (batch->failed != NULL)
        print_error("seed %lu, batch %u, call %u: %s answered 0x%08lX%s\n", (unsigned long)seed,
                    number, batch->failed_at, batch->failed->name, (unsigned long)batch->answer,
                    batch->client.broke_a_promise ? " and broke a promise about [out]" : "");
    if (batch->insane != NULL)
        print_error("seed %lu, batch %u: %s does not work any more\n", (unsigned long)seed, number,
                    batch->insane);
    assert_null(batch->failed);
    assert_null(batch->insane);
}

static IBackgroundCopyQMgr *new_manager(void)
{
    IBackgroundCopyQMgr *face;
    assert_hr(CoCreateInstance(&CLSID_BackgroundCopyQMgr, NULL, CLSCTX_INPROC_SERVER,
                               &IID_IBackgroundCopyQMgr, (void **)&face),
              S_OK);
    return face;
}

/* Everything but the two interfaces. */
static void start_batch(struct batch *batch, unsigned number, struct listener *listener)
{
    struct client *client = &batch->client;
    memset(batch, 0, sizeof *batch);
    client->garbage = (struct garbage){.state = seed + number,
                                       .object = (IUnknown *)listener_face(listener),
                                       .ids = {&client->group_id, &client->job_id}};
    static struct text remote, local;
    remote = on_server(L"/one.bin");
    local = text_of(L"%ls\\f%u-", folder().w, number);
    client->garbage.remote = remote.w;
    client->garbage.local = local.w;
}

/* Nobody has kept what was lent. */
static void release_the_last(struct listener *listener)
{
    assert_int_equal(listener->references, 1);
    listener_release(listener);
}

/* ---- without proxies ------------------------------------------------------------------------ */

static HMODULE dll;

static bool may_unload(void *context)
{
    (void)context;
    return dll_can_unload(dll) == S_OK;
}

/* With the engine stopped, so that nothing is under way. */
static struct census count_at_rest(void)
{
    struct census census;
    assert_true(wait_until(may_unload, NULL));
    assert_true(census_take(&census));
    return census;
}

/* Every block counts here: nobody else's code is between the garbage and ours. */
static void garbage_leaves_nothing_behind_in_the_class_itself(void **state)
{
    (void)state;
    static struct batch batch;
    static const struct census by_chance = {.blocks = 10, .bytes = 16384};
    struct census earlier = {0};
    struct listener *listener = listener_new();
    dll = load_dll();
    assert_non_null(dll);
    for (unsigned number = 0; number < DIRECT_BATCHES; number++) {
        start_batch(&batch, number, listener);
        batch.client.queue_manager = new_manager();
        batch.client.callback = listener_face(listener);
        IBackgroundCopyCallback1_AddRef(batch.client.callback);
        run_batch(&batch);
        assert_batch_went_well(&batch, number);
        if (number == 0)
            earlier = count_at_rest();
    }
    struct census later = count_at_rest();
    assert_true(census_has_not_grown("without proxies", &earlier, &later, &by_chance));
    release_the_last(listener);
    FreeLibrary(dll);
}

/* ---- from one apartment to another ---------------------------------------------------------- */

struct visit {
    struct packet queue_manager, callback;
    struct batch batch;
    HRESULT opened;
};

static HRESULT open_packets(struct visit *visit)
{
    struct client *client = &visit->batch.client;
    HRESULT hr = packet_open(&visit->queue_manager, &IID_IBackgroundCopyQMgr,
                             (void **)&client->queue_manager);
    if (hr != S_OK)
        return hr;
    hr = packet_open(&visit->callback, &IID_IBackgroundCopyCallback1, (void **)&client->callback);
    if (hr != S_OK)
        IBackgroundCopyQMgr_Release(client->queue_manager);
    return hr;
}

/* What it lends is the callback that it was given: an object of its own could be called while this apartment
 * ends, which is what test_notify.c is about. */
static DWORD WINAPI visit_from_an_apartment(void *context)
{
    struct visit *visit = context;
    struct client *client = &visit->batch.client;
    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    visit->opened = open_packets(visit);
    client->garbage.object = (IUnknown *)client->callback;
    if (visit->opened == S_OK)
        run_batch(&visit->batch);
    CoUninitialize();
    return 0;
}

static void visit_on_a_thread(struct visit *visit)
{
    HANDLE thread = CreateThread(NULL, 0, visit_from_an_apartment, visit, 0, NULL);
    assert_non_null(thread);
    assert_int_equal(WaitForSingleObject(thread, 4 * LONG_ENOUGH_MS), WAIT_OBJECT_0);
    CloseHandle(thread);
    assert_hr(visit->opened, S_OK);
}

static void garbage_from_another_apartment_harms_nobody(void **state)
{
    (void)state;
    static struct visit visit;
    dll = load_dll();
    assert_non_null(dll);
    for (unsigned number = 0; number < APARTMENT_BATCHES; number++) {
        struct listener *called = listener_new();
        IBackgroundCopyQMgr *queue_manager = new_manager();
        start_batch(&visit.batch, 100 + number, called);
        assert_true(packet_make(&visit.queue_manager, &IID_IBackgroundCopyQMgr, queue_manager));
        assert_true(
            packet_make(&visit.callback, &IID_IBackgroundCopyCallback1, listener_face(called)));
        assert_hr(kept_stubs_begin(), S_OK);
        visit_on_a_thread(&visit);
        kept_stubs_end();
        assert_batch_went_well(&visit.batch, 100 + number);
        IBackgroundCopyQMgr_Release(queue_manager);
        (void)count_at_rest(); /* no object has stayed */
        release_the_last(called);
    }
    FreeLibrary(dll);
}

/* ---- from one process to another ------------------------------------------------------------ */

static void visit_surrogate(struct surrogate *surrogate, struct visit *visit)
{
    assert_true(surrogate_manager(surrogate, &visit->queue_manager));
    assert_true(surrogate_callback(surrogate, &visit->callback));
    assert_hr(open_packets(visit), S_OK);
}

/* Of these nothing is ours, as the test without proxies shows; and that no object of the class has stayed, the
 * surrogate makes sure of each time. Wine's server leaves a handle behind for many a QueryInterface, and blocks
 * for arguments that it refuses; sometimes it keeps an object of the client's that came in a VARIANT. */
static const struct census left_by_wine = {
    .threads = 8, .handles = CALLS / 100, .blocks = CALLS / 10, .bytes = 40 * CALLS};

static void garbage_from_another_process_harms_nobody(void **state)
{
    (void)state;
    static struct visit visit;
    struct surrogate surrogate;
    struct census its_first, ours_first, its_last, ours_last;
    struct listener *listener = listener_new();
    assert_true(surrogate_start(&surrogate));
    assert_hr(kept_stubs_begin(), S_OK);
    for (unsigned number = 0; number < PROCESS_BATCHES; number++) {
        start_batch(&visit.batch, 200 + number, listener);
        visit_surrogate(&surrogate, &visit);
        run_batch(&visit.batch);
        assert_batch_went_well(&visit.batch, 200 + number);
        assert_true(surrogate_rest(&surrogate, &its_last));
        assert_true(census_take(&ours_last));
        if (number == 0) {
            its_first = its_last;
            ours_first = ours_last;
        }
    }
    assert_true(census_has_not_grown("the server", &its_first, &its_last, &left_by_wine));
    assert_true(census_has_not_grown("the client", &ours_first, &ours_last, &left_by_wine));
    assert_true(surrogate_end(&surrogate));
    kept_stubs_end();
    listener_release(listener);
}

/* The server dies under the client: every call fails, nothing hangs, everything can be released. */
static void proxies_of_a_dead_server_can_still_be_called_and_released(void **state)
{
    (void)state;
    static struct visit visit;
    struct surrogate surrogate;
    struct client *client = &visit.batch.client;
    struct listener *listener = listener_new();
    IBackgroundCopyGroup *group, *none = NULL;
    DWORD status, index;
    assert_true(surrogate_start(&surrogate));
    start_batch(&visit.batch, 0, listener);
    visit_surrogate(&surrogate, &visit);
    assert_hr(IBackgroundCopyQMgr_CreateGroup(client->queue_manager, fresh_guid(), &group), S_OK);
    assert_true(TerminateProcess(surrogate.process, 0));
    assert_true(surrogate_end(&surrogate));
    assert_true(FAILED(IBackgroundCopyGroup_GetStatus(group, &status, &index)));
    assert_true(FAILED(IBackgroundCopyGroup_CancelGroup(group)));
    assert_true(
        FAILED(IBackgroundCopyQMgr_GetGroup(client->queue_manager, client->group_id, &none)));
    assert_null(none);
    IBackgroundCopyGroup_Release(group);
    IBackgroundCopyCallback1_Release(client->callback);
    IBackgroundCopyQMgr_Release(client->queue_manager);
    listener_release(listener);
}

/* ---- the program ---------------------------------------------------------------------------- */

static int start(void **state)
{
    (void)state;
    return SUCCEEDED(CoInitializeEx(NULL, COINIT_MULTITHREADED)) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    CoUninitialize();
    return 0;
}

static int run_all(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(garbage_leaves_nothing_behind_in_the_class_itself),
        A_TEST(garbage_from_another_apartment_harms_nobody),
        A_TEST(garbage_from_another_process_harms_nobody),
        A_TEST(proxies_of_a_dead_server_can_still_be_called_and_released),
    };
    return cmocka_run_group_tests(tests, start, end);
}

int main(void)
{
    int count = 0;
    wchar_t text[16];
    wchar_t **arguments = CommandLineToArgvW(GetCommandLineW(), &count);
    census_without_caches();
    if (arguments != NULL && count == 2 && wcscmp(arguments[1], SURROGATE_ARGUMENT) == 0)
        return surrogate_main();
    seed = GetEnvironmentVariableW(L"QMGR_FUZZ_SEED", text, COUNT(text)) > 0
               ? (uint32_t)wcstoul(text, NULL, 10)
               : SEED;
    return run_all();
}
