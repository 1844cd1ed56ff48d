/* SPDX-License-Identifier: MIT */
#include "fuzz_calls.h"

#include <stdlib.h>

/* One [out] argument in sixteen is NULL. */
#define OR_NULL(client, address) (garbage_one_in(&(client)->garbage, 16) ? NULL : (address))

static void *any_of(struct client *client, void *const *slots)
{
    return slots[garbage_below(&client->garbage, HELD_MOST)];
}

static IBackgroundCopyGroup *any_group(struct client *client)
{
    return any_of(client, (void *const *)client->groups);
}

static IBackgroundCopyJob1 *any_job(struct client *client)
{
    return any_of(client, (void *const *)client->jobs);
}

/* What a call gave goes into a slot, in the place of what was there. */
static void keep(struct client *client, void **slots, HRESULT hr, void *face)
{
    client->broke_a_promise |= FAILED(hr) && face != NULL;
    client->broke_a_promise |= hr == S_OK && face == NULL;
    if (face == NULL)
        return;
    void **slot = &slots[garbage_below(&client->garbage, HELD_MOST)];
    if (*slot != NULL)
        IUnknown_Release((IUnknown *)*slot);
    *slot = face;
}

/* Never NULL: Wine's proxies look at an [out] interface pointer only when the answer is there, and then nobody
 * takes over the reference in it. */
#define TAKE(client, slots, type, function, ...)                                                   \
    type *face = NULL;                                                                             \
    HRESULT hr = function(__VA_ARGS__, &face);                                                     \
    keep(client, (void **)(client)->slots, hr, face)

/* ---- IBackgroundCopyQMgr -------------------------------------------------------------------- */

static HRESULT call_create_group(struct client *client)
{
    GUID id = garbage_guid(&client->garbage);
    TAKE(client, groups, IBackgroundCopyGroup, IBackgroundCopyQMgr_CreateGroup,
         client->queue_manager, id);
    if (hr == S_OK)
        client->group_id = id;
    return hr;
}

static HRESULT call_get_group(struct client *client)
{
    GUID id = garbage_guid(&client->garbage);
    TAKE(client, groups, IBackgroundCopyGroup, IBackgroundCopyQMgr_GetGroup, client->queue_manager,
         id);
    return hr;
}

static HRESULT call_enum_groups(struct client *client)
{
    DWORD flags = garbage_one_in(&client->garbage, 2) ? 0 : garbage_dword(&client->garbage);
    TAKE(client, group_lists, IEnumBackgroundCopyGroups, IBackgroundCopyQMgr_EnumGroups,
         client->queue_manager, flags);
    return hr;
}

/* ---- IBackgroundCopyGroup ------------------------------------------------------------------- */

static GROUPPROP any_property(struct client *client)
{
    return garbage_one_in(&client->garbage, 8) ? (GROUPPROP)garbage_dword(&client->garbage)
                                               : (GROUPPROP)garbage_below(&client->garbage, 14);
}

static HRESULT call_get_prop(struct client *client)
{
    IBackgroundCopyGroup *group = any_group(client);
    VARIANT variant;
    VARIANT *out = OR_NULL(client, &variant);
    VariantInit(&variant);
    if (group == NULL)
        return S_OK;
    HRESULT hr = IBackgroundCopyGroup_GetProp(group, any_property(client), out);
    client->broke_a_promise |= FAILED(hr) && V_VT(&variant) != VT_EMPTY;
    VariantClear(&variant);
    return hr;
}

static HRESULT call_set_prop(struct client *client)
{
    IBackgroundCopyGroup *group = any_group(client);
    struct garbage_variant made;
    if (group == NULL)
        return S_OK;
    garbage_variant_make(&client->garbage, &made);
    HRESULT hr =
        IBackgroundCopyGroup_SetProp(group, any_property(client), OR_NULL(client, &made.variant));
    garbage_variant_clear(&made);
    return hr;
}

static HRESULT call_group_progress(struct client *client)
{
    IBackgroundCopyGroup *group = any_group(client);
    DWORD value;
    if (group == NULL)
        return S_OK;
    return IBackgroundCopyGroup_GetProgress(group, garbage_dword(&client->garbage),
                                            OR_NULL(client, &value));
}

