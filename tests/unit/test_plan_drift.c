/* SPDX-License-Identifier: Apache-2.0 */
/* What was applied against what is there. */
#include "plan_suites.h"
#include "plan_tools.h"

#include "plan/difference.h"
#include "plan/drift.h"

#include <stdio.h>
#include <string.h>

static struct bench *bench;

static void set_up(void)
{
    bench = bench_new();
}

static void tear_down(void)
{
    bench_free(bench);
}

#define SEVENTY_EIGHT                                                                              \
    "123456789012345678901234567890123456789012345678901234567890123456789012345678"

/* A body, the resource, and what is told; "" for nothing. */
static const struct {
    const char *wanted, *found, *told;
} differences[] = {
    {"{\"p\":{\"a\":1}}", "{\"p\":{\"a\":1,\"b\":2},\"id\":\"/x\"}", ""},
    {"{\"p\":{\"a\":1}}", "{\"p\":{\"a\":2}}", "/p/a is 2, not 1"},
    {"{\"p\":{\"a\":1}}", "{\"p\":{}}", "/p/a is missing"},
    {"{\"p\":{\"a\":1,\"b\":2}}", "{}", "/p is missing"},
    {"{\"p\":{\"a\":false,\"b\":null,\"c\":[],\"d\":{}}}", "{\"p\":{}}", ""},
    {"{\"p\":{\"a\":true}}", "{\"p\":{\"a\":false}}", "/p/a is false, not true"},
    {"{\"p\":\"/Subscriptions/S\"}", "{\"p\":\"/subscriptions/s\"}", ""},
    {"{\"location\":\"eastus\",\"tags\":{\"a\":\"b\"}}", "{\"location\":\"East US\"}", ""},
    {"{\"p\":[\"10.0.0.0/24\",\"10.1.0.0/24\"]}", "{\"p\":[\"10.1.0.0/24\",\"10.0.0.0/24\"]}", ""},
    {"{\"p\":[\"a\"]}", "{\"p\":[\"a\",\"b\"]}", "/p is [\"a\",\"b\"], not [\"a\"]"},
    {"{\"p\":[{\"name\":\"x\",\"v\":1}]}", "{\"p\":[{\"name\":\"X\",\"v\":1,\"w\":2}]}", ""},
    {"{\"p\":[{\"name\":\"x\",\"v\":1}]}", "{\"p\":[{\"name\":\"x\",\"v\":2}]}",
     "/p/x/v is 2, not 1"},
    {"{\"p\":[{\"name\":\"x\"},{\"name\":\"y\"}]}", "{\"p\":[{\"name\":\"y\"},{\"name\":\"z\"}]}",
     "/p/x is missing; /p/z was added"},
    {"{\"p\":[]}", "{\"p\":[{\"name\":\"z\"}]}", "/p/z was added"},
    {"{\"p\":[{\"v\":1}]}", "{\"p\":[{\"v\":2}]}", "/p/0/v is 2, not 1"},
    {"{\"p\":\"${secret:psk}\"}", "{}", ""},
    {"{\"p\":\"${secret:psk}\"}", "{\"p\":\"else\"}", ""},
    /* What holds one is not shown. */
    {"{\"p\":{\"user\":\"u\",\"list\":[{\"password\":\"${secret:a}\"}]}}", "{}", ""},
    {"{\"p\":{\"user\":\"u\"}}", "{}", "/p is missing"},
    /* Regions are written in two ways. */
    {"{\"p\":[{\"name\":\"westus3\",\"v\":1}]}", "{\"p\":[{\"name\":\"West US 3\",\"v\":1}]}", ""},
    {"{\"p\":[{\"name\":\"westus3\"}]}", "{\"p\":[{\"name\":\"West US 2\"}]}",
     "/p/westus3 is missing; /p/West US 2 was added"},
    /* Of rules of a security group some are other subjects'. */
    {"{\"securityRules\":[]}", "{\"securityRules\":[{\"name\":\"fh-remote-desktop-x\"}]}", ""},
    {"{\"securityRules\":[]}", "{\"securityRules\":[{\"name\":\"by-hand\"}]}",
     "/securityRules/by-hand was added"},
    {"{\"p\":{\"securityRules\":[]}}", "{\"p\":{\"securityRules\":[{\"name\":\"fh-x\"}]}}",
     "/p/securityRules/fh-x was added"},
    {"{\"routes\":[]}", "{\"routes\":[{\"name\":\"fh-x\"}]}", "/routes/fh-x was added"},
    {"{\"p\":1}", "[]", "/p is missing"},
    {"{\"p\":{\"a\":1}}", "{\"p\":\"text\"}", "/p is text, not {\"a\":1}"},
    /* Cut, but not within a character. */
    {"{\"p\":1}", "{\"p\":\"" SEVENTY_EIGHT "xéx\"}", "/p is " SEVENTY_EIGHT "x…, not 1"},
    /* Names that not all of them have tell nothing. */
    {"{\"p\":[{\"name\":\"x\"},{\"v\":1}]}", "{\"p\":[{\"name\":\"x\"},{\"v\":2}]}",
     "/p/1/v is 2, not 1"},
};

