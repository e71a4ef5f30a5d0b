/* SPDX-License-Identifier: Apache-2.0 */
/* Disks of azure-local from the outside: imported VHDs, pages, reasons of refusals, and scripts. */
#include "client.h"

#include "../unit/tap_main.h"

#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GROUP    "/subscriptions/" MANAGED "/resourceGroups/desks"
#define COMPUTE  GROUP "/providers/Microsoft.Compute"
#define ACCOUNT  GROUP "/providers/Microsoft.Storage/storageAccounts/goldens"
#define MACHINE  COMPUTE "/virtualMachines/seed"
#define RUN      MACHINE "/runCommands/go"
#define BLOB     "/_blob/goldens/vhds/golden.vhd"
#define MEGABYTE (1 << 20)

static struct local local;
static char *sas;

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

static void expect(long status, const char *method, const char *target, const char *body,
                   const char *headers)
{
    struct got got = ask(method, target, body, headers);

    ck_assert_msg(got.status == status, "%s %s: %ld, not %ld: %s", method, target, got.status,
                  status, got.body ? got.body : "");
    got_end(&got);
}

static void start(void)
{
    struct got got;

    local_start(&local, NULL, "--no-throttle");
    expect(201, "PUT", GROUP "?api-version=2024-07-01", "{\"location\":\"eastus\"}", NULL);
    expect(202, "PUT", ACCOUNT "?api-version=2023-05-01",
           "{\"location\":\"eastus\",\"kind\":\"StorageV2\",\"sku\":{\"name\":\"Standard_LRS\"}}",
           NULL);
    local_advance(&local, 60);
    expect(201, "PUT", ACCOUNT "/blobServices/default/containers/vhds?api-version=2023-05-01", "{}",
           NULL);
    got = ask("POST", ACCOUNT "/listServiceSas?api-version=2023-05-01",
              "{\"canonicalizedResource\":\"/blob/goldens/vhds\",\"signedResource\":\"c\","
              "\"signedPermission\":\"rcwl\",\"signedExpiry\":\"2100-01-01T00:00:00Z\"}",
              NULL);
    ck_assert_int_eq(got.status, 200);
    sas = strdup(json_string_value(json_object_get(got.json, "serviceSasToken")));
    got_end(&got);
}

static void stop(void)
{
    free(sas);
    local_stop(&local);
}

static void blob(long status, const char *part, const char *body, size_t size, const char *headers)
{
    char *target = NULL;
    struct ask ask = {.method = "PUT",
                      .body = body,
                      .size = size,
                      .type = "application/octet-stream",
                      .headers = headers};
    struct got got;

    ck_assert_int_gt(asprintf(&target, BLOB "?%s%s", part, sas), 0);
    ask.target = target;
    local_ask(&local, &ask, &got);
    ck_assert_msg(got.status == status, "%ld: %s", got.status, got.body);
    got_end(&got);
    free(target);
}

static void write_big(unsigned char *at, int bytes, uint64_t value)
{
    while (bytes--) {
        at[bytes] = (unsigned char)value;
        value >>= 8;
    }
}

/* The footer of a VHD: fixed is of type 2. */
static void footer(unsigned char *out, uint64_t size, unsigned type)
{
    uint32_t sum = 0;

    memset(out, 0, 512);
    memcpy(out, "conectix", 8);
    write_big(out + 40, 8, size);
    write_big(out + 48, 8, size);
    write_big(out + 60, 4, type);
    for (int i = 0; i < 512; i++)
        sum += out[i];
    write_big(out + 64, 4, ~sum & 0xffffffff);
}

