/* SPDX-License-Identifier: MIT */
/* DllRegisterServer, DllUnregisterServer, DllInstall: qmgr.md section 10.2, decisions.md. The predefined
 * keys are bent to scratch keys meanwhile, so the real registry of the prefix is not touched. */
#include "support.h"

#include <stdlib.h>
#include <wchar.h>

#define SCRATCH L"Software\\QmgrPrxyTestScratch"
#define CLASS_KEY L"CLSID\\{69AD4AEE-51BE-439B-A92C-86AE490E8B30}"
#define BITS_APPID L"AppID\\{69AD4AEE-51BE-439B-A92C-86AE490E8B30}"
#define BITS_PROXY L"CLSID\\{5CE34C0D-0DC9-4C1F-897C-DAA1B78CEE7C}"
#define NOTES L"Software\\Classes\\QmgrPrxy" /* where the DLL notes what it found */
#define LIBRARY_KEY L"TypeLib\\{F5B26DCB-B37E-4D7C-AE7A-1CB3FBEB183E}"

typedef HRESULT(WINAPI *register_function)(void);
typedef HRESULT(WINAPI *install_function)(BOOL, LPCWSTR);

static HMODULE dll;
static wchar_t dll_path[MAX_PATH + 1];
static HKEY scratch, machine, user; /* what stands for HKLM and HKCU */
static HKEY classes;                /* HKLM\Software\Classes */

static FARPROC entry(const char *name)
{
    FARPROC address = GetProcAddress(dll, name);
    assert_non_null(address);
    return address;
}

static HRESULT register_server(void)
{
    return ((register_function)(void (*)(void))entry("DllRegisterServer"))();
}

static HRESULT unregister_server(void)
{
    return ((register_function)(void (*)(void))entry("DllUnregisterServer"))();
}

static HRESULT install(BOOL on, const wchar_t *how)
{
    return ((install_function)(void (*)(void))entry("DllInstall"))(on, how);
}

/* ---- the scratch registry ----------------------------------------------------------------- */

static HKEY make_key(HKEY parent, const wchar_t *name)
{
    HKEY key = NULL;
    assert_int_equal(RegCreateKeyExW(parent, name, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL),
                     0);
    return key;
}

static void delete_tree(HKEY parent, const wchar_t *name)
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

static void put(HKEY root, const wchar_t *path, const wchar_t *name, const wchar_t *value)
{
    HKEY key = make_key(root, path);
    DWORD size = (DWORD)((wcslen(value) + 1) * sizeof *value);
    assert_int_equal(RegSetValueExW(key, name, 0, REG_SZ, (const BYTE *)value, size), 0);
    RegCloseKey(key);
}

/* "" if there is no such value. */
static struct text get(HKEY root, const wchar_t *path, const wchar_t *name)
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

static bool has_value(HKEY root, const wchar_t *path, const wchar_t *name)
{
    HKEY key;
    if (RegOpenKeyExW(root, path, 0, KEY_READ, &key) != ERROR_SUCCESS)
        return false;
    LONG error = RegQueryValueExW(key, name, NULL, NULL, NULL, NULL);
    RegCloseKey(key);
    return error == ERROR_SUCCESS;
}

static bool has_key(HKEY root, const wchar_t *path)
{
    HKEY key;
    if (RegOpenKeyExW(root, path, 0, KEY_READ, &key) != ERROR_SUCCESS)
        return false;
    RegCloseKey(key);
    return true;
}

