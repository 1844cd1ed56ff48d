/* SPDX-License-Identifier: MIT */
#include "transfer/tls_roots_win32.h"

#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include <wincrypt.h>

#include "platform/log.h"

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct text {
    char *data;
    size_t used, room;
};

static bool text_reserve(struct text *text, size_t more)
{
    if (text->data && text->room - text->used >= more) {
        return true;
    }
    size_t room = text->room * 2 + more;
    char *data = realloc(text->data, room);
    if (data) {
        text->data = data;
        text->room = room;
    }
    return data != NULL;
}

static void text_put(struct text *text, const char *what)
{
    size_t length = strlen(what);
    memcpy(text->data + text->used, what, length);
    text->used += length;
}

static void text_put_base64(struct text *text, const unsigned char *data, size_t size)
{
    char *out = text->data + text->used;
    size_t column = 0;
    for (size_t i = 0; i < size; i += 3) {
        size_t here = size - i < 3 ? size - i : 3;
        unsigned three = (unsigned)data[i] << 16 | (here > 1 ? (unsigned)data[i + 1] << 8 : 0) |
                         (here > 2 ? data[i + 2] : 0u);
        *out++ = base64_digits[three >> 18];
        *out++ = base64_digits[three >> 12 & 63];
        *out++ = here > 1 ? base64_digits[three >> 6 & 63] : '=';
        *out++ = here > 2 ? base64_digits[three & 63] : '=';
        column += 4;
        if (column == 64) {
            *out++ = '\n';
            column = 0;
        }
    }
    text->used = (size_t)(out - text->data);
}

static bool text_put_certificate(struct text *pem, const CERT_CONTEXT *certificate)
{
    size_t size = certificate->cbCertEncoded;
    if (!text_reserve(pem, size / 3 * 4 + size / 48 + 100)) {
        return false;
    }
    text_put(pem, "-----BEGIN CERTIFICATE-----\n");
    text_put_base64(pem, certificate->pbCertEncoded, size);
    text_put(pem, "\n-----END CERTIFICATE-----\n");
    return true;
}

/* An administrator (or Microsoft) may have trusted it for some purposes only. */
static bool is_for_servers(const CERT_CONTEXT *certificate)
{
    DWORD size = 0;
    if (!CertGetEnhancedKeyUsage(certificate, 0, NULL, &size)) {
        return GetLastError() == (DWORD)CRYPT_E_NOT_FOUND;
    }
    CERT_ENHKEY_USAGE *usage = malloc(size ? size : 1);
    if (!usage || !CertGetEnhancedKeyUsage(certificate, 0, usage, &size)) {
        free(usage);
        return false;
    }
    /* None: good for everything, or (by the last error) for nothing. */
    bool found = usage->cUsageIdentifier == 0 && GetLastError() == (DWORD)CRYPT_E_NOT_FOUND;
    for (DWORD i = 0; i < usage->cUsageIdentifier && !found; i++) {
        found = strcmp(usage->rgpszUsageIdentifier[i], szOID_PKIX_KP_SERVER_AUTH) == 0;
    }
    free(usage);
    return found;
}

static bool is_disallowed(HCERTSTORE disallowed, const CERT_CONTEXT *certificate)
{
    const CERT_CONTEXT *same =
        disallowed ? CertFindCertificateInStore(disallowed, X509_ASN_ENCODING, 0,
                                                CERT_FIND_EXISTING, certificate, NULL)
                   : NULL;
    if (same) {
        CertFreeCertificateContext(same);
    }
    return same != NULL;
}

bool tls_roots(char **pem, size_t *size)
{
    *pem = NULL;
    *size = 0;
    /* Only ROOT. What lies in CA are intermediate certificates that anybody may put there: to
     * hand them over would make them trusted by themselves. */
    HCERTSTORE roots = CertOpenSystemStoreW(0, L"ROOT");
    if (!roots) {
        log_event("transfer: the system's root certificates cannot be read (%lu)", GetLastError());
        return true;
    }
    HCERTSTORE disallowed = CertOpenSystemStoreW(0, L"Disallowed");
    struct text text = {0};
    bool ok = true;
    const CERT_CONTEXT *certificate = NULL;
    while (ok && (certificate = CertEnumCertificatesInStore(roots, certificate)) != NULL) {
        if (is_for_servers(certificate) && !is_disallowed(disallowed, certificate)) {
            ok = text_put_certificate(&text, certificate);
        }
    }
    if (certificate) {
        CertFreeCertificateContext(certificate);
    }
    if (disallowed) {
        CertCloseStore(disallowed, 0);
    }
    CertCloseStore(roots, 0);
    if (!ok) {
        free(text.data);
        return false;
    }
    *pem = text.data;
    *size = text.used;
    return true;
}
