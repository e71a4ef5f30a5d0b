/* SPDX-License-Identifier: Apache-2.0 */
/* Calls into plugins: what the host lends, what it refuses, and what it makes of a hostile plan. */
#include "plugin/call.h"

#include "base/arena.h"
#include "plugin/load.h"
#include "plugin/resource_name.h"
#include "tap_main.h"

#include <flexhost/jansson.h>
#include <stdio.h>
#include <string.h>

static void ignore(void *context, int severity, const char *rule, const char *message,
                   const char *mend)
{
}

static json_t *request(void)
{
    return json_pack("{s:s, s:s, s:s, s:{s:s}, s:{s:s, s:i, s:n}}", "operation", "create", "id",
                     "01900000-0000-7000-8000-000000000001", "installation", "abc123", "tags",
                     "flexhost-installation", "abc123", "fields", "a/b~c", "text", "count", 7,
                     "nothing");
}

struct hostile {
    const char *file, *words;
};

static const struct hostile hostile[] = {
    {"IMPURE", "planned twice and the plans differ at /steps/0/body/location"},
    {"CIRCLE", "one"},
    {"JSON", "one"},
    {"UTF8", "gave fh_step a text that is not UTF-8"},
    {"UTF8_SOURCE", "gave fh_step a text that is not UTF-8"},
    {"LONG_STEP", "longer than 4 MiB"},
    {"TWICE", "one"},
    {"NO_SIZE", "set struct_size"},
    {"ASKS", "called fh_arm_get in its plan function, which must be pure"},
    {"SILENT", "failed without a reason"},
    {"UNKNOWN_CODE", "failed without a reason"},
    {"UNKNOWN_OUTPUT", "two"},
    {"NULL_AFTER", "after and after_count do not belong together"},
    {"MANY_OUTPUTS", "outputs, output_count and output_size do not belong together"},
    {"MEMORY", "wanted more than 256 MiB of memory"},
};

START_TEST(hostile_plan_is_refused)
{
    struct arena arena = {0};
    struct inspection inspection = {.arena = &arena, .report = ignore};
    struct plugin plugin = {.kind = "connection", .name = "bad", .file = hostile[_i].file};
    struct error err = ERROR_INIT;
    struct plan *plan = NULL;
    char file[200];
    json_t *asked = request();
    snprintf(file, sizeof file, "tests/plugins/bad/%s.so", hostile[_i].file);
    ck_assert_int_eq(plugin_load(file, &inspection, &plugin.entry), 0);
    ck_assert_int_eq(plugin_run_plan(&plugin, NULL, asked, &plan, &err), -1);
    ck_assert_ptr_null(plan);
    ck_assert_msg(strstr(error_text(&err), hostile[_i].words) != NULL, "%s: \"%s\"",
                  hostile[_i].file, error_text(&err));
    error_clear(&err);
    json_decref(asked);
    arena_free(&arena);
}
END_TEST

/* One function a test, called as a plugin's own would be. */
static void run(int32_t (*check)(struct fh_call *), const struct plugin_services *services,
                struct plugin_check *found, struct error *err, int expected)
{
    struct plugin plugin = {.kind = "connection", .name = "test", .file = "test", .options = "{}"};
    json_t *asked = request();
    plugin.entry.check = check;
    ck_assert_int_eq(plugin_run_check(&plugin, NULL, asked, NULL, services, found, err), expected);
    json_decref(asked);
}

static int32_t reads_the_request(struct fh_call *call)
{
    ck_assert_str_eq(fh_value(call, "/fields/a~1b~0c"), "text");
    ck_assert_str_eq(fh_value(call, "/fields/count"), "7");
    ck_assert_ptr_null(fh_value(call, "/fields/nothing"));
    ck_assert_ptr_null(fh_value(call, "/fields/absent"));
    ck_assert_ptr_null(fh_value(call, "no-pointer"));
    ck_assert_str_eq(fh_value(call, "/kind"), "connection");
    ck_assert_str_eq(fh_value(call, "/type"), "test");
    ck_assert_ptr_nonnull(strstr(fh_request(call), "\"options\":{}"));
    ck_assert_str_eq(fh_printf(call, "%d-%s", 3, "x"), "3-x");
    const char *name = fh_resource_name(call, "nsg", 80, NULL);
    ck_assert_str_eq(name, fh_resource_name(call, "nsg", 80, NULL));
    ck_assert_str_ne(name, fh_resource_name(call, "vnet", 80, NULL));
    return FH_OK;
}

