/* SPDX-License-Identifier: Apache-2.0 */
/* What goes wrong: which answers end a step, which are tried again, and what becomes of others. */
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

static void plan_one(void)
{
    struct fh_step step = put_step("a", NETWORK("a"), "{}");
    bench_plan(bench, &step, 1);
}

/* ---- refused for good ---- */

static const struct {
    int status;
    const char *body;
    const char *says;
} refusals[] = {
    {400, REFUSAL("InvalidParameter"), "no"},
    {401, REFUSAL("InvalidAuthenticationToken"), "no"},
    {403, REFUSAL("AuthorizationFailed"), "no"},
    {404, REFUSAL("ResourceGroupNotFound"), "no"},
    {409, REFUSAL("QuotaExceeded"), "no"}, /* no alternatives */
    {412, REFUSAL("Odd"), "no"},
    {422, REFUSAL("Unprocessable"), "no"},
    {400, "", "400"},
    {400, "<html>", "400"},
    {400, "[1,2", "400"},
};

START_TEST(a_refusal_ends_the_step)
{
    answer(bench, NULL, "", 0, refusals[_i].status, refusals[_i].body);
    plan_one();
    expect_end(bench, ENGINE_FAILED);
    expect_text(error_text(&bench->result.error), refusals[_i].says);
    ck_assert_str_eq(bench_rows(bench), "a failed\n");
    ck_assert_uint_le(sent(bench, "PUT", "/a?"), 2); /* a 401 asks for another token */
    ck_assert_int_eq((int)bench->result.steps_failed, 1);
}
END_TEST

/* ---- an operation that ends badly ---- */

static const struct {
    const char *name;
    const char *operation; /* what the operation's URL says in the end */
    const char *resource;  /* what is there then; NULL: nothing */
    enum engine_end end;
} endings[] = {
    {"fails", ENDED_BADLY("InternalError"), STATE("Failed"), ENGINE_FAILED},
    {"fails and leaves nothing", ENDED_BADLY("InternalError"), NULL, ENGINE_FAILED},
    {"is cancelled", "{\"status\":\"Canceled\"}", STATE("Canceled"), ENGINE_FAILED},
    {"has come right since", ENDED_BADLY("InternalError"), STATE("Succeeded"), ENGINE_SUCCEEDED},
    {"succeeds", SUCCEEDED, STATE("Succeeded"), ENGINE_SUCCEEDED},
};

START_TEST(an_operation_that_ends_badly_is_looked_into)
{
    accept_put(bench, "/a?", 0, ASYNC("1"));
    answer(bench, "GET", "/op/1", 1, 200, IN_PROGRESS);
    answer(bench, "GET", "/op/1", 0, 200, endings[_i].operation);
    answer(bench, "GET", "/a?", 0, endings[_i].resource ? 200 : 404,
           endings[_i].resource ? endings[_i].resource : REFUSAL("ResourceNotFound"));
    plan_one();
    expect_end(bench, endings[_i].end);
    ck_assert_uint_eq(sent(bench, "PUT", "/a?"), 1);
    ck_assert_str_eq(bench_state(bench, "a"),
                     endings[_i].end == ENGINE_SUCCEEDED ? "done" : "failed");
}
END_TEST

START_TEST(an_update_that_failed_is_not_taken_for_the_old_state)
{
    answer(bench, "PUT", "/a?", 1, 200, "{}");
    accept_put(bench, "/a?", 0, ASYNC("1"));
    answer(bench, "GET", "/op/1", 0, 200, ENDED_BADLY("InternalError"));
    answer(bench, "GET", "/a?", 0, 200,
           "{\"tags\":{\"flexhost-digest\":\"old\"},\"properties\":{\"provisioningState\":"
           "\"Succeeded\"}}");
    struct fh_step step = put_step("a", NETWORK("a"), "{}");
    step.flags = FH_STEP_TAGS;
    bench_plan(bench, &step, 1);
    expect_end(bench, ENGINE_SUCCEEDED);
    step.body = "{\"x\":1}";
    bench_plan(bench, &step, 1);
    expect_end(bench, ENGINE_FAILED);
    ck_assert_uint_eq(sent(bench, "DELETE", ""), 0);
}
END_TEST

/* ---- tried again ---- */

static const struct {
    int status;
    const char *body, *headers;
    int64_t least_ms; /* before the second request */
} busy[] = {
    {429, REFUSAL("TooManyRequests"), "Retry-After: 17", 17000},
    {503, REFUSAL("ServerBusy"), "Retry-After: 5", 5000},
    {429, REFUSAL("RetryableError"), NULL, 500},
    {409, REFUSAL("AnotherOperationInProgress"), NULL, 1000},
    {409, REFUSAL("ReferencedResourceNotProvisioned"), NULL, 1000},
    {429, REFUSAL("OperationPreempted"), "Retry-After: 3", 3000},
    {409, REFUSAL("RetryableErrorDueToAnotherOperation"), NULL, 1000},
    {409, REFUSAL("ResourceGroupBeingDeleted"), NULL, 1000},
    {412, REFUSAL("PreconditionFailed"), NULL, 1000},
};

