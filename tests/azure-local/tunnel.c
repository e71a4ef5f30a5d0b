/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tunnels. Nothing is encrypted here: a tunnel is up when the device at the other end is set up as
 * the connection says. It needs the address that the local network gateway has, the connection's
 * key, the gateway's address as its peer, and the networks that the local network gateway has.
 */
#include "tunnel.h"

#include "network.h"
#include "text.h"
#include "world.h"

#include <stdlib.h>
#include <string.h>

struct device {
    char *name, *address, *key;
    char *remote; /* the gateway's address, or NULL: any */
    json_t *networks;
    struct device *next;
};

/* Azure's milliseconds between the end of a reset and the tunnel's return. */
enum { RETURN = 30000 };

struct device *device_new(struct world *world, const char *name)
{
    struct device *device = must_alloc(sizeof *device);

    device->name = must_copy(name);
    device->networks = json_array();
    device->next = world->devices;
    world->devices = device;
    return device;
}

static void device_free(struct device *device)
{
    free(device->name);
    free(device->address);
    free(device->key);
    free(device->remote);
    json_decref(device->networks);
    free(device);
}

void devices_end(struct world *world)
{
    while (world->devices) {
        struct device *next = world->devices->next;

        device_free(world->devices);
        world->devices = next;
    }
}

static bool set(char **field, const char *value)
{
    free(*field);
    *field = value ? must_copy(value) : NULL;
    return true;
}

static bool set_remote(struct device *device, const char *value)
{
    return set(&device->remote, same_text(value, "any") ? NULL : value);
}

bool device_key(struct device *device, const char *name, const char *value)
{
    char *text, *rest, *network;

    if (strcmp(name, "address") == 0)
        return set(&device->address, value);
    if (strcmp(name, "shared-key") == 0)
        return set(&device->key, value);
    if (strcmp(name, "remote") == 0)
        return set_remote(device, value);
    if (strcmp(name, "networks") != 0)
        return false;
    text = must_copy(value);
    rest = text;
    while ((network = next_field(&rest, " ,\t")))
        json_array_append_new(device->networks, json_string(network));
    free(text);
    return true;
}

const char *device_fault(const struct device *device)
{
    if (!device->address || !*device->address)
        return "a device needs its address";
    return device->key && *device->key ? NULL : "a device needs its shared key";
}

int devices_show(struct exchange *x)
{
    json_t *list = json_array();

    for (const struct device *at = x->sim->world->devices; at; at = at->next)
        json_array_append_new(
            list, json_pack("{s:s,s:s,s:s,s:O}", "name", at->name, "address", at->address, "remote",
                            at->remote ? at->remote : "any", "networks", at->networks));
    return reply(x, 200, list);
}

/* One with that address and peer is replaced: its owner changed what it is told. */
static void forget(struct world *world, const char *address, const char *remote)
{
    for (struct device **at = &world->devices; *at;) {
        struct device *device = *at;

        if (same_text(device->address, address) &&
            (remote ? same_text(device->remote, remote) : !device->remote)) {
            *at = device->next;
            device_free(device);
        } else {
            at = &device->next;
        }
    }
}

static bool add_one(struct exchange *x, const json_t *json)
{
    struct world *world = x->sim->world;
    const char *address = dig_text(json, "address"), *key = dig_text(json, "sharedKey");
    const char *remote = dig_text(json, "remote"), *name = dig_text(json, "name");
    json_t *networks = json_object_get(json, "networks"), *network;
    struct device *device;
    size_t i;

    if (!address || !*address || !key || !*key || !json_is_array(networks))
        return false;
    forget(world, address, same_text(remote, "any") ? NULL : remote);
    device = device_new(world, name ? name : address);
    set(&device->address, address);
    set(&device->key, key);
    set_remote(device, remote);
    json_array_foreach(networks, i, network) json_array_append(device->networks, network);
    return true;
}

int devices_add(struct exchange *x)
{
    json_t *one;
    size_t i;
    bool good = json_is_array(x->q.json) || add_one(x, x->q.json);

    json_array_foreach(x->q.json, i, one) good = good && add_one(x, one);
    if (!good)
        return refuse(x, 400, "BadDevice",
                      "A device, or an array of them, is wanted: {\"address\", \"sharedKey\", "
                      "\"remote\", \"networks\": []}.");
    return devices_show(x);
}

int devices_clear(struct exchange *x)
{
    devices_end(x->sim->world);
    return reply(x, 200, json_object());
}

static const struct resource *referred(const struct sim *sim, const json_t *body, const char *path)
{
    struct pool pool = {0};
    const char *id = dig_text(body, path);
    const struct resource *found = id ? store_find(sim, pool_lower(&pool, id)) : NULL;

    pool_empty(&pool);
    return found;
}

static bool has_text(const json_t *list, const char *text)
{
    json_t *value;
    size_t i;

    json_array_foreach(list, i, value) if (same_text(json_string_value(value), text)) return true;
    return false;
}

/* Whatever the order. */
static bool same_set(const json_t *a, const json_t *b)
{
    json_t *value;
    size_t i;

    json_array_foreach(a, i, value) if (!has_text(b, json_string_value(value))) return false;
    json_array_foreach(b, i, value) if (!has_text(a, json_string_value(value))) return false;
    return true;
}

static bool is_address_of(const struct sim *sim, const struct resource *gateway,
                          const char *address)
{
    json_t *config;
    size_t i;

    json_array_foreach(dig(gateway->body, "properties.ipConfigurations"), i, config)
    {
        const struct resource *ip = referred(sim, config, "properties.publicIPAddress.id");

        if (ip && same_text(dig_text(ip->body, "properties.ipAddress"), address))
            return true;
    }
    return false;
}

static bool fits(const struct sim *sim, const struct device *device,
                 const struct resource *connection, const struct resource *gateway,
                 const struct resource *site)
{
    const char *key = dig_text(connection->facts, "sharedKey");

    return same_text(device->address, dig_text(site->body, "properties.gatewayIpAddress")) && key &&
           strcmp(device->key, key) == 0 &&
           (!device->remote || is_address_of(sim, gateway, device->remote)) &&
           same_set(device->networks,
                    dig(site->body, "properties.localNetworkAddressSpace.addressPrefixes"));
}

const char *tunnel_status(const struct sim *sim, const struct resource *connection)
{
    const struct resource *gateway =
        referred(sim, connection->body, "properties.virtualNetworkGateway1.id");
    const struct resource *site =
        referred(sim, connection->body, "properties.localNetworkGateway2.id");

    if (!network_is_made(connection))
        return "Unknown";
    if (!gateway || !site || gateway->deleting || connection->deleting)
        return "NotConnected";
    if (clock_azure(&sim->clock) < json_integer_value(json_object_get(gateway->facts, "back")))
        return "Connecting";
    for (const struct device *at = sim->world->devices; at; at = at->next)
        if (fits(sim, at, connection, gateway, site))
            return "Connected";
    return "NotConnected";
}

void tunnel_drop(struct resource *gateway, int64_t until)
{
    json_object_set_new(gateway->facts, "back", json_integer(until + RETURN));
}
