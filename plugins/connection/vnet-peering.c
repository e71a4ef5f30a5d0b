/* SPDX-License-Identifier: Apache-2.0 */
/* connection/vnet-peering: a network of ours and one of the customer's, peered with each other. */
#include "vnet-peering.h"

#include "../common/firewall.h"
#include "../common/health.h"

#define ARM_NAME "[^][!\"#$%&'*+,/:;<=>?@\\^`{|}~[:space:]]+"

static const struct fh_field fields[] = {
    {.name = "address-range",
     .type = "cidr",
     .flags = FH_FIELD_REQUIRED | FH_FIELD_IMMUTABLE | FH_FIELD_OCCUPIES,
     .help = "range of the machines, unused in every network that is connected; /24 at least",
     .min = 8,
     .max = 24,
     .immutable_advice = "create another connection with the other range"},
    {.name = "customer-subscription",
     .type = "guid",
     .flags = FH_FIELD_REQUIRED | FH_FIELD_IMMUTABLE,
     .help = "id of the Azure subscription that holds the network to peer with",
     .immutable_advice = "create another connection for the other network"},
    {.name = "customer-resource-group",
     .type = "string",
     .flags = FH_FIELD_REQUIRED | FH_FIELD_IMMUTABLE,
     .help = "resource group of that network",
     .min = 1,
     .max = 64,
     .pattern = ARM_NAME,
     .pattern_help = "letters, digits, '-', '_', '.', '(' and ')'",
     .immutable_advice = "create another connection for the other network"},
    {.name = "customer-vnet",
     .type = "string",
     .flags = FH_FIELD_REQUIRED | FH_FIELD_IMMUTABLE,
     .help = "name of the virtual network to peer with",
     .min = 2,
     .max = 64,
     .pattern = "[A-Za-z0-9_.-]+",
     .pattern_help = "letters, digits, '-', '_' and '.'",
     .immutable_advice = "create another connection for the other network"},
    {.name = "customer-credential",
     .type = "credential",
     .flags = FH_FIELD_REQUIRED,
     .help = "credential with the role Network Contributor on that network"},
    {.name = "customer-tenant",
     .type = "guid",
     .flags = FH_FIELD_IMMUTABLE,
     .help =
         "tenant of that subscription, when it is neither the machines' own nor the credential's",
     .immutable_advice = "create another connection for the other network"},
    {.name = "use-gateway",
     .type = "bool",
     .help = "reach what lies behind that network's virtual network gateway",
     .default_value = "no",
     .acknowledgement =
         "routes change, and traffic to what lies behind the gateway begins or ends."},
    {.name = "gateway-route-propagation",
     .type = "bool",
     .help = "let the gateway's routes reach the machines; without it add routes by hand",
     .default_value = "yes",
     .acknowledgement =
         "it can change routes and interrupt the machines' traffic; when off, add routes by hand."},
    NAME_FIELDS,
    {.name = "route",
     .type = "object",
     .flags = FH_FIELD_LIST,
     .help = "custom route",
     .fields = route_fields,
     .field_count = COUNT(route_fields),
     .max_count = MOST_ROUTES,
     .acknowledgement = ROUTE_ACKNOWLEDGEMENT},
    NAT_FIELD,
};

static const struct fh_field options[] = {NAME_OPTIONS};

static const char *route_table_path(struct fh_call *call)
{
    return resource_path(call, "Microsoft.Network/routeTables",
                         fh_resource_name(call, "routes", 80, NULL));
}

/* There is a route table even without routes: it is where propagation is switched, and a route that
 * is added later changes it alone. */
static int32_t plan_routes(struct fh_call *call, const json_t *routes)
{
    static const char *const after[] = {"group"};
    static const struct fh_output outputs[] = {{.name = "id", .pointer = "/id"}};
    struct fh_step step = {.struct_size = sizeof step,
                           .flags = FH_STEP_TAGS,
                           .key = "routes",
                           .title = "route table",
                           .path = route_table_path(call),
                           .api_version = API_NETWORK,
                           .after = after,
                           .after_count = COUNT(after),
                           .outputs = outputs,
                           .output_count = COUNT(outputs),
                           .output_size = sizeof *outputs,
                           .expected_seconds = 5,
                           .failed_status = ROUTES_FAILED,
                           .list_path = list_of(call, "Microsoft.Network/routeTables")};
    return fh_json_step(call, &step,
                        json_pack("{s:s, s:{s:b, s:o}}", "location", fh_value(call, "/region"),
                                  "properties", "disableBgpRoutePropagation",
                                  !is_true(call, "/fields/gateway-route-propagation"), "routes",
                                  routes_json(routes)));
}

/* The list that shows the customer's networks with their peerings. */
static const char *customer_list(struct fh_call *call)
{
    return fh_printf(call, "/subscriptions/%s/providers/Microsoft.Network/virtualNetworks",
                     fh_value(call, "/fields/customer-subscription"));
}

