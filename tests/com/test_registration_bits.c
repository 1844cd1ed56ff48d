/* SPDX-License-Identifier: MIT */
/* The proxies of the BITS interfaces are registered only where nobody serves them (decisions.md). */
#include "scratch_registry.h"

#include <wchar.h>

#define BITS_SERVER BITS_PROXY L"\\InprocServer32"
#define JOB L"Interface\\{37668D37-507E-4160-9316-26306D150B12}" /* IBackgroundCopyJob */
#define JOB_PROXY JOB L"\\ProxyStubClsid32"
#define SOMEBODY L"{00000000-0000-0000-0000-00000000ABCD}"

static bool is_ours(HKEY root, const wchar_t *interface_key)
{
    return equal(get(root, text_of(L"%ls\\ProxyStubClsid32", interface_key).w, NULL),
                 BITS_PROXY_CLASS);
}

static void assert_served_by_us(HKEY root)
{
    assert_true(equal(get(root, BITS_SERVER, NULL), dll_path));
    assert_true(equal(get(root, BITS_SERVER, L"ThreadingModel"), L"Both"));
    for (size_t i = 0; i < BITS_FACES; i++) {
        assert_true(is_ours(root, bits_faces[i].key));
        assert_true(equal(get(root, bits_faces[i].key, NULL), bits_faces[i].name));
        assert_true(equal(get(root, text_of(L"%ls\\NumMethods", bits_faces[i].key).w, NULL),
                          bits_faces[i].methods));
    }
}

static void assert_left_alone(HKEY root)
{
    for (size_t i = 0; i < BITS_FACES; i++)
        assert_false(has_key(root, bits_faces[i].key));
}

static void where_there_is_no_bits_its_proxies_are_ours(void **state)
{
    (void)state;
    struct picture before = picture_of(scratch);
    assert_hr(register_server(), S_OK);
    assert_served_by_us(classes);
    struct picture once = picture_of(scratch);
    assert_hr(register_server(), S_OK);
    assert_true(same_picture(once, picture_of(scratch)));
    assert_hr(unregister_server(), S_OK);
    assert_true(same_picture(before, picture_of(scratch)));
}

static void where_somebody_serves_the_class_nothing_of_it_is_written(void **state)
{
    (void)state;
    struct picture before = picture_of(scratch);
    assert_hr(register_server(), S_OK);
    assert_true(equal(get(classes, BITS_SERVER, NULL), L"qmgrprxy.dll"));
    assert_false(has_value(classes, BITS_SERVER, L"ThreadingModel"));
    assert_false(has_value(classes, BITS_PROXY, NULL));
    assert_left_alone(classes);
    assert_hr(unregister_server(), S_OK);
    assert_true(same_picture(before, picture_of(scratch)));
}

static void an_interface_with_proxies_of_somebody_else_stays_his(void **state)
{
    (void)state;
    put(classes, JOB, NULL, L"their name");
    put(classes, JOB_PROXY, NULL, SOMEBODY);
    struct picture before = picture_of(scratch), theirs = picture_of_key(classes, JOB);
    assert_hr(register_server(), S_OK);
    assert_true(same_picture(theirs, picture_of_key(classes, JOB)));
    assert_true(equal(get(classes, BITS_SERVER, NULL), dll_path));
    for (size_t i = 0; i < BITS_FACES; i++)
        assert_int_equal(is_ours(classes, bits_faces[i].key), wcscmp(bits_faces[i].key, JOB) != 0);
    assert_hr(unregister_server(), S_OK);
    assert_true(same_picture(before, picture_of(scratch)));
}

/* As after an installation that was taken away by halves. */
static void entries_that_name_no_server_are_filled_and_come_back(void **state)
{
    (void)state;
    put(classes, BITS_PROXY, NULL, L"PSFactoryBuffer");
    put(classes, BITS_SERVER, NULL, L"");
    put(classes, JOB, NULL, L"their name");
    RegCloseKey(make_key(classes, JOB_PROXY));
    struct picture before = picture_of(scratch);
    assert_hr(register_server(), S_OK);
    assert_served_by_us(classes);
    assert_hr(unregister_server(), S_OK);
    assert_true(same_picture(before, picture_of(scratch)));
}