static void copy_tree(HKEY from, HKEY to)
{
    static BYTE data[8192];
    wchar_t name[256];
    for (DWORD i = 0;; i++) {
        DWORD length = COUNT(name), size = sizeof data, type = 0;
        if (RegEnumValueW(from, i, name, &length, NULL, &type, data, &size) != ERROR_SUCCESS)
            break;
        assert_int_equal(RegSetValueExW(to, name, 0, type, data, size), 0);
    }
    for (DWORD i = 0;; i++) {
        DWORD length = COUNT(name);
        HKEY child;
        if (RegEnumKeyExW(from, i, name, &length, NULL, NULL, NULL, NULL) != ERROR_SUCCESS)
            break;
        assert_int_equal(RegOpenKeyExW(from, name, 0, KEY_READ, &child), 0);
        HKEY copy = make_key(to, name);
        copy_tree(child, copy);
        RegCloseKey(copy);
        RegCloseKey(child);
    }
}

/* Does nothing if there is no such key. */
static void move_key(HKEY from_root, const wchar_t *from_path, HKEY to_root, const wchar_t *to_path)
{
    HKEY from;
    if (RegOpenKeyExW(from_root, from_path, 0, KEY_READ, &from) != ERROR_SUCCESS)
        return;
    HKEY to = make_key(to_root, to_path);
    copy_tree(from, to);
    RegCloseKey(to);
    RegCloseKey(from);
    delete_tree(from_root, from_path);
}

static void swap_keys(HKEY root, const wchar_t *one, HKEY other_root, const wchar_t *other)
{
    move_key(root, one, scratch, L"swap");
    move_key(other_root, other, root, one);
    move_key(scratch, L"swap", other_root, other);
}

/* ---- a picture of a registry tree --------------------------------------------------------- */

struct picture {
    unsigned char *data;
    size_t size, room;
};

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

static struct picture picture_of(HKEY key)
{
    struct picture picture = {NULL, 0, 0};
    draw_tree(&picture, key);
    return picture;
}

/* Frees both. */
static bool same_picture(struct picture one, struct picture other)
{
    bool same =
        one.size == other.size && (one.size == 0 || memcmp(one.data, other.data, one.size) == 0);
    free(one.data);
    free(other.data);
    return same;
}

/* ---- setup -------------------------------------------------------------------------------- */

static int find_dll(void **state)
{
    (void)state;
    LONG size = sizeof dll_path;
    if (RegQueryValueW(HKEY_CLASSES_ROOT, CLASS_KEY L"\\InprocServer32", dll_path, &size) !=
        ERROR_SUCCESS)
        return -1;
    dll = LoadLibraryW(dll_path);
    return dll != NULL ? 0 : -1;
}

static int lose_dll(void **state)
{
    (void)state;
    return FreeLibrary(dll) ? 0 : -1;
}

/* A registry such as a machine has: some classes of others, and a user's own. */
static int bend_registry(void **state)
{
    (void)state;
    delete_tree(HKEY_CURRENT_USER, SCRATCH);
    scratch = make_key(HKEY_CURRENT_USER, SCRATCH);
    machine = make_key(scratch, L"machine");
    user = make_key(scratch, L"user");
    classes = make_key(machine, L"Software\\Classes");
    put(machine, L"Software\\Vendor", L"Name", L"somebody");
    put(classes, L"CLSID\\{00000000-0000-0000-0000-00000000ABCD}\\InprocServer32", NULL,
        L"other.dll");
    put(classes, BITS_APPID, L"LocalService", L"BITS");
    put(classes, BITS_APPID, NULL, L"Background Intelligent Transfer Service");
    put(classes, L"AppID\\BITS", L"AppID", L"{69AD4AEE-51BE-439B-A92C-86AE490E8B30}");
    put(classes, BITS_PROXY L"\\InprocServer32", NULL, L"qmgrprxy.dll");
    put(user, L"Software\\Classes\\.abc", NULL, L"abcfile");
    assert_int_equal(RegOverridePredefKey(HKEY_LOCAL_MACHINE, machine), 0);
    assert_int_equal(RegOverridePredefKey(HKEY_CLASSES_ROOT, classes), 0);
    assert_int_equal(RegOverridePredefKey(HKEY_CURRENT_USER, user), 0);
    return 0;
}

