/* SPDX-License-Identifier: Apache-2.0 */
/* Asks Azure, before machines are created, whether they fit into what it grants the subscription.
 */
#ifndef FLEXHOST_COMMAND_QUOTA_H
#define FLEXHOST_COMMAND_QUOTA_H

#include "base/error.h"
#include "command/context.h"

#include <jansson.h>
#include <stdint.h>

struct quota_demand {
    const char *field;     /* what a refusal is about ("--users"), or NULL */
    const char *sub_state; /* the published model's code of a refusal */
    int64_t machines;
    /* [{"size", "zones": ["1", …]}] in the order in which they are tried, as rules/spread.h has it;
     * what cannot be had is taken out, with a warning. A size whose quota is not enough for all
     * gets "most": the machines that it has room for; the others begin with the next size. */
    json_t *sizes;
};

/* Two reads: the sizes that the region offers, and the quotas. [azure] quota-check says whether
 * they are asked, and whether a demand that does not fit is refused. What Azure does not let the
 * credential read is only warned of. Nothing is reserved: who creates at the same time may be
 * faster. */
int quota_check(struct context *context, const json_t *subscription, const char *region,
                const struct quota_demand *demand, struct error *err);

#endif
