/* SPDX-License-Identifier: Apache-2.0 */
/* The engine: apply, change, teardown, and what a run leaves in the journal. */
#include "plan_fixture.h"
#include "tap_main.h"

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

static const char *const after_a[] = {"a"};

static void plan_two(const char *body_of_b)
{
    struct fh_step steps[2] = {put_step("b", NETWORK("b"), body_of_b),
                               put_step("a", NETWORK("a"), "{\"x\":1}")};
    steps[0].after = after_a;
    steps[0].after_count = 1;
    bench_plan(bench, steps, 2);
}

START_TEST(steps_are_sent_in_their_order)
{
    answer(bench, "PUT", "", 0, 201, "{\"properties\":{\"provisioningState\":\"Succeeded\"}}");
    plan_two("{}");
    ck_assert_str_eq(bench_diff(bench), "create a: is new\ncreate b: is new\n");
    ck_assert_msg(bench_apply(bench) == ENGINE_SUCCEEDED, "%s", error_text(&bench->result.error));
    ck_assert_int_lt(sent_at(bench, "PUT", "/a?", 0), sent_at(bench, "PUT", "/b?", 0));
    ck_assert_str_eq(bench_rows(bench), "a done\nb done\n");
    ck_assert_int_eq((int)bench->result.steps_done, 2);
}
END_TEST

START_TEST(what_holds_is_not_sent_again)
{
    answer(bench, "PUT", "", 0, 200, "{}");
    plan_two("{}");
    bench_apply(bench);
    size_t before = bench->fake->request_count;
    ck_assert_int_eq(bench_apply(bench), ENGINE_SUCCEEDED);
    ck_assert_uint_eq(bench->fake->request_count, before);
    plan_two("{\"y\":2}");
    ck_assert_str_eq(bench_diff(bench),
                     "keep a: is as it was applied\nupdate b: differs from what was applied\n");
    ck_assert_int_eq(bench_apply(bench), ENGINE_SUCCEEDED);
    ck_assert_uint_eq(sent(bench, "PUT", "/a?"), 1);
    ck_assert_uint_eq(sent(bench, "PUT", "/b?"), 2);
}
END_TEST

START_TEST(teardown_goes_backwards)
{
    answer(bench, "PUT", "", 0, 200, "{}");
    answer(bench, "DELETE", "", 0, 204, "");
    plan_two("{}");
    bench_apply(bench);
    plan_free(bench->plan);
    bench->plan = NULL;
    ck_assert_str_eq(bench_diff(bench), "remove b: belongs to what is deleted\n"
                                        "remove a: belongs to what is deleted\n");
    ck_assert_int_eq(bench_apply(bench), ENGINE_SUCCEEDED);
    ck_assert_int_lt(sent_at(bench, "DELETE", "/b?", 0), sent_at(bench, "DELETE", "/a?", 0));
    ck_assert_str_eq(bench_rows(bench), "");
}
END_TEST

START_TEST(long_operations_are_awaited)
{
    fake_add(bench->fake,
             (struct fake_rule){.method = "PUT",
                                .url = "/a?",
                                .status = 201,
                                .headers = "Azure-AsyncOperation: https://arm.test/op/1",
                                .body = "{\"properties\":{\"provisioningState\":\"Creating\"}}"});
    answer(bench, "GET", "/op/1", 2, 200, "{\"status\":\"InProgress\"}");
    answer(bench, "GET", "/op/1", 0, 200, "{\"status\":\"Succeeded\"}");
    answer(bench, "GET", "/a?", 0, 200, "{\"id\":\"the-id\"}");
    answer(bench, "PUT", "/b?", 0, 200, "{}");
    struct fh_output output = {.name = "id", .pointer = "/id"};
    struct fh_step steps[2] = {put_step("a", NETWORK("a"), "{}"),
                               put_step("b", NETWORK("b"), "{\"ref\":\"${a.id}\"}")};
    steps[0].outputs = &output;
    steps[0].output_count = 1;
    steps[0].output_size = sizeof output;
    steps[1].after = after_a;
    steps[1].after_count = 1;
    bench_plan(bench, steps, 2);
    ck_assert_msg(bench_apply(bench) == ENGINE_SUCCEEDED, "%s", error_text(&bench->result.error));
    ck_assert_str_eq(sent_body(bench, "PUT", "/b?", 0), "{\"ref\":\"the-id\"}");
}
END_TEST

