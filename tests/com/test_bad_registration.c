/* SPDX-License-Identifier: MIT */
/* Registry entries of ours that are missing or wrong: what COM documents comes of it, nothing crashes, and as soon as
 * they are right again everything works. The entries are real ones, since COM looks into no scratch registry; each
 * test puts back what it has changed. */
#include "scratch_registry.h"

#include <wchar.h>

#define SERVER CLASS_KEY L"\\InprocServer32"
#define MOST_CHANGES 4
#ifdef _WIN64
#define LIBRARY_FILE LIBRARY_KEY L"\\1.0\\0\\win64"
#else
#define LIBRARY_FILE LIBRARY_KEY L"\\1.0\\0\\win32"
#endif

/* ---- changes that are taken back ---------------------------------------------------------- */

static struct {
    struct text path, text; /* below Classes; the default value as it was */
} changes[MOST_CHANGES];
static unsigned changed;
static HKEY real; /* HKLM\Software\Classes */

/* text NULL: the value is deleted. */
static void change(const wchar_t *path, const wchar_t *text)
{
    assert_true(changed < MOST_CHANGES);
    changes[changed].path = text_of(L"%ls", path);
    changes[changed].text = get(real, path, NULL);
    assert_false(equal(changes[changed].text, L""));
    changed++;
    if (text != NULL) {
        put(real, path, NULL, text);
    } else {
        HKEY key = make_key(real, path);
        assert_int_equal(RegDeleteValueW(key, NULL), 0);
        RegCloseKey(key);
    }
}

static void mend(void)
{
    while (changed > 0) {
        changed--;
        put(real, changes[changed].path.w, NULL, changes[changed].text.w);
    }
}

#define ASIDE L"QmgrPrxyTestAside"

static int mend_after(void **state)
{
    (void)state;
    mend();
    move_key(real, ASIDE, real, LIBRARY_KEY);
    return 0;
}

static int start(void **state)
{
    real = make_key(HKEY_LOCAL_MACHINE, L"Software\\Classes");
    return find_dll(state) == 0 && SUCCEEDED(CoInitializeEx(NULL, COINIT_MULTITHREADED)) ? 0 : -1;
}

static int end(void **state)
{
    CoUninitialize();
    RegCloseKey(real);
    return lose_dll(state);
}

/* ---- what is tried ------------------------------------------------------------------------ */

static HRESULT create(IBackgroundCopyQMgr **face)
{
    *face = (void *)1;
    return CoCreateInstance(&CLSID_BackgroundCopyQMgr, NULL, CLSCTX_INPROC_SERVER,
                            &IID_IBackgroundCopyQMgr, (void **)face);
}

static HRESULT create_and_release(void)
{
    IBackgroundCopyQMgr *face;
    HRESULT hr = create(&face);
    if (SUCCEEDED(hr))
        IBackgroundCopyQMgr_Release(face);
    else
        assert_null(face);
    return hr;
}

/* As for another process, so that it takes a stub. */
static HRESULT marshal(IBackgroundCopyQMgr *face)
{
    IStream *stream;
    const LARGE_INTEGER begin = {.QuadPart = 0};
    assert_hr(CreateStreamOnHGlobal(NULL, TRUE, &stream), S_OK);
    HRESULT hr = CoMarshalInterface(stream, &IID_IBackgroundCopyQMgr, (IUnknown *)face,
                                    MSHCTX_LOCAL, NULL, MSHLFLAGS_NORMAL);
    if (SUCCEEDED(hr)) {
        assert_hr(IStream_Seek(stream, begin, STREAM_SEEK_SET, NULL), S_OK);
        assert_hr(CoReleaseMarshalData(stream), S_OK);
    }
    IStream_Release(stream);
    return hr;
}

static HRESULT load_library(void)
{
    ITypeLib *library = NULL;
    HRESULT hr = LoadRegTypeLib(&LIBID_BackgroundCopyQMgr, 1, 0, 0, &library);
    assert_int_equal(library != NULL, SUCCEEDED(hr));
    if (library != NULL)
        ITypeLib_Release(library);
    return hr;
}

/* ---- the class ---------------------------------------------------------------------------- */

static void a_server_that_is_missing_is_not_loaded(void **state)
{
    (void)state;
    change(SERVER, in_folder(L"missing.dll").w);
    assert_load_error(create_and_release(), ERROR_MOD_NOT_FOUND);
    mend();
    assert_hr(create_and_release(), S_OK);
}

