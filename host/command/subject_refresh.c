/* SPDX-License-Identifier: Apache-2.0 */
/* What is there against what shall be: read again, and made again. */
#include "command/subject_refresh.h"

#include "command/change.h"
#include "command/operation_run.h"
#include "command/request.h"
#include "command/subject_view.h"
#include "plan/drift.h"

#include <stdlib.h>
#include <string.h>

int planned_put(struct store *store, struct subject *subject, struct error *err)
{
    struct subject now;
    bool there;
    if (subject_find(store, subject->record.kind, subject->record.id, &now, &there, err) < 0)
        return -1;
    int result = 0;
    if (there && now.record.updated_ms == subject->record.updated_ms) {
        subject->record.updated_ms = clock_wall(clock_system());
        result = subject_put(store, subject, err);
    }
    subject_clear(&now);
    return result;
}

/* ---- refresh --------------------------------------------------------------------------------- */

struct refreshing {
    struct context *context;
    const char *kind;
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
static json_t *chosen(struct store *store, const char *kind, const json_t *given, struct error *err)
{
    json_t *names = json_deep_copy(given);
    struct record_filter filter = {.kind = kind};
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
        if (subject_load(store, refreshing->kind, json_string_value(name), subject, err) < 0)
            return -1;
        struct error failure = ERROR_INIT;
        bool opened =
            subject_is_settled(subject) &&
            subject_view_open(refreshing->context, subject, "observe", view, &failure) == 0;
        if (failure.code)
            context_warn(refreshing->context, "the %s \"%s\" is left as it was: %s",
                         refreshing->kind, subject->record.name, error_text(&failure));
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
        if (planned_put(store, &refreshing->subjects[i], err) == 0)
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
    json_object_foreach(view->unread, key, reason) context_warn(
        context, "\"%s\" of the %s \"%s\" cannot be read: %s", key, view->subject->record.kind,
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
            return error_prefix(err, "the %s \"%s\"", refreshing->kind, subject->record.name);
        json_array_append_new(shown, subject_json(subject));
    }
    return store_all(refreshing, err);
}

int planned_refresh(struct context *context, const char *kind, const json_t *given,
                    struct command_output *output, struct error *err)
{
    struct store *store = context_store(context, err);
    json_t *names = store ? chosen(store, kind, given, err) : NULL;
    if (!names)
        return -1;
    size_t most = json_array_size(names) + 1;
    struct refreshing refreshing = {.context = context,
                                    .kind = kind,
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
                      struct planned *planned, struct command_output *output, struct error *err)
{
    size_t unread;
    json_t *drifted = find_drift(context, &planned->subject, &unread, err);
    int result = drifted ? 0 : -1;
    if (drifted && json_object_size(drifted) == 0 && unread) {
        result = error_set(err, ERROR_FAILED, NULL,
                           "what could be read of the %s \"%s\" is as it was applied, but not all "
                           "could be read: give the credential the right, and retry",
                           planned->plugin->kind, planned->subject.record.name);
    } else if (drifted && json_object_size(drifted) == 0) {
        context_remark(context, "the %s \"%s\" is as it was applied: nothing to retry",
                       planned->plugin->kind, planned->subject.record.name);
        output->result = input->dry_run ? NULL : subject_json(&planned->subject);
    } else if (drifted) {
        result = planned_renew(context, input, planned, drifted, output, err);
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

int planned_retry(struct context *context, const struct command_input *input, const char *kind,
                  const char *name, struct command_output *output, struct error *err)
{
    struct planned planned;
    struct operation_view last = {0};
    int result = planned_open(context, kind, name, &planned, err);
    const char *id = result == 0 ? planned.subject.record.operation : NULL;
    if (id)
        result = operation_load(context_store(context, err), id, &last, err);
    if (result == 0 && id && strcmp(last.operation.status, "Succeeded") != 0)
        result = go_on(context, input, id, output, err);
    else if (result == 0)
        result = mend_drift(context, input, &planned, output, err);
    if (id)
        operation_clear(&last);
    planned_clear(&planned);
    return result;
}
