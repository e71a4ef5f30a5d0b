/* SPDX-License-Identifier: Apache-2.0 */
/* A person signs in: codes, how they end, and nothing that a hostile answer could do with them. */
#include "azure_person.h"
#include "tap_main.h"

#include <stdlib.h>
#include <string.h>

/* ---- codes ---- */

START_TEST(a_code_is_shown_and_polled_for)
{
    struct keeper keeper = {0};
    struct text seen = {0};
    struct fake *fake = person_start_at(&keeper, "contoso.example", NULL, &seen);
    struct fake_result result;
    person_add(fake, ASK, 0, 200, GOOD_CODE);
    person_add(fake, TOKEN, 2, 400, PENDING);
    person_add(fake, TOKEN, 1, 400, REFUSAL("slow_down", "70019"));
    fake_add(fake, (struct fake_rule){.url = TOKEN, .times = 1, .failure = TRANSPORT_LOST});
    person_add(fake, TOKEN, 1, 503, "");
    person_add(fake, TOKEN, 0, 200, GRANT("access-1", "refresh-1"));
    person_add(fake, NULL, 0, 200, "{}");
    person_get_wait(fake, &result);
    ck_assert_int_eq(result.outcome, ARM_DONE);
    ck_assert_str_eq(fake->requests[0].body,
                     "client_id=11111111-2222-3333-4444-555555555555"
                     "&scope=https%3A%2F%2Fmanagement.azure.com%2F.default+offline_access+openid"
                     "+profile");
    ck_assert_ptr_nonnull(strstr(fake->requests[1].body,
                                 "&grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3A"
                                 "device_code&device_code=dev%2Bcode%2F1"));
    static const int waits_s[] = {5, 5, 5, 10, 10, 20}; /* before each poll */
    for (int i = 0; i < 6; i++) {
        int64_t waited = fake->requests[i + 1].at_ms - fake->requests[i].at_ms;
        ck_assert_int_ge(waited, waits_s[i] * 1000);
        ck_assert_int_lt(waited, waits_s[i] * 1000 + 1000);
    }
    ck_assert_str_eq(keeper.url, "https://login.example/device");
    ck_assert_str_eq(keeper.code, "ABCD1234");
    ck_assert_str_eq(keeper.kept, "refresh-1");
    ck_assert_str_eq(keeper.user, "alice@contoso.example");
    ck_assert_int_eq(keeper.shows, 1);
    ck_assert_ptr_null(strstr(text_get(&seen), "refresh-1"));
    ck_assert_ptr_null(strstr(text_get(&seen), "code/1"));
    text_free(&seen);
    person_end(fake, &result);
}
END_TEST

START_TEST(without_a_person_nothing_is_sent)
{
    struct keeper keeper = {.away = true};
    struct fake *fake = person_start(&keeper);
    struct fake_result result;
    person_get_wait(fake, &result);
    ck_assert_int_eq(result.error_code, ERROR_CREDENTIALS);
    ck_assert_uint_eq(fake->request_count, 0);
    person_end(fake, &result);
}
END_TEST

static const struct ending {
    int status;
    const char *body;
    const char *message;
    int64_t at_least_ms;
} endings[] = {
    {400, REFUSAL("authorization_declined", "70018"), "the sign-in was declined; run", 0},
    {400, REFUSAL("access_denied", "70018"), "the sign-in was declined; run", 0},
    {400, REFUSAL("expired_token", "70020"), "was not entered within 15 minutes", 0},
    {400, PENDING, "was not entered within 15 minutes", 900 * 1000},
    {503, "", "was not entered within 15 minutes", 900 * 1000},
    {400, REFUSAL("invalid_grant", "54005"), "the answer to it was lost", 0},
    {400, REFUSAL("invalid_grant", "50020"), "not known in this tenant", 0},
    {401, REFUSAL("invalid_client", "7000218"), "allow public client flows", 0},
    {400, "[]", "sign-in was refused (HTTP 400)", 0},
    {400, "{\"error\":[1],\"error_description\":{}}", "sign-in was refused (HTTP 400)", 0},
    {200, "{}", "holds no access_token", 0},
    {200, "nothing", "holds no access_token", 0},
    {200, "{\"access_token\":\"access-1\"}", "Azure gave no refresh token", 0},
    {200, "{\"access_token\":\"access-1\",\"refresh_token\":\"a\\r\\nb\"}", "no refresh token", 0},
};

