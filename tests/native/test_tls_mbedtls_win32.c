/* SPDX-License-Identifier: MIT */
/* HTTPS with mbedtls, whatever would be chosen. */
#include "tls_facts.h"

int main(void)
{
    return tls_facts_run("mbedtls");
}
