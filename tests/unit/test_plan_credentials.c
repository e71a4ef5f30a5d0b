/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials: of the subscription, of the step, and tokens of other tenants. */
#include "plan_suites.h"
#include "plan_tools.h"

#include <stdlib.h>
#include <string.h>

static struct bench *bench;

static int fetch_token(void *context, char **value, size_t *length, struct error *err)
{
    *value = strdup(context);
    *length = strlen(context);
    return 0;
}

static void release_token(char *value, size_t length)
{
    free(value);
}

static const struct arm_credential credentials[] = {
    {.name = "main",
     .kind = ARM_FIXED_TOKEN,
     .fetch = fetch_token,
     .release = release_token,
     .context = (void *)"token-main"},
    {.name = "hub",
     .kind = ARM_FIXED_TOKEN,
     .fetch = fetch_token,
     .release = release_token,
     .context = (void *)"token-hub"},
    {.name = "third",
     .kind = ARM_FIXED_TOKEN,
     .fetch = fetch_token,
     .release = release_token,
     .context = (void *)"token-third"},
    {.name = "fourth",
     .kind = ARM_FIXED_TOKEN,
     .fetch = fetch_token,
     .release = release_token,
     .context = (void *)"token-fourth"},
};

static void set_up(void)
{
    bench = bench_new();
    const struct arm_settings settings = {.authority = "https://login.test",
                                          .resource_manager = "https://arm.test",
                                          .no_pace = true,
                                          .poll_default_ms = 1000};
    arm_free(bench->fake->arm);
    bench->fake->arm = arm_new(bench->fake->loop, &settings, credentials, 4, NULL);
    ck_assert_ptr_nonnull(bench->fake->arm);
    bench->run.arm = bench->fake->arm;
}

static void tear_down(void)
{
    bench_free(bench);
}

static const char *const others[] = {"hub", "third", "fourth"};

static const struct {
    const char *credential;
    uint32_t auxiliary_count;
    const char *token, *auxiliary;
} tables[] = {
    {NULL, 0, "Bearer token-main", NULL},
    {"hub", 0, "Bearer token-hub", NULL},
    {NULL, 1, "Bearer token-main", "Bearer token-hub"},
    {NULL, 3, "Bearer token-main", "Bearer token-hub, Bearer token-third, Bearer token-fourth"},
};

static void expect_header(const struct fake_request *request, const char *name, const char *wanted)
{
    char value[300];
    const char *got = fake_header(request, name, value, sizeof value);
    ck_assert_msg(!wanted == !got, "%s %s: %s is %s", request->method, request->url, name,
                  got ? got : "missing");
    if (wanted && strchr(wanted, ','))
        for (size_t i = 0; i < 3; i++)
            expect_text(got, (const char *)credentials[i + 1].context);
    else if (wanted)
        ck_assert_str_eq(got, wanted);
}

/* The request, its poll, its watch, and after the plan is gone its removal. */
START_TEST(every_request_of_a_step_has_its_tokens)
{
    accept_put(bench, "/a?", 0, ASYNC("1"));
    answer(bench, "GET", "/op/1", 0, 200, SUCCEEDED);
    answer(bench, "GET", "/a?", 0, 200, "{\"properties\":{\"state\":\"Connected\"}}");
    answer(bench, "DELETE", "", 0, 200, "");
    struct fh_step step = put_step("a", NETWORK("a"), "{}");
    step.credential = tables[_i].credential;
    step.auxiliary = others;
    step.auxiliary_count = tables[_i].auxiliary_count;
    step.until_pointer = "/properties/state";
    step.until_values = "Connected";
    bench_plan(bench, &step, 1);
    expect_end(bench, ENGINE_SUCCEEDED);
    drop_plan(bench);
    expect_end(bench, ENGINE_SUCCEEDED);
    ck_assert_uint_eq(sent(bench, "DELETE", "/a?"), 1);
    for (size_t i = 0; i < bench->fake->request_count; i++) {
        const struct fake_request *request = &bench->fake->requests[i];
        expect_header(request, "Authorization", tables[_i].token);
        expect_header(request, "x-ms-authorization-auxiliary", tables[_i].auxiliary);
        expect_header(request, "x-ms-correlation-request-id", OPERATION);
    }
    ck_assert(!journal_holds(bench, "token-"));
}
END_TEST

START_TEST(a_credential_that_nobody_has_fails_the_step)
{
    struct fh_step step = put_step("a", NETWORK("a"), "{}");
    step.credential = "nobody";
    bench_plan(bench, &step, 1);
    expect_end(bench, ENGINE_FAILED);
    expect_text(error_text(&bench->result.error), "nobody");
    ck_assert_uint_eq(bench->fake->request_count, 0);
}
END_TEST

START_TEST(steps_of_one_plan_have_their_own)
{
    answer(bench, "PUT", "", 0, 200, "{}");
    struct fh_step steps[2] = {put_step("a", NETWORK("a"), "{}"),
                               put_step("b", NETWORK("b"), "{}")};
    steps[1].credential = "hub";
    bench_plan(bench, steps, 2);
    expect_end(bench, ENGINE_SUCCEEDED);
    expect_header(&bench->fake->requests[sent_at(bench, "PUT", "/a?", 0)], "Authorization",
                  "Bearer token-main");
    expect_header(&bench->fake->requests[sent_at(bench, "PUT", "/b?", 0)], "Authorization",
                  "Bearer token-hub");
}
END_TEST

TCase *plan_credentials_case(void)
{
    TCase *tcase = tcase_create("credentials");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, every_request_of_a_step_has_its_tokens, 0,
                        sizeof tables / sizeof *tables);
    tcase_add_test(tcase, a_credential_that_nobody_has_fails_the_step);
    tcase_add_test(tcase, steps_of_one_plan_have_their_own);
    return tcase;
}
