/* SPDX-License-Identifier: MIT */
#include "platform/rate_hours.h"

#include <string.h>

#define ENTRIES_MOST 64
#define HOURS 24u

struct entry {
    unsigned from, to; /* 0..23, 1..24 */
    uint64_t limit;
};

static bool is_separator(char c)
{
    return c == ' ' || c == '\t' || c == ',' || c == ';';
}

/* Digits at *text, no more than `most`; *text is then behind them. */
static bool read_number(const char **text, uint64_t most, uint64_t *value)
{
    const char *start = *text;
    for (*value = 0; **text >= '0' && **text <= '9'; (*text)++) {
        *value = *value * 10 + (uint64_t)(**text - '0');
        if (*value > most) {
            return false;
        }
    }
    return *text != start;
}

static bool read_char(const char **text, char c)
{
    bool there = **text == c;
    *text += there;
    return there;
}

static bool read_limit(const char **text, uint64_t *limit)
{
    if (strncmp(*text, "none", 4) == 0) {
        *text += 4;
        *limit = RATE_HOURS_NONE;
        return true;
    }
    return read_number(text, UINT32_MAX, limit);
}

static bool read_entry(const char **text, struct entry *entry)
{
    uint64_t from, to;
    bool right = read_number(text, HOURS - 1, &from) && read_char(text, '-') &&
                 read_number(text, HOURS, &to) && to > 0 && read_char(text, '=') &&
                 read_limit(text, &entry->limit) && (**text == '\0' || is_separator(**text));
    if (right) {
        entry->from = (unsigned)from;
        entry->to = (unsigned)to;
    }
    return right;
}

static bool covers(const struct entry *entry, unsigned hour)
{
    return entry->from < entry->to ? hour >= entry->from && hour < entry->to
                                   : hour >= entry->from || hour < entry->to;
}

/* Goes through all of the text, so that it is either right or not, whatever the hour. */
static bool look_through(const char *text, unsigned hour, bool *found, uint64_t *limit)
{
    int entries = 0;
    *found = false;
    for (;;) {
        while (is_separator(*text)) {
            text++;
        }
        if (*text == '\0') {
            return entries > 0;
        }
        struct entry entry;
        if (++entries > ENTRIES_MOST || !read_entry(&text, &entry)) {
            return false;
        }
        if (!*found && covers(&entry, hour)) {
            *found = true;
            *limit = entry.limit;
        }
    }
}

bool rate_hours_are_right(const char *text)
{
    bool found;
    uint64_t limit;
    return look_through(text, 0, &found, &limit);
}

bool rate_hours_find(const char *text, unsigned hour, uint64_t *limit)
{
    bool found;
    return look_through(text, hour, &found, limit) && found;
}
