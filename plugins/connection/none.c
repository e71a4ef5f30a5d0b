/* SPDX-License-Identifier: Apache-2.0 */
/* connection/none: machines without a way into anybody's network, in a range that flexhost picks.
 */
#include "../common/health.h"

/* The manual's policy for networks without a connection: nothing comes in, not even from the
 * machine beside; everything may go out. */
static const struct rule firewall[] = {
    {"deny-all-inbound", 4096, "Inbound", "Deny", "*", "*", "*", "*"},
    {"allow-all-outbound", 4096, "Outbound", "Allow", "*", "*", "*", "*"},
};

static const struct fh_field options[] = {
    {.name = "address-pool",
     .type = "cidr",
     .help = "private range from which networks without connectivity get theirs",
     .default_value = "172.16.0.0/12",
     .min = 8,
     .max = 19},
};

static const struct fh_field fields[] = {
    {.name = "address-range",
     .type = "cidr",
     .flags = FH_FIELD_IMMUTABLE | FH_FIELD_ADVANCED,
     .help = "range of the machines; picked from the plugin's address-pool when not given",
     .min = 8,
     .max = 24,
     .immutable_advice = "create another connection with the other range"},
    NAT_FIELD,
};

enum { PICKED_PREFIX = 19 }; /* 8,187 machines: more than a subscription may have */

/* A text's FNV-1a hash: the range must follow from the connection's id, and need not be secret. */
static uint32_t hash(const char *text)
{
    uint32_t value = UINT32_C(2166136261);
    for (; *text; text++)
        value = (value ^ (unsigned char)*text) * UINT32_C(16777619);
    return value;
}

/* Networks without connectivity never meet, so two of them may well share a range. */
static const char *address_range(struct fh_call *call)
{
    const char *given = fh_value(call, "/fields/address-range");
    const char *pool = fh_value(call, "/options/address-pool");
    const char *id = fh_value(call, "/id");
    unsigned a, b, c, d, prefix;
    if (given)
        return given;
    if (!pool || !id || sscanf(pool, "%u.%u.%u.%u/%u", &a, &b, &c, &d, &prefix) != 5 ||
        prefix > PICKED_PREFIX) {
        fh_fail(call, FH_EINVAL, "/options/address-pool",
                "no /%d fits into the address-pool %s: give a larger one", PICKED_PREFIX,
                pool ? pool : "(none)");
        return NULL;
    }
    uint32_t slots = UINT32_C(1) << (PICKED_PREFIX - prefix);
    uint32_t first = (a << 24 | b << 16 | c << 8 | d) +
                     (hash(id) % slots) * (UINT32_C(1) << (32 - PICKED_PREFIX));
    return fh_printf(call, "%u.%u.%u.%u/%d", first >> 24, first >> 16 & 255, first >> 8 & 255,
                     first & 255, PICKED_PREFIX);
}

static int32_t plan(struct fh_call *call)
{
    static const char *const after_group[] = {"group"};
    static const char *const after[] = {"firewall", "nat"};
    const char *range = address_range(call);
    int32_t result = range ? require_place(call) : FH_EINVAL;
    if (result == FH_OK)
        result = plan_group(call);
    if (result == FH_OK)
        result = plan_security_group(call, firewall, COUNT(firewall));
    if (result == FH_OK && has_nat(call))
        result = plan_nat(call, NULL, after_group, COUNT(after_group));
    if (result == FH_OK)
        result = plan_network(call, range, NULL, NULL, after, has_nat(call) ? 2 : 1);
    return result == FH_OK ? export_network(call, range) : result;
}

static int32_t details(struct fh_call *call, const json_t *request, const char *range)
{
    int32_t result = fh_detail(call, "region", "Region", fh_value(call, "/region"));
    if (result == FH_OK)
        result = detail_range(call, range);
    if (result == FH_OK)
        result = detail_nat(call, request, false);
    if (result == FH_OK)
        result =
            fh_json_detail(call, "firewall", "Firewall", rules_json(firewall, COUNT(firewall)));
    return result;
}

static int32_t observe(struct fh_call *call)
{
    struct health health = {.meanwhile = "What worked before works on"};
    const char *range = address_range(call);
    json_t *request = range ? fh_json_request(call) : NULL;
    if (!request)
        return FH_EFAILED;
    health_look(call, request, &health, "firewall", "network security group");
    health_look(call, request, &health, "network", "virtual network");
    health_parts(call, request, &health);
    int32_t result = health_tell(call, &health);
    if (result == FH_OK)
        result = details(call, request, range);
    json_decref(request);
    return result;
}

static const struct fh_plugin plugin = {
    FH_PLUGIN_HEAD,
    .kind = "connection",
    .name = "none",
    .version = "1.0",
    .summary = "No connectivity: machines reach the Internet, nobody reaches them",
    .description = "A network of its own for machines that are not joined to a domain. flexhost "
                   "picks the address range. Nothing comes in, not even from machine to machine; "
                   "everything may go out.",
    .flags = FH_PLUGIN_NAT,
    .field_size = sizeof(struct fh_field),
    .fields = fields,
    .field_count = COUNT(fields),
    .options = options,
    .option_count = COUNT(options),
    .plan = plan,
    .observe = observe,
    .required_roles = "Contributor on the managed subscription",
};

const struct fh_plugin *fh_plugin_entry(void)
{
    return &plugin;
}
