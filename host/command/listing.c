/* SPDX-License-Identifier: Apache-2.0 */
/* What `list`, `types` and `delete` of every kind have in common. */
#include "command/listing.h"

#include "base/text.h"
#include "command/change.h"

#include <string.h>
#include <time.h>

int list_plugins(struct context *context, const char *kind, struct command_output *output,
                 struct error *err)
{
    struct registry *registry = context_registry(context, err);
    if (!registry)
        return -1;
    output->result = json_array();
    for (size_t i = 0; i < registry_count(registry); i++) {
        const struct plugin *plugin = registry_at(registry, i);
        if (strcmp(plugin->kind, kind) != 0 || !plugin->enabled)
            continue;
        if (plugin->refusal)
            context_warn(context, "%s", plugin->refusal);
        else
            json_array_append_new(
                output->result, json_pack("{s:s, s:s, s:s, s:s*}", "name", plugin->name, "version",
                                          plugin->entry.version, "summary", plugin->entry.summary,
                                          "description", plugin->entry.description));
    }
    return 0;
}

/* Azure usually needs less: somebody may have to look. */
static bool is_late(const struct subject *subject)
{
    const struct subject_kind *kind = subject_kind_find(subject->record.kind);
    const char *status = subject->record.status;
    bool busy = kind && status &&
                (strcmp(status, kind->creating) == 0 || strcmp(status, kind->updating) == 0);
    json_int_t started = json_integer_value(json_object_get(subject->data, "startedMs"));
    json_int_t minutes =
        json_integer_value(json_object_get(subject->data, "estimatedTimeInMinute"));
    return busy && minutes && clock_wall(clock_system()) > started + minutes * 60 * 1000;
}

static json_t *time_json(json_int_t milliseconds)
{
    time_t seconds = (time_t)(milliseconds / 1000);
    struct tm parts;
    char text[32];
    gmtime_r(&seconds, &parts);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return json_string(text);
}

static void add_times(json_t *json, const struct subject *subject, const char *label)
{
    const json_t *started = json_object_get(subject->data, "startedMs");
    json_object_del(json, "startedMs");
    if (started)
        json_object_set_new(json, "startedAt", time_json(json_integer_value(started)));
    if (!is_late(subject))
        return;
    json_object_set_new(json, "statusLabel", json_sprintf("%s (longer than expected)", label));
    if (!json_object_get(json, "message"))
        json_object_set_new(
            json, "message",
            json_sprintf("%lld minutes were expected; `flexhost operation show %s` tells how far "
                         "it is",
                         (long long)json_integer_value(
                             json_object_get(subject->data, "estimatedTimeInMinute")),
                         subject->record.operation ? subject->record.operation : "ID"));
}

json_t *subject_json(const struct subject *subject)
{
    const struct record *record = &subject->record;
    const char *label = json_string_value(json_object_get(subject->data, "statusLabel"));
    if (!label)
        label = status_label(record->kind, record->status);
    const json_t *error = json_object_get(subject->data, "error");
    const char *message = json_string_value(json_object_get(subject->data, "message"));
    if (!message)
        message = json_string_value(json_object_get(error, "message"));
    json_t *json =
        json_pack("{s:s, s:s*, s:s, s:s, s:s*, s:s*, s:s*, s:s*, s:s, s:I, s:I}", "name",
                  record->name, "type", record->type, "status", record->status, "statusLabel",
                  label, "message", message, "subscription", record->subscription, "region",
                  record->region, "transactionId", record->operation, "id", record->id, "createdMs",
                  (json_int_t)record->created_ms, "updatedMs", (json_int_t)record->updated_ms);
    const char *key;
    json_t *value;
    json_object_foreach(subject->data, key, value)
    {
        bool internal =
            strcmp(key, "internal") == 0; /* for flexhost itself, long and of no use to people */
        if (!internal && !json_object_get(json, key))
            json_object_set(json, key, value);
    }
    add_times(json, subject, label);
    return json;
}

static bool add_subject(void *context, const struct record *record)
{
    struct subject subject = {.record = *record, .data = json_loads(record->data, 0, NULL)};
    json_array_append_new(context, subject_json(&subject));
    json_decref(subject.data);
    return true;
}

int list_subjects(struct context *context, const char *kind, struct command_output *output,
                  struct error *err)
{
    struct store *store = context_store(context, err);
    if (!store)
        return -1;
    output->result = json_array();
    struct record_filter filter = {.kind = kind};
    return store->ops->record_each(store, &filter, add_subject, output->result, err);
}

int refuse_while_used(const struct record *record, const json_t *users, const char *user_kind,
                      struct error *err)
{
    if (json_array_size(users) == 0)
        return 0;
    struct text names = {0};
    size_t i;
    json_t *name;
    json_array_foreach((json_t *)users, i, name)
        text_printf(&names, "%s\"%s\"", i ? ", " : "", json_string_value(name));
    error_set(err, ERROR_USAGE, "/name", "the %s \"%s\" is used by the %s%s %s: delete %s first",
              record->kind, record->name, user_kind, i == 1 ? "" : "s", text_get(&names),
              i == 1 ? "it" : "them");
    text_free(&names);
    return -1;
}
