/* SPDX-License-Identifier: Apache-2.0 */
/* Virtual network gateways: the Azure end of a VPN. */
#include "network.h"

#include "op.h"
#include "text.h"
#include "tunnel.h"

#include <string.h>

/* What can be made today; the sizes without zones can't. */
static const struct sku {
    const char *name;
    bool first, second; /* generations that have it */
} skus[] = {
    {"Basic", true, false},   {"VpnGw1AZ", true, false}, {"VpnGw2AZ", true, true},
    {"VpnGw3AZ", true, true}, {"VpnGw4AZ", false, true}, {"VpnGw5AZ", false, true},
};

static const struct sku *sku_of(const json_t *body)
{
    const char *name = dig_text(body, "properties.sku.name");

    for (size_t i = 0; i < sizeof skus / sizeof *skus; i++)
        if (same_text(skus[i].name, name))
            return &skus[i];
    return NULL;
}

static bool is_basic(const json_t *body)
{
    return same_text(dig_text(body, "properties.sku.name"), "Basic");
}

static bool flag(const json_t *body, const char *path)
{
    return json_is_true(dig(body, path));
}

static int check_kind(struct exchange *x, const struct resource *old, const json_t *wanted)
{
    const char *type = dig_text(wanted, "properties.gatewayType");
    const char *vpn = dig_text(wanted, "properties.vpnType");
    const char *name = dig_text(wanted, "properties.sku.name");
    const char *tier = dig_text(wanted, "properties.sku.tier");

    if (type && !same_text(type, "Vpn"))
        return refuse(x, 400, "GatewayTypeNotSupported",
                      "The gateway type %s of %s is not supported here; Vpn is.", type, x->path.id);
    if (vpn && !same_text(vpn, "RouteBased"))
        return refuse(x, 400, "VpnTypeNotSupported",
                      "The VPN type %s of %s can no longer be created; RouteBased can.", vpn,
                      x->path.id);
    if (!sku_of(wanted))
        return refuse(
            x, 400, "NonAzSkusNotAllowedForVPNGateway",
            "The SKU %s is not allowed for VPN gateway %s. Only VpnGw1-5AZ SKUs and Basic "
            "can be created.",
            name ? name : "(none)", x->path.id);
    if (tier && !same_text(tier, name))
        return refuse(x, 400, "InvalidGatewaySkuTier",
                      "The SKU of gateway %s has the name %s and the tier %s; they must be the "
                      "same.",
                      x->path.id, name, tier);
    if (old && is_basic(old->body) != is_basic(wanted))
        return refuse(x, 400, "GatewaySkuResizeNotAllowed",
                      "The SKU of gateway %s cannot be changed from %s to %s. Delete the gateway "
                      "and create it again.",
                      old->id, dig_text(old->body, "properties.sku.name"), name);
    return 0;
}

/* The generation stays, unless the new size is not in it and none was asked for. */
static int check_generation(struct exchange *x, const struct resource *old, json_t *wanted)
{
    const struct sku *sku = sku_of(wanted);
    const char *asked = dig_text(wanted, "properties.vpnGatewayGeneration");
    const char *had = old ? dig_text(old->body, "properties.vpnGatewayGeneration") : NULL;
    bool second = same_text(asked ? asked : had, "Generation2");

    if (asked && had && !same_text(asked, had))
        return refuse(x, 400, "GatewayGenerationCannotBeChanged",
                      "The generation of gateway %s cannot be changed from %s to %s.", old->id, had,
                      asked);
    if (!(second ? sku->second : sku->first)) {
        if (asked)
            return refuse(x, 400, "GatewaySkuNotInGeneration",
                          "The SKU %s of gateway %s is not available in %s.", sku->name, x->path.id,
                          asked);
        second = !second;
    }
    plant(wanted, "properties.vpnGatewayGeneration",
          json_string(second ? "Generation2" : "Generation1"));
    return 0;
}

