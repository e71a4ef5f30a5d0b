/* SPDX-License-Identifier: Apache-2.0 */
/* The request that a plugin sees, and what it makes of it. */
#include "command/request.h"

#include "base/digest.h"
#include "base/text.h"
#include "base/uuid.h"
#include "command/change.h"
#include "command/numbering.h"
#include "command/overlap.h"
#include "command/references.h"
#include "command/subscription.h"
#include "plan/drift.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SLUG_LONGEST = 40 };

/* Names that differ only in what a resource group cannot hold are told apart by a digest. */
char *resource_group_name(const char *installation, const char *kind, const char *name)
{
    struct text slug = {0};
    bool changed = false;
    for (const char *c = name; *c; c++) {
        char lower = (char)tolower((unsigned char)*c);
        bool legal = isascii((unsigned char)*c) && (isalnum((unsigned char)*c) || *c == '-');
        if (legal && slug.length < SLUG_LONGEST)
            text_append(&slug, &lower, 1);
        else
            changed = true;
    }
    char hex[DIGEST_HEX];
    if (digest_text(name, strlen(name), hex) < 0) {
        text_free(&slug);
        return NULL;
    }
    char *group = changed
                      ? text_format("fh-%s-%s-%s-%.6s", installation, kind, text_get(&slug), hex)
                      : text_format("fh-%s-%s-%s", installation, kind, text_get(&slug));
    text_free(&slug);
    return group;
}

/* Derived, so that a dry run shows the very names that creation will use; counted on when a renamed
 * subject still has it. */
static int new_id(struct store *store, const char *kind, const char *name, char id[UUID_TEXT],
                  struct error *err)
{
    for (int number = 1;; number++) {
        char *seed =
            text_format("%s/%s/%s/%d", store->ops->installation(store), kind, name, number);
        int failed = !seed || uuid_derive(seed, id) < 0;
        free(seed);
        if (failed)
            return error_no_memory(err);
        struct subject subject;
        bool found;
        if (subject_find(store, NULL, id, &subject, &found, err) < 0)
            return -1;
        if (!found)
            return 0;
        subject_clear(&subject);
    }
}

static json_t *options_of(const struct plugin *plugin)
{
    json_t *options = plugin && plugin->options ? json_loads(plugin->options, 0, NULL) : NULL;
    return options ? options : json_object();
}

/* Planning knows no clock: what depends on the time goes by when it was asked for, also after a
 * restart. */
static json_t *now_json(void)
{
    time_t now = (time_t)(clock_wall(clock_system()) / 1000);
    struct tm parts;
    char text[32];
    gmtime_r(&now, &parts);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return json_string(text);
}

/* What a request of a new subject and of one that exists have in common. */
static json_t *pack(const struct request_parts *parts, const char *installation, const char *id,
                    const char *group, struct error *err)
{
    json_t *request = json_pack(
        "{s:s, s:s, s:s*, s:s, s:s, s:s, s:O?, s:s*, s:s*, s:{s:s, s:s, s:s}, s:O?, s:o}",
        "operation", parts->operation, "kind", parts->kind, "type",
        parts->plugin ? parts->plugin->name : NULL, "id", id, "name", parts->name, "installation",
        installation, "subscription", parts->subscription, "region", parts->region, "resourceGroup",
        group, "tags", "flexhost-installation", installation, "flexhost-kind", parts->kind,
        "flexhost-subject", id, "fields", parts->fields, "options", options_of(parts->plugin));
    char transaction[UUID_TEXT];
    uuid_v7(clock_system(), transaction);
    if (!request || json_object_set_new(request, "requestedAt", now_json()) < 0 ||
        json_object_set_new(request, "transactionId", json_string(transaction)) < 0) {
        json_decref(request);
        error_no_memory(err);
        return NULL;
    }
    return request;
}

static bool is_guid(const char *text)
{
    return text && strlen(text) == 36 && strspn(text, "0123456789abcdefABCDEF-") == 36;
}

