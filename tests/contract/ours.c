/* SPDX-License-Identifier: MIT */
/* The header that widl makes of idl/Qmgr.idl. */
#include <windows.h>
#include <qmgr.h>

#include "facts.h"
#include "facts_list.h"

#ifndef QMGRPRXY_HEADER
#error "this is not the header that widl made"
#endif

const struct facts our_facts = {list, sizeof list / sizeof *list, NULL, 0};
