/* SPDX-License-Identifier: MIT */
/* HTTPS with schannel, whatever would be chosen. */
#include "tls_facts.h"

int main(void)
{
    return tls_facts_run("schannel");
}
