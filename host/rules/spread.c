/* SPDX-License-Identifier: Apache-2.0 */
/* Where a machine may stand. */
#include "rules/spread.h"

static size_t places_of(const struct spread_size *size)
{
    return size->zone_count ? size->zone_count : 1;
}

size_t spread_places(const struct spread_size *sizes, size_t count)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += places_of(&sizes[i]);
    return total;
}

size_t spread_period(const struct spread_size *sizes, size_t count, size_t most)
{
    size_t period = 1;
    for (size_t i = 0; i < count && period < most; i++) {
        size_t step = period;
        while (period % places_of(&sizes[i]) != 0 && period < most)
            period += step;
    }
    return most && period > most ? most : period;
}

size_t spread_alternatives(const struct spread_size *sizes, size_t count, size_t machine,
                           struct placement *places, size_t room)
{
    size_t filled = 0;
    for (size_t i = 0; i < count; i++) {
        size_t turns = places_of(&sizes[i]);
        for (size_t turn = 0; turn < turns && filled < room; turn++) {
            const char *zone =
                sizes[i].zone_count ? sizes[i].zones[(machine + turn) % turns] : NULL;
            places[filled++] = (struct placement){sizes[i].size, zone};
        }
    }
    return filled;
}
