/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that lives as long as one call or one plan and is freed at once. */
#ifndef FLEXHOST_BASE_ARENA_H
#define FLEXHOST_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena_block;

/* Zero-initialise. */
struct arena {
    struct arena_block *blocks;
};

/* Zeroed and aligned for any type; NULL without memory. */
void *arena_alloc(struct arena *arena, size_t size);
char *arena_copy(struct arena *arena, const char *string);
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
void arena_free(struct arena *arena);

#endif