START_TEST(differences_are_told_in_words)
{
    json_t *wanted = json_loads(differences[_i].wanted, 0, NULL);
    json_t *found = json_loads(differences[_i].found, 0, NULL);
    struct text told = {0};
    ck_assert(wanted && found);
    difference_tell(wanted, found, "/securityRules", &told);
    ck_assert_str_eq(text_get(&told), differences[_i].told);
    text_free(&told);
    json_decref(wanted);
    json_decref(found);
}
END_TEST

/* ---- a subject ------------------------------------------------------------------------------- */

static const char *const after_a[] = {"a", NULL};
static const struct fh_output id_output = {.name = "id", .pointer = "/id"};

static void apply_pair(void)
{
    struct fh_step b =
        behind(put_step("b", NETWORK("b"), "{\"p\":{\"to\":\"${a.id}\",\"n\":[{\"name\":\"x\"}]}}"),
               after_a);
    b.until_pointer = "/state";
    b.until_values = "Connected";
    b.until_failures = "Disconnected";
    b.part = "far";
    b.failed_status = "FarFailed";
    struct fh_step steps[2] = {giving(put_step("a", NETWORK("a"), "{\"v\":1}"), &id_output, 1), b};
    bench_plan(bench, steps, 2);
    answer(bench, "PUT", "/a?", 0, 200, "{\"id\":\"/A\",\"v\":1}");
    answer(bench, "PUT", "/b?", 0, 200, "{\"state\":\"Connected\"}");
    answer(bench, "GET", "/b?", 0, 200, "{\"state\":\"Connected\"}");
    answer(bench, "DELETE", "", 0, 200, "{}");
    expect_end(bench, ENGINE_SUCCEEDED);
}

static void note(void *context, const struct drift *drift)
{
    char *told = context;
    size_t length = strlen(told);
    snprintf(told + length, 1024 - length, "%s %s: %s\n", drift->key, drift->mend, drift->differs);
}

static const struct {
    const char *resources, *told;
} drifts[] = {
    {"{}", ""},
    {"{\"a\":{\"v\":1},\"b\":{\"p\":{\"to\":\"/a\",\"n\":[{\"name\":\"x\"}]},\"state\":"
     "\"Connected\"}}",
     ""},
    {"{\"a\":null}", "a renew: it is gone\n"},
    {"{\"a\":{\"v\":2}}", "a renew: /v is 2, not 1\n"},
    {"{\"a\":{\"v\":1,\"properties\":{\"provisioningState\":\"Failed\"}}}",
     "a renew: /properties/provisioningState is Failed\n"},
    {"{\"b\":{\"p\":{\"to\":\"/other\",\"n\":[{\"name\":\"x\"}]},\"state\":\"Disconnected\"}}",
     "b remove: /p/to is /other, not /A; /state is Disconnected, not Connected\n"},
    {"{\"b\":{\"p\":{\"to\":\"/a\",\"n\":[{\"name\":\"x\"}]},\"state\":\"Initiated\"}}",
     "b renew: /state is Initiated, not Connected\n"},
};

