/* SPDX-License-Identifier: MIT */
/* The header that widl makes of idl/Bits.idl. */
#include <windows.h>

#include <ole2.h>

#include "facts.h"

/* Values of this header's own, which no library and no other header could lend. */
#undef DEFINE_GUID
#define DEFINE_GUID FACTS_DEFINE_GUID

#include <bits_proxies.h>

#define GIVEN_TEXT BG_TEXT
#include "bits_facts_list.h"

const struct facts our_bits_facts = {list, sizeof list / sizeof *list, identifiers,
                                     sizeof identifiers / sizeof *identifiers};
