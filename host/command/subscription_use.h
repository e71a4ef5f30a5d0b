/* SPDX-License-Identifier: Apache-2.0 */
/* Who stands on a managed subscription. */
#ifndef FLEXHOST_COMMAND_SUBSCRIPTION_USE_H
#define FLEXHOST_COMMAND_SUBSCRIPTION_USE_H

#include "base/error.h"
#include "store/store.h"

#include <jansson.h>

/* {"catalog": [NAME, …], "connection": […], …}: of every kind that has one. What ran on a machine
 * and is over (activities) uses nothing. The caller decrefs. */
json_t *subscription_users(struct store *store, const char *name, struct error *err);
/* {NAME: {"name", "id", …}, …}: the subscriptions that records were made in, configured or not. The
 * caller decrefs. */
json_t *subscriptions_used(struct store *store, struct error *err);
/* Refuses while there are users, naming them all. */
int subscription_refuse_used(struct store *store, const char *name, struct error *err);

#endif
