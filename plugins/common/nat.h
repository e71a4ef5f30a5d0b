/* SPDX-License-Identifier: Apache-2.0 */
/* The NAT gateway of a connection: one public address for all that its machines send out. */
#ifndef FLEXHOST_PLUGINS_COMMON_NAT_H
#define FLEXHOST_PLUGINS_COMMON_NAT_H

#include "azure.h"

#define NAT_FAILED "NatGatewayFailed"

/* A plugin with this field sets FH_PLUGIN_NAT. Azure's documents bound the time nowhere; it takes
 * these. */
#define NAT_FIELD_WITH(more_flags, usual)                                                          \
    {                                                                                              \
        .name = "nat-idle-timeout", .type = "int", .flags = (more_flags),                          \
        .help = "give the machines one public address (a NAT gateway); minutes until it drops an " \
                "idle connection",                                                                 \
        .default_value = (usual), .min = 4, .max = 120,                                            \
        .acknowledgement =                                                                         \
            "connections of the machines to the Internet may be cut, and when the gateway comes "  \
            "or goes they appear there under another address: allow it in your firewalls."         \
    }
#define NAT_FIELD NAT_FIELD_WITH(0, NULL)
/* Of a connection that gets its gateway with its first catalog. */
#define NAT_FIELD_LATER NAT_FIELD_WITH(FH_FIELD_AT_FIRST_CATALOG, "4")

static inline bool has_nat(struct fh_call *call)
{
    return fh_value(call, "/fields/nat-idle-timeout") != NULL;
}

/* An IPv4 address that stays the same, with the outputs "id" and "address"; key, title and what it
 * waits for are the step's own. */
static inline int32_t plan_public_address(struct fh_call *call, struct fh_step step,
                                          const char *name)
{
    static const struct fh_output outputs[] = {
        {.name = "id", .pointer = "/id"}, {.name = "address", .pointer = "/properties/ipAddress"}};
    step.struct_size = sizeof step;
    step.flags = FH_STEP_TAGS;
    step.path = resource_path(call, "Microsoft.Network/publicIPAddresses", name);
    step.api_version = API_NETWORK;
    step.outputs = outputs;
    step.output_count = COUNT(outputs);
    step.output_size = sizeof *outputs;
    step.list_path = list_of(call, "Microsoft.Network/publicIPAddresses");
    return fh_json_step(call, &step,
                        json_pack("{s:s, s:{s:s}, s:{s:s, s:s}}", "location",
                                  fh_value(call, "/region"), "sku", "name", "Standard",
                                  "properties", "publicIPAllocationMethod", "Static",
                                  "publicIPAddressVersion", "IPv4"));
}

static inline int32_t plan_nat_address(struct fh_call *call, const char *part,
                                       const char *const *after, uint32_t after_count)
{
    struct fh_step step = {.key = "nat-ip",
                           .title = "public address of the NAT gateway",
                           .after = after,
                           .after_count = after_count,
                           .expected_seconds = 10,
                           .part = part,
                           .failed_status = NAT_FAILED};
    return plan_public_address(call, step, fh_resource_name(call, "nat-ip", 80, NULL));
}

/* Steps "nat-ip" and "nat", whose output "id" goes into a subnet. */
static inline int32_t plan_nat(struct fh_call *call, const char *part, const char *const *after,
                               uint32_t after_count)
{
    static const char *const after_address[] = {"nat-ip"};
    static const struct fh_output outputs[] = {{.name = "id", .pointer = "/id"}};
    const char *minutes = fh_value(call, "/fields/nat-idle-timeout");
    struct fh_step step = {
        .struct_size = sizeof step,
        .flags = FH_STEP_TAGS,
        .key = "nat",
        .title = "NAT gateway",
        .path = resource_path(call, "Microsoft.Network/natGateways",
                              fh_resource_name(call, "nat", 80, NULL)),
        .api_version = API_NETWORK,
        .after = after_address,
        .after_count = COUNT(after_address),
        .outputs = outputs,
        .output_count = COUNT(outputs),
        .output_size = sizeof *outputs,
        .expected_seconds = 15,
        .part = part,
        .failed_status = NAT_FAILED,
        .list_path = list_of(call, "Microsoft.Network/natGateways"),
    };
    int32_t result = plan_nat_address(call, part, after, after_count);
    if (result != FH_OK)
        return result;
    return fh_json_step(call, &step,
                        json_pack("{s:s, s:{s:s}, s:{s:i, s:[{s:s}]}}", "location",
                                  fh_value(call, "/region"), "sku", "name", "Standard",
                                  "properties", "idleTimeoutInMinutes",
                                  (int)strtol(minutes ? minutes : "4", NULL, 10),
                                  "publicIpAddresses", "id", "${nat-ip.id}"));
}

/* generated: it came without being asked for. */
static inline int32_t detail_nat(struct fh_call *call, const json_t *request, bool generated)
{
    if (!has_nat(call))
        return fh_detail(call, "natGateway", "NAT gateway", "none");
    const char *address = fh_json_text(request, "/resources/nat-ip/properties/ipAddress");
    if (!address)
        address = fh_json_text(request, "/outputs/nat-ip/address");
    json_t *nat =
        json_pack("{s:O, s:b}", "idleTimeoutInMinutes",
                  fh_json_at(request, "/fields/nat-idle-timeout"), "autoGenerated", generated);
    json_object_set_new(nat, "ipAddresses", address ? json_pack("[s]", address) : json_array());
    return fh_json_detail(call, "natGateway", "NAT gateway", nat);
}

#endif
