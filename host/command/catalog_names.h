/* SPDX-License-Identifier: Apache-2.0 */
/* Names for a catalog's machines. */
#ifndef FLEXHOST_COMMAND_CATALOG_NAMES_H
#define FLEXHOST_COMMAND_CATALOG_NAMES_H

#include "base/error.h"
#include "command/context.h"
#include "store/store.h"

#include <jansson.h>

/* `count` names by the fields naming-scheme and naming-type, none of which any machine of the
 * installation has. */
int catalog_allocate_names(struct context *context, const json_t *fields,
                           const struct record *connection, int64_t count, json_t **names,
                           struct error *err);

/* Refuses names that a catalog has got since they were allocated. */
int catalog_check_names(struct context *context, const json_t *names, struct error *err);

#endif