static void import(long status, const char *code)
{
    char *body = NULL;
    struct got got;

    ck_assert_int_gt(
        asprintf(&body,
                 "{\"location\":\"eastus\",\"properties\":{\"osType\":\"Linux\",\"creationData\":{"
                 "\"createOption\":\"Import\",\"storageAccountId\":\"" ACCOUNT
                 "\",\"sourceUri\":\"%s" BLOB "\"}}}",
                 local.base),
        0);
    got = ask("PUT", COMPUTE "/disks/golden?api-version=2024-03-02", body, NULL);
    ck_assert_msg(got.status == status, "%ld: %s", got.status, got.body);
    if (code)
        ck_assert_str_eq(
            json_string_value(json_object_get(json_object_get(got.json, "error"), "code")), code);
    got_end(&got);
    free(body);
    local_advance(&local, 60);
}

START_TEST(only_a_fixed_vhd_is_imported)
{
    unsigned char bytes[512];
    char range[80];

    import(400, "InvalidParameter");
    blob(201, "", NULL, 0, "x-ms-blob-type: PageBlob\nx-ms-blob-content-length: 2097664");
    import(400, "InvalidVhd");
    snprintf(range, sizeof range, "x-ms-page-write: update\nx-ms-range: bytes=%d-%d", 2 * MEGABYTE,
             2 * MEGABYTE + 511);
    footer(bytes, 2 * MEGABYTE, 3);
    blob(201, "comp=page&", (char *)bytes, 512, range);
    import(400, "InvalidVhd");
    footer(bytes, 3 * MEGABYTE, 2);
    blob(201, "comp=page&", (char *)bytes, 512, range);
    import(400, "InvalidVhd");
    footer(bytes, 2 * MEGABYTE, 2);
    blob(201, "comp=page&", (char *)bytes, 512, range);
    import(202, NULL);
}
END_TEST

START_TEST(pages_are_held_to_their_rules)
{
    char bytes[1024] = "x";

    blob(201, "", NULL, 0, "x-ms-blob-type: PageBlob\nx-ms-blob-content-length: 4096");
    blob(201, "comp=page&", bytes, 512, "x-ms-page-write: update\nRange: bytes=0-511");
    blob(400, "comp=page&", bytes, 1024, "x-ms-page-write: update\nRange: bytes=0-511");
    blob(416, "comp=page&", bytes, 512, "x-ms-page-write: update\nRange: bytes=1-512");
    blob(416, "comp=page&", bytes, 512, "x-ms-page-write: update\nRange: bytes=4096-4607");
    blob(400, "comp=page&", bytes, 512,
         "x-ms-page-write: update\nRange: bytes=0-511\nContent-MD5: AAAAAAAAAAAAAAAAAAAAAA==");
    blob(400, "comp=page&", bytes, 512,
         "x-ms-page-write: update\nRange: bytes=0-511\nx-ms-content-crc64: AAAAAAAAAAA=");
    blob(412, "comp=page&", bytes, 512,
         "x-ms-page-write: update\nRange: bytes=0-511\nIf-Match: \"0x1\"");
    blob(201, "comp=page&", NULL, 0, "x-ms-page-write: clear\nRange: bytes=0-511");
}
END_TEST

static const char machine[] =
    "{\"location\":\"eastus\",\"properties\":{\"hardwareProfile\":{\"vmSize\":\"Standard_D2s_v5\"},"
    "\"storageProfile\":{\"imageReference\":{\"publisher\":\"Canonical\",\"offer\":"
    "\"0001-com-ubuntu-server-jammy\",\"sku\":\"22_04-lts-gen2\",\"version\":\"latest\"},"
    "\"osDisk\":{\"createOption\":\"FromImage\"}},\"osProfile\":{\"computerName\":\"seed\","
    "\"adminUsername\":\"operator\",\"adminPassword\":\"Not-a-real-1\"},\"networkProfile\":{"
    "\"networkApiVersion\":\"2020-11-01\",\"networkInterfaceConfigurations\":[{\"name\":\"nic\","
    "\"properties\":{\"ipConfigurations\":[{\"name\":\"ip\",\"properties\":{\"subnet\":{\"id\":"
    "\"" GROUP "/providers/Microsoft.Network/virtualNetworks/net/subnets/desks\"}}}]}}]}}}";

