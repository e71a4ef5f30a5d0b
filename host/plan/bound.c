/* SPDX-License-Identifier: Apache-2.0 */
/* Binds an item's templates with the outputs of others and the subject's secrets. */
#include "base/json_text.h"
#include "plan/alternative.h"
#include "plan/binding.h"
#include "plan/run.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

struct binding {
    struct run *run;
    struct item *item;
    bool own_outputs; /* an undo may use what its own step gave */
};

static json_t *find_output(const struct item *item, const char *name)
{
    json_t *value = json_object_get(item->row.outputs, name);
    if (!value)
        value = json_object_get(item->secrets, name);
    return value;
}

/* A secret output lives in memory only: its step is carried out again to get it. */
static void wake_producer(struct item *producer)
{
    producer->stage = STAGE_WAITING;
    producer->cursor = 0;
    row_set(&producer->row.digest, "");
    item_dirty(producer);
    producer->run->open++;
    producer->run->result->steps_done--; /* it held, and has to do so again */
    item_ripen(producer);
}

static bool is_secret_output(const struct item *item, const char *name)
{
    for (size_t i = 0; item->step && i < item->step->output_count; i++)
        if (strcmp(item->step->outputs[i].name, name) == 0)
            return item->step->outputs[i].secret;
    return false;
}

static json_t *resolve_output(struct binding *binding, const struct reference *reference,
                              struct error *err)
{
    char name[128];
    struct item *from = run_find(binding->run, reference->step, reference->step_length);
    if (!from || reference->name_length >= sizeof name) {
        error_set(err, ERROR_FAILED, NULL, "${%.*s.…} names no step of the plan",
                  (int)reference->step_length, reference->step);
        return NULL;
    }
    memcpy(name, reference->name, reference->name_length);
    name[reference->name_length] = '\0';
    if (strcmp(name, "alternative") == 0)
        return json_integer(from->row.alternative);
    json_t *value = from == binding->item && !binding->own_outputs ? NULL : find_output(from, name);
    if (value)
        return json_deep_copy(value);
    if (binding->item && from != binding->item && from->stage == STAGE_HELD && !from->acted &&
        is_secret_output(from, name)) {
        wake_producer(from);
        error_set(err, ERROR_RETRY, NULL, "waits for %s", from->key);
        return NULL;
    }
    if (from->stage == STAGE_WAITING || (from->stage == STAGE_ACTIVE && from != binding->item))
        error_set(err, ERROR_RETRY, NULL, "waits for %s", from->key);
    else
        error_set(err, ERROR_AZURE, NULL,
                  "Azure's answer for \"%s\" did not hold the value \"%s\" that is needed here",
                  from->step ? from->step->title : from->key, name);
    return NULL;
}

static json_t *unseal(struct run *run, const char *name, struct error *err)
{
    struct store *store = run->given->store;
    char *value = NULL;
    size_t length = 0;
    int64_t version = 0;
    json_t *json = NULL;
    if (store->ops->secret_get(store, run->given->subject_id, name, &value, &length, &version,
                               err) == 0) {
        if (version == 0 || !value)
            error_set(err, ERROR_USAGE, NULL, "the secret \"%s\" is not known: give it again",
                      name);
        else if (length == 0) /* kept is only that there was one */
            error_set(err, ERROR_USAGE, NULL, "%s",
                      run->given->secrets_mend ? run->given->secrets_mend
                                               : "a secret that it needs is kept nowhere");
        else if (!(json = json_stringn(value, length)))
            error_set(err, ERROR_USAGE, NULL, "the secret \"%s\" is not UTF-8", name);
    }
    secret_wipe(value, length);
    return json;
}

static json_t *resolve_secret(struct binding *binding, const struct reference *reference,
                              struct error *err)
{
    struct run *run = binding->run;
    char *name = strndup(reference->name, reference->name_length);
    json_t *json = NULL;
    const json_t *known = name ? json_object_get(run->secrets, name) : NULL;
    if (!name)
        error_no_memory(err);
    else if (known || (known = json_object_get(run->given->secrets, name)))
        json = json_deep_copy(known);
    else if ((json = unseal(run, name, err)) && run->secrets)
        json_object_set_new(run->secrets, name, json_deep_copy(json));
    free(name);
    return json;
}

static json_t *resolve(void *context, const struct reference *reference, struct error *err)
{
    struct binding *binding = context;
    return reference->step ? resolve_output(binding, reference, err)
                           : resolve_secret(binding, reference, err);
}

