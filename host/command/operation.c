/* SPDX-License-Identifier: Apache-2.0 */
/* operation list, show, wait, resume, cancel. */
#include "command/nouns.h"
#include "command/operation_run.h"
#include "command/text_at.h"

#include <string.h>
#include <time.h>

enum { WAIT_STEP_MS = 200 };

json_t *operation_json(const struct operation *operation)
{
    json_t *json = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s*, s:I, s:I, s:I, s:I}", "id", operation->id, "kind",
        operation->subject_kind, "name", operation->subject_name, "action", operation->action,
        "status", operation->status, "principal", operation->principal, "startedMs",
        (json_int_t)operation->started_ms, "finishedMs", (json_int_t)operation->finished_ms,
        "stepsDone", (json_int_t)operation->steps_done, "stepsTotal",
        (json_int_t)operation->steps_total);
    json_t *error = operation->error ? json_loads(operation->error, 0, NULL) : NULL;
    json_t *counts = operation->counts ? json_loads(operation->counts, 0, NULL) : NULL;
    if (error)
        json_object_set_new(json, "error", error);
    if (error)
        json_object_set(json, "message", json_object_get(error, "message"));
    if (counts)
        json_object_set_new(json, "requests", counts);
    if (operation->cancel_requested)
        json_object_set_new(json, "cancelRequested", json_true());
    return json;
}

static const struct column columns[] = {
    {"id", "ID"},         {"kind", "KIND"},      {"name", "NAME"},     {"action", "ACTION"},
    {"status", "STATUS"}, {"stepsDone", "DONE"}, {"stepsTotal", "OF"}, {"message", "MESSAGE"}};

enum { COLUMN_COUNT = sizeof columns / sizeof *columns };

int operation_output(struct context *context, const char *id, struct command_output *output,
                     struct error *err)
{
    struct store *store = context_store(context, err);
    struct operation_view view;
    if (!store || operation_load(store, id, &view, err) < 0)
        return -1;
    output->result = operation_json(&view.operation);
    output->columns = columns;
    output->column_count = COLUMN_COUNT;
    operation_clear(&view);
    return output->result ? 0 : error_no_memory(err);
}

struct listing {
    struct store *store;
    json_t *list;
};

/* A subject's lease may be another operation's by now. */
static int find_runner(struct store *store, const struct operation *operation,
                       struct lease_holder *holder, bool *alive, struct error *err)
{
    if (store->ops->lease_query(store, operation->subject_id, alive, holder, err) < 0)
        return -1;
    *alive = *alive && strcmp(holder->operation, operation->id) == 0;
    return 0;
}

/* "Running" without a living process is work that waits for somebody: say so. */
static void add_runner(struct store *store, json_t *json, const struct operation *operation)
{
    if (strcmp(operation->status, "Running") != 0)
        return;
    struct lease_holder holder;
    bool alive = false;
    if (find_runner(store, operation, &holder, &alive, NULL) < 0)
        return;
    if (alive) {
        json_object_set_new(json, "process", json_integer((json_int_t)holder.pid));
        json_object_set_new(json, "host", json_string(holder.host));
    } else {
        json_object_set_new(json, "status", json_string("Interrupted"));
        json_object_set_new(json, "message", json_string("its process is gone: resume it"));
    }
}

static bool add_operation(void *context, const struct operation *operation)
{
    struct listing *listing = context;
    json_t *json = operation_json(operation);
    add_runner(listing->store, json, operation);
    json_array_append_new(listing->list, json);
    return true;
}

static int list(struct context *context, const struct command_input *input,
                struct command_output *output, struct error *err)
{
    struct store *store = context_store(context, err);
    if (!store)
        return -1;
    struct listing listing = {store, json_array()};
    output->result = listing.list;
    struct operation_filter filter = {
        .limit = json_integer_value(json_object_get(input->fields, "limit"))};
    return store->ops->operation_each(store, &filter, add_operation, &listing, err);
}

struct steps {
    json_t *list;
    const char *operation;
};

