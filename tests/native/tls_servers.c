/* SPDX-License-Identifier: MIT */
#include "tls_servers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fetch.h"
#include "platform/platform.h"
#include "tls_facts.h"
#include "variables.h"

#ifdef _WIN32
#include <process.h>
#include <windows.h>
#define PROGRAM "copy.exe"
static const bool on_windows = true;
#else
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#define PROGRAM "copy"
static const bool on_windows = false;
#endif

static bool with_schannel; /* else mbedTLS on Windows, OpenSSL elsewhere */
static bool as_set;        /* by the setting Tls; else chosen by itself */

/* ---- settings, files ------------------------------------------------------------------------- */

/* A certificate of the test servers as PEM. */
static const char *certificate(const char *name, size_t *size)
{
    char file[64];
    snprintf(file, sizeof file, "/%s.pem", name);
    const char *path = fetch_url("QMGR_TEST_CERTS", file);
    return fetch_read(path, size);
}

/* A file with the certificates of these names (the last NULL) becomes CaFile. */
static void believe(const char *const *names)
{
    char text[16384];
    size_t used = 0;
    for (; *names; names++) {
        size_t size = 0;
        const char *pem = certificate(*names, &size);
        assert_true(used + size <= sizeof text);
        memcpy(text + used, pem, size);
        used += size;
    }
    fetch_write(fetch_local("own.pem"), text, used);
    set_variable("QMGRPRXY_CA_FILE", fetch_local("own.pem"));
    fetch_renew_engine();
}

static int set_up(void **state)
{
    log_begin();
    set_variable("QMGRPRXY_CA_FILE", NULL);
    return fetch_set_up(state);
}

static int tear_down(void **state)
{
    int failed = fetch_tear_down(state);
    log_end();
    return failed;
}

static bool is_logged(const char *text)
{
    return log_count(text) > 0;
}

/* ---- what is expected of a server ------------------------------------------------------------- */

struct expectation {
    const char *server;
    enum download_end end;
    uint32_t win32;
    const char *cause; /* a part of it; NULL: any */
};

static const struct download_result *ask(const char *server)
{
    char part[64];
    snprintf(part, sizeof part, "part-%s", server);
    return fetch_wait(fetch_all(fetch_url(server, "/small.bin"), part));
}

static void assert_one(const struct expectation *expected)
{
    const struct download_result *result = ask(expected->server);
    bool told = !expected->cause || strstr(result->cause, expected->cause);
    if (result->end != expected->end || result->win32 != expected->win32 || !told) {
        print_error("%s: end %d, win32 %lu, http %lu: %s\n", expected->server, (int)result->end,
                    (unsigned long)result->win32, (unsigned long)result->http, result->cause);
    }
    assert_int_equal(result->end, expected->end);
    assert_int_equal(result->win32, expected->win32);
    assert_true(told);
}

static void assert_believed(const char *server)
{
    assert_one(&(struct expectation){server, END_WHOLE, 0, NULL});
}

static void assert_unknown(const char *server)
{
    assert_one(&(struct expectation){server, END_FATAL, 12045, "authority"});
}

/* The exact words are those of our own judges, which there are on Windows. */
static void assert_refused(const char *server, uint32_t win32, const char *words)
{
    assert_one(&(struct expectation){server, END_FATAL, win32, on_windows ? words : NULL});
}

/* ---- versions, keys, chains ------------------------------------------------------------------- */

static void a_server_with_tls_1_2_only_is_served(void **state)
{
    assert_believed("QMGR_TEST_TLS_ONLY12");
}

static void a_server_with_tls_1_3_only_is_served_or_tried_again(void **state)
{
    /* mbedTLS 2.28 and Schannel of Wine have no TLS 1.3. */
    bool knows = !on_windows;
    const struct expectation no = {"QMGR_TEST_TLS_ONLY13", END_TRANSIENT, 12175,
                                   with_schannel ? NULL : "no TLS version or cipher in common"};
    const struct expectation yes = {"QMGR_TEST_TLS_ONLY13", END_WHOLE, 0, NULL};
    assert_one(knows ? &yes : &no);
}

