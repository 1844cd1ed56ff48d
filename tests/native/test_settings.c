/* SPDX-License-Identifier: MIT */
/* Settings in the environment: names, kinds, and what becomes of values that are wrong. (The registry:
 * test_settings_win32.c.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "platform/log.h"
#include "platform/settings.h"
#include "variables.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void forget_all(void)
{
    static const char *const names[] = {"QMGRPRXY_HOST", "QMGRPRXY_LOG_SIZE", "QMGRPRXY_PROTOCOLS",
                                        "QMGRPRXY_TLS", "QMGRPRXY_USER_AGENT"};
    for (size_t i = 0; i < COUNT(names); i++) {
        set_variable(names[i], NULL);
    }
}

static int before(void **state)
{
    (void)state;
    forget_all();
    log_begin();
    return 0;
}

static int after(void **state)
{
    (void)state;
    log_end();
    forget_all();
    return 0;
}

static void what_nobody_has_set_has_its_default(void **state)
{
    (void)state;
    assert_true(setting_flag(SETTING_HOST));
    assert_int_equal(setting_number(SETTING_LOG_SIZE), 4096);
    assert_int_equal(setting_choice(SETTING_TLS), SETTING_TLS_AUTO);
    assert_null(setting_text(SETTING_USER_AGENT));
    assert_string_equal(log_content(), "");
}

static void what_is_empty_is_not_set(void **state)
{
    (void)state;
    set_variable("QMGRPRXY_HOST", "");
    set_variable("QMGRPRXY_LOG_SIZE", "");
    set_variable("QMGRPRXY_TLS", "");
    set_variable("QMGRPRXY_USER_AGENT", "");
    what_nobody_has_set_has_its_default(state);
}

static void a_flag_is_on_or_off_in_words_or_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool on;
    } flags[] = {{"on", true},   {"ON", true},   {"Yes", true}, {"1", true},  {"00012", true},
                 {"off", false}, {"Off", false}, {"no", false}, {"0", false}, {"000", false}};
    for (size_t i = 0; i < COUNT(flags); i++) {
        set_variable("QMGRPRXY_HOST", flags[i].text);
        assert_int_equal(setting_flag(SETTING_HOST), flags[i].on);
    }
    assert_string_equal(log_content(), "");
}

static void a_number_counts_in_its_range_only(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t number;
    } numbers[] = {{"16", 16},
                   {"0016", 16},
                   {"1048576", 1048576},
                   {"15", 4096},
                   {"1048577", 4096},
                   {"4294967295", 4096},
                   {"-16", 4096},
                   {"+16", 4096},
                   {"4294967312", 4096}, /* 2^32 + 16 */
                   {"0x20", 4096},
                   {" 32", 4096},
                   {"32 ", 4096},
                   {"32k", 4096},
                   {"18446744073709551632", 4096}, /* 2^64 + 16 */
                   {"1e3", 4096}};
    for (size_t i = 0; i < COUNT(numbers); i++) {
        set_variable("QMGRPRXY_LOG_SIZE", numbers[i].text);
        assert_int_equal(setting_number(SETTING_LOG_SIZE), numbers[i].number);
    }
}

static void a_choice_is_one_of_its_words(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned choice;
    } choices[] = {{"auto", SETTING_TLS_AUTO},       {"schannel", SETTING_TLS_SCHANNEL},
                   {"mbedTLS", SETTING_TLS_MBEDTLS}, {"mbed", SETTING_TLS_AUTO},
                   {"mbedtls2", SETTING_TLS_AUTO},   {"2", SETTING_TLS_AUTO}};
    for (size_t i = 0; i < COUNT(choices); i++) {
        set_variable("QMGRPRXY_TLS", choices[i].text);
        assert_int_equal(setting_choice(SETTING_TLS), choices[i].choice);
    }
}

