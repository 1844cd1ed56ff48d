/* SPDX-License-Identifier: MIT */
/* Codes in words. Windows keeps its texts for network errors in modules that not every system has, so the
 * few that a transfer ends with have their words here. */
#include "qmgrctl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

struct word {
    DWORD code;
    const wchar_t *text;
};

static const struct word qmgr_words[] = {
    {QM_E_INVALID_STATE, L"not possible in the group's present state"},
    {QM_E_SERVICE_UNAVAILABLE, L"the queue cannot be opened or written"},
    {QM_E_DOWNLOADER_UNAVAILABLE, L"the transfer engine cannot be started"},
    {QM_E_ITEM_NOT_FOUND, L"the queue has no such group, job or file"},
    {(DWORD)REGDB_E_CLASSNOTREG, L"the class BackgroundCopyQMgr is not registered"},
};

static const struct word network_words[] = {
    {12002, L"the server did not answer in time"},
    {12007, L"the server's name cannot be resolved"},
    {12029, L"no connection to the server"},
    {12005, L"the URL is not one that can be fetched"},
    {12003, L"the FTP server refuses"},
    {12006, L"the setting Protocols does not allow this kind of URL"},
    {12015, L"the server does not accept the name and password"},
    {12028, L"no such file on the server, or no right to read it"},
    {12030, L"the connection to the server broke off"},
    {12037, L"the server's certificate has expired or is not valid yet"},
    {12038, L"the server's certificate is for another name"},
    {12044, L"the server demands a certificate of the client"},
    {12045, L"the server's certificate comes from an unknown authority"},
    {12152, L"the server's answer makes no sense"},
    {12156, L"the server redirects too often, or to a place where it may not"},
    {12169, L"the server's certificate is too weak, or cannot be understood"},
    {12170, L"the server's certificate was revoked"},
    {12175, L"no secure connection to the server"},
    {12179, L"the server's certificate is not meant for servers"},
};

static const struct word http_words[] = {
    {400, L"bad request"},        {401, L"not authorised"},
    {403, L"forbidden"},          {404, L"no such file on the server"},
    {405, L"method not allowed"}, {407, L"not authorised at the proxy"},
    {408, L"request timed out"},  {410, L"the file is gone for good"},
    {414, L"URL too long"},       {429, L"too many requests"},
    {500, L"server error"},       {501, L"not supported by the server"},
    {502, L"bad gateway"},        {503, L"server unavailable"},
    {504, L"gateway timed out"},  {505, L"HTTP version not supported"},
};

/* What one can do about it. */
static const struct word network_advice[] = {
    {2, L"see whether the file's folder is still there"},
    {3, L"see whether the file's folder is still there, make it again, and resume the group"},
    {5, L"see who may write to the file and its folder, and whether it is read-only"},
    {14, L"end some programs, then resume the group"},
    {21, L"see whether the drive is there, then resume the group"},
    {32, L"end the program that has the file open, then resume the group"},
    {33, L"end the program that has the file open, then resume the group"},
    {39, L"make room on the disk, then resume the group"},
    {53, L"see whether the other computer and its share can be reached, then resume the group"},
    {67, L"see whether the other computer has a share of this name"},
    {112, L"make room on the disk, then resume the group"},
    {1392, L"cancel the group and add its files again"},
    {12002, L"see whether the server works and can be reached, then resume the group"},
    {12005, L"cancel the group and add its files with a right URL"},
    {12007,
     L"see whether the name is right and this computer has a network, then resume the group"},
    {12006, L"ask who set it, or cancel the group"},
    {12015, L"cancel the group and add its files with the right name and password"},
    {12028, L"see whether the URL is right"},
    {12029, L"see whether the server works, and what a firewall or proxy says to it"},
    {12030, L"see whether the server works, then resume the group"},
    {12037,
     L"see whether this computer's clock is right; else whoever runs the server must renew it"},
    {12038, L"see whether the server's name in the URL is right"},
    {12044, L"ask whoever runs the server whether it can be had without one"},
    {12045, L"if you trust the authority, install its certificate, or put it into qmgr-ca.pem"},
    {12152, L"see whether it is a server of the kind that the URL says"},
    {12156, L"ask for a URL that leads to the file directly"},
    {12169, L"whoever runs the server must get a better certificate"},
    {12170, L"do not use this server until whoever runs it has a new certificate"},
    {12175, L"see whether the server is too old, or this computer lacks root certificates"},
    {12179, L"whoever runs the server must get another certificate"},
};

static const struct word http_advice[] = {
    {401, L"put the right name and password into the URL: http://name:password@server/"},
    {403, L"ask whoever runs the server for the permission"},
    {404, L"see whether the URL is right"},
    {407, L"tell the proxy's name and password"},
    {410, L"ask for another place of the file"},
    {414, L"ask for a shorter URL"},
};

