/* SPDX-License-Identifier: MIT */
#include "com/registration.h"

#include <olectl.h>
#include <qmgr.h>
#include <wchar.h>

#include "com/identifiers.h"
#include "com/module.h"
#include "com/registration_table.h"
#include "com/registry.h"
#include "platform/log.h"

#define TEXT_MOST 520
#define GUID_SIZE 39 /* with braces and terminator */

#ifdef _WIN64
#define OWN_JOURNAL L"Saved64"
#define OTHER_JOURNAL L"Saved32"
#else
#define OWN_JOURNAL L"Saved32"
#define OTHER_JOURNAL L"Saved64"
#endif
#define SHARED_JOURNAL L"Shared"

/* What the words in braces of the table stand for. */
struct word {
    const wchar_t *word;
    wchar_t text[MAX_PATH + 1];
};

enum { WORD_CLASS, WORD_APP, WORD_PROXY, WORD_LIBRARY, WORD_FILE, WORDS };

static HRESULT words_fill(struct word words[WORDS])
{
    static const wchar_t *const names[WORDS] = {L"{class}", L"{app}", L"{proxy}", L"{library}",
                                                L"{file}"};
    const GUID *const guids[] = {&CLSID_BackgroundCopyQMgr, &APPID_Qmgr, &CLSID_QmgrProxyStub,
                                 &LIBID_BackgroundCopyQMgr};
    for (int i = 0; i < WORDS; i++)
        words[i].word = names[i];
    for (int i = WORD_CLASS; i <= WORD_LIBRARY; i++)
        StringFromGUID2(guids[i], words[i].text, GUID_SIZE);
    DWORD length = GetModuleFileNameW(module_instance(), words[WORD_FILE].text, MAX_PATH);
    return length > 0 && length < MAX_PATH ? S_OK : SELFREG_E_CLASS;
}

static const struct word *word_at(const wchar_t *text, const struct word words[WORDS])
{
    for (int i = 0; i < WORDS; i++)
        if (wcsncmp(text, words[i].word, wcslen(words[i].word)) == 0)
            return &words[i];
    return NULL;
}

/* Copies the text with its words replaced. ERROR_INVALID_NAME if it gets too long. */
static LONG expand(const wchar_t *text, const struct word words[WORDS], wchar_t out[TEXT_MOST])
{
    size_t at = 0;
    while (*text) {
        const struct word *word = word_at(text, words);
        const wchar_t *piece = word ? word->text : text;
        size_t length = word ? wcslen(piece) : 1;
        if (at + length >= TEXT_MOST)
            return ERROR_INVALID_NAME;
        wmemcpy(out + at, piece, length);
        at += length;
        text += word ? wcslen(word->word) : 1;
    }
    out[at] = 0;
    return ERROR_SUCCESS;
}

static LONG add_row(struct journal *journal, const struct registration_row *row,
                    const struct word words[WORDS])
{
    wchar_t key[TEXT_MOST], text[TEXT_MOST];
    LONG error = expand(row->key, words, key);
    if (!error && row->text)
        error = expand(row->text, words, text);
    return error ? error : journal_set(journal, key, row->name, row->text ? text : NULL);
}

/* The own journal is there before anything is shared, since it says that this width is. */
static LONG add_rows(HKEY hive, const struct word words[WORDS])
{
    struct journal own, shared;
    LONG error = journal_open(hive, OWN_JOURNAL, TRUE, &own);
    if (error)
        return error;
    error = journal_open(hive, SHARED_JOURNAL, TRUE, &shared);
    for (size_t i = 0; i < registration_table_rows && !error; i++) {
        const struct registration_row *row = &registration_table[i];
        error = add_row(row->owner == SHARED ? &shared : &own, row, words);
    }
    journal_close(&shared);
    journal_close(&own);
    return error;
}

static HKEY hive_of(enum registration_scope scope)
{
    return scope == REGISTER_USER ? HKEY_CURRENT_USER : HKEY_LOCAL_MACHINE;
}

static LONG undo_journal(HKEY hive, const wchar_t *name)
{
    struct journal journal;
    LONG error = journal_open(hive, name, FALSE, &journal);
    if (error)
        return error;
    error = journal_undo(&journal);
    journal_close(&journal);
    return error;
}

/* Shared keys stay while the other width is registered, or anything of this one could not be
 * undone. */
static LONG undo(HKEY hive)
{
    struct journal other;
    LONG error = undo_journal(hive, OWN_JOURNAL);
    if (!error)
        error = journal_open(hive, OTHER_JOURNAL, FALSE, &other);
    if (error)
        return error;
    const BOOL needed = other.saved != NULL;
    journal_close(&other);
    return needed ? ERROR_SUCCESS : undo_journal(hive, SHARED_JOURNAL);
}

/* Whatever an earlier registration did is undone first, so that each begins from the registry as
 * it was found, and so that the originals which it saved are not lost. */
HRESULT registration_add(enum registration_scope scope)
{
    struct word words[WORDS];
    HKEY hive = hive_of(scope);
    HRESULT hr = words_fill(words);
    if (FAILED(hr))
        return hr;
    LONG error = undo(hive);
    if (!error) {
        error = add_rows(hive, words);
        if (error)
            undo(hive); /* the first error is the one to tell */
    }
    log_event("registered for the %s: error %ld", scope == REGISTER_USER ? "user" : "machine",
              error);
    return HRESULT_FROM_WIN32((DWORD)error);
}

HRESULT registration_remove(enum registration_scope scope)
{
    LONG error = undo(hive_of(scope));
    log_event("unregistered for the %s: error %ld", scope == REGISTER_USER ? "user" : "machine",
              error);
    return HRESULT_FROM_WIN32((DWORD)error);
}
