/* SPDX-License-Identifier: Apache-2.0 */
/* Address ranges of networks: usable in Azure, and free among all that are known. */
#include "command/overlap.h"

#include "base/arena.h"
#include "base/text.h"
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

/* What lies behind another connection: what its plugin found in use, and where its routes lead
 * through a gateway. */
static void add_learned(struct claims *claims, const char *name, const json_t *internal,
                        const json_t *fields)
{
    size_t i;
    const json_t *item;
    json_array_foreach(json_object_get(internal, "claims"), i, item)
        add(claims, json_string_value(json_object_get(item, "cidr")),
            arena_printf(&claims->arena, "%s, behind the connection \"%s\"",
                         json_string_value(json_object_get(item, "owner")), name));
    json_array_foreach(json_object_get(fields, "route"), i, item)
    {
        const char *hop = json_string_value(json_object_get(item, "next-hop-type"));
        const char *destination = json_string_value(json_object_get(item, "destination"));
        bool everything = destination && strcmp(destination, "0.0.0.0/0") == 0;
        if (hop && strcmp(hop, "VirtualNetworkGateway") == 0 && !everything)
            add(claims, destination,
                arena_printf(&claims->arena, "the route \"%s\" of the connection \"%s\"",
                             json_string_value(json_object_get(item, "name")), name));
    }
}

/* A subject writes down what it occupies when it is created, so that no plugin is needed to know it
 * later. */