static json_t *peering_body(const char *remote, bool gives_gateway, bool takes_gateway)
{
    return json_pack("{s:{s:{s:s}, s:b, s:b, s:b, s:b}}", "properties", "remoteVirtualNetwork",
                     "id", remote, "allowVirtualNetworkAccess", 1, "allowForwardedTraffic", 1,
                     "allowGatewayTransit", gives_gateway, "useRemoteGateways", takes_gateway);
}

/* A gateway can be used only while its side allows the transit. So theirs comes first, except when
 * a connection lets go of the gateway. */
static bool own_side_first(struct fh_call *call)
{
    return is_true(call, "/previous/use-gateway") && !is_true(call, "/fields/use-gateway");
}

static int32_t plan_customer_side(struct fh_call *call)
{
    const char *const after[] = {"network", "peering"};
    const char *own[] = {fh_value(call, "/subscription/credential")};
    struct fh_step step = {.struct_size = sizeof step,
                           .key = "peering-customer",
                           .title = fh_printf(call, "peering of %s with the machines' network",
                                              fh_value(call, "/fields/customer-vnet")),
                           .path = fh_printf(call, "%s/virtualNetworkPeerings/%s",
                                             customer_network_path(call), peering_name(call)),
                           .api_version = API_NETWORK,
                           .after = after,
                           .after_count = own_side_first(call) ? 2 : 1,
                           .credential = fh_value(call, "/fields/customer-credential"),
                           .auxiliary = own,
                           .auxiliary_count = crosses_tenants(call) && own[0] ? 1 : 0,
                           .expected_seconds = 10,
                           .until_pointer = "/properties/peeringState",
                           .until_values = "Initiated|Connected",
                           .until_failures = "Disconnected",
                           .list_path = customer_list(call)};
    return fh_json_step(call, &step,
                        peering_body("${network.id}", is_true(call, "/fields/use-gateway"), false));
}

static int32_t plan_own_side(struct fh_call *call)
{
    const char *const after[] = {"network", "peering-customer"};
    static const struct fh_output outputs[] = {
        {.name = "state", .pointer = "/properties/peeringState"}};
    const char *customer[] = {fh_value(call, "/fields/customer-credential")};
    struct fh_step step = {.struct_size = sizeof step,
                           .key = "peering",
                           .title = fh_printf(call, "peering of the machines' network with %s",
                                              fh_value(call, "/fields/customer-vnet")),
                           .path = fh_printf(call, "%s/virtualNetworkPeerings/%s",
                                             network_path(call), peering_name(call)),
                           .api_version = API_NETWORK,
                           .after = after,
                           .after_count = own_side_first(call) ? 1 : 2,
                           .auxiliary = customer,
                           .auxiliary_count = crosses_tenants(call) ? 1 : 0,
                           .outputs = outputs,
                           .output_count = COUNT(outputs),
                           .output_size = sizeof *outputs,
                           .expected_seconds = 10,
                           .until_pointer = "/properties/peeringState",
                           .until_values = "Connected",
                           .until_failures = "Disconnected",
                           .list_path = list_of(call, "Microsoft.Network/virtualNetworks")};
    return fh_json_step(
        call, &step,
        peering_body(customer_network_path(call), false, is_true(call, "/fields/use-gateway")));
}

/* Their half follows ours, and traffic flows when it is Connected too. */
static int32_t plan_connected(struct fh_call *call)
{
    const char *const after[] = {own_side_first(call) ? "peering-customer" : "peering"};
    struct fh_step step = {.struct_size = sizeof step,
                           .key = "peering-customer-connected",
                           .title = fh_printf(call, "%s reports the peering as Connected",
                                              fh_value(call, "/fields/customer-vnet")),
                           .method = "GET",
                           .path = fh_printf(call, "%s/virtualNetworkPeerings/%s",
                                             customer_network_path(call), peering_name(call)),
                           .api_version = API_NETWORK,
                           .after = after,
                           .after_count = COUNT(after),
                           .ownership = FH_FOREIGN,
                           .credential = fh_value(call, "/fields/customer-credential"),
                           .expected_seconds = 10,
                           .until_pointer = "/properties/peeringState",
                           .until_values = "Connected",
                           .until_failures = "Disconnected",
                           .list_path = customer_list(call)};
    return fh_step(call, &step);
}

static int32_t plan_all(struct fh_call *call, const json_t *request)
{
    static const char *const after_group[] = {"group"};
    static const char *const after[] = {"firewall", "routes", "nat"};
    const json_t *routes = fh_json_at(request, "/fields/route");
    const char *range = fh_value(call, "/fields/address-range");
    struct rule rules[5];
    connected_firewall(range, rules);
    int32_t result = require_routes(call, routes);
    if (result == FH_OK)
        result = plan_group(call);
    if (result == FH_OK)
        result = plan_security_group(call, rules, COUNT(rules));
    if (result == FH_OK)
        result = plan_routes(call, routes);
    if (result == FH_OK && has_nat(call))
        result = plan_nat(call, NULL, after_group, COUNT(after_group));
    if (result == FH_OK)
        result = plan_network(call, range, "${routes.id}",
                              json_incref(fh_json_at(request, "/fields/dns-server")), after,
                              has_nat(call) ? 3 : 2);
    if (result == FH_OK)
        result = plan_customer_side(call);
    if (result == FH_OK)
        result = plan_own_side(call);
    if (result == FH_OK)
        result = plan_connected(call);
    return result == FH_OK ? export_network(call, fh_value(call, "/fields/address-range")) : result;
}

