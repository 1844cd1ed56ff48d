/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <windows.h>
/* after windows.h */
#include <ntsecapi.h>
#include <wincrypt.h>

#include "platform/platform.h"

bool random_bytes(void *buf, size_t size)
{
    unsigned char *at = buf;
    size_t left = size;
    while (left > 0) {
        ULONG part = left > 0x10000 ? 0x10000 : (ULONG)left;
        if (!RtlGenRandom(at, part)) {
            memset(buf, 0, size);
            return false;
        }
        at += part;
        left -= part;
    }
    return true;
}

void memory_wipe(void *data, size_t size)
{
    if (data) {
        SecureZeroMemory(data, size);
    }
}

/* Moves what DPAPI gave us to memory that free() can free, leaving nothing behind. */
static bool take(DATA_BLOB *from, struct blob *out)
{
    out->data = malloc(from->cbData > 0 ? from->cbData : 1);
    if (out->data) {
        memcpy(out->data, from->pbData, from->cbData);
        out->size = from->cbData;
    }
    memory_wipe(from->pbData, from->cbData);
    LocalFree(from->pbData);
    return out->data != NULL;
}

bool secret_protect(const void *plain, size_t size, struct blob *out)
{
    *out = (struct blob){NULL, 0};
    if (size == 0 || size > INT32_MAX) {
        return false;
    }
    /* The structure is not const, but the function only reads it. */
    DATA_BLOB in = {(DWORD)size, (BYTE *)(uintptr_t)plain};
    DATA_BLOB sealed;
    if (!CryptProtectData(&in, NULL, NULL, NULL, NULL, CRYPTPROTECT_UI_FORBIDDEN, &sealed)) {
        return false;
    }
    return take(&sealed, out);
}

bool secret_reveal(const void *sealed, size_t size, struct blob *out)
{
    *out = (struct blob){NULL, 0};
    if (size == 0 || size > INT32_MAX) {
        return false;
    }
    DATA_BLOB in = {(DWORD)size, (BYTE *)(uintptr_t)sealed};
    DATA_BLOB plain;
    if (!CryptUnprotectData(&in, NULL, NULL, NULL, NULL, CRYPTPROTECT_UI_FORBIDDEN, &plain)) {
        return false;
    }
    return take(&plain, out);
}
