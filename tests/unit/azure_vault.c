/* SPDX-License-Identifier: Apache-2.0 */
/* Vaults are asked with tokens of their own, and no token goes where it is not meant for. */
#include "azure/permission.h"
#include "azure_fake.h"
#include "tap_main.h"

#include <string.h>

#define VAULT     "https://fh-1.vault.azure.net"
#define KEY       VAULT "/keys/k"
#define TOKEN_URL "/oauth2/v2.0/token"

static int fetch(void *context, char **value, size_t *length, struct error *err)
{
    *value = strdup("secret");
    *length = strlen(*value);
    return 0;
}

static void release(char *value, size_t length)
{
    free(value);
}

static const struct arm_credential credential = {.name = "main",
                                                 .kind = ARM_CLIENT_SECRET,
                                                 .tenant = "t",
                                                 .client_id = "c",
                                                 .fetch = fetch,
                                                 .release = release};

/* Each token bears the name of its audience. */
static bool answer(struct fake *fake, const struct http_request *request, struct fake_rule *rule)
{
    if (!strstr(request->url, TOKEN_URL))
        return false;
    bool vault = memmem(request->body, request->body_length, "vault", 5) != NULL;
    *rule =
        (struct fake_rule){.status = 200,
                           .body = vault ? "{\"access_token\":\"for-vaults\",\"expires_in\":3599}"
                                         : "{\"access_token\":\"for-arm\",\"expires_in\":3599}"};
    return true;
}

static struct fake *open_fake(const struct arm_settings *settings)
{
    struct fake *fake = fake_new_with(settings, &credential, 1);
    fake->answer = answer;
    return fake;
}

static void send_call(struct fake *fake, const struct arm_call *call, struct fake_result *result)
{
    *result = (struct fake_result){.fake = fake};
    ck_assert_uint_ne(arm_send(fake->arm, call, fake_done, result), 0);
    fake_run(fake, &result->done, 3600 * 1000);
}

static const char *token_of(const struct fake *fake, size_t i, char *value, size_t size)
{
    return fake_header(&fake->requests[i], "Authorization", value, size);
}

START_TEST(each_plane_has_its_token)
{
    struct fake *fake = open_fake(NULL);
    struct fake_result result;
    char value[64];
    fake_add(fake, (struct fake_rule){.status = 200, .body = "{\"key\":{}}"});
    struct arm_call call = {
        .method = "GET", .path = KEY, .api_version = "7.5", .vault = true, .credential = "main"};
    send_call(fake, &call, &result);
    ck_assert_int_eq(result.outcome, ARM_DONE);
    fake_result_clear(&result);
    ck_assert_uint_eq(fake->request_count, 2);
    ck_assert_ptr_nonnull(
        strstr(fake->requests[0].body, "scope=https%3A%2F%2Fvault.azure.net%2F.default"));
    ck_assert_str_eq(fake->requests[1].url, KEY "?api-version=7.5");
    ck_assert_str_eq(token_of(fake, 1, value, sizeof value), "Bearer for-vaults");

    call = (struct arm_call){
        .method = "GET", .path = "/subscriptions/s", .api_version = "1", .credential = "main"};
    send_call(fake, &call, &result);
    fake_result_clear(&result);
    ck_assert_uint_eq(fake->request_count, 4);
    ck_assert_str_eq(token_of(fake, 3, value, sizeof value), "Bearer for-arm");
    fake_free(fake);
}
END_TEST

static const struct {
    const char *path;
    bool vault;
} strangers[] = {
    {"https://fh-1.vault.example/keys/k", true},
    {"https://vault.azure.net.example/keys/k", true},
    {"https://fh-1xvault.azure.net/keys/k", true},
    {"https://user@fh-1.vault.azure.net/keys/k", true},
    {"https://fh-1.vault.azure.net:444/keys/k", true},
    {"http://fh-1.vault.azure.net/keys/k", true},
    {"https://management.azure.com/keys/k", true},
    {"/keys/k", true},
    {"keys/k", true},
    {KEY, false},
};

START_TEST(no_token_goes_to_strangers)
{
    struct fake *fake = open_fake(NULL);
    struct fake_result result;
    struct arm_call call = {.method = "GET",
                            .path = strangers[_i].path,
                            .api_version = "7.5",
                            .vault = strangers[_i].vault,
                            .credential = "main"};
    send_call(fake, &call, &result);
    ck_assert_int_eq(result.outcome, ARM_UNAVAILABLE);
    ck_assert_msg(strstr(result.message, "no token is sent there"), "%s", result.message);
    ck_assert_uint_eq(fake->request_count, 0);
    fake_result_clear(&result);
    fake_free(fake);
}
END_TEST