static HRESULT call_group_status(struct client *client)
{
    IBackgroundCopyGroup *group = any_group(client);
    DWORD status, index;
    if (group == NULL)
        return S_OK;
    return IBackgroundCopyGroup_GetStatus(group, OR_NULL(client, &status), OR_NULL(client, &index));
}

static HRESULT call_get_job(struct client *client)
{
    IBackgroundCopyGroup *group = any_group(client);
    if (group == NULL)
        return S_OK;
    TAKE(client, jobs, IBackgroundCopyJob1, IBackgroundCopyGroup_GetJob, group,
         garbage_guid(&client->garbage));
    return hr;
}

static HRESULT call_suspend(struct client *client)
{
    IBackgroundCopyGroup *group = any_group(client);
    return group != NULL ? IBackgroundCopyGroup_SuspendGroup(group) : S_OK;
}

static HRESULT call_resume(struct client *client)
{
    IBackgroundCopyGroup *group = any_group(client);
    return group != NULL ? IBackgroundCopyGroup_ResumeGroup(group) : S_OK;
}

static HRESULT call_cancel(struct client *client)
{
    IBackgroundCopyGroup *group = any_group(client);
    return group != NULL ? IBackgroundCopyGroup_CancelGroup(group) : S_OK;
}

static HRESULT call_get_size(struct client *client)
{
    IBackgroundCopyGroup *group = any_group(client);
    DWORD size;
    return group != NULL ? IBackgroundCopyGroup_get_Size(group, OR_NULL(client, &size)) : S_OK;
}

static HRESULT call_group_id(struct client *client)
{
    IBackgroundCopyGroup *group = any_group(client);
    GUID id;
    return group != NULL ? IBackgroundCopyGroup_get_GroupID(group, OR_NULL(client, &id)) : S_OK;
}

static HRESULT call_create_job(struct client *client)
{
    IBackgroundCopyGroup *group = any_group(client);
    GUID id = garbage_guid(&client->garbage);
    if (group == NULL)
        return S_OK;
    TAKE(client, jobs, IBackgroundCopyJob1, IBackgroundCopyGroup_CreateJob, group, id);
    if (hr == S_OK)
        client->job_id = id;
    return hr;
}

static HRESULT call_enum_jobs(struct client *client)
{
    IBackgroundCopyGroup *group = any_group(client);
    DWORD flags = garbage_one_in(&client->garbage, 2) ? 0 : garbage_dword(&client->garbage);
    if (group == NULL)
        return S_OK;
    TAKE(client, job_lists, IEnumBackgroundCopyJobs1, IBackgroundCopyGroup_EnumJobs, group, flags);
    return hr;
}

static HRESULT call_group_foreground(struct client *client)
{
    IBackgroundCopyGroup *group = any_group(client);
    return group != NULL ? IBackgroundCopyGroup_SwitchToForeground(group) : S_OK;
}

static HRESULT call_query_new_job(struct client *client)
{
    IBackgroundCopyGroup *group = any_group(client);
    IUnknown *unknown = NULL;
    if (group == NULL)
        return S_OK;
    HRESULT hr = IBackgroundCopyGroup_QueryNewJobInterface(group, garbage_iid(&client->garbage),
                                                           OR_NULL(client, &unknown));
    client->broke_a_promise |= unknown != NULL;
    return hr;
}

static HRESULT call_set_pointer(struct client *client)
{
    IBackgroundCopyGroup *group = any_group(client);
    if (group == NULL)
        return S_OK;
    return IBackgroundCopyGroup_SetNotificationPointer(group, garbage_iid(&client->garbage),
                                                       OR_NULL(client, client->garbage.object));
}

/* ---- IBackgroundCopyJob1 -------------------------------------------------------------------- */

static HRESULT call_cancel_job(struct client *client)
{
    IBackgroundCopyJob1 *job = any_job(client);
    return job != NULL ? IBackgroundCopyJob1_CancelJob(job) : S_OK;
}

