/* SPDX-License-Identifier: Apache-2.0 */
/* Changing what a connection shall be. */
#include "command/connection_change.h"

#include "base/text.h"
#include "command/change.h"
#include "command/overlap.h"
#include "command/request.h"
#include "command/secret_text.h"
#include "plugin/fields.h"

#include <stdlib.h>
#include <string.h>

const struct column connection_columns[CONNECTION_COLUMNS] = {
    {"name", "NAME"},          {"type", "TYPE"},
    {"statusLabel", "STATUS"}, {"subscription", "SUBSCRIPTION"},
    {"region", "REGION"},      {"message", "MESSAGE"}};

int connection_open(struct context *context, const char *name, struct connection *connection,
                    struct error *err)
{
    memset(connection, 0, sizeof *connection);
    struct store *store = context_store(context, err);
    if (!store || subject_load(store, "connection", name, &connection->subject, err) < 0)
        return -1;
    connection->plugin = request_plugin(context, &connection->subject, err);
    return connection->plugin ? 0 : -1;
}

void connection_clear(struct connection *connection)
{
    subject_clear(&connection->subject);
}

static const struct fh_field *declared(const struct connection *connection, const char *name)
{
    const struct fh_plugin *entry = &connection->plugin->entry;
    for (uint32_t i = 0; i < entry->field_count; i++)
        if (strcmp(entry->fields[i].name, name) == 0)
            return &entry->fields[i];
    return NULL;
}

const struct fh_field *connection_field(const struct connection *connection, const char *name,
                                        const char *what, struct error *err)
{
    const struct fh_field *field = declared(connection, name);
    if (!field)
        error_set(err, ERROR_USAGE, "/name",
                  "the connection \"%s\" has the type %s, which has no %s: `flexhost connection "
                  "create %s --help` lists what it has",
                  connection->subject.record.name, connection->plugin->name, what,
                  connection->plugin->name);
    return field;
}

/* ---- what the operator has to know ----------------------------------------------------------- */

static bool differs(const json_t *a, const json_t *b, const char *name)
{
    const json_t *one = json_object_get(a, name), *other = json_object_get(b, name);
    return one != other && !(one && other && json_equal(one, other));
}