/* Whose tenant a credential is of decides which tokens a request needs. */
static int add_credentials(struct context *context, const struct request_parts *parts,
                           json_t *request, struct error *err)
{
    const struct config *config = context_config(context, err);
    if (!config)
        return -1;
    json_t *credentials = json_object();
    if (!credentials)
        return error_no_memory(err);
    for (uint32_t i = 0; parts->plugin && i < parts->plugin->entry.field_count; i++) {
        const struct fh_field *field = &parts->plugin->entry.fields[i];
        const char *name = json_string_value(json_object_get(parts->fields, field->name));
        const struct credential_config *found =
            name && strcmp(field->type, "credential") == 0 ? config_credential(config, name) : NULL;
        if (found)
            json_object_set_new(credentials, field->name,
                                json_pack("{s:s, s:s*}", "name", name, "tenant",
                                          is_guid(found->tenant) ? found->tenant : NULL));
    }
    if (json_object_size(credentials))
        json_object_set(request, "credentials", credentials);
    json_decref(credentials);
    return 0;
}

json_t *request_new(struct context *context, const struct request_parts *parts, struct error *err)
{
    struct store *store = context_store(context, err);
    if (!store || subscription_check(context, parts->subscription, err) < 0)
        return NULL;
    const char *installation = store->ops->installation(store);
    char id[UUID_TEXT];
    if (new_id(store, parts->kind, parts->name, id, err) < 0)
        return NULL;
    char *group = resource_group_name(installation, parts->kind, parts->name);
    if (!group) {
        error_no_memory(err);
        return NULL;
    }
    json_t *request = pack(parts, installation, id, group, err);
    free(group);
    int64_t number = request && parts->plugin ? numbering_next(store, parts->kind, err) : 0;
    if (request && number > 0)
        json_object_set_new(request, "number", json_integer(number));
    if (request && (number < 0 || add_credentials(context, parts, request, err) < 0 ||
                    references_add(context, parts->plugin, request, NULL, err) < 0)) {
        json_decref(request);
        return NULL;
    }
    return request;
}

/* What a record keeps of its requests, for later ones. */
static const char *const kept[] = {"number", "learned", "references", "phase"};

void request_keep(const json_t *request, json_t *data)
{
    json_t *internal = json_object_get(data, "internal");
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (json_object_get(request, kept[i]))
            json_object_set(internal, kept[i], json_object_get(request, kept[i]));
}

static void add_kept(const struct subject *subject, json_t *request)
{
    const json_t *internal = json_object_get(subject->data, "internal");
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (json_object_get(internal, kept[i]))
            json_object_set(request, kept[i], json_object_get(internal, kept[i]));
}

const json_t *request_applied(const struct subject *subject)
{
    const json_t *applied = json_object_get(json_object_get(subject->data, "internal"), "applied");
    return applied ? applied : json_object_get(subject->data, "fields");
}

/* What a change that failed may have left there counts as there: of lists, all values that were
 * wanted since they were last applied. */
static json_t *previous_fields(const struct subject *subject)
{
    const json_t *attempted =
        json_object_get(json_object_get(subject->data, "internal"), "attempted");
    json_t *previous = json_deep_copy(request_applied(subject));
    const char *name;
    json_t *values, *value;
    size_t i, j;
    json_object_foreach((json_t *)attempted, name, values)
    {
        json_t *list = json_object_get(previous, name);
        json_array_foreach(values, i, value)
        {
            for (j = 0; j < json_array_size(list); j++)
                if (json_equal(json_array_get(list, j), value))
                    break;
            if (list && j == json_array_size(list))
                json_array_append(list, value);
        }
    }
    return previous;
}

static bool add_outputs(void *context, const struct journal_step *step)
{
    json_t *outputs = step->outputs ? json_loads(step->outputs, 0, NULL) : NULL;
    if (outputs)
        json_object_set_new(context, step->key, outputs);
    return true;
}

static int add_outputs_of(struct store *store, const char *subject_id, json_t *request,
                          struct error *err)
{
    json_t *outputs = json_object();
    struct journal_filter filter = {.subject_id = subject_id};
    if (store->ops->journal_each(store, &filter, add_outputs, outputs, err) < 0) {
        json_decref(outputs);
        return -1;
    }
    return json_object_set_new(request, "outputs", outputs) == 0 ? 0 : error_no_memory(err);
}

