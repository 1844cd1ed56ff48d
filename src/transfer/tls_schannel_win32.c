/* SPDX-License-Identifier: MIT */
#define SECURITY_WIN32
#include "transfer/tls_schannel_win32.h"

#include <curl/mprintf.h>
#include <stdlib.h>
#include <string.h>

#include <schannel.h>
#include <security.h>

#include "platform/log.h"
#include "platform/text.h"
#include "transfer/tls_roots_win32.h"

/* wincrypt.h of newer Windows */
#define TRUST_WEAK_SIGNATURE 0x00100000u
#define TRUST_EXPLICIT_DISTRUST 0x04000000u
#define TRUST_UNKNOWN_EXTENSION 0x08000000u /* a critical one */
/* wininet.h (SECURITY_FLAG_IGNORE_...), which is not for us to include */
#define IGNORE_UNKNOWN_CA 0x00000100u
#define IGNORE_WRONG_USAGE 0x00000200u
#define IGNORE_NAME 0x00001000u
#define IGNORE_DATE 0x00002000u

#define TRUST_CONSTRAINTS                                                                          \
    (CERT_TRUST_INVALID_NAME_CONSTRAINTS | CERT_TRUST_HAS_NOT_SUPPORTED_NAME_CONSTRAINT |          \
     CERT_TRUST_HAS_NOT_DEFINED_NAME_CONSTRAINT | CERT_TRUST_HAS_NOT_PERMITTED_NAME_CONSTRAINT |   \
     CERT_TRUST_HAS_EXCLUDED_NAME_CONSTRAINT)
#define TRUST_UNKNOWN (CERT_TRUST_IS_UNTRUSTED_ROOT | CERT_TRUST_IS_PARTIAL_CHAIN)
/* We do not ask for revocation lists (bits-behaviour.md 3), so nothing is known of them. */
#define TRUST_NOT_ASKED (CERT_TRUST_REVOCATION_STATUS_UNKNOWN | CERT_TRUST_IS_OFFLINE_REVOCATION)

/* ---- whom we trust besides ----------------------------------------------------------------- */

bool tls_schannel_is_certificate(const void *der, size_t size)
{
    const CERT_CONTEXT *certificate =
        size <= MAXLONG ? CertCreateCertificateContext(X509_ASN_ENCODING, der, (DWORD)size) : NULL;
    if (certificate) {
        CertFreeCertificateContext(certificate);
    }
    return certificate != NULL;
}

bool tls_schannel_store(const struct ca_file *file, HCERTSTORE *store)
{
    *store = NULL;
    if (file->count == 0) {
        return true;
    }
    *store = CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, CERT_STORE_CREATE_NEW_FLAG, NULL);
    for (size_t i = 0; i < file->count && *store; i++) {
        /* "Always": what Wine takes for the same certificate may be another one. */
        if (!CertAddEncodedCertificateToStore(*store, X509_ASN_ENCODING, file->certificates[i].data,
                                              (DWORD)file->certificates[i].size,
                                              CERT_STORE_ADD_ALWAYS, NULL)) {
            CertCloseStore(*store, 0);
            *store = NULL;
        }
    }
    return *store != NULL;
}

static bool same_blob(const CRYPT_DATA_BLOB *a, const CRYPT_DATA_BLOB *b)
{
    return a->cbData == b->cbData && memcmp(a->pbData, b->pbData, a->cbData) == 0;
}

static bool same_key(const CERT_INFO *a, const CERT_INFO *b)
{
    const CERT_PUBLIC_KEY_INFO *one = &a->SubjectPublicKeyInfo;
    const CERT_PUBLIC_KEY_INFO *other = &b->SubjectPublicKeyInfo;
    return strcmp(one->Algorithm.pszObjId, other->Algorithm.pszObjId) == 0 &&
           same_blob(&one->Algorithm.Parameters, &other->Algorithm.Parameters) &&
           one->PublicKey.cbData == other->PublicKey.cbData &&
           memcmp(one->PublicKey.pbData, other->PublicKey.pbData, one->PublicKey.cbData) == 0;
}

/* One of version 1 cannot say that it is an authority; who put it into the file did. */
static bool is_authority(const CERT_CONTEXT *certificate)
{
    const CERT_INFO *info = certificate->pCertInfo;
    if (info->dwVersion == CERT_V1) {
        return true;
    }
    const CERT_EXTENSION *extension =
        CertFindExtension(szOID_BASIC_CONSTRAINTS2, info->cExtension, info->rgExtension);
    CERT_BASIC_CONSTRAINTS2_INFO basic = {0};
    DWORD size = sizeof basic;
    return extension &&
           CryptDecodeObject(X509_ASN_ENCODING, X509_BASIC_CONSTRAINTS2, extension->Value.pbData,
                             extension->Value.cbData, 0, &basic, &size) &&
           basic.fCA;
}

