/* SPDX-License-Identifier: MIT */
#include "platform/settings.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "platform/log.h"
#include "platform/platform.h"
#include "platform/rate_hours.h"

#define TEXT_MOST 32768u /* bytes; longer than any value has reason to be */

enum kind { KIND_TEXT, KIND_FLAG, KIND_NUMBER, KIND_CHOICE };

/* One row a setting, in the order of the enumeration. */
struct row {
    const char *name;
    enum kind kind;
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

static const char *const tls_words[] = {"auto", "schannel", "mbedtls", NULL};

static const struct row rows[SETTING_COUNT] = {
    [SETTING_HOST] = {.name = "Host", .kind = KIND_FLAG, .standard = true},
    [SETTING_LOG] = {.name = "Log", .kind = KIND_TEXT},
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

static void report(enum setting setting, enum setting_place place)
{
    static atomic_flag reported[SETTING_COUNT]; /* all zero: clear */
    const struct row *row = &rows[setting];
    if (atomic_flag_test_and_set(&reported[setting])) {
        return;
    }
    /* The value itself may be a secret that was put into the wrong place. */
    log_event("setting %s in %s is wrong: it must be %s; its default is used", row->name,
              place_names[place],
              row->must_be               ? row->must_be
              : row->kind == KIND_FLAG   ? "on or off"
              : row->kind == KIND_NUMBER ? "a number in its range"
                                         : "a text");
}

/* True if it is set and right; then *text is the caller's, if asked for. */
static bool read_setting(enum setting setting, uint32_t *value, char **text)
{
    const struct row *row = &rows[setting];
    for (enum setting_place place = 0; place < PLACE_COUNT; place++) {
        char *found = NULL;
        enum setting_found how = place == PLACE_ENVIRONMENT
                                     ? setting_look_environment(row->name, &found)
                                     : setting_look(place, row->name, &found);
        if (how == FOUND_NOT) {
            continue;
        }
        bool right = how == FOUND_TEXT && read_value(row, found, value);
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
    return false;
}

static uint32_t read_or_standard(enum setting setting, enum kind kind)
{
    uint32_t value;
    assert(rows[setting].kind == kind);
    (void)kind;
    return read_setting(setting, &value, NULL) ? value : rows[setting].standard;
}

/* "UserAgent" -> "QMGRPRXY_USER_AGENT" */
enum setting_found setting_look_environment(const char *name, char **text)
{
    char variable[64] = "QMGRPRXY_";
    size_t length = strlen(variable);
    for (const char *c = name; *c && length + 2 < sizeof variable; c++) {
        bool capital = *c >= 'A' && *c <= 'Z';
        if (capital && c != name) {
            variable[length++] = '_';
        }
        variable[length++] = *c >= 'a' && *c <= 'z' ? (char)(*c - 0x20) : *c;
    }
    variable[length] = '\0';
    *text = platform_env(variable);
    if (*text && **text) {
        return FOUND_TEXT;
    }
    free(*text);
    *text = NULL;
    return FOUND_NOT;
}

/* ---- for the others ------------------------------------------------------------------------ */

char *setting_text(enum setting setting)
{
    uint32_t unused;
    char *text = NULL;
    assert(rows[setting].kind == KIND_TEXT);
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
