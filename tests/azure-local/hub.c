/* SPDX-License-Identifier: Apache-2.0 */
/* Virtual WANs, their hubs, and the virtual networks that are connected to a hub. */
#include "network.h"

#include "text.h"

#include <string.h>

#define CONNECTIONS "Microsoft.Network/virtualHubs/hubVirtualNetworkConnections"
#define TABLES      "Microsoft.Network/virtualHubs/hubRouteTables"
#define ROUTING     "properties.routingConfiguration"

static const char *remote_id(const json_t *body)
{
    return dig_text(body, "properties.remoteVirtualNetwork.id");
}

static json_t *space_of(const struct resource *vnet)
{
    return dig(vnet->body, "properties.addressSpace.addressPrefixes");
}

struct resource *hub_connection_of(const struct sim *sim, const struct resource *vnet)
{
    return store_holder(sim, vnet, NULL, CONNECTIONS);
}

int hub_refuse_write(struct exchange *x, struct resource *old, json_t *wanted)
{
    (void)old;
    (void)wanted;
    return refuse(x, 405, "MethodNotAllowed",
                  "%s: virtual WANs and hubs are made by the world's file, not by requests.",
                  x->path.id);
}

int hub_refuse_delete(struct exchange *x, struct resource *resource)
{
    return hub_refuse_write(x, resource, NULL);
}

void wan_show(struct exchange *x, const struct resource *resource, json_t *answer)
{
    plant(answer, "properties.virtualHubs",
          network_holder_ids(x, resource, "Microsoft.Network/virtualHubs"));
}

static bool names_table(const json_t *body, const char *list, const struct resource *table)
{
    json_t *one;
    size_t i;

    if (!list)
        return same_text(dig_text(body, ROUTING ".associatedRouteTable.id"), table->id);
    json_array_foreach(dig(body, list), i,
                       one) if (same_text(dig_text(one, "id"), table->id)) return true;
    return false;
}

void hub_table_show(struct exchange *x, const struct resource *resource, json_t *answer)
{
    json_t *associated = json_array(), *propagating = json_array();

    (void)x;
    for (const struct resource *at = resource->parent->first_child; at; at = at->next_sibling) {
        if (!same_text(at->kind->type, CONNECTIONS))
            continue;
        if (names_table(at->body, NULL, resource))
            json_array_append_new(associated, json_string(at->id));
        if (names_table(at->body, ROUTING ".propagatedRouteTables.ids", resource))
            json_array_append_new(propagating, json_string(at->id));
    }
    plant(answer, "properties.associatedConnections", associated);
    plant(answer, "properties.propagatingConnections", propagating);
}

static bool is_basic(struct exchange *x, const struct resource *hub)
{
    const struct resource *wan = store_find_id(x, dig_text(hub->body, "properties.virtualWan.id"));

    return same_text(dig_text(hub->body, "properties.sku"), "Basic") ||
           (wan && same_text(dig_text(wan->body, "properties.type"), "Basic"));
}

/* Would the ranges collide with the hub's own, or with those of a network that is connected? */
static int check_overlap(struct exchange *x, const struct resource *hub,
                         const struct resource *vnet, const json_t *space)
{
    json_t *own = json_pack("[O]", dig(hub->body, "properties.addressPrefix"));
    char *overlap = vnet_overlap(&x->pool, space, own);

    json_decref(own);
    if (overlap)
        return refuse(x, 400, "VnetAddressSpaceOverlapsWithVirtualHub",
                      "The address space of virtual network %s overlaps with that of virtual hub "
                      "%s. Overlapping address prefixes: %s",
                      vnet->id, hub->id, overlap);
    for (const struct resource *at = hub->first_child; at; at = at->next_sibling) {
        const struct resource *other = store_find_id(x, remote_id(at->body));

        overlap = other && other != vnet ? vnet_overlap(&x->pool, space, space_of(other)) : NULL;
        if (overlap)
            return refuse(
                x, 400, "VnetAddressSpaceOverlapsWithAlreadyConnectedVnet",
                "The address space of virtual network %s overlaps with that of %s, which "
                "is already connected to virtual hub %s. Overlapping address prefixes: %s",
                vnet->id, other->id, hub->id, overlap);
    }
    return 0;
}

int hub_allows_space(struct exchange *x, const struct resource *vnet, const json_t *prefixes)
{
    const struct resource *connection = hub_connection_of(x->sim, vnet);

    return connection ? check_overlap(x, connection->parent, vnet, prefixes) : 0;
}

int hub_spares_vnet(struct exchange *x, const struct resource *vnet)
{
    const struct resource *connection = hub_connection_of(x->sim, vnet);

    if (!connection)
        return 0;
    return refuse(x, 400, "InUseVirtualNetworkCannotBeDeleted",
                  "Virtual network %s is connected to a virtual hub by %s and cannot be deleted. "
                  "Delete the connection first.",
                  vnet->id, connection->id);
}

static bool uses_other_gateway(const struct resource *vnet)
{
    for (const struct resource *at = vnet->first_child; at; at = at->next_sibling)
        if (same_text(at->kind->inlined, "virtualNetworkPeerings") &&
            json_is_true(dig(at->body, "properties.useRemoteGateways")))
            return true;
    return false;
}

