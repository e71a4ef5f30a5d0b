/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges of IPv4 addresses. */
#ifndef AZURE_LOCAL_CIDR_H
#define AZURE_LOCAL_CIDR_H

#include "pool.h"

#include <stdbool.h>
#include <stdint.h>

struct cidr {
    uint32_t first, last;
    int bits;
};

enum cidr_fault { CIDR_GOOD, CIDR_MALFORMED, CIDR_HOST_BITS };

enum cidr_fault cidr_parse(const char *text, struct cidr *out);
bool cidr_overlaps(const struct cidr *a, const struct cidr *b);
bool cidr_inside(const struct cidr *inner, const struct cidr *outer);
char *cidr_text(struct pool *pool, const struct cidr *cidr);
char *address_text(struct pool *pool, uint32_t address);

#endif
