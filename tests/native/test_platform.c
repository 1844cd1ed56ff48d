/* SPDX-License-Identifier: MIT */
/* What the layers above may expect of the system, the same on each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "platform/platform.h"
#include "platform/seam.h"
#include "platform/ticks.h"
#include "support.h"

#ifdef _WIN32
#include <windows.h>

#include "platform/text.h"
#else
#include <sys/stat.h>
#endif

#define PATIENCE_MS 60000u

static char *folder;

static int make_folder(void **state)
{
    (void)state;
    folder = test_folder();
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    test_remove_folder(folder);
    return 0;
}

/* A path in the test's folder. */
static char *in_folder(const char *name)
{
    char *path = path_join(folder, name);
    assert_non_null(path);
    return path;
}

static struct file *create(const char *path)
{
    struct file *file = NULL;
    assert_int_equal(file_create_new(path, &file), 0);
    assert_non_null(file);
    return file;
}

static void write_file(const char *path, const char *text)
{
    struct file *file = create(path);
    assert_int_equal(file_write_at(file, 0, text, strlen(text)), 0);
    file_close(file);
}

static void assert_content(const char *path, const char *text)
{
    char content[256];
    size_t got;
    struct file *file;
    assert_int_equal(file_open(path, &file), 0);
    assert_int_equal(file_read_at(file, 0, content, sizeof(content), &got), 0);
    file_close(file);
    assert_int_equal(got, strlen(text));
    assert_memory_equal(content, text, got);
}

/* ---- locks, wake-ups, threads ---------------------------------------------------------------- */

#define ROUNDS 20000

struct counter {
    struct lock *lock;
    long value;
};

static void count(void *argument)
{
    struct counter *counter = argument;
    for (int i = 0; i < ROUNDS; i++) {
        lock_take(counter->lock);
        counter->value++;
        lock_drop(counter->lock);
    }
}

static void a_lock_lets_one_thread_in_at_a_time(void **state)
{
    (void)state;
    struct counter counter = {.lock = lock_new()};
    assert_non_null(counter.lock);
    struct thread *threads[4];
    for (int i = 0; i < 4; i++) {
        threads[i] = thread_start("count", count, &counter);
        assert_non_null(threads[i]);
    }
    for (int i = 0; i < 4; i++) {
        thread_join(threads[i]);
    }
    assert_int_equal(counter.value, 4 * ROUNDS);
    lock_free(counter.lock);
    lock_free(NULL);
}

static void a_set_wakeup_is_kept_for_one_wait(void **state)
{
    (void)state;
    struct wakeup *wakeup = wakeup_new(NULL);
    assert_non_null(wakeup);
    assert_false(wakeup_wait(wakeup, 0));
    wakeup_set(wakeup);
    wakeup_set(wakeup);
    assert_true(wakeup_wait(wakeup, 0));
    assert_false(wakeup_wait(wakeup, 10));
    wakeup_free(wakeup);
    wakeup_free(NULL);
}

static void set_it(void *argument)
{
    wakeup_set(argument);
}

static void a_wakeup_wakes_a_thread_that_waits(void **state)
{
    (void)state;
    struct wakeup *wakeup = wakeup_new(NULL);
    struct thread *thread = thread_start("set", set_it, wakeup);
    assert_true(wakeup_wait(wakeup, WAIT_FOREVER));
    thread_join(thread);
    wakeup_free(wakeup);
}

static void wakeups_of_one_name_are_one(void **state)
{
    (void)state;
    uint32_t chance;
    char name[64];
    assert_true(random_bytes(&chance, sizeof(chance)));
    (void)snprintf(name, sizeof(name), "qmgr-test-%lu", (unsigned long)chance);
    struct wakeup *one = wakeup_new(name);
    struct wakeup *two = wakeup_new(name);
    assert_non_null(one);
    assert_non_null(two);
    wakeup_set(one);
    assert_true(wakeup_wait(two, PATIENCE_MS));
    wakeup_free(one);
    wakeup_set(two);
    assert_true(wakeup_wait(two, PATIENCE_MS));
    wakeup_free(two);
}