json_t *request_existing(struct context *context, const struct subject *subject,
                         const struct plugin *plugin, const char *operation, const json_t *fields,
                         const json_t *verb, struct error *err)
{
    struct store *store = context_store(context, err);
    const struct record *record = &subject->record;
    struct request_parts parts = {.operation = operation,
                                  .kind = record->kind,
                                  .plugin = plugin,
                                  .name = record->name,
                                  .subscription = json_object_get(subject->data, "subscription"),
                                  .region = record->region,
                                  .fields = fields};
    const char *group = json_string_value(json_object_get(subject->data, "resourceGroup"));
    if (!store || subscription_check(context, parts.subscription, err) < 0)
        return NULL;
    json_t *request = pack(&parts, store->ops->installation(store), record->id, group, err);
    if (!request)
        return NULL;
    json_object_set_new(request, "previous", previous_fields(subject));
    if (verb)
        json_object_set(request, "verb", (json_t *)verb);
    add_kept(subject, request);
    json_t *known = json_incref(json_object_get(request, "references"));
    int named = references_add(context, plugin, request, known, err);
    json_decref(known);
    if (named < 0 || add_credentials(context, &parts, request, err) < 0 ||
        add_outputs_of(store, record->id, request, err) < 0) {
        json_decref(request);
        return NULL;
    }
    return request;
}

/* An operation that ended well leaves nothing to go on with. */
static bool is_settled(struct store *store, const struct subject *subject)
{
    struct operation_view last;
    if (!subject->record.operation ||
        operation_load(store, subject->record.operation, &last, NULL) < 0)
        return true;
    bool settled = strcmp(last.operation.status, "Succeeded") == 0;
    operation_clear(&last);
    return settled;
}

int request_check_name(struct context *context, const char *kind, const char *name,
                       struct error *err)
{
    struct store *store = context_store(context, err);
    struct subject subject;
    bool found;
    if (!store || subject_find(store, kind, name, &subject, &found, err) < 0)
        return -1;
    if (!found)
        return 0;
    bool settled = is_settled(store, &subject);
    const char *status = subject.record.status ? subject.record.status : "";
    error_set(err, ERROR_USAGE, "/name",
              "there is a%s %s called \"%s\" already (status %s): choose another name%s%s",
              strchr("aeiou", *kind) ? "n" : "", kind, subject.record.name,
              status_label(kind, status),
              settled ? "" : ", or go on with it: flexhost operation resume ",
              settled ? "" : subject.record.operation);
    subject_clear(&subject);
    return -1;
}

/* "/dns-server/0" of the request is --dns-server to who typed it. */
static void add_option(struct text *line, const char *pointer)
{
    const char *name = *pointer == '/' ? pointer + 1 : pointer;
    size_t length = strcspn(name, "/");
    text_add(line, "--");
    text_append(line, name, length);
}

static void add_failure(struct text *lines, const struct finding *finding)
{
    if (lines->length)
        text_add(lines, "\n");
    if (finding->field) {
        add_option(lines, finding->field);
        text_add(lines, ": ");
    }
    text_printf(lines, "%s%s%s", finding->message, finding->mend ? "; " : "",
                finding->mend ? finding->mend : "");
}

int request_judge(struct context *context, const struct plugin_check *check, struct error *err)
{
    struct text failures = {0};
    const char *field = NULL;
    size_t failed = 0;
    for (size_t i = 0; i < check->finding_count; i++) {
        const struct finding *finding = &check->findings[i];
        if (finding->severity == FH_WARNING)
            context_warn(context, "%s: %s%s%s", finding->rule, finding->message,
                         finding->mend ? "; " : "", finding->mend ? finding->mend : "");
        if (finding->severity != FH_FAIL)
            continue;
        field = failed++ ? NULL : finding->field;
        add_failure(&failures, finding);
    }
    if (failed)
        error_set(err, ERROR_USAGE, field, "%s", text_get(&failures));
    text_free(&failures);
    return failed ? -1 : 0;
}