static int check_vnet(struct exchange *x, const struct resource *old, const struct resource *vnet)
{
    const struct resource *other = hub_connection_of(x->sim, vnet);
    const struct resource *gateway = gateway_of(x->sim, vnet);

    if (old && !same_text(remote_id(old->body), vnet->id))
        return refuse(x, 400, "RemoteVirtualNetworkCannotBeChanged",
                      "The remote virtual network of connection %s cannot be changed.", old->id);
    if (other && other != old)
        return refuse(x, 400, "VnetAlreadyConnectedToVirtualHub",
                      "Virtual network %s is already connected to a virtual hub by %s.", vnet->id,
                      other->id);
    if (gateway)
        return refuse(x, 400, "VnetWithGatewayCannotBeConnectedToVirtualHub",
                      "Virtual network %s has the gateway %s and cannot be connected to a virtual "
                      "hub.",
                      vnet->id, gateway->id);
    if (uses_other_gateway(vnet))
        return refuse(x, 400, "VnetUsingRemoteGatewaysCannotBeConnectedToVirtualHub",
                      "Virtual network %s uses the gateway of a peer and cannot be connected to a "
                      "virtual hub.",
                      vnet->id);
    return 0;
}

static int check_table(struct exchange *x, const struct resource *hub, const char *id,
                       const char *where)
{
    const struct need need = {TABLES, where, NULL, NULL, true};
    const struct resource *table = need_ref(x, id, &need);

    if (!table)
        return -1;
    if (table->parent != hub)
        return refuse(x, 400, "InvalidResourceReference",
                      "Route table %s referenced by %s belongs to another virtual hub.", table->id,
                      x->path.id);
    return 0;
}

static int check_static(struct exchange *x, const json_t *route)
{
    const char *hop = dig_text(route, "nextHopIpAddress");
    struct cidr range;
    json_t *prefix;
    size_t i;

    json_array_foreach(dig(route, "addressPrefixes"), i,
                       prefix) if (network_check_prefix(x, json_string_value(prefix), x->path.id,
                                                        &range)) return -1;
    if (!hop || cidr_parse(pool_print(&x->pool, "%s/32", hop), &range))
        return refuse(x, 400, "InvalidNextHopIpAddress",
                      "A static route of %s has the next hop %s, which is no IPv4 address.",
                      x->path.id, hop ? hop : "(none)");
    return 0;
}

static int check_routing(struct exchange *x, const struct resource *hub, const json_t *wanted)
{
    json_t *associated = dig(wanted, ROUTING ".associatedRouteTable"), *one;
    size_t i;

    if (json_is_object(associated) &&
        check_table(x, hub, dig_text(associated, "id"), ROUTING ".associatedRouteTable.id"))
        return -1;
    json_array_foreach(dig(wanted, ROUTING ".propagatedRouteTables.ids"), i,
                       one) if (check_table(x, hub, dig_text(one, "id"),
                                            ROUTING ".propagatedRouteTables.ids")) return -1;
    json_array_foreach(dig(wanted, ROUTING ".vnetRoutes.staticRoutes"), i,
                       one) if (check_static(x, one)) return -1;
    return 0;
}

/* Unlike others, it does not say its type. */
void hub_connection_show(struct exchange *x, const struct resource *resource, json_t *answer)
{
    (void)x;
    (void)resource;
    json_object_del(answer, "type");
}

void hub_complete(struct pool *pool, json_t *wanted, const char *hub_id)
{
    char *table = pool_print(pool, "%s/hubRouteTables/defaultRouteTable", hub_id);

    plant_default(wanted, "properties.allowHubToRemoteVnetTransit", json_true());
    plant_default(wanted, "properties.allowRemoteVnetToUseHubVnetGateways", json_true());
    plant_default(wanted, "properties.enableInternetSecurity", json_false());
    plant_default(wanted, ROUTING ".associatedRouteTable.id", json_string(table));
    if (!dig(wanted, ROUTING ".propagatedRouteTables"))
        plant(wanted, ROUTING ".propagatedRouteTables",
              json_pack("{s:[s],s:[{s:s}]}", "labels", "default", "ids", "id", table));
    plant_default(wanted, ROUTING ".propagatedRouteTables.labels", json_array());
    plant_default(wanted, ROUTING ".propagatedRouteTables.ids", json_array());
    plant_default(wanted, ROUTING ".vnetRoutes.staticRoutes", json_array());
    plant_default(wanted, ROUTING ".vnetRoutes.staticRoutesConfig.propagateStaticRoutes",
                  json_true());
    plant_default(wanted, ROUTING ".vnetRoutes.staticRoutesConfig.vnetLocalRouteOverrideCriteria",
                  json_string("Contains"));
}

int hub_connection_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    struct resource *hub = store_find(x->sim, x->path.parent_key);
    const struct need need = {"Microsoft.Network/virtualNetworks",
                              "properties.remoteVirtualNetwork.id",
                              "Microsoft.Network/virtualNetworks/peer/action", NULL, true};
    struct resource *vnet;

    if (is_basic(x, hub))
        return refuse(x, 400, "VnetConnectionNotSupportedForBasicVirtualHub",
                      "Virtual hub %s is Basic: virtual networks cannot be connected to it.",
                      hub->id);
    vnet = need_ref(x, remote_id(wanted), &need);
    if (!vnet || check_vnet(x, old, vnet) || check_overlap(x, hub, vnet, space_of(vnet)) ||
        check_routing(x, hub, wanted))
        return -1;
    json_object_del(wanted, "location");
    hub_complete(&x->pool, wanted, hub->id);
    return 0;
}