START_TEST(request_can_be_read)
{
    struct plugin_check found;
    struct error err = ERROR_INIT;
    run(reads_the_request, NULL, &found, &err, 0);
    plugin_check_clear(&found);
}
END_TEST

static int32_t fails_twice(struct fh_call *call)
{
    fh_fail(call, FH_EDENIED, "/psk", "the first reason");
    fh_fail(call, FH_EINVAL, "/other", "the second reason");
    return FH_OK; /* a failure cannot be taken back */
}

START_TEST(first_failure_counts)
{
    struct plugin_check found;
    struct error err = ERROR_INIT;
    run(fails_twice, NULL, &found, &err, -1);
    ck_assert_int_eq(err.code, ERROR_CREDENTIALS);
    ck_assert_str_eq(err.field, "/psk");
    ck_assert_str_eq(error_text(&err), "the first reason");
    error_clear(&err);
    plugin_check_clear(&found);
}
END_TEST

static int32_t reports(struct fh_call *call)
{
    fh_finding(call, FH_PASS, "rule", NULL, "fine", NULL);
    fh_finding(call, FH_FAIL, "rule", "/field", "wrong", "mend it");
    return fh_claim(call, "10.0.0.0/16", "the office");
}

START_TEST(findings_and_claims_come_out)
{
    struct plugin_check found;
    struct error err = ERROR_INIT;
    run(reports, NULL, &found, &err, 0);
    ck_assert_uint_eq(found.finding_count, 2);
    ck_assert_str_eq(found.findings[1].field, "/field");
    ck_assert_str_eq(found.findings[1].mend, "mend it");
    ck_assert_uint_eq(found.claim_count, 1);
    ck_assert_str_eq(found.claims[0].owner, "the office");
    plugin_check_clear(&found);
}
END_TEST

static int32_t plans_in_check(struct fh_call *call)
{
    struct fh_step step = {.struct_size = sizeof step, .key = "x"};
    return fh_step(call, &step);
}

static int32_t reports_bad_text(struct fh_call *call)
{
    return fh_finding(call, FH_PASS, "rule", NULL, "caf\xe9", NULL);
}

static int32_t reports_nothing(struct fh_call *call)
{
    return fh_finding(call, 9, NULL, NULL, NULL, NULL);
}

static int32_t asks_nobody(struct fh_call *call)
{
    fh_dns_query(call, "10.0.0.4", "example.com", "A", 1000);
    return FH_OK;
}

static int32_t asks_for_nonsense(struct fh_call *call)
{
    int32_t status;
    fh_arm_get(call, NULL, "/a path with blanks\r\nHost: evil", "2024-01-01", &status);
    return FH_OK;
}

static int32_t never_stops(struct fh_call *call)
{
    for (int i = 0; i < 20000; i++)
        if (fh_claim(call, "10.0.0.0/16", "me") != FH_OK)
            return FH_EFAILED;
    return FH_OK;
}

static int32_t wants_odd_name(struct fh_call *call)
{
    ck_assert_str_eq(fh_resource_name(call, "x", 4, NULL), "");
    return FH_OK;
}

static char *answer(void *context, const char *credential, const char *path,
                    const char *api_version, int *status, struct error *err)
{
    *status = 404;
    return context ? strdup("{}") : (error_set(err, ERROR_AZURE, NULL, "no answer came"), NULL);
}

