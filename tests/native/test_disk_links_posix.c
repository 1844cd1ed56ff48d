/* SPDX-License-Identifier: MIT */
/* What others do to the folder, the part file and the target while a group waits or runs: the right error, and no
 * other file is touched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "runner_bench.h"
#include "support.h"

#define PATH_MISSING 3 /* ERROR_PATH_NOT_FOUND */
#define DENIED 5       /* ERROR_ACCESS_DENIED */
#define OTHERS "what is somebody else's, and longer than nothing"

/* Two folders: "ours", where the download goes, and "theirs". */
struct place {
    struct runner_bench *bench;
    char *ours, *aside, *theirs;
    char *their_file; /* has the name of our target */
};

static void put(const char *path, const char *text)
{
    struct file *file = NULL;
    assert_int_equal(file_create_new(path, &file), 0);
    assert_int_equal(file_write_at(file, 0, text, strlen(text)), 0);
    file_close(file);
}

static void assert_is_others(const char *path)
{
    char got[sizeof OTHERS + 1] = "";
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(got, 1, sizeof got, file);
    fclose(file);
    assert_int_equal(size, strlen(OTHERS));
    assert_string_equal(got, OTHERS);
}

static bool is_others(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && status.st_size == sizeof OTHERS - 1;
}

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    assert_int_equal(runner_bench_set_up(state), 0);
    place->bench = *state;
    place->ours = bench_target(place->bench, "ours");
    place->aside = bench_target(place->bench, "aside");
    place->theirs = bench_target(place->bench, "theirs");
    place->their_file = bench_target(place->bench, "theirs/x");
    assert_int_equal(folder_make(place->ours), 0);
    assert_int_equal(folder_make(place->theirs), 0);
    put(place->their_file, OTHERS);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    (void)unlink(place->ours); /* if it is a link */
    free(place->ours);
    free(place->aside);
    free(place->theirs);
    free(place->their_file);
    *state = place->bench;
    free(place);
    return runner_bench_tear_down(state);
}

static void resume(const struct place *place)
{
    assert_int_equal(runner_resume(place->bench->runner, place->bench->key), FAULT_NONE);
}

static void suspend(const struct place *place)
{
    assert_int_equal(runner_suspend(place->bench->runner, place->bench->key), FAULT_NONE);
}

static void assert_fails_with(const struct place *place, uint32_t win32)
{
    bench_wait_for_event(place->bench);
    struct group_info info = bench_info(place->bench, place->bench->key);
    assert_int_equal(info.state, GROUP_ERROR);
    assert_int_equal(info.error.win32, win32);
    assert_int_equal(info.error.file, 0);
}

static void assert_arrives(const struct place *place, int64_t size)
{
    bench_wait_for_event(place->bench);
    struct group_info info = bench_info(place->bench, place->bench->key);
    assert_int_equal(info.error.win32, 0);
    assert_int_equal(info.state, GROUP_COMPLETE);
    assert_int_equal(bench_size_on_disk(place->bench, "ours/x"), size);
}

static const char *name_in(const char *path)
{
    return strrchr(path, '/') + 1;
}

/* "ours" now leads to "theirs", where a file has the name of our part file as well. malloc'ed: that file. */
static char *put_link_in_the_way(const struct place *place)
{
    char *part = bench_part(place->bench, 0);
    char *twin = path_join(place->theirs, name_in(part));
    free(part);
    put(twin, OTHERS);
    assert_int_equal(rename(place->ours, place->aside), 0);
    assert_int_equal(symlink(place->theirs, place->ours), 0);
    return twin;
}

static void take_link_away(const struct place *place)
{
    assert_int_equal(unlink(place->ours), 0);
    assert_int_equal(rename(place->aside, place->ours), 0);
}

/* ---- the folder ------------------------------------------------------------------------------ */

static void a_link_in_the_folders_place_leads_nowhere(void **state)
{
    struct place *place = *state;
    bench_add(place->bench, "mid.bin", "ours/x");
    char *twin = put_link_in_the_way(place);
    resume(place);
    assert_fails_with(place, PATH_MISSING);
    assert_is_others(place->their_file);
    assert_is_others(twin);
    take_link_away(place);
    resume(place);
    assert_arrives(place, 1 << 20);
    assert_is_others(place->their_file);
    free(twin);
}

static void cancelling_behind_a_link_deletes_nothing(void **state)
{
    struct place *place = *state;
    bench_add(place->bench, "mid.bin", "ours/x");
    char *twin = put_link_in_the_way(place);
    assert_int_equal(runner_cancel(place->bench->runner, place->bench->key), FAULT_NONE);
    assert_is_others(twin);
    assert_is_others(place->their_file);
    free(twin);
}

/* Nothing is made in the other folder either. */
static void a_link_to_a_folder_without_the_part_file_leads_nowhere(void **state)
{
    struct place *place = *state;
    bench_add(place->bench, "mid.bin", "ours/x");
    char *twin = put_link_in_the_way(place);
    assert_int_equal(unlink(twin), 0);
    resume(place);
    assert_fails_with(place, PATH_MISSING);
    assert_is_others(place->their_file);
    assert_false(file_exists(twin));
    free(twin);
}

