/* SPDX-License-Identifier: MIT */
#include "transfer/tls_mbedtls_win32.h"

#include <curl/mprintf.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/oid.h>
#include <mbedtls/ssl.h>

#include "transfer/tls_constraints_win32.h"
#include "transfer/tls_roots_win32.h"

/* ---- whom it trusts ------------------------------------------------------------------------ */

bool tls_mbedtls_is_certificate(const void *der, size_t size)
{
    mbedtls_x509_crt certificate;
    mbedtls_x509_crt_init(&certificate);
    bool is = mbedtls_x509_crt_parse_der(&certificate, der, size) == 0;
    mbedtls_x509_crt_free(&certificate);
    return is;
}

/* One that mbedTLS does not understand is left out. */
static bool add_root(mbedtls_x509_crt *roots, const void *der, size_t size, size_t *count)
{
    int error = mbedtls_x509_crt_parse_der(roots, der, size);
    *count += error == 0;
    return error != MBEDTLS_ERR_X509_ALLOC_FAILED;
}

static bool add_of_system(void *context, const void *der, size_t size)
{
    struct tls_mbedtls *mbedtls = context;
    return add_root(&mbedtls->roots, der, size, &mbedtls->from_system);
}

bool tls_mbedtls_start(struct tls_mbedtls *mbedtls, const struct ca_file *file)
{
    *mbedtls = (struct tls_mbedtls){0};
    mbedtls_x509_crt_init(&mbedtls->roots);
    bool ok = tls_roots(add_of_system, mbedtls);
    for (size_t i = 0; i < file->count && ok; i++) {
        ok = add_root(&mbedtls->roots, file->certificates[i].data, file->certificates[i].size,
                      &mbedtls->from_file);
    }
    if (!ok) {
        tls_mbedtls_clear(mbedtls);
    }
    return ok;
}

void tls_mbedtls_clear(struct tls_mbedtls *mbedtls)
{
    mbedtls_x509_crt_free(&mbedtls->roots);
}

/* ---- what a certificate says --------------------------------------------------------------- */

enum { SAID = 100 };

static void say(char said[SAID], const mbedtls_x509_buf *text)
{
    curl_msnprintf(said, SAID, "%.*s", (int)(text->len < SAID ? text->len : SAID - 1),
                   (const char *)text->p);
}

/* The common name, else the last part of the name. */
static void say_name(char said[SAID], const mbedtls_x509_name *name)
{
    const mbedtls_x509_name *best = NULL;
    for (; name; name = name->next) {
        if (name->val.p) {
            best = name;
        }
        if (best == name && MBEDTLS_OID_CMP(MBEDTLS_OID_AT_CN, &name->oid) == 0) {
            break;
        }
    }
    said[0] = '\0';
    if (best) {
        say(said, &best->val);
    }
}

static void say_date(char said[SAID], const mbedtls_x509_time *date)
{
    curl_msnprintf(said, SAID, "%04d-%02d-%02d", date->year, date->mon, date->day);
}

#define SAN_DNS (MBEDTLS_ASN1_CONTEXT_SPECIFIC | 2)
#define SAN_ADDRESS (MBEDTLS_ASN1_CONTEXT_SPECIFIC | 7)

/* The first of its names. */
static void say_hosts(char said[SAID], const mbedtls_x509_crt *certificate)
{
    for (const mbedtls_x509_sequence *at = &certificate->subject_alt_names; at; at = at->next) {
        if (at->buf.p && at->buf.tag == SAN_DNS) {
            say(said, &at->buf);
            return;
        }
    }
    say_name(said, &certificate->subject);
}

static bool same(const mbedtls_x509_buf *a, const mbedtls_x509_buf *b)
{
    return a->len == b->len && memcmp(a->p, b->p, a->len) == 0;
}

/* mbedTLS knows names only (RFC 2818 section 3.1: an address must be there as an iPAddress). */
static bool is_for_address(const mbedtls_x509_crt *certificate, CURL *easy)
{
    unsigned char address[16];
    char *host = tls_host(easy);
    mbedtls_x509_buf wanted = {.p = address, .len = host ? tls_address(host, address) : 0};
    free(host);
    for (const mbedtls_x509_sequence *at = &certificate->subject_alt_names; at; at = at->next) {
        if (wanted.len > 0 && at->buf.p && at->buf.tag == SAN_ADDRESS && same(&at->buf, &wanted)) {
            return true;
        }
    }
    return false;
}

/* ---- the verdict on one of a chain ---------------------------------------------------------- */

/* Nobody vouches for it. Is its issuer, at least, among those that the server sent? */
static enum tls_refusal refusal_of_stranger(const mbedtls_x509_crt *certificate, int depth)
{
    if (same(&certificate->issuer_raw, &certificate->subject_raw)) {
        return depth == 0 ? TLS_SELF_SIGNED : TLS_AUTHORITY;
    }
    for (const mbedtls_x509_crt *at = certificate->next; at; at = at->next) {
        if (same(&at->subject_raw, &certificate->issuer_raw) && !at->ca_istrue) {
            return TLS_NOT_CA;
        }
    }
    return TLS_AUTHORITY;
}

static void judge_extensions(struct tls_peer *peer, const mbedtls_x509_crt *certificate, int depth,
                             uint32_t *flags)
{
    if (!tls_extensions_are_known(certificate)) {
        *flags |= MBEDTLS_X509_BADCERT_OTHER;
        tls_refuse(peer, TLS_MALFORMED, NULL, NULL);
    }
    char *host = depth > 0 ? tls_host(peer->easy) : NULL;
    if (depth > 0 && (!host || !tls_constraints_allow(certificate, host))) {
        *flags |= MBEDTLS_X509_BADCERT_OTHER;
        tls_refuse(peer, TLS_CONSTRAINED, NULL, NULL);
    }
    free(host);
}