START_TEST(a_busy_azure_is_asked_again_later)
{
    fake_add(bench->fake, (struct fake_rule){.method = "PUT",
                                             .times = 2,
                                             .status = busy[_i].status,
                                             .headers = busy[_i].headers,
                                             .body = busy[_i].body});
    answer(bench, "PUT", "", 0, 200, "{}");
    plan_one();
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_uint_eq(sent(bench, "PUT", "/a?"), 3);
    const struct fake_request *requests = bench->fake->requests;
    ck_assert_int_ge(requests[1].at_ms - requests[0].at_ms, busy[_i].least_ms);
    ck_assert_int_ge(requests[2].at_ms - requests[1].at_ms, busy[_i].least_ms);
}
END_TEST

START_TEST(patience_has_an_end)
{
    answer(bench, "PUT", "", 0, 409, REFUSAL("AnotherOperationInProgress"));
    plan_one();
    expect_end(bench, ENGINE_FAILED);
    ck_assert_uint_ge(sent(bench, "PUT", ""), 5);
    ck_assert_uint_le(sent(bench, "PUT", ""), 60);
    ck_assert_int_le(bench->fake->now_ms, 30 * 60 * 1000);
}
END_TEST

START_TEST(lost_answers_have_an_end)
{
    lose(bench, "PUT", "", 0);
    answer(bench, "GET", "", 0, 404, REFUSAL("ResourceNotFound"));
    plan_one();
    expect_end(bench, ENGINE_FAILED);
    ck_assert_uint_le(sent(bench, "PUT", ""), 60);
    ck_assert_str_eq(bench_state(bench, "a"), "intent"); /* the next run asks what became of it */
}
END_TEST

/* What this run has just made may be unknown elsewhere for a while. */
static const struct {
    int status;
    const char *code;
} fresh[] = {
    {404, REFUSAL("ParentResourceNotFound")},
    {404, REFUSAL("ResourceNotFound")},
    {400, REFUSAL("InvalidResourceReference")},
    {404, REFUSAL("ResourceGroupNotFound")},
};

START_TEST(what_was_just_made_may_be_unknown_for_a_while)
{
    answer(bench, "PUT", "/a?", 0, 201, "{}");
    answer(bench, "PUT", "/b?", 3, fresh[_i].status, fresh[_i].code);
    answer(bench, "PUT", "/b?", 0, 201, "{}");
    struct fh_step steps[2] = {put_step("a", NETWORK("a"), "{}"),
                               behind(put_step("b", NETWORK("b"), "{}"), on_a)};
    bench_plan(bench, steps, 2);
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_uint_eq(sent(bench, "PUT", "/b?"), 4);
}
END_TEST

/* ---- parts ---- */

/* a; b and c behind each other in part "routes"; d in part "dns"; e in the main part. */
static void plan_parts(void)
{
    struct fh_step steps[5] = {put_step("a", NETWORK("a"), "{}"),
                               behind(put_step("b", NETWORK("b"), "{}"), on_a),
                               behind(put_step("c", NETWORK("c"), "{}"), on_b),
                               behind(put_step("d", NETWORK("d"), "{}"), on_a),
                               behind(put_step("e", NETWORK("e"), "{}"), on_a)};
    steps[1].part = steps[2].part = "routes";
    steps[3].part = "dns";
    steps[1].failed_status = steps[2].failed_status = "RouteTableFailed";
    steps[3].failed_status = "DnsFailed";
    steps[4].failed_status = "MainFailed";
    bench_plan(bench, steps, 5);
}

static const struct {
    const char *fails; /* the URL's part */
    enum engine_end end;
    const char *status;
    const char *rows;
    const char *skipped; /* an event; NULL: none */
    size_t again;        /* PUTs of the retry */
} parts[] = {
    {"/b?", ENGINE_PARTLY, "RouteTableFailed", "a done\nb failed\nd done\ne done\n",
     "failed c: not tried because b failed", 2},
    {"/c?", ENGINE_PARTLY, "RouteTableFailed", "a done\nb done\nc failed\nd done\ne done\n", NULL,
     1},
    {"/d?", ENGINE_PARTLY, "DnsFailed", "a done\nb done\nc done\nd failed\ne done\n", NULL, 1},
    {"/e?", ENGINE_FAILED, "MainFailed", "a done\nb done\nc done\nd done\ne failed\n", NULL, 1},
    {"/a?", ENGINE_FAILED, NULL, "a failed\n", "failed e: not tried because a failed", 5},
};

