/* SPDX-License-Identifier: Apache-2.0 */
/* Running one recorded operation to its end. */
#include "command/operation_run.h"

#include "base/file.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum { LEASE_MS = 30000 };

int operation_run_lease(struct context *context, const char *subject_id, const char *operation_id,
                        struct error *err)
{
    struct store *store = context_store(context, err);
    if (!store)
        return -1;
    struct lease_holder holder;
    return store->ops->lease_acquire(store, subject_id, operation_id, LEASE_MS, &holder, err);
}

void operation_run_release(struct context *context, const char *subject_id,
                           const char *operation_id)
{
    struct store *store = context_store(context, NULL);
    if (store)
        store->ops->lease_release(store, subject_id, operation_id, NULL);
}

json_t *error_json(const struct error *err)
{
    return json_pack("{s:i, s:s*, s:s, s:s*, s:s*}", "code", err->code, "field", err->field,
                     "message", error_text(err), "azureCode", err->azure_code, "subState",
                     err->sub_state);
}

static const char *operation_status(enum engine_end end)
{
    switch (end) {
    case ENGINE_SUCCEEDED:
        return "Succeeded";
    case ENGINE_PARTLY:
        return "PartlySucceeded";
    case ENGINE_CANCELLED:
        return "Cancelled";
    case ENGINE_INTERRUPTED:
    case ENGINE_BROKEN:
        return "Interrupted";
    case ENGINE_FAILED:
        break;
    }
    return "Failed";
}

/* Interrupted work keeps its "Provisioning": it will go on. */
static void set_subject_status(const struct operation_run *run, const struct engine_result *result)
{
    struct record *record = &run->subject->record;
    switch (result->end) {
    case ENGINE_SUCCEEDED:
        record->status = run->kind->done;
        break;
    case ENGINE_FAILED:
    case ENGINE_PARTLY:
    case ENGINE_CANCELLED:
        record->status = result->failed_status
                             ? arena_copy(&run->subject->arena, result->failed_status)
                         : strcmp(run->action, "delete") == 0 ? run->kind->delete_failed
                                                              : run->kind->failed;
        break;
    case ENGINE_INTERRUPTED:
    case ENGINE_BROKEN:
        break;
    }
}

static json_t *counts_json(struct context *context)
{
    struct arm_counts counts = arm_counts(context_arm(context, NULL));
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "reads", (json_int_t)counts.reads, "writes",
                     (json_int_t)counts.writes, "deletes", (json_int_t)counts.deletes, "posts",
                     (json_int_t)counts.posts, "throttled", (json_int_t)counts.throttled, "lost",
                     (json_int_t)counts.lost);
}

static int put_operation(struct store *store, const struct operation_run *run,
                         const struct engine_result *result, json_t *counts, struct error *err)
{
    struct operation_view view;
    if (operation_load(store, run->operation_id, &view, err) < 0)
        return -1;
    json_t *failure = result->end == ENGINE_SUCCEEDED ? NULL : error_json(&result->error);
    char *failure_text = failure ? json_dumps(failure, JSON_COMPACT) : NULL;
    char *counts_text = counts ? json_dumps(counts, JSON_COMPACT) : NULL;
    view.operation.status = operation_status(result->end);
    view.operation.error = failure_text;
    view.operation.counts = counts_text;
    view.operation.finished_ms = clock_wall(clock_system());
    view.operation.steps_total = result->steps_total;
    view.operation.steps_done = result->steps_done;
    int stored = store->ops->operation_put(store, &view.operation, err);
    free(failure_text);
    free(counts_text);
    json_decref(failure);
    operation_clear(&view);
    return stored;
}

/* What was needed to make it, such as a password of the machine, is of no use any more. */
static bool has_let_go(const struct operation_run *run)
{
    const json_t *internal = json_object_get(run->subject->data, "internal");
    return json_is_true(json_object_get(internal, "letGo"));
}

