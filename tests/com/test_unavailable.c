/* SPDX-License-Identifier: MIT */
/* A queue that cannot be opened: qmgr.md 3.1 and 16 question 58. Nothing crashes, every call says so, and
 * the class serves as soon as the cause is gone. */
#include "support.h"

#include <wchar.h>

static struct text good_home;

/* The queue's folder is to be below something that is a file. */
static int spoil_home(void **state)
{
    support_before(state);
    good_home = environment(L"QMGRPRXY_HOME");
    write_file(in_folder(L"file").w, "x", 1);
    struct text bad = in_folder(L"file\\queue");
    return SetEnvironmentVariableW(L"QMGRPRXY_HOME", bad.w) &&
                   SUCCEEDED(CoInitializeEx(NULL, COINIT_MULTITHREADED))
               ? 0
               : -1;
}

static int mend_home(void **state)
{
    (void)state;
    SetEnvironmentVariableW(L"QMGRPRXY_HOME", good_home.w);
    CoUninitialize();
    return 0;
}

static void calls_say_that_the_service_is_unavailable_until_it_is_there(void **state)
{
    (void)state;
    const HRESULT unavailable = (HRESULT)QM_E_SERVICE_UNAVAILABLE;
    IBackgroundCopyQMgr *queue_manager = NULL;
    IBackgroundCopyGroup *group = (void *)1;
    IEnumBackgroundCopyGroups *groups = (void *)1;
    const GUID id = fresh_guid();
    assert_hr(CoCreateInstance(&CLSID_BackgroundCopyQMgr, NULL, CLSCTX_ALL,
                               &IID_IBackgroundCopyQMgr, (void **)&queue_manager),
              S_OK);
    for (unsigned round = 0; round < 2; round++) {
        group = (void *)1;
        assert_hr(IBackgroundCopyQMgr_CreateGroup(queue_manager, id, &group), unavailable);
        assert_null(group);
        group = (void *)1;
        assert_hr(IBackgroundCopyQMgr_GetGroup(queue_manager, id, &group), unavailable);
        assert_null(group);
        groups = (void *)1;
        assert_hr(IBackgroundCopyQMgr_EnumGroups(queue_manager, 0, &groups), unavailable);
        assert_null(groups);
    }
    /* The argument counts before the store. */
    assert_hr(IBackgroundCopyQMgr_CreateGroup(queue_manager, GUID_NULL, &group), E_INVALIDARG);
    assert_hr(IBackgroundCopyQMgr_CreateGroup(queue_manager, id, NULL), E_POINTER);

    assert_true(DeleteFileW(in_folder(L"file").w));
    assert_hr(IBackgroundCopyQMgr_CreateGroup(queue_manager, id, &group), S_OK);
    assert_int_equal(group_status(group), GROUP_IS_SUSPENDED);
    assert_hr(IBackgroundCopyGroup_CancelGroup(group), S_OK);
    IBackgroundCopyGroup_Release(group);
    IBackgroundCopyQMgr_Release(queue_manager);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(calls_say_that_the_service_is_unavailable_until_it_is_there,
                                        spoil_home, mend_home),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
