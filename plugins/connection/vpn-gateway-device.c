/* SPDX-License-Identifier: Apache-2.0 */
/* connection/vpn-gateway: the configuration of the VPN device at the other end. The pre-shared key
 * is never shown again, so a file says where to write it instead. */
#include "vpn-gateway.h"

#include <ctype.h>

/* "flexhost-NAME", fit for a file and for a section of one. */
static const char *device_name(struct fh_call *call)
{
    char *name = fh_printf(call, "flexhost-%s", fh_value(call, "/name"));
    for (char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '-' && *c != '_')
            *c = '-';
    return name;
}

static const char *listed(struct fh_call *call, const json_t *networks)
{
    const char *text = "";
    for (size_t i = 0; i < json_array_size(networks); i++)
        text = fh_printf(call, "%s%s%s", text, i ? "," : "",
                         json_string_value(json_array_get(networks, i)));
    return text;
}

/* What is to be done with the file, as its first lines. */
static const char *swanctl_head(struct fh_call *call, const char *name, const char *device,
                                const char *gateway)
{
    return fh_printf(
        call,
        "# %s.conf: your end of the tunnel to flexhost's connection \"%s\",\n"
        "# for strongSwan 5.8 or newer with swanctl.\n"
        "#\n"
        "#   1. Put this file into /etc/swanctl/conf.d.\n"
        "#   2. Write the pre-shared key into %s.secrets.conf beside it, a file that root\n"
        "#      alone may read (chmod 600). flexhost never shows the key again. Its whole text:\n"
        "#\n"
        "#          secrets {\n"
        "#              ike-%s {\n"
        "#                  id-device = %s\n"
        "#                  id-azure = %s\n"
        "#                  secret = \"THE KEY\"\n"
        "#              }\n"
        "#          }\n"
        "#\n"
        "#      Within the quotes write \\\" for \" and \\\\ for \\. A key that begins with 0x or "
        "0s\n"
        "#      strongSwan takes for an encoded one: write 0s and the key's base64 instead.\n"
        "#   3. Let UDP 500, UDP 4500 and ESP pass between this machine and %s.\n"
        "#   4. Run: swanctl --load-all\n"
        "#      and look at the tunnel with: swanctl --list-sas\n",
        name, fh_value(call, "/name"), name, name, device, gateway, gateway);
}

static const char *routing_notes(struct fh_call *call, const json_t *request)
{
    const char *asn = fh_value(call, "/fields/bgp-asn");
    const char *own = fh_value(call, "/fields/address-range");
    const char *peer = fh_json_text(request, "/outputs/gateway/bgpAddress");
    const char *notes = fh_printf(
        call,
        "#   5. Route %s in your network to this machine, and let it forward:\n"
        "#      sysctl -w net.ipv4.ip_forward=1\n"
        "#      Azure advises a TCP MSS of 1350 at most for what goes through the tunnel.\n",
        own);
    if (!asn)
        return notes;
    return fh_printf(
        call,
        "%s#   6. BGP: your speaker is %s in the AS %s; Azure's is %s in the AS %d,\n"
        "#      two hops away (ebgp-multihop). Only what the selectors below cover goes\n"
        "#      through the tunnel: add to local_ts what you announce beyond it.\n",
        notes, fh_value(call, "/fields/bgp-peer-address"), asn,
        peer ? peer : fh_printf(call, "in %s", fh_value(call, "/fields/gateway-subnet")),
        AZURE_ASN);
}

/* The part that every such device shares. */
static const char *swanctl_connection(struct fh_call *call, const char *name, const char *device,
                                      const char *gateway)
{
    return fh_printf(
        call,
        "connections {\n"
        "    %s {\n"
        "        version = 2\n"
        "        # Azure's end. Ours is not given, so that a device behind NAT works as well.\n"
        "        remote_addrs = %s\n"
        "        # What Azure's route-based gateways offer by default, DH group 2 among it.\n"
        "        proposals = aes256-sha256-modp1024,aes256-sha1-modp1024\n"
        "        # Before Azure's own 8 hours are over.\n"
        "        rekey_time = 7h\n"
        "        # Azure may be busy with its gateway for a long time: never give up.\n"
        "        keyingtries = 0\n"
        "        dpd_delay = 30s\n"
        "        mobike = no\n"
        "        local {\n"
        "            auth = psk\n"
        "            id = %s\n"
        "        }\n"
        "        remote {\n"
        "            auth = psk\n"
        "            id = %s\n"
        "        }\n",
        name, gateway, device, gateway);
}

static const char *swanctl_child(struct fh_call *call, const json_t *request)
{
    const char *bgp = fh_value(call, "/fields/bgp-asn");
    return fh_printf(
        call,
        "        children {\n"
        "            machines {\n"
        "                # A route-based gateway offers and accepts 0.0.0.0/0 at both ends; IKEv2\n"
        "                # narrows that to these, whichever end begins. So the tunnel takes what "
        "is\n"
        "                # meant for it and nothing else, and needs no interface of its own.\n"
        "                local_ts = %s\n"
        "                remote_ts = %s%s%s\n"
        "                # Without PFS, as Azure does it by default.\n"
        "                esp_proposals = aes256gcm16,aes256-sha256,aes256-sha1\n"
        "                # Before Azure's own 7 hours and a half are over.\n"
        "                rekey_time = 6h\n"
        "                mode = tunnel\n"
        "                start_action = start\n"
        "                close_action = start\n"
        "                dpd_action = restart\n"
        "            }\n"
        "        }\n"
        "    }\n"
        "}\n",
        listed(call, fh_json_at(request, "/fields/allowed-network")),
        fh_value(call, "/fields/address-range"), bgp ? "," : "",
        bgp ? fh_value(call, "/fields/gateway-subnet") : "");
}

