/* SPDX-License-Identifier: MIT */
#include "com/registration.h"

#include <olectl.h>
#include <wchar.h>

#include "com/host.h"
#include "com/module.h"
#include "com/registration_table.h"
#include "com/registry.h"
#include "platform/log.h"

#ifdef _WIN64
#define OWN_JOURNAL L"Saved64"
#define OTHER_JOURNAL L"Saved32"
#define BITS_JOURNAL L"Bits64"
#else
#define OWN_JOURNAL L"Saved32"
#define OTHER_JOURNAL L"Saved64"
#define BITS_JOURNAL L"Bits32"
#endif
#define SHARED_JOURNAL L"Shared"

/* What the texts of the table stand for. */
struct meaning {
    wchar_t file[MAX_PATH + 1];
    struct host_command host;
    BOOL has_host;
};

static HRESULT find_meaning(struct meaning *meaning)
{
    DWORD length = GetModuleFileNameW(module_instance(), meaning->file, MAX_PATH);
    if (length == 0 || length >= MAX_PATH)
        return SELFREG_E_CLASS;
    meaning->has_host = host_command(&meaning->host);
    return S_OK;
}

/* ---- adding -------------------------------------------------------------------------------- */

static LONG add_row(struct journal *journal, const struct registration_row *row,
                    const struct meaning *meaning)
{
    const wchar_t *text = row->text;
    if (text && wcscmp(text, REGISTRATION_FILE) == 0)
        text = meaning->file;
    if (text && wcscmp(text, REGISTRATION_HOST) == 0) {
        if (!meaning->has_host)
            return ERROR_SUCCESS;
        text = meaning->host.line;
    }
    return journal_set(journal, row->key, row->name, text);
}

/* The own journal is there before anything is shared, since it says that this width is. */
static LONG add_table(HKEY hive, const struct meaning *meaning)
{
    struct journal own, shared;
    LONG error = journal_open(hive, OWN_JOURNAL, TRUE, &own);
    if (error)
        return error;
    error = journal_open(hive, SHARED_JOURNAL, TRUE, &shared);
    for (size_t i = 0; i < registration_table_rows && !error; i++) {
        const struct registration_row *row = &registration_table[i];
        error = add_row(row->owner == SHARED ? &shared : &own, row, meaning);
    }
    journal_close(&shared);
    journal_close(&own);
    return error;
}

/* A user's own entries hide the machine's, so for the user both count. */
static BOOL is_vacant(HKEY hive, const struct registration_vacancy *vacancy)
{
    return !registry_is_taken(hive, vacancy->key) &&
           !registry_is_taken(HKEY_LOCAL_MACHINE, vacancy->key);
}

static LONG fill_vacancy(struct journal *journal, const struct registration_vacancy *vacancy,
                         const struct meaning *meaning)
{
    LONG error = ERROR_SUCCESS;
    for (size_t i = 0; i < VACANCY_ROWS && !error; i++)
        error = add_row(journal, &vacancy->rows[i], meaning);
    return error;
}

/* Where somebody serves the class of the BITS proxies, its interfaces are his too, registered or not. */
static LONG add_bits(HKEY hive, const struct meaning *meaning)
{
    struct journal journal;
    if (!is_vacant(hive, &registration_bits[0]))
        return ERROR_SUCCESS;
    LONG error = journal_open(hive, BITS_JOURNAL, TRUE, &journal);
    if (error)
        return error;
    error = fill_vacancy(&journal, &registration_bits[0], meaning);
    for (size_t i = 1; i < registration_bits_count && !error; i++)
        if (is_vacant(hive, &registration_bits[i]))
            error = fill_vacancy(&journal, &registration_bits[i], meaning);
    journal_close(&journal);
    return error;
}

/* ---- undoing ------------------------------------------------------------------------------- */

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

/* If somebody has become the server of the BITS proxies after us, the interfaces are his: he has written the same
 * as we had. */
static LONG undo_bits(HKEY hive)
{
    struct journal journal;
    LONG error = journal_open(hive, BITS_JOURNAL, FALSE, &journal);
    if (error)
        return error;
    error = journal_is_taken_over(&journal) ? journal_forget(&journal) : journal_undo(&journal);
    journal_close(&journal);
    return error;
}

/* Shared keys stay while the other width is registered, or anything of this one could not be
 * undone. */
static LONG undo(HKEY hive)
{
    struct journal other;
    LONG bits_error = undo_bits(hive);
    LONG error = undo_journal(hive, OWN_JOURNAL);
    if (!error)
        error = bits_error;
    if (!error)
        error = journal_open(hive, OTHER_JOURNAL, FALSE, &other);
    if (error)
        return error;
    const BOOL needed = other.saved != NULL;
    journal_close(&other);
    return needed ? ERROR_SUCCESS : undo_journal(hive, SHARED_JOURNAL);
}

/* ---- both ---------------------------------------------------------------------------------- */

/* Whatever an earlier registration did is undone first, so that each begins from the registry as
 * it was found, and so that the originals which it saved are not lost. */
HRESULT registration_add(enum registration_scope scope)
{
    struct meaning meaning;
    HKEY hive = hive_of(scope);
    HRESULT hr = find_meaning(&meaning);
    if (FAILED(hr))
        return hr;
    LONG error = undo(hive);
    if (!error) {
        error = add_table(hive, &meaning);
        if (!error)
            error = add_bits(hive, &meaning);
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