/* Whoever let it go by is not asked for every call that waits for a token. */
START_TEST(how_a_code_ends)
{
    const struct ending *ending = &endings[_i];
    struct keeper keeper = {0};
    struct fake *fake = person_start(&keeper);
    struct fake_result result;
    person_add(fake, ASK, 0, 200, GOOD_CODE);
    person_add(fake, TOKEN, 0, ending->status, ending->body);
    person_get_wait(fake, &result);
    ck_assert_int_eq(result.outcome, ARM_UNAVAILABLE);
    ck_assert_int_eq(result.error_code, ERROR_CREDENTIALS);
    ck_assert_msg(strstr(result.message, ending->message), "%s", result.message);
    ck_assert_msg(strstr(result.message, "credential \"corp\" (flexhost.ini:12)"), "%s",
                  result.message);
    ck_assert_int_ge(fake->now_ms, ending->at_least_ms);
    ck_assert_int_lt(fake->now_ms, ending->at_least_ms + 60 * 1000);
    ck_assert_str_eq(keeper.kept, "");
    fake_result_clear(&result);
    size_t sent = fake->request_count;
    person_get_wait(fake, &result);
    ck_assert_msg(strstr(result.message, ending->message), "%s", result.message);
    ck_assert_uint_eq(fake->request_count, sent);
    ck_assert_int_eq(keeper.shows, 1);
    person_end(fake, &result);
}
END_TEST

#define HUGE_TEXT                                                                                  \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
    "AAA"

static const struct hostile {
    int status;
    const char *body;
    const char *message;
} hostiles[] = {
    {200, "", "holds no code"},
    {200, "<html>", "holds no code"},
    {200, "[1,2]", "holds no code"},
    {200, "{\"user_code\":1,\"device_code\":2,\"verification_uri\":3}", "holds no code"},
    {200,
     "{\"user_code\":\"" HUGE_TEXT "\",\"device_code\":\"d\",\"verification_uri\":"
     "\"https://x.example\"}",
     "holds no code"},
    {200,
     "{\"user_code\":\"A\\u001b[2J\",\"device_code\":\"d\",\"verification_uri\":"
     "\"https://x.example\"}",
     "holds no code"},
    {200,
     "{\"user_code\":\"A\",\"device_code\":\"d\",\"verification_uri\":"
     "\"http://x.example\"}",
     "no https address"},
    {200,
     "{\"user_code\":\"A\",\"device_code\":\"d\",\"verification_uri\":"
     "\"http://127.0.0.1/\"}",
     "no https address"},
    {200,
     "{\"user_code\":\"A\",\"device_code\":\"d\",\"verification_uri\":"
     "\"javascript:alert(1)\"}",
     "no https address"},
    {200,
     "{\"user_code\":\"A\",\"device_code\":\"d\",\"verification_uri\":"
     "\"https://microsoft.com@evil.example/\"}",
     "no https address"},
    {200,
     "{\"user_code\":\"A\",\"device_code\":\"d\",\"verification_uri\":"
     "\"https://x.example/\\u202e\"}",
     "no https address"},
    {200, "{\"user_code\":\"A\",\"device_code\":\"d\"}", "no https address"},
    {400, REFUSAL("unauthorized_client", "700016"), "no application with this client id"},
    {400, REFUSAL("invalid_request", "90002"), "there is no such tenant"},
};

START_TEST(what_is_not_fit_to_be_shown_is_not)
{
    const struct hostile *hostile = &hostiles[_i];
    struct keeper keeper = {0};
    struct fake *fake = person_start(&keeper);
    struct fake_result result;
    person_add(fake, ASK, 0, hostile->status, hostile->body);
    person_get_wait(fake, &result);
    ck_assert_int_eq(result.error_code, ERROR_CREDENTIALS);
    ck_assert_msg(strstr(result.message, hostile->message), "%s", result.message);
    ck_assert_int_eq(keeper.shows, 0);
    ck_assert_uint_eq(fake_count(fake, NULL, TOKEN), 0);
    person_end(fake, &result);
}
END_TEST

static const char *const odd_codes[] = {
    CODE(""),
    CODE(",\"expires_in\":\"soon\",\"interval\":\"never\""),
    CODE(",\"expires_in\":-5,\"interval\":-5"),
    CODE(",\"expires_in\":9223372036854775807,\"interval\":0"),
    CODE(",\"expires_in\":1e300,\"interval\":null"),
};

START_TEST(odd_times_are_made_usual_ones)
{
    struct keeper keeper = {0};
    struct fake *fake = person_start(&keeper);
    struct fake_result result;
    person_add(fake, ASK, 0, 200, odd_codes[_i]);
    person_add(fake, TOKEN, 0, 400, PENDING);
    person_get_wait(fake, &result);
    ck_assert_int_ge(fake->requests[1].at_ms - fake->requests[0].at_ms, 5000);
    ck_assert_int_le(fake->now_ms, 3700 * 1000);
    ck_assert_uint_le(fake->request_count, 3600 / 5 + 1);
    person_end(fake, &result);
}
END_TEST

static const struct naming {
    const char *id_token; /* as JSON */
    const char *user;
} namings[] = {
    {"\"\"", ""},
    {"7", ""},
    {"\"no dots\"", ""},
    {"\"a.b.c\"", ""},
    {"\"a.!!!!.c\"", ""},
    {"\"..\"", ""},
    {"\"a." HUGE_TEXT "\"", ""},
    {"\"a.eyJuYW1lIjoiYVx1MDAxYlsySiJ9.c\"", ""},      /* {"name":"a\u001b[2J"} */
    {"\"a.eyJ1cG4iOjcsIm5hbWUiOiJCb2IifQ.c\"", "Bob"}, /* {"upn":7,"name":"Bob"} */
    {"\"" ID "\"", "alice@contoso.example"},
};

