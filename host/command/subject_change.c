/* SPDX-License-Identifier: Apache-2.0 */
/* Changing what a subject that a plugin plans shall be. */
#include "command/subject_change.h"

#include "base/text.h"
#include "command/change.h"
#include "command/image_resolve.h"
#include "command/overlap.h"
#include "command/references.h"
#include "command/request.h"
#include "command/secret_text.h"
#include "config/secret_reference.h"
#include "plugin/fields.h"

#include <stdlib.h>
#include <string.h>

const struct column connection_columns[CONNECTION_COLUMNS] = {
    {"name", "NAME"},          {"type", "TYPE"},
    {"statusLabel", "STATUS"}, {"subscription", "SUBSCRIPTION"},
    {"region", "REGION"},      {"message", "MESSAGE"}};

const struct fh_field planned_run_fields[PLANNED_RUN_FIELDS] = {
    PLANNED_NAME_FIELD("its name or id"),
    {.name = "verb",
     .type = "string",
     .flags = FH_FIELD_REQUIRED,
     .help = "what its plugin can do beyond the other commands (`flexhost plugin show`)",
     .max = 64},
    {.name = "set",
     .type = "string",
     .flags = FH_FIELD_LIST,
     .help = "a field of the verb, as NAME=VALUE",
     .max = 1024},
};

int planned_load(struct context *context, const char *kind, const char *name,
                 struct subject *subject, struct error *err)
{
    if (strcmp(kind, "image") == 0)
        return image_load(context, name, subject, err);
    struct store *store = context_store(context, err);
    return store ? subject_load(store, kind, name, subject, err) : -1;
}

int planned_open(struct context *context, const char *kind, const char *name,
                 struct planned *planned, struct error *err)
{
    memset(planned, 0, sizeof *planned);
    if (planned_load(context, kind, name, &planned->subject, err) < 0)
        return -1;
    planned->plugin = request_plugin(context, &planned->subject, err);
    return planned->plugin ? 0 : -1;
}

void planned_clear(struct planned *planned)
{
    subject_clear(&planned->subject);
}

static const struct fh_field *declared(const struct planned *planned, const char *name)
{
    const struct fh_plugin *entry = &planned->plugin->entry;
    for (uint32_t i = 0; i < entry->field_count; i++)
        if (strcmp(entry->fields[i].name, name) == 0)
            return &entry->fields[i];
    return NULL;
}

const struct fh_field *planned_field(const struct planned *planned, const char *name,
                                     const char *what, struct error *err)
{
    const struct fh_field *field = declared(planned, name);
    if (!field)
        error_set(err, ERROR_USAGE, "/name",
                  "the %s \"%s\" has the type %s, which has no %s: `flexhost %s create %s --help` "
                  "lists what it has",
                  planned->plugin->kind, planned->subject.record.name, planned->plugin->name, what,
                  planned->plugin->kind, planned->plugin->name);
    return field;
}

/* ---- what the operator has to know ----------------------------------------------------------- */

static bool differs(const json_t *a, const json_t *b, const char *name)
{
    const json_t *one = json_object_get(a, name), *other = json_object_get(b, name);
    return one != other && !(one && other && json_equal(one, other));
}

/* `set` asks for each field; a command for one of them says itself what it breaks. */
static int list_breaks(const struct command_input *input, const struct planned *planned,
                       const json_t *fields, const json_t *secrets, struct text *breaks,
                       struct error *err)
{
    const struct fh_plugin *entry = &planned->plugin->entry;
    const json_t *old = json_object_get(planned->subject.data, "fields");
    bool each = input->command->plugin_subject && !input->command->plugin_object;
    if (input->command->acknowledgement)
        text_add(breaks, input->command->acknowledgement);
    for (uint32_t i = 0; each && i < entry->field_count; i++) {
        const struct fh_field *field = &entry->fields[i];
        bool changes =
            differs(old, fields, field->name) || json_object_get(secrets, field->name) != NULL;
        if (changes && field->acknowledgement)
            text_printf(breaks, "%s--%s: %s", breaks->length ? " " : "", field->name,
                        field->acknowledgement);
    }
    return breaks->failed ? error_no_memory(err) : 0;
}

