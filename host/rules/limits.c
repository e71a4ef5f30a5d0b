/* SPDX-License-Identifier: Apache-2.0 */
/* How much there may be of each thing. */
#include "rules/limits.h"

#include <inttypes.h>
#include <string.h>

static const struct {
    const char *key;
    const char *counts;
    int64_t most;
    const char *mend;
    const char *sub_state; /* of the published model; NULL: it has none for this limit */
} table[LIMIT_COUNT] = {
    [LIMIT_MACHINES] = {"machines-per-subscription", "machines", 5000,
                        "ask for fewer users, or take a connection of another subscription",
                        "ErrorCatalogSubscriptionAtCapacity"},
    [LIMIT_CATALOGS] = {"catalogs", "catalogs", 100, "delete a catalog", NULL},
    [LIMIT_LOCATIONS] = {"resource-locations", "resource locations", 25,
                         "take a connection and a domain that a catalog has already", NULL},
    [LIMIT_DOMAINS] = {"active-directory-domains", "Active Directory domains", 25,
                       "take a domain that a catalog has already", NULL},
    [LIMIT_LOCATION_DOMAINS] = {"domains-per-resource-location", "domains", 1,
                                "take another connection", NULL},
    [LIMIT_LOCATION_SINGLE] = {"single-session-users-per-resource-location", "single-session users",
                               5000, "ask for fewer users, or take another connection", NULL},
    [LIMIT_LOCATION_MULTI] = {"multi-session-users-per-resource-location", "multi-session users",
                              25000, "ask for fewer users, or take another connection", NULL},
};

void limits_default(struct limits *limits)
{
    for (int i = 0; i < LIMIT_COUNT; i++) {
        limits->most[i] = table[i].most;
        limits->source[i] = NULL;
    }
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

enum limit_verdict limit_state(const struct limits *limits, enum limit limit, int64_t current)
{
    int64_t most = limits->most[limit];
    if (current > most)
        return LIMIT_EXCEEDED;
    return is_near(current, most) ? LIMIT_NEAR : LIMIT_OK;
}

int64_t limit_percent(const struct limits *limits, enum limit limit, int64_t current)
{
    int64_t most = limits->most[limit];
    if (most <= 0 || current > INT64_MAX / 100)
        return 100;
    return current * 100 / most;
}

static const char *source_of(const struct limits *limits, enum limit limit)
{
    return limits->source[limit] ? limits->source[limit] : "the default";
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
                  " more were asked: %" PRId64 " would fit; %s, or raise %s in [limits] (%s)",
                  counts, most, where ? " in " : "", where ? where : "", current, asked, fits,
                  table[limit].mend, table[limit].key, source_of(limits, limit));
        error_set_sub_state(err, table[limit].sub_state);
        return LIMIT_EXCEEDED;
    }
    if (!is_near(current + asked, most))
        return LIMIT_OK;
    error_set(err, ERROR_NONE, NULL,
              "%" PRId64 " of %" PRId64 " %s%s%s will be in use: %" PRId64
              " more fit (%s in [limits], %s)",
              current + asked, most, counts, where ? " in " : "", where ? where : "", fits - asked,
              table[limit].key, source_of(limits, limit));
    return LIMIT_NEAR;
}
