/* SPDX-License-Identifier: MIT */
/* What mbedTLS leaves to its user of a certificate's extensions. */
#ifndef QMGR_TRANSFER_TLS_CONSTRAINTS_WIN32_H
#define QMGR_TRANSFER_TLS_CONSTRAINTS_WIN32_H

#include <mbedtls/x509_crt.h>
#include <stdbool.h>

/* Is there none that is critical, and that neither mbedTLS nor tls_constraints_allow knows? */
bool tls_extensions_are_known(const mbedtls_x509_crt *certificate);
/* May this authority vouch for the host (RFC 5280 section 4.2.1.10)? Only the name by which we know the server is asked for;
 * what other names its certificate has does not matter to us. False also for constraints that cannot be read. */
bool tls_constraints_allow(const mbedtls_x509_crt *authority, const char *host);

#endif
