/* SPDX-License-Identifier: MIT */
/* Which TLS library, whom it trusts, and why it refused. tls_win32.c: Schannel where the
 * system's is new enough, else mbedTLS with the system's roots. tls_posix.c: whatever libcurl
 * has, for tests. */
#ifndef QMGR_TRANSFER_TLS_H
#define QMGR_TRANSFER_TLS_H

#include <curl/curl.h>
#include <stdbool.h>

enum tls_refusal {
    TLS_ACCEPTED,
    TLS_AUTHORITY, /* nobody we trust vouches for the certificate */
    TLS_NAME,      /* it is for another host */
    TLS_DATE,      /* expired, or not valid yet */
    TLS_OTHER,
};

/* Chooses the library; before each curl_global_init that is the first or follows the last
 * curl_global_cleanup. False if there is none. */
bool tls_choose(void);

/* What one engine's connections share. */
struct tls;
struct tls *tls_new(void);      /* NULL if out of memory; after curl_global_init */
void tls_free(struct tls *tls); /* when no handle uses it any more; NULL is harmless */

/* One transfer's check; lives as long as the handle is at work. */
struct tls_peer {
    CURL *easy;
    enum tls_refusal refusal; /* set when our own check refuses */
};

/* Sets all that concerns TLS on the handle. */
CURLcode tls_set_up(struct tls *tls, CURL *easy, struct tls_peer *peer);
/* After a failed transfer: was it the certificate, and what about it? */
enum tls_refusal tls_refusal(const struct tls_peer *peer, CURLcode rc, const char *detail);

#endif
