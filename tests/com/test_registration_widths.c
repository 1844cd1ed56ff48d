/* SPDX-License-Identifier: MIT */
/* The DLLs of both widths, registered side by side. */
#include "scratch_registry.h"

#include <wchar.h>

/* On 64-bit Windows a 32-bit and a 64-bit DLL can be registered side by side. Only one width is in
 * this process, so the registry is turned for it: what the system redirects (from Windows 7 on:
 * CLSID and Interface, and for the machine Software itself but for Classes) is exchanged for what
 * the other width has there, and so are the names that tell the widths apart. What this DLL then
 * does is, turned back, what the DLL of the other width would have done. */
static HKEY hidden; /* the redirected keys of the width that is not looked at */

/* Where there is only one of the two, one move does it. */
static void swap_keys(HKEY root, const wchar_t *one, HKEY other_root, const wchar_t *other)
{
    if (!has_key(other_root, other)) {
        move_key(root, one, other_root, other);
        return;
    }
    move_key(root, one, scratch, L"swap");
    move_key(other_root, other, root, one);
    move_key(scratch, L"swap", other_root, other);
}

static void turn_classes(HKEY hive, const wchar_t *own)
{
    static const wchar_t *const redirected[] = {L"CLSID", L"Interface"};
    static const wchar_t *const named[] = {NOTES L"\\Saved", NOTES L"\\Bits",
                                           L"Software\\Classes\\" LIBRARY_KEY L"\\1.0\\0\\win"};
    for (size_t i = 0; i < COUNT(redirected); i++)
        swap_keys(hive, text_of(L"Software\\Classes\\%ls", redirected[i]).w, hidden,
                  text_of(L"%ls\\%ls", own, redirected[i]).w);
    for (size_t i = 0; i < COUNT(named); i++)
        swap_keys(hive, text_of(L"%ls32", named[i]).w, hive, text_of(L"%ls64", named[i]).w);
}

static void turn(void)
{
    turn_classes(machine, L"machine");
    turn_classes(user, L"user");
    swap_keys(machine, L"Software\\QmgrPrxy", hidden, L"machine\\QmgrPrxy");
}

static bool turned;

/* The registry as this width sees it, or the other. */
static void look_as(bool other)
{
    if (turned != other)
        turn();
    turned = other;
}

static int hide_the_other_width(void)
{
    turned = false;
    hidden = make_key(scratch, L"hidden");
    RegCloseKey(make_key(hidden, L"machine"));
    RegCloseKey(make_key(hidden, L"user"));
    return 0;
}

static int bend_registry_of_both_widths(void **state)
{
    return bend_registry(state) != 0 ? -1 : hide_the_other_width();
}

static int bend_empty_registry_of_both_widths(void **state)
{
    return bend_empty_registry(state) != 0 ? -1 : hide_the_other_width();
}

static int unbend_registry_of_both_widths(void **state)
{
    RegCloseKey(hidden);
    return unbend_registry(state);
}

static HRESULT switch_registration(bool for_user, bool on)
{
    if (for_user)
        return install(on, L"user");
    return on ? register_server() : unregister_server();
}

static void assert_whole(bool for_user)
{
    HKEY root = make_key(for_user ? user : machine, L"Software\\Classes");
    assert_registered(root);
    assert_true(has_value(root, text_of(L"AppID\\%ls", get(root, CLASS_KEY, L"AppID").w).w,
                          L"DllSurrogate"));
    assert_true(equal(get(root, LIBRARY_KEY L"\\1.0\\FLAGS", NULL), L"0"));
    assert_false(equal(get(root, LIBRARY_KEY L"\\1.0", NULL), L""));
    RegCloseKey(root);
}

/* a: this width registers, b: the other; A and B: they unregister. After each step what is
 * registered is whole, after the last the registry is as it was found. */
static void take_steps(bool for_user, const char *steps)
{
    bool on[2] = {false, false};
    struct picture before = picture_of(scratch);
    for (const char *step = steps; *step; step++) {
        const bool other = *step == 'b' || *step == 'B';
        on[other] = *step == 'a' || *step == 'b';
        look_as(other);
        assert_hr(switch_registration(for_user, on[other]), S_OK);
        if (on[other])
            assert_whole(for_user);
        look_as(!other);
        if (on[!other])
            assert_whole(for_user);
    }
    look_as(false);
    assert_true(same_picture(before, picture_of(scratch)));
}

static void take_all_steps(bool for_user)
{
    static const char *const steps[] = {"abAB",   "abBA",   "abbaAB",  "abAaBA",
                                        "abBAaA", "BabABA", "aabbBAbB"};
    for (size_t i = 0; i < COUNT(steps); i++)
        take_steps(for_user, steps[i]);
}

static void both_widths_can_be_registered_for_the_machine_in_any_order(void **state)
{
    (void)state;
    take_all_steps(false);
}

static void both_widths_can_be_registered_for_the_user_in_any_order(void **state)
{
    (void)state;
    take_all_steps(true);
}

static void values_of_others_come_back_when_the_last_width_goes(void **state)
{
    (void)state;
    register_the_original();
    look_as(true);
    register_the_original();
    look_as(false);
    put(classes, LIBRARY_KEY L"\\1.0", NULL, L"their library");
    put(classes, LIBRARY_KEY L"\\1.0\\HELPDIR", NULL, L"their folder");
    take_all_steps(false);
}

static void a_shared_value_that_somebody_changed_meanwhile_stays(void **state)
{
    (void)state;
    assert_hr(register_server(), S_OK);
    put(classes, LIBRARY_KEY L"\\1.0", NULL, L"theirs");
    look_as(true);
    assert_hr(register_server(), S_OK);
    assert_hr(unregister_server(), S_OK);
    look_as(false);
    assert_hr(unregister_server(), S_OK);
    assert_true(equal(get(classes, LIBRARY_KEY L"\\1.0", NULL), L"theirs"));
    assert_false(has_key(classes, LIBRARY_KEY L"\\1.0\\0"));
    assert_false(has_key(classes, CLASS_KEY));
}

/* Here the proxies of BITS are registered as well, for each width by itself. */
static void both_widths_come_and_go_where_there_is_nothing(void **state)
{
    (void)state;
    take_steps(false, "abAB");
    take_steps(true, "abBA");
}

#define BENT_TWICE(function)                                                                       \
    cmocka_unit_test_setup_teardown(function, bend_registry_of_both_widths,                        \
                                    unbend_registry_of_both_widths)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENT_TWICE(both_widths_can_be_registered_for_the_machine_in_any_order),
        BENT_TWICE(both_widths_can_be_registered_for_the_user_in_any_order),
        BENT_TWICE(values_of_others_come_back_when_the_last_width_goes),
        BENT_TWICE(a_shared_value_that_somebody_changed_meanwhile_stays),
        cmocka_unit_test_setup_teardown(both_widths_come_and_go_where_there_is_nothing,
                                        bend_empty_registry_of_both_widths,
                                        unbend_registry_of_both_widths),
    };
    return cmocka_run_group_tests(tests, find_dll, lose_dll);
}
