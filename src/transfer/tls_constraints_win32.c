/* SPDX-License-Identifier: MIT */
#include "transfer/tls_constraints_win32.h"

#include <string.h>

#include <mbedtls/asn1.h>
#include <mbedtls/oid.h>

#include "transfer/tls.h"

/* ---- extensions (RFC 5280 section 4.1) ------------------------------------------------------- */

#define SEQUENCE (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)

struct span {
    unsigned char *at, *end;
};

/* What is in the next element, which has this tag; *from goes behind it. */
static bool enter(struct span *from, int tag, struct span *in)
{
    size_t length = 0;
    if (mbedtls_asn1_get_tag(&from->at, from->end, &length, tag) != 0) {
        return false;
    }
    *in = (struct span){from->at, from->at + length};
    from->at += length;
    return true;
}

struct extension {
    struct span identifier, value;
    int critical;
};

static bool next_extension(struct span *all, struct extension *extension)
{
    struct span one;
    extension->critical = 0;
    if (!enter(all, SEQUENCE, &one) || !enter(&one, MBEDTLS_ASN1_OID, &extension->identifier)) {
        return false;
    }
    if (one.at < one.end && *one.at == MBEDTLS_ASN1_BOOLEAN &&
        mbedtls_asn1_get_bool(&one.at, one.end, &extension->critical) != 0) {
        return false;
    }
    return enter(&one, MBEDTLS_ASN1_OCTET_STRING, &extension->value) && one.at == one.end;
}

static bool extensions_of(const mbedtls_x509_crt *certificate, struct span *all)
{
    struct span outer = {certificate->v3_ext.p, certificate->v3_ext.p + certificate->v3_ext.len};
    *all = (struct span){NULL, NULL};
    return certificate->v3_ext.len == 0 || enter(&outer, SEQUENCE, all);
}

static bool is(const struct extension *extension, const char *oid, size_t size)
{
    size_t length = (size_t)(extension->identifier.end - extension->identifier.at);
    return length == size && memcmp(extension->identifier.at, oid, size) == 0;
}

static const char name_constraints[] = {0x55, 0x1D, 0x1E};

bool tls_extensions_are_known(const mbedtls_x509_crt *certificate)
{
    struct span all;
    struct extension extension;
    if (!extensions_of(certificate, &all)) {
        return false;
    }
    while (all.at < all.end) {
        if (!next_extension(&all, &extension)) {
            return false;
        }
        int type = 0; /* mbedTLS acts on those that it has a number for */
        mbedtls_x509_buf identifier = {
            .tag = MBEDTLS_ASN1_OID,
            .p = extension.identifier.at,
            .len = (size_t)(extension.identifier.end - extension.identifier.at)};
        if (extension.critical && mbedtls_oid_get_x509_ext_type(&identifier, &type) != 0 &&
            !is(&extension, name_constraints, sizeof name_constraints)) {
            return false;
        }
    }
    return true;
}

/* ---- one subtree ------------------------------------------------------------------------------- */

#define BASE_NAME (MBEDTLS_ASN1_CONTEXT_SPECIFIC | 2)
#define BASE_ADDRESS (MBEDTLS_ASN1_CONTEXT_SPECIFIC | 7)

struct wanted {
    const char *name; /* with no dot at its end */
    size_t name_length;
    unsigned char address[16];
    size_t address_length; /* 0: it is a name */
};

static bool same_letters(const char *a, const unsigned char *b, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char x = a[i] >= 'A' && a[i] <= 'Z' ? (char)(a[i] | 0x20) : a[i];
        int y = b[i] >= 'A' && b[i] <= 'Z' ? b[i] | 0x20 : b[i];
        if (x != (char)y) {
            return false;
        }
    }
    return true;
}

/* "example" holds itself and what ends with ".example". */
static bool holds_name(const struct span *base, const struct wanted *wanted)
{
    size_t length = (size_t)(base->end - base->at);
    if (length > wanted->name_length) {
        return false;
    }
    size_t before = wanted->name_length - length;
    bool whole_label =
        length == 0 || before == 0 || *base->at == '.' || wanted->name[before - 1] == '.';
    return whole_label && same_letters(wanted->name + before, base->at, length);
}

/* Address and mask. */
static bool holds_address(const struct span *base, const struct wanted *wanted)
{
    size_t length = wanted->address_length;
    if ((size_t)(base->end - base->at) != 2 * length) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if ((base->at[i] ^ wanted->address[i]) & base->at[length + i]) {
            return false;
        }
    }
    return true;
}

/* ---- all of them ------------------------------------------------------------------------------- */

/* What the subtrees of one of the two lists say to the host. */
struct answer {
    bool asked; /* some of them are of its kind */
    bool held;  /* one of these holds it */
};

static bool ask_subtrees(struct span *list, const struct wanted *wanted, struct answer *answer)
{
    bool by_address = wanted->address_length > 0;
    *answer = (struct answer){false, false};
    while (list->at < list->end) {
        struct span subtree;
        struct span base;
        if (!enter(list, SEQUENCE, &subtree) || subtree.at == subtree.end) {
            return false;
        }
        int tag = *subtree.at;
        if (!enter(&subtree, tag, &base)) {
            return false;
        }
        if (tag == (by_address ? BASE_ADDRESS : BASE_NAME)) {
            answer->asked = true;
            answer->held |= by_address ? holds_address(&base, wanted) : holds_name(&base, wanted);
        }
    }
    return true;
}

#define PERMITTED (MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED | 0)
#define EXCLUDED (MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED | 1)

static bool constraints_allow(struct span value, const struct wanted *wanted)
{
    struct span both;
    struct span list;
    struct answer answer;
    if (!enter(&value, SEQUENCE, &both)) {
        return false;
    }
    if (both.at < both.end && *both.at == PERMITTED) {
        if (!enter(&both, PERMITTED, &list) || !ask_subtrees(&list, wanted, &answer) ||
            (answer.asked && !answer.held)) {
            return false;
        }
    }
    if (both.at < both.end) {
        if (!enter(&both, EXCLUDED, &list) || !ask_subtrees(&list, wanted, &answer) ||
            answer.held) {
            return false;
        }
    }
    return both.at == both.end;
}

bool tls_constraints_allow(const mbedtls_x509_crt *authority, const char *host)
{
    struct wanted wanted = {.name = host, .name_length = strlen(host)};
    wanted.address_length = tls_address(host, wanted.address);
    if (wanted.name_length > 0 && host[wanted.name_length - 1] == '.') {
        wanted.name_length--;
    }
    struct span all;
    struct extension extension;
    if (!extensions_of(authority, &all)) {
        return false;
    }
    while (all.at < all.end) {
        if (!next_extension(&all, &extension) ||
            (is(&extension, name_constraints, sizeof name_constraints) &&
             !constraints_allow(extension.value, &wanted))) {
            return false;
        }
    }
    return true;
}
