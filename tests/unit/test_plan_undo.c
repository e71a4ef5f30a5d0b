/* SPDX-License-Identifier: Apache-2.0 */
/* What is removed, how, in which order, and what never is. */
#include "plan_guard.h"
#include "plan_suites.h"
#include "plan_tools.h"

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

static const char *const on_a[] = {"a", NULL}, *const on_b[] = {"b", NULL};

/* One step of each kind, a failing or a good operation, then a teardown. */
static const struct {
    uint32_t ownership, flags;
    const char *method; /* NULL: PUT */
    const char *undo_method;
    bool fails;         /* another step of the operation */
    size_t at_the_end;  /* DELETEs when the operation has ended */
    size_t at_teardown; /* and when the subject is gone */
} kinds[] = {
    {FH_OWNED, 0, NULL, NULL, false, 0, 1},
    {FH_OWNED, 0, NULL, NULL, true, 0, 1},
    {FH_OWNED, 0, NULL, "NONE", false, 0, 0},
    {FH_OWNED, 0, "POST", NULL, false, 0, 0},
    {FH_OWNED, 0, "PATCH", NULL, false, 0, 0},
    {FH_OWNED, 0, "PATCH", "DELETE", false, 0, 1},
    {FH_FOREIGN, 0, NULL, NULL, false, 0, 0},
    {FH_FOREIGN, 0, NULL, NULL, true, 0, 0},
    {FH_FOREIGN, 0, "PATCH", NULL, false, 0, 0},
    {FH_FOREIGN, 0, NULL, "NONE", false, 0, 0},
    {FH_OWNED, FH_STEP_ACTION, "POST", NULL, false, 0, 0},
    {FH_OWNED, FH_STEP_ACTION, NULL, NULL, false, 0, 0},
    {FH_TEMPORARY, 0, NULL, NULL, false, 1, 0},
    {FH_TEMPORARY, 0, NULL, NULL, true, 1, 0},
    {FH_TEMPORARY, 0, NULL, "NONE", false, 0, 0},
};

START_TEST(who_owns_it_decides_when_it_goes)
{
    answer(bench, "PUT", "/bad?", 0, 400, REFUSAL("Bad"));
    answer(bench, "DELETE", "", 0, 200, "");
    answer(bench, NULL, "", 0, 200, "{}");
    struct fh_step steps[2] = {put_step("a", NETWORK("a"), "{}"),
                               behind(put_step("bad", NETWORK("bad"), "{}"), on_a)};
    steps[0].ownership = kinds[_i].ownership;
    steps[0].flags = kinds[_i].flags;
    steps[0].method = kinds[_i].method;
    steps[0].undo_method = kinds[_i].undo_method;
    bench_plan(bench, steps, kinds[_i].fails ? 2 : 1);
    expect_end(bench, kinds[_i].fails ? ENGINE_FAILED : ENGINE_SUCCEEDED);
    ck_assert_uint_eq(sent(bench, "DELETE", "/a?"), kinds[_i].at_the_end);
    drop_plan(bench);
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_uint_eq(sent(bench, "DELETE", "/a?"), kinds[_i].at_the_end + kinds[_i].at_teardown);
    ck_assert_str_eq(bench_rows(bench), "");
}
END_TEST

/* An undo of one's own. */
static const struct {
    const char *method, *path, *body;
    const char *sent_method, *sent_url, *sent_body;
} undos[] = {
    {"POST", NETWORK("a") "/detach", "{\"id\":\"${a.id}\"}", "POST", "/a/detach?",
     "{\"id\":\"the-id\"}"},
    {"PATCH", NULL, "{\"x\":null}", "PATCH", "/a?", "{\"x\":null}"},
    {"PUT", NETWORK("other"), "{\"k\":\"${secret:psk}\"}", "PUT", "/other?", "{\"k\":\"hidden\"}"},
    {"DELETE", NETWORK("x-${a.id}"), NULL, "DELETE", "/x-the-id?", ""},
};

