/* SPDX-License-Identifier: Apache-2.0 */
/* Network interfaces, and which address of a subnet is whose. */
#include "network.h"

#include "text.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/* The addresses of a subnet that are taken. Azure keeps the first four and the last. */
struct lease_book {
    struct cidr range;
    unsigned char *taken; /* a bit each */
    uint32_t next;
};

void leases_release(void *value)
{
    struct lease_book *book = value;

    free(book->taken);
    free(book);
}

static struct lease_book *book_of(struct sim *sim, const struct resource *subnet)
{
    struct lease_book *book = table_get(&sim->leases, subnet->key);
    const char *prefix = dig_text(subnet->body, "properties.addressPrefix");
    struct cidr range;

    if (!prefix)
        prefix =
            json_string_value(json_array_get(dig(subnet->body, "properties.addressPrefixes"), 0));
    if (cidr_parse(prefix, &range) || range.bits < 8)
        return NULL;
    if (book && book->range.first == range.first && book->range.last == range.last)
        return book;
    if (book)
        leases_release(book);
    book = must_alloc(sizeof *book);
    book->range = range;
    book->taken = must_alloc((range.last - range.first) / 8 + 1);
    book->next = 4;
    table_put(&sim->leases, subnet->key, book);
    return book;
}

static bool is_taken(const struct lease_book *book, uint32_t at)
{
    return book->taken[at / 8] & (1u << at % 8);
}

/* 0 when the subnet is full. */
static uint32_t lease(struct lease_book *book)
{
    uint32_t size = book->range.last - book->range.first;

    for (uint32_t at = book->next; at < size; at++) {
        if (is_taken(book, at))
            continue;
        book->taken[at / 8] |= (unsigned char)(1u << at % 8);
        book->next = at + 1;
        return book->range.first + at;
    }
    return 0;
}

static bool lease_this(struct lease_book *book, uint32_t address)
{
    uint32_t at = address - book->range.first;

    if (at < 4 || at >= book->range.last - book->range.first || is_taken(book, at))
        return false;
    book->taken[at / 8] |= (unsigned char)(1u << at % 8);
    return true;
}

static void unlease(struct lease_book *book, uint32_t address)
{
    uint32_t at = address - book->range.first;

    if (at > book->range.last - book->range.first)
        return;
    book->taken[at / 8] &= (unsigned char)~(1u << at % 8);
    if (at < book->next)
        book->next = at;
}

static int check_config(struct exchange *x, const json_t *config, const char *location)
{
    const struct need subnet = {"Microsoft.Network/virtualNetworks/subnets",
                                "properties.ipConfigurations[0].properties.subnet.id",
                                "Microsoft.Network/virtualNetworks/subnets/join/action", location,
                                true};
    const struct need address = {"Microsoft.Network/publicIPAddresses",
                                 "properties.ipConfigurations[0].properties.publicIPAddress.id",
                                 "Microsoft.Network/publicIPAddresses/join/action", location, true};
    const char *public_id = dig_text(config, "properties.publicIPAddress.id");

    if (!dig_text(config, "name"))
        return refuse(x, 400, "InvalidRequestFormat", "An ipConfiguration has no name.");
    if (!need_ref(x, dig_text(config, "properties.subnet.id"), &subnet))
        return -1;
    if (public_id && !need_ref(x, public_id, &address))
        return -1;
    return 0;
}

int nic_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    json_t *configs = dig(wanted, "properties.ipConfigurations"), *config;
    const char *location = dig_text(wanted, "location");
    const char *group = dig_text(wanted, "properties.networkSecurityGroup.id");
    const struct need need = {
        "Microsoft.Network/networkSecurityGroups", "properties.networkSecurityGroup.id",
        "Microsoft.Network/networkSecurityGroups/join/action", location, true};
    size_t i;

    if (!json_array_size(configs))
        return refuse(x, 400, "NetworkInterfaceMustHaveOneIpConfiguration",
                      "Network interface %s must have at least one ipConfiguration.", x->path.id);
    json_array_foreach(configs, i, config) if (check_config(x, config, location)) return -1;
    if (group && !need_ref(x, group, &need))
        return -1;
    network_guid(x, old, wanted);
    return 0;
}

