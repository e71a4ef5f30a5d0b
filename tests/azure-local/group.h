/* SPDX-License-Identifier: Apache-2.0 */
/* Microsoft.Resources: subscriptions, resource groups, and what is in them. */
#ifndef AZURE_LOCAL_GROUP_H
#define AZURE_LOCAL_GROUP_H

#include "kind.h"

int group_accept(struct exchange *x, struct resource *old, json_t *wanted);
int group_spare(struct exchange *x, struct resource *resource);
void group_show(struct exchange *x, const struct resource *resource, json_t *answer);
void group_gone(struct sim *sim, struct resource *resource);

int subscriptions_list(struct exchange *x);
int subscription_get(struct exchange *x);
int locations_list(struct exchange *x);
int resources_list(struct exchange *x);
int tenants_list(struct exchange *x);
int providers_list(struct exchange *x);
int provider_get(struct exchange *x);

#endif
