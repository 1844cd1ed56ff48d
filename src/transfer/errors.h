/* SPDX-License-Identifier: MIT */
/* What a failure of libcurl, of the file system or of the server means: the one place that fills a
 * download_result. */
#ifndef QMGR_TRANSFER_ERRORS_H
#define QMGR_TRANSFER_ERRORS_H

#include <curl/curl.h>
#include <stdint.h>

#include "transfer/tls.h"
#include "transfer/transfer.h"

/* Win32 codes that we name ourselves (winerror.h, wininet.h); the names exist on Windows only. */
enum {
    CODE_OUT_OF_MEMORY = 14,
    CODE_SHARING_VIOLATION = 32,
    CODE_TIMEOUT = 12002,
    CODE_EXTENDED_ERROR = 12003, /* an FTP server's */
    CODE_INTERNAL = 12004,
    CODE_INVALID_URL = 12005,
    CODE_UNRECOGNIZED_SCHEME = 12006,
    CODE_NAME_NOT_RESOLVED = 12007,
    CODE_LOGIN_FAILURE = 12015,
    CODE_ITEM_NOT_FOUND = 12028,
    CODE_CANNOT_CONNECT = 12029,
    CODE_CONNECTION_ABORTED = 12030,
    CODE_CERT_DATE = 12037,
    CODE_CERT_NAME = 12038,
    CODE_CLIENT_CERT = 12044,
    CODE_INVALID_CA = 12045,
    CODE_INVALID_ANSWER = 12152,
    CODE_REDIRECT_FAILED = 12156,
    CODE_INVALID_CERT = 12169,
    CODE_CERT_REVOKED = 12170,
    CODE_SECURITY_CHANNEL = 12175,
    CODE_CERT_USAGE = 12179,
};

/* BG_E_INVALID_PROXY_INFO (bitsmsg.h). Windows has no code of its own for it. */
#define CODE_INVALID_PROXY UINT32_C(0x8020003F)

/* Keeps result->progressed, sets the rest. cause: a sentence without secrets. */
void error_set(struct download_result *result, enum download_end end, uint32_t win32,
               const char *cause);
/* refusal: why there is no TLS connection, if that was the cause. detail: what is known of it, else libcurl's error
 * buffer; perhaps "". */
void error_from_curl(struct download_result *result, CURLcode rc, enum tls_refusal refusal,
                     const char *detail);
/* A status that is not success. */
void error_from_status(struct download_result *result, long http_status, int64_t retry_after_s);
/* doing: "write to", "open", … the part file */
void error_from_file(struct download_result *result, int system_error, const char *doing);

#endif