/* Does the file vouch for this element of a chain, which is the server's own certificate or an authority
 * above it? An authority is a name and a key (RFC 5280 section 6.1.1 d): a server may send
 * another certificate of it than the file has. */
static bool vouches(const CERT_CONTEXT *ours, const CERT_CONTEXT *theirs, bool server)
{
    if (server) {
        return ours->cbCertEncoded == theirs->cbCertEncoded &&
               memcmp(ours->pbCertEncoded, theirs->pbCertEncoded, ours->cbCertEncoded) == 0 &&
               same_blob(&ours->pCertInfo->Issuer, &ours->pCertInfo->Subject);
    }
    return same_blob(&ours->pCertInfo->Subject, &theirs->pCertInfo->Subject) &&
           same_key(ours->pCertInfo, theirs->pCertInfo) && is_authority(ours) &&
           tls_roots_is_for_servers(ours) && CertVerifyTimeValidity(NULL, ours->pCertInfo) == 0;
}

static bool store_vouches(HCERTSTORE extra, const CERT_CONTEXT *theirs, bool server)
{
    bool found = false;
    const CERT_CONTEXT *ours = NULL;
    while (!found && (ours = CertEnumCertificatesInStore(extra, ours)) != NULL) {
        found = vouches(ours, theirs, server);
    }
    if (found) {
        CertFreeCertificateContext(ours);
    }
    return found;
}

/* ---- what there is to judge ------------------------------------------------------------------ */

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

/* What the server sent, and what we know besides. NULL if out of memory. */
static HCERTSTORE all_known(HCERTSTORE sent, HCERTSTORE extra)
{
    HCERTSTORE all = CertOpenStore(CERT_STORE_PROV_COLLECTION, 0, 0, 0, NULL);
    if (all && ((sent && !CertAddStoreToCollection(all, sent, 0, 0)) ||
                (extra && !CertAddStoreToCollection(all, extra, 0, 0)))) {
        CertCloseStore(all, 0);
        all = NULL;
    }
    return all;
}

static const CERT_CHAIN_CONTEXT *chain_of(const CERT_CONTEXT *certificate, HCERTSTORE extra)
{
    static char server_auth[] = szOID_PKIX_KP_SERVER_AUTH;
    LPSTR purposes[] = {server_auth};
    CERT_CHAIN_PARA wanted = {.cbSize = sizeof wanted};
    wanted.RequestedUsage.dwType = USAGE_MATCH_TYPE_AND;
    wanted.RequestedUsage.Usage.cUsageIdentifier = 1;
    wanted.RequestedUsage.Usage.rgpszUsageIdentifier = purposes;
    const CERT_CHAIN_CONTEXT *chain = NULL;
    /* The certificate's own store holds the others that the server sent. */
    HCERTSTORE known = all_known(certificate->hCertStore, extra);
    if (!known ||
        !CertGetCertificateChain(NULL, certificate, NULL, known, &wanted, 0, NULL, &chain)) {
        log_event("transfer: no certificate chain (%lu)", GetLastError());
        chain = NULL;
    }
    if (known) {
        CertCloseStore(known, 0);
    }
    return chain;
}

/* ---- what a certificate says ----------------------------------------------------------------- */

enum { SAID = 100 };

static void say_name(char said[SAID], const CERT_CONTEXT *certificate, DWORD type, DWORD flags)
{
    wchar_t wide[SAID] = L"";
    CertGetNameStringW(certificate, type, flags, NULL, wide, SAID);
    char *text = text_utf8(wide, wcslen(wide));
    curl_msnprintf(said, SAID, "%s", text ? text : "");
    free(text);
}

static void say_subject(char said[SAID], const CERT_CONTEXT *certificate)
{
    say_name(said, certificate, CERT_NAME_SIMPLE_DISPLAY_TYPE, 0);
}

static void say_date(char said[SAID], const FILETIME *time)
{
    SYSTEMTIME date = {0};
    FileTimeToSystemTime(time, &date);
    curl_msnprintf(said, SAID, "%04d-%02d-%02d", date.wYear, date.wMonth, date.wDay);
}

