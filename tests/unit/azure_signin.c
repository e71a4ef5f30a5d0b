/* SPDX-License-Identifier: Apache-2.0 */
/* A person has signed in: refresh tokens, who keeps them, and how long a person is waited for. */
#include "azure/sync.h"
#include "azure_person.h"
#include "tap_main.h"

#include <string.h>

/* ---- refresh tokens ---- */

START_TEST(a_refresh_token_gives_a_token_and_the_next_one)
{
    struct keeper keeper = {.kept = "re/fresh+1"};
    struct text seen = {0};
    struct fake *fake = person_start_at(&keeper, "contoso.example", NULL, &seen);
    struct fake_result result;
    char value[64];
    person_add(fake, TOKEN, 0, 200, GRANT("access-1", "refresh-2"));
    person_add(fake, NULL, 0, 200, "{}");
    person_get_wait(fake, &result);
    ck_assert_int_eq(result.outcome, ARM_DONE);
    ck_assert_str_eq(fake->requests[0].url, "https://login.example/contoso.example" TOKEN);
    ck_assert_str_eq(fake->requests[0].body,
                     "client_id=11111111-2222-3333-4444-555555555555"
                     "&scope=https%3A%2F%2Fmanagement.azure.com%2F.default+offline_access+openid"
                     "+profile&grant_type=refresh_token&refresh_token=re%2Ffresh%2B1");
    ck_assert_str_eq(fake_header(&fake->requests[1], "Authorization", value, sizeof value),
                     "Bearer access-1");
    ck_assert_str_eq(keeper.kept, "refresh-2");
    ck_assert_str_eq(keeper.user, "alice@contoso.example");
    ck_assert_int_eq(keeper.renewals, 1);
    ck_assert_int_eq(keeper.attends, 0);
    ck_assert_ptr_null(strstr(text_get(&seen), "fresh"));
    ck_assert_ptr_null(strstr(text_get(&seen), "access-1"));
    text_free(&seen);
    person_end(fake, &result);
}
END_TEST

/* The answer to the first was lost after Azure had made refresh-2: the old one does. */
START_TEST(a_lost_answer_is_asked_for_again)
{
    struct keeper keeper = {.kept = "refresh-1"};
    struct fake *fake = person_start(&keeper);
    struct fake_result result;
    fake_add(fake, (struct fake_rule){.url = TOKEN, .times = 1, .failure = TRANSPORT_LOST});
    person_add(fake, TOKEN, 0, 200, GRANT("access-1", "refresh-3"));
    person_add(fake, NULL, 0, 200, "{}");
    person_get_wait(fake, &result);
    ck_assert_int_eq(result.outcome, ARM_DONE);
    ck_assert_str_eq(fake->requests[0].body, fake->requests[1].body);
    ck_assert_str_eq(keeper.kept, "refresh-3");
    person_end(fake, &result);
}
END_TEST

static const char *const poor_grants[] = {
    "{\"access_token\":\"access-1\"}",
    "{\"access_token\":\"access-1\",\"refresh_token\":7,\"id_token\":{}}",
    "{\"access_token\":\"access-1\",\"refresh_token\":\"two words\"}",
    "{\"access_token\":\"access-1\",\"refresh_token\":\"\"}",
};

START_TEST(the_old_one_goes_on_when_there_is_no_next)
{
    struct keeper keeper = {.kept = "refresh-1"};
    struct fake *fake = person_start(&keeper);
    struct fake_result result;
    person_add(fake, TOKEN, 0, 200, poor_grants[_i]);
    person_add(fake, NULL, 0, 200, "{}");
    person_get_wait(fake, &result);
    ck_assert_int_eq(result.outcome, ARM_DONE);
    ck_assert_int_eq(keeper.keeps, 0);
    ck_assert_str_eq(keeper.kept, "refresh-1");
    person_end(fake, &result);
}
END_TEST

START_TEST(a_refused_one_is_named_when_nobody_is_there)
{
    struct keeper keeper = {.kept = "refresh-1", .away = true};
    struct fake *fake = person_start(&keeper);
    struct fake_result result;
    person_add(fake, TOKEN, 0, 400, REFUSAL("invalid_grant", "50173"));
    person_get_wait(fake, &result);
    ck_assert_int_eq(result.outcome, ARM_UNAVAILABLE);
    ck_assert_int_eq(result.error_code, ERROR_CREDENTIALS);
    ck_assert_str_eq(result.message, "credential \"corp\" (flexhost.ini:12): nobody is there");
    ck_assert_msg(strstr(keeper.why, "was revoked"), "%s", keeper.why);
    ck_assert_uint_eq(fake->request_count, 1);
    person_end(fake, &result);
}
END_TEST

