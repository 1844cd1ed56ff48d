/* SPDX-License-Identifier: MIT */
#include "platform/digest.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* The library keeps the layout of its state to itself, so it is only trusted from the same version. */
struct saved {
    uint32_t version;
    uint32_t seal; /* of the state: a damaged one must not lead the library astray */
    XXH64_state_t state;
};

_Static_assert(sizeof(struct digest) == sizeof(XXH64_state_t), "digest.h has room for the state");
_Static_assert(sizeof(struct saved) == DIGEST_SAVED_SIZE, "and for what is saved");

#define STRIPE 32 /* the library holds back what does not fill one */

static XXH64_state_t state_of(const struct digest *digest)
{
    XXH64_state_t state;
    memcpy(&state, digest->state, sizeof state);
    return state;
}

void digest_start(struct digest *digest)
{
    XXH64_state_t state;
    memset(&state, 0, sizeof state);
    XXH64_reset(&state, 0);
    memcpy(digest->state, &state, sizeof state);
}

void digest_add(struct digest *digest, const void *data, size_t size)
{
    XXH64_state_t state = state_of(digest);
    XXH64_update(&state, data, size);
    memcpy(digest->state, &state, sizeof state);
}

uint64_t digest_length(const struct digest *digest)
{
    return state_of(digest).total_len;
}

uint64_t digest_value(const struct digest *digest)
{
    XXH64_state_t state = state_of(digest);
    return XXH64_digest(&state);
}

void digest_save(const struct digest *digest, uint8_t saved[DIGEST_SAVED_SIZE])
{
    struct saved out = {.version = XXH_VERSION_NUMBER, .state = state_of(digest)};
    out.seal = XXH32(&out.state, sizeof out.state, out.version);
    memcpy(saved, &out, sizeof out);
}

bool digest_load(struct digest *digest, const void *saved, size_t size)
{
    struct saved in;
    digest_start(digest);
    if (!saved || size != sizeof in)
        return false;
    memcpy(&in, saved, sizeof in);
    if (in.version != XXH_VERSION_NUMBER || in.state.memsize != in.state.total_len % STRIPE ||
        in.seal != XXH32(&in.state, sizeof in.state, in.version))
        return false;
    memcpy(digest->state, &in.state, sizeof in.state);
    return true;
}