START_TEST(an_undo_of_ones_own_needs_no_plan)
{
    static const struct fh_output id = {.name = "id", .pointer = "/id"};
    answer(bench, NULL, "", 0, 200, "{\"id\":\"the-id\"}");
    bench_secret(bench, "psk", "hidden");
    struct fh_step step = giving(put_step("a", NETWORK("a"), "{}"), &id, 1);
    step.undo_method = undos[_i].method;
    step.undo_path = undos[_i].path;
    step.undo_body = undos[_i].body;
    bench_plan(bench, &step, 1);
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert(!journal_holds(bench, "hidden"));
    drop_plan(bench);
    size_t before = bench->fake->request_count;
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_uint_eq(bench->fake->request_count, before + 1);
    const struct fake_request *request = &bench->fake->requests[before];
    ck_assert_str_eq(request->method, undos[_i].sent_method);
    expect_text(request->url, undos[_i].sent_url);
    ck_assert_str_eq(request->body, undos[_i].sent_body);
    ck_assert_str_eq(bench_rows(bench), "");
}
END_TEST

START_TEST(a_secret_of_an_undo_does_not_come_back_in_an_error)
{
    bool busy = _i == 1;
    bench_secret(bench, "psk", "hidden");
    answer(bench, "PUT", "", 0, 200, "{}");
    answer(bench, "POST", "", busy ? 2 : 0, busy ? 409 : 400,
           "{\"error\":{\"code\":\"Odd\",\"message\":\"hidden will not do\"}}");
    answer(bench, "POST", "", 0, 200, "{}");
    struct fh_step step = put_step("a", NETWORK("a"), "{}");
    step.undo_method = "POST";
    step.undo_path = NETWORK("a") "/detach";
    step.undo_body = "{\"k\":\"${secret:psk}\"}";
    bench_plan(bench, &step, 1);
    expect_end(bench, ENGINE_SUCCEEDED);
    drop_plan(bench);
    expect_end(bench, busy ? ENGINE_SUCCEEDED : ENGINE_FAILED);
    ck_assert(!journal_holds(bench, "hidden"));
    ck_assert_msg(!strstr(bench->events, "hidden"), "%s", bench->events);
    ck_assert(!strstr(error_text(&bench->result.error), "hidden"));
}
END_TEST

/* ---- the order ---- */

static void plan_chain(size_t count)
{
    struct fh_step steps[4] = {
        put_step("a", NETWORK("a"), "{}"), behind(put_step("b", NETWORK("b"), "{}"), on_a),
        behind(put_step("c", NETWORK("c"), "{}"), on_b), put_step("z", NETWORK("z"), "{}")};
    bench_plan(bench, steps, count);
}

START_TEST(a_teardown_goes_backwards_and_side_by_side)
{
    answer(bench, "PUT", "", 0, 200, "{}");
    fake_add(bench->fake, (struct fake_rule){.method = "DELETE", .status = 200, .delay_ms = 1000});
    plan_chain(4);
    expect_end(bench, ENGINE_SUCCEEDED);
    drop_plan(bench);
    expect_end(bench, ENGINE_SUCCEEDED);
    const struct fake_request *requests = bench->fake->requests;
    int64_t at[3];
    static const char *const urls[] = {"/c?", "/b?", "/a?"};
    for (int i = 0; i < 3; i++)
        at[i] = requests[sent_at(bench, "DELETE", urls[i], 0)].at_ms;
    ck_assert_int_ge(at[1], at[0] + 1000);
    ck_assert_int_ge(at[2], at[1] + 1000);
    ck_assert_int_eq(requests[sent_at(bench, "DELETE", "/z?", 0)].at_ms, at[0]);
}
END_TEST

START_TEST(steps_that_vanished_from_the_plan_are_undone_last_first)
{
    answer(bench, "PUT", "", 0, 200, "{}");
    answer(bench, "DELETE", "", 0, 200, "");
    plan_chain(4);
    expect_end(bench, ENGINE_SUCCEEDED);
    plan_chain(1);
    ck_assert_str_eq(bench_diff(bench), "keep a: is as it was applied\n"
                                        "remove c: is no longer in the plan\n"
                                        "remove b: is no longer in the plan\n"
                                        "remove z: is no longer in the plan\n");
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_int_lt(sent_at(bench, "DELETE", "/c?", 0), sent_at(bench, "DELETE", "/b?", 0));
    ck_assert_uint_eq(sent(bench, "DELETE", ""), 3);
    ck_assert_uint_eq(sent(bench, "PUT", "/a?"), 1);
    ck_assert_str_eq(bench_rows(bench), "a done\n");
}
END_TEST

