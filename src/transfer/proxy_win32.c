/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
/* after windows.h */
#include <wincred.h>

#include "platform/log.h"
#include "platform/platform.h"
#include "platform/text.h"
#include "platform/winapi.h"
#include "transfer/proxy_system.h"

/* While a script is fetched: for finding the server, connecting, sending, receiving. */
enum { RESOLVE_MS = 5000, CONNECT_MS = 5000, SEND_MS = 5000, RECEIVE_MS = 10000 };

/* NULL stays NULL, and so does an empty text. */
static char *take(wchar_t *text)
{
    char *copy = text && *text ? text_utf8(text, wcslen(text)) : NULL;
    if (text) {
        GlobalFree(text);
    }
    return copy;
}

void proxy_system_config(struct proxy_config *config)
{
    struct winapi_http http;
    WINHTTP_CURRENT_USER_IE_PROXY_CONFIG user = {0};
    *config = (struct proxy_config){0};
    if (!winapi_http(&http)) {
        log_event("proxy: there is no winhttp.dll, so the user's Internet settings are unknown");
        return;
    }
    if (!http.get_user_config(&user)) {
        /* Usual for system accounts, which have none: there the network is asked (bits-behaviour.md 10). */
        log_event("proxy: no Internet settings of the user: error %lu", GetLastError());
        config->detect = true;
        return;
    }
    config->detect = user.fAutoDetect;
    config->script = take(user.lpszAutoConfigUrl);
    config->list = take(user.lpszProxy);
    config->bypass = take(user.lpszProxyBypass);
}

/* ---- scripts --------------------------------------------------------------------------------------- */

static bool run_script(const struct winapi_http *http, HINTERNET session, const wchar_t *script,
                       const wchar_t *url, bool own_logon, WINHTTP_PROXY_INFO *info)
{
    WINHTTP_AUTOPROXY_OPTIONS options = {
        .dwFlags = script ? WINHTTP_AUTOPROXY_CONFIG_URL : WINHTTP_AUTOPROXY_AUTO_DETECT,
        .dwAutoDetectFlags =
            script ? 0 : WINHTTP_AUTO_DETECT_TYPE_DHCP | WINHTTP_AUTO_DETECT_TYPE_DNS_A,
        .lpszAutoConfigUrl = script,
        .fAutoLogonIfChallenged = FALSE, /* first without, which is faster */
    };
    bool answered = http->get_proxy(session, url, &options, info);
    if (!answered && own_logon && GetLastError() == ERROR_WINHTTP_LOGIN_FAILURE) {
        options.fAutoLogonIfChallenged = TRUE;
        answered = http->get_proxy(session, url, &options, info);
    }
    return answered;
}

static void log_outcome(const char *script, const char *url, const struct proxy_answer *answer,
                        DWORD error)
{
    if (!script && error) {
        /* The usual case. */
        log_event("proxy: no script found in the network: error %lu", error);
        return;
    }
    const struct log_url named = log_url(script ? script : "");
    const char *shown = script ? named.text : "the network's script";
    if (error) {
        log_event("proxy: no answer from %s: error %lu", shown, error);
    } else {
        log_event("proxy: %s says for %s: %s", shown, log_url(url).text,
                  answer->list ? answer->list : "no proxy");
    }
}

static bool ask(const wchar_t *script, const wchar_t *url, bool own_logon,
                struct proxy_answer *answer, DWORD *error)
{
    struct winapi_http http;
    WINHTTP_PROXY_INFO info = {0};
    *error = ERROR_MOD_NOT_FOUND;
    if (!winapi_http(&http)) {
        return false;
    }
    HINTERNET session = http.open(NULL, WINHTTP_ACCESS_TYPE_NO_PROXY, NULL, NULL, 0);
    if (!session) {
        *error = GetLastError();
        return false;
    }
    (void)http.set_timeouts(session, RESOLVE_MS, CONNECT_MS, SEND_MS, RECEIVE_MS);
    bool answered = run_script(&http, session, script, url, own_logon, &info);
    *error = answered ? 0 : GetLastError();
    if (!answered && *error == 0) {
        *error = ERROR_WINHTTP_INTERNAL_ERROR; /* Wine does not always say why */
    }
    http.close(session);
    if (answered) {
        bool by_proxy = info.dwAccessType == WINHTTP_ACCESS_TYPE_NAMED_PROXY;
        char *list = take(info.lpszProxy);
        char *bypass = take(info.lpszProxyBypass);
        *answer = (struct proxy_answer){by_proxy ? list : NULL, by_proxy ? bypass : NULL};
        if (!by_proxy) {
            free(list);
            free(bypass);
        }
    }
    return answered;
}

bool proxy_system_ask(const char *script, const char *url, bool own_logon,
                      struct proxy_answer *answer)
{
    wchar_t *wide_script = script ? text_utf16(script) : NULL;
    wchar_t *wide_url = text_utf16(url);
    DWORD error = ERROR_NOT_ENOUGH_MEMORY;
    bool answered = false;
    *answer = (struct proxy_answer){0};
    if (wide_url && (wide_script || !script)) {
        answered = ask(wide_script, wide_url, own_logon, answer, &error);
    }
    log_outcome(script, url, answer, answered ? 0 : error);
    free(wide_script);
    free(wide_url);
    return answered;
}

/* ---- stored logins ---------------------------------------------------------------------------------- */

/* The password is UTF-16, as cmdkey and the control panel store it, with no terminator. */
static char *password_of(const CREDENTIALW *credential)
{
    size_t units = credential->CredentialBlobSize / sizeof(wchar_t);
    wchar_t *wide = calloc(units + 1, sizeof *wide);
    char *password = NULL;
    if (wide) {
        memcpy(wide, credential->CredentialBlob, units * sizeof *wide);
        password = text_utf8(wide, wcslen(wide));
        memory_wipe(wide, units * sizeof *wide);
    }
    free(wide);
    return password;
}

bool proxy_system_login(const char *host, uint16_t port, char **user, char **password)
{
    char name[512];
    CREDENTIALW *credential = NULL;
    *user = *password = NULL;
    int length = snprintf(name, sizeof name, "QmgrPrxy/%s:%u", host, port);
    wchar_t *wide = length > 0 && (size_t)length < sizeof name ? text_utf16(name) : NULL;
    if (wide && CredReadW(wide, CRED_TYPE_GENERIC, 0, &credential)) {
        if (credential->UserName) {
            *user = text_utf8(credential->UserName, wcslen(credential->UserName));
            *password = password_of(credential);
        }
        memory_wipe(credential->CredentialBlob, credential->CredentialBlobSize);
        CredFree(credential);
    }
    free(wide);
    if (!*user || !*password) {
        secret_free_text(*user);
        secret_free_text(*password);
        *user = *password = NULL;
    }
    return *user != NULL;
}
