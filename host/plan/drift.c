/* SPDX-License-Identifier: Apache-2.0 */
/* What was applied, held against what Azure shows. */
#include "plan/drift.h"

#include "base/text.h"
#include "plan/binding.h"
#include "plan/difference.h"
#include "plan/journal.h"
#include "plan/pointer.h"
#include "plan/step.h"

#include <stdlib.h>
#include <string.h>

/* The journal's rows of the plan's steps, in the plan's order. */
struct rows {
    const struct plan *plan;
    struct row *items;
};

static int take_row(void *context, const char *key, struct row *row, struct error *err)
{
    struct rows *rows = context;
    struct plan_step *step = plan_find(rows->plan, key, strlen(key));
    if (step)
        rows->items[step - rows->plan->steps] = *row;
    else
        row_clear(row);
    return 0;
}

static int rows_load(struct rows *rows, struct store *store, const char *subject_id,
                     const struct plan *plan, struct error *err)
{
    rows->plan = plan;
    rows->items = calloc(plan->count + 1, sizeof *rows->items);
    if (!rows->items)
        return error_no_memory(err);
    return journal_load(store, subject_id, take_row, rows, err);
}

static void rows_clear(struct rows *rows)
{
    for (size_t i = 0; rows->items && i < rows->plan->count; i++)
        row_clear(&rows->items[i]);
    free(rows->items);
}

/* ---- what was sent --------------------------------------------------------------------------- */

/* An output that the journal lacks was kept in memory only, as a secret is: both stay references.
 */
static json_t *resolve(void *context, const struct reference *reference, struct error *err)
{
    const struct rows *rows = context;
    if (!reference->step)
        return json_sprintf("${secret:%.*s}", (int)reference->name_length, reference->name);
    struct plan_step *step = plan_find(rows->plan, reference->step, reference->step_length);
    char *name = strndup(reference->name, reference->name_length);
    json_t *value = NULL;
    if (step && name)
        value =
            json_deep_copy(json_object_get(rows->items[step - rows->plan->steps].outputs, name));
    free(name);
    return value ? value : json_string("${secret:output}");
}

static json_t *sent_body(const struct rows *rows, const struct plan_step *step, struct error *err)
{
    json_t *template = step->body ? json_loads(step->body, 0, NULL) : json_object();
    json_t *body = template ? binding_json(template, resolve, (void *)rows, err) : NULL;
    json_decref(template);
    return body;
}

/* ---- what is there --------------------------------------------------------------------------- */

static bool is_among(const char *values, const char *value)
{
    size_t length = strlen(value);
    while (values && *values) {
        size_t one = strcspn(values, "|");
        if (one == length && strncasecmp(values, value, length) == 0)
            return true;
        values += one + (values[one] == '|');
    }
    return false;
}

static void tell_state(struct text *differs, const char *pointer, const char *is,
                       const char *wanted)
{
    text_printf(differs, "%s%s is %s%s%s", differs->length ? "; " : "", pointer, is,
                wanted ? ", not " : "", wanted ? wanted : "");
}

/* Returns how to mend it; NULL: it is as it was applied. */
static const char *judge(const struct plan_step *step, const json_t *sent, const json_t *found,
                         struct text *differs)
{
    const char *mend = "renew";
    if (json_is_null(found)) {
        text_add(differs, "it is gone");
        return mend;
    }
    difference_tell(sent, found, step->shared_list, differs);
    const char *state = json_string_value(
        json_object_get(json_object_get(found, "properties"), "provisioningState"));
    if (state && strcmp(state, "Failed") == 0)
        tell_state(differs, "/properties/provisioningState", state, NULL);
    const json_t *awaited = step->until_pointer ? pointer_get(found, step->until_pointer) : NULL;
    const char *value = json_string_value(awaited);
    if (value && !is_among(step->until_values, value)) {
        tell_state(differs, step->until_pointer, value, step->until_values);
        if (is_among(step->until_failures, value))
            mend = "remove";
    }
    return differs->length ? mend : NULL;
}

static int look_at(const struct rows *rows, size_t i, const json_t *found, drift_fn *each,
                   void *context, struct error *err)
{
    const struct plan_step *step = &rows->plan->steps[i];
    json_t *sent = sent_body(rows, step, err);
    if (!sent)
        return -1;
    struct text differs = {0};
    const char *mend = judge(step, sent, found, &differs);
    if (mend)
        each(context, &(struct drift){step->key, step->title, text_get(&differs), mend});
    text_free(&differs);
    json_decref(sent);
    return 0;
}

