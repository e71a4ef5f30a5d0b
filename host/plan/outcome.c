/* SPDX-License-Identifier: Apache-2.0 */
/* How an item ends, and what that means for those behind it. */
#include "plan/binding.h"
#include "plan/pointer.h"
#include "plan/run.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static void tell(struct run *run, const struct item *item, struct progress progress)
{
    if (!run->given->progress)
        return;
    progress.key = item->key;
    progress.title = item->step ? item->step->title : item->row.title ? item->row.title : item->key;
    progress.done = run->result->steps_done;
    progress.total = run->result->steps_total;
    progress.in_flight = run->in_flight;
    run->given->progress(run->given->progress_context, &progress);
}

void run_tell(struct run *run, enum progress_kind kind, const struct item *item,
              const char *message)
{
    tell(run, item, (struct progress){.kind = kind, .message = message});
}

void item_moves(struct item *item, int64_t bytes, int64_t total)
{
    tell(item->run, item,
         (struct progress){.kind = PROGRESS_MOVING, .bytes_done = bytes, .bytes_total = total});
}

void item_waits(struct item *item, const char *why)
{
    run_tell(item->run, PROGRESS_WAITING, item, why);
}

static void end(struct item *item, enum stage stage)
{
    item->stage = stage;
    item->act = ACT_NONE;
    item->run->open--;
    if (item->body) {
        binding_wipe(item->body);
        json_decref(item->body);
        item->body = NULL;
    }
    if (item->step)
        for (size_t f = 0; f < item->step->follower_count; f++)
            item_ripen(&item->run->items[item->step->followers[f]]);
}

void item_hold(struct item *item)
{
    item_renew_credentials(item);
    item->run->result->steps_done++;
    end(item, STAGE_HELD);
}

/* ---- outputs ---- */

static bool take_outputs(struct item *item, const json_t *body, json_t *outputs)
{
    bool all = true;
    for (size_t i = 0; i < item->step->output_count; i++) {
        const struct plan_output *output = &item->step->outputs[i];
        json_t *value = pointer_get(body, output->pointer);
        if (!value) {
            all = false;
            continue;
        }
        if (output->secret && !item->secrets)
            item->secrets = json_object();
        json_object_set_new(output->secret ? item->secrets : outputs, output->name,
                            json_deep_copy(value));
    }
    return all;
}

void item_keep_outputs(struct item *item, const json_t *body)
{
    json_t *outputs = json_object();
    take_outputs(item, body, outputs);
    /* What a POST gave came with its own answer. */
    if (item->step->method == METHOD_POST)
        json_object_update_missing(outputs, item->row.outputs);
    row_give(&item->row.outputs, outputs);
    item->told = true;
}

struct usage {
    const struct item *of;
    const json_t *changed; /* names of outputs */
    bool used;
};

static int note_usage(void *context, const struct reference *reference, struct error *err)
{
    struct usage *usage = context;
    size_t length = strlen(usage->of->key);
    if (!reference->step || reference->step_length != length ||
        memcmp(reference->step, usage->of->key, length) != 0)
        return 0;
    char *name = strndup(reference->name, reference->name_length);
    usage->used = usage->used || !name || json_object_get(usage->changed, name);
    free(name);
    return 0;
}

/* What was bound with a value that has changed since is sent again. The row says so, in the commit
 * that holds the new value: a crash in between forgets neither. */
static void stale_users(struct item *item, const json_t *changed)
{
    struct run *run = item->run;
    for (size_t i = item->place + 1; i < run->planned; i++) {
        struct item *later = &run->items[i];
        if (later->row.state != ROW_DONE || (later->step->flags & FH_STEP_ACTION) ||
            !later->row.digest || !*later->row.digest)
            continue;
        struct usage usage = {item, changed, false};
        step_each_reference(later->step, note_usage, &usage, NULL);
        if (!usage.used)
            continue;
        row_set(&later->row.digest, "");
        item_dirty(later);
    }
}

