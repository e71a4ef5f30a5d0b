/* SPDX-License-Identifier: Apache-2.0 */
/* connection check, refresh, retry: what is there against what shall be. */
#include "base/text.h"
#include "command/change.h"
#include "command/listing.h"
#include "command/nouns.h"
#include "command/operation_run.h"
#include "command/overlap.h"
#include "command/request.h"
#include "command/subject_change.h"
#include "command/subject_view.h"
#include "command/text_at.h"
#include "plan/drift.h"

#include <stdlib.h>
#include <string.h>

/* ---- check ----------------------------------------------------------------------------------- */

struct examination {
    json_t *findings;
    int failed;
};

static void found(struct examination *examination, const char *result, const char *rule,
                  const char *message, const char *mend)
{
    examination->failed += strcmp(result, "fail") == 0;
    json_array_append_new(examination->findings,
                          json_pack("{s:s, s:s, s:s, s:s*}", "result", result, "rule", rule,
                                    "message", message, "mend", mend));
}

static void take_findings(struct examination *examination, const struct plugin_check *check)
{
    static const char *const results[] = {"pass", "warning", "fail"};
    for (size_t i = 0; i < check->finding_count; i++)
        found(examination, results[check->findings[i].severity], check->findings[i].rule,
              check->findings[i].message, check->findings[i].mend);
}

static void check_ranges(struct context *context, const struct subject_view *view,
                         const struct plugin_check *check, struct examination *examination)
{
    struct error err = ERROR_INIT;
    json_t *ranges = overlap_ranges(view->plugin, json_object_get(view->request, "fields"));
    if (overlap_check(context, view->plugin, view->request, check->claims, check->claim_count,
                      &err) < 0)
        found(examination, "fail", "address-ranges", error_text(&err),
              "move what came later, or create another connection with another range");
    else if (json_array_size(ranges))
        found(examination, "pass", "address-ranges",
              "no range of the connection overlaps one that is known", NULL);
    json_decref(ranges);
    error_clear(&err);
}

/* What the plugin asks the world; a question without an answer is a finding of its own. *learned:
 * the ranges that others use, NULL unless all is well. */
static void check_world(struct context *context, const struct subject_view *view,
                        struct examination *examination, json_t **learned)
{
    struct plugin_check check = {0};
    struct error err = ERROR_INIT;
    const struct plugin_services *services = context_services(context, &err);
    if (!services ||
        (view->plugin->entry.check &&
         plugin_run_check(view->plugin, NULL, view->request, NULL, services, &check, &err) < 0))
        found(examination, "fail", "questions", error_text(&err), NULL);
    take_findings(examination, &check);
    *learned = examination->failed ? NULL : overlap_learned(context, &check, NULL);
    check_ranges(context, view, &check, examination);
    plugin_check_clear(&check);
    error_clear(&err);
}

static void add_drift(void *context, const struct drift *drift)
{
    char *message = text_format("%s: %s", drift->title, drift->differs);
    found(context, "fail", "drift", message ? message : drift->title,
          "flexhost connection retry makes it as it was");
    free(message);
}

static int check_drift(struct context *context, struct subject_view *view,
                       struct examination *examination, struct error *err)
{
    const char *key;
    json_t *reason;
    int failed = examination->failed;
    if (!subject_is_settled(view->subject)) {
        found(examination, "warning", "drift",
              "an operation is under way: what is there is not compared", NULL);
        return 0;
    }
    if (subject_view_read(context, view, 1, err) < 0 ||
        drift_find(context_store(context, err), view->subject->record.id, view->plan,
                   view->resources, add_drift, examination, err) < 0)
        return -1;
    json_object_foreach(view->unread, key, reason)
    {
        char *message = text_format("\"%s\" cannot be read: %s", key, json_string_value(reason));
        found(examination, "warning", "drift", message ? message : key, NULL);
        free(message);
    }
    if (examination->failed == failed && !json_object_size(view->unread))
        found(examination, "pass", "drift", "all that was applied is as it was applied", NULL);
    return 0;
}

