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

/* What the words in braces of the table stand for. */
struct word {
    const wchar_t *word;
    wchar_t text[MAX_PATH + 1];
};

enum { WORD_CLASS, WORD_APP, WORD_PROXY, WORD_LIBRARY, WORD_FILE, WORD_FOLDER, WORDS };

static HRESULT words_fill(struct word words[WORDS])
{
    static const wchar_t *const names[WORDS] = {L"{class}",   L"{app}",  L"{proxy}",
                                                L"{library}", L"{file}", L"{folder}"};
    const GUID *const guids[] = {&CLSID_BackgroundCopyQMgr, &APPID_Qmgr, &CLSID_QmgrProxyStub,
                                 &LIBID_BackgroundCopyQMgr};
    for (int i = 0; i < WORDS; i++)
        words[i].word = names[i];
    for (int i = WORD_CLASS; i <= WORD_LIBRARY; i++)
        StringFromGUID2(guids[i], words[i].text, GUID_SIZE);
    wchar_t *file = words[WORD_FILE].text;
    DWORD length = GetModuleFileNameW(module_instance(), file, MAX_PATH);
    if (length == 0 || length >= MAX_PATH)
        return SELFREG_E_CLASS;
    const wchar_t *end = wcsrchr(file, L'\\');
    if (!end)
        return SELFREG_E_CLASS;
    wmemcpy(words[WORD_FOLDER].text, file, (size_t)(end - file));
    words[WORD_FOLDER].text[end - file] = 0;
    return S_OK;
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

static LONG add_rows(struct journal *journal, const struct word words[WORDS])
{
    wchar_t key[TEXT_MOST], text[TEXT_MOST];
    LONG error = ERROR_SUCCESS;
    for (size_t i = 0; i < registration_table_rows && !error; i++) {
        const struct registration_row *row = &registration_table[i];
        error = expand(row->key, words, key);
        if (!error)
            error = expand(row->text, words, text);
        if (!error)
            error = journal_set(journal, key, row->name, text);
    }
    return error;
}

static HKEY hive_of(enum registration_scope scope)
{
    return scope == REGISTER_USER ? HKEY_CURRENT_USER : HKEY_LOCAL_MACHINE;
}

static LONG undo(HKEY hive)
{
    struct journal journal;
    LONG error = journal_open(hive, FALSE, &journal);
    if (error)
        return error;
    error = journal_undo(&journal);
    journal_close(&journal);
    return error;
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
    struct journal journal;
    if (!error)
        error = journal_open(hive, TRUE, &journal);
    if (!error) {
        error = add_rows(&journal, words);
        if (error)
            journal_undo(&journal); /* the first error is the one to tell */
        journal_close(&journal);
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