static const struct {
    int32_t (*check)(struct fh_call *);
    const char *words;
} refused[] = {
    {plans_in_check, "fh_step in its check function"},
    {reports_bad_text, "not UTF-8"},
    {reports_nothing, "needs a severity"},
    {asks_nobody, "fh_dns_query is not lent"},
    {asks_for_nonsense, "no path of Azure"},
    {never_stops, "more than 10000 times"},
    {wants_odd_name, "needs room for 16 characters"},
};

START_TEST(misuse_ends_the_call)
{
    struct plugin_services services = {.arm_get = answer};
    struct plugin_check found;
    struct error err = ERROR_INIT;
    run(refused[_i].check, &services, &found, &err, -1);
    ck_assert_msg(strstr(error_text(&err), refused[_i].words) != NULL, "\"%s\" lacks \"%s\"",
                  error_text(&err), refused[_i].words);
    error_clear(&err);
    plugin_check_clear(&found);
}
END_TEST

static int32_t asks_azure(struct fh_call *call)
{
    int32_t status;
    const char *body = fh_arm_get(call, NULL, "/subscriptions/x", "2022-12-01", &status);
    if (!body)
        return FH_EFAILED;
    ck_assert_int_eq(status, 404);
    ck_assert_str_eq(body, "{}");
    return FH_OK;
}

START_TEST(no_answer_is_the_hosts_error)
{
    struct plugin_services services = {.context = &services, .arm_get = answer};
    struct plugin_check found;
    struct error err = ERROR_INIT;
    run(asks_azure, &services, &found, &err, 0);
    plugin_check_clear(&found);
    services.context = NULL;
    run(asks_azure, &services, &found, &err, -1);
    ck_assert_int_eq(err.code, ERROR_AZURE);
    ck_assert_str_eq(error_text(&err), "no answer came");
    error_clear(&err);
    plugin_check_clear(&found);
}
END_TEST

static int32_t observes(struct fh_call *call)
{
    int32_t result = fh_status(call, "Complete", "Ready to use", NULL);
    if (result == FH_OK)
        result = fh_json_detail(call, "word", "Word", json_string("plain"));
    if (result == FH_OK)
        result = fh_detail(call, "absent", "Absent", fh_value(call, "/fields/absent"));
    if (result == FH_OK)
        result = fh_json_detail(call, "list", "List", json_pack("[i]", 1));
    return result;
}

static int32_t observes_without_a_name(struct fh_call *call)
{
    return fh_detail(call, NULL, "Size", "large");
}

static int32_t observes_and_asks(struct fh_call *call)
{
    return fh_arm_get(call, NULL, "/subscriptions/x", "2022-12-01", NULL) ? FH_OK : FH_EFAILED;
}

START_TEST(observe_maps_and_asks_nothing)
{
    struct plugin plugin = {.kind = "connection", .name = "test", .file = "test", .options = "{}"};
    struct plugin_services services = {.context = &services, .arm_get = answer};
    struct plugin_observation seen;
    struct error err = ERROR_INIT;
    json_t *asked = request();
    plugin.entry.observe = observes;
    ck_assert_int_eq(plugin_run_observe(&plugin, asked, &services, &seen, &err), 0);
    ck_assert_str_eq(fh_json_text(seen.details, "/0/value"), "plain");
    ck_assert(json_is_array(fh_json_at(seen.details, "/1/value")));
    ck_assert_uint_eq(json_array_size(seen.details), 2);
    plugin_observation_clear(&seen);
    plugin.entry.observe = observes_without_a_name;
    ck_assert_int_eq(plugin_run_observe(&plugin, asked, &services, &seen, &err), -1);
    ck_assert_msg(strstr(error_text(&err), "Size") != NULL, "%s", error_text(&err));
    plugin_observation_clear(&seen);
    error_clear(&err);
    plugin.entry.observe = observes_and_asks;
    ck_assert_int_eq(plugin_run_observe(&plugin, asked, &services, &seen, &err), -1);
    ck_assert_msg(strstr(error_text(&err), "ask in check") != NULL, "%s", error_text(&err));
    plugin_observation_clear(&seen);
    error_clear(&err);
    json_decref(asked);
}
END_TEST

