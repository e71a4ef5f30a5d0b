/* SPDX-License-Identifier: Apache-2.0 */
/* A set of names without regard to case: open addressing, never more than half full. */
#include "rules/name_set.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static uint64_t hash(const char *name)
{
    uint64_t value = UINT64_C(14695981039346656037); /* FNV-1a */
    for (; *name; name++) {
        unsigned char c = (unsigned char)*name;
        value ^= c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
        value *= UINT64_C(1099511628211);
    }
    return value;
}

/* Where the name is, or the empty slot where it belongs. */
static size_t find(char **slots, size_t room, const char *name)
{
    size_t at = (size_t)hash(name) & (room - 1);
    while (slots[at] && strcasecmp(slots[at], name) != 0)
        at = (at + 1) & (room - 1);
    return at;
}

static int grow(struct name_set *set)
{
    size_t room = set->room ? set->room * 2 : 64;
    char **slots = calloc(room, sizeof *slots);
    if (!slots)
        return -1;
    for (size_t i = 0; i < set->room; i++)
        if (set->slots[i])
            slots[find(slots, room, set->slots[i])] = set->slots[i];
    free(set->slots);
    set->slots = slots;
    set->room = room;
    return 0;
}

int name_set_add(struct name_set *set, const char *name)
{
    if ((set->count + 1) * 2 > set->room && grow(set) < 0)
        return -1;
    size_t at = find(set->slots, set->room, name);
    if (set->slots[at])
        return 0;
    set->slots[at] = strdup(name);
    if (!set->slots[at])
        return -1;
    set->count++;
    return 1;
}

bool name_set_has(const struct name_set *set, const char *name)
{
    return set->room && set->slots[find(set->slots, set->room, name)];
}

bool name_set_taken(void *data, const char *name)
{
    return name_set_has(data, name);
}

void name_set_free(struct name_set *set)
{
    for (size_t i = 0; i < set->room; i++)
        free(set->slots[i]);
    free(set->slots);
    memset(set, 0, sizeof *set);
}