START_TEST(drift_is_found)
{
    char told[1024] = "";
    struct error err = ERROR_INIT;
    apply_pair();
    json_t *resources = json_loads(drifts[_i].resources, 0, NULL);
    ck_assert_int_eq(drift_find(bench->store, SUBJECT, bench->plan, resources, note, told, &err),
                     0);
    ck_assert_str_eq(told, drifts[_i].told);
    json_decref(resources);
}
END_TEST

static void mark(const char *drifted)
{
    struct error err = ERROR_INIT;
    json_t *json = json_loads(drifted, 0, NULL);
    ck_assert_int_eq(bench->store->ops->begin(bench->store, &err), 0);
    ck_assert_int_eq(drift_mark(bench->store, SUBJECT, OPERATION, json, &err), 0);
    ck_assert_int_eq(bench->store->ops->commit(bench->store, &err), 0);
    json_decref(json);
}

static int count_applied(void *context, const struct applied *applied)
{
    ++*(int *)context;
    return 0;
}

START_TEST(an_action_does_not_drift)
{
    struct fh_step step = put_step("a", NETWORK("a"), "{\"v\":1}");
    char told[1024] = "";
    struct error err = ERROR_INIT;
    int applied = 0;
    step.flags = FH_STEP_ACTION;
    bench_plan(bench, &step, 1);
    answer(bench, "PUT", "/a?", 0, 200, "{\"id\":\"/A\",\"v\":1}");
    expect_end(bench, ENGINE_SUCCEEDED);
    json_t *resources = json_pack("{s:n}", "a");
    ck_assert_int_eq(drift_find(bench->store, SUBJECT, bench->plan, resources, note, told, &err),
                     0);
    ck_assert_int_eq(
        drift_each_applied(bench->store, SUBJECT, bench->plan, count_applied, &applied, &err), 0);
    ck_assert_str_eq(told, "");
    ck_assert_int_eq(applied, 0);
    json_decref(resources);
}
END_TEST

START_TEST(what_has_drifted_is_sent_again_alone)
{
    apply_pair();
    mark("{\"b\":\"renew\"}");
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_uint_eq(sent(bench, "PUT", "/a?"), 1);
    ck_assert_uint_eq(sent(bench, "PUT", "/b?"), 2);
    ck_assert_uint_eq(sent(bench, "DELETE", ""), 0);
}
END_TEST

/* b is there until it is deleted, and again once it was put. */
static bool b_comes_and_goes(struct fake *fake, const struct http_request *request,
                             struct fake_rule *rule)
{
    if (strcmp(request->method, "GET") != 0 || !strstr(request->url, "/b?"))
        return false;
    bool there = sent_at(bench, "PUT", "/b?", (int)sent(bench, "PUT", "/b?") - 1) >
                 sent_at(bench, "DELETE", "/b?", (int)sent(bench, "DELETE", "/b?") - 1);
    *rule = (struct fake_rule){.status = there ? 200 : 404,
                               .body = there ? "{\"state\":\"Connected\"}" : "{}"};
    return true;
}

START_TEST(what_cannot_be_mended_goes_first)
{
    bench->fake->answer = b_comes_and_goes;
    apply_pair();
    mark("{\"b\":\"remove\"}");
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_uint_eq(sent(bench, "DELETE", "/b?"), 1);
    ck_assert_uint_eq(sent(bench, "PUT", "/b?"), 2);
    ck_assert_int_lt(sent_at(bench, "DELETE", "/b?", 0), sent_at(bench, "PUT", "/b?", 1));
    ck_assert_uint_eq(sent(bench, "PUT", "/a?"), 1);
}
END_TEST

