/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table from text to pointer. */
#ifndef AZURE_LOCAL_TABLE_H
#define AZURE_LOCAL_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct table_entry {
    struct table_entry *next;
    uint64_t hash;
    void *value;
    char key[];
};

struct table {
    struct table_entry **slots;
    size_t slot_count;
    size_t count;
};

uint64_t hash_text(const char *text, uint64_t seed);
void *table_get(const struct table *table, const char *key);
/* Replaces what was there; the caller owns the values. */
void table_put(struct table *table, const char *key, void *value);
void *table_take(struct table *table, const char *key);
/* Walks every entry: start with NULL. The entry given may not be taken meanwhile. */
struct table_entry *table_next(const struct table *table, const struct table_entry *at);
void table_end(struct table *table, void (*release)(void *value));

#endif
