/* SPDX-License-Identifier: MIT */
#include "platform/settings.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/log.h"
#include "platform/rate_hours.h"

#define TEXT_MOST 32768u /* bytes; longer than any value has reason to be */

enum kind { KIND_TEXT, KIND_FLAG, KIND_NUMBER, KIND_CHOICE };

/* One row a setting, in the order of the enumeration. */
struct row {
    const char *name;
    enum kind kind;
    bool secret;                /* looked for in the environment only */
    uint32_t standard;          /* flag, number, choice */
    uint32_t least, most;       /* number */
    const char *const *words;   /* choice: ends with NULL */
    bool (*fits)(const char *); /* text: NULL if any will do */
    const char *must_be;        /* for people: "must be ..." */
};

static bool is_printable_ascii(const char *text)
{
    for (; *text; text++) {
        if (*text < 0x20 || *text >= 0x7F) {
            return false;
        }
    }
    return true;
}

static bool read_choice(const char *const *words, const char *text, uint32_t *choice);

/* One word at least. */
static bool is_protocols(const char *text)
{
    static const char *const known[] = {"http", "https", "ftp", "file", NULL};
    bool any = false;
    for (text += strspn(text, SETTING_PROTOCOLS_BETWEEN); *text;) {
        char word[8] = "";
        uint32_t which;
        size_t length = strcspn(text, SETTING_PROTOCOLS_BETWEEN);
        memcpy(word, text, length < sizeof word ? length : 0);
        if (!read_choice(known, word, &which)) {
            return false;
        }
        any = true;
        text += length;
        text += strspn(text, SETTING_PROTOCOLS_BETWEEN);
    }
    return any;
}

static const char *const logon_words[] = {"off", "proxy", "on", NULL};
static const char *const tls_words[] = {"auto", "schannel", "mbedtls", NULL};

static const struct row rows[SETTING_COUNT] = {
    [SETTING_CA_FILE] = {.name = "CaFile", .kind = KIND_TEXT},
    [SETTING_HOST] = {.name = "Host", .kind = KIND_FLAG, .standard = true},
    [SETTING_LOG] = {.name = "Log", .kind = KIND_TEXT},
    [SETTING_LOG_SIZE] =
        {.name = "LogSize", .kind = KIND_NUMBER, .standard = 4096, .least = 16, .most = 1048576},
    [SETTING_LOGON] = {.name = "Logon",
                       .kind = KIND_CHOICE,
                       .standard = SETTING_LOGON_OFF,
                       .words = logon_words,
                       .must_be = "off, proxy or on"},
    [SETTING_PROTOCOLS] = {.name = "Protocols",
                           .kind = KIND_TEXT,
                           .fits = is_protocols,
                           .must_be = "some of http, https, ftp and file"},
    /* What is wrong in these is an error of each download: to use the default instead could go past a proxy that
     * somebody insists on. */
    [SETTING_PROXY] = {.name = "Proxy", .kind = KIND_TEXT},
    [SETTING_PROXY_BYPASS] = {.name = "ProxyBypass", .kind = KIND_TEXT},
    [SETTING_PROXY_LOGIN] = {.name = "ProxyLogin", .kind = KIND_TEXT, .secret = true},
    [SETTING_PROXY_SCRIPT] = {.name = "ProxyScript", .kind = KIND_TEXT},
    [SETTING_RATE_ADAPT] = {.name = "RateAdapt", .kind = KIND_FLAG, .standard = true},
    [SETTING_RATE_HOURS] = {.name = "RateHours",
                            .kind = KIND_TEXT,
                            .fits = rate_hours_are_right,
                            .must_be = "entries like 8-18=50000, by full hours"},
    [SETTING_RATE_LIMIT] = {.name = "RateLimit",
                            .kind = KIND_NUMBER,
                            .most = UINT32_MAX,
                            .must_be = "bytes per second, up to 4294967295"},
    [SETTING_TLS] = {.name = "Tls",
                     .kind = KIND_CHOICE,
                     .standard = SETTING_TLS_AUTO,
                     .words = tls_words,
                     .must_be = "auto, schannel or mbedtls"},
    [SETTING_USER_AGENT] = {.name = "UserAgent",
                            .kind = KIND_TEXT,
                            .fits = is_printable_ascii,
                            .must_be = "printable ASCII"},
};

