/* SPDX-License-Identifier: MIT */
#include "transfer/download.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "platform/log.h"
#include "transfer/errors.h"
#include "transfer/ftp.h"
#include "transfer/redirect.h"
#include "transfer/retry.h"
#include "transfer/scheme.h"
#include "transfer/url.h"

/* The text that comes with an error or a redirect is read to its end, so that the connection can
 * be used again, but not for ever. */
enum { DISCARD_MOST = 64 << 10 };

/* ---- birth and death ----------------------------------------------------------------------- */

static bool copy_text(char **to, const char *from)
{
    *to = NULL;
    if (from) {
        *to = malloc(strlen(from) + 1);
        if (*to) {
            strcpy(*to, from);
        }
    }
    return *to || !from;
}

static size_t server_length(const char *url)
{
    const char *colon = strstr(url, "://");
    const char *host = colon ? colon + 3 : url;
    return (size_t)(host - url) + strcspn(host, "/?#");
}

/* What has not the size of such a thing is not known. */
static void copy_proofs(struct download *download, const struct download_request *request)
{
    download->stamped = request->stamp.data && request->stamp.size == sizeof download->stamp;
    if (download->stamped) {
        memcpy(&download->stamp, request->stamp.data, sizeof download->stamp);
    }
    download->prefixed = request->prefix.data && request->prefix.size == sizeof download->prefix;
    if (download->prefixed) {
        memcpy(download->prefix, request->prefix.data, sizeof download->prefix);
    }
}

struct download *download_new(const struct download_request *request)
{
    struct download *download = calloc(1, sizeof *download);
    if (!download) {
        return NULL;
    }
    bool recalls = request->part && request->whole && request->durable >= 0;
    bool proves = request->validator && http_validator_is_sane(request->validator);
    bool resumes = request->part && request->durable > 0 && (proves || recalls);
    atomic_init(&download->references, 1);
    atomic_init(&download->bytes, resumes ? request->durable : 0);
    atomic_init(&download->size, request->size);
    atomic_init(&download->stop_wanted, false);
    download->tag = request->tag;
    download->owner = request->owner;
    download->server_length = server_length(request->url);
    download->is_ftp = scheme_of(request->url, NULL) == SCHEME_FTP;
    download->is_file = scheme_of(request->url, NULL) == SCHEME_FILE;
    atomic_init(&download->foreground, request->foreground);
    download->had = resumes ? request->durable : 0;
    download->recalls = download->sealed = recalls;
    download->modified_s = NO_TIME;
    digest_start(&download->digest);
    if (resumes || recalls) {
        copy_proofs(download, request);
    }
    http_answer_init(&download->answer);
    download->guard = lock_new();
    bool copied = copy_text(&download->url, request->url);
    copied = copy_text(&download->user_pass, request->user_pass) && copied;
    copied = copy_text(&download->part_path, request->part) && copied;
    copied = copy_text(&download->target, recalls ? request->target : NULL) && copied;
    copied = copy_text(&download->folder, request->folder) && copied;
    copied =
        copy_text(&download->validator, resumes && proves ? request->validator : NULL) && copied;
    if (!download->guard || !copied) {
        download_free(download);
        return NULL;
    }
    return download;
}

void download_refer(struct download *download)
{
    atomic_fetch_add(&download->references, 1);
}

void download_free(struct download *download)
{
    if (!download || atomic_fetch_sub(&download->references, 1) > 1) {
        return;
    }
    part_free(download->part);
    lock_free(download->guard);
    curl_slist_free_all(download->fields);
    http_answer_clear(&download->answer);
    secret_free_text(download->user_pass);
    free(download->url);
    free(download->part_path);
    free(download->target);
    free(download->folder);
    free(download->validator);
    free(download->hop);
    route_free(download->route);
    free(download);
}

/* ---- the part file while the download runs --------------------------------------------------- */

bool download_ended_by_file(struct download *download, int system_error, const char *doing)
{
    if (system_error != 0) {
        error_from_file(&download->result, system_error, doing);
        download->ended = true;
    }
    return system_error != 0;
}

