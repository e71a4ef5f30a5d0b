/* SPDX-License-Identifier: Apache-2.0 */
/* Blobs of azure-local: what a signature opens and what it does not, appending, ranges, scripts. */
#include "client.h"

#include "../unit/tap_main.h"

#include <string.h>

#define GROUP   "/subscriptions/" MANAGED "/resourceGroups/desks"
#define ACCOUNT GROUP "/providers/Microsoft.Storage/storageAccounts/desklogs"
#define VERSION "?api-version=2023-05-01"

static struct local local;
static char *append_sas, *read_sas, *expired_sas, *container_sas;

static struct got ask(const char *method, const char *target, const char *body, const char *headers)
{
    bool blob = strncmp(target, "/_blob/", 7) == 0;
    struct ask ask = {.token = blob ? NULL : local.host_token,
                      .method = method,
                      .target = target,
                      .body = body,
                      .type = blob ? "application/octet-stream" : NULL,
                      .headers = headers};
    struct got got;

    local_ask(&local, &ask, &got);
    return got;
}

static long status_of(const char *method, const char *target, const char *body, const char *headers)
{
    struct got got = ask(method, target, body, headers);
    long status = got.status;

    got_end(&got);
    return status;
}

static char *signature(const char *kind, const char *permission, const char *expiry)
{
    char *body = NULL, *token;
    struct got got;

    ck_assert_int_gt(asprintf(&body,
                              "{\"canonicalizedResource\":\"/blob/desklogs/logs%s\","
                              "\"signedResource\":\"%s\",\"signedPermission\":\"%s\","
                              "\"signedExpiry\":\"%s\",\"keyToSign\":\"key1\"}",
                              *kind == 'b' ? "/desk.log" : "", kind, permission, expiry),
                     0);
    got = ask("POST", ACCOUNT "/listServiceSas" VERSION, body, NULL);
    ck_assert_int_eq(got.status, 200);
    token = strdup(json_string_value(json_object_get(got.json, "serviceSasToken")));
    got_end(&got);
    free(body);
    return token;
}

static void start(void)
{
    local_start(&local, NULL, "--no-throttle");
    ck_assert_int_eq(
        status_of("PUT", GROUP "?api-version=2024-07-01", "{\"location\":\"eastus\"}", NULL), 201);
    ck_assert_int_eq(status_of("PUT", ACCOUNT VERSION,
                               "{\"location\":\"eastus\",\"kind\":\"StorageV2\",\"sku\":{\"name\":"
                               "\"Standard_LRS\"}}",
                               NULL),
                     202);
    local_advance(&local, 60);
    ck_assert_int_eq(
        status_of("PUT", ACCOUNT "/blobServices/default/containers/logs" VERSION, "{}", NULL), 201);
    append_sas = signature("b", "w", "2100-01-01T00:00:00Z");
    read_sas = signature("b", "r", "2100-01-01T00:00:00Z");
    expired_sas = signature("b", "r", "2020-01-01T00:00:00Z");
    container_sas = signature("c", "l", "2100-01-01T00:00:00Z");
}

static void stop(void)
{
    free(append_sas);
    free(read_sas);
    free(expired_sas);
    free(container_sas);
    local_stop(&local);
}

static struct got blob(const char *method, const char *sas, const char *more, const char *body,
                       const char *headers)
{
    char *target = NULL;
    struct got got;

    ck_assert_int_gt(asprintf(&target, "/_blob/desklogs/logs/desk.log?%s%s", sas, more), 0);
    got = ask(method, target, body, headers);
    free(target);
    return got;
}

static long blob_status(const char *method, const char *sas, const char *more, const char *body,
                        const char *headers)
{
    struct got got = blob(method, sas, more, body, headers);
    long status = got.status;

    got_end(&got);
    return status;
}

START_TEST(a_log_is_appended_to_and_read)
{
    struct got got;

    ck_assert_int_eq(blob_status("GET", read_sas, "", NULL, NULL), 404);
    ck_assert_int_eq(blob_status("PUT", append_sas, "", NULL, "x-ms-blob-type: AppendBlob"), 201);
    ck_assert_int_eq(blob_status("PUT", append_sas, "&comp=appendblock", "one ", NULL), 201);
    ck_assert_int_eq(blob_status("PUT", append_sas, "&comp=appendblock", "two", NULL), 201);
    got = blob("GET", read_sas, "", NULL, NULL);
    ck_assert_int_eq(got.status, 200);
    ck_assert_str_eq(got.body, "one two");
    got_end(&got);
    got = blob("GET", read_sas, "", NULL, "Range: bytes=4-");
    ck_assert_int_eq(got.status, 206);
    ck_assert_str_eq(got.body, "two");
    got_end(&got);
    ck_assert_int_eq(blob_status("GET", read_sas, "", NULL, "Range: bytes=7-"), 416);
    ck_assert_int_eq(blob_status("PUT", append_sas, "&comp=appendblock", "x",
                                 "x-ms-blob-condition-appendpos: 3"),
                     412);
    ck_assert_int_eq(blob_status("DELETE", read_sas, "", NULL, NULL), 403);
}
END_TEST

START_TEST(a_signature_opens_only_what_it_says)
{
    char *forged = strdup(read_sas);
    struct got got;

    ck_assert_int_eq(blob_status("GET", "", "", NULL, NULL), 401);
    ck_assert_int_eq(blob_status("GET", expired_sas, "", NULL, NULL), 403);
    ck_assert_int_eq(blob_status("GET", append_sas, "", NULL, NULL), 403);
    ck_assert_int_eq(blob_status("GET", container_sas, "", NULL, NULL), 403);
    *strstr(forged, "se=21") = 'x';
    ck_assert_int_eq(blob_status("GET", forged, "", NULL, NULL), 403);
    got = ask("GET", "/_blob/desklogs/logs/other.log", NULL, NULL);
    ck_assert_int_eq(got.status, 401);
    ck_assert_ptr_nonnull(strstr(got.body, "<Code>NoAuthenticationInformation</Code>"));
    got_end(&got);
    free(forged);
}
END_TEST

START_TEST(a_container_is_listed)
{
    char *target = NULL;
    struct got got;

    ck_assert_int_eq(blob_status("PUT", append_sas, "", "all", "x-ms-blob-type: BlockBlob"), 201);
    ck_assert_int_gt(
        asprintf(&target, "/_blob/desklogs/logs?restype=container&comp=list&%s", container_sas), 0);
    got = ask("GET", target, NULL, NULL);
    ck_assert_int_eq(got.status, 200);
    ck_assert_ptr_nonnull(strstr(got.body, "<Name>desk.log</Name>"));
    got_end(&got);
    free(target);
}
END_TEST

START_TEST(a_new_key_closes_what_the_old_one_opened)
{
    ck_assert_int_eq(blob_status("PUT", append_sas, "", NULL, "x-ms-blob-type: AppendBlob"), 201);
    ck_assert_int_eq(
        status_of("POST", ACCOUNT "/regenerateKey" VERSION, "{\"keyName\":\"key1\"}", NULL), 200);
    ck_assert_int_eq(blob_status("GET", read_sas, "", NULL, NULL), 403);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("azure-local");
    TCase *each = tcase_create("storage");

    tcase_add_checked_fixture(each, start, stop);
    tcase_set_timeout(each, 30);
    tcase_add_test(each, a_log_is_appended_to_and_read);
    tcase_add_test(each, a_signature_opens_only_what_it_says);
    tcase_add_test(each, a_container_is_listed);
    tcase_add_test(each, a_new_key_closes_what_the_old_one_opened);
    suite_add_tcase(suite, each);
    return tap_main(suite);
}
