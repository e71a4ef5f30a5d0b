/* SPDX-License-Identifier: Apache-2.0 */
/* Where a machine may stand: zones in turn, and what to try when there is no capacity. */
#ifndef FLEXHOST_RULES_SPREAD_H
#define FLEXHOST_RULES_SPREAD_H

#include <stddef.h>

/* A size and the zones of the region that offer it. A region without zones: zone_count 0. */
struct spread_size {
    const char *size;
    const char *const *zones;
    size_t zone_count;
};

struct placement {
    const char *size;
    const char *zone; /* NULL: the region chooses */
};

/* How many places there are for these sizes in all. */
size_t spread_places(const struct spread_size *sizes, size_t count);

/* After how many machines the places come again in the same order; at most `most` is told. */
size_t spread_period(const struct spread_size *sizes, size_t count, size_t most);

/* Fills the places for the machine with this number, the one to try first in front: its zone in
 * turn, the other zones, then each backup size over the zones in the same order. Returns how many
 * were filled, at most `room`. */
size_t spread_alternatives(const struct spread_size *sizes, size_t count, size_t machine,
                           struct placement *places, size_t room);

#endif