static bool ended_by_server(struct download *download, enum download_end end, const char *cause)
{
    error_set(&download->result, end, CODE_INVALID_ANSWER, cause);
    download->ended = true;
    return true;
}

void download_forget_bytes(struct download *download)
{
    lock_take(download->guard);
    free(download->validator);
    download->validator = NULL;
    download->begun = false;
    download->generation++;
    lock_drop(download->guard);
    download->stamped = download->prefixed = download->sealed = false;
    atomic_store(&download->bytes, 0);
}

void download_end_changed(struct download *download, int64_t size, const char *cause)
{
    download_forget_bytes(download);
    atomic_store(&download->size, size);
    error_set(&download->result, END_CHANGED, 0, cause);
    download->ended = true;
}

bool download_has_gained(struct download *download)
{
    lock_take(download->guard);
    bool gained = download->begun && download->validator &&
                  part_written(download->part) >
                      (uint64_t)(download->from > 0 ? download->had : download->lost);
    lock_drop(download->guard);
    return gained;
}

static const char *next_url(const struct download *download)
{
    return download->hop ? download->hop : download->url;
}

/* Opens the part file if that was not done, cuts it to what this answer goes on from, and takes
 * note of the version. */
static bool begin_body(struct download *download, int64_t expected)
{
    struct part *part = download->part;
    if (!part) {
        int error = part_open_anew(download->part_path, download->folder, &part);
        if (download_ended_by_file(download, error, "open")) {
            return false;
        }
    }
    const char *validator = http_answer_validator(&download->answer);
    char *copy = NULL;
    bool copied = *validator == '\0' || copy_text(&copy, validator);

    /* Setting space aside may take long. Who looks at the download meanwhile sees that it has not begun. */
    int error = part_begin(part, (uint64_t)download->from, (uint64_t)download->had, expected);
    lock_take(download->guard);
    download->part = part;
    if (error == 0 && copied) {
        if (digest_length(&download->digest) > (uint64_t)download->from) {
            digest_start(&download->digest);
        }
        download->stamped = download->prefixed = false;
        download->begun = true;
        download->generation++;
        /* A partial answer's date need not look strong any more; it has been compared. */
        if (copy || download->from == 0) {
            free(download->validator);
            download->validator = copy;
            copy = NULL;
        }
    }
    lock_drop(download->guard);
    free(copy);

    if (!copied) {
        error_set(&download->result, END_TRANSIENT, CODE_OUT_OF_MEMORY, "out of memory");
        download->ended = true;
    }
    if (download->answer.encoded) {
        /* See http_set_up. Whoever finds a file that he cannot read should find this, too. */
        log_event("%s: the server sends it encoded, which it was asked not to do; it is saved as "
                  "it comes",
                  log_url(next_url(download)).text);
    }
    if (download->answer.modified_s != NO_TIME) {
        download->modified_s = download->answer.modified_s;
    }
    atomic_store(&download->bytes, download->from);
    return !download_ended_by_file(download, error, "make room in") && copied;
}

/* Hands all that has come to the system, so that settling has only to flush. */
static int write_out(struct download *download)
{
    lock_take(download->guard);
    int error = 0;
    if (download->begun) {
        error = part_write_out(download->part);
        part_rest(download->part);
    }
    lock_drop(download->guard);
    return error;
}

/* ---- libcurl calls these --------------------------------------------------------------------- */

/* Is the partial answer exactly what was asked for? */
static bool accept_partial(struct download *download)
{
    const struct http_answer *answer = &download->answer;
    if (download->from == 0) {
        ended_by_server(download, END_FATAL, "the server sent a part that was not asked for");
        return false;
    }
    int64_t size = atomic_load(&download->size);
    int64_t length = http_answer_length(answer);
    bool fits = answer->has_range && answer->first == download->from &&
                (length < 0 || length == answer->last - answer->first + 1) &&
                (answer->total < 0 || size < 0 || answer->total == size) &&
                /* A part that nobody tells the whole of could end anywhere. */
                (answer->total >= 0 || answer->last < size) &&
                http_answer_is_version(answer, download->validator);
    if (!fits) {
        download_end_changed(download, answer->has_range ? answer->total : -1,
                             "the server's part does not continue what we had");
        return false;
    }
    if (answer->total >= 0) {
        atomic_store(&download->size, answer->total);
    }
    download->end = answer->last + 1;
    return begin_body(download, download->end - download->from);
}

