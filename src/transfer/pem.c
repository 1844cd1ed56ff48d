/* SPDX-License-Identifier: MIT */
#include "transfer/pem.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char begin_mark[] = "-----BEGIN CERTIFICATE-----";
static const char end_mark[] = "-----END CERTIFICATE-----";

struct pem pem_start(const void *text, size_t size)
{
    return (struct pem){text, (const char *)text + size};
}

static const char *find(const char *at, const char *end, const char *mark)
{
    size_t length = strlen(mark);
    while (at && (size_t)(end - at) >= length) {
        if (memcmp(at, mark, length) == 0) {
            return at;
        }
        at = memchr(at + 1, mark[0], (size_t)(end - at - 1));
    }
    return NULL;
}

static int value_of(char c)
{
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+'             ? 62
           : c == '/'             ? 63
                                  : -1;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* out has room for all. False if it is not base64 with its padding; spaces may be anywhere. */
static bool decode(const char *at, const char *end, unsigned char *out, size_t *size)
{
    uint32_t bits = 0;
    size_t digits = 0;
    size_t padding = 0;
    *size = 0;
    for (; at < end; at++) {
        if (is_space(*at)) {
            continue;
        }
        int value = value_of(*at);
        padding += *at == '=';
        if (padding > 0 ? *at != '=' : value < 0) {
            return false;
        }
        bits = bits << 6 | (padding > 0 ? 0 : (uint32_t)value);
        if (++digits % 4 == 0) {
            out[(*size)++] = (unsigned char)(bits >> 16);
            out[(*size)++] = (unsigned char)(bits >> 8);
            out[(*size)++] = (unsigned char)bits;
        }
    }
    if (digits == 0 || digits % 4 != 0 || padding > 2) {
        return false;
    }
    *size -= padding;
    return true;
}

enum pem_found pem_next(struct pem *pem, struct blob *der)
{
    *der = (struct blob){NULL, 0};
    const char *begin = find(pem->at, pem->end, begin_mark);
    if (!begin) {
        pem->at = pem->end;
        return PEM_END;
    }
    begin += strlen(begin_mark);
    /* Before the next one begins: so a text is read once or twice, whatever is in it. */
    const char *next = find(begin, pem->end, begin_mark);
    const char *end = find(begin, next ? next : pem->end, end_mark);
    pem->at = end ? end + strlen(end_mark) : next ? next : pem->end;
    if (!end) {
        return PEM_BROKEN;
    }
    der->data = malloc((size_t)(end - begin) / 4 * 3 + 3);
    if (!der->data) {
        return PEM_MEMORY;
    }
    if (!decode(begin, end, der->data, &der->size)) {
        free(der->data);
        *der = (struct blob){NULL, 0};
        return PEM_BROKEN;
    }
    return PEM_CERTIFICATE;
}