/* NULL: it has none, or it cannot be read. Freed with LocalFree. */
static CERT_ALT_NAME_INFO *names_of(const CERT_CONTEXT *certificate)
{
    const CERT_INFO *info = certificate->pCertInfo;
    const CERT_EXTENSION *extension =
        CertFindExtension(szOID_SUBJECT_ALT_NAME2, info->cExtension, info->rgExtension);
    CERT_ALT_NAME_INFO *names = NULL;
    DWORD size = 0;
    if (!extension || !CryptDecodeObjectEx(X509_ASN_ENCODING, X509_ALTERNATE_NAME,
                                           extension->Value.pbData, extension->Value.cbData,
                                           CRYPT_DECODE_ALLOC_FLAG, NULL, (void *)&names, &size)) {
        return NULL;
    }
    return names;
}

/* Windows compares names only, or does so in some versions (RFC 2818 section 3.1: an address must be
 * there as an iPAddress). */
static bool is_for_address(const CERT_CONTEXT *certificate, const char *host)
{
    unsigned char address[16];
    DWORD size = (DWORD)tls_address(host, address);
    CERT_ALT_NAME_INFO *names = size > 0 ? names_of(certificate) : NULL;
    bool found = false;
    for (DWORD i = 0; names && i < names->cAltEntry && !found; i++) {
        const CERT_ALT_NAME_ENTRY *name = &names->rgAltEntry[i];
        found = name->dwAltNameChoice == CERT_ALT_NAME_IP_ADDRESS &&
                name->IPAddress.cbData == size &&
                memcmp(name->IPAddress.pbData, address, size) == 0;
    }
    LocalFree(names);
    return found;
}

/* ---- the verdict on one of a chain ------------------------------------------------------------ */

static bool is_weak_signature(const CERT_CONTEXT *certificate)
{
    static const char *const strong[] = {
        "1.2.840.113549.1.1.10", /* RSA-PSS */
        "1.2.840.113549.1.1.11", /* RSA with SHA-256 */
        "1.2.840.113549.1.1.12", /* SHA-384 */
        "1.2.840.113549.1.1.13", /* SHA-512 */
        "1.2.840.113549.1.1.14", /* SHA-224 */
        "1.2.840.10045.4.3.1",   /* ECDSA with SHA-224 */
        "1.2.840.10045.4.3.2",   /* SHA-256 */
        "1.2.840.10045.4.3.3",   /* SHA-384 */
        "1.2.840.10045.4.3.4",   /* SHA-512 */
    };
    for (size_t i = 0; i < sizeof strong / sizeof *strong; i++) {
        if (strcmp(certificate->pCertInfo->SignatureAlgorithm.pszObjId, strong[i]) == 0) {
            return false;
        }
    }
    return true;
}

static bool is_weak_key(const CERT_CONTEXT *certificate)
{
    CERT_PUBLIC_KEY_INFO *key = &certificate->pCertInfo->SubjectPublicKeyInfo;
    return strcmp(key->Algorithm.pszObjId, szOID_RSA_RSA) == 0 &&
           CertGetPublicKeyLength(X509_ASN_ENCODING, key) < 2048;
}

static void judge_strength(struct tls_peer *peer, const CERT_CONTEXT *certificate,
                           const char *authority, bool top, DWORD status)
{
    /* The signature of the topmost proves nothing, so its strength does not matter. */
    if (!top && (is_weak_signature(certificate) || (status & TRUST_WEAK_SIGNATURE))) {
        bool sha1 =
            strcmp(certificate->pCertInfo->SignatureAlgorithm.pszObjId, szOID_RSA_SHA1RSA) == 0;
        tls_refuse(peer, TLS_WEAK, authority,
                   sha1 ? "signed with SHA-1" : "signed with MD5 or the like");
    }
    if (is_weak_key(certificate)) {
        tls_refuse(peer, TLS_WEAK, authority, "a key of less than 2048 bits");
    }
}

static void judge_time(struct tls_peer *peer, const CERT_CONTEXT *certificate,
                       const char *authority)
{
    char said[SAID];
    LONG when = CertVerifyTimeValidity(NULL, certificate->pCertInfo);
    say_date(said,
             when < 0 ? &certificate->pCertInfo->NotBefore : &certificate->pCertInfo->NotAfter);
    if (when != 0) {
        tls_refuse(peer, when < 0 ? TLS_NOT_YET : TLS_EXPIRED, authority, said);
    }
}