static void a_free_claim_is_granted_again_and_again(void **state)
{
    (void)state;
    struct wakeup *wakeup = wakeup_new(NULL);
    struct claim *claim = claim_new("qmgr-test-claim");
    assert_non_null(claim);
    for (int i = 0; i < 3; i++) {
        assert_true(claim_take(claim, wakeup, PATIENCE_MS));
        claim_drop(claim);
    }
    claim_free(claim);
    claim_free(NULL);
    wakeup_free(wakeup);
}

#ifdef _WIN32
struct rival {
    const char *name;
    struct wakeup *holds;
    struct wakeup *release; /* NULL: the thread dies with the claim in its hand */
};

static void hold_claim(void *argument)
{
    struct rival *rival = argument;
    struct claim *claim = claim_new(rival->name);
    if (claim_take(claim, NULL, PATIENCE_MS)) {
        wakeup_set(rival->holds);
        if (rival->release) {
            wakeup_wait(rival->release, PATIENCE_MS);
            claim_drop(claim);
        }
    }
    claim_free(claim);
}

static void a_claim_has_one_holder_and_a_wakeup_ends_the_wait(void **state)
{
    (void)state;
    struct rival rival = {"qmgr-test-held", wakeup_new(NULL), wakeup_new(NULL)};
    struct wakeup *stop = wakeup_new(NULL);
    struct claim *claim = claim_new(rival.name);
    struct thread *thread = thread_start("rival", hold_claim, &rival);
    assert_true(wakeup_wait(rival.holds, PATIENCE_MS));
    assert_false(claim_take(claim, NULL, 0));
    wakeup_set(stop);
    assert_false(claim_take(claim, stop, WAIT_FOREVER));
    wakeup_set(rival.release);
    assert_true(claim_take(claim, stop, PATIENCE_MS));
    claim_drop(claim);
    thread_join(thread);
    claim_free(claim);
    wakeup_free(stop);
    wakeup_free(rival.holds);
    wakeup_free(rival.release);
}

static void the_claim_of_one_who_died_is_free(void **state)
{
    (void)state;
    struct rival rival = {"qmgr-test-died", wakeup_new(NULL), NULL};
    struct claim *claim = claim_new(rival.name);
    struct thread *thread = thread_start("rival", hold_claim, &rival);
    assert_true(wakeup_wait(rival.holds, PATIENCE_MS));
    thread_join(thread);
    assert_true(claim_take(claim, NULL, PATIENCE_MS));
    claim_drop(claim);
    claim_free(claim);
    wakeup_free(rival.holds);
}

static void names_with_a_backslash_and_long_names_are_refused(void **state)
{
    (void)state;
    char name[102];
    memset(name, 'a', sizeof(name));
    name[101] = '\0';
    assert_null(wakeup_new("a\\b"));
    assert_null(wakeup_new(""));
    assert_null(wakeup_new(name));
    assert_null(claim_new(name));
    name[100] = '\0';
    struct wakeup *wakeup = wakeup_new(name);
    assert_non_null(wakeup);
    wakeup_free(wakeup);
}
#endif

static void a_detached_thread_runs_to_its_end(void **state)
{
    (void)state;
    /* The thread may be inside wakeup_set for a while yet: the wakeup stays until the program
     * ends. */
    static struct wakeup *wakeup;
    wakeup = wakeup_new(NULL);
    thread_detach(thread_start("set", set_it, wakeup));
    assert_true(wakeup_wait(wakeup, WAIT_FOREVER));
}

/* ---- time, chance, secrets ------------------------------------------------------------------- */

static void the_clock_never_goes_back(void **state)
{
    (void)state;
    uint64_t before = clock_ms();
    for (int i = 0; i < 10000; i++) {
        uint64_t now = clock_ms();
        assert_true(now >= before);
        before = now;
    }
    assert_true(clock_unix_s() > INT64_C(1600000000));
}

