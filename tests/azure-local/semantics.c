/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What azure-local answers: a table of requests, each with the status and code that Azure would
 * give. The rows build on one another; after each the clock is advanced, so that operations end.
 */
#include "client.h"

#include "../unit/tap_main.h"

#include <string.h>

enum who { HOST, OWNER, READER, NOBODY };

struct row {
    const char *title;
    enum who who;
    const char *method, *target; /* without api-version, unless it has a query */
    const char *body;
    long status;
    const char *code;  /* of the error; NULL: none is wanted */
    const char *holds; /* path=value of the answer */
    bool now;          /* don't advance the clock afterwards */
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
#define PASSWORD   ",\"adminPassword\":\"Not-a-real-1\""
#define DESK       "@N/virtualNetworks/net/subnets/desks"
#define WEST       "@N/virtualNetworks/west/subnets/desks"
#define GOOD(NAME) MACHINE("eastus", "1", "Standard_D2s_v5", NAME, PASSWORD, DESK, "")

#include "semantics-rows.h"

static struct local local;

static void start(void)
{
    local_start(&local, NULL, "--no-throttle");
}

static void stop(void)
{
    local_stop(&local);
}

static const char *api_version(const char *target)
{
    static const struct {
        const char *part, *version;
    } versions[] = {{"Microsoft.Authorization", "2022-04-01"},
                    {"/galleries", "2023-07-03"},
                    {"/disks", "2024-03-02"},
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
    const char *sign = strchr(row->holds, '=');
    char *path = strndup(row->holds, (size_t)(sign - row->holds));
    json_t *value = follow(json, path);
    char *text = value && !json_is_string(value) ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT)
                 : value                         ? strdup(json_string_value(value))
                                                 : strdup("nothing");

    ck_assert_msg(strcmp(text, sign + 1) == 0, "%s: %s is %s, not %s", row->title, path, text,
                  sign + 1);
    free(text);
    free(path);
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
    const struct row *row = &rows[_i];
    const char *const tokens[] = {local.host_token, local.customer_token, local.auditor_token,
                                  NULL};
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
        local_advance(&local, 60);
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
    tcase_add_loop_test(rows_case, answers_as_azure_does, 0, sizeof rows / sizeof *rows);
    suite_add_tcase(suite, rows_case);
    return tap_main(suite);
}
