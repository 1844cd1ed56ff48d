/* SPDX-License-Identifier: MIT */
/* An object behind every interface of BITS, to see what comes through the proxies. A method notes its name and what
 * it was given, gives back what can be told from its name alone, and answers BITS_ANSWER. The objects are static, and
 * one call at a time is made. */
#ifndef QMGR_TESTS_COM_BITS_OBJECTS_H
#define QMGR_TESTS_COM_BITS_OBJECTS_H

#include <stddef.h>

#ifndef COBJMACROS
#define COBJMACROS
#endif
#include <windows.h>

#include <ole2.h>

#include <bits.h>
#include <bits5_0.h>

#define BITS_ANSWER BG_S_PARTIAL_COMPLETE /* a success that the proxies could not make up */
#define BITS_LIST_SIZE 2u                 /* elements of either enumerator */
#define BITS_HASH_SIZE 20u                /* of a certificate */

/* The manager leads to all others: CreateJob, GetJob and EnumJobs to the job, the job to the rest. */
IBackgroundCopyManager *bits_manager(void);

/* What the last call was, e.g. "SetPriority 2": name and arguments, NULL as (null). Empty if there was none since it
 * was last asked. Valid until the next call. */
const wchar_t *bits_arrived(void);

/* What stands for a method's result (or a test's argument): always the same for a name, different for each. */
ULONG bits_number(const wchar_t *name);
void bits_fill(void *out, size_t size, const wchar_t *name);

/* ---- for the objects themselves ----------------------------------------------------------- */

HRESULT bits_note(const wchar_t *format, ...);
LPWSTR bits_text(const wchar_t *text); /* a copy that the caller frees with CoTaskMemFree */
/* The name of the object that the pointer is to, or "a stranger". */
const wchar_t *bits_who(const void *face);
/* QueryInterface of an object for which `face` serves each of these and IUnknown; the last id is NULL. */
HRESULT bits_query(void *face, const GUID *const *ids, REFIID iid, void **out);

extern IBackgroundCopyJob5 bits_job; /* bits_job.c */
extern IBackgroundCopyFile2 bits_file;
extern IBackgroundCopyError bits_error;
extern IBackgroundCopyCallback2 bits_callback;
extern IEnumBackgroundCopyFiles bits_files;

/* The methods that are alike. `type` is the object's interface, without the I. */
#define BITS_REFERENCES(object, type)                                                              \
    static ULONG STDMETHODCALLTYPE object##_AddRef(I##type *face)                                  \
    {                                                                                              \
        (void)face;                                                                                \
        return 2;                                                                                  \
    }                                                                                              \
    static ULONG STDMETHODCALLTYPE object##_Release(I##type *face)                                 \
    {                                                                                              \
        (void)face;                                                                                \
        return 1;                                                                                  \
    }
#define BITS_PLAIN(object, type, method)                                                           \
    static HRESULT STDMETHODCALLTYPE object##_##method(I##type *face)                              \
    {                                                                                              \
        (void)face;                                                                                \
        return bits_note(L## #method);                                                             \
    }
#define BITS_TAKES_NUMBER(object, type, method)                                                    \
    static HRESULT STDMETHODCALLTYPE object##_##method(I##type *face, ULONG value)                 \
    {                                                                                              \
        (void)face;                                                                                \
        return bits_note(L## #method L" %lu", value);                                              \
    }
#define BITS_GIVES_NUMBER(object, type, method)                                                    \
    static HRESULT STDMETHODCALLTYPE object##_##method(I##type *face, ULONG *value)                \
    {                                                                                              \
        (void)face;                                                                                \
        *value = bits_number(L## #method);                                                         \
        return bits_note(L## #method);                                                             \
    }
#define BITS_TAKES_TEXT(object, type, method)                                                      \
    static HRESULT STDMETHODCALLTYPE object##_##method(I##type *face, LPCWSTR value)               \
    {                                                                                              \
        (void)face;                                                                                \
        return bits_note(L## #method L" %ls", value);                                              \
    }
#define BITS_GIVES_TEXT(object, type, method)                                                      \
    static HRESULT STDMETHODCALLTYPE object##_##method(I##type *face, LPWSTR *value)               \
    {                                                                                              \
        (void)face;                                                                                \
        *value = bits_text(L## #method);                                                           \
        return bits_note(L## #method);                                                             \
    }
#define BITS_GIVES_ENUM(object, type, method, of, is)                                              \
    static HRESULT STDMETHODCALLTYPE object##_##method(I##type *face, of *value)                   \
    {                                                                                              \
        (void)face;                                                                                \
        *value = (is);                                                                             \
        return bits_note(L## #method);                                                             \
    }
/* A structure without gaps. */
#define BITS_GIVES_STRUCT(object, type, method, of)                                                \
    static HRESULT STDMETHODCALLTYPE object##_##method(I##type *face, of *value)                   \
    {                                                                                              \
        (void)face;                                                                                \
        bits_fill(value, sizeof *value, L## #method);                                              \
        return bits_note(L## #method);                                                             \
    }
#define BITS_GIVES_FACE(object, type, method, of, is)                                              \
    static HRESULT STDMETHODCALLTYPE object##_##method(I##type *face, of **value)                  \
    {                                                                                              \
        (void)face;                                                                                \
        *value = (of *)(is);                                                                       \
        return bits_note(L## #method);                                                             \
    }

#endif
