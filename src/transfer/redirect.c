/* SPDX-License-Identifier: MIT */
#include "transfer/redirect.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

bool redirect_is_status(long http_status)
{
    return http_status == 301 || http_status == 302 || http_status == 303 || http_status == 307 ||
           http_status == 308;
}

/* A part of the URL, malloc'ed by libcurl (curl_free); NULL if it is absent or memory is short. */
static char *part_of(CURLU *url, CURLUPart which)
{
    char *text = NULL;
    return curl_url_get(url, which, &text, CURLU_DEFAULT_PORT) == CURLUE_OK ? text : NULL;
}

static bool is_scheme(CURLU *url, const char *scheme)
{
    char *text = part_of(url, CURLUPART_SCHEME);
    bool same = text && curl_strequal(text, scheme);
    curl_free(text);
    return same;
}

static enum redirect_verdict verdict_of(CURLUcode rc)
{
    return rc == CURLUE_OK              ? REDIRECT_FOLLOW
           : rc == CURLUE_OUT_OF_MEMORY ? REDIRECT_MEMORY
                                        : REDIRECT_MALFORMED;
}

static enum redirect_verdict strip(CURLU *url, char **to)
{
    static const CURLUPart unwanted[] = {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_FRAGMENT};
    for (size_t i = 0; i < sizeof unwanted / sizeof *unwanted; i++) {
        CURLUcode rc = curl_url_set(url, unwanted[i], NULL, 0);
        if (rc != CURLUE_OK) {
            return verdict_of(rc);
        }
    }
    char *text = NULL;
    CURLUcode rc = curl_url_get(url, CURLUPART_URL, &text, 0);
    if (rc != CURLUE_OK) {
        return verdict_of(rc);
    }
    *to = malloc(strlen(text) + 1);
    if (*to) {
        strcpy(*to, text);
    }
    curl_free(text);
    return *to ? REDIRECT_FOLLOW : REDIRECT_MEMORY;
}

enum redirect_verdict redirect_judge(const char *from, const char *location, char **to)
{
    *to = NULL;
    CURLU *url = curl_url();
    if (!url) {
        return REDIRECT_MEMORY;
    }
    enum redirect_verdict verdict = verdict_of(curl_url_set(url, CURLUPART_URL, from, 0));
    if (verdict == REDIRECT_FOLLOW) {
        bool secure = is_scheme(url, "https");
        /* Servers send blanks and bytes above 127 here; every browser encodes them, so do we. */
        verdict = verdict_of(
            curl_url_set(url, CURLUPART_URL, location, CURLU_URLENCODE | CURLU_NON_SUPPORT_SCHEME));
        if (verdict == REDIRECT_FOLLOW && !is_scheme(url, "https") &&
            (secure || !is_scheme(url, "http"))) {
            verdict = REDIRECT_SCHEME;
        }
    }
    if (verdict == REDIRECT_FOLLOW) {
        verdict = strip(url, to);
    }
    curl_url_cleanup(url);
    return verdict;
}

static bool same_part(CURLU *a, CURLU *b, CURLUPart which)
{
    char *x = part_of(a, which);
    char *y = part_of(b, which);
    bool same = x && y && curl_strequal(x, y);
    curl_free(x);
    curl_free(y);
    return same;
}

static bool has_port(CURLU *url, const char *port)
{
    char *text = part_of(url, CURLUPART_PORT);
    bool same = text && strcmp(text, port) == 0;
    curl_free(text);
    return same;
}

bool redirect_keeps_credentials(const char *origin, const char *url)
{
    CURLU *a = curl_url();
    CURLU *b = curl_url();
    bool keeps = false;
    if (a && b && curl_url_set(a, CURLUPART_URL, origin, 0) == CURLUE_OK &&
        curl_url_set(b, CURLUPART_URL, url, 0) == CURLUE_OK && same_part(a, b, CURLUPART_HOST)) {
        bool same = same_part(a, b, CURLUPART_SCHEME) && same_part(a, b, CURLUPART_PORT);
        bool safer = is_scheme(a, "http") && has_port(a, "80") && is_scheme(b, "https") &&
                     has_port(b, "443");
        keeps = same || safer;
    }
    curl_url_cleanup(a);
    curl_url_cleanup(b);
    return keeps;
}
