/* SPDX-License-Identifier: MIT */
#include "transfer/proxies.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "platform/platform.h"
#include "platform/settings.h"
#include "transfer/proxy_asks.h"
#include "transfer/proxy_environment.h"
#include "transfer/proxy_system.h"

enum {
    FRESH_MS = 5000, /* reading all of it for each of many small files would cost more than they */
    PATIENCE_MS = 30000, /* for a script */
    KEEP_MS = 5 * 60000, /* what it said */
};

/* What the settings said when they were read. */
struct plan {
    bool detect;  /* ask the script that the network tells of */
    char *script; /* then this one */
    struct proxy_list *list;
    struct proxy_bypass *bypass; /* of the list */
    struct proxy_bypass *never;  /* ProxyBypass */
    char *login;                 /* ProxyLogin */
    unsigned logon;              /* enum setting_logon */
    enum fault fault;            /* with a fault there is no way */
    char cause[PROXY_CAUSE_SIZE];
};

struct proxies {
    struct proxy_asks *asks;
    bool read;
    uint64_t read_at;
    struct plan plan;
};

/* ---- the plan ------------------------------------------------------------------------------------ */

static void clear_plan(struct plan *plan)
{
    free(plan->script);
    secret_free_text(plan->login);
    proxy_list_free(plan->list);
    proxy_bypass_free(plan->bypass);
    proxy_bypass_free(plan->never);
    *plan = (struct plan){0};
}

/* What comes after a fault is not looked at: its cause would be lost. */
static void read_list(struct plan *plan, const char *list, const char *bypass)
{
    if (list && !plan->fault) {
        plan->fault = proxy_list_parse(list, &plan->list, plan->cause);
    }
    if (list && bypass && !plan->fault) {
        plan->fault = proxy_bypass_parse(bypass, &plan->bypass, plan->cause);
    }
}

static void read_environment(struct plan *plan)
{
    char *list = NULL;
    char *bypass = NULL;
    if (plan->fault) {
        return;
    }
    plan->fault = proxy_environment(&list, &bypass, plan->cause);
    read_list(plan, list, bypass);
    secret_free_text(list);
    free(bypass);
}

static void read_user_settings(struct plan *plan)
{
    struct proxy_config config;
    proxy_system_config(&config);
    if (!plan->script) {
        plan->detect = config.detect;
        plan->script = config.script;
        config.script = NULL;
    }
    if (config.list) {
        read_list(plan, config.list, config.bypass);
    } else {
        read_environment(plan);
    }
    proxy_config_clear(&config);
}

static void read_bypass_setting(struct plan *plan)
{
    char *text = setting_text(SETTING_PROXY_BYPASS);
    if (text) {
        plan->fault = proxy_bypass_parse(text, &plan->never, plan->cause);
    }
    free(text);
}

static void read_plan(struct plan *plan)
{
    *plan = (struct plan){.logon = setting_choice(SETTING_LOGON)};
    plan->login = setting_text(SETTING_PROXY_LOGIN);
    char *proxy = setting_text(SETTING_PROXY);
    if (!proxy || !curl_strequal(proxy, "none")) {
        plan->script = setting_text(SETTING_PROXY_SCRIPT);
        read_bypass_setting(plan);
        if (!proxy || curl_strequal(proxy, "auto")) {
            read_user_settings(plan);
        } else {
            read_list(plan, proxy, NULL);
        }
    }
    secret_free_text(proxy);
}

static const struct plan *fresh_plan(struct proxies *proxies)
{
    uint64_t now = clock_ms();
    if (!proxies->read || now - proxies->read_at >= FRESH_MS || proxies->plan.fault) {
        clear_plan(&proxies->plan);
        read_plan(&proxies->plan);
        proxies->read = true;
        proxies->read_at = now;
    }
    return &proxies->plan;
}

/* ---- the way ------------------------------------------------------------------------------------- */

static enum proxies_found found_of(enum fault fault)
{
    return fault == FAULT_NONE       ? PROXIES_FOUND
           : fault == FAULT_ARGUMENT ? PROXIES_WRONG
                                     : PROXIES_MEMORY;
}

static enum fault add_proxies(struct route *route, const struct proxy_list *list, const char *url)
{
    const struct proxy *proxy;
    for (size_t i = 0; (proxy = proxy_list_get(list, url, i)) != NULL; i++) {
        if (!route_add(route, proxy)) {
            return FAULT_MEMORY;
        }
    }
    return FAULT_NONE;
}