static void address_config(struct exchange *x, struct resource *nic, json_t *config,
                           const json_t *was)
{
    struct resource *subnet = store_find_id(x, dig_text(config, "properties.subnet.id"));
    struct lease_book *book = subnet ? book_of(x->sim, subnet) : NULL;
    const char *fixed = dig_text(config, "properties.privateIPAddress");
    const char *held = dig_text(was, "properties.privateIPAddress");
    struct in_addr in;
    uint32_t address = 0;

    json_object_set_new(config, "id",
                        json_string(pool_print(&x->pool, "%s/ipConfigurations/%s", nic->id,
                                               dig_text(config, "name"))));
    json_object_set_new(config, "type",
                        json_string("Microsoft.Network/networkInterfaces/ipConfigurations"));
    plant(config, "properties.provisioningState", json_string("Succeeded"));
    plant_default(config, "properties.privateIPAllocationMethod", json_string("Dynamic"));
    plant_default(config, "properties.privateIPAddressVersion", json_string("IPv4"));
    if (held && same_text(dig_text(was, "properties.subnet.id"),
                          dig_text(config, "properties.subnet.id"))) {
        plant(config, "properties.privateIPAddress", json_string(held));
        return;
    }
    if (book && fixed && inet_pton(AF_INET, fixed, &in) == 1)
        address = lease_this(book, ntohl(in.s_addr)) ? ntohl(in.s_addr) : 0;
    else if (book)
        address = lease(book);
    if (!address) {
        refuse(x, 400, fixed ? "PrivateIPAddressInUse" : "SubnetIsFull",
               fixed ? "The address of %s is taken: subnet %s"
                     : "Network interface %s cannot be created: subnet %s does not have enough "
                       "capacity for 1 IP addresses.",
               nic->id, subnet ? subnet->id : "");
        return;
    }
    plant(config, "properties.privateIPAddress", json_string(address_text(&x->pool, address)));
}

void nic_stored(struct exchange *x, struct resource *resource, json_t *asked)
{
    json_t *configs = dig(resource->body, "properties.ipConfigurations"), *config;
    json_t *were = json_object_get(resource->facts, "configs");
    uint64_t hash = hash_text(resource->key, x->sim->options->seed);
    size_t i;

    json_array_foreach(configs, i, config)
    {
        address_config(x, resource, config, json_array_get(were, i));
        plant_default(config, "properties.primary", json_boolean(i == 0));
    }
    json_object_set_new(resource->facts, "configs", json_deep_copy(configs));
    plant(resource->body, "properties.macAddress",
          json_string(pool_print(&x->pool, "00-0D-3A-%02X-%02X-%02X", (unsigned)(hash >> 16) & 255,
                                 (unsigned)(hash >> 8) & 255, (unsigned)hash & 255)));
    plant_default(resource->body, "properties.dnsSettings",
                  json_pack("{s:[],s:[]}", "dnsServers", "appliedDnsServers"));
    plant_default(resource->body, "properties.enableAcceleratedNetworking", json_false());
    plant_default(resource->body, "properties.enableIPForwarding", json_false());
    plant(resource->body, "properties.nicType", json_string("Standard"));
}

void nic_gone(struct sim *sim, struct resource *resource)
{
    json_t *configs = json_object_get(resource->facts, "configs"), *config;
    struct pool pool = {0};
    size_t i;

    json_array_foreach(configs, i, config)
    {
        const char *subnet = dig_text(config, "properties.subnet.id");
        const char *held = dig_text(config, "properties.privateIPAddress");
        struct lease_book *book = table_get(&sim->leases, pool_lower(&pool, subnet ? subnet : ""));
        struct in_addr in;

        if (book && held && inet_pton(AF_INET, held, &in) == 1)
            unlease(book, ntohl(in.s_addr));
    }
    pool_empty(&pool);
}

static struct resource *machine_of(struct exchange *x, const struct resource *nic)
{
    return store_holder(x->sim, nic, NULL, "Microsoft.Compute/virtualMachines");
}

int nic_spare(struct exchange *x, struct resource *resource)
{
    struct resource *machine = machine_of(x, resource);

    if (!machine)
        return 0;
    return refuse(x, 400, "NicInUse",
                  "Network Interface %s is used by existing resource %s. In order to delete the "
                  "network interface, it must be dissociated from the resource.",
                  resource->id, machine->id);
}

void nic_show(struct exchange *x, const struct resource *resource, json_t *answer)
{
    struct resource *machine = machine_of(x, resource);

    if (machine)
        plant(answer, "properties.virtualMachine", json_pack("{s:s}", "id", machine->id));
}
