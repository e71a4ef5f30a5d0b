/* SPDX-License-Identifier: Apache-2.0 */
/* connection/vpn-gateway: what is looked at before anything is created or changed. */
#include "vpn-gateway.h"

/* Addresses that no device has on the Internet. */
static const struct {
    const char *range;
    const char *what;
} not_public[] = {
    {"0.0.0.0/8", "is no host's address"},
    {"10.0.0.0/8", "is a private address"},
    {"100.64.0.0/10", "is an address inside a provider's network"},
    {"127.0.0.0/8", "is a loopback address"},
    {"169.254.0.0/16", "is a link-local address"},
    {"172.16.0.0/12", "is a private address"},
    {"192.168.0.0/16", "is a private address"},
    {"224.0.0.0/4", "is a multicast address"},
    {"240.0.0.0/4", "is a reserved address"},
};

static int32_t check_vpn_address(struct fh_call *call)
{
    const char *address = fh_value(call, "/fields/vpn-address");
    for (size_t i = 0; i < COUNT(not_public); i++)
        if (ranges_meet(not_public[i].range, address))
            return fh_finding(call, FH_FAIL, "vpn-address", "/vpn-address",
                              fh_printf(call,
                                        "%s %s: Azure reaches the VPN device at its public "
                                        "address",
                                        address, not_public[i].what),
                              "give the public address of the device, or that of the router that "
                              "forwards UDP 500 and 4500 to it");
    return FH_OK;
}

/* What IANA or Azure keep for themselves. */
static const char *reserved_asn(long long asn)
{
    static const struct {
        long long first, last;
        const char *by;
    } reserved[] = {
        {0, 0, "IANA"},          {8074, 8075, "Azure"},  {12076, 12076, "Azure"},
        {23456, 23456, "IANA"},  {64496, 64511, "IANA"}, {65515, 65515, "Azure"},
        {65517, 65520, "Azure"}, {65535, 65551, "IANA"}, {4294967295, 4294967295, "IANA"},
    };
    for (size_t i = 0; i < COUNT(reserved); i++)
        if (asn >= reserved[i].first && asn <= reserved[i].last)
            return reserved[i].by;
    return NULL;
}

static const char *peer_fault(struct fh_call *call, const json_t *request)
{
    const char *peer = fh_value(call, "/fields/bgp-peer-address");
    const json_t *networks = fh_json_at(request, "/fields/allowed-network");
    for (size_t i = 0; i < json_array_size(networks); i++)
        if (ranges_meet(json_string_value(json_array_get(networks, i)), peer))
            return NULL;
    return fh_printf(
        call,
        "the BGP peer %s is in no allowed network: give the device's address in one of "
        "them, or add --allowed-network %s/32",
        peer, peer);
}

const char *vpn_gateway_bgp_fault(struct fh_call *call, const json_t *request, const char **field)
{
    const char *sku = fh_value(call, "/fields/performance");
    const char *asn = fh_value(call, "/fields/bgp-asn");
    const char *peer = fh_value(call, "/fields/bgp-peer-address");
    *field = asn ? "/bgp-asn" : "/bgp-peer-address";
    if (!asn && !peer)
        return NULL;
    if (!sku_of(sku)->bgp)
        return fh_printf(call,
                         "a %s gateway does no BGP: leave out --bgp-asn and --bgp-peer-address, or "
                         "create the connection with --performance VpnGw1AZ",
                         sku);
    *field = asn ? "/bgp-peer-address" : "/bgp-asn";
    if (!asn || !peer)
        return fh_printf(call, "BGP needs both --bgp-asn and --bgp-peer-address: %s is missing",
                         asn ? "--bgp-peer-address" : "--bgp-asn");
    *field = "/bgp-asn";
    const char *by = reserved_asn(json_integer_value(fh_json_at(request, "/fields/bgp-asn")));
    if (by)
        return fh_printf(call, "the ASN %s is reserved by %s: give another, such as 65010", asn,
                         by);
    *field = "/bgp-peer-address";
    return peer_fault(call, request);
}

static int32_t check_bgp(struct fh_call *call, const json_t *request)
{
    const char *field;
    const char *fault = vpn_gateway_bgp_fault(call, request, &field);
    return fault ? fh_finding(call, FH_FAIL, "bgp", field, fault, NULL) : FH_OK;
}

static int32_t check_subnets(struct fh_call *call)
{
    const char *own = fh_value(call, "/fields/address-range");
    const char *gateways = fh_value(call, "/fields/gateway-subnet");
    const char *slash = gateways ? strchr(gateways, '/') : NULL;
    if (ranges_meet(own, gateways))
        return fh_finding(call, FH_FAIL, "gateway-subnet", "/gateway-subnet",
                          fh_printf(call, "the gateway's subnet %s overlaps the machines' range %s",
                                    gateways, own),
                          "give the gateway a range outside of the machines'");
    if (!slash || strtol(slash + 1, NULL, 10) <= 27 || operation_is(call, "update"))
        return FH_OK;
    return fh_finding(
        call, FH_WARNING, "gateway-subnet-size", "/gateway-subnet",
        fh_printf(call, "%s leaves the gateway no room to grow: Azure advises a /27", gateways),
        "give a /27 or larger; it cannot be changed later");
}

