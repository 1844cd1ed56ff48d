/* SPDX-License-Identifier: MIT */
#include "transfer/errors.h"

#include <curl/mprintf.h> /* PRId64 is not understood alike by all of Windows */
#include <stddef.h>
#include <string.h>

#include "transfer/retry.h"

static const struct curl_meaning {
    CURLcode rc;
    enum download_end end;
    uint32_t win32;
} curl_meanings[] = {
    {CURLE_COULDNT_RESOLVE_PROXY, END_TRANSIENT, CODE_NAME_NOT_RESOLVED},
    {CURLE_COULDNT_RESOLVE_HOST, END_TRANSIENT, CODE_NAME_NOT_RESOLVED},
    {CURLE_COULDNT_CONNECT, END_TRANSIENT, CODE_CANNOT_CONNECT},
    {CURLE_PROXY, END_TRANSIENT, CODE_CANNOT_CONNECT},
    {CURLE_INTERFACE_FAILED, END_TRANSIENT, CODE_CANNOT_CONNECT},
    {CURLE_OPERATION_TIMEDOUT, END_TRANSIENT, CODE_TIMEOUT},
    {CURLE_PARTIAL_FILE, END_TRANSIENT, CODE_CONNECTION_ABORTED},
    {CURLE_GOT_NOTHING, END_TRANSIENT, CODE_CONNECTION_ABORTED},
    {CURLE_SEND_ERROR, END_TRANSIENT, CODE_CONNECTION_ABORTED},
    {CURLE_RECV_ERROR, END_TRANSIENT, CODE_CONNECTION_ABORTED},
    {CURLE_HTTP2, END_TRANSIENT, CODE_CONNECTION_ABORTED},
    {CURLE_HTTP2_STREAM, END_TRANSIENT, CODE_CONNECTION_ABORTED},
    {CURLE_WEIRD_SERVER_REPLY, END_TRANSIENT, CODE_INVALID_ANSWER},
    {CURLE_UNSUPPORTED_PROTOCOL, END_TRANSIENT, CODE_INVALID_ANSWER}, /* HTTP/0.9 */
    {CURLE_BAD_CONTENT_ENCODING, END_TRANSIENT, CODE_INVALID_ANSWER},
    {CURLE_FILESIZE_EXCEEDED, END_TRANSIENT, CODE_INVALID_ANSWER},
    {CURLE_TOO_MANY_REDIRECTS, END_FATAL, CODE_REDIRECT_FAILED},
    {CURLE_URL_MALFORMAT, END_FATAL, CODE_INVALID_URL},
    {CURLE_SSL_CONNECT_ERROR, END_TRANSIENT, CODE_SECURITY_CHANNEL},
    {CURLE_SSL_CIPHER, END_TRANSIENT, CODE_SECURITY_CHANNEL},
    {CURLE_SSL_CERTPROBLEM, END_TRANSIENT, CODE_SECURITY_CHANNEL},
    {CURLE_SSL_CACERT_BADFILE, END_TRANSIENT, CODE_SECURITY_CHANNEL},
    {CURLE_SSL_ENGINE_INITFAILED, END_TRANSIENT, CODE_SECURITY_CHANNEL},
    {CURLE_USE_SSL_FAILED, END_TRANSIENT, CODE_SECURITY_CHANNEL},
    {CURLE_PEER_FAILED_VERIFICATION, END_FATAL, CODE_SECURITY_CHANNEL},
    {CURLE_SSL_ISSUER_ERROR, END_FATAL, CODE_SECURITY_CHANNEL},
    {CURLE_SSL_INVALIDCERTSTATUS, END_FATAL, CODE_SECURITY_CHANNEL},
    {CURLE_OUT_OF_MEMORY, END_TRANSIENT, CODE_OUT_OF_MEMORY},
    {CURLE_AUTH_ERROR, END_FATAL, CODE_LOGIN_FAILURE},
    {CURLE_LOGIN_DENIED, END_FATAL, CODE_LOGIN_FAILURE},
};

/* Indexed by enum tls_refusal. The codes are WinHTTP's. A server with which we have no version in
 * common may be put right, as one that has trouble with TLS for another reason. */
