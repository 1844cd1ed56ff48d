/* SPDX-License-Identifier: MIT */
/* GetProp and SetProp: qmgr.md 3.7 and 5, 16 questions 33 to 37 and 45 to 53. */
#include "support.h"

#include <wchar.h>

#define NO_CLASS L"{00000000-0000-0000-0000-000000000000}"

static const GROUPPROP integers[] = {GROUPPROP_PRIORITY, GROUPPROP_PROTOCOLFLAGS,
                                     GROUPPROP_NOTIFYFLAGS};
static const GROUPPROP strings[] = {GROUPPROP_NOTIFYCLSID, GROUPPROP_DISPLAYNAME,
                                    GROUPPROP_DESCRIPTION};
static const GROUPPROP unsupported[] = {
    GROUPPROP_REMOTEUSERID, GROUPPROP_REMOTEUSERPWD, GROUPPROP_LOCALUSERID,
    GROUPPROP_LOCALUSERPWD, GROUPPROP_PROGRESSSIZE,  GROUPPROP_PROGRESSPERCENT,
    GROUPPROP_PROGRESSTIME, (GROUPPROP)13,           (GROUPPROP)14,
    (GROUPPROP)0x7FFF,
};

static void assert_untouched(IBackgroundCopyGroup *group)
{
    assert_int_equal(get_integer(group, GROUPPROP_PRIORITY), 1);
    assert_int_equal(get_integer(group, GROUPPROP_PROTOCOLFLAGS), QM_PROTOCOL_HTTP);
    assert_int_equal(get_integer(group, GROUPPROP_NOTIFYFLAGS), 0);
    assert_int_equal(wcscmp(get_string(group, GROUPPROP_NOTIFYCLSID).w, NO_CLASS), 0);
    assert_int_equal(wcscmp(get_string(group, GROUPPROP_DISPLAYNAME).w, L""), 0);
    assert_int_equal(wcscmp(get_string(group, GROUPPROP_DESCRIPTION).w, L""), 0);
}

static void a_new_group_has_the_default_values(void **state)
{
    (void)state;
    struct item item = item_without_job();
    assert_untouched(item.group);
    item_end(&item);
}

static void unsupported_properties_are_not_implemented(void **state)
{
    (void)state;
    struct item item = item_without_job();
    for (size_t i = 0; i < COUNT(unsupported); i++) {
        VARIANT variant;
        memset(&variant, 0xCD, sizeof variant);
        assert_hr(IBackgroundCopyGroup_GetProp(item.group, unsupported[i], &variant), E_NOTIMPL);
        assert_int_equal(V_VT(&variant), VT_EMPTY);
        assert_hr(set_integer(item.group, unsupported[i], 1), E_NOTIMPL);
        assert_hr(set_string(item.group, unsupported[i], L"name"), E_NOTIMPL);
        VariantInit(&variant); /* the property counts before the type */
        V_VT(&variant) = VT_R8;
        assert_hr(IBackgroundCopyGroup_SetProp(item.group, unsupported[i], &variant), E_NOTIMPL);
    }
    assert_untouched(item.group);
    item_end(&item);
}

static void get_prop_never_looks_at_the_incoming_variant(void **state)
{
    (void)state;
    struct item item = item_without_job();
    assert_hr(set_string(item.group, GROUPPROP_DISPLAYNAME, L"name"), S_OK);
    for (int property = GROUPPROP_PRIORITY; property <= GROUPPROP_DESCRIPTION; property++) {
        VARIANT variant;
        memset(&variant, 0xCD, sizeof variant);
        V_VT(&variant) = VT_BSTR; /* with a pointer that leads nowhere */
        HRESULT hr = IBackgroundCopyGroup_GetProp(item.group, (GROUPPROP)property, &variant);
        assert_true(hr == S_OK || hr == E_NOTIMPL);
        assert_hr(VariantClear(&variant), S_OK);
    }
    item_end(&item);
}

static void every_listed_integer_type_is_taken(void **state)
{
    (void)state;
    struct item item = item_without_job();
    static const VARTYPE types[] = {VT_I4, VT_I2, VT_UI4, VT_UI2, VT_INT, VT_UINT};
    for (size_t p = 0; p < COUNT(integers); p++) {
        const LONG value = integers[p] == GROUPPROP_NOTIFYFLAGS ? QM_NOTIFY_GROUP_DONE : 1;
        for (size_t t = 0; t < COUNT(types); t++) {
            VARIANT variant;
            memset(&variant, 0, sizeof variant);
            V_VT(&variant) = types[t];
            if (types[t] == VT_I2 || types[t] == VT_UI2)
                V_I2(&variant) = (SHORT)value;
            else
                V_I4(&variant) = value;
            assert_hr(IBackgroundCopyGroup_SetProp(item.group, integers[p], &variant), S_OK);
            assert_int_equal(get_integer(item.group, integers[p]), value);
        }
    }
    item_end(&item);
}

