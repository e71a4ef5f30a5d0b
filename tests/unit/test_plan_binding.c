/* SPDX-License-Identifier: Apache-2.0 */
/* Late binding: what one step's answer gives to another's request. */
#include "plan_suites.h"
#include "plan_tools.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct bench *bench;

static void set_up(void)
{
    bench = bench_new();
}

static void tear_down(void)
{
    bench_free(bench);
}

static const char *const after_a[] = {"a", NULL};
static const struct fh_output value_output = {.name = "v", .pointer = "/v"};

/* What "a" gives as v, the template of b's body, and what is sent. */
static const struct {
    const char *value, *body, *sent; /* sent NULL: it fails */
} bodies[] = {
    {"\"x\"", "{\"k\":\"${a.v}\"}", "{\"k\":\"x\"}"},
    {"7", "{\"k\":\"${a.v}\"}", "{\"k\":7}"},
    {"7", "{\"k\":\"n${a.v}\"}", "{\"k\":\"n7\"}"},
    {"7", "{\"k\":\"${a.v}${a.v}\"}", "{\"k\":\"77\"}"},
    {"true", "{\"k\":\"${a.v}\"}", "{\"k\":true}"},
    {"false", "{\"k\":\"is ${a.v}\"}", "{\"k\":\"is false\"}"},
    {"[1,\"2\"]", "{\"k\":\"${a.v}\"}", "{\"k\":[1,\"2\"]}"},
    {"{\"b\":1,\"a\":[]}", "{\"k\":\"${a.v}\"}", "{\"k\":{\"b\":1,\"a\":[]}}"},
    {"\"x\"", "{\"k\":[{\"d\":[\"${a.v}\"]}]}", "{\"k\":[{\"d\":[\"x\"]}]}"},
    {"\"x\"", "{\"k\":\"$${a.v}\"}", "{\"k\":\"${a.v}\"}"},
    {"\"x\"", "{\"k\":\"$${a.v} ${a.v}\"}", "{\"k\":\"${a.v} x\"}"},
    {"\"x\"", "{\"k\":\"$$ $ {a.v} $\"}", "{\"k\":\"$$ $ {a.v} $\"}"},
    {"\"${secret:psk}\"", "{\"k\":\"${a.v}\"}", "{\"k\":\"${secret:psk}\"}"}, /* bound once */
    {"\"\\\",\\\"evil\\\":\\\"\"", "{\"k\":\"${a.v}\"}", "{\"k\":\"\\\",\\\"evil\\\":\\\"\"}"},
    {"\"\"", "{\"k\":\"<${a.v}>\"}", "{\"k\":\"<>\"}"},
    {"null", "{\"k\":\"${a.v}\"}", NULL},
};

static void plan_pair(const char *path, const char *body)
{
    struct fh_step steps[2] = {giving(put_step("a", NETWORK("a"), "{}"), &value_output, 1),
                               behind(put_step("b", path, body), after_a)};
    bench_plan(bench, steps, 2);
}

static void give_value(const char *value)
{
    static char body[300]; /* the rule borrows it */
    snprintf(body, sizeof body, "{\"v\":%s}", value);
    answer(bench, "PUT", "/a?", 0, 200, body);
    answer(bench, "GET", "/a?", 0, 200, body);
    answer(bench, "PUT", "", 0, 200, "{}");
}

START_TEST(a_value_keeps_its_type)
{
    give_value(bodies[_i].value);
    plan_pair(NETWORK("b"), bodies[_i].body);
    bench_secret(bench, "psk", "hidden");
    expect_end(bench, bodies[_i].sent ? ENGINE_SUCCEEDED : ENGINE_FAILED);
    if (bodies[_i].sent) {
        json_t *got = json_loads(sent_body(bench, "PUT", "/b?", 0), 0, NULL);
        json_t *wanted = json_loads(bodies[_i].sent, 0, NULL);
        ck_assert_msg(wanted && json_equal(got, wanted), "%s", sent_body(bench, "PUT", "/b?", 0));
        json_decref(got);
        json_decref(wanted);
        return;
    }
    ck_assert_uint_eq(sent(bench, "PUT", "/b?"), 0);
    expect_text(error_text(&bench->result.error), "\"v\"");
    ck_assert_str_eq(bench_state(bench, "b"), "failed");
}
END_TEST