int gateway_check_asn(struct exchange *x, const json_t *settings)
{
    static const json_int_t reserved[] = {0,     8074,  8075,  12076, 23456,
                                          65517, 65518, 65519, 65520, 4294967295};
    json_t *asn = json_object_get(settings, "asn");

    for (size_t i = 0; asn && i < sizeof reserved / sizeof *reserved; i++)
        if (json_integer_value(asn) == reserved[i])
            return refuse(x, 400, "InvalidBgpAsn",
                          "The ASN %lld of %s is reserved and cannot be used.",
                          (long long)reserved[i], x->path.id);
    return 0;
}

static int check_bgp(struct exchange *x, const json_t *wanted)
{
    json_t *settings = dig(wanted, "properties.bgpSettings");

    if (is_basic(wanted) && (flag(wanted, "properties.enableBgp") || json_is_object(settings)))
        return refuse(x, 400, "BgpNotSupportedForGatewaySku",
                      "BGP is not supported on gateway %s with the SKU Basic.", x->path.id);
    return gateway_check_asn(x, settings);
}

static int check_network(struct exchange *x, const struct resource *old,
                         const struct resource *subnet)
{
    struct resource *vnet = subnet->parent, *other = gateway_of(x->sim, vnet);
    struct resource *hub = hub_connection_of(x->sim, vnet);

    if (!same_text(subnet->name, "GatewaySubnet"))
        return refuse(x, 400, "InvalidGatewaySubnetName",
                      "Subnet with name 'GatewaySubnet' can be used for the Gateway "
                      "IpConfiguration, not %s.",
                      subnet->name);
    if (other && other != old)
        return refuse(x, 400, "VirtualNetworkAlreadyHasGateway",
                      "Virtual network %s already has the gateway %s.", vnet->name, other->id);
    if (hub)
        return refuse(x, 400, "VnetConnectedToHubCannotHaveGateway",
                      "Virtual network %s is connected to a virtual hub by %s and cannot have a "
                      "gateway of its own.",
                      vnet->id, hub->id);
    return 0;
}

static int check_config(struct exchange *x, const struct resource *old, const json_t *wanted,
                        json_t *config)
{
    const char *location = dig_text(wanted, "location"), *name = dig_text(config, "name");
    const struct need need = {"Microsoft.Network/virtualNetworks/subnets",
                              "properties.ipConfigurations[0].properties.subnet.id",
                              "Microsoft.Network/virtualNetworks/subnets/join/action", location,
                              true};
    struct resource *subnet = need_ref(x, dig_text(config, "properties.subnet.id"), &need);
    struct resource *address;

    if (!subnet || check_network(x, old, subnet))
        return -1;
    address = outbound_address(x, dig_text(config, "properties.publicIPAddress.id"),
                               "properties.ipConfigurations[0].properties.publicIPAddress.id",
                               location, old);
    if (!address)
        return -1;
    if (!is_basic(wanted) && !same_text(dig_text(address->body, "sku.name"), "Standard"))
        return refuse(x, 400, "VmssVpnGatewayPublicIpsMustHaveStandardSku",
                      "Gateway %s needs a Standard public IP address; %s is none.", x->path.id,
                      address->id);
    plant(config, "id",
          json_string(
              pool_print(&x->pool, "%s/ipConfigurations/%s", x->path.id, name ? name : "default")));
    plant_default(config, "name", json_string("default"));
    plant_default(config, "properties.privateIPAllocationMethod", json_string("Dynamic"));
    plant(config, "properties.provisioningState", json_string("Succeeded"));
    return 0;
}

static int check_configs(struct exchange *x, const struct resource *old, json_t *wanted)
{
    json_t *configs = dig(wanted, "properties.ipConfigurations"), *config;
    size_t i, needed = flag(wanted, "properties.activeActive") ? 2 : 1;

    if (json_array_size(configs) < needed)
        return refuse(x, 400, "GatewayIpConfigurationsMissing",
                      "Gateway %s needs %zu ipConfigurations, each with a subnet and a public IP "
                      "address.",
                      x->path.id, needed);
    json_array_foreach(configs, i, config) if (check_config(x, old, wanted, config)) return -1;
    return 0;
}

