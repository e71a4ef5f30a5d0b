/* SPDX-License-Identifier: Apache-2.0 */
/* Names for a catalog's machines. */
#include "command/catalog_names.h"

#include "rules/name_set.h"
#include "rules/naming.h"

#include <stdlib.h>
#include <string.h>

/* Names that a request has asked for are taken as well: the machine may be on its way. */
static bool take_names(void *context, const struct record *record)
{
    struct name_set *taken = context;
    json_t *data = json_loads(record->data, 0, NULL);
    size_t i;
    json_t *name;
    json_array_foreach(json_object_get(json_object_get(data, "internal"), "machineNames"), i, name)
        name_set_add(taken, json_string_value(name));
    json_decref(data);
    return true;
}

static int read_taken(struct store *store, struct name_set *taken, struct error *err)
{
    struct record_filter filter = {.kind = "catalog"};
    return store->ops->record_each(store, &filter, take_names, taken, err);
}

static json_t *names_json(char (*names)[NAMING_TEXT], int64_t count)
{
    json_t *list = json_array();
    for (int64_t i = 0; i < count; i++)
        json_array_append_new(list, json_string(names[i]));
    return list;
}

int catalog_allocate_names(struct context *context, const json_t *fields,
                           const struct record *connection, int64_t count, json_t **names,
                           struct error *err)
{
    struct store *store = context_store(context, err);
    const char *type = json_string_value(json_object_get(fields, "naming-type"));
    struct naming_seeds seeds = {connection->id,
                                 json_string_value(json_object_get(fields, "name"))};
    struct naming_scheme scheme;
    if (!store ||
        naming_parse("--naming-scheme", json_string_value(json_object_get(fields, "naming-scheme")),
                     type && strcmp(type, "letters") == 0 ? NAMING_LETTERS : NAMING_DIGITS, &seeds,
                     &scheme, err) < 0)
        return -1;
    struct name_set taken = {0};
    int result = read_taken(store, &taken, err);
    char(*allocated)[NAMING_TEXT] = NULL;
    if (result == 0) {
        struct naming_request request = {(size_t)count, name_set_taken, &taken};
        result = naming_allocate("--naming-scheme", &scheme, &request, &allocated, err);
    }
    if (result == 0)
        *names = names_json(allocated, count);
    free(allocated);
    name_set_free(&taken);
    return result;
}

int catalog_check_names(struct context *context, const json_t *names, struct error *err)
{
    struct store *store = context_store(context, err);
    struct name_set taken = {0};
    int result = store ? read_taken(store, &taken, err) : -1;
    size_t i;
    json_t *name;
    json_array_foreach((json_t *)names, i, name)
    {
        if (result < 0 || !name_set_has(&taken, json_string_value(name)))
            continue;
        result = error_set(err, ERROR_RETRY, "--naming-scheme",
                           "--naming-scheme: another catalog has just taken the machine name %s: "
                           "run the command again, it chooses the next free ones",
                           json_string_value(name));
    }
    name_set_free(&taken);
    return result;
}
