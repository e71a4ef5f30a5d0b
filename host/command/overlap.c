/* SPDX-License-Identifier: Apache-2.0 */
/* Occupied address ranges against every known one. */
#include "command/overlap.h"

#include "base/arena.h"
#include "rules/address.h"

#include <stdlib.h>
#include <string.h>

/* Zero-initialise. */
struct claims {
    struct arena arena; /* owners */
    struct address_claim *items;
    size_t count;
    size_t room;
    const char *except; /* the subject itself */
    bool failed;
};

static void add(struct claims *claims, const char *range, const char *owner)
{
    struct cidr cidr;
    if (!range || cidr_parse(NULL, range, &cidr, NULL) < 0)
        return; /* not IPv4: nothing that ours could overlap */
    if (claims->count == claims->room) {
        size_t room = claims->room ? 2 * claims->room : 32;
        struct address_claim *items = realloc(claims->items, room * sizeof *items);
        claims->failed |= items == NULL;
        if (!items)
            return;
        claims->items = items;
        claims->room = room;
    }
    claims->items[claims->count++] = (struct address_claim){cidr, owner};
}

static void add_value(struct claims *claims, const json_t *value, const char *owner)
{
    size_t i;
    json_t *item;
    if (json_is_array(value))
        json_array_foreach(value, i, item) add(claims, json_string_value(item), owner);
    else
        add(claims, json_string_value(value), owner);
}

/* A subject writes down what it occupies when it is created, so that no plugin is needed to know it
 * later. */
static bool add_record(void *context, const struct record *record)
{
    struct claims *claims = context;
    if (strcmp(record->id, claims->except) == 0)
        return true;
    json_t *data = json_loads(record->data, 0, NULL);
    const char *owner = arena_printf(&claims->arena, "the connection \"%s\"", record->name);
    claims->failed |= owner == NULL;
    add_value(claims, json_object_get(json_object_get(data, "internal"), "occupies"), owner);
    json_decref(data);
    return owner != NULL;
}

static void add_fields(struct claims *claims, const struct plugin *plugin, const json_t *request)
{
    const json_t *fields = json_object_get(request, "fields");
    for (uint32_t i = 0; i < plugin->entry.field_count; i++) {
        const struct fh_field *field = &plugin->entry.fields[i];
        if (field->flags & FH_FIELD_OCCUPIES)
            add_value(claims, json_object_get(fields, field->name),
                      arena_printf(&claims->arena, "--%s", field->name));
    }
}

static int add_records(struct context *context, struct claims *taken, struct error *err)
{
    struct store *store = context_store(context, err);
    struct record_filter filter = {.kind = "connection"};
    return store ? store->ops->record_each(store, &filter, add_record, taken, err) : -1;
}

static int add_taken(struct context *context, struct claims *taken, const struct claim *claims,
                     size_t count, struct error *err)
{
    const struct config *config = context_config(context, err);
    if (!config || add_records(context, taken, err) < 0)
        return -1;
    char text[CIDR_TEXT];
    for (size_t i = 0; i < config->on_premises_count; i++) {
        cidr_format(config->on_premises[i].range, text);
        add(taken, text, config->on_premises[i].owner);
    }
    for (size_t i = 0; i < count; i++)
        add(taken, claims[i].cidr, claims[i].owner);
    return 0;
}

static int compare(const struct claims *wanted, const struct claims *taken, struct error *err)
{
    if (wanted->failed || taken->failed)
        return error_no_memory(err);
    if (wanted->count == 0)
        return 0;
    return address_check_free(NULL, wanted->items, wanted->count, taken->items, taken->count, err);
}

static void clear(struct claims *claims)
{
    free(claims->items);
    arena_free(&claims->arena);
}

int overlap_check(struct context *context, const struct plugin *plugin, const json_t *request,
                  const struct claim *claims, size_t claim_count, struct error *err)
{
    const char *id = json_string_value(json_object_get(request, "id"));
    struct claims wanted = {.except = id};
    struct claims taken = {.except = id};
    add_fields(&wanted, plugin, request);
    int result = wanted.count ? add_taken(context, &taken, claims, claim_count, err) : 0;
    if (result == 0)
        result = compare(&wanted, &taken, err);
    clear(&wanted);
    clear(&taken);
    return result;
}

int overlap_check_recorded(struct context *context, const struct subject *subject,
                           struct error *err)
{
    const json_t *internal = json_object_get(subject->data, "internal");
    struct claims wanted = {.except = subject->record.id};
    struct claims taken = {.except = subject->record.id};
    add_value(&wanted, json_object_get(internal, "occupies"), "this connection");
    int result = wanted.count ? add_records(context, &taken, err) : 0;
    if (result == 0)
        result = compare(&wanted, &taken, err);
    clear(&wanted);
    clear(&taken);
    return result;
}

static void preview_one(struct context *context, const char *field, const char *range)
{
    struct cidr cidr;
    struct cidr_preview preview;
    if (!range || cidr_parse(NULL, range, &cidr, NULL) < 0)
        return;
    cidr_preview(cidr, &preview);
    context_remark(context, "--%s %s: %s to %s, %llu addresses for machines", field, range,
                   preview.first, preview.last, (unsigned long long)preview.for_machines);
}

void overlap_preview(struct context *context, const struct plugin *plugin, const json_t *request)
{
    const json_t *fields = json_object_get(request, "fields");
    for (uint32_t i = 0; i < plugin->entry.field_count; i++) {
        const struct fh_field *field = &plugin->entry.fields[i];
        const json_t *value = json_object_get(fields, field->name);
        if (!(field->flags & FH_FIELD_OCCUPIES) || !value)
            continue;
        size_t j;
        json_t *item;
        if (json_is_array(value))
            json_array_foreach(value, j, item)
                preview_one(context, field->name, json_string_value(item));
        else
            preview_one(context, field->name, json_string_value(value));
    }
}
