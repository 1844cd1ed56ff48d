/* SPDX-License-Identifier: MIT */
/* Folders that tests may fill. */
#ifndef QMGR_TESTS_NATIVE_SUPPORT_H
#define QMGR_TESTS_NATIVE_SUPPORT_H

/* Makes a new, empty folder below QMGR_TEST_TMP (else the system's folder for temporary files) and
 * returns its path, malloc'ed. Fails the test if it cannot. */
char *test_folder(void);
/* Deletes the folder with all that is in it, and frees the path. NULL is harmless. */
void test_remove_folder(char *folder);

#endif
