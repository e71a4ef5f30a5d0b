/* SPDX-License-Identifier: Apache-2.0 */
/* A chain of chunks, freed together. */
#include "pool.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 4096 };

struct pool_chunk {
    struct pool_chunk *next;
    size_t used;
    size_t size;
    _Alignas(max_align_t) char data[];
};

void *must_alloc(size_t size)
{
    return must_grow(NULL, size);
}

void *must_grow(void *old, size_t size)
{
    void *memory = realloc(old, size ? size : 1);

    if (!memory) {
        fputs("azure-local: out of memory\n", stderr);
        abort();
    }
    if (!old)
        memset(memory, 0, size);
    return memory;
}

char *must_copy(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(must_alloc(size), text, size);
}

char *must_print(const char *format, ...)
{
    va_list list;
    char *text = NULL;
    int length;

    va_start(list, format);
    length = vasprintf(&text, format, list);
    va_end(list);
    if (length < 0) {
        fputs("azure-local: out of memory\n", stderr);
        abort();
    }
    return text;
}

void *pool_alloc(struct pool *pool, size_t size)
{
    size_t align = _Alignof(max_align_t);
    size_t need = (size + align - 1) / align * align;
    struct pool_chunk *chunk = pool->chunks;
    void *memory;

    if (!chunk || chunk->size - chunk->used < need) {
        size_t room = need > CHUNK ? need : CHUNK;

        chunk = must_alloc(sizeof *chunk + room);
        chunk->size = room;
        chunk->next = pool->chunks;
        pool->chunks = chunk;
    }
    memory = chunk->data + chunk->used;
    chunk->used += need;
    return memory; /* zeroed with its chunk */
}

char *pool_copy(struct pool *pool, const char *text, size_t length)
{
    char *copy = pool_alloc(pool, length + 1);

    if (length)
        memcpy(copy, text, length);
    return copy;
}

char *pool_text(struct pool *pool, const char *text)
{
    return text ? pool_copy(pool, text, strlen(text)) : NULL;
}

char *pool_lower(struct pool *pool, const char *text)
{
    char *copy = pool_text(pool, text);

    for (char *at = copy; at && *at; at++)
        *at = (char)tolower((unsigned char)*at);
    return copy;
}

char *pool_vprint(struct pool *pool, const char *format, va_list list)
{
    va_list again;
    int length;
    char *text;

    va_copy(again, list);
    length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0)
        return pool_text(pool, "");
    text = pool_alloc(pool, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, list);
    return text;
}

char *pool_print(struct pool *pool, const char *format, ...)
{
    va_list list;
    char *text;

    va_start(list, format);
    text = pool_vprint(pool, format, list);
    va_end(list);
    return text;
}

void pool_empty(struct pool *pool)
{
    while (pool->chunks) {
        struct pool_chunk *next = pool->chunks->next;

        free(pool->chunks);
        pool->chunks = next;
    }
}
