/* SPDX-License-Identifier: Apache-2.0 */
/* Lists, files, and the questions that plugins and commands ask. */
#include "azure/services.h"
#include "azure/sync.h"
#include "azure_fake.h"
#include "base/text.h"
#include "tap_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIST "/subscriptions/s1/providers/Microsoft.Compute/virtualMachines"
#define NEXT "https://management.azure.com/subscriptions/s1/next?$skiptoken="
#define BLOB "https://store.blob.core.windows.net/logs/run.log?sv=2023-11-03&sig=S3CR3T"

/* ---- lists ---- */

struct pages {
    struct fake_result result; /* first: fake_done takes it */
    int values;
    int pages;
    int stop_after;  /* 0: never */
    uint64_t cancel; /* this call, from within the page */
};

static bool on_page(void *context, const json_t *values)
{
    struct pages *pages = context;
    pages->values += (int)json_array_size(values);
    if (pages->cancel)
        arm_cancel(pages->result.fake->arm, pages->cancel);
    return ++pages->pages != pages->stop_after;
}

static const struct list_case {
    const char *name;
    struct fake_rule answers[4];
    int stop_after;
    enum arm_outcome outcome;
    int values;
    int requests;
    const char *message;
} lists[] = {
    {"one page", {{.status = 200, .body = "{\"value\":[1,2]}"}}, 0, ARM_DONE, 2, 1, ""},
    {"three pages, one of them empty, one at the second try",
     {{.url = "virtualMachines",
       .status = 200,
       .body = "{\"value\":[1,2],\"nextLink\":\"" NEXT "a\"}"},
      {.url = "=a", .status = 200, .body = "{\"value\":[],\"nextLink\":\"" NEXT "b\"}"},
      {.url = "=b", .status = 500, .times = 1},
      {.url = "=b", .status = 200, .body = "{\"value\":[3],\"nextLink\":\"\"}"}},
     0,
     ARM_DONE,
     3,
     4,
     ""},
    {"enough",
     {{.status = 200, .body = "{\"value\":[1],\"nextLink\":\"" NEXT "a\"}"}},
     1,
     ARM_DONE,
     1,
     1,
     ""},
    {"a stranger's next page",
     {{.status = 200, .body = "{\"value\":[1],\"nextLink\":\"https://evil.example/next\"}"}},
     0,
     ARM_REFUSED,
     1,
     1,
     "goes on at evil.example"},
    {"a circle",
     {{.url = "virtualMachines",
       .status = 200,
       .body = "{\"value\":[1],\"nextLink\":\"" NEXT "a\"}"},
      {.url = "=a", .status = 200, .body = "{\"value\":[1],\"nextLink\":\"" NEXT "a\"}"}},
     0,
     ARM_REFUSED,
     2,
     2,
     "does not end"},
    {"no list", {{.status = 200, .body = "{\"value\":{}}"}}, 0, ARM_REFUSED, 0, 1, "is no list"},
    {"a refusal",
     {{.status = 404, .body = "{\"error\":{\"code\":\"X\",\"message\":\"not here\"}}"}},
     0,
     ARM_REFUSED,
     0,
     1,
     "not here"},
};

START_TEST(lists_have_pages)
{
    const struct list_case *test = &lists[_i];
    struct fake *fake = fake_new(NULL);
    for (size_t i = 0; i < 4 && test->answers[i].status; i++)
        fake_add(fake, test->answers[i]);
    struct pages pages = {.result.fake = fake, .stop_after = test->stop_after};
    struct arm_call call = {.path = LIST, .api_version = "2024-07-01", .credential = "main"};
    arm_list(fake->arm, &call, on_page, fake_done, &pages);
    fake_run(fake, &pages.result.done, 600 * 1000);
    ck_assert_msg(pages.result.outcome == test->outcome, "%s: %s", test->name,
                  pages.result.message);
    ck_assert_msg(pages.values == test->values, "%s: %d values", test->name, pages.values);
    ck_assert_msg((int)fake->request_count == test->requests, "%s: %zu requests", test->name,
                  fake->request_count);
    ck_assert_msg(strstr(pages.result.message, test->message), "%s", pages.result.message);
    fake_result_clear(&pages.result);
    fake_free(fake);
}
END_TEST

START_TEST(a_list_is_cancelled_from_within)
{
    struct fake *fake = fake_new(NULL);
    fake_add(fake, (struct fake_rule){.status = 200,
                                      .body = "{\"value\":[1],\"nextLink\":\"" NEXT "a\"}"});
    struct pages pages = {.result.fake = fake};
    struct arm_call call = {.path = LIST, .credential = "main"};
    pages.cancel = arm_list(fake->arm, &call, on_page, fake_done, &pages);
    fake_run(fake, &pages.result.done, 60 * 1000);
    ck_assert(!pages.result.done);
    ck_assert_int_eq(pages.pages, 1);
    fake_free(fake);
}
END_TEST