/* A secret is nowhere but in memory: the step that gave it, and what it rests on, come again. */
START_TEST(a_failed_run_makes_its_secrets_and_helpers_again)
{
    answer(bench, "PUT", "/b?", 1, 403, "{\"error\":{\"code\":\"No\",\"message\":\"no\"}}");
    answer(bench, "PUT", "", 0, 200, "{\"id\":\"here\"}");
    answer(bench, "DELETE", "", 0, 204, "");
    answer(bench, "POST", "", 0, 200, "{\"token\":\"s3cret\"}");
    static const char *const after_part[] = {"a/part"};
    static const char *const after_key[] = {"key"};
    struct fh_output id = {.name = "id", .pointer = "/id"};
    struct fh_output token = {.name = "token", .pointer = "/token", .flags = FH_OUTPUT_SECRET};
    struct fh_step steps[4] = {put_step("a", NETWORK("a"), "{}"),
                               put_step("a/part", NETWORK("a/part"), "{}"),
                               put_step("key", NETWORK("a") "/listKeys", NULL),
                               put_step("b", NETWORK("b"), "{\"t\":\"${a.id}?${key.token}\"}")};
    steps[0].ownership = FH_TEMPORARY;
    steps[0].outputs = &id;
    steps[0].output_count = 1;
    steps[0].output_size = sizeof id;
    steps[1].ownership = FH_TEMPORARY; /* goes with what it is a part of */
    steps[1].undo_method = "NONE";
    steps[1].after = after_a;
    steps[1].after_count = 1;
    steps[2].method = "POST";
    steps[2].flags = FH_STEP_ACTION;
    steps[2].after = after_part;
    steps[2].after_count = 1;
    steps[2].outputs = &token;
    steps[2].output_count = 1;
    steps[2].output_size = sizeof token;
    steps[3].after = after_key;
    steps[3].after_count = 1;
    bench_plan(bench, steps, 4);
    ck_assert_int_eq(bench_apply(bench), ENGINE_FAILED);
    ck_assert_uint_eq(sent(bench, "DELETE", "/a?"), 1);
    engine_result_clear(&bench->result);
    ck_assert_msg(bench_apply(bench) == ENGINE_SUCCEEDED, "%s", error_text(&bench->result.error));
    ck_assert_uint_eq(sent(bench, "PUT", "/a?"), 2);
    ck_assert_uint_eq(sent(bench, "PUT", "/a/part?"), 2);
    ck_assert_uint_eq(sent(bench, "POST", "listKeys"), 2);
    ck_assert_str_eq(sent_body(bench, "PUT", "/b?", 1), "{\"t\":\"here?s3cret\"}");
    ck_assert_uint_eq(sent(bench, "DELETE", "/a?"), 2);
}
END_TEST

/* ---- parts ---- */

START_TEST(parts_fail_apart_and_are_retried_alone)
{
    answer(bench, "PUT", "/b?", 1, 400, "{\"error\":{\"code\":\"Bad\",\"message\":\"no\"}}");
    answer(bench, "PUT", "", 0, 201, "{}");
    static const char *const after_b[] = {"b"};
    struct fh_step steps[4] = {put_step("a", NETWORK("a"), "{}"), put_step("b", NETWORK("b"), "{}"),
                               put_step("c", NETWORK("c"), "{}"),
                               put_step("d", NETWORK("d"), "{}")};
    steps[1].part = steps[2].part = "routes";
    steps[1].failed_status = "RouteTableFailed";
    steps[1].after = steps[3].after = after_a;
    steps[2].after = after_b;
    steps[1].after_count = steps[2].after_count = steps[3].after_count = 1;
    bench_plan(bench, steps, 4);
    ck_assert_int_eq(bench_apply(bench), ENGINE_PARTLY);
    ck_assert_str_eq(bench->result.failed_status, "RouteTableFailed");
    ck_assert_msg(strstr(bench->events, "failed c: not tried because b failed"), "%s",
                  bench->events);
    ck_assert_str_eq(bench_rows(bench), "a done\nb failed\nd done\n");
    ck_assert_int_eq(bench_apply(bench), ENGINE_SUCCEEDED);
    ck_assert_uint_eq(sent(bench, "PUT", "/a?"), 1);
    ck_assert_uint_eq(sent(bench, "PUT", "/b?"), 2);
    ck_assert_uint_eq(sent(bench, "PUT", "/d?"), 1);
}
END_TEST

