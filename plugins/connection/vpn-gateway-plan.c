/* SPDX-License-Identifier: Apache-2.0 */
/* connection/vpn-gateway: the resources of both ends, as Azure has them. */
#include "vpn-gateway.h"

/* Adds a step of Microsoft.Network with its output "id" and perhaps others; takes body. */
static int32_t put(struct fh_call *call, struct fh_step step, json_t *body)
{
    static const struct fh_output id = {.name = "id", .pointer = "/id"};
    step.struct_size = sizeof step;
    step.flags = FH_STEP_TAGS;
    step.api_version = API_NETWORK;
    step.output_size = sizeof id;
    if (!step.outputs) {
        step.outputs = &id;
        step.output_count = 1;
    }
    json_object_set_new(body, "location", json_string(fh_value(call, "/region")));
    return fh_json_step(call, &step, body);
}

static int32_t plan_firewall(struct fh_call *call)
{
    struct rule rules[5];
    connected_firewall(fh_value(call, "/fields/address-range"), rules);
    return plan_security_group(call, rules, COUNT(rules));
}

/* There is a route table even without routes, so that one that is added later changes it alone. */
static int32_t plan_routes(struct fh_call *call, const json_t *routes)
{
    static const char *const after[] = {"group"};
    struct fh_step step = {.key = "routes",
                           .title = "route table",
                           .path = resource_path(call, "Microsoft.Network/routeTables",
                                                 fh_resource_name(call, "routes", 80, NULL)),
                           .after = after,
                           .after_count = COUNT(after),
                           .expected_seconds = 5,
                           .failed_status = "RouteTableFailed",
                           .list_path = list_of(call, "Microsoft.Network/routeTables")};
    return put(call, step,
               json_pack("{s:{s:b, s:o}}", "properties", "disableBgpRoutePropagation", 0, "routes",
                         routes_json(routes)));
}

/* Both subnets stand in the network's own body, for Azure handles one write to a network at a time.
 * Azure wants the gateway's subnet under its own name and without a security group. */
static int32_t plan_subnets(struct fh_call *call, const json_t *request)
{
    static const char *const after[] = {"firewall", "routes"};
    const char *own = fh_value(call, "/fields/address-range");
    const char *gateways = fh_value(call, "/fields/gateway-subnet");
    struct fh_step step = {.key = "network",
                           .title = fh_printf(call, "virtual network %s, %s", own, gateways),
                           .path = network_path(call),
                           .after = after,
                           .after_count = COUNT(after),
                           .expected_seconds = 10,
                           .list_path = list_of(call, "Microsoft.Network/virtualNetworks")};
    json_t *machines = json_pack("{s:s, s:{s:s, s:{s:s}, s:{s:s}}}", "name", "machines",
                                 "properties", "addressPrefix", own, "networkSecurityGroup", "id",
                                 "${firewall.id}", "routeTable", "id", "${routes.id}");
    json_t *gateway = json_pack("{s:s, s:{s:s}}", "name", "GatewaySubnet", "properties",
                                "addressPrefix", gateways);
    return put(call, step,
               json_pack("{s:{s:{s:[s,s]}, s:{s:O}, s:[o,o]}}", "properties", "addressSpace",
                         "addressPrefixes", own, gateways, "dhcpOptions", "dnsServers",
                         fh_json_at(request, "/fields/dns-server"), "subnets", machines, gateway));
}