static const struct {
    const char *resource_manager;
    const char *suffix;
    const char *path;
    bool good;
} clouds[] = {
    {"https://management.chinacloudapi.cn", "vault.azure.cn", "https://v.vault.azure.cn/keys/k",
     true},
    {"https://management.chinacloudapi.cn", "vault.azure.cn", KEY, false},
    {"https://127.0.0.1:8443", NULL, "https://127.0.0.1:8443/_vault/v/keys/k", true},
    {"https://127.0.0.1:8443", NULL, "https://127.0.0.1:8444/_vault/v/keys/k", false},
    {"https://127.0.0.1:8443", NULL, KEY, false},
};

START_TEST(a_cloud_has_vaults_of_its_own)
{
    struct arm_settings settings = {.authority = "https://login.microsoftonline.com",
                                    .resource_manager = clouds[_i].resource_manager,
                                    .vault_suffix = clouds[_i].suffix};
    struct fake *fake = open_fake(&settings);
    struct fake_result result;
    fake_add(fake, (struct fake_rule){.status = 200, .body = "{}"});
    struct arm_call call = {.method = "GET",
                            .path = clouds[_i].path,
                            .api_version = "7.5",
                            .vault = true,
                            .credential = "main"};
    send_call(fake, &call, &result);
    ck_assert_int_eq(result.outcome, clouds[_i].good ? ARM_DONE : ARM_UNAVAILABLE);
    ck_assert_uint_eq(fake->request_count, clouds[_i].good ? 2 : 0);
    fake_result_clear(&result);
    fake_free(fake);
}
END_TEST

/* A vault is no resource manager: what it says of long work elsewhere is not followed. */
START_TEST(a_vault_leads_nobody_elsewhere)
{
    struct fake *fake = open_fake(NULL);
    struct fake_result result;
    fake_add(fake,
             (struct fake_rule){.status = 202,
                                .headers = "Location: https://management.azure.com/results/1"});
    struct arm_call call = {
        .method = "DELETE", .path = KEY, .api_version = "7.5", .vault = true, .credential = "main"};
    send_call(fake, &call, &result);
    ck_assert_int_eq(result.outcome, ARM_LOST);
    ck_assert_ptr_nonnull(strstr(result.message, "no token is sent there"));
    fake_result_clear(&result);
    fake_free(fake);
}
END_TEST

static const struct {
    const char *permissions;
    const char *action;
    bool data, allowed;
} rights[] = {
    {"[]", "Microsoft.KeyVault/vaults/read", false, false},
    {"[{\"actions\":[\"*\"],\"notActions\":[]}]", "Microsoft.KeyVault/vaults/read", false, true},
    {"[{\"actions\":[\"*\"],\"notActions\":[\"Microsoft.Authorization/*/Write\"]}]",
     "Microsoft.Authorization/roleAssignments/write", false, false},
    {"[{\"actions\":[\"*\"],\"notActions\":[\"Microsoft.Authorization/*/Write\"]},"
     "{\"actions\":[\"Microsoft.Authorization/*\"]}]",
     "Microsoft.Authorization/roleAssignments/write", false, true},
    {"[{\"actions\":[\"*\"]}]", "Microsoft.KeyVault/vaults/keys/read", true, false},
    {"[{\"dataActions\":[\"microsoft.keyvault/vaults/keys/*\"]}]",
     "Microsoft.KeyVault/vaults/keys/create/action", true, true},
    {"[{\"dataActions\":[\"Microsoft.KeyVault/vaults/keys/read\"]}]",
     "Microsoft.KeyVault/vaults/keys/create/action", true, false},
    {"[{\"dataActions\":[\"*\"],\"notDataActions\":[\"*/delete\"]}]",
     "Microsoft.KeyVault/vaults/keys/delete", true, false},
    {"[{\"dataActions\":[1, null, {}]}, 2, \"*\"]", "Microsoft.KeyVault/vaults/keys/read", true,
     false},
};

START_TEST(rights_are_read_role_by_role)
{
    json_t *permissions = json_loads(rights[_i].permissions, 0, NULL);
    ck_assert_ptr_nonnull(permissions);
    bool allowed = rights[_i].data ? permission_allows_data(permissions, rights[_i].action)
                                   : permission_allows(permissions, rights[_i].action);
    ck_assert_int_eq(allowed, rights[_i].allowed);
    json_decref(permissions);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vault");
    TCase *tcase = tcase_create("vault");
    tcase_add_test(tcase, each_plane_has_its_token);
    tcase_add_loop_test(tcase, no_token_goes_to_strangers, 0, sizeof strangers / sizeof *strangers);
    tcase_add_loop_test(tcase, a_cloud_has_vaults_of_its_own, 0, sizeof clouds / sizeof *clouds);
    tcase_add_test(tcase, a_vault_leads_nobody_elsewhere);
    tcase_add_loop_test(tcase, rights_are_read_role_by_role, 0, sizeof rights / sizeof *rights);
    suite_add_tcase(suite, tcase);
    return tap_main(suite);
}