START_TEST(who_it_is_may_be_unknown)
{
    struct keeper keeper = {0};
    struct fake *fake = person_start(&keeper);
    struct fake_result result;
    char *body = text_format("{\"access_token\":\"a\",\"refresh_token\":\"r\",\"id_token\":%s,"
                             "\"refresh_token_expires_in\":86400}",
                             namings[_i].id_token);
    person_add(fake, ASK, 0, 200, GOOD_CODE);
    person_add(fake, TOKEN, 0, 200, body);
    person_add(fake, NULL, 0, 200, "{}");
    person_get_wait(fake, &result);
    ck_assert_int_eq(result.outcome, ARM_DONE);
    ck_assert_str_eq(keeper.user, namings[_i].user);
    ck_assert_int_eq(keeper.life_ms, 86400 * 1000);
    free(body);
    person_end(fake, &result);
}
END_TEST

START_TEST(what_cannot_be_kept_is_no_sign_in)
{
    struct keeper keeper = {.full = true};
    struct fake *fake = person_start(&keeper);
    struct fake_result result;
    person_add(fake, ASK, 0, 200, GOOD_CODE);
    person_add(fake, TOKEN, 0, 200, GRANT("access-1", "refresh-1"));
    person_get_wait(fake, &result);
    ck_assert_int_eq(result.error_code, ERROR_FAILED);
    ck_assert_str_eq(result.message, "credential \"corp\" (flexhost.ini:12): the disk is full");
    ck_assert_uint_eq(fake_count(fake, NULL, TOKEN), 1);
    person_end(fake, &result);
}
END_TEST

START_TEST(a_person_of_any_tenant_gets_tokens_of_the_subscriptions)
{
    struct keeper keeper = {0};
    struct fake *fake = person_start_at(&keeper, "organizations", "contoso.example", NULL);
    struct fake_result result;
    char value[64];
    person_add(fake, "/organizations" ASK, 0, 200, GOOD_CODE);
    person_add(fake, "/organizations" TOKEN, 0, 200, GRANT("access-home", "refresh-1"));
    person_add(fake, "/contoso.example" TOKEN, 0, 200, GRANT("access-there", "refresh-2"));
    person_add(fake, NULL, 0, 200, "{}");
    person_get_wait(fake, &result);
    ck_assert_int_eq(result.outcome, ARM_DONE);
    ck_assert_str_eq(fake_header(&fake->requests[3], "Authorization", value, sizeof value),
                     "Bearer access-there");
    ck_assert_ptr_nonnull(strstr(fake->requests[2].body, "refresh_token=refresh-1"));
    ck_assert_str_eq(keeper.kept, "refresh-2");
    person_end(fake, &result);
}
END_TEST

/* Somebody who is a stranger there is not shown one code after another. */
START_TEST(a_tenant_that_refuses_the_person_ends_it)
{
    struct keeper keeper = {0};
    struct fake *fake = person_start_at(&keeper, "organizations", "contoso.example", NULL);
    struct fake_result result;
    person_add(fake, "/organizations" ASK, 0, 200, GOOD_CODE);
    person_add(fake, "/organizations" TOKEN, 0, 200, GRANT("access-home", "refresh-1"));
    person_add(fake, "/contoso.example" TOKEN, 0, 400,
               "{\"error\":\"invalid_grant\",\"error_description\":\"AADSTS50020: the user account "
               "does not exist in the tenant\"}");
    person_get_wait(fake, &result);
    ck_assert_int_eq(result.error_code, ERROR_CREDENTIALS);
    ck_assert_ptr_nonnull(strstr(result.message, "AADSTS50020"));
    ck_assert_uint_eq(fake_count(fake, NULL, ASK), 1);
    person_end(fake, &result);
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

static Suite *suite(void)
{
    Suite *suite = suite_create("azure signin code");
    TCase *tcase = tcase_create("signin");
    tcase_add_test(tcase, a_code_is_shown_and_polled_for);
    tcase_add_test(tcase, without_a_person_nothing_is_sent);
    tcase_add_loop_test(tcase, how_a_code_ends, 0, COUNT(endings));
    tcase_add_loop_test(tcase, what_is_not_fit_to_be_shown_is_not, 0, COUNT(hostiles));
    tcase_add_loop_test(tcase, odd_times_are_made_usual_ones, 0, COUNT(odd_codes));
    tcase_add_loop_test(tcase, who_it_is_may_be_unknown, 0, COUNT(namings));
    tcase_add_test(tcase, what_cannot_be_kept_is_no_sign_in);
    tcase_add_test(tcase, a_person_of_any_tenant_gets_tokens_of_the_subscriptions);
    tcase_add_test(tcase, a_tenant_that_refuses_the_person_ends_it);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return tap_main(suite());
}
