/* SPDX-License-Identifier: Apache-2.0 */
/* How many cores a subscription may use, and how many machines of a size a zone can hold. */
#include "compute.h"

#include "text.h"
#include "world.h"

#include <stdlib.h>
#include <string.h>

static long long *counter(struct table *table, const char *key)
{
    long long *count = table_get(table, key);

    if (!count) {
        count = must_alloc(sizeof *count);
        table_put(table, key, count);
    }
    return count;
}

/* `family` is NULL for those of the region. */
static long long *cores_of(struct sim *sim, const char *subscription, const char *location,
                           const char *family)
{
    char *key = must_print("%s %s %s", subscription, location, family ? family : "");
    long long *count;

    for (char *at = key; *at; at++)
        *at = (char)(*at >= 'A' && *at <= 'Z' ? *at - 'A' + 'a' : *at);
    count = counter(&sim->cores, key);
    free(key);
    return count;
}

static long long *room_of(struct sim *sim, const struct capacity *limit, const char *size)
{
    char *key = must_print("%s %s %s", limit->region, limit->zone, size);
    long long *count = counter(&sim->capacity, key);

    free(key);
    return count;
}

static const char *zone_of(const json_t *body)
{
    const char *zone = json_string_value(json_array_get(json_object_get(body, "zones"), 0));

    return zone ? zone : "";
}

static const struct capacity *limit_of(const struct sim *sim, const json_t *body,
                                       const char *location, bool refused)
{
    const char *size = dig_text(body, "properties.hardwareProfile.vmSize");

    for (const struct capacity *at = sim->world->capacities; at; at = at->next)
        if (at->refused_at_once == refused && same_text(at->region, location) &&
            text_matches(at->zone, zone_of(body)) && text_matches(at->size, size))
            return at;
    return NULL;
}

/* A limit of a region: the world's, or else what the subscription has. */
static long long limit_on(struct sim *sim, const char *subscription, const char *location,
                          const char *name, long long otherwise)
{
    const struct subscription *owner = world_subscription(sim->world, subscription);

    for (const struct quota *at = sim->world->quotas; at; at = at->next)
        if (same_text(at->region, location) && same_text(at->name, name) &&
            (!at->subscription || same_text(at->subscription, owner->id)))
            return at->most;
    return otherwise;
}

static long long machines_in(struct sim *sim, const char *subscription, const char *location)
{
    long long machines = 0;

    for (const struct resource *at =
             store_shelf(sim, subscription, "Microsoft.Compute/virtualMachines")->first;
         at; at = at->next)
        machines += same_text(at->location, location);
    return machines;
}

static int refuse_quota(struct exchange *x, const char *what, const char *location, long long limit,
                        long long used, long long more)
{
    return refuse(
        x, 409, "OperationNotAllowed",
        "Operation could not be completed as it results in exceeding approved %s quota. Additional "
        "details - Deployment Model: Resource Manager, Location: %s, Current Limit: %lld, Current "
        "Usage: %lld, Additional Required: %lld, (Minimum) New Limit Required: %lld.",
        what, location, limit, used, more, used + more);
}

int capacity_quota(struct exchange *x, const char *location, const struct size *size, long long had)
{
    const char *id = x->path.subscription;
    long long cores = world_subscription(x->sim->world, id)->cores;
    long long all = limit_on(x->sim, id, location, "cores", cores);
    long long most = limit_on(x->sim, id, location, size->family, cores);
    long long used = *cores_of(x->sim, id, location, NULL);
    long long own = *cores_of(x->sim, id, location, size->family);

    if (used + size->cores - had > all)
        return refuse_quota(x, "Total Regional Cores", location, all, used, size->cores - had);
    if (own + size->cores > most)
        return refuse_quota(x, pool_print(&x->pool, "%s Cores", size->family), location, most, own,
                            size->cores);
    return 0;
}

int capacity_check(struct exchange *x, struct resource *old, const json_t *wanted)
{
    const char *location = dig_text(wanted, "location");
    const struct size *size = size_find(dig_text(wanted, "properties.hardwareProfile.vmSize"));
    json_t *had = old ? json_object_get(old->facts, "cores") : NULL;
    long long most = limit_on(x->sim, x->path.subscription, location, "virtualMachines", 25000);
    long long machines = machines_in(x->sim, x->path.subscription, location);

    if (had && same_text(dig_text(old->facts, "size"), size->name))
        return 0;
    if (limit_of(x->sim, wanted, location, true)) {
        refuse(x, 409, "SkuNotAvailable",
               "The requested VM size for resource 'Following SKUs have failed for Capacity "
               "Restrictions: %s' is currently not available in location '%s'. Please try another "
               "size or deploy to a different location or different zone. See "
               "https://aka.ms/azureskunotavailable for details.",
               size->name, location);
        return -1;
    }
    if (!old && machines + 1 > most)
        return refuse_quota(x, "Virtual Machines", location, most, machines, 1);
    return capacity_quota(x, location, size, json_integer_value(had));
}