static void the_upper_half_of_a_short_variant_is_not_read(void **state)
{
    (void)state;
    struct item item = item_without_job();
    VARIANT variant;
    memset(&variant, 0xCD, sizeof variant);
    V_VT(&variant) = VT_UI2;
    V_UI2(&variant) = 1;
    assert_hr(IBackgroundCopyGroup_SetProp(item.group, GROUPPROP_PRIORITY, &variant), S_OK);
    V_VT(&variant) = VT_I2;
    assert_hr(IBackgroundCopyGroup_SetProp(item.group, GROUPPROP_PRIORITY, &variant), S_OK);
    item_end(&item);
}

static void other_types_are_refused_without_coercion(void **state)
{
    (void)state;
    struct item item = item_without_job();
    LONG one = 1;
    BSTR digit = SysAllocString(L"1");
    static const VARTYPE types[] = {VT_EMPTY,   VT_NULL,   VT_I1, VT_UI1,  VT_I8,
                                    VT_UI8,     VT_R4,     VT_R8, VT_BOOL, VT_ERROR,
                                    VT_DECIMAL, VT_LPWSTR, VT_CY, VT_DATE, VT_UNKNOWN};
    for (size_t t = 0; t < COUNT(types); t++) {
        VARIANT variant;
        memset(&variant, 0, sizeof variant);
        V_I4(&variant) = types[t] == VT_UNKNOWN ? 0 : 1;
        V_VT(&variant) = types[t];
        for (size_t p = 0; p < COUNT(integers); p++)
            assert_hr(IBackgroundCopyGroup_SetProp(item.group, integers[p], &variant),
                      E_INVALIDARG);
        for (size_t p = 0; p < COUNT(strings); p++)
            assert_hr(IBackgroundCopyGroup_SetProp(item.group, strings[p], &variant), E_INVALIDARG);
    }
    VARIANT by_reference, inner;
    memset(&by_reference, 0, sizeof by_reference);
    V_VT(&by_reference) = VT_BYREF | VT_I4;
    V_I4REF(&by_reference) = &one;
    for (size_t p = 0; p < COUNT(integers); p++) {
        assert_hr(IBackgroundCopyGroup_SetProp(item.group, integers[p], &by_reference),
                  E_INVALIDARG);
        assert_hr(set_string(item.group, integers[p], L"1"), E_INVALIDARG);
    }
    V_VT(&by_reference) = VT_BYREF | VT_BSTR;
    V_BSTRREF(&by_reference) = &digit;
    for (size_t p = 0; p < COUNT(strings); p++) {
        assert_hr(IBackgroundCopyGroup_SetProp(item.group, strings[p], &by_reference),
                  E_INVALIDARG);
        assert_hr(set_integer(item.group, strings[p], 1), E_INVALIDARG);
    }
    memset(&inner, 0, sizeof inner);
    V_VT(&inner) = VT_I4;
    V_I4(&inner) = 1;
    V_VT(&by_reference) = VT_BYREF | VT_VARIANT;
    V_VARIANTREF(&by_reference) = &inner;
    assert_hr(IBackgroundCopyGroup_SetProp(item.group, GROUPPROP_PRIORITY, &by_reference),
              E_INVALIDARG);
    SysFreeString(digit);
    assert_untouched(item.group);
    item_end(&item);
}

static void one_is_the_only_priority_and_http_the_only_protocol(void **state)
{
    (void)state;
    struct item item = item_without_job();
    static const LONG wrong[] = {0, 2, 3, 4, -1, 0x10001, 0x7FFFFFFF};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        assert_hr(set_integer(item.group, GROUPPROP_PRIORITY, wrong[i]), E_INVALIDARG);
        assert_hr(set_integer(item.group, GROUPPROP_PROTOCOLFLAGS, wrong[i]), E_INVALIDARG);
    }
    assert_hr(set_integer(item.group, GROUPPROP_PRIORITY, 1), S_OK);
    assert_hr(set_integer(item.group, GROUPPROP_PROTOCOLFLAGS, QM_PROTOCOL_HTTP), S_OK);
    assert_untouched(item.group);
    item_end(&item);
}

