/* SPDX-License-Identifier: Apache-2.0 */
/* Virtual networks and their subnets. */
#include "network.h"

#include "text.h"
#include "world.h"

#include <string.h>

static json_t *prefixes_of(const json_t *body)
{
    return dig(body, "properties.addressSpace.addressPrefixes");
}

char *vnet_overlap(struct pool *pool, const json_t *a, const json_t *b)
{
    json_t *one, *two;
    struct cidr first, second;
    size_t i, k;

    json_array_foreach(a, i, one) json_array_foreach(
        b, k, two) if (!cidr_parse(json_string_value(one), &first) &&
                       !cidr_parse(json_string_value(two), &second) &&
                       cidr_overlaps(&first, &second)) return pool_print(pool, "%s, %s",
                                                                         json_string_value(one),
                                                                         json_string_value(two));
    return NULL;
}

static int check_space(struct exchange *x, const json_t *prefixes)
{
    struct cidr one, two;
    json_t *value;
    size_t i;

    if (!json_array_size(prefixes))
        return refuse(x, 400, "InvalidRequestFormat",
                      "Required property 'addressSpace.addressPrefixes' is missing in %s.",
                      x->path.id);
    json_array_foreach(prefixes, i, value)
    {
        if (network_check_prefix(x, json_string_value(value), x->path.id, &one))
            return -1;
        for (size_t k = 0; k < i; k++)
            if (!cidr_parse(json_string_value(json_array_get(prefixes, k)), &two) &&
                cidr_overlaps(&one, &two))
                return refuse(x, 400, "VnetAddressSpacesOverlap",
                              "The address prefixes %s and %s of virtual network %s overlap.",
                              json_string_value(value), cidr_text(&x->pool, &two), x->path.id);
    }
    return 0;
}

static const char *subnet_prefix(const json_t *subnet)
{
    const char *prefix = dig_text(subnet, "properties.addressPrefix");

    return prefix ? prefix
                  : json_string_value(json_array_get(dig(subnet, "properties.addressPrefixes"), 0));
}

static int check_subnet_links(struct exchange *x, const json_t *subnet, const char *location)
{
    static const struct need links[] = {
        {"Microsoft.Network/networkSecurityGroups", "properties.networkSecurityGroup",
         "Microsoft.Network/networkSecurityGroups/join/action", NULL, true},
        {"Microsoft.Network/routeTables", "properties.routeTable",
         "Microsoft.Network/routeTables/join/action", NULL, true},
        {"Microsoft.Network/natGateways", "properties.natGateway",
         "Microsoft.Network/natGateways/join/action", NULL, true},
    };

    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        json_t *link = dig(subnet, links[i].where);
        struct need need = links[i];

        need.location = location;
        if (json_is_object(link) && !need_ref(x, dig_text(link, "id"), &need))
            return -1;
        if (json_is_object(link) && i != 1 && same_text(dig_text(subnet, "name"), "GatewaySubnet"))
            return refuse(x, 400,
                          i ? "NatGatewayCannotBeAssociatedWithGatewaySubnet"
                            : "NetworkSecurityGroupNotAllowedOnGatewaySubnet",
                          "%s cannot be associated with a GatewaySubnet.", dig_text(link, "id"));
    }
    return 0;
}

static int check_subnet_range(struct exchange *x, const json_t *subnet, const json_t *space,
                              const char *vnet)
{
    const char *name = dig_text(subnet, "name"), *prefix = subnet_prefix(subnet);
    struct cidr range, outer;
    json_t *value;
    size_t i;

    if (!name || !*name)
        return refuse(x, 400, "InvalidRequestFormat", "A subnet of %s has no name.", vnet);
    if (network_check_prefix(x, prefix, name, &range))
        return -1;
    if (range.bits > 29)
        return refuse(x, 400, "NetcfgSubnetRangeTooSmall",
                      "Subnet '%s' is not valid: the range %s is smaller than /29.", name, prefix);
    json_array_foreach(space, i, value) if (!cidr_parse(json_string_value(value), &outer) &&
                                            cidr_inside(&range, &outer)) return 0;
    return refuse(x, 400, "NetcfgInvalidSubnet",
                  "Subnet '%s' is not valid because its IP address range is outside the IP address "
                  "range of virtual network '%s'.",
                  name, vnet);
}

/* All the subnets that the network would have, against its space and one another. */
static int check_subnets(struct exchange *x, const json_t *subnets, const json_t *space,
                         const char *vnet)
{
    struct cidr one, two;
    json_t *subnet;
    size_t i;

    json_array_foreach(subnets, i, subnet)
    {
        if (check_subnet_range(x, subnet, space, vnet))
            return -1;
        cidr_parse(subnet_prefix(subnet), &one);
        for (size_t k = 0; k < i; k++) {
            const json_t *other = json_array_get(subnets, k);

            cidr_parse(subnet_prefix(other), &two);
            if (same_text(dig_text(subnet, "name"), dig_text(other, "name")))
                return refuse(x, 400, "InvalidRequestFormat",
                              "The subnet name '%s' stands twice in virtual network '%s'.",
                              dig_text(subnet, "name"), vnet);
            if (cidr_overlaps(&one, &two))
                return refuse(x, 400, "NetcfgSubnetRangesOverlap",
                              "Subnet '%s' is not valid because its IP address range overlaps with "
                              "that of an existing subnet in virtual network '%s'.",
                              dig_text(subnet, "name"), vnet);
        }
    }
    return 0;
}