const char *capacity_take(struct sim *sim, struct resource *machine)
{
    const char *name = dig_text(machine->body, "properties.hardwareProfile.vmSize");
    const struct size *size = size_find(name);
    const struct capacity *limit = limit_of(sim, machine->body, machine->location, false);
    long long *room = limit ? room_of(sim, limit, name) : NULL;

    if (room && *room >= limit->most)
        return *zone_of(machine->body) ? "ZonalAllocationFailed" : "AllocationFailed";
    if (room)
        ++*room;
    *cores_of(sim, machine->subscription, machine->location, NULL) += size->cores;
    *cores_of(sim, machine->subscription, machine->location, size->family) += size->cores;
    json_object_set_new(machine->facts, "cores", json_integer(size->cores));
    json_object_set_new(machine->facts, "size", json_string(name));
    if (room)
        json_object_set_new(machine->facts, "room",
                            json_string(name)); /* what to give back, should the size change */
    return NULL;
}

void capacity_release(struct sim *sim, struct resource *machine)
{
    json_t *cores = json_object_get(machine->facts, "cores");
    const char *room = dig_text(machine->facts, "room");
    const struct capacity *limit = limit_of(sim, machine->body, machine->location, false);

    if (!cores)
        return;
    *cores_of(sim, machine->subscription, machine->location, NULL) -= json_integer_value(cores);
    *cores_of(sim, machine->subscription, machine->location,
              size_find(dig_text(machine->facts, "size"))->family) -= json_integer_value(cores);
    if (room && limit)
        --*room_of(sim, limit, room);
    json_object_del(machine->facts, "room");
    json_object_del(machine->facts, "cores");
}

static void add_usage(json_t *list, const char *name, const char *shown, long long used,
                      long long limit)
{
    json_array_append_new(list,
                          json_pack("{s:s,s:I,s:I,s:{s:s,s:s}}", "unit", "Count", "currentValue",
                                    (json_int_t)used, "limit", (json_int_t)limit, "name", "value",
                                    name, "localizedValue", shown));
}

/* standardDSv5Family is Standard DSv5 Family vCPUs to people. */
static char *family_title(struct pool *pool, const char *family)
{
    size_t length = strlen(family) - strlen("Family") - strlen("standard");

    return pool_print(pool, "Standard %.*s Family vCPUs", (int)length, family + strlen("standard"));
}

static bool is_listed(const json_t *list, const char *name)
{
    json_t *one;
    size_t i;

    json_array_foreach(list, i, one) if (same_text(dig_text(one, "name.value"), name)) return true;
    return false;
}

json_t *capacity_usages(struct exchange *x, const char *subscription, const char *location)
{
    long long cores = world_subscription(x->sim->world, subscription)->cores;
    json_t *list = json_array();
    const struct size *size;

    add_usage(list, "cores", "Total Regional vCPUs",
              *cores_of(x->sim, subscription, location, NULL),
              limit_on(x->sim, subscription, location, "cores", cores));
    add_usage(list, "virtualMachines", "Virtual Machines",
              machines_in(x->sim, subscription, location),
              limit_on(x->sim, subscription, location, "virtualMachines", 25000));
    for (size_t i = 0; (size = size_at(i)); i++)
        if (!is_listed(list, size->family))
            add_usage(list, size->family, family_title(&x->pool, size->family),
                      *cores_of(x->sim, subscription, location, size->family),
                      limit_on(x->sim, subscription, location, size->family, cores));
    return list;
}

json_t *capacity_restrictions(struct exchange *x, const char *size, const char *location)
{
    json_t *list = json_array();

    for (const struct capacity *at = x->sim->world->capacities; at; at = at->next) {
        bool everywhere = strcmp(at->zone, "*") == 0;
        json_t *one;

        if (!at->restricted || !same_text(at->region, location) || !text_matches(at->size, size))
            continue;
        one = json_pack("{s:s,s:[s],s:{s:[s]},s:s}", "type", everywhere ? "Location" : "Zone",
                        "values", location, "restrictionInfo", "locations", location, "reasonCode",
                        "NotAvailableForSubscription");
        if (!everywhere)
            plant(one, "restrictionInfo.zones", json_pack("[s]", at->zone));
        json_array_append_new(list, one);
    }
    return list;
}