START_TEST(an_optional_step_may_fail)
{
    answer(bench, "PUT", "/a?", 0, 400, "{\"error\":{\"code\":\"Bad\",\"message\":\"no\"}}");
    answer(bench, "PUT", "/b?", 0, 201, "{}");
    struct fh_step steps[2] = {put_step("a", NETWORK("a"), "{}"),
                               put_step("b", NETWORK("b"), "{}")};
    steps[0].flags = FH_STEP_OPTIONAL;
    steps[1].after = after_a;
    steps[1].after_count = 1;
    bench_plan(bench, steps, 2);
    ck_assert_int_eq(bench_apply(bench), ENGINE_SUCCEEDED);
    ck_assert_msg(strstr(bench->events, "failed a"), "%s", bench->events);
    ck_assert_str_eq(bench_rows(bench), "a failed\nb done\n");
}
END_TEST

/* ---- ownership ---- */

START_TEST(what_is_foreign_stays_and_what_is_temporary_goes)
{
    answer(bench, "PUT", "", 0, 201, "{}");
    answer(bench, "POST", "", 0, 200, "{}");
    answer(bench, "DELETE", "", 0, 200, "");
    static const char *const after_all[] = {"a", "t"};
    struct fh_step steps[3] = {put_step("a", NETWORK("a"), "{}"), put_step("t", NETWORK("t"), "{}"),
                               put_step("act", NETWORK("a") "/run", "{}")};
    steps[0].ownership = FH_FOREIGN;
    steps[1].ownership = FH_TEMPORARY;
    steps[2].method = "POST";
    steps[2].flags = FH_STEP_ACTION;
    steps[2].after = after_all;
    steps[2].after_count = 2;
    bench_plan(bench, steps, 3);
    ck_assert_int_eq(bench_apply(bench), ENGINE_SUCCEEDED);
    ck_assert_int_lt(sent_at(bench, "POST", "/run", 0), sent_at(bench, "DELETE", "/t?", 0));
    ck_assert_str_eq(bench_rows(bench), "a done\nact done\n");
    ck_assert_int_eq(bench_apply(bench), ENGINE_SUCCEEDED); /* nobody needs the temporary one now */
    ck_assert_uint_eq(sent(bench, "PUT", "/t?"), 1);
    ck_assert_uint_eq(sent(bench, "POST", "/run"), 1);
    plan_free(bench->plan);
    bench->plan = NULL;
    ck_assert_int_eq(bench_apply(bench), ENGINE_SUCCEEDED);
    ck_assert_uint_eq(sent(bench, "DELETE", "/a?"), 0);
    ck_assert_str_eq(bench_rows(bench), "");
}
END_TEST

START_TEST(temporary_ones_go_after_a_failure_too)
{
    answer(bench, "PUT", "/t?", 0, 201, "{}");
    answer(bench, "PUT", "/b?", 0, 400, "{\"error\":{\"code\":\"Bad\",\"message\":\"no\"}}");
    answer(bench, "DELETE", "", 0, 200, "");
    static const char *const after_t[] = {"t"};
    struct fh_step steps[2] = {put_step("t", NETWORK("t"), "{}"),
                               put_step("b", NETWORK("b"), "{}")};
    steps[0].ownership = FH_TEMPORARY;
    steps[1].after = after_t;
    steps[1].after_count = 1;
    bench_plan(bench, steps, 2);
    ck_assert_int_eq(bench_apply(bench), ENGINE_FAILED);
    ck_assert_uint_eq(sent(bench, "DELETE", "/t?"), 1);
    ck_assert_str_eq(bench_state(bench, "t"), "");
}
END_TEST