static void make_machine(void)
{
    expect(201, "PUT",
           GROUP "/providers/Microsoft.Network/virtualNetworks/net?api-version=2024-01-01",
           "{\"location\":\"eastus\",\"properties\":{\"addressSpace\":{\"addressPrefixes\":["
           "\"172.18.0.0/16\"]},\"subnets\":[{\"name\":\"desks\",\"properties\":{"
           "\"addressPrefix\":\"172.18.0.0/24\"}}]}}",
           NULL);
    local_advance(&local, 60);
    expect(201, "PUT", MACHINE "?api-version=2024-07-01", machine, NULL);
    local_advance(&local, 120);
}

/* The instance view once the script has ended. */
static json_t *run(const char *script)
{
    char *body = NULL;
    const char *state = "";
    json_t *view = NULL;

    ck_assert_int_gt(
        asprintf(&body,
                 "{\"location\":\"eastus\",\"properties\":{\"source\":{\"script\":\"%s\"},"
                 "\"parameters\":[{\"name\":\"COLOUR\",\"value\":\"blue\"}]}}",
                 script),
        0);
    expect(201, "PUT", RUN "?api-version=2024-07-01", body, NULL);
    free(body);
    for (int i = 0; i < 200 && strcmp(state, "Succeeded") != 0 && strcmp(state, "Failed") != 0;
         i++) {
        struct got got;

        json_decref(view);
        local_advance(&local, 30);
        got = ask("GET", RUN "?$expand=instanceView&api-version=2024-07-01", NULL, NULL);
        view =
            json_incref(json_object_get(json_object_get(got.json, "properties"), "instanceView"));
        got_end(&got);
        state = json_string_value(json_object_get(view, "executionState"));
        usleep(20000);
    }
    expect(202, "DELETE", RUN "?api-version=2024-07-01", NULL, NULL);
    local_advance(&local, 60);
    return view;
}

/* A script that goes on for ever is ended, and what it said till then is in the blob. */
static void check_endless(void)
{
    char *body = NULL, *target = NULL;
    const char *state = "";
    struct got got;

    ck_assert_int_gt(
        asprintf(&body,
                 "{\"location\":\"eastus\",\"properties\":{\"source\":{\"script\":"
                 "\"echo begun; sleep 100\"},\"asyncExecution\":true,"
                 "\"timeoutInSeconds\":1,\"outputBlobUri\":\"%s/_blob/goldens/vhds/out?"
                 "%s\"}}",
                 local.base, sas),
        0);
    expect(201, "PUT", RUN "?api-version=2024-07-01", body, NULL);
    free(body);
    for (int i = 0; i < 200 && strcmp(state, "TimedOut") != 0; i++) {
        usleep(20000);
        local_advance(&local, 30);
        got = ask("GET", RUN "?$expand=instanceView&api-version=2024-07-01", NULL, NULL);
        state = strstr(got.body, "\"executionState\":\"TimedOut\"") ? "TimedOut" : "";
        got_end(&got);
    }
    ck_assert_str_eq(state, "TimedOut");
    ck_assert_int_gt(asprintf(&target, "/_blob/goldens/vhds/out?%s", sas), 0);
    got = ask("GET", target, NULL, NULL);
    ck_assert_int_eq(got.status, 200);
    ck_assert_str_eq(got.body, "begun\n");
    got_end(&got);
    free(target);
}

static void check_run(const char *script, int code, const char *output)
{
    json_t *view = run(script);

    ck_assert_int_eq(json_integer_value(json_object_get(view, "exitCode")), code);
    ck_assert_str_eq(json_string_value(json_object_get(view, "output")), output);
    json_decref(view);
}

