/* SPDX-License-Identifier: MIT */
#include "transfer/proxy_system.h"

#include <stdlib.h>

void proxy_config_clear(struct proxy_config *config)
{
    free(config->script);
    free(config->list);
    free(config->bypass);
    *config = (struct proxy_config){0};
}

void proxy_answer_clear(struct proxy_answer *answer)
{
    free(answer->list);
    free(answer->bypass);
    *answer = (struct proxy_answer){0};
}