static int put_end(struct store *store, struct operation_run *run,
                   const struct engine_result *result, json_t *counts, struct error *err)
{
    bool deleted = strcmp(run->action, "delete") == 0 && result->end == ENGINE_SUCCEEDED;
    if (store->ops->begin(store, err) < 0)
        return -1;
    int failed = put_operation(store, run, result, counts, err) < 0;
    if (!failed && deleted)
        failed = store->ops->record_delete(store, run->subject->record.kind,
                                           run->subject->record.id, err) < 0 ||
                 store->ops->secret_delete_all(store, run->subject->record.id, err) < 0;
    else if (!failed)
        failed = subject_put(store, run->subject, err) < 0 ||
                 (has_let_go(run) &&
                  store->ops->secret_delete_all(store, run->subject->record.id, err) < 0);
    if (!failed)
        return store->ops->commit(store, err);
    store->ops->rollback(store);
    return -1;
}

/* What a plugin cannot tell any more (it is gone, or broken) does not undo what was applied. */
static void settle(struct context *context, struct operation_run *run, bool succeeded)
{
    struct error err = ERROR_INIT;
    const char *status = run->subject->record.status;
    if (run->kind->settle && run->kind->settle(context, run->subject, run->request, &err) < 0) {
        context_warn(context, "the details of the %s \"%s\" are not known: %s", run->kind->kind,
                     run->subject->record.name, error_text(&err));
        json_object_set_new(run->subject->data, "message", json_string(error_text(&err)));
    }
    error_clear(&err);
    /* A plugin that does not look at the failures takes what it planned for what is there. */
    if (succeeded || strcmp(run->subject->record.status, run->kind->done) != 0)
        return;
    run->subject->record.status = status;
    json_object_del(run->subject->data, "statusLabel");
    json_object_del(run->subject->data, "message");
}

/* Whether what is there now stays so until somebody asks for a change. */
static bool has_ended(enum engine_end end)
{
    return end == ENGINE_SUCCEEDED || end == ENGINE_PARTLY || end == ENGINE_FAILED;
}

/* What the next change is compared with. */
static void note_applied(json_t *data, const json_t *request)
{
    json_t *internal = json_object_get(data, "internal");
    json_t *fields = json_object_get(request, "fields");
    if (!internal || !fields)
        return;
    json_object_set(internal, "applied", fields);
    if (json_object_get(internal, "wanted"))
        json_object_set(internal, "occupies", json_object_get(internal, "wanted"));
    json_object_del(internal, "wanted");
    json_object_del(internal, "attempted");
}

/* A step tells that it failed; what that means, and how to mend it, the plugin may know. */
static void add_meaning(const json_t *data, struct engine_result *result)
{
    const char *message = json_string_value(json_object_get(data, "message"));
    const char *error = error_text(&result->error);
    if (!message || result->end == ENGINE_SUCCEEDED || !result->error.code ||
        strstr(error, message) || strstr(message, error))
        return;
    char *whole = text_format("%s\n%s", error, message);
    if (!whole)
        return;
    free(result->error.message);
    result->error.message = whole;
}

/* What a verb has made of the subject. */
static void note_phase(json_t *data, const json_t *request)
{
    json_t *phase = json_object_get(json_object_get(request, "verb"), "phase");
    if (phase)
        json_object_set(json_object_get(data, "internal"), "phase", phase);
}

static void let_go(struct operation_run *run)
{
    if (!run->kind->lets_go || strcmp(run->subject->record.status, run->kind->done) != 0)
        return;
    json_object_del(run->subject->data, "connection");
    json_object_del(run->subject->data, "image");
    json_object_set_new(json_object_get(run->subject->data, "internal"), "letGo", json_true());
}

/* How it ended goes into the record, so that `show` can tell it without the operation. */
static int write_end(struct context *context, struct operation_run *run,
                     struct engine_result *result, struct error *err)
{
    struct store *store = context_store(context, err);
    if (!store)
        return -1;
    json_t *data = run->subject->data;
    set_subject_status(run, result);
    if (result->end != ENGINE_SUCCEEDED) /* the label was that of another status */
        json_object_del(data, "statusLabel");
    run->subject->record.updated_ms = clock_wall(clock_system());
    if (result->exports)
        json_object_set(data, "exports", result->exports);
    if (result->end == ENGINE_SUCCEEDED)
        json_object_del(data, "error");
    else
        json_object_set_new(data, "error", error_json(&result->error));
    if (result->end == ENGINE_SUCCEEDED)
        note_phase(data, run->request);
    if (strcmp(run->action, "delete") != 0 && has_ended(result->end))
        settle(context, run, result->end == ENGINE_SUCCEEDED);
    add_meaning(data, result);
    if (result->end == ENGINE_SUCCEEDED) {
        note_applied(data, run->request);
        let_go(run);
    }
    json_t *counts = counts_json(context);
    int written = put_end(store, run, result, counts, err);
    json_decref(counts);
    return written;
}