/* A value from Azure within a path: only what makes a sound path leaves. */
static const struct {
    const char *value, *url; /* NULL: refused */
} paths[] = {
    {"\"n1\"", "https://arm.test" NETWORK("n1") "/x?"},
    {"\"a-b_c.d\"", "https://arm.test" NETWORK("a-b_c.d") "/x?"},
    {"7", "https://arm.test" NETWORK("7") "/x?"},
    {"\"../../evil\"", NULL},
    {"\"a b\"", NULL},
    {"\"a\\r\\nX-Evil: 1\"", NULL},
    {"\"a#b\"", NULL},
    {"\"a\\u0000b\"", NULL},
    {"\"\\u00e4\"", NULL},
    {"\"a\\\\b\"", NULL},
};

START_TEST(a_path_takes_sound_values_only)
{
    give_value(paths[_i].value);
    plan_pair(NETWORK("${a.v}") "/x", "{}");
    expect_end(bench, paths[_i].url ? ENGINE_SUCCEEDED : ENGINE_FAILED);
    if (paths[_i].url)
        ck_assert_uint_eq(sent(bench, "PUT", paths[_i].url), 1);
    else
        ck_assert_uint_eq(sent(bench, "PUT", ""), 1);
}
END_TEST

START_TEST(a_whole_path_may_be_bound)
{
    static const struct {
        const char *value;
        bool fits;
    } table[] = {{"\"" GROUP "/x\"", true},
                 {"\"https://evil.test/x\"", false},
                 {"\"relative\"", false},
                 {"\"\"", false}};
    give_value(table[_i].value);
    plan_pair("${a.v}", "{}");
    expect_end(bench, table[_i].fits ? ENGINE_SUCCEEDED : ENGINE_FAILED);
    ck_assert_uint_eq(sent(bench, "PUT", "https://arm.test" GROUP "/x?"), table[_i].fits);
    ck_assert_uint_eq(sent(bench, "PUT", "evil"), 0);
}
END_TEST

START_TEST(alternatives_and_collections_are_bound)
{
    give_value("\"2\"");
    struct fh_step steps[2] = {giving(put_step("a", NETWORK("a"), "{}"), &value_output, 1),
                               behind(put_step("b", VMS "/b", "{\"zones\":[\"1\"]}"), after_a)};
    steps[1].alternatives = "[{\"zones\":[\"${a.v}\"]}]";
    steps[1].collection = GROUP "/${a.v}/list";
    bench->fake->rule_count = 0;
    answer(bench, "PUT", "/a?", 0, 200, "{\"v\":\"2\"}");
    answer(bench, "PUT", "/b?", 1, 409, REFUSAL("SkuNotAvailable"));
    accept_put(bench, "/b?", 0, ASYNC("1"));
    answer(bench, "GET", GROUP "/2/list?", 0, 200,
           "{\"value\":[{\"id\":\"" VMS "/b\",\"properties\":{\"provisioningState\":"
           "\"Succeeded\"}}]}");
    bench_plan(bench, steps, 2);
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_str_eq(sent_body(bench, "PUT", "/b?", 1), "{\"zones\":[\"2\"]}");
}
END_TEST

START_TEST(a_url_to_fetch_is_bound_and_not_journaled)
{
    static const struct fh_output url = {
        .name = "url", .pointer = "/url", .flags = FH_OUTPUT_SECRET};
    char folder[] = "/tmp/plan-binding-XXXXXX", path[64];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    bench->run.artifact_folder = folder;
    answer(bench, "POST", "", 0, 200, "{\"url\":\"https://blob.test/log?sig=s3cret\"}");
    answer(bench, "GET", "https://blob.test/log?sig=s3cret", 0, 200, "what happened");
    struct fh_step steps[2] = {giving(post_step("a", NETWORK("a") "/sas", NULL), &url, 1),
                               behind(put_step("f", "${a.url}", NULL), after_a)};
    steps[0].flags = FH_STEP_ACTION;
    steps[1].method = "FETCH";
    steps[1].body = NULL;
    steps[1].artifact = "log";
    bench_plan(bench, steps, 2);
    expect_end(bench, ENGINE_SUCCEEDED);
    snprintf(path, sizeof path, "%s/log", folder);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(rmdir(folder), 0);
    ck_assert(!journal_holds(bench, "s3cret"));
}
END_TEST

