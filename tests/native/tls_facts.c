/* SPDX-License-Identifier: MIT */
#include "tls_facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fetch.h"

#ifdef _WIN32
#include <windows.h>

#include <wincrypt.h>

bool tls_facts_prepare(const char *library)
{
    if (library && !SetEnvironmentVariableA("QMGRPRXY_TLS", library)) {
        return false;
    }
    char *path = platform_env("QMGR_TEST_CA_DER");
    HCERTSTORE store = CertOpenSystemStoreA(0, "ROOT");
    FILE *file = path ? fopen(path, "rb") : NULL;
    unsigned char data[4096];
    size_t size = file ? fread(data, 1, sizeof data, file) : 0;
    bool added = store && size > 0 &&
                 CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING, data, (DWORD)size,
                                                  CERT_STORE_ADD_USE_EXISTING, NULL);
    if (file) {
        fclose(file);
    }
    if (store) {
        CertCloseStore(store, 0);
    }
    free(path);
    return added;
}
#else
bool tls_facts_prepare(const char *library)
{
    (void)library; /* there is one only, and it knows QMGR_TEST_CA */
    return true;
}
#endif

static void assert_end(const char *url, enum download_end end, uint32_t win32)
{
    struct fetch *fetch = fetch_all(url, "part");
    const struct download_result *result = fetch_wait(fetch);
    if (result->end != end || result->win32 != win32) {
        print_error("%s: end %d, win32 %lu, http %lu: %s\n", url, (int)result->end,
                    (unsigned long)result->win32, (unsigned long)result->http, result->cause);
    }
    assert_int_equal(result->end, end);
    assert_int_equal(result->win32, win32);
    assert_int_equal(result->http, 0);
    assert_int_equal(download_bytes(fetch_download(fetch)), 0);
}

static void a_server_that_we_trust_is_believed(void **state)
{
    fetch_into(fetch_url("QMGR_TEST_HTTPS", "/mid.bin"), "target");
    fetch_assert_same(fetch_local("target"), fetch_served("mid.bin"));
}

static void many_files_arrive_over_https(void **state)
{
    struct fetch *fetches[50];
    for (size_t i = 0; i < 50; i++) {
        char url[32];
        char part[32];
        snprintf(url, sizeof url, "/many/f%03u.bin", (unsigned)i);
        snprintf(part, sizeof part, "part%u", (unsigned)i);
        struct download_request request = {
            .url = fetch_url("QMGR_TEST_HTTPS", url), .part = fetch_local(part), .size = -1};
        fetches[i] = fetch_start(&request);
    }
    for (size_t i = 0; i < 50; i++) {
        char original[32];
        char target[32];
        uint32_t win32 = 0;
        snprintf(original, sizeof original, "many/f%03u.bin", (unsigned)i);
        snprintf(target, sizeof target, "target%u", (unsigned)i);
        const struct download_result *result = fetch_wait(fetches[i]);
        if (result->end != END_WHOLE) {
            print_error("%u: win32 %lu, http %lu: %s\n", (unsigned)i, (unsigned long)result->win32,
                        (unsigned long)result->http, result->cause);
        }
        assert_int_equal(result->end, END_WHOLE);
        assert_int_equal(fetch_finish(fetches[i], target, &win32), FAULT_NONE);
        fetch_assert_same(fetch_local(target), fetch_served(original));
    }
}

static void an_unknown_authority_is_refused(void **state)
{
    assert_end(fetch_url("QMGR_TEST_HTTPS_UNKNOWN", "/small.bin"), END_FATAL, 12045);
}

static void a_certificate_for_another_name_is_refused(void **state)
{
    assert_end(fetch_url("QMGR_TEST_HTTPS_WRONGNAME", "/small.bin"), END_FATAL, 12038);
}

static void an_expired_certificate_is_refused(void **state)
{
    assert_end(fetch_url("QMGR_TEST_HTTPS_EXPIRED", "/small.bin"), END_FATAL, 12037);
}

static void sizes_are_not_asked_of_those_who_are_refused(void **state)
{
    struct download_request request = {.url = fetch_url("QMGR_TEST_HTTPS_UNKNOWN", "/small.bin"),
                                       .size = -1};
    struct fetch *fetch = fetch_start(&request);
    assert_int_equal(fetch_wait(fetch)->end, END_FATAL);
    assert_int_equal(fetch_wait(fetch)->win32, 12045);
}

static void one_is_led_from_http_to_https_but_not_back(void **state)
{
    fetch_into(fetch_url("QMGR_TEST_HTTP", "/redirect-https/small.bin"), "target");
    fetch_assert_same(fetch_local("target"), fetch_served("small.bin"));
    assert_end(fetch_url("QMGR_TEST_HTTPS", "/redirect-http/small.bin"), END_FATAL, 12156);
    assert_end(fetch_url("QMGR_TEST_HTTP", "/redirect-https/redirect-http/small.bin"), END_FATAL,
               12156);
}

static void a_port_that_speaks_no_tls_is_transient(void **state)
{
    const char *http = fetch_url("QMGR_TEST_HTTP", "/small.bin");
    char url[128];
    snprintf(url, sizeof url, "https%s", http + 4);
    assert_end(url, END_TRANSIENT, 12175);
}

#define TLS_TEST(name) cmocka_unit_test_setup_teardown(name, fetch_set_up, fetch_tear_down)

int tls_facts_run(const char *library)
{
    const struct CMUnitTest tests[] = {
        TLS_TEST(a_server_that_we_trust_is_believed),
        TLS_TEST(many_files_arrive_over_https),
        TLS_TEST(an_unknown_authority_is_refused),
        TLS_TEST(a_certificate_for_another_name_is_refused),
        TLS_TEST(an_expired_certificate_is_refused),
        TLS_TEST(sizes_are_not_asked_of_those_who_are_refused),
        TLS_TEST(one_is_led_from_http_to_https_but_not_back),
        TLS_TEST(a_port_that_speaks_no_tls_is_transient),
    };
    if (!fetch_has_server()) {
        return 1;
    }
    if (!tls_facts_prepare(library)) {
        fprintf(stderr, "the test server's authority could not be made known\n");
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