static int end_error(const struct operation_run *run, struct engine_result *result,
                     struct error *err)
{
    switch (result->end) {
    case ENGINE_SUCCEEDED:
        return 0;
    case ENGINE_INTERRUPTED:
        return error_set(
            err, ERROR_INTERRUPTED, NULL,
            "stopped; all that was done is recorded. `flexhost operation resume %s` goes on",
            run->operation_id);
    case ENGINE_CANCELLED:
        return error_set(err, ERROR_FAILED, NULL,
                         "cancelled; what was done stays. `flexhost operation resume %s` goes on%s",
                         run->operation_id,
                         command_find(run->kind->kind, "delete") ? ", deletion removes it" : "");
    case ENGINE_BROKEN:
        error_move(err, &result->error);
        return error_prefix(
            err, "the operation stopped and can be resumed (`flexhost operation resume %s`)",
            run->operation_id);
    case ENGINE_PARTLY:
        error_move(err, &result->error);
        err->code = ERROR_PARTLY;
        return -1;
    case ENGINE_FAILED:
        break;
    }
    error_move(err, &result->error);
    return -1;
}

static char *artifact_folder(struct context *context, const char *subject_id, struct error *err)
{
    const char *state = context_state_folder(context, err);
    char *folder = state ? text_format("%s/artifacts/%s", state, subject_id) : NULL;
    if (state && !folder)
        error_no_memory(err);
    return folder;
}

/* NULL when the kind has no such secrets, or without memory. */
static char *unkept_mend(const struct operation_run *run)
{
    const char *name = run->subject->record.name, *mend = run->kind->unkept_mend;
    const char *place = mend ? strstr(mend, "%s") : NULL;
    return place ? text_format("%.*s%s%s", (int)(place - mend), mend, name, place + 2) : NULL;
}

static int apply(struct context *context, struct operation_run *run, const struct plan *plan,
                 const char *artifacts, struct error *err)
{
    char *mend = unkept_mend(run);
    const struct face *face = context_face(context);
    const json_t *subscription = json_object_get(run->request, "subscription");
    struct engine_run engine = {
        .store = context_store(context, err),
        .loop = context_loop(context, err),
        .arm = context_arm(context, err),
        .subject_id = run->subject->record.id,
        .operation_id = run->operation_id,
        .credential = json_string_value(json_object_get(subscription, "credential")),
        .plan = plan,
        .secrets = run->unkept,
        .secrets_mend = mend,
        .artifact_folder = artifacts,
        .in_flight_limit = context_steps_at_once(context),
        .lease_ttl_ms = LEASE_MS,
        .sweep_interval_ms = context_sweep_interval_ms(context),
        .verify_window_ms = context_verify_window_ms(context),
        .interrupted = context_interrupted(context),
        .progress = face->progress,
        .progress_context = face->context,
    };
    if (!engine.store || !engine.loop || !engine.arm) {
        free(mend);
        return -1;
    }
    struct engine_result result = {0};
    engine_apply(&engine, &result);
    free(mend);
    int written = write_end(context, run, &result, err);
    if (written == 0)
        written = end_error(run, &result, err);
    engine_result_clear(&result);
    return written;
}

int operation_run(struct context *context, struct operation_run *run, const struct plan *plan,
                  struct command_output *output, struct error *err)
{
    char *artifacts = artifact_folder(context, run->subject->record.id, err);
    int result = artifacts ? apply(context, run, plan, artifacts, err) : -1;
    operation_run_release(context, run->subject->record.id, run->operation_id);
    free(artifacts);
    if (result < 0)
        error_set_transaction(err, run->operation_id);
    if (result == 0 && strcmp(run->action, "delete") != 0)
        output->result = subject_json(run->subject);
    return result;
}
