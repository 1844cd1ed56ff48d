/* SPDX-License-Identifier: MIT */
/* A server that says what it is told to, also what no decent server would. One connection at a
 * time. */
#ifndef QMGR_TESTS_NATIVE_RAW_SERVER_H
#define QMGR_TESTS_NATIVE_RAW_SERVER_H

#include <stddef.h>

struct raw_answer {
    const char *text;   /* header fields, an empty line, and (the start of) the body */
    const char *filler; /* sent `times` times after it; may be NULL */
    size_t times;
};

struct raw_server;

/* The first request gets the first answer and so on, those after the last one get the last one
 * again. After each answer the connection is closed. The answers must outlive the server. */
struct raw_server *raw_server_start(const struct raw_answer *answers, size_t count);
/* "http://127.0.0.1:PORT" */
const char *raw_server_url(const struct raw_server *server);
/* "http://localhost:PORT" */
const char *raw_server_other_name(const struct raw_server *server);
size_t raw_server_requests(struct raw_server *server);
/* The header section of that request, as it came. Valid until the server is stopped. */
const char *raw_server_request(struct raw_server *server, size_t index);
void raw_server_stop(struct raw_server *server);

#endif
