/* SPDX-License-Identifier: Apache-2.0 */
/* The naming scheme: every rule of the manual, and the names that follow. */
#include "rules/name_set.h"
#include "rules/naming.h"
#include "rules_suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct naming_seeds seeds = {"location-1", "catalog-1"};

static const struct {
    const char *text;
    enum naming_type type;
    const char *problem; /* NULL: taken */
} schemes[] = {
    {"PC-Sales-##", NAMING_DIGITS, NULL},
    {"MachineSales-##", NAMING_DIGITS, NULL}, /* 15, the manual's example */
    {"MachineSales-###", NAMING_DIGITS, "has 16 characters: it takes 2 to 15"},
    {"#", NAMING_LETTERS, "has 1 characters: it takes 2 to 15"},
    {"A#", NAMING_DIGITS, NULL},
    {"##", NAMING_DIGITS, "gives names of digits only"},
    {"##", NAMING_LETTERS, NULL},
    {"12##", NAMING_DIGITS, "gives names of digits only"},
    {"12##", NAMING_LETTERS, NULL},
    {"1a##", NAMING_DIGITS, NULL},
    {"PC", NAMING_DIGITS, "has no wildcard: put 1 to 4 #"},
    {"PC#####", NAMING_DIGITS, "has 5 wildcards: it takes 1 to 4"},
    {"PC####", NAMING_DIGITS, NULL},
    {"PC#-#", NAMING_DIGITS, "stand apart: put all # together"},
    {"PC#A", NAMING_DIGITS, NULL},
    {".PC##", NAMING_DIGITS, "begins with a period"},
    {"P.C##", NAMING_DIGITS, "which Azure refuses"},
    {"PC ##", NAMING_DIGITS, "holds ' ', which is forbidden"},
    {"PC/##", NAMING_DIGITS, "holds '/', which is forbidden"},
    {"PC\\##", NAMING_DIGITS, "which is forbidden"},
    {"PC:##", NAMING_DIGITS, "which is forbidden"},
    {"PC*##", NAMING_DIGITS, "which is forbidden"},
    {"PC<##", NAMING_DIGITS, "which is forbidden"},
    {"PC>##", NAMING_DIGITS, "which is forbidden"},
    {"PC|##", NAMING_DIGITS, "which is forbidden"},
    {"PC,##", NAMING_DIGITS, "which is forbidden"},
    {"PC~##", NAMING_DIGITS, "which is forbidden"},
    {"PC!##", NAMING_DIGITS, "which is forbidden"},
    {"PC@##", NAMING_DIGITS, "which is forbidden"},
    {"PC$##", NAMING_DIGITS, "which is forbidden"},
    {"PC%##", NAMING_DIGITS, "which is forbidden"},
    {"PC^##", NAMING_DIGITS, "which is forbidden"},
    {"PC(##", NAMING_DIGITS, "which is forbidden"},
    {"PC)##", NAMING_DIGITS, "which is forbidden"},
    {"PC{##", NAMING_DIGITS, "which is forbidden"},
    {"PC}##", NAMING_DIGITS, "which is forbidden"},
    {"PC_##", NAMING_DIGITS, "which is forbidden"},
    {"PC&##", NAMING_DIGITS, "which Azure refuses"},
    {"PC\"##", NAMING_DIGITS, "which Azure refuses"},
    {"P\xC3\xA9##", NAMING_DIGITS, "character 2 is none of them"},
    {"PC\x01##", NAMING_DIGITS, "character 3 is none of them"},
    {"PC#-GATEWAY", NAMING_DIGITS, "ends in -GATEWAY, which is reserved"},
    {"PC#-Gw", NAMING_DIGITS, "ends in -GW, which is reserved"},
    {"PC#-tac", NAMING_DIGITS, "ends in -TAC, which is reserved"},
    {"PCGW##", NAMING_DIGITS, NULL},
    {"-PC##", NAMING_DIGITS, "begins or ends with a hyphen"},
    {"PC##-", NAMING_DIGITS, "begins or ends with a hyphen"},
    {NULL, NAMING_DIGITS, NULL},
    {"", NAMING_DIGITS, NULL},
    {NAMING_DEFAULT, NAMING_DIGITS, NULL},
};

START_TEST(a_scheme_is_taken_or_refused)
{
    struct error err = ERROR_INIT;
    struct naming_scheme scheme;
    int result =
        naming_parse("naming-scheme", schemes[_i].text, schemes[_i].type, &seeds, &scheme, &err);
    if (!schemes[_i].problem) {
        ck_assert_msg(result == 0, "%s", error_text(&err));
        return;
    }
    ck_assert_int_eq(result, -1);
    ck_assert_str_eq(err.field, "naming-scheme");
    ck_assert_msg(strstr(error_text(&err), schemes[_i].problem) != NULL, "%s", error_text(&err));
    error_clear(&err);
}
END_TEST