static void a_server_with_tls_1_1_at_most_is_not_served(void **state)
{
    const struct expectation no = {"QMGR_TEST_TLS_ONLY11", END_TRANSIENT, 12175,
                                   with_schannel ? NULL : "no TLS version or cipher in common"};
    assert_one(&no);
}

static void large_keys_and_long_chains_are_believed(void **state)
{
    assert_believed("QMGR_TEST_TLS_RSA4096");
    assert_believed("QMGR_TEST_TLS_CHAIN");
    assert_believed("QMGR_TEST_TLS_BIGCHAIN");
}

static void a_chain_with_a_gap_is_unknown(void **state)
{
    assert_refused("QMGR_TEST_TLS_NOCHAIN", 12045,
                   "the certificate of localhost comes from QmgrPrxy test middle, which is not a "
                   "known authority");
}

static void the_server_is_told_which_host_is_wanted(void **state)
{
    assert_believed("QMGR_TEST_TLS_SNI"); /* its certificate for everybody else is a wrong one */
}

/* ---- certificates that are refused ------------------------------------------------------------- */

static void dates_are_told(void **state)
{
    assert_refused("QMGR_TEST_TLS_FUTURE", 12037,
                   "the certificate of localhost is not valid before 2060-01-01");
    assert_refused("QMGR_TEST_HTTPS_EXPIRED", 12037,
                   "the certificate of localhost expired on 2020-02-01");
}

static void another_name_is_told(void **state)
{
    assert_refused("QMGR_TEST_HTTPS_WRONGNAME", 12038,
                   "the certificate of localhost is for wrong.example");
}

static void an_unknown_authority_is_told(void **state)
{
    assert_refused("QMGR_TEST_HTTPS_UNKNOWN", 12045,
                   "the certificate of localhost comes from QmgrPrxy unknown authority, which is "
                   "not a known authority");
    assert_refused("QMGR_TEST_TLS_SELFSIGNED", 12045,
                   "the certificate of localhost is signed by itself");
}

static void a_certificate_for_clients_is_refused(void **state)
{
    assert_refused("QMGR_TEST_TLS_CLIENTONLY", 12179,
                   "the certificate of localhost is not meant for servers");
    assert_refused("QMGR_TEST_TLS_CLIENTSAUTHORITY", 12179, "not meant for servers");
}

static void weak_certificates_are_refused(void **state)
{
    assert_refused("QMGR_TEST_TLS_SHA1", 12169,
                   "the certificate of localhost is too weak: signed with SHA-1");
    assert_refused("QMGR_TEST_TLS_RSA1024", 12169,
                   "the certificate of localhost is too weak: a key of less than 2048 bits");
}

static void who_is_no_authority_cannot_vouch(void **state)
{
    assert_refused("QMGR_TEST_TLS_NOTCA", 12045, "which is not an authority");
}

static void an_authority_for_other_names_cannot_vouch(void **state)
{
    assert_refused("QMGR_TEST_TLS_CONSTRAINED", 12169, "restricted to other names");
    assert_refused("QMGR_TEST_TLS_CONSTRAINEDLAX", 12169, "restricted to other names");
    assert_refused("QMGR_TEST_TLS_EXCLUDED", 12169, "restricted to other names");
    assert_refused("QMGR_TEST_TLS_CONSTRAINEDADDRESS", 12169, "restricted to other names");
    assert_believed("QMGR_TEST_TLS_CONSTRAINEDWIDE");
}

static void what_we_must_know_but_do_not_is_refused(void **state)
{
    assert_refused("QMGR_TEST_TLS_CRITICAL", 12169, NULL);
}

/* ---- addresses, clients ------------------------------------------------------------------------- */

static void an_address_must_stand_in_the_certificate(void **state)
{
    assert_believed("QMGR_TEST_TLS_ADDRESS");
    assert_refused("QMGR_TEST_TLS_ADDRESSLESS", 12038,
                   "the certificate of 127.0.0.1 is for localhost");
}

