/* SPDX-License-Identifier: Apache-2.0 */
/* Resources that are there before anybody asked for them: networks of a customer. */
#include "seed.h"

#include "kind.h"
#include "text.h"
#include "world.h"

#include <stdlib.h>
#include <string.h>

struct seed_network {
    char *name, *subscription, *group, *location;
    bool gateway;
    json_t *prefixes, *subnets, *dns;
};

struct seed_network *seed_network_new(const char *name)
{
    struct seed_network *network = must_alloc(sizeof *network);

    network->name = must_copy(name);
    network->location = must_copy("eastus");
    network->prefixes = json_array();
    network->subnets = json_array();
    network->dns = json_array();
    return network;
}

void seed_network_free(struct seed_network *network)
{
    if (!network)
        return;
    free(network->name);
    free(network->subscription);
    free(network->group);
    free(network->location);
    json_decref(network->prefixes);
    json_decref(network->subnets);
    json_decref(network->dns);
    free(network);
}

static void add_subnet(struct seed_network *network, const char *value)
{
    char *text = must_copy(value), *rest = text;
    char *name = next_field(&rest, " \t");
    char *prefix = next_field(&rest, " \t");

    json_array_append_new(network->subnets,
                          json_pack("{s:s,s:{s:s}}", "name", name ? name : "", "properties",
                                    "addressPrefix", prefix ? prefix : ""));
    free(text);
}

static bool set(char **field, const char *value)
{
    free(*field);
    *field = must_copy(value);
    return true;
}

bool seed_network_key(struct seed_network *network, const char *name, const char *value)
{
    if (strcmp(name, "subscription") == 0)
        return set(&network->subscription, value);
    if (strcmp(name, "resource-group") == 0)
        return set(&network->group, value);
    if (strcmp(name, "location") == 0)
        return set(&network->location, value);
    if (strcmp(name, "address-space") == 0)
        return !json_array_append_new(network->prefixes, json_string(value));
    if (strcmp(name, "dns-server") == 0)
        return !json_array_append_new(network->dns, json_string(value));
    if (strcmp(name, "subnet") == 0)
        add_subnet(network, value);
    else if (strcmp(name, "gateway") == 0)
        network->gateway = strcmp(value, "yes") == 0;
    else
        return false;
    return true;
}

static void make(struct exchange *x, const struct subscription *subscription,
                 struct seed_network *network)
{
    char *group = pool_print(&x->pool, "/subscriptions/%s/resourceGroups/%s", subscription->id,
                             network->group);
    char *id = pool_print(&x->pool, "%s/providers/Microsoft.Network/virtualNetworks/%s", group,
                          network->name);
    struct resource *made;
    json_t *subnet;
    size_t i;

    if (!store_find_id(x, group))
        arm_make(x, group,
                 json_pack("{s:s,s:{s:s}}", "location", network->location, "properties",
                           "provisioningState", "Succeeded"));
    made = arm_make(x, id,
                    json_pack("{s:s,s:{s:s,s:s,s:{s:O},s:{s:O},s:b}}", "location",
                              network->location, "properties", "provisioningState", "Succeeded",
                              "resourceGuid", named_guid(x->sim, &x->pool, id), "addressSpace",
                              "addressPrefixes", network->prefixes, "dhcpOptions", "dnsServers",
                              network->dns, "enableDdosProtection", 0));
    if (network->gateway)
        json_object_set_new(made->facts, "gateway", json_true());
    json_array_foreach(network->subnets, i, subnet)
        arm_make(x, pool_print(&x->pool, "%s/subnets/%s", id, dig_text(subnet, "name")),
                 json_pack("{s:{s:s,s:O,s:s,s:s}}", "properties", "provisioningState", "Succeeded",
                           "addressPrefix", dig(subnet, "properties.addressPrefix"),
                           "privateEndpointNetworkPolicies", "Disabled",
                           "privateLinkServiceNetworkPolicies", "Enabled"));
}

int seed_network(struct sim *sim, struct seed_network *network, char *why, size_t size)
{
    struct exchange x = {.sim = sim, .api_version = ""};
    const struct subscription *subscription =
        network->subscription ? world_subscription(sim->world, network->subscription) : NULL;
    int result = 0;

    if (!subscription || !network->group || !json_array_size(network->prefixes)) {
        snprintf(why, size, "a vnet needs subscription (one above), resource-group, address-space");
        result = -1;
    } else {
        make(&x, subscription, network);
    }
    seed_network_free(network);
    pool_empty(&x.pool);
    return result;
}
