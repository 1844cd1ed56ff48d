/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nth.h"

char **nth_names(const char *folder, size_t *count)
{
    char **names = nth_memory(sizeof *names);
    *count = 0;
    DIR *open = opendir(folder);
    for (struct dirent *entry; open && (entry = readdir(open)) != NULL;) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            char **more = realloc(names, (*count + 1) * sizeof *names);
            if (!more) {
                break;
            }
            names = more;
            names[(*count)++] = strdup(entry->d_name);
        }
    }
    if (open) {
        closedir(open);
    }
    return names;
}

bool nth_rename(const char *from, const char *to)
{
    return rename(from, to) == 0;
}

void nth_end(int code)
{
    _exit(code);
}

int nth_run_self(const char *const *arguments)
{
    enum { MOST = 8 };
    char *words[MOST + 2] = {strdup("/proc/self/exe")};
    size_t count = 1;
    for (; *arguments && count <= MOST; arguments++) {
        words[count++] = strdup(*arguments);
    }
    pid_t child;
    int status = -1;
    int error = posix_spawn(&child, words[0], NULL, NULL, words, environ);
    while (error == 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    for (size_t i = 0; i < count; i++) {
        free(words[i]);
    }
    return error == 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