/* The address of the gateway inside its subnet: the last but one, as Azure takes it. */
static const char *inner_address(struct exchange *x, const json_t *config)
{
    const struct resource *subnet = store_find_id(x, dig_text(config, "properties.subnet.id"));
    const char *prefix = dig_text(subnet->body, "properties.addressPrefix");
    struct cidr range;

    if (!prefix)
        prefix =
            json_string_value(json_array_get(dig(subnet->body, "properties.addressPrefixes"), 0));
    return cidr_parse(prefix, &range) ? "" : address_text(&x->pool, range.last - 1);
}

static json_t *bgp_addresses(struct exchange *x, const json_t *configs)
{
    json_t *list = json_array(), *config;
    size_t i;

    json_array_foreach(configs, i, config)
    {
        const struct resource *address =
            store_find_id(x, dig_text(config, "properties.publicIPAddress.id"));
        const char *outer = dig_text(address->body, "properties.ipAddress");

        json_array_append_new(list, json_pack("{s:s,s:[s],s:[],s:[s]}", "ipconfigurationId",
                                              dig_text(config, "id"), "defaultBgpIpAddresses",
                                              inner_address(x, config), "customBgpIpAddresses",
                                              "tunnelIpAddresses", outer ? outer : ""));
    }
    return list;
}

static void complete(struct exchange *x, json_t *wanted)
{
    json_t *configs = dig(wanted, "properties.ipConfigurations");

    plant_default(wanted, "properties.gatewayType", json_string("Vpn"));
    plant_default(wanted, "properties.vpnType", json_string("RouteBased"));
    plant_default(wanted, "properties.enableBgp", json_false());
    plant_default(wanted, "properties.activeActive", json_false());
    plant_default(wanted, "properties.enablePrivateIpAddress", json_false());
    plant_default(wanted, "properties.sku.tier",
                  json_string(dig_text(wanted, "properties.sku.name")));
    plant(wanted, "properties.sku.capacity", json_integer(2));
    if (is_basic(wanted))
        return;
    plant_default(wanted, "properties.bgpSettings.asn", json_integer(65515));
    plant_default(wanted, "properties.bgpSettings.bgpPeeringAddress",
                  json_string(inner_address(x, json_array_get(configs, 0))));
    plant_default(wanted, "properties.bgpSettings.peerWeight", json_integer(0));
    plant(wanted, "properties.bgpSettings.bgpPeeringAddresses", bgp_addresses(x, configs));
}

int gateway_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    if (check_kind(x, old, wanted) || check_generation(x, old, wanted) || check_bgp(x, wanted) ||
        check_configs(x, old, wanted))
        return -1;
    complete(x, wanted);
    return network_guid(x, old, wanted);
}

struct resource *gateway_of(const struct sim *sim, const struct resource *vnet)
{
    for (struct resource *at = vnet->first_child; at; at = at->next_sibling)
        if (same_text(at->name, "GatewaySubnet"))
            return store_holder(sim, at, NULL, "Microsoft.Network/virtualNetworkGateways");
    return NULL;
}

/* The gateway of an action's path; NULL after a refusal. */
static struct resource *gateway_here(struct exchange *x)
{
    struct resource *gateway = store_find(x->sim, x->path.parent_key);

    if (!gateway)
        arm_absent(x, kind_find("microsoft.network/virtualnetworkgateways"));
    return gateway;
}

int gateway_reset(struct exchange *x)
{
    struct resource *gateway = gateway_here(x);
    struct op *op;

    if (!gateway || arm_not_busy(x, gateway))
        return -1;
    op = op_action(x, gateway, "reset", (struct span){60, 180}, NULL);
    op->output = arm_show(x, gateway);
    tunnel_drop(gateway, op->due);
    op_headers(x, op, true);
    return reply(x, 202, NULL);
}

int gateway_connections(struct exchange *x)
{
    const struct resource *gateway = gateway_here(x);
    const struct holders *holders;
    json_t *list;

    if (!gateway)
        return -1;
    holders = store_holders(x->sim, gateway->key);
    list = json_array();
    for (size_t i = 0; i < holders->count; i++)
        if (same_text(holders->list[i]->kind->type, "Microsoft.Network/connections"))
            json_array_append_new(list, connection_brief(x, holders->list[i]));
    return reply(x, 200, json_pack("{s:o}", "value", list));
}
