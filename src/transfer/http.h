/* SPDX-License-Identifier: MIT */
/* What we ask of a server and what its answer says: the request's options for libcurl, and the
 * reading of status line and header fields. Everything a server sends is hostile until it was
 * checked here. */
#ifndef QMGR_TRANSFER_HTTP_H
#define QMGR_TRANSFER_HTTP_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_VALIDATOR_SIZE 256 /* longer ones are passed over */

/* ---- request ------------------------------------------------------------------------------- */

struct http_request {
    const char *url;
    const char *user_pass; /* percent-encoded "user:password", NULL: none */
    bool own_logon;        /* without user_pass: the logged-on user's own may be given */
    const char *user_agent;
    const char *validator; /* for If-Range, with from > 0 */
    int64_t from;          /* > 0: only the bytes from here on */
    int64_t expected;      /* how many bytes will come, -1 if unknown: for the size of the buffer */
    long buffer_most;      /* bytes that libcurl may read at a time */
    bool only_1_1;         /* no HTTP/2 */
    bool head;             /* only the header fields */
};

/* What FTP needs too: where to, as whom, for how long. http_set_up does it by itself. */
CURLcode http_set_up_connection(CURL *easy, const struct http_request *request);
/* Sets all that concerns HTTP on a fresh (or reset) handle. *fields are the additional header
 * fields: they must live until the transfer is over and be freed with curl_slist_free_all, also
 * after a failure. */
CURLcode http_set_up(CURL *easy, const struct http_request *request, struct curl_slist **fields);

/* ---- answer -------------------------------------------------------------------------------- */

struct http_answer {
    long status;    /* 0 while there is none */
    bool framed;    /* HTTP/2: a stream among others */
    bool complete;  /* the header section is at its end */
    bool garbled;   /* contradicts itself, or is endless: not to be used */
    bool encoded;   /* Content-Encoding names something other than identity */
    size_t seen;    /* bytes of header fields so far, of interim answers too */
    int64_t length; /* Content-Length, -1 if there is none */
    bool chunked;   /* any transfer coding: the length above does not count */
    bool has_range; /* Content-Range, well-formed: */
    int64_t first, last;
    int64_t total; /* -1: "*" */
    char
        etag[HTTP_VALIDATOR_SIZE]; /* as sent, with W/ if it is weak; "" if none that can be used */
    char modified[32];  /* Last-Modified as sent; "" if it is not in the one form of today */
    int64_t modified_s; /* Last-Modified and Date as seconds since 1970, or NO_TIME */
    int64_t date_s;
    char *location; /* malloc'ed */
};

void http_answer_init(struct http_answer *answer);
void http_answer_clear(struct http_answer *answer); /* frees, and inits again */
/* One line as libcurl hands it to a header callback; the next status line starts over. Lines
 * after the end of the section (trailers) must not be given. False if the answer is to be
 * refused (`garbled`). */
bool http_answer_line(struct http_answer *answer, const char *line, size_t size);
/* One line of trailers, which say nothing to us. False if there is no end of them. */
bool http_answer_trailer(struct http_answer *answer, size_t size);
/* Size of the body by the header fields, -1 if they do not tell. */
int64_t http_answer_length(const struct http_answer *answer);
/* Nothing but the end of the connection will tell where the body ends. Of HTTP/2, whose streams have
 * ends of their own, too: libcurl 7.88 takes a stream that was reset with NO_ERROR for one that has
 * ended. */
bool http_answer_ends_by_close(const struct http_answer *answer);
/* What may be used for If-Range with the bytes of this answer: a strong entity tag, else the
 * date if it is strong (RFC 9110, 8.8.2.2; we ask for the 60 seconds of RFC 7232). "" if
 * neither. */
const char *http_answer_validator(const struct http_answer *answer);
/* Does this partial answer belong to the version that `validator` (not "") names? Silence counts as
 * no: only answers that share a strong validator may be put together (RFC 9110, 15.3.7.3), and a
 * cache that does not know If-Range would leave it out. */
bool http_answer_is_version(const struct http_answer *answer, const char *validator);
/* Has the text the form of something http_answer_validator returns? It comes from a file that
 * others may have written to, and goes into a request. */
bool http_validator_is_sane(const char *validator);
/* "Sun, 06 Nov 1994 08:49:37 GMT" as seconds since 1970; NO_TIME for anything else, or before
 * 1970. */
int64_t http_date(const char *text, size_t length);

#endif
