/* SPDX-License-Identifier: Apache-2.0 */
/* Every resource there is, found by id, by type and by who refers to it. */
#ifndef AZURE_LOCAL_STORE_H
#define AZURE_LOCAL_STORE_H

#include "sim.h"

struct kind;

struct resource {
    const struct kind *kind;
    char *id, *key;
    char *name;
    char *subscription, *group, *location;
    json_t *body;  /* as a GET gives it, without what is inlined from children */
    json_t *facts; /* what the simulation knows and Azure does not show */
    uint64_t order;
    struct op *op; /* in progress */
    struct resource *parent;
    struct resource *first_child, *next_sibling;
    struct resource *previous, *next; /* of the same kind and subscription, by order */
    char **refs;                      /* keys of what the body refers to */
    size_t ref_count;
    int hidden_reads;     /* a fault: answer 404 so many times */
    int64_t hidden_until; /* or so long, on Azure's clock */
    bool deleting;
};

struct shelf {
    struct resource *first, *last;
    size_t count;
};

struct holders {
    struct resource **list;
    size_t count, space;
};

struct store {
    struct table by_key;
    struct table shelves; /* "subscription type" */
    struct table holders; /* key of a resource: who refers to it */
    uint64_t orders;
};

struct resource *store_find(const struct sim *sim, const char *key);
struct resource *store_find_id(struct exchange *x, const char *id);
/* `body` is taken. The parent must be there. */
struct resource *store_add(struct sim *sim, const struct kind *kind, const struct arm_path *path,
                           json_t *body);
/* After a body changed: gathers what it refers to. */
void store_refer(struct sim *sim, struct resource *resource);
/* Removes it with its children. */
void store_remove(struct sim *sim, struct resource *resource);
const struct shelf *store_shelf(const struct sim *sim, const char *subscription, const char *type);
const struct holders *store_holders(const struct sim *sim, const char *key);
/* The first that refers to it and is not `except` or below it; NULL when nobody does. */
struct resource *store_holder(const struct sim *sim, const struct resource *of,
                              const struct resource *except, const char *type);
bool is_below(const struct resource *resource, const struct resource *ancestor);
void store_end(struct store *store);

#endif
