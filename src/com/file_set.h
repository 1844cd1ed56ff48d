/* SPDX-License-Identifier: MIT */
/* From the FILESETINFOs of AddFiles to what the queue takes, and back for GetFile. */
#ifndef QMGR_COM_FILE_SET_H
#define QMGR_COM_FILE_SET_H

#include <windows.h>
#include <qmgr.h>
#include <stddef.h>

#include "queue/queue.h"

#define REMOTE_NAME_MOST 2200 /* characters, terminator not counted */

struct file_set {
    struct new_file *files;
    size_t count;
};

/* Checks every entry and copies it; nothing is touched on the disk. FAULT_ARGUMENT if any name
 * is not valid, FAULT_MEMORY. *set is empty unless FAULT_NONE is returned. dwSizeHint is not
 * read: clients leave it uninitialised. */
enum fault file_set_read(FILESETINFO *const *infos, size_t count, struct file_set *set);
void file_set_clear(struct file_set *set);

/* The names of a file as AddFiles got them, but without the name and password that stood in the URL: those are for the
 * server, and shown to nobody. On failure (FAULT_MEMORY) *info is all zero; its former content is never looked at. */
enum fault file_info_write(const struct file_row *row, FILESETINFO *info);

#endif