/* ---- lists that others add to ---- */

#define RULES(list) "{\"properties\":{\"securityRules\":[" list "]}}"

/* What is there when a group is sent again; PUTs, and how it ends. */
static const struct {
    int status;
    const char *found;
    enum engine_end end;
    const char *sent; /* NULL: nothing */
} shared[] = {
    {200,
     RULES("{\"name\":\"own\"},{\"name\":\"fh-x\",\"id\":\"/"
           "x\",\"etag\":\"e\",\"properties\":{\"priority\":101,"
           "\"provisioningState\":\"Succeeded\"}},{\"name\":\"by-hand\"}"),
     ENGINE_SUCCEEDED,
     RULES("{\"name\":\"own\",\"v\":1},{\"name\":\"fh-x\",\"properties\":{\"priority\":101}}")},
    {200, "{}", ENGINE_SUCCEEDED, RULES("{\"name\":\"own\",\"v\":1}")},
    {404, REFUSAL("ResourceNotFound"), ENGINE_SUCCEEDED, RULES("{\"name\":\"own\",\"v\":1}")},
    {403, REFUSAL("AuthorizationFailed"), ENGINE_FAILED, NULL},
};

static void expect_json(const char *text, const char *wanted)
{
    json_t *one = json_loads(text, 0, NULL), *other = json_loads(wanted, 0, NULL);
    ck_assert_msg(one && json_equal(one, other), "%s, not %s", text, wanted);
    json_decref(one);
    json_decref(other);
}

START_TEST(what_others_have_put_there_is_sent_along)
{
    struct fh_step step = put_step("a", NETWORK("a"), RULES("{\"name\":\"own\",\"v\":1}"));
    step.shared_list = "/properties/securityRules";
    bench_plan(bench, &step, 1);
    answer(bench, "PUT", "/a?", 0, 200, "{}");
    answer(bench, "GET", "/a?", 1, shared[_i].status, shared[_i].found);
    answer(bench, "GET", "/a?", 0, 200, "{}");
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_uint_eq(sent(bench, "GET", "/a?"), 0);
    mark("{\"a\":\"renew\"}");
    expect_end(bench, shared[_i].end);
    ck_assert_uint_eq(sent(bench, "GET", "/a?"), 1);
    ck_assert_uint_eq(sent(bench, "PUT", "/a?"), shared[_i].sent ? 2 : 1);
    if (shared[_i].sent)
        expect_json(sent_body(bench, "PUT", "/a?", 1), shared[_i].sent);
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_str_eq(bench_state(bench, "a"), "done");
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_uint_eq(sent(bench, "PUT", "/a?"), 2);
}
END_TEST

static const char *if_match(int put)
{
    static char value[100];
    int at = sent_at(bench, "PUT", "/a?", put);
    ck_assert_int_ge(at, 0);
    const char *got = fake_header(&bench->fake->requests[at], "If-Match", value, sizeof value);
    return got ? got : "";
}

/* Each request goes with what is there just before it, and only while it is so. */
START_TEST(what_is_sent_along_is_read_for_each_request)
{
    struct fh_step step = put_step("a", NETWORK("a"), RULES(""));
    step.shared_list = "/properties/securityRules";
    bench_plan(bench, &step, 1);
    answer(bench, "PUT", "/a?", 1, 200, "{}");
    answer(bench, "PUT", "/a?", 1, 412, REFUSAL("PreconditionFailed"));
    answer(bench, "PUT", "/a?", 0, 200, "{}");
    answer(bench, "GET", "/a?", 1, 200,
           "{\"etag\":\"one\",\"properties\":{\"securityRules\":[{\"name\":\"fh-x\"}]}}");
    answer(bench, "GET", "/a?", 0, 200, RULES("{\"name\":\"fh-x\"},{\"name\":\"fh-y\"}"));
    expect_end(bench, ENGINE_SUCCEEDED);
    mark("{\"a\":\"renew\"}");
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_str_eq(if_match(0), "");
    ck_assert_str_eq(if_match(1), "one");
    ck_assert_str_eq(if_match(2), "");
    expect_json(sent_body(bench, "PUT", "/a?", 1), RULES("{\"name\":\"fh-x\"}"));
    expect_json(sent_body(bench, "PUT", "/a?", 2),
                RULES("{\"name\":\"fh-x\"},{\"name\":\"fh-y\"}"));
}
END_TEST

