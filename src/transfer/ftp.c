/* SPDX-License-Identifier: MIT */
#include "transfer/ftp.h"

#include <curl/mprintf.h>
#include <stddef.h>
#include <string.h>

#include "transfer/errors.h"

/* How long a reply may take. libcurl waits for the last ones (that all was sent, and the farewell) on the engine's
 * thread, where nothing else goes on meanwhile, and of a connection that it keeps for later it would take leave
 * when the engine ends. So none is kept, and at the end it must be quick about it. */
enum { ANSWER_S = 60, ANSWER_TO_QUESTION_S = 20, LAST_ANSWER_S = 5 };

/* ---- request ------------------------------------------------------------------------------- */

static void keep_first(CURLcode *first, CURLcode next)
{
    if (*first == CURLE_OK) {
        *first = next;
    }
}

CURLcode ftp_set_up(CURL *easy, const struct http_request *request)
{
    CURLcode rc = CURLE_OK;
    keep_first(&rc, http_set_up_connection(easy, request));
    keep_first(&rc, curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "ftp"));
    keep_first(&rc, curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L));
    /* An HTTP proxy's answers would be HTTP's, of which this file knows nothing. */
    keep_first(&rc, curl_easy_setopt(easy, CURLOPT_PROXY, ""));
    keep_first(&rc, curl_easy_setopt(easy, CURLOPT_FILETIME, 1L));
    keep_first(&rc, curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L));
    keep_first(&rc, curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT,
                                     request->head ? (long)ANSWER_TO_QUESTION_S : (long)ANSWER_S));
    /* A server must not send us to a third place. */
    keep_first(&rc, curl_easy_setopt(easy, CURLOPT_FTP_SKIP_PASV_IP, 1L));
    keep_first(&rc, curl_easy_setopt(easy, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)request->from));
    return rc;
}

/* ---- answer -------------------------------------------------------------------------------- */

void ftp_answer(CURL *easy, int64_t from, struct http_answer *answer)
{
    curl_off_t rest = -1;
    curl_off_t time = -1;
    http_answer_init(answer);
    (void)curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)LAST_ANSWER_S);
    curl_easy_getinfo(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &rest);
    curl_easy_getinfo(easy, CURLINFO_FILETIME_T, &time);
    answer->complete = true;
    answer->length = rest; /* libcurl compares with what SIZE told, and waits for "226" */
    answer->modified_s = time >= 0 ? time : NO_TIME;
    if (rest >= 0 && time >= 0) {
        curl_msnprintf(answer->etag, sizeof answer->etag,
                       "\"ftp-%" CURL_FORMAT_CURL_OFF_T "-%" CURL_FORMAT_CURL_OFF_T "\"",
                       (curl_off_t)from + rest, time);
    }
    answer->status = from > 0 ? 206 : 200;
    answer->has_range = from > 0 && rest > 0;
    answer->first = from;
    answer->total = from + rest;
    answer->last = answer->total - 1;
}

/* ---- errors -------------------------------------------------------------------------------- */

bool ftp_cannot_resume(CURLcode rc)
{
    return rc == CURLE_BAD_DOWNLOAD_RESUME || rc == CURLE_FTP_COULDNT_USE_REST ||
           rc == CURLE_RANGE_ERROR;
}

/* RFC 959, 4.2: 4xx passes by itself, 5xx does not. */
static const struct reply {
    int first, last;
    enum download_end end;
    uint32_t win32;
} replies[] = {
    {421, 426, END_TRANSIENT, CODE_CONNECTION_ABORTED},
    {400, 499, END_TRANSIENT, CODE_EXTENDED_ERROR},
    {530, 532, END_FATAL, CODE_LOGIN_FAILURE},
    {550, 550, END_FATAL, CODE_ITEM_NOT_FOUND},
    {500, 599, END_FATAL, CODE_EXTENDED_ERROR},
};

/* Did the exchange end for what the server has said, and not by time or a broken connection, which leave an
 * older reply standing? */
static bool is_by_reply(CURLcode rc, int refusal)
{
    switch (rc) {
    case CURLE_LOGIN_DENIED:
    case CURLE_REMOTE_ACCESS_DENIED:
    case CURLE_REMOTE_FILE_NOT_FOUND:
    case CURLE_FTP_COULDNT_RETR_FILE:
    case CURLE_FTP_COULDNT_SET_TYPE:
    case CURLE_FTP_WEIRD_PASS_REPLY:
    case CURLE_FTP_WEIRD_PASV_REPLY:
    case CURLE_WEIRD_SERVER_REPLY: return true;
    case CURLE_OPERATION_TIMEDOUT: return refusal == 421; /* libcurl's name for it */
    default: return false;
    }
}

void ftp_note_reply(const char *line, size_t size, int *refusal)
{
    int reply = 0;
    for (size_t i = 0; i < 3; i++) {
        if (i >= size || line[i] < '0' || line[i] > '9') {
            return;
        }
        reply = reply * 10 + (line[i] - '0');
    }
    *refusal = reply >= 400 && reply <= 599 ? reply : *refusal;
}

bool ftp_error(struct download_result *result, int refusal, CURLcode rc)
{
    char cause[64];
    if (!is_by_reply(rc, refusal)) {
        return false;
    }
    for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
        if (refusal >= replies[i].first && refusal <= replies[i].last) {
            curl_msnprintf(cause, sizeof cause, "the FTP server answered with %d", refusal);
            error_set(result, replies[i].end, replies[i].win32, cause);
            return true;
        }
    }
    return false;
}
