/* SPDX-License-Identifier: Apache-2.0 */
/* The limits that a new catalog counts against. */
#include "command/catalog_limits.h"

#include "command/usage.h"
#include "rules/limits.h"

#include <stdio.h>

struct checking {
    struct context *context;
    const struct limits *limits;
    const struct catalog_demand *demand;
    struct usage usage;
};

/* What the operator can change so that it fits; NULL: no option. */
static const char *field_of(enum limit limit)
{
    switch (limit) {
    case LIMIT_MACHINES:
    case LIMIT_LOCATION_SINGLE:
    case LIMIT_LOCATION_MULTI:
        return "--users";
    case LIMIT_LOCATIONS:
        return "--connection";
    case LIMIT_DOMAINS:
        return "--domain";
    default:
        return NULL;
    }
}

static int check_one(struct checking *checking, enum limit limit, const char *where,
                     int64_t current, int64_t asked, struct error *err)
{
    struct error said = ERROR_INIT;
    enum limit_verdict verdict = limit_check(checking->limits, limit, where, current, asked, &said);
    if (verdict == LIMIT_NEAR && said.message && !checking->demand->warned)
        context_warn(checking->context, "%s", said.message);
    if (verdict != LIMIT_EXCEEDED) {
        error_clear(&said);
        return 0;
    }
    error_move(err, &said);
    if (field_of(limit)) {
        error_set_field(err, field_of(limit));
        error_prefix(err, "%s", field_of(limit));
    }
    return -1;
}

static int check_installation(struct checking *checking, const struct location *location,
                              struct error *err)
{
    const struct usage *usage = &checking->usage;
    const char *domain = checking->demand->domain;
    if (check_one(checking, LIMIT_CATALOGS, NULL, usage->catalogs, 1, err) < 0)
        return -1;
    if (!location &&
        check_one(checking, LIMIT_LOCATIONS, NULL, (int64_t)usage->locations.count, 1, err) < 0)
        return -1;
    return domain && !name_set_has(&usage->domains, domain)
               ? check_one(checking, LIMIT_DOMAINS, NULL, (int64_t)usage->domains.count, 1, err)
               : 0;
}

static int check_location(struct checking *checking, const struct location *location,
                          struct error *err)
{
    const struct catalog_demand *demand = checking->demand;
    char where[400];
    snprintf(where, sizeof where, "the resource location of connection %s%s%s", demand->connection,
             demand->domain ? " and domain " : "", demand->domain ? demand->domain : "");
    int64_t single = location ? location->single_users : 0;
    int64_t multi = location ? location->multi_users : 0;
    return demand->multi_session
               ? check_one(checking, LIMIT_LOCATION_MULTI, where, multi, demand->users, err)
               : check_one(checking, LIMIT_LOCATION_SINGLE, where, single, demand->users, err);
}

static int check_all(struct checking *checking, struct error *err)
{
    const struct catalog_demand *demand = checking->demand;
    struct location_share share = {.connection = demand->connection, .domain = demand->domain};
    const struct location *location = location_find(&checking->usage.locations, &share);
    char subscription[160];
    snprintf(subscription, sizeof subscription, "subscription %s", demand->subscription);
    if (check_installation(checking, location, err) < 0 ||
        check_one(checking, LIMIT_MACHINES, subscription,
                  usage_machines(&checking->usage, demand->subscription), demand->machines,
                  err) < 0)
        return -1;
    return check_location(checking, location, err);
}

int catalog_check_limits(struct context *context, const struct catalog_demand *demand,
                         struct error *err)
{
    const struct config *config = context_config(context, err);
    struct checking checking = {.context = context, .demand = demand};
    if (!config || usage_count(context, &checking.usage, err) < 0)
        return -1;
    checking.limits = &config->limits;
    int result = check_all(&checking, err);
    usage_clear(&checking.usage);
    return result;
}