static void a_server_may_ask_for_a_certificate_of_ours_but_not_demand_it(void **state)
{
    assert_believed("QMGR_TEST_TLS_ASKS");
    /* Schannel of Wine tells of no handshake why it failed. */
    const struct expectation no = {"QMGR_TEST_TLS_DEMANDS", END_FATAL, 12044,
                                   "a certificate of the client"};
    const struct expectation failed = {"QMGR_TEST_TLS_DEMANDS", END_TRANSIENT, 12175, NULL};
    assert_one(with_schannel ? &failed : &no);
}

/* ---- a file with more authorities ----------------------------------------------------------------- */

static void the_files_authorities_are_believed_besides_the_systems(void **state)
{
    believe((const char *[]){"stranger", NULL});
    assert_believed("QMGR_TEST_HTTPS_UNKNOWN");
    assert_believed("QMGR_TEST_TLS_STRANGERCHAIN");
    assert_believed("QMGR_TEST_HTTPS");
    assert_believed("QMGR_TEST_TLS_CHAIN");
    assert_believed("QMGR_TEST_TLS_ADDRESS");
    assert_true(is_logged("own.pem"));
}

static void without_the_file_they_are_not(void **state)
{
    assert_unknown("QMGR_TEST_HTTPS_UNKNOWN");
    assert_unknown("QMGR_TEST_TLS_STRANGERCHAIN");
    assert_unknown("QMGR_TEST_TLS_IMPOSTOR");
    assert_unknown("QMGR_TEST_TLS_FORGED");
}

static void all_else_is_refused_with_a_file_too(void **state)
{
    believe((const char *[]){"stranger", NULL});
    assert_unknown("QMGR_TEST_TLS_NOCHAIN");
    assert_one(&(struct expectation){"QMGR_TEST_HTTPS_EXPIRED", END_FATAL, 12037, NULL});
    assert_one(&(struct expectation){"QMGR_TEST_HTTPS_WRONGNAME", END_FATAL, 12038, NULL});
    assert_one(&(struct expectation){"QMGR_TEST_TLS_ADDRESSLESS", END_FATAL, 12038, NULL});
    assert_one(&(struct expectation){"QMGR_TEST_TLS_SELFSIGNED", END_FATAL, 12045, NULL});
}

/* The certificates of the other test authority, as if the system did not know it. */
static void what_is_wrong_below_an_authority_of_the_file_is_refused(void **state)
{
    believe((const char *[]){"stranger", NULL});
    assert_one(&(struct expectation){"QMGR_TEST_TLS_STRANGEREXPIRED", END_FATAL, 12037, NULL});
    assert_one(&(struct expectation){"QMGR_TEST_TLS_STRANGERNAME", END_FATAL, 12038, NULL});
    assert_one(&(struct expectation){"QMGR_TEST_TLS_STRANGERCLIENT", END_FATAL, 12179, NULL});
    assert_one(
        &(struct expectation){"QMGR_TEST_TLS_STRANGERCLIENTSAUTHORITY", END_FATAL, 12179, NULL});
    assert_one(&(struct expectation){"QMGR_TEST_TLS_STRANGERSHA1", END_FATAL, 12169, NULL});
    assert_one(&(struct expectation){"QMGR_TEST_TLS_STRANGERNOTCA", END_FATAL, 12045, NULL});
}

static void who_has_only_the_name_of_a_files_authority_is_not_believed(void **state)
{
    believe((const char *[]){"stranger", NULL});
    assert_unknown("QMGR_TEST_TLS_IMPOSTOR");
    assert_unknown("QMGR_TEST_TLS_FORGED");
}

static void an_authority_in_the_middle_can_be_believed_alone(void **state)
{
    believe((const char *[]){"strangermiddle", NULL});
    assert_believed("QMGR_TEST_TLS_STRANGERCHAIN");
    assert_unknown("QMGR_TEST_HTTPS_UNKNOWN");
}

static void a_server_that_vouches_for_itself_can_be_believed(void **state)
{
    believe((const char *[]){"selfsigned", NULL});
    assert_believed("QMGR_TEST_TLS_SELFSIGNED");
}

