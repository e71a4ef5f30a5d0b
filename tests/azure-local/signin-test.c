/* SPDX-License-Identifier: Apache-2.0 */
/* How people sign in to azure-local: device codes and refresh tokens, step by step. */
#include "client.h"

#include "../unit/tap_main.h"

#include <curl/curl.h>
#include <string.h>

#define MINE   "client_id=" HOST_CLIENT
#define OTHERS "client_id=" CUSTOMER_CLIENT
#define SCOPE  "&scope=https%3A%2F%2Fmanagement.azure.com%2F.default%20offline_access"
#define POLL                                                                                       \
    "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=@D&" MINE
#define REFRESH   "grant_type=refresh_token&refresh_token=@R&" MINE
#define CODES     "/" TENANT "/oauth2/v2.0/devicecode"
#define TOKENS    "/" TENANT "/oauth2/v2.0/token"
#define APPROVE   "{\"userCode\":\"@U\",\"user\":\"alice\"}"
#define LATER     "{\"advance\":2,\"calendar\":true}"
#define TOO_LATE  "{\"advance\":1000,\"calendar\":true}"
#define PROTECTED "/subscriptions/" CUSTOMER "/resourceGroups?api-version=2024-07-01"

static struct local local;

/* Of the answers so far. */
static char *device, *user, *refresh, *access_token;

static const struct step {
    const char *title, *method, *target, *body; /* @D, @U and @R are the codes that came */
    long status;
    const char *error; /* NULL: none is wanted */
} steps[] = {
    {"an unknown application", "POST", CODES, "client_id=nobody" SCOPE, 400, "unauthorized_client"},
    {"no scope", "POST", CODES, MINE, 400, "invalid_request"},
    {"no application", "POST", CODES, "scope=x", 400, "invalid_request"},
    {"an unknown tenant", "POST", "/atlantis/oauth2/v2.0/devicecode", MINE SCOPE, 400,
     "invalid_request"},
    {"a person is no application", "POST", CODES, "client_id=alice" SCOPE, 400,
     "unauthorized_client"},

    {"a code", "POST", CODES, MINE SCOPE, 200, NULL},
    {"nobody typed it in", "POST", TOKENS, POLL, 400, "authorization_pending"},
    {"asked too soon", "POST", TOKENS, POLL, 400, "slow_down"},
    {"a moment", "POST", "/_local/clock", LATER, 200, NULL},
    {"still nobody", "POST", TOKENS, POLL, 400, "authorization_pending"},
    {"another application's code", "POST", TOKENS,
     "grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code=@D&" OTHERS, 400,
     "bad_verification_code"},
    {"who is no person", "POST", "/_local/devicecode",
     "{\"userCode\":\"@U\",\"user\":\"flexhost\"}", 400, "BadUser"},
    {"a code that is none", "POST", "/_local/devicecode", "{\"userCode\":\"X\",\"user\":\"alice\"}",
     404, "BadDeviceCode"},
    {"alice types it in", "POST", "/_local/devicecode", APPROVE, 200, NULL},
    {"once", "POST", "/_local/devicecode", APPROVE, 404, "BadDeviceCode"},
    {"another moment", "POST", "/_local/clock", LATER, 200, NULL},
    {"the wrong tenant", "POST", "/" PARTNER_TENANT "/oauth2/v2.0/token", POLL, 400,
     "invalid_grant"},
    {"one moment more", "POST", "/_local/clock", LATER, 200, NULL},
    {"tokens", "POST", TOKENS, POLL, 200, NULL},
    {"are hers", "GET", PROTECTED, NULL, 200, NULL},
    {"and one moment", "POST", "/_local/clock", LATER, 200, NULL},
    {"not twice", "POST", TOKENS, POLL, 400, "invalid_grant"},

    {"her token ends", "POST", "/_local/clock", "{\"advance\":4000,\"calendar\":true}", 200, NULL},
    {"and opens nothing", "GET", PROTECTED, NULL, 401, "ExpiredAuthenticationToken"},
    {"a refresh token that is none", "POST", TOKENS,
     "grant_type=refresh_token&refresh_token=x&" MINE, 400, "invalid_grant"},
    {"a refresh token in another's hands", "POST", TOKENS,
     "grant_type=refresh_token&refresh_token=@R&" OTHERS, 400, "invalid_grant"},
    {"in another tenant", "POST", "/" PARTNER_TENANT "/oauth2/v2.0/token", REFRESH, 400,
     "invalid_grant"},
    {"a new token", "POST", TOKENS, REFRESH, 200, NULL},
    {"opens all again", "GET", PROTECTED, NULL, 200, NULL},
    {"she signs out", "POST", "/_local/signout", "{\"user\":\"alice\"}", 200, NULL},
    {"and that was it", "POST", TOKENS, REFRESH, 400, "invalid_grant"},

    {"a second code", "POST", CODES, MINE SCOPE, 200, NULL},
    {"is declined", "POST", "/_local/devicecode", "{\"userCode\":\"@U\",\"decline\":true}", 200,
     NULL},
    {"for good", "POST", TOKENS, POLL, 400, "authorization_declined"},
    {"a third code", "POST", CODES, MINE SCOPE, 200, NULL},
    {"is left alone", "POST", "/_local/clock", TOO_LATE, 200, NULL},
    {"too long", "POST", TOKENS, POLL, 400, "expired_token"},
    {"and can't be typed in", "POST", "/_local/devicecode", APPROVE, 404, "BadDeviceCode"},
    {"any directory", "POST", "/organizations/oauth2/v2.0/devicecode", MINE SCOPE, 200, NULL},
    {"alice again", "POST", "/_local/devicecode", APPROVE, 200, NULL},
    {"is found in hers", "POST", "/organizations/oauth2/v2.0/token", POLL, 200, NULL},
    {"without offline_access", "POST", CODES, MINE "&scope=user_impersonation", 200, NULL},
    {"alice once more", "POST", "/_local/devicecode", APPROVE, 200, NULL},
    {"there is an access token", "POST", TOKENS, "grant_type=device_code&device_code=@D&" MINE, 200,
     NULL},
    {"and nothing to refresh", "POST", TOKENS, REFRESH, 400, "invalid_grant"},
};

