/* SPDX-License-Identifier: MIT */
#include "transfer/http.h"

#include <curl/mprintf.h> /* PRId64 is not understood alike by all of Windows */
#include <stdlib.h>
#include <string.h>

#include "platform/platform.h"
#include "transfer/login.h"
#include "transfer/url.h"

enum {
    BUFFER_LEAST = 16 << 10,
    HEADERS_MOST = 256 << 10,
    LOCATION_MOST = 8 << 10,
    ASK_AGAIN_MOST = 20, /* rounds of authentication */
};

/* ---- request ------------------------------------------------------------------------------- */

static void keep_first(CURLcode *first, CURLcode next)
{
    if (*first == CURLE_OK) {
        *first = next;
    }
}

static long buffer_size(const struct http_request *request)
{
    if (request->head || (request->expected >= 0 && request->expected <= BUFFER_LEAST)) {
        return BUFFER_LEAST;
    }
    long most =
        request->buffer_most < CURL_MAX_READ_SIZE ? request->buffer_most : CURL_MAX_READ_SIZE;
    return request->expected >= 0 && request->expected < most ? (long)request->expected : most;
}

/* *fields stays as it is if there is no memory. */
static bool add_field(struct curl_slist **fields, const char *text)
{
    struct curl_slist *longer = curl_slist_append(*fields, text);
    *fields = longer ? longer : *fields;
    return longer != NULL;
}

static CURLcode set_range(CURL *easy, const struct http_request *request,
                          struct curl_slist **fields)
{
    char range[32];
    char if_range[HTTP_VALIDATOR_SIZE + 16];
    curl_msnprintf(range, sizeof range, "%" CURL_FORMAT_CURL_OFF_T "-", (curl_off_t)request->from);
    curl_msnprintf(if_range, sizeof if_range, "If-Range: %s", request->validator);
    if (!add_field(fields, if_range)) {
        return CURLE_OUT_OF_MEMORY;
    }
    return curl_easy_setopt(easy, CURLOPT_RANGE, range);
}

static CURLcode set_protocol(CURL *easy, const struct http_request *request)
{
    CURLcode rc = CURLE_OK;
    keep_first(&rc, curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https"));
    /* Redirects are followed by download.c, which knows what the chain may do. libcurl counts a
     * second request for the sake of authentication as one, hence these. */
    keep_first(&rc, curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https"));
    keep_first(&rc, curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L));
    keep_first(&rc, curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)ASK_AGAIN_MOST));
    keep_first(&rc, curl_easy_setopt(easy, CURLOPT_UNRESTRICTED_AUTH, 0L));
    keep_first(&rc, curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L));
    keep_first(&rc, curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L));
    const curl_version_info_data *version = curl_version_info(CURLVERSION_NOW);
    bool may_be_2 = !request->only_1_1 && (request->url[4] | 0x20) == 's' &&
                    (version->features & CURL_VERSION_HTTP2);
    keep_first(&rc, curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                                     may_be_2 ? (long)CURL_HTTP_VERSION_2TLS
                                              : (long)CURL_HTTP_VERSION_1_1));
    /* Rather wait for the first connection's greeting than open six that HTTP/2 makes needless. */
    keep_first(&rc, curl_easy_setopt(easy, CURLOPT_PIPEWAIT, may_be_2 ? 1L : 0L));
    return rc;
}

CURLcode http_set_up_connection(CURL *easy, const struct http_request *request)
{
    CURLcode rc = CURLE_OK;
    keep_first(&rc, curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L));
    keep_first(&rc, curl_easy_setopt(easy, CURLOPT_URL, request->url));
    keep_first(&rc, curl_easy_setopt(easy, CURLOPT_NOBODY, request->head ? 1L : 0L));
    keep_first(&rc, curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, buffer_size(request)));
    if (request->user_pass && *request->user_pass) {
        keep_first(&rc, login_set_encoded(easy, LOGIN_AT_SERVER, request->user_pass));
    } else if (request->own_logon) {
        keep_first(&rc, login_set_own(easy, LOGIN_AT_SERVER));
    }
    return rc;
}

CURLcode http_set_up(CURL *easy, const struct http_request *request, struct curl_slist **fields)
{
    CURLcode rc = http_set_up_connection(easy, request);
    keep_first(&rc, set_protocol(easy, request));
    keep_first(&rc, curl_easy_setopt(easy, CURLOPT_USERAGENT, request->user_agent));
    /* Not by CURLOPT_ACCEPT_ENCODING, which would decode: sizes and ranges count encoded bytes,
     * so a body that comes encoded in spite of this is taken as it is, like the original does. */
    if (!add_field(fields, "Accept-Encoding: identity")) {
        keep_first(&rc, CURLE_OUT_OF_MEMORY);
    }
    if (request->from > 0) {
        keep_first(&rc, set_range(easy, request, fields));
    }
    keep_first(&rc, curl_easy_setopt(easy, CURLOPT_HTTPHEADER, *fields));
    return rc;
}

