/* SPDX-License-Identifier: MIT */
#include "transfer/proxy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/platform.h"
#include "transfer/scheme.h"
#include "transfer/url.h"

#define SEPARATORS " \t\r\n;"

/* ---- pieces of text -------------------------------------------------------------------------- */

struct span {
    const char *at;
    size_t length;
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool is_word(struct span span, const char *lower_word)
{
    for (size_t i = 0; i < span.length; i++) {
        if (lower_word[i] == '\0' || lower(span.at[i]) != lower_word[i]) {
            return false;
        }
    }
    return lower_word[span.length] == '\0';
}

static bool same_text(struct span a, struct span b)
{
    size_t i = 0;
    while (i < a.length && i < b.length && lower(a.at[i]) == lower(b.at[i])) {
        i++;
    }
    return i == a.length && i == b.length;
}

/* The part before `mark`, which *span then begins behind. False, and nothing changed, without one. */
static bool take_before(struct span *span, const char *mark, struct span *before)
{
    size_t size = strlen(mark);
    for (size_t i = 0; i + size <= span->length; i++) {
        if (memcmp(span->at + i, mark, size) == 0) {
            *before = (struct span){span->at, i};
            *span = (struct span){span->at + i + size, span->length - i - size};
            return true;
        }
    }
    return false;
}

/* The next entry; false behind the last. */
static bool next_entry(const char **text, struct span *entry)
{
    *text += strspn(*text, SEPARATORS);
    *entry = (struct span){*text, strcspn(*text, SEPARATORS)};
    *text += entry->length;
    return entry->length > 0;
}

/* 1 to 65535; false for anything else. */
static bool read_port(struct span text, uint16_t *port)
{
    uint32_t value = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (text.at[i] < '0' || text.at[i] > '9' || value > UINT16_MAX) {
            return false;
        }
        value = value * 10 + (uint32_t)(text.at[i] - '0');
    }
    *port = (uint16_t)value;
    return value > 0 && value <= UINT16_MAX;
}

static char *copy(struct span span)
{
    char *text = malloc(span.length + 1);
    if (text) {
        memcpy(text, span.at, span.length);
        text[span.length] = '\0';
    }
    return text;
}

/* The array with room for one more; it doubles as it fills. NULL, and the array is as it was, if out of memory. */
static void *with_room(void *array, size_t count, size_t size)
{
    if ((count & (count - 1)) != 0) {
        return array; /* there is room up to the next power of two */
    }
    return realloc(array, (count ? count * 2 : 1) * size);
}

static enum fault refuse(char cause[PROXY_CAUSE_SIZE], const char *list, size_t entry,
                         const char *why)
{
    (void)snprintf(cause, PROXY_CAUSE_SIZE, "%s, entry %lu: %s", list, (unsigned long)entry, why);
    return FAULT_ARGUMENT;
}

/* ---- the URL in question ---------------------------------------------------------------------- */

struct place {
    struct span scheme;
    struct span host; /* without brackets and closing dots */
    uint16_t port;
    bool ipv6;
};

/* The URL has been checked before. */
static struct place place_of(const char *url)
{
    struct place place = {0};
    struct span rest = {url, strlen(url)};
    (void)take_before(&rest, "://", &place.scheme);
    rest.length = strcspn(rest.at, "/?#");
    place.port = is_word(place.scheme, "https") ? 443 : 80;
    if (rest.length > 0 && rest.at[0] == '[') {
        place.ipv6 = true;
        rest = (struct span){rest.at + 1, rest.length - 1};
        (void)take_before(&rest, "]", &place.host);
        rest = (struct span){rest.at + (rest.length > 0), rest.length - (rest.length > 0)};
    } else if (!take_before(&rest, ":", &place.host)) {
        place.host = rest;
        rest.length = 0;
    }
    uint16_t port;
    if (read_port(rest, &port)) {
        place.port = port;
    }
    while (place.host.length > 1 && place.host.at[place.host.length - 1] == '.') {
        place.host.length--;
    }
    return place;
}

/* ---- proxies ----------------------------------------------------------------------------------- */

enum protocol { FOR_HTTP, FOR_HTTPS, FOR_ALL, FOR_REST /* socks= */, FOR_NONE /* not ours */ };

static const struct protocol_word {
    const char *word;
    enum protocol protocol;
} protocol_words[] = {
    {"http", FOR_HTTP}, {"https", FOR_HTTPS}, {"socks", FOR_REST},
    {"ftp", FOR_NONE},  {"gopher", FOR_NONE},
};

