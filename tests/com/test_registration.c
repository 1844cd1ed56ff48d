/* SPDX-License-Identifier: MIT */
/* DllRegisterServer, DllUnregisterServer, DllInstall: qmgr.md section 10.2, decisions.md. */
#include "scratch_registry.h"

#include <wchar.h>

#define LOCAL_SERVER CLASS_KEY L"\\LocalServer32"

static void unregistering_leaves_the_registry_as_it_was_found(void **state)
{
    (void)state;
    struct picture before = picture_of(scratch);
    assert_hr(register_server(), S_OK);
    assert_registered(classes);
    assert_hr(unregister_server(), S_OK);
    assert_true(same_picture(before, picture_of(scratch)));
}

/* For the machine or the user. */
static void assert_comes_and_goes(bool for_user)
{
    struct picture before = picture_of(scratch);
    assert_hr(for_user ? install(TRUE, L"user") : register_server(), S_OK);
    HKEY root = make_key(for_user ? user : machine, L"Software\\Classes");
    assert_registered(root);
    RegCloseKey(root);
    assert_hr(for_user ? install(FALSE, L"user") : unregister_server(), S_OK);
    assert_true(same_picture(before, picture_of(scratch)));
}

static void an_empty_machine_is_empty_again(void **state)
{
    (void)state;
    assert_comes_and_goes(false);
}

static void an_empty_user_is_empty_again(void **state)
{
    (void)state;
    assert_comes_and_goes(true);
}

static void registering_twice_is_harmless(void **state)
{
    (void)state;
    struct picture before = picture_of(scratch);
    assert_hr(register_server(), S_OK);
    struct picture once = picture_of(scratch);
    assert_hr(register_server(), S_OK);
    assert_true(same_picture(once, picture_of(scratch)));
    assert_registered(classes);
    assert_hr(unregister_server(), S_OK);
    assert_true(same_picture(before, picture_of(scratch)));
}

static void unregistering_twice_or_without_need_is_harmless(void **state)
{
    (void)state;
    struct picture before = picture_of(scratch);
    assert_hr(unregister_server(), S_OK);
    assert_hr(register_server(), S_OK);
    assert_hr(unregister_server(), S_OK);
    assert_hr(unregister_server(), S_OK);
    assert_true(same_picture(before, picture_of(scratch)));
}

static void values_of_others_come_back(void **state)
{
    (void)state;
    register_the_original();
    struct picture before = picture_of(scratch);
    assert_hr(register_server(), S_OK);
    assert_registered(classes);
    assert_hr(unregister_server(), S_OK);
    assert_true(same_picture(before, picture_of(scratch)));
}

static void values_of_others_come_back_after_registering_twice(void **state)
{
    (void)state;
    register_the_original();
    struct picture before = picture_of(scratch);
    assert_hr(register_server(), S_OK);
    assert_hr(register_server(), S_OK);
    assert_hr(unregister_server(), S_OK);
    assert_true(same_picture(before, picture_of(scratch)));
}

static void nothing_of_bits_is_touched(void **state)
{
    (void)state;
    register_the_original();
    assert_hr(register_server(), S_OK);
    assert_true(equal(get(classes, BITS_APPID, L"LocalService"), L"BITS"));
    assert_true(equal(get(classes, BITS_APPID, NULL), L"Background Intelligent Transfer Service"));
    assert_true(equal(get(classes, BITS_APPID, L"DllSurrogate"), L""));
    assert_true(
        equal(get(classes, L"AppID\\BITS", L"AppID"), L"{69AD4AEE-51BE-439B-A92C-86AE490E8B30}"));
    assert_true(equal(get(classes, BITS_PROXY L"\\InprocServer32", NULL), L"qmgrprxy.dll"));
    assert_true(equal(get(classes, CLASS_KEY, L"Extra"), L"somebody else's"));
    assert_hr(unregister_server(), S_OK);
}

static void registering_for_the_machine_leaves_the_user_alone(void **state)
{
    (void)state;
    struct picture before = picture_of(user);
    assert_hr(register_server(), S_OK);
    assert_true(same_picture(before, picture_of(user)));
    assert_hr(unregister_server(), S_OK);
}

static void a_user_registration_is_whole_and_leaves_the_machine_alone(void **state)
{
    (void)state;
    struct picture before_machine = picture_of(machine), before = picture_of(scratch);
    assert_hr(install(TRUE, L"user"), S_OK);
    HKEY own = make_key(user, L"Software\\Classes");
    assert_registered(own);
    RegCloseKey(own);
    assert_true(same_picture(before_machine, picture_of(machine)));
    assert_hr(install(TRUE, L"user"), S_OK);
    assert_hr(install(FALSE, L"user"), S_OK);
    assert_hr(install(FALSE, L"user"), S_OK);
    assert_true(same_picture(before, picture_of(scratch)));
}

static void machine_and_user_registrations_do_not_mix(void **state)
{
    (void)state;
    struct picture before = picture_of(scratch);
    assert_hr(register_server(), S_OK);
    assert_hr(install(TRUE, L"user"), S_OK);
    assert_hr(unregister_server(), S_OK);
    HKEY own = make_key(user, L"Software\\Classes");
    assert_registered(own);
    RegCloseKey(own);
    assert_hr(install(FALSE, L"user"), S_OK);
    assert_true(same_picture(before, picture_of(scratch)));
}

static void an_unknown_way_to_install_is_refused(void **state)
{
    (void)state;
    struct picture before = picture_of(scratch);
    static const wchar_t *const unknown[] = {
        L"nonsense", L"use", L"users", L"user extra", L"autostart user", L"autostarts"};
    for (size_t i = 0; i < COUNT(unknown); i++) {
        assert_hr(install(TRUE, unknown[i]), E_INVALIDARG);
        assert_hr(install(FALSE, unknown[i]), E_INVALIDARG);
    }
    assert_true(same_picture(before, picture_of(scratch)));
}

