/* SPDX-License-Identifier: MIT */
#include "transfer/login.h"

#include <string.h>

#include "platform/platform.h"
#include "transfer/login_system.h"

static const struct options {
    CURLoption user, password, schemes;
} options_at[] = {
    [LOGIN_AT_SERVER] = {CURLOPT_USERNAME, CURLOPT_PASSWORD, CURLOPT_HTTPAUTH},
    [LOGIN_AT_PROXY] = {CURLOPT_PROXYUSERNAME, CURLOPT_PROXYPASSWORD, CURLOPT_PROXYAUTH},
};

static CURLcode set(CURL *easy, enum login_at at, const char *user, const char *password,
                    unsigned long schemes)
{
    const struct options *options = &options_at[at];
    CURLcode rc = curl_easy_setopt(easy, options->user, user);
    rc = rc ? rc : curl_easy_setopt(easy, options->password, password);
    return rc ? rc : curl_easy_setopt(easy, options->schemes, (long)schemes);
}

CURLcode login_set(CURL *easy, enum login_at at, const char *user, const char *password)
{
    unsigned long schemes = CURLAUTH_BASIC | CURLAUTH_DIGEST;
    if (*user) {
        schemes |= CURLAUTH_NTLM;
        schemes |= login_system_negotiates() ? CURLAUTH_NEGOTIATE : 0;
    }
    return set(easy, at, user, password, schemes);
}

CURLcode login_set_encoded(CURL *easy, enum login_at at, const char *user_pass)
{
    size_t user_length = strcspn(user_pass, ":");
    const char *password = user_pass[user_length] ? user_pass + user_length + 1 : "";
    int length = 0;
    /* A length of 0 would mean all of it. */
    char *user = curl_easy_unescape(easy, user_length ? user_pass : "", (int)user_length, &length);
    char *plain = curl_easy_unescape(easy, password, (int)strlen(password), &length);
    CURLcode rc = user && plain ? login_set(easy, at, user, plain) : CURLE_OUT_OF_MEMORY;
    char *secrets[] = {user, plain};
    for (size_t i = 0; i < 2; i++) {
        memory_wipe(secrets[i], secrets[i] ? strlen(secrets[i]) : 0);
        curl_free(secrets[i]);
    }
    return rc;
}

CURLcode login_set_own(CURL *easy, enum login_at at)
{
    return login_system_knows_user() ? set(easy, at, "", "", CURLAUTH_NTLM | CURLAUTH_NEGOTIATE)
                                     : CURLE_OK;
}
