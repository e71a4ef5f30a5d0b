/* SPDX-License-Identifier: Apache-2.0 */
/* Peerings: two halves that become Connected when both are there. */
#include "network.h"

#include "text.h"
#include "world.h"

#include <string.h>

static const char *remote_id(const json_t *body)
{
    return dig_text(body, "properties.remoteVirtualNetwork.id");
}

static bool is_peering(const struct resource *resource)
{
    return same_text(resource->kind->inlined, "virtualNetworkPeerings");
}

static struct resource *find_key(const struct sim *sim, const char *id)
{
    struct pool pool = {0};
    struct resource *found = id ? store_find(sim, pool_lower(&pool, id)) : NULL;

    pool_empty(&pool);
    return found;
}

/* The other half: in `remote`, pointing at `vnet`. */
static struct resource *other_half(const struct resource *remote, const struct resource *vnet)
{
    for (struct resource *child = remote ? remote->first_child : NULL; child;
         child = child->next_sibling)
        if (is_peering(child) && same_text(remote_id(child->body), vnet->key))
            return child;
    return NULL;
}

static const char *peering_state(const struct resource *peering)
{
    const char *state = dig_text(peering->body, "properties.peeringState");

    return state ? state : "";
}

static json_t *space_of(const struct resource *vnet)
{
    return dig(vnet->body, "properties.addressSpace.addressPrefixes");
}

static bool flag(const json_t *body, const char *name)
{
    return json_is_true(json_object_get(dig(body, "properties"), name));
}

static int check_spaces(struct exchange *x, const struct resource *vnet,
                        const struct resource *remote)
{
    char *overlap = vnet_overlap(&x->pool, space_of(vnet), space_of(remote));

    if (overlap)
        return refuse(
            x, 400, "VnetAddressSpacesOverlap",
            "Cannot create or update peering %s. Virtual networks %s and %s cannot be "
            "peered because their address spaces overlap. Overlapping address prefixes: %s",
            x->path.id, vnet->id, remote->id, overlap);
    for (struct resource *child = vnet->first_child; child; child = child->next_sibling) {
        struct resource *peer = is_peering(child) ? find_key(x->sim, remote_id(child->body)) : NULL;

        if (!peer || peer == remote)
            continue;
        overlap = vnet_overlap(&x->pool, space_of(peer), space_of(remote));
        if (overlap)
            return refuse(x, 400, "VnetAddressSpaceOverlapsWithAlreadyPeeredVnet",
                          "Address space of the referenced virtual network %s overlaps with the "
                          "address space of the already peered virtual network %s. Overlapping "
                          "address prefixes: %s",
                          remote->id, peer->id, overlap);
    }
    return 0;
}

static int check_gateways(struct exchange *x, const struct resource *vnet,
                          const struct resource *remote, const json_t *wanted)
{
    const struct resource *reverse = other_half(remote, vnet);
    const struct resource *gateway = gateway_of(x->sim, remote);

    if (!flag(wanted, "useRemoteGateways"))
        return 0;
    if (flag(wanted, "allowGatewayTransit"))
        return refuse(x, 400, "AllowGatewayTransitAndUseRemoteGatewaysCannotBeSetTogether",
                      "Peering %s cannot have both AllowGatewayTransit and UseRemoteGateways set.",
                      x->path.id);
    if (hub_connection_of(x->sim, vnet))
        return refuse(x, 400, "VnetConnectedToVirtualHubCannotUseRemoteGateways",
                      "Peering %s cannot have UseRemoteGateways set: virtual network %s is "
                      "connected to a virtual hub and uses its gateways.",
                      x->path.id, vnet->id);
    if (!gateway || !network_is_made(gateway))
        return refuse(x, 400, "RemoteVnetHasNoGateways",
                      "Peering %s cannot have UseRemoteGateways flag set to true because remote "
                      "virtual network %s referenced by the peering does not have any gateways.",
                      x->path.id, remote->id);
    if (reverse && !flag(reverse->body, "allowGatewayTransit"))
        return refuse(x, 400, "RemotePeeringDoesNotAllowGatewayTransit",
                      "Peering %s cannot have UseRemoteGateways flag set to true because remote "
                      "peering %s does not have AllowGatewayTransit flag set.",
                      x->path.id, reverse->id);
    return 0;
}

