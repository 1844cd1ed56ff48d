/* SPDX-License-Identifier: MIT */
/* The authorities that the system trusts to name servers, for a TLS library that does not know
 * them. */
#ifndef QMGR_TRANSFER_TLS_ROOTS_WIN32_H
#define QMGR_TRANSFER_TLS_ROOTS_WIN32_H

#include <stdbool.h>
#include <stddef.h>
#include <windows.h>

#include <wincrypt.h>

/* Calls each (DER) until it returns false; then returns false. */
bool tls_roots(bool (*each)(void *context, const void *der, size_t size), void *context);
/* By its extension and by what the system has noted of it. */
bool tls_roots_is_for_servers(const CERT_CONTEXT *certificate);

#endif