/* What an operation has changed meanwhile knows more than this. */
static int put_unless_changed(struct store *store, struct subject *subject, struct error *err)
{
    struct subject now;
    bool there;
    if (subject_find(store, "connection", subject->record.id, &now, &there, err) < 0)
        return -1;
    int result = 0;
    if (there && now.record.updated_ms == subject->record.updated_ms) {
        subject->record.updated_ms = clock_wall(clock_system());
        result = subject_put(store, subject, err);
    }
    subject_clear(&now);
    return result;
}

/* Another connection's range is held against what lies behind this one: as it is today. */
static int remember(struct store *store, struct subject *subject, json_t *learned,
                    struct error *err)
{
    json_t *internal = json_object_get(subject->data, "internal");
    if (!internal || !learned || !subject_is_settled(subject) ||
        json_equal(json_object_get(internal, "claims"), learned))
        return 0;
    json_object_set(internal, "claims", learned);
    if (store->ops->begin(store, err) < 0)
        return -1;
    if (put_unless_changed(store, subject, err) == 0)
        return store->ops->commit(store, err);
    store->ops->rollback(store);
    return -1;
}

static int check(struct context *context, const struct command_input *input,
                 struct command_output *output, struct error *err)
{
    struct store *store = context_store(context, err);
    struct subject_view view = {0};
    struct subject subject;
    if (!store ||
        subject_load(store, "connection", text_at(input->fields, "name"), &subject, err) < 0)
        return -1;
    struct examination examination = {.findings = json_array()};
    json_t *learned = NULL;
    output->result = examination.findings;
    int result = subject_view_open(context, &subject, "check", &view, err);
    if (result == 0) {
        check_world(context, &view, &examination, &learned);
        result = check_drift(context, &view, &examination, err);
    }
    if (result == 0)
        result = remember(store, &subject, learned, err);
    subject_view_clear(&view);
    subject_clear(&subject);
    json_decref(learned);
    if (result == 0 && examination.failed)
        result = error_set(err, ERROR_FAILED, NULL, "%d of %zu checks failed", examination.failed,
                           json_array_size(examination.findings));
    return result;
}

/* ---- refresh --------------------------------------------------------------------------------- */

struct refreshing {
    struct context *context;
    struct subject *subjects;
    struct subject_view *views;
    size_t count;
};

static bool append_name(void *context, const struct record *record)
{
    json_array_append_new(context, json_string(record->id));
    return true;
}

/* Those that are named, or all. */
static json_t *chosen(struct store *store, const struct command_input *input, struct error *err)
{
    json_t *names = json_deep_copy(json_object_get(input->fields, "name"));
    struct record_filter filter = {.kind = "connection"};
    if (json_array_size(names))
        return names;
    json_decref(names);
    names = json_array();
    if (store->ops->record_each(store, &filter, append_name, names, err) == 0)
        return names;
    json_decref(names);
    return NULL;
}

static int open_all(struct refreshing *refreshing, const json_t *names, struct error *err)
{
    struct store *store = context_store(refreshing->context, err);
    size_t i;
    json_t *name;
    json_array_foreach((json_t *)names, i, name)
    {
        struct subject *subject = &refreshing->subjects[refreshing->count];
        struct subject_view *view = &refreshing->views[refreshing->count];
        if (subject_load(store, "connection", json_string_value(name), subject, err) < 0)
            return -1;
        struct error failure = ERROR_INIT;
        bool opened =
            subject_is_settled(subject) &&
            subject_view_open(refreshing->context, subject, "observe", view, &failure) == 0;
        if (failure.code)
            context_warn(refreshing->context, "the connection \"%s\" is left as it was: %s",
                         subject->record.name, error_text(&failure));
        error_clear(&failure);
        if (!opened) {
            subject_view_clear(view);
            subject_clear(subject);
            continue;
        }
        refreshing->count++;
    }
    return 0;
}

static int store_all(struct refreshing *refreshing, struct error *err)
{
    struct store *store = context_store(refreshing->context, err);
    if (store->ops->begin(store, err) < 0)
        return -1;
    for (size_t i = 0; i < refreshing->count; i++) {
        if (put_unless_changed(store, &refreshing->subjects[i], err) == 0)
            continue;
        store->ops->rollback(store);
        return -1;
    }
    return store->ops->commit(store, err);
}

