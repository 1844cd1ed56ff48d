/* SPDX-License-Identifier: MIT */
#include "transfer/tls.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/log.h"
#include "platform/platform.h"
#include "transfer/ca_file.h"

struct tls {
    char *bundle; /* PEM file with the roots, NULL: as libcurl was built */
    struct blob
        trusted; /* PEM: the bundle and the file's certificates; {NULL,0}: the bundle alone */
};

bool tls_choose(void)
{
    /* OpenSSL writes to sockets that may be closed, and CURLOPT_NOSIGNAL leaves the signal to
     * us. */
    signal(SIGPIPE, SIG_IGN);
    return true;
}

static bool is_certificate(const void *der, size_t size)
{
    return size > 1 && *(const unsigned char *)der == 0x30; /* a SEQUENCE; OpenSSL sees the rest */
}

/* At most 4 * size + 200 characters. */
static size_t write_pem(char *to, const unsigned char *der, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *at = to + sprintf(to, "\n-----BEGIN CERTIFICATE-----\n");
    for (size_t i = 0; i < size; i += 3) {
        bool second = i + 1 < size;
        bool third = i + 2 < size;
        unsigned bits = (unsigned)der[i] << 16 | (second ? (unsigned)der[i + 1] << 8 : 0) |
                        (third ? der[i + 2] : 0u);
        *at++ = digits[bits >> 18];
        *at++ = digits[bits >> 12 & 63];
        *at++ = second ? digits[bits >> 6 & 63] : '=';
        *at++ = third ? digits[bits & 63] : '=';
        if (i % 48 == 45) {
            *at++ = '\n';
        }
    }
    at += sprintf(at, "\n-----END CERTIFICATE-----\n");
    return (size_t)(at - to);
}

/* The bundle's text, and the file's certificates behind it: OpenSSL takes all or nothing of a PEM. */
static bool join(struct tls *tls, const struct ca_file *file)
{
    struct blob bundle;
    if (file_read_all(tls->bundle, SIZE_MAX, &bundle) != 0) {
        return false;
    }
    size_t room = bundle.size;
    for (size_t i = 0; i < file->count; i++) {
        room += file->certificates[i].size * 4 + 200;
    }
    char *all = realloc(bundle.data, room);
    if (!all) {
        free(bundle.data);
        return false;
    }
    tls->trusted = (struct blob){all, bundle.size};
    for (size_t i = 0; i < file->count; i++) {
        tls->trusted.size += write_pem(all + tls->trusted.size, file->certificates[i].data,
                                       file->certificates[i].size);
    }
    return true;
}

struct tls *tls_new(void)
{
    struct tls *tls = calloc(1, sizeof *tls);
    if (!tls) {
        return NULL;
    }
    tls->bundle = platform_env("QMGR_TEST_CA");
    if (!tls->bundle) {
        tls->bundle = platform_env("CURL_CA_BUNDLE");
    }
    struct ca_file file;
    bool ok = ca_file_read(&file, is_certificate);
    if (ok && file.count > 0 && tls->bundle) {
        ok = join(tls, &file);
    }
    log_event("transfer: TLS by %s; trusted are %s and %lu certificates of %s",
              curl_version_info(CURLVERSION_NOW)->ssl_version,
              tls->bundle ? tls->bundle : "libcurl's authorities", (unsigned long)file.count,
              file.path ? file.path : "no file");
    ca_file_clear(&file);
    if (!ok) {
        tls_free(tls);
        return NULL;
    }
    return tls;
}

void tls_free(struct tls *tls)
{
    if (tls) {
        free(tls->trusted.data);
        free(tls->bundle);
        free(tls);
    }
}

CURLcode tls_set_up(struct tls *tls, CURL *easy, struct tls_peer *peer)
{
    *peer = (struct tls_peer){.easy = easy, .tls = tls};
    struct curl_blob trusted = {
        .data = tls->trusted.data, .len = tls->trusted.size, .flags = CURL_BLOB_NOCOPY};
    CURLcode rc = curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    if (rc == CURLE_OK) {
        rc = curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    }
    if (rc == CURLE_OK) {
        rc = curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    }
    if (rc == CURLE_OK && trusted.data) {
        rc = curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &trusted);
    } else if (rc == CURLE_OK && tls->bundle) {
        rc = curl_easy_setopt(easy, CURLOPT_CAINFO, tls->bundle);
    }
    return rc;
}

/* OpenSSL's X509_V_ERR_… */
static const struct verdict {
    long verify;
    enum tls_refusal refusal;
} verdicts[] = {
    {2, TLS_AUTHORITY},    {7, TLS_AUTHORITY},  {9, TLS_NOT_YET},    {10, TLS_EXPIRED},
    {18, TLS_SELF_SIGNED}, {19, TLS_AUTHORITY}, {20, TLS_AUTHORITY}, {21, TLS_AUTHORITY},
    {23, TLS_REVOKED},     {26, TLS_USAGE},     {34, TLS_MALFORMED}, {47, TLS_CONSTRAINED},
    {48, TLS_CONSTRAINED}, {62, TLS_NAME},      {64, TLS_NAME},      {66, TLS_WEAK},
    {67, TLS_WEAK},        {68, TLS_WEAK},      {79, TLS_NOT_CA},
};

static enum tls_refusal refusal_of_handshake(const char *detail)
{
    bool version = strstr(detail, "protocol version") || strstr(detail, "unsupported protocol") ||
                   strstr(detail, "legacy sigalg");
    return version                                     ? TLS_NO_COMMON
           : strstr(detail, "alert handshake failure") ? TLS_CLIENT_CERTIFICATE
                                                       : TLS_ACCEPTED;
}

enum tls_refusal tls_refusal(struct tls_peer *peer, CURLcode rc, const char *detail)
{
    if (rc == CURLE_SSL_CONNECT_ERROR) {
        return refusal_of_handshake(detail);
    }
    if (rc != CURLE_PEER_FAILED_VERIFICATION) {
        return TLS_ACCEPTED;
    }
    long verify = 0;
    curl_easy_getinfo(peer->easy, CURLINFO_SSL_VERIFYRESULT, &verify);
    for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
        if (verdicts[i].verify == verify) {
            return verdicts[i].refusal;
        }
    }
    return strstr(detail, "subject name") ? TLS_NAME : TLS_OTHER;
}
