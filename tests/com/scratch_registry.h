/* SPDX-License-Identifier: MIT */
/* A scratch registry for tests of the registration: HKLM, HKCU and HKCR are bent to scratch keys, so that the DLL
 * writes there and the real registry of the prefix is not touched. (COM itself does not look into it: Wine's opens
 * the real keys.)
 *
 * Functions that cannot do their work fail the running test. */
#ifndef QMGR_TESTS_COM_SCRATCH_REGISTRY_H
#define QMGR_TESTS_COM_SCRATCH_REGISTRY_H

#include "support.h"

#define CLASS_KEY L"CLSID\\{69AD4AEE-51BE-439B-A92C-86AE490E8B30}"
#define BITS_APPID L"AppID\\{69AD4AEE-51BE-439B-A92C-86AE490E8B30}"
#define BITS_PROXY_CLASS L"{5CE34C0D-0DC9-4C1F-897C-DAA1B78CEE7C}"
#define BITS_PROXY L"CLSID\\" BITS_PROXY_CLASS
#define NOTES L"Software\\Classes\\QmgrPrxy" /* where the DLL notes what it found */
#define LIBRARY_KEY L"TypeLib\\{F5B26DCB-B37E-4D7C-AE7A-1CB3FBEB183E}"

/* ---- the DLL ------------------------------------------------------------------------------ */

/* Group setup and teardown: loads the DLL that is registered in the real registry. */
int find_dll(void **state);
int lose_dll(void **state);
extern wchar_t dll_path[MAX_PATH + 1];

/* What it exports: DllRegisterServer, DllUnregisterServer, DllInstall with the words of /i. */
HRESULT register_server(void);
HRESULT unregister_server(void);
HRESULT install(BOOL on, const wchar_t *how);
/* The same of a copy of the DLL. */
HRESULT call(HMODULE module, const char *name);
HRESULT call_install(HMODULE module, BOOL on, const wchar_t *how);

/* What COM answers when the DLL of a class cannot be loaded: Windows has the error of LoadLibrary in it; Wine 8 says
 * E_ACCESSDENIED, which is documented for a failed LoadLibrary as well. */
#define assert_load_error(hr, error)                                                               \
    assert_either_hr((hr), HRESULT_FROM_WIN32(error), E_ACCESSDENIED)
/* For answers in which Wine 8 differs. */
void assert_either_hr(HRESULT actual, HRESULT windows, HRESULT wine);

/* ---- keys and values ---------------------------------------------------------------------- */

HKEY make_key(HKEY parent, const wchar_t *name);
void delete_tree(HKEY parent, const wchar_t *name); /* nothing if there is no such key */
void put(HKEY root, const wchar_t *path, const wchar_t *name, const wchar_t *value);
/* "" if there is no such value. */
struct text get(HKEY root, const wchar_t *path, const wchar_t *name);
bool has_value(HKEY root, const wchar_t *path, const wchar_t *name);
bool has_key(HKEY root, const wchar_t *path);
bool equal(struct text text, const wchar_t *wanted); /* in any case */
/* Moves a key with all that is in it; nothing if there is none. */
void move_key(HKEY from_root, const wchar_t *from_path, HKEY to_root, const wchar_t *to_path);

/* A picture of a tree: names, types and data of all values, and all keys, in the order in which the registry has
 * them. */
struct picture {
    unsigned char *data;
    size_t size, room;
};
struct picture picture_of(HKEY key);
struct picture picture_of_key(HKEY root, const wchar_t *path); /* makes the key if there is none */
bool same_picture(struct picture one, struct picture other);   /* frees both */

/* ---- the bent registry -------------------------------------------------------------------- */

extern HKEY scratch, machine,
    user;            /* the latter two stand for HKLM and HKCU, and are in the first */
extern HKEY classes; /* HKLM\Software\Classes */

/* Setup and teardown of a test: a registry such as a machine has, with some classes of others, BITS among them, and a
 * user's own. */
int bend_registry(void **state);
int unbend_registry(void **state);
#define BENT(function) cmocka_unit_test_setup_teardown(function, bend_registry, unbend_registry)
/* The same with a machine and a user without anything: the former has an empty key Classes, the latter none. */
int bend_empty_registry(void **state);
#define BENT_EMPTY(function)                                                                       \
    cmocka_unit_test_setup_teardown(function, bend_empty_registry, unbend_registry)

/* The interfaces: name, key below Classes, slots of the vtable with those of IUnknown. */
struct face {
    const wchar_t *name, *key, *methods;
};
#define QMGR_FACES 6
#define BITS_FACES 14
extern const struct face faces[QMGR_FACES];      /* ours */
extern const struct face bits_faces[BITS_FACES]; /* those of bits.h to bits5_0.h */

/* Puts in what a machine with the original of our class has. */
void register_the_original(void);
/* Our class, interfaces and library are whole; `root` is a key Classes. */
void assert_registered(HKEY root);

#endif
