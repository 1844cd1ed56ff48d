/* SPDX-License-Identifier: MIT */
/* Fetching by FTP (RFC 959, 3659), put into HTTP's words: SIZE and MDTM make the answer's length, date
 * and version (a "validator" of both), REST makes it a partial one. So download.c needs to know one
 * kind of answer only. Passive mode, binary, no proxy. */
#ifndef QMGR_TRANSFER_FTP_H
#define QMGR_TRANSFER_FTP_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "transfer/http.h"
#include "transfer/transfer.h"

/* Sets all that concerns FTP on a fresh (or reset) handle. head: only size and date are asked for. */
CURLcode ftp_set_up(CURL *easy, const struct http_request *request);
/* What the server has told of the file, once its first byte has come, or the exchange was over in good
 * order. from: as in the request. */
void ftp_answer(CURL *easy, int64_t from, struct http_answer *answer);
/* The server cannot, or will not, send the file from there on. */
bool ftp_cannot_resume(CURLcode rc);
/* A line that the server has sent on its control connection: of replies that refuse something, *refusal keeps the
 * last one. (libcurl remembers only the last of all, which may be the farewell.) */
void ftp_note_reply(const char *line, size_t size, int *refusal);
/* Sets the result if it is by that refusal (0: there was none) that the exchange has ended; else that is libcurl's
 * affair. */
bool ftp_error(struct download_result *result, int refusal, CURLcode rc);

#endif