static void a_server_that_is_no_dll_is_not_loaded(void **state)
{
    (void)state;
    write_file(in_folder(L"text.dll").w, "this is no program", 18);
    change(SERVER, in_folder(L"text.dll").w);
    assert_load_error(create_and_release(), ERROR_BAD_EXE_FORMAT);
    mend();
    assert_hr(create_and_release(), S_OK);
}

static void a_dll_that_serves_no_classes_is_an_error(void **state)
{
    (void)state;
    change(SERVER, L"version.dll");
    assert_either_hr(create_and_release(), CO_E_ERRORINDLL, CO_E_DLLNOTFOUND);
    mend();
    assert_hr(create_and_release(), S_OK);
}

static void a_class_without_a_server_is_not_registered(void **state)
{
    (void)state;
    change(SERVER, NULL);
    assert_hr(create_and_release(), REGDB_E_CLASSNOTREG);
    mend();
    assert_hr(create_and_release(), S_OK);
}

/* ---- the proxies -------------------------------------------------------------------------- */

static void an_interface_without_a_proxy_class_cannot_be_marshalled(void **state)
{
    (void)state;
    IBackgroundCopyQMgr *face;
    CLSID clsid;
    assert_hr(create(&face), S_OK);
    change(text_of(L"%ls\\ProxyStubClsid32", faces[0].key).w, NULL);
    assert_hr(CoGetPSClsid(&IID_IBackgroundCopyQMgr, &clsid), REGDB_E_IIDNOTREG);
    assert_hr(marshal(face), E_NOINTERFACE);
    mend();
    assert_hr(marshal(face), S_OK);
    IBackgroundCopyQMgr_Release(face);
}

static void a_proxy_class_that_is_missing_is_not_registered(void **state)
{
    (void)state;
    IBackgroundCopyQMgr *face;
    IPSFactoryBuffer *factory = NULL;
    CLSID clsid;
    assert_hr(create(&face), S_OK);
    assert_hr(CoGetPSClsid(&IID_IBackgroundCopyQMgr, &clsid), S_OK);
    change(text_of(L"CLSID\\%ls\\InprocServer32", guid_text(&clsid).w).w, NULL);
    assert_hr(CoGetClassObject(&clsid, CLSCTX_INPROC_SERVER, NULL, &IID_IPSFactoryBuffer,
                               (void **)&factory),
              REGDB_E_CLASSNOTREG);
    assert_either_hr(marshal(face), REGDB_E_CLASSNOTREG, E_NOINTERFACE);
    mend();
    assert_hr(marshal(face), S_OK);
    IBackgroundCopyQMgr_Release(face);
}

/* ---- the type library --------------------------------------------------------------------- */

static void a_library_that_is_missing_is_not_registered(void **state)
{
    (void)state;
    move_key(real, LIBRARY_KEY, real, ASIDE);
    assert_hr(load_library(), TYPE_E_LIBNOTREGISTERED);
    move_key(real, ASIDE, real, LIBRARY_KEY);
    assert_hr(load_library(), S_OK);
}

static void a_librarys_file_that_is_missing_cannot_be_loaded(void **state)
{
    (void)state;
    change(LIBRARY_FILE, in_folder(L"missing.dll").w);
    assert_hr(load_library(), TYPE_E_CANTLOADLIBRARY);
    mend();
    assert_hr(load_library(), S_OK);
}

static void a_librarys_file_that_holds_none_cannot_be_loaded(void **state)
{
    (void)state;
    write_file(in_folder(L"text.dll").w, "this is no library", 18);
    change(LIBRARY_FILE, in_folder(L"text.dll").w);
    assert_hr(load_library(), TYPE_E_CANTLOADLIBRARY);
    mend();
    assert_hr(load_library(), S_OK);
}

#define MENDED(function) cmocka_unit_test_setup_teardown(function, support_before, mend_after)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MENDED(a_server_that_is_missing_is_not_loaded),
        MENDED(a_server_that_is_no_dll_is_not_loaded),
        MENDED(a_dll_that_serves_no_classes_is_an_error),
        MENDED(a_class_without_a_server_is_not_registered),
        MENDED(an_interface_without_a_proxy_class_cannot_be_marshalled),
        MENDED(a_proxy_class_that_is_missing_is_not_registered),
        MENDED(a_library_that_is_missing_is_not_registered),
        MENDED(a_librarys_file_that_is_missing_cannot_be_loaded),
        MENDED(a_librarys_file_that_holds_none_cannot_be_loaded),
    };
    return cmocka_run_group_tests(tests, start, end);
}
