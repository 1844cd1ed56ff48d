/* SPDX-License-Identifier: MIT */
/* The progress bar on standard error: one line, drawn over itself. */
#include "qmgrctl.h"

#include <stdio.h>
#include <wchar.h>

#define CELLS 30u

void bar_start(struct bar *bar, enum progress_mode mode)
{
    *bar = (struct bar){.last_tick = GetTickCount()};
    bar->on = mode == PROGRESS_ALWAYS || (mode == PROGRESS_AUTO && error_output_is_console());
}

/* Bytes a second since the last look, smoothed so that it can be read. */
static void measure(struct bar *bar, DWORD bytes)
{
    DWORD now = GetTickCount(), elapsed = now - bar->last_tick;
    if (elapsed < 100)
        return;
    DWORD gained = bytes > bar->last_bytes ? bytes - bar->last_bytes : 0;
    DWORD rate = (DWORD)((unsigned long long)gained * 1000 / elapsed);
    bar->rate = bar->rate == 0 ? rate : (DWORD)(((unsigned long long)bar->rate * 3 + rate) / 4);
    bar->last_tick = now;
    bar->last_bytes = bytes;
}

void bar_draw(struct bar *bar, const struct standing *standing)
{
    wchar_t cells[CELLS + 1], done[32], size[32], rate[32], line[200];
    if (!bar->on)
        return;
    measure(bar, standing->bytes);
    const DWORD full = standing->percent * CELLS / 100;
    for (DWORD i = 0; i < CELLS; i++)
        cells[i] = i < full ? L'#' : L'.';
    cells[CELLS] = L'\0';
    words_for_bytes(standing->bytes, done, sizeof done / sizeof done[0]);
    words_for_bytes(standing->size, size, sizeof size / sizeof size[0]);
    words_for_bytes(bar->rate, rate, sizeof rate / sizeof rate[0]);
    int length = _snwprintf(line, sizeof line / sizeof line[0], L"%3lu%% [%ls] %ls%ls%ls  %ls/s",
                            standing->percent, cells, done, standing->size != 0 ? L" of " : L"",
                            standing->size != 0 ? size : L"", rate);
    if (length < 0)
        return;
    /* Blanks wipe what the line before had more. */
    complain(L"\r%-*ls", (int)bar->width, line);
    bar->width = (size_t)length;
    bar->drawn_at_all = true;
}

void bar_end(struct bar *bar)
{
    if (bar->drawn_at_all)
        complain(L"\n");
    bar->on = false;
}
