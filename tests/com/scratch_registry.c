/* SPDX-License-Identifier: MIT */
#include "scratch_registry.h"

#include <stdlib.h>
#include <wchar.h>

#define SCRATCH L"Software\\QmgrPrxyTestScratch"

typedef HRESULT(WINAPI *register_function)(void);
typedef HRESULT(WINAPI *install_function)(BOOL, LPCWSTR);

static HMODULE dll;
wchar_t dll_path[MAX_PATH + 1];
HKEY scratch, machine, user, classes;

/* ---- the DLL ------------------------------------------------------------------------------ */

int find_dll(void **state)
{
    (void)state;
    LONG size = sizeof dll_path;
    if (RegQueryValueW(HKEY_CLASSES_ROOT, CLASS_KEY L"\\InprocServer32", dll_path, &size) !=
        ERROR_SUCCESS)
        return -1;
    dll = LoadLibraryW(dll_path);
    return dll != NULL ? 0 : -1;
}

int lose_dll(void **state)
{
    (void)state;
    return FreeLibrary(dll) ? 0 : -1;
}

HRESULT call(HMODULE module, const char *name)
{
    register_function function = (register_function)(void (*)(void))GetProcAddress(module, name);
    assert_non_null(function);
    return function();
}

HRESULT register_server(void)
{
    return call(dll, "DllRegisterServer");
}

HRESULT unregister_server(void)
{
    return call(dll, "DllUnregisterServer");
}

HRESULT call_install(HMODULE module, BOOL on, const wchar_t *how)
{
    install_function function =
        (install_function)(void (*)(void))GetProcAddress(module, "DllInstall");
    assert_non_null(function);
    return function(on, how);
}

HRESULT install(BOOL on, const wchar_t *how)
{
    return call_install(dll, on, how);
}

void assert_either_hr(HRESULT actual, HRESULT windows, HRESULT wine)
{
    if (actual != wine)
        assert_hr(actual, windows);
}

/* ---- keys and values ---------------------------------------------------------------------- */

HKEY make_key(HKEY parent, const wchar_t *name)
{
    HKEY key = NULL;
    assert_int_equal(RegCreateKeyExW(parent, name, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL),
                     0);
    return key;
}

void delete_tree(HKEY parent, const wchar_t *name)
{
    HKEY key;
    wchar_t child[256];
    if (RegOpenKeyExW(parent, name, 0, KEY_ALL_ACCESS, &key) != ERROR_SUCCESS)
        return;
    for (;;) {
        DWORD length = COUNT(child);
        if (RegEnumKeyExW(key, 0, child, &length, NULL, NULL, NULL, NULL) != ERROR_SUCCESS)
            break;
        delete_tree(key, child);
    }
    RegCloseKey(key);
    RegDeleteKeyW(parent, name);
}

void put(HKEY root, const wchar_t *path, const wchar_t *name, const wchar_t *value)
{
    HKEY key = make_key(root, path);
    DWORD size = (DWORD)((wcslen(value) + 1) * sizeof *value);
    assert_int_equal(RegSetValueExW(key, name, 0, REG_SZ, (const BYTE *)value, size), 0);
    RegCloseKey(key);
}

/* "" if there is no such value. */
struct text get(HKEY root, const wchar_t *path, const wchar_t *name)
{
    struct text text = text_of(L"");
    HKEY key;
    DWORD size = sizeof text.w - sizeof text.w[0], type = 0;
    if (RegOpenKeyExW(root, path, 0, KEY_READ, &key) != ERROR_SUCCESS)
        return text;
    LONG error = RegQueryValueExW(key, name, NULL, &type, (BYTE *)text.w, &size);
    RegCloseKey(key);
    return error == ERROR_SUCCESS && (type == REG_SZ || type == REG_EXPAND_SZ) ? text
                                                                               : text_of(L"");
}

bool has_value(HKEY root, const wchar_t *path, const wchar_t *name)
{
    HKEY key;
    if (RegOpenKeyExW(root, path, 0, KEY_READ, &key) != ERROR_SUCCESS)
        return false;
    LONG error = RegQueryValueExW(key, name, NULL, NULL, NULL, NULL);
    RegCloseKey(key);
    return error == ERROR_SUCCESS;
}