static int32_t plan(struct fh_call *call)
{
    int32_t result = require_place(call);
    json_t *request = result == FH_OK ? fh_json_request(call) : NULL;
    if (!request)
        return result == FH_OK ? FH_EFAILED : result;
    result = plan_all(call, request);
    json_decref(request);
    return result;
}

static const char *peering_fault(struct fh_call *call, const json_t *request)
{
    const char *fault = resource_fault(call, request, "peering", "peering");
    if (!fault)
        fault = resource_fault(call, request, "peering-customer", "customer's half of the peering");
    const char *state = fh_json_text(request, "/resources/peering/properties/peeringState");
    if (fault || !state || strcmp(state, "Connected") == 0)
        return fault;
    return fh_printf(
        call,
        "the peering with %s is %s, not Connected: `flexhost connection check %s` tells "
        "what is missing, `flexhost connection retry %s` makes it again",
        fh_value(call, "/fields/customer-vnet"), state, fh_value(call, "/name"),
        fh_value(call, "/name"));
}

static int32_t detail_network(struct fh_call *call, const json_t *request)
{
    const json_t *servers = fh_json_at(request, "/fields/dns-server");
    int32_t result = fh_detail(call, "region", "Region", fh_value(call, "/region"));
    if (result == FH_OK)
        result = detail_range(call, fh_value(call, "/fields/address-range"));
    if (result == FH_OK)
        result = fh_json_detail(call, "peeredNetworks", "Peered networks",
                                json_pack("[s]", customer_network_path(call)));
    if (result == FH_OK)
        result = fh_json_detail(call, "dnsServers", "DNS servers", json_copy((json_t *)servers));
    return result;
}

static int32_t detail_traffic(struct fh_call *call, const json_t *request)
{
    const char *range = fh_value(call, "/fields/address-range");
    json_t *routes = fh_json_at(request, "/fields/route");
    struct rule rules[5];
    connected_firewall(range, rules);
    int32_t result = fh_detail(call, "gateway", "Uses the network's gateway",
                               is_true(call, "/fields/use-gateway") ? "yes" : "no");
    if (result == FH_OK)
        result = fh_detail(call, "gatewayRoutePropagation", "Gateway's routes reach the machines",
                           is_true(call, "/fields/gateway-route-propagation") ? "yes" : "no");
    if (result == FH_OK)
        result =
            fh_json_detail(call, "routes", "Routes", routes ? json_incref(routes) : json_array());
    if (result == FH_OK)
        result = detail_nat(call, request, false);
    if (result == FH_OK)
        result = fh_json_detail(call, "firewall", "Firewall", rules_json(rules, COUNT(rules)));
    if (result == FH_OK)
        result = fh_json_detail(call, "customerFirewall", "To open on the customer's side",
                                customer_firewall(range));
    return result;
}

static int32_t observe(struct fh_call *call)
{
    struct health health = {.meanwhile = "What worked before works on"};
    json_t *request = fh_json_request(call);
    if (!request)
        return FH_EFAILED;
    health_look(call, request, &health, "firewall", "network security group");
    health_look(call, request, &health, "network", "virtual network");
    health_add_fault(&health, "Failed", "Failed", peering_fault(call, request));
    health_parts(call, request, &health);
    int32_t result = health_tell(call, &health);
    if (result == FH_OK)
        result = detail_network(call, request);
    if (result == FH_OK)
        result = detail_traffic(call, request);
    json_decref(request);
    return result;
}

static const struct fh_plugin plugin = {
    FH_PLUGIN_HEAD,
    .kind = "connection",
    .name = "vnet-peering",
    .version = "1.0",
    .summary = "Peering with a virtual network of yours, in the same tenant or another",
    .description =
        "A network for machines, peered in both directions with a virtual network of your own, "
        "whose gateway it can use. Address ranges, DNS servers and permissions are looked at "
        "before anything is created.",
    .flags = FH_PLUGIN_DOMAIN_JOIN | FH_PLUGIN_NAT,
    .field_size = sizeof(struct fh_field),
    .fields = fields,
    .field_count = COUNT(fields),
    .options = options,
    .option_count = COUNT(options),
    .check = vnet_peering_check,
    .plan = plan,
    .observe = observe,
    .required_roles = "Contributor on the managed subscription; Network Contributor on the "
                      "customer's virtual network",
};

const struct fh_plugin *fh_plugin_entry(void)
{
    return &plugin;
}
