/* SPDX-License-Identifier: MIT */
/* The authorities that the system trusts to name servers, for a TLS library that does not know
 * them. */
#ifndef QMGR_TRANSFER_TLS_ROOTS_WIN32_H
#define QMGR_TRANSFER_TLS_ROOTS_WIN32_H

#include <stdbool.h>
#include <stddef.h>

/* *pem is malloc'ed, *size 0 if there are none. False if out of memory. */
bool tls_roots(char **pem, size_t *size);

#endif
