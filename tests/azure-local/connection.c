/* SPDX-License-Identifier: Apache-2.0 */
/* Connections of network gateways: IPsec to a local network gateway, and their shared keys. */
#include "network.h"

#include "op.h"
#include "text.h"
#include "tunnel.h"

#include <string.h>

#define GATEWAY "properties.virtualNetworkGateway1"
#define SITE    "properties.localNetworkGateway2"

static bool flag(const json_t *body, const char *path)
{
    return json_is_true(dig(body, path));
}

static int check_key(struct exchange *x, const json_t *key)
{
    const char *text = json_string_value(key);
    size_t length = text ? strlen(text) : 0;
    bool good = length >= 1 && length <= 128;

    for (size_t i = 0; good && i < length; i++)
        good = text[i] >= ' ' && text[i] <= '~';
    if (good)
        return 0;
    return refuse(x, 400, "InvalidSharedKey",
                  "The shared key of %s must be 1 to 128 printable ASCII characters.", x->path.id);
}

static struct resource *find_end(struct exchange *x, const json_t *wanted, const char *where,
                                 const char *type)
{
    const struct need need = {type, pool_print(&x->pool, "%s.id", where),
                              pool_print(&x->pool, "%s/read", type), dig_text(wanted, "location"),
                              true};

    return need_ref(x, dig_text(wanted, need.where), &need);
}

static int check_bgp(struct exchange *x, const json_t *wanted, const struct resource *gateway,
                     const struct resource *site)
{
    json_t *mine = dig(gateway->body, "properties.bgpSettings.asn");
    json_t *theirs = dig(site->body, "properties.bgpSettings.asn");

    if (!flag(wanted, "properties.enableBgp"))
        return 0;
    if (!flag(gateway->body, "properties.enableBgp") || !theirs)
        return refuse(
            x, 400, "BgpNotEnabledOnGateways",
            "Connection %s cannot enable BGP: gateway %s must have it enabled, and %s must "
            "have bgpSettings.",
            x->path.id, gateway->id, site->id);
    if (json_equal(mine, theirs))
        return refuse(x, 400, "BgpAsnsMustDiffer",
                      "Connection %s cannot enable BGP: both ends have the ASN %lld.", x->path.id,
                      (long long)json_integer_value(mine));
    return 0;
}

static bool is_one_of(const char *text, const char *list)
{
    struct pool pool = {0};
    char *rest = pool_text(&pool, list), *one;
    bool found = false;

    while (!found && (one = next_field(&rest, " ")))
        found = same_text(one, text);
    pool_empty(&pool);
    return found;
}

static int check_policy(struct exchange *x, const json_t *policy)
{
    static const struct {
        const char *name, *values;
    } texts[] = {
        {"ipsecEncryption", "None DES DES3 AES128 AES192 AES256 GCMAES128 GCMAES192 GCMAES256"},
        {"ipsecIntegrity", "MD5 SHA1 SHA256 GCMAES128 GCMAES192 GCMAES256"},
        {"ikeEncryption", "DES DES3 AES128 AES192 AES256 GCMAES256 GCMAES128"},
        {"ikeIntegrity", "MD5 SHA1 SHA256 SHA384 GCMAES256 GCMAES128"},
        {"dhGroup", "None DHGroup1 DHGroup2 DHGroup14 DHGroup2048 ECP256 ECP384 DHGroup24"},
        {"pfsGroup", "None PFS1 PFS2 PFS2048 ECP256 ECP384 PFS24 PFS14 PFSMM"},
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *value = dig_text(policy, texts[i].name);

        if (!is_one_of(value ? value : "", texts[i].values))
            return refuse(x, 400, "InvalidIpsecPolicy",
                          "The IPsec policy of %s has no valid %s; valid are %s.", x->path.id,
                          texts[i].name, texts[i].values);
    }
    if (json_integer_value(json_object_get(policy, "saLifeTimeSeconds")) < 300 ||
        json_integer_value(json_object_get(policy, "saDataSizeKilobytes")) < 1024)
        return refuse(x, 400, "InvalidIpsecPolicy",
                      "The IPsec policy of %s needs saLifeTimeSeconds of 300 and "
                      "saDataSizeKilobytes of 1024 at least.",
                      x->path.id);
    return 0;
}

static int check_policies(struct exchange *x, const json_t *wanted, const struct resource *gateway)
{
    json_t *list = dig(wanted, "properties.ipsecPolicies"), *policy;
    size_t i;

    if (json_array_size(list) && same_text(dig_text(gateway->body, "properties.sku.name"), "Basic"))
        return refuse(x, 400, "IpsecPoliciesNotSupportedForGatewaySku",
                      "Connection %s cannot have IPsec policies: the SKU of gateway %s is Basic.",
                      x->path.id, gateway->id);
    if (!json_array_size(list) && flag(wanted, "properties.usePolicyBasedTrafficSelectors"))
        return refuse(x, 400, "TrafficSelectorsNeedIpsecPolicy",
                      "Connection %s uses policy-based traffic selectors without an IPsec policy.",
                      x->path.id);
    json_array_foreach(list, i, policy) if (check_policy(x, policy)) return -1;
    return 0;
}

