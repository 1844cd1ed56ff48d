/* SPDX-License-Identifier: MIT */
#include "platform/log_text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "platform/log.h"

/* ---- characters ---------------------------------------------------------------------------- */

/* How many bytes a sequence has by its first one; 0 if none begins so. */
static size_t length_by_first(unsigned char first)
{
    return first < 0x80   ? 1
           : first < 0xC2 ? 0
           : first < 0xE0 ? 2
           : first < 0xF0 ? 3
           : first < 0xF5 ? 4
                          : 0;
}

/* The character at text and its length in bytes; false (and length 1) if it is not well-formed: cut
 * short, longer than need be, a surrogate, or beyond U+10FFFF. */
static bool read_character(const char *text, uint32_t *character, size_t *length)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *bytes = (const unsigned char *)text;
    size_t size = length_by_first(bytes[0]);
    *length = 1;
    if (size <= 1) {
        *character = bytes[0];
        return size == 1;
    }
    uint32_t value = bytes[0] & (0x7Fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((bytes[i] & 0xC0) != 0x80) {
            return false;
        }
        value = value << 6 | (bytes[i] & 0x3Fu);
    }
    *character = value;
    bool well_formed =
        value >= least[size] && value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
    *length = well_formed ? size : 1;
    return well_formed;
}

static bool is_harmless(uint32_t c)
{
    bool control = c < 0x20 || (c >= 0x7F && c < 0xA0);
    bool direction = c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) ||
                     (c >= 0x2066 && c <= 0x2069);
    return !control && !direction;
}

void log_make_safe(char *text)
{
    while (*text) {
        uint32_t character = 0;
        size_t length = 1;
        if (!read_character(text, &character, &length) || !is_harmless(character)) {
            memset(text, '?', length);
        }
        text += length;
    }
}

/* ---- URLs ---------------------------------------------------------------------------------- */

#define MASK "***"
#define CUT "..."

/* What does not fit is cut off, and nothing comes behind that. */
static void append(struct log_url *url, const char *text, size_t length)
{
    const size_t most = sizeof url->text - sizeof CUT;
    size_t used = strlen(url->text);
    if (used > most) {
        return;
    }
    bool fits = length <= most - used;
    size_t taken = fits ? length : most - used;
    memcpy(url->text + used, text, taken);
    url->text[used + taken] = '\0';
    strcat(url->text, fits ? "" : CUT);
}

/* Length of "scheme://" or "//", 0 if it has neither. */
static size_t scheme_of(const char *url)
{
    if (strncmp(url, "//", 2) == 0) {
        return 2;
    }
    size_t length = strcspn(url, ":/?#");
    return strncmp(url + length, "://", 3) == 0 ? length + 3 : 0;
}

struct log_url log_url(const char *url)
{
    struct log_url out = {""};
    size_t scheme = scheme_of(url);
    const char *authority = url + scheme;
    size_t length = strcspn(authority, "/?#");
    const char *path = authority;
    append(&out, url, scheme);
    for (size_t i = 0; scheme > 0 && i < length; i++) {
        path = authority[i] == '@' ? authority + i + 1 : path; /* the last one ends the name */
    }
    if (path > authority) {
        append(&out, MASK "@", sizeof MASK);
    }
    size_t shown = strcspn(path, "?#");
    append(&out, path, shown);
    if (path[shown]) {
        append(&out, path + shown, 1);
        append(&out, MASK, sizeof MASK - 1);
    }
    return out;
}
