/* SPDX-License-Identifier: MIT */
#include "transfer/tls_roots_win32.h"

#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include <wincrypt.h>

#include "platform/log.h"

#define ANY_USAGE "2.5.29.37.0" /* anyExtendedKeyUsage (RFC 5280 section 4.2.1.12) */

/* An administrator (or Microsoft) may have trusted it for some purposes only. */
bool tls_roots_is_for_servers(const CERT_CONTEXT *certificate)
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
        found = strcmp(usage->rgpszUsageIdentifier[i], szOID_PKIX_KP_SERVER_AUTH) == 0 ||
                strcmp(usage->rgpszUsageIdentifier[i], ANY_USAGE) == 0;
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

bool tls_roots(bool (*each)(void *context, const void *der, size_t size), void *context)
{
    /* Only ROOT. What lies in CA are intermediate certificates that anybody may put there: to
     * hand them over would make them trusted by themselves. */
    HCERTSTORE roots = CertOpenSystemStoreW(0, L"ROOT");
    if (!roots) {
        log_event("transfer: the system's root certificates cannot be read (%lu)", GetLastError());
        return true;
    }
    HCERTSTORE disallowed = CertOpenSystemStoreW(0, L"Disallowed");
    bool ok = true;
    const CERT_CONTEXT *certificate = NULL;
    while (ok && (certificate = CertEnumCertificatesInStore(roots, certificate)) != NULL) {
        if (tls_roots_is_for_servers(certificate) && !is_disallowed(disallowed, certificate)) {
            ok = each(context, certificate->pbCertEncoded, certificate->cbCertEncoded);
        }
    }
    if (certificate) {
        CertFreeCertificateContext(certificate);
    }
    if (disallowed) {
        CertCloseStore(disallowed, 0);
    }
    CertCloseStore(roots, 0);
    return ok;
}
