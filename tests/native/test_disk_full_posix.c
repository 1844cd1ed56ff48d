/* SPDX-License-Identifier: MIT */
/* Disks that are really full, quotas that are really used up. They are mounted in a name space of this process's own,
 * which takes the system's administrator; anybody else skips these tests. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cmocka.h>

#include "platform/seam.h"
#include "runner_bench.h"
#include "support.h"

#define MIB (UINT64_C(1) << 20)
#define DISK_FULL 112       /* ERROR_DISK_FULL */
#define QUOTA_EXCEEDED 1295 /* ERROR_DISK_QUOTA_EXCEEDED */
#define WRITE_PROTECTED 19  /* ERROR_WRITE_PROTECT */
#define BIG (100 * MIB)     /* big.bin */
#define STEADY_SIZE (3 * MIB)

static bool mounts;
static char steady[96];       /* a file of STEADY_SIZE on the server */
static char slow_steady[112]; /* the same, for some seconds */

/* ---- the disk --------------------------------------------------------------------------------- */

static int get_name_space(void **state)
{
    (void)state;
    mounts = unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
    if (!mounts) {
        print_message("nothing can be mounted here: full disks are NOT tested\n");
    }
    return 0;
}

static void mount_memory(const char *folder, const char *size)
{
    char options[32];
    snprintf(options, sizeof options, "size=%s", size);
    assert_int_equal(mount("none", folder, "tmpfs", 0, options), 0);
}

/* A file system of this kind in a file beside the folder: 8 MiB. False if there are no loop devices. */
static bool mount_image(const char *folder, const char *kind)
{
    char command[1024];
    snprintf(command, sizeof command,
             "truncate -s 8M '%s.img' && mkfs.%s -q -m 0 '%s.img' && mount -o loop '%s.img' '%s'",
             folder, kind, folder, folder, folder);
    bool mounted = system(command) == 0;
    if (!mounted) {
        print_message("no file system in a file can be mounted here\n");
    }
    return mounted;
}

static uint64_t free_bytes(const struct runner_bench *bench)
{
    struct statvfs disk;
    assert_int_equal(statvfs(bench->folder, &disk), 0);
    return (uint64_t)disk.f_bavail * disk.f_frsize;
}

/* A file that leaves so much and no more. */
static void fill_up_to(struct runner_bench *bench, uint64_t left)
{
    char *path = bench_target(bench, "ballast");
    uint64_t size = free_bytes(bench) - left;
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    char *zeros = calloc(1, MIB);
    assert_true(fd >= 0 && zeros);
    while (size > 0) {
        ssize_t written = write(fd, zeros, size < MIB ? size : MIB);
        if (written <= 0) {
            break; /* what the file system needs for itself */
        }
        size -= (uint64_t)written;
    }
    assert_int_equal(close(fd), 0);
    free(zeros);
    free(path);
}

static void make_room(struct runner_bench *bench)
{
    char *path = bench_target(bench, "ballast");
    assert_int_equal(unlink(path), 0);
    free(path);
}

/* ---- each test -------------------------------------------------------------------------------- */

static int set_up(void **state)
{
    int result = runner_bench_set_up(state);
    snprintf(steady, sizeof steady, "%s-steady.bin", ((struct runner_bench *)*state)->claim_name);
    snprintf(slow_steady, sizeof slow_steady, "slow/%s", steady);
    bench_serve(steady, STEADY_SIZE);
    return result;
}

static int tear_down(void **state)
{
    struct runner_bench *bench = *state;
    char image[512];
    snprintf(image, sizeof image, "%s.img", bench->folder);
    file_seam_set(NULL);
    runner_bench_stop_runner(bench);
    if (mounts) {
        (void)umount2(bench->folder, MNT_DETACH);
    }
    (void)unlink(image);
    bench_serve_no_more(steady);
    runner_bench_start_runner(bench);
    return runner_bench_tear_down(state);
}

static struct runner_bench *on_memory(void **state, const char *size)
{
    struct runner_bench *bench = *state;
    if (!mounts) {
        skip();
    }
    mount_memory(bench->folder, size);
    return bench;
}

static void resume(struct runner_bench *bench)
{
    assert_int_equal(runner_resume(bench->runner, bench->key), FAULT_NONE);
}

static void assert_fails_with(struct runner_bench *bench, uint32_t win32)
{
    bench_wait_for_event(bench);
    struct group_info info = bench_info(bench, bench->key);
    assert_int_equal(info.state, GROUP_ERROR);
    assert_int_equal(info.error.win32, win32);
}

