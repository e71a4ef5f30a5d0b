/* SPDX-License-Identifier: Apache-2.0 */
/* Digests of steps, and which of them have to be carried out. */
#include "plan/diff.h"

#include "azure/url.h"
#include "base/text.h"
#include "plan/binding.h"
#include "plan/engine.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void secret_versions_clear(struct secret_versions *versions)
{
    json_decref(versions->known);
    versions->known = NULL;
}

static int secret_version(struct secret_versions *versions, const char *name, json_int_t *version,
                          struct error *err)
{
    if (!versions->known && !(versions->known = json_object()))
        return error_no_memory(err);
    json_t *known = json_object_get(versions->known, name);
    if (known) {
        *version = json_integer_value(known);
        return 0;
    }
    int64_t found = 0;
    struct store *store = versions->store;
    if (store->ops->secret_version(store, versions->subject_id, name, &found, err) != 0)
        return -1;
    if (found == 0)
        return error_set(err, ERROR_USAGE, NULL, "the secret \"%s\" is not known: give it again",
                         name);
    *version = found;
    return json_object_set_new(versions->known, name, json_integer(found)) == 0
               ? 0
               : error_no_memory(err);
}

struct digesting {
    struct text text;
    struct secret_versions *versions;
};

static int add_secret(void *context, const struct reference *reference, struct error *err)
{
    struct digesting *digesting = context;
    if (reference->step)
        return 0;
    char *name = strndup(reference->name, reference->name_length);
    json_int_t version = 0;
    int result =
        name ? secret_version(digesting->versions, name, &version, err) : error_no_memory(err);
    if (result == 0)
        text_printf(&digesting->text, "\nsecret %s %" JSON_INTEGER_FORMAT, name, version);
    free(name);
    return result;
}

static void add_line(struct text *text, const char *line)
{
    text_add(text, "\n");
    text_add(text, line ? line : "");
}

int diff_digest(const struct plan_step *step, struct secret_versions *versions,
                char digest[DIGEST_HEX], struct error *err)
{
    struct digesting digesting = {.versions = versions};
    struct text *text = &digesting.text;
    text_add(text, step_method_name(step->method));
    add_line(text, step->path);
    add_line(text, step->api_version);
    add_line(text, step->body);
    add_line(text, step->alternatives);
    if (step->vault)
        add_line(text, "key-vault");
    if (step->method == METHOD_GET || step->method == METHOD_FETCH) {
        add_line(text, step->until_pointer);
        add_line(text, step->until_values);
        add_line(text, step->artifact);
    }
    if (step->method == METHOD_COPY) {
        add_line(text, step->source);
        add_line(text, step->source_etag);
    }
    int result = step_each_reference(step, add_secret, &digesting, err);
    if (result != 0)
        error_prefix(err, "%s", step->title);
    else if (text->failed || digest_text(text_get(text), text->length, digest) != 0)
        result = error_no_memory(err);
    text_free(text);
    return result;
}

static bool said_no_before(const struct row *row, const char *operation_id)
{
    const char *ended_in = json_string_value(json_object_get(row->poll, "endedIn"));
    return row->state == ROW_FAILED && (row->flags & FH_STEP_ACTION) && ended_in &&
           (!operation_id || strcmp(ended_in, operation_id) != 0);
}

bool diff_holds(const struct row *row, const char *digest, const char *operation_id)
{
    bool same = row->digest && strcmp(row->digest, digest) == 0;
    return same && (row->state == ROW_DONE || said_no_before(row, operation_id));
}

static bool looks_again(const struct plan *plan, const struct plan_step *step, const bool *wants)
{
    if (step->method != METHOD_GET && step->method != METHOD_FETCH)
        return false;
    for (size_t a = 0; a < step->after_count; a++)
        if (wants[step->before[a]] && plan->steps[step->before[a]].ownership != FH_TEMPORARY)
            return true;
    return false;
}

/* A secret was kept in memory only: whoever needs it now needs its step again. */
static bool gives_secrets(const struct plan_step *step)
{
    for (size_t i = 0; i < step->output_count; i++)
        if (step->outputs[i].secret)
            return true;
    return false;
}

