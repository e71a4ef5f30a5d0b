/* SPDX-License-Identifier: Apache-2.0 */
/* Network security groups with their rules, and route tables with their routes. */
#include "network.h"

#include "text.h"

#include <arpa/inet.h>
#include <string.h>

static bool is_one_of(const char *value, const char *const *list)
{
    for (; value && *list; list++)
        if (same_text(*list, value))
            return true;
    return false;
}

static bool has_either(const json_t *rule, const char *one, const char *many)
{
    return json_is_string(json_object_get(dig(rule, "properties"), one)) ||
           json_array_size(json_object_get(dig(rule, "properties"), many));
}

static int check_rule(struct exchange *x, const json_t *rule, const char *name)
{
    static const char *const directions[] = {"Inbound", "Outbound", NULL};
    static const char *const accesses[] = {"Allow", "Deny", NULL};
    static const char *const protocols[] = {"Tcp", "Udp", "Icmp", "Esp", "Ah", "*", NULL};
    json_int_t priority = json_integer_value(dig(rule, "properties.priority"));

    if (!name || !*name)
        return refuse(x, 400, "InvalidRequestFormat", "A security rule has no name.");
    if (priority < 100 || priority > 4096)
        return refuse(x, 400, "SecurityRuleInvalidPriority",
                      "Security rule has invalid Priority. Value provided: %lld. Allowed range is "
                      "100-4096.",
                      (long long)priority);
    if (!is_one_of(dig_text(rule, "properties.direction"), directions) ||
        !is_one_of(dig_text(rule, "properties.access"), accesses) ||
        !is_one_of(dig_text(rule, "properties.protocol"), protocols))
        return refuse(x, 400, "InvalidRequestFormat",
                      "Security rule %s has no good direction, access or protocol.", name);
    if (!has_either(rule, "sourceAddressPrefix", "sourceAddressPrefixes") ||
        !has_either(rule, "destinationAddressPrefix", "destinationAddressPrefixes") ||
        !has_either(rule, "sourcePortRange", "sourcePortRanges") ||
        !has_either(rule, "destinationPortRange", "destinationPortRanges"))
        return refuse(x, 400, "SecurityRuleParameterNotSpecified",
                      "Required security rule parameters are missing for security rule with "
                      "identifier %s: source and destination address prefixes and port ranges.",
                      name);
    return 0;
}

static int check_conflict(struct exchange *x, const json_t *one, const char *name,
                          const json_t *two, const char *other)
{
    if (json_integer_value(dig(one, "properties.priority")) !=
            json_integer_value(dig(two, "properties.priority")) ||
        !same_text(dig_text(one, "properties.direction"), dig_text(two, "properties.direction")))
        return 0;
    return refuse(
        x, 400, "SecurityRuleConflict",
        "Security rule %s conflicts with rule %s. Rules cannot have the same Priority and "
        "Direction.",
        name, other);
}

int nsg_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    json_t *rules = dig(wanted, "properties.securityRules"), *rule;
    size_t i;

    json_array_foreach(rules, i, rule)
    {
        const char *name = dig_text(rule, "name");

        if (check_rule(x, rule, name))
            return -1;
        for (size_t k = 0; k < i; k++) {
            const json_t *other = json_array_get(rules, k);

            if (check_conflict(x, rule, name, other, dig_text(other, "name")))
                return -1;
        }
    }
    network_guid(x, old, wanted);
    json_object_del(json_object_get(wanted, "properties"), "securityRules");
    json_object_del(json_object_get(wanted, "properties"), "defaultSecurityRules");
    json_object_del(json_object_get(wanted, "properties"), "subnets");
    json_object_del(json_object_get(wanted, "properties"), "networkInterfaces");
    return 0;
}

void nsg_stored(struct exchange *x, struct resource *resource, json_t *asked)
{
    network_inline(x, resource, asked, "securityRules", false);
}

int rule_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    struct resource *group = store_find(x->sim, x->path.parent_key);

    if (check_rule(x, wanted, x->path.name[1]))
        return -1;
    for (struct resource *at = group->first_child; at; at = at->next_sibling)
        if (at != old && check_conflict(x, wanted, x->path.name[1], at->body, at->name))
            return -1;
    return 0;
}

static const struct {
    const char *name, *direction, *access, *from, *to;
    int priority;
} default_rules[] = {
    {"AllowVnetInBound", "Inbound", "Allow", "VirtualNetwork", "VirtualNetwork", 65000},
    {"AllowAzureLoadBalancerInBound", "Inbound", "Allow", "AzureLoadBalancer", "*", 65001},
    {"DenyAllInBound", "Inbound", "Deny", "*", "*", 65500},
    {"AllowVnetOutBound", "Outbound", "Allow", "VirtualNetwork", "VirtualNetwork", 65000},
    {"AllowInternetOutBound", "Outbound", "Allow", "*", "Internet", 65001},
    {"DenyAllOutBound", "Outbound", "Deny", "*", "*", 65500},
};