/* In all zones: the SKUs that end in AZ want it so, and Basic takes it. */
static int32_t plan_public_ip(struct fh_call *call)
{
    static const char *const after[] = {"group"};
    static const struct fh_output outputs[] = {
        {.name = "id", .pointer = "/id"}, {.name = "address", .pointer = "/properties/ipAddress"}};
    struct fh_step step = {.key = "public-ip",
                           .title = "public IP address of the gateway",
                           .path = resource_path(call, "Microsoft.Network/publicIPAddresses",
                                                 fh_resource_name(call, "gateway-ip", 80, NULL)),
                           .after = after,
                           .after_count = COUNT(after),
                           .outputs = outputs,
                           .output_count = COUNT(outputs),
                           .expected_seconds = 5,
                           .list_path = list_of(call, "Microsoft.Network/publicIPAddresses")};
    return put(call, step,
               json_pack("{s:{s:s, s:s}, s:[s,s,s], s:{s:s, s:s}}", "sku", "name", "Standard",
                         "tier", "Regional", "zones", "1", "2", "3", "properties",
                         "publicIPAllocationMethod", "Static", "publicIPAddressVersion", "IPv4"));
}

static json_t *gateway_body(const struct sku *sku, bool bgp)
{
    json_t *address = json_pack("{s:s, s:{s:s, s:{s:s}, s:{s:s}}}", "name", "default", "properties",
                                "privateIPAllocationMethod", "Dynamic", "subnet", "id",
                                "${network.id}/subnets/GatewaySubnet", "publicIPAddress", "id",
                                "${public-ip.id}");
    json_t *properties = json_pack(
        "{s:s, s:s, s:s, s:b, s:b, s:{s:s, s:s}, s:[o]}", "gatewayType", "Vpn", "vpnType",
        "RouteBased", "vpnGatewayGeneration", sku->generation, "activeActive", 0, "enableBgp",
        (int)bgp, "sku", "name", sku->name, "tier", sku->name, "ipConfigurations", address);
    if (bgp)
        json_object_set_new(properties, "bgpSettings", json_pack("{s:i}", "asn", AZURE_ASN));
    return json_pack("{s:o}", "properties", properties);
}

static int32_t plan_gateway(struct fh_call *call, bool bgp)
{
    static const char *const after[] = {"network", "public-ip"};
    static const struct fh_output outputs[] = {
        {.name = "id", .pointer = "/id"},
        {.name = "asn", .pointer = "/properties/bgpSettings/asn"},
        {.name = "bgpAddress", .pointer = "/properties/bgpSettings/bgpPeeringAddress"}};
    const struct sku *sku = sku_of(fh_value(call, "/fields/performance"));
    struct fh_step step = {.key = "gateway",
                           .title = fh_printf(call, "VPN gateway %s", sku->name),
                           .path = vpn_gateway_path(call),
                           .after = after,
                           .after_count = COUNT(after),
                           .outputs = outputs,
                           .output_count = bgp ? COUNT(outputs) : 1,
                           .expected_seconds = 2700};
    return put(call, step, gateway_body(sku, bgp));
}

/* The customer's end, which Azure calls a local network gateway. */
static int32_t plan_site(struct fh_call *call, const json_t *request, bool bgp)
{
    static const char *const after[] = {"group"};
    struct fh_step step = {.key = "site",
                           .title = fh_printf(call, "entry of the VPN device %s",
                                              fh_value(call, "/fields/vpn-address")),
                           .path = resource_path(call, "Microsoft.Network/localNetworkGateways",
                                                 fh_resource_name(call, "site", 80, NULL)),
                           .after = after,
                           .after_count = COUNT(after),
                           .expected_seconds = 10};
    json_t *properties =
        json_pack("{s:s, s:{s:O}}", "gatewayIpAddress", fh_value(call, "/fields/vpn-address"),
                  "localNetworkAddressSpace", "addressPrefixes",
                  fh_json_at(request, "/fields/allowed-network"));
    if (bgp)
        json_object_set_new(properties, "bgpSettings",
                            json_pack("{s:O, s:s}", "asn", fh_json_at(request, "/fields/bgp-asn"),
                                      "bgpPeeringAddress",
                                      fh_value(call, "/fields/bgp-peer-address")));
    return put(call, step, json_pack("{s:o}", "properties", properties));
}

