/* SPDX-License-Identifier: Apache-2.0 */
/* Any answer to Get Page Ranges: what is read of it are whole pages, ascending and apart, and what
 * is cut of them covers each once. */
#include "azure/pages.h"

#include "fuzz.h"

enum { PIECE = 4 * 1024 * 1024, PIECES_MOST = 1000 };

static void check_ranges(const struct page_ranges *ranges)
{
    for (size_t i = 0; i < ranges->count; i++) {
        const struct page_range *range = &ranges->items[i];
        fuzz_require(range->first % PAGE_SIZE == 0 && range->end % PAGE_SIZE == 0,
                     "a range is of whole pages");
        fuzz_require(range->first < range->end, "a range holds something");
        fuzz_require(i == 0 || ranges->items[i - 1].end < range->first, "ranges are apart");
    }
}

/* Of all that is wanted, every other range is there already. */
static void check_pieces(const struct page_ranges *wanted)
{
    struct page_ranges there = {0};
    struct error err = ERROR_INIT;
    for (size_t i = 0; i < wanted->count; i += 2)
        page_ranges_add(&there, wanted->items[i], &err);
    struct page_gaps gaps = {.wanted = wanted, .there = &there};
    struct page_range piece;
    uint64_t bytes = 0, last = 0;
    int count = 0;
    while (count++ < PIECES_MOST && page_gaps_next(&gaps, PIECE, &piece)) {
        fuzz_require(piece.first >= last && piece.first < piece.end, "pieces ascend");
        fuzz_require(piece.end - piece.first <= PIECE, "a piece is not too large");
        bytes += piece.end - piece.first;
        last = piece.end;
    }
    fuzz_require(count > PIECES_MOST ||
                     bytes == page_ranges_bytes(wanted) - page_ranges_bytes(&there),
                 "the pieces are what is missing");
    page_ranges_clear(&there);
    error_clear(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct page_ranges ranges = {0};
    struct error err = ERROR_INIT;
    char next[PAGE_MARKER];
    char *text = fuzz_text(data, size);
    int result = page_list_read(text, size, &ranges, next, &err);
    fuzz_require(strlen(next) < sizeof next, "a marker ends");
    fuzz_require((result == 0) == (err.code == ERROR_NONE), "a refusal says why");
    check_ranges(&ranges);
    check_pieces(&ranges);
    page_ranges_clear(&ranges);
    error_clear(&err);
    free(text);
    return 0;
}
