/* SPDX-License-Identifier: MIT */
#include "transfer/route.h"

#include <stdlib.h>
#include <string.h>

#include "platform/platform.h"
#include "transfer/login.h"
#include "transfer/proxy_system.h"

static bool copy_text(char **to, const char *from)
{
    *to = from ? malloc(strlen(from) + 1) : NULL;
    if (*to) {
        strcpy(*to, from);
    }
    return *to || !from;
}

struct route *route_new(void)
{
    return calloc(1, sizeof(struct route));
}

void route_free(struct route *route)
{
    if (route) {
        for (size_t i = 0; i < route->count; i++) {
            free(route->proxies[i].host);
            secret_free_text(route->proxies[i].user_pass);
        }
        secret_free_text(route->login);
        free(route);
    }
}

bool route_add(struct route *route, const struct proxy *proxy)
{
    if (route->count == ROUTE_PROXIES_MOST) {
        return true;
    }
    struct proxy *copy = &route->proxies[route->count++];
    *copy = *proxy;
    bool copied = copy_text(&copy->host, proxy->host);
    return copy_text(&copy->user_pass, proxy->user_pass) && copied;
}

bool route_next(struct route *route)
{
    bool another = route->at + 1 < route->count;
    route->at += another;
    return another;
}

static CURLcode log_in_with(CURL *easy, char *user, char *password)
{
    CURLcode rc =
        user && password ? login_set(easy, LOGIN_AT_PROXY, user, password) : CURLE_OUT_OF_MEMORY;
    secret_free_text(user);
    secret_free_text(password);
    return rc;
}

static CURLcode log_in_plain(CURL *easy, const char *login)
{
    size_t length = strcspn(login, ":");
    char *user = NULL;
    char *password = NULL;
    if (copy_text(&user, login) && copy_text(&password, login[length] ? login + length + 1 : "")) {
        user[length] = '\0';
    }
    return log_in_with(easy, user, password);
}

/* What is written nearest to the proxy wins. */
static CURLcode log_in(const struct route *route, const struct proxy *proxy, CURL *easy)
{
    char *user = NULL;
    char *password = NULL;
    if (proxy->user_pass) {
        return login_set_encoded(easy, LOGIN_AT_PROXY, proxy->user_pass);
    }
    if (route->login) {
        return log_in_plain(easy, route->login);
    }
    if (proxy_system_login(proxy->host, proxy->port, &user, &password)) {
        return log_in_with(easy, user, password);
    }
    return route->proxy_logon ? login_set_own(easy, LOGIN_AT_PROXY) : CURLE_OK;
}

CURLcode route_set_up(const struct route *route, CURL *easy)
{
    static const long types[] = {
        [PROXY_HTTP] = CURLPROXY_HTTP,
        [PROXY_SOCKS4] = CURLPROXY_SOCKS4,
        [PROXY_SOCKS5] = CURLPROXY_SOCKS5_HOSTNAME,
    };
    /* Empty is not the same as none: none would be the environment's. */
    CURLcode rc = curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
    if (route->count == 0) {
        return rc ? rc : curl_easy_setopt(easy, CURLOPT_PROXY, "");
    }
    const struct proxy *proxy = &route->proxies[route->at];
    rc = rc ? rc : curl_easy_setopt(easy, CURLOPT_PROXY, proxy->host);
    rc = rc ? rc : curl_easy_setopt(easy, CURLOPT_PROXYPORT, (long)proxy->port);
    rc = rc ? rc : curl_easy_setopt(easy, CURLOPT_PROXYTYPE, types[proxy->type]);
    return rc ? rc : log_in(route, proxy, easy);
}
