/* SPDX-License-Identifier: Apache-2.0 */
/* Limits, regions, personas, placements, suggestions, durations. */
#include "rules/duration.h"
#include "rules/limits.h"
#include "rules/persona.h"
#include "rules/regions.h"
#include "rules/spread.h"
#include "rules/suggest.h"
#include "rules_suites.h"

#include <string.h>

static const struct {
    enum limit limit;
    int64_t current, asked;
    enum limit_verdict verdict;
    const char *words;
} limit_rows[] = {
    {LIMIT_MACHINES, 0, 1, LIMIT_OK, NULL},
    {LIMIT_MACHINES, 4000, 499, LIMIT_OK, NULL},
    {LIMIT_MACHINES, 4000, 500, LIMIT_NEAR, "4500 of 5000 machines in subscription main"},
    {LIMIT_MACHINES, 4500, 500, LIMIT_NEAR, "0 more fit"},
    /* the manual's example: 4,500 there, more than 500 asked */
    {LIMIT_MACHINES, 4500, 501, LIMIT_EXCEEDED,
     "the limit of machines is 5000 in subscription main, there are 4500 and 501 more were asked: "
     "500 would fit"},
    {LIMIT_MACHINES, 6000, 1, LIMIT_EXCEEDED, "0 would fit"},
    {LIMIT_MACHINES, 0, INT64_MAX, LIMIT_EXCEEDED, "5000 would fit"},
    {LIMIT_CATALOGS, 100, 1, LIMIT_EXCEEDED, "the limit of catalogs is 100"},
    {LIMIT_LOCATIONS, 25, 1, LIMIT_EXCEEDED, "the limit of resource locations is 25"},
    {LIMIT_DOMAINS, 25, 1, LIMIT_EXCEEDED, "Active Directory domains is 25"},
    {LIMIT_LOCATION_DOMAINS, 0, 1, LIMIT_OK, NULL},
    {LIMIT_LOCATION_DOMAINS, 1, 1, LIMIT_EXCEEDED, "the limit of domains is 1"},
    {LIMIT_LOCATION_SINGLE, 0, 5001, LIMIT_EXCEEDED, "single-session users is 5000"},
    {LIMIT_LOCATION_MULTI, 25000, 1, LIMIT_EXCEEDED, "multi-session users is 25000"},
};

START_TEST(limits_hold)
{
    struct error err = ERROR_INIT;
    struct limits limits;
    limits_default(&limits);
    enum limit_verdict verdict = limit_check(&limits, limit_rows[_i].limit, "subscription main",
                                             limit_rows[_i].current, limit_rows[_i].asked, &err);
    ck_assert_int_eq(verdict, limit_rows[_i].verdict);
    ck_assert_msg(!limit_rows[_i].words || strstr(err.message, limit_rows[_i].words), "%s",
                  err.message);
    ck_assert_int_eq(err.code, verdict == LIMIT_EXCEEDED ? ERROR_USAGE : ERROR_NONE);
    bool has_code = verdict == LIMIT_EXCEEDED && limit_rows[_i].limit == LIMIT_MACHINES;
    ck_assert_str_eq(err.sub_state ? err.sub_state : "none",
                     has_code ? "ErrorCatalogSubscriptionAtCapacity" : "none");
    error_clear(&err);
}
END_TEST

START_TEST(a_limit_says_where_it_was_set)
{
    struct error err = ERROR_INIT;
    struct limits limits;
    limits_default(&limits);
    limit_check(&limits, LIMIT_CATALOGS, NULL, 100, 1, &err);
    ck_assert_ptr_nonnull(strstr(error_text(&err), "raise catalogs in [limits] (the default)"));
    limits.source[LIMIT_CATALOGS] = "flexhost.ini:12";
    limit_check(&limits, LIMIT_CATALOGS, NULL, 100, 1, &err);
    ck_assert_ptr_nonnull(strstr(error_text(&err), "raise catalogs in [limits] (flexhost.ini:12)"));
    error_clear(&err);
}
END_TEST

START_TEST(use_is_told_in_percent)
{
    static const struct {
        int64_t current, percent;
        enum limit_verdict verdict;
    } rows[] = {{0, 0, LIMIT_OK},       {4499, 89, LIMIT_OK},    {4500, 90, LIMIT_NEAR},
                {4999, 99, LIMIT_NEAR}, {5000, 100, LIMIT_NEAR}, {5001, 100, LIMIT_EXCEEDED}};
    struct limits limits;
    limits_default(&limits);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ck_assert_int_eq(limit_percent(&limits, LIMIT_MACHINES, rows[i].current), rows[i].percent);
        ck_assert_int_eq(limit_state(&limits, LIMIT_MACHINES, rows[i].current), rows[i].verdict);
    }
    ck_assert_int_eq(limit_state(&limits, LIMIT_LOCATION_DOMAINS, 1), LIMIT_OK);
}
END_TEST

