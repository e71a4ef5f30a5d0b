/* SPDX-License-Identifier: Apache-2.0 */
/* A catalog's desired state: a resource group, and one virtual machine a name. */
#ifndef FLEXHOST_COMMAND_CATALOG_PLAN_H
#define FLEXHOST_COMMAND_CATALOG_PLAN_H

#include "base/error.h"
#include "command/context.h"
#include "plan/plan.h"

#include <jansson.h>

/*
 * Pure. The request's "catalog" member says everything:
 *   machines   names, in order; machine i starts in zone i modulo their number
 *   sizes      [{"size","zones":[…]}]: the size asked for, then the backup sizes
 *   subnetId   of the connection
 *   image      as the image's plugin exports it: {"reference","os","specialized",…}
 *   diskGib, diskSku, secureBoot, administrator
 *   join       {"domain","ou","account"}, absent when not joined; the password is
 * ${secret:service-account-password}
 */
int catalog_plan(struct context *context, const json_t *request, struct plan **plan,
                 struct error *err);

#endif