static const struct refusal_meaning {
    enum download_end end;
    uint32_t win32;
    const char *cause;
} refusal_meanings[] = {
    [TLS_REVOKED] = {END_FATAL, CODE_CERT_REVOKED, "the server's certificate was revoked"},
    [TLS_SELF_SIGNED] = {END_FATAL, CODE_INVALID_CA,
                         "the server's certificate is signed by itself"},
    [TLS_NOT_CA] = {END_FATAL, CODE_INVALID_CA,
                    "the server's certificate comes from somebody who is no authority"},
    [TLS_AUTHORITY] = {END_FATAL, CODE_INVALID_CA,
                       "the server's certificate comes from an unknown authority"},
    [TLS_MALFORMED] = {END_FATAL, CODE_INVALID_CERT,
                       "the server's certificates cannot be understood"},
    [TLS_CONSTRAINED] = {END_FATAL, CODE_INVALID_CERT,
                         "the authority of the server's certificate is restricted to other names"},
    [TLS_WEAK] = {END_FATAL, CODE_INVALID_CERT, "the server's certificate is too weak"},
    [TLS_NOT_YET] = {END_FATAL, CODE_CERT_DATE, "the server's certificate is not valid yet"},
    [TLS_EXPIRED] = {END_FATAL, CODE_CERT_DATE, "the server's certificate has expired"},
    [TLS_USAGE] = {END_FATAL, CODE_CERT_USAGE, "the server's certificate is not meant for servers"},
    [TLS_NAME] = {END_FATAL, CODE_CERT_NAME, "the server's certificate is for another name"},
    [TLS_OTHER] = {END_FATAL, CODE_SECURITY_CHANNEL, "the server's certificate was refused"},
    [TLS_CLIENT_CERTIFICATE] =
        {END_FATAL, CODE_CLIENT_CERT,
         "the server demands a certificate of the client, and there is none"},
    [TLS_NO_COMMON] = {END_TRANSIENT, CODE_SECURITY_CHANNEL,
                       "the server and we have no TLS version or cipher in common"},
};

void error_set(struct download_result *result, enum download_end end, uint32_t win32,
               const char *cause)
{
    *result =
        (struct download_result){.end = end, .win32 = win32, .progressed = result->progressed};
    /* The text may come from a server by way of libcurl, and goes into a log of one line an
     * event. */
    size_t i = 0;
    for (; cause[i] && i + 1 < sizeof result->cause; i++) {
        bool printable = cause[i] >= 0x20 && cause[i] < 0x7F;
        result->cause[i] = printable ? cause[i] : '?';
    }
    result->cause[i] = '\0';
}

void error_from_curl(struct download_result *result, CURLcode rc, enum tls_refusal refusal,
                     const char *detail)
{
    if (refusal != TLS_ACCEPTED) {
        const struct refusal_meaning *meaning = &refusal_meanings[refusal];
        error_set(result, meaning->end, meaning->win32, *detail ? detail : meaning->cause);
        return;
    }
    const char *cause = *detail ? detail : curl_easy_strerror(rc);
    for (size_t i = 0; i < sizeof curl_meanings / sizeof *curl_meanings; i++) {
        if (curl_meanings[i].rc == rc) {
            error_set(result, curl_meanings[i].end, curl_meanings[i].win32, cause);
            return;
        }
    }
    error_set(result, END_TRANSIENT, CODE_INTERNAL, cause);
}

void error_from_status(struct download_result *result, long http_status, int64_t retry_after_s)
{
    char cause[64];
    curl_msnprintf(cause, sizeof cause, "the %s answered with status %ld",
                   http_status == 407 ? "proxy" : "server", http_status);
    enum download_end end = retry_class_of_status(http_status);
    error_set(result, end == END_WHOLE ? END_FATAL : end, 0, cause);
    result->http = (uint32_t)http_status;
    result->retry_after_s = retry_after_s <= 0                            ? 0
                            : retry_after_s < (int64_t)RETRY_AFTER_MOST_S ? (uint32_t)retry_after_s
                                                                          : RETRY_AFTER_MOST_S;
}

/* Is it a state of the disk that passes by itself? */
static bool passes(uint32_t win32)
{
    switch (win32) {
    case 21:                /* ERROR_NOT_READY */
    case 32:                /* ERROR_SHARING_VIOLATION */
    case 33:                /* ERROR_LOCK_VIOLATION */
    case 108:               /* ERROR_DRIVE_LOCKED */
    case 170:               /* ERROR_BUSY */
    case 1224: return true; /* ERROR_USER_MAPPED_FILE */
    default: return false;
    }
}

void error_from_file(struct download_result *result, int system_error, const char *doing)
{
    uint32_t win32 = file_error_win32(system_error);
    bool memory = file_fault(system_error) == FAULT_MEMORY;
    char cause[96];
    curl_msnprintf(cause, sizeof cause, "cannot %s the part file (error %lu)", doing,
                   (unsigned long)win32);
    error_set(result, memory || passes(win32) ? END_TRANSIENT : END_FATAL,
              memory ? CODE_OUT_OF_MEMORY : win32, cause);
}
