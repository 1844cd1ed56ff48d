/* SPDX-License-Identifier: MIT */
/* What a hostile or careless client passes: arguments of every type that our interfaces have, from a seeded
 * row of numbers, so that a failure can be had again. Most are wrong in one way, some are good, for otherwise
 * nothing would get past the first check. No function fails a test: they run on any thread. */
#ifndef QMGR_TESTS_COM_GARBAGE_H
#define QMGR_TESTS_COM_GARBAGE_H

#include "support.h"

struct garbage {
    uint32_t state;
    IUnknown *object;           /* what interface arguments point to, if not to nothing */
    const wchar_t *remote;      /* a URL that can be downloaded, */
    const wchar_t *local;       /* and the beginning of a path that can be written to */
    const GUID *ids[4];         /* of things that are there; some may be NULL */
    uint32_t numbers_given_out; /* so that no two local names are the same */
};

uint32_t garbage_below(struct garbage *garbage, uint32_t limit);
bool garbage_one_in(struct garbage *garbage, uint32_t many);
DWORD garbage_dword(struct garbage *garbage);
GUID garbage_guid(struct garbage *garbage);
/* Not freed. */
const GUID *garbage_iid(struct garbage *garbage);
/* NULL, or the caller's to free with SysFreeString. */
BSTR garbage_bstr(struct garbage *garbage);

/* A VARIANT and what it refers to. */
struct garbage_variant {
    VARIANT variant;
    VARIANT inner;
    LONGLONG scalar[2];
    BSTR text;
};
void garbage_variant_make(struct garbage *garbage, struct garbage_variant *made);
void garbage_variant_clear(struct garbage_variant *made);

#define GARBAGE_FILES_MOST 600
struct garbage_files {
    ULONG count;
    FILESETINFO *set[GARBAGE_FILES_MOST]; /* some NULL, some twice the same */
    FILESETINFO infos[8];
};
void garbage_files_make(struct garbage *garbage, struct garbage_files *made);
void garbage_files_clear(struct garbage_files *made);

#endif