static void a_link_that_comes_in_mid_transfer_leads_nowhere(void **state)
{
    struct place *place = *state;
    bench_add(place->bench, place->bench->slow, "ours/x");
    resume(place);
    bench_wait_for_bytes(place->bench, 1);
    char *twin = put_link_in_the_way(place);
    assert_fails_with(place, PATH_MISSING);
    assert_is_others(place->their_file);
    assert_is_others(twin);
    take_link_away(place);
    resume(place);
    assert_arrives(place, SLOW_SIZE);
    free(twin);
}

static void a_link_that_comes_before_the_rest_is_fetched_leads_nowhere(void **state)
{
    struct place *place = *state;
    bench_add(place->bench, place->bench->slow, "ours/x");
    resume(place);
    bench_wait_for_bytes(place->bench, 1);
    suspend(place);
    char *twin = put_link_in_the_way(place);
    resume(place);
    assert_fails_with(place, PATH_MISSING);
    assert_is_others(place->their_file);
    assert_is_others(twin);
    take_link_away(place);
    resume(place);
    assert_arrives(place, SLOW_SIZE);
    free(twin);
}

/* The client named it by a link from the start. */
static void a_folder_that_was_a_link_all_along_is_taken(void **state)
{
    struct place *place = *state;
    assert_int_equal(rmdir(place->ours), 0);
    assert_int_equal(symlink(place->theirs, place->ours), 0);
    bench_add(place->bench, "mid.bin", "ours/x");
    resume(place);
    assert_arrives(place, 1 << 20);
}

static void remove_folder(const struct place *place)
{
    char *part = bench_part(place->bench, 0);
    assert_int_equal(unlink(part), 0);
    assert_int_equal(rmdir(place->ours), 0);
    free(part);
}

static void a_folder_that_is_gone_is_an_error(void **state)
{
    struct place *place = *state;
    bench_add(place->bench, "mid.bin", "ours/x");
    remove_folder(place);
    resume(place);
    assert_fails_with(place, PATH_MISSING);
    assert_false(file_exists(place->ours));
}

static void a_folder_that_goes_in_mid_transfer_is_an_error(void **state)
{
    struct place *place = *state;
    bench_add(place->bench, place->bench->slow, "ours/x");
    resume(place);
    bench_wait_for_bytes(place->bench, 1);
    remove_folder(place);
    assert_fails_with(place, PATH_MISSING);
    assert_false(file_exists(place->ours));
}

/* ---- the part file ---------------------------------------------------------------------------- */

static void a_part_file_that_goes_in_mid_transfer_is_fetched_again(void **state)
{
    struct place *place = *state;
    bench_add(place->bench, place->bench->slow, "ours/x");
    resume(place);
    bench_wait_for_bytes(place->bench, 1);
    char *part = bench_part(place->bench, 0);
    assert_int_equal(unlink(part), 0);
    free(part);
    assert_arrives(place, SLOW_SIZE);
}

static void a_file_that_takes_the_part_files_name_never_becomes_the_target(void **state)
{
    struct place *place = *state;
    bench_add(place->bench, place->bench->slow, "ours/x");
    char *target = bench_target(place->bench, "ours/x");
    resume(place);
    bench_wait_for_bytes(place->bench, 1);
    char *part = bench_part(place->bench, 0);
    /* As large as ours will be. */
    char *other = calloc(1, SLOW_SIZE + 1);
    assert_non_null(other);
    memset(other, 'x', SLOW_SIZE);
    assert_int_equal(unlink(part), 0);
    put(part, other);
    assert_arrives(place, SLOW_SIZE);
    FILE *file = fopen(target, "rb");
    assert_non_null(file);
    assert_int_equal(fgetc(file), 0); /* what is served is zeros */
    fclose(file);
    free(other);
    free(part);
    free(target);
}

static void link_part(const struct place *place, int make(const char *, const char *))
{
    char *part = bench_part(place->bench, 0);
    assert_int_equal(unlink(part), 0);
    assert_int_equal(make(place->their_file, part), 0);
    free(part);
}

static void nothing_is_written_through_a_symbolic_link(void **state)
{
    struct place *place = *state;
    bench_add(place->bench, "mid.bin", "ours/x");
    link_part(place, symlink);
    resume(place);
    assert_arrives(place, 1 << 20);
    assert_is_others(place->their_file);
}

static void nothing_is_written_to_a_file_with_a_second_name(void **state)
{
    struct place *place = *state;
    bench_add(place->bench, "mid.bin", "ours/x");
    link_part(place, link);
    resume(place);
    assert_arrives(place, 1 << 20);
    assert_is_others(place->their_file);
}