/* ---- text to value ------------------------------------------------------------------------- */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool same_word(const char *a, const char *b)
{
    while (*a && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

/* Decimal digits only, up to 2^32-1. */
static bool read_number(const char *text, uint32_t *number)
{
    uint64_t value = 0;
    const char *c = text;
    for (; *c >= '0' && *c <= '9' && value <= UINT32_MAX; c++) {
        value = value * 10 + (uint64_t)(*c - '0');
    }
    *number = (uint32_t)value;
    return c != text && *c == '\0' && value <= UINT32_MAX;
}

static bool read_flag(const char *text, uint32_t *flag)
{
    uint32_t number;
    if (read_number(text, &number)) {
        *flag = number != 0;
        return true;
    }
    *flag = same_word(text, "on") || same_word(text, "yes");
    return *flag || same_word(text, "off") || same_word(text, "no");
}

static bool read_choice(const char *const *words, const char *text, uint32_t *choice)
{
    for (*choice = 0; words[*choice]; (*choice)++) {
        if (same_word(text, words[*choice])) {
            return true;
        }
    }
    return false;
}

static bool read_value(const struct row *row, const char *text, uint32_t *value)
{
    switch (row->kind) {
    case KIND_FLAG: return read_flag(text, value);
    case KIND_CHOICE: return read_choice(row->words, text, value);
    case KIND_NUMBER:
        return read_number(text, value) && *value >= row->least && *value <= row->most;
    case KIND_TEXT: break;
    }
    *value = 0;
    return strlen(text) <= TEXT_MOST && (!row->fits || row->fits(text));
}

/* ---- where it stands ----------------------------------------------------------------------- */

/* As a person looks for it. */
static const char *const place_names[PLACE_COUNT] = {
    [PLACE_MACHINE_POLICY] = "the machine's policy", [PLACE_USER_POLICY] = "the user's policy",
    [PLACE_ENVIRONMENT] = "the environment",         [PLACE_USER] = "HKEY_CURRENT_USER",
    [PLACE_MACHINE] = "HKEY_LOCAL_MACHINE",
};

/* What it must be, in `room` bytes at `range` if the row has no words for it. */
static const char *must_be(const struct row *row, char *range, size_t room)
{
    switch (row->kind) {
    case KIND_FLAG: return "on or off";
    case KIND_NUMBER:
        snprintf(range, room, "a number from %lu to %lu", (unsigned long)row->least,
                 (unsigned long)row->most);
        return range;
    case KIND_TEXT:
    case KIND_CHOICE: break;
    }
    return row->must_be ? row->must_be : "a text";
}

static void report(enum setting setting, enum setting_place place)
{
    static atomic_flag reported[SETTING_COUNT]; /* all zero: clear */
    const struct row *row = &rows[setting];
    char range[64];
    if (!atomic_flag_test_and_set(&reported[setting])) {
        /* The value itself may be a secret that was put into the wrong place. */
        log_event("setting %s in %s is wrong: it must be %s; its default is used", row->name,
                  place_names[place], must_be(row, range, sizeof range));
    }
}

/* "UserAgent" -> "QMGRPRXY_USER_AGENT" */
static void name_variable(const char *name, char *variable, size_t room)
{
    strcpy(variable, "QMGRPRXY_");
    size_t length = strlen(variable);
    for (const char *c = name; *c && length + 2 < room; c++) {
        bool capital = *c >= 'A' && *c <= 'Z';
        if (capital && c != name) {
            variable[length++] = '_';
        }
        variable[length++] = *c >= 'a' && *c <= 'z' ? (char)(*c - 0x20) : *c;
    }
    variable[length] = '\0';
}

static enum setting_found look(enum setting_place place, const char *name, char **text)
{
    char variable[64];
    if (place != PLACE_ENVIRONMENT) {
        return setting_look(place, name, text);
    }
    name_variable(name, variable, sizeof variable);
    return setting_look_environment(variable, text);
}

static enum setting_found look_for(const struct row *row, enum setting_place place, char **text)
{
    return row->secret && place != PLACE_ENVIRONMENT ? FOUND_NOT : look(place, row->name, text);
}

/* True if it is set and right; then *text is the caller's, if asked for. */
static bool read_setting(enum setting setting, uint32_t *value, char **text)
{
    const struct row *row = &rows[setting];
    char *found = NULL;
    enum setting_found how = FOUND_NOT;
    enum setting_place place = PLACE_MACHINE_POLICY;
    while (place < PLACE_COUNT && (how = look_for(row, place, &found)) == FOUND_NOT) {
        place++;
    }
    if (place == PLACE_COUNT) {
        return false;
    }
    bool right = (how == FOUND_TEXT || (how == FOUND_NUMBER && row->kind != KIND_TEXT)) &&
                 read_value(row, found, value);
    if (!right) {
        report(setting, place);
    }
    if (right && text) {
        *text = found;
    } else {
        free(found);
    }
    return right;
}

/* (assert would want a function of the C library that XP's 64-bit one has not.) */
static void expect_kind(enum setting setting, enum kind kind)
{
    if (rows[setting].kind != kind) {
        abort();
    }
}

static uint32_t read_or_standard(enum setting setting, enum kind kind)
{
    uint32_t value;
    expect_kind(setting, kind);
    return read_setting(setting, &value, NULL) ? value : rows[setting].standard;
}

/* ---- for the others ------------------------------------------------------------------------ */

char *setting_text(enum setting setting)
{
    uint32_t unused;
    char *text = NULL;
    expect_kind(setting, KIND_TEXT);
    return read_setting(setting, &unused, &text) ? text : NULL;
}

bool setting_flag(enum setting setting)
{
    return read_or_standard(setting, KIND_FLAG) != 0;
}

uint32_t setting_number(enum setting setting)
{
    return read_or_standard(setting, KIND_NUMBER);
}

unsigned setting_choice(enum setting setting)
{
    return read_or_standard(setting, KIND_CHOICE);
}