START_TEST(a_script_is_run_only_where_a_folder_is_named)
{
    char body[200], output[100], *file = NULL;
    struct stat about;
    json_t *view;

    make_machine();
    view = run("echo hello");
    ck_assert_ptr_nonnull(
        strstr(json_string_value(json_object_get(view, "output")), "was not run"));
    json_decref(view);
    local_post(&local, "/_local/script-answer",
               "{\"pattern\":\"*Get-Nothing*\",\"output\":\"none\\n\",\"exitCode\":3}");
    check_run("Get-Nothing", 3, "none\n");
    snprintf(body, sizeof body, "{\"image\":\"Canonical:*\",\"path\":\"%s\"}", local.folder);
    local_post(&local, "/_local/machine-root", body);
    snprintf(output, sizeof output, "%s blue\n", local.folder);
    check_run("echo $FLEXHOST_ROOT $COLOUR; touch made; sleep 0.2; exit 4", 4, output);
    ck_assert_int_gt(asprintf(&file, "%s/made", local.folder), 0);
    ck_assert_int_eq(stat(file, &about), 0);
    unlink(file);
    free(file);
    check_endless();
}
END_TEST

static const char small_world[] = "[tenant \"contoso\"]\n"
                                  "id = " TENANT "\n"
                                  "[subscription \"managed\"]\n"
                                  "id = " MANAGED "\n"
                                  "[principal \"flexhost\"]\n"
                                  "client-id = " HOST_CLIENT "\n"
                                  "secret = local-managed-secret\n"
                                  "role = Contributor managed\n"
                                  "[quota \"eastus\"]\n"
                                  "standardDSv5Family = 3\n"
                                  "[capacity \"eastus\"]\n"
                                  "restricted = Standard_D8s_v5\n";

/* What the world grants a family is told and enforced; so is a size that it does not let one have.
 */
START_TEST(a_region_has_limits)
{
    json_t *list, *one;
    size_t i, seen = 0;
    struct got got;

    local_start(&local, small_world, "--no-throttle");
    expect(201, "PUT", GROUP "?api-version=2024-07-01", "{\"location\":\"eastus\"}", NULL);
    make_machine();
    got = ask("PUT", COMPUTE "/virtualMachines/second?api-version=2024-07-01", machine, NULL);
    ck_assert_int_eq(got.status, 409);
    ck_assert_ptr_nonnull(strstr(got.body, "standardDSv5Family Cores quota"));
    ck_assert_ptr_nonnull(strstr(got.body, "Current Limit: 3, Current Usage: 2"));
    got_end(&got);
    got = ask("GET",
              "/subscriptions/" MANAGED "/providers/Microsoft.Compute/locations/eastus/usages"
              "?api-version=2024-07-01",
              NULL, NULL);
    list = json_object_get(got.json, "value");
    json_array_foreach(list, i, one)
    {
        json_t *name = json_object_get(json_object_get(one, "name"), "value");

        if (strcmp(json_string_value(name), "standardDSv5Family") != 0)
            continue;
        ck_assert_int_eq(json_integer_value(json_object_get(one, "limit")), 3);
        ck_assert_int_eq(json_integer_value(json_object_get(one, "currentValue")), 2);
        seen++;
    }
    ck_assert_uint_eq(seen, 1);
    got_end(&got);
    got = ask("GET",
              "/subscriptions/" MANAGED "/providers/Microsoft.Compute/skus?api-version=2021-07-01"
              "&$filter=location%20eq%20'eastus'",
              NULL, NULL);
    ck_assert_ptr_nonnull(strstr(got.body, "\"reasonCode\":\"NotAvailableForSubscription\""));
    got_end(&got);
    local_stop(&local);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("azure-local");
    TCase *each = tcase_create("image");

    tcase_add_checked_fixture(each, start, stop);
    tcase_set_timeout(each, 30);
    tcase_add_test(each, only_a_fixed_vhd_is_imported);
    tcase_add_test(each, pages_are_held_to_their_rules);
    tcase_add_test(each, a_script_is_run_only_where_a_folder_is_named);
    suite_add_tcase(suite, each);
    each = tcase_create("limits");
    tcase_set_timeout(each, 30);
    tcase_add_test(each, a_region_has_limits);
    suite_add_tcase(suite, each);
    return tap_main(suite);
}