static int unbend_registry(void **state)
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

static const struct {
    const wchar_t *name, *key, *methods;
} faces[] = {
    {L"IBackgroundCopyQMgr", L"Interface\\{16F41C69-09F5-41D2-8CD8-3C08C47BC8A8}", L"6"},
    {L"IBackgroundCopyGroup", L"Interface\\{1DED80A7-53EA-424F-8A04-17FEA9ADC4F5}", L"18"},
    {L"IBackgroundCopyJob1", L"Interface\\{59F5553C-2031-4629-BB18-2645A6970947}", L"11"},
    {L"IEnumBackgroundCopyGroups", L"Interface\\{D993E603-4AA4-47C5-8665-C20D39C2BA4F}", L"8"},
    {L"IEnumBackgroundCopyJobs1", L"Interface\\{8BAEBA9D-8F1C-42C4-B82C-09AE79980D25}", L"8"},
    {L"IBackgroundCopyCallback1", L"Interface\\{084F6593-3800-4E08-9B59-99FA59ADDF82}", L"6"},
};

static bool equal(struct text text, const wchar_t *wanted)
{
    return _wcsicmp(text.w, wanted) == 0;
}

static void assert_server(HKEY root, const wchar_t *class_key)
{
    struct text server = text_of(L"%ls\\InprocServer32", class_key);
    assert_true(equal(get(root, server.w, NULL), dll_path));
    assert_true(equal(get(root, server.w, L"ThreadingModel"), L"Both"));
}

