/* SPDX-License-Identifier: Apache-2.0 */
/* The ways out: public addresses, NAT gateways, virtual network gateways. */
#include "network.h"

#include "text.h"

int public_ip_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    const char *sku = dig_text(wanted, "sku.name");
    const char *method = dig_text(wanted, "properties.publicIPAllocationMethod");
    uint64_t hash = hash_text(x->path.key, x->sim->options->seed);

    if (same_text(sku, "Standard") && !same_text(method, "Static"))
        return refuse(x, 400, "StandardSkuPublicIPAddressMustBeStatic",
                      "Standard sku publicIp %s must have AllocationMethod set to Static.",
                      x->path.id);
    network_guid(x, old, wanted);
    plant_default(wanted, "sku.name", json_string("Basic"));
    plant_default(wanted, "sku.tier", json_string("Regional"));
    plant_default(wanted, "properties.publicIPAllocationMethod", json_string("Dynamic"));
    plant_default(wanted, "properties.publicIPAddressVersion", json_string("IPv4"));
    plant_default(wanted, "properties.idleTimeoutInMinutes", json_integer(4));
    plant(wanted, "properties.ipTags", json_array());
    if (same_text(method, "Static"))
        plant(wanted, "properties.ipAddress", /* 203.0.113.0/24 is for documents */
              json_string(pool_print(&x->pool, "203.0.113.%u", (unsigned)(hash % 254) + 1)));
    return 0;
}

/* A gateway takes the subnet of that name, and most of an hour. */
int gateway_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    json_t *config = json_array_get(dig(wanted, "properties.ipConfigurations"), 0);
    const char *subnet = dig_text(config, "properties.subnet.id");
    const struct need subnet_need = {"Microsoft.Network/virtualNetworks/subnets",
                                     "properties.ipConfigurations[0].properties.subnet.id",
                                     "Microsoft.Network/virtualNetworks/subnets/join/action",
                                     dig_text(wanted, "location"), true};
    const struct need address_need = {
        "Microsoft.Network/publicIPAddresses",
        "properties.ipConfigurations[0].properties.publicIPAddress.id",
        "Microsoft.Network/publicIPAddresses/join/action", dig_text(wanted, "location"), true};
    struct resource *found = need_ref(x, subnet, &subnet_need);
    struct resource *other;

    if (!found || !need_ref(x, dig_text(config, "properties.publicIPAddress.id"), &address_need))
        return -1;
    if (!same_text(found->name, "GatewaySubnet"))
        return refuse(
            x, 400, "InvalidGatewaySubnetName",
            "Subnet with name 'GatewaySubnet' can be used for the Gateway IpConfiguration, "
            "not %s.",
            found->name);
    other = gateway_of(x->sim, found->parent);
    if (other && other != old)
        return refuse(x, 400, "VirtualNetworkAlreadyHasGateway",
                      "Virtual network %s already has the gateway %s.", found->parent->name,
                      other->id);
    plant(config, "id",
          json_string(pool_print(&x->pool, "%s/ipConfigurations/%s", x->path.id,
                                 dig_text(config, "name") ? dig_text(config, "name") : "default")));
    return network_guid(x, old, wanted);
}

struct resource *gateway_of(const struct sim *sim, const struct resource *vnet)
{
    for (struct resource *at = vnet->first_child; at; at = at->next_sibling)
        if (same_text(at->name, "GatewaySubnet"))
            return store_holder(sim, at, NULL, "Microsoft.Network/virtualNetworkGateways");
    return NULL;
}

int nat_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    json_t *minutes = dig(wanted, "properties.idleTimeoutInMinutes");
    json_t *addresses = dig(wanted, "properties.publicIpAddresses"), *address;
    struct need need = {"Microsoft.Network/publicIPAddresses", "properties.publicIpAddresses[0].id",
                        "Microsoft.Network/publicIPAddresses/join/action",
                        dig_text(wanted, "location"), true};
    size_t i;

    if (!same_text(dig_text(wanted, "sku.name"), "Standard"))
        return refuse(x, 400, "InvalidNatGatewaySku", "NAT gateway %s must have the sku Standard.",
                      x->path.id);
    if (minutes && (json_integer_value(minutes) < 4 || json_integer_value(minutes) > 120))
        return refuse(
            x, 400, "NatGatewayInvalidIdleTimeout",
            "NAT gateway %s has an idle timeout of %lld minutes; it must be between 4 and "
            "120.",
            x->path.id, (long long)json_integer_value(minutes));
    json_array_foreach(addresses, i, address)
    {
        struct resource *ip = need_ref(x, dig_text(address, "id"), &need);

        if (!ip)
            return -1;
        if (!same_text(dig_text(ip->body, "sku.name"), "Standard"))
            return refuse(x, 400, "NatGatewayPublicIpMustBeStandardSku",
                          "NAT gateway %s can only reference Standard public IP addresses, not %s.",
                          x->path.id, ip->id);
    }
    network_guid(x, old, wanted);
    plant_default(wanted, "properties.idleTimeoutInMinutes", json_integer(4));
    json_object_del(json_object_get(wanted, "properties"), "subnets");
    return 0;
}

void nat_show(struct exchange *x, const struct resource *resource, json_t *answer)
{
    json_t *subnets = network_holder_ids(x, resource, "Microsoft.Network/virtualNetworks/subnets");

    if (json_array_size(subnets))
        plant(answer, "properties.subnets", json_incref(subnets));
    json_decref(subnets);
}
