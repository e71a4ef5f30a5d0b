/* SPDX-License-Identifier: Apache-2.0 */
/* Sparse bytes in chunks that copies share. */
#include "content.h"

#include "pool.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 65536, CHUNK_PAGES = CHUNK_BYTES / PAGE_BYTES };

struct chunk {
    size_t holders;
    bool written[CHUNK_PAGES];
    char data[CHUNK_BYTES];
};

static void let_go(struct chunk *chunk)
{
    if (chunk && --chunk->holders == 0)
        free(chunk);
}

/* The chunk to write into, of this content alone. */
static struct chunk *own_chunk(struct content *content, size_t index)
{
    struct chunk *chunk, *mine;

    if (index >= content->slots) {
        size_t slots = index + 1 > content->slots * 2 ? index + 1 : content->slots * 2;

        content->chunks = must_grow(content->chunks, slots * sizeof *content->chunks);
        memset(content->chunks + content->slots, 0,
               (slots - content->slots) * sizeof *content->chunks);
        content->slots = slots;
    }
    chunk = content->chunks[index];
    if (chunk && chunk->holders == 1)
        return chunk;
    mine = must_alloc(sizeof *mine);
    if (chunk) {
        memcpy(mine, chunk, sizeof *mine);
        let_go(chunk);
    }
    mine->holders = 1;
    content->chunks[index] = mine;
    return mine;
}

static const struct chunk *chunk_at(const struct content *content, uint64_t at)
{
    size_t index = (size_t)(at / CHUNK_BYTES);

    return index < content->slots ? content->chunks[index] : NULL;
}

static size_t piece_at(uint64_t at, uint64_t size)
{
    uint64_t left = CHUNK_BYTES - at % CHUNK_BYTES;

    return (size_t)(size < left ? size : left);
}

void content_write(struct content *content, uint64_t at, const void *data, size_t size)
{
    const char *from = data;

    if (at + size > content->size)
        content->size = at + size;
    while (size) {
        size_t piece = piece_at(at, size), offset = (size_t)(at % CHUNK_BYTES);
        struct chunk *chunk = own_chunk(content, (size_t)(at / CHUNK_BYTES));

        memcpy(chunk->data + offset, from, piece);
        memset(chunk->written + offset / PAGE_BYTES, true,
               (offset + piece + PAGE_BYTES - 1) / PAGE_BYTES - offset / PAGE_BYTES);
        at += piece;
        from += piece;
        size -= piece;
    }
}

void content_clear(struct content *content, uint64_t at, uint64_t size)
{
    while (size) {
        size_t piece = piece_at(at, size), offset = (size_t)(at % CHUNK_BYTES);
        size_t index = (size_t)(at / CHUNK_BYTES);

        if (chunk_at(content, at) && piece == CHUNK_BYTES) {
            let_go(content->chunks[index]);
            content->chunks[index] = NULL;
        } else if (chunk_at(content, at)) {
            struct chunk *chunk = own_chunk(content, index);

            memset(chunk->data + offset, 0, piece);
            memset(chunk->written + offset / PAGE_BYTES, false, piece / PAGE_BYTES);
        }
        at += piece;
        size -= piece;
    }
}

void content_read(const struct content *content, uint64_t at, void *to, size_t size)
{
    char *out = to;

    while (size) {
        size_t piece = piece_at(at, size);
        const struct chunk *chunk = chunk_at(content, at);

        if (chunk)
            memcpy(out, chunk->data + at % CHUNK_BYTES, piece);
        else
            memset(out, 0, piece);
        at += piece;
        out += piece;
        size -= piece;
    }
}

void content_resize(struct content *content, uint64_t size)
{
    uint64_t all = (uint64_t)content->slots * CHUNK_BYTES;
    uint64_t from = (size + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;

    if (size < content->size && from < all)
        content_clear(content, from, all - from);
    content->size = size;
}

static bool is_written(const struct content *content, uint64_t at)
{
    const struct chunk *chunk = chunk_at(content, at);

    return chunk && chunk->written[at % CHUNK_BYTES / PAGE_BYTES];
}

bool content_run(const struct content *content, uint64_t from, uint64_t until, uint64_t *first,
                 uint64_t *end)
{
    uint64_t at = from - from % PAGE_BYTES;

    if (until > content->size)
        until = content->size;
    while (at < until && !is_written(content, at))
        at += chunk_at(content, at) ? PAGE_BYTES : CHUNK_BYTES - at % CHUNK_BYTES;
    if (at >= until)
        return false;
    *first = at;
    while (at < until && is_written(content, at))
        at += PAGE_BYTES;
    *end = at;
    return true;
}

void content_copy(struct content *to, const struct content *from)
{
    to->size = from->size;
    to->slots = from->slots;
    to->chunks = from->slots ? must_alloc(from->slots * sizeof *to->chunks) : NULL;
    for (size_t i = 0; i < from->slots; i++) {
        to->chunks[i] = from->chunks[i];
        if (to->chunks[i])
            to->chunks[i]->holders++;
    }
}

void content_append(struct content *to, const struct content *from)
{
    char piece[8192];

    for (uint64_t at = 0; at < from->size; at += sizeof piece) {
        size_t size = from->size - at < sizeof piece ? (size_t)(from->size - at) : sizeof piece;

        content_read(from, at, piece, size);
        content_write(to, to->size, piece, size);
    }
}

void content_end(struct content *content)
{
    for (size_t i = 0; i < content->slots; i++)
        let_go(content->chunks[i]);
    free(content->chunks);
    memset(content, 0, sizeof *content);
}
