/* SPDX-License-Identifier: Apache-2.0 */
/* What there is of each thing that has a limit. */
#include "command/usage.h"

#include "base/text.h"
#include "command/text_at.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

struct catalog {
    struct location_share share;
    const char *id;
    const char *status;
    const char *operation;
    int64_t machines;
    int64_t created_ms;
};

struct counting {
    struct usage *usage;
    struct store *store;
    struct catalog *catalogs;
    size_t count;
    size_t room;
    bool failed; /* memory ran out */
};

static const char *copy(struct counting *counting, const char *text)
{
    char *copied = text ? arena_copy(&counting->usage->arena, text) : NULL;
    counting->failed |= text && !copied;
    return copied;
}

static struct catalog *next_catalog(struct counting *counting)
{
    if (counting->count == counting->room) {
        size_t room = counting->room ? counting->room * 2 : 32;
        struct catalog *grown = realloc(counting->catalogs, room * sizeof *grown);
        if (!grown) {
            counting->failed = true;
            return NULL;
        }
        counting->catalogs = grown;
        counting->room = room;
    }
    return &counting->catalogs[counting->count++];
}

static bool take_catalog(void *context, const struct record *record)
{
    struct counting *counting = context;
    struct catalog *catalog = next_catalog(counting);
    json_t *data = json_loads(record->data, 0, NULL);
    const char *type = text_at(data, "desktopType");
    const char *connection = text_at(data, "connection");
    if (catalog)
        *catalog =
            (struct catalog){.share = {.connection = copy(counting, connection ? connection : ""),
                                       .domain = copy(counting, text_at(data, "domain")),
                                       .subscription = copy(counting, record->subscription),
                                       .multi_session = type && strcmp(type, "multi-session") == 0,
                                       .users = json_integer_value(json_object_get(data, "users"))},
                             .id = copy(counting, record->id),
                             .status = copy(counting, record->status),
                             .operation = copy(counting, record->operation),
                             .machines = json_integer_value(json_object_get(data, "machines")),
                             .created_ms = record->created_ms};
    json_decref(data);
    return !counting->failed;
}

static int by_creation(const void *a, const void *b)
{
    const struct catalog *first = a, *second = b;
    if (first->created_ms != second->created_ms)
        return first->created_ms < second->created_ms ? -1 : 1;
    return strcmp(first->id, second->id);
}

static bool is_deletion(void *context, const struct operation *operation)
{
    *(bool *)context = strcmp(operation->action, "delete") == 0;
    return false;
}

/* Also when its deletion has failed: nothing will make its machines again. */
static int is_going(struct store *store, const struct catalog *catalog, bool *going,
                    struct error *err)
{
    *going = catalog->status && strcmp(catalog->status, "Deleting") == 0;
    if (*going || !catalog->operation || !catalog->status || strcmp(catalog->status, "Error") != 0)
        return 0;
    struct operation_filter filter = {.id = catalog->operation, .limit = 1};
    return store->ops->operation_each(store, &filter, is_deletion, going, err);
}

/* A part of a machine, such as its domain join, has a key below the machine's. */
static bool count_machine(void *context, const struct journal_step *step)
{
    *(int64_t *)context += strchr(step->key + strlen("machine/"), '/') == NULL;
    return true;
}

static int count_left(struct store *store, struct catalog *catalog, struct error *err)
{
    bool going;
    if (is_going(store, catalog, &going, err) < 0)
        return -1;
    if (!going)
        return 0;
    struct journal_filter filter = {.subject_id = catalog->id, .key_prefix = "machine/"};
    catalog->machines = 0;
    return store->ops->journal_each(store, &filter, count_machine, &catalog->machines, err);
}

static int add_machines(struct usage *usage, const struct catalog *catalog)
{
    char *key = text_lower(catalog->share.subscription ? catalog->share.subscription : "");
    int64_t before = key ? json_integer_value(json_object_get(usage->machines, key)) : 0;
    int result =
        key ? json_object_set_new(usage->machines, key, json_integer(before + catalog->machines))
            : -1;
    free(key);
    return result;
}

static int add_catalog(struct counting *counting, struct catalog *catalog, struct error *err)
{
    struct usage *usage = counting->usage;
    if (count_left(counting->store, catalog, err) < 0)
        return -1;
    const char *domain = catalog->share.domain;
    usage->catalogs++;
    if (add_machines(usage, catalog) < 0 || !location_add(&usage->locations, &catalog->share) ||
        (domain && name_set_add(&usage->domains, domain) < 0))
        return error_no_memory(err);
    return 0;
}

int usage_count(struct context *context, struct usage *usage, struct error *err)
{
    memset(usage, 0, sizeof *usage);
    const struct config *config = context_config(context, err);
    struct counting counting = {.usage = usage};
    counting.store = config ? context_store(context, err) : NULL;
    if (!counting.store)
        return -1;
    usage->machines = json_object();
    usage->locations.arena = &usage->arena;
    usage->locations.most_domains = config->limits.most[LIMIT_LOCATION_DOMAINS];
    struct record_filter filter = {.kind = "catalog"};
    int result =
        counting.store->ops->record_each(counting.store, &filter, take_catalog, &counting, err);
    if (result == 0 && (counting.failed || !usage->machines))
        result = error_no_memory(err);
    if (counting.count)
        qsort(counting.catalogs, counting.count, sizeof *counting.catalogs, by_creation);
    for (size_t i = 0; result == 0 && i < counting.count; i++)
        result = add_catalog(&counting, &counting.catalogs[i], err);
    free(counting.catalogs);
    if (result < 0)
        usage_clear(usage);
    return result;
}

int64_t usage_machines(const struct usage *usage, const char *subscription)
{
    char *key = text_lower(subscription);
    int64_t machines = key ? json_integer_value(json_object_get(usage->machines, key)) : 0;
    free(key);
    return machines;
}

void usage_clear(struct usage *usage)
{
    json_decref(usage->machines);
    name_set_free(&usage->domains);
    arena_free(&usage->arena);
    memset(usage, 0, sizeof *usage);
}