char *item_bind_text(struct item *item, const char *template, struct error *err)
{
    struct binding binding = {.run = item->run, .item = item};
    return binding_text(template, resolve, &binding, err);
}

/* ---- the row: where the request goes, and how it is undone ---- */

static int take_path(struct item *item, struct error *err)
{
    const struct plan_step *step = item->step;
    if (step_has_url(step)) { /* it may be a secret: the row keeps the template */
        char *shown = diff_shown_url(step, step->path);
        int result = row_set(&item->row.path, shown);
        free(shown);
        return result == 0 ? 0 : error_no_memory(err);
    }
    char *path = item_bind_text(item, step->path, err);
    if (!path)
        return -1;
    bool begins_well = step->vault ? strstr(path, "://") != NULL : *path == '/';
    if (!begins_well || !step_path_is_sound(path)) {
        error_set(err, ERROR_AZURE, NULL, "\"%s\" is no %s: a value from Azure is not fit", path,
                  step->vault ? "URL of a vault" : "ARM path");
        free(path);
        return -1;
    }
    free(item->row.path);
    item->row.path = path;
    return 0;
}

/* Temporary ones are gone before: those behind them have to keep the order without them. */
static void add_after(struct run *run, const struct plan_step *step, json_t *after, int depth)
{
    for (size_t a = 0; a < step->after_count; a++) {
        const struct plan_step *earlier = &run->plan->steps[step->before[a]];
        json_array_append_new(after, json_string(earlier->key));
        if (earlier->ownership == FH_TEMPORARY && depth < 16)
            add_after(run, earlier, after, depth + 1);
    }
}

static const char *credential_of(const struct item *item)
{
    return item->step->credential ? item->step->credential : item->run->given->credential;
}

int item_bind_row(struct item *item, struct error *err)
{
    const struct plan_step *step = item->step;
    struct row *row = &item->row;
    if (take_path(item, err) != 0)
        return -1;
    bool reads = step->method == METHOD_GET || step->method == METHOD_FETCH;
    if ((!reads && row_set(&row->digest, item->digest)) ||
        row_set(&row->method, step_method_name(step->method)) ||
        row_set(&row->api_version, step->api_version) ||
        row_set(&row->credential, credential_of(item)) || row_set(&row->title, step->title) ||
        row_set(&row->part, step->part))
        return error_no_memory(err);
    json_t *after = json_array();
    add_after(item->run, step, after, 0);
    row_give(&row->after, after);
    row->sequence = (int64_t)item->place;
    row->ownership = step->ownership;
    /* A twin that is on its way outlives the failure of the request that was sent after it. */
    int64_t kept = ROW_EXISTED | (row->state == ROW_DONE ? 0 : ROW_DOUBT);
    row->flags = (row->flags & kept) | (item->resent ? ROW_DOUBT : 0) | step->flags;
    json_t *undo = item_bind_undo(item, err);
    if (!undo)
        return -1;
    row_give(&row->undo, undo);
    return 0;
}

static const char *undo_method(const struct plan_step *step)
{
    if (step->undo_method)
        return step->undo_method;
    return step->method == METHOD_PUT ? "DELETE" : "NONE";
}

struct gathering {
    struct binding binding;
    json_t *values;
};

/* The outputs that an undo needs, kept beside its template: secrets stay references. */
static int gather(void *context, const struct reference *reference, struct error *err)
{
    struct gathering *gathering = context;
    if (!reference->step)
        return 0;
    json_t *value = resolve_output(&gathering->binding, reference, err);
    if (!value)
        return -1;
    char *name = text_format("%.*s.%.*s", (int)reference->step_length, reference->step,
                             (int)reference->name_length, reference->name);
    int result = name ? json_object_set(gathering->values, name, value) : -1;
    free(name);
    json_decref(value);
    return result == 0 ? 0 : error_no_memory(err);
}

static int gather_undo(struct item *item, json_t *undo, struct error *err)
{
    const struct plan_step *step = item->step;
    struct gathering gathering = {.binding = {item->run, item, true}, .values = json_object()};
    json_object_set_new(undo, "values", gathering.values);
    if (step->undo_path) {
        char *path = binding_text(step->undo_path, resolve, &gathering.binding, err);
        if (!path)
            return -1;
        json_object_set_new(undo, "path", json_string(path));
        free(path);
    }
    if (!step->undo_body)
        return 0;
    json_t *body = json_loads(step->undo_body, 0, NULL);
    json_object_set_new(undo, "body", body);
    return binding_scan_json(body, gather, &gathering, err);
}