static void random_bytes_differ(void **state)
{
    (void)state;
    unsigned char one[32] = {0};
    unsigned char two[32] = {0};
    assert_true(random_bytes(one, sizeof(one)));
    assert_true(random_bytes(two, sizeof(two)));
    assert_memory_not_equal(one, two, sizeof(one));
    static unsigned char much[200000];
    assert_true(random_bytes(much, sizeof(much)));
    assert_memory_not_equal(much, much + sizeof(much) / 2, 32);
}

static bool holds(struct blob blob, const char *text)
{
    size_t size = strlen(text);
    const char *data = blob.data;
    for (size_t i = 0; i + size <= blob.size; i++) {
        if (memcmp(data + i, text, size) == 0) {
            return true;
        }
    }
    return false;
}

static void a_secret_comes_back_and_is_not_seen_in_between(void **state)
{
    (void)state;
    const char secret[] = "user:correct horse";
    struct blob sealed;
    struct blob plain;
    assert_true(secret_protect(secret, strlen(secret), &sealed));
    assert_false(holds(sealed, "correct"));
    assert_true(secret_reveal(sealed.data, sealed.size, &plain));
    assert_int_equal(plain.size, strlen(secret));
    assert_memory_equal(plain.data, secret, plain.size);
    memory_wipe(plain.data, plain.size);
    assert_false(holds(plain, "correct"));
    memory_wipe(NULL, 0);
    free(plain.data);
    free(sealed.data);
}

static void what_was_never_sealed_is_not_revealed(void **state)
{
    (void)state;
    struct blob plain = {&plain, 1};
    assert_false(secret_reveal("nonsense", 8, &plain));
    assert_null(plain.data);
    assert_int_equal(plain.size, 0);
    assert_false(secret_reveal("", 0, &plain));
    assert_false(secret_protect("", 0, &plain));
}

/* ---- files ----------------------------------------------------------------------------------- */

static void a_new_file_is_empty_and_its_name_is_taken(void **state)
{
    (void)state;
    char *path = in_folder("new");
    struct file *file = create(path);
    uint64_t size = 1;
    assert_int_equal(file_size(file, &size), 0);
    assert_int_equal(size, 0);
    file_close(file);
    int error = file_create_new(path, &file);
    assert_true(file_error_exists(error));
    assert_null(file);
    assert_int_equal(file_error_win32(error), 80);
    free(path);
}

static void what_is_written_at_an_offset_is_read_there(void **state)
{
    (void)state;
    char *path = in_folder("offsets");
    struct file *file = create(path);
    char buffer[16];
    size_t got;
    uint64_t size;
    const uint64_t far_off = UINT64_C(5) * 1024 * 1024 * 1024; /* beyond 32 bits */
    assert_int_equal(file_write_at(file, 4, "efgh", 4), 0);
    assert_int_equal(file_write_at(file, 0, "abcd", 4), 0);
    assert_int_equal(file_read_at(file, 2, buffer, sizeof(buffer), &got), 0);
    assert_int_equal(got, 6);
    assert_memory_equal(buffer, "cdefgh", 6);
    assert_int_equal(file_write_at(file, far_off, "far", 3), 0);
    assert_int_equal(file_size(file, &size), 0);
    assert_true(size == far_off + 3);
    assert_int_equal(file_read_at(file, far_off, buffer, 3, &got), 0);
    assert_memory_equal(buffer, "far", 3);
    assert_int_equal(file_truncate(file, 3), 0);
    assert_int_equal(file_flush(file), 0);
    assert_int_equal(file_read_at(file, 3, buffer, sizeof(buffer), &got), 0);
    assert_int_equal(got, 0);
    file_close(file);
    file_close(NULL);
    assert_content(path, "abc");
    free(path);
}

static void a_large_write_arrives_whole(void **state)
{
    (void)state;
    const size_t size = 40u * 1024 * 1024;
    unsigned char *data = malloc(size);
    unsigned char *back = malloc(size);
    assert_non_null(data);
    assert_non_null(back);
    for (size_t i = 0; i < size; i++) {
        data[i] = (unsigned char)(i * 7 + i / 4096);
    }
    char *path = in_folder("large");
    struct file *file = create(path);
    size_t got;
    assert_int_equal(file_write_at(file, 0, data, size), 0);
    assert_int_equal(file_read_at(file, 0, back, size, &got), 0);
    assert_int_equal(got, size);
    assert_int_equal(memcmp(data, back, size), 0);
    file_close(file);
    assert_int_equal(file_delete(path), 0);
    free(path);
    free(back);
    free(data);
}