/* What the system's look at an element means. */
static const struct meaning {
    DWORD status;
    enum tls_refusal refusal;
} meanings[] = {
    {CERT_TRUST_IS_REVOKED | TRUST_EXPLICIT_DISTRUST, TLS_REVOKED},
    {CERT_TRUST_IS_NOT_SIGNATURE_VALID | CERT_TRUST_IS_CYCLIC | TRUST_UNKNOWN, TLS_AUTHORITY},
    {CERT_TRUST_INVALID_EXTENSION | TRUST_UNKNOWN_EXTENSION, TLS_MALFORMED},
    {TRUST_CONSTRAINTS, TLS_CONSTRAINED},
    {TRUST_WEAK_SIGNATURE, TLS_WEAK},
    {CERT_TRUST_IS_NOT_TIME_VALID, TLS_EXPIRED},
    {CERT_TRUST_IS_NOT_VALID_FOR_USAGE, TLS_USAGE},
};

static void judge_status(struct tls_peer *peer, DWORD status, const char *authority,
                         const char *issuer)
{
    status &= ~(DWORD)TRUST_NOT_ASKED;
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        if (status & meanings[i].status) {
            bool unknown = meanings[i].refusal == TLS_AUTHORITY;
            tls_refuse(peer, meanings[i].refusal, unknown ? NULL : authority,
                       unknown ? issuer : NULL);
            status &= ~meanings[i].status;
        }
    }
    if (status != 0) {
        tls_refuse(peer, TLS_OTHER, NULL, NULL);
    }
}

/* ---- the verdict on a chain ------------------------------------------------------------------- */

/* How many of the chain's certificates there are to judge, from the server's own up. *anchored: the last of them is one
 * that the file vouches for, so that what is above it does not matter. */
static DWORD to_judge(const CERT_SIMPLE_CHAIN *simple, HCERTSTORE extra, bool *anchored)
{
    *anchored = false;
    for (DWORD i = 0; extra && i < simple->cElement; i++) {
        if (store_vouches(extra, simple->rgpElement[i]->pCertContext, i == 0)) {
            *anchored = true;
            return i + 1;
        }
    }
    return simple->cElement;
}

/* Of the anchor no more counts than how it limits what is below it. */
static DWORD status_of(const CERT_SIMPLE_CHAIN *simple, DWORD i, DWORD count, bool anchored)
{
    DWORD status = simple->rgpElement[i]->TrustStatus.dwErrorStatus;
    return anchored && i + 1 == count
               ? status &
                     (DWORD)(TRUST_CONSTRAINTS | TRUST_EXPLICIT_DISTRUST | TRUST_UNKNOWN_EXTENSION |
                             CERT_TRUST_IS_REVOKED | CERT_TRUST_INVALID_BASIC_CONSTRAINTS)
               : status;
}

static void judge_element(struct tls_peer *peer, const CERT_SIMPLE_CHAIN *simple, DWORD i,
                          DWORD count, bool anchored)
{
    const CERT_CONTEXT *certificate = simple->rgpElement[i]->pCertContext;
    bool top = i + 1 == count;
    char said[SAID];
    char issuer[SAID];
    say_subject(said, certificate);
    say_name(issuer, certificate, CERT_NAME_SIMPLE_DISPLAY_TYPE, CERT_NAME_ISSUER_FLAG);
    const char *authority = i > 0 ? said : NULL;
    DWORD status = status_of(simple, i, count, anchored);
    bool self = same_blob(&certificate->pCertInfo->Issuer, &certificate->pCertInfo->Subject);
    if (i == 0 && self && (status & TRUST_UNKNOWN)) {
        tls_refuse(peer, TLS_SELF_SIGNED, NULL, NULL);
    }
    if (status & CERT_TRUST_INVALID_BASIC_CONSTRAINTS) {
        status &= ~(DWORD)CERT_TRUST_INVALID_BASIC_CONSTRAINTS;
        tls_refuse(peer, TLS_NOT_CA, NULL, said);
    }
    judge_strength(peer, certificate, authority, top && (anchored || self), status);
    if (!(anchored && top && i > 0)) {
        judge_time(peer, certificate, authority);
        if (!tls_roots_is_for_servers(certificate)) {
            tls_refuse(peer, TLS_USAGE, authority, NULL);
        }
    }
    judge_status(peer, status, authority, issuer);
}

