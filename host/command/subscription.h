/* SPDX-License-Identifier: Apache-2.0 */
/* Managed subscriptions: from the INI or added at the command line. */
#ifndef FLEXHOST_COMMAND_SUBSCRIPTION_H
#define FLEXHOST_COMMAND_SUBSCRIPTION_H

#include "base/error.h"
#include "command/context.h"

#include <jansson.h>

/* {"id","tenant","name","credential"} as plugins see it. name NULL: the only one there is. The
 * caller decrefs. */
json_t *subscription_resolve(struct context *context, const char *name, struct error *err);

#endif