static void a_missing_file_cannot_be_opened(void **state)
{
    (void)state;
    struct file *file = (struct file *)&file;
    char *path = in_folder("missing");
    int error = file_open(path, &file);
    assert_int_equal(file_error_win32(error), 2);
    assert_int_equal(file_fault(error), FAULT_ARGUMENT);
    assert_null(file);
    assert_false(file_exists(path));
    free(path);
}

static void folders_and_devices_are_no_files(void **state)
{
    (void)state;
    struct file *file;
    assert_int_not_equal(file_open(folder, &file), 0);
    assert_null(file);
    int error = file_create_new(folder, &file);
    assert_int_not_equal(error, 0);
    assert_null(file);
#ifdef _WIN32
    const char *const devices[] = {
        "NUL", "C:\\NUL", "C:\\windows\\con", "\\\\.\\NUL",    "//./NUL", "\\\\?\\C:\\x",
        "",    "COM1",    "C:\\aux.txt",      "\\\\.\\pipe\\x"};
    for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
        error = file_open(devices[i], &file);
        assert_int_equal(file_fault(error), FAULT_ARGUMENT);
        error = file_create_new(devices[i], &file);
        assert_int_equal(file_fault(error), FAULT_ARGUMENT);
    }
#else
    assert_int_equal(file_fault(file_open("/dev/null", &file)), FAULT_ARGUMENT);
#endif
}

static void a_file_in_a_missing_folder_cannot_be_made(void **state)
{
    (void)state;
    struct file *file;
    char *path = in_folder("nowhere/file");
    int error = file_create_new(path, &file);
    assert_int_equal(file_fault(error), FAULT_ARGUMENT);
    free(path);
}

static void a_text_that_is_not_utf8_is_no_path(void **state)
{
    (void)state;
#ifdef _WIN32
    struct file *file;
    char *path = in_folder("\xC3(");
    assert_int_equal(file_fault(file_create_new(path, &file)), FAULT_ARGUMENT);
    free(path);
#endif
}

static void replacing_puts_the_whole_file_in_place(void **state)
{
    (void)state;
    char *part = in_folder("part");
    char *target = in_folder("target");
    write_file(part, "first");
    assert_int_equal(file_replace(part, target), 0);
    assert_content(target, "first");
    assert_false(file_exists(part));
    write_file(part, "second");
    assert_int_equal(file_replace(part, target), 0);
    assert_content(target, "second");
    assert_false(file_exists(part));
    free(part);
    free(target);
}

static void renaming_to_a_name_that_is_taken_fails_and_changes_nothing(void **state)
{
    (void)state;
    char *from = in_folder("from");
    char *to = in_folder("to");
    write_file(from, "one");
    write_file(to, "two");
    assert_true(file_error_exists(file_rename_new(from, to)));
    assert_content(from, "one");
    assert_content(to, "two");
    assert_int_equal(file_delete(to), 0);
    assert_int_equal(file_rename_new(from, to), 0);
    assert_content(to, "one");
    assert_false(file_exists(from));
    assert_int_not_equal(file_rename_new(from, to), 0);
    free(from);
    free(to);
}

static int refuse_renaming(const struct file_operation *operation)
{
    return operation->step == STEP_REPLACE && operation->to ? 5 : 0;
}

static void each_renaming_can_be_seen_before_it_happens(void **state)
{
    (void)state;
    char *from = in_folder("seen");
    char *to = in_folder("unseen");
    write_file(from, "one");
    file_seam_set(refuse_renaming);
    int replaced = file_replace(from, to);
    int renamed = file_rename_new(from, to);
    file_seam_set(NULL);
    assert_int_equal(replaced, 5);
    assert_int_equal(renamed, 5);
    assert_content(from, "one");
    assert_false(file_exists(to));
    free(from);
    free(to);
}

