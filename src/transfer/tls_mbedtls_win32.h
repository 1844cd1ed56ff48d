/* SPDX-License-Identifier: MIT */
/* mbedTLS: whom it trusts, and what it found wrong with a certificate. */
#ifndef QMGR_TRANSFER_TLS_MBEDTLS_WIN32_H
#define QMGR_TRANSFER_TLS_MBEDTLS_WIN32_H

#include <mbedtls/x509_crt.h>

#include "transfer/ca_file.h"
#include "transfer/tls.h"

struct tls_mbedtls {
    mbedtls_x509_crt roots;
    size_t from_system, from_file; /* of them */
};

bool tls_mbedtls_is_certificate(const void *der, size_t size);
/* Takes the system's authorities and the file's. False if out of memory; then there is nothing to
 * clear. */
bool tls_mbedtls_start(struct tls_mbedtls *mbedtls, const struct ca_file *file);
void tls_mbedtls_clear(struct tls_mbedtls *mbedtls);

/* What a CURLOPT_SSL_CTX_FUNCTION does with its config; *mbedtls must outlive the connection, *peer the
 * handshake. */
CURLcode tls_mbedtls_set_up(struct tls_mbedtls *mbedtls, void *config, struct tls_peer *peer);
/* What libcurl's words for a failed handshake mean; TLS_ACCEPTED: nothing special. */
enum tls_refusal tls_mbedtls_refusal(struct tls_peer *peer, const char *detail);

#endif
