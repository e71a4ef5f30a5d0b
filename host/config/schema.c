/* SPDX-License-Identifier: Apache-2.0 */
/* Filling a struct from a section, by a table. */
#include "config/schema.h"

#include "config/array.h"
#include "rules/duration.h"
#include "rules/suggest.h"

#include <stdlib.h>
#include <string.h>

struct growing_list {
    struct config_list list;
    size_t room;
};

const char *loading_path(struct loading *loading, const char *path, bool reference)
{
    static const char scheme[] = "file:";
    const char *prefix = "";
    if (reference) {
        if (strncmp(path, scheme, strlen(scheme)) != 0)
            return path;
        prefix = scheme;
        path += strlen(scheme);
    }
    const char *joined =
        *path == '/' || !*loading->folder
            ? arena_printf(loading->arena, "%s%s", prefix, path)
            : arena_printf(loading->arena, "%s%s/%s", prefix, loading->folder, path);
    if (!joined)
        loading->failed = true;
    return joined;
}

/* The checked text in the arena, NULL with *err set. */
static const char *check(struct loading *loading, const struct schema_key *key, const char *text,
                         struct error *err)
{
    struct value_rule rule = {
        .type = key->type,
        .min = key->min,
        .max = key->max,
        .values = key->values,
        .regions = loading->config->regions.count ? &loading->config->regions : NULL,
    };
    size_t length = strlen(text);
    if (length >= 2 && text[0] == '"' && text[length - 1] == '"') {
        error_set(err, ERROR_USAGE, NULL, "a value is written without quotes: remove them");
        return NULL;
    }
    char *normal;
    if (value_check(&rule, text, &normal, err) < 0)
        return NULL;
    const char *kept = arena_copy(loading->arena, normal);
    free(normal);
    if (!kept) {
        loading->failed = true;
        error_no_memory(err);
        return NULL;
    }
    if (key->type == VALUE_PATH || key->type == VALUE_SECRET_REFERENCE)
        return loading_path(loading, kept, key->type == VALUE_SECRET_REFERENCE);
    return kept;
}

static void store(const struct schema_key *key, const char *text, void *base)
{
    char *at = (char *)base + key->offset;
    int64_t number = 0;
    bool truth;
    switch (key->type) {
    case VALUE_INT:
    case VALUE_PORT:
        number = value_int(text);
        memcpy(at, &number, sizeof number);
        break;
    case VALUE_DURATION:
        duration_parse(NULL, text, &number, NULL);
        memcpy(at, &number, sizeof number);
        break;
    case VALUE_BOOL:
        truth = value_bool(text);
        memcpy(at, &truth, sizeof truth);
        break;
    default:
        memcpy(at, &text, sizeof text);
    }
}

static void add_problem(struct loading *loading, const struct ini_section *section,
                        const struct ini_entry *entry, const struct error *err)
{
    ini_problem(loading->problems, loading->arena, section, entry, "%s", error_text(err));
}

/* A value of a list, checked and added; otherwise a problem says why not. */
static void add_item(struct loading *loading, const struct ini_section *section,
                     const struct ini_entry *entry, const struct schema_key *key, const char *text,
                     struct growing_list *growing)
{
    struct error err = ERROR_INIT;
    struct config_list *list = &growing->list;
    const char *item = NULL;
    if (*text)
        item = check(loading, key, text, &err);
    else
        error_set(&err, ERROR_USAGE, NULL, "a value between commas is missing: write VALUE, VALUE");
    if (!item) {
        add_problem(loading, section, entry, &err);
        error_clear(&err);
        return;
    }
    const char **items =
        array_room(loading->arena, (void *)list->items, list->count, &growing->room, sizeof *items);
    if (!items) {
        loading->failed = true;
        return;
    }
    items[list->count++] = item;
    list->items = items;
}

/* One entry of a list key: values with commas between. */
static void add_items(struct loading *loading, const struct ini_section *section,
                      const struct ini_entry *entry, const struct schema_key *key,
                      struct growing_list *growing)
{
    char *values = arena_copy(loading->arena, entry->value), *rest = values;
    if (!values)
        loading->failed = true;
    for (char *value; values && (value = strsep(&rest, ","));) {
        value += strspn(value, " \t");
        size_t length = strlen(value);
        while (length && (value[length - 1] == ' ' || value[length - 1] == '\t'))
            length--;
        value[length] = '\0';
        add_item(loading, section, entry, key, value, growing);
    }
}