static int32_t plans_with_a_secret(struct fh_call *call)
{
    struct fh_step step = {.struct_size = sizeof step,
                           .key = "one",
                           .path = "/subscriptions/x/resourceGroups/y",
                           .api_version = "2024-07-01",
                           .body = "{\"key\":\"${secret:psk}\"}"};
    return fh_step(call, &step);
}

/* Else it would come out when the step is sent, with others behind it. */
START_TEST(secret_must_be_one_of_the_request)
{
    struct plugin plugin = {.kind = "connection", .name = "test", .file = "test", .options = "{}"};
    struct error err = ERROR_INIT;
    struct plan *plan = NULL;
    json_t *asked = request();
    plugin.entry.plan = plans_with_a_secret;
    ck_assert_int_eq(plugin_run_plan(&plugin, NULL, asked, &plan, &err), -1);
    ck_assert_msg(strstr(error_text(&err), "${secret:psk} stands for no secret field") != NULL,
                  "%s", error_text(&err));
    error_clear(&err);
    json_object_set_new(fh_json_at(asked, "/fields"), "psk", json_string("${secret:psk}"));
    ck_assert_int_eq(plugin_run_plan(&plugin, NULL, asked, &plan, &err), 0);
    plan_free(plan);
    json_decref(asked);
}
END_TEST

START_TEST(resource_names_keep_to_azures_rules)
{
    static const struct {
        const char *suffix;
        size_t max;
        const char *alphabet, *start;
    } names[] = {
        {"vnet", 64, NULL, "fh-vnet-"},
        {"A strange / suffix", 64, NULL, "fh-a-strange-suffix-"},
        {"diagnostics", 24, "a-z0-9", "fhdiagnosti"},
        {"", 80, NULL, "fh-"},
        {"---", 16, "a-z0-9", "fh"},
        {"a-suffix-that-goes-on-for-longer-than-any-name-may-be", 24, NULL, "fh-a-suff"},
    };
    char name[RESOURCE_NAME_TEXT], other[RESOURCE_NAME_TEXT];
    struct error err = ERROR_INIT;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        ck_assert_int_eq(resource_name("abc123", "id-1", names[i].suffix, names[i].max,
                                       names[i].alphabet, name, &err),
                         0);
        ck_assert_uint_le(strlen(name), names[i].max);
        ck_assert_msg(strncmp(name, names[i].start, strlen(names[i].start)) == 0, "%s", name);
        ck_assert_uint_eq(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(name));
        ck_assert(!names[i].alphabet || !strchr(name, '-'));
        resource_name("abc123", "id-2", names[i].suffix, names[i].max, names[i].alphabet, other,
                      &err);
        ck_assert_str_ne(name, other);
    }
    ck_assert_int_eq(resource_name("a", "b", "c", 20, "A-Z", name, &err), -1);
    error_clear(&err);
}
END_TEST

static Suite *suite(void)
{
    Suite *whole = suite_create("plugin calls");
    TCase *tests = tcase_create("calls");
    tcase_add_loop_test(tests, hostile_plan_is_refused, 0, sizeof hostile / sizeof *hostile);
    tcase_add_test(tests, request_can_be_read);
    tcase_add_test(tests, first_failure_counts);
    tcase_add_test(tests, findings_and_claims_come_out);
    tcase_add_loop_test(tests, misuse_ends_the_call, 0, sizeof refused / sizeof *refused);
    tcase_add_test(tests, no_answer_is_the_hosts_error);
    tcase_add_test(tests, observe_maps_and_asks_nothing);
    tcase_add_test(tests, secret_must_be_one_of_the_request);
    tcase_add_test(tests, resource_names_keep_to_azures_rules);
    suite_add_tcase(whole, tests);
    return whole;
}

int main(void)
{
    return tap_main(suite());
}
