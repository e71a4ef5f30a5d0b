/* SPDX-License-Identifier: Apache-2.0 */
/* A host for tests: the host's own code over a made-up world. */
#include "flexhost/fhtest.h"

#include "base/text.h"
#include "plugin/call.h"
#include "plugin/fields.h"
#include "plugin/load.h"
#include "world.h"

#include <stdlib.h>
#include <string.h>

struct fhtest {
    struct plugin plugin;
    struct arena arena;
    struct world world;
    json_t *inspection;
    char *options;
    json_t *secrets; /* typed so far: questions may name them */
};

static const char *severity_name(int severity)
{
    return severity == FH_PASS ? "pass" : severity == FH_WARNING ? "warning" : "fail";
}

static char *print(json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(json);
    return text;
}

static void note(void *context, int severity, const char *rule, const char *message,
                 const char *mend)
{
    struct fhtest *test = context;
    json_array_append_new(test->inspection,
                          json_pack("{s:s, s:s, s:s, s:s*}", "severity", severity_name(severity),
                                    "rule", rule, "message", message, "mend", mend));
}

static char *first_failure(const json_t *inspection)
{
    for (size_t i = 0; i < json_array_size(inspection); i++) {
        const json_t *finding = json_array_get(inspection, i);
        const char *mend = json_string_value(json_object_get(finding, "mend"));
        if (strcmp(json_string_value(json_object_get(finding, "severity")), "fail") == 0)
            return text_format("%s%s%s", json_string_value(json_object_get(finding, "message")),
                               mend ? ". To mend it: " : "", mend ? mend : "");
    }
    return strdup("it cannot be loaded");
}

/* file NULL: the entry. */
static struct fhtest *open_plugin(const char *file, const struct fh_plugin *(*entry)(void),
                                  char **why)
{
    struct fhtest *test = calloc(1, sizeof *test);
    if (why)
        *why = NULL;
    if (!test)
        return NULL;
    test->inspection = json_array();
    test->secrets = json_object();
    struct inspection inspection = {.arena = &test->arena, .report = note, .context = test};
    struct plugin *plugin = &test->plugin;
    int refused = file ? plugin_load(file, &inspection, &plugin->entry)
                       : plugin_inspect(&inspection, entry(), &plugin->entry);
    if (refused) {
        if (why)
            *why = first_failure(test->inspection);
        fhtest_free(test);
        return NULL;
    }
    plugin->kind = plugin->entry.kind;
    plugin->name = plugin->entry.name;
    plugin->file = file ? arena_copy(&test->arena, file) : "the test";
    plugin->enabled = true;
    if (fhtest_options(test, "{}", why) < 0) {
        fhtest_free(test);
        return NULL;
    }
    return test;
}

struct fhtest *fhtest_open(const char *file, char **why)
{
    return open_plugin(file, NULL, why);
}

struct fhtest *fhtest_new(const struct fh_plugin *(*entry)(void), char **why)
{
    return open_plugin(NULL, entry, why);
}

void fhtest_free(struct fhtest *test)
{
    if (!test)
        return;
    world_clear(&test->world);
    json_decref(test->inspection);
    json_decref(test->secrets);
    arena_free(&test->arena);
    free(test->options);
    free(test);
}

char *fhtest_inspection(const struct fhtest *test)
{
    return json_dumps(test->inspection, JSON_COMPACT);
}

static json_t *problems_json(const struct field_problems *problems)
{
    json_t *list = json_array();
    for (size_t i = 0; i < problems->count; i++)
        json_array_append_new(list, json_pack("{s:s, s:s}", "field", problems->items[i].field,
                                              "message", problems->items[i].message));
    return list;
}

int fhtest_options(struct fhtest *test, const char *json, char **why)
{
    const struct fh_plugin *entry = &test->plugin.entry;
    json_t *input = json_loads(json, 0, NULL), *output = NULL, *secrets = NULL;
    struct field_problems problems = {0};
    int result = -1;
    if (why)
        *why = NULL;
    if (!input && why)
        *why = strdup("the options are no JSON");
    if (input)
        result = fields_validate_as("", entry->options, entry->option_count, input, NULL, NULL,
                                    &output, &secrets, &problems);
    if (result < 0 && problems.count && why)
        *why = text_format("%s: %s", problems.items[0].field, problems.items[0].message);
    if (result == 0) {
        free(test->options);
        test->options = json_dumps(output, JSON_COMPACT);
        test->plugin.options = test->options;
    }
    field_problems_clear(&problems);
    json_decref(input);
    json_decref(output);
    json_decref(secrets);
    return result;
}

void fhtest_arm(struct fhtest *test, const char *path, int status, const char *body)
{
    world_add(&test->world, text_format("arm * %s", path), status, body);
}

void fhtest_arm_as(struct fhtest *test, const char *credential, const char *path, int status,
                   const char *body)
{
    world_add(&test->world, text_format("arm %s %s", credential, path), status, body);
}

