/* SPDX-License-Identifier: Apache-2.0 */
/* arm_send: what each kind of answer means for the call. */
#include "azure_fake.h"
#include "tap_main.h"

#include <string.h>

#define ASYNC    "Azure-AsyncOperation: https://management.azure.com/subscriptions/s1/ops/7?t=1"
#define LOCATION "Location: https://management.azure.com/subscriptions/s1/results/7?t=1"
#define PATH     "/subscriptions/s1/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm"

struct send_case {
    const char *name;
    const char *method;
    struct fake_rule answers[4]; /* in this order; the last one for all others */
    enum arm_outcome outcome;
    int requests;
    const char *code;
    const char *message; /* a part of it */
    const char *kind;    /* of the poll */
    int error_code;
};

static const struct send_case cases[] = {
    {"a resource that is there",
     "GET",
     {{.status = 200, .body = "{\"id\":\"x\"}"}},
     ARM_DONE,
     1,
     "",
     "",
     NULL,
     0},
    {"VM PUT 201 with a status URL",
     "PUT",
     {{.status = 201,
       .headers = ASYNC "\nRetry-After: 15",
       .body = "{\"properties\":{\"provisioningState\":\"Creating\"}}"}},
     ARM_ACCEPTED,
     1,
     "",
     "",
     "Azure-AsyncOperation",
     0},
    {"the status URL goes before Location",
     "PUT",
     {{.status = 202, .headers = LOCATION "\n" ASYNC}},
     ARM_ACCEPTED,
     1,
     "",
     "",
     "Azure-AsyncOperation",
     0},
    {"disk PUT 202 with Location only",
     "PUT",
     {{.status = 202, .headers = LOCATION}},
     ARM_ACCEPTED,
     1,
     "",
     "",
     "Location",
     0},
    {"PUT 200 that goes on, without a status URL",
     "PUT",
     {{.status = 200, .body = "{\"properties\":{\"provisioningState\":\"Updating\"}}"}},
     ARM_ACCEPTED,
     1,
     "",
     "",
     "resource",
     0},
    {"PUT 200 Succeeded",
     "PUT",
     {{.status = 200, .body = "{\"properties\":{\"provisioningState\":\"Succeeded\"}}"}},
     ARM_DONE,
     1,
     "",
     "",
     NULL,
     0},
    {"no provisioningState means Succeeded",
     "PUT",
     {{.status = 201, .body = "{\"properties\":{}}"}},
     ARM_DONE,
     1,
     "",
     "",
     NULL,
     0},
    {"PUT whose answer is junk is asked for by name",
     "PUT",
     {{.status = 201, .body = "{\"properties\":{\"provi"}},
     ARM_ACCEPTED,
     1,
     "",
     "",
     "resource",
     0},
    {"POST 202 with Location",
     "POST",
     {{.status = 202, .headers = LOCATION}},
     ARM_ACCEPTED,
     1,
     "",
     "",
     "Location",
     0},
    {"DELETE of what is absent", "DELETE", {{.status = 204}}, ARM_DONE, 1, "", "", NULL, 0},
    {"DELETE 202 without any URL",
     "DELETE",
     {{.status = 202}},
     ARM_ACCEPTED,
     1,
     "",
     "",
     "resource",
     0},
    {"a refusal with details",
     "PUT",
     {{.status = 400,
       .body = "{\"error\":{\"code\":\"InvalidRequest\",\"message\":\"See details.\",\"details\":"
               "[{\"code\":\"Overlap\",\"message\":\"10.0.0.0/16 overlaps.\"}]}}"}},
     ARM_REFUSED,
     1,
     "InvalidRequest",
     "See details. (Overlap: 10.0.0.0/16 overlaps.)",
     NULL,
     4},
    {"a refusal without the wrapper",
     "PUT",
     {{.status = 409, .body = "{\"code\":\"SkuNotAvailable\",\"message\":\"not here\"}"}},
     ARM_REFUSED,
     1,
     "SkuNotAvailable",
     "not here",
     NULL,
     4},
    {"a refusal in storage's XML",
     "PUT",
     {{.status = 403,
       .body = "\xef\xbb\xbf<?xml version=\"1.0\"?><Error><Code>AuthenticationFailed</Code>"
               "<Message>Server failed\nto authenticate.</Message></Error>"}},
     ARM_REFUSED,
     1,
     "AuthenticationFailed",
     "Server failed to authenticate.",
     NULL,
     3},
    {"a refusal that is a page of HTML",
     "PUT",
     {{.status = 404, .body = "<html>nothing</html>"}},
     ARM_REFUSED,
     1,
     "",
     "Azure answered 404 without saying why",
     NULL,
     4},
    {"a message that would paint the terminal",
     "PUT",
     {{.status = 400,
       .body = "{\"error\":{\"code\":\"X\",\"message\":\"a\\u001b[31m\\u009bb\\r\\nc\"}}"}},
     ARM_REFUSED,
     1,
     "X",
     "a [31m b c",
     NULL,
     4},
    {"403 names the credential",
     "PUT",
     {{.status = 403, .body = "{\"error\":{\"code\":\"AuthorizationFailed\",\"message\":\"no\"}}"}},
     ARM_REFUSED,
     1,
     "AuthorizationFailed",
     "credential \"main\" (flexhost.ini:12): no",
     NULL,
     3},
    {"429 is waited out",
     "PUT",
     {{.status = 429, .times = 2, .headers = "Retry-After: 7"}, {.status = 204}},
     ARM_DONE,
     3,
     "",
     "",
     NULL,
     0},
    {"429 without a wrapper and without Retry-After",
     "PUT",
     {{.status = 429, .times = 1, .body = "{\"code\":\"OperationNotAllowed\"}"}, {.status = 204}},
     ARM_DONE,
     2,
     "",
     "",
     NULL,
     0},
    {"a Retry-After of 0 does not turn in a circle",
     "PUT",
     {{.status = 503, .headers = "Retry-After: 0"}},
     ARM_UNAVAILABLE,
     61,
     "",
     "Azure is not available (asked 61 times)",
     NULL,
     6},
    {"503 with Retry-After is waited out",
     "PUT",
     {{.status = 503, .times = 1, .headers = "Retry-After: 3"}, {.status = 204}},
     ARM_DONE,
     2,
     "",
     "",
     NULL,
     0},
    {"503 without Retry-After may have done anything",
     "PUT",
     {{.status = 503}},
     ARM_LOST,
     1,
     "",
     "may have been carried out or not",
     NULL,
     6},
    {"500 may have done anything", "POST", {{.status = 500}}, ARM_LOST, 1, "", "500", NULL, 6},
    {"a cut wire may have done anything",
     "DELETE",
     {{.failure = TRANSPORT_LOST}},
     ARM_LOST,
     1,
     "",
     "the wire was cut",
     NULL,
     6},
    {"reads are asked again",
     "GET",
     {{.failure = TRANSPORT_LOST, .times = 1}, {.status = 502, .times = 1}, {.status = 200}},
     ARM_DONE,
     3,
     "",
     "",
     NULL,
     0},
    {"reads are asked again when the answer breaks off",
     "GET",
     {{.status = 200, .body = "{\"id\":", .times = 1}, {.status = 200, .body = "{}"}},
     ARM_DONE,
     2,
     "",
     "",
     NULL,
     0},
    {"reads end some time",
     "GET",
     {{.status = 500}},
     ARM_UNAVAILABLE,
     6,
     "",
     "Azure answered 500 (asked 6 times)",
     NULL,
     6},
    {"what never left is sent again",
     "PUT",
     {{.failure = TRANSPORT_NOT_SENT, .times = 2}, {.status = 204}},
     ARM_DONE,
     3,
     "",
     "",
     NULL,
     0},
    {"a certificate that is not trusted stays so",
     "PUT",
     {{.failure = TRANSPORT_NOT_SENT, .lasting = true}},
     ARM_UNAVAILABLE,
     1,
     "",
     "the wire was cut",
     NULL,
     2},
    {"another operation in progress is waited out",
     "PUT",
     {{.status = 409,
       .times = 1,
       .body = "{\"error\":{\"code\":\"AnotherOperationInProgress\",\"message\":\"m\"}}"},
      {.status = 204}},
     ARM_DONE,
     2,
     "",
     "",
     NULL,
     0},
    {"one 401 renews the token",
     "PUT",
     {{.status = 401, .times = 1}, {.status = 204}},
     ARM_DONE,
     2,
     "",
     "",
     NULL,
     0},
    {"two are a refusal",
     "PUT",
     {{.status = 401,
       .body = "{\"error\":{\"code\":\"InvalidAuthenticationToken\",\"message\":\"bad.\"}}"}},
     ARM_REFUSED,
     2,
     "InvalidAuthenticationToken",
     "credential \"main\" (flexhost.ini:12): bad. (a new token was refused as well",
     NULL,
     3},
    {"a status URL on another host",
     "PUT",
     {{.status = 202, .headers = "Location: https://evil.example/subscriptions/s1/x"}},
     ARM_LOST,
     1,
     "",
     "on evil.example, which is not below https://management.azure.com: no token is sent",
     NULL,
     4},
    {"a status URL that looks like ours",
     "POST",
     {{.status = 202,
       .headers = "Azure-AsyncOperation: https://management.azure.com@evil.example/x"}},
     ARM_LOST,
     1,
     "",
     "evil.example",
     NULL,
     4},
    {"a status URL on a regional host",
     "PUT",
     {{.status = 202,
       .headers = "Azure-AsyncOperation: https://westus3.management.azure.com/x?y=1"}},
     ARM_ACCEPTED,
     1,
     "",
     "",
     "Azure-AsyncOperation",
     0},
    {"a status URL without TLS",
     "PUT",
     {{.status = 202, .headers = "Location: http://management.azure.com/x"}},
     ARM_LOST,
     1,
     "",
     "no token is sent",
     NULL,
     4},
};

