/* SPDX-License-Identifier: MIT */
#include "transfer/url.h"

#include <stdlib.h>
#include <string.h>

#include "transfer/file_url.h"
#include "transfer/scheme.h"

/* <ctype.h> follows the locale; a URL does not. */
static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) ||
           (c != '\0' && strchr("-._~", c));
}

static int hex_value(char c)
{
    return is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* Are all characters unreserved, well percent-encoded, or in extra? plain: the encoding hides no
 * control character either. */
static bool made_of(const char *text, size_t length, const char *extra, bool plain)
{
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c == '%') {
            if (length - i < 3 || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) {
                return false;
            }
            int byte = hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]);
            if (plain && (byte < 0x20 || byte == 0x7F)) {
                return false;
            }
            i += 2;
        } else if (c == '\0' || (!is_unreserved(c) && !strchr(extra, c))) {
            return false;
        }
    }
    return true;
}

/* 0 to 255 without a leading zero, ended by a dot or, the fourth, by the end. */
static bool is_ipv4(const char *text, size_t length)
{
    size_t at = 0;
    for (int part = 0; part < 4; part++) {
        size_t start = at;
        int value = 0;
        while (at < length && at - start < 3 && is_digit(text[at])) {
            value = value * 10 + (text[at++] - '0');
        }
        if (at == start || value > 255 || (text[start] == '0' && at - start > 1)) {
            return false;
        }
        if (part < 3 && (at == length || text[at++] != '.')) {
            return false;
        }
    }
    return at == length;
}

/* RFC 3986, IPv6address: eight groups, or fewer around one "::", the last two perhaps as IPv4. */
static bool is_ipv6(const char *text, size_t length)
{
    size_t at = 0;
    int groups = 0;
    bool gap = false;
    if (length >= 2 && text[0] == ':' && text[1] == ':') {
        gap = true;
        at = 2;
    }
    while (at < length) {
        size_t start = at;
        while (at < length && is_hex(text[at])) {
            at++;
        }
        if (at < length && text[at] == '.') {
            groups += 2;
            return is_ipv4(text + start, length - start) && (gap ? groups <= 7 : groups == 8);
        }
        if (at == start || at - start > 4) {
            return false;
        }
        groups++;
        if (at == length) {
            break;
        }
        if (text[at++] != ':' || at == length) {
            return false;
        }
        if (text[at] == ':') {
            if (gap) {
                return false;
            }
            gap = true;
            at++;
        }
    }
    return gap ? groups <= 7 : groups == 8;
}

/* The text after the host: nothing, or ":" and perhaps a port. */
static bool is_port(const char *text, size_t length)
{
    if (length == 0) {
        return true;
    }
    if (text[0] != ':') {
        return false;
    }
    unsigned port = 0;
    for (size_t i = 1; i < length; i++) {
        if (!is_digit(text[i])) {
            return false;
        }
        port = port * 10 + (unsigned)(text[i] - '0');
        if (port > 65535) {
            return false;
        }
    }
    return length == 1 || port != 0;
}

static bool is_host_and_port(const char *text, size_t length)
{
    size_t host = 0;
    if (length > 0 && text[0] == '[') {
        const char *end = memchr(text, ']', length);
        if (!end || !is_ipv6(text + 1, (size_t)(end - text) - 1)) {
            return false;
        }
        host = (size_t)(end - text) + 1;
    } else {
        /* RFC 3986 would allow more in a name, but nothing that a name service could resolve. */
        while (host < length && is_unreserved(text[host])) {
            host++;
        }
        if (host == 0) {
            return false;
        }
    }
    return is_port(text + host, length - host);
}

static bool is_path_and_more(const char *text)
{
    size_t path = strcspn(text, "?#");
    if (!made_of(text, path, "!$&'()+,;=:@/", false)) {
        return false;
    }
    const char *rest = text + path;
    if (*rest == '?') {
        size_t query = strcspn(++rest, "#");
        if (!made_of(rest, query, "!$&'()*+,;=:@/?", false)) {
            return false;
        }
        rest += query;
    }
    return *rest == '\0' || made_of(rest + 1, strlen(rest + 1), "!$&'()*+,;=:@/?", false);
}

