/* SPDX-License-Identifier: MIT */
#include "transfer/proxy_environment.h"

#include <stdlib.h>
#include <string.h>

#include "platform/platform.h"

/* The first of the two that is set and not empty. malloc'ed. */
static char *variable(const char *lower, const char *upper)
{
    char *value = platform_env(lower);
    if ((!value || !*value) && upper) {
        free(value);
        value = platform_env(upper);
    }
    if (value && !*value) {
        free(value);
        value = NULL;
    }
    return value;
}

static bool starts_with_https(const char *value)
{
    static const char head[] = "https://";
    size_t i = 0;
    while (head[i] && (value[i] == head[i] || (value[i] | 0x20) == head[i])) {
        i++;
    }
    return head[i] == '\0';
}

/* One entry of a list: what would end it is percent-encoded. At most three bytes for one. */
static char *add_entry(char *to, const char *protocol, const char *value)
{
    to += strlen(strcpy(to, protocol));
    for (; *value; value++) {
        bool special = strchr("=; \t\r\n", *value) != NULL;
        if (special) {
            static const char digits[] = "0123456789ABCDEF";
            *to++ = '%';
            *to++ = digits[(unsigned char)*value >> 4];
            *to++ = digits[*value & 15];
        } else {
            *to++ = *value;
        }
    }
    *to++ = ';';
    *to = '\0';
    return to;
}

static enum fault write_list(char *const values[3], char **list, char cause[PROXY_CAUSE_SIZE])
{
    static const char *const protocols[] = {"http=", "https=", ""};
    size_t size = 1;
    for (size_t i = 0; i < 3; i++) {
        size += values[i] ? strlen(values[i]) * 3 + 8 : 0;
        if (values[i] && starts_with_https(values[i])) {
            strcpy(cause, "the environment names a proxy behind TLS, which is not supported");
            return FAULT_ARGUMENT;
        }
    }
    if (size == 1) {
        return FAULT_NONE;
    }
    char *to = *list = malloc(size);
    for (size_t i = 0; to && i < 3; i++) {
        to = values[i] ? add_entry(to, protocols[i], values[i]) : to;
    }
    return to ? FAULT_NONE : FAULT_MEMORY;
}

enum fault proxy_environment(char **list, char **bypass, char cause[PROXY_CAUSE_SIZE])
{
    char *values[] = {variable("http_proxy", NULL), variable("https_proxy", "HTTPS_PROXY"),
                      variable("all_proxy", "ALL_PROXY")};
    *list = *bypass = NULL;
    *cause = '\0';
    enum fault fault = write_list(values, list, cause);
    for (size_t i = 0; i < 3; i++) {
        secret_free_text(values[i]);
    }
    char *no_proxy = fault || !*list ? NULL : variable("no_proxy", "NO_PROXY");
    if (no_proxy) {
        *bypass = proxy_bypass_of_no_proxy(no_proxy);
        fault = *bypass ? FAULT_NONE : FAULT_MEMORY;
        free(no_proxy);
    }
    if (fault) {
        secret_free_text(*list);
        *list = NULL;
    }
    return fault;
}

/* Takes it back if it is not an entry of a bypass list. */
static char *add_if_right(char *to, const char *head, const char *entry, size_t length)
{
    struct proxy_bypass *bypass;
    char cause[PROXY_CAUSE_SIZE];
    size_t head_length = strlen(head);
    memcpy(to, head, head_length);
    memcpy(to + head_length, entry, length);
    to[head_length + length] = '\0';
    bool right = proxy_bypass_parse(to, &bypass, cause) == FAULT_NONE;
    if (right) {
        proxy_bypass_free(bypass);
        to += head_length + length;
        *to++ = ';';
    }
    *to = '\0';
    return to;
}

char *proxy_bypass_of_no_proxy(const char *value)
{
    static const char separators[] = ", \t";
    char *list =
        malloc(strlen(value) * 6 + 1); /* for one character: itself, "*.", itself, two ";" */
    char *to = list;
    if (list) {
        *list = '\0';
    }
    while (list && *(value += strspn(value, separators))) {
        size_t length = strcspn(value, separators);
        size_t dot = *value == '.';
        if (length > dot && !memchr(value, ';', length)) {
            to = add_if_right(to, "", value + dot, length - dot);
            to = add_if_right(to, "*.", value + dot, length - dot);
        }
        value += length;
    }
    return list;
}