static void judge_key(struct tls_peer *peer, const mbedtls_x509_crt *certificate,
                      const char *authority, uint32_t flags)
{
    if (flags & MBEDTLS_X509_BADCERT_BAD_MD) {
        tls_refuse(peer, TLS_WEAK, authority,
                   certificate->sig_md == MBEDTLS_MD_SHA1 ? "signed with SHA-1"
                                                          : "signed with MD5 or the like");
    }
    if (flags & MBEDTLS_X509_BADCERT_BAD_KEY) {
        /* Its own, or that of its issuer. */
        tls_refuse(peer, TLS_WEAK, authority, "a key of less than 2048 bits");
    }
    if (flags & MBEDTLS_X509_BADCERT_BAD_PK) {
        tls_refuse(peer, TLS_WEAK, authority, "its kind of key");
    }
}

static void judge_time(struct tls_peer *peer, const mbedtls_x509_crt *certificate,
                       const char *authority, uint32_t flags)
{
    char said[SAID];
    if (flags & MBEDTLS_X509_BADCERT_FUTURE) {
        say_date(said, &certificate->valid_from);
        tls_refuse(peer, TLS_NOT_YET, authority, said);
    }
    if (flags & MBEDTLS_X509_BADCERT_EXPIRED) {
        say_date(said, &certificate->valid_to);
        tls_refuse(peer, TLS_EXPIRED, authority, said);
    }
}

static void judge_server(struct tls_peer *peer, const mbedtls_x509_crt *certificate,
                         uint32_t *flags)
{
    char said[SAID];
    if ((*flags & MBEDTLS_X509_BADCERT_CN_MISMATCH) && is_for_address(certificate, peer->easy)) {
        *flags &= ~(uint32_t)MBEDTLS_X509_BADCERT_CN_MISMATCH;
    }
    if (*flags & MBEDTLS_X509_BADCERT_CN_MISMATCH) {
        say_hosts(said, certificate);
        tls_refuse(peer, TLS_NAME, NULL, said);
    }
}

/* mbedTLS looks at the server's own later, when libcurl has no words for it, and not at that of
 * authorities. */
static void judge_usage(struct tls_peer *peer, const mbedtls_x509_crt *certificate,
                        const char *authority, uint32_t *flags)
{
    if (mbedtls_x509_crt_check_extended_key_usage(certificate, MBEDTLS_OID_SERVER_AUTH,
                                                  MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH)) != 0) {
        *flags |= MBEDTLS_X509_BADCERT_EXT_KEY_USAGE;
        tls_refuse(peer, TLS_USAGE, authority, NULL);
    }
}

/* From the authority, whose depth is the greatest, to the server's own, which has 0. */
static int on_certificate(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags)
{
    struct tls_peer *peer = context;
    char authority[SAID];
    char issuer[SAID];
    say_name(authority, &certificate->subject);
    const char *whose = depth > 0 ? authority : NULL;
    if (*flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) {
        say_name(issuer, &certificate->issuer);
        tls_refuse(peer, refusal_of_stranger(certificate, depth), NULL, issuer);
    }
    if (*flags & MBEDTLS_X509_BADCERT_REVOKED) {
        tls_refuse(peer, TLS_REVOKED, whose, NULL);
    }
    judge_extensions(peer, certificate, depth, flags);
    judge_key(peer, certificate, whose, *flags);
    judge_time(peer, certificate, whose, *flags);
    judge_usage(peer, certificate, whose, flags);
    if (depth == 0) {
        judge_server(peer, certificate, flags);
    }
    if (*flags != 0) {
        tls_refuse(peer, TLS_OTHER, NULL, NULL);
    }
    peer->accepted = depth == 0 && peer->refusal == TLS_ACCEPTED;
    return 0;
}

/* ---- for tls_win32.c ----------------------------------------------------------------------- */

CURLcode tls_mbedtls_set_up(struct tls_mbedtls *mbedtls, void *config, struct tls_peer *peer)
{
    bool none = mbedtls->from_system + mbedtls->from_file == 0;
    mbedtls_ssl_conf_ca_chain(config, none ? NULL : &mbedtls->roots, NULL);
    /* libcurl's own profile would take SHA-1 and 1024 bits. */
    mbedtls_ssl_conf_cert_profile(config, &mbedtls_x509_crt_profile_default);
    mbedtls_ssl_conf_verify(config, on_certificate, peer);
    /* Another handshake could come when *peer is gone. */
    mbedtls_ssl_conf_renegotiation(config, MBEDTLS_SSL_RENEGOTIATION_DISABLED);
    return CURLE_OK;
}

enum tls_refusal tls_mbedtls_refusal(struct tls_peer *peer, const char *detail)
{
    if (strstr(detail, "X509 - ") && !strstr(detail, "Allocation")) {
        return TLS_MALFORMED;
    }
    if (strstr(detail, "(-0x7780)")) { /* the server ended the handshake by an alert */
        return peer->accepted ? TLS_CLIENT_CERTIFICATE : TLS_NO_COMMON;
    }
    return strstr(detail, "(-0x6E80)") ? TLS_NO_COMMON : TLS_ACCEPTED; /* its version is too old */
}
