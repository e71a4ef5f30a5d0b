/* SPDX-License-Identifier: Apache-2.0 */
/* The regions in which machines may run. */
#include "rules/regions.h"

#include "base/text.h"
#include "rules/suggest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { NEAREST = 3, WORTH_NAMING = 3, KEY = 48 };

/* "West US 3", "west-us-3" and "westus3" are one. */
static void fold(const char *text, char key[KEY])
{
    size_t length = 0;
    for (; *text && length < KEY - 1; text++)
        if (*text != ' ' && *text != '-' && *text != '_')
            key[length++] = (char)tolower((unsigned char)*text);
    key[length] = '\0';
}

static bool is_called(const char *name, const char *key)
{
    char folded[KEY];
    if (!name)
        return false;
    fold(name, folded);
    return strcmp(folded, key) == 0;
}

const struct region *region_find(const struct region_table *table, const char *text)
{
    char key[KEY];
    fold(text, key);
    for (size_t i = 0; i < table->count; i++) {
        const struct region *region = &table->regions[i];
        if (is_called(region->name, key) || is_called(region->display, key))
            return region;
    }
    return NULL;
}

static unsigned distance_to(const struct region *region, const char *key)
{
    const char *names[] = {region->name, region->display};
    unsigned nearest = KEY;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char folded[KEY];
        if (!names[i])
            continue;
        fold(names[i], folded);
        unsigned distance = suggest_distance(key, folded);
        /* "westus2" of "westus" is nearer than "eastus". */
        if (*key && strstr(folded, key) && distance > 1)
            distance = 1;
        if (distance < nearest)
            nearest = distance;
    }
    return nearest;
}

/* Fills the nearest regions, the nearest first; returns how many are worth naming. */
static size_t find_nearest(const struct region_table *table, const char *key,
                           const struct region *nearest[NEAREST])
{
    unsigned distances[NEAREST];
    size_t count = 0;
    for (size_t i = 0; i < table->count; i++) {
        unsigned distance = distance_to(&table->regions[i], key);
        if (distance > WORTH_NAMING)
            continue;
        if (count == NEAREST && distances[NEAREST - 1] <= distance)
            continue;
        size_t at = count < NEAREST ? count++ : NEAREST - 1;
        for (; at > 0 && distances[at - 1] > distance; at--) {
            nearest[at] = nearest[at - 1];
            distances[at] = distances[at - 1];
        }
        nearest[at] = &table->regions[i];
        distances[at] = distance;
    }
    return count;
}

const struct region *region_require(const struct region_table *table, const char *field,
                                    const char *text, struct error *err)
{
    const struct region *found = region_find(table, text);
    if (found)
        return found;
    char key[KEY];
    fold(text, key);
    const struct region *nearest[NEAREST];
    size_t count = find_nearest(table, key, nearest);
    struct text words = {0};
    for (size_t i = 0; i < count; i++)
        text_printf(&words, "%s%s (%s)", i ? ", " : "; did you mean ", nearest[i]->name,
                    nearest[i]->display);
    text_add(&words, count ? "?" : "");
    error_set(err, ERROR_USAGE, field,
              "\"%s\" is not a region that this installation offers%s See flexhost region list; a "
              "[region \"NAME\"] section adds one.",
              text, count ? text_get(&words) : ".");
    text_free(&words);
    return NULL;
}
