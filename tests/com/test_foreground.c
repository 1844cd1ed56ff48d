/* SPDX-License-Identifier: MIT */
/* SwitchToForeground (qmgr.md section 5): what it changes for a group that is being downloaded. In the background, under
 * the limit that this program sets, big.bin of 100 MiB would take half an hour. */
#include "support.h"

static void it_lifts_the_limit_of_a_download_under_way(void **state)
{
    (void)state;
    struct item item = item_new();
    item_add(&item, L"/big.bin", L"big.bin");
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_true(wait_until(has_bytes, &item));
    assert_hr(IBackgroundCopyGroup_SwitchToForeground(item.group), S_OK);
    assert_int_equal(run(&item), GROUP_IS_COMPLETE | QM_STATUS_GROUP_FOREGROUND);
    assert_true(same_content(in_folder(L"big.bin").w, www_file(L"big.bin").w));
    item_end(&item);
}

static void others_in_the_foreground_pass_a_group_that_is_limited(void **state)
{
    (void)state;
    struct item slow = item_new();
    item_add(&slow, L"/big.bin", L"big.bin");
    assert_hr(IBackgroundCopyGroup_ResumeGroup(slow.group), S_OK);
    assert_true(wait_until(has_bytes, &slow));
    for (int i = 0; i < 5; i++) {
        struct item fast = item_new();
        item_add(&fast, L"/mid.bin", L"mid.bin");
        assert_hr(IBackgroundCopyGroup_SwitchToForeground(fast.group), S_OK);
        assert_int_equal(run(&fast), GROUP_IS_COMPLETE | QM_STATUS_GROUP_FOREGROUND);
        item_end(&fast);
        DeleteFileW(in_folder(L"mid.bin").w);
    }
    assert_int_equal(group_status(slow.group), GROUP_IS_RUNNING);
    item_end(&slow);
}

static int start(void **state)
{
    SetEnvironmentVariableW(L"QMGRPRXY_RATE_LIMIT", L"65536");
    return support_start(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(it_lifts_the_limit_of_a_download_under_way),
        A_TEST(others_in_the_foreground_pass_a_group_that_is_limited),
    };
    return cmocka_run_group_tests(tests, start, support_end);
}
