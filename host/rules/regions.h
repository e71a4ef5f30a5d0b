/* SPDX-License-Identifier: Apache-2.0 */
/* The regions in which machines may run, by Azure's name or the one that people read. */
#ifndef FLEXHOST_RULES_REGIONS_H
#define FLEXHOST_RULES_REGIONS_H

#include "base/error.h"

#include <stddef.h>

struct region {
    const char *name;         /* "westus3" */
    const char *display;      /* "West US 3" */
    const char *geography;    /* "North America (US)" */
    const char *const *zones; /* "1", "2", "3"; none where Azure offers none */
    size_t zone_count;
};

/* The texts belong to whoever filled the table. */
struct region_table {
    const struct region *regions;
    size_t count;
};

/* By name or display name; case, spaces and hyphens do not matter. NULL if unknown. */
const struct region *region_find(const struct region_table *table, const char *text);
/* As region_find; the error names the nearest regions. */
const struct region *region_require(const struct region_table *table, const char *field,
                                    const char *text, struct error *err);

#endif
