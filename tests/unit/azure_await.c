/* SPDX-License-Identifier: Apache-2.0 */
/* arm_await: what the readings of a status URL mean, and when the next one is due. */
#include "azure_fake.h"
#include "tap_main.h"

#include <string.h>

#define BASE    "https://management.azure.com"
#define VM      "/subscriptions/s1/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm"
#define STATUS  BASE "/subscriptions/s1/providers/Microsoft.Compute/locations/w/operations/7?t=1"
#define RESULT  BASE "/subscriptions/s1/results/7?t=1"
#define ASYNC   "Azure-AsyncOperation"
#define RUNNING "{\"status\":\"InProgress\"}"
#define GOOD    "{\"status\":\"Succeeded\"}"
#define BAD                                                                                        \
    "{\"status\":\"Failed\",\"error\":{\"code\":\"ZonalAllocationFailed\",\"message\":\"full\"}}"

struct await_case {
    const char *name;
    const char *method;
    const char *kind;
    const char *url;
    const char *final_url;
    struct fake_rule answers[6];
    enum arm_outcome outcome;
    int requests;
    const char *code;
    const char *message;
    const char *id; /* of the final body; NULL: not looked at */
};

static const struct await_case cases[] = {
    {"PUT: status, then the resource",
     "PUT",
     ASYNC,
     STATUS,
     BASE VM,
     {{.url = "operations/7", .status = 200, .body = RUNNING, .times = 2},
      {.url = "operations/7", .status = 200, .body = GOOD},
      {.url = VM, .status = 200, .body = "{\"id\":\"vm\"}"}},
     ARM_DONE,
     4,
     "",
     "",
     "vm"},
    {"DELETE: status only",
     "DELETE",
     ASYNC,
     STATUS,
     NULL,
     {{.status = 200, .body = GOOD}},
     ARM_DONE,
     1,
     "",
     "",
     NULL},
    {"DELETE: Location until 204",
     "DELETE",
     "Location",
     RESULT,
     NULL,
     {{.status = 202, .times = 2}, {.status = 204}},
     ARM_DONE,
     3,
     "",
     "",
     NULL},
    {"POST: status, then what Location holds",
     "POST",
     ASYNC,
     STATUS,
     RESULT,
     {{.url = "operations/7", .status = 200, .body = GOOD},
      {.url = "results/7", .status = 200, .body = "{\"id\":\"sas\"}"}},
     ARM_DONE,
     2,
     "",
     "",
     "sas"},
    {"POST: Location's own answer",
     "POST",
     "Location",
     RESULT,
     NULL,
     {{.status = 202, .times = 1}, {.status = 200, .body = "{\"id\":\"sas\"}"}},
     ARM_DONE,
     2,
     "",
     "",
     "sas"},
    {"PUT: Location, then the resource",
     "PUT",
     "Location",
     RESULT,
     BASE VM,
     {{.url = "results/7", .status = 200}, {.url = VM, .status = 200, .body = "{\"id\":\"vm\"}"}},
     ARM_DONE,
     2,
     "",
     "",
     "vm"},
    {"PUT: the resource until its state is terminal",
     "PUT",
     "resource",
     BASE VM,
     NULL,
     {{.status = 200, .body = "{\"properties\":{\"provisioningState\":\"Creating\"}}", .times = 2},
      {.status = 200,
       .body = "{\"id\":\"vm\",\"properties\":{\"provisioningState\":\"Succeeded\"}}"}},
     ARM_DONE,
     3,
     "",
     "",
     "vm"},
    {"PUT: a resource without a state has succeeded",
     "PUT",
     "resource",
     BASE VM,
     NULL,
     {{.status = 200, .body = "{\"id\":\"vm\"}"}},
     ARM_DONE,
     1,
     "",
     "",
     "vm"},
    {"PUT: the call's own resource",
     "PUT",
     "resource",
     NULL,
     NULL,
     {{.url = VM "?api-version=2024-07-01", .status = 200, .body = "{\"id\":\"vm\"}"}},
     ARM_DONE,
     1,
     "",
     "",
     "vm"},
    {"an operation without a status URL",
     "PUT",
     ASYNC,
     NULL,
     NULL,
     {{.status = 200, .body = GOOD}},
     ARM_UNAVAILABLE,
     0,
     "",
     "no token is sent there",
     NULL},
    {"DELETE: the resource until it is gone",
     "DELETE",
     "resource",
     BASE VM,
     NULL,
     {{.status = 200, .body = "{\"properties\":{\"provisioningState\":\"Deleting\"}}", .times = 1},
      {.status = 404, .body = "{\"error\":{\"code\":\"ResourceNotFound\"}}"}},
     ARM_DONE,
     2,
     "",
     "",
     NULL},
    {"DELETE: a resource that stands is not waited for without end",
     "DELETE",
     "resource",
     BASE VM,
     NULL,
     {{.status = 200, .body = "{\"properties\":{\"provisioningState\":\"Succeeded\"}}"}},
     ARM_REFUSED,
     7,
     "",
     "",
     NULL},
    {"an operation that failed",
     "PUT",
     ASYNC,
     STATUS,
     BASE VM,
     {{.status = 200, .body = BAD}},
     ARM_REFUSED,
     1,
     "ZonalAllocationFailed",
     "full",
     NULL},
    {"an operation that was cancelled",
     "PUT",
     ASYNC,
     STATUS,
     BASE VM,
     {{.status = 200, .body = "{\"status\":\"Canceled\"}"}},
     ARM_REFUSED,
     1,
     "Canceled",
     "ended Canceled",
     NULL},
    {"a resource that failed",
     "PUT",
     "resource",
     BASE VM,
     NULL,
     {{.status = 200, .body = "{\"properties\":{\"provisioningState\":\"Failed\"}}"}},
     ARM_REFUSED,
     1,
     "",
     "ended Failed",
     NULL},
    {"Location tells a failure as an error",
     "DELETE",
     "Location",
     RESULT,
     NULL,
     {{.status = 202, .times = 1},
      {.status = 409, .body = "{\"error\":{\"code\":\"InUse\",\"message\":\"still used\"}}"}},
     ARM_REFUSED,
     2,
     "InUse",
     "still used",
     NULL},
    {"an error at the status URL is one of reading",
     "PUT",
     ASYNC,
     STATUS,
     NULL,
     {{.status = 400, .times = 1},
      {.status = 500, .times = 1},
      {.status = 403, .times = 1},
      {.failure = TRANSPORT_LOST, .times = 1},
      {.status = 200, .body = "{\"sta", .times = 1},
      {.status = 200, .body = GOOD}},
     ARM_DONE,
     6,
     "",
     "",
     NULL},
    {"404 just after it was accepted",
     "PUT",
     ASYNC,
     STATUS,
     NULL,
     {{.status = 404, .times = 3}, {.status = 200, .body = GOOD}},
     ARM_DONE,
     4,
     "",
     "",
     NULL},
    {"a status URL that Azure has forgotten: the resource tells",
     "PUT",
     ASYNC,
     STATUS,
     BASE VM,
     {{.url = "operations/7", .status = 404},
      {.url = VM,
       .status = 200,
       .body = "{\"id\":\"vm\",\"properties\":{\"provisioningState\":\"Succeeded\"}}"}},
     ARM_DONE,
     8,
     "",
     "",
     "vm"},
    {"the same of a POST cannot be told",
     "POST",
     ASYNC,
     STATUS,
     NULL,
     {{.status = 404}},
     ARM_UNAVAILABLE,
     7,
     "",
     "its status cannot be read",
     NULL},
    {"a reader without the right",
     "PUT",
     ASYNC,
     STATUS,
     NULL,
     {{.status = 403, .body = "{\"error\":{\"code\":\"AuthorizationFailed\"}}"}},
     ARM_UNAVAILABLE,
     4,
     "",
     "AuthorizationFailed",
     NULL},
    {"the result lags behind",
     "PUT",
     ASYNC,
     STATUS,
     BASE VM,
     {{.url = "operations/7", .status = 200, .body = GOOD},
      {.url = VM, .status = 404, .times = 2},
      {.url = VM, .status = 200, .body = "{\"id\":\"vm\"}"}},
     ARM_DONE,
     4,
     "",
     "",
     "vm"},
    {"429 at the status URL",
     "PUT",
     ASYNC,
     STATUS,
     NULL,
     {{.status = 429, .headers = "Retry-After: 20", .times = 1}, {.status = 200, .body = GOOD}},
     ARM_DONE,
     2,
     "",
     "",
     NULL},
    {"a token that expires on the way, twice",
     "PUT",
     ASYNC,
     STATUS,
     NULL,
     {{.status = 401, .times = 1},
      {.status = 200, .body = RUNNING, .times = 1},
      {.status = 401, .times = 1},
      {.status = 200, .body = GOOD}},
     ARM_DONE,
     4,
     "",
     "",
     NULL},
    {"a status URL of a stranger, from a journal that was written to",
     "PUT",
     ASYNC,
     "https://evil.example/operations/7",
     NULL,
     {{.status = 200, .body = GOOD}},
     ARM_UNAVAILABLE,
     0,
     "",
     "no token is sent there",
     NULL},
    {"a final URL of a stranger",
     "PUT",
     ASYNC,
     STATUS,
     "https://management.azure.com.evil.example/vm",
     {{.status = 200, .body = GOOD}},
     ARM_UNAVAILABLE,
     0,
     "",
     "no token is sent there",
     NULL},
};

