/* SPDX-License-Identifier: MIT */
/* What a compiler makes of a header, as numbers: compiled once with ours and once with MinGW-w64's, and then
 * compared. */
#ifndef QMGR_TESTS_CONTRACT_FACTS_H
#define QMGR_TESTS_CONTRACT_FACTS_H

#include <stddef.h>

struct fact {
    const char *name;
    unsigned long long value;
};

struct identifier {
    const char *name;
    const void *guid;
};

struct facts {
    const struct fact *fact;
    size_t count;
    const struct identifier *identifier;
    size_t identifiers;
};

extern const struct facts our_facts;   /* ours.c: qmgr.h */
extern const struct facts their_facts; /* theirs.c */

extern const struct facts our_bits_facts;   /* bits_ours.c: the headers of BITS */
extern const struct facts their_bits_facts; /* bits_theirs.c */

/* For a header that defines its identifiers with DEFINE_GUID: each such file then has values of its own. */
#define FACTS_DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8)                         \
    static const GUID name = {l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}

/* The lists consist of these. */
#define CONSTANT(name)                                                                             \
    {                                                                                              \
#name, (unsigned long long)(name)                                                          \
    }
#define SLOT(interface, method)                                                                    \
    {                                                                                              \
#interface "::" #method, offsetof(interface##Vtbl, method) / sizeof(void *)                \
    }
#define SLOTS(interface)                                                                           \
    {                                                                                              \
#interface ": slots", sizeof(interface##Vtbl) / sizeof(void *)                             \
    }
#define FIELD(type, field)                                                                         \
    {                                                                                              \
#type "." #field, offsetof(type, field)                                                    \
    }
#define SIZE(type)                                                                                 \
    {                                                                                              \
        "sizeof " #type, sizeof(type)                                                              \
    }
#define IDENTIFIER(name)                                                                           \
    {                                                                                              \
#name, &(name)                                                                             \
    }
#define UNKNOWN(interface)                                                                         \
    SLOT(interface, QueryInterface), SLOT(interface, AddRef), SLOT(interface, Release)

/* The parameters of each method: the compiler accepts the comparison only if the type is exactly
 * this. */
#define METHOD(method, ...) (void)((method) == (HRESULT(STDMETHODCALLTYPE *)(__VA_ARGS__))NULL)

#endif
