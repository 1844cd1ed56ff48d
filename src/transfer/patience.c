/* SPDX-License-Identifier: MIT */
#include "transfer/patience.h"

enum { CONNECT_S = 60, SILENCE_S = 300 };

CURLcode patience_set_up(CURL *easy, const struct transfer_options *options)
{
    long connect_s = options->connect_s > 0 ? (long)options->connect_s : CONNECT_S;
    long silence_s = options->silence_s > 0 ? (long)options->silence_s : SILENCE_S;
    CURLcode rc = curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, connect_s);
    /* Less than one byte a second, on the average of some seconds. */
    rc = rc ? rc : curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    rc = rc ? rc : curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, silence_s);
    /* An HTTP/2 connection outlives a transfer that was given up on it. The next attempt must not
     * be made on it again: the silence may be its own (a path that is gone, a server that hangs),
     * and it is older than this. */
    return rc ? rc
              : curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN,
                                 silence_s > 1 ? silence_s - 1 : 1L);
}