void fhtest_dns(struct fhtest *test, const char *server, const char *name, const char *body)
{
    world_add(&test->world, text_format("dns %s %s", server, name), 0, body);
}

void fhtest_http(struct fhtest *test, const char *url, int status, const char *body)
{
    world_add(&test->world, text_format("http %s", url), status, body);
}

void fhtest_tcp(struct fhtest *test, const char *host, uint16_t port, const char *body)
{
    world_add(&test->world, text_format("tcp %s %u", host, (unsigned)port), 0, body);
}

void fhtest_query(struct fhtest *test, const char *path, int status, const char *body)
{
    world_add(&test->world, text_format("query %s", path), status, body);
}

void fhtest_ntp(struct fhtest *test, const char *server, const char *body)
{
    world_add(&test->world, text_format("ntp %s", server), 0, body);
}

#define SUBSCRIPTION "11111111-1111-4111-8111-111111111111"

/* What a request is without anything said about it. An action has a machine, in whose group it
 * works. */
static json_t *usual_request(const struct fhtest *test, const char *operation)
{
    json_t *request = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:{s:s, s:s, s:s, s:s}, s:s, s:s, s:s, s:s, s:{s:s}}",
        "operation", operation, "kind", test->plugin.kind, "id",
        "01900000-0000-7000-8000-000000000001", "name", "test", "installation", "test01",
        "subscription", "id", SUBSCRIPTION, "tenant", "22222222-2222-4222-8222-222222222222",
        "name", "main", "credential", "main", "region", "westus3", "resourceGroup", "fh-test",
        "requestedAt", "2026-01-31T12:00:00Z", "transactionId",
        "01900000-0000-7000-8000-0000000000aa", "tags", "flexhost-installation", "test01");
    if (strcmp(test->plugin.kind, "action") == 0)
        json_object_set_new(request, "machine",
                            json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "name", "PC-01", "id",
                                      "/subscriptions/" SUBSCRIPTION
                                      "/resourceGroups/fh-test/providers/Microsoft.Compute/"
                                      "virtualMachines/PC-01",
                                      "catalog", "sales", "region", "westus3", "resourceGroup",
                                      "fh-test", "os", "Windows", "subscription", SUBSCRIPTION));
    return request;
}

/* The secrets that are typed go to test->secrets. */
static json_t *validated(struct fhtest *test, const struct fh_field *fields, size_t count,
                         const json_t *typed, const json_t *previous, json_t **problems)
{
    json_t *nothing = typed ? NULL : json_object();
    json_t *output = NULL, *secrets = NULL;
    struct field_problems found = {0};
    if (fields_validate(fields, count, typed ? typed : nothing, previous, NULL, &output, &secrets,
                        &found) < 0)
        *problems = problems_json(&found);
    field_problems_clear(&found);
    json_object_update(test->secrets, secrets);
    json_decref(secrets);
    json_decref(nothing);
    return output;
}

static char *refusal_of(const char *message)
{
    return print(json_pack("{s:{s:i, s:s}}", "error", "code", ERROR_USAGE, "message", message));
}

/* A member that no request has is a slip of the test: it would pass for the wrong reason. */
static const char *unknown_member(const json_t *given)
{
    static const char *const known[] = {
        "operation",     "kind",        "type",          "id",       "name",   "installation",
        "subscription",  "region",      "requestedAt",   "tags",     "fields", "options",
        "transactionId", "credentials", "resourceGroup", "previous", "verb",   "outputs",
        "resources",     "machine",     "failures",      "underWay", "phase",  "number",
        "learned",       "references"};
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)given, name, value)
    {
        size_t i = 0;
        while (i < sizeof known / sizeof *known && strcmp(known[i], name) != 0)
            i++;
        if (i == sizeof known / sizeof *known)
            return name;
    }
    return NULL;
}

/* What the test says of the request; NULL and *refusal: the answer to give instead. */
static json_t *read_given(const char *text, char **refusal)
{
    json_error_t where;
    char *message = NULL;
    json_t *given = json_loads(text ? text : "{}", JSON_REJECT_DUPLICATES, &where);
    const char *unknown = unknown_member(given);
    if (!given)
        message = text_format("the request is no JSON: line %d, column %d: %s", where.line,
                              where.column, where.text);
    else if (!json_is_object(given))
        message = strdup("the request is no JSON object: write {\"fields\":{...}}");
    else if (unknown)
        message = text_format("a request has no member \"%s\": fh_request() in flexhost/calls.h "
                              "lists them",
                              unknown);
    if (!message)
        return given;
    *refusal = refusal_of(message);
    free(message);
    json_decref(given);
    return NULL;
}

