/* SPDX-License-Identifier: MIT */
/* What tests set in the environment, and the log that they look into. */
#ifndef QMGR_TESTS_NATIVE_VARIABLES_H
#define QMGR_TESTS_NATIVE_VARIABLES_H

#include <stddef.h>

/* UTF-8. NULL: not set. */
void set_variable(const char *name, const char *value);

/* From now on the log is the file of that name in a new folder, and empty. */
void log_begin(void);
/* No log any more; the folder goes. Harmless without one. */
void log_end(void);
const char *log_path(void);
const char *log_folder(void);
/* What is in it, or in another file ("" if there is none); valid until log_end or the next call. */
const char *log_content(void);
const char *text_of_file(const char *path);
/* How often the text occurs in it. */
size_t log_count(const char *text);

#endif