START_TEST(limits_have_keys)
{
    for (int i = 0; i < LIMIT_COUNT; i++)
        ck_assert_int_eq(limit_find(limit_key((enum limit)i)), i);
    ck_assert_int_eq(limit_find("machines"), LIMIT_COUNT);
}
END_TEST

static const struct region region_list[] = {{"westus", "West US", "US"},
                                            {"westus2", "West US 2", "US"},
                                            {"westus3", "West US 3", "US"},
                                            {"eastus", "East US", "US"},
                                            {"uksouth", "UK South", "Europe"}};
static const struct region_table regions = {region_list, 5};

START_TEST(a_region_goes_by_several_spellings)
{
    static const char *const spellings[] = {"westus3", "West US 3", "WESTUS3", "west-us-3",
                                            "West US3"};
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++)
        ck_assert_str_eq(region_find(&regions, spellings[i])->name, "westus3");
    ck_assert_ptr_null(region_find(&regions, "westus4"));
    ck_assert_ptr_null(region_find(&regions, ""));
}
END_TEST

START_TEST(another_region_is_refused_with_the_nearest)
{
    struct error err = ERROR_INIT;
    ck_assert_ptr_null(region_require(&regions, "region", "westus4", &err));
    ck_assert_str_eq(err.field, "region");
    ck_assert_ptr_nonnull(strstr(error_text(&err), "did you mean westus (West US), westus2"));
    ck_assert_ptr_null(region_require(&regions, "region", "uksoth", &err));
    ck_assert_ptr_nonnull(strstr(error_text(&err), "did you mean uksouth (UK South)?"));
    ck_assert_ptr_null(region_require(&regions, "region", "atlantis", &err));
    ck_assert_ptr_null(strstr(error_text(&err), "did you mean"));
    error_clear(&err);
}
END_TEST

