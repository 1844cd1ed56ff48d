/* SPDX-License-Identifier: MIT */
#include "com/clients.h"

#include <stdatomic.h>
#include <stddef.h>

#include "com/host.h"
#include "platform/platform.h"
#include "platform/winapi.h"

#define NAME "QmgrPrxy-clients"

static _Atomic(struct claim *) shown; /* exists, but is never taken */

void clients_show(void)
{
    struct claim *none = NULL;
    if (!winapi_is_wine() || host_is_here() || atomic_load(&shown))
        return;
    struct claim *claim = claim_new(NAME);
    if (!atomic_compare_exchange_strong(&shown, &none, claim))
        claim_free(claim);
}

void clients_done(void)
{
    claim_free(atomic_exchange(&shown, NULL));
}

bool clients_exist(void)
{
    return !winapi_is_wine() || claim_exists(NAME);
}