/* What the plugin has found in use counts too: a range that was picked before is picked again. */
static int check_claims(struct context *context, const struct plugin *plugin, json_t *request,
                        const json_t *typed, const struct plugin_check *check, struct error *err)
{
    bool picked;
    if (typed) {
        json_object_update(json_object_get(request, "fields"), (json_t *)typed);
        if (overlap_choose(context, plugin, request, check->claims, check->claim_count, &picked,
                           err) < 0)
            return -1;
    }
    return overlap_check(context, plugin, request, check->claims, check->claim_count, err);
}

void request_learn(json_t *request, const struct plugin_check *check)
{
    json_t *learned = json_object_get(request, "learned");
    if (learned)
        json_object_update(learned, check->learned);
    else if (check->learned)
        json_object_set(request, "learned", check->learned);
}

static int ask_plugin(struct context *context, const struct plugin *plugin, json_t *request,
                      const json_t *secrets, const json_t *typed, json_t **claims,
                      struct error *err)
{
    struct plugin_check check = {0};
    const struct plugin_services *services = context_services(context, err);
    if (!services)
        return -1;
    int result = plugin_run_check(plugin, NULL, request, secrets, services, &check, err);
    if (result == 0)
        result = request_judge(context, &check, err);
    if (result == 0)
        request_learn(request, &check);
    if (result == 0 && check.claim_count)
        result = check_claims(context, plugin, request, typed, &check, err);
    if (result == 0 && claims) {
        *claims = overlap_learned(context, &check, err);
        result = *claims ? 0 : -1;
    }
    plugin_check_clear(&check);
    return result;
}

/* One that the configuration has no more stays where it is. */
static int require_sizes(struct context *context, const struct plugin *plugin,
                         const json_t *request, struct error *err)
{
    const struct config *config = context_config(context, err);
    const json_t *fields = json_object_get(request, "fields");
    const json_t *previous = json_object_get(request, "previous");
    for (uint32_t i = 0; config && i < plugin->entry.field_count; i++) {
        const struct fh_field *field = &plugin->entry.fields[i];
        const json_t *size = json_object_get(fields, field->name);
        if (strcmp(field->type, "size") != 0 || !size ||
            json_equal(size, json_object_get(previous, field->name)))
            continue;
        char label[128];
        snprintf(label, sizeof label, "--%s", field->name);
        if (!size_require(&config->sizes, label, json_string_value(size), err))
            return error_prefix(err, "%s", label);
    }
    return config ? 0 : -1;
}

int request_check(struct context *context, const struct plugin *plugin, json_t *request,
                  const json_t *secrets, json_t **claims, struct error *err)
{
    bool picked = false;
    json_t *typed = json_deep_copy(json_object_get(request, "fields"));
    if (claims)
        *claims = NULL;
    /* What is known here comes first: it needs no question. */
    int result = require_sizes(context, plugin, request, err);
    if (result == 0)
        result = overlap_check_usable(plugin, typed, err);
    if (result == 0)
        result = overlap_choose(context, plugin, request, NULL, 0, &picked, err);
    if (result == 0 && !picked)
        overlap_preview(context, plugin, request);
    if (result == 0)
        result = overlap_check(context, plugin, request, NULL, 0, err);
    if (result == 0 && plugin->entry.check)
        result = ask_plugin(context, plugin, request, secrets, picked ? typed : NULL, claims, err);
    if (result == 0 && picked)
        overlap_preview(context, plugin, request);
    json_decref(typed);
    return result;
}

const struct plugin *request_plugin(struct context *context, const struct subject *subject,
                                    struct error *err)
{
    struct registry *registry = context_registry(context, err);
    return registry ? registry_find(registry, subject->record.kind, subject->record.type, err)
                    : NULL;
}

static const struct plugin *plugin_of(struct context *context, const json_t *request,
                                      struct error *err)
{
    struct registry *registry = context_registry(context, err);
    return registry ? registry_find(registry, json_string_value(json_object_get(request, "kind")),
                                    json_string_value(json_object_get(request, "type")), err)
                    : NULL;
}