/* The host holds these against the machines' range and the gateway's subnet. */
static int32_t claim_networks(struct fh_call *call, const json_t *networks)
{
    int32_t result = FH_OK;
    for (size_t i = 0; result == FH_OK && i < json_array_size(networks); i++) {
        const char *network = json_string_value(json_array_get(networks, i));
        result = fh_claim(call, network, fh_printf(call, "the allowed network %s", network));
    }
    return result;
}

/* Azure lets a gateway grow within its generation; all else needs another gateway. */
static int32_t check_move(struct fh_call *call)
{
    const struct sku *from = sku_of(fh_value(call, "/previous/performance"));
    const struct sku *to = sku_of(fh_value(call, "/fields/performance"));
    const char *why = NULL;
    if (!operation_is(call, "update") || !fh_value(call, "/previous/performance") || from == to)
        return FH_OK;
    if (!from->bgp || !to->bgp) /* Basic */
        why = "Azure changes no gateway from or to Basic";
    else if (strcmp(from->generation, to->generation) != 0)
        why = "they are of different generations, between which Azure moves no gateway";
    else if (to < from)
        why = "Azure makes no gateway smaller";
    if (!why)
        return FH_OK;
    return fh_finding(call, FH_FAIL, "performance", "/performance",
                      fh_printf(call, "%s cannot become %s: %s", from->name, to->name, why),
                      fh_printf(call, "create another connection with --performance %s", to->name));
}

static int32_t check_fields(struct fh_call *call, const json_t *request)
{
    int32_t result = check_vpn_address(call);
    if (result == FH_OK)
        result = check_subnets(call);
    if (result == FH_OK)
        result = claim_networks(call, fh_json_at(request, "/fields/allowed-network"));
    if (result == FH_OK)
        result = check_move(call);
    if (result == FH_OK)
        result = check_bgp(call, request);
    if (result == FH_OK)
        result = check_routes(call, fh_json_at(request, "/fields/route"));
    return result == FH_OK ? check_name_fields(call, request) : result;
}

/* Of a connection that exists: whether both ends have found each other. */
static int32_t check_tunnel(struct fh_call *call)
{
    int32_t status = 0;
    const char *text = fh_arm_get(call, NULL, tunnel_path(call), API_NETWORK, &status);
    if (!text)
        return FH_EFAILED;
    json_t *tunnel = json_loads(text, 0, NULL);
    const char *state = fh_json_text(tunnel, "/properties/connectionStatus");
    int32_t result;
    if (status == 404)
        result = fh_finding(call, missing_severity(call), "tunnel", NULL,
                            fh_printf(call, "there is no tunnel%s: %s",
                                      is_under_way(call) ? " yet" : " any more",
                                      azure_message(tunnel, "no reason given")),
                            mend_by_retry(call));
    else if (status != 200)
        result = fh_finding(call, FH_FAIL, "tunnel", NULL,
                            fh_printf(call, "the tunnel cannot be read (HTTP %d): %s", (int)status,
                                      azure_message(tunnel, "no reason given")),
                            fh_printf(call,
                                      "mend what Azure names, then run `flexhost connection check "
                                      "%s` again",
                                      fh_value(call, "/name")));
    else if (state && strcmp(state, "Connected") == 0)
        result = fh_finding(call, FH_PASS, "tunnel", NULL, "the tunnel is up at both ends", NULL);
    else
        result = fh_finding(
            call, FH_WARNING, "tunnel", NULL,
            fh_printf(call, "the tunnel is not up: Azure says %s", state ? state : "nothing of it"),
            fh_printf(call,
                      "configure the VPN device at %s: `flexhost connection device-config %s` "
                      "prints what it needs",
                      fh_value(call, "/fields/vpn-address"), fh_value(call, "/name")));
    json_decref(tunnel);
    return result;
}

int32_t vpn_gateway_check(struct fh_call *call)
{
    json_t *request = fh_json_request(call);
    if (!request)
        return FH_EFAILED;
    int32_t result = check_fields(call, request);
    if (result != FH_OK || fh_refused(call)) { /* ask nobody about what is refused anyway */
        json_decref(request);
        return result;
    }
    if (operation_is(call, "check"))
        result = check_tunnel(call);
    if (result == FH_OK)
        result = check_name_servers(call, request);
    json_decref(request);
    return result;
}
