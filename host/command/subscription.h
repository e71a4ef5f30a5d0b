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
/* The same with its "source": "flexhost.ini:12", or "added". */
json_t *subscription_find(struct context *context, const char *name, struct error *err);
/* All of them, the INI's first. The caller decrefs. */
json_t *subscription_list(struct context *context, struct error *err);

/* Refuses a subscription that a record was made with and that is no longer configured, or is
 * another one by now. */
int subscription_check(struct context *context, const json_t *subscription, struct error *err);

/* The tenant that is meant, or NULL when only Azure can tell. */
const char *subscription_tenant(const struct config *config, const char *tenant,
                                const char *credential);

#endif
