/* SPDX-License-Identifier: Apache-2.0 */
/* The limits that a new catalog counts against. */
#include "command/catalog_limits.h"

#include "command/text_at.h"
#include "rules/limits.h"
#include "rules/name_set.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct counting {
    const struct catalog_demand *demand;
    int64_t catalogs;
    int64_t machines;          /* in the subscription */
    int64_t users;             /* of the same sessions in the same resource location */
    struct name_set locations; /* "CONNECTION/DOMAIN" */
    struct name_set domains;
};

/* A resource location is shared by the catalogs of one connection (which has one region) and one
 * domain. */
static void location_name(const char *connection, const char *domain, char name[400])
{
    snprintf(name, 400, "%s/%s", connection ? connection : "", domain ? domain : "");
}

static void count_location(struct counting *counting, const json_t *data)
{
    const struct catalog_demand *demand = counting->demand;
    char location[400], wanted[400];
    location_name(text_at(data, "connection"), text_at(data, "domain"), location);
    location_name(demand->connection, demand->domain, wanted);
    const char *type = text_at(data, "desktopType");
    bool multi = type && strcmp(type, "multi-session") == 0;
    name_set_add(&counting->locations, location);
    if (text_at(data, "domain"))
        name_set_add(&counting->domains, text_at(data, "domain"));
    if (strcasecmp(location, wanted) == 0 && multi == demand->multi_session)
        counting->users += json_integer_value(json_object_get(data, "users"));
}

/* Machines asked for count from the moment their catalog is recorded, not only once they exist. */
static bool count_catalog(void *context, const struct record *record)
{
    struct counting *counting = context;
    json_t *data = json_loads(record->data, 0, NULL);
    counting->catalogs++;
    if (record->subscription &&
        strcasecmp(record->subscription, counting->demand->subscription) == 0)
        counting->machines += json_integer_value(json_object_get(data, "machines"));
    count_location(counting, data);
    json_decref(data);
    return true;
}

static int check_one(struct context *context, const struct catalog_demand *demand, enum limit limit,
                     const char *where, int64_t current, int64_t asked, struct error *err)
{
    const struct config *config = context_config(context, err);
    struct error said = ERROR_INIT;
    enum limit_verdict verdict = limit_check(&config->limits, limit, where, current, asked, &said);
    if (verdict == LIMIT_NEAR && said.message && !demand->warned)
        context_warn(context, "%s", said.message);
    if (verdict != LIMIT_EXCEEDED) {
        error_clear(&said);
        return 0;
    }
    error_move(err, &said);
    return -1;
}

static int check_all(struct context *context, struct counting *counting, struct error *err)
{
    const struct catalog_demand *demand = counting->demand;
    char subscription[160], location[500], wanted[400];
    snprintf(subscription, sizeof subscription, "subscription %s", demand->subscription);
    snprintf(location, sizeof location, "the resource location of connection %s%s%s",
             demand->connection, demand->domain ? " and domain " : "",
             demand->domain ? demand->domain : "");
    location_name(demand->connection, demand->domain, wanted);
    bool new_location = !name_set_has(&counting->locations, wanted);
    bool new_domain = demand->domain && !name_set_has(&counting->domains, demand->domain);
    enum limit users = demand->multi_session ? LIMIT_LOCATION_MULTI : LIMIT_LOCATION_SINGLE;
    if (check_one(context, demand, LIMIT_CATALOGS, NULL, counting->catalogs, 1, err) < 0 ||
        check_one(context, demand, LIMIT_MACHINES, subscription, counting->machines,
                  demand->machines, err) < 0 ||
        check_one(context, demand, users, location, counting->users, demand->users, err) < 0)
        return -1;
    if (new_location && check_one(context, demand, LIMIT_LOCATIONS, NULL,
                                  (int64_t)counting->locations.count, 1, err) < 0)
        return -1;
    return new_domain ? check_one(context, demand, LIMIT_DOMAINS, NULL,
                                  (int64_t)counting->domains.count, 1, err)
                      : 0;
}

int catalog_check_limits(struct context *context, const struct catalog_demand *demand,
                         struct error *err)
{
    struct store *store = context_store(context, err);
    if (!store)
        return -1;
    struct counting counting = {.demand = demand};
    struct record_filter filter = {.kind = "catalog"};
    int result = store->ops->record_each(store, &filter, count_catalog, &counting, err);
    if (result == 0)
        result = check_all(context, &counting, err);
    name_set_free(&counting.locations);
    name_set_free(&counting.domains);
    return result;
}
