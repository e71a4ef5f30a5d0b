/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what Get Page Ranges answers:
 * <PageList><PageRange><Start>0</Start><End>511</End></PageRange>…<NextMarker>m</NextMarker></…>
 *
 * The parser keeps to what such a list can be: a document type (and with it every entity) ends it,
 * nothing is deeper than the numbers, and no text is longer than a marker. */
#include "azure/pages.h"

#include <expat.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 3 };

struct reading {
    XML_Parser parser;
    struct page_ranges *ranges;
    struct error *err;
    int depth;
    bool failed;
    bool is_list;
    bool in_range; /* a PageRange; others, such as ClearRange, say nothing of data */
    bool has_first, has_last;
    struct page_range range;
    char text[PAGE_MARKER]; /* of the element at hand */
    size_t length;
    char *next;
};

static void fail(struct reading *reading, const char *why)
{
    if (!reading->failed && why)
        error_set(reading->err, ERROR_AZURE, NULL, "its list of pages %s", why);
    reading->failed = true;
    XML_StopParser(reading->parser, XML_FALSE);
}

static void on_start(void *context, const char *name, const char **attributes)
{
    struct reading *reading = context;
    reading->depth++;
    reading->length = 0;
    if (reading->depth > DEEPEST) {
        fail(reading, "is nested too deeply");
    } else if (reading->depth == 1) {
        reading->is_list = strcmp(name, "PageList") == 0;
        if (!reading->is_list)
            fail(reading, "is none: the answer is something else");
    } else if (reading->depth == 2) {
        reading->in_range = strcmp(name, "PageRange") == 0;
        reading->has_first = reading->has_last = false;
    }
}

static void on_text(void *context, const char *data, int length)
{
    struct reading *reading = context;
    if ((size_t)length >= sizeof reading->text - reading->length) {
        fail(reading, "holds a text that is too long");
        return;
    }
    memcpy(reading->text + reading->length, data, (size_t)length);
    reading->length += (size_t)length;
}

/* Up to 2^62, so that the end of a range can be counted, too. */
static bool read_number(const struct reading *reading, uint64_t *number)
{
    size_t digits = strspn(reading->text, "0123456789");
    if (digits == 0 || digits > 18 || reading->text[digits])
        return false;
    *number = strtoull(reading->text, NULL, 10);
    return true;
}

static void end_number(struct reading *reading, const char *name)
{
    bool first = strcmp(name, "Start") == 0, last = strcmp(name, "End") == 0;
    uint64_t number = 0;
    if (!first && !last)
        return;
    if (!read_number(reading, &number)) {
        fail(reading, "holds a place that is no number");
    } else if (first) {
        reading->range.first = number;
        reading->has_first = true;
    } else {
        reading->range.end = number + 1;
        reading->has_last = true;
    }
}

static void end_range(struct reading *reading)
{
    if (!reading->has_first || !reading->has_last)
        fail(reading, "holds a range without its ends");
    else if (page_ranges_add(reading->ranges, reading->range, reading->err) != 0)
        fail(reading, NULL);
}

static void on_end(void *context, const char *name)
{
    struct reading *reading = context;
    reading->text[reading->length] = '\0';
    if (reading->depth == 3 && reading->in_range)
        end_number(reading, name);
    else if (reading->depth == 2 && reading->in_range)
        end_range(reading);
    else if (reading->depth == 2 && strcmp(name, "NextMarker") == 0)
        memcpy(reading->next, reading->text, reading->length + 1);
    reading->length = 0;
    reading->depth--;
}

static void on_doctype(void *context, const char *name, const char *system, const char *public,
                       int subset)
{
    fail(context, "has a document type, which none has");
}

int page_list_read(const char *text, size_t length, struct page_ranges *ranges,
                   char next[PAGE_MARKER], struct error *err)
{
    next[0] = '\0';
    struct reading reading = {.ranges = ranges, .err = err, .next = next};
    reading.parser = length < INT_MAX ? XML_ParserCreate(NULL) : NULL;
    if (!reading.parser)
        return error_no_memory(err);
    XML_SetUserData(reading.parser, &reading);
    XML_SetElementHandler(reading.parser, on_start, on_end);
    XML_SetCharacterDataHandler(reading.parser, on_text);
    XML_SetStartDoctypeDeclHandler(reading.parser, on_doctype);
    if (XML_Parse(reading.parser, text, (int)length, 1) != XML_STATUS_OK && !reading.failed)
        fail(&reading, XML_ErrorString(XML_GetErrorCode(reading.parser)));
    XML_ParserFree(reading.parser);
    return reading.failed ? -1 : 0;
}