START_TEST(answers_mean)
{
    const struct send_case *test = &cases[_i];
    struct fake *fake = fake_new(NULL);
    for (size_t i = 0; i < 4 && (test->answers[i].status || test->answers[i].failure); i++)
        fake_add(fake, test->answers[i]);
    struct fake_result result = {.fake = fake};
    struct arm_call call = {
        .method = test->method, .path = PATH, .api_version = "2024-07-01", .credential = "main"};
    ck_assert_uint_ne(arm_send(fake->arm, &call, fake_done, &result), 0);
    ck_assert_msg(!result.done, "%s: done was called from within arm_send", test->name);
    fake_run(fake, &result.done, 3600 * 1000);
    ck_assert_msg(result.done, "%s: no end", test->name);
    ck_assert_msg(result.outcome == test->outcome, "%s: outcome %d, message %s", test->name,
                  result.outcome, result.message);
    ck_assert_msg((int)fake->request_count == test->requests, "%s: %zu requests", test->name,
                  fake->request_count);
    ck_assert_msg(result.attempts == test->requests, "%s: %d attempts", test->name,
                  result.attempts);
    ck_assert_msg(strcmp(result.code, test->code) == 0, "%s: code %s", test->name, result.code);
    ck_assert_msg(strstr(result.message, test->message), "%s: message %s", test->name,
                  result.message);
    ck_assert_msg(result.error_code == test->error_code, "%s: error code %d", test->name,
                  result.error_code);
    if (test->kind)
        ck_assert_msg(result.poll_kind && strcmp(result.poll_kind, test->kind) == 0, "%s: kind %s",
                      test->name, result.poll_kind ? result.poll_kind : "none");
    for (int i = 0; i < 20; i++)
        loop_turn(fake->loop, 60000);
    ck_assert_int_eq(result.calls, 1);
    fake_result_clear(&result);
    fake_free(fake);
}
END_TEST

