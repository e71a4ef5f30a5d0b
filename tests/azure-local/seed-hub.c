/* SPDX-License-Identifier: Apache-2.0 */
/* Virtual hubs that are there from the start, each in a virtual WAN, and what is connected. */
#include "seed.h"

#include "kind.h"
#include "network.h"
#include "text.h"
#include "world.h"

#include <stdlib.h>
#include <string.h>

struct seed_hub {
    char *name, *subscription, *group, *location, *prefix, *type, *wan;
};

struct seed_hub *seed_hub_new(const char *name)
{
    struct seed_hub *hub = must_alloc(sizeof *hub);

    hub->name = must_copy(name);
    hub->location = must_copy("eastus");
    hub->type = must_copy("Standard");
    hub->wan = must_print("%s-wan", name);
    return hub;
}

void seed_hub_free(struct seed_hub *hub)
{
    if (!hub)
        return;
    free(hub->name);
    free(hub->subscription);
    free(hub->group);
    free(hub->location);
    free(hub->prefix);
    free(hub->type);
    free(hub->wan);
    free(hub);
}

bool seed_hub_key(struct seed_hub *hub, const char *name, const char *value)
{
    const struct {
        const char *name;
        char **field;
    } fields[] = {{"subscription", &hub->subscription},
                  {"resource-group", &hub->group},
                  {"location", &hub->location},
                  {"address-prefix", &hub->prefix},
                  {"type", &hub->type},
                  {"wan", &hub->wan}};

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (strcmp(fields[i].name, name) == 0) {
            free(*fields[i].field);
            *fields[i].field = must_copy(value);
            return true;
        }
    return false;
}

static void make_wan(struct exchange *x, const struct seed_hub *hub, const char *id)
{
    if (!store_find_id(x, id))
        arm_make(x, id,
                 json_pack("{s:s,s:{s:s,s:s,s:b,s:b,s:b,s:s}}", "location", hub->location,
                           "properties", "provisioningState", "Succeeded", "type", hub->type,
                           "disableVpnEncryption", 0, "allowBranchToBranchTraffic", 1,
                           "allowVnetToVnetTraffic", 1, "office365LocalBreakoutCategory", "None"));
}

static void make_table(struct exchange *x, const char *hub, const char *name, const char *label)
{
    json_t *labels = label ? json_pack("[s]", label) : json_array();

    arm_make(x, pool_print(&x->pool, "%s/hubRouteTables/%s", hub, name),
             json_pack("{s:{s:s,s:[],s:o}}", "properties", "provisioningState", "Succeeded",
                       "routes", "labels", labels));
}

static void make_hub(struct exchange *x, const struct seed_hub *hub, const char *id,
                     const char *wan)
{
    struct cidr range;
    bool known = !cidr_parse(hub->prefix, &range);
    const char *first = known ? address_text(&x->pool, range.first + 68) : "";
    const char *second = known ? address_text(&x->pool, range.first + 69) : "";

    arm_make(
        x, id,
        json_pack("{s:s,s:{s:s,s:s,s:{s:s},s:s,s:s,s:s,s:b,s:i,s:[s,s],s:[],s:{s:[]},s:{s:i}}}",
                  "location", hub->location, "properties", "provisioningState", "Succeeded",
                  "addressPrefix", hub->prefix, "virtualWan", "id", wan, "sku", hub->type,
                  "routingState", "Provisioned", "hubRoutingPreference", "ExpressRoute",
                  "allowBranchToBranchTraffic", 0, "virtualRouterAsn", 65515, "virtualRouterIps",
                  first, second, "virtualHubRouteTableV2s", "routeTable", "routes",
                  "virtualRouterAutoScaleConfiguration", "minCapacity", 2));
    make_table(x, id, "defaultRouteTable", "default");
    make_table(x, id, "noneRouteTable", NULL);
}

int seed_hub(struct sim *sim, struct seed_hub *hub, char *why, size_t size)
{
    struct exchange x = {.sim = sim, .api_version = ""};
    const struct subscription *subscription =
        hub->subscription ? world_subscription(sim->world, hub->subscription) : NULL;
    struct cidr range;
    char *group, *provider, *wan;
    int result = -1;

    if (!subscription || !hub->group || !hub->prefix || cidr_parse(hub->prefix, &range)) {
        snprintf(why, size, "a hub needs subscription (one above), resource-group, address-prefix");
    } else if (strcmp(hub->type, "Standard") != 0 && strcmp(hub->type, "Basic") != 0) {
        snprintf(why, size, "type = %s: Standard or Basic is wanted", hub->type);
    } else {
        group = seed_group(&x, subscription->id, hub->group, hub->location);
        provider = pool_print(&x.pool, "%s/providers/Microsoft.Network", group);
        wan = pool_print(&x.pool, "%s/virtualWans/%s", provider, hub->wan);
        make_wan(&x, hub, wan);
        make_hub(&x, hub, pool_print(&x.pool, "%s/virtualHubs/%s", provider, hub->name), wan);
        result = 0;
    }
    seed_hub_free(hub);
    pool_empty(&x.pool);
    return result;
}

static const struct resource *find_hub(const struct sim *sim, const char *name)
{
    for (struct table_entry *at = NULL; (at = table_next(&sim->store->by_key, at));) {
        const struct resource *one = at->value;

        if (same_text(one->kind->type, "Microsoft.Network/virtualHubs") &&
            same_text(one->name, name))
            return one;
    }
    return NULL;
}

bool seed_connect(struct exchange *x, const char *hub_name, const char *vnet, const char *name)
{
    const struct resource *hub = find_hub(x->sim, hub_name);
    json_t *body;

    if (!hub)
        return false;
    body = json_pack("{s:{s:s,s:{s:s}}}", "properties", "provisioningState", "Succeeded",
                     "remoteVirtualNetwork", "id", vnet);
    hub_complete(&x->pool, body, hub->id);
    arm_make(x, pool_print(&x->pool, "%s/hubVirtualNetworkConnections/%s", hub->id, name), body);
    return true;
}