/* What the elements' own status does not say: that the last one has no issuer, for one. */
static void judge_rest(struct tls_peer *peer, const CERT_CHAIN_CONTEXT *chain)
{
    const CERT_SIMPLE_CHAIN *simple = chain->rgpChain[0];
    const CERT_CONTEXT *last = simple->rgpElement[simple->cElement - 1]->pCertContext;
    char said[SAID];
    char issuer[SAID];
    say_subject(said, last);
    say_name(issuer, last, CERT_NAME_SIMPLE_DISPLAY_TYPE, CERT_NAME_ISSUER_FLAG);
    judge_status(peer,
                 chain->TrustStatus.dwErrorStatus & ~(DWORD)CERT_TRUST_INVALID_BASIC_CONSTRAINTS,
                 simple->cElement > 1 ? said : NULL, issuer);
}

/* Above all the name; what Windows finds wrong besides is told apart, too. */
static void judge_policy(struct tls_peer *peer, const CERT_CHAIN_CONTEXT *chain, const char *host,
                         bool anchored)
{
    const CERT_CONTEXT *server_certificate = chain->rgpChain[0]->rgpElement[0]->pCertContext;
    wchar_t *name = text_utf16(host);
    /* The rest has been judged where the system cannot: it does not know the anchor. */
    SSL_EXTRA_CERT_CHAIN_POLICY_PARA server = {
        .dwAuthType = AUTHTYPE_SERVER,
        .pwszServerName = name,
        .fdwChecks = anchored ? IGNORE_UNKNOWN_CA | IGNORE_WRONG_USAGE | IGNORE_DATE : 0};
    server.cbSize = sizeof server;
    if (is_for_address(server_certificate, host)) {
        server.fdwChecks |= IGNORE_NAME;
    }
    CERT_CHAIN_POLICY_PARA policy = {.cbSize = sizeof policy,
                                     .dwFlags =
                                         anchored ? CERT_CHAIN_POLICY_ALLOW_UNKNOWN_CA_FLAG : 0,
                                     .pvExtraPolicyPara = &server};
    CERT_CHAIN_POLICY_STATUS status = {.cbSize = sizeof status};
    bool judged =
        name && CertVerifyCertificateChainPolicy(CERT_CHAIN_POLICY_SSL, chain, &policy, &status);
    free(name);
    char said[SAID];
    switch (judged ? status.dwError : (DWORD)TRUST_E_FAIL) {
    case 0: break;
    case (DWORD)CERT_E_CN_NO_MATCH:
        say_name(said, server_certificate, CERT_NAME_DNS_TYPE, 0);
        tls_refuse(peer, TLS_NAME, NULL, said);
        break;
    case (DWORD)CERT_E_EXPIRED: tls_refuse(peer, TLS_EXPIRED, NULL, NULL); break;
    case (DWORD)CERT_E_WRONG_USAGE: tls_refuse(peer, TLS_USAGE, NULL, NULL); break;
    case (DWORD)CERT_E_CRITICAL: tls_refuse(peer, TLS_MALFORMED, NULL, NULL); break;
    case (DWORD)CERT_E_REVOKED: tls_refuse(peer, TLS_REVOKED, NULL, NULL); break;
    case (DWORD)CERT_E_UNTRUSTEDROOT:
    case (DWORD)CERT_E_CHAINING: tls_refuse(peer, TLS_AUTHORITY, NULL, NULL); break;
    default: tls_refuse(peer, TLS_OTHER, NULL, NULL); break;
    }
}

static void judge_chain(struct tls_peer *peer, const CERT_CHAIN_CONTEXT *chain, HCERTSTORE extra,
                        const char *host)
{
    bool anchored;
    const CERT_SIMPLE_CHAIN *simple = chain->rgpChain[0];
    DWORD count = to_judge(simple, extra, &anchored);
    for (DWORD i = 0; i < count; i++) {
        judge_element(peer, simple, i, count, anchored);
    }
    if (!anchored) {
        judge_rest(peer, chain);
    }
    judge_policy(peer, chain, host, anchored);
}

void tls_schannel_judge(struct tls_peer *peer, HCERTSTORE extra)
{
    const CERT_CONTEXT *certificate = certificate_of(peer->easy);
    char *host = tls_host(peer->easy);
    const CERT_CHAIN_CONTEXT *chain = certificate && host ? chain_of(certificate, extra) : NULL;
    if (chain && chain->cChain > 0 && chain->rgpChain[0]->cElement > 0) {
        judge_chain(peer, chain, extra, host);
    } else {
        tls_refuse(peer, TLS_OTHER, NULL, NULL);
    }
    if (chain) {
        CertFreeCertificateChain(chain);
    }
    if (certificate) {
        CertFreeCertificateContext(certificate);
    }
    free(host);
    peer->accepted = peer->refusal == TLS_ACCEPTED;
}