START_TEST(what_a_request_bears)
{
    struct fake *fake = fake_new(NULL);
    fake_add(fake, (struct fake_rule){.status = 200, .body = "{}"});
    struct fake_result result = {.fake = fake};
    json_t *body = json_pack("{ss}", "location", "westus3");
    const char *auxiliary[] = {"other"};
    struct arm_call call = {.method = "PUT",
                            .path = PATH,
                            .api_version = "2024-07-01",
                            .credential = "main",
                            .body = body,
                            .auxiliary = auxiliary,
                            .auxiliary_count = 1,
                            .correlation = "01890000-0000-7000-8000-000000000000"};
    arm_send(fake->arm, &call, fake_done, &result);
    json_decref(body);
    fake_run(fake, &result.done, 1000);
    const struct fake_request *request = &fake->requests[0];
    char value[256];
    ck_assert_str_eq(request->url, "https://management.azure.com" PATH "?api-version=2024-07-01");
    ck_assert_str_eq(request->body, "{\"location\":\"westus3\"}");
    ck_assert_str_eq(fake_header(request, "Authorization", value, sizeof value), "Bearer fixed");
    ck_assert_str_eq(fake_header(request, "x-ms-authorization-auxiliary", value, sizeof value),
                     "Bearer fixed");
    ck_assert_str_eq(fake_header(request, "x-ms-correlation-request-id", value, sizeof value),
                     "01890000-0000-7000-8000-000000000000");
    ck_assert_uint_eq(strlen(fake_header(request, "x-ms-client-request-id", value, sizeof value)),
                      36);
    ck_assert(strncmp(fake_header(request, "User-Agent", value, sizeof value), "flexhost/", 9) ==
              0);
    fake_result_clear(&result);
    fake_free(fake);
}
END_TEST

