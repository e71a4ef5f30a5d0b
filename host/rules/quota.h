/* SPDX-License-Identifier: Apache-2.0 */
/* How many machines fit into what Azure grants a subscription in a region. */
#ifndef FLEXHOST_RULES_QUOTA_H
#define FLEXHOST_RULES_QUOTA_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The names of the quotas that every machine counts against. */
#define QUOTA_CORES    "cores"
#define QUOTA_MACHINES "virtualMachines"

/* A quota of the region, by Azure's name ("standardDSv5Family"). */
struct quota_usage {
    const char *name;
    int64_t current;
    int64_t limit;   /* below 0: none */
    int64_t planned; /* set by quota_share(): what the machines take of it */
};

enum { QUOTA_ZONES = 8 };

/* A size as Azure offers it to the subscription in the region. */
struct quota_offer {
    const char *family; /* the name of its quota */
    int64_t vcpus;      /* at least 1 */
    const char *zones[QUOTA_ZONES];
    size_t zone_count; /* 0: machines of it stand in no zone */
    const char *restricted_zones[QUOTA_ZONES];
    size_t restricted_zone_count;
    const char *restriction; /* of the whole region: Azure's reason; NULL: none */
};

struct quota_size {
    const char *name;
    const struct quota_offer *offer; /* NULL: it cannot be had, and is passed over */
    /* Set by quota_share(): */
    int64_t wanted;                  /* machines that were left for it */
    int64_t fits;                    /* how many of them it takes */
    const struct quota_usage *bound; /* what keeps it from taking more; NULL if it takes them all */
    int64_t bound_need;              /* what `wanted` needs of that */
    int64_t bound_planned;           /* and what the sizes before take of it */
};

/* Whether machines of the size can be had in the zone; NULL: in none. */
bool quota_zone_offered(const struct quota_offer *offer, const char *zone);

/* Shares the machines out, each size taking what fits before the next gets its turn, as they are
 * tried when they are created. Returns how many fit in all. */
int64_t quota_share(struct quota_usage *usages, size_t usage_count, struct quota_size *sizes,
                    size_t size_count, int64_t machines);

/* "Standard_D4s_v5: 3 of 20 fit (standardDSv5Family: limit 16, 4 in use, 80 needed); …", of the
 * sizes that do not take all that was left for them. */
void quota_explain(const struct quota_size *sizes, size_t count, struct text *out);

#endif
