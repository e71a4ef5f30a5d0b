/* SPDX-License-Identifier: Apache-2.0 */
/* Alternatives: what is tried when Azure has no room. */
#include "plan_suites.h"
#include "plan_tools.h"

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

#define FIRST  "{\"size\":\"big\",\"zones\":[\"1\"]}"
#define SECOND "{\"size\":\"big\",\"zones\":[\"2\"]}"
#define THIRD  "{\"size\":\"small\"}"

#define NO_QUOTA                                                                                   \
    "{\"error\":{\"code\":\"OperationNotAllowed\",\"message\":\"Operation could not be completed " \
    "as it results in exceeding approved standardDSv5Family Cores quota.\"}}"

static const char *const on_a[] = {"a", NULL};

static struct fh_step vm_step(const char *key, const char *path)
{
    struct fh_step step = put_step(key, path, FIRST);
    step.alternatives = "[{\"zones\":[\"2\"]},{\"zones\":null,\"size\":\"small\"}]";
    return step;
}

static void plan_vm(void)
{
    struct fh_step step = vm_step("a", VMS "/a");
    bench_plan(bench, &step, 1);
}

/* How many times there is no room, and with which code. */
static const struct {
    int times; /* 0: never any */
    int status;
    const char *body;
    const char *last; /* body of the last PUT */
    enum engine_end end;
    size_t puts;
} refused[] = {
    {1, 409, REFUSAL("SkuNotAvailable"), SECOND, ENGINE_SUCCEEDED, 2},
    {2, 409, REFUSAL("SkuNotAvailable"), THIRD, ENGINE_SUCCEEDED, 3},
    {0, 409, REFUSAL("SkuNotAvailable"), THIRD, ENGINE_FAILED, 3},
    {1, 409, REFUSAL("ZonalAllocationFailed"), SECOND, ENGINE_SUCCEEDED, 2},
    {1, 409, REFUSAL("AllocationFailed"), SECOND, ENGINE_SUCCEEDED, 2},
    {1, 409, REFUSAL("OverconstrainedAllocationRequest"), SECOND, ENGINE_SUCCEEDED, 2},
    {1, 409, REFUSAL("OverconstrainedZonalAllocationRequest"), SECOND, ENGINE_SUCCEEDED, 2},
    {1, 409, REFUSAL("QuotaExceeded"), SECOND, ENGINE_SUCCEEDED, 2},
    {2, 409, NO_QUOTA, THIRD, ENGINE_SUCCEEDED, 3},
    {1, 409, REFUSAL("OperationNotAllowed"), FIRST, ENGINE_FAILED, 1}, /* for another reason */
    {1, 409, REFUSAL("Conflict"), FIRST, ENGINE_FAILED, 1}, /* not of the capacity class */
};

START_TEST(alternatives_are_tried_in_their_order)
{
    answer(bench, "PUT", "/a?", refused[_i].times, refused[_i].status, refused[_i].body);
    answer(bench, "PUT", "/a?", 0, 201, "{}");
    plan_vm();
    expect_end(bench, refused[_i].end);
    ck_assert_uint_eq(sent(bench, "PUT", "/a?"), refused[_i].puts);
    ck_assert_str_eq(sent_body(bench, "PUT", "/a?", (int)refused[_i].puts - 1), refused[_i].last);
    ck_assert_uint_eq(sent(bench, "DELETE", ""), 0); /* nothing was made */
}
END_TEST