START_TEST(an_undo_of_ones_own_needs_no_plan)
{
    answer(bench, "PUT", "", 0, 201, "{\"etag\":\"e1\"}");
    answer(bench, "PATCH", "", 0, 200, "{}");
    struct fh_output output = {.name = "etag", .pointer = "/etag"};
    struct fh_step step = put_step("a", NETWORK("a"), "{}");
    step.outputs = &output;
    step.output_count = 1;
    step.output_size = sizeof output;
    step.undo_method = "PATCH";
    step.undo_path = NETWORK("other");
    step.undo_body = "{\"etag\":\"${a.etag}\",\"key\":\"${secret:psk}\"}";
    bench_secret(bench, "psk", "hidden");
    bench_plan(bench, &step, 1);
    ck_assert_int_eq(bench_apply(bench), ENGINE_SUCCEEDED);
    plan_free(bench->plan);
    bench->plan = NULL;
    ck_assert_int_eq(bench_apply(bench), ENGINE_SUCCEEDED);
    ck_assert_str_eq(sent_body(bench, "PATCH", "/other?", 0),
                     "{\"etag\":\"e1\",\"key\":\"hidden\"}");
    ck_assert_uint_eq(sent(bench, "DELETE", ""), 0);
}
END_TEST

/* ---- watches ---- */

START_TEST(a_watch_waits_until_and_looks_again_behind_a_change)
{
    answer(bench, "PUT", "", 0, 200, "{}");
    answer(bench, "GET", "/a?", 2, 200, "{\"properties\":{\"peeringState\":\"Initiated\"}}");
    answer(bench, "GET", "/a?", 0, 200, "{\"properties\":{\"peeringState\":\"Connected\"}}");
    struct fh_step steps[2] = {put_step("a", NETWORK("a"), "{}"),
                               put_step("w", NETWORK("a"), NULL)};
    steps[1].method = "GET";
    steps[1].body = NULL;
    steps[1].after = after_a;
    steps[1].after_count = 1;
    steps[1].until_pointer = "/properties/peeringState";
    steps[1].until_values = "Connected|Fine";
    steps[1].until_failures = "Disconnected";
    bench_plan(bench, steps, 2);
    ck_assert_int_eq(bench_apply(bench), ENGINE_SUCCEEDED);
    ck_assert_uint_eq(sent(bench, "GET", "/a?"), 3);
    ck_assert_int_eq(bench_apply(bench), ENGINE_SUCCEEDED);
    ck_assert_uint_eq(sent(bench, "GET", "/a?"), 3);
    steps[0].body = "{\"x\":1}";
    bench_plan(bench, steps, 2);
    ck_assert_str_eq(bench_diff(bench), "update a: differs from what was applied\n"
                                        "run w: follows a step that changes\n");
    ck_assert_int_eq(bench_apply(bench), ENGINE_SUCCEEDED);
    ck_assert_uint_eq(sent(bench, "GET", "/a?"), 4);
}
END_TEST

static struct fh_step until_step(void)
{
    struct fh_step step = put_step("a", NETWORK("a"), "{}");
    step.until_pointer = "/properties/state";
    step.until_values = "Connected";
    step.until_failures = "Disconnected";
    step.until_timeout_seconds = 60;
    return step;
}

START_TEST(what_a_watch_must_not_see_fails_the_step)
{
    answer(bench, "PUT", "", 0, 200, "{\"properties\":{\"state\":\"Initiated\"}}");
    answer(bench, "GET", "", 0, 200, "{\"properties\":{\"state\":\"Disconnected\"}}");
    struct fh_step step = until_step();
    bench_plan(bench, &step, 1);
    ck_assert_int_eq(bench_apply(bench), ENGINE_FAILED);
    ck_assert_msg(strstr(error_text(&bench->result.error), "Disconnected"), "%s",
                  error_text(&bench->result.error));
}
END_TEST

