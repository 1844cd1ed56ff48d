/* SPDX-License-Identifier: MIT */
/* Our qmgr.h says the same as MinGW-w64's and as the published identifiers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <windows.h>
#include <qmgr.h>

#include "facts.h"

static void constants_layouts_and_vtable_slots_agree_with_mingw(void **state)
{
    (void)state;
    assert_int_equal(our_facts.count, their_facts.count);
    for (size_t i = 0; i < our_facts.count; i++) {
        assert_string_equal(our_facts.fact[i].name, their_facts.fact[i].name);
        if (our_facts.fact[i].value != their_facts.fact[i].value)
            fail_msg("%s: ours %lu, theirs %lu", our_facts.fact[i].name,
                     (unsigned long)our_facts.fact[i].value,
                     (unsigned long)their_facts.fact[i].value);
    }
}

/* MinGW-w64 declares these names and defines none of them, so they are compared with the
 * published values. */
static void identifiers_are_the_published_ones(void **state)
{
    (void)state;
    static const struct {
        const GUID *ours;
        const wchar_t *published;
    } ids[] = {
        {&IID_IBackgroundCopyQMgr, L"{16f41c69-09f5-41d2-8cd8-3c08c47bc8a8}"},
        {&IID_IBackgroundCopyGroup, L"{1ded80a7-53ea-424f-8a04-17fea9adc4f5}"},
        {&IID_IBackgroundCopyJob1, L"{59f5553c-2031-4629-bb18-2645a6970947}"},
        {&IID_IEnumBackgroundCopyGroups, L"{d993e603-4aa4-47c5-8665-c20d39c2ba4f}"},
        {&IID_IEnumBackgroundCopyJobs1, L"{8baeba9d-8f1c-42c4-b82c-09ae79980d25}"},
        {&IID_IBackgroundCopyCallback1, L"{084f6593-3800-4e08-9b59-99fa59addf82}"},
        {&CLSID_BackgroundCopyQMgr, L"{69ad4aee-51be-439b-a92c-86ae490e8b30}"},
        {&LIBID_BackgroundCopyQMgr, L"{f5b26dcb-b37e-4d7c-ae7a-1cb3fbeb183e}"},
    };
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        wchar_t published[39];
        GUID guid;
        lstrcpyW(published, ids[i].published);
        assert_int_equal(CLSIDFromString(published, &guid), S_OK);
        assert_memory_equal(ids[i].ours, &guid, sizeof guid);
    }
}

/* The numbers of qmgr.md 3 and 11, in case both headers should be wrong together. */
static void structures_have_the_published_sizes(void **state)
{
    (void)state;
    assert_int_equal(sizeof(FILESETINFO), sizeof(void *) == 8 ? 24 : 12);
    assert_int_equal(sizeof(IBackgroundCopyQMgrVtbl) / sizeof(void *), 6);
    assert_int_equal(sizeof(IBackgroundCopyGroupVtbl) / sizeof(void *), 18);
    assert_int_equal(sizeof(IBackgroundCopyJob1Vtbl) / sizeof(void *), 11);
    assert_int_equal(sizeof(IEnumBackgroundCopyGroupsVtbl) / sizeof(void *), 8);
    assert_int_equal(sizeof(IEnumBackgroundCopyJobs1Vtbl) / sizeof(void *), 8);
    assert_int_equal(sizeof(IBackgroundCopyCallback1Vtbl) / sizeof(void *), 6);
}

static void error_codes_are_plain_unsigned_numbers(void **state)
{
    (void)state;
    assert_true(QM_E_INVALID_STATE > 0);
    assert_int_equal(QM_E_INVALID_STATE, 0x81001001u);
    assert_int_equal(QM_E_SERVICE_UNAVAILABLE, 0x81001002u);
    assert_int_equal(QM_E_DOWNLOADER_UNAVAILABLE, 0x81001003u);
    assert_int_equal(QM_E_ITEM_NOT_FOUND, 0x81001004u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constants_layouts_and_vtable_slots_agree_with_mingw),
        cmocka_unit_test(identifiers_are_the_published_ones),
        cmocka_unit_test(structures_have_the_published_sizes),
        cmocka_unit_test(error_codes_are_plain_unsigned_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
