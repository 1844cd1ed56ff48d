/* SPDX-License-Identifier: MIT */
/* Which hosts are addresses, and which bytes a certificate has for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "transfer/tls.h"

static void assert_host(const char *url, const char *expected)
{
    CURL *easy = curl_easy_init();
    assert_non_null(easy);
    assert_int_equal(curl_easy_setopt(easy, CURLOPT_URL, url), CURLE_OK);
    char *host = tls_host(easy);
    assert_string_equal(host, expected);
    free(host);
    curl_easy_cleanup(easy);
}

static void the_host_is_that_of_the_url(void **state)
{
    assert_host("https://www.example/x", "www.example");
    assert_host("https://somebody@127.0.0.1:8443/", "127.0.0.1");
    assert_host("https://[::1]:8443/", "::1");
}

static void addresses_are_told_from_names(void **state)
{
    unsigned char address[16];
    const unsigned char four[] = {192, 0, 2, 1};
    const unsigned char six[16] = {0x20, 0x01, 0x0D, 0xB8, [15] = 1};
    assert_int_equal(tls_address("192.0.2.1", address), 4);
    assert_memory_equal(address, four, 4);
    assert_int_equal(tls_address("2001:db8::1", address), 16);
    assert_memory_equal(address, six, 16);
    assert_int_equal(tls_address("localhost", address), 0);
    assert_int_equal(tls_address("192.0.2.1.example", address), 0);
    assert_int_equal(tls_address("", address), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_host_is_that_of_the_url),
        cmocka_unit_test(addresses_are_told_from_names),
    };
    curl_global_init(CURL_GLOBAL_ALL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    curl_global_cleanup();
    return failed;
}
