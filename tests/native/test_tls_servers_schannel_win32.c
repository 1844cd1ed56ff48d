/* SPDX-License-Identifier: MIT */
/* All kinds of TLS servers with schannel, whatever would be chosen. */
#include <stddef.h>

#include "tls_servers.h"

int main(int argc, char **argv)
{
    return tls_servers_run("schannel", argc > 1 ? argv[1] : NULL);
}
