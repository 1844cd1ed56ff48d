/* SPDX-License-Identifier: MIT */
/* GetProgress and get_Size: qmgr.md section 5, and 16 questions 9 to 12a. */
#include "support.h"

#include <wchar.h>

#define MIB 1048576u

/* Watches a running group until it is complete: percent never falls, 100 only when all is in place. */
static void watch(struct item *item, const wchar_t *const *targets, size_t count)
{
    struct listener *listener = listener_new();
    DWORD last = 0;
    assert_hr(set_integer(item->group, GROUPPROP_NOTIFYFLAGS, QM_NOTIFY_GROUP_DONE), S_OK);
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item->group), S_OK);
    assert_hr(set_listener(item->group, listener), S_OK);
    for (unsigned round = 0; WaitForSingleObject(listener->called, 5) == WAIT_TIMEOUT; round++) {
        assert_true(round < LONG_ENOUGH_MS / 5);
        DWORD percent = group_percent(item->group);
        assert_true(percent >= last);
        assert_true(percent <= 100);
        last = percent;
        for (size_t i = 0; percent == 100 && i < count; i++)
            assert_true(exists(in_folder(targets[i]).w));
        if (percent == 100)
            assert_int_equal(group_status(item->group), GROUP_IS_COMPLETE);
    }
    assert_int_equal(group_status(item->group), GROUP_IS_COMPLETE);
    assert_int_equal(group_percent(item->group), 100);
    assert_hr(set_listener(item->group, NULL), S_OK);
    listener_release(listener);
}

static void percent_never_falls_and_is_100_only_when_the_file_is_in_place(void **state)
{
    (void)state;
    static const wchar_t *const targets[] = {L"mid.bin"};
    struct item item = item_new();
    item_add(&item, L"/slow/" SLOW_FILE, targets[0]);
    watch(&item, targets, COUNT(targets));
    assert_int_equal(group_bytes(item.group), SLOW_SIZE);
    assert_int_equal(group_size(item.group), SLOW_SIZE);
    item_end(&item);
}

static void percent_is_100_only_when_every_file_is_in_place(void **state)
{
    (void)state;
    static const wchar_t *const targets[] = {L"one.bin", L"a.bin", L"empty.bin", L"b.bin"};
    struct item item = item_new();
    item_add(&item, L"/one.bin", targets[0]);
    item_add(&item, L"/slow/" SLOW_FILE, targets[1]);
    item_add(&item, L"/empty.bin", targets[2]);
    item_add(&item, L"/slow/" SLOW_FILE, targets[3]);
    watch(&item, targets, COUNT(targets));
    assert_int_equal(group_bytes(item.group), 2 * SLOW_SIZE + 1);
    assert_int_equal(group_size(item.group), 2 * SLOW_SIZE + 1);
    item_end(&item);
}

static bool is_half_way(void *context)
{
    DWORD percent = group_percent(((struct item *)context)->group);
    return percent >= 40;
}

/* Sizes of all files are learned early: the second half is known before the first has arrived. */
static void percent_counts_all_files_from_the_start(void **state)
{
    (void)state;
    struct item item = item_new();
    item_add(&item, L"/mid.bin", L"fast.bin");
    item_add(&item, L"/veryslow/mid.bin", L"slow.bin");
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_true(wait_until(is_half_way, &item));
    assert_int_equal(group_size(item.group), 2 * MIB);
    assert_true(group_percent(item.group) <= 99);
    DWORD bytes = group_bytes(item.group);
    assert_true(bytes > MIB * 8 / 10 && bytes < 2 * MIB);
    item_end(&item);
}

static void an_empty_file_is_0_then_100_percent(void **state)
{
    (void)state;
    struct item item = item_new();
    item_add(&item, L"/empty.bin", L"empty.bin");
    assert_int_equal(group_percent(item.group), 0);
    assert_int_equal(run(&item), GROUP_IS_COMPLETE);
    assert_int_equal(group_percent(item.group), 100);
    assert_int_equal(group_bytes(item.group), 0);
    assert_int_equal(group_size(item.group), 0);
    item_end(&item);
}

static void an_unknown_size_is_0_and_percent_waits_for_the_end(void **state)
{
    (void)state;
    static const wchar_t *const targets[] = {L"chunked.bin"};
    struct item item = item_new();
    item_add(&item, L"/chunked/mid.bin", targets[0]);
    assert_int_equal(group_size(item.group), 0);
    watch(&item, targets, COUNT(targets));
    assert_int_equal(group_size(item.group), MIB);
    assert_int_equal(group_bytes(item.group), MIB);
    assert_true(same_content(in_folder(L"chunked.bin").w, www_file(L"mid.bin").w));
    item_end(&item);
}

