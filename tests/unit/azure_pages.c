/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of pages as Azure tells them, and what one blob lacks of another. */
#include "azure/pages.h"
#include "base/text.h"
#include "tap_main.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RANGE(first, last) "<PageRange><Start>" #first "</Start><End>" #last "</End></PageRange>"
#define LIST(inside)       "<?xml version=\"1.0\" encoding=\"utf-8\"?><PageList>" inside "</PageList>"

/* "0-512 1024-2048" */
static char *told(const struct page_ranges *ranges)
{
    struct text text = {0};
    for (size_t i = 0; i < ranges->count; i++)
        text_printf(&text, "%s%" PRIu64 "-%" PRIu64, i ? " " : "", ranges->items[i].first,
                    ranges->items[i].end);
    return text_take(&text);
}

static const struct {
    const char *text, *ranges, *next;
} lists[] = {
    {LIST(""), "", ""},
    {"<PageList/>", "", ""},
    {"\xef\xbb\xbf" LIST(RANGE(0, 511)), "0-512", ""},
    {LIST(RANGE(0, 511) RANGE(1024, 2047)), "0-512 1024-2048", ""},
    {LIST(RANGE(0, 511) RANGE(512, 2047) RANGE(4096, 4607)), "0-2048 4096-4608", ""},
    {LIST(RANGE(0, 511) "<NextMarker>2!72!a=</NextMarker>"), "0-512", "2!72!a="},
    {LIST(RANGE(0, 511) "<NextMarker/>"), "0-512", ""},
    {"<PageList>\n <PageRange>\n  <Start>512</Start>\n  <End>1023</End>\n "
     "</PageRange>\n</PageList>",
     "512-1024", ""},
    {LIST("<ClearRange><Start>0</Start><End>511</End></ClearRange>" RANGE(512, 1023)), "512-1024",
     ""},
    {LIST(RANGE(8796093021184, 8796093022207)), "8796093021184-8796093022208", ""},
};

START_TEST(a_list_is_read)
{
    struct page_ranges ranges = {0};
    struct error err = ERROR_INIT;
    char next[PAGE_MARKER];
    ck_assert_msg(page_list_read(lists[_i].text, strlen(lists[_i].text), &ranges, next, &err) == 0,
                  "%s", error_text(&err));
    char *text = told(&ranges);
    ck_assert_str_eq(text, lists[_i].ranges);
    ck_assert_str_eq(next, lists[_i].next);
    free(text);
    page_ranges_clear(&ranges);
}
END_TEST

static const struct {
    const char *text, *says;
} strange[] = {
    {"", "no element"},
    {"plain", "syntax"},
    {"<PageList>", "no element"},
    {"<Error><Code>BlobNotFound</Code></Error>", "something else"},
    {LIST("<PageRange><Start>0</Start></PageRange>"), "without its ends"},
    {LIST("<PageRange><Start>-1</Start><End>511</End></PageRange>"), "no number"},
    {LIST("<PageRange><Start></Start><End>511</End></PageRange>"), "no number"},
    {LIST(RANGE(0, 9999999999999999999)), "no number"},
    {LIST(RANGE(0, 510)), "makes no sense"},
    {LIST(RANGE(1, 511)), "makes no sense"},
    {LIST(RANGE(1024, 511)), "makes no sense"},
    {LIST(RANGE(0, 8796093022719)), "makes no sense"},
    {LIST(RANGE(1024, 2047) RANGE(0, 511)), "makes no sense"},
    {LIST(RANGE(0, 1023) RANGE(512, 2047)), "makes no sense"},
    {LIST("<PageRange><Start><a/></Start></PageRange>"), "too deeply"},
    {"<!DOCTYPE a [<!ENTITY b \"0\">]>" LIST(RANGE(0, 511)), "syntax"},
    {"<!DOCTYPE a [<!ENTITY b \"0\">]><PageList/>", "document type"},
};

START_TEST(what_is_no_list_is_refused)
{
    struct page_ranges ranges = {0};
    struct error err = ERROR_INIT;
    char next[PAGE_MARKER];
    ck_assert_int_eq(
        page_list_read(strange[_i].text, strlen(strange[_i].text), &ranges, next, &err), -1);
    if (strcmp(strange[_i].says, "syntax") != 0)
        ck_assert_msg(strstr(error_text(&err), strange[_i].says) != NULL, "%s", error_text(&err));
    page_ranges_clear(&ranges);
    error_clear(&err);
}
END_TEST

