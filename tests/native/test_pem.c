/* SPDX-License-Identifier: MIT */
/* Certificates as text: what is found in it, whatever else is there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "transfer/pem.h"

#define BEGIN "-----BEGIN CERTIFICATE-----"
#define END "-----END CERTIFICATE-----"

static void assert_next(struct pem *pem, enum pem_found found, const char *content)
{
    struct blob der;
    assert_int_equal(pem_next(pem, &der), found);
    if (content) {
        assert_int_equal(der.size, strlen(content));
        assert_memory_equal(der.data, content, der.size);
    } else {
        assert_null(der.data);
        assert_int_equal(der.size, 0);
    }
    free(der.data);
}

/* As a copy of exactly this size, so that a sanitizer sees who reads on. */
static void assert_all(const char *text, size_t size, const char *const *contents)
{
    char *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, text, size);
    struct pem pem = pem_start(copy, size);
    for (; *contents; contents++) {
        bool broken = strcmp(*contents, "broken") == 0;
        assert_next(&pem, broken ? PEM_BROKEN : PEM_CERTIFICATE, broken ? NULL : *contents);
    }
    assert_next(&pem, PEM_END, NULL);
    assert_next(&pem, PEM_END, NULL);
    free(copy);
}

#define CONTENTS(...)                                                                              \
    (const char *[])                                                                               \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }
#define assert_text(text, ...) assert_all(text, strlen(text), CONTENTS(__VA_ARGS__))

static void certificates_are_found_among_other_text(void **state)
{
    assert_text("Somebody's authority\n" BEGIN "\nTWFu\n" END "\nand another\r\n" BEGIN
                "\r\nTWE=\r\n" END "\r\n" BEGIN " TQ= =" END,
                "Man", "Ma", "M");
    assert_text(BEGIN "\nTW\nFu\tTWFu\n \nTWE=\n" END, "ManManMa");
    assert_text("-----BEGIN X509 CRL-----\nTWFu\n-----END X509 CRL-----\n" BEGIN "TWFu" END, "Man");
}

static void no_text_has_no_certificate(void **state)
{
    const char *none = NULL;
    assert_all("", 0, &none);
    assert_all("\0\0\0\0", 4, &none);
    assert_all("-----BEGIN CERTIFICATE----", 26, &none);
    assert_all("------------------------------", 30, &none);
    assert_all(END, strlen(END), &none);
}

static void what_is_broken_costs_only_itself(void **state)
{
    assert_text(BEGIN "\nTWFu\n" BEGIN "\nTWE=\n" END, "broken", "Ma");
    assert_text(BEGIN "TW!u" END BEGIN "TWFu" END, "broken", "Man");
    assert_text(BEGIN "TWFu" END BEGIN "TWFu", "Man", "broken");
    assert_text(BEGIN "TWFu" END BEGIN, "Man", "broken");
    assert_text(BEGIN END, "broken");
    assert_text(BEGIN "TWF" END, "broken");
    assert_text(BEGIN "TQ=" END, "broken");
    assert_text(BEGIN "T===" END, "broken");
    assert_text(BEGIN "====" END, "broken");
    assert_text(BEGIN "TWE=TWFu" END, "broken");
    assert_text(BEGIN "TWFu====" END, "broken");
    assert_text(BEGIN "TWF\xFF" END, "broken");
    assert_all(BEGIN "TW\0u" END, strlen(BEGIN) + 4 + strlen(END), CONTENTS("broken"));
}

/* Were each to look for its end in all that follows, this would take minutes. */
static void many_beginnings_are_passed_over_at_once(void **state)
{
    enum { MANY = 150000 };
    size_t length = strlen(BEGIN);
    char *text = malloc(MANY * length);
    assert_non_null(text);
    for (size_t i = 0; i < MANY; i++) {
        memcpy(text + i * length, BEGIN, length);
    }
    struct pem pem = pem_start(text, MANY * length);
    for (size_t i = 0; i < MANY; i++) {
        assert_next(&pem, PEM_BROKEN, NULL);
    }
    assert_next(&pem, PEM_END, NULL);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates_are_found_among_other_text),
        cmocka_unit_test(no_text_has_no_certificate),
        cmocka_unit_test(what_is_broken_costs_only_itself),
        cmocka_unit_test(many_beginnings_are_passed_over_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
