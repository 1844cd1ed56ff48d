/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "platform/platform.h"

char *secret_reveal_text(const struct blob *sealed)
{
    struct blob plain;
    if (!secret_reveal(sealed->data, sealed->size, &plain))
        return NULL;
    char *text = malloc(plain.size + 1);
    if (text) {
        memcpy(text, plain.data, plain.size);
        text[plain.size] = '\0';
    }
    memory_wipe(plain.data, plain.size);
    free(plain.data);
    return text;
}

void secret_free_text(char *text)
{
    if (text)
        memory_wipe(text, strlen(text));
    free(text);
}
