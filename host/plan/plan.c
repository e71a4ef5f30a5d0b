/* SPDX-License-Identifier: Apache-2.0 */
/* A plan as it grows, and as it is shown. */
#include "plan/binding.h"
#include "plan/step.h"

#include <stdlib.h>
#include <string.h>

struct plan *plan_new(void)
{
    struct plan *plan = calloc(1, sizeof *plan);
    if (!plan)
        return NULL;
    plan->index = json_object();
    plan->exports = json_object();
    plan->alternatives = json_object();
    if (!plan->index || !plan->exports || !plan->alternatives) {
        plan_free(plan);
        return NULL;
    }
    return plan;
}

void plan_free(struct plan *plan)
{
    if (!plan)
        return;
    json_decref(plan->index);
    json_decref(plan->exports);
    json_decref(plan->tags);
    json_decref(plan->alternatives);
    free(plan->steps);
    arena_free(&plan->arena);
    free(plan);
}

static int make_room(struct plan *plan, struct error *err)
{
    if (plan->count < plan->room)
        return 0;
    size_t room = plan->room ? 2 * plan->room : 32;
    struct plan_step *steps = realloc(plan->steps, room * sizeof *steps);
    if (!steps)
        return error_no_memory(err);
    plan->steps = steps;
    plan->room = room;
    return 0;
}

static int add(struct plan *plan, const struct fh_step *step, json_t *body, struct error *err)
{
    if (plan->finished)
        return error_set(err, ERROR_FAILED, NULL, "a finished plan takes no more steps");
    if (make_room(plan, err) != 0)
        return -1;
    struct plan_step *added = &plan->steps[plan->count];
    if (step_copy(plan, added, step, body, err) != 0)
        return -1;
    if (json_object_get(plan->index, added->key))
        return error_set(err, ERROR_FAILED, NULL,
                         "two steps have the key \"%s\": keys must be unique in a plan",
                         added->key);
    if (json_object_set_new(plan->index, added->key, json_integer((json_int_t)plan->count)) != 0)
        return error_no_memory(err);
    plan->count++;
    return 0;
}

int plan_add(struct plan *plan, const struct fh_step *step, struct error *err)
{
    return add(plan, step, NULL, err);
}

int plan_add_json(struct plan *plan, const struct fh_step *step, json_t *body, struct error *err)
{
    int result = body ? add(plan, step, body, err) : error_no_memory(err);
    json_decref(body);
    return result;
}

int plan_export(struct plan *plan, const char *name, const char *value, struct error *err)
{
    if (!name || !*name || !value)
        return error_set(err, ERROR_FAILED, NULL, "an export needs a name and a value");
    if (json_object_get(plan->exports, name))
        return error_set(err, ERROR_FAILED, NULL, "the export \"%s\" is set twice", name);
    json_t *json = json_loads(value, JSON_DECODE_ANY, NULL);
    if (!json)
        json = json_string(value);
    if (!json)
        return error_set(err, ERROR_FAILED, NULL, "the export \"%s\" must be UTF-8", name);
    int result = binding_scan_json(json, NULL, NULL, err);
    if (result != 0)
        error_prefix(err, "export \"%s\"", name);
    else if (json_object_set(plan->exports, name, json) != 0)
        result = error_no_memory(err);
    json_decref(json);
    return result;
}

int plan_set_tags(struct plan *plan, const json_t *tags, struct error *err)
{
    if (plan->tags)
        return error_set(err, ERROR_FAILED, NULL, "a plan's tags are set once");
    plan->tags = json_deep_copy(tags);
    return plan->tags ? 0 : error_no_memory(err);
}

int64_t plan_expected_seconds(const struct plan *plan, const bool *counted)
{
    int64_t *ends = calloc(plan->count + 1, sizeof *ends);
    int64_t last = 0;
    for (size_t i = 0; ends && i < plan->count; i++) {
        const struct plan_step *step = &plan->steps[i];
        for (size_t a = 0; a < step->after_count; a++)
            if (ends[step->before[a]] > ends[i])
                ends[i] = ends[step->before[a]];
        ends[i] += !counted || counted[i] ? step->expected_seconds : 0;
        last = ends[i] > last ? ends[i] : last;
    }
    free(ends);
    return last;
}

