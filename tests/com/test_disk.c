/* SPDX-License-Identifier: MIT */
/* What becomes of a group whose target, folder or part file others use or take away; and names at their limits.
 * Full disks and links: tests/scripts/test_disk.sh. */
#include "support.h"

#include <stdlib.h>
#include <wchar.h>

static void assert_arrived(const wchar_t *local, const wchar_t *served)
{
    assert_true(same_content(in_folder(local).w, www_file(served).w));
}

static void assert_fails_with(struct item *item, DWORD win32)
{
    assert_int_equal(run(item), GROUP_IS_FAILED);
    struct job_report report = job_report(item->job);
    assert_int_equal(report.status, JOB_IS_FAILED);
    assert_int_equal(report.win32, win32);
    assert_int_equal(report.http, 0);
}

/* ---- the target ------------------------------------------------------------------------------ */

static bool has_retried(void *context)
{
    return job_report(((struct item *)context)->job).retries > 0;
}

static void a_target_that_somebody_has_open_is_waited_for(void **state)
{
    (void)state;
    struct item item = item_new();
    struct text target = in_folder(L"x.bin");
    write_file(target.w, "old", 3);
    HANDLE held = CreateFileW(target.w, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    assert_true(held != INVALID_HANDLE_VALUE);
    item_add(&item, L"/mid.bin", L"x.bin");
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_true(wait_until(has_retried, &item));
    assert_int_equal(job_status(item.job), JOB_IS_INCOMPLETE);
    assert_int_equal(group_status(item.group), GROUP_IS_RUNNING);
    assert_int_equal(GetFileSize(held, NULL), 3);
    CloseHandle(held);
    assert_int_equal(size_of(target.w), 3);
    assert_hr(IBackgroundCopyGroup_SuspendGroup(item.group), S_OK);
    assert_int_equal(run(&item), GROUP_IS_COMPLETE);
    assert_arrived(L"x.bin", L"mid.bin");
    item_end(&item);
}

static void a_read_only_target_stays_and_is_an_error(void **state)
{
    (void)state;
    struct item item = item_new();
    struct text target = in_folder(L"x.bin");
    write_file(target.w, "old", 3);
    assert_true(SetFileAttributesW(target.w, FILE_ATTRIBUTE_READONLY));
    item_add(&item, L"/small.bin", L"x.bin");
    assert_fails_with(&item, ERROR_ACCESS_DENIED);
    assert_int_equal(size_of(target.w), 3);
    assert_true(SetFileAttributesW(target.w, FILE_ATTRIBUTE_NORMAL));
    assert_int_equal(run(&item), GROUP_IS_COMPLETE);
    assert_arrived(L"x.bin", L"small.bin");
    item_end(&item);
}

static void a_folder_in_the_targets_place_is_an_error(void **state)
{
    (void)state;
    struct item item = item_new();
    struct text target = in_folder(L"x.bin");
    item_add(&item, L"/small.bin", L"x.bin");
    make_folder(target.w);
    assert_fails_with(&item, ERROR_ACCESS_DENIED);
    assert_true(RemoveDirectoryW(target.w));
    assert_int_equal(run(&item), GROUP_IS_COMPLETE);
    assert_arrived(L"x.bin", L"small.bin");
    item_end(&item);
}

static void a_target_is_the_same_in_any_case(void **state)
{
    (void)state;
    struct item item = item_new();
    write_file(in_folder(L"Name.bin").w, "old", 3);
    item_add(&item, L"/small.bin", L"nAME.BIN");
    assert_int_equal(run(&item), GROUP_IS_COMPLETE);
    assert_arrived(L"Name.bin", L"small.bin");
    item_end(&item);
    assert_int_equal(count_in_folder(L"*"), 1);
}

/* ---- folder and part file --------------------------------------------------------------------- */

static void delete_part(const wchar_t *in)
{
    WIN32_FIND_DATAW data;
    HANDLE search = FindFirstFileW(in_folder(text_of(L"%lsBIT*.tmp", in).w).w, &data);
    assert_true(search != INVALID_HANDLE_VALUE);
    FindClose(search);
    assert_true(DeleteFileW(in_folder(text_of(L"%ls%ls", in, data.cFileName).w).w));
}

static void a_folder_that_is_gone_is_an_error_which_the_client_hears_of(void **state)
{
    (void)state;
    struct item item = item_new();
    struct listener *listener = listener_new();
    make_folder(in_folder(L"sub").w);
    item_add(&item, L"/small.bin", L"sub\\x.bin");
    delete_part(L"sub\\");
    assert_true(RemoveDirectoryW(in_folder(L"sub").w));
    assert_hr(set_listener(item.group, listener), S_OK);
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_true(listener_wait(listener));
    assert_int_equal(listener->win32, ERROR_PATH_NOT_FOUND);
    assert_int_equal(listener->http, 0);
    assert_int_equal(listener->file, 0);
    assert_int_equal(job_report(item.job).win32, ERROR_PATH_NOT_FOUND);
    assert_false(exists(in_folder(L"sub").w));
    assert_hr(set_listener(item.group, NULL), S_OK);
    listener_release(listener);
    item_end(&item);
}

static void another_folder_of_the_same_name_is_not_the_one_that_was_meant(void **state)
{
    (void)state;
    struct item item = item_new();
    make_folder(in_folder(L"sub").w);
    make_folder(in_folder(L"other").w);
    write_file(in_folder(L"other\\x.bin").w, "theirs", 6);
    item_add(&item, L"/small.bin", L"sub\\x.bin");
    assert_true(MoveFileW(in_folder(L"sub").w, in_folder(L"away").w));
    assert_true(MoveFileW(in_folder(L"other").w, in_folder(L"sub").w));
    assert_fails_with(&item, ERROR_PATH_NOT_FOUND);
    assert_int_equal(size_of(in_folder(L"sub\\x.bin").w), 6);
    assert_int_equal(count_in_folder(L"sub\\BIT*.tmp"), 0);
    assert_true(MoveFileW(in_folder(L"sub").w, in_folder(L"other").w));
    assert_true(MoveFileW(in_folder(L"away").w, in_folder(L"sub").w));
    assert_int_equal(run(&item), GROUP_IS_COMPLETE);
    assert_arrived(L"sub\\x.bin", L"small.bin");
    item_end(&item);
}

static void a_part_file_that_is_gone_is_made_again(void **state)
{
    (void)state;
    struct item item = item_new();
    item_add(&item, L"/small.bin", L"x.bin");
    delete_part(L"");
    assert_int_equal(run(&item), GROUP_IS_COMPLETE);
    assert_arrived(L"x.bin", L"small.bin");
    item_end(&item);
    assert_int_equal(count_in_folder(L"*"), 1);
}

/* ---- names at their limits --------------------------------------------------------------------- */

/* A file's name of that length in all, in a folder that leaves no more than `rest` characters for it. */
static struct text at_length(size_t length, size_t rest)
{
    struct text path = in_folder(L"");
    size_t at = wcslen(path.w);
    assert_true(at + 1 + rest < length);
    while (at < length - rest - 1) {
        path.w[at++] = L'd';
        path.w[at] = L'\0';
    }
    make_folder(text_of(L"\\\\?\\%ls", path.w).w);
    path.w[at++] = L'\\';
    while (at < length)
        path.w[at++] = L'f';
    path.w[at] = L'\0';
    return path;
}

/* The folder is so long that the part file's name passes MAX_PATH. */
static void assert_arrives_at_length(size_t length)
{
    struct item item = item_new();
    struct text path = at_length(length, 5);
    assert_int_equal(wcslen(path.w), length);
    assert_hr(add_one(item.job, on_server(L"/small.bin").w, path.w), S_OK);
    assert_int_equal(run(&item), GROUP_IS_COMPLETE);
    item_end(&item);
    struct text prefixed = text_of(L"\\\\?\\%ls", path.w);
    assert_true(same_content(prefixed.w, www_file(L"small.bin").w));
    assert_true(DeleteFileW(prefixed.w));
    *wcsrchr(prefixed.w, L'\\') = L'\0';
    assert_true(RemoveDirectoryW(prefixed.w)); /* nothing was left in it */
}

static void files_arrive_up_to_a_length_of_260(void **state)
{
    (void)state;
    assert_arrives_at_length(258);
    assert_arrives_at_length(259);
    assert_arrives_at_length(260);
}

static void parts_of_a_name_end_at_255_characters(void **state)
{
    (void)state;
    struct item item = item_new();
    struct text path = text_of(L"C:\\");
    for (size_t at = 3; at < 3 + 255; at++)
        path.w[at] = L'f';
    path.w[3 + 255] = L'\0';
    assert_hr(add_one(item.job, on_server(L"/small.bin").w, path.w), S_OK);
    wcscat(path.w, L"f");
    assert_hr(add_one(item.job, on_server(L"/small.bin").w, path.w), E_INVALIDARG);
    assert_int_equal(file_count(item.job), 1);
    item_end(&item);
}

static void a_share_that_does_not_exist_is_refused(void **state)
{
    (void)state;
    struct item item = item_new();
    assert_hr(add_one(item.job, on_server(L"/small.bin").w, L"\\\\127.0.0.1\\no share\\x.bin"),
              E_INVALIDARG);
    assert_int_equal(file_count(item.job), 0);
    item_end(&item);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(a_target_that_somebody_has_open_is_waited_for),
        A_TEST(a_read_only_target_stays_and_is_an_error),
        A_TEST(a_folder_in_the_targets_place_is_an_error),
        A_TEST(a_target_is_the_same_in_any_case),
        A_TEST(a_folder_that_is_gone_is_an_error_which_the_client_hears_of),
        A_TEST(another_folder_of_the_same_name_is_not_the_one_that_was_meant),
        A_TEST(a_part_file_that_is_gone_is_made_again),
        A_TEST(files_arrive_up_to_a_length_of_260),
        A_TEST(parts_of_a_name_end_at_255_characters),
        A_TEST(a_share_that_does_not_exist_is_refused),
    };
    return cmocka_run_group_tests(tests, support_start, support_end);
}
