/* SPDX-License-Identifier: MIT */
/* Any method may be called from any thread at any time: eight threads on one group, all methods in a random
 * order with a fixed seed, until one of them cancels the group. */
#include "support.h"

#include <stdatomic.h>

#define THREADS 8
#define ROUNDS 300

static const GUID new_job_iid = {
    0x37668d37, 0x507e, 0x4160, {0x93, 0x16, 0x26, 0x30, 0x6d, 0x15, 0x0b, 0x12}};

struct crowd {
    struct item item;
    struct text remote, local_base;
    atomic_int wrong; /* answers that no document allows here */
    atomic_int calls;
    atomic_int added; /* files that AddFiles said were added */
    _Atomic HRESULT first_wrong;
    atomic_int first_method;
    HANDLE start;
};

struct worker {
    struct crowd *crowd;
    unsigned number;
    uint32_t random;
    HANDLE thread;
};

static uint32_t next_random(struct worker *worker)
{
    worker->random = worker->random * 1664525u + 1013904223u;
    return worker->random >> 8;
}

/* Each method answers one of a few codes while others change the group under it. */
static void judge(struct crowd *crowd, int method, HRESULT hr, HRESULT also)
{
    if (hr == S_OK || hr == (HRESULT)QM_E_ITEM_NOT_FOUND || hr == also)
        return;
    if (atomic_fetch_add(&crowd->wrong, 1) == 0) {
        atomic_store(&crowd->first_wrong, hr);
        atomic_store(&crowd->first_method, method);
    }
}

static HRESULT call_list(IBackgroundCopyGroup *group)
{
    IEnumBackgroundCopyJobs1 *jobs;
    GUID id;
    ULONG count;
    HRESULT hr = IBackgroundCopyGroup_EnumJobs(group, 0, &jobs);
    if (hr != S_OK)
        return hr;
    IEnumBackgroundCopyJobs1_Next(jobs, 1, &id, NULL);
    hr = IEnumBackgroundCopyJobs1_GetCount(jobs, &count);
    IEnumBackgroundCopyJobs1_Release(jobs);
    return hr;
}

static HRESULT call_property(struct worker *worker, IBackgroundCopyGroup *group)
{
    VARIANT variant;
    HRESULT hr =
        set_string(group, GROUPPROP_DESCRIPTION, next_random(worker) % 2 ? L"one" : L"other");
    if (hr != S_OK)
        return hr;
    hr = IBackgroundCopyGroup_GetProp(group, GROUPPROP_DESCRIPTION, &variant);
    VariantClear(&variant);
    return hr;
}

static HRESULT call_group_of_its_own(struct worker *worker, struct crowd *crowd)
{
    IBackgroundCopyGroup *group;
    HRESULT hr = IBackgroundCopyQMgr_GetGroup(manager(), crowd->item.id, &group);
    if (hr != S_OK)
        return hr;
    hr = call_property(worker, group);
    IBackgroundCopyGroup_Release(group);
    return hr;
}

static HRESULT call_job_of_its_own(struct crowd *crowd)
{
    IBackgroundCopyJob1 *job;
    DWORD count;
    HRESULT hr = IBackgroundCopyGroup_GetJob(crowd->item.group, crowd->item.job_id, &job);
    if (hr != S_OK)
        return hr;
    hr = IBackgroundCopyJob1_GetFileCount(job, &count);
    IBackgroundCopyJob1_Release(job);
    return hr;
}

static HRESULT call_add(struct worker *worker, struct crowd *crowd)
{
    struct text local = text_of(L"%ls\\t%u-%lu.bin", crowd->local_base.w, worker->number,
                                (unsigned long)next_random(worker));
    HRESULT hr = add_one(crowd->item.job, crowd->remote.w, local.w);
    if (hr == S_OK)
        atomic_fetch_add(&crowd->added, 1);
    return hr;
}

static HRESULT call_file(IBackgroundCopyJob1 *job)
{
    FILESETINFO info;
    HRESULT hr = IBackgroundCopyJob1_GetFile(job, 0, &info);
    if (hr == S_OK) {
        SysFreeString(info.bstrRemoteFile);
        SysFreeString(info.bstrLocalFile);
    }
    return hr;
}