static void replacing_a_folder_fails_and_changes_nothing(void **state)
{
    (void)state;
    char *part = in_folder("part-f");
    char *target = in_folder("target-f");
    write_file(part, "new");
    assert_int_equal(folder_make(target), 0);
    assert_int_not_equal(file_replace(part, target), 0);
    assert_content(part, "new");
    assert_true(folder_exists(target));
    free(part);
    free(target);
}

static void make_read_only(const char *path, bool read_only)
{
#ifdef _WIN32
    wchar_t *wide = text_utf16(path);
    assert_true(
        SetFileAttributesW(wide, read_only ? FILE_ATTRIBUTE_READONLY : FILE_ATTRIBUTE_NORMAL));
    free(wide);
#else
    assert_int_equal(chmod(path, read_only ? 0444 : 0644), 0);
#endif
}

static void replacing_a_read_only_file_fails_and_changes_nothing(void **state)
{
    (void)state;
    char *part = in_folder("part-r");
    char *target = in_folder("target-r");
    write_file(part, "new");
    write_file(target, "old");
    make_read_only(target, true);
    int error = file_replace(part, target);
    assert_int_equal(file_fault(error), FAULT_ACCESS);
    assert_int_equal(file_error_win32(error), 5);
    make_read_only(target, false);
    assert_content(target, "old");
    assert_content(part, "new");
    free(part);
    free(target);
}

static void deleting_what_is_not_there_is_no_error(void **state)
{
    (void)state;
    char *path = in_folder("gone");
    write_file(path, "x");
    assert_int_equal(file_delete(path), 0);
    assert_false(file_exists(path));
    assert_int_equal(file_delete(path), 0);
    char *deeper = in_folder("no-such-folder/gone");
    assert_int_equal(file_delete(deeper), 0);
    free(deeper);
    free(path);
}

static void a_read_only_file_is_deleted_where_that_is_wanted(void **state)
{
    (void)state;
    char *path = in_folder("read-only");
    write_file(path, "x");
#ifdef _WIN32
    assert_true(SetFileAttributesA(path, FILE_ATTRIBUTE_READONLY));
    assert_int_equal(file_delete(path), ERROR_ACCESS_DENIED);
#else
    assert_int_equal(chmod(path, 0444), 0);
#endif
    assert_int_equal(file_delete_read_only(path), 0);
    assert_false(file_exists(path));
    assert_int_equal(file_delete_read_only(path), 0);
    free(path);
}

#ifdef _WIN32
static void a_file_on_a_drive_that_is_not_there_is_not_known_to_be_gone(void **state)
{
    (void)state;
    char path[] = "D:\\folder\\gone";
    for (DWORD drives = GetLogicalDrives() >> 3; drives & 1; drives >>= 1) {
        path[0]++;
    }
    assert_int_not_equal(file_delete(path), 0);
    assert_int_not_equal(file_delete_read_only(path), 0);
    assert_int_not_equal(file_delete("\\\\no-such-server\\share\\folder\\gone"), 0);
}
#endif

static void an_open_file_can_be_opened_again_and_deleted(void **state)
{
    (void)state;
    char *path = in_folder("shared");
    struct file *one = create(path);
    struct file *two;
    assert_int_equal(file_open(path, &two), 0);
    assert_int_equal(file_delete(path), 0);
    file_close(two);
    file_close(one);
    assert_false(file_exists(path));
    free(path);
}

static int64_t time_of(const char *path)
{
#ifdef _WIN32
    WIN32_FILE_ATTRIBUTE_DATA data;
    wchar_t *wide = text_utf16(path);
    assert_true(GetFileAttributesExW(wide, GetFileExInfoStandard, &data));
    free(wide);
    uint64_t ticks =
        ((uint64_t)data.ftLastWriteTime.dwHighDateTime << 32) | data.ftLastWriteTime.dwLowDateTime;
    return (int64_t)(ticks / 10000000) - INT64_C(11644473600);
#else
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    return (int64_t)status.st_mtime;
#endif
}