START_TEST(what_vanished_stays_while_what_replaces_it_fails)
{
    answer(bench, "PUT", "/b?", 1, 400, REFUSAL("Bad"));
    answer(bench, "PUT", "", 0, 200, "{}");
    answer(bench, "DELETE", "", 0, 200, "");
    struct fh_step old = put_step("a", NETWORK("a"), "{}");
    struct fh_step new = put_step("b", NETWORK("b"), "{}");
    bench_plan(bench, &old, 1);
    expect_end(bench, ENGINE_SUCCEEDED);
    bench_plan(bench, &new, 1);
    expect_end(bench, ENGINE_FAILED);
    ck_assert_uint_eq(sent(bench, "DELETE", ""), 0);
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_uint_eq(sent(bench, "DELETE", "/a?"), 1);
    ck_assert_str_eq(bench_rows(bench), "b done\n");
}
END_TEST

START_TEST(a_step_that_moves_leaves_nothing_behind)
{
    answer(bench, "PUT", "", 0, 200, "{}");
    answer(bench, "DELETE", "", 0, 200, "");
    struct fh_step step = put_step("a", NETWORK("old"), "{}");
    bench_plan(bench, &step, 1);
    expect_end(bench, ENGINE_SUCCEEDED);
    step.path = NETWORK("new");
    bench_plan(bench, &step, 1);
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_uint_eq(sent(bench, "PUT", "/new?"), 1);
    ck_assert_uint_eq(sent(bench, "DELETE", "/old?"), 1);
    ck_assert_uint_eq(sent(bench, "DELETE", "/new?"), 0);
    ck_assert_str_eq(bench_rows(bench), "a done\n");
}
END_TEST

START_TEST(a_path_in_another_case_is_the_same_place)
{
    answer(bench, "PUT", "", 0, 200, "{}");
    struct fh_step step = put_step("a", NETWORK("place"), "{}");
    bench_plan(bench, &step, 1);
    expect_end(bench, ENGINE_SUCCEEDED);
    step.path = NETWORK("PLACE");
    bench_plan(bench, &step, 1);
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_uint_eq(sent(bench, "DELETE", ""), 0);
}
END_TEST

/* ---- what Azure says to a removal ---- */

static const struct {
    int status;
    const char *body;
    int times; /* 0: always */
    enum engine_end end;
    size_t deletes; /* 0: many */
} answers[] = {
    {200, "", 0, ENGINE_SUCCEEDED, 1},
    {204, "", 0, ENGINE_SUCCEEDED, 1},
    {404, REFUSAL("ResourceNotFound"), 0, ENGINE_SUCCEEDED, 1},
    {404, REFUSAL("ResourceGroupNotFound"), 0, ENGINE_SUCCEEDED, 1},
    {409, REFUSAL("AnotherOperationInProgress"), 3, ENGINE_SUCCEEDED, 4},
    {400, REFUSAL("InUseSubnetCannotBeDeleted"), 3, ENGINE_SUCCEEDED, 4},
    {400, REFUSAL("NicReservedForAnotherVm"), 1, ENGINE_FAILED, 1},
    {409, REFUSAL("Conflict"), 2, ENGINE_SUCCEEDED, 3},
    {400, REFUSAL("CannotDeleteResource"), 1, ENGINE_SUCCEEDED, 2},
    {409, REFUSAL("InUse"), 0, ENGINE_FAILED, 0},
    {403, REFUSAL("AuthorizationFailed"), 0, ENGINE_FAILED, 1},
    {400, REFUSAL("Bad"), 0, ENGINE_FAILED, 1},
};