size_t plan_step_count(const struct plan *plan)
{
    return plan->count;
}

struct plan_step *plan_find(const struct plan *plan, const char *key, size_t length)
{
    char copy[256];
    if (length >= sizeof copy)
        return NULL;
    memcpy(copy, key, length);
    copy[length] = '\0';
    json_t *place = json_object_get(plan->index, copy);
    return place ? &plan->steps[json_integer_value(place)] : NULL;
}

static void put_text(json_t *into, const char *name, const char *text)
{
    if (text)
        json_object_set_new(into, name, json_string(text));
}

static void put_number(json_t *into, const char *name, uint32_t number)
{
    if (number)
        json_object_set_new(into, name, json_integer(number));
}

static void put_json(json_t *into, const char *name, const char *text)
{
    if (text)
        json_object_set_new(into, name, json_loads(text, 0, NULL));
}

static void put_list(json_t *into, const char *name, const char *const *list, size_t count)
{
    if (!count)
        return;
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, json_string(list[i]));
    json_object_set_new(into, name, array);
}

static void put_outputs(json_t *into, const struct plan_step *step)
{
    if (!step->output_count)
        return;
    json_t *outputs = json_object();
    for (size_t i = 0; i < step->output_count; i++) {
        const struct plan_output *output = &step->outputs[i];
        json_object_set_new(
            outputs, output->name,
            json_pack("{s:s, s:b}", "pointer", output->pointer, "secret", (int)output->secret));
    }
    json_object_set_new(into, "outputs", outputs);
}

static void put_flags(json_t *into, const struct plan_step *step)
{
    static const char *const ownerships[] = {"owned", "foreign", "temporary", "container"};
    if (step->ownership != FH_OWNED)
        put_text(into, "ownership", ownerships[step->ownership]);
    if (step->flags & FH_STEP_ACTION)
        json_object_set_new(into, "action", json_true());
    if (step->flags & FH_STEP_OPTIONAL)
        json_object_set_new(into, "optional", json_true());
    if (step->flags & FH_STEP_TAGS)
        json_object_set_new(into, "tagged", json_true());
}

static json_t *step_to_json(const struct plan_step *step)
{
    json_t *json = json_object();
    put_text(json, "key", step->key);
    put_text(json, "title", step->title);
    put_text(json, "method", step_method_name(step->method));
    put_text(json, "path", step->path);
    put_text(json, "service", step->vault ? "key-vault" : NULL);
    put_text(json, "apiVersion", step->api_version);
    put_json(json, "body", step->body);
    put_list(json, "after", step->after, step->after_count);
    put_text(json, "credential", step->credential);
    put_list(json, "auxiliary", step->auxiliary, step->auxiliary_count);
    put_outputs(json, step);
    put_flags(json, step);
    put_number(json, "expectedSeconds", step->expected_seconds);
    put_text(json, "part", step->part);
    put_text(json, "failedStatus", step->failed_status);
    put_json(json, "alternatives", step->alternatives);
    put_text(json, "collection", step->collection);
    put_text(json, "listPath", step->list_path);
    put_text(json, "sharedList", step->shared_list);
    put_text(json, "untilPointer", step->until_pointer);
    put_text(json, "untilValues", step->until_values);
    put_text(json, "untilFailures", step->until_failures);
    put_text(json, "untilUrlQuery", step->until_url_query);
    put_number(json, "untilIntervalSeconds", step->until_interval_seconds);
    put_number(json, "untilTimeoutSeconds", step->until_timeout_seconds);
    put_text(json, "undoMethod", step->undo_method);
    put_text(json, "undoPath", step->undo_path);
    put_json(json, "undoBody", step->undo_body);
    put_text(json, "artifact", step->artifact);
    put_text(json, "source", step->source);
    put_text(json, "sourceEtag", step->source_etag);
    return json;
}

json_t *plan_to_json(const struct plan *plan)
{
    json_t *steps = json_array();
    for (size_t i = 0; i < plan->count; i++)
        json_array_append_new(steps, step_to_json(&plan->steps[i]));
    return json_pack("{s:o, s:O}", "steps", steps, "exports", plan->exports);
}