static HRESULT call_job_progress(struct client *client)
{
    IBackgroundCopyJob1 *job = any_job(client);
    DWORD value;
    if (job == NULL)
        return S_OK;
    return IBackgroundCopyJob1_GetProgress(job, garbage_dword(&client->garbage),
                                           OR_NULL(client, &value));
}

static HRESULT call_job_status(struct client *client)
{
    IBackgroundCopyJob1 *job = any_job(client);
    DWORD a, b, c, d;
    if (job == NULL)
        return S_OK;
    return IBackgroundCopyJob1_GetStatus(job, OR_NULL(client, &a), OR_NULL(client, &b),
                                         OR_NULL(client, &c), OR_NULL(client, &d));
}

static HRESULT call_add_files(struct client *client)
{
    IBackgroundCopyJob1 *job = any_job(client);
    struct garbage_files made;
    if (job == NULL)
        return S_OK;
    garbage_files_make(&client->garbage, &made);
    HRESULT hr = IBackgroundCopyJob1_AddFiles(job, made.count, OR_NULL(client, made.set));
    garbage_files_clear(&made);
    return hr;
}

static HRESULT call_get_file(struct client *client)
{
    IBackgroundCopyJob1 *job = any_job(client);
    FILESETINFO info = {NULL, NULL, 0};
    if (job == NULL)
        return S_OK;
    HRESULT hr =
        IBackgroundCopyJob1_GetFile(job, garbage_dword(&client->garbage), OR_NULL(client, &info));
    client->broke_a_promise |=
        FAILED(hr) && (info.bstrRemoteFile != NULL || info.bstrLocalFile != NULL);
    SysFreeString(info.bstrRemoteFile);
    SysFreeString(info.bstrLocalFile);
    return hr;
}

static HRESULT call_file_count(struct client *client)
{
    IBackgroundCopyJob1 *job = any_job(client);
    DWORD count;
    return job != NULL ? IBackgroundCopyJob1_GetFileCount(job, OR_NULL(client, &count)) : S_OK;
}

static HRESULT call_job_foreground(struct client *client)
{
    IBackgroundCopyJob1 *job = any_job(client);
    return job != NULL ? IBackgroundCopyJob1_SwitchToForeground(job) : S_OK;
}

static HRESULT call_job_id(struct client *client)
{
    IBackgroundCopyJob1 *job = any_job(client);
    GUID id;
    return job != NULL ? IBackgroundCopyJob1_get_JobID(job, OR_NULL(client, &id)) : S_OK;
}

/* ---- IEnumBackgroundCopyGroups, IEnumBackgroundCopyJobs1 ------------------------------------ */

/* Both have the same methods, and nothing but their type tells them apart. */
#define LIST_ROOM 256

struct portion {
    GUID ids[LIST_ROOM];
    GUID *out;
    ULONG wanted, fetched;
    ULONG *count;
};

/* There are fewer elements than there is room for, whatever is asked for; and the room is what our proxy asks for
 * at once, all of which Wine's clears first. */
static struct portion *any_portion(struct client *client)
{
    static struct portion portion;
    portion.wanted = garbage_dword(&client->garbage);
    portion.out = OR_NULL(client, portion.ids);
    portion.fetched = 0;
    portion.count = OR_NULL(client, &portion.fetched);
    return &portion;
}

static HRESULT call_groups_next(struct client *client)
{
    IEnumBackgroundCopyGroups *list = any_of(client, (void *const *)client->group_lists);
    struct portion *portion = any_portion(client);
    if (list == NULL)
        return S_OK;
    HRESULT hr =
        IEnumBackgroundCopyGroups_Next(list, portion->wanted, portion->out, portion->count);
    client->broke_a_promise |= portion->fetched > LIST_ROOM;
    return hr;
}

static HRESULT call_groups_skip(struct client *client)
{
    IEnumBackgroundCopyGroups *list = any_of(client, (void *const *)client->group_lists);
    return list != NULL ? IEnumBackgroundCopyGroups_Skip(list, garbage_dword(&client->garbage))
                        : S_OK;
}

static HRESULT call_groups_reset(struct client *client)
{
    IEnumBackgroundCopyGroups *list = any_of(client, (void *const *)client->group_lists);
    return list != NULL ? IEnumBackgroundCopyGroups_Reset(list) : S_OK;
}