/* `set` asks for each field; a command for one of them says itself what it breaks. */
static int list_breaks(const struct command_input *input, const struct connection *connection,
                       const json_t *fields, const json_t *secrets, struct text *breaks,
                       struct error *err)
{
    const struct fh_plugin *entry = &connection->plugin->entry;
    const json_t *old = json_object_get(connection->subject.data, "fields");
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

static void warn_of_dns(struct context *context, const struct connection *connection,
                        const json_t *fields)
{
    if (differs(json_object_get(connection->subject.data, "fields"), fields, "dns-server"))
        context_warn(context,
                     "machines keep the old DNS servers until they are restarted: `flexhost "
                     "connection dns list %s` shows which still have them",
                     connection->subject.record.name);
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
static json_t *changed_data(const struct connection *connection, const json_t *fields,
                            json_t *claims)
{
    static const char *const outdated[] = {"statusLabel", "message", "error"};
    json_t *data = json_deep_copy(connection->subject.data);
    json_t *internal = json_object_get(data, "internal");
    if (!data)
        return NULL;
    if (!internal) {
        internal = json_object();
        json_object_set_new(data, "internal", internal);
    }
    for (size_t i = 0; i < sizeof outdated / sizeof *outdated; i++)
        json_object_del(data, outdated[i]);
    if (differs(json_object_get(data, "fields"), fields, "dns-server"))
        json_object_set_new(internal, "dnsChangedMs", json_integer(clock_wall(clock_system())));
    json_object_set(data, "fields", (json_t *)fields);
    note_ranges(internal, connection->plugin, fields);
    note_attempt(internal, fields);
    if (json_array_size(claims))
        json_object_set(internal, "claims", claims);
    return data;
}

static int start(struct context *context, const struct command_input *input,
                 const struct connection *connection, json_t *request, const json_t *secrets,
                 const json_t *drifted, json_t *claims, const char *breaks,
                 struct command_output *output, struct error *err)
{
    struct record existing = connection->subject.record;
    json_t *data = changed_data(connection, json_object_get(request, "fields"), claims);
    if (!data)
        return error_no_memory(err);
    if (input->subject_ms)
        existing.updated_ms = input->subject_ms;
    struct change_request change = {.kind = subject_kind_find("connection"),
                                    .action =
                                        json_string_value(json_object_get(request, "operation")),
                                    .request = request,
                                    .data = data,
                                    .secrets = secrets,
                                    .existing = &existing,
                                    .drifted = drifted,
                                    .breaks = breaks};
    int result = change_start(context, input, &change, output, err);
    json_decref(data);
    return result;
}

/* ---- changes --------------------------------------------------------------------------------- */

static int change_fields(struct context *context, const struct command_input *input,
                         struct connection *connection, const json_t *fields, const json_t *secrets,
                         const char *breaks, struct command_output *output, struct error *err)
{
    json_t *claims = NULL;
    json_t *own = json_deep_copy(fields);
    json_t *request = own ? request_existing(context, &connection->subject, connection->plugin,
                                             "update", own, NULL, err)
                          : NULL;
    json_decref(own);
    int result = request ? request_check(context, connection->plugin, request, &claims, err) : -1;
    if (result == 0)
        warn_of_dns(context, connection, fields);
    if (result == 0)
        result =
            start(context, input, connection, request, secrets, NULL, claims, breaks, output, err);
    json_decref(claims);
    json_decref(request);
    return result;
}

int connection_set_fields(struct context *context, const struct command_input *input,
                          struct connection *connection, const json_t *fields,
                          const json_t *secrets, struct command_output *output, struct error *err)
{
    const json_t *old = json_object_get(connection->subject.data, "fields");
    if (json_equal(old, fields) && json_object_size(secrets) == 0) {
        context_remark(context, "the connection \"%s\" is like that already: nothing to change",
                       connection->subject.record.name);
        output->result = input->dry_run ? NULL : subject_json(&connection->subject);
        return 0;
    }
    struct text breaks = {0};
    int result = list_breaks(input, connection, fields, secrets, &breaks, err);
    if (result == 0)
        result = change_fields(context, input, connection, fields, secrets,
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

int connection_set_field(struct context *context, const struct command_input *input,
                         struct connection *connection, const char *name, json_t *value,
                         struct command_output *output, struct error *err)
{
    const struct fh_plugin *entry = &connection->plugin->entry;
    const json_t *old = json_object_get(connection->subject.data, "fields");
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
        result = connection_set_fields(context, input, connection, fields, NULL, output, err);
    field_problems_clear(&problems);
    secrets_json_wipe(secrets);
    json_decref(fields);
    json_decref(patch);
    return result;
}

int connection_renew(struct context *context, const struct command_input *input,
                     struct connection *connection, const json_t *drifted,
                     struct command_output *output, struct error *err)
{
    json_t *fields = json_object_get(connection->subject.data, "fields");
    json_t *request = request_existing(context, &connection->subject, connection->plugin, "update",
                                       fields, NULL, err);
    int result =
        request ? start(context, input, connection, request, NULL, drifted, NULL, NULL, output, err)
                : -1;
    json_decref(request);
    return result;
}

/* ---- verbs ----------------------------------------------------------------------------------- */

static int answer_verb(struct context *context, const struct plugin *plugin,
                       const struct fh_verb *verb, const json_t *request,
                       struct command_output *output, struct error *err)
{
    struct plugin_check check = {0};
    const struct plugin_services *services = context_services(context, err);
    int result = services ? plugin_run_check(plugin, verb, request, services, &check, err) : -1;
    if (result == 0)
        result = request_judge(context, &check, err);
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
                    struct connection *connection, const struct fh_verb *verb, json_t *request,
                    struct command_output *output, struct error *err)
{
    const struct plugin *plugin = connection->plugin;
    if (verb->flags & FH_VERB_READ) {
        if (!input->dry_run && !input->no_wait)
            return answer_verb(context, plugin, verb, request, output, err);
        return error_set(err, ERROR_USAGE, input->dry_run ? "--dry-run" : "--no-wait",
                         "\"%s\" of a %s connection only reads: leave the option out", verb->name,
                         plugin->name);
    }
    struct command_output checked = {0}; /* what such a verb gives is the connection */
    int result = verb->check ? answer_verb(context, plugin, verb, request, &checked, err) : 0;
    json_decref(checked.result);
    if (result == 0)
        result = start(context, input, connection, request, NULL, NULL, NULL, verb->acknowledgement,
                       output, err);
    return result;
}

int connection_verb(struct context *context, const struct command_input *input,
                    struct connection *connection, const char *name, const json_t *typed,
                    struct command_output *output, struct error *err)
{
    const struct fh_verb *verb = plugin_verb(connection->plugin, name);
    if (!verb)
        return error_set(
            err, ERROR_USAGE, "/name",
            "the connection \"%s\" has the type %s, which has no verb \"%s\": `flexhost "
            "plugin show connection/%s` lists its verbs",
            connection->subject.record.name, connection->plugin->name, name,
            connection->plugin->name);
    struct field_problems problems = {0};
    json_t *fields = NULL, *secrets = NULL, *request = NULL;
    int result = -1;
    if (fields_validate(verb->fields, verb->field_count, typed, NULL, NULL, &fields, &secrets,
                        &problems) < 0)
        refuse_problems(&problems, err);
    else
        result = 0;
    json_t *asked = json_pack("{s:s, s:O?}", "name", name, "fields", fields);
    if (result == 0) {
        request = request_existing(context, &connection->subject, connection->plugin, name,
                                   json_object_get(connection->subject.data, "fields"), asked, err);
        result = request ? run_verb(context, input, connection, verb, request, output, err) : -1;
    }
    field_problems_clear(&problems);
    secrets_json_wipe(secrets);
    json_decref(asked);
    json_decref(fields);
    json_decref(request);
    return result;
}

/* ---- the first catalog ----------------------------------------------------------------------- */

/* The fields with what the first catalog brings; NULL: it brings nothing. */
static json_t *fields_of_first_catalog(const struct connection *connection)
{
    const struct fh_plugin *entry = &connection->plugin->entry;
    const json_t *old = json_object_get(connection->subject.data, "fields");
    json_t *patch = json_object(), *fields = NULL, *secrets = NULL;
    struct field_problems problems = {0};
    for (uint32_t i = 0; i < entry->field_count; i++)
        if ((entry->fields[i].flags & FH_FIELD_AT_FIRST_CATALOG) &&
            !json_object_get(old, entry->fields[i].name))
            json_object_set_new(patch, entry->fields[i].name,
                                json_string(entry->fields[i].default_value));
    if (json_object_size(patch) && fields_validate(entry->fields, entry->field_count, patch, old,
                                                   NULL, &fields, &secrets, &problems) < 0) {
        json_decref(fields);
        fields = NULL;
    }
    field_problems_clear(&problems);
    secrets_json_wipe(secrets);
    json_decref(patch);
    return fields;
}

/* Runs the connection's own operation, with its own rows of a dry run, before the catalog's. */
static int bring(struct context *context, const struct command_input *input,
                 struct connection *connection, const json_t *fields, struct error *err)
{
    struct command_input own = *input;
    struct command_output nothing = {0};
    own.no_wait = false; /* its end decides what the catalog gets */
    own.subject_ms = 0;
    struct error failure = ERROR_INIT;
    int result = change_fields(context, &own, connection, fields, NULL, NULL, &nothing, &failure);
    json_decref(nothing.result);
    bool goes_on = result < 0 && (failure.code == ERROR_PARTLY || failure.code == ERROR_AZURE);
    if (goes_on) {
        context_warn(context,
                     "the connection \"%s\" did not get all that comes with its first catalog: %s. "
                     "The catalog is made all the same; `flexhost connection retry %s` tries again",
                     connection->subject.record.name, error_text(&failure),
                     connection->subject.record.name);
        result = 0;
    } else if (result < 0) {
        error_move(err, &failure);
        error_prefix(err, "the connection \"%s\", which the first catalog changes",
                     connection->subject.record.name);
    }
    error_clear(&failure);
    return result;
}

int connection_first_catalog(struct context *context, const struct command_input *input,
                             const char *name, struct error *err)
{
    struct connection connection;
    json_t *catalogs = json_array();
    int result = connection_open(context, name, &connection, err);
    if (result == 0)
        result = subject_users(context_store(context, err), "catalog", "connection",
                               connection.subject.record.name, catalogs, err);
    json_t *fields = NULL;
    if (result == 0 && json_array_size(catalogs) == 0)
        fields = fields_of_first_catalog(&connection);
    if (fields) {
        context_remark(context, "the first catalog of the connection \"%s\" changes it",
                       connection.subject.record.name);
        result = bring(context, input, &connection, fields, err);
    }
    json_decref(fields);
    json_decref(catalogs);
    connection_clear(&connection);
    return result;
}
