/* SPDX-License-Identifier: Apache-2.0 */
/* connection/vpn-gateway: an IPsec tunnel from a VPN gateway of ours to the customer's device. */
#include "vpn-gateway.h"

#define KEY_CHARACTERS "[]!\"#$%&'()*+,./0-9:;<=>?@A-Z[\\^_`a-z{|}]+"

static const struct fh_field fields[] = {
    {.name = "vpn-address",
     .type = "ipv4",
     .flags = FH_FIELD_REQUIRED,
     .help = "public address of your VPN device",
     .acknowledgement = "the tunnel drops until the device at the new address answers."},
    {.name = "allowed-network",
     .type = "cidr",
     .flags = FH_FIELD_REQUIRED | FH_FIELD_LIST,
     .help = "range in your network that machines may reach through the tunnel",
     .min = 8,
     .max = 32,
     .acknowledgement = "machines reach the networks that are named and no others, and the VPN "
                        "device needs the same ones."},
    {.name = "pre-shared-key",
     .type = "secret",
     .flags = FH_FIELD_REQUIRED,
     .help = "key that both ends of the tunnel know; it is never shown again",
     .min = 8,
     .max = 128,
     .pattern = KEY_CHARACTERS, /* Azure refuses the two others */
     .pattern_help = "ASCII letters, digits and signs, without blanks, '-' and '~'",
     .acknowledgement = "the tunnel drops until the VPN device has the new key."},
    {.name = "performance",
     .type = "enum",
     .help =
         "Azure's SKU: Basic 100 Mbit/s without BGP, VpnGw1AZ 650 Mbit/s, VpnGw2AZ 1, VpnGw3AZ "
         "1.25, VpnGw4AZ 5, VpnGw5AZ 10 Gbit/s; from or to Basic, or past VpnGw3AZ, there is no "
         "way later",
     .default_value = "VpnGw1AZ",
     .values = "Basic|VpnGw1AZ|VpnGw2AZ|VpnGw3AZ|VpnGw4AZ|VpnGw5AZ",
     .acknowledgement = "the tunnel drops while Azure replaces the gateway, for up to 45 minutes."},
    {.name = "bgp-asn",
     .type = "int",
     .help = "autonomous system of your VPN device, where it speaks BGP",
     .min = 1,
     .max = 4294967295,
     .acknowledgement = "routes that were learned by BGP are lost until both ends agree again."},
    {.name = "bgp-peer-address",
     .type = "ipv4",
     .help = "address of your VPN device's BGP speaker, in an allowed network",
     .acknowledgement = "routes that were learned by BGP are lost until both ends agree again."},
    {.name = "address-range",
     .type = "cidr",
     .flags = FH_FIELD_REQUIRED | FH_FIELD_IMMUTABLE | FH_FIELD_OCCUPIES,
     .help = "range of the machines, unused in your networks; /24 at least",
     .min = 8,
     .max = 24,
     .immutable_advice = "create another connection with the other range"},
    {.name = "gateway-subnet",
     .type = "cidr",
     .flags = FH_FIELD_REQUIRED | FH_FIELD_IMMUTABLE | FH_FIELD_OCCUPIES,
     .help = "range of the gateway, outside of the machines'; /29 at least, /27 advised",
     .min = 8,
     .max = 29,
     .immutable_advice = "create another connection with the other subnet"},
    NAME_FIELDS,
    {.name = "route",
     .type = "object",
     .flags = FH_FIELD_LIST,
     .help = "custom route",
     .fields = route_fields,
     .field_count = COUNT(route_fields),
     .max_count = MOST_ROUTES},
};

static const struct fh_field options[] = {NAME_OPTIONS};

static const struct fh_field device_fields[] = {
    {.name = "vendor",
     .type = "string",
     .help =
         "maker of the device, as Azure spells it: its own script; without it strongSwan's file",
     .min = 1,
     .max = 80},
    {.name = "device-family",
     .type = "string",
     .help = "family of the device, with a vendor",
     .min = 1,
     .max = 80},
    {.name = "firmware",
     .type = "string",
     .help = "version of its firmware, with a vendor",
     .min = 1,
     .max = 80},
};

static const struct fh_verb verbs[] = {
    {.name = "reset",
     .help = "restart the gateway",
     .acknowledgement =
         "the tunnel drops and both ends must establish it again; sessions are disrupted.",
     .plan = vpn_gateway_plan_reset},
    {.name = "device-config",
     .help = "print the configuration of the VPN device",
     .flags = FH_VERB_READ,
     .fields = device_fields,
     .field_count = COUNT(device_fields),
     .check = vpn_gateway_device_config},
};

