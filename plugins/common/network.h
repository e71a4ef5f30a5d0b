/* SPDX-License-Identifier: Apache-2.0 */
/* The network that every connection has: a security group, and a virtual network with one subnet.
 */
#ifndef FLEXHOST_PLUGINS_COMMON_NETWORK_H
#define FLEXHOST_PLUGINS_COMMON_NETWORK_H

#include "nat.h"

#include <stdio.h>
#include <string.h>

struct rule {
    const char *name;
    int priority;
    const char *direction; /* "Inbound", "Outbound" */
    const char *access;    /* "Allow", "Deny" */
    const char *protocol;  /* "Tcp", "*" */
    const char *source;    /* a range, or several with commas between, a service tag, "*" */
    const char *destination;
    const char *ports; /* "80,443,49152-65535", "*" */
};

/* Azure has one member for a single value and another for several. */
static inline void set_one_or_more(json_t *object, const char *one, const char *more,
                                   const char *values)
{
    if (!strchr(values, ',')) {
        json_object_set_new(object, one, json_string(values));
        return;
    }
    json_t *list = json_array();
    while (*values) {
        size_t length = strcspn(values, ",");
        json_array_append_new(list, json_stringn(values, length));
        values += length + (values[length] == ',');
    }
    json_object_set_new(object, more, list);
}

static inline json_t *rule_json(const struct rule *rule)
{
    json_t *properties = json_pack("{s:i, s:s, s:s, s:s, s:s}", "priority", rule->priority,
                                   "direction", rule->direction, "access", rule->access, "protocol",
                                   rule->protocol, "sourcePortRange", "*");
    set_one_or_more(properties, "sourceAddressPrefix", "sourceAddressPrefixes", rule->source);
    set_one_or_more(properties, "destinationAddressPrefix", "destinationAddressPrefixes",
                    rule->destination);
    set_one_or_more(properties, "destinationPortRange", "destinationPortRanges", rule->ports);
    return json_pack("{s:s, s:o}", "name", rule->name, "properties", properties);
}

static inline json_t *rules_json(const struct rule *rules, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, rule_json(&rules[i]));
    return list;
}

static inline const char *security_group_path(struct fh_call *call)
{
    return resource_path(call, "Microsoft.Network/networkSecurityGroups",
                         fh_resource_name(call, "nsg", 80, NULL));
}

static inline const char *network_path(struct fh_call *call)
{
    return resource_path(call, "Microsoft.Network/virtualNetworks",
                         fh_resource_name(call, "vnet", 64, NULL));
}

/* Step "firewall". */
static inline int32_t plan_security_group(struct fh_call *call, const struct rule *rules,
                                          size_t count)
{
    static const char *const after[] = {"group"};
    static const struct fh_output outputs[] = {{.name = "id", .pointer = "/id"}};
    struct fh_step step = {.struct_size = sizeof step,
                           .flags = FH_STEP_TAGS,
                           .key = "firewall",
                           .title = "network security group",
                           .path = security_group_path(call),
                           .api_version = API_NETWORK,
                           .after = after,
                           .after_count = COUNT(after),
                           .outputs = outputs,
                           .output_count = COUNT(outputs),
                           .output_size = sizeof *outputs,
                           .expected_seconds = 5,
                           .list_path = list_of(call, "Microsoft.Network/networkSecurityGroups"),
                           /* Images that are built on a connection add a rule each. */
                           .shared_list = "/properties/securityRules"};
    return fh_json_step(call, &step,
                        json_pack("{s:s, s:{s:o}}", "location", fh_value(call, "/region"),
                                  "properties", "securityRules", rules_json(rules, count)));
}

/* Step "network": the subnet stands in the network's own body, for Azure handles one write to a
 * network at a time. With a NAT gateway it comes after the step "nat". route_table and dns_servers
 * may be NULL; takes dns_servers. */
