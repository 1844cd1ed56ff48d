/* SPDX-License-Identifier: MIT */
#include "com/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* A journal:
 *
 *     Software\Classes\QmgrPrxy\<name>\Values\<n>   Path, Name, Ours (as we wrote it), and, if
 *                                                   there was a value before, its Type and Data
 *     Software\Classes\QmgrPrxy\<name>\Keys\<n>     Path of a key that we made; parents first
 *
 * A value Made of Software\Classes\QmgrPrxy says that Software\Classes was not there before: a user of Wine has none.
 *
 * The numbers have a fixed width, so that the order of the names, in which the registry lists
 * them, is the order of the changes. */
#define CLASSES L"Software\\Classes"
#define JOURNALS CLASSES L"\\QmgrPrxy"
#define MADE L"Made"
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

/* In bytes, with the terminator, as the registry counts it. */
static DWORD text_size(const wchar_t *text)
{
    return (DWORD)((wcslen(text) + 1) * sizeof *text);
}

static LONG write_text(HKEY key, const wchar_t *name, const wchar_t *text)
{
    return RegSetValueExW(key, name, 0, REG_SZ, (const BYTE *)text, text_size(text));
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

static void journal_path(const struct journal *journal, wchar_t path[PATH_MOST + 1])
{
    _snwprintf(path, PATH_MOST, JOURNALS L"\\%ls", journal->name);
    path[PATH_MOST] = 0;
}

static LONG key_exists(HKEY hive, const wchar_t *path, BOOL *exists)
{
    HKEY key;
    LONG error = key_open(hive, path, KEY_READ, &key);
    *exists = !error;
    if (!error)
        RegCloseKey(key);
    return error == ERROR_FILE_NOT_FOUND ? ERROR_SUCCESS : error;
}

/* Makes the key of all journals and, if need be, the one above it. */
static LONG make_journals(HKEY hive)
{
    HKEY journals;
    BOOL has_classes;
    LONG error = key_exists(hive, CLASSES, &has_classes);
    if (!error)
        error = key_make(hive, JOURNALS, &journals);
    if (error)
        return error;
    if (!has_classes)
        error = write_text(journals, MADE, CLASSES);
    RegCloseKey(journals);
    return error;
}

LONG journal_open(HKEY hive, const wchar_t *name, BOOL make, struct journal *journal)
{
    wchar_t path[PATH_MOST + 1];
    LONG error = ERROR_SUCCESS;
    *journal = (struct journal){hive, name, NULL};
    journal_path(journal, path);
    if (make)
        error = make_journals(hive);
    if (!error)
        error = make ? key_make(hive, path, &journal->saved)
                     : key_open(hive, path, KEY_READ | KEY_WRITE, &journal->saved);
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

/* The number after that of the last note; there may be gaps where only some could be undone. */
static LONG next_number(HKEY notes, wchar_t number[NUMBER_SIZE])
{
    DWORD count = 0, size = NUMBER_SIZE, next = 0;
    LONG error =
        RegQueryInfoKeyW(notes, NULL, NULL, NULL, &count, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
    if (!error && count > 0) {
        error = RegEnumKeyExW(notes, count - 1, number, &size, NULL, NULL, NULL, NULL);
        if (!error)
            next = wcstoul(number, NULL, 10) + 1;
    }
    if (!error)
        wsprintfW(number, L"%08lu", next);
    return error;
}

/* A new, empty note among the Values or Keys. */
static LONG note_new(struct journal *journal, const wchar_t *kind, HKEY *note)
{
    HKEY notes;
    wchar_t number[NUMBER_SIZE];
    *note = NULL;
    LONG error = key_make(journal->saved, kind, &notes);
    if (error)
        return error;
    error = next_number(notes, number);
    if (!error)
        error = key_make(notes, number, note);
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

static LONG set_value(struct journal *journal, HKEY key, const wchar_t *path, const wchar_t *name,
                      const wchar_t *text)
{
    struct value before;
    LONG error = value_read(key, name, &before);
    if (!error && !value_is(&before, REG_SZ, text, text_size(text))) {
        error = note_value(journal, path, name, text, &before);
        if (!error)
            error = write_text(key, name, text);
    }
    free(before.data);
    return error;
}

LONG journal_set(struct journal *journal, const wchar_t *path, const wchar_t *name,
                 const wchar_t *text)
{
    HKEY key;
    LONG error = make_path(journal, path, &key);
    if (error)
        return error;
    if (text)
        error = set_value(journal, key, path, name, text);
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

/* What is done about a note before it is deleted. */
typedef LONG note_function(struct journal *journal, HKEY note);

/* Undoes the note at that place, and deletes it if that is done. */
static LONG undo_note(struct journal *journal, HKEY notes, DWORD index, note_function *undo)
{
    wchar_t number[NUMBER_SIZE];
    DWORD size = NUMBER_SIZE;
    HKEY note;
    LONG error = RegEnumKeyExW(notes, index, number, &size, NULL, NULL, NULL, NULL);
    if (!error)
        error = key_open(notes, number, KEY_READ, &note);
    if (error)
        return error;
    error = undo(journal, note);
    RegCloseKey(note);
    return error ? error : RegDeleteKeyW(notes, number);
}

/* Undoes the notes of one kind, last first. */
static LONG undo_notes(struct journal *journal, const wchar_t *kind, note_function *undo)
{
    HKEY notes;
    DWORD count = 0;
    LONG first_error = key_open(journal->saved, kind, KEY_READ | KEY_WRITE, &notes);
    if (first_error)
        return first_error == ERROR_FILE_NOT_FOUND ? ERROR_SUCCESS : first_error;
    first_error =
        RegQueryInfoKeyW(notes, NULL, NULL, NULL, &count, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
    while (count-- > 0) {
        LONG error = undo_note(journal, notes, count, undo);
        if (error && !first_error)
            first_error = error;
    }
    RegCloseKey(notes);
    LONG error = delete_if_empty(journal->saved, kind);
    return first_error ? first_error : error;
}

/* Deletes what make_journals has made, if there is no journal any more. */
static LONG remove_journals(HKEY hive)
{
    HKEY journals;
    DWORD count = 0;
    LONG error = key_open(hive, JOURNALS, KEY_READ | KEY_WRITE, &journals);
    if (error)
        return error == ERROR_FILE_NOT_FOUND ? ERROR_SUCCESS : error;
    error = RegQueryInfoKeyW(journals, NULL, NULL, NULL, &count, NULL, NULL, NULL, NULL, NULL, NULL,
                             NULL);
    const BOOL last = !error && count == 0;
    const BOOL made = last && RegDeleteValueW(journals, MADE) == ERROR_SUCCESS;
    RegCloseKey(journals);
    if (last)
        error = delete_if_empty(hive, JOURNALS);
    return made && !error ? delete_if_empty(hive, CLASSES) : error;
}

/* Goes through all notes and removes the journal, unless a note could not be settled. */
static LONG settle(struct journal *journal, note_function *value, note_function *key)
{
    wchar_t path[PATH_MOST + 1];
    if (!journal->saved)
        return ERROR_SUCCESS;
    LONG error = undo_notes(journal, L"Values", value);
    LONG keys_error = undo_notes(journal, L"Keys", key);
    RegCloseKey(journal->saved);
    journal->saved = NULL;
    journal_path(journal, path);
    LONG saved_error = delete_if_empty(journal->hive, path);
    if (!saved_error)
        saved_error = remove_journals(journal->hive);
    if (!error)
        error = keys_error;
    return error ? error : saved_error;
}

LONG journal_undo(struct journal *journal)
{
    return settle(journal, undo_value, undo_key);
}

/* ---- leaving to others --------------------------------------------------------------------- */

/* Is there a value in the place that the note names, and is it not as we wrote it? */
static BOOL is_replaced(const struct journal *journal, HKEY note)
{
    wchar_t path[PATH_MOST + 1], name[PATH_MOST + 1];
    struct value now = {0, 0, NULL}, ours = {0, 0, NULL};
    HKEY key;
    if (text_read(note, L"Path", path) || !path[0] || text_read(note, L"Name", name) ||
        key_open(journal->hive, path, KEY_READ, &key))
        return FALSE;
    BOOL replaced = !value_read(key, name[0] ? name : NULL, &now) &&
                    !value_read(note, L"Ours", &ours) && now.data && ours.data &&
                    !value_is(&now, REG_SZ, ours.data, ours.size);
    free(now.data);
    free(ours.data);
    RegCloseKey(key);
    return replaced;
}

BOOL journal_is_taken_over(const struct journal *journal)
{
    HKEY note;
    if (!journal->saved || key_open(journal->saved, L"Values\\00000000", KEY_READ, &note))
        return FALSE;
    BOOL replaced = is_replaced(journal, note);
    RegCloseKey(note);
    return replaced;
}

static LONG leave_as_is(struct journal *journal, HKEY note)
{
    (void)journal;
    (void)note;
    return ERROR_SUCCESS;
}

LONG journal_forget(struct journal *journal)
{
    return settle(journal, leave_as_is, leave_as_is);
}

BOOL registry_is_taken(HKEY hive, const wchar_t *path)
{
    HKEY key;
    struct value value = {0, 0, NULL};
    LONG error = key_open(hive, path, KEY_READ, &key);
    if (error == ERROR_FILE_NOT_FOUND)
        return FALSE;
    if (error)
        return TRUE;
    error = value_read(key, NULL, &value);
    BOOL says = value.data && value.size >= sizeof(wchar_t) && *(const wchar_t *)(void *)value.data;
    free(value.data);
    RegCloseKey(key);
    return error || says;
}
