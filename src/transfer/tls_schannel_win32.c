/* SPDX-License-Identifier: MIT */
#define SECURITY_WIN32
#include "transfer/tls_schannel_win32.h"

#include <stdlib.h>
#include <windows.h>

#include <schannel.h>
#include <security.h>
#include <wincrypt.h>

#include "platform/log.h"
#include "platform/text.h"

/* The certificate of the connection's server; NULL if it cannot be had. */
static const CERT_CONTEXT *certificate_of(CURL *easy)
{
    struct curl_tlssessioninfo *session = NULL;
    if (curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK || !session ||
        session->backend != CURLSSLBACKEND_SCHANNEL || !session->internals) {
        return NULL;
    }
    const CERT_CONTEXT *certificate = NULL;
    SECURITY_STATUS status = QueryContextAttributesW(
        session->internals, SECPKG_ATTR_REMOTE_CERT_CONTEXT, (void *)&certificate);
    return status == SEC_E_OK ? certificate : NULL;
}

/* The host of the request's URL, malloc'ed, an IPv6 address without its brackets. */
static wchar_t *host_of(CURL *easy)
{
    char *url = NULL;
    char *host = NULL;
    wchar_t *wide = NULL;
    CURLU *parts = curl_url();
    if (parts && curl_easy_getinfo(easy, CURLINFO_EFFECTIVE_URL, &url) == CURLE_OK && url &&
        curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
        wide = text_utf16(host);
        size_t length = wide ? wcslen(wide) : 0;
        if (length > 2 && wide[0] == L'[') {
            wmemmove(wide, wide + 1, length - 2);
            wide[length - 2] = L'\0';
        }
    }
    curl_free(host);
    curl_url_cleanup(parts);
    return wide;
}

static const CERT_CHAIN_CONTEXT *chain_of(const CERT_CONTEXT *certificate)
{
    static char server_auth[] = szOID_PKIX_KP_SERVER_AUTH;
    LPSTR purposes[] = {server_auth};
    CERT_CHAIN_PARA wanted = {.cbSize = sizeof wanted};
    wanted.RequestedUsage.dwType = USAGE_MATCH_TYPE_AND;
    wanted.RequestedUsage.Usage.cUsageIdentifier = 1;
    wanted.RequestedUsage.Usage.rgpszUsageIdentifier = purposes;
    const CERT_CHAIN_CONTEXT *chain = NULL;
    /* The certificate's own store holds the others that the server sent. */
    if (!CertGetCertificateChain(NULL, certificate, NULL, certificate->hCertStore, &wanted, 0, NULL,
                                 &chain)) {
        log_event("transfer: no certificate chain (%lu)", GetLastError());
        return NULL;
    }
    return chain;
}

static enum tls_refusal refusal_of_trust(DWORD status)
{
    status &= ~(DWORD)(CERT_TRUST_REVOCATION_STATUS_UNKNOWN | CERT_TRUST_IS_OFFLINE_REVOCATION);
    if (status == CERT_TRUST_NO_ERROR) {
        return TLS_ACCEPTED;
    }
    if (status & (CERT_TRUST_IS_UNTRUSTED_ROOT | CERT_TRUST_IS_PARTIAL_CHAIN |
                  CERT_TRUST_IS_NOT_SIGNATURE_VALID)) {
        return TLS_AUTHORITY;
    }
    return status & CERT_TRUST_IS_NOT_TIME_VALID ? TLS_DATE : TLS_OTHER;
}

/* Above all the name; what Windows finds wrong besides is told apart, too. */
static enum tls_refusal refusal_of_policy(const CERT_CHAIN_CONTEXT *chain, wchar_t *host)
{
    SSL_EXTRA_CERT_CHAIN_POLICY_PARA server = {.dwAuthType = AUTHTYPE_SERVER,
                                               .pwszServerName = host};
    server.cbSize = sizeof server;
    CERT_CHAIN_POLICY_PARA policy = {.cbSize = sizeof policy, .pvExtraPolicyPara = &server};
    CERT_CHAIN_POLICY_STATUS status = {.cbSize = sizeof status};
    if (!CertVerifyCertificateChainPolicy(CERT_CHAIN_POLICY_SSL, chain, &policy, &status)) {
        return TLS_OTHER;
    }
    switch (status.dwError) {
    case 0: return TLS_ACCEPTED;
    case (DWORD)CERT_E_CN_NO_MATCH: return TLS_NAME;
    case (DWORD)CERT_E_EXPIRED: return TLS_DATE;
    case (DWORD)CERT_E_UNTRUSTEDROOT:
    case (DWORD)CERT_E_CHAINING: return TLS_AUTHORITY;
    default: return TLS_OTHER;
    }
}

enum tls_refusal tls_schannel_judge(CURL *easy)
{
    const CERT_CONTEXT *certificate = certificate_of(easy);
    wchar_t *host = host_of(easy);
    const CERT_CHAIN_CONTEXT *chain = certificate && host ? chain_of(certificate) : NULL;
    enum tls_refusal refusal = TLS_OTHER;
    if (chain) {
        refusal = refusal_of_trust(chain->TrustStatus.dwErrorStatus);
        if (refusal == TLS_ACCEPTED) {
            refusal = refusal_of_policy(chain, host);
        }
        CertFreeCertificateChain(chain);
    }
    if (certificate) {
        CertFreeCertificateContext(certificate);
    }
    free(host);
    return refusal;
}
