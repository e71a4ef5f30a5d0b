/* SPDX-License-Identifier: Apache-2.0 */
/* A page of a list, cut into its entries without reading them. Of a thousand machines that are
 * watched a few have come further since the last look: only those are worth the reading. */
#ifndef FLEXHOST_AZURE_PAGE_H
#define FLEXHOST_AZURE_PAGE_H

#include "azure/arm.h"

struct page {
    struct arm_entry *entries; /* they point into the text */
    size_t count;
    bool is_list; /* there is an array "value" */
    json_t *rest; /* what else is needed of it: {"nextLink": "…"} */
};

/* Zero-initialise; free with page_clear. -1: no JSON object, or it breaks off, or no memory. */
int page_cut(const char *text, size_t length, struct page *page);
void page_clear(struct page *page);

#endif