static void warn_of_dns(struct context *context, const struct planned *planned,
                        const json_t *fields)
{
    if (differs(json_object_get(planned->subject.data, "fields"), fields, "dns-server"))
        context_warn(context,
                     "machines keep the old DNS servers until they are restarted: `flexhost "
                     "connection dns list %s` shows which still have them",
                     planned->subject.record.name);
}

/* ---- the record ------------------------------------------------------------------------------ */

/* Until the change has ended both the old ranges and the new ones are taken. */
static void note_ranges(json_t *internal, const struct plugin *plugin, const json_t *fields)
{
    json_t *wanted = overlap_ranges(plugin, fields);
    json_t *both = json_copy(json_object_get(internal, "occupies"));
    size_t i;
    json_t *range;
    if (!both)
        both = json_array();
    json_array_foreach(wanted, i, range)
    {
        bool known = false;
        for (size_t j = 0; j < json_array_size(both); j++)
            known |= json_equal(json_array_get(both, j), range);
        if (!known)
            json_array_append(both, range);
    }
    json_object_set_new(internal, "occupies", both);
    json_object_set_new(internal, "wanted", wanted);
}

/* Of the fields that are lists, all values that were wanted since the last change that held. */
static void note_attempt(json_t *internal, const json_t *fields)
{
    json_t *attempted = json_object_get(internal, "attempted");
    const char *name;
    json_t *value;
    if (!attempted) {
        attempted = json_object();
        json_object_set_new(internal, "attempted", attempted);
    }
    json_object_foreach((json_t *)fields, name, value)
    {
        json_t *list = json_object_get(attempted, name);
        if (!json_is_array(value))
            continue;
        if (list)
            json_array_extend(list, value);
        else
            json_object_set_new(attempted, name, json_copy(value));
    }
}

/* The record as it will be while the change runs. claims may be NULL. */
static json_t *changed_data(const struct planned *planned, const json_t *fields, json_t *claims)
{
    static const char *const outdated[] = {"statusLabel", "message", "error"};
    json_t *data = json_deep_copy(planned->subject.data);
    json_t *internal = json_object_get(data, "internal");
    if (!data)
        return NULL;
    if (!internal) {
        internal = json_object();
        json_object_set_new(data, "internal", internal);
    }
    for (size_t i = 0; i < sizeof outdated / sizeof *outdated; i++)
        json_object_del(data, outdated[i]);
    json_object_del(internal, "due"); /* counted anew from the end of the change */
    if (differs(json_object_get(data, "fields"), fields, "dns-server"))
        json_object_set_new(internal, "dnsChangedMs", json_integer(clock_wall(clock_system())));
    json_object_set(data, "fields", (json_t *)fields);
    note_ranges(internal, planned->plugin, fields);
    note_attempt(internal, fields);
    if (json_array_size(claims))
        json_object_set(internal, "claims", claims);
    return data;
}

static int start(struct context *context, const struct command_input *input,
                 const struct planned *planned, json_t *request, const json_t *secrets,
                 const json_t *drifted, json_t *claims, const char *breaks,
                 struct command_output *output, struct error *err)
{
    struct record existing = planned->subject.record;
    json_t *data = changed_data(planned, json_object_get(request, "fields"), claims);
    if (!data)
        return error_no_memory(err);
    if (input->subject_ms)
        existing.updated_ms = input->subject_ms;
    const char *under_way =
        json_string_value(json_object_get(json_object_get(request, "verb"), "underWay"));
    request_keep(request, data);
    const struct subject_kind *kind = subject_kind_find(planned->subject.record.kind);
    if (!json_is_true(json_object_get(json_object_get(data, "internal"), "letGo")))
        references_note(planned->plugin, json_object_get(request, "fields"), data);
    struct change_request change = {.kind = kind,
                                    .action =
                                        json_string_value(json_object_get(request, "operation")),
                                    .request = request,
                                    .data = data,
                                    .secrets = secrets,
                                    .existing = &existing,
                                    .drifted = drifted,
                                    .breaks = breaks,
                                    .under_way = under_way};
    int result = change_start(context, input, &change, output, err);
    json_decref(data);
    return result;
}

