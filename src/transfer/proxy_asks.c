/* SPDX-License-Identifier: MIT */
#include "transfer/proxy_asks.h"

#include <stdlib.h>
#include <string.h>

#include "platform/log.h"
#include "platform/platform.h"

#define QUESTIONS_MOST 128u

enum state { WAITING, BEING_ASKED, ANSWERED, NO_ANSWER };

struct question {
    struct question *next;
    char *script; /* NULL: look in the network */
    char *server; /* "http://host:port/" */
    bool own_logon;
    enum state state;
    bool given_up;  /* somebody's patience is at an end */
    uint64_t since; /* clock_ms when it was asked, or answered */
    struct proxy_answer answer;
};

struct proxy_asks {
    struct proxy_asks_options options;
    struct lock *lock; /* for all that follows */
    bool left;         /* by its owner */
    bool running;      /* there is a thread, which frees it if it was left */
    struct question *first;
};

/* ---- questions --------------------------------------------------------------------------------- */

static bool copy_bytes(char **to, const char *from, size_t length)
{
    *to = malloc(length + 1);
    if (*to) {
        memcpy(*to, from, length);
        (*to)[length] = '\0';
    }
    return *to != NULL;
}

static bool copy_text(char **to, const char *from)
{
    *to = NULL;
    return !from || copy_bytes(to, from, strlen(from));
}

static void free_question(struct question *question)
{
    if (question) {
        proxy_answer_clear(&question->answer);
        free(question->script);
        free(question->server);
        free(question);
    }
}

static size_t server_length(const char *url)
{
    const char *host = strstr(url, "://");
    host = host ? host + 3 : url;
    return (size_t)(host - url) + strcspn(host, "/?#");
}

static bool is_script(const struct question *question, const char *script)
{
    return script && question->script ? strcmp(script, question->script) == 0
                                      : !script && !question->script;
}

static bool is_server(const struct question *question, const char *url)
{
    size_t length = server_length(url);
    return strncmp(question->server, url, length) == 0 &&
           strcmp(question->server + length, "/") == 0;
}

static bool has_ended(const struct question *question)
{
    return question->state == ANSWERED || question->state == NO_ANSWER;
}

/* Forgets what is too old, and the oldest if there are too many. */
static void tidy(struct proxy_asks *asks)
{
    uint64_t now = clock_ms();
    size_t count = 0;
    struct question **at = &asks->first;
    while (*at) {
        struct question *question = *at;
        /* New ones are put first. */
        if (has_ended(question) &&
            (++count > QUESTIONS_MOST || now - question->since >= asks->options.keep_ms)) {
            *at = question->next;
            free_question(question);
        } else {
            at = &question->next;
        }
    }
}

static struct question *find(struct proxy_asks *asks, const char *script, const char *url)
{
    struct question *found = NULL;
    for (struct question *q = asks->first; q; q = q->next) {
        if (is_script(q, script)) {
            if (q->state == NO_ANSWER) {
                return q; /* for all servers */
            }
            found = is_server(q, url) ? q : found;
        }
    }
    return found;
}

static struct question *add(struct proxy_asks *asks, const char *script, const char *url,
                            bool own_logon)
{
    struct question *question = calloc(1, sizeof *question);
    size_t length = server_length(url);
    if (!question || !copy_text(&question->script, script) ||
        !copy_bytes(&question->server, url, length + 1)) {
        free_question(question);
        return NULL;
    }
    strcpy(question->server + length, "/");
    question->own_logon = own_logon;
    question->since = clock_ms();
    question->next = asks->first;
    asks->first = question;
    return question;
}

/* ---- the thread --------------------------------------------------------------------------------- */

static void free_all(struct proxy_asks *asks)
{
    while (asks->first) {
        struct question *next = asks->first->next;
        free_question(asks->first);
        asks->first = next;
    }
    lock_free(asks->lock);
    free(asks);
}

/* The one that waits longest, which is the last. */
static struct question *next_question(struct proxy_asks *asks)
{
    struct question *found = NULL;
    for (struct question *q = asks->first; q; q = q->next) {
        found = q->state == WAITING ? q : found;
    }
    return found;
}

