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
    char *hub; /* that it is connected to; NULL: none */
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
    free(network->hub);
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
    if (strcmp(name, "hub") == 0)
        return set(&network->hub, value);
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

/* A gateway as it is after three quarters of an hour. */
static void make_gateway(struct exchange *x, const struct seed_network *network, const char *group,
                         const char *vnet)
{
    char *provider = pool_print(&x->pool, "%s/providers/Microsoft.Network", group);
    char *address =
        pool_print(&x->pool, "%s/publicIPAddresses/%s-gateway", provider, network->name);
    char *id = pool_print(&x->pool, "%s/virtualNetworkGateways/%s", provider, network->name);
    char *config = pool_print(&x->pool, "%s/ipConfigurations/default", id);
    char *subnet = pool_print(&x->pool, "%s/subnets/GatewaySubnet", vnet);

    arm_make(x, address,
             json_pack("{s:s,s:{s:s,s:s},s:{s:s,s:s,s:s,s:s,s:i}}", "location", network->location,
                       "sku", "name", "Standard", "tier", "Regional", "properties",
                       "provisioningState", "Succeeded", "publicIPAllocationMethod", "Static",
                       "publicIPAddressVersion", "IPv4", "ipAddress", "203.0.113.255",
                       "idleTimeoutInMinutes", 4));
    arm_make(
        x, id,
        json_pack("{s:s,s:{s:s,s:s,s:s,s:b,s:b,s:{s:s,s:s,s:i},s:[{s:s,s:s,s:{s:s,s:s,s:{s:s},s:"
                  "{s:s}}}]}}",
                  "location", network->location, "properties", "provisioningState", "Succeeded",
                  "gatewayType", "Vpn", "vpnType", "RouteBased", "enableBgp", 0, "activeActive", 0,
                  "sku", "name", "VpnGw1AZ", "tier", "VpnGw1AZ", "capacity", 2, "ipConfigurations",
                  "name", "default", "id", config, "properties", "provisioningState", "Succeeded",
                  "privateIPAllocationMethod", "Dynamic", "publicIPAddress", "id", address,
                  "subnet", "id", subnet));
}

char *seed_group(struct exchange *x, const char *subscription, const char *name,
                 const char *location)
{
    char *id = pool_print(&x->pool, "/subscriptions/%s/resourceGroups/%s", subscription, name);

    if (!store_find_id(x, id))
        arm_make(x, id,
                 json_pack("{s:s,s:{s:s}}", "location", location, "properties", "provisioningState",
                           "Succeeded"));
    return id;
}

static bool make(struct exchange *x, const struct subscription *subscription,
                 struct seed_network *network)
{
    char *group = seed_group(x, subscription->id, network->group, network->location);
    char *id = pool_print(&x->pool, "%s/providers/Microsoft.Network/virtualNetworks/%s", group,
                          network->name);

    json_t *subnet;
    size_t i;

    arm_make(x, id,
             json_pack("{s:s,s:{s:s,s:s,s:{s:O},s:{s:O},s:b}}", "location", network->location,
                       "properties", "provisioningState", "Succeeded", "resourceGuid",
                       named_guid(x->sim, &x->pool, id), "addressSpace", "addressPrefixes",
                       network->prefixes, "dhcpOptions", "dnsServers", network->dns,
                       "enableDdosProtection", 0));

    json_array_foreach(network->subnets, i, subnet)
        arm_make(x, pool_print(&x->pool, "%s/subnets/%s", id, dig_text(subnet, "name")),
                 json_pack("{s:{s:s,s:O,s:s,s:s}}", "properties", "provisioningState", "Succeeded",
                           "addressPrefix", dig(subnet, "properties.addressPrefix"),
                           "privateEndpointNetworkPolicies", "Disabled",
                           "privateLinkServiceNetworkPolicies", "Enabled"));
    if (network->gateway)
        make_gateway(x, network, group, id);
    return !network->hub || seed_connect(x, network->hub, id, network->name);
}

static bool has_gateway_subnet(const struct seed_network *network)
{
    json_t *subnet;
    size_t i;

    json_array_foreach(network->subnets, i, subnet) if (same_text(dig_text(subnet, "name"),
                                                                  "GatewaySubnet")) return true;
    return false;
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
    } else if (network->gateway && !has_gateway_subnet(network)) {
        snprintf(why, size, "gateway = yes: the gateway needs a subnet GatewaySubnet");
        result = -1;
    } else if (!make(&x, subscription, network)) {
        snprintf(why, size, "hub = %s: there is no such hub above", network->hub);
        result = -1;
    }
    seed_network_free(network);
    pool_empty(&x.pool);
    return result;
}