static enum fault go_by_list(struct route *route, const struct proxy_list *list,
                             const struct proxy_bypass *bypass, const char *url)
{
    bool straight = !list || (bypass && proxy_bypass_matches(bypass, url));
    return straight ? FAULT_NONE : add_proxies(route, list, url);
}

static enum fault go_by_answer(struct route *route, const struct proxy_answer *answer,
                               const char *url, char cause[PROXY_CAUSE_SIZE])
{
    struct proxy_list *list = NULL;
    struct proxy_bypass *bypass = NULL;
    enum fault fault = answer->list ? proxy_list_parse(answer->list, &list, cause) : FAULT_NONE;
    if (!fault && answer->bypass) {
        fault = proxy_bypass_parse(answer->bypass, &bypass, cause);
    }
    if (!fault) {
        fault = go_by_list(route, list, bypass, url);
    }
    proxy_list_free(list);
    proxy_bypass_free(bypass);
    return fault;
}

/* Asks the one script, then the other. detected: the answer is of the script that the network told. */
static enum proxy_asked ask(struct proxies *proxies, const char *url, struct proxy_answer *answer,
                            bool *detected)
{
    const struct plan *plan = &proxies->plan;
    bool logon = plan->logon != SETTING_LOGON_OFF;
    enum proxy_asked asked = ASKED_NOTHING;
    *answer = (struct proxy_answer){0};
    if (plan->detect) {
        asked = proxy_asks_get(proxies->asks, NULL, url, logon, answer);
    }
    *detected = asked == ASKED_ANSWER;
    if (plan->script && asked == ASKED_NOTHING) {
        asked = proxy_asks_get(proxies->asks, plan->script, url, logon, answer);
    }
    return asked;
}

/* A login is for proxies. */
static enum fault add_login(struct route *route, const char *login)
{
    if (!login || route->count == 0) {
        return FAULT_NONE;
    }
    route->login = malloc(strlen(login) + 1);
    if (route->login) {
        strcpy(route->login, login);
    }
    return route->login ? FAULT_NONE : FAULT_MEMORY;
}

static enum proxies_found find(struct proxies *proxies, const char *url, struct route *route,
                               char cause[PROXY_CAUSE_SIZE])
{
    const struct plan *plan = fresh_plan(proxies);
    struct proxy_answer answer;
    bool detected = false;
    if (plan->fault) {
        strcpy(cause, plan->cause);
        return found_of(plan->fault);
    }
    route->own_logon = plan->logon == SETTING_LOGON_ON;
    route->proxy_logon = plan->logon != SETTING_LOGON_OFF;
    if (plan->never && proxy_bypass_matches(plan->never, url)) {
        return PROXIES_FOUND;
    }
    enum proxy_asked asked = ask(proxies, url, &answer, &detected);
    if (asked == ASKED_LATER) {
        return PROXIES_LATER;
    }
    enum fault fault = asked == ASKED_ANSWER ? go_by_answer(route, &answer, url, cause)
                                             : go_by_list(route, plan->list, plan->bypass, url);
    proxy_answer_clear(&answer);
    /* Whoever is in the same network may have answered to detection. */
    return found_of(fault ? fault : add_login(route, detected ? NULL : plan->login));
}

enum proxies_found proxies_route(struct proxies *proxies, const char *url, struct route **route,
                                 char cause[PROXY_CAUSE_SIZE])
{
    *cause = '\0';
    *route = route_new();
    enum proxies_found found = *route ? find(proxies, url, *route, cause) : PROXIES_MEMORY;
    if (found != PROXIES_FOUND) {
        route_free(*route);
        *route = NULL;
    }
    return found;
}

bool proxies_pending(struct proxies *proxies)
{
    return proxy_asks_pending(proxies->asks);
}

struct proxies *proxies_new(void (*news)(void *context), void *context)
{
    const struct proxy_asks_options options = {
        .ask = proxy_system_ask,
        .news = news,
        .context = context,
        .patience_ms = PATIENCE_MS,
        .keep_ms = KEEP_MS,
    };
    struct proxies *proxies = calloc(1, sizeof *proxies);
    if (proxies) {
        proxies->asks = proxy_asks_new(&options);
    }
    if (proxies && !proxies->asks) {
        free(proxies);
        proxies = NULL;
    }
    return proxies;
}

void proxies_free(struct proxies *proxies)
{
    if (proxies) {
        proxy_asks_free(proxies->asks);
        clear_plan(&proxies->plan);
        free(proxies);
    }
}