START_TEST(a_refused_one_makes_a_person_sign_in_again)
{
    struct keeper keeper = {.kept = "refresh-1"};
    struct fake *fake = person_start(&keeper);
    struct fake_result result;
    person_add(fake, TOKEN, 1, 400, REFUSAL("invalid_grant", "700082"));
    person_add(fake, ASK, 0, 200, GOOD_CODE);
    person_add(fake, TOKEN, 0, 200, GRANT("access-1", "refresh-2"));
    person_add(fake, NULL, 0, 200, "{}");
    person_get_wait(fake, &result);
    ck_assert_int_eq(result.outcome, ARM_DONE);
    ck_assert_int_eq(keeper.shows, 1);
    ck_assert_str_eq(keeper.kept, "refresh-2");
    ck_assert_int_eq(keeper.renewals, 0);
    person_end(fake, &result);
}
END_TEST

START_TEST(one_that_another_process_renewed_is_taken)
{
    struct keeper keeper = {.kept = "refresh-1", .replaced = "refresh-2", .away = true};
    struct fake *fake = person_start(&keeper);
    struct fake_result result;
    person_add(fake, TOKEN, 1, 400, REFUSAL("invalid_grant", "50173"));
    person_add(fake, TOKEN, 0, 200, GRANT("access-1", "refresh-3"));
    person_add(fake, NULL, 0, 200, "{}");
    person_get_wait(fake, &result);
    ck_assert_int_eq(result.outcome, ARM_DONE);
    ck_assert_ptr_nonnull(strstr(fake->requests[1].body, "refresh_token=refresh-2"));
    ck_assert_int_eq(keeper.attends, 0);
    person_end(fake, &result);
}
END_TEST

START_TEST(that_is_not_tried_for_ever)
{
    struct keeper keeper = {.kept = "refresh-1", .replaced = "refresh-2", .away = true};
    struct fake *fake = person_start(&keeper);
    struct fake_result result;
    person_add(fake, TOKEN, 0, 400, REFUSAL("invalid_grant", "50173"));
    person_get_wait(fake, &result);
    ck_assert_int_eq(result.error_code, ERROR_CREDENTIALS);
    ck_assert_uint_eq(fake->request_count, 4);
    person_end(fake, &result);
}
END_TEST

START_TEST(a_renewal_that_nobody_waits_for_asks_nobody)
{
    struct keeper keeper = {.kept = "refresh-1"};
    struct fake *fake = person_start(&keeper);
    struct fake_result result;
    person_add(fake, TOKEN, 1, 200, GRANT("access-1", "refresh-2"));
    person_add(fake, TOKEN, 0, 400, REFUSAL("invalid_grant", "50173"));
    person_add(fake, NULL, 0, 200, "{}");
    person_get_wait(fake, &result);
    fake_result_clear(&result);
    person_pass(fake, 3400 * 1000); /* the old one serves for a few minutes yet */
    person_get_wait(fake, &result);
    ck_assert_int_eq(result.outcome, ARM_DONE);
    person_pass(fake, 10 * 1000);
    ck_assert_int_eq(keeper.refusals, 1);
    ck_assert_int_eq(keeper.attends + keeper.shows, 0);
    person_end(fake, &result);
}
END_TEST

/* ---- waiting ---- */

START_TEST(an_interruption_ends_the_wait)
{
    struct keeper keeper = {0};
    struct fake *fake = person_start(&keeper);
    struct fake_result result;
    volatile sig_atomic_t interrupted = 0;
    person_add(fake, ASK, 0, 200, CODE(",\"interval\":60"));
    arm_heed(fake->arm, &interrupted);
    person_get(fake, &result);
    person_pass(fake, 10 * 1000);
    ck_assert_int_eq(keeper.shows, 1);
    interrupted = 1;
    int64_t before = fake->now_ms;
    fake_run(fake, &result.done, 60 * 1000);
    ck_assert_int_eq(result.error_code, ERROR_INTERRUPTED);
    ck_assert_int_le(fake->now_ms - before, 1000);
    ck_assert_uint_eq(fake_count(fake, NULL, TOKEN), 0);
    person_end(fake, &result);
}
END_TEST

