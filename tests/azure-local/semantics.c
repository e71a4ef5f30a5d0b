/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What azure-local answers: a table of requests, each with the status and code that Azure would
 * give. The rows build on one another; after each the clock is advanced, so that operations end.
 */
#include "client.h"

#include "../unit/tap_main.h"

#include <string.h>

enum who { HOST, OWNER, READER, HUB, NOBODY };

struct row {
    const char *title;
    enum who who;
    const char *method, *target; /* without api-version, unless it has a query */
    const char *body;
    long status;
    const char *code;  /* of the error; NULL: none is wanted */
    const char *holds; /* path=value of the answer */
    bool now;          /* don't advance the clock afterwards */
    int seconds;       /* that it is advanced instead of a minute */
};

#define RULE(NAME, PRIORITY)                                                                       \
    "{\"name\":\"" NAME                                                                            \
    "\",\"properties\":{\"protocol\":\"*\",\"access\":\"Deny\",\"direction\":\"Inbound\","         \
    "\"priority\":" PRIORITY                                                                       \
    ",\"sourcePortRange\":\"*\",\"destinationPortRange\":\"*\",\"sourceAddressPrefix\":\"*\","     \
    "\"destinationAddressPrefix\":\"*\"}}"
#define RULES(LIST) "{\"location\":\"eastus\",\"properties\":{\"securityRules\":[" LIST "]}}"
#define ROUTE(NAME, PREFIX, HOP)                                                                   \
    "{\"name\":\"" NAME "\",\"properties\":{\"addressPrefix\":\"" PREFIX                           \
    "\",\"nextHopType\":\"" HOP "\"}}"
#define ROUTES(LIST) "{\"location\":\"eastus\",\"properties\":{\"routes\":[" LIST "]}}"
#define SUBNET(NAME, PREFIX, MORE)                                                                 \
    "{\"name\":\"" NAME "\",\"properties\":{\"addressPrefix\":\"" PREFIX "\"" MORE "}}"
#define VNET(SPACE, SUBNETS)                                                                       \
    "{\"location\":\"eastus\",\"properties\":{\"addressSpace\":{\"addressPrefixes\":[" SPACE       \
    "]},\"subnets\":[" SUBNETS "]}}"
#define PEERING(REMOTE, MORE)                                                                      \
    "{\"properties\":{\"remoteVirtualNetwork\":{\"id\":\"" REMOTE                                  \
    "\"},\"allowVirtualNetworkAccess\":true" MORE "}}"
#define MACHINE(LOCATION, ZONE, SIZE, NAME, SECRET, SUBNET_ID, MORE)                               \
    "{\"location\":\"" LOCATION "\",\"zones\":[\"" ZONE                                            \
    "\"],\"properties\":{\"hardwareProfile\":{\"vmSize\":\"" SIZE                                  \
    "\"},\"storageProfile\":{\"imageReference\":{\"publisher\":\"MicrosoftWindowsDesktop\","       \
    "\"offer\":\"windows-11\",\"sku\":\"win11-24h2-pro\",\"version\":\"latest\"},\"osDisk\":{"     \
    "\"createOption\":\"FromImage\",\"deleteOption\":\"Delete\"}},\"osProfile\":{"                 \
    "\"computerName\":\"" NAME "\",\"adminUsername\":\"operator\"" SECRET                          \
    "},\"networkProfile\":{\"networkApiVersion\":\"2020-11-01\","                                  \
    "\"networkInterfaceConfigurations\":[{\"name\":\"nic\",\"properties\":{\"primary\":true,"      \
    "\"deleteOption\":\"Delete\",\"ipConfigurations\":[{\"name\":\"ip\",\"properties\":{"          \
    "\"subnet\":{\"id\":\"" SUBNET_ID "\"}}}]}}]}" MORE "}}"
#define ADDRESS(SKU, METHOD)                                                                       \
    "{\"location\":\"eastus\",\"sku\":{\"name\":\"" SKU                                            \
    "\"},\"properties\":{\"publicIPAllocationMethod\":\"" METHOD "\"}}"
#define NAT(MINUTES, ADDRESSES)                                                                    \
    "{\"location\":\"eastus\",\"sku\":{\"name\":\"Standard\"},\"properties\":{"                    \
    "\"idleTimeoutInMinutes\":" MINUTES ",\"publicIpAddresses\":[" ADDRESSES "]}}"
