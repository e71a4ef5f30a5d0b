/* SPDX-License-Identifier: Apache-2.0 */
/* The ways out: public addresses and NAT gateways. */
#include "network.h"

#include "text.h"

#include <string.h>

/* 198.18.0.0/15 is set aside for trials: nobody's device is there, and nobody's server. */
static const uint32_t first_address = 0xc6120001, addresses = 0x1fffe;

static bool is_taken(const struct sim *sim, const char *address)
{
    for (struct table_entry *at = NULL; (at = table_next(&sim->store->by_key, at));) {
        const struct resource *one = at->value;

        if (same_text(one->kind->type, "Microsoft.Network/publicIPAddresses") &&
            same_text(dig_text(one->body, "properties.ipAddress"), address))
            return true;
    }
    return false;
}

/* By the name, so that it is the same in each run; the next free one if that is taken. */
static const char *choose_address(struct exchange *x, const struct resource *old)
{
    const char *address = old ? dig_text(old->body, "properties.ipAddress") : NULL;
    uint64_t at = hash_text(x->path.key, x->sim->options->seed);

    while (!address || (!old && is_taken(x->sim, address))) {
        address = address_text(&x->pool, first_address + (uint32_t)(at % addresses));
        old = NULL;
        at++;
    }
    return pool_text(&x->pool, address);
}

static int check_address(struct exchange *x, const struct resource *old, const json_t *wanted)
{
    const char *sku = dig_text(wanted, "sku.name");
    const char *method = dig_text(wanted, "properties.publicIPAllocationMethod");
    const char *had = old ? dig_text(old->body, "sku.name") : NULL;

    if (same_text(sku, "Standard") && !same_text(method, "Static"))
        return refuse(x, 400, "StandardSkuPublicIPAddressMustBeStatic",
                      "Standard sku publicIp %s must have AllocationMethod set to Static.",
                      x->path.id);
    if (had && !same_text(had, sku ? sku : "Basic"))
        return refuse(x, 400, "PublicIpSkuCannotBeChanged",
                      "Sku of public IP address %s cannot be changed from %s to %s.", old->id, had,
                      sku ? sku : "Basic");
    return 0;
}

int public_ip_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    static const char *const shown[] = {"ipConfiguration", "natGateway", "ipAddress"};

    if (check_address(x, old, wanted))
        return -1;
    network_guid(x, old, wanted);
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        json_object_del(json_object_get(wanted, "properties"), shown[i]);
    plant_default(wanted, "sku.name", json_string("Basic"));
    plant_default(wanted, "sku.tier", json_string("Regional"));
    plant_default(wanted, "properties.publicIPAllocationMethod", json_string("Dynamic"));
    plant_default(wanted, "properties.publicIPAddressVersion", json_string("IPv4"));
    plant_default(wanted, "properties.idleTimeoutInMinutes", json_integer(4));
    plant(wanted, "properties.ipTags", json_array());
    if (same_text(dig_text(wanted, "properties.publicIPAllocationMethod"), "Static"))
        plant(wanted, "properties.ipAddress", json_string(choose_address(x, old)));
    return 0;
}

/* The part of a holder that has the address: an ipConfiguration of it. */
static const char *config_with(const struct resource *holder, const struct resource *address)
{
    json_t *config;
    size_t i;

    json_array_foreach(
        dig(holder->body, "properties.ipConfigurations"), i,
        config) if (same_text(dig_text(config, "properties.publicIPAddress.id"), address->key) &&
                    dig_text(config, "id")) return dig_text(config, "id");
    return NULL;
}

void public_ip_show(struct exchange *x, const struct resource *resource, json_t *answer)
{
    const struct resource *holder = store_holder(x->sim, resource, NULL, NULL);
    const char *config = holder ? config_with(holder, resource) : NULL;

    if (config)
        plant(answer, "properties.ipConfiguration.id", json_string(config));
    else if (holder && same_text(holder->kind->type, "Microsoft.Network/natGateways"))
        plant(answer, "properties.natGateway.id", json_string(holder->id));
}

struct resource *outbound_address(struct exchange *x, const char *id, const char *where,
                                  const char *location, const struct resource *old)
{
    const struct need need = {"Microsoft.Network/publicIPAddresses", where,
                              "Microsoft.Network/publicIPAddresses/join/action", location, true};
    struct resource *address = need_ref(x, id, &need);
    struct resource *holder = address ? store_holder(x->sim, address, old, NULL) : NULL;

    if (!holder)
        return address;
    refuse(x, 400, "PublicIPAddressInUse",
           "Resource %s is referencing public IP address %s that is already allocated to resource "
           "%s.",
           x->path.id, address->id, holder->id);
    return NULL;
}

static int check_addresses(struct exchange *x, const struct resource *old, const json_t *wanted)
{
    json_t *address;
    size_t i;

    json_array_foreach(dig(wanted, "properties.publicIpAddresses"), i, address)
    {
        const char *where = pool_print(&x->pool, "properties.publicIpAddresses[%zu].id", i);
        struct resource *ip =
            outbound_address(x, dig_text(address, "id"), where, dig_text(wanted, "location"), old);

        if (!ip)
            return -1;
        if (!same_text(dig_text(ip->body, "sku.name"), "Standard"))
            return refuse(x, 400, "NatGatewayPublicIpMustBeStandardSku",
                          "NAT gateway %s can only reference Standard public IP addresses, not %s.",
                          x->path.id, ip->id);
    }
    return 0;
}

int nat_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    json_t *minutes = dig(wanted, "properties.idleTimeoutInMinutes");

    if (!same_text(dig_text(wanted, "sku.name"), "Standard"))
        return refuse(x, 400, "InvalidNatGatewaySku", "NAT gateway %s must have the sku Standard.",
                      x->path.id);
    if (minutes && (json_integer_value(minutes) < 4 || json_integer_value(minutes) > 120))
        return refuse(
            x, 400, "NatGatewayInvalidIdleTimeout",
            "NAT gateway %s has an idle timeout of %lld minutes; it must be between 4 and "
            "120.",
            x->path.id, (long long)json_integer_value(minutes));
    if (check_addresses(x, old, wanted))
        return -1;
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
