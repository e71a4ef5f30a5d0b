/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges of IPv4 addresses. */
#include "cidr.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum cidr_fault cidr_parse(const char *text, struct cidr *out)
{
    const char *slash = text ? strchr(text, '/') : NULL;
    char address[INET_ADDRSTRLEN];
    struct in_addr in;
    uint32_t mask;
    char *end;
    long bits;

    if (!slash || (size_t)(slash - text) >= sizeof address)
        return CIDR_MALFORMED;
    memcpy(address, text, (size_t)(slash - text));
    address[slash - text] = '\0';
    bits = strtol(slash + 1, &end, 10);
    if (inet_pton(AF_INET, address, &in) != 1 || end == slash + 1 || *end || bits < 0 || bits > 32)
        return CIDR_MALFORMED;
    mask = bits ? ~UINT32_C(0) << (32 - bits) : 0;
    out->first = ntohl(in.s_addr) & mask;
    out->last = out->first | ~mask;
    out->bits = (int)bits;
    return out->first == ntohl(in.s_addr) ? CIDR_GOOD : CIDR_HOST_BITS;
}

bool cidr_overlaps(const struct cidr *a, const struct cidr *b)
{
    return a->first <= b->last && b->first <= a->last;
}

bool cidr_inside(const struct cidr *inner, const struct cidr *outer)
{
    return inner->first >= outer->first && inner->last <= outer->last;
}

char *address_text(struct pool *pool, uint32_t address)
{
    return pool_print(pool, "%u.%u.%u.%u", address >> 24, (address >> 16) & 255,
                      (address >> 8) & 255, address & 255);
}

char *cidr_text(struct pool *pool, const struct cidr *cidr)
{
    return pool_print(pool, "%s/%d", address_text(pool, cidr->first), cidr->bits);
}