static int check_links(struct exchange *x, const struct resource *vnet,
                       const struct resource *remote, const struct resource *old)
{
    struct resource *reverse = other_half(remote, vnet);
    struct resource *twin = other_half(vnet, remote);

    if (remote == vnet)
        return refuse(x, 400, "VnetCannotPeerToItself",
                      "Peering %s cannot reference its own virtual network.", x->path.id);
    if (old && !same_text(remote_id(old->body), remote->key))
        return refuse(x, 400, "ChangingRemoteVirtualNetworkNotAllowed",
                      "Cannot change remote virtual network of peering %s.", old->id);
    if (twin && twin != old)
        return refuse(x, 400, "AnotherPeeringAlreadyReferencesRemoteVnet",
                      "Peering %s already references remote virtual network %s. Cannot add another "
                      "peering %s referencing the same remote virtual network.",
                      twin->id, remote->id, x->path.id);
    if (reverse && same_text(peering_state(reverse), "Disconnected"))
        return refuse(x, 400, "RemotePeeringIsDisconnected",
                      "Cannot create or update peering %s because remote peering %s referencing "
                      "parent virtual network %s is in Disconnected state. Update or re-create the "
                      "remote peering to get it back to Initiated state. Peering gets Disconnected "
                      "when remote vnet or remote peering is deleted and re-created.",
                      x->path.id, reverse->id, vnet->id);
    return 0;
}

int peering_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    struct resource *vnet = store_find(x->sim, x->path.parent_key);
    const struct need need = {"Microsoft.Network/virtualNetworks",
                              "properties.remoteVirtualNetwork.id",
                              "Microsoft.Network/virtualNetworks/peer/action", NULL, true};
    struct resource *remote = need_ref(x, remote_id(wanted), &need);
    bool sync = same_text(query(x, "syncRemoteAddressSpace"), "true");
    json_t *space;

    if (!remote)
        return -1;
    if (check_links(x, vnet, remote, old) || check_spaces(x, vnet, remote) ||
        check_gateways(x, vnet, remote, wanted))
        return -1;
    space = dig(remote->body, "properties.addressSpace");
    if (old && !sync)
        space = dig(old->body, "properties.remoteAddressSpace");
    network_guid(x, old, wanted);
    plant(wanted, "properties.remoteAddressSpace", json_deep_copy(space));
    plant(wanted, "properties.peeringState",
          json_string(old && !same_text(peering_state(old), "Disconnected") ? peering_state(old)
                                                                            : "Initiated"));
    plant_default(wanted, "properties.allowVirtualNetworkAccess", json_true());
    plant_default(wanted, "properties.allowForwardedTraffic", json_false());
    plant_default(wanted, "properties.allowGatewayTransit", json_false());
    plant_default(wanted, "properties.useRemoteGateways", json_false());
    plant_default(wanted, "properties.doNotVerifyRemoteGateways", json_false());
    return 0;
}

void peering_settled(struct sim *sim, struct resource *resource)
{
    struct resource *remote = find_key(sim, remote_id(resource->body));
    struct resource *reverse = other_half(remote, resource->parent);

    if (!reverse || !same_text(get_state(reverse), "Succeeded"))
        return;
    plant(resource->body, "properties.peeringState", json_string("Connected"));
    plant(reverse->body, "properties.peeringState", json_string("Connected"));
}

void peering_gone(struct sim *sim, struct resource *resource)
{
    struct resource *reverse =
        other_half(find_key(sim, remote_id(resource->body)), resource->parent);

    if (reverse)
        plant(reverse->body, "properties.peeringState", json_string("Disconnected"));
}

static bool in_sync(const struct resource *peering, const struct resource *remote)
{
    return json_equal(dig(peering->body, "properties.remoteAddressSpace.addressPrefixes"),
                      space_of(remote));
}

void peering_show(struct exchange *x, const struct resource *resource, json_t *answer)
{
    struct resource *remote = find_key(x->sim, remote_id(resource->body));
    struct resource *reverse = other_half(remote, resource->parent);
    bool near = !remote || in_sync(resource, remote);
    bool far = !reverse || in_sync(reverse, resource->parent);

    if (remote)
        plant(answer, "properties.remoteVirtualNetworkAddressSpace",
              json_deep_copy(dig(remote->body, "properties.addressSpace")));
    plant(answer, "properties.peeringSyncLevel",
          json_string(near && far ? "FullyInSync"
                      : near      ? "LocalNotInSync"
                      : far       ? "RemoteNotInSync"
                                  : "LocalAndRemoteNotInSync"));
}

int peering_allows_space(struct exchange *x, const struct resource *vnet, const json_t *prefixes)
{
    for (struct resource *child = vnet->first_child; child; child = child->next_sibling) {
        struct resource *peer = is_peering(child) ? find_key(x->sim, remote_id(child->body)) : NULL;
        char *overlap = peer ? vnet_overlap(&x->pool, prefixes, space_of(peer)) : NULL;

        if (overlap)
            return refuse(x, 400, "VnetAddressSpaceOverlapsWithAlreadyPeeredVnet",
                          "Address space of the virtual network %s overlaps with the address space "
                          "of the already peered virtual network %s. Overlapping address prefixes: "
                          "%s",
                          vnet->id, peer->id, overlap);
    }
    return 0;
}