/* ---- observe ---- */

static json_t *side_rule(const char *name, const char *direction, const char *protocol,
                         const char *ports)
{
    const struct rule rule = {name, 0, direction, "Allow", protocol, "*", "*", ports};
    json_t *json = rule_json(&rule);
    json_object_del(json_object_get(json, "properties"), "priority");
    return json;
}

/* One end of a rule: a text, or several ranges. */
static void set_side(json_t *rule, const char *side, const json_t *value)
{
    char name[64];
    json_t *properties = json_object_get(rule, "properties");
    snprintf(name, sizeof name, "%sAddressPrefix", side);
    if (json_is_array(value)) {
        json_object_del(properties, name);
        snprintf(name, sizeof name, "%sAddressPrefixes", side);
    }
    json_object_set_new(properties, name, json_deep_copy(value));
}

/* Both directions, for either end may begin. */
static void add_tunnel_rules(json_t *list, const char *gateway, const char *device)
{
    static const struct {
        const char *name, *protocol, *ports;
    } protocols[] = {{"ike", "Udp", "500"}, {"ipsec-nat", "Udp", "4500"}, {"esp", "Esp", "*"}};
    json_t *ends[] = {json_string(gateway), json_string(device)};
    for (size_t i = 0; i < 2 * COUNT(protocols); i++) {
        bool out = i >= COUNT(protocols);
        size_t at = i % COUNT(protocols);
        char name[32];
        snprintf(name, sizeof name, "%s-%s", protocols[at].name, out ? "out" : "in");
        json_t *rule = side_rule(name, out ? "Outbound" : "Inbound", protocols[at].protocol,
                                 protocols[at].ports);
        set_side(rule, "source", ends[out]);
        set_side(rule, "destination", ends[!out]);
        json_array_append_new(list, rule);
    }
    json_decref(ends[0]);
    json_decref(ends[1]);
}

/* What the operator opens on the customer's side: for the tunnel itself, and through it. */
static json_t *device_firewall(struct fh_call *call, const json_t *request)
{
    const char *gateway = fh_json_text(request, "/outputs/public-ip/address");
    const json_t *networks = fh_json_at(request, "/fields/allowed-network");
    json_t *own = json_string(fh_value(call, "/fields/address-range"));
    json_t *list = json_array();
    json_t *services =
        side_rule("domain-services", "Inbound", "*", "53,88,123,135-139,389,445,636");
    json_t *sessions = side_rule("sessions-inside", "Outbound", "Tcp", "443,1494,2598");
    if (gateway)
        add_tunnel_rules(list, gateway, fh_value(call, "/fields/vpn-address"));
    set_side(services, "source", own);
    set_side(services, "destination", networks);
    set_side(sessions, "source", networks);
    set_side(sessions, "destination", own);
    json_array_append_new(list, services);
    json_array_append_new(list, sessions);
    json_decref(own);
    return list;
}

static json_t *bgp_json(struct fh_call *call, const json_t *request)
{
    json_t *asn = fh_json_at(request, "/fields/bgp-asn");
    if (!asn)
        return json_string("no");
    json_t *bgp = json_pack("{s:O, s:s, s:O*, s:s*}", "deviceAsn", asn, "deviceAddress",
                            fh_value(call, "/fields/bgp-peer-address"), "gatewayAsn",
                            fh_json_at(request, "/outputs/gateway/asn"), "gatewayAddress",
                            fh_json_text(request, "/outputs/gateway/bgpAddress"));
    return bgp;
}

static int32_t tunnel_details(struct fh_call *call, const json_t *request)
{
    const struct sku *sku = sku_of(fh_value(call, "/fields/performance"));
    const char *address = fh_json_text(request, "/outputs/public-ip/address");
    const char *tunnel = fh_json_text(request, "/resources/tunnel/properties/connectionStatus");
    int32_t result = FH_OK;
    if (address)
        result = fh_detail(call, "gatewayAddress", "Public IP of the gateway", address);
    if (result == FH_OK)
        result = fh_detail(call, "vpnAddress", "VPN device", fh_value(call, "/fields/vpn-address"));
    if (result == FH_OK)
        result = fh_json_detail(call, "allowedNetworks", "Allowed networks",
                                json_incref(fh_json_at(request, "/fields/allowed-network")));
    if (result == FH_OK)
        result = fh_detail(call, "performance", "Performance",
                           fh_printf(call, "%s, %s", sku->name, sku->throughput));
    if (result == FH_OK)
        result = fh_json_detail(call, "bgp", "BGP", bgp_json(call, request));
    if (result == FH_OK && tunnel)
        result = fh_detail(call, "tunnel", "Tunnel", tunnel);
    return result;
}