START_TEST(failures_are_told_with_part_and_status)
{
    struct error err = ERROR_INIT;
    struct fh_step b = put_step("b", NETWORK("b"), "{}");
    b.part = "far";
    b.failed_status = "FarFailed";
    struct fh_step steps[2] = {put_step("a", NETWORK("a"), "{}"), b};
    bench_plan(bench, steps, 2);
    answer(bench, "PUT", "/a?", 0, 200, "{}");
    answer(bench, "PUT", "/b?", 0, 400, "{\"error\":{\"code\":\"Bad\",\"message\":\"no room\"}}");
    expect_end(bench, ENGINE_PARTLY);
    json_t *failures = drift_failures(bench->store, SUBJECT, bench->plan, &err);
    ck_assert_uint_eq(json_object_size(failures), 1);
    json_t *failure = json_object_get(failures, "b");
    ck_assert_str_eq(json_string_value(json_object_get(failure, "part")), "far");
    ck_assert_str_eq(json_string_value(json_object_get(failure, "status")), "FarFailed");
    expect_text(json_string_value(json_object_get(failure, "message")), "no room");
    json_decref(failures);
}
END_TEST

START_TEST(the_longest_way_is_expected)
{
    struct fh_step steps[3] = {put_step("a", NETWORK("a"), "{}"), put_step("b", NETWORK("b"), "{}"),
                               behind(put_step("c", NETWORK("c"), "{}"), after_a)};
    int64_t seconds = 0;
    struct error err = ERROR_INIT;
    steps[0].expected_seconds = 10;
    steps[1].expected_seconds = 40;
    steps[2].expected_seconds = 25;
    bench_plan(bench, steps, 3);
    ck_assert_int_eq(plan_expected_seconds(bench->plan, NULL), 40);
    steps[2].expected_seconds = 35;
    bench_plan(bench, steps, 3);
    ck_assert_int_eq(plan_expected_seconds(bench->plan, NULL), 45);
    answer(bench, "PUT", "", 0, 200, "{}");
    expect_end(bench, ENGINE_SUCCEEDED);
    mark("{\"b\":\"renew\"}");
    ck_assert_int_eq(engine_expected_seconds(bench->store, SUBJECT, bench->plan, &seconds, &err),
                     0);
    ck_assert_int_eq(seconds, 40);
}
END_TEST

TCase *plan_drift_case(void)
{
    TCase *tests = tcase_create("drift");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, differences_are_told_in_words, 0,
                        sizeof differences / sizeof *differences);
    tcase_add_loop_test(tests, drift_is_found, 0, sizeof drifts / sizeof *drifts);
    tcase_add_test(tests, an_action_does_not_drift);
    tcase_add_test(tests, what_has_drifted_is_sent_again_alone);
    tcase_add_test(tests, what_cannot_be_mended_goes_first);
    tcase_add_loop_test(tests, what_others_have_put_there_is_sent_along, 0,
                        sizeof shared / sizeof *shared);
    tcase_add_test(tests, what_is_sent_along_is_read_for_each_request);
    tcase_add_test(tests, failures_are_told_with_part_and_status);
    tcase_add_test(tests, the_longest_way_is_expected);
    return tests;
}