static const struct scheme_word {
    const char *word;
    enum proxy_type type;
    uint16_t port;
} scheme_words[] = {
    {"http", PROXY_HTTP, 80},       {"https", PROXY_HTTP, 443},     {"socks", PROXY_SOCKS4, 1080},
    {"socks4", PROXY_SOCKS4, 1080}, {"socks5", PROXY_SOCKS5, 1080},
};

struct entry {
    enum protocol protocol;
    struct proxy proxy;
};

struct proxy_list {
    struct entry *entries;
    size_t count;
};

/* Everything but the server: what is left of *text. NULL, or what is wrong. */
static const char *read_kind(struct span *text, struct entry *entry)
{
    struct span word;
    const char *scheme = "http";
    entry->protocol = FOR_ALL;
    if (take_before(text, "=", &word)) {
        size_t i = 0;
        size_t count = sizeof protocol_words / sizeof *protocol_words;
        while (i < count && !is_word(word, protocol_words[i].word)) {
            i++;
        }
        if (i == count) {
            return "what stands before \"=\" is no protocol";
        }
        entry->protocol = protocol_words[i].protocol;
        scheme = entry->protocol == FOR_REST    ? "socks"
                 : entry->protocol == FOR_HTTPS ? "https"
                                                : "http";
    }
    bool told = take_before(text, "://", &word);
    for (size_t i = 0; i < sizeof scheme_words / sizeof *scheme_words; i++) {
        const struct scheme_word *row = &scheme_words[i];
        if (told ? is_word(word, row->word) : strcmp(row->word, scheme) == 0) {
            entry->proxy.type = row->type;
            entry->proxy.port = row->port;
            return NULL;
        }
    }
    return "what stands before \"://\" is no kind of proxy";
}

/* [user:password@]server[:port]: the same rules as for the servers of downloads. */
static enum fault read_server(struct span text, struct proxy *proxy, const char **why)
{
    static const char head[] = "http://";
    struct url_parts parts;
    while (text.length > 0 && text.at[text.length - 1] == '/') {
        text.length--;
    }
    *why = "the server is not a name or address, perhaps with a port";
    char *url = malloc(sizeof head + text.length);
    if (!url) {
        return FAULT_MEMORY;
    }
    memcpy(url, head, sizeof head - 1);
    memcpy(url + sizeof head - 1, text.at, text.length);
    url[sizeof head - 1 + text.length] = '\0';
    enum fault fault = strpbrk(url + sizeof head - 1, "/?#")
                           ? FAULT_ARGUMENT
                           : url_split(url, SCHEMES_STANDARD, &parts);
    secret_free_text(url);
    if (fault) {
        return fault;
    }
    struct span server = {parts.url + sizeof head - 1, strlen(parts.url + sizeof head - 1)};
    const char *bracket = strchr(server.at, ']');
    const char *colon = strchr(bracket ? bracket : server.at, ':');
    if (colon) {
        struct span port = {colon + 1, strlen(colon + 1)};
        server.length = (size_t)(colon - server.at);
        (void)(port.length > 0 && read_port(port, &proxy->port));
    }
    proxy->host = copy(server);
    proxy->user_pass = parts.user_pass;
    parts.user_pass = NULL;
    url_parts_clear(&parts);
    return proxy->host ? FAULT_NONE : FAULT_MEMORY;
}

static void clear_proxy(struct proxy *proxy)
{
    free(proxy->host);
    secret_free_text(proxy->user_pass);
}

static enum fault add_proxy(struct proxy_list *list, struct span text, const char **why)
{
    struct entry entry = {0};
    *why = read_kind(&text, &entry);
    if (*why) {
        return FAULT_ARGUMENT;
    }
    enum fault fault = read_server(text, &entry.proxy, why);
    struct entry *entries = fault ? NULL : with_room(list->entries, list->count, sizeof entry);
    if (!entries) {
        clear_proxy(&entry.proxy);
        return fault ? fault : FAULT_MEMORY;
    }
    list->entries = entries;
    list->entries[list->count++] = entry;
    return FAULT_NONE;
}

enum fault proxy_list_parse(const char *text, struct proxy_list **out, char cause[PROXY_CAUSE_SIZE])
{
    static const char name[] = "proxy list";
    *out = NULL;
    *cause = '\0';
    if (strlen(text) > PROXY_LIST_MOST) {
        return refuse(cause, name, 1, "the list is longer than 32 KB");
    }
    struct proxy_list *list = calloc(1, sizeof *list);
    enum fault fault = list ? FAULT_NONE : FAULT_MEMORY;
    struct span entry;
    while (!fault && next_entry(&text, &entry)) {
        const char *why = "";
        fault = add_proxy(list, entry, &why);
        if (fault == FAULT_ARGUMENT) {
            (void)refuse(cause, name, list->count + 1, why);
        }
    }
    if (!fault && list->count == 0) {
        fault = refuse(cause, name, 1, "the list is empty");
    }
    if (fault) {
        proxy_list_free(list);
        return fault;
    }
    *out = list;
    return FAULT_NONE;
}