static void a_link_that_comes_while_a_file_is_half_there_is_not_written_through(void **state)
{
    struct place *place = *state;
    bench_add(place->bench, place->bench->slow, "ours/x");
    resume(place);
    bench_wait_for_bytes(place->bench, 1);
    suspend(place);
    link_part(place, symlink);
    resume(place);
    assert_arrives(place, SLOW_SIZE);
    assert_is_others(place->their_file);
}

/* ---- the target ------------------------------------------------------------------------------- */

static void a_target_that_is_a_link_is_replaced_itself(void **state)
{
    struct place *place = *state;
    char *target = bench_target(place->bench, "ours/x");
    struct stat status;
    assert_int_equal(chmod(place->their_file, 0444), 0);
    assert_int_equal(symlink(place->their_file, target), 0);
    bench_add(place->bench, "mid.bin", "ours/x");
    resume(place);
    assert_arrives(place, 1 << 20);
    assert_int_equal(lstat(target, &status), 0);
    assert_true(S_ISREG(status.st_mode));
    assert_is_others(place->their_file);
    free(target);
}

static void a_folder_in_the_targets_place_is_an_error(void **state)
{
    struct place *place = *state;
    char *target = bench_target(place->bench, "ours/x");
    bench_add(place->bench, "mid.bin", "ours/x");
    assert_int_equal(folder_make(target), 0);
    resume(place);
    assert_fails_with(place, DENIED);
    assert_true(folder_exists(target));
    assert_int_equal(rmdir(target), 0);
    resume(place);
    assert_arrives(place, 1 << 20);
    free(target);
}

static void a_read_only_target_stays_and_is_an_error(void **state)
{
    struct place *place = *state;
    char *target = bench_target(place->bench, "ours/x");
    bench_add(place->bench, "mid.bin", "ours/x");
    put(target, OTHERS);
    assert_int_equal(chmod(target, 0444), 0);
    resume(place);
    assert_fails_with(place, DENIED);
    assert_true(is_others(target));
    assert_int_equal(chmod(target, 0644), 0);
    resume(place);
    assert_arrives(place, 1 << 20);
    free(target);
}

/* Nothing is forbidden to root, unless he lays that down; then for the threads that begin after that. */
static void obey_permissions(const struct place *place, bool obey)
{
    static bool laid_down;
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct caps[2] = {{0}};
    const uint32_t override = 1u << CAP_DAC_OVERRIDE;
    runner_bench_stop_runner(place->bench);
    assert_int_equal(syscall(SYS_capget, &header, caps), 0);
    if (obey) {
        laid_down = (caps[0].effective & override) != 0;
        caps[0].effective &= ~override;
    } else if (laid_down) {
        caps[0].effective |= override;
    }
    assert_int_equal(syscall(SYS_capset, &header, caps), 0);
    runner_bench_start_runner(place->bench);
}

static void a_folder_that_may_not_be_written_any_more_is_an_error(void **state)
{
    struct place *place = *state;
    bench_add(place->bench, "mid.bin", "ours/x");
    assert_int_equal(chmod(place->ours, 0555), 0);
    obey_permissions(place, true);
    resume(place);
    bench_wait_for_event(place->bench);
    struct group_info info = bench_info(place->bench, place->bench->key);
    char *target = bench_target(place->bench, "ours/y");
    enum fault fault = bench_try_add(place->bench, place->bench->key, "mid.bin", target);
    obey_permissions(place, false);
    assert_int_equal(info.state, GROUP_ERROR);
    assert_int_equal(info.error.win32, DENIED);
    assert_int_equal(fault, FAULT_ACCESS);
    assert_int_equal(chmod(place->ours, 0777), 0);
    resume(place);
    assert_arrives(place, 1 << 20);
    free(target);
}

#define DISK_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DISK_TEST(a_link_in_the_folders_place_leads_nowhere),
        DISK_TEST(cancelling_behind_a_link_deletes_nothing),
        DISK_TEST(a_link_to_a_folder_without_the_part_file_leads_nowhere),
        DISK_TEST(a_link_that_comes_in_mid_transfer_leads_nowhere),
        DISK_TEST(a_link_that_comes_before_the_rest_is_fetched_leads_nowhere),
        DISK_TEST(a_folder_that_was_a_link_all_along_is_taken),
        DISK_TEST(a_folder_that_is_gone_is_an_error),
        DISK_TEST(a_folder_that_goes_in_mid_transfer_is_an_error),
        DISK_TEST(a_part_file_that_goes_in_mid_transfer_is_fetched_again),
        DISK_TEST(a_file_that_takes_the_part_files_name_never_becomes_the_target),
        DISK_TEST(nothing_is_written_through_a_symbolic_link),
        DISK_TEST(nothing_is_written_to_a_file_with_a_second_name),
        DISK_TEST(a_link_that_comes_while_a_file_is_half_there_is_not_written_through),
        DISK_TEST(a_target_that_is_a_link_is_replaced_itself),
        DISK_TEST(a_folder_in_the_targets_place_is_an_error),
        DISK_TEST(a_read_only_target_stays_and_is_an_error),
        DISK_TEST(a_folder_that_may_not_be_written_any_more_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
