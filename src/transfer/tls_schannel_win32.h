/* SPDX-License-Identifier: MIT */
/* Our own look at the certificate of a server that Schannel has connected to. Windows has
 * verified it already, unless there are authorities that it does not know; Wine's Schannel verifies
 * nothing (platform-facts.md). */
#ifndef QMGR_TRANSFER_TLS_SCHANNEL_WIN32_H
#define QMGR_TRANSFER_TLS_SCHANNEL_WIN32_H

#include "transfer/ca_file.h"
#include "transfer/tls.h" /* before windows.h: libcurl wants the newer sockets */

#include <windows.h>

#include <wincrypt.h>

bool tls_schannel_is_certificate(const void *der, size_t size);
/* The file's certificates as a store, to be closed by the caller; NULL if it has none. False if out of memory. */
bool tls_schannel_store(const struct ca_file *file, HCERTSTORE *store);

/* In a CURLOPT_PREREQFUNCTION of a handle whose connection is TLS by Schannel: calls tls_refuse, or does
 * not. What cannot be judged is refused. extra: authorities that are trusted besides the system's, or
 * NULL. */
void tls_schannel_judge(struct tls_peer *peer, HCERTSTORE extra);

#endif
