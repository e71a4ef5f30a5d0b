/* SPDX-License-Identifier: Apache-2.0 */
/* Separate chaining, doubled at one entry a slot. */
#include "table.h"

#include "pool.h"

#include <stdlib.h>
#include <string.h>

uint64_t hash_text(const char *text, uint64_t seed)
{
    uint64_t hash = 0xcbf29ce484222325ULL ^ seed;

    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3ULL;
    hash ^= hash >> 32;
    hash *= 0x9e3779b97f4a7c15ULL;
    return hash ^ (hash >> 29);
}

static struct table_entry **find(const struct table *table, const char *key, uint64_t hash)
{
    struct table_entry **at = &table->slots[hash & (table->slot_count - 1)];

    while (*at && ((*at)->hash != hash || strcmp((*at)->key, key) != 0))
        at = &(*at)->next;
    return at;
}

static void grow(struct table *table)
{
    size_t count = table->slot_count ? table->slot_count * 2 : 64;
    struct table_entry **slots = must_alloc(count * sizeof(struct table_entry *));

    for (size_t i = 0; i < table->slot_count; i++) {
        struct table_entry *entry = table->slots[i];

        while (entry) {
            struct table_entry *next = entry->next;
            struct table_entry **slot = &slots[entry->hash & (count - 1)];

            entry->next = *slot;
            *slot = entry;
            entry = next;
        }
    }
    free(table->slots);
    table->slots = slots;
    table->slot_count = count;
}

void *table_get(const struct table *table, const char *key)
{
    struct table_entry *entry;

    if (!table->count || !key)
        return NULL;
    entry = *find(table, key, hash_text(key, 0));
    return entry ? entry->value : NULL;
}

void table_put(struct table *table, const char *key, void *value)
{
    uint64_t hash = hash_text(key, 0);
    struct table_entry **at;
    size_t size;

    if (table->count >= table->slot_count)
        grow(table);
    at = find(table, key, hash);
    if (!*at) {
        size = strlen(key) + 1;
        *at = must_alloc(sizeof **at + size);
        (*at)->hash = hash;
        memcpy((*at)->key, key, size);
        table->count++;
    }
    (*at)->value = value;
}

void *table_take(struct table *table, const char *key)
{
    struct table_entry **at;
    struct table_entry *entry;
    void *value;

    if (!table->count)
        return NULL;
    at = find(table, key, hash_text(key, 0));
    entry = *at;
    if (!entry)
        return NULL;
    value = entry->value;
    *at = entry->next;
    table->count--;
    free(entry);
    return value;
}

struct table_entry *table_next(const struct table *table, const struct table_entry *at)
{
    size_t slot = 0;

    if (at && at->next)
        return at->next;
    if (at)
        slot = (at->hash & (table->slot_count - 1)) + 1;
    for (; slot < table->slot_count; slot++)
        if (table->slots[slot])
            return table->slots[slot];
    return NULL;
}

void table_end(struct table *table, void (*release)(void *value))
{
    for (size_t i = 0; i < table->slot_count; i++) {
        while (table->slots[i]) {
            struct table_entry *entry = table->slots[i];

            table->slots[i] = entry->next;
            if (release)
                release(entry->value);
            free(entry);
        }
    }
    free(table->slots);
    memset(table, 0, sizeof *table);
}
