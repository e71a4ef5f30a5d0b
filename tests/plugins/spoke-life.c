/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lives of a spoke: plans of connection/vwan-spoke, one change after another, run by the engine
 * against an Azure that minds what lies on what. A range goes and comes back, parts fail and are
 * tried again, and at the end nothing is left. What no single plan shows: that what one plan made
 * can be undone after another.
 */
#include "plan_fixture.h"
#include "tap_main.h"

#include <flexhost/fhtest.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- an Azure that minds ---- */

static struct {
    json_t *resources;   /* path -> body */
    json_t *texts;       /* answers, which must last */
    const char *refuses; /* a part of the paths that it refuses; NULL: none */
    int64_t subnet_ms;   /* of the last write to a subnet */
    char wrong[512];     /* what should not have been asked of it */
} world;

static void note_wrong(const char *what, const char *path)
{
    size_t used = strlen(world.wrong);
    snprintf(world.wrong + used, sizeof world.wrong - used, "%s %s; ", what,
             strrchr(path, '/') + 1);
}

static bool answer_with(struct fake_rule *rule, int status, const json_t *body)
{
    char *text = json_dumps(body, 0);
    json_t *kept = json_string(text);
    free(text);
    json_array_append_new(world.texts, kept);
    *rule = (struct fake_rule){.status = status, .body = json_string_value(kept)};
    return true;
}

static bool refuse(struct fake_rule *rule, int status, const char *code)
{
    json_t *body = json_pack("{s:{s:s, s:s}}", "error", "code", code, "message", "no");
    answer_with(rule, status, body);
    json_decref(body);
    return true;
}

static const json_t *resource_with(const char *part, const char *but)
{
    const char *path;
    json_t *body;
    json_object_foreach(world.resources, path,
                        body) if (strstr(path, part) && !(but && strstr(path, but))) return body;
    return NULL;
}

static bool in_subnet(const char *member, const char *id)
{
    const char *path;
    json_t *body;
    json_object_foreach(world.resources, path, body)
    {
        const json_t *link = json_object_get(json_object_get(body, "properties"), member);
        const char *used = json_string_value(json_object_get(link, "id"));
        if (strstr(path, "/subnets/") && used && strcmp(used, id) == 0)
            return true;
    }
    return false;
}

static const char *prefix_of(const json_t *subnet)
{
    return json_string_value(
        json_object_get(json_object_get(subnet, "properties"), "addressPrefix"));
}

static bool holds_range(const json_t *network, const char *range)
{
    const json_t *space = json_object_get(json_object_get(network, "properties"), "addressSpace");
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(space, "addressPrefixes"), i,
                       one) if (strcmp(json_string_value(one), range) == 0) return true;
    return false;
}

static bool is_in_use(const char *path)
{
    if (strstr(path, "/routeTables/"))
        return in_subnet("routeTable", path);
    if (strstr(path, "/natGateways/"))
        return in_subnet("natGateway", path);
    if (strstr(path, "/networkSecurityGroups/"))
        return in_subnet("networkSecurityGroup", path);
    if (strstr(path, "/publicIPAddresses/"))
        return resource_with("/natGateways/", NULL) != NULL;
    if (strstr(path, "/virtualNetworks/") && !strstr(path, "/subnets/"))
        return resource_with("/subnets/", NULL) ||
               resource_with("/hubVirtualNetworkConnections/", NULL);
    return false;
}

static bool remove_resource(struct fake_rule *rule, const char *path)
{
    if (is_in_use(path)) {
        note_wrong("removed while in use:", path);
        return refuse(rule, 400, "InUse");
    }
    *rule = (struct fake_rule){.status = json_object_get(world.resources, path) ? 200 : 204};
    json_object_del(world.resources, path);
    return true;
}

static bool fits(const char *path, const json_t *body)
{
    const char *other;
    json_t *subnet;
    if (strstr(path, "/subnets/"))
        return holds_range(resource_with("/virtualNetworks/", "/subnets/"), prefix_of(body));
    if (!strstr(path, "/virtualNetworks/"))
        return true;
    json_object_foreach(world.resources, other,
                        subnet) if (strstr(other, "/subnets/") &&
                                    !holds_range(body, prefix_of(subnet))) return false;
    return true;
}

static bool put_resource(struct fake_rule *rule, const char *path, const char *text, size_t length)
{
    json_t *body = json_loadb(text, length, 0, NULL);
    ck_assert_ptr_nonnull(body);
    if (!fits(path, body)) {
        json_decref(body);
        note_wrong("a subnet outside of its network:", path);
        return refuse(rule, 400, "NetcfgInvalidSubnet");
    }
    json_object_set_new(body, "id", json_string(path));
    if (strstr(path, "/publicIPAddresses/"))
        json_object_set_new(json_object_get(body, "properties"), "ipAddress",
                            json_string("198.51.100.1"));
    json_object_set_new(world.resources, path, body);
    return answer_with(rule, 200, body);
}

