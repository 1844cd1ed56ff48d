/* SPDX-License-Identifier: MIT */
#include "com/registry.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* The journal:
 *
 *     Software\QmgrPrxy\Saved\Values\<n>   Path, Name, Ours (as we wrote it), and, if there was
 *                                          a value before, its Type and Data
 *     Software\QmgrPrxy\Saved\Keys\<n>     Path of a key that we made; parents come first
 *
 * The numbers have a fixed width, so that the order of the names is the order of the changes. */
#define JOURNAL L"Software\\QmgrPrxy"
#define PATH_MOST 260 /* characters of any path that we write */
#define NUMBER_SIZE 12

/* A value as it stands in the registry. */
struct value {
    DWORD type;
    DWORD size;
    BYTE *data; /* malloc'ed; NULL: there is no such value */
};

static LONG key_open(HKEY parent, const wchar_t *path, REGSAM access, HKEY *key)
{
    *key = NULL;
    return RegOpenKeyExW(parent, path, 0, access, key);
}

static LONG key_make(HKEY parent, const wchar_t *path, HKEY *key)
{
    *key = NULL;
    return RegCreateKeyExW(parent, path, 0, NULL, 0, KEY_READ | KEY_WRITE, NULL, key, NULL);
}

static LONG write_text(HKEY key, const wchar_t *name, const wchar_t *text)
{
    DWORD size = (DWORD)((wcslen(text) + 1) * sizeof *text);
    return RegSetValueExW(key, name, 0, REG_SZ, (const BYTE *)text, size);
}

static LONG value_read(HKEY key, const wchar_t *name, struct value *value)
{
    *value = (struct value){0, 0, NULL};
    for (;;) { /* the value may grow between the two questions */
        DWORD type = 0, size = 0;
        BYTE *data = NULL;
        LONG error = RegQueryValueExW(key, name, NULL, NULL, NULL, &size);
        if (!error) {
            data = calloc(1, (size_t)size + sizeof(wchar_t));
            error = data ? RegQueryValueExW(key, name, NULL, &type, data, &size)
                         : ERROR_NOT_ENOUGH_MEMORY;
        }
        if (!error) {
            *value = (struct value){type, size, data};
            return ERROR_SUCCESS;
        }
        free(data);
        if (error != ERROR_MORE_DATA)
            return error == ERROR_FILE_NOT_FOUND ? ERROR_SUCCESS : error;
    }
}

static BOOL value_is(const struct value *value, DWORD type, const void *data, DWORD size)
{
    return value->data && value->type == type && value->size == size &&
           memcmp(value->data, data, size) == 0;
}

/* A REG_SZ of the journal, always terminated; empty if it is missing. */
static LONG text_read(HKEY key, const wchar_t *name, wchar_t text[PATH_MOST + 1])
{
    struct value value;
    LONG error = value_read(key, name, &value);
    text[0] = 0;
    if (!error && value.data && value.type == REG_SZ) {
        wcsncpy(text, (const wchar_t *)(void *)value.data, PATH_MOST);
        text[PATH_MOST] = 0;
    }
    free(value.data);
    return error;
}

/* ---- opening ------------------------------------------------------------------------------- */

LONG journal_open(HKEY hive, BOOL make, struct journal *journal)
{
    *journal = (struct journal){hive, NULL};
    LONG error = make ? key_make(hive, JOURNAL L"\\Saved", &journal->saved)
                      : key_open(hive, JOURNAL L"\\Saved", KEY_READ | KEY_WRITE, &journal->saved);
    if (error == ERROR_FILE_NOT_FOUND && !make)
        return ERROR_SUCCESS;
    if (error)
        journal_close(journal);
    return error;
}

void journal_close(struct journal *journal)
{
    if (journal->saved)
        RegCloseKey(journal->saved);
    journal->saved = NULL;
}

/* ---- noting and changing --------------------------------------------------------------------- */

