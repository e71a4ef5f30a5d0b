/* SPDX-License-Identifier: Apache-2.0 */
/* IPv4 addresses and ranges: strict text in, canonical text out, overlaps with their owners. */
#ifndef FLEXHOST_RULES_ADDRESS_H
#define FLEXHOST_RULES_ADDRESS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ADDRESS_TEXT = 16,      /* "255.255.255.255" and a NUL */
    CIDR_TEXT = 19,         /* with "/32" */
    CIDR_AZURE_RESERVED = 5 /* addresses of each subnet that Azure keeps */
};

struct cidr {
    uint32_t first; /* host byte order */
    uint8_t prefix; /* 0 to 32 */
};

struct cidr_preview {
    char first[ADDRESS_TEXT];
    char last[ADDRESS_TEXT];
    uint64_t addresses;
    uint64_t for_machines; /* what Azure leaves, 0 in a range smaller than /29 */
};

/* A range and a few words on where it comes from: "virtual network vnet-hub (10.0.0.0/16)". */
struct address_claim {
    struct cidr range;
    const char *owner;
};

/* `field` is what an error names; NULL if the caller names it. */
int address_parse(const char *field, const char *text, uint32_t *address, struct error *err);
void address_format(uint32_t address, char text[ADDRESS_TEXT]);

/* Refuses host bits, leading zeros and a missing prefix, and says what was probably meant. */
int cidr_parse(const char *field, const char *text, struct cidr *cidr, struct error *err);
void cidr_format(struct cidr cidr, char text[CIDR_TEXT]);
uint32_t cidr_last(struct cidr cidr);
uint64_t cidr_size(struct cidr cidr);
uint64_t cidr_for_machines(struct cidr cidr);
void cidr_preview(struct cidr cidr, struct cidr_preview *preview);
bool cidr_has_address(struct cidr cidr, uint32_t address);
bool cidr_contains(struct cidr outer, struct cidr inner);
bool cidr_overlaps(struct cidr a, struct cidr b);

/* A range of a virtual network: /8 or smaller, and none of the ranges that Azure refuses there. */
int address_check_network_range(const char *field, struct cidr cidr, struct error *err);

/* Refuses `wanted` ranges that overlap one another or a taken one. The error names every overlap:
 * both ranges and the owners. */
int address_check_free(const char *field, const struct address_claim *wanted, size_t wanted_count,
                       const struct address_claim *taken, size_t taken_count, struct error *err);

/* The lowest free range of this size in the pools, tried in their order; without pools (NULL, 0)
 * in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16. */
int address_next_free(unsigned prefix, const struct address_claim *taken, size_t taken_count,
                      const struct cidr *pools, size_t pool_count, struct cidr *found,
                      struct error *err);

#endif
