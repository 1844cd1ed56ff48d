/* SPDX-License-Identifier: MIT */
/* Settings in the registry: which place wins, and which values count. HKLM and HKCU are bent to
 * scratch keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include <cmocka.h>

#include "platform/settings.h"
#include "platform/text.h"
#include "variables.h"

#define SCRATCH L"Software\\QmgrPrxyTestSettings"
#define POLICIES L"Software\\Policies\\QmgrPrxy"
#define OWN L"Software\\QmgrPrxy"

static HKEY scratch, machine, user;

/* ---- the bent registry --------------------------------------------------------------------- */

static HKEY make_key(HKEY parent, const wchar_t *name)
{
    HKEY key = NULL;
    assert_int_equal(RegCreateKeyExW(parent, name, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL),
                     0);
    return key;
}

static void delete_tree(HKEY parent, const wchar_t *name)
{
    HKEY key;
    wchar_t child[256];
    DWORD length = 256;
    if (RegOpenKeyExW(parent, name, 0, KEY_ALL_ACCESS, &key) != ERROR_SUCCESS) {
        return;
    }
    while (RegEnumKeyExW(key, 0, child, &length, NULL, NULL, NULL, NULL) == ERROR_SUCCESS) {
        delete_tree(key, child);
        length = 256;
    }
    RegCloseKey(key);
    RegDeleteKeyW(parent, name);
}

static int before(void **state)
{
    (void)state;
    set_variable("QMGRPRXY_USER_AGENT", NULL);
    set_variable("QMGRPRXY_LOG_SIZE", NULL);
    set_variable("QMGRPRXY_HOST", NULL);
    log_begin();
    delete_tree(HKEY_CURRENT_USER, SCRATCH);
    scratch = make_key(HKEY_CURRENT_USER, SCRATCH);
    machine = make_key(scratch, L"machine");
    user = make_key(scratch, L"user");
    assert_int_equal(RegOverridePredefKey(HKEY_LOCAL_MACHINE, machine), 0);
    assert_int_equal(RegOverridePredefKey(HKEY_CURRENT_USER, user), 0);
    return 0;
}

static int after(void **state)
{
    (void)state;
    RegOverridePredefKey(HKEY_CURRENT_USER, NULL);
    RegOverridePredefKey(HKEY_LOCAL_MACHINE, NULL);
    RegCloseKey(user);
    RegCloseKey(machine);
    RegCloseKey(scratch);
    delete_tree(HKEY_CURRENT_USER, SCRATCH);
    log_end();
    set_variable("QMGRPRXY_USER_AGENT", NULL);
    return 0;
}

static void put(HKEY root, const wchar_t *path, const wchar_t *name, DWORD type, const void *data,
                DWORD size)
{
    HKEY key = make_key(root, path);
    assert_int_equal(RegSetValueExW(key, name, 0, type, data, size), 0);
    RegCloseKey(key);
}

static void put_text(HKEY root, const wchar_t *path, const wchar_t *name, const wchar_t *text)
{
    put(root, path, name, REG_SZ, text, (DWORD)((wcslen(text) + 1) * sizeof *text));
}

static void drop(HKEY root, const wchar_t *path, const wchar_t *name)
{
    HKEY key = make_key(root, path);
    assert_int_equal(RegDeleteValueW(key, name), 0);
    RegCloseKey(key);
}

static void assert_user_agent(const char *wanted)
{
    char *text = setting_text(SETTING_USER_AGENT);
    if (wanted) {
        assert_non_null(text);
        assert_string_equal(text, wanted);
    } else {
        assert_null(text);
    }
    free(text);
}

/* ---- tests --------------------------------------------------------------------------------- */

static void policies_win_over_the_environment_and_that_over_what_was_chosen(void **state)
{
    (void)state;
    put_text(machine, POLICIES, L"UserAgent", L"machine policy");
    put_text(user, POLICIES, L"UserAgent", L"user policy");
    set_variable("QMGRPRXY_USER_AGENT", "environment");
    put_text(user, OWN, L"UserAgent", L"user");
    put_text(machine, OWN, L"UserAgent", L"machine");
    assert_user_agent("machine policy");
    drop(machine, POLICIES, L"UserAgent");
    assert_user_agent("user policy");
    drop(user, POLICIES, L"UserAgent");
    assert_user_agent("environment");
    set_variable("QMGRPRXY_USER_AGENT", NULL);
    assert_user_agent("user");
    drop(user, OWN, L"UserAgent");
    assert_user_agent("machine");
    drop(machine, OWN, L"UserAgent");
    assert_user_agent(NULL);
}

static void what_is_empty_leaves_it_to_the_next_place(void **state)
{
    (void)state;
    put_text(machine, POLICIES, L"UserAgent", L"");
    put(user, POLICIES, L"UserAgent", REG_SZ, NULL, 0);
    put_text(machine, OWN, L"UserAgent", L"machine");
    assert_user_agent("machine");
}

static void a_wrong_value_means_the_default_and_not_a_place_of_lower_rank(void **state)
{
    (void)state;
    const DWORD size = 32;
    put_text(machine, OWN, L"LogSize", L"64");
    set_variable("QMGRPRXY_LOG_SIZE", "128");
    assert_int_equal(setting_number(SETTING_LOG_SIZE), 128);
    put_text(user, POLICIES, L"LogSize", L"geheim");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(setting_number(SETTING_LOG_SIZE), 4096);
    }
    put(machine, POLICIES, L"LogSize", REG_DWORD, &size, sizeof size);
    assert_int_equal(setting_number(SETTING_LOG_SIZE), 32);
    assert_int_equal(log_count("setting LogSize in the user's policy is wrong: it must be a number "
                               "from 16 to 1048576; its default is used"),
                     1);
    assert_int_equal(log_count("is wrong"), 1);
    assert_null(strstr(log_content(), "geheim"));
}