struct refusal_case {
    const char *credential;
    const char *path;
    size_t auxiliary_count;
    const char *message;
};

static const struct refusal_case refusals[] = {
    {NULL, PATH, 0, "there is no credential"},
    {"absent", PATH, 0, "[credential \"absent\"]"},
    {"main", "https://evil.example/subscriptions/s1", 0, "no token is sent there"},
    {"main", "//evil.example", 0, ""}, /* a path like another: it stays on our host */
    {"main", "evil", 0, "neither a path nor a URL"},
    {"main", PATH, 4, "3 auxiliary credentials at most"},
};

START_TEST(what_is_not_sent)
{
    const struct refusal_case *test = &refusals[_i];
    struct fake *fake = fake_new(NULL);
    fake_add(fake, (struct fake_rule){.url = "https://management.azure.com/", .status = 200});
    struct fake_result result = {.fake = fake};
    const char *auxiliary[] = {"other", "other", "other", "other"};
    struct arm_call call = {.method = "GET",
                            .path = test->path,
                            .credential = test->credential,
                            .auxiliary = auxiliary,
                            .auxiliary_count = test->auxiliary_count};
    arm_send(fake->arm, &call, fake_done, &result);
    ck_assert(!result.done);
    fake_run(fake, &result.done, 1000);
    if (*test->message) {
        ck_assert_int_eq(result.outcome, ARM_UNAVAILABLE);
        ck_assert_msg(strstr(result.message, test->message), "%s", result.message);
        ck_assert_uint_eq(fake->request_count, 0);
    } else {
        ck_assert_int_eq(result.outcome, ARM_DONE);
    }
    fake_result_clear(&result);
    fake_free(fake);
}
END_TEST

START_TEST(a_cancelled_call_is_forgotten)
{
    struct fake *fake = fake_new(NULL);
    fake_add(fake, (struct fake_rule){.status = 200, .delay_ms = 500});
    struct fake_result result = {.fake = fake};
    struct arm_call call = {.method = "PUT", .path = PATH, .credential = "main"};
    bool never = false;
    uint64_t before = arm_send(fake->arm, &call, fake_done, &result);
    arm_cancel(fake->arm, before);
    uint64_t in_flight = arm_send(fake->arm, &call, fake_done, &result);
    for (int i = 0; i < 4; i++)
        loop_turn(fake->loop, 50);
    ck_assert_uint_eq(fake->request_count, 1);
    arm_cancel(fake->arm, in_flight);
    fake_run(fake, &never, 5000);
    ck_assert(!result.done);
    fake_free(fake);
}
END_TEST

static Suite *suite(void)
{
    Suite *suite = suite_create("azure send");
    TCase *tcase = tcase_create("send");
    tcase_add_loop_test(tcase, answers_mean, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tcase, what_a_request_bears);
    tcase_add_loop_test(tcase, what_is_not_sent, 0, sizeof refusals / sizeof *refusals);
    tcase_add_test(tcase, a_cancelled_call_is_forgotten);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return tap_main(suite());
}
