/* SPDX-License-Identifier: MIT */
/* The version of QmgrPrxy, for C and for the resource compiler alike (so: only #defines here). */
#ifndef QMGRPRXY_VERSION_H
#define QMGRPRXY_VERSION_H

#define QMGRPRXY_VERSION_MAJOR 0
#define QMGRPRXY_VERSION_MINOR 1
#define QMGRPRXY_VERSION_PATCH 0
#define QMGRPRXY_VERSION_STRING "0.1.0"

#endif
