/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays that grow in an arena: what they outgrow is freed with the arena. */
#ifndef FLEXHOST_CONFIG_ARRAY_H
#define FLEXHOST_CONFIG_ARRAY_H

#include "base/arena.h"

#include <stddef.h>

/* Makes room for one more item behind the `count` that are there. Returns the (perhaps moved)
 * array, NULL without memory. */
void *array_room(struct arena *arena, void *items, size_t count, size_t *room, size_t item_size);

#endif
