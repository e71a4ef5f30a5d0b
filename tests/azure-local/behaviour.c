/* SPDX-License-Identifier: Apache-2.0 */
/* What azure-local does beside answering: faults, tokens, throttling, blobs, its control plane. */
#include "client.h"

#include "../unit/tap_main.h"
#include "signer.h"

#include <curl/curl.h>
#include <string.h>
#include <unistd.h>

#define GROUP    "/subscriptions/" MANAGED "/resourceGroups/desks"
#define AT       "?api-version=2024-07-01"
#define NET      "?api-version=2024-01-01"
#define RULES_ID GROUP "/providers/Microsoft.Network/networkSecurityGroups/rules"
#define PLACE    "{\"location\":\"eastus\"}"

static struct local local;

static void start(void)
{
    local_start(&local, NULL, "--no-throttle");
}

static void stop(void)
{
    local_stop(&local);
}

static struct got ask(const char *method, const char *target, const char *body)
{
    struct ask ask = {.token = local.host_token, .method = method, .target = target, .body = body};
    struct got got;

    local_ask(&local, &ask, &got);
    return got;
}

static long status_of(const char *method, const char *target, const char *body)
{
    struct got got = ask(method, target, body);
    long status = got.failure ? -got.failure : got.status;

    got_end(&got);
    return status;
}

static long count_of(const char *name)
{
    json_t *counts = local_look(&local, "/_local/counts");
    long count = (long)json_integer_value(json_object_get(counts, name));

    json_decref(counts);
    return count;
}

/* Every fault, at the PUT of a security group: what the client sees, and whether the group is
 * there. */
static const struct fault_row {
    const char *rule;   /* without method and path */
    long first, second; /* of two PUTs; a broken connection is a CURLcode below 0 */
    bool exists;        /* between the two */
} fault_rows[] = {
    {"\"effect\":\"status\",\"status\":503", 503, 201, false},
    {"\"effect\":\"status\",\"status\":429,\"wrapper\":false,\"retryAfter\":7", 429, 201, false},
    {"\"effect\":\"status\",\"nth\":2,\"status\":500", 201, 500, true},
    {"\"effect\":\"lost-request\"", -CURLE_GOT_NOTHING, 201, false},
    {"\"effect\":\"lost-reply\"", -CURLE_GOT_NOTHING, 409, true},
    {"\"effect\":\"truncated\"", -CURLE_PARTIAL_FILE, 409, true},
    {"\"effect\":\"malformed\"", 201, 409, true},
    {"\"effect\":\"slow\",\"delay\":200", 201, 409, true},
    {"\"effect\":\"expire-token\"", 401, 401, false},
    {"\"effect\":\"not-found-after-put\",\"reads\":1", 201, 409, false},
};

START_TEST(a_fault_happens_when_asked_for)
{
    const struct fault_row *row = &fault_rows[_i];
    char *rules = NULL;

    ck_assert_int_eq(status_of("PUT", GROUP AT, PLACE), 201);
    ck_assert_int_gt(asprintf(&rules, "[{\"method\":\"PUT\",\"path\":\"*/rules\",%s}]", row->rule),
                     0);
    local_post(&local, "/_local/faults", rules);
    ck_assert_int_eq(status_of("PUT", RULES_ID NET, PLACE), row->first);
    free(local.auditor_token);
    local.auditor_token = local_token(&local, TENANT, AUDITOR_CLIENT, "local-auditor-secret");
    struct ask look = {.token = local.auditor_token, .method = "GET", .target = RULES_ID NET};
    struct got got;
    local_ask(&local, &look, &got);
    ck_assert_int_eq(got.status, row->exists ? 200 : 404);
    got_end(&got);
    ck_assert_int_eq(status_of("PUT", RULES_ID NET, PLACE), row->second);
    free(rules);
}
END_TEST

static void put_rules_with(const char *rule)
{
    ck_assert_int_eq(status_of("PUT", GROUP AT, PLACE), 201);
    local_post(&local, "/_local/faults", rule);
    ck_assert_int_eq(status_of("PUT", RULES_ID NET, PLACE), 201);
    local_advance(&local, 10);
}