static void compare_outputs(struct item *item, json_t *outputs)
{
    if (!json_object_size(item->row.outputs))
        return;
    json_t *changed = json_object();
    const char *name;
    json_t *old;
    json_object_foreach(item->row.outputs, name,
                        old) if (!json_equal(old, json_object_get(outputs, name)))
        json_object_set_new(changed, name, json_true());
    if (json_object_size(changed))
        stale_users(item, changed);
    json_decref(changed);
}

static void make_room_known(struct item *item)
{
    if (json_object_size(item->run->exhausted) && item_placement(item))
        json_object_del(item->run->exhausted, item->placement);
}

void item_complete(struct item *item, const json_t *body)
{
    /* What a POST gave came with its own answer: a watch behind it sees the resource only. */
    json_t *outputs =
        item->step->method == METHOD_POST && item->row.state == ROW_ACCEPTED && item->row.outputs
            ? json_deep_copy(item->row.outputs)
            : json_object();
    bool all = take_outputs(item, body, outputs);
    if (!all && !item->reread &&
        (item->step->method == METHOD_PUT || item->step->method == METHOD_PATCH)) {
        json_decref(outputs);
        item->reread = true;
        item->window_ms = run_now(item->run) + item->run->given->verify_window_ms;
        item_post(item, ACT_ASK);
        return;
    }
    compare_outputs(item, outputs);
    make_room_known(item);
    row_give(&item->row.outputs, outputs);
    row_give(&item->row.poll, NULL);
    row_give(&item->row.error, NULL);
    row_set(&item->row.digest, item->digest);
    item->row.state = ROW_DONE;
    item->row.alternative = item->alternative;
    item->acted = true;
    if (item->step->undo_path || item->step->undo_body) {
        json_t *undo = item_bind_undo(item, NULL);
        if (undo)
            row_give(&item->row.undo, undo);
    }
    error_clear(&item->error);
    item_dirty(item);
    item->run->result->steps_done++;
    run_tell(item->run, PROGRESS_DONE, item, NULL);
    end(item, STAGE_HELD);
}

/* ---- failures ---- */

static void report(struct item *item)
{
    struct engine_result *result = item->run->result;
    item_redact(item, &item->error.message);
    if (!item->step || !(item->step->flags & FH_STEP_OPTIONAL)) {
        result->steps_failed++;
        if (result->error.code == ERROR_NONE) {
            error_copy(&result->error, &item->error);
            error_prefix(&result->error, "%s",
                         item->step        ? item->step->title
                         : item->row.title ? item->row.title
                                           : item->key);
        }
        if (!result->failed_status && item->step && item->step->failed_status)
            result->failed_status = strdup(item->step->failed_status);
    }
    run_tell(item->run, PROGRESS_FAILED, item, error_text(&item->error));
}

static json_t *error_to_json(const struct error *err)
{
    return json_pack("{s:i, s:s, s:s*}", "code", err->code, "message", error_text(err), "azureCode",
                     err->azure_code);
}

/* NULL: it did not end by its `until_failures`. */
static json_t *ended_in(const struct item *item)
{
    return item->told ? json_pack("{s:s}", "endedIn", item->run->given->operation_id) : NULL;
}

void item_fail(struct item *item)
{
    report(item);
    bool reads =
        item->step && (item->step->method == METHOD_GET || item->step->method == METHOD_FETCH);
    if (!reads || item->told) {
        item->row.state = ROW_FAILED;
        if (item->step && item->step->method == METHOD_COPY)
            copy_set_back(item);
        else
            row_give(&item->row.poll, ended_in(item));
        row_give(&item->row.error, error_to_json(&item->error));
        item_dirty(item);
    }
    end(item, STAGE_FAILED);
}

void item_fail_softly(struct item *item)
{
    report(item);
    end(item, STAGE_FAILED);
}

void item_skip(struct item *item, const struct item *because)
{
    char *message = text_format("not tried because %s failed",
                                because->step ? because->step->title : because->key);
    item->run->result->steps_failed += !(item->step->flags & FH_STEP_OPTIONAL);
    run_tell(item->run, PROGRESS_FAILED, item, message ? message : "not tried");
    free(message);
    end(item, STAGE_SKIPPED);
}