static void await(struct fake *fake, const char *method, struct arm_poll *poll,
                  struct fake_result *result)
{
    struct arm_call call = {
        .method = method, .path = VM, .api_version = "2024-07-01", .credential = "main"};
    ck_assert_uint_ne(arm_await(fake->arm, &call, poll, fake_done, result), 0);
    ck_assert(!result->done);
}

START_TEST(readings_mean)
{
    const struct await_case *test = &cases[_i];
    struct fake *fake = fake_new(NULL);
    for (size_t i = 0; i < 6 && (test->answers[i].status || test->answers[i].failure); i++)
        fake_add(fake, test->answers[i]);
    struct fake_result result = {.fake = fake};
    struct arm_poll poll = {(char *)test->url, (char *)test->kind, (char *)test->final_url, 10000};
    await(fake, test->method, &poll, &result);
    fake_run(fake, &result.done, 4 * 3600 * 1000);
    ck_assert_msg(result.done, "%s: no end", test->name);
    ck_assert_msg(result.outcome == test->outcome, "%s: outcome %d, %s", test->name, result.outcome,
                  result.message);
    ck_assert_msg((int)fake->request_count == test->requests, "%s: %zu requests", test->name,
                  fake->request_count);
    ck_assert_msg(strcmp(result.code, test->code) == 0, "%s: code %s", test->name, result.code);
    ck_assert_msg(strstr(result.message, test->message), "%s: message %s", test->name,
                  result.message);
    const char *id = json_string_value(json_object_get(result.body, "id"));
    if (test->id)
        ck_assert_msg(id && strcmp(id, test->id) == 0, "%s: body", test->name);
    fake_result_clear(&result);
    fake_free(fake);
}
END_TEST

