/* SPDX-License-Identifier: Apache-2.0 */
/* Rotation policies of keys, and the durations of the calendar that they are made of. */
#include "rules/iso_duration.h"
#include "rules/key_policy.h"
#include "rules_suites.h"

#include <string.h>
#include <time.h>

static const struct {
    const char *text;
    int64_t days; /* at least; -1: refused */
    const char *refusal;
} durations[] = {
    {"P7D", 7, NULL},
    {"P90D", 90, NULL},
    {"P1M", 28, NULL},
    {"P18M", 504, NULL},
    {"P2Y", 730, NULL},
    {"P2W", 14, NULL},
    {"P1Y2M3W4D", 365 + 56 + 21 + 4, NULL},
    {"P0D", 0, NULL},
    {"P100Y", 36500, NULL},
    {"P101Y", -1, "longer than 100 years"},
    {"P99999999999999999999D", -1, "longer than 100 years"},
    {"", -1, "no ISO 8601 duration"},
    {"P", -1, "no ISO 8601 duration"},
    {"18M", -1, "no ISO 8601 duration"},
    {"p18m", -1, "no ISO 8601 duration"},
    {"P18", -1, "no ISO 8601 duration"},
    {"PD", -1, "no ISO 8601 duration"},
    {"P1.5Y", -1, "no ISO 8601 duration"},
    {"P-1Y", -1, "no ISO 8601 duration"},
    {"P1M1Y", -1, "no ISO 8601 duration"},
    {"P1D1D", -1, "no ISO 8601 duration"},
    {"P1D ", -1, "no ISO 8601 duration"},
    {"P1Y\xc3\xa4", -1, "no ISO 8601 duration"},
    {"PT168H", -1, "hours, minutes or seconds"},
    {"P1DT1H", -1, "hours, minutes or seconds"},
};

START_TEST(durations_are_of_the_calendar)
{
    struct error err = ERROR_INIT;
    struct iso_duration duration;
    int result = iso_duration_parse("--f", durations[_i].text, &duration, &err);
    ck_assert_int_eq(result, durations[_i].days < 0 ? -1 : 0);
    if (result == 0)
        ck_assert_int_eq(iso_duration_days(&duration), durations[_i].days);
    else
        ck_assert_msg(strstr(error_text(&err), durations[_i].refusal), "%s", error_text(&err));
    error_clear(&err);
}
END_TEST

static int64_t at(const char *date)
{
    struct tm parts = {0};
    ck_assert_ptr_nonnull(strptime(date, "%Y-%m-%d", &parts));
    return (int64_t)timegm(&parts) * 1000;
}

static const struct {
    const char *from, *by, *later, *earlier;
} moves[] = {
    {"2026-01-31", "P1M", "2026-02-28", "2025-12-31"},
    {"2028-01-31", "P1M", "2028-02-29", "2027-12-31"},
    {"2028-02-29", "P1Y", "2029-02-28", "2027-02-28"},
    {"2026-11-24", "P18M", "2028-05-24", "2025-05-24"},
    {"2026-11-24", "P2Y", "2028-11-24", "2024-11-24"},
    {"2026-03-31", "P1M1D", "2026-05-01", "2026-02-27"},
    {"2026-01-15", "P2W", "2026-01-29", "2026-01-01"},
    {"2026-01-15", "P1M", "2026-02-15", "2025-12-15"},
    {"2026-12-01", "P0D", "2026-12-01", "2026-12-01"},
};

START_TEST(a_day_that_a_month_lacks_is_its_last)
{
    struct iso_duration by;
    ck_assert_int_eq(iso_duration_parse("--f", moves[_i].by, &by, NULL), 0);
    ck_assert_int_eq(iso_duration_move(at(moves[_i].from), &by, 1), at(moves[_i].later));
    ck_assert_int_eq(iso_duration_move(at(moves[_i].from), &by, -1), at(moves[_i].earlier));
    ck_assert_int_eq(iso_duration_move(at(moves[_i].from) + 1234, &by, 1),
                     at(moves[_i].later) + 1234);
}
END_TEST

