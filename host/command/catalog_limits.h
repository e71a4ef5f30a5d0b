/* SPDX-License-Identifier: Apache-2.0 */
/* The limits that a new catalog counts against, before anything is created. */
#ifndef FLEXHOST_COMMAND_CATALOG_LIMITS_H
#define FLEXHOST_COMMAND_CATALOG_LIMITS_H

#include "base/error.h"
#include "command/context.h"

struct catalog_demand {
    const char *subscription; /* names */
    const char *connection;
    const char *domain; /* NULL: not joined */
    bool multi_session;
    int64_t users;
    int64_t machines;
    bool warned; /* who is near a limit has been told */
};

/* Warns near a limit, refuses beyond one: the limit, the current count, what was asked and what
 * would fit. */
int catalog_check_limits(struct context *context, const struct catalog_demand *demand,
                         struct error *err);

#endif