static bool accept_whole(struct download *download)
{
    int64_t length = http_answer_length(&download->answer);
    if (download->from > 0) {
        download_end_changed(download, length, "the server sends all of the file again");
        return false;
    }
    /* A size that a HEAD told stays until the end shows better. */
    if (length >= 0) {
        atomic_store(&download->size, length);
    }
    download->end = length;
    return begin_body(download, length);
}

bool download_accept_answer(struct download *download)
{
    switch (download->answer.status) {
    case 200: return accept_whole(download);
    case 206: return accept_partial(download);
    default: return true;
    }
}

/* Of NTLM and Negotiate the connection remembers how far they have come. One on which somebody was refused is not for
 * whoever is next: libcurl would go on with it, the server would not. (The first refusal only asks for a name; a
 * handshake that is not over keeps its connection in spite of this.) */
static void judge_connection(struct download *download)
{
    bool refused = download->answer.status == 401 || download->answer.status == 407;
    download->refusals += refused;
    (void)curl_easy_setopt(download->easy, CURLOPT_FORBID_REUSE,
                           refused && download->refusals > 1 ? 1L : 0L);
}

static size_t on_header(char *line, size_t size, size_t count, void *context)
{
    struct download *download = context;
    if (download->is_ftp) {
        ftp_note_reply(line, size * count, &download->ftp_refusal);
        return size * count;
    }
    struct http_answer *answer = &download->answer;
    if (download->begun ? !http_answer_trailer(answer, size * count)
                        : !http_answer_line(answer, line, size * count)) {
        ended_by_server(download, END_TRANSIENT,
                        "the answer's header fields contradict themselves or are too long");
        return 0;
    }
    if (download->begun) {
        return size * count;
    }
    if (answer->complete && answer->status == 101) {
        /* What follows would have no end. */
        ended_by_server(download, END_TRANSIENT, "the server wants to speak another protocol");
        return 0;
    }
    throttle_spend(download->throttle, download, size * count);
    if (answer->complete) {
        throttle_connected(download->throttle, download);
    }
    bool accepted = true;
    if (answer->complete) {
        judge_connection(download);
    }
    if (answer->complete && download->part_path) {
        accepted = download_accept_answer(download);
    }
    return accepted ? size * count : 0;
}

bool download_take(struct download *download, const char *data, size_t length)
{
    int64_t bytes = atomic_load(&download->bytes) + (int64_t)length;
    if (download->end >= 0 && bytes > download->end) {
        /* Whatever these bytes are, they are not the file. */
        download_forget_bytes(download);
        ended_by_server(download, END_TRANSIENT, "the server sent more than it had announced");
        return false;
    }
    lock_take(download->guard);
    int error = part_append(download->part, data, length);
    lock_drop(download->guard);
    if (download_ended_by_file(download, error, "write to")) {
        return false;
    }
    if (download->end < 0 && bytes > atomic_load(&download->size)) {
        atomic_store(&download->size, -1); /* first, so that nobody sees more bytes than the size */
    }
    atomic_store(&download->bytes, bytes);
    return true;
}

/* FTP has no header section: all is known when the first byte comes, or none is to come. */
static bool begin_ftp(struct download *download)
{
    ftp_answer(download->easy, download->from, &download->answer);
    return !download->part_path || download_accept_answer(download);
}

static size_t on_body(char *data, size_t size, size_t count, void *context)
{
    struct download *download = context;
    size_t length = size * count;
    if (!download->begun && download->is_ftp && download->part_path && !begin_ftp(download)) {
        return 0;
    }
    if (!download->begun) {
        download->discarded += length;
        download->cut = download->discarded > DISCARD_MOST;
        return download->cut ? 0 : length;
    }
    if (throttle_holds(download->throttle, download)) {
        throttle_hold(download->throttle, download);
        return CURL_WRITEFUNC_PAUSE;
    }
    throttle_spend(download->throttle, download, length);
    return download_take(download, data, length) ? length : 0;
}