static void check_state(const char *state)
{
    struct got got = ask("GET", RULES_ID NET, NULL);
    json_t *properties = json_object_get(got.json, "properties");

    ck_assert_str_eq(json_string_value(json_object_get(properties, "provisioningState")), state);
    got_end(&got);
}

START_TEST(an_operation_fails_when_asked_to)
{
    put_rules_with("[{\"path\":\"*/rules\",\"effect\":\"async-failure\",\"code\":\"Broken\"}]");
    check_state("Failed");
    local_advance(&local, 1000);
    check_state("Failed");
}
END_TEST

START_TEST(a_failure_turns_out_to_have_worked)
{
    put_rules_with("[{\"path\":\"*/rules\",\"effect\":\"late-success\",\"after\":100}]");
    check_state("Failed");
    local_advance(&local, 200);
    check_state("Succeeded");
}
END_TEST

START_TEST(an_operation_is_watched_by_its_url)
{
    struct got got, poll;
    char *url;

    ck_assert_int_eq(status_of("PUT", GROUP AT, PLACE), 201);
    got = ask("PUT", RULES_ID NET, PLACE);
    url = got_header(&got, "Azure-AsyncOperation");
    ck_assert_ptr_nonnull(url);
    ck_assert_int_eq(strncmp(url, local.base, strlen(local.base)), 0);
    poll = ask("GET", url + strlen(local.base), NULL);
    ck_assert_str_eq(json_string_value(json_object_get(poll.json, "status")), "InProgress");
    got_end(&poll);
    local_advance(&local, 60);
    poll = ask("GET", url + strlen(local.base), NULL);
    ck_assert_str_eq(json_string_value(json_object_get(poll.json, "status")), "Succeeded");
    got_end(&poll);
    got_end(&got);
    free(url);
}
END_TEST

START_TEST(the_secret_and_the_scope_are_checked)
{
    struct ask form = {.method = "POST",
                       .target = "/" TENANT "/oauth2/v2.0/token",
                       .type = "application/x-www-form-urlencoded",
                       .body = "grant_type=client_credentials&client_id=" HOST_CLIENT
                               "&client_secret=local-managed-secret&scope=read"};
    struct got got;

    ck_assert_ptr_null(local_token(&local, TENANT, HOST_CLIENT, "wrong"));
    ck_assert_ptr_null(local_token(&local, TENANT, "nobody", "wrong"));
    ck_assert_ptr_null(
        local_token(&local, PARTNER_TENANT, CUSTOMER_CLIENT, "local-customer-secret"));
    local_ask(&local, &form, &got);
    ck_assert_int_eq(got.status, 400);
    ck_assert_ptr_nonnull(strstr(got.body, "AADSTS1002012"));
    got_end(&got);
}
END_TEST

START_TEST(the_managed_identity_wants_its_header)
{
    static const char target[] =
        "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://"
        "management.azure.com/";
    struct ask plain = {.method = "GET", .target = target};
    struct ask good = {.method = "GET", .target = target, .headers = "Metadata: true"};
    struct got got;

    local_ask(&local, &plain, &got);
    ck_assert_int_eq(got.status, 400);
    got_end(&got);
    local_ask(&local, &good, &got);
    ck_assert_int_eq(got.status, 200);
    ck_assert(json_is_string(json_object_get(got.json, "expires_in")));
    got_end(&got);
}
END_TEST

START_TEST(a_token_expires_with_the_calendar)
{
    ck_assert_int_eq(status_of("GET", "/subscriptions/" MANAGED "?api-version=2022-12-01", NULL),
                     200);
    local_post(&local, "/_local/clock", "{\"advance\":4000,\"calendar\":true}");
    ck_assert_int_eq(status_of("GET", "/subscriptions/" MANAGED "?api-version=2022-12-01", NULL),
                     401);
}
END_TEST

