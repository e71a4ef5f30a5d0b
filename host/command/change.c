/* SPDX-License-Identifier: Apache-2.0 */
/* Starting a change: plan, dry run, record, then run here or in a process of its own. */
#include "command/change.h"

#include "base/text.h"
#include "base/uuid.h"
#include "command/operation_run.h"
#include "command/rehearsal.h"
#include "command/request.h"
#include "command/subscription.h"
#include "command/text_at.h"
#include "plan/drift.h"

#include <stdlib.h>
#include <string.h>

static void show_change(void *context, const struct change *change)
{
    const struct face *face = context;
    face->change(face->context, change);
}

static int show(struct context *context, const char *subject_id, const struct plan *plan,
                const char *operation_id, const json_t *secrets, const json_t *drifted,
                struct error *err)
{
    struct store *store = context_store(context, err);
    if (!store)
        return -1;
    const struct face *face = context_face(context);
    struct rehearsal rehearsal;
    rehearsal_begin(&rehearsal, store, secrets, drifted);
    return engine_diff(&rehearsal.store, subject_id, plan, operation_id, show_change, (void *)face,
                       err);
}

int change_show(struct context *context, const char *subject_id, const struct plan *plan,
                const char *operation_id, struct error *err)
{
    return show(context, subject_id, plan, operation_id, NULL, NULL, err);
}

static int put_secrets(struct store *store, const char *owner, const json_t *secrets,
                       struct error *err)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)secrets, name, value)
    {
        if (store->ops->secret_put(store, owner, name, json_string_value(value),
                                   json_string_length(value), err) < 0)
            return -1;
    }
    return 0;
}

/* The store knows that there was one, so that every new one counts as a change. */
static int put_traces(struct store *store, const char *owner, const json_t *unkept,
                      struct error *err)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)unkept, name, value)
    {
        if (store->ops->secret_put(store, owner, name, "", 0, err) < 0)
            return -1;
    }
    return 0;
}

/* Whoever began it is gone, since the lease could be had: from now on this change is the one to go
 * on with. */
static int close_operation(struct store *store, const char *id, const char *next, struct error *err)
{
    struct operation_view view;
    if (operation_load(store, id, &view, err) < 0)
        return -1;
    int result = 0;
    if (view.operation.finished_ms == 0) {
        char *why = text_format("{\"code\":%d,\"message\":\"operation %s took its place\"}",
                                ERROR_FAILED, next);
        view.operation.status = "Interrupted";
        view.operation.error = why;
        view.operation.finished_ms = clock_wall(clock_system());
        result = store->ops->operation_put(store, &view.operation, err);
        free(why);
    }
    operation_clear(&view);
    return result;
}

static int refuse_interrupted(struct store *store, const struct operation_run *run, const char *id,
                              struct error *err)
{
    struct operation_view last;
    if (!run->kind->resumes_first || strcmp(run->action, "delete") == 0)
        return 0;
    if (operation_load(store, id, &last, err) < 0)
        return -1;
    const char *status = last.operation.status;
    bool broken_off = strcmp(status, "Running") == 0 || strcmp(status, "Interrupted") == 0;
    int result = 0;
    if (broken_off && strcmp(last.operation.action, run->action) != 0)
        result = error_set(
            err, ERROR_USAGE, "/name",
            "the operation \"%s\" of the %s \"%s\" was interrupted: `flexhost "
            "operation resume %s` goes on with it, `flexhost %s delete` gives all of "
            "it up",
            last.operation.action, run->kind->kind, run->subject->record.name, id, run->kind->kind);
    operation_clear(&last);
    return result;
}

/* What was loaded before the lease was had may have been changed or deleted since. */
static int reload(struct store *store, const struct operation_run *run, struct error *err)
{
    struct record *record = &run->subject->record;
    struct subject now;
    bool found;
    if (subject_find(store, record->kind, record->id, &now, &found, err) < 0)
        return -1;
    if (!found)
        return error_set(err, ERROR_USAGE, "/name", "the %s \"%s\" has just been deleted",
                         record->kind, record->name);
    int result = 0;
    if ((run->base_ms && now.record.updated_ms != run->base_ms) ||
        strcmp(now.record.name, record->name) != 0)
        result = error_set(err, ERROR_RETRY, "/name",
                           "the %s \"%s\" has just been changed by somebody else: look at it "
                           "(`flexhost %s show`), then give the command again",
                           record->kind, record->name, record->kind);
    if (result == 0 && now.record.operation)
        result = refuse_interrupted(store, run, now.record.operation, err);
    if (result == 0 && now.record.operation)
        result = close_operation(store, now.record.operation, run->operation_id, err);
    if (!run->base_ms) {
        json_decref(run->subject->data);
        run->subject->data = json_incref(now.data);
    }
    subject_clear(&now);
    return result;
}