/* How many. */
static size_t warn_of_unread(struct context *context, const struct subject_view *view)
{
    const char *key;
    json_t *reason;
    json_object_foreach(view->unread, key, reason)
        context_warn(context, "\"%s\" of the connection \"%s\" cannot be read: %s", key,
                     view->subject->record.name, json_string_value(reason));
    return json_object_size(view->unread);
}

/* What ended badly, or has begun to go, stays so until it is gone on with. */
static bool ended_well(struct store *store, const struct subject *subject)
{
    struct operation_view last;
    if (!subject->record.operation)
        return true;
    if (operation_load(store, subject->record.operation, &last, NULL) < 0)
        return false;
    const char *status = last.operation.status;
    bool well = (strcmp(status, "Succeeded") == 0 || strcmp(status, "PartlySucceeded") == 0) &&
                strcmp(last.operation.action, "delete") != 0;
    operation_clear(&last);
    return well;
}

static int observe(struct context *context, struct subject *subject,
                   const struct subject_view *view, struct error *err)
{
    static const char *const told[] = {"statusLabel", "message"};
    bool well = ended_well(context_store(context, err), subject);
    const char *status = subject->record.status;
    json_t *before = json_copy(subject->data);
    int result = request_observe(context, subject, view->request, view->resources, err);
    if (!well)
        subject->record.status = status;
    for (size_t i = 0; i < 2 && !well; i++) {
        json_object_del(subject->data, told[i]);
        if (json_object_get(before, told[i]))
            json_object_set(subject->data, told[i], json_object_get(before, told[i]));
    }
    json_decref(before);
    return result;
}

static int observe_all(struct refreshing *refreshing, json_t *shown, struct error *err)
{
    for (size_t i = 0; i < refreshing->count; i++) {
        struct subject *subject = &refreshing->subjects[i];
        struct subject_view *view = &refreshing->views[i];
        warn_of_unread(refreshing->context, view);
        if (observe(refreshing->context, subject, view, err) < 0)
            return error_prefix(err, "the connection \"%s\"", subject->record.name);
        json_array_append_new(shown, subject_json(subject));
    }
    return store_all(refreshing, err);
}

static int refresh(struct context *context, const struct command_input *input,
                   struct command_output *output, struct error *err)
{
    struct store *store = context_store(context, err);
    json_t *names = store ? chosen(store, input, err) : NULL;
    if (!names)
        return -1;
    size_t most = json_array_size(names) + 1;
    struct refreshing refreshing = {.context = context,
                                    .subjects = calloc(most, sizeof *refreshing.subjects),
                                    .views = calloc(most, sizeof *refreshing.views)};
    int result = refreshing.subjects && refreshing.views ? 0 : error_no_memory(err);
    output->result = json_array();
    if (result == 0)
        result = open_all(&refreshing, names, err);
    if (result == 0)
        result = subject_view_read(context, refreshing.views, refreshing.count, err);
    if (result == 0)
        result = observe_all(&refreshing, output->result, err);
    for (size_t i = 0; i < refreshing.count; i++) {
        subject_view_clear(&refreshing.views[i]);
        subject_clear(&refreshing.subjects[i]);
    }
    free(refreshing.subjects);
    free(refreshing.views);
    json_decref(names);
    return result;
}

/* ---- retry ----------------------------------------------------------------------------------- */

static void note_drift(void *context, const struct drift *drift)
{
    json_object_set_new(context, drift->key, json_string(drift->mend));
}

/* {STEP: mend} of all that is not as it was applied; NULL with err set. *unread: how many could not
 * be read. */
static json_t *find_drift(struct context *context, const struct subject *subject, size_t *unread,
                          struct error *err)
{
    struct subject_view view = {0};
    json_t *drifted = json_object();
    *unread = 0;
    if (subject_view_open(context, subject, "observe", &view, err) < 0 ||
        subject_view_read(context, &view, 1, err) < 0 ||
        drift_find(context_store(context, err), subject->record.id, view.plan, view.resources,
                   note_drift, drifted, err) < 0) {
        json_decref(drifted);
        drifted = NULL;
    }
    *unread = warn_of_unread(context, &view);
    subject_view_clear(&view);
    return drifted;
}