START_TEST(a_text_without_end_is_refused)
{
    struct page_ranges ranges = {0};
    struct error err = ERROR_INIT;
    char next[PAGE_MARKER];
    struct text text = {0};
    text_add(&text, "<PageList><NextMarker>");
    for (int i = 0; i < PAGE_MARKER; i++)
        text_add(&text, "m");
    text_add(&text, "</NextMarker></PageList>");
    ck_assert_int_eq(page_list_read(text_get(&text), text.length, &ranges, next, &err), -1);
    ck_assert_ptr_nonnull(strstr(error_text(&err), "too long"));
    text_free(&text);
    error_clear(&err);
}
END_TEST

/* "0-512 1024-2048" into ranges */
static struct page_ranges ranges_of(const char *text)
{
    struct page_ranges ranges = {0};
    struct error err = ERROR_INIT;
    struct page_range range;
    int length = 0;
    while (sscanf(text, "%" SCNu64 "-%" SCNu64 "%n", &range.first, &range.end, &length) == 2) {
        ck_assert_int_eq(page_ranges_add(&ranges, range, &err), 0);
        text += length;
    }
    return ranges;
}

static const struct {
    const char *wanted, *there;
    uint64_t most;
    const char *pieces;
} cuts[] = {
    {"", "", 4096, ""},
    {"0-4096", "", 4096, "0-4096"},
    {"0-4608", "", 4096, "0-4096 4096-4608"},
    {"512-9216", "", 4096, "512-4608 4608-8704 8704-9216"},
    {"0-512 1024-1536", "", 4096, "0-512 1024-1536"},
    {"0-4096", "0-4096", 4096, ""},
    {"0-4096", "0-8192", 4096, ""},
    {"0-4096", "0-512", 4096, "512-4096"},
    {"0-4096", "3584-4096", 4096, "0-3584"},
    {"0-4096", "512-1024 2048-2560", 4096, "0-512 1024-2048 2560-4096"},
    {"512-4096", "0-1024 3584-8192", 4096, "1024-3584"},
    {"0-512 1024-1536 2048-2560", "0-1536", 4096, "2048-2560"},
    {"0-512 8192-12288", "4096-5120 9216-9728", 1024,
     "0-512 8192-9216 9728-10752 10752-11776 11776-12288"},
};

START_TEST(what_is_missing_is_cut)
{
    struct page_ranges wanted = ranges_of(cuts[_i].wanted), there = ranges_of(cuts[_i].there);
    struct page_gaps gaps = {.wanted = &wanted, .there = &there};
    struct page_range piece;
    struct text text = {0};
    uint64_t bytes = 0;
    while (page_gaps_next(&gaps, cuts[_i].most, &piece)) {
        text_printf(&text, "%s%" PRIu64 "-%" PRIu64, text.length ? " " : "", piece.first,
                    piece.end);
        bytes += piece.end - piece.first;
    }
    ck_assert_str_eq(text_get(&text), cuts[_i].pieces);
    ck_assert_uint_eq(bytes, page_gaps_bytes(&wanted, &there));
    text_free(&text);
    page_ranges_clear(&wanted);
    page_ranges_clear(&there);
}
END_TEST

START_TEST(a_million_ranges_take_16_megabytes_and_more_are_refused)
{
    struct page_ranges ranges = {0};
    struct error err = ERROR_INIT;
    uint64_t at = 0;
    for (; ranges.count < PAGE_RANGES_MOST; at += 2 * PAGE_SIZE)
        ck_assert_int_eq(page_ranges_add(&ranges, (struct page_range){at, at + PAGE_SIZE}, &err),
                         0);
    ck_assert_uint_le(ranges.room * sizeof *ranges.items, 17 * 1000 * 1000);
    ck_assert_int_eq(page_ranges_add(&ranges, (struct page_range){at, at + PAGE_SIZE}, &err), -1);
    ck_assert_ptr_nonnull(strstr(error_text(&err), "1000000 separate ranges"));
    page_ranges_clear(&ranges);
    error_clear(&err);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pages");
    TCase *tests = tcase_create("pages");
    tcase_add_loop_test(tests, a_list_is_read, 0, sizeof lists / sizeof *lists);
    tcase_add_loop_test(tests, what_is_no_list_is_refused, 0, sizeof strange / sizeof *strange);
    tcase_add_test(tests, a_text_without_end_is_refused);
    tcase_add_loop_test(tests, what_is_missing_is_cut, 0, sizeof cuts / sizeof *cuts);
    tcase_add_test(tests, a_million_ranges_take_16_megabytes_and_more_are_refused);
    suite_add_tcase(suite, tests);
    return tap_main(suite);
}