START_TEST(a_watch_ends_at_its_time_limit)
{
    answer(bench, "PUT", "", 0, 200, "{}");
    answer(bench, "GET", "", 0, 200, "{\"properties\":{\"state\":\"Initiated\"}}");
    struct fh_step step = until_step();
    bench_plan(bench, &step, 1);
    ck_assert_int_eq(bench_apply(bench), ENGINE_FAILED);
    ck_assert_int_le(bench->fake->now_ms, 80000);
}
END_TEST

/* ---- credentials ---- */

START_TEST(a_step_may_use_another_credential_and_tokens_of_other_tenants)
{
    answer(bench, "PUT", "", 0, 200, "{}");
    answer(bench, "DELETE", "", 0, 200, "");
    static const char *const auxiliary[] = {"main"};
    struct fh_step step = put_step("a", NETWORK("a"), "{}");
    step.credential = "other";
    step.auxiliary = auxiliary;
    step.auxiliary_count = 1;
    bench_plan(bench, &step, 1);
    ck_assert_int_eq(bench_apply(bench), ENGINE_SUCCEEDED);
    plan_free(bench->plan);
    bench->plan = NULL;
    ck_assert_int_eq(bench_apply(bench), ENGINE_SUCCEEDED);
    for (size_t i = 0; i < bench->fake->request_count; i++) {
        char value[200];
        ck_assert(fake_header(&bench->fake->requests[i], "x-ms-authorization-auxiliary", value,
                              sizeof value));
        ck_assert(fake_header(&bench->fake->requests[i], "x-ms-correlation-request-id", value,
                              sizeof value));
        ck_assert_str_eq(value, OPERATION);
    }
}
END_TEST

/* ---- secrets ---- */

static bool row_holds(void *context, const struct journal_step *row)
{
    const char *texts[] = {row->undo, row->outputs, row->path, row->error, row->digest, row->poll};
    for (size_t i = 0; i < 6; i++)
        ck_assert(!texts[i] || !strstr(texts[i], context));
    return true;
}

START_TEST(secrets_reach_azure_and_nothing_else)
{
    answer(bench, "PUT", "", 1, 400,
           "{\"error\":{\"code\":\"Bad\",\"message\":\"the key 'hidden' is too short\"}}");
    answer(bench, "PUT", "", 0, 200, "{}");
    bench_secret(bench, "psk", "hidden");
    struct fh_step step = put_step("a", NETWORK("a"), "{\"key\":\"${secret:psk}\"}");
    bench_plan(bench, &step, 1);
    ck_assert_int_eq(bench_apply(bench), ENGINE_FAILED);
    ck_assert_str_eq(sent_body(bench, "PUT", "/a?", 0), "{\"key\":\"hidden\"}");
    ck_assert(!strstr(error_text(&bench->result.error), "hidden"));
    ck_assert(!strstr(bench->events, "hidden"));
    const struct journal_filter filter = {.subject_id = SUBJECT};
    char secret[] = "hidden";
    bench->store->ops->journal_each(bench->store, &filter, row_holds, secret, NULL);
    ck_assert_int_eq(bench_apply(bench), ENGINE_SUCCEEDED);
    size_t before = sent(bench, "PUT", "");
    bench_secret(bench, "psk", "rotated");
    ck_assert_int_eq(bench_apply(bench), ENGINE_SUCCEEDED);
    ck_assert_uint_eq(sent(bench, "PUT", ""), before + 1);
    ck_assert_str_eq(sent_body(bench, "PUT", "", (int)before), "{\"key\":\"rotated\"}");
}
END_TEST

START_TEST(a_step_with_capitals_can_be_referred_to)
{
    answer(bench, "PUT", "", 0, 200, "{\"id\":\"/the/id\"}");
    static const char *const after[] = {"Group-A"};
    struct fh_output output = {.name = "id", .pointer = "/id"};
    struct fh_step steps[2] = {put_step("Group-A", NETWORK("a"), "{}"),
                               put_step("b", NETWORK("b"), "{\"k\":\"${Group-A.id}\"}")};
    steps[0].outputs = &output;
    steps[0].output_count = 1;
    steps[0].output_size = sizeof output;
    steps[1].after = after;
    steps[1].after_count = 1;
    bench_plan(bench, steps, 2);
    ck_assert_int_eq(bench_apply(bench), ENGINE_SUCCEEDED);
    ck_assert_str_eq(sent_body(bench, "PUT", "/b?", 0), "{\"k\":\"/the/id\"}");
}
END_TEST

