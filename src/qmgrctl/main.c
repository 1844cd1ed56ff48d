/* SPDX-License-Identifier: MIT */
/* The command line: one table of commands, one of options. */
#include "qmgrctl.h"

#include <stdlib.h>
#include <wchar.h>

#include "qmgrprxy_version.h"

#define WIDE(text) WIDE_AGAIN(text)
#define WIDE_AGAIN(text) L##text
#define VERSION WIDE(QMGRPRXY_VERSION_STRING)

static const wchar_t help[] =
    L"qmgrctl downloads through the COM class BackgroundCopyQMgr, as any of its clients does.\n"
    L"\n"
    L"  qmgrctl get URL FILE [URL FILE...]   download, wait, take the group off the queue\n"
    L"  qmgrctl add URL FILE [URL FILE...]   make a suspended group, print its GUID\n"
    L"  qmgrctl resume GROUP                 start it, or try again after an error\n"
    L"  qmgrctl wait GROUP                   stay until it is complete, failed or suspended\n"
    L"  qmgrctl suspend GROUP                pause it\n"
    L"  qmgrctl cancel GROUP                 take it off the queue; complete files stay\n"
    L"  qmgrctl list                         all groups of the queue\n"
    L"  qmgrctl info GROUP                   one group with its files\n"
    L"\n"
    L"  --progress=always|never|auto  get, wait: a bar on standard error (auto: on a console)\n"
    L"  --keep                        get: leave the group in the queue at the end\n"
    L"  --timeout SECONDS             wait: no longer than that\n"
    L"  --group GUID                  add: to this group; it is made if there is none\n"
    L"  --porcelain                   list, info: fields separated by tabs, for scripts\n"
    L"  --server                      any: use the class in a process of its own "
    L"(CLSCTX_LOCAL_SERVER)\n"
    L"  --help, --version\n"
    L"\n"
    L"GROUP is a GUID, with or without braces. The queue is run by the programs that use the "
    L"class:\n"
    L"a group goes on while one of them runs, so follow `resume` with `wait`. Ctrl-C in `get` "
    L"suspends\n"
    L"the group and leaves it in the queue.\n"
    L"\n"
    L"Exit code: 0 done, 1 a transfer failed or was stopped, 2 wrong usage, 3 no such group, 4 the "
    L"class\n"
    L"is not available or failed, 5 `wait` ran out of time.\n";

enum operands {
    NOTHING,
    PAIRS, /* URL FILE, at least once */
    A_GROUP,
};

enum allowed {
    ALLOW_PROGRESS = 1,
    ALLOW_KEEP = 2,
    ALLOW_TIMEOUT = 4,
    ALLOW_GROUP = 8,
    ALLOW_PORCELAIN = 16,
    ALLOW_SERVER = 32, /* with every command */
};

struct command {
    const wchar_t *name;
    enum operands operands;
    unsigned allowed;
    enum outcome (*carry_out)(IBackgroundCopyQMgr *manager, const struct options *options);
};

static const struct command commands[] = {
    {L"get", PAIRS, ALLOW_PROGRESS | ALLOW_KEEP, command_get},
    {L"add", PAIRS, ALLOW_GROUP, command_add},
    {L"resume", A_GROUP, 0, command_resume},
    {L"wait", A_GROUP, ALLOW_PROGRESS | ALLOW_TIMEOUT, command_wait},
    {L"suspend", A_GROUP, 0, command_suspend},
    {L"cancel", A_GROUP, 0, command_cancel},
    {L"list", NOTHING, ALLOW_PORCELAIN, command_list},
    {L"info", A_GROUP, ALLOW_PORCELAIN, command_info},
};