/* ---- files ---- */

static const struct fetch_case {
    const char *name;
    struct fake_rule answers[5];
    enum arm_outcome outcome;
    const char *content;
    const char *last_range; /* of the last request; NULL: none */
    const char *code;
} fetches[] = {
    {"at once", {{.status = 200, .body = "0123456789"}}, ARM_DONE, "0123456789", NULL, ""},
    {"in three parts",
     {{.status = 200,
       .headers = "ETag: \"7\"",
       .body = "0123",
       .failure = TRANSPORT_LOST,
       .times = 1},
      {.status = 206,
       .headers = "ETag: \"7\"",
       .body = "45",
       .failure = TRANSPORT_LOST,
       .times = 1},
      {.status = 206, .body = "6789"}},
     ARM_DONE,
     "0123456789",
     "bytes=6-",
     ""},
    {"from the beginning when there is no ETag",
     {{.status = 200, .body = "01", .failure = TRANSPORT_LOST, .times = 1},
      {.status = 200, .body = "0123456789"}},
     ARM_DONE,
     "0123456789",
     NULL,
     ""},
    {"from the beginning when it is another blob",
     {{.status = 200,
       .headers = "ETag: \"7\"",
       .body = "ab",
       .failure = TRANSPORT_LOST,
       .times = 1},
      {.status = 412, .times = 1},
      {.status = 200, .body = "0123456789"}},
     ARM_DONE,
     "0123456789",
     NULL,
     ""},
    {"from the beginning when the range is not heeded",
     {{.status = 200,
       .headers = "ETag: \"7\"",
       .body = "01",
       .failure = TRANSPORT_LOST,
       .times = 1},
      {.status = 200, .body = "0123456789", .times = 1},
      {.status = 200, .body = "0123456789"}},
     ARM_DONE,
     "0123456789",
     NULL,
     ""},
    {"after a while",
     {{.status = 503, .times = 2}, {.status = 200, .body = "0"}},
     ARM_DONE,
     "0",
     NULL,
     ""},
    {"a SAS that has expired",
     {{.status = 403,
       .body = "<?xml version=\"1.0\"?><Error><Code>AuthenticationFailed</Code><Message>m</Message>"
               "</Error>"}},
     ARM_REFUSED,
     "",
     NULL,
     "AuthenticationFailed"},
    {"never", {{.failure = TRANSPORT_LOST}}, ARM_UNAVAILABLE, "", NULL, ""},
};

START_TEST(files_are_fetched)
{
    const struct fetch_case *test = &fetches[_i];
    struct fake *fake = fake_new(NULL);
    for (size_t i = 0; i < 5 && (test->answers[i].status || test->answers[i].failure); i++)
        fake_add(fake, test->answers[i]);
    FILE *file = tmpfile();
    fputs("before:", file);
    fflush(file);
    struct fake_result result = {.fake = fake};
    arm_fetch(fake->arm, BLOB, fileno(file), fake_done, &result);
    ck_assert(!result.done);
    fake_run(fake, &result.done, 3600 * 1000);
    ck_assert_msg(result.outcome == test->outcome, "%s: %s", test->name, result.message);
    ck_assert_str_eq(result.code, test->code);
    ck_assert_ptr_null(strstr(result.message, "S3CR3T"));
    char content[64] = "", value[64];
    rewind(file);
    size_t length = fread(content, 1, sizeof content - 1, file);
    content[length] = '\0';
    ck_assert_msg(strncmp(content, "before:", 7) == 0 && strcmp(content + 7, test->content) == 0,
                  "%s: %s", test->name, content);
    const struct fake_request *last = &fake->requests[fake->request_count - 1];
    ck_assert_ptr_null(fake_header(last, "Authorization", value, sizeof value));
    const char *range = fake_header(last, "Range", value, sizeof value);
    ck_assert_msg(test->last_range ? range && strcmp(range, test->last_range) == 0 : !range, "%s",
                  test->name);
    if (range)
        ck_assert_str_eq(fake_header(last, "If-Match", value, sizeof value), "\"7\"");
    fclose(file);
    fake_result_clear(&result);
    fake_free(fake);
}
END_TEST

static void keep_lines(void *context, const char *line)
{
    text_add(context, line);
    text_add(context, "\n");
}

