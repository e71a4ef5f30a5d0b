/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges of pages, and what one blob lacks of another. */
#include "azure/pages.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void page_ranges_clear(struct page_ranges *ranges)
{
    free(ranges->items);
    memset(ranges, 0, sizeof *ranges);
}

static int make_room(struct page_ranges *ranges, struct error *err)
{
    if (ranges->count < ranges->room)
        return 0;
    if (ranges->count >= PAGE_RANGES_MOST)
        return error_set(err, ERROR_FAILED, NULL, "it has more than %d separate ranges of pages",
                         PAGE_RANGES_MOST);
    size_t room = ranges->room ? 2 * ranges->room : 256;
    if (room > PAGE_RANGES_MOST)
        room = PAGE_RANGES_MOST;
    struct page_range *items = reallocarray(ranges->items, room, sizeof *items);
    if (!items)
        return error_no_memory(err);
    ranges->items = items;
    ranges->room = room;
    return 0;
}

int page_ranges_add(struct page_ranges *ranges, struct page_range range, struct error *err)
{
    struct page_range *last = ranges->count ? &ranges->items[ranges->count - 1] : NULL;
    if (range.first % PAGE_SIZE || range.end % PAGE_SIZE || range.first >= range.end ||
        range.end > PAGE_BLOB_MOST || (last && range.first < last->end))
        return error_set(err, ERROR_AZURE, NULL,
                         "its list of pages makes no sense at bytes %" PRIu64 " to %" PRIu64,
                         range.first, range.end);
    if (last && range.first == last->end) {
        last->end = range.end;
        return 0;
    }
    if (make_room(ranges, err) != 0)
        return -1;
    ranges->items[ranges->count++] = range;
    return 0;
}

uint64_t page_ranges_bytes(const struct page_ranges *ranges)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < ranges->count; i++)
        bytes += ranges->items[i].end - ranges->items[i].first;
    return bytes;
}

/* What is left of the range at hand from gaps->from on, up to the next range that is there. */
static bool find_piece(struct page_gaps *gaps, struct page_range *piece)
{
    const struct page_range *range = &gaps->wanted->items[gaps->at];
    const struct page_ranges *there = gaps->there;
    if (gaps->from < range->first)
        gaps->from = range->first;
    while (gaps->beside < there->count && there->items[gaps->beside].first <= gaps->from) {
        if (there->items[gaps->beside].end > gaps->from)
            gaps->from = there->items[gaps->beside].end;
        gaps->beside++;
    }
    if (gaps->from >= range->end)
        return false;
    *piece = (struct page_range){gaps->from, range->end};
    if (gaps->beside < there->count && there->items[gaps->beside].first < piece->end)
        piece->end = there->items[gaps->beside].first;
    return true;
}

bool page_gaps_next(struct page_gaps *gaps, uint64_t most, struct page_range *piece)
{
    while (gaps->at < gaps->wanted->count && !find_piece(gaps, piece))
        gaps->at++;
    if (gaps->at == gaps->wanted->count)
        return false;
    if (piece->end - piece->first > most)
        piece->end = piece->first + most;
    gaps->from = piece->end;
    return true;
}

uint64_t page_gaps_bytes(const struct page_ranges *wanted, const struct page_ranges *there)
{
    struct page_gaps gaps = {.wanted = wanted, .there = there};
    struct page_range piece;
    uint64_t bytes = 0;
    while (page_gaps_next(&gaps, UINT64_MAX, &piece))
        bytes += piece.end - piece.first;
    return bytes;
}
