/* SPDX-License-Identifier: Apache-2.0 */
/* connection check, refresh, retry. */
#include "base/text.h"
#include "command/nouns.h"
#include "command/overlap.h"
#include "command/request.h"
#include "command/subject_change.h"
#include "command/subject_refresh.h"
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
    if (planned_put(store, subject, err) == 0)
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

static int refresh(struct context *context, const struct command_input *input,
                   struct command_output *output, struct error *err)
{
    return planned_refresh(context, "connection", json_object_get(input->fields, "name"), output,
                           err);
}

static int retry(struct context *context, const struct command_input *input,
                 struct command_output *output, struct error *err)
{
    return planned_retry(context, input, "connection", text_at(input->fields, "name"), output, err);
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