static void a_group_before_its_first_answer_is_at_0(void **state)
{
    (void)state;
    struct item item = item_new();
    assert_hr(add_one(item.job, text_of(L"%ls/x", environment(L"QMGR_TEST_CLOSED").w).w,
                      in_folder(L"x.bin").w),
              S_OK);
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_int_equal(group_percent(item.group), 0);
    assert_int_equal(group_bytes(item.group), 0);
    assert_int_equal(group_size(item.group), 0);
    item_end(&item);
}

static void a_failed_group_is_not_at_100(void **state)
{
    (void)state;
    struct item item = item_new();
    item_add(&item, L"/small.bin", L"small.bin");
    item_add(&item, L"/status/404", L"missing.bin");
    assert_int_equal(run(&item), GROUP_IS_FAILED);
    assert_true(group_percent(item.group) <= 99);
    item_end(&item);
}

/* However long the disk takes: gives up only when no more bytes arrive. */
static bool wait_as_bytes_arrive(bool (*holds)(void *context), struct item *item)
{
    bool held;
    DWORD bytes;
    do {
        bytes = group_bytes(item->group);
        held = wait_until(holds, item);
    } while (!held && group_bytes(item->group) > bytes);
    return held;
}

static bool has_a_hundred_mib(void *context)
{
    return group_bytes(((struct item *)context)->group) >= 100 * MIB;
}

/* A file that takes no room: 5 GiB, of which 1 GiB is left in 32 bits. */
static void make_huge_file(const wchar_t *path)
{
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    assert_true(file != INVALID_HANDLE_VALUE);
    LARGE_INTEGER size = {.QuadPart = INT64_C(5) << 30};
    assert_true(SetFilePointerEx(file, size, NULL, FILE_BEGIN));
    assert_true(SetEndOfFile(file));
    CloseHandle(file);
}

static void sizes_beyond_32_bits_leave_percent_right_and_size_untold(void **state)
{
    (void)state;
    struct text name = text_of(L"huge-%lu.bin", GetCurrentProcessId());
    struct text huge = www_file(name.w);
    make_huge_file(huge.w);
    struct item item = item_new();
    item_add(&item, text_of(L"/veryslow/%ls", name.w).w, L"huge.bin");
    item_add(&item, L"/big.bin", L"big.bin");
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    bool arrived = wait_as_bytes_arrive(has_a_hundred_mib, &item);
    DWORD percent = group_percent(item.group), size = group_size(item.group);
    item_end(&item);
    assert_true(DeleteFileW(huge.w));
    assert_true(arrived);
    assert_true(percent <= 2); /* 100 MiB of 5.1 GiB; of 1.1 GiB they would be 8 % */
    assert_int_equal(size, 0); /* more than a DWORD can tell */
}

static bool has_all_that_a_dword_can_tell(void *context)
{
    return group_bytes(((struct item *)context)->group) == 0xFFFFFFFF;
}

/* At 4 GiB a count that wraps would begin at 0 again. */
static void bytes_beyond_32_bits_stay_at_the_most_a_dword_can_tell(void **state)
{
    (void)state;
    ULARGE_INTEGER room;
    assert_true(GetDiskFreeSpaceExW(environment(L"QMGR_TEST_TMP").w, &room, NULL, NULL));
    if (room.QuadPart < UINT64_C(8) << 30) {
        print_message("the disk has no 8 GiB to spare\n");
        skip();
    }
    struct text name = text_of(L"huge-%lu.bin", GetCurrentProcessId());
    struct text huge = www_file(name.w);
    make_huge_file(huge.w);
    struct item item = item_new();
    item_add(&item, text_of(L"/%ls", name.w).w, L"huge.bin");
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    bool arrived = wait_as_bytes_arrive(has_all_that_a_dword_can_tell, &item);
    DWORD percent = group_percent(item.group);
    DWORD bytes = group_bytes(item.group);
    item_end(&item);
    assert_true(DeleteFileW(huge.w));
    assert_true(arrived);
    assert_int_equal(bytes, 0xFFFFFFFF);
    assert_true(percent >= 79); /* 4 of 5 GiB */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(percent_never_falls_and_is_100_only_when_the_file_is_in_place),
        A_TEST(percent_is_100_only_when_every_file_is_in_place),
        A_TEST(percent_counts_all_files_from_the_start),
        A_TEST(an_empty_file_is_0_then_100_percent),
        A_TEST(an_unknown_size_is_0_and_percent_waits_for_the_end),
        A_TEST(a_group_before_its_first_answer_is_at_0),
        A_TEST(a_failed_group_is_not_at_100),
        A_TEST(sizes_beyond_32_bits_leave_percent_right_and_size_untold),
        A_TEST(bytes_beyond_32_bits_stay_at_the_most_a_dword_can_tell),
    };
    return cmocka_run_group_tests(tests, support_start, support_end);
}