bool has_key(HKEY root, const wchar_t *path)
{
    HKEY key;
    if (RegOpenKeyExW(root, path, 0, KEY_READ, &key) != ERROR_SUCCESS)
        return false;
    RegCloseKey(key);
    return true;
}

/* The values stay in `from`, the keys below it do not. */
static void move_tree(HKEY from, HKEY to)
{
    static BYTE data[8192];
    wchar_t name[256];
    for (DWORD i = 0;; i++) {
        DWORD length = COUNT(name), size = sizeof data, type = 0;
        if (RegEnumValueW(from, i, name, &length, NULL, &type, data, &size) != ERROR_SUCCESS)
            break;
        assert_int_equal(RegSetValueExW(to, name, 0, type, data, size), 0);
    }
    for (;;) {
        DWORD length = COUNT(name);
        HKEY child;
        if (RegEnumKeyExW(from, 0, name, &length, NULL, NULL, NULL, NULL) != ERROR_SUCCESS)
            break;
        assert_int_equal(RegOpenKeyExW(from, name, 0, KEY_READ, &child), 0);
        HKEY copy = make_key(to, name);
        move_tree(child, copy);
        RegCloseKey(copy);
        RegCloseKey(child);
        assert_int_equal(RegDeleteKeyW(from, name), 0);
    }
}

/* Does nothing if there is no such key. */
void move_key(HKEY from_root, const wchar_t *from_path, HKEY to_root, const wchar_t *to_path)
{
    HKEY from;
    if (RegOpenKeyExW(from_root, from_path, 0, KEY_READ, &from) != ERROR_SUCCESS)
        return;
    HKEY to = make_key(to_root, to_path);
    move_tree(from, to);
    RegCloseKey(to);
    RegCloseKey(from);
    assert_int_equal(RegDeleteKeyW(from_root, from_path), 0);
}

bool equal(struct text text, const wchar_t *wanted)
{
    return _wcsicmp(text.w, wanted) == 0;
}

/* ---- a picture of a tree ------------------------------------------------------------------ */

static void draw(struct picture *picture, const void *data, size_t size)
{
    if (picture->size + size > picture->room) {
        picture->room = 2 * (picture->size + size);
        picture->data = realloc(picture->data, picture->room);
        assert_non_null(picture->data);
    }
    memcpy(picture->data + picture->size, data, size);
    picture->size += size;
}

static void draw_values(struct picture *picture, HKEY key)
{
    static BYTE data[8192];
    wchar_t name[256];
    for (DWORD i = 0;; i++) {
        DWORD length = COUNT(name), size = sizeof data, type = 0;
        if (RegEnumValueW(key, i, name, &length, NULL, &type, data, &size) != ERROR_SUCCESS)
            break;
        draw(picture, name, (length + 1) * sizeof name[0]);
        draw(picture, &type, sizeof type);
        draw(picture, &size, sizeof size);
        draw(picture, data, size);
    }
}

/* Names, types and data of all values, and all keys, in the order in which the registry has them. */
static void draw_tree(struct picture *picture, HKEY key)
{
    wchar_t name[256];
    draw_values(picture, key);
    for (DWORD i = 0;; i++) {
        DWORD length = COUNT(name);
        HKEY child;
        if (RegEnumKeyExW(key, i, name, &length, NULL, NULL, NULL, NULL) != ERROR_SUCCESS)
            break;
        draw(picture, L"[", sizeof(wchar_t));
        draw(picture, name, (length + 1) * sizeof name[0]);
        assert_int_equal(RegOpenKeyExW(key, name, 0, KEY_READ, &child), 0);
        draw_tree(picture, child);
        RegCloseKey(child);
        draw(picture, L"]", sizeof(wchar_t));
    }
}

struct picture picture_of(HKEY key)
{
    struct picture picture = {NULL, 0, 0};
    draw_tree(&picture, key);
    return picture;
}

/* Frees both. */
bool same_picture(struct picture one, struct picture other)
{
    bool same =
        one.size == other.size && (one.size == 0 || memcmp(one.data, other.data, one.size) == 0);
    free(one.data);
    free(other.data);
    return same;
}