START_TEST(a_removal_is_patient_with_what_may_come_free)
{
    answer(bench, "PUT", "", 0, 200, "{}");
    answer(bench, "DELETE", "", answers[_i].times, answers[_i].status, answers[_i].body);
    answer(bench, "DELETE", "", 0, 200, "");
    plan_chain(1);
    expect_end(bench, ENGINE_SUCCEEDED);
    drop_plan(bench);
    int64_t begun = bench->fake->now_ms;
    expect_end(bench, answers[_i].end);
    if (answers[_i].deletes)
        ck_assert_uint_eq(sent(bench, "DELETE", ""), answers[_i].deletes);
    else
        ck_assert_uint_gt(sent(bench, "DELETE", ""), 10);
    ck_assert_int_le(bench->fake->now_ms - begun, 2 * 60 * 60 * 1000);
    ck_assert_str_eq(bench_rows(bench), answers[_i].end == ENGINE_SUCCEEDED ? "" : "a failed\n");
}
END_TEST

START_TEST(what_others_still_use_stays)
{
    answer(bench, "PUT", "", 0, 200, "{}");
    answer(bench, "DELETE", "/b?", 1, 403, REFUSAL("AuthorizationFailed"));
    answer(bench, "DELETE", "", 0, 200, "");
    plan_chain(4);
    expect_end(bench, ENGINE_SUCCEEDED);
    drop_plan(bench);
    expect_end(bench, ENGINE_FAILED);
    expect_text(bench->events, "failed a: not removed because b is still there");
    ck_assert_uint_eq(sent(bench, "DELETE", "/a?"), 0);
    ck_assert_uint_eq(sent(bench, "DELETE", "/z?"), 1);
    expect_end(bench, ENGINE_SUCCEEDED); /* the next one takes up what is left */
    ck_assert_uint_eq(sent(bench, "DELETE", "/c?"), 1);
    ck_assert_uint_eq(sent(bench, "DELETE", "/a?"), 1);
    ck_assert_str_eq(bench_rows(bench), "");
}
END_TEST

START_TEST(a_removal_that_takes_long_is_awaited)
{
    answer(bench, "PUT", "", 0, 200, "{}");
    fake_add(bench->fake,
             (struct fake_rule){.method = "DELETE", .status = 202, .headers = ASYNC("1")});
    answer(bench, "GET", "/op/1", 3, 200, IN_PROGRESS);
    answer(bench, "GET", "/op/1", 0, 200, SUCCEEDED);
    plan_chain(2);
    expect_end(bench, ENGINE_SUCCEEDED);
    drop_plan(bench);
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_int_lt(sent_at(bench, "GET", "/op/1", 3), sent_at(bench, "DELETE", "/a?", 0));
    ck_assert_str_eq(bench_rows(bench), "");
}
END_TEST

/* A PUT whose answer was lost may still come in, whatever was answered to those after it. */
START_TEST(a_twin_on_its_way_is_waited_for_after_any_number_of_failures)
{
    lose(bench, "PUT", "", 1);
    answer(bench, "PUT", "", 0, 400, REFUSAL("Bad"));
    answer(bench, "GET", "", 0, 404, REFUSAL("ResourceNotFound"));
    answer(bench, "DELETE", "", 0, 404, REFUSAL("ResourceNotFound"));
    plan_chain(1);
    expect_end(bench, ENGINE_FAILED);
    expect_end(bench, ENGINE_FAILED);
    drop_plan(bench);
    int64_t begun = bench->fake->now_ms;
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_int_ge(bench->fake->now_ms - begun, 60000);
    ck_assert_uint_gt(sent(bench, "DELETE", ""), 1);
}
END_TEST

START_TEST(what_stands_after_its_deletion_is_forgotten_is_deleted_again)
{
    answer(bench, "PUT", "", 0, 200, "{}");
    fake_add(
        bench->fake,
        (struct fake_rule){.method = "DELETE", .times = 1, .status = 202, .headers = ASYNC("1")});
    answer(bench, "DELETE", "", 0, 204, "");
    answer(bench, "GET", "/op/1", 0, 404, REFUSAL("OperationNotFound"));
    answer(bench, "GET", "/a?", 0, 200, STATE("Succeeded"));
    plan_chain(1);
    expect_end(bench, ENGINE_SUCCEEDED);
    drop_plan(bench);
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_uint_eq(sent(bench, "DELETE", ""), 2);
    ck_assert_str_eq(bench_rows(bench), "");
}
END_TEST