static HRESULT call_groups_clone(struct client *client)
{
    IEnumBackgroundCopyGroups *list = any_of(client, (void *const *)client->group_lists);
    if (list == NULL)
        return S_OK;
    TAKE(client, group_lists, IEnumBackgroundCopyGroups, IEnumBackgroundCopyGroups_Clone, list);
    return hr;
}

static HRESULT call_groups_count(struct client *client)
{
    IEnumBackgroundCopyGroups *list = any_of(client, (void *const *)client->group_lists);
    ULONG count;
    return list != NULL ? IEnumBackgroundCopyGroups_GetCount(list, OR_NULL(client, &count)) : S_OK;
}

static HRESULT call_jobs_next(struct client *client)
{
    IEnumBackgroundCopyJobs1 *list = any_of(client, (void *const *)client->job_lists);
    struct portion *portion = any_portion(client);
    if (list == NULL)
        return S_OK;
    HRESULT hr = IEnumBackgroundCopyJobs1_Next(list, portion->wanted, portion->out, portion->count);
    client->broke_a_promise |= portion->fetched > 1;
    return hr;
}

static HRESULT call_jobs_skip(struct client *client)
{
    IEnumBackgroundCopyJobs1 *list = any_of(client, (void *const *)client->job_lists);
    return list != NULL ? IEnumBackgroundCopyJobs1_Skip(list, garbage_dword(&client->garbage))
                        : S_OK;
}

static HRESULT call_jobs_reset(struct client *client)
{
    IEnumBackgroundCopyJobs1 *list = any_of(client, (void *const *)client->job_lists);
    return list != NULL ? IEnumBackgroundCopyJobs1_Reset(list) : S_OK;
}

static HRESULT call_jobs_clone(struct client *client)
{
    IEnumBackgroundCopyJobs1 *list = any_of(client, (void *const *)client->job_lists);
    if (list == NULL)
        return S_OK;
    TAKE(client, job_lists, IEnumBackgroundCopyJobs1, IEnumBackgroundCopyJobs1_Clone, list);
    return hr;
}

static HRESULT call_jobs_count(struct client *client)
{
    IEnumBackgroundCopyJobs1 *list = any_of(client, (void *const *)client->job_lists);
    ULONG count;
    return list != NULL ? IEnumBackgroundCopyJobs1_GetCount(list, OR_NULL(client, &count)) : S_OK;
}

/* ---- IBackgroundCopyCallback1 --------------------------------------------------------------- */

static HRESULT call_on_status(struct client *client)
{
    struct garbage *garbage = &client->garbage;
    return IBackgroundCopyCallback1_OnStatus(client->callback, any_group(client), any_job(client),
                                             garbage_dword(garbage), garbage_dword(garbage),
                                             garbage_dword(garbage), garbage_dword(garbage),
                                             garbage_dword(garbage));
}

static HRESULT call_on_progress(struct client *client)
{
    struct garbage *garbage = &client->garbage;
    return IBackgroundCopyCallback1_OnProgress(client->callback, garbage_dword(garbage),
                                               any_group(client), any_job(client),
                                               garbage_dword(garbage), garbage_dword(garbage));
}

static HRESULT call_on_progress_ex(struct client *client)
{
    struct garbage *garbage = &client->garbage;
    static BYTE bytes[65536];
    DWORD size = garbage_one_in(garbage, 4) ? garbage_below(garbage, sizeof bytes + 1)
                                            : garbage_below(garbage, 20);
    return IBackgroundCopyCallback1_OnProgressEx(
        client->callback, garbage_dword(garbage), any_group(client), any_job(client),
        garbage_dword(garbage), garbage_dword(garbage), size, OR_NULL(client, bytes));
}

/* ---- IUnknown ------------------------------------------------------------------------------- */

static HRESULT call_query_interface(struct client *client)
{
    IUnknown *face = (IUnknown *)any_group(client);
    void *found = NULL;
    if (face == NULL)
        face = (IUnknown *)client->queue_manager;
    HRESULT hr = IUnknown_QueryInterface(face, garbage_iid(&client->garbage), &found);
    if (hr == S_OK)
        IUnknown_Release((IUnknown *)found);
    return hr;
}