int request_plan(struct context *context, const json_t *request, struct plan **plan,
                 struct error *err)
{
    const struct plugin *plugin = plugin_of(context, request, err);
    const char *name = json_string_value(json_object_get(json_object_get(request, "verb"), "name"));
    const struct fh_verb *verb = plugin && name ? plugin_verb(plugin, name) : NULL;
    if (plugin && name && !verb)
        return error_set(err, ERROR_USAGE, NULL,
                         "the plugin %s/%s has no \"%s\" any more: install the version that had it",
                         plugin->kind, plugin->name, name);
    return plugin ? plugin_run_plan(plugin, verb, request, plan, err) : -1;
}

/* What failed is told by the journal, and what that means by the plan. */
static int add_failures(struct context *context, const char *subject_id, json_t *request,
                        struct error *err)
{
    struct plan *plan = NULL;
    if (request_plan(context, request, &plan, err) < 0)
        return -1;
    json_t *failures = drift_failures(context_store(context, err), subject_id, plan, err);
    plan_free(plan);
    if (!failures)
        return -1;
    if (json_object_size(failures))
        json_object_set(request, "failures", failures);
    json_decref(failures);
    return 0;
}

static json_t *observe_request(struct context *context, const struct subject *subject,
                               const json_t *request, const json_t *resources, struct error *err)
{
    json_t *observe = json_copy((json_t *)request);
    if (!observe) {
        error_no_memory(err);
        return NULL;
    }
    json_object_del(observe, "verb");
    const json_t *phase = json_object_get(json_object_get(subject->data, "internal"), "phase");
    if (phase)
        json_object_set(observe, "phase", (json_t *)phase);
    json_object_set_new(observe, "operation", json_string("observe"));
    if (resources)
        json_object_set(observe, "resources", (json_t *)resources);
    if (add_outputs_of(context_store(context, err), subject->record.id, observe, err) < 0 ||
        add_failures(context, subject->record.id, observe, err) < 0) {
        json_decref(observe);
        return NULL;
    }
    return observe;
}

/* What is due stays due however often it is looked at meanwhile. */
static void take_due(struct subject *subject, const struct plugin_observation *observation)
{
    json_t *internal = json_object_get(subject->data, "internal");
    const char *verb = json_string_value(json_object_get(json_object_get(internal, "due"), "verb"));
    if (!observation->due_verb)
        json_object_del(internal, "due");
    else if (!verb || strcmp(verb, observation->due_verb) != 0)
        json_object_set_new(internal, "due",
                            json_pack("{s:s, s:I}", "verb", observation->due_verb, "atMs",
                                      (json_int_t)clock_wall(clock_system()) +
                                          1000 * (json_int_t)observation->due_seconds));
}

static void take_observation(struct subject *subject, const struct plugin_observation *observation)
{
    if (observation->status)
        subject->record.status = arena_copy(&subject->arena, observation->status);
    if (observation->label)
        json_object_set_new(subject->data, "statusLabel", json_string(observation->label));
    if (observation->message)
        json_object_set_new(subject->data, "message", json_string(observation->message));
    else
        json_object_del(subject->data, "message");
    if (observation->details)
        json_object_set(subject->data, "details", observation->details);
    take_due(subject, observation);
}

int request_observe(struct context *context, struct subject *subject, const json_t *request,
                    const json_t *resources, struct error *err)
{
    const struct plugin *plugin = plugin_of(context, request, err);
    if (!plugin)
        return -1;
    if (!plugin->entry.observe)
        return 0;
    json_t *observe = observe_request(context, subject, request, resources, err);
    if (!observe)
        return -1;
    struct plugin_observation observation = {0};
    int result = plugin_run_observe(plugin, observe, NULL, &observation, err);
    if (result == 0)
        take_observation(subject, &observation);
    plugin_observation_clear(&observation);
    json_decref(observe);
    return result;
}

/* From what was applied alone: asking Azure again would cost a request a resource. */
int request_settle(struct context *context, struct subject *subject, const json_t *request,
                   struct error *err)
{
    return request_observe(context, subject, request, NULL, err);
}