static json_t *auxiliary_of(const struct plan_step *step)
{
    json_t *auxiliary = json_array();
    for (size_t i = 0; i < step->auxiliary_count; i++)
        json_array_append_new(auxiliary, json_string(step->auxiliary[i]));
    return auxiliary;
}

json_t *item_bind_undo(struct item *item, struct error *err)
{
    const struct plan_step *step = item->step;
    json_t *undo = json_pack("{s:s}", "method", undo_method(step));
    if (!undo) {
        error_no_memory(err);
        return NULL;
    }
    struct error why = ERROR_INIT;
    if ((step->undo_path || step->undo_body) && gather_undo(item, undo, &why) != 0) {
        /* It needs what its own step has not given yet: until then there is only the plain undo. */
        json_object_clear(undo);
        json_object_set_new(undo, "method",
                            json_string(step->method == METHOD_PUT ? "DELETE" : "NONE"));
    }
    error_clear(&why);
    if (step->vault)
        json_object_set_new(undo, "vault", json_true());
    if (step->auxiliary_count)
        json_object_set_new(undo, "auxiliary", auxiliary_of(step));
    char *collection = step->collection ? item_bind_text(item, step->collection, NULL) : NULL;
    if (collection)
        json_object_set_new(undo, "collection", json_string(collection));
    free(collection);
    return undo;
}

static bool same_text(const char *one, const char *other)
{
    return strcmp(one ? one : "", other ? other : "") == 0;
}

void item_renew_credentials(struct item *item)
{
    struct row *row = &item->row;
    json_t *auxiliary = auxiliary_of(item->step);
    json_t *known = json_object_get(row->undo, "auxiliary");
    if (row->undo && json_array_size(auxiliary) + json_array_size(known) > 0 &&
        !json_equal(auxiliary, known)) {
        json_object_set(row->undo, "auxiliary", auxiliary);
        item_dirty(item);
    }
    json_decref(auxiliary);
    if (!same_text(row->credential, credential_of(item)) &&
        row_set(&row->credential, credential_of(item)) == 0)
        item_dirty(item);
}

static json_t *resolve_kept(void *context, const struct reference *reference, struct error *err)
{
    struct binding *binding = context;
    if (!reference->step)
        return resolve_secret(binding, reference, err);
    char *name = text_format("%.*s.%.*s", (int)reference->step_length, reference->step,
                             (int)reference->name_length, reference->name);
    json_t *values = json_object_get(binding->item->row.undo, "values");
    json_t *value = name ? json_deep_copy(json_object_get(values, name)) : NULL;
    if (!value)
        error_set(err, ERROR_FAILED, NULL, "the journal lacks ${%s}", name ? name : "");
    free(name);
    return value;
}

json_t *item_undo_body(struct item *item, struct error *err)
{
    struct binding binding = {.run = item->run, .item = item};
    return binding_json(json_object_get(item->row.undo, "body"), resolve_kept, &binding, err);
}

/* ---- the body ---- */

static json_t *resolve_openly(void *context, const struct reference *reference, struct error *err)
{
    if (reference->step)
        return resolve(context, reference, err);
    return json_sprintf("${secret:%.*s}", (int)reference->name_length, reference->name);
}

static int note_output(void *context, const struct reference *reference, struct error *err)
{
    bool *bare = context;
    *bare = *bare && !reference->step;
    return 0;
}

/* Whether a text that is bound openly stays as it is, as most machines' bodies do. */
static bool is_open_already(const char *template)
{
    bool bare = !strstr(template, "$${");
    return binding_scan_text(template, note_output, &bare, NULL) == 0 && bare;
}

/* The canonical text of [digest, alternative, body], secrets left as references. */
static int add_marked(struct item *item, const json_t *template, struct text *text,
                      struct error *err)
{
    struct binding binding = {.run = item->run, .item = item};
    const char *body = item->step->body;
    text_printf(text, "[\"%s\",%" PRId64 ",", item->digest, item->alternative);
    if (item->alternative == 0 && is_open_already(body)) {
        text_add(text, body);
    } else {
        json_t *open = binding_json(template, resolve_openly, &binding, err);
        if (!open)
            return -1;
        json_text_add(text, open, true);
        json_decref(open);
    }
    text_add(text, "]");
    return text->failed ? error_no_memory(err) : 0;
}

/* What the resource is known by afterwards: of the step, of what it was bound with and of the
 * alternative; of secrets only the versions (they are in the step's digest). */