static void protocols_are_words_that_are_known(void **state)
{
    (void)state;
    static const char *const right[] = {"http", "https,ftp", "FILE", " http  ; https ", "ftp,"};
    static const char *const wrong[] = {
        " ",     ",;",  "http gopher", "httpx",
        "ht tp", "all", "http/https",  "aVeryLongWordThatIsNoProtocol"};
    for (size_t i = 0; i < COUNT(right); i++) {
        set_variable("QMGRPRXY_PROTOCOLS", right[i]);
        char *text = setting_text(SETTING_PROTOCOLS);
        assert_non_null(text);
        assert_string_equal(text, right[i]);
        free(text);
    }
    for (size_t i = 0; i < COUNT(wrong); i++) {
        set_variable("QMGRPRXY_PROTOCOLS", wrong[i]);
        assert_null(setting_text(SETTING_PROTOCOLS));
    }
}

static void assert_user_agent(const char *set, const char *wanted)
{
    set_variable("QMGRPRXY_USER_AGENT", set);
    char *text = setting_text(SETTING_USER_AGENT);
    if (wanted) {
        assert_non_null(text);
        assert_string_equal(text, wanted);
    } else {
        assert_null(text);
    }
    free(text);
}

static void a_user_agent_cannot_bring_header_fields_along(void **state)
{
    (void)state;
    assert_user_agent("Somebody/1.0 (a b; c~)", "Somebody/1.0 (a b; c~)");
    assert_user_agent("Somebody\r\nX-Evil: 1", NULL);
    assert_user_agent("Some\tbody", NULL);
    assert_user_agent("B\xC3\xBCro", NULL);
    assert_user_agent("Some\x7F", NULL);
}

static void a_text_that_is_longer_than_any_has_reason_to_be_is_wrong(void **state)
{
    (void)state;
    static char text[32767 + 2];
    memset(text, 'a', 32766); /* what Windows lets a variable hold */
    assert_user_agent(text, text);
#ifndef _WIN32
    static char longer[32769 + 1];
    memset(longer, 'a', 32769);
    assert_user_agent(longer, NULL);
#endif
}

/* Each is reported once a process, so these are not wrong in another test before: main's order. */
static void a_wrong_value_is_logged_once_with_name_place_and_reason_but_without_the_value(
    void **state)
{
    (void)state;
    set_variable("QMGRPRXY_TLS", "geheim1");
    set_variable("QMGRPRXY_LOG_SIZE", "geheim2");
    set_variable("QMGRPRXY_HOST", "geheim3");
    set_variable("QMGRPRXY_USER_AGENT", "geheim4\n");
    set_variable("QMGRPRXY_PROTOCOLS", "http geheim5");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(setting_choice(SETTING_TLS), SETTING_TLS_AUTO);
        assert_int_equal(setting_number(SETTING_LOG_SIZE), 4096);
        assert_true(setting_flag(SETTING_HOST));
        assert_null(setting_text(SETTING_USER_AGENT));
        assert_null(setting_text(SETTING_PROTOCOLS));
    }
    assert_int_equal(log_count("\n"), 5);
    assert_int_equal(log_count("setting Protocols in the environment is wrong: it must be some of "
                               "http, https, ftp and file; its default is used\n"),
                     1);
    assert_int_equal(log_count("setting Tls in the environment is wrong: it must be auto, schannel "
                               "or mbedtls; its default is used\n"),
                     1);
    assert_int_equal(log_count("setting LogSize in the environment is wrong: it must be a number "
                               "from 16 to 1048576; its default is used\n"),
                     1);
    assert_int_equal(
        log_count("setting Host in the environment is wrong: it must be on or off; its "
                  "default is used\n"),
        1);
    assert_int_equal(log_count("setting UserAgent in the environment is wrong: it must be "
                               "printable ASCII; its default is used\n"),
                     1);
    assert_null(strstr(log_content(), "geheim"));
}

#define A_TEST(function) cmocka_unit_test_setup_teardown(function, before, after)

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(what_nobody_has_set_has_its_default),
        A_TEST(what_is_empty_is_not_set),
        A_TEST(a_flag_is_on_or_off_in_words_or_numbers),
        A_TEST(a_wrong_value_is_logged_once_with_name_place_and_reason_but_without_the_value),
        A_TEST(a_number_counts_in_its_range_only),
        A_TEST(a_choice_is_one_of_its_words),
        A_TEST(protocols_are_words_that_are_known),
        A_TEST(a_user_agent_cannot_bring_header_fields_along),
        A_TEST(a_text_that_is_longer_than_any_has_reason_to_be_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
