/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays that grow in an arena. */
#include "config/array.h"

#include <string.h>

void *array_room(struct arena *arena, void *items, size_t count, size_t *room, size_t item_size)
{
    if (count < *room)
        return items;
    size_t larger = *room ? *room * 2 : 8;
    void *grown = arena_alloc(arena, larger * item_size);
    if (!grown)
        return NULL;
    if (count)
        memcpy(grown, items, count * item_size);
    *room = larger;
    return grown;
}
