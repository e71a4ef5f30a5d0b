/* SPDX-License-Identifier: Apache-2.0 */
/* What Azure says of sizes and quotas in a region, for rules/quota.h. */
#ifndef FLEXHOST_COMMAND_QUOTA_READ_H
#define FLEXHOST_COMMAND_QUOTA_READ_H

#include "base/arena.h"
#include "base/error.h"
#include "command/context.h"
#include "rules/quota.h"

#include <stdbool.h>

struct quota_reading {
    const char *subscription; /* its id */
    const char *credential;
    const char *region;
    struct arena arena;       /* holds what is kept of the answers */
    struct quota_size *sizes; /* named by the caller; what Azure offers gets an offer */
    size_t size_count;
    struct quota_usage *usages;
    size_t usage_count, usage_room;
    bool failed; /* memory ran out */
};

/* Two lists, each read to its end. *answered: false when Azure refuses to tell; a warning says
 * so. */
int quota_read(struct context *context, struct quota_reading *reading, bool *answered,
               struct error *err);
void quota_reading_clear(struct quota_reading *reading);
/* A copy in the arena; NULL of NULL. */
const char *quota_reading_keep(struct quota_reading *reading, const char *text);

#endif