struct picture picture_of_key(HKEY root, const wchar_t *path)
{
    HKEY key = make_key(root, path);
    struct picture picture = picture_of(key);
    RegCloseKey(key);
    return picture;
}

/* ---- the bent registry -------------------------------------------------------------------- */

static void bend_keys(void)
{
    delete_tree(HKEY_CURRENT_USER, SCRATCH);
    scratch = make_key(HKEY_CURRENT_USER, SCRATCH);
    machine = make_key(scratch, L"machine");
    user = make_key(scratch, L"user");
    classes = make_key(machine, L"Software\\Classes");
    RegCloseKey(make_key(user, L"Software"));
    assert_int_equal(RegOverridePredefKey(HKEY_LOCAL_MACHINE, machine), 0);
    assert_int_equal(RegOverridePredefKey(HKEY_CLASSES_ROOT, classes), 0);
    assert_int_equal(RegOverridePredefKey(HKEY_CURRENT_USER, user), 0);
}

int bend_empty_registry(void **state)
{
    (void)state;
    bend_keys();
    return 0;
}

int bend_registry(void **state)
{
    (void)state;
    bend_keys();
    put(machine, L"Software\\Vendor", L"Name", L"somebody");
    put(classes, L"CLSID\\{00000000-0000-0000-0000-00000000ABCD}\\InprocServer32", NULL,
        L"other.dll");
    put(classes, BITS_APPID, L"LocalService", L"BITS");
    put(classes, BITS_APPID, NULL, L"Background Intelligent Transfer Service");
    put(classes, L"AppID\\BITS", L"AppID", L"{69AD4AEE-51BE-439B-A92C-86AE490E8B30}");
    put(classes, BITS_PROXY L"\\InprocServer32", NULL, L"qmgrprxy.dll");
    put(user, L"Software\\Classes\\.abc", NULL, L"abcfile");
    return 0;
}

int unbend_registry(void **state)
{
    (void)state;
    RegOverridePredefKey(HKEY_CURRENT_USER, NULL);
    RegOverridePredefKey(HKEY_CLASSES_ROOT, NULL);
    RegOverridePredefKey(HKEY_LOCAL_MACHINE, NULL);
    RegCloseKey(classes);
    RegCloseKey(user);
    RegCloseKey(machine);
    RegCloseKey(scratch);
    delete_tree(HKEY_CURRENT_USER, SCRATCH);
    return 0;
}

/* ---- what a registration consists of ------------------------------------------------------ */

const struct face faces[QMGR_FACES] = {
    {L"IBackgroundCopyQMgr", L"Interface\\{16F41C69-09F5-41D2-8CD8-3C08C47BC8A8}", L"6"},
    {L"IBackgroundCopyGroup", L"Interface\\{1DED80A7-53EA-424F-8A04-17FEA9ADC4F5}", L"18"},
    {L"IBackgroundCopyJob1", L"Interface\\{59F5553C-2031-4629-BB18-2645A6970947}", L"11"},
    {L"IEnumBackgroundCopyGroups", L"Interface\\{D993E603-4AA4-47C5-8665-C20D39C2BA4F}", L"8"},
    {L"IEnumBackgroundCopyJobs1", L"Interface\\{8BAEBA9D-8F1C-42C4-B82C-09AE79980D25}", L"8"},
    {L"IBackgroundCopyCallback1", L"Interface\\{084F6593-3800-4E08-9B59-99FA59ADDF82}", L"6"},
};