/* A peering into another tenant, with the token of each. */
START_TEST(two_tenants_take_two_tokens)
{
    static const char vnet[] = GROUP "/providers/Microsoft.Network/virtualNetworks/net";
    static const char peering[] =
        GROUP "/providers/Microsoft.Network/virtualNetworks/net/virtualNetworkPeerings/branch" NET;
    static const char body[] =
        "{\"properties\":{\"remoteVirtualNetwork\":{\"id\":\"/subscriptions/" PARTNER
        "/resourceGroups/branch-network/providers/Microsoft.Network/virtualNetworks/branch\"}}}";
    char *token = local_token(&local, PARTNER_TENANT, HOST_CLIENT, "local-managed-secret");
    char *more = NULL, *target = NULL;
    struct ask both = {.token = local.host_token, .method = "PUT", .target = peering, .body = body};
    struct got got;

    ck_assert_int_eq(status_of("PUT", GROUP AT, PLACE), 201);
    ck_assert_int_gt(asprintf(&target, "%s%s", vnet, NET), 0);
    ck_assert_int_eq(status_of("PUT", target,
                               "{\"location\":\"eastus\",\"properties\":{\"addressSpace\":{"
                               "\"addressPrefixes\":[\"172.18.0.0/16\"]}}}"),
                     201);
    local_advance(&local, 60);
    ck_assert_int_eq(status_of("PUT", peering, body), 403);
    ck_assert_int_gt(asprintf(&more, "x-ms-authorization-auxiliary: Bearer %s", token), 0);
    both.headers = more;
    local_ask(&local, &both, &got);
    ck_assert_int_eq(got.status, 201);
    got_end(&got);
    free(token);
    free(target);
    free(more);
}
END_TEST

#define HUB_LINK                                                                                   \
    "/subscriptions/" PARTNER                                                                      \
    "/resourceGroups/partner-wan/providers/Microsoft.Network/virtualHubs/partner-hub/"             \
    "hubVirtualNetworkConnections/desks" NET

#define OURS GROUP "/providers/Microsoft.Network/virtualNetworks/net"
#define THEIRS                                                                                     \
    "/subscriptions/" CUSTOMER                                                                     \
    "/resourceGroups/customer-wan/providers/Microsoft.Network/virtualNetworks/datacenter"

/* The status of connecting a network to the hub of another tenant, with that second token. */
static long connect_abroad(const char *partner_token, const char *second, const char *vnet)
{
    char *more = NULL, *body = NULL;
    struct ask ask = {.token = partner_token, .method = "PUT", .target = HUB_LINK};
    struct got got;
    long status;

    ck_assert_int_gt(
        asprintf(&body, "{\"properties\":{\"remoteVirtualNetwork\":{\"id\":\"%s\"}}}", vnet), 0);
    ask.body = body;
    if (second)
        ck_assert_int_gt(asprintf(&more, "x-ms-authorization-auxiliary: Bearer %s", second), 0);
    ask.headers = more;
    local_ask(&local, &ask, &got);
    status = got.status;
    if (status == 403)
        ck_assert_ptr_nonnull(strstr(got.body, "LinkedAuthorizationFailed"));
    got_end(&got);
    free(more);
    free(body);
    return status;
}

/* Somebody of the partner's tenant gets rights in the customer's subscription. */
static void invite_partner(void)
{
    struct ask ask = {.token = local.customer_token,
                      .method = "PUT",
                      .target = "/subscriptions/" CUSTOMER
                                "/providers/Microsoft.Authorization/roleAssignments/"
                                "aaaaaaaa-0000-4000-8000-000000000001?api-version=2022-04-01",
                      .body = "{\"properties\":{\"roleDefinitionId\":\"/subscriptions/" CUSTOMER
                              "/providers/Microsoft.Authorization/roleDefinitions/"
                              "4d97b98b-1d4f-4787-a291-c67834d212e7\",\"principalId\":"
                              "\"44444444-7777-4000-8000-444444444444\"}}"};
    struct got got;

    local_ask(&local, &ask, &got);
    ck_assert_int_eq(got.status, 201);
    got_end(&got);
}