START_TEST(nothing_of_a_removal_leaves_without_an_intent)
{
    struct guard guard = {0};
    guard_bench(&guard, bench, NULL);
    answer(bench, "PUT", "", 0, 200, "{}");
    answer(bench, "DELETE", "", 0, 200, "");
    plan_chain(4);
    expect_end(bench, ENGINE_SUCCEEDED);
    int commits = guard.commits;
    drop_plan(bench);
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_int_gt(guard.commits, commits);
    guard_leave(&guard);
}
END_TEST

/* Rows of several plans: each comes after the next, the last after the first; a watch, which goes
 * without a request, comes after all of them. */
START_TEST(a_circle_is_removed_all_the_same)
{
    static const char *const keys[] = {"a", "b", "c"}, *const afters[] = {"[\"b\"]", "[\"c\"]",
                                                                          "[\"a\",\"d\"]"};
    for (int i = 0; i < 3; i++) {
        char path[200];
        snprintf(path, sizeof path, NETWORK("%s"), keys[i]);
        struct journal_step row = {.subject_id = SUBJECT,
                                   .key = keys[i],
                                   .sequence = i,
                                   .state = "done",
                                   .method = "PUT",
                                   .path = path,
                                   .api_version = VERSION,
                                   .credential = "main",
                                   .after = afters[i],
                                   .operation = OPERATION};
        bench_put_row(bench, &row);
    }
    struct journal_step first = {.subject_id = SUBJECT,
                                 .key = "d",
                                 .sequence = 9,
                                 .state = "done",
                                 .method = "PUT",
                                 .path = NETWORK("d"),
                                 .api_version = VERSION,
                                 .credential = "main",
                                 .operation = OPERATION};
    bench_put_row(bench, &first);
    struct journal_step watch = {.subject_id = SUBJECT,
                                 .key = "e",
                                 .sequence = 10,
                                 .state = "done",
                                 .method = "GET",
                                 .path = NETWORK("a"),
                                 .api_version = VERSION,
                                 .credential = "main",
                                 .after = "[\"a\",\"b\",\"c\"]",
                                 .undo = "{\"method\":\"NONE\"}",
                                 .operation = OPERATION};
    bench_put_row(bench, &watch);
    answer(bench, "DELETE", "", 0, 200, "");
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_uint_eq(sent(bench, "DELETE", ""), 4);
    ck_assert_str_eq(bench_rows(bench), "");
    ck_assert_int_lt(sent_at(bench, "DELETE", "/c?", 0), sent_at(bench, "DELETE", "/d?", 0));
}
END_TEST

TCase *plan_undo_case(void)
{
    TCase *tcase = tcase_create("undo");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_circle_is_removed_all_the_same);
    tcase_add_loop_test(tcase, who_owns_it_decides_when_it_goes, 0, sizeof kinds / sizeof *kinds);
    tcase_add_loop_test(tcase, an_undo_of_ones_own_needs_no_plan, 0, sizeof undos / sizeof *undos);
    tcase_add_loop_test(tcase, a_secret_of_an_undo_does_not_come_back_in_an_error, 0, 2);
    tcase_add_test(tcase, a_teardown_goes_backwards_and_side_by_side);
    tcase_add_test(tcase, steps_that_vanished_from_the_plan_are_undone_last_first);
    tcase_add_test(tcase, what_vanished_stays_while_what_replaces_it_fails);
    tcase_add_test(tcase, a_step_that_moves_leaves_nothing_behind);
    tcase_add_test(tcase, a_path_in_another_case_is_the_same_place);
    tcase_add_loop_test(tcase, a_removal_is_patient_with_what_may_come_free, 0,
                        sizeof answers / sizeof *answers);
    tcase_add_test(tcase, what_others_still_use_stays);
    tcase_add_test(tcase, a_removal_that_takes_long_is_awaited);
    tcase_add_test(tcase, a_twin_on_its_way_is_waited_for_after_any_number_of_failures);
    tcase_add_test(tcase, what_stands_after_its_deletion_is_forgotten_is_deleted_again);
    tcase_add_test(tcase, nothing_of_a_removal_leaves_without_an_intent);
    return tcase;
}