static bool add_record(void *context, const struct record *record)
{
    struct claims *claims = context;
    if (strcmp(record->id, claims->except) == 0)
        return true;
    json_t *data = json_loads(record->data, 0, NULL);
    const json_t *internal = json_object_get(data, "internal");
    const char *owner = arena_printf(&claims->arena, "the connection \"%s\"", record->name);
    claims->failed |= owner == NULL;
    add_value(claims, json_object_get(internal, "occupies"), owner);
    add_learned(claims, record->name, internal, json_object_get(data, "fields"));
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

json_t *overlap_ranges(const struct plugin *plugin, const json_t *fields)
{
    json_t *ranges = json_array();
    for (uint32_t i = 0; i < plugin->entry.field_count; i++) {
        const struct fh_field *field = &plugin->entry.fields[i];
        json_t *value = json_object_get(fields, field->name);
        if (!(field->flags & FH_FIELD_OCCUPIES) || !value)
            continue;
        if (json_is_array(value))
            json_array_extend(ranges, value);
        else
            json_array_append(ranges, value);
    }
    return ranges;
}

/* ---- ranges that no network may have --------------------------------------------------------- */

/* Well-known: the machines' addresses. A network that nothing reaches occupies none, but it has
 * addresses all the same. */
static const char machines[] = "address-range";

static bool is_network(const struct fh_field *field)
{
    return (field->flags & FH_FIELD_OCCUPIES) || strcmp(field->name, machines) == 0;
}

static bool is_automatic(const json_t *value)
{
    const char *text = json_string_value(value);
    return text && strncmp(text, "auto:/", 6) == 0;
}

static void refuse_unusable(const char *field, const json_t *value, struct text *problems)
{
    struct error err = ERROR_INIT;
    struct cidr cidr;
    const char *range = json_string_value(value);
    if (range && !is_automatic(value) && cidr_parse(NULL, range, &cidr, NULL) == 0 &&
        address_check_network_range(NULL, cidr, &err) < 0)
        text_printf(problems, "%s--%s: %s", problems->length ? "\n" : "", field, error_text(&err));
    error_clear(&err);
}

int overlap_check_usable(const struct plugin *plugin, const json_t *fields, struct error *err)
{
    struct text problems = {0};
    size_t i;
    json_t *item;
    for (uint32_t field = 0; field < plugin->entry.field_count; field++) {
        const char *name = plugin->entry.fields[field].name;
        json_t *value = json_object_get(fields, name);
        if (!is_network(&plugin->entry.fields[field]))
            continue;
        refuse_unusable(name, value, &problems);
        json_array_foreach(value, i, item) refuse_unusable(name, item, &problems);
    }
    if (problems.length)
        error_set(err, ERROR_USAGE, NULL, "%s", text_get(&problems));
    int result = problems.length ? -1 : 0;
    text_free(&problems);
    return result;
}

/* ---- what a plugin found in use -------------------------------------------------------------- */

static bool add_occupied(void *context, const struct record *record)
{
    json_t *data = json_loads(record->data, 0, NULL);
    add_value(context, json_object_get(json_object_get(data, "internal"), "occupies"), "");
    json_decref(data);
    return true;
}

static bool is_known(const struct claims *known, const char *range)
{
    struct cidr cidr;
    if (cidr_parse(NULL, range, &cidr, NULL) < 0)
        return false;
    for (size_t i = 0; i < known->count; i++)
        if (known->items[i].range.first == cidr.first &&
            known->items[i].range.prefix == cidr.prefix)
            return true;
    return false;
}

json_t *overlap_learned(struct context *context, const struct plugin_check *check,
                        struct error *err)
{
    struct store *store = context_store(context, err);
    const struct record_filter filter = {.kind = "connection"};
    struct claims known = {0};
    json_t *learned = json_array();
    int result = store ? store->ops->record_each(store, &filter, add_occupied, &known, err) : -1;
    if (result == 0 && (known.failed || !learned))
        result = error_no_memory(err);
    for (size_t i = 0; result == 0 && i < check->claim_count; i++)
        if (!is_known(&known, check->claims[i].cidr))
            json_array_append_new(learned, json_pack("{s:s, s:s}", "cidr", check->claims[i].cidr,
                                                     "owner", check->claims[i].owner));
    clear(&known);
    if (result < 0) {
        json_decref(learned);
        learned = NULL;
    }
    return learned;
}

/* ---- picking a free one ---------------------------------------------------------------------- */

/* NULL with err set when none is free; what is picked counts as taken from then on. */
static json_t *pick(struct claims *taken, const json_t *automatic, struct error *err)
{
    struct cidr found;
    char text[CIDR_TEXT];
    unsigned prefix = (unsigned)strtoul(json_string_value(automatic) + 6, NULL, 10);
    if (address_next_free(prefix, taken->items, taken->count, NULL, 0, &found, err) < 0)
        return NULL;
    cidr_format(found, text);
    add(taken, text, "a range that was just picked");
    if (taken->failed)
        error_no_memory(err);
    return taken->failed ? NULL : json_string(text);
}

static int pick_field(struct claims *taken, json_t *fields, const char *name, bool *chosen,
                      struct error *err)
{
    json_t *value = json_object_get(fields, name);
    size_t count = json_is_array(value) ? json_array_size(value) : 0;
    if (is_automatic(value)) {
        *chosen = true;
        json_t *range = pick(taken, value, err);
        return range ? json_object_set_new(fields, name, range) : -1;
    }
    for (size_t i = 0; i < count; i++) {
        if (!is_automatic(json_array_get(value, i)))
            continue;
        *chosen = true;
        json_t *range = pick(taken, json_array_get(value, i), err);
        if (!range || json_array_set_new(value, i, range) < 0)
            return -1;
    }
    return 0;
}

int overlap_choose(struct context *context, const struct plugin *plugin, json_t *request,
                   const struct claim *claims, size_t claim_count, bool *chosen, struct error *err)
{
    struct claims taken = {.except = json_string_value(json_object_get(request, "id"))};
    json_t *fields = json_object_get(request, "fields");
    *chosen = false;
    add_fields(&taken, plugin, request);
    int result = add_taken(context, &taken, claims, claim_count, err);
    for (uint32_t i = 0; result == 0 && i < plugin->entry.field_count; i++)
        if (plugin->entry.fields[i].flags & FH_FIELD_OCCUPIES)
            result = pick_field(&taken, fields, plugin->entry.fields[i].name, chosen, err);
    clear(&taken);
    return result;
}

/* ---- previews -------------------------------------------------------------------------------- */

static void preview_one(struct context *context, const char *field, const char *range)
{
    struct cidr cidr;
    struct cidr_preview preview;
    if (!range || cidr_parse(NULL, range, &cidr, NULL) < 0)
        return;
    cidr_preview(cidr, &preview);
    context_remark(context, "--%s %s: %s to %s, %llu addresses%s", field, range, preview.first,
                   preview.last, (unsigned long long)preview.for_machines,
                   strcmp(field, machines) == 0 ? " for machines" : "");
}

static void preview_field(struct context *context, const char *name, const json_t *value,
                          const json_t *previous)
{
    size_t i;
    json_t *item;
    if (json_equal(value, previous))
        return;
    if (!json_is_array(value))
        preview_one(context, name, json_string_value(value));
    json_array_foreach((json_t *)value, i, item)
    {
        bool known = false;
        for (size_t j = 0; j < json_array_size(previous); j++)
            known |= json_equal(item, json_array_get(previous, j));
        if (!known)
            preview_one(context, name, json_string_value(item));
    }
}

void overlap_preview(struct context *context, const struct plugin *plugin, const json_t *request)
{
    const json_t *fields = json_object_get(request, "fields");
    const json_t *previous = json_object_get(request, "previous");
    for (uint32_t i = 0; i < plugin->entry.field_count; i++) {
        const struct fh_field *field = &plugin->entry.fields[i];
        const json_t *value = json_object_get(fields, field->name);
        if ((field->flags & FH_FIELD_OCCUPIES) && value)
            preview_field(context, field->name, value, json_object_get(previous, field->name));
    }
}

json_t *overlap_describe(const char *range)
{
    struct cidr cidr;
    struct cidr_preview preview;
    if (cidr_parse(NULL, range, &cidr, NULL) < 0)
        return json_pack("{s:s}", "range", range);
    cidr_preview(cidr, &preview);
    return json_pack("{s:s, s:s, s:s, s:I, s:I}", "range", range, "first", preview.first, "last",
                     preview.last, "addresses", (json_int_t)preview.addresses, "forMachines",
                     (json_int_t)preview.for_machines);
}

static void add_conflicts(json_t *line, struct cidr range, const struct claims *taken)
{
    json_t *conflicts = json_array();
    for (size_t i = 0; i < taken->count; i++) {
        char text[CIDR_TEXT];
        if (!cidr_overlaps(range, taken->items[i].range))
            continue;
        cidr_format(taken->items[i].range, text);
        json_array_append_new(conflicts, json_sprintf("%s (%s)", text, taken->items[i].owner));
    }
    struct cidr found;
    char text[CIDR_TEXT];
    if (json_array_size(conflicts) &&
        address_next_free(range.prefix, taken->items, taken->count, NULL, 0, &found, NULL) == 0) {
        cidr_format(found, text);
        json_object_set_new(line, "proposal", json_string(text));
    }
    json_object_set_new(line, "conflicts", conflicts);
}

json_t *overlap_examine(struct context *context, const char *range, const struct claim *claims,
                        size_t claim_count, struct error *err)
{
    struct claims taken = {.except = ""};
    json_t *line = NULL;
    json_t *typed = json_string(range);
    json_t *picked = NULL;
    struct cidr cidr;
    int result = add_taken(context, &taken, claims, claim_count, err);
    size_t known = taken.count;
    if (result == 0 && is_automatic(typed)) {
        picked = pick(&taken, typed, err);
        range = json_string_value(picked);
        taken.count = known;
        result = picked ? 0 : -1;
    }
    if (result == 0 && cidr_parse("--range", range, &cidr, err) == 0 &&
        address_check_network_range("--range", cidr, err) == 0) {
        line = overlap_describe(range);
        add_conflicts(line, cidr, &taken);
    }
    json_decref(picked);
    json_decref(typed);
    clear(&taken);
    return line;
}