static void a_file_keeps_the_time_that_it_was_given(void **state)
{
    (void)state;
    const int64_t times[] = {0, 1000000000, INT64_C(4102444800)}; /* 1970, 2001, 2100 */
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        char *path = in_folder("time");
        struct file *file = create(path);
        assert_int_equal(file_write_at(file, 0, "x", 1), 0);
        assert_int_equal(file_flush(file), 0);
        assert_int_equal(file_set_time(file, times[i]), 0);
        file_close(file);
        assert_true(time_of(path) == times[i]);
        assert_int_equal(file_delete(path), 0);
        free(path);
    }
}

static void a_time_that_cannot_be_is_refused(void **state)
{
    (void)state;
    char *path = in_folder("no-time");
    struct file *file = create(path);
    assert_int_not_equal(file_set_time(file, NO_TIME), 0);
    assert_int_not_equal(file_set_time(file, INT64_MAX), 0);
    file_close(file);
    free(path);
}

static void folders_are_made_with_their_parents(void **state)
{
    (void)state;
    char *path = in_folder("a/b/c/d");
    assert_int_equal(folder_make(path), 0);
    assert_true(folder_exists(path));
    assert_int_equal(folder_make(path), 0);
    free(path);
}

static void a_clock_of_32_bits_goes_on_for_ever(void **state)
{
    (void)state;
    /* the machine has been up for more than 25 days when the first one asks */
    uint64_t at = ticks_extend(0, 0x90000000u);
    assert_true(at == 0x90000000u);
    at = ticks_extend(at, 0x90000005u);
    assert_true(at == 0x90000005u);
    assert_true(ticks_extend(at, 0x90000003u) == at); /* a thread that was overtaken */
    at = ticks_extend(at, 0xFFFFFFFFu);
    at = ticks_extend(at, 0x10u);
    assert_true(at == UINT64_C(0x100000010));
    at = ticks_extend(at, 0xF0000000u); /* nobody asked for a long time */
    assert_true(at == UINT64_C(0x1F0000000));
}

static void a_folder_is_the_same_by_every_path(void **state)
{
    (void)state;
    char *outer = test_folder();
    char *inner = path_join(outer, "inner");
    char *round = path_join(inner, "..");
    assert_int_equal(folder_make(inner), 0);
    char one[FOLDER_IDENTITY_SIZE], same[FOLDER_IDENTITY_SIZE], other[FOLDER_IDENTITY_SIZE];
    assert_int_equal(folder_identity(outer, one), 0);
    assert_int_equal(folder_identity(round, same), 0);
    assert_int_equal(folder_identity(inner, other), 0);
    assert_string_equal(one, same);
    assert_string_not_equal(one, other);
    test_remove_folder(outer);
    assert_int_not_equal(folder_identity(inner, other), 0);
    free(inner);
    free(round);
}

static void a_folder_cannot_be_made_where_a_file_is(void **state)
{
    (void)state;
    char *file = in_folder("in-the-way");
    char *below = in_folder("in-the-way/folder");
    write_file(file, "x");
    assert_int_not_equal(folder_make(file), 0);
    assert_int_not_equal(folder_make(below), 0);
    assert_false(folder_exists(file));
    assert_true(file_exists(file));
    free(below);
    free(file);
}

static void long_paths_and_unicode_names_work(void **state)
{
    (void)state;
    char *path =
        in_folder("\xC3\xA4\xE2\x82\xAC \xF0\x9F\x98\x80"); /* a umlaut, euro, a smiling face */
    for (int i = 0; i < 6; i++) {
        char *longer =
            path_join(path, "a-folder-with-a-name-of-more-than-sixty-characters-as-there-are-some");
        free(path);
        path = longer;
    }
    assert_true(strlen(path) > 400);
    assert_int_equal(folder_make(path), 0);
    assert_true(folder_exists(path));
    char *part = path_join(path, "part \xF0\x9F\x98\x80");
    char *target = path_join(path, "target \xF0\x9F\x98\x80");
    write_file(part, "long");
    assert_int_equal(file_replace(part, target), 0);
    assert_content(target, "long");
    assert_int_equal(file_delete(target), 0);
    free(target);
    free(part);
    free(path);
}