static void a_user_gets_them_where_neither_he_nor_the_machine_has_them(void **state)
{
    (void)state;
    struct picture before = picture_of(scratch), before_machine = picture_of(machine);
    assert_hr(install(TRUE, L"user"), S_OK);
    HKEY own = make_key(user, L"Software\\Classes");
    assert_served_by_us(own);
    RegCloseKey(own);
    assert_true(same_picture(before_machine, picture_of(machine)));
    assert_hr(install(FALSE, L"user"), S_OK);
    assert_true(same_picture(before, picture_of(scratch)));
}

static void assert_not_for_the_user(void)
{
    struct picture before = picture_of(scratch);
    assert_hr(install(TRUE, L"user"), S_OK);
    assert_true(has_key(user, L"Software\\Classes\\" CLASS_KEY));
    HKEY own = make_key(user, L"Software\\Classes");
    assert_left_alone(own);
    RegCloseKey(own);
    assert_hr(install(FALSE, L"user"), S_OK);
    assert_true(same_picture(before, picture_of(scratch)));
}

static void a_user_keeps_the_machines(void **state)
{
    (void)state;
    put(classes, BITS_SERVER, NULL, L"qmgrprxy.dll");
    assert_not_for_the_user();
    assert_false(has_key(user, L"Software\\Classes\\" BITS_PROXY));
}

static void a_user_keeps_his_own(void **state)
{
    (void)state;
    put(user, L"Software\\Classes\\" BITS_SERVER, NULL, L"his.dll");
    assert_not_for_the_user();
    assert_true(equal(get(user, L"Software\\Classes\\" BITS_SERVER, NULL), L"his.dll"));
}

static void a_users_own_server_does_not_count_for_the_machine(void **state)
{
    (void)state;
    put(user, L"Software\\Classes\\" BITS_SERVER, NULL, L"his.dll");
    assert_hr(register_server(), S_OK);
    assert_served_by_us(classes);
    assert_hr(unregister_server(), S_OK);
}

/* BITS registers itself after us. What it writes about its interfaces is, word for word, what we had written. */
static void what_bits_has_taken_over_since_stays(void **state)
{
    (void)state;
    assert_hr(register_server(), S_OK);
    put(classes, BITS_SERVER, NULL, L"qmgrprxy.dll");
    assert_hr(unregister_server(), S_OK);
    assert_true(equal(get(classes, BITS_SERVER, NULL), L"qmgrprxy.dll"));
    assert_true(equal(get(classes, BITS_SERVER, L"ThreadingModel"), L"Both"));
    for (size_t i = 0; i < BITS_FACES; i++)
        assert_true(is_ours(classes, bits_faces[i].key));
    assert_false(has_key(classes, CLASS_KEY));
    assert_false(has_key(machine, NOTES));
    struct picture theirs = picture_of(scratch);
    assert_hr(register_server(), S_OK);
    assert_hr(unregister_server(), S_OK);
    assert_true(same_picture(theirs, picture_of(scratch)));
}

static void what_bits_has_taken_away_since_is_not_missed(void **state)
{
    (void)state;
    struct picture before = picture_of(scratch);
    assert_hr(register_server(), S_OK);
    delete_tree(classes, BITS_PROXY);
    delete_tree(classes, JOB);
    assert_hr(unregister_server(), S_OK);
    assert_true(same_picture(before, picture_of(scratch)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENT_EMPTY(where_there_is_no_bits_its_proxies_are_ours),
        BENT(where_somebody_serves_the_class_nothing_of_it_is_written),
        BENT_EMPTY(an_interface_with_proxies_of_somebody_else_stays_his),
        BENT_EMPTY(entries_that_name_no_server_are_filled_and_come_back),
        BENT_EMPTY(a_user_gets_them_where_neither_he_nor_the_machine_has_them),
        BENT_EMPTY(a_user_keeps_the_machines),
        BENT_EMPTY(a_user_keeps_his_own),
        BENT_EMPTY(a_users_own_server_does_not_count_for_the_machine),
        BENT_EMPTY(what_bits_has_taken_over_since_stays),
        BENT_EMPTY(what_bits_has_taken_away_since_is_not_missed),
    };
    return cmocka_run_group_tests(tests, find_dll, lose_dll);
}