/* A connection that is going away takes no more machines, and is not "Ready to use". */
static void forget_state(json_t *data)
{
    static const char *const keys[] = {"exports", "statusLabel", "message", "error"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        json_object_del(data, keys[i]);
}

static int admit(struct context *context, const struct operation_run *run, struct error *err)
{
    const struct record *record = &run->subject->record;
    struct store *store = context_store(context, err);
    bool created = strcmp(run->action, "create") == 0;
    if (created ? request_check_name(context, record->kind, record->name, err) < 0
                : reload(store, run, err) < 0)
        return -1;
    if (created &&
        subscription_check(context, json_object_get(run->request, "subscription"), err) < 0)
        return -1;
    if (run->kind->admit && run->kind->admit(context, run->subject, run->action, err) < 0)
        return -1;
    if (strcmp(run->action, "delete") == 0)
        forget_state(run->subject->data);
    return 0;
}

/* Lease, record, operation and secrets appear together, so that none is ever without the others,
 * and what was checked before holds. */
static int record_start(struct context *context, const struct operation_run *run,
                        const struct operation *operation, const json_t *secrets, struct error *err)
{
    struct store *store = context_store(context, err);
    if (!store || store->ops->begin(store, err) < 0)
        return -1;
    struct record *record = &run->subject->record;
    if (operation_run_lease(context, record->id, run->operation_id, err) < 0 ||
        admit(context, run, err) < 0)
        goto failed;
    record->operation = operation->id;
    record->updated_ms = operation->started_ms;
    if (subject_put(store, run->subject, err) == 0 &&
        store->ops->operation_put(store, operation, err) == 0 &&
        put_secrets(store, record->id, secrets, err) == 0 &&
        put_traces(store, record->id, run->unkept, err) == 0 &&
        drift_mark(store, record->id, operation->id, run->drifted, err) == 0)
        return store->ops->commit(store, err);
failed:
    store->ops->rollback(store);
    return -1;
}

static int run_or_detach(struct context *context, const struct command_input *input,
                         struct operation_run *run, const struct plan *plan,
                         struct command_output *output, struct error *err)
{
    if (!input->no_wait)
        return operation_run(context, run, plan, output, err);
    operation_run_release(context, run->subject->record.id, run->operation_id);
    if (operation_detach(context, run->operation_id, err) < 0)
        return -1;
    return operation_output(context, run->operation_id, output, err);
}

static int start(struct context *context, const struct command_input *input,
                 struct operation_run *run, const struct plan *plan, const char *request,
                 const json_t *secrets, struct command_output *output, struct error *err)
{
    struct operation operation = {
        .id = run->operation_id,
        .subject_kind = run->kind->kind,
        .subject_id = run->subject->record.id,
        .subject_name = run->subject->record.name,
        .action = run->action,
        .request = request,
        .status = "Running",
        .principal = context_principal(context),
        .started_ms = clock_wall(clock_system()),
        .steps_total = plan ? (int64_t)plan_step_count(plan) : 0,
    };
    if (record_start(context, run, &operation, secrets, err) < 0)
        return -1;
    context_set_transaction(context, run->operation_id);
    return run_or_detach(context, input, run, plan, output, err);
}

/* The secrets of a change are not kept yet. */
static const json_t *new_secrets(const struct change_request *change)
{
    return change->unkept ? change->unkept : change->secrets;
}

static int expect_change(struct context *context, const struct change_request *change,
                         const struct plan *plan, int64_t *seconds, struct error *err)
{
    struct store *store = context_store(context, err);
    if (!store)
        return -1;
    struct rehearsal rehearsal;
    rehearsal_begin(&rehearsal, store, new_secrets(change), change->drifted);
    return engine_expected_seconds(&rehearsal.store, change->existing->id, plan, seconds, err);
}

/* How long it may take, for those who look while it runs. */
static int expect_end(struct context *context, const struct change_request *change,
                      const struct plan *plan, json_t *data, struct error *err)
{
    int64_t seconds = 0;
    if (!change->existing) /* then nothing is there, and all of the plan is to be done */
        seconds = plan_expected_seconds(plan, NULL);
    else if (expect_change(context, change, plan, &seconds, err) < 0)
        return -1;
    json_object_set_new(data, "startedMs", json_integer(clock_wall(clock_system())));
    json_t *internal = json_object_get(data, "internal");
    if (change->under_way)
        json_object_set_new(internal, "underWay", json_string(change->under_way));
    else
        json_object_del(internal, "underWay");
    if (seconds)
        json_object_set_new(data, "estimatedTimeInMinute", json_integer((seconds + 59) / 60));
    else
        json_object_del(data, "estimatedTimeInMinute");
    return 0;
}

static int start_planned(struct context *context, const struct command_input *input,
                         const struct change_request *change, const struct plan *plan,
                         struct command_output *output, struct error *err)
{
    const json_t *request = change->request;
    struct subject subject = {.data = json_deep_copy(change->data)};
    char *text = json_dumps(request, JSON_COMPACT);
    const char *id = text_at(request, "transactionId");
    subject.record = (struct record){
        .kind = change->kind->kind,
        .id = text_at(request, "id"),
        .name = text_at(request, "name"),
        .type = text_at(request, "type"),
        .subscription = text_at(json_object_get(request, "subscription"), "name"),
        .region = text_at(request, "region"),
        .status = change->under_way                       ? change->under_way
                  : strcmp(change->action, "create") == 0 ? change->kind->creating
                                                          : change->kind->updating,
        .created_ms = change->existing ? change->existing->created_ms : clock_wall(clock_system()),
    };
    struct operation_run run = {.kind = change->kind,
                                .subject = &subject,
                                .request = request,
                                .operation_id = id,
                                .action = change->action,
                                .base_ms = change->existing ? change->existing->updated_ms : 0,
                                .drifted = change->drifted,
                                .unkept = change->unkept};
    int result = text && subject.data ? expect_end(context, change, plan, subject.data, err)
                                      : error_no_memory(err);
    if (result == 0)
        result = start(context, input, &run, plan, text, change->secrets, output, err);
    free(text);
    subject_clear(&subject);
    return result;
}

int change_start(struct context *context, const struct command_input *input,
                 const struct change_request *change, struct command_output *output,
                 struct error *err)
{
    struct plan *plan = NULL;
    if (change->kind->plan(context, change->request, &plan, err) < 0)
        return -1;
    int result =
        command_acknowledge(context, input, text_at(change->request, "name"), change->breaks, err);
    if (result == 0 && input->dry_run)
        result = show(context, text_at(change->request, "id"), plan, NULL, new_secrets(change),
                      change->drifted, err);
    else if (result == 0)
        result = start_planned(context, input, change, plan, output, err);
    plan_free(plan);
    return result;
}

int change_delete(struct context *context, const struct command_input *input,
                  struct subject *subject, struct command_output *output, struct error *err)
{
    if (input->dry_run)
        return change_show(context, subject->record.id, NULL, NULL, err);
    if (command_acknowledge(context, input, subject->record.name, input->command->acknowledgement,
                            err) < 0)
        return -1;
    const struct subject_kind *kind = subject_kind_find(subject->record.kind);
    json_t *request = json_pack("{s:s, s:s, s:s, s:O?}", "operation", "delete", "id",
                                subject->record.id, "name", subject->record.name, "subscription",
                                json_object_get(subject->data, "subscription"));
    char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;
    char id[UUID_TEXT];
    uuid_v7(clock_system(), id);
    subject->record.status = kind->deleting;
    struct operation_run run = {.kind = kind,
                                .subject = subject,
                                .request = request,
                                .operation_id = id,
                                .action = "delete"};
    int result =
        text ? start(context, input, &run, NULL, text, NULL, output, err) : error_no_memory(err);
    free(text);
    json_decref(request);
    return result;
}
