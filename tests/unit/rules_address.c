/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges: what is taken, what is refused and with which words, what is free. */
#include "rules/address.h"
#include "rules_suites.h"

#include <string.h>

static const struct {
    const char *text;
    const char *problem; /* NULL: taken, and written back the same */
} ranges[] = {
    {"10.0.0.0/24", NULL},
    {"0.0.0.0/0", NULL},
    {"255.255.255.255/32", NULL},
    {"172.18.0.0/21", NULL},
    {"10.0.0.1/24", "the range that holds this address is 10.0.0.0/24"},
    {"172.18.7.255/21", "the range that holds this address is 172.18.0.0/21"},
    {"10.0.0.0", "has no prefix length: write 10.0.0.0/24"},
    {"10.0.0.0/33", "is not an IPv4 range"},
    {"10.0.0.0/024", "is not an IPv4 range"},
    {"10.0.0.0/", "is not an IPv4 range"},
    {"10.0.0.0/24 ", "is not an IPv4 range"},
    {" 10.0.0.0/24", "is not an IPv4 range"},
    {"10.0.0/24", "is not an IPv4 range"},
    {"10.0.0.256/24", "is not an IPv4 range"},
    {"010.0.0.0/24", "is not an IPv4 range"},
    {"10.0.0.0.0/24", "is not an IPv4 range"},
    {"10.0.0.0/-1", "is not an IPv4 range"},
    {"fd00::/8", "is not an IPv4 range"},
    {"", "is not an IPv4 range"},
    {"10.0.0.0/99999999999999999999", "is not an IPv4 range"},
};

START_TEST(a_range_is_taken_or_refused)
{
    struct error err = ERROR_INIT;
    struct cidr cidr;
    int result = cidr_parse("address-range", ranges[_i].text, &cidr, &err);
    if (!ranges[_i].problem) {
        char text[CIDR_TEXT];
        ck_assert_msg(result == 0, "%s: %s", ranges[_i].text, error_text(&err));
        cidr_format(cidr, text);
        ck_assert_str_eq(text, ranges[_i].text);
        return;
    }
    ck_assert_int_eq(result, -1);
    ck_assert_int_eq(err.code, ERROR_USAGE);
    ck_assert_str_eq(err.field, "address-range");
    ck_assert_msg(strstr(error_text(&err), ranges[_i].problem) != NULL, "%s", error_text(&err));
    error_clear(&err);
}
END_TEST

static struct cidr range(const char *text)
{
    struct error err = ERROR_INIT;
    struct cidr cidr = {0};
    ck_assert_msg(cidr_parse(NULL, text, &cidr, &err) == 0, "%s", error_text(&err));
    return cidr;
}

static const struct {
    const char *text, *first, *last;
    uint64_t for_machines;
} previews[] = {
    {"172.18.0.0/21", "172.18.0.0", "172.18.7.255", 2043}, /* the manual's example */
    {"10.0.0.0/24", "10.0.0.0", "10.0.0.255", 251},
    {"10.0.0.0/29", "10.0.0.0", "10.0.0.7", 3},
    {"10.0.0.0/30", "10.0.0.0", "10.0.0.3", 0},
    {"10.0.0.4/32", "10.0.0.4", "10.0.0.4", 0},
    {"0.0.0.0/0", "0.0.0.0", "255.255.255.255", 4294967291},
};

START_TEST(a_preview_tells_what_fits)
{
    struct cidr_preview preview;
    cidr_preview(range(previews[_i].text), &preview);
    ck_assert_str_eq(preview.first, previews[_i].first);
    ck_assert_str_eq(preview.last, previews[_i].last);
    ck_assert_uint_eq(preview.for_machines, previews[_i].for_machines);
}
END_TEST

static const struct {
    const char *a, *b;
    bool overlap;
} pairs[] = {
    {"10.0.0.0/24", "10.0.0.0/16", true}, /* the manual's example */
    {"10.0.0.0/24", "10.0.0.0/24", true},      {"10.0.0.0/24", "10.0.1.0/24", false},
    {"10.0.0.0/23", "10.0.1.0/24", true},      {"10.0.0.0/24", "192.168.0.0/24", false},
    {"0.0.0.0/0", "255.255.255.255/32", true},
};

START_TEST(overlaps_are_found_both_ways)
{
    ck_assert_int_eq(cidr_overlaps(range(pairs[_i].a), range(pairs[_i].b)), pairs[_i].overlap);
    ck_assert_int_eq(cidr_overlaps(range(pairs[_i].b), range(pairs[_i].a)), pairs[_i].overlap);
}
END_TEST

