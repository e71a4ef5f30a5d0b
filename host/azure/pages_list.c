/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what Get Page Ranges answers:
 * <PageList><PageRange><Start>0</Start><End>511</End></PageRange>…<NextMarker>m</NextMarker></…> */
#include "azure/pages.h"

#include "azure/xml.h"

#include <stdlib.h>
#include <string.h>

struct reading {
    struct page_ranges *ranges;
    bool in_range; /* a PageRange; others, such as ClearRange, say nothing of data */
    bool has_first, has_last;
    struct page_range range;
    char *next;
};

static void on_start(struct xml *xml, void *context, const char *name, int depth)
{
    struct reading *reading = context;
    if (depth != 2)
        return;
    reading->in_range = strcmp(name, "PageRange") == 0;
    reading->has_first = reading->has_last = false;
}

/* Up to 2^62, so that the end of a range can be counted, too. */
static bool read_number(const char *text, uint64_t *number)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 18 || text[digits])
        return false;
    *number = strtoull(text, NULL, 10);
    return true;
}

static void end_number(struct xml *xml, struct reading *reading, const char *name, const char *text)
{
    bool first = strcmp(name, "Start") == 0, last = strcmp(name, "End") == 0;
    uint64_t number = 0;
    if (!first && !last)
        return;
    if (!read_number(text, &number)) {
        xml_fail(xml, "holds a place that is no number");
    } else if (first) {
        reading->range.first = number;
        reading->has_first = true;
    } else {
        reading->range.end = number + 1;
        reading->has_last = true;
    }
}

static void end_range(struct xml *xml, struct reading *reading)
{
    struct error err = ERROR_INIT;
    if (!reading->has_first || !reading->has_last)
        xml_fail(xml, "holds a range without its ends");
    else if (page_ranges_add(reading->ranges, reading->range, &err) != 0)
        xml_fail_with(xml, &err);
}

static void on_end(struct xml *xml, void *context, const char *name, const char *text, int depth)
{
    struct reading *reading = context;
    if (depth == 3 && reading->in_range)
        end_number(xml, reading, name, text);
    else if (depth == 2 && reading->in_range)
        end_range(xml, reading);
    else if (depth == 2 && strcmp(name, "NextMarker") == 0)
        strcpy(reading->next, text); /* no longer than the form allows */
}

int page_list_read(const char *text, size_t length, struct page_ranges *ranges,
                   char next[PAGE_MARKER], struct error *err)
{
    static const struct xml_form form = {.what = "its list of pages",
                                         .root = "PageList",
                                         .deepest = 3,
                                         .longest = PAGE_MARKER - 1,
                                         .start = on_start,
                                         .end = on_end};
    struct reading reading = {.ranges = ranges, .next = next};
    next[0] = '\0';
    return xml_read(text, length, &form, &reading, err);
}
