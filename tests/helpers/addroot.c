/* SPDX-License-Identifier: MIT */
/* Makes a certificate authority trusted by the current user, in the place of one of the same name.
 * usage: addroot FILE.der
 *
 * The test server has a new authority at every run. The former one is taken out, so that the store of a
 * long-lived prefix does not fill up with them. */
#include <windows.h>
#include <wincrypt.h>
#include <stdio.h>

enum { LARGEST = 64 * 1024 };

static PCCERT_CONTEXT read_certificate(const wchar_t *name)
{
    static BYTE bytes[LARGEST];
    DWORD size = 0;
    HANDLE file = CreateFileW(name, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);

    if (file == INVALID_HANDLE_VALUE) {
        return NULL;
    }
    if (!ReadFile(file, bytes, sizeof(bytes), &size, NULL)) {
        size = 0;
    }
    CloseHandle(file);
    return CertCreateCertificateContext(X509_ASN_ENCODING, bytes, size);
}

static void remove_namesakes(HCERTSTORE store, PCCERT_CONTEXT certificate)
{
    PCCERT_CONTEXT found;

    while ((found = CertFindCertificateInStore(store, X509_ASN_ENCODING, 0, CERT_FIND_SUBJECT_NAME,
                                               &certificate->pCertInfo->Subject, NULL))) {
        if (!CertDeleteCertificateFromStore(found)) {
            return;
        }
    }
}

int wmain(int argc, wchar_t **argv);

int wmain(int argc, wchar_t **argv)
{
    int result = 1;

    if (argc != 2) {
        fputs("usage: addroot FILE.der\n", stderr);
        return 2;
    }
    PCCERT_CONTEXT certificate = read_certificate(argv[1]);
    if (!certificate) {
        fprintf(stderr, "addroot: no certificate could be read: error %lu\n", GetLastError());
        return 1;
    }
    /* The part of the store that is the user's own: from the whole, which others are mixed into,
     * Wine 8 neither deletes for good nor adds where it has deleted. */
    HCERTSTORE store = CertOpenStore(CERT_STORE_PROV_SYSTEM_REGISTRY_W, 0, 0,
                                     CERT_SYSTEM_STORE_CURRENT_USER, L"Root");
    if (!store) {
        fprintf(stderr, "addroot: no store of root certificates: error %lu\n", GetLastError());
        goto free_certificate;
    }
    remove_namesakes(store, certificate);
    if (!CertAddCertificateContextToStore(store, certificate, CERT_STORE_ADD_REPLACE_EXISTING,
                                          NULL)) {
        fprintf(stderr, "addroot: the certificate could not be added: error %lu\n", GetLastError());
        goto close_store;
    }
    result = 0;
close_store:
    CertCloseStore(store, 0);
free_certificate:
    CertFreeCertificateContext(certificate);
    return result;
}