static struct naming_scheme parse(const char *text, enum naming_type type)
{
    struct error err = ERROR_INIT;
    struct naming_scheme scheme;
    ck_assert_msg(naming_parse("f", text, type, &seeds, &scheme, &err) == 0, "%s",
                  error_text(&err));
    return scheme;
}

static const struct {
    const char *text;
    enum naming_type type;
    uint64_t index;
    const char *name; /* NULL: none */
} names[] = {
    {"PC-Sales-##", NAMING_DIGITS, 0, "PC-Sales-01"},
    {"PC-Sales-##", NAMING_DIGITS, 98, "PC-Sales-99"},
    {"PC-Sales-##", NAMING_DIGITS, 99, "PC-Sales-100"}, /* a wildcard is added */
    {"MachineSales-##", NAMING_DIGITS, 98, "MachineSales-99"},
    {"MachineSales-##", NAMING_DIGITS, 99, NULL}, /* 15 characters are used */
    {"PC##A", NAMING_DIGITS, 99, "PC100A"},
    {"PC#", NAMING_LETTERS, 0, "PCA"},
    {"PC#", NAMING_LETTERS, 25, "PCZ"},
    {"PC#", NAMING_LETTERS, 26, "PCAA"},
    {"PC#", NAMING_LETTERS, 26 + 675, "PCZZ"},
    {"PC#", NAMING_LETTERS, 26 + 676, "PCAAA"},
    {"MachineSales-##", NAMING_LETTERS, 675, "MachineSales-ZZ"},
    {"MachineSales-##", NAMING_LETTERS, 676, NULL},
    {"PC-##", NAMING_LETTERS, 6 * 26 + 22, NULL}, /* PC-GW is reserved */
};

START_TEST(names_follow_in_order)
{
    struct naming_scheme scheme = parse(names[_i].text, names[_i].type);
    char name[NAMING_TEXT];
    bool given = naming_name(&scheme, names[_i].index, name);
    ck_assert_int_eq(given, names[_i].name != NULL);
    if (given)
        ck_assert_str_eq(name, names[_i].name);
}
END_TEST

START_TEST(the_default_is_derived_from_its_seeds)
{
    struct naming_scheme scheme = parse(NULL, NAMING_DIGITS);
    char name[NAMING_TEXT], again[NAMING_TEXT], computer[NAMING_LONGEST + 1];
    ck_assert(naming_name(&scheme, 0, name));
    ck_assert_uint_eq(strlen(name), NAMING_DEFAULT_LENGTH);
    ck_assert_int_eq(strncmp(name, "DAS", 3), 0);
    ck_assert_int_eq(name[11], '-');
    ck_assert_str_eq(name + 14, "-001");
    scheme = parse(NAMING_DEFAULT, NAMING_DIGITS);
    ck_assert(naming_name(&scheme, 0, again));
    ck_assert_str_eq(name, again);
    naming_computer_name(name, computer);
    ck_assert_uint_eq(strlen(computer), NAMING_LONGEST);
    ck_assert_str_eq(computer, name + 3);
    struct naming_seeds other = {"location-2", "catalog-1"};
    struct error err = ERROR_INIT;
    ck_assert_int_eq(naming_parse("f", NULL, NAMING_DIGITS, &other, &scheme, &err), 0);
    ck_assert(naming_name(&scheme, 0, again));
    ck_assert_int_ne(strncmp(name, again, 11), 0);
    ck_assert_int_eq(strncmp(name + 11, again + 11, 3), 0);
    ck_assert_uint_ge(naming_capacity(&scheme), 5000); /* a subscription's machines */
}
END_TEST

