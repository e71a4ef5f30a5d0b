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
    suite_add_tcase(suite, tcase);
    return tap_main(suite);
}