static void numbers_and_flags_may_be_numbers_or_texts(void **state)
{
    (void)state;
    const DWORD zero = 0, some = 7777;
    put(user, OWN, L"LogSize", REG_DWORD, &some, sizeof some);
    assert_int_equal(setting_number(SETTING_LOG_SIZE), 7777);
    put_text(user, OWN, L"LogSize", L"8888");
    assert_int_equal(setting_number(SETTING_LOG_SIZE), 8888);
    put(user, OWN, L"Host", REG_DWORD, &zero, sizeof zero);
    assert_false(setting_flag(SETTING_HOST));
    put_text(user, OWN, L"Host", L"on");
    assert_true(setting_flag(SETTING_HOST));
    put_text(user, OWN, L"Host", L"off");
    assert_false(setting_flag(SETTING_HOST));
}

static void variables_in_a_text_that_says_so_are_expanded(void **state)
{
    (void)state;
    const wchar_t text[] = L"%QMGR_TEST_WHO%/1.0";
    set_variable("QMGR_TEST_WHO", "Somebody");
    put(user, OWN, L"UserAgent", REG_EXPAND_SZ, text, sizeof text);
    assert_user_agent("Somebody/1.0");
    put(user, OWN, L"UserAgent", REG_SZ, text, sizeof text);
    assert_user_agent("%QMGR_TEST_WHO%/1.0");
    /* What comes out is looked at like any text. */
    set_variable("QMGR_TEST_WHO", "Some\nbody");
    put(user, OWN, L"UserAgent", REG_EXPAND_SZ, text, sizeof text);
    assert_user_agent(NULL);
}

static void a_text_need_not_end_itself(void **state)
{
    (void)state;
    put(user, OWN, L"UserAgent", REG_SZ, L"abcdef", 3 * sizeof(wchar_t));
    assert_user_agent("abc");
    put(user, OWN, L"UserAgent", REG_SZ, L"abc\0\0", 5 * sizeof(wchar_t));
    assert_user_agent("abc");
}

static void assert_wrong(DWORD type, const void *data, DWORD size)
{
    put_text(machine, OWN, L"UserAgent", L"machine");
    put(user, OWN, L"UserAgent", type, data, size);
    assert_user_agent(NULL);
    drop(user, OWN, L"UserAgent");
    assert_user_agent("machine");
}

static void what_is_no_text_is_wrong(void **state)
{
    (void)state;
    static wchar_t endless[40000];
    static const wchar_t low[] = {'a', 0xDC00, 0}, high[] = {0xD800, 'a', 0};
    const DWORD number = 1;
    const uint64_t big = 1;
    assert_wrong(REG_BINARY, L"abc", sizeof L"abc");
    assert_wrong(REG_MULTI_SZ, L"abc\0", sizeof L"abc\0");
    assert_wrong(REG_NONE, L"abc", sizeof L"abc");
    assert_wrong(REG_QWORD, &big, sizeof big);
    assert_wrong(REG_DWORD, &number, sizeof number);
    assert_wrong(REG_SZ, L"abc\0def", sizeof L"abc\0def");
    assert_wrong(REG_EXPAND_SZ, L"abc\0def", sizeof L"abc\0def");
    assert_wrong(REG_SZ, "a\0b\0c", 5); /* half a character */
    assert_wrong(REG_SZ, low, sizeof low);
    assert_wrong(REG_SZ, high, sizeof high);
    wmemset(endless, 'a', 39999);
    assert_wrong(REG_SZ, endless, sizeof endless);
    assert_wrong(REG_SZ, endless, 33000 * sizeof(wchar_t));
    assert_int_equal(log_count("setting UserAgent in HKEY_CURRENT_USER is wrong"), 1);
}

static void a_number_of_another_width_is_wrong(void **state)
{
    (void)state;
    const uint64_t big = 64;
    put(user, OWN, L"LogSize", REG_DWORD, &big, 2);
    assert_int_equal(setting_number(SETTING_LOG_SIZE), 4096);
    put(user, OWN, L"LogSize", REG_QWORD, &big, sizeof big);
    assert_int_equal(setting_number(SETTING_LOG_SIZE), 4096);
}

/* As the environment block lets it be. */
static void a_variable_that_is_no_text_is_wrong(void **state)
{
    (void)state;
    static const wchar_t lone[] = {'a', 0xD800, 0};
    put_text(user, OWN, L"UserAgent", L"user");
    assert_true(SetEnvironmentVariableW(L"QMGRPRXY_USER_AGENT", lone));
    assert_user_agent(NULL);
    assert_true(SetEnvironmentVariableW(L"QMGRPRXY_USER_AGENT", NULL));
    assert_user_agent("user");
}

#define A_TEST(function) cmocka_unit_test_setup_teardown(function, before, after)

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(policies_win_over_the_environment_and_that_over_what_was_chosen),
        A_TEST(what_is_empty_leaves_it_to_the_next_place),
        A_TEST(a_wrong_value_means_the_default_and_not_a_place_of_lower_rank),
        A_TEST(numbers_and_flags_may_be_numbers_or_texts),
        A_TEST(a_text_need_not_end_itself),
        A_TEST(what_is_no_text_is_wrong),
        A_TEST(variables_in_a_text_that_says_so_are_expanded),
        A_TEST(a_number_of_another_width_is_wrong),
        A_TEST(a_variable_that_is_no_text_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