static const struct method methods[] = {
    {"IBackgroundCopyQMgr::CreateGroup", call_create_group, true},
    {"IBackgroundCopyQMgr::GetGroup", call_get_group, false},
    {"IBackgroundCopyQMgr::EnumGroups", call_enum_groups, false},
    {"IBackgroundCopyGroup::GetProp", call_get_prop, false},
    {"IBackgroundCopyGroup::SetProp", call_set_prop, true},
    {"IBackgroundCopyGroup::GetProgress", call_group_progress, false},
    {"IBackgroundCopyGroup::GetStatus", call_group_status, false},
    {"IBackgroundCopyGroup::GetJob", call_get_job, false},
    {"IBackgroundCopyGroup::SuspendGroup", call_suspend, true},
    {"IBackgroundCopyGroup::ResumeGroup", call_resume, true},
    {"IBackgroundCopyGroup::CancelGroup", call_cancel, true},
    {"IBackgroundCopyGroup::get_Size", call_get_size, false},
    {"IBackgroundCopyGroup::get_GroupID", call_group_id, false},
    {"IBackgroundCopyGroup::CreateJob", call_create_job, true},
    {"IBackgroundCopyGroup::EnumJobs", call_enum_jobs, false},
    {"IBackgroundCopyGroup::SwitchToForeground", call_group_foreground, true},
    {"IBackgroundCopyGroup::QueryNewJobInterface", call_query_new_job, false},
    {"IBackgroundCopyGroup::SetNotificationPointer", call_set_pointer, false},
    {"IBackgroundCopyJob1::CancelJob", call_cancel_job, false},
    {"IBackgroundCopyJob1::GetProgress", call_job_progress, false},
    {"IBackgroundCopyJob1::GetStatus", call_job_status, false},
    {"IBackgroundCopyJob1::AddFiles", call_add_files, true},
    {"IBackgroundCopyJob1::GetFile", call_get_file, false},
    {"IBackgroundCopyJob1::GetFileCount", call_file_count, false},
    {"IBackgroundCopyJob1::SwitchToForeground", call_job_foreground, false},
    {"IBackgroundCopyJob1::get_JobID", call_job_id, false},
    {"IEnumBackgroundCopyGroups::Next", call_groups_next, false},
    {"IEnumBackgroundCopyGroups::Skip", call_groups_skip, false},
    {"IEnumBackgroundCopyGroups::Reset", call_groups_reset, false},
    {"IEnumBackgroundCopyGroups::Clone", call_groups_clone, false},
    {"IEnumBackgroundCopyGroups::GetCount", call_groups_count, false},
    {"IEnumBackgroundCopyJobs1::Next", call_jobs_next, false},
    {"IEnumBackgroundCopyJobs1::Skip", call_jobs_skip, false},
    {"IEnumBackgroundCopyJobs1::Reset", call_jobs_reset, false},
    {"IEnumBackgroundCopyJobs1::Clone", call_jobs_clone, false},
    {"IEnumBackgroundCopyJobs1::GetCount", call_jobs_count, false},
    {"IBackgroundCopyCallback1::OnStatus", call_on_status, false},
    {"IBackgroundCopyCallback1::OnProgress", call_on_progress, false},
    {"IBackgroundCopyCallback1::OnProgressEx", call_on_progress_ex, false},
    {"IUnknown::QueryInterface", call_query_interface, false},
};

const struct method *any_method(struct client *client)
{
    const struct method *method = &methods[garbage_below(&client->garbage, COUNT(methods))];
    if (method->is_slow && !garbage_one_in(&client->garbage, 6))
        method = &methods[garbage_below(&client->garbage, COUNT(methods))];
    return method;
}

static void empty(void **slots)
{
    for (size_t i = 0; i < HELD_MOST; i++) {
        if (slots[i] != NULL)
            IUnknown_Release((IUnknown *)slots[i]);
        slots[i] = NULL;
    }
}

void client_let_go(struct client *client)
{
    empty((void **)client->groups);
    empty((void **)client->jobs);
    empty((void **)client->group_lists);
    empty((void **)client->job_lists);
}