void diff_wants(const struct plan *plan, const bool *holds, bool *wants)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_step *step = &plan->steps[i];
        wants[i] = step->ownership != FH_TEMPORARY && (!holds[i] || looks_again(plan, step, wants));
    }
    /* Backwards: a temporary step is wanted by those that follow it. One that serves nothing
     * lasting is wanted for its own sake. */
    bool *serves = calloc(plan->count + 1, sizeof *serves);
    for (size_t i = plan->count; i-- > 0;) {
        const struct plan_step *step = &plan->steps[i];
        bool wanted = false, serving = false;
        for (size_t f = 0; f < step->follower_count; f++) {
            size_t follower = step->followers[f];
            wanted = wanted || wants[follower];
            serving = serving || plan->steps[follower].ownership != FH_TEMPORARY ||
                      (serves && serves[follower]);
        }
        if (serves)
            serves[i] = serving;
        if (step->ownership == FH_TEMPORARY)
            wants[i] = wanted || !serving;
        else if (wanted && gives_secrets(step))
            wants[i] = true;
    }
    free(serves);
}

bool diff_needs_undo(const struct row *row)
{
    if (row->ownership == FH_FOREIGN || (row->flags & FH_STEP_ACTION))
        return false;
    const char *method = json_string_value(json_object_get(row->undo, "method"));
    return !method || strcmp(method, "NONE") != 0;
}

/* ---- the dry run ---- */

char *diff_shown_url(const struct plan_step *step, const char *template)
{
    return step->method == METHOD_COPY ? url_for_trace(template) : strdup(template);
}

struct diff {
    const struct plan *plan;
    struct row *rows;    /* of the plan's steps, in their order */
    struct row *removed; /* of steps that the plan no longer has, by sequence */
    char **removed_keys;
    size_t removed_count, removed_room;
    bool *holds;
    bool *wants;
};

static int keep_removed(struct diff *diff, const char *key, struct row *row, struct error *err)
{
    if (diff->removed_count == diff->removed_room) {
        size_t room = diff->removed_room ? 2 * diff->removed_room : 32;
        struct row *rows = realloc(diff->removed, room * sizeof *rows);
        if (rows)
            diff->removed = rows;
        char **keys = rows ? realloc(diff->removed_keys, room * sizeof *keys) : NULL;
        if (!keys) {
            row_clear(row);
            return error_no_memory(err);
        }
        diff->removed_keys = keys;
        diff->removed_room = room;
    }
    char *copy = strdup(key);
    if (!copy) {
        row_clear(row);
        return error_no_memory(err);
    }
    diff->removed_keys[diff->removed_count] = copy;
    diff->removed[diff->removed_count++] = *row;
    return 0;
}

static int take_row(void *context, const char *key, struct row *row, struct error *err)
{
    struct diff *diff = context;
    struct plan_step *step = diff->plan ? plan_find(diff->plan, key, strlen(key)) : NULL;
    if (!step)
        return keep_removed(diff, key, row, err);
    diff->rows[step - diff->plan->steps] = *row;
    return 0;
}

static const char *reason(const struct row *row, const struct plan_step *step)
{
    if (step->ownership == FH_TEMPORARY)
        return "is needed while the operation runs, and removed when it ends";
    if (row->flags & ROW_UNSENT)
        return "is made anew";
    switch (row->state) {
    case ROW_NONE:
        return "is new";
    case ROW_FAILED:
        return "failed when it was last tried";
    case ROW_DONE:
        return step->method == METHOD_GET || step->method == METHOD_FETCH
                   ? "follows a step that changes"
                   : "differs from what was applied";
    default:
        return "was under way when the last run ended";
    }
}

static void tell_removal(const struct row *row, const char *key, const char *why, change_fn *each,
                         void *context)
{
    const char *method = json_string_value(json_object_get(row->undo, "method"));
    const char *path = json_string_value(json_object_get(row->undo, "path"));
    const json_t *body = json_object_get(row->undo, "body");
    char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    const struct change change = {
        .kind = CHANGE_REMOVE,
        .key = key,
        .title = row->title ? row->title : key,
        .method = method ? method : "DELETE",
        .path = path ? path : row->path,
        .body = text,
        .why = why,
    };
    each(context, &change);
    free(text);
}

/* What a COPY has in place of a body; NULL: it is none. The caller frees it. */
static char *source_text(const struct plan_step *step)
{
    char *source = step->source ? diff_shown_url(step, step->source) : NULL;
    json_t *json =
        source ? json_pack("{s:s, s:s*}", "source", source, "etag", step->source_etag) : NULL;
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    free(source);
    return text;
}

