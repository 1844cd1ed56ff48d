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
    return rc ? rc : curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, silence_s);
}
