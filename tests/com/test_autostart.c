/* SPDX-License-Identifier: MIT */
/* DllInstall with the word autostart. */
#include "scratch_registry.h"

#include <wchar.h>

#define RUN_KEY L"Software\\Microsoft\\Windows\\CurrentVersion\\Run"

static struct text run_value(void)
{
    return text_of(L"QmgrPrxy%d", 8 * (int)sizeof(void *));
}

static bool starts_the_queue(struct text line)
{
    struct text wanted = text_of(L"\"%ls\",RunQueue", dll_path);
    size_t length = wcslen(line.w), end = wcslen(wanted.w);
    return length > end && _wcsicmp(line.w + length - end, wanted.w) == 0 &&
           wcsstr(line.w, L"\\rundll32.exe\" ") != NULL;
}

static void autostart_is_for_the_user_and_can_be_taken_back(void **state)
{
    (void)state;
    put(user, RUN_KEY, L"Else", L"else.exe");
    struct picture before_machine = picture_of(machine), before = picture_of(scratch);
    assert_hr(install(FALSE, L"autostart"), S_OK);
    for (int i = 0; i < 2; i++) {
        assert_hr(install(TRUE, L"autostart"), S_OK);
        assert_true(starts_the_queue(get(user, RUN_KEY, run_value().w)));
    }
    assert_true(equal(get(user, RUN_KEY, L"Else"), L"else.exe"));
    assert_true(same_picture(before_machine, picture_of(machine)));
    for (int i = 0; i < 2; i++)
        assert_hr(install(FALSE, L"autostart"), S_OK);
    assert_true(same_picture(before, picture_of(scratch)));
}

static void autostart_makes_the_key_it_needs_and_removes_it(void **state)
{
    (void)state;
    struct picture before = picture_of(scratch);
    assert_hr(install(TRUE, L"autostart"), S_OK);
    assert_true(starts_the_queue(get(user, RUN_KEY, run_value().w)));
    assert_hr(install(FALSE, L"autostart"), S_OK);
    assert_true(same_picture(before, picture_of(scratch)));
}

static void what_was_started_before_is_started_again(void **state)
{
    (void)state;
    put(user, RUN_KEY, run_value().w, L"theirs.exe");
    struct picture before = picture_of(scratch);
    assert_hr(install(TRUE, L"autostart"), S_OK);
    assert_hr(install(TRUE, L"autostart"), S_OK);
    assert_true(starts_the_queue(get(user, RUN_KEY, run_value().w)));
    assert_hr(install(FALSE, L"autostart"), S_OK);
    assert_true(same_picture(before, picture_of(scratch)));
}

static void unregistering_takes_autostart_out_and_registering_does_not(void **state)
{
    (void)state;
    static const wchar_t *const ways[] = {NULL, L"", L"user"};
    struct picture before = picture_of(scratch);
    for (size_t i = 0; i < COUNT(ways); i++) {
        assert_hr(install(TRUE, L"autostart"), S_OK);
        assert_hr(ways[i] ? install(TRUE, ways[i]) : register_server(), S_OK);
        assert_true(starts_the_queue(get(user, RUN_KEY, run_value().w)));
        assert_hr(ways[i] ? install(FALSE, ways[i]) : unregister_server(), S_OK);
        assert_false(has_value(user, RUN_KEY, run_value().w));
    }
    assert_true(same_picture(before, picture_of(scratch)));
}

static void autostart_off_leaves_the_registration(void **state)
{
    (void)state;
    assert_hr(register_server(), S_OK);
    struct picture before = picture_of(scratch);
    assert_hr(install(TRUE, L"autostart"), S_OK);
    assert_hr(install(FALSE, L"autostart"), S_OK);
    assert_true(same_picture(before, picture_of(scratch)));
    assert_hr(unregister_server(), S_OK);
}

/* rundll32 takes what is before the first comma for the file. */
static void autostart_works_from_a_folder_with_a_comma_in_its_name(void **state)
{
    (void)state;
    struct text odd =
        text_of(L"%ls\\comma, %lu", environment(L"QMGR_TEST_TMP").w, GetCurrentProcessId());
    struct text file = text_of(L"%ls\\QmgrPrxy.dll", odd.w);
    make_folder(odd.w);
    assert_true(CopyFileW(dll_path, file.w, TRUE));
    HMODULE copy = LoadLibraryW(file.w);
    assert_non_null(copy);
    assert_hr(call_install(copy, TRUE, L"autostart"), S_OK);
    struct text line = get(user, RUN_KEY, run_value().w);
    assert_hr(call_install(copy, FALSE, L"autostart"), S_OK);
    FreeLibrary(copy);
    wchar_t *comma = wcschr(line.w, L','), found[MAX_PATH + 1];
    assert_non_null(comma);
    assert_int_equal(wcscmp(comma, L",RunQueue"), 0);
    comma[-1] = 0; /* a quote */
    assert_true(GetLongPathNameW(wcsrchr(line.w, L'"') + 1, found, MAX_PATH) > 0);
    assert_int_equal(_wcsicmp(found, file.w), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENT(autostart_is_for_the_user_and_can_be_taken_back),
        BENT(autostart_makes_the_key_it_needs_and_removes_it),
        BENT(what_was_started_before_is_started_again),
        BENT(unregistering_takes_autostart_out_and_registering_does_not),
        BENT(autostart_off_leaves_the_registration),
        BENT(autostart_works_from_a_folder_with_a_comma_in_its_name),
    };
    return cmocka_run_group_tests(tests, find_dll, lose_dll);
}
