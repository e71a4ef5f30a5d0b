/* SPDX-License-Identifier: Apache-2.0 */
/* The resource store: an index by id, shelves by type, and references both ways. */
#include "store.h"

#include "kind.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

struct resource *store_find(const struct sim *sim, const char *key)
{
    return table_get(&sim->store->by_key, key);
}

struct resource *store_find_id(struct exchange *x, const char *id)
{
    return id ? store_find(x->sim, pool_lower(&x->pool, id)) : NULL;
}

static char *shelf_key(struct pool *pool, const char *subscription, const char *type)
{
    return pool_lower(pool, pool_print(pool, "%s %s", subscription ? subscription : "", type));
}

const struct shelf *store_shelf(const struct sim *sim, const char *subscription, const char *type)
{
    static const struct shelf none;
    struct pool pool = {0};
    struct shelf *shelf = table_get(&sim->store->shelves, shelf_key(&pool, subscription, type));

    pool_empty(&pool);
    return shelf ? shelf : &none;
}

static struct shelf *shelf_of(struct sim *sim, const struct resource *resource)
{
    struct pool pool = {0};
    char *key = shelf_key(&pool, resource->subscription, resource->kind->type);
    struct shelf *shelf = table_get(&sim->store->shelves, key);

    if (!shelf) {
        shelf = must_alloc(sizeof *shelf);
        table_put(&sim->store->shelves, key, shelf);
    }
    pool_empty(&pool);
    return shelf;
}

struct resource *store_add(struct sim *sim, const struct kind *kind, const struct arm_path *path,
                           json_t *body)
{
    struct resource *resource = must_alloc(sizeof *resource);
    struct shelf *shelf;

    resource->kind = kind;
    resource->id = must_copy(path->id);
    resource->key = must_copy(path->key);
    resource->name = must_copy(path->names ? path->name[path->names - 1] : "");
    resource->subscription = must_copy(path->subscription ? path->subscription : "");
    resource->group = must_copy(path->group ? path->group : "");
    resource->body = body;
    resource->facts = json_object();
    resource->order = ++sim->store->orders;
    resource->parent = path->parent_key ? store_find(sim, path->parent_key) : NULL;
    if (resource->parent) {
        struct resource **at = &resource->parent->first_child;

        while (*at)
            at = &(*at)->next_sibling;
        *at = resource;
    }
    resource->location = must_copy(dig_text(body, "location") ? dig_text(body, "location")
                                   : resource->parent         ? resource->parent->location
                                                              : "");
    shelf = shelf_of(sim, resource);
    resource->previous = shelf->last;
    *(shelf->last ? &shelf->last->next : &shelf->first) = resource;
    shelf->last = resource;
    shelf->count++;
    table_put(&sim->store->by_key, resource->key, resource);
    store_refer(sim, resource);
    return resource;
}

static void let_go(struct sim *sim, struct resource *resource)
{
    for (size_t i = 0; i < resource->ref_count; i++) {
        struct holders *holders = table_get(&sim->store->holders, resource->refs[i]);

        for (size_t k = 0; holders && k < holders->count; k++) {
            if (holders->list[k] == resource) {
                holders->list[k] = holders->list[--holders->count];
                break;
            }
        }
        free(resource->refs[i]);
    }
    free(resource->refs);
    resource->refs = NULL;
    resource->ref_count = 0;
}

static void hold(struct sim *sim, struct resource *resource, char *key)
{
    struct holders *holders;

    for (size_t i = 0; i < resource->ref_count; i++) {
        if (strcmp(resource->refs[i], key) == 0) {
            free(key);
            return;
        }
    }
    holders = table_get(&sim->store->holders, key);
    if (!holders) {
        holders = must_alloc(sizeof *holders);
        table_put(&sim->store->holders, key, holders);
    }
    if (holders->count == holders->space) {
        holders->space = holders->space ? holders->space * 2 : 4;
        holders->list = must_grow(holders->list, holders->space * sizeof(struct resource *));
    }
    holders->list[holders->count++] = resource;
    resource->refs = must_grow(resource->refs, (resource->ref_count + 1) * sizeof(char *));
    resource->refs[resource->ref_count++] = key;
}

/* Every text below "properties" that is a resource id counts as a reference. */
static void gather(struct sim *sim, struct resource *resource, const json_t *json)
{
    const char *name;
    json_t *value;
    size_t i;

    if (json_is_string(json) && starts_with(json_string_value(json), "/subscriptions/")) {
        char *key = must_copy(json_string_value(json));

        for (char *at = key; *at; at++)
            if (*at >= 'A' && *at <= 'Z')
                *at = (char)(*at - 'A' + 'a');
        hold(sim, resource, key);
    }
    json_object_foreach((json_t *)json, name, value) gather(sim, resource, value);
    json_array_foreach(json, i, value) gather(sim, resource, value);
}

void store_refer(struct sim *sim, struct resource *resource)
{
    let_go(sim, resource);
    gather(sim, resource, json_object_get(resource->body, "properties"));
}

static void release(void *value)
{
    struct resource *resource = value;

    for (size_t i = 0; i < resource->ref_count; i++)
        free(resource->refs[i]);
    free(resource->refs);
    json_decref(resource->body);
    json_decref(resource->facts);
    free(resource->id);
    free(resource->key);
    free(resource->name);
    free(resource->subscription);
    free(resource->group);
    free(resource->location);
    free(resource);
}

static void unlink_sibling(struct resource *resource)
{
    struct resource **at = &resource->parent->first_child;

    while (*at && *at != resource)
        at = &(*at)->next_sibling;
    if (*at)
        *at = resource->next_sibling;
}

void store_remove(struct sim *sim, struct resource *resource)
{
    struct shelf *shelf = shelf_of(sim, resource);

    while (resource->first_child)
        store_remove(sim, resource->first_child);
    if (resource->kind->gone)
        resource->kind->gone(sim, resource);
    let_go(sim, resource);
    *(resource->previous ? &resource->previous->next : &shelf->first) = resource->next;
    *(resource->next ? &resource->next->previous : &shelf->last) = resource->previous;
    shelf->count--;
    if (resource->parent)
        unlink_sibling(resource);
    table_take(&sim->store->by_key, resource->key);
    release(resource);
}

const struct holders *store_holders(const struct sim *sim, const char *key)
{
    static const struct holders none;
    struct holders *holders = table_get(&sim->store->holders, key);

    return holders ? holders : &none;
}

bool is_below(const struct resource *resource, const struct resource *ancestor)
{
    for (; resource; resource = resource->parent)
        if (resource == ancestor)
            return true;
    return false;
}

struct resource *store_holder(const struct sim *sim, const struct resource *of,
                              const struct resource *except, const char *type)
{
    const struct holders *holders = store_holders(sim, of->key);

    for (size_t i = 0; i < holders->count; i++) {
        struct resource *holder = holders->list[i];

        if ((!except || !is_below(holder, except)) &&
            (!type || same_text(holder->kind->type, type)))
            return holder;
    }
    return NULL;
}

static void release_holders(void *value)
{
    struct holders *holders = value;

    free(holders->list);
    free(holders);
}

void store_end(struct store *store)
{
    table_end(&store->by_key, release);
    table_end(&store->shelves, free);
    table_end(&store->holders, release_holders);
    free(store);
}