/* ---- changes --------------------------------------------------------------------------------- */

int planned_apply(struct context *context, const struct command_input *input,
                  struct planned *planned, const json_t *fields, const json_t *secrets,
                  const char *breaks, struct command_output *output, struct error *err)
{
    json_t *claims = NULL;
    json_t *own = json_deep_copy(fields);
    json_t *request = own ? request_existing(context, &planned->subject, planned->plugin, "update",
                                             own, NULL, err)
                          : NULL;
    json_decref(own);
    int result =
        request ? request_check(context, planned->plugin, request, secrets, &claims, err) : -1;
    if (result == 0)
        warn_of_dns(context, planned, fields);
    if (result == 0)
        result =
            start(context, input, planned, request, secrets, NULL, claims, breaks, output, err);
    json_decref(claims);
    json_decref(request);
    return result;
}

int planned_create(struct context *context, const struct command_input *input, const char *kind,
                   const json_t *request, json_t *internal, struct command_output *output,
                   struct error *err)
{
    const struct plugin *plugin = input->plugin;
    const json_t *fields = json_object_get(request, "fields");
    json_t *data = json_pack("{s:O, s:O, s:O, s:o}", "fields", fields, "subscription",
                             json_object_get(request, "subscription"), "resourceGroup",
                             json_object_get(request, "resourceGroup"), "internal", internal);
    if (!data)
        return error_no_memory(err);
    request_keep(request, data);
    references_note(plugin, fields, data);
    struct change_request change = {.kind = subject_kind_find(kind),
                                    .action = "create",
                                    .request = request,
                                    .data = data,
                                    .under_way = plugin->entry.under_way,
                                    .secrets = input->secrets};
    int result = change_start(context, input, &change, output, err);
    json_decref(data);
    return result;
}

int planned_set_fields(struct context *context, const struct command_input *input,
                       struct planned *planned, const json_t *fields, const json_t *secrets,
                       struct command_output *output, struct error *err)
{
    const json_t *old = json_object_get(planned->subject.data, "fields");
    if (json_equal(old, fields) && json_object_size(secrets) == 0) {
        context_remark(context, "the %s \"%s\" is like that already: nothing to change",
                       planned->plugin->kind, planned->subject.record.name);
        output->result = input->dry_run ? NULL : subject_json(&planned->subject);
        return 0;
    }
    struct text breaks = {0};
    int result = list_breaks(input, planned, fields, secrets, &breaks, err);
    if (result == 0)
        result = planned_apply(context, input, planned, fields, secrets,
                               breaks.length ? text_get(&breaks) : NULL, output, err);
    text_free(&breaks);
    return result;
}

static int refuse_problems(const struct field_problems *problems, struct error *err)
{
    struct text all = {0};
    for (size_t i = 0; i < problems->count; i++)
        text_printf(&all, "%s%s: %s", i ? "\n" : "", problems->items[i].field,
                    problems->items[i].message);
    error_set(err, ERROR_USAGE, problems->count == 1 ? problems->items[0].field : NULL, "%s",
              text_get(&all));
    text_free(&all);
    return -1;
}

