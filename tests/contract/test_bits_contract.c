/* SPDX-License-Identifier: MIT */
/* idl/Bits.idl says the same as MinGW-w64's bits.h to bits5_0.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <windows.h>

#include "facts.h"

static void constants_layouts_and_vtable_slots_agree_with_mingw(void **state)
{
    (void)state;
    assert_int_equal(our_bits_facts.count, their_bits_facts.count);
    for (size_t i = 0; i < our_bits_facts.count; i++) {
        const struct fact *ours = &our_bits_facts.fact[i], *theirs = &their_bits_facts.fact[i];
        assert_string_equal(ours->name, theirs->name);
        if (ours->value != theirs->value)
            fail_msg("%s: ours %lu, theirs %lu", ours->name, (unsigned long)ours->value,
                     (unsigned long)theirs->value);
    }
}

static void identifiers_agree_with_mingw(void **state)
{
    (void)state;
    assert_int_equal(our_bits_facts.identifiers, their_bits_facts.identifiers);
    for (size_t i = 0; i < our_bits_facts.identifiers; i++) {
        const struct identifier *ours = &our_bits_facts.identifier[i],
                                *theirs = &their_bits_facts.identifier[i];
        assert_string_equal(ours->name, theirs->name);
        assert_ptr_not_equal(ours->guid, theirs->guid);
        if (memcmp(ours->guid, theirs->guid, sizeof(GUID)) != 0)
            fail_msg("%s differs", ours->name);
    }
}

/* In case both headers should be wrong together: slots as Microsoft's reference pages list the methods. */
static void interfaces_have_the_published_sizes(void **state)
{
    (void)state;
    static const struct fact published[] = {
        {"IBackgroundCopyManager: slots", 7},   {"IBackgroundCopyJob: slots", 35},
        {"IBackgroundCopyJob2: slots", 43},     {"IBackgroundCopyJob3: slots", 47},
        {"IBackgroundCopyJob4: slots", 53},     {"IBackgroundCopyJob5: slots", 55},
        {"IBackgroundCopyFile: slots", 6},      {"IBackgroundCopyFile2: slots", 8},
        {"IBackgroundCopyError: slots", 8},     {"IEnumBackgroundCopyFiles: slots", 8},
        {"IEnumBackgroundCopyJobs: slots", 8},  {"IBackgroundCopyCallback: slots", 6},
        {"IBackgroundCopyCallback2: slots", 7}, {"IBackgroundCopyJobHttpOptions: slots", 11},
        {"sizeof BITS_JOB_PROPERTY_VALUE", 16}, {"sizeof BG_FILE_RANGE", 16},
    };
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        unsigned found = 0;
        for (size_t j = 0; j < our_bits_facts.count; j++) {
            if (strcmp(our_bits_facts.fact[j].name, published[i].name) != 0)
                continue;
            assert_int_equal(our_bits_facts.fact[j].value, published[i].value);
            found++;
        }
        assert_int_equal(found, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constants_layouts_and_vtable_slots_agree_with_mingw),
        cmocka_unit_test(identifiers_agree_with_mingw),
        cmocka_unit_test(interfaces_have_the_published_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