static void start(void)
{
    local_start(&local, NULL, "--no-throttle");
}

static void stop(void)
{
    local_stop(&local);
}

/* Puts the codes in. */
static char *fill(const char *text)
{
    char *out = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&out, &size);

    ck_assert_ptr_nonnull(to);
    for (; *text; text++) {
        const char *value = text[0] != '@'   ? NULL
                            : text[1] == 'D' ? device
                            : text[1] == 'U' ? user
                            : text[1] == 'R' ? refresh
                                             : NULL;

        if (value)
            fputs(value, to), text++;
        else
            fputc(*text, to);
    }
    fclose(to);
    return out;
}

static void remember(char **field, const json_t *answer, const char *name)
{
    const char *value = json_string_value(json_object_get(answer, name));

    if (!value)
        return;
    free(*field);
    *field = strdup(value);
}

static const char *error_of(const json_t *answer)
{
    const json_t *error = json_object_get(answer, "error");

    return json_string_value(json_is_object(error) ? json_object_get(error, "code") : error);
}

static void take(const struct step *step)
{
    char *body = step->body ? fill(step->body) : NULL;
    bool form = strstr(step->target, "oauth2") != NULL;
    struct ask ask = {.token = form ? NULL : access_token,
                      .method = step->method,
                      .target = step->target,
                      .body = body,
                      .type = form ? "application/x-www-form-urlencoded" : NULL};
    const char *error;
    struct got got;

    local_ask(&local, &ask, &got);
    error = error_of(got.json);
    ck_assert_msg(got.status == step->status, "%s: %ld, not %ld: %s", step->title, got.status,
                  step->status, got.body);
    ck_assert_msg(step->error ? error && strcmp(error, step->error) == 0 : !error,
                  "%s: the error is %s, not %s", step->title, error ? error : "none",
                  step->error ? step->error : "none");
    if (got.status == 200 && json_object_get(got.json, "access_token"))
        ck_assert_msg(!json_object_get(got.json, "refresh_token") ==
                          (strcmp(step->title, "there is an access token") == 0),
                      "%s: %s", step->title, got.body);
    remember(&device, got.json, "device_code");
    remember(&user, got.json, "user_code");
    remember(&access_token, got.json, "access_token");
    if (json_object_get(got.json, "access_token")) {
        free(refresh);
        refresh = NULL;
    }
    remember(&refresh, got.json, "refresh_token");
    got_end(&got);
    free(body);
}

START_TEST(a_person_signs_in)
{
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        take(&steps[i]);
    free(device);
    free(user);
    free(refresh);
    free(access_token);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("azure-local");
    TCase *each = tcase_create("signin");

    tcase_add_checked_fixture(each, start, stop);
    tcase_set_timeout(each, 30);
    tcase_add_test(each, a_person_signs_in);
    suite_add_tcase(suite, each);
    return tap_main(suite);
}
