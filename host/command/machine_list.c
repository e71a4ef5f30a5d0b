/* SPDX-License-Identifier: Apache-2.0 */
/* Machines as the journal of their catalog has them. */
#include "command/machine_list.h"

#include "command/store_view.h"
#include "rules/suggest.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PREFIX "machine/"

struct listing {
    json_t *machines;
    json_t *catalogs; /* id: {"name","region","subscription"…} */
};

/* The journal's words for people: what is there, what is on its way. */
static const char *status_of(const struct journal_step *step)
{
    static const struct {
        const char *state;
        const char *status;
    } words[] = {
        {"intent", "Creating"},         {"accepted", "Creating"},    {"done", "Created"},
        {"failed", "Failed"},           {"undo-intent", "Deleting"}, {"undo-accepted", "Deleting"},
        {"undo-failed", "DeleteFailed"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].state, step->state) == 0)
            return words[i].status;
    return step->state;
}

static bool add_machine(void *context, const struct journal_step *step)
{
    struct listing *listing = context;
    const char *name = step->key + strlen(PREFIX);
    if (strchr(name, '/'))
        return true; /* a part of a machine, such as its domain join */
    const json_t *catalog = json_object_get(listing->catalogs, step->subject_id);
    json_t *outputs = step->outputs ? json_loads(step->outputs, 0, NULL) : NULL;
    json_t *error = step->error ? json_loads(step->error, 0, NULL) : NULL;
    json_t *machine = json_pack(
        "{s:s, s:O*, s:s, s:O*, s:O*, s:O*, s:O*, s:O*, s:O*, s:O*, s:s, s:I}", "name", name,
        "catalog", json_object_get(catalog, "name"), "status", status_of(step), "zone",
        json_object_get(outputs, "zone"), "size", json_object_get(outputs, "size"),
        "networkInterfaceId", json_object_get(outputs, "networkInterfaceId"), "message",
        json_object_get(error, "message"), "region", json_object_get(catalog, "region"), "os",
        json_object_get(catalog, "os"), "subscription", json_object_get(catalog, "subscription"),
        "id", step->path, "createdMs", (json_int_t)step->updated_ms);
    json_array_append_new(listing->machines, machine);
    json_decref(outputs);
    json_decref(error);
    return true;
}

static bool add_catalog(void *context, const struct record *record)
{
    json_t *data = json_loads(record->data, 0, NULL);
    json_object_set_new(context, record->id,
                        json_pack("{s:s, s:s*, s:O*, s:O*}", "name", record->name, "region",
                                  record->region, "subscription",
                                  json_object_get(data, "subscription"), "os",
                                  json_object_get(data, "os")));
    json_decref(data);
    return true;
}

json_t *machine_list(struct store *store, const char *catalog_id, struct error *err)
{
    struct listing listing = {json_array(), json_object()};
    struct record_filter catalogs = {.kind = "catalog", .id = catalog_id};
    struct journal_filter machines = {.subject_id = catalog_id, .key_prefix = PREFIX};
    int result = store->ops->record_each(store, &catalogs, add_catalog, listing.catalogs, err);
    if (result == 0)
        result = store->ops->journal_each(store, &machines, add_machine, &listing, err);
    json_decref(listing.catalogs);
    if (result == 0)
        return listing.machines;
    json_decref(listing.machines);
    return NULL;
}

int machine_counts(struct store *store, const struct record *catalog, json_t *json,
                   struct error *err)
{
    json_t *machines = machine_list(store, catalog->id, err);
    if (!machines)
        return -1;
    json_t *counts = json_object();
    size_t i;
    json_t *machine;
    json_array_foreach(machines, i, machine)
    {
        const char *status = json_string_value(json_object_get(machine, "status"));
        json_int_t count = json_integer_value(json_object_get(counts, status));
        json_object_set_new(counts, status, json_integer(count + 1));
    }
    json_object_set_new(json, "machinesByStatus", counts);
    json_decref(machines);
    return 0;
}

json_int_t machine_count(struct store *store, const json_t *catalogs)
{
    json_int_t count = 0;
    size_t i;
    json_t *name;
    json_array_foreach((json_t *)catalogs, i, name)
    {
        struct subject catalog;
        bool found;
        if (subject_find(store, "catalog", json_string_value(name), &catalog, &found, NULL) < 0)
            continue;
        json_t *machines = found ? machine_list(store, catalog.record.id, NULL) : NULL;
        count += (json_int_t)json_array_size(machines);
        json_decref(machines);
        subject_clear(&catalog);
    }
    return count;
}

json_t *machine_find(struct store *store, const char *name, struct error *err)
{
    json_t *machines = machine_list(store, NULL, err);
    if (!machines)
        return NULL;
    struct suggestion near = {.mistyped = name};
    json_t *found = NULL;
    size_t i;
    json_t *machine;
    json_array_foreach(machines, i, machine)
    {
        const char *machine_name = json_string_value(json_object_get(machine, "name"));
        suggestion_offer(&near, machine_name);
        if (strcasecmp(machine_name, name) == 0)
            found = machine;
    }
    if (found)
        json_incref(found);
    else
        error_set(err, ERROR_USAGE, "/machine",
                  "there is no machine called \"%s\"%s%s%s: `flexhost machine list` shows them",
                  name, near.best ? ", did you mean \"" : "", near.best ? near.best : "",
                  near.best ? "\"?" : "");
    json_decref(machines);
    return found;
}