static void assert_arrives(struct runner_bench *bench, const char *name, uint64_t size)
{
    bench_wait_for_event(bench);
    struct group_info info = bench_info(bench, bench->key);
    assert_int_equal(info.error.win32, 0);
    assert_int_equal(info.state, GROUP_COMPLETE);
    assert_int_equal(bench_size_on_disk(bench, name), size);
}

static uint64_t size_of_part(struct runner_bench *bench)
{
    struct stat status;
    char *part = bench_part(bench, 0);
    assert_int_equal(stat(part, &status), 0);
    free(part);
    return (uint64_t)status.st_size;
}

/* ---- known sizes ------------------------------------------------------------------------------- */

static void a_file_that_does_not_fit_is_not_begun_and_goes_on_after_room_was_made(void **state)
{
    struct runner_bench *bench = on_memory(state, "8m");
    fill_up_to(bench, MIB);
    bench_add(bench, steady, "x");
    resume(bench);
    assert_fails_with(bench, DISK_FULL);
    assert_int_equal(size_of_part(bench), 0);
    assert_int_equal(free_bytes(bench), MIB);
    make_room(bench);
    resume(bench);
    assert_arrives(bench, "x", STEADY_SIZE);
}

static void space_is_taken_with_the_first_byte_and_the_size_grows_with_the_bytes(void **state)
{
    struct runner_bench *bench = on_memory(state, "8m");
    uint64_t before = free_bytes(bench);
    bench_add(bench, slow_steady, "x");
    resume(bench);
    bench_wait_for_bytes(bench, 1);
    assert_true(before - free_bytes(bench) >= STEADY_SIZE);
    assert_true(size_of_part(bench) < STEADY_SIZE);
    /* Whoever fills the disk now does not harm it. */
    fill_up_to(bench, 0);
    assert_arrives(bench, "x", STEADY_SIZE);
}

static void one_that_fits_is_not_disturbed_by_one_that_does_not(void **state)
{
    struct runner_bench *bench = on_memory(state, "8m");
    int64_t fits = bench->key;
    bench_add(bench, slow_steady, "x");
    resume(bench);
    bench_wait_for_bytes(bench, 1);
    bench->key = bench_new_group(bench);
    bench_add(bench, "big.bin", "y");
    resume(bench);
    assert_fails_with(bench, DISK_FULL);
    assert_int_equal(size_of_part(bench), 0);
    bench->key = fits;
    assert_arrives(bench, "x", STEADY_SIZE);
}

static void what_is_there_already_needs_no_space_again(void **state)
{
    struct runner_bench *bench = on_memory(state, "4m");
    bench_add(bench, slow_steady, "x");
    resume(bench);
    bench_wait_for_bytes(bench, 1);
    assert_int_equal(runner_suspend(bench->runner, bench->key), FAULT_NONE);
    fill_up_to(bench, 0);
    resume(bench);
    assert_arrives(bench, "x", STEADY_SIZE);
}

/* ---- without space set aside -------------------------------------------------------------------- */

/* Of ext2, which can allocate nothing ahead, only the free space is known. */
static void where_nothing_can_be_set_aside_the_free_space_tells(void **state)
{
    struct runner_bench *bench = *state;
    if (!mounts || !mount_image(bench->folder, "ext2")) {
        skip();
    }
    bench_add(bench, "big.bin", "x");
    resume(bench);
    assert_fails_with(bench, DISK_FULL);
    assert_int_equal(size_of_part(bench), 0);
}

static void wait_for_checkpoint(struct runner_bench *bench)
{
    const uint64_t end = clock_ms() + PATIENCE_MS;
    int64_t durable = 0;
    while (durable == 0) {
        struct file_row row;
        assert_true(clock_ms() < end);
        assert_int_equal(queue_file_get(bench->queue, bench->key, 0, &row), FAULT_NONE);
        durable = row.durable;
        file_row_clear(&row);
    }
}

static void a_disk_that_fills_in_mid_transfer_keeps_what_came(void **state)
{
    struct runner_bench *bench = *state;
    if (!mounts || !mount_image(bench->folder, "ext2")) {
        skip();
    }
    bench_add(bench, slow_steady, "x");
    resume(bench);
    wait_for_checkpoint(bench);
    fill_up_to(bench, 0);
    assert_fails_with(bench, DISK_FULL);
    assert_true(bench_progress(bench).bytes > 0);
    make_room(bench);
    resume(bench);
    assert_true(bench_progress(bench).bytes > 0);
    assert_arrives(bench, "x", STEADY_SIZE);
}