#define VPN_SUBNET  "@N/virtualNetworks/vpn/subnets/GatewaySubnet"
#define VPN_ADDRESS "@N/publicIPAddresses/vpn"
#define GATEWAY(SKU, SUBNET_ID, ADDRESS_ID, MORE)                                                  \
    "{\"location\":\"eastus\",\"properties\":{\"gatewayType\":\"Vpn\",\"vpnType\":\"RouteBased\"," \
    "\"sku\":{\"name\":\"" SKU "\",\"tier\":\"" SKU                                                \
    "\"},\"ipConfigurations\":[{\"name\":\"default\",\"properties\":{\"subnet\":{\"id\":"          \
    "\"" SUBNET_ID "\"},\"publicIPAddress\":{\"id\":\"" ADDRESS_ID "\"}}}]" MORE "}}"
#define SITE(IP, PREFIXES, MORE)                                                                   \
    "{\"location\":\"eastus\",\"properties\":{\"gatewayIpAddress\":\"" IP                          \
    "\",\"localNetworkAddressSpace\":{\"addressPrefixes\":[" PREFIXES "]}" MORE "}}"
#define CONNECTION(TYPE, SITE_NAME, MORE)                                                          \
    "{\"location\":\"eastus\",\"properties\":{\"connectionType\":\"" TYPE                          \
    "\",\"virtualNetworkGateway1\":{\"id\":\"@N/virtualNetworkGateways/vpn\",\"properties\":{}},"  \
    "\"localNetworkGateway2\":{\"id\":\"@N/localNetworkGateways/" SITE_NAME                        \
    "\",\"properties\":{}}" MORE "}}"
#define POLICY(SECONDS)                                                                            \
    ",\"ipsecPolicies\":[{\"saLifeTimeSeconds\":" SECONDS                                          \
    ",\"saDataSizeKilobytes\":102400000,\"ipsecEncryption\":\"AES256\",\"ipsecIntegrity\":"        \
    "\"SHA256\",\"ikeEncryption\":\"AES256\",\"ikeIntegrity\":\"SHA256\",\"dhGroup\":"             \
    "\"DHGroup14\",\"pfsGroup\":\"PFS2048\"}]"
#define DEVICE(IP, KEY, REMOTE, RANGES)                                                            \
    "{\"address\":\"" IP "\",\"sharedKey\":\"" KEY "\",\"remote\":\"" REMOTE                       \
    "\",\"networks\":[" RANGES "]}"
#define NETWORKS        "\"192.168.11.0/24\",\"192.168.10.0/24\""
#define UP              "properties.connectionStatus=Connected"
#define DOWN            "properties.connectionStatus=NotConnected"
#define KEY_32          "abcdefghijklmnopqrstuvwxyz012345"
#define KEY_129         KEY_32 KEY_32 KEY_32 KEY_32 "6"
#define SPOKE           "@H/virtualHubs/corp-hub/hubVirtualNetworkConnections/spoke"
#define TABLE(HUB_NAME) "@H/virtualHubs/" HUB_NAME "/hubRouteTables/defaultRouteTable"
#define HUBBED(REMOTE, MORE)                                                                       \
    "{\"properties\":{\"remoteVirtualNetwork\":{\"id\":\"" REMOTE                                  \
    "\"},\"enableInternetSecurity\":true" MORE "}}"
#define PASSWORD   ",\"adminPassword\":\"Not-a-real-1\""
#define DESK       "@N/virtualNetworks/net/subnets/desks"
#define WEST       "@N/virtualNetworks/west/subnets/desks"
#define GOOD(NAME) MACHINE("eastus", "1", "Standard_D2s_v5", NAME, PASSWORD, DESK, "")

#include "semantics-rows.h"

#include "semantics-hub-rows.h"
#include "semantics-image-rows.h"
#include "semantics-vpn-rows.h"

#define TABLE_OF(ROWS)                                                                             \
    {                                                                                              \
        ROWS, sizeof ROWS / sizeof *ROWS                                                           \
    }

static const struct {
    const struct row *rows;
    size_t count;
} tables[] = {TABLE_OF(network_rows), TABLE_OF(vpn_rows), TABLE_OF(hub_rows), TABLE_OF(image_rows),
              TABLE_OF(machine_rows)};