static int check_type(struct exchange *x, const json_t *wanted)
{
    const char *type = dig_text(wanted, "properties.connectionType");
    const char *protocol = dig_text(wanted, "properties.connectionProtocol");
    const json_t *key = dig(wanted, "properties.sharedKey");

    if (!same_text(type, "IPsec"))
        return refuse(x, 400, "ConnectionTypeNotSupported",
                      "The connection type %s of %s is not supported here; IPsec is.",
                      type ? type : "(none)", x->path.id);
    if (protocol && !same_text(protocol, "IKEv2") && !same_text(protocol, "IKEv1"))
        return refuse(x, 400, "InvalidConnectionProtocol",
                      "The connection protocol %s of %s is neither IKEv2 nor IKEv1.", protocol,
                      x->path.id);
    return key ? check_key(x, key) : 0;
}

/* The ends are shown by id, with the empty properties that the documents ask for. */
static void complete(json_t *wanted, const struct resource *gateway, const struct resource *site)
{
    static const char *const hidden[] = {"sharedKey", "connectionStatus", "tunnelConnectionStatus",
                                         "ingressBytesTransferred", "egressBytesTransferred"};

    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        json_object_del(json_object_get(wanted, "properties"), hidden[i]);
    plant(wanted, GATEWAY, json_pack("{s:s,s:{}}", "id", gateway->id, "properties"));
    plant(wanted, SITE, json_pack("{s:s,s:{}}", "id", site->id, "properties"));
    plant_default(wanted, "properties.connectionProtocol", json_string("IKEv2"));
    plant_default(wanted, "properties.connectionMode", json_string("Default"));
    plant_default(wanted, "properties.routingWeight", json_integer(0));
    plant_default(wanted, "properties.dpdTimeoutSeconds", json_integer(0));
    plant_default(wanted, "properties.enableBgp", json_false());
    plant_default(wanted, "properties.useLocalAzureIpAddress", json_false());
    plant_default(wanted, "properties.usePolicyBasedTrafficSelectors", json_false());
    plant_default(wanted, "properties.ipsecPolicies", json_array());
    plant_default(wanted, "properties.trafficSelectorPolicies", json_array());
    plant_default(wanted, "properties.expressRouteGatewayBypass", json_false());
    plant_default(wanted, "properties.enablePrivateLinkFastPath", json_false());
}

int connection_accept(struct exchange *x, struct resource *old, json_t *wanted)
{
    struct resource *gateway, *site;

    if (check_type(x, wanted))
        return -1;
    gateway = find_end(x, wanted, GATEWAY, "Microsoft.Network/virtualNetworkGateways");
    site = gateway ? find_end(x, wanted, SITE, "Microsoft.Network/localNetworkGateways") : NULL;
    if (!site)
        return -1;
    if (old && (!same_text(dig_text(old->body, GATEWAY ".id"), gateway->id) ||
                !same_text(dig_text(old->body, SITE ".id"), site->id)))
        return refuse(x, 400, "ConnectionEndsCannotBeChanged",
                      "The gateways of connection %s cannot be changed.", old->id);
    if (check_bgp(x, wanted, gateway, site) || check_policies(x, wanted, gateway))
        return -1;
    complete(wanted, gateway, site);
    return network_guid(x, old, wanted);
}

/* Without a key Azure makes one up. It is never part of the body. */
void connection_stored(struct exchange *x, struct resource *resource, json_t *asked)
{
    const char *key = dig_text(asked, "properties.sharedKey");

    if (!key)
        key = dig_text(resource->facts, "sharedKey");
    if (!key)
        key = new_guid(x->sim, &x->pool);
    json_object_set_new(resource->facts, "sharedKey", json_string(key));
}

void connection_show(struct exchange *x, const struct resource *resource, json_t *answer)
{
    plant(answer, "properties.connectionStatus", json_string(tunnel_status(x->sim, resource)));
    plant(answer, "properties.ingressBytesTransferred", json_integer(0));
    plant(answer, "properties.egressBytesTransferred", json_integer(0));
}

json_t *connection_brief(struct exchange *x, const struct resource *resource)
{
    json_t *answer = arm_show(x, resource);

    json_object_del(dig(answer, "properties"), "dpdTimeoutSeconds");
    json_object_del(dig(answer, "properties"), "useLocalAzureIpAddress");
    json_object_del(dig(answer, GATEWAY), "properties");
    json_object_del(dig(answer, SITE), "properties");
    return answer;
}

struct resource *connection_here(struct exchange *x)
{
    struct resource *connection = store_find(x->sim, x->path.parent_key);

    if (!connection)
        arm_absent(x, kind_find("microsoft.network/connections"));
    return connection;
}

static json_t *show_key(struct exchange *x, const char *key)
{
    return json_pack("{s:s,s:s}", "id", x->path.id, "value", key);
}

int connection_key(struct exchange *x)
{
    const struct resource *connection = connection_here(x);

    if (!connection)
        return -1;
    return reply(x, 200, show_key(x, dig_text(connection->facts, "sharedKey")));
}

/* Both ends have the new key from the end of the operation on. */
static void take_key(struct sim *sim, struct resource *connection, const char *what)
{
    (void)sim;
    (void)what;
    json_object_set(connection->facts, "sharedKey", json_object_get(connection->facts, "nextKey"));
}

int connection_set_key(struct exchange *x)
{
    struct resource *connection = connection_here(x);
    json_t *key = json_object_get(x->q.json, "value");
    struct op *op;

    if (!connection || check_key(x, key) || arm_not_busy(x, connection))
        return -1;
    json_object_set(connection->facts, "nextKey", key);
    op = op_action(x, connection, "sharedkey", (struct span){5, 15}, take_key);
    op_headers(x, op, false);
    return reply(x, 200, show_key(x, json_string_value(key)));
}