static void a_body_of_unknown_size_fills_the_disk_and_fails(void **state)
{
    struct runner_bench *bench = on_memory(state, "8m");
    bench_add(bench, "chunked/big.bin", "x");
    resume(bench);
    assert_fails_with(bench, DISK_FULL);
    assert_int_equal(bench_size_on_disk(bench, "x"), -1);
}

/* The queue lies on the disk that its download has filled. */
static void a_queue_on_the_full_disk_can_still_say_so(void **state)
{
    struct runner_bench *bench = *state;
    if (!mounts) {
        skip();
    }
    runner_bench_stop_runner(bench);
    test_remove_folder(bench->home);
    mount_memory(bench->folder, "8m");
    bench->home = bench_target(bench, "home");
    assert_int_equal(folder_make(bench->home), 0);
    runner_bench_start_runner(bench);
    bench->key = bench_new_group(bench);
    bench_add(bench, "chunked/big.bin", "x");
    resume(bench);
    assert_fails_with(bench, DISK_FULL);
    assert_int_equal(runner_cancel(bench->runner, bench->key), FAULT_NONE);
    assert_true(free_bytes(bench) > 4 * MIB);
}

/* ---- other reasons ------------------------------------------------------------------------------ */

static int no_quota_left(const struct file_operation *operation)
{
    return operation->step == STEP_RESERVE ? EDQUOT : 0;
}

static void a_quota_that_is_used_up_is_as_bad_as_a_full_disk(void **state)
{
    struct runner_bench *bench = *state;
    bench_add(bench, steady, "x");
    file_seam_set(no_quota_left);
    resume(bench);
    assert_fails_with(bench, QUOTA_EXCEEDED);
    file_seam_set(NULL);
    resume(bench);
    assert_arrives(bench, "x", STEADY_SIZE);
}

static void set_read_only(struct runner_bench *bench, bool on)
{
    assert_int_equal(mount("none", bench->folder, NULL, MS_REMOUNT | (on ? MS_RDONLY : 0), NULL),
                     0);
}

static void a_disk_that_became_read_only_is_an_error_until_it_is_not(void **state)
{
    struct runner_bench *bench = on_memory(state, "8m");
    bench_add(bench, slow_steady, "x");
    resume(bench);
    bench_wait_for_bytes(bench, 1);
    assert_int_equal(runner_suspend(bench->runner, bench->key), FAULT_NONE);
    uint64_t bytes = bench_progress(bench).bytes;
    set_read_only(bench, true);
    resume(bench);
    assert_fails_with(bench, WRITE_PROTECTED);
    assert_int_equal(bench_progress(bench).bytes, bytes);
    char *more = bench_target(bench, "more");
    assert_int_equal(bench_try_add(bench, bench->key, steady, more), FAULT_ACCESS);
    free(more);
    set_read_only(bench, false);
    resume(bench);
    assert_arrives(bench, "x", STEADY_SIZE);
}

static void no_room_for_a_part_file_fails_the_call_that_adds_it(void **state)
{
    struct runner_bench *bench = *state;
    if (!mounts) {
        skip();
    }
    assert_int_equal(mount("none", bench->folder, "tmpfs", 0, "nr_inodes=2"), 0);
    char *first = bench_target(bench, "first");
    char *second = bench_target(bench, "second");
    assert_int_equal(bench_try_add(bench, bench->key, steady, first), FAULT_NONE);
    assert_int_equal(bench_try_add(bench, bench->key, steady, second), FAULT_DISK_FULL);
    free(first);
    free(second);
}

#define DISK_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DISK_TEST(a_file_that_does_not_fit_is_not_begun_and_goes_on_after_room_was_made),
        DISK_TEST(space_is_taken_with_the_first_byte_and_the_size_grows_with_the_bytes),
        DISK_TEST(one_that_fits_is_not_disturbed_by_one_that_does_not),
        DISK_TEST(what_is_there_already_needs_no_space_again),
        DISK_TEST(where_nothing_can_be_set_aside_the_free_space_tells),
        DISK_TEST(a_disk_that_fills_in_mid_transfer_keeps_what_came),
        DISK_TEST(a_body_of_unknown_size_fills_the_disk_and_fails),
        DISK_TEST(a_queue_on_the_full_disk_can_still_say_so),
        DISK_TEST(a_quota_that_is_used_up_is_as_bad_as_a_full_disk),
        DISK_TEST(a_disk_that_became_read_only_is_an_error_until_it_is_not),
        DISK_TEST(no_room_for_a_part_file_fails_the_call_that_adds_it),
    };
    return cmocka_run_group_tests(tests, get_name_space, NULL);
}