static void two_notification_flags_are_supported(void **state)
{
    (void)state;
    struct item item = item_without_job();
    static const LONG good[] = {QM_NOTIFY_GROUP_DONE, QM_NOTIFY_DISABLE_NOTIFY,
                                QM_NOTIFY_GROUP_DONE | QM_NOTIFY_DISABLE_NOTIFY, 0};
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_hr(set_integer(item.group, GROUPPROP_NOTIFYFLAGS, good[i]), S_OK);
        assert_int_equal(get_integer(item.group, GROUPPROP_NOTIFYFLAGS), good[i]);
    }
    assert_hr(set_integer(item.group, GROUPPROP_NOTIFYFLAGS, QM_NOTIFY_GROUP_DONE), S_OK);
    static const LONG bad[] = {QM_NOTIFY_FILE_DONE,
                               QM_NOTIFY_JOB_DONE,
                               QM_NOTIFY_USE_PROGRESSEX,
                               QM_NOTIFY_GROUP_DONE | QM_NOTIFY_FILE_DONE,
                               8,
                               0x10,
                               0x20,
                               0x100,
                               -1};
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_hr(set_integer(item.group, GROUPPROP_NOTIFYFLAGS, bad[i]), E_NOTIMPL);
        assert_int_equal(get_integer(item.group, GROUPPROP_NOTIFYFLAGS), QM_NOTIFY_GROUP_DONE);
    }
    item_end(&item);
}

static void a_class_is_given_in_braces_and_read_back(void **state)
{
    (void)state;
    struct item item = item_without_job();
    const wchar_t *name = L"{0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9}";
    assert_hr(set_string(item.group, GROUPPROP_NOTIFYCLSID, name), S_OK); /* need not exist */
    assert_int_equal(_wcsicmp(get_string(item.group, GROUPPROP_NOTIFYCLSID).w, name), 0);
    assert_hr(
        set_string(item.group, GROUPPROP_NOTIFYCLSID, L"{0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8fa}"),
        S_OK);
    assert_int_equal(_wcsicmp(get_string(item.group, GROUPPROP_NOTIFYCLSID).w,
                              L"{0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8fa}"),
                     0);
    item_end(&item);
}

static void a_malformed_class_is_refused_and_the_old_one_kept(void **state)
{
    (void)state;
    struct item item = item_without_job();
    const wchar_t *name = L"{0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9}";
    assert_hr(set_string(item.group, GROUPPROP_NOTIFYCLSID, name), S_OK);
    static const wchar_t *const bad[] = {
        L"0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9",
        L"{0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9",
        L"{0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F}",
        L"{0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8FG}",
        L"{0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9}x",
        L" {0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9}",
        L"{0A1B2C3D4E5F60718293A4B5C6D7E8F9}",
        L"Shell.Explorer",
        L"{",
        L"x",
    };
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_hr(set_string(item.group, GROUPPROP_NOTIFYCLSID, bad[i]), E_INVALIDARG);
    assert_int_equal(_wcsicmp(get_string(item.group, GROUPPROP_NOTIFYCLSID).w, name), 0);
    item_end(&item);
}

static void an_empty_or_null_class_clears_it(void **state)
{
    (void)state;
    struct item item = item_without_job();
    static const wchar_t *const clearing[] = {L"", NO_CLASS, NULL};
    for (size_t i = 0; i < COUNT(clearing); i++) {
        assert_hr(set_string(item.group, GROUPPROP_NOTIFYCLSID,
                             L"{0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9}"),
                  S_OK);
        assert_hr(set_string(item.group, GROUPPROP_NOTIFYCLSID, clearing[i]), S_OK);
        assert_int_equal(wcscmp(get_string(item.group, GROUPPROP_NOTIFYCLSID).w, NO_CLASS), 0);
    }
    item_end(&item);
}

/* A BSTR of so many letters. */
static HRESULT set_letters(IBackgroundCopyGroup *group, GROUPPROP property, size_t length)
{
    static wchar_t letters[1100];
    wmemset(letters, L'n', length);
    letters[length] = L'\0';
    return set_string(group, property, letters);
}

static void names_up_to_the_limit_are_kept_longer_ones_refused(void **state)
{
    (void)state;
    struct item item = item_without_job();
    static const struct {
        GROUPPROP property;
        size_t limit;
    } limits[] = {{GROUPPROP_DISPLAYNAME, 256}, {GROUPPROP_DESCRIPTION, 1024}};
    for (size_t i = 0; i < COUNT(limits); i++) {
        assert_hr(set_letters(item.group, limits[i].property, limits[i].limit), S_OK);
        assert_int_equal(wcslen(get_string(item.group, limits[i].property).w), limits[i].limit);
        assert_hr(set_letters(item.group, limits[i].property, limits[i].limit + 1), E_INVALIDARG);
        assert_int_equal(wcslen(get_string(item.group, limits[i].property).w), limits[i].limit);
    }
    item_end(&item);
}