static int count_rows(void)
{
    size_t count = 0;

    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        count += tables[i].count;
    return (int)count;
}

static const struct row *row_at(int index)
{
    size_t at = (size_t)index, i = 0;

    while (at >= tables[i].count)
        at -= tables[i++].count;
    return &tables[i].rows[at];
}

static struct local local;
static char *hub_token;

static void start(void)
{
    local_start(&local, NULL, "--no-throttle");
    hub_token = local_token(&local, TENANT, HUB_CLIENT, "local-hub-secret");
}

static void stop(void)
{
    free(hub_token);
    local_stop(&local);
}

static const char *api_version(const char *target)
{
    static const struct {
        const char *part, *version;
    } versions[] = {{"Microsoft.Authorization", "2022-04-01"},
                    {"/galleries", "2023-07-03"},
                    {"/disks", "2024-03-02"},
                    {"/snapshots", "2024-03-02"},
                    {"/diskEncryptionSets", "2024-03-02"},
                    {"Microsoft.KeyVault", "2023-07-01"},
                    {"/skus?", "2021-07-01"},
                    {"Microsoft.Compute", "2024-07-01"},
                    {"Microsoft.Network", "2024-01-01"},
                    {"Microsoft.Storage", "2023-05-01"},
                    {"/resource", "2024-07-01"}};

    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
        if (strcasestr(target, versions[i].part))
            return versions[i].version;
    return "2022-12-01";
}

static json_t *follow(json_t *json, const char *path)
{
    char name[64];

    while (json && *path) {
        size_t length = strcspn(path, ".");

        memcpy(name, path, length);
        name[length] = '\0';
        json = json_is_array(json) ? json_array_get(json, (size_t)atoi(name))
                                   : json_object_get(json, name);
        path += length + (path[length] == '.');
    }
    return json;
}

static void check_holds(const struct row *row, json_t *json)
{
    char *holds = expand(row->holds), *sign = strchr(holds, '=');
    char *path = strndup(holds, (size_t)(sign - holds));
    json_t *value = follow(json, path);
    char *text = value && !json_is_string(value) ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT)
                 : value                         ? strdup(json_string_value(value))
                                                 : strdup("nothing");

    ck_assert_msg(strcmp(text, sign + 1) == 0, "%s: %s is %s, not %s", row->title, path, text,
                  sign + 1);
    free(text);
    free(path);
    free(holds);
}

static void check_answer(const struct row *row, const struct got *got)
{
    const char *code = json_string_value(follow(got->json, "error.code"));

    ck_assert_msg(got->status == row->status, "%s: %ld, not %ld: %s", row->title, got->status,
                  row->status, got->body ? got->body : "");
    if (row->code)
        ck_assert_msg(code && strcmp(code, row->code) == 0, "%s: the code is %s, not %s",
                      row->title, code ? code : "nothing", row->code);
    if (row->holds)
        check_holds(row, got->json);
}

START_TEST(answers_as_azure_does)
{
    const struct row *row = row_at(_i);
    const char *const tokens[] = {local.host_token, local.customer_token, local.auditor_token,
                                  hub_token, NULL};
    char *path = expand(row->target), *body = row->body ? expand(row->body) : NULL, *target = NULL;
    struct ask ask = {.token = tokens[row->who], .method = row->method, .body = body};
    struct got got;

    ck_assert_int_gt(asprintf(&target, "%s%sapi-version=%s", path, strchr(path, '?') ? "&" : "?",
                              api_version(path)),
                     0);
    ask.target = strstr(path, "bare") ? path : target;
    local_ask(&local, &ask, &got);
    check_answer(row, &got);
    if (!row->now && got.status < 300)
        local_advance(&local, row->seconds ? row->seconds : 60);
    got_end(&got);
    free(path);
    free(body);
    free(target);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("azure-local");
    TCase *rows_case = tcase_create("semantics");

    tcase_add_unchecked_fixture(rows_case, start, stop);
    tcase_set_timeout(rows_case, 30);
    tcase_add_loop_test(rows_case, answers_as_azure_does, 0, count_rows());
    suite_add_tcase(suite, rows_case);
    return tap_main(suite);
}