/* A new, empty note in Saved\Values or Saved\Keys. */
static LONG note_new(struct journal *journal, const wchar_t *kind, HKEY *note)
{
    HKEY notes;
    DWORD count = 0;
    *note = NULL;
    LONG error = key_make(journal->saved, kind, &notes);
    if (error)
        return error;
    error =
        RegQueryInfoKeyW(notes, NULL, NULL, NULL, &count, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
    if (!error) {
        wchar_t number[NUMBER_SIZE];
        wsprintfW(number, L"%08lu", count);
        error = key_make(notes, number, note);
    }
    RegCloseKey(notes);
    return error;
}

static LONG note_key(struct journal *journal, const wchar_t *path)
{
    HKEY note;
    LONG error = note_new(journal, L"Keys", &note);
    if (error)
        return error;
    error = write_text(note, L"Path", path);
    RegCloseKey(note);
    return error;
}

static LONG note_value(struct journal *journal, const wchar_t *path, const wchar_t *name,
                       const wchar_t *text, const struct value *before)
{
    HKEY note;
    LONG error = note_new(journal, L"Values", &note);
    if (error)
        return error;
    error = write_text(note, L"Path", path);
    if (!error)
        error = write_text(note, L"Name", name ? name : L"");
    if (!error)
        error = write_text(note, L"Ours", text);
    if (!error && before->data)
        error = RegSetValueExW(note, L"Type", 0, REG_DWORD, (const BYTE *)&before->type,
                               sizeof before->type);
    if (!error && before->data)
        error = RegSetValueExW(note, L"Data", 0, REG_BINARY, before->data, before->size);
    RegCloseKey(note);
    return error;
}

/* Makes the key and its parents, noting each that is not there yet. */
static LONG make_path(struct journal *journal, const wchar_t *path, HKEY *key)
{
    wchar_t part[PATH_MOST + 1];
    size_t length = wcslen(path);
    *key = NULL;
    if (length > PATH_MOST)
        return ERROR_INVALID_NAME;
    for (size_t i = 1; i <= length; i++) {
        if (path[i] && path[i] != L'\\')
            continue;
        wmemcpy(part, path, i);
        part[i] = 0;
        HKEY found; /* of those on the way, which may belong to others, nothing is wanted */
        REGSAM access = i == length ? KEY_READ | KEY_WRITE : KEY_READ;
        LONG error = key_open(journal->hive, part, access, &found);
        if (error == ERROR_FILE_NOT_FOUND) {
            error = note_key(journal, part);
            if (!error)
                error = key_make(journal->hive, part, &found);
        }
        if (error)
            return error;
        if (i == length)
            *key = found;
        else
            RegCloseKey(found);
    }
    return *key ? ERROR_SUCCESS : ERROR_INVALID_NAME;
}

LONG journal_set(struct journal *journal, const wchar_t *path, const wchar_t *name,
                 const wchar_t *text)
{
    HKEY key;
    LONG error = make_path(journal, path, &key);
    if (error)
        return error;
    struct value before;
    error = value_read(key, name, &before);
    if (!error)
        error = note_value(journal, path, name, text, &before);
    if (!error)
        error = write_text(key, name, text);
    free(before.data);
    RegCloseKey(key);
    return error;
}

/* ---- undoing ------------------------------------------------------------------------------- */

/* Puts back what a note says, if the value is still ours. */
static LONG restore(HKEY key, HKEY note, const wchar_t *name)
{
    struct value now = {0, 0, NULL}, ours = {0, 0, NULL}, type = {0, 0, NULL}, data = {0, 0, NULL};
    LONG error = value_read(key, name, &now);
    if (!error)
        error = value_read(note, L"Ours", &ours);
    if (!error)
        error = value_read(note, L"Type", &type);
    if (!error)
        error = value_read(note, L"Data", &data);
    if (!error && ours.data && value_is(&now, REG_SZ, ours.data, ours.size)) {
        DWORD kind = 0;
        if (type.data && type.size == sizeof kind)
            memcpy(&kind, type.data, sizeof kind);
        error = data.data ? RegSetValueExW(key, name, 0, kind, data.data, data.size)
                          : RegDeleteValueW(key, name);
    }
    free(now.data);
    free(ours.data);
    free(type.data);
    free(data.data);
    return error;
}

static LONG undo_value(struct journal *journal, HKEY note)
{
    wchar_t path[PATH_MOST + 1], name[PATH_MOST + 1];
    LONG error = text_read(note, L"Path", path);
    if (!error)
        error = text_read(note, L"Name", name);
    if (error || !path[0])
        return error;
    HKEY key;
    error = key_open(journal->hive, path, KEY_READ | KEY_WRITE, &key);
    if (error == ERROR_FILE_NOT_FOUND)
        return ERROR_SUCCESS; /* somebody has removed it all */
    if (error)
        return error;
    error = restore(key, note, name[0] ? name : NULL);
    RegCloseKey(key);
    return error;
}

/* Deletes the key unless it holds something. */
static LONG delete_if_empty(HKEY parent, const wchar_t *path)
{
    HKEY key;
    DWORD keys = 0, values = 0;
    LONG error = key_open(parent, path, KEY_READ, &key);
    if (error == ERROR_FILE_NOT_FOUND)
        return ERROR_SUCCESS;
    if (error)
        return error;
    error =
        RegQueryInfoKeyW(key, NULL, NULL, NULL, &keys, NULL, NULL, &values, NULL, NULL, NULL, NULL);
    RegCloseKey(key);
    if (error || keys > 0 || values > 0)
        return error;
    return RegDeleteKeyW(parent, path);
}

static LONG undo_key(struct journal *journal, HKEY note)
{
    wchar_t path[PATH_MOST + 1];
    LONG error = text_read(note, L"Path", path);
    if (error || !path[0])
        return error;
    return delete_if_empty(journal->hive, path);
}

/* Undoes the notes of one kind, last first, and deletes each that is done. */
static LONG undo_notes(struct journal *journal, const wchar_t *kind,
                       LONG (*undo)(struct journal *journal, HKEY note))
{
    HKEY notes;
    DWORD count = 0;
    LONG first_error = key_open(journal->saved, kind, KEY_READ | KEY_WRITE, &notes);
    if (first_error)
        return first_error == ERROR_FILE_NOT_FOUND ? ERROR_SUCCESS : first_error;
    first_error =
        RegQueryInfoKeyW(notes, NULL, NULL, NULL, &count, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
    while (count-- > 0) {
        wchar_t number[NUMBER_SIZE];
        HKEY note;
        wsprintfW(number, L"%08lu", count);
        LONG error = key_open(notes, number, KEY_READ, &note);
        if (!error) {
            error = undo(journal, note);
            RegCloseKey(note);
            if (!error)
                error = RegDeleteKeyW(notes, number);
        }
        if (error && !first_error)
            first_error = error;
    }
    RegCloseKey(notes);
    LONG error = delete_if_empty(journal->saved, kind);
    return first_error ? first_error : error;
}

LONG journal_undo(struct journal *journal)
{
    if (!journal->saved)
        return ERROR_SUCCESS;
    LONG error = undo_notes(journal, L"Values", undo_value);
    LONG keys_error = undo_notes(journal, L"Keys", undo_key);
    RegCloseKey(journal->saved);
    journal->saved = NULL;
    LONG saved_error = delete_if_empty(journal->hive, JOURNAL L"\\Saved");
    if (!saved_error)
        saved_error = delete_if_empty(journal->hive, JOURNAL);
    if (!error)
        error = keys_error;
    return error ? error : saved_error;
}
