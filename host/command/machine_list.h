/* SPDX-License-Identifier: Apache-2.0 */
/* Machines as the journal of their catalog has them. */
#ifndef FLEXHOST_COMMAND_MACHINE_LIST_H
#define FLEXHOST_COMMAND_MACHINE_LIST_H

#include "base/error.h"
#include "command/context.h"
#include "store/store.h"

#include <jansson.h>

/* Every machine of every catalog (catalog NULL), or of one (its id); each
 * {"name","catalog","status","zone","size","id",…}. */
json_t *machine_list(struct store *store, const char *catalog_id, struct error *err);
/* Adds "machinesByStatus" to a catalog's JSON. */
int machine_counts(struct store *store, const struct record *catalog, json_t *json,
                   struct error *err);
/* How many machines these catalogs have together; an array of names. */
json_int_t machine_count(struct store *store, const json_t *catalogs);
/* One by its name; ERROR_USAGE if there is none. The caller decrefs. */
json_t *machine_find(struct store *store, const char *name, struct error *err);

#endif
