/* SPDX-License-Identifier: MIT */
/* A client's notification class, of the two kinds that there are: a DLL, and a program of its own. What it does when it
 * is told stands in the folder that the registry names for it (CLSID\{…}, value Folder), as the name of a file there,
 * which goes when it is obeyed:
 *     crash    ends the process
 *     hang     never returns; makes the file "hanging"
 *     refuse   answers E_FAIL
 * Without any it makes the file "told-{GUID of the group}" and answers S_OK. */
#ifndef QMGR_TESTS_CALLBACK_CLASS_H
#define QMGR_TESTS_CALLBACK_CLASS_H

#include <windows.h>
#include <ole2.h>

/* {2D6B9F2E-51A4-4C5B-8B0A-6E2E1C0F7A01} and …02 */
static const CLSID clsid_of_dll = {
    0x2d6b9f2e, 0x51a4, 0x4c5b, {0x8b, 0x0a, 0x6e, 0x2e, 0x1c, 0x0f, 0x7a, 0x01}};
static const CLSID clsid_of_program = {
    0x2d6b9f2e, 0x51a4, 0x4c5b, {0x8b, 0x0a, 0x6e, 0x2e, 0x1c, 0x0f, 0x7a, 0x02}};

/* Its factory, for ever; the objects of the class too are one. `clsid` says where the folder is found. */
IClassFactory *callback_factory(const CLSID *clsid);
/* Set when nobody holds the object any more; by nobody else. */
HANDLE callback_is_unused(void);

#endif
