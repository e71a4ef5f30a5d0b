/* SPDX-License-Identifier: Apache-2.0 */
/* What there is of each thing that has a limit, counted in one place. */
#ifndef FLEXHOST_COMMAND_USAGE_H
#define FLEXHOST_COMMAND_USAGE_H

#include "base/arena.h"
#include "base/error.h"
#include "command/context.h"
#include "rules/locations.h"
#include "rules/name_set.h"

#include <jansson.h>
#include <stdint.h>

struct usage {
    struct arena arena;
    int64_t catalogs;
    struct name_set domains;
    struct location_table locations;
    json_t *machines; /* by subscription, in small letters */
};

/* A catalog counts from the moment it is recorded, with all machines that it asked for, whether
 * they are there already or failed; while it is being deleted, with those that are left. Machines
 * that deliver no desktops (connectors, image builders, bastions) are in no catalog. */
int usage_count(struct context *context, struct usage *usage, struct error *err);
int64_t usage_machines(const struct usage *usage, const char *subscription);
void usage_clear(struct usage *usage);

#endif