static bool azure(struct fake *fake, const struct http_request *request, struct fake_rule *rule)
{
    char path[1024];
    const char *start = strstr(request->url, "/subscriptions");
    if (!start)
        return false;
    snprintf(path, sizeof path, "%.*s", (int)strcspn(start, "?"), start);
    if (strcmp(request->method, "GET") == 0) {
        const json_t *body = json_object_get(world.resources, path);
        return body ? answer_with(rule, 200, body) : refuse(rule, 404, "NotFound");
    }
    if (strstr(path, "/subnets/")) {
        if (fake->now_ms < world.subnet_ms + 10)
            note_wrong("two subnets written at a time:", path);
        world.subnet_ms = fake->now_ms;
    }
    if (world.refuses && strstr(path, world.refuses))
        return refuse(rule, 400, "Refused");
    if (strcmp(request->method, "DELETE") == 0)
        return remove_resource(rule, path);
    return put_resource(rule, path, request->body, request->body_length);
}

/* ---- plans ---- */

/* C is A grown in its place. */
static const char *const ranges[] = {"10.200.0.0/24", "10.201.0.0/24", "10.200.0.0/23"};

struct wish {
    const char *ranges; /* "AB": in this order; NULL: nothing, a teardown */
    bool nat, route;
};

static json_t *fields_of(const struct wish *wish, bool typed)
{
    json_t *list = json_array(), *routes = json_array();
    for (const char *c = wish->ranges; *c; c++)
        json_array_append_new(list, json_string(ranges[*c - 'A']));
    if (wish->route)
        json_array_append_new(routes,
                              json_pack("{s:s, s:s, s:s}", "name", "internet", "destination",
                                        "0.0.0.0/0", "next-hop-type", "Internet"));
    json_t *fields = json_pack(
        "{s:s, s:s, s:[s], s:o, s:o}", "hub",
        "/subscriptions/33333333-3333-4333-8333-333333333333/resourceGroups/wan/"
        "providers/Microsoft.Network/virtualHubs/hub",
        "hub-credential", "main", "dns-server", "10.0.0.4", "address-range", list, "route", routes);
    if (wish->nat || !typed)
        json_object_set_new(fields, "nat-idle-timeout", wish->nat ? json_integer(4) : json_null());
    return fields;
}

static json_t *plan_of(const struct wish *wish, const struct wish *before)
{
    char *why = NULL;
    struct fhtest *test = fhtest_open("plugins/.libs/connection-vwan-spoke.so", &why);
    ck_assert_msg(test != NULL, "%s", why ? why : "?");
    json_t *request = json_pack("{s:s, s:o}", "operation", before->ranges ? "update" : "create",
                                "fields", fields_of(wish, false));
    if (before->ranges)
        json_object_set_new(request, "previous", fields_of(before, true));
    char *text = json_dumps(request, 0);
    char *answer = fhtest_plan(test, NULL, text);
    json_t *plan = json_loads(answer, 0, NULL);
    ck_assert_msg(json_object_get(plan, "steps") != NULL, "%s", answer);
    free(answer);
    free(text);
    json_decref(request);
    fhtest_free(test);
    return plan;
}

static char *dumped(const json_t *step, const char *name)
{
    const json_t *value = json_object_get(step, name);
    return value ? json_dumps(value, 0) : NULL;
}

enum { MOST = 4 };

static void add_step(struct plan *plan, const json_t *step)
{
#define TEXT(name) json_string_value(json_object_get(step, name))
    char *body = dumped(step, "body"), *undo = dumped(step, "undoBody");
    const char *after[MOST], *name;
    struct fh_output outputs[MOST] = {{0}};
    json_t *value;
    size_t i;
    struct error err = ERROR_INIT;
    struct fh_step made = {.struct_size = sizeof made,
                           .key = TEXT("key"),
                           .title = TEXT("title"),
                           .method = TEXT("method"),
                           .path = TEXT("path"),
                           .api_version = TEXT("apiVersion"),
                           .part = TEXT("part"),
                           .failed_status = TEXT("failedStatus"),
                           .undo_method = TEXT("undoMethod"),
                           .body = body,
                           .undo_body = undo,
                           .after = after,
                           .outputs = outputs,
                           .output_size = sizeof *outputs};
    made.flags = (json_is_true(json_object_get(step, "tagged")) ? FH_STEP_TAGS : 0) |
                 (json_is_true(json_object_get(step, "action")) ? FH_STEP_ACTION : 0);
    json_array_foreach(json_object_get(step, "after"), i, value) after[made.after_count++] =
        json_string_value(value);
    json_object_foreach(json_object_get(step, "outputs"), name, value)
        outputs[made.output_count++] = (struct fh_output){
            .name = name, .pointer = json_string_value(json_object_get(value, "pointer"))};
    ck_assert_msg(plan_add(plan, &made, &err) == 0, "%s", error_text(&err));
    free(body);
    free(undo);
#undef TEXT
}

