/* SPDX-License-Identifier: Apache-2.0 */
/* connection/example: a virtual network of its own with one subnet. A start for your own plugin:
 * rename it here and in the Makefile, declare your fields, emit your steps. */
#include <flexhost/jansson.h>
#include <flexhost/plugin.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* What `flexhost connection create example` takes. The host validates, writes --help and completes
 * from this table; the plugin sees only values that passed. */
static const struct fh_field fields[] = {
    {.name = "address-range",
     .type = "cidr",
     .flags = FH_FIELD_REQUIRED | FH_FIELD_IMMUTABLE | FH_FIELD_OCCUPIES,
     .help = "range of the machines",
     .min = 8,
     .max = 24,
     .immutable_advice = "create another connection with the other range"},
    {.name = "dns-server",
     .type = "ipv4",
     .flags = FH_FIELD_LIST,
     .help = "DNS server of the machines; Azure's own when none is given"},
};

/* Read-only questions before anything is created. Every finding is shown; one FH_FAIL refuses. */
static int32_t check(struct fh_call *call)
{
    json_t *request = fh_json_request(call);
    if (!request)
        return FH_EFAILED;
    const json_t *servers = fh_json_at(request, "/fields/dns-server");
    int32_t result = FH_OK;
    for (size_t i = 0; result == FH_OK && i < json_array_size(servers); i++) {
        const char *server = json_string_value(json_array_get(servers, i));
        const char *answer = fh_dns_query(call, server, "example.com", "A", 3000);
        if (!answer) {
            result = FH_EFAILED; /* the host knows why */
            break;
        }
        json_t *json = json_loads(answer, 0, NULL);
        const char *status = fh_json_text(json, "/status");
        if (status && strcmp(status, "NOERROR") == 0)
            result = fh_finding(call, FH_PASS, "dns-answers", NULL,
                                fh_printf(call, "%s answers", server), NULL);
        else
            result = fh_finding(call, FH_FAIL, "dns-answers", fh_printf(call, "/dns-server/%zu", i),
                                fh_printf(call, "%s does not resolve example.com: %s", server,
                                          status ? status : "no answer"),
                                "correct the address or start the server");
        json_decref(json);
    }
    json_decref(request);
    return result;
}

static const char *group_path(struct fh_call *call)
{
    return fh_printf(call, "/subscriptions/%s/resourceGroups/%s",
                     fh_value(call, "/subscription/id"), fh_value(call, "/resourceGroup"));
}

static int32_t plan_group(struct fh_call *call)
{
    struct fh_step step = {.struct_size = sizeof step,
                           .flags = FH_STEP_TAGS,
                           .key = "group",
                           .title = "resource group",
                           .path = group_path(call),
                           .api_version = "2024-07-01",
                           .expected_seconds = 2};
    return fh_json_step(call, &step, json_pack("{s:s}", "location", fh_value(call, "/region")));
}

static int32_t plan_network(struct fh_call *call)
{
    static const char *const after[] = {"group"};
    static const struct fh_output outputs[] = {
        {.name = "subnet", .pointer = "/properties/subnets/0/id"}};
    const char *range = fh_value(call, "/fields/address-range");
    json_t *servers = fh_json_value(call, "/fields/dns-server");
    struct fh_step step = {
        .struct_size = sizeof step,
        .flags = FH_STEP_TAGS,
        .key = "network",
        .title = fh_printf(call, "virtual network %s", range),
        .path = fh_printf(call, "%s/providers/Microsoft.Network/virtualNetworks/%s",
                          group_path(call), fh_resource_name(call, "vnet", 64, NULL)),
        .api_version = "2024-01-01",
        .after = after,
        .after_count = COUNT(after),
        .outputs = outputs,
        .output_count = COUNT(outputs),
        .output_size = sizeof *outputs,
        .expected_seconds = 10};
    json_t *body =
        json_pack("{s:s, s:{s:{s:[s]}, s:[{s:s, s:{s:s}}], s:{s:o}}}", "location",
                  fh_value(call, "/region"), "properties", "addressSpace", "addressPrefixes", range,
                  "subnets", "name", "machines", "properties", "addressPrefix", range,
                  "dhcpOptions", "dnsServers", servers ? servers : json_array());
    return fh_json_step(call, &step, body);
}

/* The desired state, from the request alone: no clock, no chance, no network, no files. */
static int32_t plan(struct fh_call *call)
{
    int32_t result = plan_group(call);
    if (result == FH_OK)
        result = plan_network(call);
    if (result == FH_OK)
        result = fh_export(call, "subnetId", "${network.subnet}");
    if (result == FH_OK)
        result = fh_export(call, "region", fh_value(call, "/region"));
    return result;
}

/* What people see of it. */
static int32_t observe(struct fh_call *call)
{
    int32_t result = fh_status(call, "Complete", "Ready to use", NULL);
    if (result == FH_OK)
        result = fh_detail(call, "addressRange", "Address range",
                           fh_value(call, "/fields/address-range"));
    return result;
}

static const struct fh_plugin plugin = {
    FH_PLUGIN_HEAD,
    .kind = "connection",
    .name = "example",
    .version = "0.1",
    .summary = "A virtual network of its own",
    .field_size = sizeof(struct fh_field),
    .fields = fields,
    .field_count = COUNT(fields),
    .check = check,
    .plan = plan,
    .observe = observe,
    .required_roles = "Contributor on the managed subscription",
};

const struct fh_plugin *fh_plugin_entry(void)
{
    return &plugin;
}