START_TEST(nobody_is_polled_for_whom_nobody_waits)
{
    struct keeper keeper = {0};
    struct fake *fake = person_start(&keeper);
    struct arm_call call = {.method = "GET", .path = "/subscriptions/s1", .credential = "corp"};
    struct fake_result result = {0};
    person_add(fake, ASK, 0, 200, GOOD_CODE);
    uint64_t id = arm_send(fake->arm, &call, fake_done, &result);
    person_pass(fake, 2000);
    arm_cancel(fake->arm, id);
    person_pass(fake, 60 * 1000);
    ck_assert_uint_eq(fake->request_count, 1);
    ck_assert(!result.done);
    fake_free(fake);
}
END_TEST

/* Freed in whatever it is doing. */
START_TEST(the_client_may_go_at_any_time)
{
    for (int64_t ms = 0; ms < 12000; ms += 3) {
        struct keeper keeper = {.kept = "refresh-1"};
        struct fake *fake = person_start(&keeper);
        struct fake_result result;
        person_add(fake, TOKEN, 1, 400, REFUSAL("interaction_required", "50076"));
        person_add(fake, ASK, 0, 200, GOOD_CODE);
        person_add(fake, TOKEN, 1, 400, PENDING);
        person_add(fake, TOKEN, 0, 200, GRANT("access-1", "refresh-2"));
        person_add(fake, NULL, 0, 200, "{}");
        person_get(fake, &result);
        bool never = false;
        while (fake->now_ms < ms)
            fake_run(fake, &never, 1);
        ms += ms > 100 ? 500 : 0;
        person_end(fake, &result);
    }
}
END_TEST

START_TEST(signing_in_takes_no_notice_of_what_is_kept)
{
    struct keeper keeper = {.kept = "refresh-1"};
    struct fake *fake = person_start(&keeper);
    struct error err = ERROR_INIT;
    person_add(fake, ASK, 0, 200, GOOD_CODE);
    person_add(fake, TOKEN, 1, 400, REFUSAL("authorization_declined", "70018"));
    person_add(fake, TOKEN, 0, 200, GRANT("access-1", "refresh-2"));
    ck_assert_int_eq(arm_sign_in_wait(fake->arm, "corp", &err), -1);
    ck_assert_msg(strstr(error_text(&err), "declined"), "%s", error_text(&err));
    error_clear(&err);
    ck_assert_str_eq(keeper.kept, "refresh-1");
    ck_assert_int_eq(arm_sign_in_wait(fake->arm, "corp", &err), 0);
    ck_assert_str_eq(keeper.kept, "refresh-2");
    ck_assert_int_eq(keeper.renewals, 0);
    ck_assert_int_eq(arm_sign_in_wait(fake->arm, "nobody", &err), -1);
    ck_assert_int_eq(err.code, ERROR_USAGE);
    error_clear(&err);
    fake_free(fake);
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

static Suite *suite(void)
{
    Suite *suite = suite_create("azure signin");
    TCase *tcase = tcase_create("signin");
    tcase_add_test(tcase, a_refresh_token_gives_a_token_and_the_next_one);
    tcase_add_test(tcase, a_lost_answer_is_asked_for_again);
    tcase_add_loop_test(tcase, the_old_one_goes_on_when_there_is_no_next, 0, COUNT(poor_grants));
    tcase_add_test(tcase, a_refused_one_is_named_when_nobody_is_there);
    tcase_add_test(tcase, a_refused_one_makes_a_person_sign_in_again);
    tcase_add_test(tcase, one_that_another_process_renewed_is_taken);
    tcase_add_test(tcase, that_is_not_tried_for_ever);
    tcase_add_test(tcase, a_renewal_that_nobody_waits_for_asks_nobody);
    tcase_add_test(tcase, an_interruption_ends_the_wait);
    tcase_add_test(tcase, nobody_is_polled_for_whom_nobody_waits);
    tcase_add_test(tcase, the_client_may_go_at_any_time);
    tcase_add_test(tcase, signing_in_takes_no_notice_of_what_is_kept);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return tap_main(suite());
}