START_TEST(the_message_names_what_was_tried)
{
    answer(bench, "PUT", "/a?", 2, 409, REFUSAL("SkuNotAvailable"));
    answer(bench, "PUT", "/a?", 0, 409, REFUSAL("QuotaExceeded"));
    plan_vm();
    expect_end(bench, ENGINE_FAILED);
    static const char *const parts[] = {"zones 1", "zones 2", "size small", "SkuNotAvailable",
                                        "QuotaExceeded"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        expect_text(error_text(&bench->result.error), parts[i]);
}
END_TEST

START_TEST(a_remnant_goes_first)
{
    accept_put(bench, "/a?", 1, ASYNC("1"));
    answer(bench, "GET", "/op/1", 0, 200, ENDED_BADLY("ZonalAllocationFailed"));
    answer(bench, "GET", "/a?", 0, 200, STATE("Failed"));
    fake_add(
        bench->fake,
        (struct fake_rule){.method = "DELETE", .times = 1, .status = 202, .headers = ASYNC("2")});
    answer(bench, "GET", "/op/2", 2, 200, IN_PROGRESS);
    answer(bench, "GET", "/op/2", 0, 200, SUCCEEDED);
    answer(bench, "PUT", "/a?", 0, 201, "{}");
    plan_vm();
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_int_lt(sent_at(bench, "PUT", "/a?", 0), sent_at(bench, "DELETE", "/a?", 0));
    ck_assert_int_lt(sent_at(bench, "GET", "/op/2", 2), sent_at(bench, "PUT", "/a?", 1));
    ck_assert_str_eq(sent_body(bench, "PUT", "/a?", 1), SECOND);
    ck_assert_str_eq(bench_rows(bench), "a done\n");
}
END_TEST

START_TEST(a_failure_without_a_remnant_removes_nothing)
{
    accept_put(bench, "/a?", 1, ASYNC("1"));
    answer(bench, "GET", "/op/1", 0, 200, ENDED_BADLY("ZonalAllocationFailed"));
    answer(bench, "GET", "/a?", 0, 404, REFUSAL("ResourceNotFound"));
    answer(bench, "PUT", "/a?", 0, 201, "{}");
    plan_vm();
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_uint_eq(sent(bench, "DELETE", ""), 0);
    ck_assert_str_eq(sent_body(bench, "PUT", "/a?", 1), SECOND);
}
END_TEST

START_TEST(a_full_place_is_not_tried_by_others)
{
    answer(bench, "PUT", "/a?", 1, 409, REFUSAL("ZonalAllocationFailed"));
    answer(bench, "PUT", "", 0, 201, "{}");
    struct fh_step steps[4] = {vm_step("a", VMS "/a"), behind(vm_step("b", VMS "/b"), on_a),
                               behind(vm_step("c", NETWORK("c")), on_a),
                               behind(vm_step("d", VMS "/d"), on_a)};
    steps[3].body = "{\"size\":\"big\",\"zones\":[\"3\"]}";
    bench_plan(bench, steps, 4);
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_uint_eq(sent(bench, "PUT", "/b?"), 1);
    ck_assert_str_eq(sent_body(bench, "PUT", "/b?", 0), SECOND);
    ck_assert_str_eq(sent_body(bench, "PUT", "/c?", 0), FIRST); /* of another collection */
    ck_assert_str_eq(sent_body(bench, "PUT", "/d?", 0), "{\"size\":\"big\",\"zones\":[\"3\"]}");
}
END_TEST

START_TEST(what_was_full_is_tried_anew_by_the_next_run)
{
    answer(bench, "PUT", "/a?", 3, 409, REFUSAL("SkuNotAvailable"));
    answer(bench, "GET", "/a?", 0, 404, REFUSAL("ResourceNotFound"));
    answer(bench, "PUT", "/a?", 0, 201, "{}");
    plan_vm();
    expect_end(bench, ENGINE_FAILED);
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_str_eq(sent_body(bench, "PUT", "/a?", 3), FIRST);
}
END_TEST

START_TEST(which_one_was_used_is_an_output_and_is_kept)
{
    answer(bench, "PUT", "/a?", 1, 409, REFUSAL("SkuNotAvailable"));
    answer(bench, "PUT", "", 0, 201, "{}");
    struct fh_step steps[2] = {
        vm_step("a", VMS "/a"),
        behind(put_step("b", NETWORK("b"), "{\"n\":\"${a.alternative}\"}"), on_a)};
    bench_plan(bench, steps, 2);
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_str_eq(sent_body(bench, "PUT", "/b?", 0), "{\"n\":1}");
    steps[1].body = "{\"m\":\"at ${a.alternative}\"}";
    bench_plan(bench, steps, 2);
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_str_eq(sent_body(bench, "PUT", "/b?", 1), "{\"m\":\"at 1\"}");
    ck_assert_uint_eq(sent(bench, "PUT", "/a?"), 2);
}
END_TEST

START_TEST(an_update_stays_where_it_is)
{
    answer(bench, "PUT", "/a?", 1, 409, REFUSAL("SkuNotAvailable"));
    answer(bench, "PUT", "/a?", 1, 201, "{}");
    answer(bench, "PUT", "/a?", 1, 200, "{}");
    answer(bench, "PUT", "/a?", 0, 409, REFUSAL("AllocationFailed"));
    plan_vm();
    expect_end(bench, ENGINE_SUCCEEDED);
    struct fh_step step = vm_step("a", VMS "/a");
    step.body = "{\"size\":\"big\",\"zones\":[\"1\"],\"x\":1}";
    bench_plan(bench, &step, 1);
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_str_eq(sent_body(bench, "PUT", "/a?", 2),
                     "{\"size\":\"big\",\"x\":1,\"zones\":[\"2\"]}");
    step.body = "{\"size\":\"big\",\"zones\":[\"1\"],\"x\":2}";
    bench_plan(bench, &step, 1);
    expect_end(bench, ENGINE_FAILED);
    ck_assert_uint_eq(sent(bench, "PUT", "/a?"), 4);
    ck_assert_uint_eq(sent(bench, "DELETE", ""), 0);
}
END_TEST

TCase *plan_capacity_case(void)
{
    TCase *tcase = tcase_create("capacity");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, alternatives_are_tried_in_their_order, 0,
                        sizeof refused / sizeof *refused);
    tcase_add_test(tcase, the_message_names_what_was_tried);
    tcase_add_test(tcase, a_remnant_goes_first);
    tcase_add_test(tcase, a_failure_without_a_remnant_removes_nothing);
    tcase_add_test(tcase, a_full_place_is_not_tried_by_others);
    tcase_add_test(tcase, what_was_full_is_tried_anew_by_the_next_run);
    tcase_add_test(tcase, which_one_was_used_is_an_output_and_is_kept);
    tcase_add_test(tcase, an_update_stays_where_it_is);
    return tcase;
}
