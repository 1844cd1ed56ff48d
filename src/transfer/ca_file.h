/* SPDX-License-Identifier: MIT */
/* Authorities that are trusted besides the system's: the file that the setting CaFile names, else qmgr-ca.pem beside
 * the DLL, if there is one. */
#ifndef QMGR_TRANSFER_CA_FILE_H
#define QMGR_TRANSFER_CA_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "platform/platform.h"

struct ca_file {
    char *path; /* NULL: no file was read */
    size_t count;
    struct blob *certificates; /* DER */
};

/* Reads the file. What is wrong with it is logged, in one line; what is right in it is used.
 * is_certificate looks at what was decoded. False if out of memory; then *file is empty. */
bool ca_file_read(struct ca_file *file, bool (*is_certificate)(const void *der, size_t size));
void ca_file_clear(struct ca_file *file);

#endif