static void order_rows(const char *wanted)
{
    char copy[256], *rest = NULL;
    size_t count = 0;
    snprintf(copy, sizeof copy, "%s", wanted);
    const char *rows = bench_rows(bench);
    for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        expect_text(rows, line);
        count++;
    }
    for (const char *c = rows; *c; c++)
        count -= *c == '\n';
    ck_assert_msg(count == 0, "%s", rows);
}

START_TEST(parts_fail_apart_and_are_retried_alone)
{
    answer(bench, "PUT", parts[_i].fails, 1, 400, REFUSAL("Bad"));
    answer(bench, "PUT", "", 0, 201, "{}");
    plan_parts();
    expect_end(bench, parts[_i].end);
    if (parts[_i].status)
        ck_assert_str_eq(bench->result.failed_status, parts[_i].status);
    else
        ck_assert_ptr_null(bench->result.failed_status);
    order_rows(parts[_i].rows);
    if (parts[_i].skipped)
        event(bench, parts[_i].skipped);
    size_t before = bench->fake->request_count;
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_uint_eq(bench->fake->request_count - before, parts[_i].again);
    order_rows("a done\nb done\nc done\nd done\ne done\n");
}
END_TEST

START_TEST(the_first_failure_is_the_one_that_is_told)
{
    answer(bench, "PUT", "/b?", 0, 400,
           "{\"error\":{\"code\":\"Bad\",\"message\":\"b is wrong\"}}");
    answer(bench, "PUT", "", 0, 201, "{}");
    struct fh_step steps[2] = {put_step("b", NETWORK("b"), "{}"),
                               behind(put_step("c", NETWORK("c"), "{}"), on_b)};
    steps[0].title = "network of the desktops";
    bench_plan(bench, steps, 2);
    expect_end(bench, ENGINE_FAILED);
    expect_text(error_text(&bench->result.error), "network of the desktops");
    expect_text(error_text(&bench->result.error), "b is wrong");
    ck_assert_str_eq(bench->result.error.azure_code, "Bad");
    expect_text(bench->events, "not tried because network of the desktops failed");
}
END_TEST

/* An optional step: what its failure means for itself and for what comes after it. */
static const struct {
    uint32_t flags;
    enum engine_end end;
    size_t later; /* PUTs of the step behind it */
} optional[] = {
    {FH_STEP_OPTIONAL, ENGINE_SUCCEEDED, 1},
    {0, ENGINE_FAILED, 0},
};

START_TEST(an_optional_step_may_fail)
{
    answer(bench, "PUT", "/a?", 0, 400, REFUSAL("Bad"));
    answer(bench, "PUT", "", 0, 201, "{}");
    struct fh_step steps[2] = {put_step("a", NETWORK("a"), "{}"),
                               behind(put_step("b", NETWORK("b"), "{}"), on_a)};
    steps[0].flags = optional[_i].flags;
    bench_plan(bench, steps, 2);
    expect_end(bench, optional[_i].end);
    ck_assert_uint_eq(sent(bench, "PUT", "/b?"), optional[_i].later);
    event(bench, "failed a");
}
END_TEST

START_TEST(an_optional_step_that_is_skipped_does_not_fail_the_operation)
{
    answer(bench, "PUT", "/a?", 0, 400, REFUSAL("Bad"));
    answer(bench, "PUT", "", 0, 201, "{}");
    struct fh_step steps[3] = {put_step("a", NETWORK("a"), "{}"),
                               behind(put_step("b", NETWORK("b"), "{}"), on_a),
                               put_step("c", NETWORK("c"), "{}")};
    steps[0].part = "extra";
    steps[1].part = "extra";
    steps[1].flags = FH_STEP_OPTIONAL;
    bench_plan(bench, steps, 3);
    expect_end(bench, ENGINE_PARTLY);
    ck_assert_int_eq((int)bench->result.steps_failed, 1);
}
END_TEST

/* ---- cancelled, many at once ---- */

static bool cancel_at_second(struct fake *fake, const struct http_request *request,
                             struct fake_rule *rule)
{
    struct bench *at = fake->context;
    if (strcmp(request->method, "PUT") == 0 && strstr(request->url, "/b?"))
        at->store->ops->operation_request_cancel(at->store, OPERATION, NULL);
    return false;
}

