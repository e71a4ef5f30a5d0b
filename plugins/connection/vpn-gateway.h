/* SPDX-License-Identifier: Apache-2.0 */
/* connection/vpn-gateway: what its files share. */
#ifndef FLEXHOST_PLUGINS_CONNECTION_VPN_GATEWAY_H
#define FLEXHOST_PLUGINS_CONNECTION_VPN_GATEWAY_H

#include "../common/firewall.h"
#include "../common/names.h"
#include "../common/routes.h"

/* Azure's own autonomous system, and so not one for the device. */
enum { AZURE_ASN = 65515 };

/* What Azure sells. A gateway can grow within its generation and nowhere else, so the SKUs that
 * exist in both are made in the first: the default can then grow twice. Their throughput is that of
 * this generation. */
struct sku {
    const char *name;
    const char *throughput; /* of all tunnels together */
    const char *generation;
    bool bgp;
};

static const struct sku skus[] = {
    {"Basic", "100 Mbit/s", "Generation1", false}, {"VpnGw1AZ", "650 Mbit/s", "Generation1", true},
    {"VpnGw2AZ", "1 Gbit/s", "Generation1", true}, {"VpnGw3AZ", "1.25 Gbit/s", "Generation1", true},
    {"VpnGw4AZ", "5 Gbit/s", "Generation2", true}, {"VpnGw5AZ", "10 Gbit/s", "Generation2", true},
};

/* The host has looked whether it is one of them. */
static inline const struct sku *sku_of(const char *name)
{
    for (size_t i = 0; name && i < COUNT(skus); i++)
        if (strcmp(skus[i].name, name) == 0)
            return &skus[i];
    return &skus[1];
}

/* IPv4 addresses from first to last. */
struct range {
    uint32_t first;
    uint32_t last;
};

/* "10.0.0.0/8", or an address alone. */
static inline struct range range_of(const char *text)
{
    unsigned a = 0, b = 0, c = 0, d = 0, prefix = 32;
    if (text)
        sscanf(text, "%u.%u.%u.%u/%u", &a, &b, &c, &d, &prefix);
    uint32_t first = (a & 255) << 24 | (b & 255) << 16 | (c & 255) << 8 | (d & 255);
    uint32_t hosts = prefix == 0 ? UINT32_MAX : prefix >= 32 ? 0 : UINT32_MAX >> prefix;
    return (struct range){first & ~hosts, first | hosts};
}

static inline bool ranges_meet(const char *one, const char *other)
{
    struct range a = range_of(one), b = range_of(other);
    return a.first <= b.last && b.first <= a.last;
}

static inline const char *vpn_gateway_path(struct fh_call *call)
{
    return resource_path(call, "Microsoft.Network/virtualNetworkGateways",
                         fh_resource_name(call, "gateway", 80, NULL));
}

static inline const char *tunnel_path(struct fh_call *call)
{
    return resource_path(call, "Microsoft.Network/connections",
                         fh_resource_name(call, "tunnel", 80, NULL));
}

/* What is wrong with the fields for BGP; NULL: nothing. *field is what to name. */
const char *vpn_gateway_bgp_fault(struct fh_call *call, const json_t *request, const char **field);

/* Fields first, then the DNS servers. */
int32_t vpn_gateway_check(struct fh_call *call);

int32_t vpn_gateway_plan(struct fh_call *call);
/* What a reset adds to it. */
int32_t vpn_gateway_plan_reset(struct fh_call *call);

/* The configuration of the device at the other end, as a document. */
int32_t vpn_gateway_device_config(struct fh_call *call);

#endif