/* An action describes nothing that could differ. */
static bool is_applied(const struct plan_step *step, const struct row *row)
{
    return step->method == METHOD_PUT && !(step->flags & FH_STEP_ACTION) &&
           row->state == ROW_DONE && row->path;
}

int drift_each_applied(struct store *store, const char *subject_id, const struct plan *plan,
                       int (*each)(void *context, const struct applied *applied), void *context,
                       struct error *err)
{
    struct rows rows = {0};
    int result = rows_load(&rows, store, subject_id, plan, err);
    for (size_t i = 0; i < plan->count && result == 0; i++) {
        const struct plan_step *step = &plan->steps[i];
        const struct row *row = &rows.items[i];
        if (!is_applied(step, row))
            continue;
        struct applied applied = {step->key, row->path, row->api_version, row->credential,
                                  step->list_path};
        if (each(context, &applied) != 0)
            result = error_no_memory(err);
    }
    rows_clear(&rows);
    return result;
}

int drift_find(struct store *store, const char *subject_id, const struct plan *plan,
               const json_t *resources, drift_fn *each, void *context, struct error *err)
{
    struct rows rows = {0};
    int result = rows_load(&rows, store, subject_id, plan, err);
    for (size_t i = 0; i < plan->count && result == 0; i++) {
        const json_t *found = json_object_get(resources, plan->steps[i].key);
        if (found && is_applied(&plan->steps[i], &rows.items[i]))
            result = look_at(&rows, i, found, each, context, err);
    }
    rows_clear(&rows);
    return result;
}

json_t *drift_failures(struct store *store, const char *subject_id, const struct plan *plan,
                       struct error *err)
{
    struct rows rows = {0};
    json_t *failures = rows_load(&rows, store, subject_id, plan, err) == 0 ? json_object() : NULL;
    for (size_t i = 0; failures && i < plan->count; i++) {
        const struct plan_step *step = &plan->steps[i];
        const json_t *error = rows.items[i].error;
        if (rows.items[i].state == ROW_FAILED)
            json_object_set_new(failures, step->key,
                                json_pack("{s:s*, s:s*, s:s*}", "part", step->part, "status",
                                          step->failed_status, "message",
                                          json_string_value(json_object_get(error, "message"))));
    }
    rows_clear(&rows);
    return failures;
}

/* ---- making it as it was --------------------------------------------------------------------- */

static int mark_row(struct row *row, const char *mend)
{
    if (row->state != ROW_DONE)
        return 0;
    if (strcmp(mend, "remove") == 0) {
        row->state = ROW_UNDO_INTENT;
        row->flags |= ROW_UNSENT;
    }
    return row_set(&row->digest, "");
}

struct marking {
    struct store *store;
    const char *subject_id, *operation_id;
    const json_t *drifted;
};

struct marked {
    struct marking *marking;
    char **keys;
    struct row *rows;
    size_t count;
};

static int keep_marked(void *context, const char *key, struct row *row, struct error *err)
{
    struct marked *marked = context;
    if (!json_object_get(marked->marking->drifted, key)) {
        row_clear(row);
        return 0;
    }
    marked->keys[marked->count] = strdup(key);
    marked->rows[marked->count] = *row;
    return marked->keys[marked->count++] ? 0 : error_no_memory(err);
}

static int save_marked(struct marked *marked, struct error *err)
{
    const struct marking *marking = marked->marking;
    int result = 0;
    for (size_t i = 0; i < marked->count && result == 0; i++) {
        const char *mend = json_string_value(json_object_get(marking->drifted, marked->keys[i]));
        if (mark_row(&marked->rows[i], mend ? mend : "renew") != 0)
            result = error_no_memory(err);
        else
            result = journal_save(marking->store, marking->subject_id, marking->operation_id,
                                  marked->keys[i], &marked->rows[i], err);
    }
    return result;
}

int drift_mark(struct store *store, const char *subject_id, const char *operation_id,
               const json_t *drifted, struct error *err)
{
    size_t most = json_object_size(drifted);
    if (!most)
        return 0;
    struct marking marking = {store, subject_id, operation_id, drifted};
    struct marked marked = {&marking, calloc(most, sizeof *marked.keys),
                            calloc(most, sizeof *marked.rows), 0};
    int result = marked.keys && marked.rows ? 0 : error_no_memory(err);
    if (result == 0)
        result = journal_load(store, subject_id, keep_marked, &marked, err);
    if (result == 0)
        result = save_marked(&marked, err);
    for (size_t i = 0; i < marked.count; i++) {
        free(marked.keys[i]);
        row_clear(&marked.rows[i]);
    }
    free(marked.keys);
    free(marked.rows);
    return result;
}