static int mend_drift(struct context *context, const struct command_input *input,
                      struct planned *connection, struct command_output *output, struct error *err)
{
    size_t unread;
    json_t *drifted = find_drift(context, &connection->subject, &unread, err);
    int result = drifted ? 0 : -1;
    if (drifted && json_object_size(drifted) == 0 && unread) {
        result = error_set(err, ERROR_FAILED, NULL,
                           "what could be read of the connection \"%s\" is as it was applied, but "
                           "not all could be read: give the credential the right, and retry",
                           connection->subject.record.name);
    } else if (drifted && json_object_size(drifted) == 0) {
        context_remark(context, "the connection \"%s\" is as it was applied: nothing to retry",
                       connection->subject.record.name);
        output->result = input->dry_run ? NULL : subject_json(&connection->subject);
    } else if (drifted) {
        result = planned_renew(context, input, connection, drifted, output, err);
    }
    json_decref(drifted);
    return result;
}

static int go_on(struct context *context, const struct command_input *input, const char *operation,
                 struct command_output *output, struct error *err)
{
    if (!input->no_wait)
        return change_resume(context, operation, input->dry_run, output, err);
    if (operation_detach(context, operation, err) < 0)
        return -1;
    return operation_output(context, operation, output, err);
}

static int retry(struct context *context, const struct command_input *input,
                 struct command_output *output, struct error *err)
{
    struct planned connection;
    struct operation_view last = {0};
    int result =
        planned_open(context, "connection", text_at(input->fields, "name"), &connection, err);
    const char *id = result == 0 ? connection.subject.record.operation : NULL;
    if (id)
        result = operation_load(context_store(context, err), id, &last, err);
    if (result == 0 && id && strcmp(last.operation.status, "Succeeded") != 0)
        result = go_on(context, input, id, output, err);
    else if (result == 0)
        result = mend_drift(context, input, &connection, output, err);
    if (id)
        operation_clear(&last);
    planned_clear(&connection);
    return result;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static const struct fh_field name_fields[] = {{.name = "name",
                                               .type = "string",
                                               .flags = FH_FIELD_REQUIRED,
                                               .help = "the connection's name or id"}};
static const struct fh_field names_fields[] = {
    {.name = "name",
     .type = "string",
     .flags = FH_FIELD_LIST,
     .help = "names or ids of connections (default: all of them)"}};
static const struct column check_columns[] = {
    {"result", "RESULT"}, {"rule", "RULE"}, {"message", "MESSAGE"}, {"mend", "MEND"}};

static const struct command commands[] = {
    {.noun = "connection",
     .verb = "check",
     .summary = "Check what a connection needs, and whether Azure has it as it was applied",
     .description = "Asks the DNS and time servers, looks at credentials, roles and address "
                    "ranges, and compares each resource with what was applied. Changes nothing.",
     .permission = "connection/read",
     .fields = name_fields,
     .field_count = 1,
     .positional = "name",
     .columns = check_columns,
     .column_count = 4,
     .example = "flexhost connection check corp",
     .run = check},
    {.noun = "connection",
     .verb = "refresh",
     .summary = "Read from Azure how connections are, and show it",
     .description = "Reads lists where several resources stand in one, so that many connections "
                    "cost pages and not a request each.",
     .permission = "connection/read",
     .fields = names_fields,
     .field_count = 1,
     .positional = "name...",
     .columns = connection_columns,
     .column_count = CONNECTION_COLUMNS,
     .example = "flexhost connection refresh",
     .run = refresh},
    {.noun = "connection",
     .verb = "retry",
     .summary = "Try again what failed of a connection, and mend what has changed in Azure",
     .description =
         "Goes on with the last operation where it failed or was interrupted: parts that "
         "hold are left alone. Otherwise makes anew what is no longer as it was applied.",
     .permission = "connection/update",
     .flags = COMMAND_CHANGES,
     .fields = name_fields,
     .field_count = 1,
     .positional = "name",
     .columns = connection_columns,
     .column_count = CONNECTION_COLUMNS,
     .example = "flexhost connection retry corp --dry-run",
     .run = retry},
};

struct noun noun_connection_check(void)
{
    return (struct noun){"connection", "", commands, sizeof commands / sizeof *commands};
}
