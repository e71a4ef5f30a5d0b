/* SPDX-License-Identifier: Apache-2.0 */
/* What Azure tells the owner of a VPN device: which ones it knows, and how to set one up. */
#include "network.h"

#include "text.h"

#include <string.h>

/* What a script is about. */
struct about {
    const char *gateway, *device; /* addresses */
    const char *here;             /* ranges of the virtual network, by comma */
    const char *there;            /* of the local networks */
};

static const char place_for_key[] = "<PRE-SHARED-KEY>";

static char *cisco(struct pool *pool, const struct about *about)
{
    return pool_print(pool,
                      "crypto ikev2 proposal azure-proposal\n"
                      " encryption aes-cbc-256\n integrity sha256\n group 14\n"
                      "crypto ikev2 policy azure-policy\n proposal azure-proposal\n"
                      "crypto ikev2 keyring azure-keyring\n peer %s\n  address %s\n"
                      "  pre-shared-key %s\n"
                      "crypto ikev2 profile azure-profile\n match identity remote address %s\n"
                      " identity local address %s\n authentication remote pre-share\n"
                      " authentication local pre-share\n keyring local azure-keyring\n"
                      "! local networks: %s\n! virtual network: %s\n",
                      about->gateway, about->gateway, place_for_key, about->gateway, about->device,
                      about->there, about->here);
}

static char *juniper(struct pool *pool, const struct about *about)
{
    return pool_print(pool,
                      "set security ike policy azure-policy pre-shared-key ascii-text %s\n"
                      "set security ike gateway azure-gateway address %s\n"
                      "set security ike gateway azure-gateway local-identity inet %s\n"
                      "set security ike gateway azure-gateway version v2-only\n"
                      "set security ipsec vpn azure ike gateway azure-gateway\n"
                      "# local networks: %s\n# virtual network: %s\n",
                      place_for_key, about->gateway, about->device, about->there, about->here);
}

static char *plain(struct pool *pool, const struct about *about)
{
    return pool_print(pool,
                      "remote gateway: %s\nlocal gateway: %s\nprotocol: IKEv2\n"
                      "pre-shared key: %s\nlocal networks: %s\nremote networks: %s\n",
                      about->gateway, about->device, place_for_key, about->there, about->here);
}

static const struct model {
    const char *vendor, *family, *firmware;
    char *(*write)(struct pool *pool, const struct about *about);
} models[] = {
    {"Cisco", "ISR", "IOS 15.1", cisco},
    {"Cisco", "ASA", "ASA 9.8", cisco},
    {"Juniper", "SRX", "JunOS 12.x", juniper},
    {"Fortinet", "FortiGate", "FortiOS 6.x", plain},
    {"Ubiquiti", "EdgeRouter", "EdgeOS 1.10", plain},
};

int gateway_devices(struct exchange *x)
{
    char *text = pool_text(&x->pool, "<?xml version=\"1.0\" encoding=\"utf-8\"?><RpVpnDevices>");

    if (!store_find(x->sim, x->path.parent_key))
        return arm_absent(x, kind_find("microsoft.network/virtualnetworkgateways"));
    for (size_t i = 0; i < sizeof models / sizeof *models; i++)
        text = pool_print(&x->pool,
                          "%s<Vendor name=\"%s\"><DeviceFamily name=\"%s\"><FirmwareVersion "
                          "name=\"%s\"/></DeviceFamily></Vendor>",
                          text, models[i].vendor, models[i].family, models[i].firmware);
    return reply(x, 200, json_string(pool_print(&x->pool, "%s</RpVpnDevices>", text)));
}

static const struct model *find_model(const json_t *asked)
{
    for (size_t i = 0; i < sizeof models / sizeof *models; i++)
        if (same_text(models[i].vendor, dig_text(asked, "vendor")) &&
            same_text(models[i].family, dig_text(asked, "deviceFamily")) &&
            same_text(models[i].firmware, dig_text(asked, "firmwareVersion")))
            return &models[i];
    return NULL;
}

static const char *join(struct pool *pool, const json_t *texts)
{
    const char *all = "";
    json_t *text;
    size_t i;

    json_array_foreach(texts, i, text) all =
        pool_print(pool, "%s%s%s", all, i ? ", " : "", json_string_value(text));
    return all;
}

static const char *text_or(const char *text, const char *other)
{
    return text ? text : other;
}

static void look_up(struct exchange *x, const json_t *connection, struct about *about)
{
    const struct resource *gateway =
        store_find_id(x, dig_text(connection, "properties.virtualNetworkGateway1.id"));
    const struct resource *site =
        store_find_id(x, dig_text(connection, "properties.localNetworkGateway2.id"));
    const json_t *config =
        gateway ? json_array_get(dig(gateway->body, "properties.ipConfigurations"), 0) : NULL;
    const struct resource *address =
        store_find_id(x, dig_text(config, "properties.publicIPAddress.id"));
    const struct resource *subnet = store_find_id(x, dig_text(config, "properties.subnet.id"));

    about->gateway = text_or(address ? dig_text(address->body, "properties.ipAddress") : NULL, "");
    about->device = text_or(site ? dig_text(site->body, "properties.gatewayIpAddress") : NULL, "");
    about->there = join(&x->pool, site ? dig(site->body, "properties.localNetworkAddressSpace."
                                                         "addressPrefixes")
                                       : NULL);
    about->here =
        join(&x->pool,
             subnet ? dig(subnet->parent->body, "properties.addressSpace.addressPrefixes") : NULL);
}

int connection_script(struct exchange *x)
{
    const struct resource *connection = connection_here(x);
    const struct model *model = find_model(x->q.json);
    struct about about;

    if (!connection)
        return -1;
    if (!model)
        return refuse(
            x, 400, "VpnDeviceNotSupported",
            "There is no configuration script for this vendor, device family and firmware "
            "version. POST …/supportedvpndevices of the gateway lists those that there "
            "are.");
    look_up(x, connection->body, &about);
    return reply(x, 200, json_string(model->write(&x->pool, &about)));
}
