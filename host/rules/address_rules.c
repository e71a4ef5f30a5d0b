/* SPDX-License-Identifier: Apache-2.0 */
/* What Azure and the product ask of ranges, and which ranges are free. */
#include "base/text.h"
#include "rules/address.h"

#include <stdlib.h>

enum { NETWORK_PREFIX_SHORTEST = 8 };

#define IPV4(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

static const struct {
    struct cidr range;
    const char *what;
} refused_by_azure[] = {
    {{IPV4(0, 0, 0, 0), 8}, "this network"},
    {{IPV4(127, 0, 0, 0), 8}, "loopback"},
    {{IPV4(169, 254, 0, 0), 16}, "link-local, where Azure's instance metadata answers"},
    {{IPV4(168, 63, 129, 16), 32}, "Azure's own DNS and health probes"},
    {{IPV4(224, 0, 0, 0), 4}, "multicast"},
    {{IPV4(240, 0, 0, 0), 4}, "reserved"},
};

static const struct cidr private_pools[] = {
    {IPV4(10, 0, 0, 0), 8},
    {IPV4(172, 16, 0, 0), 12},
    {IPV4(192, 168, 0, 0), 16},
};

int address_check_network_range(const char *field, struct cidr cidr, struct error *err)
{
    char text[CIDR_TEXT];
    cidr_format(cidr, text);
    if (cidr.prefix < NETWORK_PREFIX_SHORTEST)
        return error_set(err, ERROR_USAGE, field,
                         "%s is too large: a network's range has a prefix of /%d or longer", text,
                         NETWORK_PREFIX_SHORTEST);
    for (size_t i = 0; i < sizeof refused_by_azure / sizeof *refused_by_azure; i++) {
        if (!cidr_overlaps(cidr, refused_by_azure[i].range))
            continue;
        char refused[CIDR_TEXT];
        cidr_format(refused_by_azure[i].range, refused);
        return error_set(err, ERROR_USAGE, field,
                         "%s can't be used in a virtual network, because %s is %s: take a private "
                         "range, as in 192.168.0.0/24",
                         text, refused, refused_by_azure[i].what);
    }
    return 0;
}

/* The next free range of the size of the first that is not free. */
static void add_proposal(struct text *text, struct cidr wanted, const struct address_claim *wanteds,
                         size_t wanted_count, const struct address_claim *taken, size_t taken_count)
{
    size_t count = wanted_count + taken_count;
    struct address_claim *all = calloc(count + 1, sizeof *all);
    struct cidr found;
    char free_range[CIDR_TEXT];
    if (!all)
        return;
    for (size_t i = 0; i < count; i++)
        all[i] = i < wanted_count ? wanteds[i] : taken[i - wanted_count];
    if (address_next_free(wanted.prefix, all, count, NULL, 0, &found, NULL) == 0) {
        cidr_format(found, free_range);
        text_printf(text, ", such as %s (auto:/%u takes the next)", free_range, wanted.prefix);
    }
    free(all);
}

static void add_overlap(struct text *text, const struct address_claim *wanted,
                        const struct address_claim *other)
{
    char ours[CIDR_TEXT], theirs[CIDR_TEXT];
    cidr_format(wanted->range, ours);
    cidr_format(other->range, theirs);
    text_printf(text, "%s%s (%s) overlaps %s (%s)", text->length ? "; " : "", ours, wanted->owner,
                theirs, other->owner);
}

int address_check_free(const char *field, const struct address_claim *wanted, size_t wanted_count,
                       const struct address_claim *taken, size_t taken_count, struct error *err)
{
    struct text overlaps = {0};
    const struct address_claim *first = NULL;
    for (size_t i = 0; i < wanted_count; i++) {
        for (size_t j = i + 1; j < wanted_count; j++)
            if (cidr_overlaps(wanted[i].range, wanted[j].range))
                add_overlap(&overlaps, &wanted[i], &wanted[j]);
        for (size_t j = 0; j < taken_count; j++)
            if (cidr_overlaps(wanted[i].range, taken[j].range))
                add_overlap(&overlaps, &wanted[i], &taken[j]);
        if (overlaps.length && !first)
            first = &wanted[i];
    }
    int result = 0;
    if (first) {
        text_add(&overlaps, ": choose a range that is free");
        add_proposal(&overlaps, first->range, wanted, wanted_count, taken, taken_count);
    }
    if (overlaps.failed)
        result = error_no_memory(err);
    else if (first)
        result = error_set(err, ERROR_USAGE, field, "%s", text_get(&overlaps));
    text_free(&overlaps);
    return result;
}

/* The end of the claim that reaches furthest among those that the range overlaps, or NULL. */
static const struct address_claim *furthest_overlap(struct cidr range,
                                                    const struct address_claim *taken, size_t count)
{
    const struct address_claim *furthest = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!cidr_overlaps(range, taken[i].range))
            continue;
        if (!furthest || cidr_last(taken[i].range) > cidr_last(furthest->range))
            furthest = &taken[i];
    }
    return furthest;
}

static bool next_free_in(struct cidr pool, unsigned prefix, const struct address_claim *taken,
                         size_t count, struct cidr *found)
{
    if (prefix < pool.prefix)
        return false;
    uint64_t step = UINT64_C(1) << (32 - prefix);
    uint64_t at = pool.first;
    while (at + step - 1 <= cidr_last(pool)) {
        struct cidr range = {(uint32_t)at, (uint8_t)prefix};
        const struct address_claim *overlap = furthest_overlap(range, taken, count);
        if (!overlap) {
            *found = range;
            return true;
        }
        /* Both ends are aligned, so the next candidate follows the larger of the two. */
        uint64_t behind = (uint64_t)cidr_last(overlap->range) + 1;
        at = behind > at + step ? behind : at + step;
    }
    return false;
}

int address_next_free(unsigned prefix, const struct address_claim *taken, size_t taken_count,
                      const struct cidr *pools, size_t pool_count, struct cidr *found,
                      struct error *err)
{
    if (!pools) {
        pools = private_pools;
        pool_count = sizeof private_pools / sizeof *private_pools;
    }
    if (prefix > 32)
        return error_set(err, ERROR_USAGE, NULL, "/%u is no prefix length: write 0 to 32", prefix);
    for (size_t i = 0; i < pool_count; i++)
        if (next_free_in(pools[i], prefix, taken, taken_count, found))
            return 0;
    return error_set(err, ERROR_USAGE, NULL,
                     "no range of size /%u is free: %zu ranges are taken; ask for a smaller range "
                     "or declare fewer on-premises ranges",
                     prefix, taken_count);
}