static int32_t details(struct fh_call *call, const json_t *request)
{
    struct rule rules[5];
    const char *own = fh_value(call, "/fields/address-range");
    json_t *routes = fh_json_at(request, "/fields/route");
    connected_firewall(own, rules);
    int32_t result = tunnel_details(call, request);
    if (result == FH_OK)
        result = detail_range(call, own);
    if (result == FH_OK)
        result = fh_detail(call, "gatewaySubnet", "Gateway subnet",
                           fh_value(call, "/fields/gateway-subnet"));
    if (result == FH_OK)
        result = fh_json_detail(call, "dnsServers", "DNS servers",
                                json_incref(fh_json_at(request, "/fields/dns-server")));
    if (result == FH_OK)
        result =
            fh_json_detail(call, "routes", "Routes", routes ? json_incref(routes) : json_array());
    if (result == FH_OK)
        result = fh_json_detail(call, "firewall", "Firewall", rules_json(rules, COUNT(rules)));
    if (result == FH_OK)
        result = fh_json_detail(call, "customerFirewall", "To open on the customer's side",
                                device_firewall(call, request));
    return result;
}

/* The connection holds, and something beside it failed. */
static int32_t partly_failed(struct fh_call *call, const json_t *failures)
{
    const char *step, *message = "no reason given", *status = "Failed", *which = "?";
    json_t *failure;
    json_object_foreach((json_t *)failures, step, failure)
    {
        which = step;
        if (fh_json_text(failure, "/message"))
            message = fh_json_text(failure, "/message");
        if (fh_json_text(failure, "/status"))
            status = fh_json_text(failure, "/status");
        break;
    }
    return fh_status(call, status,
                     strcmp(status, "RouteTableFailed") == 0 ? "Route table failed" : "Failed",
                     fh_printf(call, "%s: %s", which, message));
}

static int32_t status_of(struct fh_call *call, const json_t *request)
{
    static const char *const parts[] = {"firewall", "routes", "network", "public-ip",
                                        "gateway",  "site",   "tunnel"};
    const json_t *failures = fh_json_at(request, "/failures");
    const char *tunnel = fh_json_text(request, "/resources/tunnel/properties/connectionStatus");
    const char *fault = network_fault(call, request, parts, COUNT(parts));
    if (fault)
        return fh_status(call, "Failed", "Failed", fault);
    if (json_object_size(failures) > 0)
        return partly_failed(call, failures);
    if (tunnel && strcmp(tunnel, "Connected") == 0)
        return fh_status(call, "Complete", "Ready to use", NULL);
    return fh_status(call, "Complete", "Waiting for the VPN device",
                     fh_printf(call,
                               "the tunnel is not up yet: `flexhost connection device-config %s` "
                               "prints what the VPN device at %s needs",
                               fh_value(call, "/name"), fh_value(call, "/fields/vpn-address")));
}

static int32_t observe(struct fh_call *call)
{
    json_t *request = fh_json_request(call);
    if (!request)
        return FH_EFAILED;
    int32_t result = status_of(call, request);
    if (result == FH_OK)
        result = details(call, request);
    json_decref(request);
    return result;
}

static const struct fh_plugin plugin = {
    FH_PLUGIN_HEAD,
    .kind = "connection",
    .name = "vpn-gateway",
    .version = "1.0",
    .summary = "IPsec tunnel to a VPN device of yours",
    .description =
        "A network for machines with an Azure VPN gateway of its own, which keeps a route-based "
        "IKEv2 tunnel to the VPN device in your network. The gateway takes Azure up to 45 minutes; "
        "the connection is ready to use when the tunnel is up at both ends.",
    .flags = FH_PLUGIN_DOMAIN_JOIN,
    .field_size = sizeof(struct fh_field),
    .fields = fields,
    .field_count = COUNT(fields),
    .options = options,
    .option_count = COUNT(options),
    .verbs = verbs,
    .verb_count = COUNT(verbs),
    .verb_size = sizeof(struct fh_verb),
    .check = vpn_gateway_check,
    .plan = vpn_gateway_plan,
    .observe = observe,
    .required_roles = "Contributor on the managed subscription",
};

const struct fh_plugin *fh_plugin_entry(void)
{
    return &plugin;
}