struct pause_case {
    struct arm_settings settings;
    int64_t after_ms;
    const char *retry_after; /* of the first reading */
    int64_t first_ms, second_ms;
};

static const struct pause_case pauses[] = {
    {{0}, 30000, "Retry-After: 10", 30000, 10000},
    {{0}, -1, NULL, 5000, 10000},
    {{.poll_default_ms = 700}, -1, NULL, 700, 700},
    {{.poll_floor_ms = 20000}, 10000, "Retry-After: 10", 20000, 20000},
    {{0}, 0, "Retry-After: 0", 50, 50},
    {{0}, 10000, "Retry-After: Tue, 14 Nov 2023 22:14:00 GMT", 10000, 28990},
    {{0}, 10000, "Retry-After: soon", 10000, 10000},
    {{0}, 10000, "Retry-After: -5", 10000, 10000},
    {{0}, 10000, "Retry-After: 99999999", 10000, 3600000},
};

START_TEST(pauses_between_polls)
{
    const struct pause_case *test = &pauses[_i];
    struct fake *fake = fake_new(&test->settings);
    fake_add(fake, (struct fake_rule){
                       .status = 200, .body = RUNNING, .headers = test->retry_after, .times = 1});
    fake_add(fake, (struct fake_rule){.status = 200, .body = GOOD});
    struct fake_result result = {.fake = fake};
    struct arm_poll poll = {(char *)STATUS, (char *)ASYNC, NULL, test->after_ms};
    await(fake, "DELETE", &poll, &result);
    fake_run(fake, &result.done, 2 * 3600 * 1000);
    ck_assert_uint_eq(fake->request_count, 2);
    int64_t first = fake->requests[0].at_ms;
    int64_t second = fake->requests[1].at_ms - first - 10;
    ck_assert_int_ge(first, test->first_ms);
    ck_assert_int_le(first, test->first_ms + test->first_ms / 10 + 1);
    ck_assert_int_ge(second, test->second_ms - test->second_ms / 10);
    ck_assert_int_le(second, test->second_ms + test->second_ms / 5 + 1);
    fake_result_clear(&result);
    fake_free(fake);
}
END_TEST

static Suite *suite(void)
{
    Suite *suite = suite_create("azure await");
    TCase *tcase = tcase_create("await");
    tcase_add_loop_test(tcase, readings_mean, 0, sizeof cases / sizeof *cases);
    tcase_add_loop_test(tcase, pauses_between_polls, 0, sizeof pauses / sizeof *pauses);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return tap_main(suite());
}
