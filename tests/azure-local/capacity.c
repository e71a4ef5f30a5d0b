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

static long long *cores_of(struct sim *sim, const char *subscription, const char *location)
{
    char *key = must_print("%s %s", subscription, location);
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

int capacity_check(struct exchange *x, struct resource *old, const json_t *wanted)
{
    const char *location = dig_text(wanted, "location");
    const struct size *size = size_find(dig_text(wanted, "properties.hardwareProfile.vmSize"));
    const struct subscription *subscription =
        world_subscription(x->sim->world, x->path.subscription);
    long long used = *cores_of(x->sim, x->path.subscription, location);

    if (old && json_object_get(old->facts, "cores"))
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
    if (used + size->cores <= subscription->cores)
        return 0;
    return refuse(
        x, 409, "OperationNotAllowed",
        "Operation could not be completed as it results in exceeding approved Total "
        "Regional Cores quota. Additional details - Deployment Model: Resource Manager, "
        "Location: %s, Current Limit: %lld, Current Usage: %lld, Additional Required: %d, "
        "(Minimum) New Limit Required: %lld.",
        location, subscription->cores, used, size->cores, used + size->cores);
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
    *cores_of(sim, machine->subscription, machine->location) += size->cores;
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
    *cores_of(sim, machine->subscription, machine->location) -= json_integer_value(cores);
    if (room && limit)
        --*room_of(sim, limit, room);
    json_object_del(machine->facts, "room");
    json_object_del(machine->facts, "cores");
}

json_t *capacity_usages(struct exchange *x, const char *subscription, const char *location)
{
    const struct subscription *limits = world_subscription(x->sim->world, subscription);
    const struct shelf *shelf =
        store_shelf(x->sim, subscription, "Microsoft.Compute/virtualMachines");
    long long used = *cores_of(x->sim, subscription, location), machines = 0;

    for (const struct resource *at = shelf->first; at; at = at->next)
        machines += same_text(at->location, location);
    return json_pack("{s:[{s:s,s:I,s:I,s:{s:s,s:s}},{s:s,s:I,s:I,s:{s:s,s:s}}]}", "value", "unit",
                     "Count", "currentValue", (json_int_t)used, "limit", (json_int_t)limits->cores,
                     "name", "value", "cores", "localizedValue", "Total Regional vCPUs", "unit",
                     "Count", "currentValue", (json_int_t)machines, "limit", (json_int_t)25000,
                     "name", "value", "virtualMachines", "localizedValue", "Virtual Machines");
}
