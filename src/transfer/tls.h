/* SPDX-License-Identifier: MIT */
/* Which TLS library, whom it trusts, and why it refused. tls_win32.c: Schannel where the
 * system's is new enough, else mbedTLS with the system's roots. tls_posix.c: whatever libcurl
 * has, for tests. With each, the authorities of ca_file.h are trusted as well. */
#ifndef QMGR_TRANSFER_TLS_H
#define QMGR_TRANSFER_TLS_H

#include <curl/curl.h>
#include <stdbool.h>

/* Why there is no connection. Of several reasons the first in this order is told, whatever library
 * found them. errors.c says what each means to a download. */
enum tls_refusal {
    TLS_ACCEPTED,
    TLS_REVOKED,
    TLS_SELF_SIGNED, /* the server vouches for itself, and we have not been told to believe it */
    TLS_NOT_CA,      /* who vouches for it must not do so */
    TLS_AUTHORITY,   /* nobody we trust vouches for it, or the signature is wrong */
    TLS_MALFORMED,   /* it cannot be understood */
    TLS_CONSTRAINED, /* the authority must not vouch for this name */
    TLS_WEAK,        /* signed with SHA-1 or worse, or an RSA key of less than 2048 bits */
    TLS_NOT_YET,
    TLS_EXPIRED,
    TLS_USAGE, /* it is not for servers */
    TLS_NAME,  /* it is for another host */
    TLS_OTHER,
    /* Not the certificate: */
    TLS_CLIENT_CERTIFICATE, /* the server demands one of us */
    TLS_NO_COMMON,          /* no version or cipher that both sides have */
};

/* Chooses the library; before each curl_global_init that is the first or follows the last
 * curl_global_cleanup. False if there is none. */
bool tls_choose(void);

/* What one engine's connections share. */
struct tls;
/* NULL if out of memory; after curl_global_init. Logs the library, and who is trusted. */
struct tls *tls_new(void);
void tls_free(struct tls *tls); /* when no handle uses it any more; NULL is harmless */

/* One transfer's check; lives as long as the handle is at work. */
struct tls_peer {
    CURL *easy;
    struct tls *tls;
    enum tls_refusal refusal; /* set when our own check refuses */
    char cause[160];          /* a sentence that goes with it, or "" */
    bool accepted;            /* our own check has passed in a handshake of this transfer */
};

/* Sets all that concerns TLS on the handle. */
CURLcode tls_set_up(struct tls *tls, CURL *easy, struct tls_peer *peer);
/* After a failed transfer: was it TLS, and what about it? peer->cause may then be more exact than
 * what errors.c says. */
enum tls_refusal tls_refusal(struct tls_peer *peer, CURLcode rc, const char *detail);

/* ---- for the files tls*.c ------------------------------------------------------------------ */

/* Notes a reason unless a graver one (or the same) was found. authority: whose certificate it is about, NULL
 * for the server's own. detail: what the certificate says (issuer, date, names), NULL if it cannot be
 * had. */
void tls_refuse(struct tls_peer *peer, enum tls_refusal refusal, const char *authority,
                const char *detail);
/* The host of the request's URL, malloc'ed, an IPv6 address without its brackets; NULL if it
 * cannot be had. */
char *tls_host(CURL *easy);
/* The bytes of an IP address, most significant first: 4 or 16; 0 if the host is a name. */
size_t tls_address(const char *host, unsigned char address[16]);

#endif