/* ---- dates --------------------------------------------------------------------------------- */

/* Position of the three letters in a list of such, or -1. */
static int find_name(const char *three, const char *names)
{
    for (int i = 0; names[i * 3]; i++) {
        if (memcmp(names + i * 3, three, 3) == 0) {
            return i;
        }
    }
    return -1;
}

/* The number made of `digits` decimal digits, or -1. */
static int read_number(const char *text, int digits)
{
    int value = 0;
    for (int i = 0; i < digits; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

/* Days from 1970-01-01; years begin in March here, so that the leap day is their last. */
static int64_t days_since_1970(int year, int month, int day)
{
    year -= month <= 2;
    int shifted = (month + 9) % 12;
    return INT64_C(365) * year + year / 4 - year / 100 + year / 400 + (153 * shifted + 2) / 5 +
           day - 1 - 719468;
}

int64_t http_date(const char *text, size_t length)
{
    static const char model[] = "Sun, 06 Nov 1994 08:49:37 GMT";
    if (length != sizeof model - 1) {
        return NO_TIME;
    }
    for (size_t i = 0; i < length; i++) {
        if ((strchr(" ,:", model[i]) || i >= 26) && text[i] != model[i]) {
            return NO_TIME;
        }
    }
    int day = read_number(text + 5, 2);
    int month = find_name(text + 8, "JanFebMarAprMayJunJulAugSepOctNovDec") + 1;
    int year = read_number(text + 12, 4);
    int hour = read_number(text + 17, 2);
    int minute = read_number(text + 20, 2);
    int second = read_number(text + 23, 2);
    if (day < 1 || day > 31 || month < 1 || year < 1970 || hour < 0 || hour > 23 || minute < 0 ||
        minute > 59 || second < 0 || second > 60 || find_name(text, "MonTueWedThuFriSatSun") < 0) {
        return NO_TIME;
    }
    return ((days_since_1970(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
}

/* ---- answer -------------------------------------------------------------------------------- */

void http_answer_init(struct http_answer *answer)
{
    *answer = (struct http_answer){.length = -1, .modified_s = NO_TIME, .date_s = NO_TIME};
}

void http_answer_clear(struct http_answer *answer)
{
    free(answer->location);
    http_answer_init(answer);
}

/* Reads decimal digits at *text (at most 18, so that nothing overflows); -1 if there are none. */
static int64_t read_digits(const char **text, const char *end)
{
    const char *start = *text;
    int64_t value = 0;
    while (*text < end && **text >= '0' && **text <= '9' && *text - start < 18) {
        value = value * 10 + (*(*text)++ - '0');
    }
    return *text == start ? -1 : value;
}

static bool skip(const char **text, const char *end, const char *what)
{
    size_t length = strlen(what);
    if ((size_t)(end - *text) < length || memcmp(*text, what, length) != 0) {
        return false;
    }
    *text += length;
    return true;
}

/* "bytes 0-499/1234", or a star for the length; a star for the range is of no use to us. */
static void read_content_range(struct http_answer *answer, const char *value, const char *end)
{
    if (answer->has_range) {
        answer->garbled = true;
        return;
    }
    if (!skip(&value, end, "bytes ")) {
        return;
    }
    int64_t first = read_digits(&value, end);
    if (first < 0 || !skip(&value, end, "-")) {
        return;
    }
    int64_t last = read_digits(&value, end);
    if (last < first || !skip(&value, end, "/")) {
        return;
    }
    int64_t total = skip(&value, end, "*") ? -1 : read_digits(&value, end);
    if (value != end || (total >= 0 && total <= last)) {
        return;
    }
    if (total < 0 && end[-1] != '*') {
        return;
    }
    answer->first = first;
    answer->last = last;
    answer->total = total;
    answer->has_range = true;
}

static void read_content_length(struct http_answer *answer, const char *value, const char *end)
{
    int64_t length = read_digits(&value, end);
    if (length < 0 || value != end || (answer->length >= 0 && answer->length != length)) {
        answer->garbled = true;
        return;
    }
    answer->length = length;
}

/* RFC 9110: W/ perhaps, then quotes around anything but quotes and control characters. */
static bool is_etag(const char *text, size_t length)
{
    if (length > 2 && text[0] == 'W' && text[1] == '/') {
        text += 2;
        length -= 2;
    }
    if (length < 2 || text[0] != '"' || text[length - 1] != '"') {
        return false;
    }
    for (size_t i = 1; i + 1 < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c <= 0x20 || c == '"' || c == 0x7F) {
            return false;
        }
    }
    return true;
}

static void read_etag(struct http_answer *answer, const char *value, size_t length)
{
    /* A second, different one makes both useless; "?" keeps a third from counting as the first. */
    if (answer->etag[0] != '\0') {
        if (strlen(answer->etag) != length || memcmp(answer->etag, value, length) != 0) {
            strcpy(answer->etag, "?");
        }
    } else if (length < sizeof answer->etag && is_etag(value, length)) {
        memcpy(answer->etag, value, length);
        answer->etag[length] = '\0';
    }
}

static void read_modified(struct http_answer *answer, const char *value, size_t length)
{
    answer->modified_s = http_date(value, length);
    answer->modified[0] = '\0';
    if (answer->modified_s != NO_TIME) {
        memcpy(answer->modified, value, length);
        answer->modified[length] = '\0';
    }
}

static void read_location(struct http_answer *answer, const char *value, size_t length)
{
    if (answer->location || length == 0) {
        return;
    }
    if (length > LOCATION_MOST || memchr(value, '\0', length)) {
        answer->garbled = true;
        return;
    }
    answer->location = malloc(length + 1);
    if (!answer->location) {
        answer->garbled = true;
        return;
    }
    memcpy(answer->location, value, length);
    answer->location[length] = '\0';
}

/* "HTTP/1.1 200 OK" or "HTTP/2 200"; libcurl let no other form pass. */
static void read_status_line(struct http_answer *answer, const char *line, size_t size)
{
    size_t seen = answer->seen;
    http_answer_clear(answer);
    answer->seen = seen;
    const char *end = line + size;
    const char *blank = memchr(line, ' ', size);
    answer->framed = memcmp(line, "HTTP/1", size < 6 ? size : 6) != 0;
    if (blank && end - blank >= 4) {
        int status = read_number(blank + 1, 3);
        answer->status = status > 0 ? status : 0;
    }
}

static bool is_name(const char *name, size_t length, const char *lower)
{
    for (size_t i = 0; i < length; i++) {
        char c = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] | 0x20) : name[i];
        if (c == '\0' || c != lower[i]) {
            return false;
        }
    }
    return lower[length] == '\0';
}

static void read_field(struct http_answer *answer, const char *line, size_t size)
{
    const char *colon = memchr(line, ':', size);
    if (!colon) {
        return;
    }
    size_t name = (size_t)(colon - line);
    const char *value = colon + 1;
    const char *end = line + size;
    while (value < end && (*value == ' ' || *value == '\t')) {
        value++;
    }
    while (end > value && (end[-1] == ' ' || end[-1] == '\t')) {
        end--;
    }
    size_t length = (size_t)(end - value);
    if (is_name(line, name, "content-length")) {
        read_content_length(answer, value, end);
    } else if (is_name(line, name, "content-range")) {
        read_content_range(answer, value, end);
    } else if (is_name(line, name, "transfer-encoding")) {
        answer->chunked = true;
    } else if (is_name(line, name, "etag")) {
        read_etag(answer, value, length);
    } else if (is_name(line, name, "last-modified")) {
        read_modified(answer, value, length);
    } else if (is_name(line, name, "date")) {
        answer->date_s = http_date(value, length);
    } else if (is_name(line, name, "content-encoding")) {
        answer->encoded = answer->encoded || (length > 0 && !is_name(value, length, "identity"));
    } else if (is_name(line, name, "location")) {
        read_location(answer, value, length);
    }
}

bool http_answer_trailer(struct http_answer *answer, size_t size)
{
    answer->seen += size;
    answer->garbled = answer->garbled || answer->seen > HEADERS_MOST;
    return !answer->garbled;
}

bool http_answer_line(struct http_answer *answer, const char *line, size_t size)
{
    answer->seen += size;
    if (answer->seen > HEADERS_MOST) {
        answer->garbled = true;
        return false;
    }
    while (size > 0 && (line[size - 1] == '\n' || line[size - 1] == '\r')) {
        size--;
    }
    if (size >= 5 && memcmp(line, "HTTP/", 5) == 0) {
        read_status_line(answer, line, size);
    } else if (size == 0) {
        answer->complete = true;
    } else {
        read_field(answer, line, size);
    }
    return !answer->garbled;
}

int64_t http_answer_length(const struct http_answer *answer)
{
    return answer->chunked ? -1 : answer->length;
}

bool http_answer_ends_by_close(const struct http_answer *answer)
{
    return answer->length < 0 && !answer->chunked;
}

const char *http_answer_validator(const struct http_answer *answer)
{
    if (answer->etag[0] == '"') {
        return answer->etag;
    }
    bool strong = answer->modified[0] != '\0' && answer->date_s != NO_TIME &&
                  answer->date_s - answer->modified_s >= 60;
    return strong ? answer->modified : "";
}

bool http_answer_is_version(const struct http_answer *answer, const char *validator)
{
    const char *given = validator[0] == '"' ? answer->etag : answer->modified;
    return strcmp(given, validator) == 0;
}

bool http_validator_is_sane(const char *validator)
{
    size_t length = strlen(validator);
    if (length >= HTTP_VALIDATOR_SIZE) {
        return false;
    }
    return validator[0] == '"' ? is_etag(validator, length)
                               : http_date(validator, length) != NO_TIME;
}
