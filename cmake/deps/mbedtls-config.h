/* SPDX-License-Identifier: MIT */
/* mbedTLS as upstream ships it, less what a client that sees it only through libcurl never calls. */

/* With _TRUNCATE defined, mbedTLS calls vsnprintf_s, which Windows XP's msvcrt lacks; without it, it checks
   the result of vsnprintf itself.  The headers that define it have to come first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#undef _TRUNCATE

#include <mbedtls/config.h>

#undef MBEDTLS_NET_C    /* libcurl owns the sockets */
#undef MBEDTLS_TIMING_C /* ... and DTLS is not used */
#undef MBEDTLS_SELF_TEST
#undef MBEDTLS_PSA_CRYPTO_C
#undef MBEDTLS_PSA_CRYPTO_STORAGE_C
#undef MBEDTLS_PSA_ITS_FILE_C
#undef MBEDTLS_SSL_SRV_C
#undef MBEDTLS_SSL_COOKIE_C
#undef MBEDTLS_SSL_TICKET_C
#undef MBEDTLS_SSL_PROTO_DTLS
#undef MBEDTLS_SSL_DTLS_ANTI_REPLAY
#undef MBEDTLS_SSL_DTLS_HELLO_VERIFY
#undef MBEDTLS_SSL_DTLS_CLIENT_PORT_REUSE
#undef MBEDTLS_SSL_DTLS_BADMAC_LIMIT
#undef MBEDTLS_SSL_DTLS_CONNECTION_ID

/* Name constraints are looked at by src/transfer/tls_constraints_win32.c, which refuses what else is critical and unknown. */
#define MBEDTLS_X509_ALLOW_UNSUPPORTED_CRITICAL_EXTENSION
