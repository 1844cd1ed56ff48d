/* SPDX-License-Identifier: MIT */
#include "transfer/tls.h"

#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include <mbedtls/version.h>

#include "platform/log.h"
#include "platform/settings.h"
#include "platform/winapi.h"
#include "transfer/ca_file.h"
#include "transfer/tls_mbedtls_win32.h"
#include "transfer/tls_schannel_win32.h"

struct tls {
    bool schannel;
    HCERTSTORE extra; /* for Schannel: authorities besides the system's, or NULL */
    struct tls_mbedtls mbedtls;
};

/* Set by tls_choose, under the lock of transfer.c; stays while there is an engine. */
static bool chosen_schannel;
static const char *chosen_why;

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
    bool good = schannel_is_new_enough();
    chosen_schannel = wish == SETTING_TLS_AUTO ? good : wish == SETTING_TLS_SCHANNEL;
    chosen_why = wish != SETTING_TLS_AUTO ? "as the setting Tls says"
                 : winapi_is_wine()       ? "since this is Wine"
                 : good                   ? "since this Windows has a good one"
                                          : "since Schannel of this Windows is too old for TLS 1.2";

    curl_sslbackend backend = chosen_schannel ? CURLSSLBACKEND_SCHANNEL : CURLSSLBACKEND_MBEDTLS;
    CURLsslset rc = curl_global_sslset(backend, NULL, NULL);
    if (rc != CURLSSLSET_OK) {
        log_event("transfer: no TLS library (curl_global_sslset: %d)", (int)rc);
    }
    return rc == CURLSSLSET_OK;
}

/* ---- what an engine has ---------------------------------------------------------------------- */

static bool start_schannel(struct tls *tls, const struct ca_file *file)
{
    if (!tls_schannel_store(file, &tls->extra)) {
        return false;
    }
    log_event("transfer: TLS by Schannel, %s; trusted are the system's authorities and %lu of %s",
              chosen_why, (unsigned long)file->count, file->path ? file->path : "no file");
    return true;
}

static bool start_mbedtls(struct tls *tls, const struct ca_file *file)
{
    if (!tls_mbedtls_start(&tls->mbedtls, file)) {
        return false;
    }
    log_event("transfer: TLS by mbedTLS %s, %s; trusted are %lu authorities of the system and %lu "
              "of %s",
              MBEDTLS_VERSION_STRING, chosen_why, (unsigned long)tls->mbedtls.from_system,
              (unsigned long)tls->mbedtls.from_file, file->path ? file->path : "no file");
    return true;
}

struct tls *tls_new(void)
{
    struct tls *tls = calloc(1, sizeof *tls);
    if (!tls) {
        return NULL;
    }
    struct ca_file file;
    tls->schannel = chosen_schannel;
    bool ok = ca_file_read(&file, tls->schannel ? tls_schannel_is_certificate
                                                : tls_mbedtls_is_certificate);
    ok = ok && (tls->schannel ? start_schannel(tls, &file) : start_mbedtls(tls, &file));
    ca_file_clear(&file);
    if (!ok) {
        free(tls);
        return NULL;
    }
    return tls;
}

void tls_free(struct tls *tls)
{
    if (!tls) {
        return;
    }
    if (tls->extra) {
        CertCloseStore(tls->extra, 0);
    }
    if (!tls->schannel) {
        tls_mbedtls_clear(&tls->mbedtls);
    }
    free(tls);
}

/* ---- one transfer ---------------------------------------------------------------------------- */

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
    tls_schannel_judge(peer, peer->tls->extra);
    return peer->refusal == TLS_ACCEPTED ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

static bool asks_address(CURL *easy)
{
    unsigned char address[16];
    char *host = tls_host(easy);
    bool asks = host && tls_address(host, address) > 0;
    free(host);
    return asks;
}

static CURLcode trust_through_schannel(struct tls_peer *peer)
{
    CURL *easy = peer->easy;
    /* Revocation is not checked by default (bits-behaviour.md 3), and fails where the lists are
     * out of reach. */
    CURLcode rc = curl_easy_setopt(easy, CURLOPT_SSL_OPTIONS, (long)CURLSSLOPT_NO_REVOKE);
    if (rc == CURLE_OK && (peer->tls->extra || asks_address(easy))) {
        /* Windows would refuse whom only the file vouches for, and in some versions each address:
         * then our own judge, who sees each connection before a request goes out on it, is the only
         * one. */
        rc = curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    }
    if (rc == CURLE_OK) {
        rc = curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
    }
    return rc == CURLE_OK ? curl_easy_setopt(easy, CURLOPT_PREREQDATA, peer) : rc;
}

static CURLcode on_config(CURL *easy, void *config, void *context)
{
    struct tls_peer *peer = context;
    (void)easy;
    return tls_mbedtls_set_up(&peer->tls->mbedtls, config, peer);
}

static CURLcode trust_through_mbedtls(struct tls_peer *peer)
{
    CURLcode rc = curl_easy_setopt(peer->easy, CURLOPT_SSL_CTX_FUNCTION, on_config);
    return rc == CURLE_OK ? curl_easy_setopt(peer->easy, CURLOPT_SSL_CTX_DATA, peer) : rc;
}

CURLcode tls_set_up(struct tls *tls, CURL *easy, struct tls_peer *peer)
{
    *peer = (struct tls_peer){.easy = easy, .tls = tls};
    CURLcode rc = curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    if (rc == CURLE_OK) {
        rc = curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    }
    if (rc == CURLE_OK) {
        rc = curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    }
    if (rc == CURLE_OK) {
        rc = tls->schannel ? trust_through_schannel(peer) : trust_through_mbedtls(peer);
    }
    return rc;
}

/* Schannel does not tell by a number; libcurl's words for it, which name Schannel's own
 * constants. */
static const struct words {
    const char *text;
    enum tls_refusal refusal;
} known_words[] = {
    {"SEC_E_CERT_EXPIRED", TLS_EXPIRED},
    {"SEC_E_WRONG_PRINCIPAL", TLS_NAME},
    {"SEC_E_UNTRUSTED_ROOT", TLS_AUTHORITY},
    {"CERT_E_UNTRUSTEDROOT", TLS_AUTHORITY},
    {"CERT_E_WRONG_USAGE", TLS_USAGE},
    {"CERT_E_REVOKED", TLS_REVOKED},
    {"CRYPT_E_REVOKED", TLS_REVOKED},
    {"SEC_E_CERT_UNKNOWN", TLS_OTHER},
    {"SEC_E_ALGORITHM_MISMATCH", TLS_NO_COMMON},
    {"SEC_E_UNSUPPORTED_FUNCTION", TLS_NO_COMMON},
};

static enum tls_refusal schannel_refusal(const char *detail)
{
    for (size_t i = 0; i < sizeof known_words / sizeof *known_words; i++) {
        if (strstr(detail, known_words[i].text)) {
            return known_words[i].refusal;
        }
    }
    return TLS_ACCEPTED;
}

enum tls_refusal tls_refusal(struct tls_peer *peer, CURLcode rc, const char *detail)
{
    if (peer->refusal != TLS_ACCEPTED) {
        return peer->refusal;
    }
    if (rc != CURLE_PEER_FAILED_VERIFICATION && rc != CURLE_SSL_CONNECT_ERROR) {
        return TLS_ACCEPTED;
    }
    enum tls_refusal refusal =
        peer->tls->schannel ? schannel_refusal(detail) : tls_mbedtls_refusal(peer, detail);
    return refusal == TLS_ACCEPTED && rc == CURLE_PEER_FAILED_VERIFICATION ? TLS_OTHER : refusal;
}
