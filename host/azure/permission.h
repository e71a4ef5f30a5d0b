/* SPDX-License-Identifier: Apache-2.0 */
/* What somebody may do, as Azure's list of permissions at a scope tells it. */
#ifndef FLEXHOST_AZURE_PERMISSION_H
#define FLEXHOST_AZURE_PERMISSION_H

#include <jansson.h>
#include <stdbool.h>

/* permissions: [{"actions", "notActions", "dataActions", "notDataActions"}] */
bool permission_allows(const json_t *permissions, const char *action);
/* The same of an action of a data plane. */
bool permission_allows_data(const json_t *permissions, const char *action);

#endif