void nsg_show(struct exchange *x, const struct resource *resource, json_t *answer)
{
    json_t *rules = json_array();
    json_t *subnets = network_holder_ids(x, resource, "Microsoft.Network/virtualNetworks/subnets");
    json_t *nics = network_holder_ids(x, resource, "Microsoft.Network/networkInterfaces");

    for (size_t i = 0; i < sizeof default_rules / sizeof *default_rules; i++) {
        char *id =
            pool_print(&x->pool, "%s/defaultSecurityRules/%s", resource->id, default_rules[i].name);

        json_array_append_new(
            rules,
            json_pack("{s:s,s:s,s:{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:i,s:s}}", "name",
                      default_rules[i].name, "id", id, "properties", "provisioningState",
                      "Succeeded", "protocol", "*", "sourcePortRange", "*", "destinationPortRange",
                      "*", "sourceAddressPrefix", default_rules[i].from, "destinationAddressPrefix",
                      default_rules[i].to, "access", default_rules[i].access, "priority",
                      default_rules[i].priority, "direction", default_rules[i].direction));
    }
    plant(answer, "properties.defaultSecurityRules", rules);
    if (json_array_size(subnets))
        plant(answer, "properties.subnets", json_incref(subnets));
    if (json_array_size(nics))
        plant(answer, "properties.networkInterfaces", json_incref(nics));
    json_decref(subnets);
    json_decref(nics);
}

static int check_route(struct exchange *x, const json_t *route, const char *name)
{
    static const char *const hops[] = {"VirtualNetworkGateway", "VnetLocal", "Internet",
                                       "VirtualAppliance",      "None",      NULL};
    const char *hop = dig_text(route, "properties.nextHopType");
    const char *address = dig_text(route, "properties.nextHopIpAddress");
    const char *prefix = dig_text(route, "properties.addressPrefix");
    bool appliance = same_text(hop, "VirtualAppliance");
    struct in_addr in;
    struct cidr range;

    if (!name || !*name)
        return refuse(x, 400, "InvalidRequestFormat", "A route has no name.");
    if (!prefix || (strchr(prefix, '/') && network_check_prefix(x, prefix, name, &range)))
        return prefix
                   ? -1
                   : refuse(x, 400, "InvalidRequestFormat", "Route %s has no addressPrefix.", name);
    if (!is_one_of(hop, hops))
        return refuse(x, 400, "InvalidRequestFormat", "Route %s has no good nextHopType.", name);
    if (!appliance && address && *address)
        return refuse(x, 400, "RouteCannotHaveNextHopIpAddress",
                      "Route %s cannot have NextHopIpAddress when next hop type is %s.", name, hop);
    if (appliance && (!address || inet_pton(AF_INET, address, &in) != 1))
        return refuse(x, 400, "RouteNextHopIpAddressInvalid",
                      "Route %s has next hop type VirtualAppliance and needs a NextHopIpAddress.",
                      name);
    return 0;
}

static int check_same_prefix(struct exchange *x, const json_t *one, const json_t *two,
                             const char *name, const char *other)
{
    if (!same_text(dig_text(one, "properties.addressPrefix"),
                   dig_text(two, "properties.addressPrefix")))
        return 0;
    return refuse(x, 400, "RouteConflict",
                  "Routes %s and %s cannot have the same address prefix %s in route table.", name,
                  other, dig_text(one, "properties.addressPrefix"));
}

int routes_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    json_t *routes = dig(wanted, "properties.routes"), *route;
    size_t i;

    json_array_foreach(routes, i, route)
    {
        const char *name = dig_text(route, "name");

        if (check_route(x, route, name))
            return -1;
        for (size_t k = 0; k < i; k++) {
            const json_t *other = json_array_get(routes, k);

            if (check_same_prefix(x, route, other, name, dig_text(other, "name")))
                return -1;
        }
    }
    network_guid(x, old, wanted);
    plant_default(wanted, "properties.disableBgpRoutePropagation", json_false());
    json_object_del(json_object_get(wanted, "properties"), "routes");
    json_object_del(json_object_get(wanted, "properties"), "subnets");
    return 0;
}

static void complete_route(json_t *body)
{
    plant(body, "properties.hasBgpOverride", json_false());
}

void routes_stored(struct exchange *x, struct resource *resource, json_t *asked)
{
    network_inline(x, resource, asked, "routes", false);
    for (struct resource *at = resource->first_child; at; at = at->next_sibling)
        complete_route(at->body);
}

int route_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    struct resource *table = store_find(x->sim, x->path.parent_key);

    if (check_route(x, wanted, x->path.name[1]))
        return -1;
    for (struct resource *at = table->first_child; at; at = at->next_sibling)
        if (at != old && check_same_prefix(x, wanted, at->body, x->path.name[1], at->name))
            return -1;
    complete_route(wanted);
    return 0;
}

void routes_show(struct exchange *x, const struct resource *resource, json_t *answer)
{
    json_t *subnets = network_holder_ids(x, resource, "Microsoft.Network/virtualNetworks/subnets");

    if (json_array_size(subnets))
        plant(answer, "properties.subnets", json_incref(subnets));
    json_decref(subnets);
}