static void take_answer(struct proxy_asks *asks, struct question *question,
                        const struct proxy_answer *answer)
{
    question->state = answer ? ANSWERED : NO_ANSWER;
    question->answer = answer ? *answer : (struct proxy_answer){0};
    question->since = clock_ms();
    for (struct question *q = asks->first; q && !answer; q = q->next) {
        if (q->state == WAITING && is_script(q, question->script)) {
            q->state = NO_ANSWER;
            q->since = question->since;
        }
    }
    if (!asks->left) {
        asks->options.news(asks->options.context);
    }
}

/* A question that is being asked is not forgotten, so it can be used without the lock. */
static void run(void *context)
{
    struct proxy_asks *asks = context;
    struct question *question;
    lock_take(asks->lock);
    while (!asks->left && (question = next_question(asks)) != NULL) {
        question->state = BEING_ASKED;
        lock_drop(asks->lock);
        struct proxy_answer answer;
        bool answered =
            asks->options.ask(question->script, question->server, question->own_logon, &answer);
        lock_take(asks->lock);
        take_answer(asks, question, answered ? &answer : NULL);
    }
    asks->running = false;
    bool left = asks->left;
    lock_drop(asks->lock);
    if (left) {
        free_all(asks);
    }
}

static bool start_thread(struct proxy_asks *asks)
{
    struct thread *thread = asks->running ? NULL : thread_start("proxy script", run, asks);
    if (thread) {
        asks->running = true; /* it waits for the lock */
        thread_detach(thread);
    }
    return asks->running;
}

/* ---- for the caller ------------------------------------------------------------------------------ */

struct proxy_asks *proxy_asks_new(const struct proxy_asks_options *options)
{
    struct proxy_asks *asks = calloc(1, sizeof *asks);
    if (asks) {
        asks->options = *options;
        asks->lock = lock_new();
    }
    if (asks && !asks->lock) {
        free(asks);
        asks = NULL;
    }
    return asks;
}

void proxy_asks_free(struct proxy_asks *asks)
{
    if (!asks) {
        return;
    }
    lock_take(asks->lock);
    asks->left = true;
    bool running = asks->running;
    lock_drop(asks->lock);
    if (!running) {
        free_all(asks);
    }
}

/* Copies the answer, with what no copy can be made of counting as no answer. */
static enum proxy_asked give(const struct question *question, struct proxy_answer *answer)
{
    if (copy_text(&answer->list, question->answer.list) &&
        copy_text(&answer->bypass, question->answer.bypass)) {
        return ASKED_ANSWER;
    }
    proxy_answer_clear(answer);
    return ASKED_NOTHING;
}

/* *gives_up: patience is at an end just now. */
static enum proxy_asked look(struct proxy_asks *asks, struct question *question,
                             struct proxy_answer *answer, bool *gives_up)
{
    if (question->state == NO_ANSWER) {
        return ASKED_NOTHING;
    }
    if (question->state == ANSWERED) {
        return give(question, answer);
    }
    if (clock_ms() - question->since < asks->options.patience_ms) {
        return ASKED_LATER;
    }
    *gives_up = !question->given_up;
    question->given_up = true;
    return ASKED_NOTHING;
}

enum proxy_asked proxy_asks_get(struct proxy_asks *asks, const char *script, const char *url,
                                bool own_logon, struct proxy_answer *answer)
{
    *answer = (struct proxy_answer){0};
    lock_take(asks->lock);
    tidy(asks);
    struct question *question = find(asks, script, url);
    if (!question) {
        question = add(asks, script, url, own_logon);
    }
    enum proxy_asked asked = ASKED_NOTHING;
    bool gives_up = false;
    if (question && (has_ended(question) || start_thread(asks))) {
        asked = look(asks, question, answer, &gives_up);
    }
    lock_drop(asks->lock);
    if (gives_up) {
        log_event("proxy: a script has not answered in time for %.*s", (int)server_length(url),
                  url);
    }
    return asked;
}

bool proxy_asks_pending(struct proxy_asks *asks)
{
    bool pending = false;
    lock_take(asks->lock);
    for (const struct question *q = asks->first; q && !pending; q = q->next) {
        pending = !has_ended(q) && !q->given_up;
    }
    lock_drop(asks->lock);
    return pending;
}
