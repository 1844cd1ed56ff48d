/* SPDX-License-Identifier: MIT */
/* MinGW-w64's headers of BITS: bits.h includes those up to 3.0. */
#include <windows.h>

#include <ole2.h>

#include "facts.h"

/* As in bits_ours.c. */
#undef DEFINE_GUID
#define DEFINE_GUID FACTS_DEFINE_GUID

#include <bits.h>
#include <bits5_0.h>

#define GIVEN_TEXT LPWSTR
#include "bits_facts_list.h"

const struct facts their_bits_facts = {list, sizeof list / sizeof *list, identifiers,
                                       sizeof identifiers / sizeof *identifiers};
