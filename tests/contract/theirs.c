/* SPDX-License-Identifier: MIT */
/* MinGW-w64's qmgr.h: this file is compiled without the folder of our generated header. */
#include <windows.h>
#include <qmgr.h>

#include "facts.h"
#include "facts_list.h"

#ifdef QMGRPRXY_HEADER
#error "our header would be compared with itself"
#endif

const struct facts their_facts = {list, sizeof list / sizeof *list, NULL, 0};