static void use_plan(struct bench *bench, const struct wish *wish, const struct wish *before)
{
    struct error err = ERROR_INIT;
    size_t i;
    json_t *step;
    plan_free(bench->plan);
    bench->plan = wish->ranges ? plan_new() : NULL;
    if (!bench->plan)
        return;
    json_t *plan = plan_of(wish, before);
    json_array_foreach(json_object_get(plan, "steps"), i, step) add_step(bench->plan, step);
    ck_assert_msg(plan_finish(bench->plan, &err) == 0, "%s", error_text(&err));
    json_decref(plan);
}

/* ---- lives ---- */

/* "Arn Br": the subnets that there are, with a route table and a NAT gateway. */
static const char *subnets(void)
{
    static char text[64];
    *text = '\0';
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        const char *path;
        json_t *body;
        json_object_foreach(world.resources, path, body)
        {
            const json_t *properties = json_object_get(body, "properties");
            size_t used = strlen(text);
            if (strstr(path, "/subnets/") && strcmp(prefix_of(body), ranges[i]) == 0)
                snprintf(text + used, sizeof text - used, "%s%c%s%s", used ? " " : "", "ABC"[i],
                         json_object_get(properties, "routeTable") ? "r" : "",
                         json_object_get(properties, "natGateway") ? "n" : "");
        }
    }
    return text;
}

static const struct {
    struct wish wish;
    const char *refuses;
    const char *status; /* NULL: it succeeds */
    const char *subnets;
} turns[] = {
    {{"A", false, false}, NULL, NULL, "Ar"},
    {{"A", true, false}, NULL, NULL, "Arn"},
    {{"AB", true, false}, NULL, NULL, "Arn Brn"},
    {{"B", true, false}, NULL, NULL, "Brn"},
    {{"BA", true, true}, NULL, NULL, "Arn Brn"},
    {{"BA", false, true}, NULL, NULL, "Ar Br"},
    {{"BA", true, true}, "/natGateways/", "NatGatewayFailed", "Ar Br"},
    {{"BA", true, true}, NULL, NULL, "Arn Brn"},
    {{"A", false, true}, NULL, NULL, "Ar"},
    {{"C", true, true}, NULL, NULL, "Crn"},
    {{NULL, false, false}, NULL, NULL, ""},
    {{"BA", true, false}, NULL, NULL, "Arn Brn"},
    {{"BA", true, true}, "/routeTables/", "RouteTableFailed", "Arn Brn"},
    {{"BA", true, true}, NULL, NULL, "Arn Brn"},
    {{"A", true, true}, NULL, NULL, "Arn"},
    {{NULL, false, false}, NULL, NULL, ""},
    {{"AB", false, false}, "/routeTables/", "RouteTableFailed", "A B"},
    {{"AB", true, false}, "/routeTables/", "RouteTableFailed", "A B"},
    {{"AB", true, false}, NULL, NULL, "Arn Brn"},
    {{"B", true, false}, "/subnets/machines-10-200-", "", "Arn Brn"},
    {{"B", true, false}, NULL, NULL, "Brn"},
    {{NULL, false, false}, NULL, NULL, ""},
    {{"AB", true, false}, "/hubVirtualNetworkConnections/", "VWanConnectionFailed", "A B"},
    {{NULL, false, false}, NULL, NULL, ""},
};

static void take_turn(struct bench *bench, size_t i, struct wish *before)
{
    use_plan(bench, &turns[i].wish, before);
    world.refuses = turns[i].refuses;
    enum engine_end end = bench_apply(bench);
    const char *status = bench->result.failed_status ? bench->result.failed_status : "";
    ck_assert_msg((end == ENGINE_SUCCEEDED) == !turns[i].status, "turn %zu ended with %d: %s", i,
                  (int)end, bench->events);
    ck_assert_str_eq(status, turns[i].status ? turns[i].status : "");
    ck_assert_msg(strcmp(subnets(), turns[i].subnets) == 0, "turn %zu: the subnets are %s", i,
                  subnets());
    ck_assert_msg(!*world.wrong, "turn %zu: %s", i, world.wrong);
    if (end == ENGINE_SUCCEEDED)
        *before = turns[i].wish;
    if (turns[i].wish.ranges)
        return;
    ck_assert_uint_eq(json_object_size(world.resources), 0);
    ck_assert_str_eq(bench_rows(bench), "");
}

START_TEST(what_one_plan_made_can_be_undone_after_another)
{
    struct bench *bench = bench_new();
    struct wish before = {0};
    memset(&world, 0, sizeof world);
    world.resources = json_object();
    world.texts = json_array();
    world.subnet_ms = INT64_MIN / 2;
    bench->fake->answer = azure;
    for (size_t i = 0; i < sizeof turns / sizeof *turns; i++)
        take_turn(bench, i, &before);
    bench_free(bench);
    json_decref(world.resources);
    json_decref(world.texts);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("spoke-life");
    TCase *lives = tcase_create("lives");
    tcase_add_test(lives, what_one_plan_made_can_be_undone_after_another);
    tcase_set_timeout(lives, 60);
    suite_add_tcase(suite, lives);
    return tap_main(suite);
}