static bool has_word(const char *text, const char *lower)
{
    size_t length = strlen(lower);
    for (; *text; text++) {
        size_t i = 0;
        while (i < length && (text[i] == lower[i] || (text[i] | 0x20) == lower[i])) {
            i++;
        }
        if (i == length) {
            return true;
        }
    }
    return false;
}

/* A file, not a folder; as it is, not as text. What the encoding hides is sent as a line of its own. */
static bool is_ftp_path(const char *text)
{
    size_t length = strlen(text);
    return length > 1 && text[length - 1] != '/' && !has_word(text, ";type=") &&
           made_of(text, length, "!$&'()+,;=:@/", true);
}

static char *copy(const char *text, size_t length)
{
    char *made = malloc(length + 1);
    if (made) {
        memcpy(made, text, length);
        made[length] = '\0';
    }
    return made;
}

/* No name and password, so that nothing is to be split off. */
static enum fault split_file(const char *url, size_t scheme, struct url_parts *parts)
{
    const char *rest = url + scheme;
    char *path = made_of(rest, strlen(rest), "!$&'()+,;=:@/", true) ? file_url_path(url) : NULL;
    free(path);
    parts->url = path ? copy(url, strlen(url)) : NULL;
    return !path ? FAULT_ARGUMENT : parts->url ? FAULT_NONE : FAULT_MEMORY;
}

enum fault url_split(const char *url, unsigned schemes, struct url_parts *parts)
{
    *parts = (struct url_parts){0};
    size_t scheme = 0;
    enum scheme kind = scheme_of(url, &scheme);
    if (!scheme_is_in(kind, schemes)) {
        return FAULT_ARGUMENT;
    }
    if (kind == SCHEME_FILE) {
        return split_file(url, scheme, parts);
    }
    const char *authority = url + scheme;
    size_t length = strcspn(authority, "/?#");
    const char *at = memchr(authority, '@', length);
    const char *host = at ? at + 1 : authority;
    /* An empty name says nothing, and could not be given back as it came. */
    if (at &&
        (at == authority || !made_of(authority, (size_t)(at - authority), "!$&'()*+,;=:", true))) {
        return FAULT_ARGUMENT;
    }
    if (!is_host_and_port(host, (size_t)(authority + length - host)) ||
        !(kind == SCHEME_FTP ? is_ftp_path : is_path_and_more)(authority + length)) {
        return FAULT_ARGUMENT;
    }

    size_t tail = strlen(host);
    parts->url = malloc(scheme + tail + 1);
    if (!parts->url) {
        return FAULT_MEMORY;
    }
    memcpy(parts->url, url, scheme);
    memcpy(parts->url + scheme, host, tail + 1);
    if (at) {
        parts->user_pass = copy(authority, (size_t)(at - authority));
        if (!parts->user_pass) {
            url_parts_clear(parts);
            return FAULT_MEMORY;
        }
    }
    return FAULT_NONE;
}

void url_parts_clear(struct url_parts *parts)
{
    free(parts->url);
    secret_free_text(parts->user_pass);
    *parts = (struct url_parts){0};
}

static bool is_word(const char *text, size_t length, const char *lower)
{
    size_t i = 0;
    while (i < length && lower[i] &&
           (text[i] >= 'A' && text[i] <= 'Z' ? text[i] | 0x20 : text[i]) == lower[i]) {
        i++;
    }
    return i == length && lower[i] == '\0';
}

bool url_is_loopback(const char *url)
{
    size_t scheme = 0;
    (void)scheme_of(url, &scheme);
    const char *host = url + scheme;
    size_t length = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/?#");
    /* All below "localhost" is this machine, too (RFC 6761, 6.3). */
    static const char name[] = ".localhost";
    const size_t tail = sizeof name - 1;
    bool below = length > tail && is_word(host + length - tail, tail, name);
    return below || is_word(host, length, name + 1) || is_word(host, length, "[::1]") ||
           (is_ipv4(host, length) && strncmp(host, "127.", 4) == 0);
}