#define AFTER  "time-after-create"
#define BEFORE "time-before-expiry"

static const struct {
    struct key_policy policy;
    const char *field; /* NULL: it passes */
    const char *words;
} policies[] = {
    {{0}, NULL, NULL},
    {{AFTER, "P18M", NULL}, NULL, NULL},
    {{NULL, "P7D", NULL}, NULL, NULL},
    {{NULL, NULL, "P28D"}, NULL, NULL},
    {{BEFORE, "P1M", "P2Y"}, NULL, NULL},
    {{AFTER, "P21D", "P28D"}, NULL, NULL},
    {{AFTER, "P6D", NULL}, "--rotation-time", "less than 7 days"},
    {{AFTER, "P0Y", NULL}, "--rotation-time", "less than 7 days"},
    {{AFTER, NULL, NULL}, "--rotation-time", "--rotation-time is required"},
    {{BEFORE, NULL, "P2Y"}, "--rotation-time", "--rotation-time is required"},
    {{BEFORE, "P1M", NULL}, "--expiry-time", "--expiry-time is required"},
    {{NULL, NULL, "P27D"}, "--expiry-time", "less than 28 days"},
    {{NULL, NULL, "2Y"}, "--expiry-time", "no ISO 8601 duration"},
    {{AFTER, "P22D", "P28D"}, "--rotation-time", "give P21D or less"},
    {{AFTER, "P24M", "P2Y"}, "--rotation-time", "after the creation is not possible"},
    {{BEFORE, "P2Y", "P2Y"}, "--rotation-time", "before the expiry is not possible"},
};

START_TEST(policies_are_those_that_azure_takes)
{
    struct error err = ERROR_INIT;
    int result = key_policy_check(&policies[_i].policy, &err);
    ck_assert_int_eq(result, policies[_i].field ? -1 : 0);
    if (result < 0) {
        ck_assert_str_eq(err.field, policies[_i].field);
        ck_assert_msg(strstr(error_text(&err), policies[_i].words), "%s", error_text(&err));
        ck_assert_msg(strstr(error_text(&err), policies[_i].field), "%s", error_text(&err));
    }
    error_clear(&err);
}
END_TEST

static const struct {
    struct key_policy policy;
    const char *expires, *due; /* of a version made on 2026-11-24; NULL: never */
} dates[] = {
    {{0}, NULL, NULL},
    {{AFTER, "P18M", NULL}, NULL, "2028-05-24"},
    {{AFTER, "P18M", "P2Y"}, "2028-11-24", "2028-05-24"},
    {{BEFORE, "P1M", "P2Y"}, "2028-11-24", "2028-10-24"},
    {{NULL, NULL, "P2Y"}, "2028-11-24", "2028-11-24"},
};

START_TEST(a_policy_gives_dates)
{
    int64_t expires = key_policy_expires(&dates[_i].policy, at("2026-11-24"));
    ck_assert_int_eq(expires, dates[_i].expires ? at(dates[_i].expires) : 0);
    ck_assert_int_eq(key_policy_due(&dates[_i].policy, at("2026-11-24"), expires),
                     dates[_i].due ? at(dates[_i].due) : 0);
}
END_TEST

TCase *rules_key_case(void)
{
    TCase *tcase = tcase_create("key");
    tcase_add_loop_test(tcase, durations_are_of_the_calendar, 0,
                        sizeof durations / sizeof *durations);
    tcase_add_loop_test(tcase, a_day_that_a_month_lacks_is_its_last, 0,
                        sizeof moves / sizeof *moves);
    tcase_add_loop_test(tcase, policies_are_those_that_azure_takes, 0,
                        sizeof policies / sizeof *policies);
    tcase_add_loop_test(tcase, a_policy_gives_dates, 0, sizeof dates / sizeof *dates);
    return tcase;
}