START_TEST(a_url_that_is_not_https_is_not_fetched)
{
    static const char *const urls[] = {"\"http://blob.test/x\"", "\"file:///etc/passwd\"",
                                       "\"https:/x\"", "7"};
    bench->run.artifact_folder = "/tmp";
    give_value(urls[_i]);
    struct fh_step steps[2] = {giving(put_step("a", NETWORK("a"), "{}"), &value_output, 1),
                               behind(put_step("f", "${a.v}", NULL), after_a)};
    steps[1].method = "FETCH";
    steps[1].body = NULL;
    steps[1].artifact = "flexhost-never-written";
    bench_plan(bench, steps, 2);
    expect_end(bench, ENGINE_FAILED);
    ck_assert_uint_eq(bench->fake->request_count, 1);
    ck_assert_int_ne(access("/tmp/flexhost-never-written", F_OK), 0);
}
END_TEST

START_TEST(an_output_that_the_answer_lacks_is_read_once_more)
{
    answer(bench, "PUT", "/a?", 0, 200, "{}");
    answer(bench, "GET", "/a?", 0, 200, "{\"v\":\"late\"}");
    answer(bench, "PUT", "/b?", 0, 200, "{}");
    plan_pair(NETWORK("b"), "{\"k\":\"${a.v}\"}");
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_uint_eq(sent(bench, "GET", "/a?"), 1);
    ck_assert_str_eq(sent_body(bench, "PUT", "/b?", 0), "{\"k\":\"late\"}");
}
END_TEST

START_TEST(a_changed_output_sends_its_users_again)
{
    answer(bench, "PUT", "/a?", 1, 200, "{\"v\":\"one\"}");
    answer(bench, "PUT", "/a?", 0, 200, "{\"v\":\"two\"}");
    answer(bench, "PUT", "", 0, 200, "{}");
    struct fh_step steps[3] = {giving(put_step("a", NETWORK("a"), "{}"), &value_output, 1),
                               behind(put_step("b", NETWORK("b"), "{\"k\":\"${a.v}\"}"), after_a),
                               behind(put_step("c", NETWORK("c"), "{}"), after_a)};
    bench_plan(bench, steps, 3);
    expect_end(bench, ENGINE_SUCCEEDED);
    steps[0].body = "{\"new\":1}";
    bench_plan(bench, steps, 3);
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_uint_eq(sent(bench, "PUT", "/b?"), 2);
    ck_assert_str_eq(sent_body(bench, "PUT", "/b?", 1), "{\"k\":\"two\"}");
    ck_assert_uint_eq(sent(bench, "PUT", "/c?"), 1);
}
END_TEST

START_TEST(exports_are_bound_in_the_end)
{
    static const struct fh_output outputs[] = {{.name = "n", .pointer = "/list/1"},
                                               {.name = "t", .pointer = "/a~1b"}};
    answer(bench, "PUT", "", 0, 200, "{\"list\":[1,2],\"a/b\":\"slash\"}");
    struct fh_step step = giving(put_step("a", NETWORK("a"), "{}"), outputs, 2);
    bench_plan(bench, &step, 1);
    plan_free(bench->plan);
    bench->plan = plan_new();
    plan_add(bench->plan, &step, NULL);
    plan_export(bench->plan, "number", "${a.n}", NULL);
    plan_export(bench->plan, "object", "{\"x\":\"<${a.t}>\"}", NULL);
    ck_assert_int_eq(plan_finish(bench->plan, NULL), 0);
    expect_end(bench, ENGINE_SUCCEEDED);
    char *text = json_dumps(bench->result.exports, JSON_SORT_KEYS | JSON_COMPACT);
    ck_assert_str_eq(text, "{\"number\":2,\"object\":{\"x\":\"<slash>\"}}");
    free(text);
}
END_TEST

/* ---- secrets ---- */

static void list_change(void *context, const struct change *change)
{
    bool *seen = context;
    const char *body = change->body ? change->body : "";
    *seen = *seen || strstr(body, "hidden") || strstr(change->path, "hidden");
}

/* How Azure answers the request that holds the secret. */
static const struct {
    int status;
    const char *body;
    enum engine_end end;
} replies[] = {
    {200, "{\"id\":\"x\",\"properties\":{\"key\":\"hidden\"}}", ENGINE_SUCCEEDED},
    {400, "{\"error\":{\"code\":\"Bad\",\"message\":\"hidden is too short: hidden\"}}",
     ENGINE_FAILED},
    {200, "{\"properties\":{\"provisioningState\":\"Failed\"},\"x\":\"hidden\"}", ENGINE_FAILED},
    {409, "{\"error\":{\"code\":\"SkuNotAvailable\",\"message\":\"hidden\"}}", ENGINE_FAILED},
};

