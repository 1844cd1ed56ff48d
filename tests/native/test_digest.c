/* SPDX-License-Identifier: MIT */
/* The running hash that proves what a part file holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "platform/digest.h"

static const char text[] =
    "The quick brown fox jumps over the lazy dog, and does it again and again.";
#define LENGTH (sizeof text - 1)

static uint64_t value_of(const void *data, size_t size)
{
    struct digest digest;
    digest_start(&digest);
    digest_add(&digest, data, size);
    return digest_value(&digest);
}

/* XXH64 of nothing and of "a" with seed 0, as the algorithm's description has them. */
static void it_is_the_published_hash(void **state)
{
    (void)state;
    assert_int_equal(value_of("", 0), UINT64_C(0xEF46DB3751D8E999));
    assert_int_equal(value_of("a", 1), UINT64_C(0xD24EC4F1A98C6E5B));
}

static void saved_at_any_byte_it_goes_on_to_the_same_value(void **state)
{
    (void)state;
    for (size_t cut = 0; cut <= LENGTH; cut++) {
        struct digest before, after;
        uint8_t saved[DIGEST_SAVED_SIZE];
        digest_start(&before);
        digest_add(&before, text, cut);
        digest_save(&before, saved);
        assert_true(digest_load(&after, saved, sizeof saved));
        assert_int_equal(digest_length(&after), cut);
        digest_add(&after, text + cut, LENGTH - cut);
        assert_int_equal(digest_value(&after), value_of(text, LENGTH));
    }
}

static void a_damaged_state_is_refused_and_leaves_a_fresh_one(void **state)
{
    (void)state;
    struct digest digest;
    uint8_t saved[DIGEST_SAVED_SIZE];
    digest_start(&digest);
    digest_add(&digest, text, LENGTH);
    digest_save(&digest, saved);
    for (size_t i = 0; i < sizeof saved; i++) {
        saved[i] ^= 0x40;
        assert_false(digest_load(&digest, saved, sizeof saved));
        assert_int_equal(digest_length(&digest), 0);
        saved[i] ^= 0x40;
    }
    assert_false(digest_load(&digest, saved, sizeof saved - 1));
    assert_false(digest_load(&digest, NULL, 0));
    assert_int_equal(digest_value(&digest), value_of("", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_published_hash),
        cmocka_unit_test(saved_at_any_byte_it_goes_on_to_the_same_value),
        cmocka_unit_test(a_damaged_state_is_refused_and_leaves_a_fresh_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