/* ---- one exchange ---------------------------------------------------------------------------- */

static void start_clean(struct download *download)
{
    curl_slist_free_all(download->fields);
    download->fields = NULL;
    http_answer_clear(&download->answer);
    download->error[0] = '\0';
    download->cut = false;
    download->held = false;
    download->lane = NO_LANE;
    download->end = -1;
    download->ftp_refusal = 0;
    download->discarded = 0;
    download->refusals = 0;
}

static CURLcode set_callbacks(struct download *download)
{
    CURL *easy = download->easy;
    CURLcode rc = curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    rc = rc ? rc : curl_easy_setopt(easy, CURLOPT_HEADERDATA, download);
    rc = rc ? rc : curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    rc = rc ? rc : curl_easy_setopt(easy, CURLOPT_WRITEDATA, download);
    rc = rc ? rc : curl_easy_setopt(easy, CURLOPT_PRIVATE, download);
    return rc ? rc : curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, download->error);
}

bool download_is_allowed(struct download *download, unsigned schemes)
{
    if (!scheme_is_in(scheme_of(next_url(download), NULL), schemes)) {
        download_abandon(download, END_FATAL, CODE_UNRECOGNIZED_SCHEME,
                         "the setting Protocols does not allow this one");
    }
    return !download->ended;
}

bool download_is_routed(struct download *download, struct proxies *proxies)
{
    char cause[PROXY_CAUSE_SIZE];
    if (download->route || download->ended || download->is_ftp || download->is_file) {
        return true;
    }
    switch (proxies_route(proxies, next_url(download), &download->route, cause)) {
    case PROXIES_FOUND: return true;
    case PROXIES_LATER: return false;
    case PROXIES_WRONG:
        download_abandon(download, END_FATAL, CODE_INVALID_PROXY, cause);
        return true;
    case PROXIES_MEMORY: break;
    }
    download_abandon(download, END_TRANSIENT, CODE_OUT_OF_MEMORY, "out of memory");
    return true;
}

bool download_set_up(struct download *download, CURL *easy, struct tls *tls, const char *user_agent)
{
    start_clean(download);
    download->easy = easy;
    int64_t size = atomic_load(&download->size);
    struct http_request request = {
        .url = next_url(download),
        .user_agent = user_agent,
        .validator = download->validator,
        .from = download->from,
        .expected = size < 0 ? -1 : size - download->from,
        .head = !download->part_path,
    };
    CURLcode rc = throttle_set_up(download->throttle, download, request.url);
    request.only_1_1 = throttle_wants_1_1(download->throttle, download);
    request.buffer_most = throttle_buffer(download->throttle, download);
    if (!download->hop || redirect_keeps_credentials(download->url, download->hop)) {
        request.user_pass = download->user_pass;
        request.own_logon = download->route && download->route->own_logon;
    }
    rc = rc                 ? rc
         : download->is_ftp ? ftp_set_up(easy, &request)
                            : http_set_up(easy, &request, &download->fields);
    if (rc == CURLE_OK && !download->is_ftp) {
        rc = route_set_up(download->route, easy);
        rc = rc ? rc : tls_set_up(tls, easy, &download->peer);
    }
    rc = rc ? rc : set_callbacks(download);
    if (rc != CURLE_OK) {
        error_from_curl(&download->result, rc, TLS_ACCEPTED, "");
        download->ended = true;
    }
    return rc == CURLE_OK;
}

static void fail_redirect(struct download *download, uint32_t win32, const char *cause)
{
    error_set(&download->result, win32 == CODE_OUT_OF_MEMORY ? END_TRANSIENT : END_FATAL, win32,
              cause);
    download->ended = true;
}