static int refuse_in_use(struct exchange *x, const struct resource *subnet)
{
    struct resource *holder = store_holder(x->sim, subnet, subnet->parent, NULL);

    if (!holder)
        return 0;
    return refuse(x, 400, "InUseSubnetCannotBeDeleted",
                  "Subnet %s is in use by %s and cannot be deleted. In order to delete the subnet, "
                  "delete all the resources within the subnet. See aka.ms/deletesubnet.",
                  subnet->name, holder->id);
}

static bool holds_name(const json_t *subnets, const char *name)
{
    json_t *subnet;
    size_t i;

    json_array_foreach(subnets, i,
                       subnet) if (same_text(dig_text(subnet, "name"), name)) return true;
    return false;
}

static int check_dropped(struct exchange *x, const struct resource *vnet, const json_t *subnets)
{
    for (struct resource *child = vnet->first_child; child; child = child->next_sibling)
        if (same_text(child->kind->inlined, "subnets") && !holds_name(subnets, child->name) &&
            refuse_in_use(x, child))
            return -1;
    return 0;
}

static json_t *current_subnets(const struct resource *vnet, const char *but)
{
    json_t *all = json_array();

    for (struct resource *child = vnet->first_child; child; child = child->next_sibling)
        if (same_text(child->kind->inlined, "subnets") && (!but || !same_text(child->name, but)))
            json_array_append(all, child->body);
    return all;
}

int vnet_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    json_t *space = prefixes_of(wanted);
    json_t *inlined = dig(wanted, "properties.subnets");
    json_t *subnets, *subnet;
    int result;
    size_t i;

    if (check_space(x, space) ||
        (old && (peering_allows_space(x, old, space) || hub_allows_space(x, old, space))))
        return -1;
    subnets = json_is_array(inlined) ? json_incref(inlined)
              : old                  ? current_subnets(old, NULL)
                                     : json_array();
    result = check_subnets(x, subnets, space, x->path.name[0]);
    json_array_foreach(inlined, i, subnet) if (!result) result =
        check_subnet_links(x, subnet, dig_text(wanted, "location"));
    if (!result && old && inlined)
        result = check_dropped(x, old, subnets);
    json_decref(subnets);
    if (result)
        return -1;
    network_guid(x, old, wanted);
    plant_default(wanted, "properties.enableDdosProtection", json_false());
    json_object_del(json_object_get(wanted, "properties"), "subnets");
    json_object_del(json_object_get(wanted, "properties"), "virtualNetworkPeerings");
    return 0;
}

static void complete_subnet(json_t *body)
{
    plant_default(body, "properties.privateEndpointNetworkPolicies", json_string("Disabled"));
    plant_default(body, "properties.privateLinkServiceNetworkPolicies", json_string("Enabled"));
    plant_default(body, "properties.delegations", json_array());
}

void vnet_stored(struct exchange *x, struct resource *resource, json_t *asked)
{
    network_inline(x, resource, asked, "subnets", true);
    for (struct resource *child = resource->first_child; child; child = child->next_sibling)
        if (same_text(child->kind->inlined, "subnets"))
            complete_subnet(child->body);
}

int vnet_spare(struct exchange *x, struct resource *resource)
{
    for (struct resource *child = resource->first_child; child; child = child->next_sibling)
        if (same_text(child->kind->inlined, "subnets") && refuse_in_use(x, child))
            return -1;
    return hub_spares_vnet(x, resource);
}

int subnet_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    struct resource *vnet = store_find(x->sim, x->path.parent_key);
    json_t *subnets = current_subnets(vnet, x->path.name[1]);
    int result;

    json_object_set_new(wanted, "name", json_string(x->path.name[1]));
    json_array_append(subnets, wanted);
    result = check_subnets(x, subnets, prefixes_of(vnet->body), vnet->name);
    json_decref(subnets);
    if (result || check_subnet_links(x, wanted, vnet->location))
        return -1;
    if (old && strcmp(subnet_prefix(old->body), subnet_prefix(wanted)) != 0 &&
        store_holder(x->sim, old, vnet, NULL))
        return refuse(x, 400, "InUsePrefixCannotBeDeleted",
                      "IpPrefix %s on Subnet %s has active allocations and cannot be deleted.",
                      subnet_prefix(old->body), old->name);
    json_object_del(json_object_get(wanted, "properties"), "ipConfigurations");
    complete_subnet(wanted);
    return 0;
}

int subnet_spare(struct exchange *x, struct resource *resource)
{
    return refuse_in_use(x, resource);
}

void subnet_show(struct exchange *x, const struct resource *resource, json_t *answer)
{
    const struct holders *holders = store_holders(x->sim, resource->key);
    json_t *list = json_array();

    for (size_t i = 0; i < holders->count; i++) {
        const struct resource *nic = holders->list[i];
        json_t *config;
        size_t k;

        json_array_foreach(
            dig(nic->body, "properties.ipConfigurations"), k,
            config) if (same_text(dig_text(config, "properties.subnet.id"), resource->key))
            json_array_append_new(list, json_pack("{s:O}", "id", json_object_get(config, "id")));
    }
    if (json_array_size(list))
        plant(answer, "properties.ipConfigurations", list);
    else
        json_decref(list);
}