START_TEST(a_secret_is_in_the_request_only)
{
    bench_secret(bench, "psk", "hidden");
    answer(bench, NULL, "", 0, replies[_i].status, replies[_i].body);
    struct fh_step step = put_step("a", NETWORK("a"), "{\"k\":\"<${secret:psk}>\"}");
    bench_plan(bench, &step, 1);
    bool seen = false;
    ck_assert_int_eq(
        engine_diff(bench->store, SUBJECT, bench->plan, NULL, list_change, &seen, NULL), 0);
    ck_assert(!seen);
    expect_end(bench, replies[_i].end);
    ck_assert_str_eq(sent_body(bench, "PUT", "/a?", 0), "{\"k\":\"<hidden>\"}");
    ck_assert(!journal_holds(bench, "hidden"));
    ck_assert_msg(!strstr(bench->events, "hidden"), "%s", bench->events);
    ck_assert(!strstr(error_text(&bench->result.error), "hidden"));
    for (size_t i = 0; i < bench->fake->request_count; i++)
        ck_assert(!strstr(bench->fake->requests[i].url, "hidden"));
}
END_TEST

START_TEST(a_secret_that_nobody_gave_sends_nothing)
{
    struct fh_step step = put_step("a", NETWORK("a"), "{\"k\":\"${secret:psk}\"}");
    bench_plan(bench, &step, 1);
    bench_apply(bench);
    ck_assert_int_ne(bench->result.end, ENGINE_SUCCEEDED);
    expect_text(error_text(&bench->result.error), "psk");
    ck_assert_uint_eq(bench->fake->request_count, 0);
}
END_TEST

START_TEST(a_secret_output_is_not_journaled)
{
    static const struct fh_output key = {.name = "v", .pointer = "/v", .flags = FH_OUTPUT_SECRET};
    give_value("\"hidden\"");
    struct fh_step steps[2] = {giving(put_step("a", NETWORK("a"), "{}"), &key, 1),
                               behind(put_step("b", NETWORK("b"), "{\"k\":\"${a.v}\"}"), after_a)};
    bench_plan(bench, steps, 2);
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_str_eq(sent_body(bench, "PUT", "/b?", 0), "{\"k\":\"hidden\"}");
    ck_assert(!journal_holds(bench, "hidden"));
}
END_TEST

START_TEST(a_secret_output_does_not_come_back_in_an_error)
{
    static const struct fh_output key = {.name = "v", .pointer = "/v", .flags = FH_OUTPUT_SECRET};
    answer(bench, "PUT", "/b?", 0, 400,
           "{\"error\":{\"code\":\"Bad\",\"message\":\"hidden will not do\"}}");
    give_value("\"hidden\"");
    struct fh_step steps[2] = {giving(put_step("a", NETWORK("a"), "{}"), &key, 1),
                               behind(put_step("b", NETWORK("b"), "{\"k\":\"${a.v}\"}"), after_a)};
    bench_plan(bench, steps, 2);
    expect_end(bench, ENGINE_FAILED);
    ck_assert(!journal_holds(bench, "hidden"));
    ck_assert_msg(!strstr(bench->events, "hidden"), "%s", bench->events);
    ck_assert(!strstr(error_text(&bench->result.error), "hidden"));
}
END_TEST

TCase *plan_binding_case(void)
{
    TCase *tcase = tcase_create("binding");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, a_value_keeps_its_type, 0, sizeof bodies / sizeof *bodies);
    tcase_add_loop_test(tcase, a_path_takes_sound_values_only, 0, sizeof paths / sizeof *paths);
    tcase_add_loop_test(tcase, a_whole_path_may_be_bound, 0, 4);
    tcase_add_test(tcase, alternatives_and_collections_are_bound);
    tcase_add_test(tcase, a_url_to_fetch_is_bound_and_not_journaled);
    tcase_add_loop_test(tcase, a_url_that_is_not_https_is_not_fetched, 0, 4);
    tcase_add_test(tcase, an_output_that_the_answer_lacks_is_read_once_more);
    tcase_add_test(tcase, a_changed_output_sends_its_users_again);
    tcase_add_test(tcase, exports_are_bound_in_the_end);
    tcase_add_loop_test(tcase, a_secret_is_in_the_request_only, 0,
                        sizeof replies / sizeof *replies);
    tcase_add_test(tcase, a_secret_that_nobody_gave_sends_nothing);
    tcase_add_test(tcase, a_secret_output_is_not_journaled);
    tcase_add_test(tcase, a_secret_output_does_not_come_back_in_an_error);
    return tcase;
}