void proxy_list_free(struct proxy_list *list)
{
    for (size_t i = 0; list && i < list->count; i++) {
        clear_proxy(&list->entries[i].proxy);
    }
    if (list) {
        free(list->entries);
        free(list);
    }
}

static const struct proxy *nth(const struct proxy_list *list, enum protocol protocol, size_t index)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->entries[i].protocol == protocol && index-- == 0) {
            return &list->entries[i].proxy;
        }
    }
    return NULL;
}

const struct proxy *proxy_list_get(const struct proxy_list *list, const char *url, size_t index)
{
    struct place place = place_of(url);
    const enum protocol order[] = {is_word(place.scheme, "https") ? FOR_HTTPS : FOR_HTTP, FOR_ALL,
                                   FOR_REST};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        if (nth(list, order[i], 0)) {
            return nth(list, order[i], index);
        }
    }
    return NULL;
}

/* ---- what is reached without one ---------------------------------------------------------------- */

enum kind { BY_PATTERN, BY_NETWORK, LOCAL, NOTHING };

struct rule {
    enum kind kind;
    struct span scheme;  /* empty: any */
    struct span pattern; /* without brackets */
    bool suffix;         /* the pattern begins with a dot: what ends so */
    bool ipv6;
    uint16_t port; /* 0: any */
    uint32_t network, mask;
};

struct proxy_bypass {
    char *text; /* the spans point into it */
    struct rule *rules;
    size_t count;
};

/* Four decimal numbers: that and nothing else. */
static bool read_ipv4(struct span text, uint32_t *address)
{
    size_t at = 0;
    *address = 0;
    for (int part = 0; part < 4; part++) {
        unsigned value = 0;
        size_t start = at;
        while (at < text.length && at - start < 3 && text.at[at] >= '0' && text.at[at] <= '9') {
            value = value * 10 + (unsigned)(text.at[at++] - '0');
        }
        if (at == start || value > 255 ||
            (part < 3 && (at == text.length || text.at[at++] != '.'))) {
            return false;
        }
        *address = *address << 8 | value;
    }
    return at == text.length;
}

/* "10.0.0.0/8" */
static bool read_network(struct span text, struct rule *rule)
{
    struct span address;
    uint16_t bits = 0;
    if (!take_before(&text, "/", &address) || !read_ipv4(address, &rule->network) ||
        !read_port(text, &bits) || bits > 32) {
        return false;
    }
    rule->mask = UINT32_MAX << (32 - bits);
    rule->kind = BY_NETWORK;
    return true;
}

/* Characters of names and addresses, and the star. Beyond ASCII nothing can match, since URLs have no such
 * characters; that is no reason to refuse the list. */
static bool is_pattern(struct span text, const char *extra)
{
    for (size_t i = 0; i < text.length; i++) {
        char c = lower(text.at[i]);
        bool known = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80 ||
                     strchr("-._~*", c) || strchr(extra, c);
        if (!known || c == '\0') {
            return false;
        }
    }
    return text.length > 0;
}

/* An address of IPv6 may stand without brackets, since nothing else has two colons. */
static const char *read_ipv6(struct span text, struct rule *rule)
{
    struct span rest = text;
    rule->ipv6 = true;
    rule->pattern = text;
    if (text.at[0] == '[') {
        rest = (struct span){text.at + 1, text.length - 1};
        if (!take_before(&rest, "]", &rule->pattern)) {
            return "a bracket is not closed";
        }
        if (rest.length > 0 &&
            (rest.at[0] != ':' ||
             !read_port((struct span){rest.at + 1, rest.length - 1}, &rule->port))) {
            return "the port is not a number from 1 to 65535";
        }
    }
    return is_pattern(rule->pattern, ":") ? NULL : "that is no address";
}