static int32_t plan_tunnel(struct fh_call *call, bool bgp)
{
    static const char *const after[] = {"gateway", "site"};
    struct fh_step step = {
        .key = "tunnel",
        .title = fh_printf(call, "IPsec tunnel to %s", fh_value(call, "/fields/vpn-address")),
        .path = tunnel_path(call),
        .after = after,
        .after_count = COUNT(after),
        .expected_seconds = 30};
    return put(call, step,
               json_pack("{s:{s:s, s:s, s:s, s:b, s:{s:s, s:{}}, s:{s:s, s:{}}}}", "properties",
                         "connectionType", "IPsec", "connectionProtocol", "IKEv2", "sharedKey",
                         fh_value(call, "/fields/pre-shared-key"), "enableBgp", (int)bgp,
                         "virtualNetworkGateway1", "id", "${gateway.id}", "properties",
                         "localNetworkGateway2", "id", "${site.id}", "properties"));
}

/* By name rather than by place: Azure may list the subnets in another order. */
static int32_t exports(struct fh_call *call)
{
    static const char subnet[] = "${network.id}/subnets/machines";
    int32_t result = fh_export(call, "subnetId", subnet);
    if (result == FH_OK)
        result = fh_json_export(call, "subnets",
                                json_pack("[{s:s, s:s}]", "id", subnet, "addressRange",
                                          fh_value(call, "/fields/address-range")));
    if (result == FH_OK)
        result = fh_export(call, "networkSecurityGroupId", "${firewall.id}");
    return result == FH_OK ? fh_export(call, "region", fh_value(call, "/region")) : result;
}

static int32_t plan_all(struct fh_call *call, const json_t *request)
{
    const json_t *routes = fh_json_at(request, "/fields/route");
    bool bgp = fh_json_at(request, "/fields/bgp-asn") != NULL;
    const char *field;
    const char *fault = vpn_gateway_bgp_fault(call, request, &field);
    int32_t result = fault ? fh_fail(call, FH_EINVAL, field, "%s", fault) : FH_OK;
    if (result == FH_OK)
        result = require_routes(call, routes);
    if (result == FH_OK)
        result = plan_group(call);
    if (result == FH_OK)
        result = plan_firewall(call);
    if (result == FH_OK)
        result = plan_routes(call, routes);
    if (result == FH_OK)
        result = plan_subnets(call, request);
    if (result == FH_OK)
        result = plan_public_ip(call);
    if (result == FH_OK)
        result = plan_gateway(call, bgp);
    if (result == FH_OK)
        result = plan_site(call, request, bgp);
    if (result == FH_OK)
        result = plan_tunnel(call, bgp);
    return result == FH_OK ? exports(call) : result;
}

int32_t vpn_gateway_plan(struct fh_call *call)
{
    int32_t result = require_place(call);
    json_t *request = result == FH_OK ? fh_json_request(call) : NULL;
    if (!request)
        return result == FH_OK ? FH_EFAILED : result;
    result = plan_all(call, request);
    json_decref(request);
    return result;
}

/* The operation's id makes a second reset another action. When the answer is lost, nothing tells
 * whether the gateway was reset: the operation says so instead of doing it twice. */
int32_t vpn_gateway_plan_reset(struct fh_call *call)
{
    static const char *const after[] = {"tunnel"};
    const char *transaction = fh_value(call, "/transactionId");
    if (!transaction)
        return fh_fail(call, FH_EINVAL, "/transactionId",
                       "the request does not say which operation it belongs to: give it");
    struct fh_step step = {.struct_size = sizeof step,
                           .flags = FH_STEP_ACTION,
                           .key = fh_printf(call, "reset/%s", transaction),
                           .title = "reset of the VPN gateway",
                           .method = "POST",
                           .path = fh_printf(call, "%s/reset", vpn_gateway_path(call)),
                           .api_version = API_NETWORK,
                           .after = after,
                           .after_count = COUNT(after),
                           .expected_seconds = 120};
    return fh_step(call, &step);
}