/* A hub in one tenant, a network in another: the second token must be one, of the right tenant, of
 * somebody who may, and must not have expired. */
START_TEST(a_hub_of_another_tenant_takes_two_tokens)
{
    char *partner = local_token(&local, PARTNER_TENANT, HOST_CLIENT, "local-managed-secret");

    ck_assert_int_eq(status_of("PUT", GROUP AT, PLACE), 201);
    ck_assert_int_eq(status_of("PUT", GROUP "/providers/Microsoft.Network/virtualNetworks/net" NET,
                               "{\"location\":\"eastus\",\"properties\":{\"addressSpace\":{"
                               "\"addressPrefixes\":[\"172.18.0.0/16\"]}}}"),
                     201);
    local_advance(&local, 60);
    ck_assert_int_eq(connect_abroad(partner, NULL, OURS), 403);
    ck_assert_int_eq(connect_abroad(partner, partner, OURS), 403);
    ck_assert_int_eq(connect_abroad(partner, "nonsense", OURS), 403);
    ck_assert_int_eq(connect_abroad(partner, local.auditor_token, OURS), 403);
    ck_assert_int_eq(connect_abroad(local.host_token, local.host_token, OURS), 401);
    invite_partner();
    ck_assert_int_eq(connect_abroad(partner, partner, THEIRS), 403);
    local_post(&local, "/_local/clock", "{\"advance\":4000,\"calendar\":true}");
    free(partner);
    partner = local_token(&local, PARTNER_TENANT, HOST_CLIENT, "local-managed-secret");
    ck_assert_int_eq(connect_abroad(partner, local.host_token, OURS), 403);
    free(local.host_token);
    local.host_token = local_token(&local, TENANT, HOST_CLIENT, "local-managed-secret");
    ck_assert_int_eq(connect_abroad(partner, local.host_token, OURS), 201);
    free(partner);
}
END_TEST

/* Rights to a resource group are enough to watch what was started there, but not for others. */
START_TEST(an_operation_is_watched_by_who_started_it)
{
    char *token = local_token(&local, TENANT, HUB_CLIENT, "local-hub-secret");
    struct ask ask = {.token = token,
                      .method = "DELETE",
                      .target = "/subscriptions/" CUSTOMER
                                "/resourceGroups/customer-wan/providers/Microsoft.Network/"
                                "virtualHubs/corp-hub/hubVirtualNetworkConnections/datacenter" NET};
    struct got got, poll;
    char *url;

    local_ask(&local, &ask, &got);
    ck_assert_int_eq(got.status, 202);
    url = got_header(&got, "Azure-AsyncOperation");
    ck_assert_ptr_nonnull(url);
    ask.method = "GET";
    ask.target = url + strlen(local.base);
    local_ask(&local, &ask, &poll);
    ck_assert_int_eq(poll.status, 200);
    got_end(&poll);
    ask.token = local.auditor_token;
    local_ask(&local, &ask, &poll);
    ck_assert_int_eq(poll.status, 403);
    got_end(&poll);
    got_end(&got);
    free(url);
    free(token);
}
END_TEST

/* What Azure serialises it also says when to try again. */
START_TEST(a_subnet_out_of_turn_is_told_to_wait)
{
    static const char subnet[] =
        GROUP "/providers/Microsoft.Network/virtualNetworks/net/subnets/desks" NET;
    static const char body[] = "{\"properties\":{\"addressPrefix\":\"172.18.0.0/24\"}}";
    struct got got;
    char *wait;

    ck_assert_int_eq(status_of("PUT", GROUP AT, PLACE), 201);
    ck_assert_int_eq(status_of("PUT", GROUP "/providers/Microsoft.Network/virtualNetworks/net" NET,
                               "{\"location\":\"eastus\",\"properties\":{\"addressSpace\":{"
                               "\"addressPrefixes\":[\"172.18.0.0/16\"]}}}"),
                     201);
    got = ask("PUT", subnet, body);
    wait = got_header(&got, "Retry-After");
    ck_assert_int_eq(got.status, 429);
    ck_assert_ptr_nonnull(wait);
    ck_assert_int_ge(atoi(wait), 1);
    got_end(&got);
    free(wait);
    local_advance(&local, 60);
    ck_assert_int_eq(status_of("PUT", subnet, body), 201);
}
END_TEST