int planned_set_field(struct context *context, const struct command_input *input,
                      struct planned *planned, const char *name, json_t *value,
                      struct command_output *output, struct error *err)
{
    const struct fh_plugin *entry = &planned->plugin->entry;
    const json_t *old = json_object_get(planned->subject.data, "fields");
    json_t *patch = json_pack("{s:O?}", name, value);
    json_t *fields = NULL, *secrets = NULL;
    struct field_problems problems = {0};
    int result = -1;
    if (!patch)
        error_no_memory(err);
    else if (fields_validate(entry->fields, entry->field_count, patch, old, NULL, &fields, &secrets,
                             &problems) < 0)
        refuse_problems(&problems, err);
    else
        result = planned_set_fields(context, input, planned, fields, NULL, output, err);
    field_problems_clear(&problems);
    secrets_json_wipe(secrets);
    json_decref(fields);
    json_decref(patch);
    return result;
}

int planned_renew(struct context *context, const struct command_input *input,
                  struct planned *planned, const json_t *drifted, struct command_output *output,
                  struct error *err)
{
    json_t *fields = json_object_get(planned->subject.data, "fields");
    json_t *request =
        request_existing(context, &planned->subject, planned->plugin, "update", fields, NULL, err);
    int result =
        request ? start(context, input, planned, request, NULL, drifted, NULL, NULL, output, err)
                : -1;
    json_decref(request);
    return result;
}

/* ---- verbs ----------------------------------------------------------------------------------- */

static int answer_verb(struct context *context, const struct plugin *plugin,
                       const struct fh_verb *verb, json_t *request, const json_t *secrets,
                       struct command_output *output, struct error *err)
{
    struct plugin_check check = {0};
    const struct plugin_services *services = context_services(context, err);
    int result =
        services ? plugin_run_check(plugin, verb, request, secrets, services, &check, err) : -1;
    if (result == 0)
        result = request_judge(context, &check, err);
    if (result == 0)
        request_learn(request, &check);
    if (result == 0 && check.document) {
        output->result =
            json_pack("{s:s, s:s}", "name", check.document_name, "document", check.document);
        output->document = true;
    }
    if (result == 0 && !check.document && check.details)
        output->result = json_incref(check.details);
    plugin_check_clear(&check);
    return result;
}

static int run_verb(struct context *context, const struct command_input *input,
                    struct planned *planned, const struct fh_verb *verb, json_t *request,
                    const json_t *secrets, struct command_output *output, struct error *err)
{
    const struct plugin *plugin = planned->plugin;
    if (verb->flags & FH_VERB_READ) {
        if (!input->dry_run && !input->no_wait)
            return answer_verb(context, plugin, verb, request, secrets, output, err);
        return error_set(err, ERROR_USAGE, input->dry_run ? "--dry-run" : "--no-wait",
                         "\"%s\" of the plugin %s/%s only reads: leave the option out", verb->name,
                         plugin->kind, plugin->name);
    }
    struct command_output checked = {0}; /* what such a verb gives is the subject */
    int result =
        verb->check ? answer_verb(context, plugin, verb, request, secrets, &checked, err) : 0;
    json_decref(checked.result);
    if (result == 0)
        result = start(context, input, planned, request, secrets, NULL, NULL, verb->acknowledgement,
                       output, err);
    return result;
}

int planned_verb(struct context *context, const struct command_input *input,
                 struct planned *planned, const char *name, const json_t *typed,
                 struct command_output *output, struct error *err)
{
    const struct fh_verb *verb = plugin_verb(planned->plugin, name);
    if (!verb)
        return error_set(
            err, ERROR_USAGE, "/name",
            "the %s \"%s\" has the type %s, which has no verb \"%s\": `flexhost plugin show %s/%s` "
            "lists its verbs",
            planned->plugin->kind, planned->subject.record.name, planned->plugin->name, name,
            planned->plugin->kind, planned->plugin->name);
    struct field_problems problems = {0};
    json_t *fields = NULL, *secrets = NULL, *request = NULL;
    int result = -1;
    if (fields_validate(verb->fields, verb->field_count, typed, NULL, NULL, &fields, &secrets,
                        &problems) < 0)
        refuse_problems(&problems, err);
    else
        result = 0;
    json_t *asked = json_pack("{s:s, s:O?, s:s*, s:s*}", "name", name, "fields", fields, "underWay",
                              verb->under_way, "phase", verb->phase);
    if (result == 0) {
        request = request_existing(context, &planned->subject, planned->plugin, name,
                                   json_object_get(planned->subject.data, "fields"), asked, err);
        result =
            request ? run_verb(context, input, planned, verb, request, secrets, output, err) : -1;
    }
    field_problems_clear(&problems);
    secrets_json_wipe(secrets);
    json_decref(asked);
    json_decref(fields);
    json_decref(request);
    return result;
}

