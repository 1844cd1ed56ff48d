/* SPDX-License-Identifier: MIT */
/* HTTPS with the TLS library that is chosen by itself. */
#include <stddef.h>

#include "tls_facts.h"

int main(void)
{
    return tls_facts_run(NULL);
}