/* Fills one key from the section. Returns whether the section has it, right or wrong. */
static bool fill_key(struct loading *loading, const struct ini_section *section,
                     const struct schema_key *key, void *base)
{
    struct error err = ERROR_INIT;
    struct growing_list growing = {0};
    const struct ini_entry *first = NULL;
    for (size_t i = 0; i < section->entry_count; i++) {
        const struct ini_entry *entry = &section->entries[i];
        if (strcmp(entry->key, key->key) != 0)
            continue;
        if (first && !(key->flags & KEY_LIST)) {
            ini_problem(loading->problems, loading->arena, section, entry,
                        "the key stands twice, first in line %d: remove one", first->line);
            continue;
        }
        first = first ? first : entry;
        if (!*entry->value) {
            ini_problem(loading->problems, loading->arena, section, entry,
                        "the value is missing: write %s = VALUE or remove the line", key->key);
            continue;
        }
        if (key->flags & KEY_LIST) {
            add_items(loading, section, entry, key, &growing);
            continue;
        }
        const char *value = check(loading, key, entry->value, &err);
        if (value)
            store(key, value, base);
        else
            add_problem(loading, section, entry, &err);
        error_clear(&err);
    }
    if (growing.list.count)
        memcpy((char *)base + key->offset, &growing.list, sizeof growing.list);
    return first != NULL;
}

static void fill_default(struct loading *loading, const struct schema_key *key, void *base)
{
    if (!key->fallback)
        return;
    const char *text = key->type == VALUE_PATH || key->type == VALUE_SECRET_REFERENCE
                           ? key->fallback
                           : check(loading, key, key->fallback, NULL);
    if (!text) {
        loading->failed = true;
        return;
    }
    if (!(key->flags & KEY_LIST)) {
        store(key, text, base);
        return;
    }
    const char **items = arena_alloc(loading->arena, sizeof *items);
    if (!items) {
        loading->failed = true;
        return;
    }
    *items = text;
    struct config_list list = {items, 1};
    memcpy((char *)base + key->offset, &list, sizeof list);
}

void schema_defaults(struct loading *loading, const struct schema *schema, void *base)
{
    for (size_t i = 0; i < schema->count; i++)
        fill_default(loading, &schema->keys[i], base);
}

static bool is_known(const struct schema *schema, const char *key)
{
    for (size_t i = 0; i < schema->count; i++)
        if (strcmp(schema->keys[i].key, key) == 0)
            return true;
    return false;
}

static void refuse_unknown(struct loading *loading, const struct ini_section *section,
                           const struct schema *schema)
{
    for (size_t i = 0; i < section->entry_count; i++) {
        const struct ini_entry *entry = &section->entries[i];
        if (is_known(schema, entry->key))
            continue;
        struct suggestion suggestion = {.mistyped = entry->key};
        for (size_t k = 0; k < schema->count; k++)
            suggestion_offer(&suggestion, schema->keys[k].key);
        if (suggestion.best)
            ini_problem(loading->problems, loading->arena, section, entry,
                        "this section has no such key; did you mean %s?", suggestion.best);
        else
            ini_problem(loading->problems, loading->arena, section, entry,
                        "this section has no such key: see flexhost.ini(5)");
    }
}

void schema_fill(struct loading *loading, const struct ini_section *section,
                 const struct schema *schema, void *base)
{
    for (size_t i = 0; i < schema->count; i++) {
        const struct schema_key *key = &schema->keys[i];
        if (fill_key(loading, section, key, base))
            continue;
        if (key->flags & KEY_REQUIRED)
            ini_problem(loading->problems, loading->arena, section, NULL,
                        "the key %s is missing: add a line as in %s = %s", key->key, key->key,
                        key->example);
        else
            fill_default(loading, key, base);
    }
    if (!schema->open)
        refuse_unknown(loading, section, schema);
}