START_TEST(machines_follow_from_users)
{
    static const struct {
        int64_t each, users, machines;
    } rows[] = {{1, 10, 10}, {8, 0, 0},  {8, 1, 1}, {8, 8, 1},
                {8, 9, 2},   {4, 10, 3}, {0, 3, 3}, {4, INT64_MAX, INT64_MAX / 4 + 1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct persona persona = {.users_per_machine = rows[i].each};
        ck_assert_int_eq(persona_machines(&persona, rows[i].users), rows[i].machines);
    }
}
END_TEST

static const char *const three_zones[] = {"1", "2", "3"};
static const char *const one_zone[] = {"2"};

START_TEST(machines_are_spread_and_have_alternatives)
{
    static const struct spread_size sizes[] = {{"big", three_zones, 3}, {"backup", one_zone, 1}};
    static const char *const wanted[][4] = {
        {"1", "2", "3", "2"}, {"2", "3", "1", "2"}, {"3", "1", "2", "2"}, {"1", "2", "3", "2"}};
    struct placement places[8];
    ck_assert_uint_eq(spread_places(sizes, 2), 4);
    for (size_t machine = 0; machine < 4; machine++) {
        ck_assert_uint_eq(spread_alternatives(sizes, 2, machine, places, 8), 4);
        for (size_t i = 0; i < 4; i++) {
            ck_assert_str_eq(places[i].zone, wanted[machine][i]);
            ck_assert_str_eq(places[i].size, i < 3 ? "big" : "backup");
        }
    }
    ck_assert_uint_eq(spread_alternatives(sizes, 2, 0, places, 2), 2);
}
END_TEST

START_TEST(places_come_again_after_a_period)
{
    static const char *const two_zones[] = {"1", "2"};
    static const struct spread_size sizes[] = {
        {"big", three_zones, 3}, {"backup", two_zones, 2}, {"other", NULL, 0}};
    struct placement places[8], again[8];
    ck_assert_uint_eq(spread_period(sizes, 3, 5000), 6);
    ck_assert_uint_eq(spread_period(sizes, 1, 5000), 3);
    ck_assert_uint_eq(spread_period(sizes, 3, 4), 4);
    ck_assert_uint_eq(spread_period(sizes, 3, 0), 1);
    ck_assert_uint_eq(spread_period(NULL, 0, 7), 1);
    for (size_t machine = 0; machine < 6; machine++) {
        ck_assert_uint_eq(spread_alternatives(sizes, 3, machine, places, 8), 6);
        ck_assert_uint_eq(spread_alternatives(sizes, 3, machine + 6, again, 8), 6);
        ck_assert_mem_eq(places, again, 6 * sizeof *places);
    }
}
END_TEST

START_TEST(a_region_without_zones_has_one_place_a_size)
{
    static const struct spread_size sizes[] = {{"big", NULL, 0}, {"backup", NULL, 0}};
    struct placement places[4];
    ck_assert_uint_eq(spread_alternatives(sizes, 2, 5, places, 4), 2);
    ck_assert_ptr_null(places[0].zone);
    ck_assert_str_eq(places[1].size, "backup");
}
END_TEST

START_TEST(distances_count_typing_errors)
{
    static const struct {
        const char *a, *b;
        unsigned distance;
    } rows[] = {{"", "", 0},
                {"a", "", 1},
                {"connection", "connection", 0},
                {"abc", "ABC", 0},
                {"conection", "connection", 1},
                {"hots", "host", 1},
                {"kitten", "sitting", 3},
                {"ca", "abc", 3}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ck_assert_uint_eq(suggest_distance(rows[i].a, rows[i].b), rows[i].distance);
        ck_assert_uint_eq(suggest_distance(rows[i].b, rows[i].a), rows[i].distance);
    }
}
END_TEST

START_TEST(only_near_words_are_suggested)
{
    static const char *const words[] = {"connection", "catalog", "image", "config"};
    static const struct {
        const char *mistyped, *suggestion;
    } rows[] = {{"conection", "connection"},
                {"catalogue", "catalog"},
                {"imgae", "image"},
                {"conf", "config"},
                {"zebra", NULL},
                {"", NULL},
                {"x", NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *found = suggest_word(rows[i].mistyped, words, 4);
        ck_assert_msg((found == NULL) == (rows[i].suggestion == NULL), "%s: %s", rows[i].mistyped,
                      found ? found : "none");
        if (found)
            ck_assert_str_eq(found, rows[i].suggestion);
    }
}
END_TEST

static const struct {
    const char *text;
    int64_t milliseconds; /* -1: refused */
    const char *back;
} durations[] = {
    {"250ms", 250, "250ms"},
    {"30s", 30000, "30s"},
    {"5m", 300000, "5m"},
    {"2h", 7200000, "2h"},
    {"1d", 86400000, "1d"},
    {"90s", 90000, "90s"},
    {"120s", 120000, "2m"},
    {"0s", 0, "0s"},
    {"0d", 0, "0s"},
    {"30", -1, NULL},
    {"s", -1, NULL},
    {"", -1, NULL},
    {"-5s", -1, NULL},
    {"5 m", -1, NULL},
    {"5min", -1, NULL},
    {"1.5h", -1, NULL},
    {"5M", -1, NULL},
    {"3661d", -1, NULL},
    {"99999999999999999999999s", -1, NULL},
};

START_TEST(durations_have_a_unit)
{
    struct error err = ERROR_INIT;
    int64_t milliseconds = -1;
    int result = duration_parse("f", durations[_i].text, &milliseconds, &err);
    ck_assert_int_eq(result, durations[_i].milliseconds < 0 ? -1 : 0);
    if (result == 0) {
        char text[DURATION_TEXT];
        ck_assert_int_eq(milliseconds, durations[_i].milliseconds);
        duration_format(milliseconds, text);
        ck_assert_str_eq(text, durations[_i].back);
    }
    error_clear(&err);
}
END_TEST

TCase *rules_tables_case(void)
{
    TCase *tcase = tcase_create("tables");
    tcase_add_loop_test(tcase, limits_hold, 0, sizeof limit_rows / sizeof *limit_rows);
    tcase_add_test(tcase, limits_have_keys);
    tcase_add_test(tcase, a_limit_says_where_it_was_set);
    tcase_add_test(tcase, use_is_told_in_percent);
    tcase_add_test(tcase, a_region_goes_by_several_spellings);
    tcase_add_test(tcase, another_region_is_refused_with_the_nearest);
    tcase_add_test(tcase, machines_follow_from_users);
    tcase_add_test(tcase, machines_are_spread_and_have_alternatives);
    tcase_add_test(tcase, places_come_again_after_a_period);
    tcase_add_test(tcase, a_region_without_zones_has_one_place_a_size);
    tcase_add_test(tcase, distances_count_typing_errors);
    tcase_add_test(tcase, only_near_words_are_suggested);
    tcase_add_loop_test(tcase, durations_have_a_unit, 0, sizeof durations / sizeof *durations);
    return tcase;
}
