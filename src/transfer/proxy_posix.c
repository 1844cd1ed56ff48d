/* SPDX-License-Identifier: MIT */
#include <stddef.h>

#include "transfer/proxy_system.h"

void proxy_system_config(struct proxy_config *config)
{
    *config = (struct proxy_config){0};
}

bool proxy_system_ask(const char *script, const char *url, bool own_logon,
                      struct proxy_answer *answer)
{
    (void)script, (void)url, (void)own_logon;
    *answer = (struct proxy_answer){0};
    return false;
}

bool proxy_system_login(const char *host, uint16_t port, char **user, char **password)
{
    (void)host, (void)port;
    *user = *password = NULL;
    return false;
}