START_TEST(secrets_of_a_url_are_not_traced)
{
    struct text lines = {0};
    struct arm_settings settings = {.trace = keep_lines, .trace_context = &lines};
    struct fake *fake = fake_new(&settings);
    fake_add(fake, (struct fake_rule){.failure = TRANSPORT_LOST});
    struct fake_result result = {.fake = fake};
    FILE *file = tmpfile();
    arm_fetch(fake->arm, BLOB, fileno(file), fake_done, &result);
    fake_run(fake, &result.done, 3600 * 1000);
    ck_assert_ptr_null(strstr(text_get(&lines), "S3CR3T"));
    ck_assert_ptr_nonnull(strstr(text_get(&lines), "/logs/run.log?sv=…&sig=…"));
    fclose(file);
    text_free(&lines);
    fake_result_clear(&result);
    fake_free(fake);
}
END_TEST

static const char *const strange_urls[] = {"http://store.example/x", "ftp://store.example/x", "/x",
                                           "http://127.0.0.1/x"};

START_TEST(what_is_not_fetched)
{
    struct fake *fake = fake_new(NULL);
    struct fake_result result = {.fake = fake};
    FILE *file = tmpfile();
    arm_fetch(fake->arm, strange_urls[_i], fileno(file), fake_done, &result);
    fake_run(fake, &result.done, 1000);
    ck_assert_int_eq(result.outcome, ARM_UNAVAILABLE);
    ck_assert_int_eq(result.error_code, ERROR_USAGE);
    ck_assert_uint_eq(fake->request_count, 0);
    fclose(file);
    fake_result_clear(&result);
    fake_free(fake);
}
END_TEST

/* ---- questions ---- */

START_TEST(commands_read_and_list)
{
    struct fake *fake = fake_new(NULL);
    struct error err = ERROR_INIT;
    json_t *body = NULL;
    fake_add(fake, (struct fake_rule){.url = "/there", .status = 200, .body = "{\"id\":\"x\"}"});
    fake_add(fake, (struct fake_rule){
                       .url = "/absent",
                       .status = 404,
                       .body = "{\"error\":{\"code\":\"NotFound\",\"message\":\"no such\"}}"});
    fake_add(fake, (struct fake_rule){.url = "/first",
                                      .status = 200,
                                      .body = "{\"value\":[1],\"nextLink\":\"" NEXT "a\"}"});
    fake_add(fake, (struct fake_rule){.url = "=a", .status = 200, .body = "{\"value\":[2]}"});
    ck_assert_int_eq(arm_read_wait(fake->arm, "main", "/there", "1", &body, &err), 0);
    ck_assert_str_eq(json_string_value(json_object_get(body, "id")), "x");
    json_decref(body);
    ck_assert_int_eq(arm_read_wait(fake->arm, "main", "/absent", "1", &body, &err), -1);
    ck_assert_str_eq(err.azure_code, "NotFound");
    ck_assert_str_eq(error_text(&err), "no such");
    ck_assert_int_eq(err.code, ERROR_AZURE);
    ck_assert_int_eq(arm_list_wait(fake->arm, "main", "/first", "1", &body, &err), 0);
    ck_assert_uint_eq(json_array_size(body), 2);
    json_decref(body);
    ck_assert_int_eq(arm_list_wait(fake->arm, "main", "/absent", "1", &body, &err), -1);
    ck_assert_int_eq(arm_read_wait(fake->arm, "nobody", "/there", "1", &body, &err), -1);
    ck_assert_int_eq(err.code, ERROR_CREDENTIALS);
    error_clear(&err);
    fake_free(fake);
}
END_TEST

START_TEST(plugins_get_answers_and_refusals)
{
    struct fake *fake = fake_new(NULL);
    struct error err = ERROR_INIT;
    int status = 0;
    fake_add(fake, (struct fake_rule){.url = "/there", .status = 200, .body = "{\"id\": \"x\"}"});
    fake_add(fake, (struct fake_rule){.url = "/absent", .status = 404, .body = "{\"error\":{}}"});
    fake_add(fake, (struct fake_rule){.url = "/cut", .failure = TRANSPORT_LOST});
    char *text = services_arm_get(fake->arm, "main", "/there", "1", &status, &err);
    ck_assert_str_eq(text, "{\"id\":\"x\"}");
    ck_assert_int_eq(status, 200);
    free(text);
    text = services_arm_get(fake->arm, "main", "/absent", "1", &status, &err);
    ck_assert_str_eq(text, "{\"error\":{}}");
    ck_assert_int_eq(status, 404);
    free(text);
    ck_assert_ptr_null(services_arm_get(fake->arm, "main", "/cut", "1", &status, &err));
    ck_assert_int_eq(err.code, ERROR_RETRY);
    error_clear(&err);
    fake_free(fake);
}
END_TEST