START_TEST(a_secret_output_is_asked_for_again_when_it_is_needed)
{
    answer(bench, "POST", "/keys", 0, 200, "{\"key\":\"k3y\"}");
    answer(bench, "PUT", "", 0, 200, "{}");
    struct fh_output output = {.name = "key", .pointer = "/key", .flags = FH_OUTPUT_SECRET};
    struct fh_step steps[2] = {put_step("a", NETWORK("a") "/keys", NULL),
                               put_step("b", NETWORK("b"), "{\"k\":\"${a.key}\"}")};
    steps[0].method = "POST";
    steps[0].outputs = &output;
    steps[0].output_count = 1;
    steps[0].output_size = sizeof output;
    steps[1].after = after_a;
    steps[1].after_count = 1;
    bench_plan(bench, steps, 2);
    ck_assert_int_eq(bench_apply(bench), ENGINE_SUCCEEDED);
    char secret[] = "k3y";
    const struct journal_filter filter = {.subject_id = SUBJECT};
    bench->store->ops->journal_each(bench->store, &filter, row_holds, secret, NULL);
    steps[1].body = "{\"k\":\"${a.key}\",\"more\":1}";
    bench_plan(bench, steps, 2);
    ck_assert_msg(bench_apply(bench) == ENGINE_SUCCEEDED, "%s", error_text(&bench->result.error));
    ck_assert_uint_eq(sent(bench, "POST", "/keys"), 2);
    ck_assert_str_eq(sent_body(bench, "PUT", "/b?", 1), "{\"k\":\"k3y\",\"more\":1}");
}
END_TEST

/* ---- in doubt ---- */

START_TEST(a_lost_answer_is_asked_for_by_name)
{
    fake_add(bench->fake,
             (struct fake_rule){.method = "PUT", .times = 1, .failure = TRANSPORT_LOST});
    answer(bench, "GET", "/a?", 0, 404, "{}");
    answer(bench, "PUT", "", 0, 201, "{}");
    struct fh_step step = put_step("a", NETWORK("a"), "{}");
    bench_plan(bench, &step, 1);
    ck_assert_int_eq(bench_apply(bench), ENGINE_SUCCEEDED);
    ck_assert_int_lt(sent_at(bench, "PUT", "/a?", 0), sent_at(bench, "GET", "/a?", 0));
    ck_assert_uint_eq(sent(bench, "PUT", "/a?"), 2);
}
END_TEST

START_TEST(an_action_in_doubt_is_not_done_twice)
{
    fake_add(bench->fake,
             (struct fake_rule){.method = "POST", .times = 1, .failure = TRANSPORT_LOST});
    struct fh_step step = put_step("a", NETWORK("a") "/reset", NULL);
    step.method = "POST";
    step.flags = FH_STEP_ACTION;
    bench_plan(bench, &step, 1);
    ck_assert_int_eq(bench_apply(bench), ENGINE_FAILED);
    ck_assert_uint_eq(sent(bench, "POST", ""), 1);
}
END_TEST

#define FAILED(code)                                                                               \
    "{\"status\":\"Failed\",\"error\":{\"code\":\"" code "\",\"message\":\"no room\"}}"

START_TEST(failed_that_has_come_right_is_taken_as_it_is)
{
    fake_add(bench->fake,
             (struct fake_rule){.method = "PUT",
                                .status = 201,
                                .headers = "Azure-AsyncOperation: https://arm.test/op/1",
                                .body = "{\"properties\":{\"provisioningState\":\"Creating\"}}"});
    answer(bench, "GET", "/op/1", 0, 200, FAILED("InternalError"));
    answer(bench, "GET", "/a?", 0, 200, "{\"properties\":{\"provisioningState\":\"Succeeded\"}}");
    struct fh_step step = put_step("a", NETWORK("a"), "{}");
    bench_plan(bench, &step, 1);
    ck_assert_int_eq(bench_apply(bench), ENGINE_SUCCEEDED);
}
END_TEST

