/* SPDX-License-Identifier: MIT */
#include "transfer/scheme.h"

#include <stdlib.h>
#include <string.h>

#include "platform/settings.h"

static const char *const names[] = {
    [SCHEME_HTTP] = "http", [SCHEME_HTTPS] = "https", [SCHEME_FTP] = "ftp", [SCHEME_FILE] = "file"};
#define NAMES (sizeof names / sizeof *names)

/* Is the text, up to the first of these that may end it, the lower-case word? */
static bool is_word(const char *text, const char *word, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char c = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] | 0x20) : text[i];
        if (c != word[i]) {
            return false;
        }
    }
    return word[length] == '\0';
}

enum scheme scheme_of(const char *url, size_t *length)
{
    size_t colon = strcspn(url, ":/?#");
    bool follows = strncmp(url + colon, "://", 3) == 0;
    for (size_t i = SCHEME_HTTP; follows && i < NAMES; i++) {
        if (strlen(names[i]) == colon && is_word(url, names[i], colon)) {
            if (length) {
                *length = colon + 3;
            }
            return (enum scheme)i;
        }
    }
    if (length) {
        *length = 0;
    }
    return SCHEME_UNKNOWN;
}

/* The setting has been checked: words that we know, and what may stand between them. */
static bool lists(const char *list, const char *name)
{
    while (*list) {
        size_t length = strcspn(list, SETTING_PROTOCOLS_BETWEEN);
        if (length == strlen(name) && is_word(list, name, length)) {
            return true;
        }
        list += length;
        list += strspn(list, SETTING_PROTOCOLS_BETWEEN);
    }
    return false;
}

unsigned schemes_enabled(void)
{
    char *list = setting_text(SETTING_PROTOCOLS);
    unsigned schemes = list ? 0 : SCHEMES_STANDARD;
    for (size_t i = SCHEME_HTTP; list && i < NAMES; i++) {
        schemes |= lists(list, names[i]) ? SCHEME_BIT(i) : 0;
    }
    free(list);
    return schemes;
}

bool scheme_is_in(enum scheme scheme, unsigned schemes)
{
    return scheme != SCHEME_UNKNOWN && (schemes & SCHEME_BIT(scheme)) != 0;
}
