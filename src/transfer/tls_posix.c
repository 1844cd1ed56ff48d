/* SPDX-License-Identifier: MIT */
#include "transfer/tls.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "platform/platform.h"

struct tls {
    char *bundle; /* PEM file with the roots, NULL: as libcurl was built */
};

bool tls_choose(void)
{
    /* OpenSSL writes to sockets that may be closed, and CURLOPT_NOSIGNAL leaves the signal to
     * us. */
    signal(SIGPIPE, SIG_IGN);
    return true;
}

struct tls *tls_new(void)
{
    struct tls *tls = calloc(1, sizeof *tls);
    if (tls) {
        tls->bundle = platform_env("QMGR_TEST_CA");
        if (!tls->bundle) {
            tls->bundle = platform_env("CURL_CA_BUNDLE");
        }
    }
    return tls;
}

void tls_free(struct tls *tls)
{
    if (tls) {
        free(tls->bundle);
        free(tls);
    }
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
    if (rc == CURLE_OK && tls->bundle) {
        rc = curl_easy_setopt(easy, CURLOPT_CAINFO, tls->bundle);
    }
    return rc;
}

enum tls_refusal tls_refusal(const struct tls_peer *peer, CURLcode rc, const char *detail)
{
    if (rc != CURLE_PEER_FAILED_VERIFICATION) {
        return TLS_ACCEPTED;
    }
    long verify = 0; /* OpenSSL's X509_V_ERR_… */
    curl_easy_getinfo(peer->easy, CURLINFO_SSL_VERIFYRESULT, &verify);
    if (verify == 9 || verify == 10) {
        return TLS_DATE;
    }
    if (verify == 62 || strstr(detail, "subject name")) {
        return TLS_NAME;
    }
    return verify >= 18 && verify <= 21 ? TLS_AUTHORITY : verify == 2 ? TLS_AUTHORITY : TLS_OTHER;
}