START_TEST(a_cancelled_run_brings_home_what_is_under_way)
{
    answer(bench, "PUT", "/a?", 0, 201, "{}");
    fake_add(bench->fake,
             (struct fake_rule){.method = "PUT", .status = 201, .body = "{}", .delay_ms = 5000});
    answer(bench, "DELETE", "/t?", 0, 200, "");
    bench->fake->answer = cancel_at_second;
    bench->fake->context = bench;
    struct fh_step steps[4] = {
        put_step("a", NETWORK("a"), "{}"), behind(put_step("b", NETWORK("b"), "{}"), on_a),
        behind(put_step("c", NETWORK("c"), "{}"), on_b), put_step("t", NETWORK("t"), "{}")};
    steps[3].ownership = FH_TEMPORARY;
    bench_plan(bench, steps, 4);
    expect_end(bench, ENGINE_CANCELLED);
    ck_assert_str_eq(bench_state(bench, "b"), "done");
    ck_assert_str_eq(bench_state(bench, "t"), "");
    ck_assert_uint_eq(sent(bench, "PUT", "/c?"), 0);
    ck_assert_uint_eq(sent(bench, "DELETE", "/t?"), 1);
}
END_TEST

START_TEST(requests_in_flight_are_limited)
{
    enum { COUNT = 20, LIMIT = 3 };
    static char keys[COUNT][8], paths[COUNT][120];
    struct fh_step steps[COUNT];
    for (int i = 0; i < COUNT; i++) {
        snprintf(keys[i], sizeof keys[i], "m%d", i);
        snprintf(paths[i], sizeof paths[i], NETWORK("m%d"), i);
        steps[i] = put_step(keys[i], paths[i], "{}");
    }
    fake_add(bench->fake, (struct fake_rule){.status = 201, .body = "{}", .delay_ms = 1000});
    bench->run.in_flight_limit = LIMIT;
    bench_plan(bench, steps, COUNT);
    expect_end(bench, ENGINE_SUCCEEDED);
    const struct fake_request *requests = bench->fake->requests;
    ck_assert_uint_eq(bench->fake->request_count, COUNT);
    for (int i = LIMIT; i < COUNT; i++)
        ck_assert_int_ge(requests[i].at_ms, requests[i - LIMIT].at_ms + 1000);
}
END_TEST

static bool see_operation(void *context, const struct operation *operation)
{
    *(struct operation *)context = *operation;
    return false;
}

START_TEST(the_operation_says_how_far_it_is)
{
    answer(bench, "PUT", "/a?", 0, 201, "{}");
    fake_add(bench->fake,
             (struct fake_rule){
                 .method = "PUT", .url = "/b?", .status = 201, .body = "{}", .delay_ms = 10000});
    answer(bench, "PUT", "/c?", 0, 400, REFUSAL("Bad"));
    struct fh_step steps[3] = {put_step("a", NETWORK("a"), "{}"),
                               behind(put_step("b", NETWORK("b"), "{}"), on_a),
                               behind(put_step("c", NETWORK("c"), "{}"), on_b)};
    bench_plan(bench, steps, 3);
    expect_end(bench, ENGINE_FAILED);
    struct operation operation = {0};
    const struct operation_filter filter = {.id = OPERATION};
    bench->store->ops->operation_each(bench->store, &filter, see_operation, &operation, NULL);
    ck_assert_int_eq((int)operation.steps_total, 3);
    ck_assert_int_ge((int)operation.steps_done, 1);
    ck_assert_int_le((int)operation.steps_done, 2);
}
END_TEST

TCase *plan_failures_case(void)
{
    TCase *tcase = tcase_create("failures");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, a_refusal_ends_the_step, 0, sizeof refusals / sizeof *refusals);
    tcase_add_loop_test(tcase, an_operation_that_ends_badly_is_looked_into, 0,
                        sizeof endings / sizeof *endings);
    tcase_add_test(tcase, an_update_that_failed_is_not_taken_for_the_old_state);
    tcase_add_loop_test(tcase, a_busy_azure_is_asked_again_later, 0, sizeof busy / sizeof *busy);
    tcase_add_test(tcase, patience_has_an_end);
    tcase_add_test(tcase, lost_answers_have_an_end);
    tcase_add_loop_test(tcase, what_was_just_made_may_be_unknown_for_a_while, 0,
                        sizeof fresh / sizeof *fresh);
    tcase_add_loop_test(tcase, parts_fail_apart_and_are_retried_alone, 0,
                        sizeof parts / sizeof *parts);
    tcase_add_test(tcase, the_first_failure_is_the_one_that_is_told);
    tcase_add_loop_test(tcase, an_optional_step_may_fail, 0, sizeof optional / sizeof *optional);
    tcase_add_test(tcase, an_optional_step_that_is_skipped_does_not_fail_the_operation);
    tcase_add_test(tcase, a_cancelled_run_brings_home_what_is_under_way);
    tcase_add_test(tcase, requests_in_flight_are_limited);
    tcase_add_test(tcase, the_operation_says_how_far_it_is);
    return tcase;
}
