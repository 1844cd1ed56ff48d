/* SPDX-License-Identifier: MIT */
#include "com/identifiers.h"

/* {7C3FD751-19D9-4F8F-8CF9-13F7455F684A} */
const CLSID CLSID_QmgrProxyStub = {
    0x7c3fd751, 0x19d9, 0x4f8f, {0x8c, 0xf9, 0x13, 0xf7, 0x45, 0x5f, 0x68, 0x4a}};