/* What is noted about one value cannot be deleted while there is a key below it. */
static void what_could_not_be_undone_is_undone_the_next_time(void **state)
{
    (void)state;
    struct picture before = picture_of(scratch);
    assert_hr(register_server(), S_OK);
    struct text note = text_of(NOTES L"\\Saved%d\\Values\\00000003", 8 * (int)sizeof(void *));
    assert_true(has_key(machine, note.w));
    put(machine, text_of(L"%ls\\obstacle", note.w).w, NULL, L"");
    assert_true(FAILED(unregister_server()));
    assert_false(has_key(classes, CLASS_KEY));
    delete_tree(machine, text_of(L"%ls\\obstacle", note.w).w);
    assert_hr(unregister_server(), S_OK);
    assert_true(same_picture(before, picture_of(scratch)));
}

/* ---- the local server --------------------------------------------------------------------- */

static bool ends_with(const wchar_t *text, const wchar_t *end)
{
    size_t length = wcslen(text), least = wcslen(end);
    return length >= least && _wcsicmp(text + length - least, end) == 0;
}

static void the_local_server_is_the_stand_by_host(void **state)
{
    (void)state;
    assert_hr(register_server(), S_OK);
    struct text line = get(classes, LOCAL_SERVER, NULL);
    assert_true(line.w[0] == L'"' && line.w[1] != L'"');
    assert_non_null(wcsstr(line.w, L"\\rundll32.exe\" "));
    assert_true(ends_with(line.w, text_of(L"\"%ls\",RunQueue", dll_path).w));
    assert_hr(unregister_server(), S_OK);
}

/* A copy of the DLL registers itself for the machine, reports, and takes itself out again. */
static struct text local_server_of_a_copy_in(const wchar_t *folder_path)
{
    struct text file = text_of(L"%ls\\QmgrPrxy.dll", folder_path);
    struct picture before = picture_of(scratch);
    assert_true(CopyFileW(dll_path, file.w, TRUE));
    HMODULE copy = LoadLibraryW(file.w);
    assert_non_null(copy);
    assert_hr(call(copy, "DllRegisterServer"), S_OK);
    assert_true(equal(get(classes, CLASS_KEY L"\\InprocServer32", NULL), file.w));
    struct text line = get(classes, LOCAL_SERVER, NULL);
    assert_hr(call(copy, "DllUnregisterServer"), S_OK);
    assert_true(FreeLibrary(copy));
    assert_true(same_picture(before, picture_of(scratch)));
    return line;
}

/* Wine 8 reads no more of it. */
static void the_local_servers_command_line_is_not_longer_than_a_path(void **state)
{
    (void)state;
    struct text deep = environment(L"QMGR_TEST_TMP");
    while (wcslen(deep.w) < MAX_PATH - 60) {
        deep = text_of(L"%ls\\a long name of a folder %lu", deep.w, GetCurrentProcessId());
        make_folder(deep.w);
    }
    struct text line = local_server_of_a_copy_in(deep.w);
    assert_in_range(wcslen(line.w), 1, MAX_PATH);
    assert_true(ends_with(line.w, L"\",RunQueue"));
}

/* rundll32 takes what is before the first comma for the file, and a file that has been renamed has no short name. */
static void without_a_way_to_start_a_host_all_but_the_local_server_is_registered(void **state)
{
    (void)state;
    struct text odd =
        text_of(L"%ls\\no, %lu", environment(L"QMGR_TEST_TMP").w, GetCurrentProcessId());
    struct text file = text_of(L"%ls\\QmgrPrxy.dll", odd.w);
    struct picture before = picture_of(scratch);
    make_folder(odd.w);
    assert_true(CopyFileW(dll_path, file.w, TRUE));
    HMODULE copy = LoadLibraryW(file.w);
    assert_non_null(copy);
    assert_true(MoveFileW(file.w, text_of(L"%ls\\renamed.dll", odd.w).w));
    assert_hr(call(copy, "DllRegisterServer"), S_OK);
    assert_true(equal(get(classes, CLASS_KEY L"\\InprocServer32", NULL), file.w));
    assert_false(has_key(classes, LOCAL_SERVER));
    assert_hr(call(copy, "DllUnregisterServer"), S_OK);
    assert_true(FreeLibrary(copy));
    assert_true(same_picture(before, picture_of(scratch)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENT(unregistering_leaves_the_registry_as_it_was_found),
        BENT_EMPTY(an_empty_machine_is_empty_again),
        BENT_EMPTY(an_empty_user_is_empty_again),
        BENT(registering_twice_is_harmless),
        BENT(unregistering_twice_or_without_need_is_harmless),
        BENT(values_of_others_come_back),
        BENT(values_of_others_come_back_after_registering_twice),
        BENT(nothing_of_bits_is_touched),
        BENT(registering_for_the_machine_leaves_the_user_alone),
        BENT(a_user_registration_is_whole_and_leaves_the_machine_alone),
        BENT(machine_and_user_registrations_do_not_mix),
        BENT(an_unknown_way_to_install_is_refused),
        BENT(what_could_not_be_undone_is_undone_the_next_time),
        BENT(the_local_server_is_the_stand_by_host),
        BENT(the_local_servers_command_line_is_not_longer_than_a_path),
        BENT(without_a_way_to_start_a_host_all_but_the_local_server_is_registered),
    };
    return cmocka_run_group_tests(tests, find_dll, lose_dll);
}
