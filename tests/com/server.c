/* SPDX-License-Identifier: MIT */
#include "server.h"

#include "hosts.h"

static bool is_no_host_left(void *context)
{
    (void)context;
    return hosts().count == 0;
}

int server_enter_apartment(void **state)
{
    (void)state;
    if (!wait_until(is_no_host_left, NULL))
        return -1;
    return CoInitializeEx(NULL, COINIT_MULTITHREADED) == S_OK ? 0 : -1;
}

static HRESULT create(IBackgroundCopyQMgr **face)
{
    *face = NULL;
    return CoCreateInstance(&CLSID_BackgroundCopyQMgr, NULL, CLSCTX_LOCAL_SERVER,
                            &IID_IBackgroundCopyQMgr, (void **)face);
}

IBackgroundCopyQMgr *server_manager(void)
{
    IBackgroundCopyQMgr *face;
    assert_hr(create(&face), S_OK);
    return face;
}

IBackgroundCopyQMgr *server_manager_after_kill(void)
{
    IBackgroundCopyQMgr *face;
    HRESULT hr = create(&face);
    if (is_rpc_error(hr))
        return server_manager();
    assert_hr(hr, S_OK);
    return face;
}

bool is_rpc_error(HRESULT hr)
{
    return FAILED(hr) && (HRESULT_FACILITY(hr) == FACILITY_RPC || hr == CO_E_OBJNOTCONNECTED ||
                          hr == HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE) ||
                          hr == HRESULT_FROM_WIN32(RPC_S_CALL_FAILED));
}

void server_item(IBackgroundCopyQMgr *queue_manager, struct item *item)
{
    *item = (struct item){.id = fresh_guid(), .job_id = fresh_guid()};
    assert_hr(IBackgroundCopyQMgr_CreateGroup(queue_manager, item->id, &item->group), S_OK);
    assert_hr(IBackgroundCopyGroup_CreateJob(item->group, item->job_id, &item->job), S_OK);
}
