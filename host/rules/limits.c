/* SPDX-License-Identifier: Apache-2.0 */
/* How much there may be of each thing. */
#include "rules/limits.h"

#include <inttypes.h>
#include <string.h>

static const struct {
    const char *key;
    const char *counts;
    int64_t most;
} table[LIMIT_COUNT] = {
    [LIMIT_MACHINES] = {"machines-per-subscription", "machines", 5000},
    [LIMIT_CATALOGS] = {"catalogs", "catalogs", 100},
    [LIMIT_LOCATIONS] = {"resource-locations", "resource locations", 25},
    [LIMIT_DOMAINS] = {"active-directory-domains", "Active Directory domains", 25},
    [LIMIT_LOCATION_DOMAINS] = {"domains-per-resource-location", "domains", 1},
    [LIMIT_LOCATION_SINGLE] = {"single-session-users-per-resource-location", "single-session users",
                               5000},
    [LIMIT_LOCATION_MULTI] = {"multi-session-users-per-resource-location", "multi-session users",
                              25000},
};

void limits_default(struct limits *limits)
{
    for (int i = 0; i < LIMIT_COUNT; i++)
        limits->most[i] = table[i].most;
}

const char *limit_key(enum limit limit)
{
    return table[limit].key;
}

const char *limit_counts(enum limit limit)
{
    return table[limit].counts;
}

enum limit limit_find(const char *key)
{
    int i = 0;
    while (i < LIMIT_COUNT && strcmp(table[i].key, key) != 0)
        i++;
    return (enum limit)i;
}

/* A limit of a few is meant to be used up: nobody is warned of the one domain. */
static bool is_near(int64_t total, int64_t most)
{
    return most >= 10 && total >= most - most / 10;
}

enum limit_verdict limit_check(const struct limits *limits, enum limit limit, const char *where,
                               int64_t current, int64_t asked, struct error *err)
{
    int64_t most = limits->most[limit];
    int64_t fits = current < most ? most - current : 0;
    const char *counts = table[limit].counts;
    if (asked > fits) {
        error_set(err, ERROR_USAGE, NULL,
                  "the limit of %s is %" PRId64 "%s%s, there are %" PRId64 " and %" PRId64
                  " more were asked: %" PRId64 " would fit (limit %s, set in [limits])",
                  counts, most, where ? " in " : "", where ? where : "", current, asked, fits,
                  table[limit].key);
        return LIMIT_EXCEEDED;
    }
    if (!is_near(current + asked, most))
        return LIMIT_OK;
    error_set(err, ERROR_NONE, NULL,
              "%" PRId64 " of %" PRId64 " %s%s%s will be in use: %" PRId64 " more fit (limit %s)",
              current + asked, most, counts, where ? " in " : "", where ? where : "", fits - asked,
              table[limit].key);
    return LIMIT_NEAR;
}
