/* SPDX-License-Identifier: Apache-2.0 */
/* Which pages of a page blob hold data: ranges kept compactly, what one blob lacks of another, and
 * the answers that tell them. Pure: no state, no network; every byte of an answer is hostile. */
#ifndef FLEXHOST_AZURE_PAGES_H
#define FLEXHOST_AZURE_PAGES_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PAGE_SIZE = 512,
    PAGE_RANGES_MOST = 1000 * 1000, /* 16 bytes each */
    PAGE_MARKER = 1024
};

/* Azure's most of a page blob, 8 TiB. */
#define PAGE_BLOB_MOST (UINT64_C(8) << 40)

/* Bytes first..end-1. */
struct page_range {
    uint64_t first;
    uint64_t end;
};

/* Ascending and apart from one another: adjacent ones are merged. Zero-initialise. */
struct page_ranges {
    struct page_range *items;
    size_t count, room;
};

void page_ranges_clear(struct page_ranges *ranges);
/* Refuses what is no whole page, is empty, or does not come behind those that are there. */
int page_ranges_add(struct page_ranges *ranges, struct page_range range, struct error *err);
uint64_t page_ranges_bytes(const struct page_ranges *ranges);

/* Walks through what `wanted` holds and `there` does not. Zero-initialise but for these two. */
struct page_gaps {
    const struct page_ranges *wanted;
    const struct page_ranges *there;
    size_t at, beside;
    uint64_t from; /* all before it is done */
};

/* The next piece, of at most so many bytes; false when there is none. */
bool page_gaps_next(struct page_gaps *gaps, uint64_t most, struct page_range *piece);
uint64_t page_gaps_bytes(const struct page_ranges *wanted, const struct page_ranges *there);

/* Reads an answer to Get Page Ranges and adds its ranges. next: the marker of the next answer, ""
 * when this is the last. */
int page_list_read(const char *text, size_t length, struct page_ranges *ranges,
                   char next[PAGE_MARKER], struct error *err);

#endif