static const struct range_case {
    struct fake_rule answer;
    unsigned long long offset;
    unsigned length;
    const char *json; /* NULL: an error */
    const char *message;
} ranges[] = {
    {{.status = 206, .headers = "Content-Range: bytes 2-4/10", .body = "234"},
     2,
     3,
     "{\"status\":206,\"length\":10,\"headers\":{\"content-range\":\"bytes 2-4/10\"},"
     "\"base64\":\"MjM0\"}",
     NULL},
    {{.status = 200, .headers = "Content-Length: 10", .body = "0123456789"}, /* no Range there */
     2,
     3,
     "{\"status\":200,\"length\":10,\"headers\":{\"content-length\":\"10\"},\"base64\":\"MjM0\"}",
     NULL},
    {{.status = 200, .headers = "Content-Length: 77"},
     0,
     0,
     "{\"status\":200,\"length\":77,\"headers\":{\"content-length\":\"77\"},\"base64\":\"\"}",
     NULL},
    {{.status = 404},
     0,
     1,
     "{\"status\":404,\"length\":null,\"headers\":{},\"base64\":\"\"}",
     NULL},
    {{.status = 200, .failure = TRANSPORT_LOCAL}, 0, 1, NULL, "does not know Range"},
    {{.failure = TRANSPORT_NOT_SENT}, 0, 1, NULL, "the wire was cut"},
};

START_TEST(plugins_read_parts_of_files)
{
    const struct range_case *test = &ranges[_i];
    struct fake *fake = fake_new(NULL);
    struct error err = ERROR_INIT;
    int status = -1;
    fake_add(fake, test->answer);
    char *text = services_http_range(fake->arm, "https://files.example/disk.vhd", test->offset,
                                     test->length, &status, &err);
    ck_assert_int_eq(status, test->answer.status);
    if (test->json)
        ck_assert_str_eq(text ? text : error_text(&err), test->json);
    else
        ck_assert_msg(!text && strstr(error_text(&err), test->message), "%s", error_text(&err));
    free(text);
    error_clear(&err);
    ck_assert_ptr_null(
        services_http_range(fake->arm, "http://169.254.169.254/x", 0, 1, &status, &err));
    ck_assert_ptr_null(
        services_http_range(fake->arm, "http://files.example/", 0, 1, &status, &err));
    error_clear(&err);
    fake_free(fake);
}
END_TEST

START_TEST(waits_heed_an_interrupt)
{
    struct fake *fake = fake_new(NULL);
    struct error err = ERROR_INIT;
    volatile sig_atomic_t pressed = 1;
    json_t *body = NULL;
    int status = 0;
    fake_add(fake, (struct fake_rule){.status = 200, .delay_ms = 3600 * 1000});
    arm_heed(fake->arm, &pressed);
    ck_assert_int_eq(arm_read_wait(fake->arm, "main", "/there", "1", &body, &err), -1);
    ck_assert_int_eq(err.code, ERROR_INTERRUPTED);
    ck_assert_int_eq(arm_list_wait(fake->arm, "main", "/there", "1", &body, &err), -1);
    ck_assert_ptr_null(
        services_http_range(fake->arm, "https://files.example/", 0, 1, &status, &err));
    ck_assert_int_eq(err.code, ERROR_INTERRUPTED);
    ck_assert_ptr_null(fake->pending);
    error_clear(&err);
    fake_free(fake);
}
END_TEST

static Suite *suite(void)
{
    Suite *suite = suite_create("azure read");
    TCase *tcase = tcase_create("read");
    tcase_add_loop_test(tcase, lists_have_pages, 0, sizeof lists / sizeof *lists);
    tcase_add_test(tcase, a_list_is_cancelled_from_within);
    tcase_add_loop_test(tcase, files_are_fetched, 0, sizeof fetches / sizeof *fetches);
    tcase_add_test(tcase, secrets_of_a_url_are_not_traced);
    tcase_add_loop_test(tcase, what_is_not_fetched, 0, sizeof strange_urls / sizeof *strange_urls);
    tcase_add_test(tcase, commands_read_and_list);
    tcase_add_test(tcase, plugins_get_answers_and_refusals);
    tcase_add_loop_test(tcase, plugins_read_parts_of_files, 0, sizeof ranges / sizeof *ranges);
    tcase_add_test(tcase, waits_heed_an_interrupt);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return tap_main(suite());
}