static void call_one(struct worker *worker, struct crowd *crowd)
{
    IBackgroundCopyGroup *group = crowd->item.group;
    IBackgroundCopyJob1 *job = crowd->item.job;
    IBackgroundCopyJob1 *second;
    IUnknown *unknown;
    GUID id;
    DWORD a, b, c, d;
    const int method = (int)(next_random(worker) % 18);
    HRESULT hr = S_OK, also = S_OK;
    switch (method) {
    case 0: hr = IBackgroundCopyGroup_GetProgress(group, QM_PROGRESS_PERCENT_DONE, &a); break;
    case 1: hr = IBackgroundCopyGroup_GetProgress(group, QM_PROGRESS_SIZE_DONE, &a); break;
    case 2: hr = IBackgroundCopyGroup_GetStatus(group, &a, &b); break;
    case 3: hr = IBackgroundCopyGroup_ResumeGroup(group); break;
    case 4: hr = IBackgroundCopyGroup_SuspendGroup(group); break;
    case 5: hr = IBackgroundCopyGroup_get_Size(group, &a); break;
    case 6: hr = IBackgroundCopyGroup_get_GroupID(group, &id); break;
    case 7: hr = IBackgroundCopyGroup_SwitchToForeground(group); break;
    case 8: hr = call_list(group); break;
    case 9: hr = call_property(worker, group); break;
    case 10: hr = call_group_of_its_own(worker, crowd); break;
    case 11: hr = call_job_of_its_own(crowd); break;
    case 12: hr = IBackgroundCopyJob1_GetStatus(job, &a, &b, &c, &d); break;
    case 13: hr = IBackgroundCopyJob1_GetProgress(job, QM_PROGRESS_PERCENT_DONE, &a); break;
    case 14: hr = call_add(worker, crowd); break;
    case 15: hr = call_file(job); break;
    case 16:
        also = E_NOTIMPL;
        hr = IBackgroundCopyGroup_QueryNewJobInterface(group, &new_job_iid, &unknown);
        break;
    case 17: /* has its job, or runs */
        also = E_NOTIMPL;
        hr = IBackgroundCopyGroup_CreateJob(group, crowd->item.job_id, &second);
        if (hr == (HRESULT)QM_E_INVALID_STATE)
            hr = E_NOTIMPL;
        break;
    }
    judge(crowd, method, hr, also);
}

static DWORD WINAPI work(void *context)
{
    struct worker *worker = context;
    struct crowd *crowd = worker->crowd;
    HRESULT com =
        CoInitializeEx(NULL, worker->number % 2 ? COINIT_MULTITHREADED : COINIT_APARTMENTTHREADED);
    WaitForSingleObject(crowd->start, LONG_ENOUGH_MS);
    for (unsigned round = 0; round < ROUNDS; round++) {
        call_one(worker, crowd);
        atomic_fetch_add(&crowd->calls, 1);
    }
    if (SUCCEEDED(com))
        CoUninitialize();
    return 0;
}

static void crowd_start(struct crowd *crowd, struct worker *workers)
{
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.crowd = crowd, .number = i, .random = 20011025u + i * 7919u};
        workers[i].thread = CreateThread(NULL, 0, work, &workers[i], 0, NULL);
        assert_non_null(workers[i].thread);
    }
    SetEvent(crowd->start);
}

static void crowd_join(struct crowd *crowd, struct worker *workers)
{
    for (unsigned i = 0; i < THREADS; i++) {
        assert_int_equal(WaitForSingleObject(workers[i].thread, 2 * LONG_ENOUGH_MS), WAIT_OBJECT_0);
        CloseHandle(workers[i].thread);
    }
    CloseHandle(crowd->start);
    if (atomic_load(&crowd->wrong) != 0)
        print_error("method %d answered 0x%08lX\n", atomic_load(&crowd->first_method),
                    (unsigned long)atomic_load(&crowd->first_wrong));
    assert_int_equal(atomic_load(&crowd->wrong), 0);
}