#ifdef _WIN32 /* OpenSSL takes whatever is in the file */
static void a_servers_certificate_in_the_file_makes_no_authority(void **state)
{
    believe((const char *[]){"unknown", "strangernotauthority", NULL});
    assert_unknown("QMGR_TEST_HTTPS_UNKNOWN");
    assert_unknown("QMGR_TEST_TLS_STRANGERNOTCA");
}
#endif

static void of_a_broken_file_what_is_right_is_used(void **state)
{
    size_t size = 0;
    char text[16384] = "-----BEGIN CERTIFICATE-----\nno base64!\n-----END CERTIFICATE-----\nwords\n"
                       "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    size_t used = strlen(text);
    const char *pem = certificate("stranger", &size);
    memcpy(text + used, pem, size);
    used += size;
    memcpy(text + used, pem, size / 2);
    used += size / 2;
    fetch_write(fetch_local("broken.pem"), text, used);
    set_variable("QMGRPRXY_CA_FILE", fetch_local("broken.pem"));
    fetch_renew_engine();
    assert_believed("QMGR_TEST_HTTPS_UNKNOWN");
    assert_true(is_logged("3 of the 4 certificates in"));
    assert_true(is_logged("the first is number 1: cut off or not base64"));
}

static void a_file_that_cannot_be_had_is_reported(void **state)
{
    set_variable("QMGRPRXY_CA_FILE", fetch_local("missing.pem"));
    fetch_renew_engine();
    assert_unknown("QMGR_TEST_HTTPS_UNKNOWN");
    assert_believed("QMGR_TEST_HTTPS");
    assert_true(is_logged("missing.pem cannot be read"));

    fetch_write(fetch_local("empty.pem"), "nothing\n", 8);
    set_variable("QMGRPRXY_CA_FILE", fetch_local("empty.pem"));
    fetch_renew_engine();
    assert_unknown("QMGR_TEST_HTTPS_UNKNOWN");
    assert_true(is_logged("there is no certificate in"));
}

static void a_file_that_is_too_large_is_not_read(void **state)
{
    size_t size = 0;
    const char *pem = certificate("stranger", &size);
    size_t large = ((size_t)4 << 20) + 1;
    char *text = calloc(1, large);
    assert_non_null(text);
    memcpy(text, pem, size);
    fetch_write(fetch_local("large.pem"), text, large);
    free(text);
    set_variable("QMGRPRXY_CA_FILE", fetch_local("large.pem"));
    fetch_renew_engine();
    assert_unknown("QMGR_TEST_HTTPS_UNKNOWN");
    assert_true(is_logged("large.pem cannot be read, or is larger than 4 MiB"));
}

/* ---- the file beside the program ------------------------------------------------------------------- */