/* NULL, or what is wrong. */
static const char *read_rule(struct span text, struct rule *rule)
{
    *rule = (struct rule){.kind = BY_PATTERN};
    if (text.at[0] == '<') {
        rule->kind = is_word(text, "<local>") ? LOCAL : NOTHING;
        return rule->kind == LOCAL || is_word(text, "<-loopback>")
                   ? NULL
                   : "only <local> and <-loopback> may stand in angle brackets";
    }
    (void)take_before(&text, "://", &rule->scheme);
    if (text.length > 0 && text.at[text.length - 1] == '/') {
        text.length--;
    }
    if (text.length == 0) {
        return "there is no name";
    }
    if (read_network(text, rule)) {
        return NULL;
    }
    const char *colon = memchr(text.at, ':', text.length);
    if (text.at[0] == '[' ||
        (colon && memchr(colon + 1, ':', text.length - (size_t)(colon + 1 - text.at)))) {
        return read_ipv6(text, rule);
    }
    rule->pattern = text;
    if (take_before(&text, ":", &rule->pattern) && !is_word(text, "*") &&
        !read_port(text, &rule->port)) {
        return "the port is not a number from 1 to 65535";
    }
    rule->suffix = rule->pattern.length > 1 && rule->pattern.at[0] == '.';
    return is_pattern(rule->pattern, "") ? NULL : "a character cannot be in a name or address";
}

static enum fault read_rules(struct proxy_bypass *bypass, char cause[PROXY_CAUSE_SIZE])
{
    const char *text = bypass->text;
    struct span entry;
    while (next_entry(&text, &entry)) {
        struct rule rule;
        const char *why = read_rule(entry, &rule);
        if (why) {
            return refuse(cause, "proxy bypass list", bypass->count + 1, why);
        }
        struct rule *rules = with_room(bypass->rules, bypass->count, sizeof rule);
        if (!rules) {
            return FAULT_MEMORY;
        }
        bypass->rules = rules;
        bypass->rules[bypass->count++] = rule;
    }
    return FAULT_NONE;
}

enum fault proxy_bypass_parse(const char *text, struct proxy_bypass **out,
                              char cause[PROXY_CAUSE_SIZE])
{
    *out = NULL;
    *cause = '\0';
    size_t length = strlen(text);
    if (length > PROXY_LIST_MOST) {
        return refuse(cause, "proxy bypass list", 1, "the list is longer than 32 KB");
    }
    struct proxy_bypass *bypass = calloc(1, sizeof *bypass);
    if (bypass) {
        bypass->text = copy((struct span){text, length});
    }
    enum fault fault = bypass && bypass->text ? read_rules(bypass, cause) : FAULT_MEMORY;
    if (fault) {
        proxy_bypass_free(bypass);
        return fault;
    }
    *out = bypass;
    return FAULT_NONE;
}

void proxy_bypass_free(struct proxy_bypass *bypass)
{
    if (bypass) {
        free(bypass->rules);
        free(bypass->text);
        free(bypass);
    }
}

/* Where it does not fit, only the last star takes one character more: never slower than the product of the two
 * lengths, whatever the pattern. */
static bool fits(struct span pattern, struct span text)
{
    size_t p = 0;
    size_t t = 0;
    size_t star = SIZE_MAX;
    size_t taken = 0;
    while (t < text.length) {
        if (p < pattern.length && pattern.at[p] == '*') {
            star = p++;
            taken = t;
        } else if (p < pattern.length && lower(pattern.at[p]) == lower(text.at[t])) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++taken;
        } else {
            return false;
        }
    }
    while (p < pattern.length && pattern.at[p] == '*') {
        p++;
    }
    return p == pattern.length;
}

static bool ends_so(struct span host, struct span suffix)
{
    return host.length > suffix.length &&
           same_text((struct span){host.at + host.length - suffix.length, suffix.length}, suffix);
}

static bool rule_matches(const struct rule *rule, const struct place *place)
{
    uint32_t address;
    if ((rule->scheme.length > 0 && !fits(rule->scheme, place->scheme)) ||
        (rule->port != 0 && rule->port != place->port)) {
        return false;
    }
    switch (rule->kind) {
    case LOCAL: return !place->ipv6 && !memchr(place->host.at, '.', place->host.length);
    case NOTHING: return false;
    case BY_NETWORK:
        return read_ipv4(place->host, &address) &&
               (address & rule->mask) == (rule->network & rule->mask);
    case BY_PATTERN: break;
    }
    if (rule->ipv6 && !place->ipv6) {
        return false;
    }
    return rule->suffix ? ends_so(place->host, rule->pattern) : fits(rule->pattern, place->host);
}

bool proxy_bypass_matches(const struct proxy_bypass *bypass, const char *url)
{
    struct place place = place_of(url);
    for (size_t i = 0; i < bypass->count; i++) {
        if (rule_matches(&bypass->rules[i], &place)) {
            return true;
        }
    }
    return false;
}