const struct face bits_faces[BITS_FACES] = {
    {L"IBackgroundCopyFile", L"Interface\\{01B7BD23-FB88-4A77-8490-5891D3E4653A}", L"6"},
    {L"IEnumBackgroundCopyFiles", L"Interface\\{CA51E165-C365-424C-8D41-24AAA4FF3C40}", L"8"},
    {L"IBackgroundCopyError", L"Interface\\{19C613A0-FCB8-4F28-81AE-897C3D078F81}", L"8"},
    {L"IBackgroundCopyJob", L"Interface\\{37668D37-507E-4160-9316-26306D150B12}", L"35"},
    {L"IEnumBackgroundCopyJobs", L"Interface\\{1AF4F612-3B71-466F-8F58-7B6F73AC57AD}", L"8"},
    {L"IBackgroundCopyCallback", L"Interface\\{97EA99C7-0186-4AD4-8DF9-C5B4E0ED6B22}", L"6"},
    {L"IBackgroundCopyManager", L"Interface\\{5CE34C0D-0DC9-4C1F-897C-DAA1B78CEE7C}", L"7"},
    {L"IBackgroundCopyJob2", L"Interface\\{54B50739-686F-45EB-9DFF-D6A9A0FAA9AF}", L"43"},
    {L"IBackgroundCopyJob3", L"Interface\\{443C8934-90FF-48ED-BCDE-26F5C7450042}", L"47"},
    {L"IBackgroundCopyFile2", L"Interface\\{83E81B93-0873-474D-8A8C-F2018B1A939C}", L"8"},
    {L"IBackgroundCopyJobHttpOptions", L"Interface\\{F1BD1079-9F01-4BDC-8036-F09B70095066}", L"11"},
    {L"IBackgroundCopyCallback2", L"Interface\\{659CDEAC-489E-11D9-A9CD-000D56965251}", L"7"},
    {L"IBackgroundCopyJob4", L"Interface\\{659CDEAE-489E-11D9-A9CD-000D56965251}", L"53"},
    {L"IBackgroundCopyJob5", L"Interface\\{E847030C-BBBA-4657-AF6D-484AA42BF1FE}", L"55"},
};

static void assert_server(HKEY root, const wchar_t *class_key)
{
    struct text server = text_of(L"%ls\\InprocServer32", class_key);
    assert_true(equal(get(root, server.w, NULL), dll_path));
    assert_true(equal(get(root, server.w, L"ThreadingModel"), L"Both"));
}

static void assert_faces(HKEY root)
{
    struct text proxy = text_of(L"");
    for (size_t i = 0; i < QMGR_FACES; i++) {
        assert_true(equal(get(root, faces[i].key, NULL), faces[i].name));
        struct text methods = text_of(L"%ls\\NumMethods", faces[i].key);
        assert_true(equal(get(root, methods.w, NULL), faces[i].methods));
        struct text stub = get(root, text_of(L"%ls\\ProxyStubClsid32", faces[i].key).w, NULL);
        assert_true(stub.w[0] == L'{');
        assert_false(equal(stub, L"{5CE34C0D-0DC9-4C1F-897C-DAA1B78CEE7C}"));
        if (i > 0)
            assert_true(equal(stub, proxy.w)); /* one proxy class for all six */
        proxy = stub;
    }
    assert_server(root, text_of(L"CLSID\\%ls", proxy.w).w);
}

/* Everything that a client needs is below `root`, a key Classes. */
void assert_registered(HKEY root)
{
    assert_server(root, CLASS_KEY);
    struct text appid = get(root, CLASS_KEY, L"AppID");
    assert_true(appid.w[0] == L'{');
    assert_false(equal(appid, L"{69AD4AEE-51BE-439B-A92C-86AE490E8B30}"));
    assert_true(has_key(root, text_of(L"AppID\\%ls", appid.w).w));
    assert_faces(root);
    const wchar_t *platform = sizeof(void *) == 8 ? L"win64" : L"win32";
    struct text library = text_of(L"%ls\\1.0\\0\\%ls", LIBRARY_KEY, platform);
    assert_true(wcslen(get(root, library.w, NULL).w) > 0);
}

/* The class as a machine with the original has it. */
void register_the_original(void)
{
    put(classes, CLASS_KEY, NULL, L"Legacy BIT Control Class");
    put(classes, CLASS_KEY, L"AppID", L"{69AD4AEE-51BE-439B-A92C-86AE490E8B30}");
    put(classes, CLASS_KEY, L"Extra", L"somebody else's");
    put(classes, CLASS_KEY L"\\InprocServer32", NULL, L"original.dll");
    put(classes, CLASS_KEY L"\\InprocServer32", L"ThreadingModel", L"Apartment");
    put(classes, text_of(L"%ls\\ProxyStubClsid32", faces[0].key).w, NULL,
        L"{5CE34C0D-0DC9-4C1F-897C-DAA1B78CEE7C}");
    put(classes, faces[0].key, NULL, L"their name");
}
