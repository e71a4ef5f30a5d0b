/* SPDX-License-Identifier: Apache-2.0 */
/* How many requests came, of which kind, and from whom. */
#ifndef AZURE_LOCAL_COUNT_H
#define AZURE_LOCAL_COUNT_H

#include "sim.h"

struct counts {
    long long total, throttled, violations, duplicates, errors;
    struct table methods, operations, principals; /* to long long */
};

struct counts *counts_new(void);
void counts_end(struct counts *counts);
void counts_reset(struct counts *counts);
/* Once for each ARM request, when it has its answer. */
void count_exchange(struct exchange *x);
void count_duplicate(struct exchange *x);
json_t *counts_show(const struct counts *counts);

#endif