static void errors_say_what_they_mean(void **state)
{
    (void)state;
    assert_int_equal(file_fault(0), FAULT_NONE);
    assert_int_equal(file_error_win32(0), 0);
#ifdef _WIN32
    const int denied = ERROR_ACCESS_DENIED;
    const int full = ERROR_DISK_FULL;
    const int memory = ERROR_NOT_ENOUGH_MEMORY;
#else
    const int denied = 13;
    const int full = 28;
    const int memory = 12;
#endif
    assert_int_equal(file_fault(denied), FAULT_ACCESS);
    assert_int_equal(file_error_win32(denied), 5);
    assert_int_equal(file_fault(full), FAULT_DISK_FULL);
    assert_int_equal(file_error_win32(full), 112);
    assert_int_equal(file_fault(memory), FAULT_MEMORY);
    assert_int_equal(file_error_win32(memory), 8);
}

/* ---- paths ----------------------------------------------------------------------------------- */

static void assert_folder_of(const char *path, const char *expected)
{
    char *found = path_folder(path);
    assert_string_equal(found, expected);
    free(found);
}

static void the_folder_of_a_path_has_no_separator_at_its_end(void **state)
{
    (void)state;
    assert_folder_of("/a/b", "/a");
    assert_folder_of("/a//b", "/a");
    assert_folder_of("/a", "/");
    assert_folder_of("/", "/");
    assert_folder_of("name", ".");
    assert_folder_of("/a/b/", "/a/b");
#ifdef _WIN32
    assert_folder_of("C:\\a\\b", "C:\\a");
    assert_folder_of("C:\\a/b", "C:\\a");
    assert_folder_of("C:\\a", "C:\\");
    assert_folder_of("C:\\", "C:\\");
    assert_folder_of("\\\\server\\share\\file", "\\\\server\\share");
#endif
}

static void joining_adds_one_separator(void **state)
{
    (void)state;
    char *one = path_join("/", "b");
    assert_string_equal(one, "/b");
    free(one);
#ifdef _WIN32
    char *two = path_join("C:\\a", "b");
    assert_string_equal(two, "C:\\a\\b");
#else
    char *two = path_join("/a", "b");
    assert_string_equal(two, "/a/b");
#endif
    free(two);
}

static void the_queue_has_a_home(void **state)
{
    (void)state;
    char *home = platform_home();
    assert_non_null(home);
    assert_true(strlen(home) > 0);
    free(home);
    assert_null(platform_env("QMGR_A_VARIABLE_THAT_NOBODY_SETS"));
}

#ifdef _WIN32
static void the_home_can_be_named(void **state)
{
    (void)state;
    assert_true(SetEnvironmentVariableW(L"QMGRPRXY_HOME", L"C:\\an\\other/home \x20AC"));
    char *home = platform_home();
    assert_string_equal(home, "C:\\an\\other\\home \xE2\x82\xAC");
    free(home);
    assert_true(SetEnvironmentVariableW(L"QMGRPRXY_HOME", L""));
    char *empty = platform_env("QMGRPRXY_HOME");
    assert_true(!empty || empty[0] == '\0');
    free(empty);
    home = platform_home();
    assert_non_null(home);
    assert_non_null(strstr(home, "QmgrPrxy\\Queue"));
    free(home);
    assert_true(SetEnvironmentVariableW(L"QMGRPRXY_HOME", NULL));
}

static void assert_refused(const wchar_t *text, size_t units)
{
    assert_null(text_utf8(text, units));
    assert_int_equal(GetLastError(), ERROR_NO_UNICODE_TRANSLATION);
}