static const wchar_t *look_up(const struct word *words, size_t count, DWORD code)
{
    for (size_t i = 0; i < count; i++) {
        if (words[i].code == code)
            return words[i].text;
    }
    return NULL;
}

static void print(wchar_t *text, size_t room, const wchar_t *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (_vsnwprintf(text, room, format, arguments) < 0)
        text[room - 1] = L'\0'; /* cut */
    va_end(arguments);
}

/* The system's own words, without the line end and full stop that they come with. */
static bool system_words(DWORD code, wchar_t *text, size_t room)
{
    DWORD length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL,
                                  code, 0, text, (DWORD)room, NULL);
    while (length > 0 && (text[length - 1] <= L' ' || text[length - 1] == L'.'))
        text[--length] = L'\0';
    return length > 0;
}

const wchar_t *words_for_hresult(HRESULT hr, wchar_t *text, size_t room)
{
    const wchar_t *words = look_up(qmgr_words, sizeof qmgr_words / sizeof qmgr_words[0], (DWORD)hr);
    wchar_t system[200];
    if (words == NULL)
        words =
            system_words((DWORD)hr, system, sizeof system / sizeof system[0]) ? system : L"error";
    print(text, room, L"%ls (0x%08lX)", words, (unsigned long)hr);
    return text;
}

const wchar_t *words_for_results(DWORD win32, DWORD http, wchar_t *text, size_t room)
{
    wchar_t system[200];
    const wchar_t *words;
    text[0] = L'\0';
    if (http != 0) {
        words = look_up(http_words, sizeof http_words / sizeof http_words[0], http);
        print(text, room, L"%ls (HTTP %lu)", words != NULL ? words : L"the server refused", http);
    } else if (win32 != 0) {
        words = look_up(network_words, sizeof network_words / sizeof network_words[0], win32);
        if (words == NULL)
            words =
                system_words(win32, system, sizeof system / sizeof system[0]) ? system : L"error";
        print(text, room, L"%ls (%lu)", words, win32);
    }
    return text;
}

const wchar_t *advice_for_results(DWORD win32, DWORD http)
{
    const wchar_t *words =
        http != 0
            ? look_up(http_advice, sizeof http_advice / sizeof http_advice[0], http)
            : look_up(network_advice, sizeof network_advice / sizeof network_advice[0], win32);
    return words != NULL ? words : L"resume the group to try again, with a log to see more";
}

const wchar_t *words_for_bytes(DWORD bytes, wchar_t *text, size_t room)
{
    static const wchar_t *const units[] = {L"KiB", L"MiB", L"GiB"};
    if (bytes == 0xFFFFFFFFu) {
        print(text, room, L"4 GiB or more");
    } else if (bytes < 1024) {
        print(text, room, L"%lu B", bytes);
    } else {
        unsigned unit = 0;
        unsigned long long tenths = (unsigned long long)bytes * 10 / 1024;
        for (; tenths >= 10240 && unit < 2; unit++)
            tenths /= 1024;
        print(text, room, L"%lu.%lu %ls", (DWORD)(tenths / 10), (DWORD)(tenths % 10), units[unit]);
    }
    return text;
}

const wchar_t *words_for_status(DWORD group_status)
{
    if ((group_status & QM_STATUS_GROUP_ERROR) != 0)
        return L"error";
    if ((group_status & QM_STATUS_GROUP_COMPLETE) != 0)
        return L"complete";
    return (group_status & QM_STATUS_GROUP_SUSPENDED) != 0 ? L"suspended" : L"running";
}

/* Where the password of a URL stands; false if it has none. */
static bool find_password(const wchar_t *url, size_t *from, size_t *to)
{
    const wchar_t *authority = wcsstr(url, L"://");
    if (authority == NULL)
        return false;
    authority += 3;
    const wchar_t *end = authority + wcscspn(authority, L"/?#"), *at = NULL;
    for (const wchar_t *c = authority; c < end; c++) {
        if (*c == L'@')
            at = c;
    }
    const wchar_t *colon = wcschr(authority, L':');
    if (at == NULL || colon == NULL || colon > at)
        return false;
    *from = (size_t)(colon + 1 - url);
    *to = (size_t)(at - url);
    return true;
}

wchar_t *masked_url(const wchar_t *url)
{
    static const wchar_t stars[] = L"***";
    size_t from = 0, to = 0;
    const size_t length = wcslen(url), room = length + sizeof stars / sizeof stars[0];
    const bool has_password = find_password(url, &from, &to);
    wchar_t *masked = calloc(room, sizeof *masked);
    if (masked == NULL)
        return NULL;
    wcsncpy(masked, url, from); /* the password is not even copied */
    wcscat(masked, has_password ? stars : L"");
    wcscat(masked, url + to);
    return masked;
}

void flatten(wchar_t *text)
{
    for (; *text != L'\0'; text++) {
        if (*text < L' ' || *text == 0x7F)
            *text = L' ';
    }
}