static bool add_step(void *context, const struct journal_step *step)
{
    struct steps *steps = context;
    if (!step->operation || strcmp(step->operation, steps->operation) != 0)
        return true;
    json_t *error = step->error ? json_loads(step->error, 0, NULL) : NULL;
    json_array_append_new(
        steps->list, json_pack("{s:s, s:s*, s:s, s:s*, s:s*, s:I, s:o*}", "key", step->key, "title",
                               step->title, "state", step->state, "method", step->method, "path",
                               step->path, "attempts", (json_int_t)step->attempts, "error", error));
    return true;
}

static int show(struct context *context, const struct command_input *input,
                struct command_output *output, struct error *err)
{
    struct store *store = context_store(context, err);
    struct operation_view view;
    if (!store || operation_load(store, text_at(input->fields, "id"), &view, err) < 0)
        return -1;
    output->result = operation_json(&view.operation);
    add_runner(store, output->result, &view.operation);
    struct steps steps = {json_array(), view.operation.id};
    struct journal_filter filter = {.subject_id = view.operation.subject_id};
    int result = store->ops->journal_each(store, &filter, add_step, &steps, err);
    json_object_set_new(output->result, "steps", steps.list);
    operation_clear(&view);
    return result;
}

/* The exit status of the operation itself, so that scripts can wait and branch. */
static int ended(const struct operation_view *view, struct error *err)
{
    const struct operation *operation = &view->operation;
    if (strcmp(operation->status, "Succeeded") == 0)
        return 0;
    json_t *error = operation->error ? json_loads(operation->error, 0, NULL) : NULL;
    json_int_t code = json_integer_value(json_object_get(error, "code"));
    const char *message = text_at(error, "message");
    error_set(err, code > 0 ? (int)code : ERROR_FAILED, NULL, "operation %s ended %s: %s",
              operation->id, operation->status, message ? message : "no reason was recorded");
    error_set_transaction(err, operation->id);
    json_decref(error);
    return -1;
}

static int check_alive(struct store *store, const struct operation *operation, struct error *err)
{
    struct lease_holder holder;
    bool alive = false;
    if (find_runner(store, operation, &holder, &alive, err) < 0)
        return -1;
    if (alive)
        return 0;
    return error_set(
        err, ERROR_RETRY, NULL,
        "operation %s has no living process: `flexhost operation resume %s` goes on with it",
        operation->id, operation->id);
}

static void pause_ms(int ms)
{
    struct timespec span = {ms / 1000, (long)(ms % 1000) * 1000000};
    nanosleep(&span, NULL);
}

static int wait_for(struct context *context, const struct command_input *input,
                    struct command_output *output, struct error *err)
{
    struct store *store = context_store(context, err);
    json_t *timeout = json_object_get(input->fields, "timeout");
    int64_t until = clock_now(clock_system()) + json_integer_value(timeout) * 1000;
    int gone = 0; /* a runner that has just been started holds no lease yet */
    for (;;) {
        struct operation_view view;
        if (!store || operation_load(store, text_at(input->fields, "id"), &view, err) < 0)
            return -1;
        bool running = strcmp(view.operation.status, "Running") == 0;
        int result = running ? 0 : ended(&view, err);
        if (running && check_alive(store, &view.operation, err) < 0)
            result = ++gone > 25 ? -1 : 0;
        else
            gone = 0;
        if (!running && result == 0)
            output->result = operation_json(&view.operation);
        bool late = timeout && running && clock_now(clock_system()) >= until;
        if (late)
            result = error_set(err, ERROR_RETRY, "--timeout",
                               "operation %s still runs (%lld of %lld steps are done)",
                               view.operation.id, (long long)view.operation.steps_done,
                               (long long)view.operation.steps_total);
        operation_clear(&view);
        if (!running || result < 0)
            return result;
        if (*context_interrupted(context))
            return error_set(err, ERROR_INTERRUPTED, NULL,
                             "stopped waiting; the operation goes on");
        pause_ms(WAIT_STEP_MS);
    }
}

static int resume(struct context *context, const struct command_input *input,
                  struct command_output *output, struct error *err)
{
    const char *id = text_at(input->fields, "id");
    if (!input->no_wait || input->dry_run)
        return change_resume(context, id, input->dry_run, output, err);
    if (operation_output(context, id, output, err) < 0)
        return -1;
    return operation_detach(context, text_at(output->result, "id"), err);
}