START_TEST(busy_is_tried_again)
{
    answer(bench, "PUT", "", 1, 409,
           "{\"error\":{\"code\":\"ReferencedResourceNotProvisioned\",\"message\":\"wait\"}}");
    answer(bench, "PUT", "", 0, 201, "{}");
    struct fh_step step = put_step("a", NETWORK("a"), "{}");
    bench_plan(bench, &step, 1);
    ck_assert_int_eq(bench_apply(bench), ENGINE_SUCCEEDED);
}
END_TEST

START_TEST(an_interrupted_run_goes_on_where_it_was)
{
    fake_add(bench->fake,
             (struct fake_rule){.method = "PUT",
                                .status = 201,
                                .headers = "Azure-AsyncOperation: https://arm.test/op/1",
                                .body = "{\"properties\":{\"provisioningState\":\"Creating\"}}"});
    struct fh_step step = put_step("a", NETWORK("a"), "{}");
    bench_plan(bench, &step, 1);
    bench->interrupted = 0;
    answer(bench, "GET", "/op/1", 1, 200, "{\"status\":\"InProgress\"}");
    answer(bench, "GET", "/op/1", 0, 200, "{\"status\":\"Succeeded\"}");
    answer(bench, "GET", "/a?", 0, 200, "{}");
    bench->interrupt_at = 1;
    ck_assert_int_eq(bench_apply(bench), ENGINE_INTERRUPTED);
    ck_assert_str_eq(bench_rows(bench), "a accepted\n");
    bench->interrupted = 0;
    bench->interrupt_at = 0;
    ck_assert_int_eq(bench_apply(bench), ENGINE_SUCCEEDED);
    ck_assert_uint_eq(sent(bench, "PUT", ""), 1);
}
END_TEST

START_TEST(a_cancelled_run_leaves_what_is_done)
{
    answer(bench, "PUT", "", 0, 200, "{}");
    ck_assert_int_eq(bench->store->ops->operation_request_cancel(bench->store, OPERATION, NULL), 0);
    plan_two("{}");
    ck_assert_int_eq(bench_apply(bench), ENGINE_CANCELLED);
    ck_assert_uint_eq(bench->fake->request_count, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plan-engine");
    TCase *tcase = tcase_create("engine");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, steps_are_sent_in_their_order);
    tcase_add_test(tcase, what_holds_is_not_sent_again);
    tcase_add_test(tcase, teardown_goes_backwards);
    tcase_add_test(tcase, long_operations_are_awaited);
    tcase_add_test(tcase, a_failed_run_makes_its_secrets_and_helpers_again);
    tcase_add_test(tcase, parts_fail_apart_and_are_retried_alone);
    tcase_add_test(tcase, an_optional_step_may_fail);
    tcase_add_test(tcase, what_is_foreign_stays_and_what_is_temporary_goes);
    tcase_add_test(tcase, temporary_ones_go_after_a_failure_too);
    tcase_add_test(tcase, an_undo_of_ones_own_needs_no_plan);
    tcase_add_test(tcase, a_watch_waits_until_and_looks_again_behind_a_change);
    tcase_add_test(tcase, what_a_watch_must_not_see_fails_the_step);
    tcase_add_test(tcase, a_watch_ends_at_its_time_limit);
    tcase_add_test(tcase, a_step_may_use_another_credential_and_tokens_of_other_tenants);
    tcase_add_test(tcase, secrets_reach_azure_and_nothing_else);
    tcase_add_test(tcase, a_step_with_capitals_can_be_referred_to);
    tcase_add_test(tcase, a_secret_output_is_asked_for_again_when_it_is_needed);
    tcase_add_test(tcase, a_lost_answer_is_asked_for_by_name);
    tcase_add_test(tcase, an_action_in_doubt_is_not_done_twice);
    tcase_add_test(tcase, failed_that_has_come_right_is_taken_as_it_is);
    tcase_add_test(tcase, busy_is_tried_again);
    tcase_add_test(tcase, an_interrupted_run_goes_on_where_it_was);
    tcase_add_test(tcase, a_cancelled_run_leaves_what_is_done);
    suite_add_tcase(suite, tcase);
    return tap_main(suite);
}