static struct crowd crowd_new(void)
{
    struct crowd crowd = {
        .item = item_new(), .remote = on_server(L"/slow/" SLOW_FILE), .local_base = folder()};
    crowd.start = CreateEventW(NULL, TRUE, FALSE, NULL);
    assert_non_null(crowd.start);
    item_add(&crowd.item, L"/small.bin", L"first.bin");
    return crowd;
}

static void eight_threads_on_one_group_lose_nothing(void **state)
{
    (void)state;
    struct worker workers[THREADS];
    struct crowd crowd = crowd_new();
    crowd_start(&crowd, workers);
    crowd_join(&crowd, workers);
    assert_int_equal(file_count(crowd.item.job), 1 + atomic_load(&crowd.added));
    assert_hr(IBackgroundCopyGroup_SuspendGroup(crowd.item.group), S_OK);
    assert_hr(IBackgroundCopyGroup_CancelGroup(crowd.item.group), S_OK);
    assert_int_equal(count_in_folder(L"BIT*.tmp"), 0);
    item_end(&crowd.item);
}

static bool half_of_the_calls_are_made(void *context)
{
    return atomic_load(&((struct crowd *)context)->calls) >= THREADS * ROUNDS / 2;
}

static void a_cancel_among_eight_threads_leaves_nothing_behind(void **state)
{
    (void)state;
    struct worker workers[THREADS];
    struct crowd crowd = crowd_new();
    crowd_start(&crowd, workers);
    assert_true(wait_until(half_of_the_calls_are_made, &crowd));
    assert_hr(IBackgroundCopyGroup_CancelGroup(crowd.item.group), S_OK);
    crowd_join(&crowd, workers);
    assert_int_equal(count_in_folder(L"BIT*.tmp"), 0);
    DWORD status, index;
    assert_hr(IBackgroundCopyGroup_GetStatus(crowd.item.group, &status, &index),
              QM_E_ITEM_NOT_FOUND);
    IBackgroundCopyGroup *again;
    assert_hr(IBackgroundCopyQMgr_CreateGroup(manager(), crowd.item.id, &again), S_OK);
    assert_hr(IBackgroundCopyGroup_CancelGroup(again), S_OK);
    IBackgroundCopyGroup_Release(again);
    item_end(&crowd.item);
}

struct racer {
    GUID id;
    HANDLE thread, start;
    HRESULT hr;
};

static DWORD WINAPI race(void *context)
{
    struct racer *racer = context;
    IBackgroundCopyGroup *group;
    WaitForSingleObject(racer->start, LONG_ENOUGH_MS);
    racer->hr = IBackgroundCopyQMgr_CreateGroup(manager(), racer->id, &group);
    if (racer->hr == S_OK)
        IBackgroundCopyGroup_Release(group);
    return 0;
}

static void one_of_eight_wins_the_same_guid(void **state)
{
    (void)state;
    struct racer racers[THREADS];
    HANDLE start = CreateEventW(NULL, TRUE, FALSE, NULL);
    const GUID id = fresh_guid();
    unsigned winners = 0;
    for (unsigned i = 0; i < THREADS; i++) {
        racers[i] = (struct racer){.id = id, .start = start};
        racers[i].thread = CreateThread(NULL, 0, race, &racers[i], 0, NULL);
        assert_non_null(racers[i].thread);
    }
    SetEvent(start);
    for (unsigned i = 0; i < THREADS; i++) {
        assert_int_equal(WaitForSingleObject(racers[i].thread, LONG_ENOUGH_MS), WAIT_OBJECT_0);
        CloseHandle(racers[i].thread);
        assert_true(racers[i].hr == S_OK || racers[i].hr == E_INVALIDARG);
        winners += racers[i].hr == S_OK;
    }
    CloseHandle(start);
    assert_int_equal(winners, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(eight_threads_on_one_group_lose_nothing),
        A_TEST(a_cancel_among_eight_threads_leaves_nothing_behind),
        A_TEST(one_of_eight_wins_the_same_guid),
    };
    return cmocka_run_group_tests(tests, support_start, support_end);
}
