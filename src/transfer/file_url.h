/* SPDX-License-Identifier: MIT */
/* file: URLs (RFC 8089): file:///C:/folder/file and file://server/share/folder/file. */
#ifndef QMGR_TRANSFER_FILE_URL_H
#define QMGR_TRANSFER_FILE_URL_H

#include <stdbool.h>
#include <stddef.h>

/* The path in the system's own form: C:\folder\file, \\server\share\folder\file (elsewhere than on Windows, where
 * only tests use it: /folder/file). malloc'ed. NULL if the URL names no file so: not absolute, with user name,
 * port, query or fragment, with a wildcard, a stream, "." or ".." or something else in it that is no part of a
 * name, however it is encoded; or out of memory. It says nothing on whether there is such a file. */
char *file_url_path(const char *url);

/* ---- for the files file_url*.c ------------------------------------------------------------- */

/* A part of a path that names something, and nothing else than it seems to. */
bool file_url_is_name(const char *name, size_t length);
/* "/name/name": so many names at least, and nothing behind the last. */
bool file_url_is_path(const char *path, int least);
/* By system. What is behind "file://", decoded: "/C:/folder/file" or "server/share/file". */
char *file_url_to_system(const char *rest);

#endif