static int mark(struct item *item, const json_t *template, json_t *body, struct error *err)
{
    struct text all = {0};
    char digest[DIGEST_HEX];
    int result = add_marked(item, template, &all, err);
    if (result == 0 && digest_text(text_get(&all), all.length, digest) != 0)
        result = error_no_memory(err);
    text_free(&all);
    if (result != 0)
        return -1;
    json_t *tags = json_object_get(body, "tags");
    if (!json_is_object(tags)) {
        tags = json_object();
        result = json_object_set_new(body, "tags", tags);
    }
    if (result == 0)
        result = json_object_set_new(tags, ITEM_MARK, json_string(digest));
    if (result == 0)
        result = json_object_set_new(item->row.undo, "mark", json_string(digest));
    return result == 0 ? 0 : error_no_memory(err);
}

static json_t *body_template(const struct item *item)
{
    const struct plan_step *step = item->step;
    json_t *template = json_loads(step->body, 0, NULL);
    if (!template || !step->alternatives || item->alternative == 0)
        return template;
    json_t *all = json_loads(step->alternatives, 0, NULL);
    json_t *merged =
        alternative_merge(template, json_array_get(all, (size_t)item->alternative - 1));
    json_decref(all);
    json_decref(template);
    return merged;
}

json_t *item_bind_body(struct item *item, struct error *err)
{
    json_t *template = body_template(item);
    if (!template) {
        error_no_memory(err);
        return NULL;
    }
    struct binding binding = {.run = item->run, .item = item};
    json_t *body = binding_json(template, resolve, &binding, err);
    if (body && (item->step->flags & FH_STEP_TAGS) && mark(item, template, body, err) != 0) {
        binding_wipe(body);
        json_decref(body);
        body = NULL;
    }
    json_decref(template);
    return body;
}

static int bind_into(struct item *item, json_t *into, const char *name, const char *template,
                     struct error *err)
{
    char *text = template ? item_bind_text(item, template, err) : NULL;
    if (!text)
        return template ? -1 : 0;
    int result = json_object_set_new(into, name, json_string(text));
    OPENSSL_cleanse(text, strlen(text));
    free(text);
    return result == 0 ? 0
                       : error_set(err, ERROR_FAILED, NULL, "the %s of the copy is no text", name);
}

json_t *item_bind_copy(struct item *item, struct error *err)
{
    const struct plan_step *step = item->step;
    json_t *urls = json_object();
    if (urls && bind_into(item, urls, "source", step->source, err) == 0 &&
        bind_into(item, urls, "target", step->path, err) == 0 &&
        bind_into(item, urls, "etag", step->source_etag, err) == 0)
        return urls;
    if (!urls)
        error_no_memory(err);
    binding_wipe(urls);
    json_decref(urls);
    return NULL;
}

json_t *run_bind_exports(struct run *run)
{
    json_t *bound = json_object();
    const char *name;
    json_t *template;
    struct binding binding = {.run = run};
    json_object_foreach(run->plan->exports, name, template)
    {
        /* A part that failed leaves out what it would have given. */
        json_t *value = binding_json(template, resolve, &binding, NULL);
        if (value)
            json_object_set_new(bound, name, value);
    }
    return bound;
}

/* ---- what Azure says may hold what it was given ---- */

struct redaction {
    struct binding binding;
    char **message;
};

static void strike_out(char *message, const json_t *secret)
{
    size_t length = json_string_length(secret);
    for (char *at; length >= 3 && (at = strstr(message, json_string_value(secret)));) {
        memmove(at + 3, at + length, strlen(at + length) + 1);
        memcpy(at, "***", 3);
        if (length == 3)
            break;
    }
}

/* NULL: the reference names no secret. The caller wipes it. */
static json_t *secret_of(struct binding *binding, const struct reference *reference)
{
    if (!reference->step)
        return resolve_secret(binding, reference, NULL);
    struct item *from = run_find(binding->run, reference->step, reference->step_length);
    char *name = strndup(reference->name, reference->name_length);
    json_t *value = from && name ? json_deep_copy(json_object_get(from->secrets, name)) : NULL;
    free(name);
    return value;
}

static int redact(void *context, const struct reference *reference, struct error *err)
{
    struct redaction *redaction = context;
    json_t *secret = secret_of(&redaction->binding, reference);
    strike_out(*redaction->message, secret);
    binding_wipe(secret);
    json_decref(secret);
    return 0;
}

void item_redact(struct item *item, char **message)
{
    struct redaction redaction = {{item->run, item, false}, message};
    if (*message && item->step)
        step_each_reference(item->step, redact, &redaction, NULL);
    if (*message)
        binding_scan_json(json_object_get(item->row.undo, "body"), redact, &redaction, NULL);
}