static int run(const char *program, const char *argument)
{
#ifdef _WIN32
    return (int)_spawnl(_P_WAIT, program, PROGRAM, argument, NULL);
#else
    pid_t child;
    int status = -1;
    char *words[] = {(char *)(uintptr_t)program, (char *)(uintptr_t)argument, NULL};
    assert_int_equal(chmod(program, 0700), 0);
    assert_int_equal(posix_spawn(&child, program, NULL, NULL, words, environ), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
#endif
}

/* The child: 0 if it could be downloaded, 1 if the authority is unknown. */
static int download_for_parent(const char *url)
{
    void *state = NULL;
    if (fetch_set_up(&state) != 0) {
        return 2;
    }
    const struct download_result *result = fetch_wait(fetch_all(url, "part"));
    int code = result->end == END_WHOLE ? 0 : result->win32 == 12045 ? 1 : 3;
    fetch_tear_down(&state);
    return code;
}

static const char *own_path;

static void the_file_beside_the_program_is_found(void **state)
{
    size_t size = 0;
    const char *program = fetch_local(PROGRAM);
    const char *url = fetch_url("QMGR_TEST_HTTPS_UNKNOWN", "/small.bin");
    const char *own = fetch_read(own_path, &size);
    fetch_write(program, own, size);
    assert_int_equal(run(program, url), 1);
    const char *pem = certificate("stranger", &size);
    fetch_write(fetch_local("qmgr-ca.pem"), pem, size);
    assert_int_equal(run(program, url), 0);
    /* What is named takes its place. */
    set_variable("QMGRPRXY_CA_FILE", fetch_local("none.pem"));
    assert_int_equal(run(program, url), 1);
}

/* ---- the log ------------------------------------------------------------------------------------- */

static void the_library_and_the_authorities_are_logged(void **state)
{
    assert_true(is_logged(with_schannel ? "transfer: TLS by Schannel, "
                          : on_windows  ? "transfer: TLS by mbedTLS 2."
                                        : "transfer: TLS by OpenSSL"));
    if (on_windows) {
        assert_true(is_logged(as_set ? ", as the setting Tls says;" : ", since "));
    }
    believe((const char *[]){"stranger", "strangermiddle", NULL});
    assert_true(is_logged(with_schannel ? "the system's authorities and 2 of "
                          : on_windows  ? " authorities of the system and 2 of "
                                        : " and 2 certificates of "));
}

#define SERVER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static int run_group(void)
{
    const struct CMUnitTest tests[] = {
        SERVER_TEST(a_server_with_tls_1_2_only_is_served),
        SERVER_TEST(a_server_with_tls_1_3_only_is_served_or_tried_again),
        SERVER_TEST(a_server_with_tls_1_1_at_most_is_not_served),
        SERVER_TEST(large_keys_and_long_chains_are_believed),
        SERVER_TEST(a_chain_with_a_gap_is_unknown),
        SERVER_TEST(the_server_is_told_which_host_is_wanted),
        SERVER_TEST(dates_are_told),
        SERVER_TEST(another_name_is_told),
        SERVER_TEST(an_unknown_authority_is_told),
        SERVER_TEST(a_certificate_for_clients_is_refused),
        SERVER_TEST(weak_certificates_are_refused),
        SERVER_TEST(who_is_no_authority_cannot_vouch),
        SERVER_TEST(an_authority_for_other_names_cannot_vouch),
        SERVER_TEST(what_we_must_know_but_do_not_is_refused),
        SERVER_TEST(an_address_must_stand_in_the_certificate),
        SERVER_TEST(a_server_may_ask_for_a_certificate_of_ours_but_not_demand_it),
        SERVER_TEST(the_files_authorities_are_believed_besides_the_systems),
        SERVER_TEST(without_the_file_they_are_not),
        SERVER_TEST(all_else_is_refused_with_a_file_too),
        SERVER_TEST(what_is_wrong_below_an_authority_of_the_file_is_refused),
        SERVER_TEST(who_has_only_the_name_of_a_files_authority_is_not_believed),
        SERVER_TEST(an_authority_in_the_middle_can_be_believed_alone),
        SERVER_TEST(a_server_that_vouches_for_itself_can_be_believed),
#ifdef _WIN32
        SERVER_TEST(a_servers_certificate_in_the_file_makes_no_authority),
#endif
        SERVER_TEST(of_a_broken_file_what_is_right_is_used),
        SERVER_TEST(a_file_that_cannot_be_had_is_reported),
        SERVER_TEST(a_file_that_is_too_large_is_not_read),
        SERVER_TEST(the_file_beside_the_program_is_found),
        SERVER_TEST(the_library_and_the_authorities_are_logged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

static char *path_of_program(void)
{
    char path[4096];
#ifdef _WIN32
    DWORD length = GetModuleFileNameA(NULL, path, sizeof path);
    return length > 0 && length < sizeof path ? strdup(path) : NULL;
#else
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    path[length > 0 ? length : 0] = '\0';
    return strdup(path);
#endif
}

int tls_servers_run(const char *library, const char *url)
{
    if (url) {
        return download_for_parent(url);
    }
    if (!fetch_has_server()) {
        return 1;
    }
    if (!tls_facts_prepare(library)) {
        fprintf(stderr, "the test server's authority could not be made known\n");
        return 1;
    }
    char *program = path_of_program();
    own_path = program;
    with_schannel = on_windows && (!library || strcmp(library, "schannel") == 0);
    as_set = library != NULL;
    int failed = run_group();
    free(program);
    return failed;
}