/* The request that a host would make. NULL and *refusal: the answer to give instead. */
static json_t *make_request(struct fhtest *test, const struct fh_verb *verb, const char *operation,
                            const char *text, char **refusal)
{
    json_t *given = read_given(text, refusal);
    json_t *request = given ? usual_request(test, verb ? verb->name : operation) : NULL;
    json_t *problems = NULL;
    if (!request || json_object_update(request, given) < 0) {
        json_decref(given);
        json_decref(request);
        return NULL;
    }
    const struct fh_plugin *entry = &test->plugin.entry;
    const json_t *inner = json_object_get(given, "verb");
    json_object_set_new(request, "fields",
                        validated(test, entry->fields, entry->field_count,
                                  json_object_get(given, "fields"),
                                  json_object_get(given, "previous"), &problems));
    if (verb && !problems)
        json_object_set_new(
            request, "verb",
            json_pack("{s:s, s:o}", "name", verb->name, "fields",
                      validated(test, verb->fields, verb->field_count,
                                json_object_get(inner, "fields"), NULL, &problems)));
    json_decref(given);
    if (!problems)
        return request;
    *refusal = print(json_pack("{s:o}", "problems", problems));
    json_decref(request);
    return NULL;
}

static char *error_json(struct error *err)
{
    json_t *error = json_pack("{s:i, s:s*, s:s}", "code", err->code, "field", err->field, "message",
                              error_text(err));
    error_clear(err);
    return print(json_pack("{s:o}", "error", error));
}

static const struct fh_verb *find_verb(const struct fhtest *test, const char *name, char **refusal)
{
    const struct fh_verb *verb = name ? plugin_verb(&test->plugin, name) : NULL;
    if (name && !verb)
        *refusal = refusal_of("the plugin has no such verb");
    return verb;
}

static json_t *check_json(const struct plugin_check *check)
{
    json_t *findings = json_array(), *claims = json_array();
    for (size_t i = 0; i < check->finding_count; i++) {
        const struct finding *finding = &check->findings[i];
        json_array_append_new(findings, json_pack("{s:s, s:s, s:s*, s:s, s:s*}", "severity",
                                                  severity_name(finding->severity), "rule",
                                                  finding->rule, "field", finding->field, "message",
                                                  finding->message, "mend", finding->mend));
    }
    for (size_t i = 0; i < check->claim_count; i++)
        json_array_append_new(claims, json_pack("{s:s, s:s}", "cidr", check->claims[i].cidr,
                                                "owner", check->claims[i].owner));
    json_t *document = check->document ? json_pack("{s:s, s:s}", "name", check->document_name,
                                                   "text", check->document)
                                       : NULL;
    return json_pack("{s:o, s:o, s:O*, s:o*, s:O*}", "findings", findings, "claims", claims,
                     "details", check->details, "document", document, "learned", check->learned);
}

char *fhtest_check(struct fhtest *test, const char *verb_name, const char *text)
{
    char *answer = NULL;
    const struct fh_verb *verb = find_verb(test, verb_name, &answer);
    json_t *request = answer ? NULL : make_request(test, verb, "create", text, &answer);
    if (!request)
        return answer;
    struct plugin_services services = world_services(&test->world);
    struct plugin_check check;
    struct error err = ERROR_INIT;
    world_listen(&test->world);
    if (plugin_run_check(&test->plugin, verb, request, test->secrets, &services, &check, &err) < 0)
        answer = error_json(&err);
    else
        answer = print(check_json(&check));
    plugin_check_clear(&check);
    json_decref(request);
    return answer;
}

char *fhtest_plan(struct fhtest *test, const char *verb_name, const char *text)
{
    char *answer = NULL;
    const struct fh_verb *verb = find_verb(test, verb_name, &answer);
    json_t *request = answer ? NULL : make_request(test, verb, "create", text, &answer);
    if (!request)
        return answer;
    struct plan *plan = NULL;
    struct error err = ERROR_INIT;
    if (plugin_run_plan(&test->plugin, verb, request, &plan, &err) < 0)
        answer = error_json(&err);
    else
        answer = print(plan_to_json(plan));
    plan_free(plan);
    json_decref(request);
    return answer;
}

char *fhtest_observe(struct fhtest *test, const char *text)
{
    char *answer = NULL;
    json_t *request = make_request(test, NULL, "observe", text, &answer);
    if (!request)
        return answer;
    struct plugin_services services = world_services(&test->world);
    struct plugin_observation seen;
    struct error err = ERROR_INIT;
    world_listen(&test->world);
    if (plugin_run_observe(&test->plugin, request, &services, &seen, &err) < 0)
        answer = error_json(&err);
    else
        answer =
            print(json_pack("{s:s*, s:s*, s:s*, s:O, s:o*}", "status", seen.status, "label",
                            seen.label, "message", seen.message, "details", seen.details, "due",
                            seen.due_verb ? json_pack("{s:s, s:I}", "verb", seen.due_verb,
                                                      "seconds", (json_int_t)seen.due_seconds)
                                          : NULL));
    plugin_observation_clear(&seen);
    json_decref(request);
    return answer;
}

char *fhtest_questions(const struct fhtest *test)
{
    return test->world.questions ? json_dumps(test->world.questions, JSON_COMPACT) : strdup("[]");
}