/* True if there is to be another exchange. */
static bool follow(struct download *download)
{
    log_event("file %" PRId64 ": redirected (HTTP %ld) to %s", download->tag,
              download->answer.status, log_url(download->answer.location).text);
    if (++download->redirects > REDIRECTS_MOST) {
        fail_redirect(download, CODE_REDIRECT_FAILED, "too many redirects");
        return false;
    }
    char *to = NULL;
    switch (redirect_judge(download->hop ? download->hop : download->url, download->answer.location,
                           &to)) {
    case REDIRECT_FOLLOW:
        free(download->hop);
        download->hop = to;
        route_free(download->route);
        download->route = NULL;
        return true;
    case REDIRECT_SCHEME:
        fail_redirect(download, CODE_REDIRECT_FAILED,
                      "redirected from https to http or to a scheme that is not allowed");
        return false;
    case REDIRECT_MALFORMED:
        fail_redirect(download, CODE_REDIRECT_FAILED, "redirected to something that is not a URL");
        return false;
    case REDIRECT_MEMORY: break;
    }
    fail_redirect(download, CODE_OUT_OF_MEMORY, "out of memory");
    return false;
}

static void end_by_status(struct download *download, long status)
{
    curl_off_t retry_after = 0;
    curl_easy_getinfo(download->easy, CURLINFO_RETRY_AFTER, &retry_after);
    error_from_status(&download->result, status, retry_after);
    download->ended = true;
}

void download_end_whole(struct download *download)
{
    error_set(&download->result, END_WHOLE, 0, "");
    download->ended = true;
    download->whole = download->part_path != NULL;
}

static void end_size_question(struct download *download)
{
    long status = download->answer.status;
    if (status == 200) {
        atomic_store(&download->size, http_answer_length(&download->answer));
        download_end_whole(download);
    } else if (status == 405 || status == 501) {
        atomic_store(&download->size, -1);
        download_end_whole(download);
    } else {
        end_by_status(download, status);
    }
}

/* The server has ended the body in good order. Is it the whole file? */
static void end_body(struct download *download)
{
    int64_t bytes = atomic_load(&download->bytes);
    int64_t size = atomic_load(&download->size);
    if (download_ended_by_file(download, write_out(download), "write to")) {
        return;
    }
    if (download->end >= 0 && bytes < download->end) {
        ended_by_server(download, END_TRANSIENT, "the body is shorter than announced");
    } else if (download->answer.status == 206 && bytes < size) {
        ended_by_server(download, END_TRANSIENT, "the server sent less of the file than asked for");
    } else if (http_answer_ends_by_close(&download->answer) && bytes < size) {
        /* A connection that broke looks the same. Should the size have been wrong: the next
         * attempt does not know it. */
        atomic_store(&download->size, -1);
        error_set(&download->result, END_TRANSIENT, CODE_CONNECTION_ABORTED,
                  "the connection ended before the size that the server had told");
        download->ended = true;
    } else {
        atomic_store(&download->size, bytes);
        download_end_whole(download);
    }
}

/* The status decides; true if there is to be another exchange. */
static bool judge_status(struct download *download)
{
    const struct http_answer *answer = &download->answer;
    if (answer->status == 0) {
        ended_by_server(download, END_TRANSIENT, "the server sent no status");
        return false;
    }
    if (!answer->complete || answer->status < 200) {
        /* libcurl sees nothing wrong in it, but the fields that did not come might have told that
         * this is another answer than it seems. */
        error_set(&download->result, END_TRANSIENT, CODE_CONNECTION_ABORTED,
                  "the connection ended within the answer's header fields");
        download->ended = true;
        return false;
    }
    if (redirect_is_status(answer->status) && answer->location) {
        return follow(download);
    }
    if (download->from > 0 && (answer->status == 412 || answer->status == 416)) {
        download_end_changed(download, -1, "the server does not go on from where we were");
        return false;
    }
    if (!download->part_path) {
        end_size_question(download);
    } else if (download->begun) {
        end_body(download);
    } else {
        end_by_status(download, answer->status);
    }
    return false;
}

static void end_ftp(struct download *download, CURLcode rc)
{
    if (download->from > 0 && ftp_cannot_resume(rc)) {
        download_end_changed(download, -1, "the server does not go on from where we were");
    } else {
        download->ended = ftp_error(&download->result, download->ftp_refusal, rc);
    }
}

/* Nothing was asked of the server yet, and the proxy has not answered to CONNECT. (CURLINFO_CONNECT_TIME_T does not tell:
 * it is 0 as well on a connection that is used again.) */