static const struct {
    const char *text;
    const char *problem;
} uses[] = {
    {"10.0.0.0/24", NULL},
    {"10.0.0.0/29", NULL},
    {"10.0.0.0/8", NULL},
    {"8.8.8.0/24", NULL},
    {"0.0.0.0/0", "0.0.0.0/0 is too large"},
    {"0.0.0.0/8", "this network"},
    {"127.0.0.0/24", "127.0.0.0/8 is loopback"},
    {"169.254.0.0/16", "link-local"},
    {"168.63.129.0/24", "168.63.129.16/32 is Azure's own DNS"},
    {"224.0.0.0/24", "multicast"},
    {"255.0.0.0/8", "reserved"},
};

START_TEST(a_range_fits_a_network)
{
    struct error err = ERROR_INIT;
    struct cidr cidr = range(uses[_i].text);
    int result = address_check_network_range("f", cidr, &err);
    ck_assert_int_eq(result, uses[_i].problem ? -1 : 0);
    ck_assert_msg(!uses[_i].problem || strstr(error_text(&err), uses[_i].problem), "%s",
                  error_text(&err));
    error_clear(&err);
}
END_TEST

START_TEST(all_conflicts_are_named_at_once)
{
    struct error err = ERROR_INIT;
    struct address_claim wanted[] = {{range("10.0.0.0/24"), "new connection"},
                                     {range("10.0.0.128/25"), "second range"},
                                     {range("192.168.5.0/24"), "third range"}};
    struct address_claim taken[] = {{range("10.0.0.0/16"), "virtual network office"},
                                    {range("192.168.0.0/16"), "on-premises Basel"},
                                    {range("172.16.0.0/12"), "on-premises Bern"}};
    ck_assert_int_eq(address_check_free("address-range", wanted, 3, taken, 3, &err), -1);
    const char *text = error_text(&err);
    ck_assert_ptr_nonnull(
        strstr(text, "10.0.0.0/24 (new connection) overlaps 10.0.0.128/25 (second range)"));
    ck_assert_ptr_nonnull(
        strstr(text, "10.0.0.0/24 (new connection) overlaps 10.0.0.0/16 (virtual network office)"));
    ck_assert_ptr_nonnull(strstr(text, "10.0.0.128/25 (second range) overlaps 10.0.0.0/16"));
    ck_assert_ptr_nonnull(
        strstr(text, "(third range) overlaps 192.168.0.0/16 (on-premises Basel)"));
    ck_assert_ptr_null(strstr(text, "Bern"));
    error_clear(&err);
    ck_assert_int_eq(address_check_free("address-range", wanted, 1, taken + 1, 2, &err), 0);
}
END_TEST

static const struct {
    unsigned prefix;
    const char *taken[4];
    const char *found; /* NULL: none */
} searches[] = {
    {24, {0}, "10.0.0.0/24"},
    {24, {"10.0.0.0/24"}, "10.0.1.0/24"},
    {24, {"10.0.1.0/24", "10.0.0.0/25"}, "10.0.2.0/24"},
    {21, {"10.0.0.0/24"}, "10.0.8.0/21"},
    {24, {"10.0.0.0/8"}, "172.16.0.0/24"},
    {24, {"10.0.0.0/8", "172.16.0.0/12"}, "192.168.0.0/24"},
    {16, {"10.0.0.0/8", "172.16.0.0/12", "192.168.7.0/24"}, NULL},
    {24, {"0.0.0.0/0"}, NULL},
    {12, {"10.0.0.0/8"}, "172.16.0.0/12"},
    {8, {"10.200.0.0/24"}, NULL},
};

START_TEST(the_next_free_range_is_found)
{
    struct error err = ERROR_INIT;
    struct address_claim taken[4];
    size_t count = 0;
    for (; count < 4 && searches[_i].taken[count]; count++)
        taken[count] = (struct address_claim){range(searches[_i].taken[count]), "x"};
    struct cidr found;
    char text[CIDR_TEXT] = "";
    int result = address_next_free(searches[_i].prefix, taken, count, NULL, 0, &found, &err);
    ck_assert_int_eq(result, searches[_i].found ? 0 : -1);
    if (result == 0) {
        cidr_format(found, text);
        ck_assert_str_eq(text, searches[_i].found);
    }
    error_clear(&err);
}
END_TEST

#define LOOP(tcase, test, table)                                                                   \
    tcase_add_loop_test(tcase, test, 0, (int)(sizeof(table) / sizeof *(table)))

TCase *rules_address_case(void)
{
    TCase *tcase = tcase_create("address");
    LOOP(tcase, a_range_is_taken_or_refused, ranges);
    LOOP(tcase, a_preview_tells_what_fits, previews);
    LOOP(tcase, overlaps_are_found_both_ways, pairs);
    LOOP(tcase, a_range_fits_a_network, uses);
    tcase_add_test(tcase, all_conflicts_are_named_at_once);
    LOOP(tcase, the_next_free_range_is_found, searches);
    return tcase;
}
