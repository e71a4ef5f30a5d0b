/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the journal between store and memory. */
#include "plan/journal.h"

#include "base/json_text.h"

#include <stdlib.h>
#include <string.h>

static const char *const state_names[] = {
    "", "intent", "accepted", "done", "failed", "undo-intent", "undo-accepted",
};

void row_clear(struct row *row)
{
    free(row->digest);
    free(row->method);
    free(row->path);
    free(row->api_version);
    free(row->credential);
    free(row->title);
    free(row->part);
    json_decref(row->undo);
    json_decref(row->after);
    json_decref(row->outputs);
    json_decref(row->poll);
    json_decref(row->error);
    memset(row, 0, sizeof *row);
}

static json_t *copy_json(const json_t *json)
{
    return json ? json_deep_copy(json) : NULL;
}

int row_copy(struct row *to, const struct row *from)
{
    *to = *from;
    to->digest = to->method = to->path = to->api_version = to->credential = NULL;
    to->title = to->part = NULL;
    to->undo = copy_json(from->undo);
    to->after = copy_json(from->after);
    to->outputs = copy_json(from->outputs);
    to->poll = copy_json(from->poll);
    to->error = copy_json(from->error);
    if (row_set(&to->digest, from->digest) || row_set(&to->method, from->method) ||
        row_set(&to->path, from->path) || row_set(&to->api_version, from->api_version) ||
        row_set(&to->credential, from->credential) || row_set(&to->title, from->title) ||
        row_set(&to->part, from->part)) {
        row_clear(to);
        return -1;
    }
    return 0;
}

int row_set(char **member, const char *value)
{
    char *copy = value ? strdup(value) : NULL;
    if (value && !copy)
        return -1;
    free(*member);
    *member = copy;
    return 0;
}

void row_give(json_t **member, json_t *value)
{
    json_decref(*member);
    *member = value;
}

json_t *poll_to_json(const struct arm_poll *poll)
{
    return json_pack("{s:s*, s:s*, s:s*, s:I}", "url", poll->url, "kind", poll->kind, "finalUrl",
                     poll->final_url, "afterMs", (json_int_t)poll->after_ms);
}

struct arm_poll poll_from_json(const json_t *json)
{
    return (struct arm_poll){
        .url = (char *)json_string_value(json_object_get(json, "url")),
        .kind = (char *)json_string_value(json_object_get(json, "kind")),
        .final_url = (char *)json_string_value(json_object_get(json, "finalUrl")),
        .after_ms = json_integer_value(json_object_get(json, "afterMs")),
    };
}

static enum row_state state_of(const char *name)
{
    for (int i = ROW_INTENT; i <= ROW_UNDO_ACCEPTED; i++)
        if (strcmp(state_names[i], name ? name : "") == 0)
            return (enum row_state)i;
    return ROW_NONE;
}

static int parse(json_t **to, const char *text)
{
    if (!text)
        return 0;
    *to = json_loads(text, 0, NULL);
    return *to ? 0 : -1;
}

static int row_from(struct row *row, const struct journal_step *from, struct error *err)
{
    *row = (struct row){
        .state = state_of(from->state),
        .sequence = from->sequence,
        .ownership = from->ownership,
        .flags = from->flags,
        .alternative = from->alternative,
        .attempts = from->attempts,
        .updated_ms = from->updated_ms,
    };
    if (row_set(&row->digest, from->digest) || row_set(&row->method, from->method) ||
        row_set(&row->path, from->path) || row_set(&row->api_version, from->api_version) ||
        row_set(&row->credential, from->credential) || row_set(&row->title, from->title) ||
        row_set(&row->part, from->part)) {
        row_clear(row);
        return error_no_memory(err);
    }
    if (row->state == ROW_NONE || parse(&row->undo, from->undo) ||
        parse(&row->after, from->after) || parse(&row->outputs, from->outputs) ||
        parse(&row->poll, from->poll) || parse(&row->error, from->error)) {
        row_clear(row);
        return error_set(err, ERROR_FAILED, NULL,
                         "the journal's row \"%s\" cannot be read: the store is damaged, or was "
                         "written by a newer flexhost",
                         from->key);
    }
    return 0;
}

struct loading {
    journal_row_fn *fn;
    void *context;
    struct error *err;
    int result;
};

static bool load_one(void *context, const struct journal_step *step)
{
    struct loading *loading = context;
    struct row row;
    loading->result = row_from(&row, step, loading->err);
    if (loading->result == 0)
        loading->result = loading->fn(loading->context, step->key, &row, loading->err);
    return loading->result == 0;
}

int journal_load(struct store *store, const char *subject_id, journal_row_fn *fn, void *context,
                 struct error *err)
{
    struct loading loading = {.fn = fn, .context = context, .err = err};
    const struct journal_filter filter = {.subject_id = subject_id};
    if (store->ops->journal_each(store, &filter, load_one, &loading, err) != 0)
        return -1;
    return loading.result;
}

static char *dump(const json_t *json)
{
    return json ? json_text(json) : NULL;
}

int journal_save(struct store *store, const char *subject_id, const char *operation_id,
                 const char *key, const struct row *row, struct error *err)
{
    if (row->state == ROW_NONE)
        return store->ops->journal_delete(store, subject_id, key, err);
    const json_t *parts[] = {row->undo, row->after, row->outputs, row->poll, row->error};
    char *texts[5] = {0};
    int result = 0;
    for (int i = 0; i < 5; i++) {
        texts[i] = dump(parts[i]);
        if (parts[i] && !texts[i])
            result = error_no_memory(err);
    }
    const struct journal_step step = {
        .subject_id = subject_id,
        .key = key,
        .sequence = row->sequence,
        .state = state_names[row->state],
        .digest = row->digest ? row->digest : "",
        .method = row->method ? row->method : "",
        .path = row->path ? row->path : "",
        .api_version = row->api_version ? row->api_version : "",
        .credential = row->credential ? row->credential : "",
        .undo = texts[0],
        .after = texts[1],
        .outputs = texts[2],
        .poll = texts[3],
        .error = texts[4],
        .title = row->title ? row->title : key,
        .part = row->part,
        .operation = operation_id,
        .ownership = row->ownership,
        .flags = row->flags,
        .alternative = row->alternative,
        .attempts = row->attempts,
        .updated_ms = row->updated_ms,
    };
    if (result == 0)
        result = store->ops->journal_put(store, &step, err);
    for (int i = 0; i < 5; i++)
        free(texts[i]);
    return result;
}
