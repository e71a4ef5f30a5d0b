/* SPDX-License-Identifier: Apache-2.0 */
/* Azure's quota, shared out among sizes; and who shares a resource location. */
#include "rules/locations.h"
#include "rules/quota.h"
#include "rules_suites.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* One size of 4 vCPUs in a family, or a first size of 4 and a backup of 2 of another family. */
static const struct {
    int64_t cores, family, backup, machines; /* limits; of what 4 cores are in use each; -1: none */
    bool has_backup, same_family;
    int64_t wanted;
    int64_t first, second; /* how many each takes */
    const char *bound;     /* of the first size; NULL: it takes all */
    const char *words;
} share_rows[] = {
    {100, 100, -1, -1, false, false, 1, 1, 0, NULL, ""},
    {100, 84, -1, -1, false, false, 20, 20, 0, NULL, ""}, /* exactly */
    {100, 83, -1, -1, false, false, 20, 19, 0, "familyA",
     "big: 19 of 20 fit (familyA: limit 83, 4 in use, 80 needed)"},
    {83, 100, -1, -1, false, false, 20, 19, 0, "cores",
     "big: 19 of 20 fit (cores: limit 83, 4 in use, 80 needed)"},
    {100, 100, -1, 23, false, false, 20, 19, 0, "virtualMachines",
     "big: 19 of 20 fit (virtualMachines: limit 23, 4 in use, 20 needed)"},
    {100, 4, -1, -1, false, false, 1, 0, 0, "familyA", "0 of 1 fit"},        /* full */
    {100, 0, -1, -1, false, false, 1, 0, 0, "familyA", "limit 0, 4 in use"}, /* lowered below use */
    {-1, -1, -1, -1, false, false, 25000, 25000, 0, NULL, ""}, /* Azure names no quota */
    /* the backup takes the rest */
    {1000, 44, 1000, -1, true, false, 20, 10, 10, "familyA", "big: 10 of 20 fit"},
    {1000, 44, 14, -1, true, false, 20, 10, 5, "familyA",
     "small: 5 of 10 fit (familyB: limit 14, 4 in use, 20 needed)"},
    /* the region's cores are for both */
    {50, 44, 1000, -1, true, false, 20, 10, 3, "familyA",
     "small: 3 of 10 fit (cores: limit 50, 4 in use, 40 for the sizes before, 20 needed)"},
    /* and so is a family that both are of */
    {1000, 46, 1000, -1, true, true, 20, 10, 1, "familyA",
     "small: 1 of 10 fit (familyA: limit 46, 4 in use, 40 for the sizes before, 20 needed)"},
    {-1, -1, -1, -1, false, false, INT64_MAX, INT64_MAX, 0, NULL, ""},
    {100, 100, -1, -1, false, false, INT64_MAX, 24, 0, "familyA", "24 of"},
};

START_TEST(machines_are_shared_out_among_sizes)
{
    struct quota_usage usages[] = {{"Cores", 4, share_rows[_i].cores, 0},
                                   {"virtualMachines", 4, share_rows[_i].machines, 0},
                                   {"familya", 4, share_rows[_i].family, 0},
                                   {"familyB", 4, share_rows[_i].backup, 0}};
    struct quota_offer big = {.family = "familyA", .vcpus = 4};
    struct quota_offer small = {.family = share_rows[_i].same_family ? "familyA" : "familyB",
                                .vcpus = 2};
    struct quota_size sizes[] = {{.name = "big", .offer = &big},
                                 {.name = "small", .offer = &small}};
    size_t count = share_rows[_i].has_backup ? 2 : 1;
    int64_t fit = quota_share(usages, 4, sizes, count, share_rows[_i].wanted);
    ck_assert_int_eq(fit, share_rows[_i].first + share_rows[_i].second);
    ck_assert_int_eq(sizes[0].fits, share_rows[_i].first);
    ck_assert_int_eq(sizes[1].fits, share_rows[_i].second);
    ck_assert_int_eq(sizes[0].bound == NULL, share_rows[_i].bound == NULL);
    if (share_rows[_i].bound)
        ck_assert_int_eq(strcasecmp(sizes[0].bound->name, share_rows[_i].bound), 0);
    struct text words = {0};
    quota_explain(sizes, count, &words);
    for (char *c = words.data; c && *c; c++) /* Azure writes names as it likes */
        if (strncmp(c, "familya", 7) == 0)
            c[6] = 'A';
        else if (strncmp(c, "Cores", 5) == 0)
            c[0] = 'c';
    ck_assert_msg(strstr(text_get(&words), share_rows[_i].words) != NULL, "%s", text_get(&words));
    text_free(&words);
}
END_TEST