static void text_is_converted_without_loss_or_not_at_all(void **state)
{
    (void)state;
    const wchar_t wide[] = L"a\x00E4\x20AC\xD83D\xDE00";
    const char narrow[] = "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80";
    char *utf8 = text_utf8(wide, wcslen(wide));
    assert_string_equal(utf8, narrow);
    free(utf8);
    wchar_t *utf16 = text_utf16(narrow);
    assert_int_equal(wcscmp(utf16, wide), 0);
    free(utf16);
    utf8 = text_utf8(NULL, 0);
    assert_string_equal(utf8, "");
    free(utf8);
    assert_refused(L"a\xD83D", 2);      /* high at the end */
    assert_refused(L"\xD83D\x0061", 2); /* high without low */
    assert_refused(L"\xDE00\xD83D", 2); /* in the wrong order */
    assert_refused(L"a\0b", 3);
    assert_null(text_utf16("\xC3"));         /* cut short */
    assert_null(text_utf16("\xC0\xAF"));     /* longer than need be */
    assert_null(text_utf16("\xED\xA0\x80")); /* a surrogate by itself */
    assert_null(text_utf16("\xFF"));
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lock_lets_one_thread_in_at_a_time),
        cmocka_unit_test(a_set_wakeup_is_kept_for_one_wait),
        cmocka_unit_test(a_wakeup_wakes_a_thread_that_waits),
        cmocka_unit_test(wakeups_of_one_name_are_one),
        cmocka_unit_test(a_free_claim_is_granted_again_and_again),
#ifdef _WIN32
        cmocka_unit_test(a_claim_has_one_holder_and_a_wakeup_ends_the_wait),
        cmocka_unit_test(the_claim_of_one_who_died_is_free),
        cmocka_unit_test(names_with_a_backslash_and_long_names_are_refused),
        cmocka_unit_test(the_home_can_be_named),
        cmocka_unit_test(text_is_converted_without_loss_or_not_at_all),
#endif
        cmocka_unit_test(a_detached_thread_runs_to_its_end),
        cmocka_unit_test(the_clock_never_goes_back),
        cmocka_unit_test(random_bytes_differ),
        cmocka_unit_test(a_secret_comes_back_and_is_not_seen_in_between),
        cmocka_unit_test(what_was_never_sealed_is_not_revealed),
        cmocka_unit_test(a_new_file_is_empty_and_its_name_is_taken),
        cmocka_unit_test(what_is_written_at_an_offset_is_read_there),
        cmocka_unit_test(a_large_write_arrives_whole),
        cmocka_unit_test(a_missing_file_cannot_be_opened),
        cmocka_unit_test(folders_and_devices_are_no_files),
        cmocka_unit_test(a_file_in_a_missing_folder_cannot_be_made),
        cmocka_unit_test(a_text_that_is_not_utf8_is_no_path),
        cmocka_unit_test(replacing_puts_the_whole_file_in_place),
        cmocka_unit_test(renaming_to_a_name_that_is_taken_fails_and_changes_nothing),
        cmocka_unit_test(each_renaming_can_be_seen_before_it_happens),
        cmocka_unit_test(replacing_a_folder_fails_and_changes_nothing),
        cmocka_unit_test(replacing_a_read_only_file_fails_and_changes_nothing),
        cmocka_unit_test(deleting_what_is_not_there_is_no_error),
        cmocka_unit_test(a_read_only_file_is_deleted_where_that_is_wanted),
#ifdef _WIN32
        cmocka_unit_test(a_file_on_a_drive_that_is_not_there_is_not_known_to_be_gone),
#endif
        cmocka_unit_test(an_open_file_can_be_opened_again_and_deleted),
        cmocka_unit_test(a_file_keeps_the_time_that_it_was_given),
        cmocka_unit_test(a_time_that_cannot_be_is_refused),
        cmocka_unit_test(folders_are_made_with_their_parents),
        cmocka_unit_test(a_clock_of_32_bits_goes_on_for_ever),
        cmocka_unit_test(a_folder_is_the_same_by_every_path),
        cmocka_unit_test(a_folder_cannot_be_made_where_a_file_is),
        cmocka_unit_test(long_paths_and_unicode_names_work),
        cmocka_unit_test(errors_say_what_they_mean),
        cmocka_unit_test(the_folder_of_a_path_has_no_separator_at_its_end),
        cmocka_unit_test(joining_adds_one_separator),
        cmocka_unit_test(the_queue_has_a_home),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