static void tell_step(const struct diff *diff, size_t i, change_fn *each, void *context)
{
    const struct plan_step *step = &diff->plan->steps[i];
    const struct row *row = &diff->rows[i];
    if (row->flags & ROW_UNSENT)
        tell_removal(row, step->key, "cannot be mended as it is", each, context);
    bool runs = step->method != METHOD_PUT || (step->flags & FH_STEP_ACTION);
    char *path = diff_shown_url(step, step->path), *source = source_text(step);
    struct change change = {
        .kind = runs                     ? CHANGE_RUN
                : row->state == ROW_DONE ? CHANGE_UPDATE
                                         : CHANGE_CREATE,
        .key = step->key,
        .title = step->title,
        .method = step_method_name(step->method),
        .path = path ? path : "",
        .body = source ? source : step->body,
        .why = reason(row, step),
    };
    if (!diff->wants[i]) {
        change.kind = CHANGE_KEEP;
        change.why = step->ownership == FH_TEMPORARY ? "is not needed this time"
                     : row->state == ROW_FAILED      ? "has failed, and is not done twice"
                                                     : "is as it was applied";
    }
    each(context, &change);
    free(path);
    free(source);
}

static void tell_removed(const struct diff *diff, change_fn *each, void *context)
{
    for (size_t i = diff->removed_count; i-- > 0;)
        if (diff_needs_undo(&diff->removed[i]))
            tell_removal(&diff->removed[i], diff->removed_keys[i],
                         diff->plan ? "is no longer in the plan" : "belongs to what is deleted",
                         each, context);
}

static int judge(struct diff *diff, struct store *store, const char *subject_id,
                 const char *operation_id, struct error *err)
{
    struct secret_versions versions = {.store = store, .subject_id = subject_id};
    int result = 0;
    for (size_t i = 0; i < diff->plan->count && result == 0; i++) {
        char digest[DIGEST_HEX];
        result = diff_digest(&diff->plan->steps[i], &versions, digest, err);
        if (result == 0)
            diff->holds[i] = diff_holds(&diff->rows[i], digest, operation_id);
    }
    secret_versions_clear(&versions);
    if (result == 0)
        diff_wants(diff->plan, diff->holds, diff->wants);
    return result;
}

static void diff_clear(struct diff *diff)
{
    for (size_t i = 0; diff->rows && diff->plan && i < diff->plan->count; i++)
        row_clear(&diff->rows[i]);
    for (size_t i = 0; i < diff->removed_count; i++) {
        row_clear(&diff->removed[i]);
        free(diff->removed_keys[i]);
    }
    free(diff->rows);
    free(diff->removed);
    free(diff->removed_keys);
    free(diff->holds);
}

/* Cleared by the caller, whatever the result. */
static int diff_load(struct diff *diff, struct store *store, const char *subject_id,
                     const struct plan *plan, const char *operation_id, struct error *err)
{
    size_t count = plan ? plan->count : 0;
    *diff = (struct diff){.plan = plan,
                          .rows = calloc(count + 1, sizeof *diff->rows),
                          .holds = calloc(2 * count + 2, sizeof *diff->holds)};
    if (!diff->rows || !diff->holds)
        return error_no_memory(err);
    diff->wants = diff->holds + count + 1;
    if (journal_load(store, subject_id, take_row, diff, err) != 0)
        return -1;
    return plan ? judge(diff, store, subject_id, operation_id, err) : 0;
}

int engine_diff(struct store *store, const char *subject_id, const struct plan *plan,
                const char *operation_id, change_fn *each, void *context, struct error *err)
{
    struct diff diff;
    int result = diff_load(&diff, store, subject_id, plan, operation_id, err);
    for (size_t i = 0; plan && i < plan->count && result == 0; i++)
        tell_step(&diff, i, each, context);
    if (result == 0)
        tell_removed(&diff, each, context);
    diff_clear(&diff);
    return result;
}

int engine_expected_seconds(struct store *store, const char *subject_id, const struct plan *plan,
                            int64_t *seconds, struct error *err)
{
    struct diff diff;
    *seconds = 0;
    int result = diff_load(&diff, store, subject_id, plan, NULL, err);
    if (result == 0)
        *seconds = plan_expected_seconds(plan, diff.wants);
    diff_clear(&diff);
    return result;
}