static int cancel(struct context *context, const struct command_input *input,
                  struct command_output *output, struct error *err)
{
    struct store *store = context_store(context, err);
    struct operation_view view;
    if (!store || operation_load(store, text_at(input->fields, "id"), &view, err) < 0)
        return -1;
    int result;
    if (strcmp(view.operation.status, "Running") != 0)
        result = error_set(err, ERROR_USAGE, "/id",
                           "operation %s does not run (status %s): there is nothing to cancel",
                           view.operation.id, view.operation.status);
    else if ((result = check_alive(store, &view.operation, err)) == 0)
        result = store->ops->operation_request_cancel(store, view.operation.id, err);
    if (result == 0)
        result = operation_output(context, view.operation.id, output, err);
    operation_clear(&view);
    return result;
}

static const struct fh_field id_field[] = {
    {.name = "id",
     .type = "string",
     .flags = FH_FIELD_REQUIRED,
     .min = 8,
     .max = 36,
     .help = "the operation's id, or its first 8 characters or more"}};
static const struct fh_field list_fields[] = {{.name = "limit",
                                               .type = "int",
                                               .min = 1,
                                               .max = 100000,
                                               .default_value = "20",
                                               .help = "how many, newest first"}};
static const struct fh_field wait_fields[] = {
    {.name = "id",
     .type = "string",
     .flags = FH_FIELD_REQUIRED,
     .min = 8,
     .max = 36,
     .help = "the operation's id, or its first 8 characters or more"},
    {.name = "timeout",
     .type = "duration",
     .help = "give up waiting after this time, e.g. 30m (exit status 6)"},
};
static const struct command commands[] = {
    {.noun = "operation",
     .verb = "list",
     .summary = "List operations, newest first",
     .permission = "operation/read",
     .fields = list_fields,
     .field_count = 1,
     .columns = columns,
     .column_count = COLUMN_COUNT,
     .example = "flexhost operation list",
     .run = list},
    {.noun = "operation",
     .verb = "show",
     .summary = "Show an operation, its steps and the requests it took",
     .permission = "operation/read",
     .fields = id_field,
     .field_count = 1,
     .positional = "id",
     .example = "flexhost operation show 0199f3a1",
     .run = show},
    {.noun = "operation",
     .verb = "wait",
     .summary = "Wait until an operation has ended, and exit as it did",
     .permission = "operation/read",
     .fields = wait_fields,
     .field_count = 2,
     .positional = "id",
     .columns = columns,
     .column_count = COLUMN_COUNT,
     .example = "flexhost operation wait 0199f3a1 --timeout 30m",
     .run = wait_for},
    {.noun = "operation",
     .verb = "resume",
     .summary = "Go on with an operation that was interrupted, cancelled or failed",
     .description = "What is done stays done; the rest is tried again.",
     .permission = "operation/resume",
     .flags = COMMAND_CHANGES,
     .fields = id_field,
     .field_count = 1,
     .positional = "id",
     .example = "flexhost operation resume 0199f3a1",
     .run = resume},
    {.noun = "operation",
     .verb = "cancel",
     .summary = "Ask a running operation to stop",
     .description = "Requests in flight come home and are recorded; nothing new is begun. What was "
                    "done stays.",
     .permission = "operation/cancel",
     .fields = id_field,
     .field_count = 1,
     .positional = "id",
     .columns = columns,
     .column_count = COLUMN_COUNT,
     .example = "flexhost operation cancel 0199f3a1",
     .run = cancel},
    {.noun = "operation",
     .verb = "run",
     .summary = "Run a recorded operation (what --no-wait starts)",
     .permission = "operation/resume",
     .flags = COMMAND_HIDDEN,
     .fields = id_field,
     .field_count = 1,
     .positional = "id",
     .run = resume},
};

struct noun noun_operation(void)
{
    return (struct noun){"operation", "Operations: what was asked, how far it is, how it ended",
                         commands, sizeof commands / sizeof *commands};
}
