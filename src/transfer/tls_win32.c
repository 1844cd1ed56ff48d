/* SPDX-License-Identifier: MIT */
#include "transfer/tls.h"

#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "platform/log.h"
#include "platform/settings.h"
#include "platform/winapi.h"
#include "transfer/tls_roots_win32.h"
#include "transfer/tls_schannel_win32.h"

struct tls {
    bool schannel;
    char *roots; /* PEM, for mbedTLS */
    size_t roots_size;
};

/* Set by tls_choose, under the lock of transfer.c; stays while there is an engine. */
static bool chosen_schannel;

/* Schannel speaks TLS 1.2 by itself from Windows 8 on. A program without a manifest is told 6.2 on
 * everything newer, which is enough to know. Wine's Schannel is GnuTLS, whatever Windows Wine plays, and five
 * times faster there than mbedTLS. */
static bool schannel_is_new_enough(void)
{
    if (winapi_is_wine()) {
        return true;
    }
    OSVERSIONINFOEXW least = {
        .dwOSVersionInfoSize = sizeof least, .dwMajorVersion = 6, .dwMinorVersion = 2};
    DWORDLONG compare = VerSetConditionMask(0, VER_MAJORVERSION, VER_GREATER_EQUAL);
    compare = VerSetConditionMask(compare, VER_MINORVERSION, VER_GREATER_EQUAL);
    return VerifyVersionInfoW(&least, VER_MAJORVERSION | VER_MINORVERSION, compare);
}

bool tls_choose(void)
{
    unsigned wish = setting_choice(SETTING_TLS);
    chosen_schannel =
        wish == SETTING_TLS_AUTO ? schannel_is_new_enough() : wish == SETTING_TLS_SCHANNEL;

    curl_sslbackend backend = chosen_schannel ? CURLSSLBACKEND_SCHANNEL : CURLSSLBACKEND_MBEDTLS;
    CURLsslset rc = curl_global_sslset(backend, NULL, NULL);
    if (rc != CURLSSLSET_OK) {
        log_event("transfer: no TLS library (curl_global_sslset: %d)", (int)rc);
    }
    return rc == CURLSSLSET_OK;
}

struct tls *tls_new(void)
{
    struct tls *tls = calloc(1, sizeof *tls);
    if (!tls) {
        return NULL;
    }
    tls->schannel = chosen_schannel;
    if (!tls->schannel && !tls_roots(&tls->roots, &tls->roots_size)) {
        free(tls);
        return NULL;
    }
    return tls;
}

void tls_free(struct tls *tls)
{
    if (tls) {
        free(tls->roots);
        free(tls);
    }
}

/* Before each request is sent, also on a connection that served others. */
static int before_request(void *context, char *ip, char *local_ip, int port, int local_port)
{
    struct tls_peer *peer = context;
    (void)ip, (void)local_ip, (void)port, (void)local_port;
    char *scheme = NULL;
    curl_easy_getinfo(peer->easy, CURLINFO_SCHEME, &scheme);
    if (scheme && curl_strequal(scheme, "http")) {
        return CURL_PREREQFUNC_OK;
    }
    peer->refusal = tls_schannel_judge(peer->easy);
    return peer->refusal == TLS_ACCEPTED ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

static CURLcode trust_through_schannel(CURL *easy, struct tls_peer *peer)
{
    /* Revocation is not checked by default (bits-behaviour.md 3), and fails where the lists are
     * out of reach. */
    CURLcode rc = curl_easy_setopt(easy, CURLOPT_SSL_OPTIONS, (long)CURLSSLOPT_NO_REVOKE);
    if (rc == CURLE_OK) {
        rc = curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
    }
    return rc == CURLE_OK ? curl_easy_setopt(easy, CURLOPT_PREREQDATA, peer) : rc;
}

static CURLcode trust_through_mbedtls(struct tls *tls, CURL *easy)
{
    if (tls->roots_size == 0) {
        return CURLE_OK; /* then nobody is trusted */
    }
    struct curl_blob roots = {
        .data = tls->roots, .len = tls->roots_size, .flags = CURL_BLOB_NOCOPY};
    return curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &roots);
}

CURLcode tls_set_up(struct tls *tls, CURL *easy, struct tls_peer *peer)
{
    *peer = (struct tls_peer){.easy = easy};
    CURLcode rc = curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    if (rc == CURLE_OK) {
        rc = curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    }
    if (rc == CURLE_OK) {
        rc = curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    }
    if (rc == CURLE_OK) {
        rc = tls->schannel ? trust_through_schannel(easy, peer) : trust_through_mbedtls(tls, easy);
    }
    return rc;
}

/* Neither library tells by a number; libcurl's words for it, which name the library's own
 * constants. */
static const struct words {
    const char *text;
    enum tls_refusal refusal;
} known_words[] = {
    {"BADCERT_EXPIRED", TLS_DATE},           {"BADCERT_FUTURE", TLS_DATE},
    {"SEC_E_CERT_EXPIRED", TLS_DATE},        {"BADCERT_CN_MISMATCH", TLS_NAME},
    {"SEC_E_WRONG_PRINCIPAL", TLS_NAME},     {"BADCERT_NOT_TRUSTED", TLS_AUTHORITY},
    {"SEC_E_UNTRUSTED_ROOT", TLS_AUTHORITY}, {"SEC_E_CERT_UNKNOWN", TLS_OTHER},
};

enum tls_refusal tls_refusal(const struct tls_peer *peer, CURLcode rc, const char *detail)
{
    if (peer->refusal != TLS_ACCEPTED) {
        return peer->refusal;
    }
    if (rc != CURLE_PEER_FAILED_VERIFICATION && rc != CURLE_SSL_CONNECT_ERROR) {
        return TLS_ACCEPTED;
    }
    for (size_t i = 0; i < sizeof known_words / sizeof *known_words; i++) {
        if (strstr(detail, known_words[i].text)) {
            return known_words[i].refusal;
        }
    }
    return rc == CURLE_PEER_FAILED_VERIFICATION ? TLS_OTHER : TLS_ACCEPTED;
}