START_TEST(a_computer_name_is_the_end_of_the_name)
{
    static const struct {
        const char *name, *computer;
    } pairs[] = {{"PC-01", "PC-01"},
                 {"MachineSales-01", "MachineSales-01"},
                 {"DAS12345678-ab-001", "12345678-ab-001"},
                 {"DASx-2345678-ab-001", "2345678-ab-001"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char computer[NAMING_LONGEST + 1];
        naming_computer_name(pairs[i].name, computer);
        ck_assert_str_eq(computer, pairs[i].computer);
    }
}
END_TEST

START_TEST(taken_names_are_passed_over)
{
    struct error err = ERROR_INIT;
    struct naming_scheme scheme = parse("pc-##", NAMING_DIGITS);
    struct name_set taken = {0};
    ck_assert_int_eq(name_set_add(&taken, "PC-02"), 1); /* case does not matter */
    ck_assert_int_eq(name_set_add(&taken, "pc-02"), 0);
    ck_assert_int_eq(name_set_add(&taken, "pc-04"), 1);
    struct naming_request request = {3, name_set_taken, &taken};
    char(*list)[NAMING_TEXT];
    ck_assert_int_eq(naming_allocate("f", &scheme, &request, &list, &err), 0);
    ck_assert_str_eq(list[0], "pc-01");
    ck_assert_str_eq(list[1], "pc-03");
    ck_assert_str_eq(list[2], "pc-05");
    free(list);
    name_set_free(&taken);
}
END_TEST

START_TEST(a_set_of_names_ignores_case)
{
    static const char *const pairs[][2] = {
        {"desk-1", "Desk-1"}, {"desk-2", "DEsk-2"}, {"desk-3", "DESk-3"}, {"desk-4", "DESK-4"}};
    struct name_set set = {0};
    ck_assert(!name_set_has(&set, "desk-1"));
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        ck_assert_int_eq(name_set_add(&set, pairs[i][0]), 1);
        ck_assert(name_set_has(&set, pairs[i][1]));
    }
    ck_assert(!name_set_has(&set, "desk-5"));
    name_set_free(&set);
}
END_TEST

START_TEST(used_up_at_fifteen_fails_with_the_reason)
{
    struct error err = ERROR_INIT;
    struct naming_scheme scheme = parse("MachineSales-##", NAMING_DIGITS);
    struct name_set taken = {0};
    char name[NAMING_TEXT];
    for (uint64_t i = 0; i < 90; i++) {
        naming_name(&scheme, i, name);
        name_set_add(&taken, name);
    }
    struct naming_request request = {9, name_set_taken, &taken};
    char(*list)[NAMING_TEXT];
    ck_assert_int_eq(naming_allocate("naming-scheme", &scheme, &request, &list, &err), 0);
    ck_assert_str_eq(list[8], "MachineSales-99");
    free(list);
    request.count = 10;
    ck_assert_int_eq(naming_allocate("naming-scheme", &scheme, &request, &list, &err), -1);
    ck_assert_ptr_null(list);
    ck_assert_int_eq(err.code, ERROR_USAGE);
    ck_assert_ptr_nonnull(strstr(error_text(&err), "MachineSales-## has 9 of the 10 names"));
    ck_assert_ptr_nonnull(strstr(error_text(&err), "a name may have 15"));
    request.count = SIZE_MAX / NAMING_TEXT; /* refused before any memory is taken */
    ck_assert_int_eq(naming_allocate("naming-scheme", &scheme, &request, &list, &err), -1);
    error_clear(&err);
    name_set_free(&taken);
}
END_TEST

START_TEST(five_thousand_names_are_quick)
{
    struct error err = ERROR_INIT;
    struct naming_scheme scheme = parse("PC-####", NAMING_DIGITS);
    struct name_set taken = {0};
    char name[NAMING_TEXT];
    for (uint64_t i = 0; i < 4000; i++) {
        naming_name(&scheme, i, name);
        name_set_add(&taken, name);
    }
    struct naming_request request = {5000, name_set_taken, &taken};
    char(*list)[NAMING_TEXT];
    clock_t start = clock();
    ck_assert_int_eq(naming_allocate("f", &scheme, &request, &list, &err), 0);
    ck_assert_int_lt((clock() - start) * 4 / CLOCKS_PER_SEC, 1); /* a quadratic search takes more */
    ck_assert_str_eq(list[4999], "PC-9000");
    free(list);
    name_set_free(&taken);
}
END_TEST

TCase *rules_naming_case(void)
{
    TCase *tcase = tcase_create("naming");
    tcase_add_loop_test(tcase, a_scheme_is_taken_or_refused, 0, sizeof schemes / sizeof *schemes);
    tcase_add_loop_test(tcase, names_follow_in_order, 0, sizeof names / sizeof *names);
    tcase_add_test(tcase, the_default_is_derived_from_its_seeds);
    tcase_add_test(tcase, a_computer_name_is_the_end_of_the_name);
    tcase_add_test(tcase, taken_names_are_passed_over);
    tcase_add_test(tcase, a_set_of_names_ignores_case);
    tcase_add_test(tcase, used_up_at_fifteen_fails_with_the_reason);
    tcase_add_test(tcase, five_thousand_names_are_quick);
    return tcase;
}