#define OFFICE_GATEWAY                                                                             \
    "/subscriptions/" CUSTOMER "/resourceGroups/customer-network/providers/Microsoft.Network/"     \
    "virtualNetworkGateways/office"
#define PLACE_OF(NAME) GROUP "/providers/Microsoft.Network/" NAME NET

/* A reset and a key are operations like others: they fail when asked to, and nothing changed. */
START_TEST(actions_fail_when_asked_to)
{
    static const char site[] =
        "{\"location\":\"eastus\",\"properties\":{\"gatewayIpAddress\":"
        "\"203.0.113.10\",\"localNetworkAddressSpace\":{\"addressPrefixes\":["
        "\"192.168.0.0/24\"]}}}";
    static const char link[] =
        "{\"location\":\"eastus\",\"properties\":{\"connectionType\":\"IPsec\",\"sharedKey\":"
        "\"old\","
        "\"virtualNetworkGateway1\":{\"id\":\"" OFFICE_GATEWAY
        "\",\"properties\":{}},\"localNetworkGateway2\":{\"id\":\"" GROUP
        "/providers/Microsoft.Network/localNetworkGateways/site\",\"properties\":{}}}}";
    struct got got;

    ck_assert_int_eq(status_of("PUT", GROUP AT, PLACE), 201);
    ck_assert_int_eq(status_of("PUT", PLACE_OF("localNetworkGateways/site"), site), 201);
    local_advance(&local, 60);
    ck_assert_int_eq(status_of("PUT", PLACE_OF("connections/site"), link), 201);
    local_advance(&local, 60);
    local_post(&local, "/_local/faults",
               "[{\"path\":\"*/sharedkey\",\"method\":\"PUT\",\"effect\":\"async-failure\","
               "\"code\":\"Broken\"},{\"path\":\"*/reset\",\"effect\":\"lost-reply\"}]");
    ck_assert_int_eq(
        status_of("PUT", PLACE_OF("connections/site/sharedkey"), "{\"value\":\"new\"}"), 200);
    local_advance(&local, 60);
    got = ask("GET", PLACE_OF("connections/site/sharedkey"), NULL);
    ck_assert_str_eq(json_string_value(json_object_get(got.json, "value")), "old");
    got_end(&got);
    ck_assert_int_eq(status_of("POST", OFFICE_GATEWAY "/reset" NET, NULL), -CURLE_GOT_NOTHING);
    ck_assert_int_eq(status_of("POST", OFFICE_GATEWAY "/reset" NET, NULL), 409);
}
END_TEST

static const char device_world[] =
    "[tenant \"contoso\"]\nid = " TENANT "\n[device \"branch\"]\naddress = 203.0.113.10\n"
    "shared-key = secret\nremote = any\nnetworks = 192.168.0.0/24, 192.168.1.0/24\n";

START_TEST(the_world_tells_of_devices)
{
    struct local world;
    char *text;

    local_start(&world, device_world, "--no-throttle");
    text = local_text(&world, "/_local/devices");
    ck_assert_str_eq(text, "[{\"name\":\"branch\",\"address\":\"203.0.113.10\",\"remote\":\"any\","
                           "\"networks\":[\"192.168.0.0/24\",\"192.168.1.0/24\"]}]");
    free(text);
    local_stop(&world);
}
END_TEST

/* Does nothing that differs between two worlds. */
static char *build(const char *seed)
{
    struct local one;
    char *state;

    local_start(&one, NULL, seed);
    local = one;
    ck_assert_int_eq(status_of("PUT", GROUP AT, PLACE), 201);
    ck_assert_int_eq(status_of("PUT", RULES_ID NET, PLACE), 201);
    local_advance(&local, 60);
    state = local_text(&local, "/_local/state");
    local_stop(&local);
    return state;
}

