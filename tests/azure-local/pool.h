/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that lives as long as one exchange, and checked allocation for the rest. */
#ifndef AZURE_LOCAL_POOL_H
#define AZURE_LOCAL_POOL_H

#include <stdarg.h>
#include <stddef.h>

struct pool_chunk;

struct pool {
    struct pool_chunk *chunks;
};

void *pool_alloc(struct pool *pool, size_t size);
char *pool_copy(struct pool *pool, const char *text, size_t length);
char *pool_text(struct pool *pool, const char *text);
char *pool_lower(struct pool *pool, const char *text);
char *pool_print(struct pool *pool, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *pool_vprint(struct pool *pool, const char *format, va_list list)
    __attribute__((format(printf, 2, 0)));
void pool_empty(struct pool *pool);

/* A simulation that ran out of memory has nothing to say: these end the program. */
void *must_alloc(size_t size);
void *must_grow(void *old, size_t size);
char *must_copy(const char *text);
char *must_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