static void text_of_any_script_comes_back_unchanged(void **state)
{
    (void)state;
    struct item item = item_without_job();
    const wchar_t *text = L"\x00C4rger \x6F22\x5B57 \xD83D\xDE00 'quoted\"; -- \t\r\n end";
    assert_hr(set_string(item.group, GROUPPROP_DISPLAYNAME, text), S_OK);
    assert_int_equal(wcscmp(get_string(item.group, GROUPPROP_DISPLAYNAME).w, text), 0);
    assert_hr(set_string(item.group, GROUPPROP_DESCRIPTION, text), S_OK);
    assert_int_equal(wcscmp(get_string(item.group, GROUPPROP_DESCRIPTION).w, text), 0);
    item_end(&item);
}

static void null_and_empty_strings_are_the_empty_string(void **state)
{
    (void)state;
    struct item item = item_without_job();
    for (size_t i = 1; i < COUNT(strings); i++) {
        assert_hr(set_string(item.group, strings[i], L"something"), S_OK);
        assert_hr(set_string(item.group, strings[i], NULL), S_OK);
        assert_int_equal(wcscmp(get_string(item.group, strings[i]).w, L""), 0);
        assert_hr(set_string(item.group, strings[i], L"something"), S_OK);
        assert_hr(set_string(item.group, strings[i], L""), S_OK);
        assert_int_equal(wcscmp(get_string(item.group, strings[i]).w, L""), 0);
    }
    item_end(&item);
}

static void a_bstr_with_an_embedded_nul_is_refused(void **state)
{
    (void)state;
    struct item item = item_without_job();
    for (size_t i = 0; i < COUNT(strings); i++) {
        VARIANT variant;
        VariantInit(&variant);
        V_VT(&variant) = VT_BSTR;
        V_BSTR(&variant) = SysAllocStringLen(L"a\0b", 3);
        assert_hr(IBackgroundCopyGroup_SetProp(item.group, strings[i], &variant), E_INVALIDARG);
        VariantClear(&variant);
    }
    assert_untouched(item.group);
    item_end(&item);
}

static void properties_can_be_set_in_any_state(void **state)
{
    (void)state;
    struct item item = item_new();
    item_add(&item, L"/veryslow/mid.bin", L"mid.bin");
    assert_hr(IBackgroundCopyGroup_ResumeGroup(item.group), S_OK);
    assert_hr(set_string(item.group, GROUPPROP_DISPLAYNAME, L"while it runs"), S_OK);
    assert_hr(IBackgroundCopyGroup_SuspendGroup(item.group), S_OK);
    assert_int_equal(wcscmp(get_string(item.group, GROUPPROP_DISPLAYNAME).w, L"while it runs"), 0);
    item_end(&item);

    item = item_new();
    item_add(&item, L"/status/404", L"missing.bin");
    assert_int_equal(run(&item), GROUP_IS_FAILED);
    assert_hr(set_string(item.group, GROUPPROP_DISPLAYNAME, L"after it failed"), S_OK);
    assert_int_equal(group_status(item.group), GROUP_IS_FAILED);
    item_end(&item);

    item = item_new();
    item_add(&item, L"/one.bin", L"one.bin");
    assert_int_equal(run(&item), GROUP_IS_COMPLETE);
    assert_hr(set_string(item.group, GROUPPROP_DISPLAYNAME, L"after it ended"), S_OK);
    assert_int_equal(group_status(item.group), GROUP_IS_COMPLETE);
    item_end(&item);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(a_new_group_has_the_default_values),
        A_TEST(unsupported_properties_are_not_implemented),
        A_TEST(get_prop_never_looks_at_the_incoming_variant),
        A_TEST(every_listed_integer_type_is_taken),
        A_TEST(the_upper_half_of_a_short_variant_is_not_read),
        A_TEST(other_types_are_refused_without_coercion),
        A_TEST(one_is_the_only_priority_and_http_the_only_protocol),
        A_TEST(two_notification_flags_are_supported),
        A_TEST(a_class_is_given_in_braces_and_read_back),
        A_TEST(a_malformed_class_is_refused_and_the_old_one_kept),
        A_TEST(an_empty_or_null_class_clears_it),
        A_TEST(names_up_to_the_limit_are_kept_longer_ones_refused),
        A_TEST(text_of_any_script_comes_back_unchanged),
        A_TEST(null_and_empty_strings_are_the_empty_string),
        A_TEST(a_bstr_with_an_embedded_nul_is_refused),
        A_TEST(properties_can_be_set_in_any_state),
    };
    return cmocka_run_group_tests(tests, support_start, support_end);
}
