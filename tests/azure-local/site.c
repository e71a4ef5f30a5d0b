/* SPDX-License-Identifier: Apache-2.0 */
/* Local network gateways: what Azure is told of the other end of a VPN. */
#include "network.h"

#include "text.h"

static int check_prefixes(struct exchange *x, const json_t *prefixes)
{
    struct cidr one, two;
    json_t *value;
    size_t i;

    json_array_foreach(prefixes, i, value)
    {
        if (network_check_prefix(x, json_string_value(value), x->path.id, &one))
            return -1;
        for (size_t k = 0; k < i; k++)
            if (!cidr_parse(json_string_value(json_array_get(prefixes, k)), &two) &&
                cidr_overlaps(&one, &two))
                return refuse(x, 400, "LocalNetworkAddressSpaceOverlaps",
                              "The address prefixes %s and %s of local network gateway %s overlap.",
                              json_string_value(value), cidr_text(&x->pool, &two), x->path.id);
    }
    return 0;
}

static int check_peer(struct exchange *x, const char *address, const char *name)
{
    struct cidr range;

    if (!address == !name)
        return refuse(x, 400, "InvalidLocalNetworkGateway",
                      "Local network gateway %s needs either gatewayIpAddress or fqdn.",
                      x->path.id);
    if (address && cidr_parse(pool_print(&x->pool, "%s/32", address), &range))
        return refuse(x, 400, "InvalidGatewayIpAddress",
                      "%s, the gatewayIpAddress of %s, is not an IPv4 address.", address,
                      x->path.id);
    return 0;
}

int site_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    json_t *prefixes = dig(wanted, "properties.localNetworkAddressSpace.addressPrefixes");
    json_t *settings = dig(wanted, "properties.bgpSettings");

    if (check_peer(x, dig_text(wanted, "properties.gatewayIpAddress"),
                   dig_text(wanted, "properties.fqdn")) ||
        check_prefixes(x, prefixes) || gateway_check_asn(x, settings))
        return -1;
    if (!json_array_size(prefixes) && !json_is_object(settings))
        return refuse(x, 400, "LocalNetworkAddressSpaceMissing",
                      "Local network gateway %s needs localNetworkAddressSpace.addressPrefixes, or "
                      "bgpSettings.",
                      x->path.id);
    plant_default(wanted, "properties.localNetworkAddressSpace.addressPrefixes", json_array());
    return network_guid(x, old, wanted);
}
