/* SPDX-License-Identifier: MIT */
/* Our own look at the certificate of a server that Schannel has connected to. Windows has
 * verified it already; Wine's Schannel verifies nothing (platform-facts.md). */
#ifndef QMGR_TRANSFER_TLS_SCHANNEL_WIN32_H
#define QMGR_TRANSFER_TLS_SCHANNEL_WIN32_H

#include "transfer/tls.h"

/* In a CURLOPT_PREREQFUNCTION of a handle whose connection is TLS by Schannel. What cannot be
 * judged is refused. */
enum tls_refusal tls_schannel_judge(CURL *easy);

#endif