START_TEST(a_size_that_cannot_be_had_is_passed_over)
{
    struct quota_usage usages[] = {{"cores", 0, 8, 0}};
    struct quota_offer offer = {.family = "familyB", .vcpus = 2};
    struct quota_size sizes[] = {{.name = "big"}, {.name = "small", .offer = &offer}};
    ck_assert_int_eq(quota_share(usages, 1, sizes, 2, 5), 4);
    ck_assert_int_eq(sizes[0].fits, 0);
    ck_assert_int_eq(sizes[1].wanted, 5);
    ck_assert_int_eq(quota_share(usages, 1, sizes, 1, 5), 0);
}
END_TEST

static const struct {
    const char *zones[3], *restricted[2];
    size_t count, restricted_count;
    const char *zone; /* NULL: none */
    bool offered;
} zone_rows[] = {
    {{"1", "2", "3"}, {NULL}, 3, 0, "2", true}, {{"1", "3"}, {NULL}, 2, 0, "2", false},
    {{"1", "2", "3"}, {"2"}, 3, 1, "2", false}, {{"1", "2", "3"}, {"1", "3"}, 3, 2, "2", true},
    {{NULL}, {NULL}, 0, 0, "1", false},         {{NULL}, {NULL}, 0, 0, NULL, true},
    {{"1"}, {NULL}, 1, 0, NULL, false},
};

START_TEST(zones_are_those_that_azure_offers)
{
    struct quota_offer offer = {.zone_count = zone_rows[_i].count,
                                .restricted_zone_count = zone_rows[_i].restricted_count};
    memcpy(offer.zones, zone_rows[_i].zones, sizeof zone_rows[_i].zones);
    memcpy(offer.restricted_zones, zone_rows[_i].restricted, sizeof zone_rows[_i].restricted);
    ck_assert_int_eq(quota_zone_offered(&offer, zone_rows[_i].zone), zone_rows[_i].offered);
}
END_TEST

/* ---- resource locations ---- */

/* Catalogs in their order, a letter each for connection and domain ('-': not joined), and the
 * location that each comes to. */
static const struct {
    int64_t most_domains;
    const char *shares[6];
    const char *at;
} location_rows[] = {
    {1, {"A-", "A-", "a-"}, "000"},
    {1, {"A-", "B-", "A-"}, "010"},
    {1, {"Ax", "Ay", "AX", "A-"}, "0102"}, /* one domain a location */
    {1, {"Ax", "Bx"}, "01"},               /* a connection of its own */
    {2, {"Ax", "Ay", "Az", "Ay"}, "0010"}, /* two share one, the third opens another */
    {2, {"A-", "Ax"}, "01"},               /* who joins none has a location for that */
    {3, {"Ax", "Bx", "Ay", "By", "Az"}, "01010"},
};

START_TEST(catalogs_share_locations)
{
    struct arena arena = {0};
    struct location_table table = {.arena = &arena, .most_domains = location_rows[_i].most_domains};
    for (size_t i = 0; i < 6 && location_rows[_i].shares[i]; i++) {
        const char *text = location_rows[_i].shares[i];
        char connection[] = {text[0], 0}, domain[] = {text[1], 0};
        struct location_share share = {.connection = connection,
                                       .domain = text[1] == '-' ? NULL : domain,
                                       .users = 2,
                                       .multi_session = true};
        const struct location *found = location_find(&table, &share);
        const struct location *location = location_add(&table, &share);
        ck_assert_int_eq(location - table.locations, location_rows[_i].at[i] - '0');
        ck_assert(found == NULL || found == location);
    }
    int64_t users = 0;
    for (size_t i = 0; i < table.count; i++)
        users += table.locations[i].multi_users + table.locations[i].single_users;
    ck_assert_int_eq(users, 2 * (int64_t)strlen(location_rows[_i].at));
    arena_free(&arena);
}
END_TEST

START_TEST(many_locations_are_kept_apart)
{
    struct arena arena = {0};
    struct location_table table = {.arena = &arena, .most_domains = 1};
    for (int i = 0; i < 100; i++) {
        char name[16];
        snprintf(name, sizeof name, "c%d", i);
        struct location_share share = {.connection = name, .domain = "corp.example", .users = i};
        ck_assert_ptr_nonnull(location_add(&table, &share));
    }
    ck_assert_uint_eq(table.count, 100);
    ck_assert_int_eq(table.locations[73].single_users, 73);
    ck_assert_str_eq(location_title(&table.locations[73], &arena),
                     "connection c73 and domain corp.example");
    arena_free(&arena);
}
END_TEST

TCase *rules_quota_case(void)
{
    TCase *tcase = tcase_create("quota");
    tcase_add_loop_test(tcase, machines_are_shared_out_among_sizes, 0,
                        sizeof share_rows / sizeof *share_rows);
    tcase_add_test(tcase, a_size_that_cannot_be_had_is_passed_over);
    tcase_add_loop_test(tcase, zones_are_those_that_azure_offers, 0,
                        sizeof zone_rows / sizeof *zone_rows);
    tcase_add_loop_test(tcase, catalogs_share_locations, 0,
                        sizeof location_rows / sizeof *location_rows);
    tcase_add_test(tcase, many_locations_are_kept_apart);
    return tcase;
}