int planned_run_verb(struct context *context, const struct command_input *input, const char *kind,
                     const char *verb, const json_t *typed, struct command_output *output,
                     struct error *err)
{
    struct planned planned;
    int result = planned_open(
        context, kind, json_string_value(json_object_get(input->fields, "name")), &planned, err);
    if (result == 0)
        result = planned_verb(context, input, &planned, verb, typed, output, err);
    planned_clear(&planned);
    return result;
}

/* Arguments are seen by everybody on the machine: of a secret they say where it is. */
static int fetch_secret(const struct fh_field *field, json_t *fields, struct error *err)
{
    static const char *const places[] = {"file:", "env:", "credential:"};
    const char *given = json_string_value(json_object_get(fields, field->name));
    bool refers = false;
    for (size_t i = 0; given && i < sizeof places / sizeof *places; i++)
        refers |= strncmp(given, places[i], strlen(places[i])) == 0;
    if (given && !refers)
        return error_set(err, ERROR_USAGE, "--set",
                         "--set: %s is a secret, and no argument: say where it is, as "
                         "%s=file:PATH or %s=env:VARIABLE",
                         field->name, field->name, field->name);
    char *value = NULL;
    size_t length = 0;
    if (!given)
        return 0;
    if (secret_resolve(given, &value, &length, err) < 0)
        return error_set_field(err, "--set");
    json_object_set_new(fields, field->name, json_string(value));
    secret_free(value, length);
    return 0;
}

static int run_typed(struct context *context, const struct command_input *input,
                     struct planned *planned, const char *name, json_t *fields,
                     struct command_output *output, struct error *err)
{
    const struct fh_verb *verb = plugin_verb(planned->plugin, name);
    for (uint32_t i = 0; verb && i < verb->field_count; i++)
        if (strcmp(verb->fields[i].type, "secret") == 0 &&
            fetch_secret(&verb->fields[i], fields, err) < 0)
            return -1;
    return planned_verb(context, input, planned, name, fields, output, err);
}

/* "vendor=Cisco" */
int planned_run(struct context *context, const struct command_input *input, const char *kind,
                struct command_output *output, struct error *err)
{
    json_t *fields = json_object();
    size_t i;
    json_t *pair;
    int result = 0;
    json_array_foreach(json_object_get(input->fields, "set"), i, pair)
    {
        const char *text = json_string_value(pair);
        const char *equals = strchr(text, '=');
        if (!equals || equals == text) {
            result = error_set(err, ERROR_USAGE, "--set",
                               "--set: \"%s\" is not NAME=VALUE: write it so, once for each field",
                               text);
            break;
        }
        char *name = strndup(text, (size_t)(equals - text));
        if (!name || json_object_set_new(fields, name, json_string(equals + 1)) < 0)
            result = error_no_memory(err);
        free(name);
    }
    struct planned planned = {0};
    if (result == 0)
        result =
            planned_open(context, kind, json_string_value(json_object_get(input->fields, "name")),
                         &planned, err);
    if (result == 0)
        result = run_typed(context, input, &planned,
                           json_string_value(json_object_get(input->fields, "verb")), fields,
                           output, err);
    planned_clear(&planned);
    secrets_json_wipe(fields);
    return result;
}
