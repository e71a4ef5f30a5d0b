/* SPDX-License-Identifier: Apache-2.0 */
/* What the network's types have in common. */
#include "network.h"

#include "text.h"

#include <string.h>

int network_check_prefix(struct exchange *x, const char *text, const char *where, struct cidr *out)
{
    switch (cidr_parse(text, out)) {
    case CIDR_MALFORMED:
        return refuse(
            x, 400, "InvalidAddressPrefixFormat",
            "Address prefix %s of resource %s is not formatted correctly. It should follow "
            "CIDR notation, for example 10.0.0.0/24.",
            text ? text : "", where);
    case CIDR_HOST_BITS:
        return refuse(x, 400, "InvalidCIDRNotation",
                      "The address prefix %s in resource %s has an invalid CIDR notation. For the "
                      "given prefix length, the address prefix should be %s.",
                      text, where, cidr_text(&x->pool, out));
    default:
        return 0;
    }
}

/* What Azure calls them when they can't go: "InUse…CannotBeDeleted". */
static const struct {
    const char *kind, *code, *what;
} used[] = {
    {"networkSecurityGroups", "InUseNetworkSecurityGroupCannotBeDeleted", "Network security group"},
    {"routeTables", "InUseRouteTableCannotBeDeleted", "Route table"},
    {"publicIPAddresses", "PublicIPAddressCannotBeDeleted", "Public IP address"},
    {"natGateways", "InUseNatGatewayCannotBeDeleted", "NAT gateway"},
    {"virtualNetworkGateways", "InUseVirtualNetworkGatewayCannotBeDeleted",
     "Virtual network gateway"},
    {"localNetworkGateways", "InUseLocalNetworkGatewayCannotBeDeleted", "Local network gateway"},
};

int network_spare(struct exchange *x, struct resource *resource)
{
    struct resource *holder = store_holder(x->sim, resource, resource, NULL);
    const char *kind = strrchr(resource->kind->type, '/') + 1;

    if (!holder)
        return 0;
    for (size_t i = 0; i < sizeof used / sizeof *used; i++)
        if (same_text(kind, used[i].kind))
            return refuse(x, 400, used[i].code,
                          "%s %s cannot be deleted because it is in use by the following "
                          "resources: %s. In order to delete it, remove the association with the "
                          "resource(s).",
                          used[i].what, resource->id, holder->id);
    return refuse(x, 400, "InUseResourceCannotBeDeleted",
                  "%s is in use by %s and cannot be deleted.", resource->id, holder->id);
}

json_t *network_holder_ids(struct exchange *x, const struct resource *resource, const char *type)
{
    const struct holders *holders = store_holders(x->sim, resource->key);
    json_t *ids = json_array();

    for (size_t i = 0; i < holders->count; i++)
        if (same_text(holders->list[i]->kind->type, type))
            json_array_append_new(ids, json_pack("{s:s}", "id", holders->list[i]->id));
    return ids;
}

void network_settled(struct sim *sim, struct resource *resource)
{
    (void)sim;
    json_object_set_new(resource->facts, "made", json_true());
}

bool network_is_made(const struct resource *resource)
{
    return json_is_true(json_object_get(resource->facts, "made")) ||
           same_text(get_state(resource), "Succeeded");
}

int network_guid(struct exchange *x, struct resource *old, json_t *wanted)
{
    const char *guid = old ? dig_text(old->body, "properties.resourceGuid") : NULL;

    if (!dig(wanted, "properties"))
        json_object_set_new(wanted, "properties", json_object());
    plant(wanted, "properties.resourceGuid",
          json_string(guid ? guid : named_guid(x->sim, &x->pool, x->path.key)));
    return 0;
}

static bool names_child(const json_t *list, const char *name)
{
    json_t *value;
    size_t i;

    json_array_foreach(list, i, value) if (same_text(dig_text(value, "name"), name)) return true;
    return false;
}

void network_inline(struct exchange *x, struct resource *parent, json_t *asked, const char *list,
                    bool keep_without)
{
    json_t *wanted = dig(asked, pool_print(&x->pool, "properties.%s", list));
    json_t *value;
    size_t i;

    if (!wanted && keep_without)
        return;
    for (struct resource *child = parent->first_child; child;) {
        struct resource *next = child->next_sibling;

        if (same_text(child->kind->inlined, list) && !names_child(wanted, child->name))
            store_remove(x->sim, child);
        child = next;
    }
    json_array_foreach(wanted, i, value)
    {
        json_t *properties = json_object_get(value, "properties");
        struct resource *child;

        child =
            arm_make(x, pool_print(&x->pool, "%s/%s/%s", parent->id, list, dig_text(value, "name")),
                     json_pack("{s:o}", "properties",
                               properties ? json_deep_copy(properties) : json_object()));
        if (child && child->kind->show) {
            /* What a GET shows of others is not part of it. */
            json_object_del(json_object_get(child->body, "properties"), "ipConfigurations");
        }
        if (child)
            set_state(child, "Updating");
    }
}