START_TEST(equal_worlds_compare_equal)
{
    char *one = build("--seed=1"), *two = build("--seed=2");

    ck_assert_ptr_nonnull(strstr(one, "networkSecurityGroups/rules"));
    ck_assert_str_eq(one, two);
    free(one);
    free(two);
}
END_TEST

START_TEST(writes_are_throttled_after_two_hundred)
{
    long status = 0;
    char *wait;
    struct got got;
    int sent = 0;

    local_start(&local, NULL, "--time-scale=0.01");
    while (sent < 300 && status != 429) {
        status = status_of("PUT", GROUP AT, PLACE);
        sent++;
    }
    ck_assert_int_ge(sent, 200);
    ck_assert_int_le(sent, 205);
    ck_assert_int_eq(count_of("violations"), 0);
    usleep(200000);
    got = ask("PUT", GROUP AT, PLACE);
    wait = got_header(&got, "Retry-After");
    ck_assert_int_eq(got.status, 429);
    ck_assert_ptr_nonnull(wait);
    ck_assert_int_ge(atoi(wait), 1);
    ck_assert_int_eq(count_of("violations"), 1);
    ck_assert_int_eq(count_of("throttled"), 2);
    ck_assert_int_eq(status_of("GET", GROUP AT, NULL), 200);
    got_end(&got);
    free(wait);
    local_stop(&local);
}
END_TEST

START_TEST(the_certificate_of_a_client_is_checked)
{
    struct signer signer;
    struct local plain;
    char *world = signer_start(&signer);

    local_start(&plain, world, "--no-throttle");
    for (int fault = SIGNED_WELL; fault < SIGNED_COUNT; fault++) {
        char *form = signer_form(&signer, plain.base, (enum signed_how)fault);
        struct ask ask = {.method = "POST",
                          .target = "/" TENANT "/oauth2/v2.0/token",
                          .type = "application/x-www-form-urlencoded",
                          .body = form};
        struct got got;

        local_ask(&plain, &ask, &got);
        ck_assert_msg(got.status == (fault <= SIGNED_WELL_RS256 ? 200 : 401), "%d: %ld %s", fault,
                      got.status, got.body);
        got_end(&got);
        free(form);
    }
    local_stop(&plain);
    signer_end(&signer, world);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("azure-local");
    TCase *each = tcase_create("behaviour"), *own = tcase_create("own");

    tcase_add_checked_fixture(each, start, stop);
    tcase_set_timeout(each, 30);
    tcase_add_loop_test(each, a_fault_happens_when_asked_for, 0,
                        sizeof fault_rows / sizeof *fault_rows);
    tcase_add_test(each, an_operation_fails_when_asked_to);
    tcase_add_test(each, a_failure_turns_out_to_have_worked);
    tcase_add_test(each, an_operation_is_watched_by_its_url);
    tcase_add_test(each, the_secret_and_the_scope_are_checked);
    tcase_add_test(each, the_managed_identity_wants_its_header);
    tcase_add_test(each, a_token_expires_with_the_calendar);
    tcase_add_test(each, two_tenants_take_two_tokens);
    tcase_add_test(each, a_hub_of_another_tenant_takes_two_tokens);
    tcase_add_test(each, an_operation_is_watched_by_who_started_it);
    tcase_add_test(each, a_subnet_out_of_turn_is_told_to_wait);
    tcase_add_test(each, actions_fail_when_asked_to);
    tcase_set_timeout(own, 60);
    tcase_add_test(own, equal_worlds_compare_equal);
    tcase_add_test(own, the_world_tells_of_devices);
    tcase_add_test(own, writes_are_throttled_after_two_hundred);
    tcase_add_test(own, the_certificate_of_a_client_is_checked);
    suite_add_tcase(suite, each);
    suite_add_tcase(suite, own);
    return tap_main(suite);
}