static bool proxy_was_silent(const struct download *download)
{
    curl_off_t asked_us = 0;
    long proxy_status = 0;
    curl_easy_getinfo(download->easy, CURLINFO_PRETRANSFER_TIME_T, &asked_us);
    curl_easy_getinfo(download->easy, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
    return asked_us == 0 && proxy_status == 0;
}

/* The proxy itself, not what is behind it. (Of a proxy by name libcurl says so, else only that a connection could
 * not be made, and it makes none but to the proxy.) */
static bool is_failure_of_proxy(const struct download *download, CURLcode rc)
{
    return download->answer.status == 0 && download->route && download->route->count > 0 &&
           (rc == CURLE_COULDNT_RESOLVE_PROXY || rc == CURLE_COULDNT_CONNECT || rc == CURLE_PROXY ||
            (rc == CURLE_OPERATION_TIMEDOUT && proxy_was_silent(download)));
}

static void end_by_curl(struct download *download, CURLcode rc)
{
    if (download->is_ftp) {
        end_ftp(download, rc);
    }
    if (download->ended) {
        return;
    }
    long proxy_status = 0;
    curl_easy_getinfo(download->easy, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
    if (download->answer.status == 0 && proxy_status >= 400) {
        end_by_status(download, proxy_status);
        return;
    }
    curl_off_t first_byte_us = 0;
    curl_easy_getinfo(download->easy, CURLINFO_STARTTRANSFER_TIME_T, &first_byte_us);
    if (rc == CURLE_OUT_OF_MEMORY && first_byte_us > 0 && !download->answer.complete) {
        /* libcurl says so, too, of a line that is longer than it takes (100 KiB). */
        ended_by_server(download, END_TRANSIENT,
                        "a line of the answer's header fields is too long, or memory is short");
        return;
    }
    if (rc == CURLE_RECV_ERROR && strstr(download->error, "chunked-encoding")) {
        /* libcurl says it by words only. If the sizes of the chunks make no sense, nobody knows what
         * was taken for bytes of the file before. */
        download_forget_bytes(download);
        ended_by_server(download, END_TRANSIENT, download->error);
        return;
    }
    enum tls_refusal refusal = tls_refusal(&download->peer, rc, download->error);
    error_from_curl(&download->result, rc, refusal,
                    refusal ? download->peer.cause : download->error);
    download->ended = true;
    /* A full disk is worse than a lost connection. */
    download_ended_by_file(download, write_out(download), "write to");
}

/* It has its outcome; what cannot be written now is fetched again. */
static void conclude(struct download *download)
{
    (void)write_out(download);
    download->result.progressed = download->whole || download_has_gained(download);
}

/* libcurl may have been about to answer with a name. */
static bool asks_who(const struct download *download)
{
    bool has_name = download->user_pass || (download->route && download->route->own_logon);
    return download->answer.status == 407 || (download->answer.status == 401 && has_name);
}

/* Is all known of the answer that we need, whatever became of the text that came with it (an error, a
 * redirect)? */
static bool is_answered(const struct download *download)
{
    const struct http_answer *answer = &download->answer;
    return answer->complete && answer->status >= 200 && !download->begun && !asks_who(download);
}

bool download_exchange_over(struct download *download, CURLcode rc)
{
    bool another = false;
    if (download->ended) {
        /* A callback has decided, and libcurl tells no more than that it did. */
    } else if (rc == CURLE_OK || (rc == CURLE_WRITE_ERROR && download->cut) ||
               is_answered(download)) {
        bool begins = download->is_ftp && !download->begun;
        another = (!begins || begin_ftp(download)) && judge_status(download);
    } else if (is_failure_of_proxy(download, rc) && route_next(download->route)) {
        another = true;
    } else {
        end_by_curl(download, rc);
    }
    if (!another) {
        conclude(download);
    }
    return another;
}

void download_abandon(struct download *download, enum download_end end, uint32_t win32,
                      const char *cause)
{
    error_set(&download->result, end, win32, cause);
    download->ended = true;
    conclude(download);
}