static const struct command *find_command(const wchar_t *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (wcscmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

/* ---- options ------------------------------------------------------------------------------ */

static bool take_progress(struct options *options, const wchar_t *value)
{
    if (wcscmp(value, L"always") == 0)
        options->progress = PROGRESS_ALWAYS;
    else if (wcscmp(value, L"never") == 0)
        options->progress = PROGRESS_NEVER;
    else if (wcscmp(value, L"auto") == 0)
        options->progress = PROGRESS_AUTO;
    else
        return false;
    return true;
}

static bool take_keep(struct options *options, const wchar_t *value)
{
    (void)value;
    options->keep = true;
    return true;
}

/* At most the 49 days that a tick count can tell apart. */
static bool take_timeout(struct options *options, const wchar_t *value)
{
    wchar_t *end;
    unsigned long seconds = wcstoul(value, &end, 10);
    if (value[0] < L'0' || value[0] > L'9' || *end != L'\0' || seconds > 4000000)
        return false;
    options->timeout_s = seconds;
    return true;
}

static bool take_group(struct options *options, const wchar_t *value)
{
    options->has_group = parse_guid(value, &options->group);
    return options->has_group;
}

static bool take_porcelain(struct options *options, const wchar_t *value)
{
    (void)value;
    options->porcelain = true;
    return true;
}

static bool take_server(struct options *options, const wchar_t *value)
{
    (void)value;
    options->server = true;
    return true;
}

static const struct option {
    const wchar_t *name;
    unsigned allowed;
    bool has_value;
    bool (*take)(struct options *options, const wchar_t *value);
} known[] = {
    {L"--progress", ALLOW_PROGRESS, true, take_progress},
    {L"--keep", ALLOW_KEEP, false, take_keep},
    {L"--timeout", ALLOW_TIMEOUT, true, take_timeout},
    {L"--group", ALLOW_GROUP, true, take_group},
    {L"--porcelain", ALLOW_PORCELAIN, false, take_porcelain},
    {L"--server", ALLOW_SERVER, false, take_server},
};

/* Words that are not understood may be URLs, so no password in them is shown. */
static void complain_of_word(const wchar_t *format, const wchar_t *word, const wchar_t *about)
{
    wchar_t *shown = masked_url(word);
    complain(format, shown != NULL ? shown : L"...", about);
    free(shown);
}

static const struct option *find_option(const wchar_t *word, unsigned allowed)
{
    const size_t length = wcscspn(word, L"=");
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if ((known[i].allowed & allowed) != 0 && wcslen(known[i].name) == length &&
            wcsncmp(known[i].name, word, length) == 0)
            return &known[i];
    }
    return NULL;
}

/* "--name=value" or "--name value"; *at is moved to the last word used. */
static bool take_option(struct options *options, const struct command *command, int count,
                        wchar_t **words, int *at)
{
    const wchar_t *word = words[*at], *value = wcschr(word, L'=');
    const struct option *option = find_option(word, command->allowed | ALLOW_SERVER);
    if (option == NULL || (value != NULL && !option->has_value)) {
        complain_of_word(L"qmgrctl: %ls is not known to %ls\n", word, command->name);
        return false;
    }
    if (value != NULL)
        value++;
    else if (option->has_value && *at + 1 < count)
        value = words[++*at];
    if (option->has_value && value == NULL) {
        complain(L"qmgrctl: %ls wants a value\n", word);
        return false;
    }
    if (!option->take(options, value)) {
        complain_of_word(L"qmgrctl: %ls is no value for %ls\n", value, option->name);
        return false;
    }
    return true;
}

/* Sorts options from operands; the operands are moved to the front of words. */
static bool parse(struct options *options, const struct command *command, int count,
                  wchar_t **words)
{
    bool operands_only = false;
    *options = (struct options){.timeout_s = NO_TIMEOUT, .words = words};
    for (int at = 0; at < count; at++) {
        if (!operands_only && wcscmp(words[at], L"--") == 0)
            operands_only = true;
        else if (operands_only || wcsncmp(words[at], L"--", 2) != 0)
            words[options->count++] = words[at];
        else if (!take_option(options, command, count, words, &at))
            return false;
    }
    return true;
}

static bool operands_fit(struct options *options, const struct command *command)
{
    switch (command->operands) {
    case NOTHING:
        if (options->count == 0)
            return true;
        break;
    case PAIRS:
        if (options->count > 0 && options->count % 2 == 0)
            return true;
        complain(L"qmgrctl: %ls wants pairs of URL and FILE\n", command->name);
        return false;
    case A_GROUP:
        if (options->count == 1 && parse_guid(options->words[0], &options->group))
            return true;
        complain(L"qmgrctl: %ls wants the GUID of one group\n", command->name);
        return false;
    }
    complain(L"qmgrctl: %ls wants nothing more\n", command->name);
    return false;
}

/* ---- the program -------------------------------------------------------------------------- */

static enum outcome carry_out(const struct command *command, const struct options *options)
{
    IBackgroundCopyQMgr *manager;
    HRESULT hr = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (FAILED(hr))
        return failed(L"CoInitializeEx", hr);
    enum outcome outcome =
        connect_to_class(options->server ? CLSCTX_LOCAL_SERVER : CLSCTX_ALL, &manager);
    if (outcome == OUTCOME_OK) {
        outcome = command->carry_out(manager, options);
        IBackgroundCopyQMgr_Release(manager);
    }
    /* Else the threads of the class would be ended with the process, at whatever they are. */
    CoFreeUnusedLibraries();
    CoUninitialize();
    return outcome;
}

static enum outcome run(int count, wchar_t **words)
{
    if (count < 2) {
        complain(L"%ls", help);
        return OUTCOME_USAGE;
    }
    if (wcscmp(words[1], L"--help") == 0 || wcscmp(words[1], L"help") == 0) {
        say(L"%ls", help);
        return OUTCOME_OK;
    }
    if (wcscmp(words[1], L"--version") == 0) {
        say(L"qmgrctl %ls\n", VERSION);
        return OUTCOME_OK;
    }
    struct options options;
    const struct command *command = find_command(words[1]);
    if (command == NULL) {
        complain_of_word(L"qmgrctl: %ls is no command; see %ls --help\n", words[1], L"qmgrctl");
        return OUTCOME_USAGE;
    }
    if (!parse(&options, command, count - 2, words + 2) || !operands_fit(&options, command))
        return OUTCOME_USAGE;
    return carry_out(command, &options);
}

int main(void)
{
    int count = 0;
    wchar_t **words = CommandLineToArgvW(GetCommandLineW(), &count);
    if (words == NULL)
        return OUTCOME_COM;
    enum outcome outcome = run(count, words);
    LocalFree(words);
    return (int)outcome;
}