static void assert_faces(HKEY root)
{
    struct text proxy = text_of(L"");
    for (size_t i = 0; i < COUNT(faces); i++) {
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
static void assert_registered(HKEY root)
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

/* ---- tests -------------------------------------------------------------------------------- */

static void unregistering_leaves_the_registry_as_it_was_found(void **state)
{
    (void)state;
    struct picture before = picture_of(scratch);
    assert_hr(register_server(), S_OK);
    assert_registered(classes);
    assert_hr(unregister_server(), S_OK);
    assert_true(same_picture(before, picture_of(scratch)));
}

static void registering_twice_is_harmless(void **state)
{
    (void)state;
    struct picture before = picture_of(scratch);
    assert_hr(register_server(), S_OK);
    struct picture once = picture_of(scratch);
    assert_hr(register_server(), S_OK);
    assert_true(same_picture(once, picture_of(scratch)));
    assert_registered(classes);
    assert_hr(unregister_server(), S_OK);
    assert_true(same_picture(before, picture_of(scratch)));
}

static void unregistering_twice_or_without_need_is_harmless(void **state)
{
    (void)state;
    struct picture before = picture_of(scratch);
    assert_hr(unregister_server(), S_OK);
    assert_hr(register_server(), S_OK);
    assert_hr(unregister_server(), S_OK);
    assert_hr(unregister_server(), S_OK);
    assert_true(same_picture(before, picture_of(scratch)));
}

/* The class as a machine with the original has it. */
static void register_the_original(void)
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

static void values_of_others_come_back(void **state)
{
    (void)state;
    register_the_original();
    struct picture before = picture_of(scratch);
    assert_hr(register_server(), S_OK);
    assert_registered(classes);
    assert_hr(unregister_server(), S_OK);
    assert_true(same_picture(before, picture_of(scratch)));
}

static void values_of_others_come_back_after_registering_twice(void **state)
{
    (void)state;
    register_the_original();
    struct picture before = picture_of(scratch);
    assert_hr(register_server(), S_OK);
    assert_hr(register_server(), S_OK);
    assert_hr(unregister_server(), S_OK);
    assert_true(same_picture(before, picture_of(scratch)));
}

static void nothing_of_bits_is_touched(void **state)
{
    (void)state;
    register_the_original();
    assert_hr(register_server(), S_OK);
    assert_true(equal(get(classes, BITS_APPID, L"LocalService"), L"BITS"));
    assert_true(equal(get(classes, BITS_APPID, NULL), L"Background Intelligent Transfer Service"));
    assert_true(equal(get(classes, BITS_APPID, L"DllSurrogate"), L""));
    assert_true(
        equal(get(classes, L"AppID\\BITS", L"AppID"), L"{69AD4AEE-51BE-439B-A92C-86AE490E8B30}"));
    assert_true(equal(get(classes, BITS_PROXY L"\\InprocServer32", NULL), L"qmgrprxy.dll"));
    assert_true(equal(get(classes, CLASS_KEY, L"Extra"), L"somebody else's"));
    assert_hr(unregister_server(), S_OK);
}

static void registering_for_the_machine_leaves_the_user_alone(void **state)
{
    (void)state;
    struct picture before = picture_of(user);
    assert_hr(register_server(), S_OK);
    assert_true(same_picture(before, picture_of(user)));
    assert_hr(unregister_server(), S_OK);
}

static void a_user_registration_is_whole_and_leaves_the_machine_alone(void **state)
{
    (void)state;
    struct picture before_machine = picture_of(machine), before = picture_of(scratch);
    assert_hr(install(TRUE, L"user"), S_OK);
    HKEY own = make_key(user, L"Software\\Classes");
    assert_registered(own);
    RegCloseKey(own);
    assert_true(same_picture(before_machine, picture_of(machine)));
    assert_hr(install(TRUE, L"user"), S_OK);
    assert_hr(install(FALSE, L"user"), S_OK);
    assert_hr(install(FALSE, L"user"), S_OK);
    assert_true(same_picture(before, picture_of(scratch)));
}

static void machine_and_user_registrations_do_not_mix(void **state)
{
    (void)state;
    struct picture before = picture_of(scratch);
    assert_hr(register_server(), S_OK);
    assert_hr(install(TRUE, L"user"), S_OK);
    assert_hr(unregister_server(), S_OK);
    HKEY own = make_key(user, L"Software\\Classes");
    assert_registered(own);
    RegCloseKey(own);
    assert_hr(install(FALSE, L"user"), S_OK);
    assert_true(same_picture(before, picture_of(scratch)));
}

static void an_unknown_way_to_install_is_refused(void **state)
{
    (void)state;
    struct picture before = picture_of(scratch);
    static const wchar_t *const unknown[] = {
        L"nonsense", L"use", L"users", L"user extra", L"autostart user", L"autostarts"};
    for (size_t i = 0; i < COUNT(unknown); i++) {
        assert_hr(install(TRUE, unknown[i]), E_INVALIDARG);
        assert_hr(install(FALSE, unknown[i]), E_INVALIDARG);
    }
    assert_true(same_picture(before, picture_of(scratch)));
}

/* What is noted about one value cannot be deleted while there is a key below it. */
static void what_could_not_be_undone_is_undone_the_next_time(void **state)
{
    (void)state;
    struct picture before = picture_of(scratch);
    assert_hr(register_server(), S_OK);
    struct text note = text_of(NOTES L"\\Saved%d\\Values\\00000003", 8 * (int)sizeof(void *));
    assert_true(has_key(machine, note.w));
    put(machine, text_of(L"%ls\\obstacle", note.w).w, NULL, L"");
    assert_true(FAILED(unregister_server()));
    assert_false(has_key(classes, CLASS_KEY));
    delete_tree(machine, text_of(L"%ls\\obstacle", note.w).w);
    assert_hr(unregister_server(), S_OK);
    assert_true(same_picture(before, picture_of(scratch)));
}

/* ---- both widths -------------------------------------------------------------------------- */

/* On 64-bit Windows a 32-bit and a 64-bit DLL can be registered side by side. Only one width is in
 * this process, so the registry is turned for it: what the system redirects (from Windows 7 on:
 * CLSID and Interface, and for the machine Software itself but for Classes) is exchanged for what
 * the other width has there, and so are the names that tell the widths apart. What this DLL then
 * does is, turned back, what the DLL of the other width would have done. */
static HKEY hidden; /* the redirected keys of the width that is not looked at */

static void turn_classes(HKEY hive, const wchar_t *own)
{
    static const wchar_t *const redirected[] = {L"CLSID", L"Interface"};
    static const wchar_t *const named[] = {NOTES L"\\Saved",
                                           L"Software\\Classes\\" LIBRARY_KEY L"\\1.0\\0\\win"};
    for (size_t i = 0; i < COUNT(redirected); i++)
        swap_keys(hive, text_of(L"Software\\Classes\\%ls", redirected[i]).w, hidden,
                  text_of(L"%ls\\%ls", own, redirected[i]).w);
    for (size_t i = 0; i < COUNT(named); i++)
        swap_keys(hive, text_of(L"%ls32", named[i]).w, hive, text_of(L"%ls64", named[i]).w);
}

static void turn(void)
{
    turn_classes(machine, L"machine");
    turn_classes(user, L"user");
    swap_keys(machine, L"Software\\QmgrPrxy", hidden, L"machine\\QmgrPrxy");
}

static int bend_registry_of_both_widths(void **state)
{
    if (bend_registry(state) != 0)
        return -1;
    hidden = make_key(scratch, L"hidden");
    RegCloseKey(make_key(hidden, L"machine"));
    RegCloseKey(make_key(hidden, L"user"));
    return 0;
}

static int unbend_registry_of_both_widths(void **state)
{
    RegCloseKey(hidden);
    return unbend_registry(state);
}

static HRESULT switch_registration(bool for_user, bool on)
{
    if (for_user)
        return install(on, L"user");
    return on ? register_server() : unregister_server();
}

static void assert_whole(bool for_user)
{
    HKEY root = make_key(for_user ? user : machine, L"Software\\Classes");
    assert_registered(root);
    assert_true(has_value(root, text_of(L"AppID\\%ls", get(root, CLASS_KEY, L"AppID").w).w,
                          L"DllSurrogate"));
    assert_true(equal(get(root, LIBRARY_KEY L"\\1.0\\FLAGS", NULL), L"0"));
    assert_false(equal(get(root, LIBRARY_KEY L"\\1.0", NULL), L""));
    RegCloseKey(root);
}

/* a: this width registers, b: the other; A and B: they unregister. After each step what is
 * registered is whole, after the last the registry is as it was found. */
static void take_steps(bool for_user, const char *steps)
{
    bool on[2] = {false, false};
    struct picture before = picture_of(scratch);
    for (const char *step = steps; *step; step++) {
        const bool other = *step == 'b' || *step == 'B';
        on[other] = *step == 'a' || *step == 'b';
        if (other)
            turn();
        assert_hr(switch_registration(for_user, on[other]), S_OK);
        if (other)
            turn();
        if (on[0])
            assert_whole(for_user);
        if (on[1]) {
            turn();
            assert_whole(for_user);
            turn();
        }
    }
    assert_true(same_picture(before, picture_of(scratch)));
}

static void take_all_steps(bool for_user)
{
    static const char *const steps[] = {"abAB",   "abBA",   "abbaAB",  "abAaBA",
                                        "abBAaA", "BabABA", "aabbBAbB"};
    for (size_t i = 0; i < COUNT(steps); i++)
        take_steps(for_user, steps[i]);
}

static void both_widths_can_be_registered_for_the_machine_in_any_order(void **state)
{
    (void)state;
    take_all_steps(false);
}

static void both_widths_can_be_registered_for_the_user_in_any_order(void **state)
{
    (void)state;
    take_all_steps(true);
}

static void values_of_others_come_back_when_the_last_width_goes(void **state)
{
    (void)state;
    register_the_original();
    turn();
    register_the_original();
    turn();
    put(classes, LIBRARY_KEY L"\\1.0", NULL, L"their library");
    put(classes, LIBRARY_KEY L"\\1.0\\HELPDIR", NULL, L"their folder");
    take_all_steps(false);
}

static void a_shared_value_that_somebody_changed_meanwhile_stays(void **state)
{
    (void)state;
    assert_hr(register_server(), S_OK);
    put(classes, LIBRARY_KEY L"\\1.0", NULL, L"theirs");
    turn();
    assert_hr(register_server(), S_OK);
    assert_hr(unregister_server(), S_OK);
    turn();
    assert_hr(unregister_server(), S_OK);
    assert_true(equal(get(classes, LIBRARY_KEY L"\\1.0", NULL), L"theirs"));
    assert_false(has_key(classes, LIBRARY_KEY L"\\1.0\\0"));
    assert_false(has_key(classes, CLASS_KEY));
}

/* ---- autostart ---------------------------------------------------------------------------- */

#define RUN_KEY L"Software\\Microsoft\\Windows\\CurrentVersion\\Run"

static struct text run_value(void)
{
    return text_of(L"QmgrPrxy%d", 8 * (int)sizeof(void *));
}

static bool starts_the_queue(struct text line)
{
    struct text wanted = text_of(L"\"%ls\",RunQueue", dll_path);
    size_t length = wcslen(line.w), end = wcslen(wanted.w);
    return length > end && _wcsicmp(line.w + length - end, wanted.w) == 0 &&
           wcsstr(line.w, L"\\rundll32.exe\" ") != NULL;
}

static void autostart_is_for_the_user_and_can_be_taken_back(void **state)
{
    (void)state;
    put(user, RUN_KEY, L"Else", L"else.exe");
    struct picture before_machine = picture_of(machine), before = picture_of(scratch);
    assert_hr(install(FALSE, L"autostart"), S_OK);
    for (int i = 0; i < 2; i++) {
        assert_hr(install(TRUE, L"autostart"), S_OK);
        assert_true(starts_the_queue(get(user, RUN_KEY, run_value().w)));
    }
    assert_true(equal(get(user, RUN_KEY, L"Else"), L"else.exe"));
    assert_true(same_picture(before_machine, picture_of(machine)));
    for (int i = 0; i < 2; i++)
        assert_hr(install(FALSE, L"autostart"), S_OK);
    assert_true(same_picture(before, picture_of(scratch)));
}

static void autostart_makes_the_key_it_needs_and_removes_it(void **state)
{
    (void)state;
    struct picture before = picture_of(scratch);
    assert_hr(install(TRUE, L"autostart"), S_OK);
    assert_true(starts_the_queue(get(user, RUN_KEY, run_value().w)));
    assert_hr(install(FALSE, L"autostart"), S_OK);
    assert_true(same_picture(before, picture_of(scratch)));
}

static void what_was_started_before_is_started_again(void **state)
{
    (void)state;
    put(user, RUN_KEY, run_value().w, L"theirs.exe");
    struct picture before = picture_of(scratch);
    assert_hr(install(TRUE, L"autostart"), S_OK);
    assert_hr(install(TRUE, L"autostart"), S_OK);
    assert_true(starts_the_queue(get(user, RUN_KEY, run_value().w)));
    assert_hr(install(FALSE, L"autostart"), S_OK);
    assert_true(same_picture(before, picture_of(scratch)));
}

static void unregistering_takes_autostart_out_and_registering_does_not(void **state)
{
    (void)state;
    static const wchar_t *const ways[] = {NULL, L"", L"user"};
    struct picture before = picture_of(scratch);
    for (size_t i = 0; i < COUNT(ways); i++) {
        assert_hr(install(TRUE, L"autostart"), S_OK);
        assert_hr(ways[i] ? install(TRUE, ways[i]) : register_server(), S_OK);
        assert_true(starts_the_queue(get(user, RUN_KEY, run_value().w)));
        assert_hr(ways[i] ? install(FALSE, ways[i]) : unregister_server(), S_OK);
        assert_false(has_value(user, RUN_KEY, run_value().w));
    }
    assert_true(same_picture(before, picture_of(scratch)));
}

static void autostart_off_leaves_the_registration(void **state)
{
    (void)state;
    assert_hr(register_server(), S_OK);
    struct picture before = picture_of(scratch);
    assert_hr(install(TRUE, L"autostart"), S_OK);
    assert_hr(install(FALSE, L"autostart"), S_OK);
    assert_true(same_picture(before, picture_of(scratch)));
    assert_hr(unregister_server(), S_OK);
}

/* rundll32 takes what is before the first comma for the file. */
static void autostart_works_from_a_folder_with_a_comma_in_its_name(void **state)
{
    (void)state;
    struct text odd =
        text_of(L"%ls\\comma, %lu", environment(L"QMGR_TEST_TMP").w, GetCurrentProcessId());
    struct text file = text_of(L"%ls\\QmgrPrxy.dll", odd.w);
    make_folder(odd.w);
    assert_true(CopyFileW(dll_path, file.w, TRUE));
    HMODULE copy = LoadLibraryW(file.w);
    assert_non_null(copy);
    install_function install_copy =
        (install_function)(void (*)(void))GetProcAddress(copy, "DllInstall");
    assert_hr(install_copy(TRUE, L"autostart"), S_OK);
    struct text line = get(user, RUN_KEY, run_value().w);
    assert_hr(install_copy(FALSE, L"autostart"), S_OK);
    FreeLibrary(copy);
    wchar_t *comma = wcschr(line.w, L','), found[MAX_PATH + 1];
    assert_non_null(comma);
    assert_int_equal(wcscmp(comma, L",RunQueue"), 0);
    comma[-1] = 0; /* a quote */
    assert_true(GetLongPathNameW(wcsrchr(line.w, L'"') + 1, found, MAX_PATH) > 0);
    assert_int_equal(_wcsicmp(found, file.w), 0);
}

#define BENT(function) cmocka_unit_test_setup_teardown(function, bend_registry, unbend_registry)
#define BENT_TWICE(function)                                                                       \
    cmocka_unit_test_setup_teardown(function, bend_registry_of_both_widths,                        \
                                    unbend_registry_of_both_widths)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENT(unregistering_leaves_the_registry_as_it_was_found),
        BENT(registering_twice_is_harmless),
        BENT(unregistering_twice_or_without_need_is_harmless),
        BENT(values_of_others_come_back),
        BENT(values_of_others_come_back_after_registering_twice),
        BENT(nothing_of_bits_is_touched),
        BENT(registering_for_the_machine_leaves_the_user_alone),
        BENT(a_user_registration_is_whole_and_leaves_the_machine_alone),
        BENT(machine_and_user_registrations_do_not_mix),
        BENT(an_unknown_way_to_install_is_refused),
        BENT(what_could_not_be_undone_is_undone_the_next_time),
        BENT(autostart_is_for_the_user_and_can_be_taken_back),
        BENT(autostart_makes_the_key_it_needs_and_removes_it),
        BENT(what_was_started_before_is_started_again),
        BENT(unregistering_takes_autostart_out_and_registering_does_not),
        BENT(autostart_off_leaves_the_registration),
        BENT(autostart_works_from_a_folder_with_a_comma_in_its_name),
        BENT_TWICE(both_widths_can_be_registered_for_the_machine_in_any_order),
        BENT_TWICE(both_widths_can_be_registered_for_the_user_in_any_order),
        BENT_TWICE(values_of_others_come_back_when_the_last_width_goes),
        BENT_TWICE(a_shared_value_that_somebody_changed_meanwhile_stays),
    };
    return cmocka_run_group_tests(tests, find_dll, lose_dll);
}
