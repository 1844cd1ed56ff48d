/* SPDX-License-Identifier: MIT */
#include "transfer/tls.h"

#include <curl/mprintf.h>
#include <stdlib.h>
#include <string.h>
#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#endif

char *tls_host(CURL *easy)
{
    char *url = NULL;
    char *part = NULL;
    char *host = NULL;
    CURLU *parts = curl_url();
    if (parts && curl_easy_getinfo(easy, CURLINFO_EFFECTIVE_URL, &url) == CURLE_OK && url &&
        curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_HOST, &part, 0) == CURLUE_OK) {
        size_t length = strlen(part);
        bool brackets = length > 2 && part[0] == '[';
        host = calloc(1, length + 1);
        if (host) {
            memcpy(host, part + brackets, length - 2 * (size_t)brackets);
        }
    }
    curl_free(part);
    curl_url_cleanup(parts);
    return host;
}

/* getaddrinfo, since Windows XP has no inet_pton. */
size_t tls_address(const char *host, unsigned char address[16])
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
    struct addrinfo *info = NULL;
    size_t size = 0;
    if (getaddrinfo(host, NULL, &hints, &info) != 0) {
        return 0;
    }
    if (info->ai_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, info->ai_addr, sizeof in);
        size = sizeof in.sin_addr;
        memcpy(address, &in.sin_addr, size);
    } else if (info->ai_family == AF_INET6) {
        struct sockaddr_in6 in;
        memcpy(&in, info->ai_addr, sizeof in);
        size = sizeof in.sin6_addr;
        memcpy(address, &in.sin6_addr, size);
    }
    freeaddrinfo(info);
    return size;
}

/* What is to be said of a certificate; %s: the detail, without which errors.c has the words. */
static const char *const sentences[] = {
    [TLS_SELF_SIGNED] = "is signed by itself, and is not among those that are trusted",
    [TLS_NOT_CA] = "comes from %s, which is not an authority",
    [TLS_AUTHORITY] = "comes from %s, which is not a known authority",
    [TLS_CONSTRAINED] = "comes from an authority that is restricted to other names",
    [TLS_WEAK] = "is too weak: %s",
    [TLS_NOT_YET] = "is not valid before %s",
    [TLS_EXPIRED] = "expired on %s",
    [TLS_USAGE] = "is not meant for servers",
    [TLS_NAME] = "is for %s",
};

void tls_refuse(struct tls_peer *peer, enum tls_refusal refusal, const char *authority,
                const char *detail)
{
    if (peer->refusal != TLS_ACCEPTED && peer->refusal <= refusal) {
        return;
    }
    peer->refusal = refusal;
    peer->cause[0] = '\0';
    const char *sentence =
        (size_t)refusal < sizeof sentences / sizeof *sentences ? sentences[refusal] : NULL;
    char *host = tls_host(peer->easy);
    if (sentence && host && ((detail && *detail) || !strchr(sentence, '%'))) {
        char said[128];
        curl_msnprintf(said, sizeof said, sentence, detail);
        if (authority && *authority) {
            curl_msnprintf(peer->cause, sizeof peer->cause,
                           "%s is vouched for by %s, whose certificate %s", host, authority, said);
        } else {
            curl_msnprintf(peer->cause, sizeof peer->cause, "the certificate of %s %s", host, said);
        }
    }
    free(host);
}