static inline int32_t plan_network(struct fh_call *call, const char *range, const char *route_table,
                                   json_t *dns_servers, const char *const *after,
                                   uint32_t after_count)
{
    static const struct fh_output outputs[] = {
        {.name = "id", .pointer = "/id"},
        {.name = "subnet", .pointer = "/properties/subnets/0/id"}};
    struct fh_step step = {.struct_size = sizeof step,
                           .flags = FH_STEP_TAGS,
                           .key = "network",
                           .title = fh_printf(call, "virtual network %s", range),
                           .path = network_path(call),
                           .api_version = API_NETWORK,
                           .after = after,
                           .after_count = after_count,
                           .outputs = outputs,
                           .output_count = COUNT(outputs),
                           .output_size = sizeof *outputs,
                           .expected_seconds = 10,
                           .list_path = list_of(call, "Microsoft.Network/virtualNetworks")};
    json_t *subnet =
        json_pack("{s:s, s:{s:s, s:{s:s}}}", "name", "machines", "properties", "addressPrefix",
                  range, "networkSecurityGroup", "id", "${firewall.id}");
    if (route_table)
        json_object_set_new(json_object_get(subnet, "properties"), "routeTable",
                            json_pack("{s:s}", "id", route_table));
    if (has_nat(call))
        json_object_set_new(json_object_get(subnet, "properties"), "natGateway",
                            json_pack("{s:s}", "id", "${nat.id}"));
    json_t *properties = json_pack("{s:{s:[s]}, s:[o]}", "addressSpace", "addressPrefixes", range,
                                   "subnets", subnet);
    if (dns_servers)
        json_object_set_new(properties, "dhcpOptions",
                            json_pack("{s:o}", "dnsServers", dns_servers));
    return fh_json_step(
        call, &step,
        json_pack("{s:s, s:o}", "location", fh_value(call, "/region"), "properties", properties));
}

/* What catalogs take from a connection. */
static inline int32_t export_network(struct fh_call *call, const char *range)
{
    int32_t result = fh_export(call, "subnetId", "${network.subnet}");
    if (result == FH_OK)
        result = fh_json_export(
            call, "subnets",
            json_pack("[{s:s, s:s}]", "id", "${network.subnet}", "addressRange", range));
    if (result == FH_OK)
        result = fh_export(call, "networkSecurityGroupId", "${firewall.id}");
    if (result == FH_OK)
        result = fh_export(call, "region", fh_value(call, "/region"));
    return result;
}

/* The addresses that Azure leaves for machines in a range. */
static inline long addresses_for_machines(const char *range)
{
    const char *slash = strchr(range, '/');
    int prefix = slash ? (int)strtol(slash + 1, NULL, 10) : 32;
    return prefix < 1 || prefix > 29 ? 0 : (1L << (32 - prefix)) - 5;
}

static inline int32_t detail_range(struct fh_call *call, const char *range)
{
    int32_t result = fh_detail(call, "addressRange", "Address range", range);
    if (result == FH_OK)
        result = fh_detail(call, "addressesForMachines", "Addresses for machines",
                           fh_printf(call, "%ld", addresses_for_machines(range)));
    return result;
}

/* What a check of what exists finds missing may yet be made by the operation that is under way. */
static inline bool is_under_way(struct fh_call *call)
{
    return fh_value(call, "/underWay") != NULL;
}

static inline int32_t missing_severity(struct fh_call *call)
{
    return is_under_way(call) ? FH_WARNING : FH_FAIL;
}

static inline const char *mend_by_retry(struct fh_call *call)
{
    if (is_under_way(call))
        return fh_printf(call,
                         "an operation is under way: `flexhost connection show %s` tells how it "
                         "ends",
                         fh_value(call, "/name"));
    return fh_printf(call, "flexhost connection retry %s makes it again", fh_value(call, "/name"));
}

/* What is wrong with the resource of a step, called `what`; NULL: nothing, or Azure was not asked.
 */
static inline const char *resource_fault(struct fh_call *call, const json_t *request,
                                         const char *step, const char *what)
{
    const json_t *resource = json_object_get(json_object_get(request, "resources"), step);
    const char *state = fh_json_text(resource, "/properties/provisioningState");
    if (json_is_null(resource))
        return fh_printf(
            call,
            "Azure no longer has the %s of this connection: `flexhost connection retry "
            "%s` makes it again",
            what, fh_value(call, "/name"));
    if (state && strcmp(state, "Failed") == 0)
        return fh_printf(call, "Azure reports the %s of this connection as Failed", what);
    return NULL;
}

/* Which of `steps` is gone from what Azure shows, or has failed there; NULL when all are well, or
 * when Azure was not asked. */
static inline const char *network_fault(struct fh_call *call, const json_t *request,
                                        const char *const *steps, size_t count)
{
    const char *fault = NULL;
    for (size_t i = 0; !fault && i < count; i++)
        fault = resource_fault(call, request, steps[i], steps[i]);
    return fault;
}

#endif
