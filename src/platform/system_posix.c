/* SPDX-License-Identifier: MIT */
/* Time, chance, secrets and the queue's folder, for tests on POSIX systems. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "platform/platform.h"

uint64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

unsigned clock_local_hour(void)
{
    time_t now = time(NULL);
    struct tm local;
    return localtime_r(&now, &local) ? (unsigned)local.tm_hour : 0;
}

int64_t clock_unix_s(void)
{
    return (int64_t)time(NULL);
}

bool random_bytes(void *buf, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t got = getrandom((char *)buf + done, size - done, 0);
        if (got < 0 && errno != EINTR) {
            memset(buf, 0, size);
            return false;
        }
        done += got > 0 ? (size_t)got : 0;
    }
    return true;
}

void memory_wipe(void *data, size_t size)
{
    if (data) {
        explicit_bzero(data, size);
    }
}

/* A mark in front, so that data which was not sealed is refused as DPAPI would. */
static const char mark[4] = {'s', 'e', 'a', 'l'};
#define DISGUISE 0x5A

static void disguise(unsigned char *to, const unsigned char *from, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        to[i] = from[i] ^ DISGUISE;
    }
}

bool secret_protect(const void *plain, size_t size, struct blob *out)
{
    *out = (struct blob){NULL, 0};
    unsigned char *data = size > 0 && size <= INT32_MAX ? malloc(sizeof(mark) + size) : NULL;
    if (!data) {
        return false;
    }
    memcpy(data, mark, sizeof(mark));
    disguise(data + sizeof(mark), plain, size);
    *out = (struct blob){data, sizeof(mark) + size};
    return true;
}

bool secret_reveal(const void *sealed, size_t size, struct blob *out)
{
    *out = (struct blob){NULL, 0};
    if (size <= sizeof(mark) || memcmp(sealed, mark, sizeof(mark)) != 0) {
        return false;
    }
    unsigned char *data = malloc(size - sizeof(mark));
    if (!data) {
        return false;
    }
    disguise(data, (const unsigned char *)sealed + sizeof(mark), size - sizeof(mark));
    *out = (struct blob){data, size - sizeof(mark)};
    return true;
}

char *platform_env(const char *name)
{
    const char *value = getenv(name);
    return value ? strdup(value) : NULL;
}

char *platform_home(void)
{
    char *home = platform_env("QMGRPRXY_HOME");
    if (home && home[0] == '/') {
        return home;
    }
    char *result = NULL;
    if (home && home[0] != '\0') {
        char *here = getcwd(NULL, 0);
        result = here ? path_join(here, home) : NULL;
        free(here);
    } else {
        const char *user = getenv("HOME");
        result = user ? path_join(user, ".local/share/QmgrPrxy/Queue") : NULL;
    }
    free(home);
    return result;
}