static int32_t print_swanctl(struct fh_call *call, const json_t *request, const char *gateway)
{
    const char *name = device_name(call);
    const char *device = fh_value(call, "/fields/vpn-address");
    const char *text =
        fh_printf(call, "%s%s\n%s\n# The key: see 2.\ninclude %s.secrets.conf\n",
                  swanctl_head(call, name, device, gateway), routing_notes(call, request),
                  fh_printf(call, "%s%s", swanctl_connection(call, name, device, gateway),
                            swanctl_child(call, request)),
                  name);
    return fh_document(call, fh_printf(call, "%s.conf", name), text);
}

/* ---- Azure's own scripts ---- */

static int32_t refuse_script(struct fh_call *call, int32_t status, const json_t *answer)
{
    int32_t code = status == 401 || status == 403 ? FH_EDENIED
                   : status == 404                ? FH_ENOTFOUND
                   : status >= 500                ? FH_ENOTREADY
                                                  : FH_EINVAL;
    return fh_fail(
        call, code, code == FH_EINVAL ? "/vendor" : NULL,
        "Azure gives no script for %s, %s, %s (HTTP %d): %s. Azure's documentation lists "
        "the devices that it knows; without --vendor flexhost prints a configuration for "
        "strongSwan, whose values suit every device",
        fh_value(call, "/verb/fields/vendor"), fh_value(call, "/verb/fields/device-family"),
        fh_value(call, "/verb/fields/firmware"), (int)status,
        azure_message(answer, "no reason given"));
}

/* In the devices' own form of a comment, as far as Azure's scripts have one in common. */
static const char *script_head(struct fh_call *call, const char *gateway)
{
    const char *vendor = fh_value(call, "/verb/fields/vendor");
    const char *mark = strcasecmp(vendor, "Cisco") == 0 ? "!" : "#";
    return fh_printf(call,
                     "%s Azure's script for %s, %s, %s: your end of the tunnel to flexhost's\n"
                     "%s connection \"%s\", whose gateway is %s. It may hold the\n"
                     "%s pre-shared key in clear text: keep it like a password.\n",
                     mark, vendor, fh_value(call, "/verb/fields/device-family"),
                     fh_value(call, "/verb/fields/firmware"), mark, fh_value(call, "/name"),
                     gateway, mark);
}

static int32_t print_script(struct fh_call *call, const char *gateway)
{
    int32_t status = 0, result;
    json_t *question = json_pack("{s:s, s:s, s:s}", "vendor", fh_value(call, "/verb/fields/vendor"),
                                 "deviceFamily", fh_value(call, "/verb/fields/device-family"),
                                 "firmwareVersion", fh_value(call, "/verb/fields/firmware"));
    const char *body = fh_json_print(call, question);
    json_decref(question);
    const char *text = fh_arm_query(
        call, NULL, fh_printf(call, "%s/vpndeviceconfigurationscript", tunnel_path(call)),
        API_NETWORK, body, &status);
    if (!text)
        return FH_EFAILED;
    json_t *answer = json_loads(text, JSON_DECODE_ANY, NULL);
    const char *script = json_is_string(answer) ? json_string_value(answer) : text;
    if (status != 200)
        result = refuse_script(call, status, answer);
    else
        result = fh_document(call, fh_printf(call, "%s.txt", device_name(call)),
                             fh_printf(call, "%s%s", script_head(call, gateway), script));
    json_decref(answer);
    return result;
}

/* All of the three, or none: the first that is missing is named. */
static int32_t require_device(struct fh_call *call)
{
    static const char *const names[] = {"vendor", "device-family", "firmware"};
    for (size_t i = 0; i < COUNT(names); i++)
        if (!fh_value(call, fh_printf(call, "/verb/fields/%s", names[i])))
            return fh_fail(call, FH_EINVAL, fh_printf(call, "/%s", names[i]),
                           "Azure's scripts are for a vendor, a device family and a firmware: give "
                           "--%s as well, or none of the three for strongSwan",
                           names[i]);
    return FH_OK;
}

int32_t vpn_gateway_device_config(struct fh_call *call)
{
    json_t *request = fh_json_request(call);
    if (!request)
        return FH_EFAILED;
    const char *gateway = fh_json_text(request, "/outputs/public-ip/address");
    bool script = json_object_size(fh_json_at(request, "/verb/fields")) > 0;
    int32_t result = FH_OK;
    if (!gateway)
        result = fh_fail(call, FH_ENOTREADY, NULL,
                         "the gateway of \"%s\" has no public address yet: wait until the "
                         "connection is created, or run `flexhost connection retry %s`",
                         fh_value(call, "/name"), fh_value(call, "/name"));
    else if (script)
        result = require_device(call);
    if (result == FH_OK)
        result = script ? print_script(call, gateway) : print_swanctl(call, request, gateway);
    json_decref(request);
    return result;
}
