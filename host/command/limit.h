/* SPDX-License-Identifier: Apache-2.0 */
/* A limit and its use as JSON, for `limit list` and `subscription show`. */
#ifndef FLEXHOST_COMMAND_LIMIT_H
#define FLEXHOST_COMMAND_LIMIT_H

#include "command/context.h"
#include "rules/limits.h"

#include <jansson.h>

/* {"limit", "scope", "counts", "current", "most", "percent", "state", "source"}; warns from 90 %
 * on. The configuration is loaded. */
json_t *limit_json(struct context *context, enum limit limit, const char *scope, int64_t current);

#endif
